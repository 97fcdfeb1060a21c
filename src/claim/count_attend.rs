//! T3: with logarithmic dimension, attention to equal tokens and an MLP that inverts count the query.
//!
//! Decided over the whole interval of the MLP's input for each count, hence for all count vectors at `n`. The least
//! integer base is found by bisection; that the base below it fails is shown by a sequence.

use super::histogram::{failure_reason, failure_values};
use super::{Cell, Claim, ClaimError, Decision, Known, Request, Undecided};
use crate::construct::{attend, inverter};
use crate::kernel::definition::Input;
use crate::kernel::definition::Length;
use crate::kernel::definition::{Criterion, Task};
use crate::kernel::definition::{ScalarNetwork, Token, Transformer};
use crate::kernel::kind::{Counting, Exhaustive, Inputs, Interval, LeastBase};
use crate::kernel::number::{Rational, integer, ratio};
use crate::kernel::{Certificate, ClaimId, Kind, Verdict};
use crate::report::Value;
use crate::search::attend::{Piecewise, WorstInput, code_gaps, largest_error, least_base};
use crate::search::control::Control;
use crate::search::exhaustive;
use crate::search::inputs::{InputOps, count_inputs};
use crate::search::width::invert;
use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};

pub(super) const CLAIM: Claim = Claim {
    id: ClaimId::QC_COUNT_ATTEND,
    label: "T3",
    statement: "With d = ceil(log2 m) + 1 one attention head and an MLP that inverts 1/x solve query count at length n",
    source: "Yehudai et al., arXiv:2407.15160v3, section 4.2 as quoted; exact base and codes: ours",
    decided: "the interval of 1/(c_q + delta) for every count, so all inputs at n",
    options: &["n", "m", "base", "inverter", "seed"],
    plan,
};

/// Which network is the MLP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Inverter {
    /// the interpolant of `1/x` on `n^2` cells
    Grid,
    /// a network of least width (about `sqrt n`)
    Narrow,
    /// one of least width among those with `alpha = 0` and `|a_i w_i| <= 1` (about `n^2`)
    Unit,
}

impl Inverter {
    pub const ALL: [Self; 3] = [Self::Grid, Self::Narrow, Self::Unit];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Grid => "grid",
            Self::Narrow => "narrow",
            Self::Unit => "unit",
        }
    }

    fn network(self, n: u64, control: &Control) -> Result<ScalarNetwork, Undecided> {
        Ok(match self {
            Self::Grid => inverter::grid(n, n * n),
            // the interpolant of a single point is a line of width 0
            Self::Narrow if n == 1 => inverter::grid(1, 1),
            Self::Narrow => invert::narrow(n, control)?,
            Self::Unit => invert::unit(n, control)?,
        })
    }
}

/// The MLP has about `n^2` units; larger models would only be slow to write.
const MAX_N: u64 = 1000;

fn plan(request: &Request) -> Result<Vec<Cell>, ClaimError> {
    let lengths = request.finite_lengths(&[2, 3, 4, 5, 6, 7, 8])?;
    let vocabularies = request.vocabularies(&[4, 6, 8])?;
    if let Some(n) = lengths.iter().find(|&&n| n > MAX_N) {
        return Err(ClaimError::value(
            "n",
            format!("at most {MAX_N} (the MLP has about n^2 units)"),
            n,
        ));
    }
    if let Some(base) = request.base.iter().flatten().find(|base| **base <= Rational::one()) {
        return Err(ClaimError::value("base", "a rational above 1", base));
    }
    // without a base the least one that works is found
    let bases: Vec<Option<Rational>> = match &request.base {
        Some(bases) => bases.iter().cloned().map(Some).collect(),
        None => vec![None],
    };
    let mut cells = Vec::new();
    for &n in &lengths {
        for &m in &vocabularies {
            for base in &bases {
                let mut params = vec![("n", Value::integer(n)), ("m", Value::integer(m))];
                if let Some(base) = base {
                    params.push(("base", base.clone().into()));
                }
                let inverter = request.inverter.unwrap_or(Inverter::Grid);
                params.push(("inverter", Value::text(inverter.name())));
                let base = base.clone();
                let cell = Cell::new(ClaimId::QC_COUNT_ATTEND, params, move |control| {
                    decide(n, m, inverter.network(n, control)?, base.as_ref(), control)
                });
                let inputs = Value::integer(BigInt::from(count_inputs(n, m as u64)));
                let values = vec![("inputs", inputs), ("gap", gap(m))];
                cells.push(cell.knowing(move || Known { object: None, values: values.clone() }));
            }
        }
    }
    Ok(cells)
}

/// The construction itself at one size, for `counterproof construct`.
pub(super) fn export(request: &Request) -> Result<Transformer, ClaimError> {
    let (n, m) = (request.one_length()?, request.one_vocabulary()?);
    if n > MAX_N {
        return Err(ClaimError::value("n", format!("at most {MAX_N}"), n));
    }
    let network = inverter::grid(n, n * n);
    let base = match request.one_base()? {
        Some(base) => base.clone(),
        None => least_base(&Piecewise::new(&network), &code_gaps(m), n, &Control::default())
            .ok()
            .flatten()
            .map(integer)
            .ok_or_else(|| ClaimError::value("base", "a base (none up to 2^64 works)", "none"))?,
    };
    Ok(attend::query_count(n as usize, m, &base, &network)?)
}

