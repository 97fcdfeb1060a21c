//! `--difference`: how far the outputs of a model are from those of another on the same inputs: of what is left of it without a part, or of a file.
//!
//! With all inputs the bounds are about all of them, and verified whatever they are; with `--estimate` they are those of the sample, and only
//! the agreement has confidence bounds beyond it. `explained` is `1 - mean |y - y'| / mean |y - c|`, the constant `c` being the mean output (of
//! some inputs, rounded): 1 where the other model gives all of the output, 0 where it tells no more than a constant does, and less where it is
//! further off.

use super::super::{Cell, ClaimError, Decision, Known, Params, Request, Undecided};
use super::{estimate, reading};
use crate::files::model::Model;
use crate::kernel::definition::{Reading, SoftmaxTransformer};
use crate::kernel::kind::{Between, ChosenInputs, Difference, DifferenceParams};
use crate::kernel::number::{NaturalText, Rational, integer};
use crate::kernel::{Certificate, ClaimId, Verdict};
use crate::report::Value;
use crate::search::control::{Control, Stopped};
use crate::search::difference::{Found, difference};
use num_bigint::BigUint;
use num_traits::{One, Zero};
use serde::Deserialize;
use std::sync::Arc;

/// What a model is compared with.
#[derive(Debug, Clone)]
pub struct Other {
    /// the other model
    pub model: Model,
    /// what names it in a record
    pub params: Params,
    /// what says more about its file
    pub named: Params,
}

/// The cells of a model beside another, one a length.
pub(super) fn cells(
    model: &Arc<SoftmaxTransformer>,
    other: &Other,
    request: &Request,
) -> Result<Vec<Cell>, ClaimError> {
    let Other { model: Model::Softmax(compared), params: names, named } = other else {
        return Err(ClaimError::value("other", "a softmax model", "an exact model"));
    };
    fits(model, compared)?;
    let lengths = reading::lengths(&[model, compared], request)?;
    let drawn = estimate::of_request(request)?;
    let (m, d) = (model.vocabulary(), model.dimension());
    let mut cells = Vec::new();
    for n in lengths {
        let mut params =
            vec![("n", Value::integer(n)), ("m", Value::integer(m)), ("difference", true.into())];
        let inputs = match &drawn {
            Some(estimate) => {
                let (drawn, about) = estimate::drawn(m, estimate, request.seed)?;
                params.extend(about);
                ChosenInputs::Drawn(drawn)
            }
            None => ChosenInputs::All,
        };
        params.extend(names.iter().cloned());
        let asked = DifferenceParams { n, m, d, inputs, constant: Rational::zero().into() };
        let [first, second] = [Arc::clone(model), Arc::clone(compared)];
        let decide = move |control: &Control| decide([&first, &second], &asked, control);
        let mut about = vec![
            ("layers", Value::integer(reading::layers(model))),
            ("arithmetic", Value::text("real")),
        ];
        about.extend(named.iter().cloned());
        let [first, second] = [Arc::clone(model), Arc::clone(compared)];
        let known = move || Known::object(&[first.as_ref(), second.as_ref()]);
        let cell = Cell::new(ClaimId::MODEL, params, decide).naming(about).knowing(known);
        cells.push(request.about_file(cell));
    }
    Ok(cells)
}

/// Whether both models have the same inputs, and outputs of one kind.
fn fits(model: &SoftmaxTransformer, other: &SoftmaxTransformer) -> Result<(), ClaimError> {
    let [tokens, found] = [model, other].map(SoftmaxTransformer::vocabulary);
    let same = |expected: String, found: String| match expected == found {
        true => Ok(()),
        false => Err(ClaimError::value("other", expected, found)),
    };
    same(
        format!("a model with the same {tokens} tokens"),
        format!("a model with the same {found} tokens"),
    )?;
    let kind = |model: &SoftmaxTransformer| match &model.reading {
        Reading::Number { .. } => "a model that gives a number".to_owned(),
        Reading::ArgMax { .. } => "a model that is read by arg max".to_owned(),
    };
    same(kind(model), kind(other))?;
    let place = |model: &SoftmaxTransformer| match model.read_at.positions(2).len() {
        1 => "a model that is read at the last position".to_owned(),
        _ => "a model that is read at every position".to_owned(),
    };
    same(place(model), place(other))
}

