//! What a certificate states, under the names that records have for it, and where a record says something else.
//!
//! Read off the documented text of the certificate, not off our types: it is what a reader of the file sees. Compared are
//! the claim; every parameter that both name, and the parameters of the certificate that a record leaves out when they are as
//! usual; the object (token vectors, models) where the cell has it at hand; every value that the certificate carries or that
//! follows from what it carries; and every value that the cell's parameters determine.

mod plain;

use self::plain::{parsed, plain, plain_value, rational, text};
use super::Accepted;
use crate::claim::{
    Arithmetic, Cell, Measured, Outcome, Params, answer, bounds, closed_form, packing_name,
    refutation, sequence, sequence_of_counts, solution, tree,
};
use crate::kernel::ClaimId;
use crate::kernel::definition::Question;
use crate::kernel::kind::{ChosenInputs, Counterexample, DifferenceParams, SampleParams, Scores};
use crate::kernel::number::{Rational, SumOrder};
use crate::report::{Value, value_of};
use crate::search::inputs::{count_inputs, sequence_inputs};
use num_bigint::BigUint;
use num_traits::{One, Signed, ToPrimitive, Zero};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value as Json;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;

type Fields<'a> = BTreeMap<String, &'a RawValue>;

/// The parts of a certificate's text; values are parsed when they are asked for, for models are large.
#[derive(Deserialize)]
struct Text<'a> {
    claim: String,
    #[serde(borrow)]
    params: Fields<'a>,
    #[serde(borrow)]
    data: BTreeMap<String, &'a RawValue>,
}

/// A certificate's statement and proof, by name.
struct Stated<'a> {
    claim: String,
    kind: String,
    params: Fields<'a>,
    data: Fields<'a>,
}