fn decide(
    n: u64,
    m: usize,
    network: ScalarNetwork,
    asked: Option<&Rational>,
    control: &Control,
) -> Result<Decision, Undecided> {
    let piecewise = Piecewise::new(&network);
    let gaps = code_gaps(m);
    let base = match asked {
        Some(base) => base.clone(),
        None => match least_base(&piecewise, &gaps, n, control)? {
            Some(base) => integer(base),
            None => return Err(Undecided::Limit("no base up to 2^64 is large enough".to_owned())),
        },
    };
    let cell = Attend { n, m, network };
    let model = cell.model(&base)?;
    let (error, worst) = largest_error(&piecewise, &gaps, n, &base, control)?;
    if error < ratio(1, 2) {
        let least = match asked {
            Some(_) => LeastBase::NotClaimed,
            None if base == integer(2) => LeastBase::Two,
            None => {
                let below = &base - integer(1);
                let (_, worst) = largest_error(&piecewise, &gaps, n, &below, control)?;
                let below_fails = sequence(n, m, &worst);
                let output = cell.model(&below)?.output(&below_fails)?;
                let too_large = output - integer(worst.count) >= ratio(1, 2);
                let decreasing =
                    piecewise.does_not_grow(&Rational::new(1.into(), n.into()), &Rational::one());
                // without these nothing is said about smaller bases
                if too_large && decreasing {
                    LeastBase::Below(below_fails)
                } else {
                    LeastBase::NotClaimed
                }
            }
        };
        let data =
            Interval { model: model.clone(), max_error: error.clone().into(), least_base: least };
        return Ok(cell.verified(&model, &error, data));
    }
    let failing = sequence(n, m, &worst);
    let output = model.output(&failing)?;
    if (&output - integer(worst.count)).abs() >= ratio(1, 2) {
        let failure = exhaustive::Failure { sequence: failing, output, answer: worst.count };
        return Ok(cell.refuted(&model, failure));
    }
    // the interval fails only between inputs: look at the inputs themselves
    match exhaustive::decide(&model, Task::QueryCount, Criterion::Solves, n as usize, control)? {
        exhaustive::Outcome::Fails(failure) => Ok(cell.refuted(&model, failure)),
        exhaustive::Outcome::Holds { max_error, .. } => {
            let data = Exhaustive {
                model: model.clone(),
                inputs: Inputs::CountVectors,
                max_error: max_error.clone().into(),
            };
            Ok(cell.verified(&model, &max_error, data))
        }
    }
}

/// The worst input as a sequence: the other token repeated, then the query.
fn sequence(n: u64, m: usize, worst: &WorstInput) -> Vec<Token> {
    let mut counts = vec![0; m];
    counts[worst.other.0] += n - worst.count;
    counts[worst.query.0] += worst.count;
    Input::new("counts", worst.query, &counts).map(|input| input.to_sequence()).unwrap_or_default()
}

/// Between the inner product of a token's code with itself and with another one.
fn gap(m: usize) -> Value {
    if m > 1 { Value::integer(attend::GAP) } else { Value::Null }
}

struct Attend {
    n: u64,
    m: usize,
    network: ScalarNetwork,
}

impl Attend {
    fn model(&self, base: &Rational) -> Result<Transformer, Undecided> {
        Ok(attend::query_count(self.n as usize, self.m, base, &self.network)?)
    }

    fn params(&self, model: &Transformer) -> Counting {
        Counting {
            task: Task::QueryCount,
            criterion: Criterion::Solves,
            n: Length::Exactly(self.n),
            m: self.m,
            d: model.dimension(),
            mlp_width: model.mlp_width(),
        }
    }

    fn values(&self, model: &Transformer) -> Vec<(&'static str, Value)> {
        let base = &model.base.0;
        let base =
            if base.is_integer() { Value::Integer(base.to_integer()) } else { base.clone().into() };
        vec![
            ("inputs", Value::integer(BigInt::from(count_inputs(self.n, self.m as u64)))),
            ("mlp_width", Value::integer(model.mlp_width())),
            ("d", Value::integer(model.dimension())),
            ("base", base),
            ("gap", gap(self.m)),
        ]
    }

    fn verified(
        &self,
        model: &Transformer,
        error: &Rational,
        data: impl Kind<Params = Counting>,
    ) -> Decision {
        let mut values = self.values(model);
        values.extend([("max_error", error.clone().into()), ("exact", error.is_zero().into())]);
        let certificate = Certificate::new(ClaimId::QC_COUNT_ATTEND, self.params(model), data);
        Decision { proposed: Verdict::Verified, values, certificate, reason: None }
    }

    fn refuted(&self, model: &Transformer, failure: exhaustive::Failure) -> Decision {
        let mut values = self.values(model);
        let error = (&failure.output - integer(failure.answer)).abs();
        values.extend([("max_error", Value::Null), ("exact", error.is_zero().into())]);
        values.extend(failure_values(&failure));
        let reason = failure_reason(&failure);
        let data = failure.into_counterexample(model);
        let certificate = Certificate::new(ClaimId::QC_COUNT_ATTEND, self.params(model), data);
        Decision { proposed: Verdict::Refuted, values, certificate, reason: Some(reason) }
    }
}
