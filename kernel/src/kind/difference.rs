//! How far the outputs of two softmax transformers are apart on the same inputs, all of them or drawn at random.
//!
//! For two numbers that is `|y - y'|`, for two arg maxes the distance of the answers. Beside it stands the mean distance of the first model's
//! output from a constant, which is what a model that ignores its input would have. Bounds of how often the models agree on drawn inputs are
//! confidence bounds as in [`Sample`](super::Sample).

use super::misreading::Between;
use super::{ClaimId, Drawn, Evidence, Finding, Kind};
use crate::definition::SoftmaxTransformer;
use crate::evidence::{Differences, Distances};
use crate::number::{NaturalText, Rational, RationalText, divide};
use crate::rejection::{Clock, Rejection, expect};
use num::{BigUint, ToPrimitive};
use serde::{Deserialize, Serialize};

/// The statement: which inputs the models have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DifferenceParams {
    /// length of the inputs, BOS not counted
    pub n: u64,
    /// vocabulary size
    pub m: usize,
    /// embedding dimension of the first model
    pub d: usize,
    /// which inputs
    pub inputs: ChosenInputs,
    /// what the first model's outputs are compared with besides
    pub constant: RationalText,
}

/// Which inputs are looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum ChosenInputs {
    /// every sequence at each position that is read
    All,
    /// a sample
    Drawn(Drawn),
}

/// What was found of the inputs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// the first model
    pub model: SoftmaxTransformer,
    /// what it is compared with
    pub other: SoftmaxTransformer,
    /// inputs on which both outputs round to the same integer, or decode to the same answer
    pub agree: NaturalText,
    /// inputs on which that is too close to call
    pub open: NaturalText,
    /// bounds of the mean distance over the inputs
    pub mean: Between,
    /// bounds of the largest distance
    pub largest: Between,
    /// bounds of the mean distance of the first model from the constant
    pub from_constant: Between,
    /// bounds of the share of inputs on which the models agree; at the stated confidence where inputs are drawn
    pub agreement: Between,
}

impl DifferenceParams {
    /// Looks at the inputs; before an error, what is found is that of the first ones.
    ///
    /// # Errors
    /// [`Rejection`] for parameters that do not describe the first model, or for models that cannot be compared.
    pub fn run(
        &self,
        models: [&SoftmaxTransformer; 2],
        clock: &Clock<'_>,
    ) -> Result<(Distances, Result<(), Rejection>), Rejection> {
        let [model, _] = models;
        expect("params.m", model.vocabulary(), self.m)?;
        expect("params.d", model.dimension(), self.d)?;
        let both = Differences::new(models, &self.constant.0, self.n, clock)?;
        match &self.inputs {
            ChosenInputs::All => Ok(both.all(clock)),
            ChosenInputs::Drawn(drawn) => both.drawn(drawn, clock),
        }
    }
}

impl Difference {
    /// What distances state, with the share of these very inputs as agreement.
    #[must_use]
    pub fn of([model, other]: [&SoftmaxTransformer; 2], found: &Distances) -> Self {
        let [mean, from_constant, largest] = found.bounds().map(|(lo, hi)| Between::decimals(&lo, &hi));
        let inputs = Rational::from_integer(found.inputs.clone().into());
        let share = |part: BigUint| divide(&Rational::from_integer(part.into()), &inputs).unwrap_or_default();
        let agreement = Between::decimals(&share(found.agree.clone()), &share(&found.agree + &found.open));
        let [agree, open] = [&found.agree, &found.open].map(|part| NaturalText(part.clone()));
        let (model, other) = (model.clone(), other.clone());
        Self { model, other, agree, open, mean, largest, from_constant, agreement }
    }
}

impl Kind for Difference {
    type Params = DifferenceParams;
    const NAME: &'static str = "difference";
    const CLAIMS: &'static [ClaimId] = &[ClaimId::MODEL];
    const EVIDENCE: Evidence = Evidence::Enumeration;

    fn check(&self, _: ClaimId, params: &DifferenceParams, clock: &Clock<'_>) -> Result<Finding, Rejection> {
        let place = |name: &str| format!("data.difference.{name}");
        let models = [&self.model, &self.other];
        let (distances, result) = params.run(models, clock)?;
        result?;
        let found = Self::of(models, &distances);
        expect(&place("agree"), &found.agree.0, &self.agree.0)?;
        expect(&place("open"), &found.open.0, &self.open.0)?;
        let around = |name: &str, stated: &Between, Between { at_least, at_most }: &Between| {
            stated.around(&place(name), &at_least.0, &at_most.0)
        };
        around("mean", &self.mean, &found.mean)?;
        around("largest", &self.largest, &found.largest)?;
        around("from_constant", &self.from_constant, &found.from_constant)?;
        let Distances { inputs, agree, open, .. } = &distances;
        let (Between { at_least: low, at_most: high }, share) = (&self.mean, &self.agreement);
        let most = &self.largest.at_most;
        let DifferenceParams { n, m, d, constant, .. } = params;
        let what = format!(
            "{low} to {high} apart in the mean and at most {most}, and agree on {agree}, {open} being too close to call; the first is {} to {} \
             from {constant} in the mean, n = {n}, m = {m}, d = {d}",
            self.from_constant.at_least, self.from_constant.at_most
        );
        match &params.inputs {
            ChosenInputs::All => {
                around("agreement", share, &found.agreement)?;
                Ok(Finding::verified(format!("over all {inputs} inputs two softmax transformers are {what}")))
            }
            ChosenInputs::Drawn(drawn) => {
                let numbers = [agree.to_u64(), (inputs - agree - open).to_u64()].map(Option::unwrap_or_default);
                share.confirmed(&place("agreement"), drawn, numbers, clock)?;
                let Drawn { estimate, confidence, seed, .. } = drawn;
                let (at_least, at_most, from) = (&share.at_least, &share.at_most, drawn.words());
                Ok(Finding::estimated(format!(
                    "with confidence {confidence} two softmax transformers agree on {at_least} to {at_most} of inputs whose tokens are drawn {from}; \
                     over {estimate} drawn with seed {seed} they are {what}"
                )))
            }
        }
    }
}
