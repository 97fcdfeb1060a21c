//! `--arithmetic FORMAT[:ORDER]`: a softmax transformer in the numbers of a machine (T14; ours).
//!
//! In a named order every input is evaluated to the bit, and in the reals beside that. In any order one bound of how far outputs are off is
//! compared with the least margin in the reals; where that does not do, each input is enclosed. What refutes is one input that is wrong in a
//! named order, which keeps the rules of any.

use super::super::{Arithmetic, Cell, ClaimError, Decision, Known, Request, Undecided};
use super::reading::{self, Asked};
use crate::construct::ConstructError;
use crate::kernel::definition::{Judged, ReadAt, SoftmaxTransformer, Token};
use crate::kernel::evidence::{Compared, Rounded};
use crate::kernel::kind::{
    InEveryOrder, MachineProof, MachineReadingParams, MachineReadings, ModelArithmetic, WrongInput,
};
use crate::kernel::number::{Format, Order, Rational, integer};
use crate::kernel::{Certificate, ClaimId, Clock, Rejection, Verdict};
use crate::report::{Value, runs};
use crate::search::control::{Control, Stopped};
use crate::search::survey::survey;
use num_bigint::BigInt;
use num_traits::Zero;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::sync::Arc;

/// More inputs than this are evaluated one by one only under a time limit.
const MANY: u64 = 1 << 16;

/// The orders that are tried where any may be asked about.
const NAMED: [Order; 4] = [Order::Seq, Order::Pair, Order::Once, Order::Flash];

/// Units in the last place that functions may be off where the user says nothing.
pub(super) const USUAL_ULPS: u64 = 4;

/// The cells of a model at one length, one for each format and order. `in_format` gives the model with weights of a format, and how many
/// of them that changes.
pub(super) fn cells(
    in_format: impl Fn(Format) -> Result<(SoftmaxTransformer, u64), ConstructError>,
    asked: impl Fn() -> Asked,
    all: &[Arithmetic],
    request: &Request,
) -> Result<Vec<Cell>, ClaimError> {
    let mut cells = Vec::new();
    for (index, arithmetic) in all.iter().enumerate() {
        if all[..index].contains(arithmetic) {
            return Err(ClaimError::value(
                "arithmetic",
                "each once",
                format!("{arithmetic} twice"),
            ));
        }
        if !arithmetic.order.fits(arithmetic.format) {
            let expected =
                "for sums in singles a format with no more bits and no wider range than singles";
            return Err(ClaimError::value("arithmetic", expected, arithmetic));
        }
        let (rounded, changed) = in_format(arithmetic.format).map_err(|why| match why {
            ConstructError::Size { name, expected, found } => {
                ClaimError::value(name, expected, format!("{arithmetic} and {found}"))
            }
            other => other.into(),
        })?;
        let Asked { mut params, about, reading } = asked();
        params.push(("arithmetic", Value::text(arithmetic)));
        let any = arithmetic.order == Order::Any;
        let ulps = if any { request.ulps.unwrap_or(USUAL_ULPS) } else { 0 };
        if any {
            params.push(("ulps", Value::integer(ulps)));
        }
        let Arithmetic { format, order } = *arithmetic;
        let asked = MachineReadingParams {
            task: reading.task,
            tolerance: reading.tolerance,
            n: reading.n,
            m: reading.m,
            d: reading.d,
            arithmetic: ModelArithmetic { format, order, ulps },
        };
        let (rounded, known) = (Arc::new(rounded), asked.clone());
        let object = Arc::clone(&rounded);
        let decide = move |control: &Control| decide(&rounded, &asked, changed, control);
        let about = about.into_iter().filter(|(name, _)| *name != "arithmetic").collect();
        let cell = Cell::new(ClaimId::MODEL, params, decide).naming(about);
        cells.push(cell.knowing(move || {
            let values = vec![
                ("inputs", inputs(&object, &known)),
                ("rounded_weights", Value::integer(changed)),
            ];
            Known { values, ..Known::object(object.as_ref()) }
        }));
    }
    Ok(cells)
}