impl<'a> Stated<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let Text { claim, params, data } = serde_json::from_str(text).ok()?;
        let (kind, data) = data.into_iter().next()?;
        Some(Self { claim, kind, params, data: serde_json::from_str(data.get()).ok()? })
    }

    fn param(&self, name: &str) -> Option<Json> {
        self.params.get(name).and_then(|raw| parsed(raw))
    }

    fn datum(&self, name: &str) -> Option<Json> {
        self.data.get(name).and_then(|raw| parsed(raw))
    }

    /// A field below one of `data`.
    fn within(&self, name: &str, inner: &str) -> Option<Json> {
        match self.datum(name)? {
            Json::Object(mut fields) => fields.remove(inner),
            _ => None,
        }
    }

    /// A field of one way to prove a statement about machine numbers.
    fn within_proof(&self, way: &str, name: &str) -> Option<Json> {
        self.within("proof", way)?.get(name).cloned()
    }

    fn number(&self, name: &str) -> Option<Rational> {
        rational(&self.param(name).or_else(|| self.datum(name))?)
    }

    fn size(&self, name: &str) -> Option<u64> {
        self.number(name)?.to_integer().to_u64()
    }

    /// The token vectors or the models that it is about.
    fn object(&self) -> Option<Cow<'a, str>> {
        let text = |name: &str| self.data.get(name).map(|raw| raw.get());
        if self.kind == "difference" {
            return Some(format!("[{},{}]", text("model")?, text("other")?).into());
        }
        let mut names = ["embedding", "model", "models", "program"].into_iter();
        let direct = names.find_map(text).map(Cow::Borrowed);
        direct.or_else(|| {
            let subject: Fields<'a> = serde_json::from_str(text("subject")?).ok()?;
            subject.into_values().next().map(|raw| raw.get().into())
        })
    }

    /// A parameter under the name that records have for it.
    fn parameter(&self, name: &str) -> Option<Json> {
        match name {
            // what has another name is compared as the value `question`
            "task" => match self.param("task")?.as_str()? {
                // a question of a softmax transformer has more names than one
                "query-count" if !SOFTMAX.contains(&self.kind.as_str()) => Some("qc".into()),
                "most-frequent-element" => Some("mfe".into()),
                _ => None,
            },
            "base" => self.within("model", "base"),
            "estimate" | "confidence" | "seed" | "distribution" if self.kind == "difference" => {
                self.drawn(name)
            }
            "distribution" => distribution(self.param("distribution")?),
            "arithmetic" => Some(self.arithmetic()?.to_string().into()),
            // T2 has two tokens where nothing is said
            "m" if self.kind == "machine-numbers" => self.param(name).or_else(|| {
                let two = self.param("construction")? == "mfe-histogram";
                two.then(|| 2.into())
            }),
            "ulps" => self.param("arithmetic")?.get("ulps").cloned(),
            _ => self.param(name),
        }
    }

    /// A value under the name that records have for it.
    fn value(&self, name: &str) -> Option<Json> {
        let found = self.of_kind(name);
        // the query of a statement is another thing than the query of a pair
        found.or_else(|| if name == "query" { None } else { self.param(name) })
    }

    fn of_kind(&self, name: &str) -> Option<Json> {
        match (self.kind.as_str(), name) {
            ("exhaustive" | "exhaustive-part" | "interval", "max_error") => self.datum(name),
            ("exhaustive" | "interval", "exact") => {
                Some(self.number("max_error")?.is_zero().into())
            }
            ("exhaustive" | "interval", "margin") => Some(text(half() - self.number("max_error")?)),
            ("exhaustive" | "interval" | "counterexample", "base") => self.within("model", "base"),
            ("exhaustive" | "interval" | "repetition", "inputs") => {
                let (n, m) = (self.size("n")?, self.size("m")?);
                let sequences = self.datum("inputs").is_some_and(|inputs| inputs == "sequences");
                let inputs = match sequences {
                    true => sequence_inputs(u32::try_from(n).ok()?, m),
                    false => count_inputs(n, m),
                };
                Some(inputs.to_string().into())
            }
            ("polytope" | "repetition", "exact") => Some(true.into()),
            ("polytope", "inputs") => Some("all".into()),
            ("counterexample", "exact") => {
                Some((self.number("output")? == self.number("answer")?).into())
            }
            ("counterexample", "max_error" | "margin")
            | ("misreading", "margin_at_least" | "margin_at_most") => Some(Json::Null),
            ("counterexample" | "misreading", "sequence" | "output" | "answer" | "position") => {
                self.datum(name)
            }
            (kind, "question") if SOFTMAX.contains(&kind) => {
                let question: Question = serde_json::from_value(self.param("task")?).ok()?;
                Some(question.to_string().into())
            }
            ("sample", name) => self.of_sample(name),
            ("difference", name) => self.of_difference(name),
            ("accuracy", name) => self.of_bounds(name),
            ("machine-readings", "order") => self.within_proof("wrong", "order"),
            ("machine-readings", "accuracy") => {
                let [right, wrong] =
                    ["right", "wrong"].map(|name| rational(&self.within_proof("inputs", name)?));
                let (right, wrong) = (right?, wrong?);
                Some(text(&right / (&right + wrong)))
            }
            ("machine-readings", "off_at_most") => self.within_proof("bound", "off"),
            ("machine-readings", "margin_at_least") => self.within_proof("bound", "margin"),
            ("machine-readings", "right" | "wrong" | "real_right" | "differ") => {
                self.within_proof("inputs", name)
            }
            ("machine-readings", "sequence" | "position" | "answer" | "output") => {
                self.within_proof("wrong", name)
            }
            (_, name) if name.ends_with("_decimal") => {
                let of = name.strip_suffix("_decimal")?;
                let value = self.of_kind(of)?;
                let up = of.ends_with("_at_most");
                Some(
                    rational(&value)
                        .map_or(Json::Null, |value| plain_value(&Value::rounded(&value, up))),
                )
            }
            ("readings" | "readings-part", "right" | "wrong") => self.datum(name),
            ("readings" | "readings-part", "inputs") => {
                Some(text(self.number("right")? + self.number("wrong")?))
            }
            ("readings", "accuracy") => {
                let (right, wrong) = (self.number("right")?, self.number("wrong")?);
                let all = &right + wrong;
                (!all.is_zero()).then(|| text(right / all))
            }
            ("readings" | "readings-part", "margin_at_least") => {
                self.within("margin", "at_least").or(Some(Json::Null))
            }
            ("readings" | "readings-part", "margin_at_most") => {
                self.within("margin", "at_most").or(Some(Json::Null))
            }
            ("collision", "n_star") => {
                Some(match (self.param("free_up_to")?, self.param("collides_at")?) {
                    (_, Json::Null) => Json::Null,
                    (free, at) if rational(&free)? + Rational::one() == rational(&at)? => at,
                    _ => Json::Null,
                })
            }
            (
                "collision" | "collision-part" | "separation" | "lipschitz",
                "c" | "c_prime" | "query",
            ) => self.within("pair", name).or(Some(Json::Null)),
            ("collision", "z") => {
                let list = |name| Some(self.within("pair", name)?.as_array()?.clone());
                let (Some(c), Some(c_prime)) = (list("c"), list("c_prime")) else {
                    return Some(Json::Null);
                };
                let both = c.iter().zip(&c_prime);
                let minus = both.map(|(a, b)| Some(text(rational(a)? - rational(b)?)));
                minus.collect::<Option<_>>().map(Json::Array)
            }
            ("collision", "proof") => {
                let proofs = self.datum("proofs")?;
                let empty = |proof: &Json| proof["basis"].as_array().is_some_and(Vec::is_empty);
                let injective = proofs.as_array()?.iter().all(empty);
                let by_cuts = if injective { "injective" } else { "enumeration" };
                Some(self.datum("multisets").map_or(by_cuts, |_| "multisets").into())
            }
            ("collision", "right_up_to") => Some(match self.param("free_up_to")? {
                Json::String(_) => Json::Null,
                free => free,
            }),
            ("collision", "closed_form" | "closed_form_holds") => {
                let scores: Scores =
                    serde_json::from_value(self.within("subject", "scores")?).ok()?;
                let n_star = self.of_kind("n_star").and_then(|n| n.as_u64());
                value_of(&closed_form(&scores, n_star), name).map(plain_value)
            }
            ("collision", "vectors") => match serde_json::from_str(&self.object()?).ok()? {
                Json::Object(mut matrix) => matrix.remove("rows"),
                _ => None,
            },
            ("normalised-states", "query" | "c" | "query_prime" | "c_prime") => {
                self.within("pair", name).or(Some(Json::Null))
            }
            ("normalised-states", "classes") => self.datum(name),
            ("normalised-states", "inputs") => Some(match self.datum("classes")? {
                Json::Null => Json::Null,
                _ => count_inputs(self.size("n")?, self.size("m")?).to_string().into(),
            }),
            ("separation", "delta") => self.param("distance"),
            ("separation", "lipschitz") => {
                let distance = self.number("distance")?;
                Some(if distance.is_zero() { Json::Null } else { text(distance.recip()) })
            }
            (
                "histogram-error",
                "mu_squared_at_least"
                | "mu_squared_at_most"
                | "worst_error_squared_at_least"
                | "worst_error_squared_at_most",
            ) => self.param(name),
            ("histogram-error", "lower_bound") => self.datum("lower"),
            ("histogram-error", "embedding") => {
                let packing = serde_json::from_value(self.datum("embedding")?).ok()?;
                let [m, d] = ["m", "d"].map(|name| usize::try_from(self.size(name)?).ok());
                Some(packing_name(m?, d?, &packing).into())
            }
            ("histogram-error", "exact") => {
                let same =
                    self.number("mu_squared_at_least")? == self.number("mu_squared_at_most")?;
                Some(same.into())
            }
            ("histogram-error", "worst_error_at_least" | "worst_error_at_most") => {
                let side = name.strip_prefix("worst_error_")?;
                self.root(&format!("worst_error_squared_{side}"), Rational::one())
            }
            ("histogram-error", "over_sqrt_n_at_least" | "over_sqrt_n_at_most") => {
                let side = name.strip_prefix("over_sqrt_n_")?;
                self.root(&format!("worst_error_squared_{side}"), self.number("n")?)
            }
            ("lipschitz", "pair") => Some(match self.within("pair", "c") {
                Some(c) => Json::Array(vec![c, self.within("pair", "c_prime")?]),
                None => Json::Null,
            }),
            ("lipschitz", "lipschitz" | "weight_squared_at_least") => self.param("lipschitz"),
            ("lipschitz-bound", "weight_squared_at_least") => self.param("bound_all_embeddings"),
            ("lipschitz-bound", "bound_all_embeddings" | "attained_at_most") => self.param(name),
            ("machine-numbers", "largest_n_at_least") => self.param("largest_n"),
            ("machine-numbers", "fails_at_n") => self.fails_at("n"),
            ("machine-numbers", "fails_at_count") => self.fails_at("count"),
            ("machine-numbers", "answer") if self.param("m").is_some() => self.fails_at("count"),
            ("machine-numbers", "answer") => {
                let [n, count] = ["n", "count"].map(|name| self.fails_at(name)?.as_u64());
                let construction = serde_json::from_value(self.param("construction")?).ok()?;
                Some(answer(construction, n?, count?).into())
            }
            ("machine-numbers", "output") => Some(match self.fails_at("output")? {
                Json::Null => "infinity".into(),
                output => output,
            }),
            ("machine-numbers", "sequence") if self.param("m").is_some() => {
                let counts: Vec<u64> = serde_json::from_value(self.fails_at("counts")?).ok()?;
                let query = self.fails_at("query")?.as_u64()?;
                Some(plain_value(&sequence_of_counts(&counts, query)))
            }
            ("machine-numbers", "sequence") => {
                let [n, count] = ["n", "count"].map(|name| self.fails_at(name)?.as_u64());
                let construction = serde_json::from_value(self.param("construction")?).ok()?;
                Some(plain_value(&sequence(construction, self.sum_order()?, n?, count?)))
            }
            ("machine-numbers", "tree") => {
                let splits: Vec<[u64; 2]> = serde_json::from_value(self.datum("splits")?).ok()?;
                Some(plain_value(&tree(self.sum_order()?, &splits)))
            }
            ("least-precision", "fewer_fail_at") => self.datum("fails_at"),
            ("pigeonhole", "n_star_at_most") => Some(match self.param("collision")? {
                Json::Bool(true) => (self.size("n")? + 1).into(),
                _ => Json::Null,
            }),
            ("inverse-width", "n_squared") => Some(text(self.square()?)),
            ("inverse-width", "n_squared_suffices") => Some(match self.number("w_grid") {
                Some(cells) => (self.square()? >= cells).into(),
                None => false.into(),
            }),
            ("inverse-width", "n_squared_necessary_free") => {
                Some((self.square()? <= self.number("w_min")?).into())
            }
            ("inverse-width", "n_squared_necessary_unit") => {
                Some(match self.number("unit_width") {
                    Some(width) => (self.square()? <= width).into(),
                    None => Json::Null,
                })
            }
            ("linear-program", "solution") => {
                let program = serde_json::from_value(self.datum("program")?).ok()?;
                let outcome = serde_json::from_value(self.datum("proof")?).ok()?;
                Some(plain_value(&solution(&program, &outcome)))
            }
            ("linear-dependence", "query") => self.datum("query"),
            ("linear-dependence", "fails_from_n") => {
                Some(text((half() / self.deviation()?).ceil() + Rational::one()))
            }
            ("linear-dependence", "deviation") => Some(text(self.deviation()?)),
            _ => None,
        }
    }

    /// A value of bounds of an accuracy, by the rule of the claim.
    fn of_bounds(&self, name: &str) -> Option<Json> {
        let natural = |name: &str| self.number(name)?.to_integer().to_biguint();
        let inputs = self.all_inputs()?;
        let (right, wrong) = (natural("right")?, natural("wrong")?);
        let found = (&right + &wrong <= inputs).then(|| bounds(&inputs, &right, &wrong))?;
        value_of(&found, name).map(plain_value)
    }

    /// The parameters, and the proof without its models.
    fn fields<P: DeserializeOwned, D: DeserializeOwned>(&self) -> Option<(P, D)> {
        let object = |fields: &Fields<'_>| -> Option<Json> {
            let kept = fields.iter().filter(|(name, _)| *name != "model" && *name != "other");
            kept.map(|(name, raw)| Some((name.clone(), parsed(raw)?))).collect()
        };
        let params = serde_json::from_value(object(&self.params)?).ok()?;
        Some((params, serde_json::from_value(object(&self.data)?).ok()?))
    }

    /// How the inputs of two models were drawn; null where they are all.
    fn drawn(&self, name: &str) -> Option<Json> {
        match self.param("inputs")? {
            Json::Object(mut inputs) => distribution(inputs.remove("drawn")?.get(name)?.clone()),
            _ => (name == "estimate").then_some(Json::Null),
        }
    }

    /// A value of a comparison of two models, by the rule of the claim.
    fn of_difference(&self, name: &str) -> Option<Json> {
        let (params, outcome): (DifferenceParams, Outcome) = self.fields()?;
        let inputs = match &params.inputs {
            ChosenInputs::All => self.all_inputs()?,
            ChosenInputs::Drawn(drawn) => drawn.estimate.into(),
        };
        let found = outcome.values(&params, &inputs);
        value_of(&found, name).map(plain_value)
    }

    /// Every sequence at each position that is read.
    fn all_inputs(&self) -> Option<BigUint> {
        let exponent = u32::try_from(self.size("n")?).ok()?;
        let inputs = BigUint::from(self.size("m")?).pow(exponent);
        let every = self.within("model", "read_at")? == "every";
        Some(if every { inputs * self.size("n")? } else { inputs })
    }

    /// A value of a sample, by the rule of the claim.
    fn of_sample(&self, name: &str) -> Option<Json> {
        let (params, measured): (SampleParams, Measured) = self.fields()?;
        let found = measured.values(&params, params.estimate);
        value_of(&found, name).map(plain_value)
    }

    /// The numbers of a machine and the order of a sum.
    fn arithmetic(&self) -> Option<Arithmetic> {
        // of a model it is one parameter
        let all = self.param("arithmetic");
        let field = |name: &str| match &all {
            Some(all) => all.get(name).cloned(),
            None => self.param(name),
        };
        let format = serde_json::from_value(field("format")?).ok()?;
        let order = serde_json::from_value(field("order")?).ok()?;
        Some(Arithmetic { format, order })
    }

    fn sum_order(&self) -> Option<SumOrder> {
        serde_json::from_value(self.param("order")?).ok()
    }

    /// A field of a wrong count.
    fn fails_at(&self, name: &str) -> Option<Json> {
        self.param("fails_at")?.get(name).cloned()
    }

    /// `z_q / ||z||_1` of an affine dependence.
    fn deviation(&self) -> Option<Rational> {
        let z = self.datum("z")?;
        let z: Vec<Rational> = z.as_array()?.iter().map(rational).collect::<Option<_>>()?;
        let at = z.get(usize::try_from(self.size("query")?).ok()?)?;
        let norm: Rational = z.iter().map(Signed::abs).sum();
        at.is_positive().then(|| at / norm)
    }

    /// The square root of a parameter over `divisor`, rounded as its name says.
    fn root(&self, name: &str, divisor: Rational) -> Option<Json> {
        let value = self.number(name)? / divisor;
        Some(plain_value(&Value::root_rounded(&value, name.ends_with("_at_most"))))
    }

    fn square(&self) -> Option<Rational> {
        let n = self.number("n")?;
        Some(&n * &n)
    }
}

