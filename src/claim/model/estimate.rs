//! `--estimate N`: a softmax transformer on `N` inputs drawn at random, each decided, and exact confidence bounds.
//!
//! For sizes at which all inputs are out of reach. The verdict is `estimated`, which is none about all inputs. The measures beside the
//! accuracy are those of the sample: `nmae` is the mean of `|y - answer| / (n / m + 1)`, and `constant_guess` how often the
//! median answer is the right one, without which an accuracy says little where answers hardly vary (T16).

use super::super::{Cell, ClaimError, Decision, Known, Params, Request, Undecided};
use super::reading::{self, Asked};
use crate::kernel::definition::SoftmaxTransformer;
use crate::kernel::kind::{
    Between, Distribution, Drawn as DrawnInputs, MAX_SAMPLE, ReadingParams, Sample, SampleParams,
    SampledAnswer,
};
use crate::kernel::number::{Rational, integer, ratio};
use crate::kernel::{Certificate, ClaimId, Clock, Verdict};
use crate::report::Value;
use crate::search::control::{Control, Stopped};
use crate::search::sample::{Found, sample};
use num_traits::{One, Signed};
use serde::Deserialize;
use std::sync::Arc;

/// How inputs are drawn where they are.
#[derive(Debug, Clone)]
pub struct Estimate {
    /// how many
    pub inputs: u64,
    /// of the bounds
    pub confidence: Rational,
    /// where tokens come from
    pub drawn: Drawn,
}

/// Where tokens are drawn from, each by itself but evenly.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Drawn {
    /// all with the same probability
    Uniform,
    /// no token again before all were drawn: all distinct where `n <= m`
    Even,
    /// token `j` (from 0) with a probability proportional to `1 / (j + 1)`, rounded down to a multiple of `2^-40`
    Zipf,
    /// one weight a token
    Weights(Vec<u64>),
}

impl Drawn {
    fn distribution(&self, m: usize) -> Result<Distribution, ClaimError> {
        match self {
            Self::Uniform => Ok(Distribution::Uniform),
            Self::Even => Ok(Distribution::Even),
            Self::Zipf => {
                Ok(Distribution::Weights((1..=m as u64).map(|rank| (1 << 40) / rank).collect()))
            }
            Self::Weights(weights) => {
                let expected = if weights.len() != m {
                    format!("{m} weights, one for each token of the model")
                } else if weights.iter().try_fold(0u64, |sum, &w| sum.checked_add(w)).is_none() {
                    "weights with a sum below 2^64".to_owned()
                } else if weights.iter().all(|&weight| weight == 0) {
                    "a weight above 0".to_owned()
                } else {
                    return Ok(Distribution::Weights(weights.clone()));
                };
                let found = format!("{} weights", weights.len());
                Err(ClaimError::value("distribution", expected, found))
            }
        }
    }
}

/// The confidence where none is given.
pub fn usual_confidence() -> Rational {
    ratio(999, 1000)
}

/// The cell of a model at one length.
pub(super) fn cell(
    model: &Arc<SoftmaxTransformer>,
    asked: Asked,
    estimate: &Estimate,
    seed: u64,
) -> Result<Cell, ClaimError> {
    let Asked { mut params, about, reading } = asked;
    let (asked, judged) = self::asked(reading, estimate, seed)?;
    params.extend(judged);
    let (model, known) = (Arc::clone(model), Arc::clone(model));
    let decide = move |control: &Control| decide(&model, &asked, control);
    let cell = Cell::new(ClaimId::MODEL, params, decide).naming(about);
    Ok(cell.knowing(move || Known::object(known.as_ref())))
}

/// What is drawn and how it is judged, and how a record says it.
pub(super) fn asked(
    reading: ReadingParams,
    estimate: &Estimate,
    seed: u64,
) -> Result<(SampleParams, Params), ClaimError> {
    let (drawn, params) = drawn(reading.m, estimate, seed)?;
    let ReadingParams { task, tolerance, n, m, d } = reading;
    let DrawnInputs { estimate, confidence, seed, distribution } = drawn;
    let asked = SampleParams { task, tolerance, n, m, d, estimate, confidence, seed, distribution };
    Ok((asked, params))
}

/// What is drawn of `m` tokens, and how a record says it.
pub(super) fn drawn(
    m: usize,
    estimate: &Estimate,
    seed: u64,
) -> Result<(DrawnInputs, Params), ClaimError> {
    let Estimate { inputs, confidence, drawn } = estimate;
    if !(confidence.is_positive() && *confidence < Rational::one()) {
        return Err(ClaimError::value("confidence", "a number above 0 and below 1", confidence));
    }
    if *inputs > MAX_SAMPLE {
        return Err(ClaimError::value("estimate", format!("at most {MAX_SAMPLE} inputs"), inputs));
    }
    if confidence.denom().bits() > 32 {
        let expected = "a number with a denominator of at most 32 bits";
        return Err(ClaimError::value("confidence", expected, confidence));
    }
    let distribution = drawn.distribution(m)?;
    let weights = match &distribution {
        Distribution::Uniform => Value::text("uniform"),
        Distribution::Even => Value::text("even"),
        Distribution::Weights(weights) => Value::list(weights.iter().copied()),
    };
    let params = vec![
        ("estimate", Value::integer(*inputs)),
        ("confidence", confidence.clone().into()),
        ("seed", Value::integer(seed)),
        ("distribution", weights),
    ];
    let (estimate, confidence) = (*inputs, confidence.clone().into());
    Ok((DrawnInputs { estimate, confidence, seed, distribution }, params))
}