/// How many inputs there are.
fn inputs(model: &SoftmaxTransformer, params: &MachineReadingParams) -> Value {
    let length = usize::try_from(params.n).unwrap_or(usize::MAX);
    let sequences = BigInt::from(params.m).pow(u32::try_from(params.n).unwrap_or(u32::MAX));
    Value::integer(sequences * model.read_at.positions(length).len())
}

/// A cell while it is decided.
struct Deciding<'a> {
    model: &'a SoftmaxTransformer,
    params: &'a MachineReadingParams,
    /// those that every record has
    values: Vec<(&'static str, Value)>,
    control: &'a Control,
}

fn decide(
    model: &SoftmaxTransformer,
    params: &MachineReadingParams,
    changed: u64,
    control: &Control,
) -> Result<Decision, Undecided> {
    let values =
        vec![("inputs", inputs(model, params)), ("rounded_weights", Value::integer(changed))];
    Deciding { model, params, values, control }.decide()
}

impl Deciding<'_> {
    fn decide(&self) -> Result<Decision, Undecided> {
        let Self { model, params, control, .. } = self;
        let go_on = || control.go_on().is_ok();
        let clock = Clock::new(&go_on, control.threads());
        let any = params.arithmetic.order == Order::Any;
        let mut why = None;
        if any {
            match self.bounded(&clock)? {
                Ok(decision) => return Ok(decision),
                Err(reason) => why = Some(reason),
            }
        }
        let inputs = Rounded::new(model, &params.task, &params.tolerance.0, params.n)?;
        let few = inputs.sequences().filter(|&all| all <= MANY || control.is_limited());
        if few.is_none() {
            if let Some(wrong) = self.handful(&clock)? {
                return Ok(self.refuted(wrong));
            }
            let why = why.map_or(String::new(), |why| format!("{why}, and "));
            return Err(self.undecided(format!(
                "{why}more than {MANY} sequences are evaluated one by one with --time-limit only; none of a handful is wrong"
            ), None));
        }
        let (found, result) = params.arithmetic.compare(model, &inputs, &clock)?;
        if result == Err(Rejection::Stopped) {
            let stopped = control.go_on().err().unwrap_or(Stopped::Interrupted);
            if let (Some((index, position)), false) = (found.first_wrong, any) {
                let wrong = self.evaluated(
                    params.arithmetic.order,
                    &inputs.sequence(index),
                    position,
                    &clock,
                )?;
                if let Some(wrong) = wrong {
                    return Ok(self.refuted(wrong));
                }
            }
            let decided = found.right + found.wrong;
            let why = why.map_or(String::new(), |why| format!("; {why}"));
            let reason = format!("{stopped}; {decided} inputs decided one by one{why}");
            return Err(self.undecided(reason, Some(&found)));
        }
        result?;
        if found.first_open.is_none() {
            return self.complete(&inputs, &found);
        }
        if any {
            for order in NAMED {
                let named = ModelArithmetic { order, ulps: 0, ..params.arithmetic };
                let (found, result) = named.compare(model, &inputs, &clock)?;
                result?;
                if let Some((index, position)) = found.first_wrong
                    && let Some(wrong) =
                        self.evaluated(order, &inputs.sequence(index), position, &clock)?
                {
                    return Ok(self.refuted(wrong));
                }
            }
        }
        let open = found.first_open.map(|(index, _)| runs(inputs.sequence(index)));
        let count = format!("{} inputs are right and {} wrong", found.right, found.wrong);
        let open = open.unwrap_or_default();
        let reason = match any {
            true => format!(
                "{count}; on the sequence {open} outputs may be off too far, and no named order is wrong"
            ),
            false => format!("{count}; on the sequence {open} numbers are beyond the format"),
        };
        Err(self.undecided(reason, Some(&found)))
    }

    /// All inputs at once; or why that does not do.
    fn bounded(&self, clock: &Clock<'_>) -> Result<Result<Decision, String>, Undecided> {
        let Self { model, params, control, .. } = self;
        let off = match params.arithmetic.off(model, params.n, clock) {
            Err(Rejection::Wrong { .. }) => {
                return Ok(Err("no bound holds for all inputs at once".to_owned()));
            }
            off => off.map_err(|_| control.go_on().err().unwrap_or(Stopped::Interrupted))?,
        };
        let found = survey(model, &params.task, &params.tolerance.0, params.n, control)?;
        if let Some((sequence, position)) = &found.tally.first_wrong {
            let tokens: Vec<usize> = sequence.iter().map(|token| token.0).collect();
            for order in NAMED {
                if let Some(wrong) = self.evaluated(order, &tokens, *position, clock)? {
                    return Ok(Ok(self.refuted(wrong)));
                }
            }
            return Ok(Err("in the reals an input is wrong".to_owned()));
        }
        let (Some(trees), true) = (found.trees, found.tally.open.is_zero()) else {
            let stopped = control.go_on().err();
            return match stopped {
                Some(stopped) => Err(stopped.into()),
                None => Ok(Err("in the reals an input is too close to call".to_owned())),
            };
        };
        let scale = integer(1_000_000_000_000_000u64);
        let off = (&off * &scale).ceil() / &scale;
        let margin = found.tally.margin.map(|(least, _)| (least * &scale).floor() / &scale);
        // none where every choice is the answer
        let margin = margin.unwrap_or_else(|| &off + Rational::from_integer(1.into()));
        if off >= margin {
            let (off, margin) = (Value::rounded(&off, true), Value::rounded(&margin, false));
            return Ok(Err(format!(
                "outputs are off by at most {off}, which is not less than the least margin {margin} in the reals"
            )));
        }
        let mut values = self.values.clone();
        values.extend([
            ("margin_at_least", margin.clone().into()),
            ("margin_at_least_decimal", Value::rounded(&margin, false)),
            ("off_at_most", off.clone().into()),
            ("off_at_most_decimal", Value::rounded(&off, true)),
        ]);
        let proof =
            MachineProof::Bound(InEveryOrder { trees, margin: margin.into(), off: off.into() });
        Ok(Ok(Decision {
            proposed: Verdict::Verified,
            values,
            certificate: self.certificate(proof),
            reason: None,
        }))
    }

    fn certificate(&self, proof: MachineProof) -> Certificate {
        let data = MachineReadings { model: self.model.clone(), proof };
        Certificate::new(ClaimId::MODEL, self.params.clone(), data)
    }

    /// Every input is decided.
    fn complete(&self, inputs: &Rounded<'_>, found: &Compared) -> Result<Decision, Undecided> {
        let Compared { right, wrong, real_right, differ, first_wrong, first_differs, .. } = *found;
        let accuracy = integer(right) / integer(right + wrong);
        let mut values = self.values.clone();
        values.extend([
            ("right", Value::integer(right)),
            ("wrong", Value::integer(wrong)),
            ("accuracy", accuracy.clone().into()),
            ("accuracy_decimal", Value::rounded(&accuracy, false)),
            ("real_right", Value::integer(real_right)),
            ("differ", Value::integer(differ)),
        ]);
        let differs = first_differs.map(|(index, _)| Value::list(inputs.sequence(index)));
        values.push(("differs_on", differs.unwrap_or(Value::Null)));
        let proof = MachineProof::Inputs { right, wrong, real_right, differ };
        let mut reason = None;
        if let Some((index, position)) = first_wrong {
            let clock = Clock::unlimited();
            // what is wrong in every order is wrong in this one
            let order = match self.params.arithmetic.order {
                Order::Any => Order::Seq,
                named => named,
            };
            let evaluated = self.evaluated(order, &inputs.sequence(index), position, &clock)?;
            if let Some(wrong) = evaluated {
                values.extend(self.shown(&wrong));
                reason = Some(self.words(&wrong));
            }
        }
        let proposed = if wrong == 0 { Verdict::Verified } else { Verdict::Refuted };
        Ok(Decision { proposed, values, certificate: self.certificate(proof), reason })
    }

    /// The outputs on one input in a named order, if they are wrong.
    fn evaluated(
        &self,
        order: Order,
        sequence: &[usize],
        position: usize,
        clock: &Clock<'_>,
    ) -> Result<Option<WrongInput>, Undecided> {
        let tokens: Vec<Token> = sequence.iter().copied().map(Token).collect();
        match self.params.evaluate(self.model, order, (&tokens, position), clock) {
            Ok((Judged::Wrong, wrong)) => Ok(Some(wrong)),
            Ok(_) | Err(Rejection::Wrong { .. }) => Ok(None),
            Err(Rejection::Stopped) => {
                Err(self.control.go_on().err().unwrap_or(Stopped::Interrupted).into())
            }
        }
    }

    /// A few inputs: all tokens equal, and random ones.
    fn handful(&self, clock: &Clock<'_>) -> Result<Option<WrongInput>, Undecided> {
        const RANDOM: usize = 100;
        let (m, n) = (self.params.m, usize::try_from(self.params.n).unwrap_or(usize::MAX));
        let mut rng = ChaCha8Rng::seed_from_u64(0);
        let mut sequences: Vec<Vec<usize>> =
            (0..m.min(RANDOM)).map(|token| vec![token; n]).collect();
        sequences.extend((0..RANDOM).map(|_| (0..n).map(|_| rng.random_range(0..m)).collect()));
        let order = self.params.arithmetic.order;
        let orders: &[Order] = if order == Order::Any { &NAMED } else { &[order] };
        for sequence in sequences {
            let position = rng.random_range(self.model.read_at.positions(n));
            for &order in orders {
                if let Some(wrong) = self.evaluated(order, &sequence, position, clock)? {
                    return Ok(Some(wrong));
                }
            }
        }
        Ok(None)
    }

    fn refuted(&self, wrong: WrongInput) -> Decision {
        let mut values = self.values.clone();
        values.extend(self.shown(&wrong));
        let reason = Some(self.words(&wrong));
        let certificate = self.certificate(MachineProof::Wrong(wrong));
        Decision { proposed: Verdict::Refuted, values, certificate, reason }
    }

    /// A wrong input as a record has it.
    fn shown(&self, wrong: &WrongInput) -> Vec<(&'static str, Value)> {
        let mut values = vec![
            ("order", Value::text(super::super::arithmetic::order_name(wrong.order))),
            ("sequence", Value::list(wrong.sequence.iter().map(|token| token.0))),
        ];
        if self.model.read_at == ReadAt::Every {
            values.push(("position", Value::integer(wrong.position)));
        }
        let output = wrong.output.iter().map(|y| y.0.clone().into()).collect();
        values.push(("output", Value::List(output)));
        values.push(("answer", reading::number(&wrong.answer.0)));
        values
    }

    fn words(&self, wrong: &WrongInput) -> String {
        let tokens = runs(wrong.sequence.iter().map(|token| token.0));
        let place = match self.model.read_at {
            ReadAt::Every if self.params.n > 1 => format!(" read at position {}", wrong.position),
            _ => String::new(),
        };
        let order = super::super::arithmetic::order_name(wrong.order);
        let outputs: Vec<String> =
            wrong.output.iter().map(|y| Value::rounded(&y.0, false).to_string()).collect();
        let outputs = outputs.join(" ");
        format!(
            "on the sequence {tokens}{place} the model's output, summed in the order {order}, is {outputs}, the true answer is {}",
            wrong.answer
        )
    }

    fn undecided(&self, reason: String, found: Option<&Compared>) -> Undecided {
        let mut values = self.values.clone();
        if let Some(found) = found {
            values.extend([
                ("right", Value::integer(found.right)),
                ("wrong", Value::integer(found.wrong)),
            ]);
        }
        Undecided::Partly { reason, values, certificate: None }
    }
}