fn half() -> Rational {
    Rational::new(1.into(), 2.into())
}

/// A distribution as a record has it: of weights the list; anything else stays.
fn distribution(stated: Json) -> Option<Json> {
    match stated {
        Json::Object(mut weights) => weights.remove("weights"),
        other => Some(other),
    }
}

/// Kinds about softmax transformers, whose questions have more names than one.
const SOFTMAX: [&str; 6] =
    ["readings", "readings-part", "accuracy", "misreading", "sample", "machine-readings"];

/// Parameters that a record leaves out when they are as usual.
const USUAL: [(&str, &str); 6] = [
    ("estimate", "null"),
    ("query", "null"),
    ("strict", "false"),
    ("leak", "\"0\""),
    ("tolerance", "\"1/2\""),
    ("within", "null"),
];

/// The first place where a certificate is about something else than the cell, or than what is said about it.
///
/// `partly`: it is about what was found before a limit, which is not as close as was asked.
pub(super) fn disagreement(
    cell: &Cell,
    values: &Params,
    accepted: &Accepted,
    partly: bool,
) -> Option<String> {
    let Some(stated) = Stated::read(accepted.text()) else {
        return Some("its fields cannot be read".to_owned());
    };
    let claim = cell.claim().name();
    // a wrong input of a part refutes the whole
    let whole = cell.part_of().filter(|_| stated.kind == "counterexample");
    if stated.claim != claim && whole.is_none_or(|of| of.name() != stated.claim) {
        return Some(format!("claim: the certificate is about {}, not {claim}", stated.claim));
    }
    let differs = |name: &str, found: &Json, said: &Json| {
        (plain(found) != *said)
            .then(|| format!("{name}: the certificate has {}, not {}", short(found), short(said)))
    };
    let compared = |name: &str| !(partly && name == "within");
    for (name, value) in cell.params.iter().filter(|(name, _)| compared(name)) {
        let found = stated.parameter(name);
        if let Some(why) = found.and_then(|found| differs(name, &found, &plain_value(value))) {
            return Some(why);
        }
    }
    for (name, usual) in USUAL.into_iter().filter(|(name, _)| compared(name)) {
        let left_out = cell.params.iter().all(|(other, _)| *other != name);
        let usual = serde_json::from_str(usual).unwrap_or_default();
        let found = stated.parameter(name).filter(|_| left_out);
        if let Some(why) = found.and_then(|found| differs(name, &found, &usual)) {
            return Some(why);
        }
    }
    if let Some(why) = narrower(cell, &stated).filter(|_| !partly) {
        return Some(why);
    }
    for (name, value) in values.iter().chain(cell.named()) {
        let found = stated.value(name);
        if let Some(why) = found.and_then(|found| differs(name, &found, &plain_value(value))) {
            return Some(why);
        }
    }
    let known = cell.known();
    // nearly always letter by letter
    let json = |text: &str| serde_json::from_str::<Json>(text).ok();
    let same = |object: &str, found: &str| object == found || json(object) == json(found);
    if let (Some(object), Some(found)) = (known.object, stated.object())
        && !same(&object, &found)
    {
        return Some("the certificate is about another object".to_owned());
    }
    for (name, value) in known.values {
        let said = value_of(values, name);
        if let Some(said) = said.filter(|said| **said != value) {
            return Some(format!("{name}: expected {value}, found {said}"));
        }
    }
    None
}

