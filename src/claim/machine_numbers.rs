//! T14: up to which length T1, T2 or T3 counts right in the numbers of a machine, for a named order of its sum or for every order, and
//! with how few bits it counts right up to a length (the exact form is ours; Yehudai et al., arXiv:2407.15160v3, say "numerically unstable" in their abstract).

mod least_precision;
mod tokens;

use super::arithmetic::{Arithmetic, Summed, order_name};
use super::{Cell, Claim, ClaimError, Decision, Request, Undecided};
use crate::kernel::kind::{Construction, MAX_N, MachineNumbers, MachineNumbersParams, WrongCount};
use crate::kernel::number::{RationalText, SumOrder};
use crate::kernel::{Certificate, ClaimId, Verdict};
use crate::report::{Record, Value};
use crate::search::control::Control;
use crate::search::machine::{Machine, NARROW, Wrong};
use num_rational::BigRational;

pub(crate) use tokens::sequence as sequence_of_counts;

pub(super) const CLAIM: Claim = Claim {
    id: ClaimId::MACHINE_NUMBERS,
    label: "T14",
    statement: "In floating point numbers of a format T1, T2 or T3 counts right at every length up to largest_n, for a named order of \
                its sum or for every order, and wrong at the next one; with --least-precision: how many bits it takes up to n",
    source: "\"numerically unstable\": the abstract of Yehudai et al., arXiv:2407.15160v3; the exact form is ours",
    decided: "every input evaluated in the format, or shown right by a bound; all trees of a sum by the extremes over them",
    options: &["construction", "m", "arithmetic", "n", "least-precision", "order"],
    plan,
};

/// Every format with a length that is found within seconds.
const USUAL: [&str; 17] = [
    "e5m2:seq",
    "e5m2:any",
    "e5m2:flash",
    "e4m3:seq",
    "e4m3:any",
    "e4m3:flash",
    "bf16:seq",
    "bf16:any",
    "bf16:pair",
    "bf16:once",
    "bf16:flash",
    "fp16:seq",
    "fp16:any",
    "fp16:pair",
    "fp16:once",
    "fp16:flash",
    "fp32:flash",
];

fn plan(request: &Request) -> Result<Vec<Cell>, ClaimError> {
    let name = request.construction.as_deref().unwrap_or("qc-histogram");
    let construction = Construction::ALL.into_iter().find(|known| known.name() == name);
    let construction = construction.ok_or_else(|| {
        let names: Vec<&str> = Construction::ALL.iter().map(|known| known.name()).collect();
        ClaimError::value("construction", format!("one of {}", names.join(", ")), name)
    })?;
    let misplaced = |option: &'static str, fix: &str, found: &str| {
        let given = request.given.contains(&option);
        if given { Err(ClaimError::value(option, fix, found)) } else { Ok(()) }
    };
    if request.least_precision {
        misplaced("arithmetic", "--order ORDER,.. beside --least-precision", "formats")?;
        misplaced("m", "none beside --least-precision", "vocabulary sizes")?;
        return least_precision::cells(construction, request);
    }
    misplaced("n", "--least-precision beside it", "lengths")?;
    misplaced(
        "order",
        "--least-precision beside it",
        "orders (an order is named in --arithmetic FORMAT:ORDER)",
    )?;
    let vocabularies = tokens::vocabularies(construction, request)?;
    let more = vocabularies.iter().any(|m| *m > 2);
    let usual = || {
        let usual = USUAL.iter().filter_map(|name| name.parse::<Arithmetic>().ok()?.summed().ok());
        // for T3 every order is the same
        let usual =
            usual.filter(|a: &Summed| !construction.attends() || a.order == SumOrder::Flash);
        usual.filter(|a| !more || a.order != SumOrder::Pair && a.format.precision < 24)
    };
    let all: Vec<Summed> = match &request.arithmetic {
        Some(all) => all.iter().map(|one| one.summed()).collect::<Result<_, _>>()?,
        None => usual().collect(),
    };
    if let Some(pair) = all.iter().find(|a| more && a.order == SumOrder::Pair) {
        let other = "an order other than pair for more than two tokens";
        return Err(ClaimError::value("arithmetic", other, pair));
    }
    let mut cells = Vec::new();
    for (index, arithmetic) in all.iter().copied().enumerate() {
        if all[..index].contains(&arithmetic) {
            return Err(ClaimError::value(
                "arithmetic",
                "each once",
                format!("{arithmetic} twice"),
            ));
        }
        let bits = arithmetic.format.precision;
        let machine = Machine::new(construction, arithmetic.format, arithmetic.order);
        let machine = machine.ok_or_else(|| {
            ClaimError::value("arithmetic", format!("p2 to p{NARROW} or fp64"), format!("p{bits}"))
        })?;
        for &m in &vocabularies {
            let mut params = vec![("construction", Value::text(name))];
            if request.m.is_some() {
                params.push(("m", Value::integer(m)));
            }
            params.push(("arithmetic", Value::text(arithmetic)));
            cells.push(Cell::new(ClaimId::MACHINE_NUMBERS, params, move |control| match m {
                2 => decide(construction, arithmetic, &machine, control),
                _ => tokens::decide(arithmetic, m, control),
            }));
        }
    }
    Ok(cells)
}