fn decide(
    models: [&SoftmaxTransformer; 2],
    params: &DifferenceParams,
    control: &Control,
) -> Result<Decision, Undecided> {
    let stopped = || control.go_on().err().unwrap_or(Stopped::Interrupted);
    let Some(found) = difference(models, params, control)? else { return Err(stopped().into()) };
    let Found { params, difference, inputs, complete } = found;
    let values = Outcome::from(&difference).values(&params, &inputs);
    match (&params.inputs, complete) {
        (ChosenInputs::Drawn(drawn), false) => {
            let reason = format!("{}; {inputs} of {} inputs compared", stopped(), drawn.estimate);
            Err(Undecided::Partly { reason, values, certificate: None })
        }
        (ChosenInputs::All, false) => {
            // those of a part say nothing about the others
            Err(Undecided::Limit(format!("{}; {inputs} inputs compared", stopped())))
        }
        (chosen, true) => {
            let proposed = match chosen {
                ChosenInputs::All => Verdict::Verified,
                ChosenInputs::Drawn(_) => Verdict::Estimated,
            };
            let certificate = Certificate::new(ClaimId::MODEL, params, difference);
            Ok(Decision { proposed, values, certificate, reason: None })
        }
    }
}

/// What a certificate says of its inputs.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Outcome {
    agree: NaturalText,
    open: NaturalText,
    mean: Between,
    largest: Between,
    from_constant: Between,
    agreement: Between,
}

impl From<&Difference> for Outcome {
    fn from(difference: &Difference) -> Self {
        let Difference { agree, open, mean, largest, from_constant, agreement, .. } = difference;
        let [agree, open] = [agree, open].map(|number| NaturalText(number.0.clone()));
        let [mean, largest, from_constant, agreement] =
            [mean, largest, from_constant, agreement].map(Between::clone);
        Self { agree, open, mean, largest, from_constant, agreement }
    }
}

impl Outcome {
    /// The values of a record about so many inputs.
    pub(crate) fn values(
        &self,
        params: &DifferenceParams,
        inputs: &BigUint,
    ) -> Vec<(&'static str, Value)> {
        let number = match &params.inputs {
            ChosenInputs::All => "inputs",
            ChosenInputs::Drawn(_) => "sampled",
        };
        let mut values = vec![
            (number, reading::natural(inputs)),
            ("agree", reading::natural(&self.agree.0)),
            ("too_close", reading::natural(&self.open.0)),
        ];
        values.extend(ends(AGREEMENT, Some(&self.agreement)));
        values.extend(ends(MEAN, Some(&self.mean)));
        values.extend(ends(LARGEST, Some(&self.largest)));
        values.push(("constant", params.constant.0.clone().into()));
        values.extend(ends(FROM_CONSTANT, Some(&self.from_constant)));
        values.extend(ends(EXPLAINED, self.explained().as_ref()));
        values
    }

    /// Bounds of `1 - mean |y - y'| / mean |y - c|`; none where all outputs may be `c`.
    fn explained(&self) -> Option<Between> {
        let (least, most) = (&self.from_constant.at_least.0, &self.from_constant.at_most.0);
        if least.is_zero() {
            return None;
        }
        let unit = integer(1_000_000_000u64);
        let low = (Rational::one() - &self.mean.at_most.0 / least) * &unit;
        let high = (Rational::one() - &self.mean.at_least.0 / most) * &unit;
        Some(Between {
            at_least: (low.floor() / &unit).into(),
            at_most: (high.ceil() / unit).into(),
        })
    }
}

/// The name of an end of bounds, and of the same as a decimal.
type End = (&'static str, Option<&'static str>);

const AGREEMENT: [End; 2] = [
    ("agreement_at_least", Some("agreement_at_least_decimal")),
    ("agreement_at_most", Some("agreement_at_most_decimal")),
];
const MEAN: [End; 2] = [
    ("mean_difference_at_least", None),
    ("mean_difference_at_most", Some("mean_difference_at_most_decimal")),
];
const LARGEST: [End; 2] = [
    ("largest_difference_at_least", None),
    ("largest_difference_at_most", Some("largest_difference_at_most_decimal")),
];
const FROM_CONSTANT: [End; 2] = [("from_constant_at_least", None), ("from_constant_at_most", None)];
const EXPLAINED: [End; 2] =
    [("explained_at_least", Some("explained_at_least_decimal")), ("explained_at_most", None)];

fn ends([least, most]: [End; 2], bounds: Option<&Between>) -> Vec<(&'static str, Value)> {
    let mut values = Vec::new();
    let low = bounds.map(|bounds| &bounds.at_least.0);
    let high = bounds.map(|bounds| &bounds.at_most.0);
    for ((name, decimal), end, up) in [(least, low, false), (most, high, true)] {
        values.push((name, end.map_or(Value::Null, |end| end.clone().into())));
        let rounded = || end.map_or(Value::Null, |end| Value::rounded(end, up));
        values.extend(decimal.map(|name| (name, rounded())));
    }
    values
}