/// Lengths of a statement that is about less than the cell asks: `n = 2 k + 1`, or no collision up to a length.
fn narrower(cell: &Cell, stated: &Stated<'_>) -> Option<String> {
    let asked = |name: &str| match value_of(&cell.params, name)? {
        Value::Integer(value) => value.to_u64(),
        _ => None,
    };
    match stated.kind.as_str() {
        "mfe-bits" => {
            let (n, k) = (asked("n")?, stated.size("k")?);
            (n.saturating_sub(1) / 2 != k)
                .then(|| format!("n: the certificate has k = {k}, not {n}"))
        }
        // a part goes on up to the shortest collision that it shows
        "collision-part" => {
            let free = stated.size("free_in_part_up_to")?;
            let all = stated.size("collides_at").map(|at| at.saturating_sub(1));
            let all = all.or_else(|| asked("max_n"));
            all.is_none_or(|all| free < all).then(|| {
                let all = all.map_or_else(|| "any length".to_owned(), |all| all.to_string());
                format!("n: the certificate goes up to {free} only, not {all}")
            })
        }
        "collision" => {
            let (free, none) =
                (stated.size("free_up_to"), stated.param("collides_at")? == Json::Null);
            let short =
                asked("max_n").filter(|_| none).zip(free).filter(|(asked, free)| free < asked);
            // what is asked of one length may be shown of more
            let short = short.or_else(|| asked("n").zip(free).filter(|(asked, free)| free < asked));
            short.map(|(asked, free)| {
                format!("n: the certificate goes up to {free} only, not {asked}")
            })
        }
        _ => None,
    }
}