fn decide(
    construction: Construction,
    arithmetic: Summed,
    machine: &Machine,
    control: &Control,
) -> Result<Decision, Undecided> {
    let most = machine.limit();
    let about = About { construction, arithmetic, m: None };
    let Some(Wrong { n, count, output, proof }) = machine.first_wrong(most, control)? else {
        return Err(about.right(most.min(MAX_N), ", and no larger n is tried in this order"));
    };
    let output = BigRational::from_float(output).map(RationalText);
    let fails_at = WrongCount { n, count, output, counts: None, query: None };
    let sequence = sequence(construction, arithmetic.order, n, count);
    Ok(about.wrong(fails_at, sequence, answer(construction, n, count), proof))
}

/// What the statements about one cell are about.
struct About {
    construction: Construction,
    arithmetic: Summed,
    /// tokens, where they are not two
    m: Option<u64>,
}

impl About {
    fn certificate(
        &self,
        largest_n: u64,
        fails_at: Option<WrongCount>,
        proof: MachineNumbers,
    ) -> Certificate {
        let &Self { construction, arithmetic: Summed { format, order }, m } = self;
        let params = MachineNumbersParams { construction, format, order, m, largest_n, fails_at };
        Certificate::new(ClaimId::MACHINE_NUMBERS, params, proof)
    }

    /// All counts are right up to a length, and no more is known; `why` ends the sentence.
    fn right(&self, n: u64, why: &str) -> Undecided {
        let certificate = || self.certificate(n, None, MachineNumbers { splits: Vec::new() });
        Undecided::Partly {
            reason: format!("every count is right for all n <= {n}{why}"),
            values: vec![("largest_n_at_least", Value::integer(n))],
            certificate: (n > 0).then(|| Box::new(certificate())),
        }
    }

    /// An input is wrong, and all shorter ones are right.
    fn wrong(
        &self,
        fails_at: WrongCount,
        sequence: Value,
        answer: u64,
        proof: MachineNumbers,
    ) -> Decision {
        let WrongCount { n, count, ref output, .. } = fails_at;
        let output = output.as_ref().map(|RationalText(output)| output.clone().into());
        let values = vec![
            ("largest_n", Value::integer(n - 1)),
            ("fails_at_n", Value::integer(n)),
            ("fails_at_count", Value::integer(count)),
            ("sequence", sequence),
            ("tree", tree(self.arithmetic.order, &proof.splits)),
            ("output", output.unwrap_or_else(|| Value::text("infinity"))),
            ("answer", Value::integer(answer)),
        ];
        let certificate = self.certificate(n - 1, Some(fails_at), proof);
        Decision { proposed: Verdict::Verified, values, certificate, reason: None }
    }
}

/// The records of formats by the bits of these, for a figure: `precision` and `order` in place of `arithmetic`.
#[must_use]
pub fn by_precision(records: &[Record]) -> Vec<Record> {
    let split = |record: &Record| {
        let mut record = record.clone();
        let at = record.params.iter().position(|(name, _)| *name == "arithmetic");
        let at = at.filter(|_| record.claim == ClaimId::MACHINE_NUMBERS.name());
        if let Some(at) = at
            && let Ok(Arithmetic { format, order }) = record.params[at].1.to_string().parse()
        {
            let order = ("order", Value::text(order_name(order)));
            let precision = ("precision", Value::integer(format.precision));
            record.params.splice(at..=at, [order, precision]);
        }
        record
    };
    records.iter().map(split).collect()
}

/// What should come out where a count is wrong; for T2 it is of the token that is not the query.
pub(crate) fn answer(construction: Construction, n: u64, count: u64) -> u64 {
    if construction == Construction::MfeHistogram { count.max(n - count) } else { count }
}

/// A failing sequence, `1^15 0^50` for 15 tokens 1 and then 50 tokens 0, the query; positions matter in halves, so it is not told there.
pub(crate) fn sequence(construction: Construction, order: SumOrder, n: u64, count: u64) -> Value {
    let count = if construction == Construction::MfeHistogram { n - count } else { count };
    match (order, n - count) {
        (SumOrder::Pair, _) if !construction.attends() => Value::Null,
        (_, 0) => Value::text(format!("0^{count}")),
        (_, others) => Value::text(format!("1^{others} 0^{count}")),
    }
}

/// The tree of a sum: `c=i+j` is a sum of `c` terms made of sums of `i` and `j`, and `2..9+1` are sums to which one term at a time is added.
pub(crate) fn tree(order: SumOrder, splits: &[[u64; 2]]) -> Value {
    if order != SumOrder::Any || splits.is_empty() {
        return Value::Null;
    }
    let mut words: Vec<String> = Vec::new();
    let mut at = 0;
    while at < splits.len() {
        let [c, i] = splits[at];
        let run =
            splits[at..].iter().zip(c..).take_while(|([d, j], next)| d == next && *j == 1).count();
        if run > 1 {
            words.push(format!("{c}..{}+1", c + run as u64 - 1));
            at += run;
        } else {
            words.push(format!("{c}={i}+{}", c - i));
            at += 1;
        }
    }
    Value::text(words.join(" "))
}