/// The cells of a request that estimates; `None` where it does not.
pub(super) fn of_request(request: &Request) -> Result<Option<Estimate>, ClaimError> {
    if let Some(estimate) = &request.estimate {
        return Ok(Some(estimate.clone()));
    }
    match request.given.iter().find(|name| ["confidence", "distribution", "seed"].contains(name)) {
        Some(option) => {
            Err(ClaimError::value(option, "--estimate N beside it", "every input to be judged"))
        }
        None => Ok(None),
    }
}

pub(super) fn decide(
    model: &SoftmaxTransformer,
    params: &SampleParams,
    control: &Control,
) -> Result<Decision, Undecided> {
    let asked = params.estimate;
    let stopped = || control.go_on().err().unwrap_or(Stopped::Interrupted);
    let Some(found) = sample(model, params, control)? else { return Err(stopped().into()) };
    let Found { sample, sampled, first_wrong, complete } = found;
    let mut values = Measured::from(&sample).values(params, sampled);
    if let Some(index) = first_wrong {
        values.extend(wrong_input(model, params, index)?);
    }
    if !complete {
        let reason = format!("{}; {sampled} of {asked} inputs judged", stopped());
        return Err(Undecided::Partly { reason, values, certificate: None });
    }
    let certificate = Certificate::new(ClaimId::MODEL, params.clone(), sample);
    Ok(Decision { proposed: Verdict::Estimated, values, certificate, reason: None })
}

/// What a certificate says of its sample.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Measured {
    right: u64,
    open: u64,
    within_one: u64,
    error: Between,
    answers: Vec<SampledAnswer>,
    accuracy: Between,
}

impl From<&Sample> for Measured {
    fn from(sample: &Sample) -> Self {
        let Sample { right, open, within_one, error, answers, accuracy, .. } = sample.clone();
        Self { right, open, within_one, error, answers, accuracy }
    }
}

impl Measured {
    /// The values of a record.
    pub(crate) fn values(&self, params: &SampleParams, sampled: u64) -> Vec<(&'static str, Value)> {
        let (least, most) = (&self.accuracy.at_least.0, &self.accuracy.at_most.0);
        let (low, high) = (&self.error.at_least.0, &self.error.at_most.0);
        let over = integer(params.n) / integer(params.m as u64) + Rational::one();
        let (guess, share) = constant_guess(&self.answers, sampled);
        let row = |row: &SampledAnswer| {
            Value::List(vec![
                reading::number(&row.answer.0),
                Value::integer(row.sampled),
                Value::integer(row.right),
            ])
        };
        vec![
            ("sampled", Value::integer(sampled)),
            ("right", Value::integer(self.right)),
            ("too_close", Value::integer(self.open)),
            ("within_one", Value::integer(self.within_one)),
            ("accuracy_at_least", least.clone().into()),
            ("accuracy_at_least_decimal", Value::rounded(least, false)),
            ("accuracy_at_most", most.clone().into()),
            ("accuracy_at_most_decimal", Value::rounded(most, true)),
            ("mean_absolute_error_at_least", low.clone().into()),
            ("mean_absolute_error", high.clone().into()),
            ("nmae_at_least", (low / &over).into()),
            ("nmae", (high / &over).into()),
            ("nmae_decimal", Value::rounded(&(high / over), true)),
            ("constant_guess", share.into()),
            ("constant_answer", guess),
            ("by_answer", Value::List(self.answers.iter().map(row).collect())),
        ]
    }
}

/// The lower median of the answers, and the share of inputs that have it.
fn constant_guess(answers: &[SampledAnswer], sampled: u64) -> (Value, Rational) {
    let mut before = 0;
    for row in answers {
        before += row.sampled;
        if 2 * before >= sampled {
            return (reading::number(&row.answer.0), integer(row.sampled) / integer(sampled));
        }
    }
    (Value::Null, integer(0))
}

fn wrong_input(
    model: &SoftmaxTransformer,
    params: &SampleParams,
    index: u64,
) -> Result<Vec<(&'static str, Value)>, Undecided> {
    let clock = Clock::unlimited();
    let (sequence, position) = params.sampler(model, &clock)?.input(index);
    let read = model.read_at.positions(sequence.len()).len();
    let answer = params.task.answer_at(params.m, &sequence, position, read, &clock)?;
    let mut values = vec![("sequence", Value::list(sequence))];
    if read > 1 {
        values.push(("position", Value::integer(position)));
    }
    values.push(("answer", reading::number(&answer)));
    Ok(values)
}