/// Values that tell how a search went; no certificate carries them.
const ACCOUNTS: [&str; 5] = ["nodes", "visited", "search", "judged", "bits"];

/// Values of a kind of proof that it does not carry, though they are about its result: a wrong input beside the count of all of them,
/// the part of a survey that a limit left, the linear program behind readouts.
fn not_carried(kind: &str) -> &'static [&'static str] {
    match kind {
        "readings" | "readings-part" => &["sequence", "position", "answer"],
        "sample" | "accuracy" => &["sequence", "position", "answer"],
        "machine-readings" => &["differs_on", "order", "sequence", "position", "output", "answer"],
        "misreading" => {
            &["inputs", "right", "wrong", "decided", "accuracy_at_least", "accuracy_at_most"]
        }
        "linear-readout" => &["fails_from_n", "query", "deviation"],
        _ => &[],
    }
}

/// Values without which a record of this kind says too little.
fn required(kind: &str) -> &'static [&'static str] {
    match kind {
        "exhaustive" | "interval" | "polytope" | "repetition" => &["inputs", "exact"],
        "exhaustive-part" => &["max_error"],
        "collision-part" => &["free_in_part_up_to", "collides_at", "coordinates"],
        "counterexample" => &["exact", "sequence", "output", "answer"],
        "readings" => &["inputs", "right", "wrong", "accuracy"],
        "readings-part" => &["inputs", "bits", "right", "wrong"],
        "misreading" => &["sequence", "answer"],
        "accuracy" => &["inputs", "right", "wrong", "accuracy_at_least", "accuracy_at_most"],
        "sample" => &["sampled", "right", "accuracy_at_least", "accuracy_at_most", "nmae"],
        "difference" => &["agree", "mean_difference_at_most", "largest_difference_at_most"],
        "collision" => &["n_star"],
        "normalised-states" => &["inputs", "classes", "query", "c", "query_prime", "c_prime"],
        "separation" => &["delta", "c", "c_prime", "query"],
        "histogram-error" => {
            &["exact", "worst_error_squared_at_least", "worst_error_squared_at_most"]
        }
        "lipschitz" => &["lipschitz", "bound_all_embeddings", "c", "c_prime", "query"],
        "lipschitz-bound" => &["bound_all_embeddings", "attained_at_most"],
        "inverse-width" => &["w_grid", "w_min", "p_min", "unit_width", "two_layers"],
        "machine-numbers" => {
            &["largest_n", "fails_at_n", "fails_at_count", "sequence", "tree", "output", "answer"]
        }
        "least-precision" => &["precision", "fewer_fail_at"],
        "linear-dependence" | "linear-readout" => &["fails_from_n", "query"],
        "linear-program" => &["status", "optimum"],
        _ => &[],
    }
}

/// What a record that was read says beyond its certificate and its cell: a value that nothing accounts for, one that is missing, or
/// other words about a refutation than the certificate's.
pub(super) fn unaccounted(
    cell: &Cell,
    values: &Params,
    reason: Option<&str>,
    accepted: &Accepted,
) -> Option<String> {
    let stated = Stated::read(accepted.text())?;
    let known = cell.known().values;
    let has = |list: &[(&str, Value)], name: &str| list.iter().any(|(other, _)| *other == name);
    let twice = |at: usize| has(&values[..at], values[at].0);
    for (at, (name, _)) in values.iter().enumerate() {
        let carried = stated.value(name).is_some() || has(&known, name);
        let told = ACCOUNTS.contains(name) || not_carried(&stated.kind).contains(name);
        if twice(at) || !(carried || told || has(&cell.params, name)) {
            return Some(format!("{name}: nothing accounts for this value"));
        }
    }
    let needed = known.iter().map(|(name, _)| *name).chain(required(&stated.kind).iter().copied());
    // what is asked of one length is not how far the answer reaches
    let one = stated.kind == "collision" && has(&cell.params, "n");
    let needed = needed.filter(|name| !(one && *name == "n_star"));
    if let Some(name) = needed.into_iter().find(|name| !has(values, name)) {
        return Some(format!("{name}: expected this value, found none"));
    }
    let asked = cell.params.iter().any(|(name, _)| *name == "base");
    if cell.claim() == ClaimId::QC_COUNT_ATTEND
        && !asked
        && stated.datum("least_base").is_none_or(|least| least == "not-claimed")
    {
        return Some("base: the certificate does not say that it is the least".to_owned());
    }
    let counterexample = accepted.certificate().get::<Counterexample>();
    let fits = match (counterexample, reason, stated.kind.as_str()) {
        (Some((_, data)), Some(reason), _) => reason == refutation(data),
        (_, _, "linear-readout") => true,
        (_, _, kind) if SOFTMAX.contains(&kind) => true,
        (_, reason, _) => reason.is_none(),
    };
    (!fits).then(|| "reason: it is not what the certificate shows".to_owned())
}

/// A value in a message; long ones are cut.
fn short(value: &Json) -> String {
    const MOST: usize = 60;
    let text = match value {
        Json::String(text) => text.clone(),
        other => other.to_string(),
    };
    match text.char_indices().nth(MOST) {
        Some((at, _)) => format!("{}...", &text[..at]),
        None => text,
    }
}
