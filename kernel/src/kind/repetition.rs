//! T4: without positions, repeating an input changes no output, but multiplies every count (Yehudai et al.,
//! arXiv:2407.15160v3).
//!
//! Every model is evaluated on every `(q, c)` and on `(q, times c)`. Counts of at least 1 that differ by a factor of at least 2
//! are at least 1 apart, so one output is not within 1/2 of both: no model is right on both.

use super::counting::Inputs;
use super::exhaustive::{Domain, Target};
use super::{ClaimId, Evidence, Finding, Kind};
use crate::definition::{Criterion, InputPart, IntegerForm, Transformer, count_inputs_within};
use crate::rejection::{Clock, Rejection, expect, need, wrong};
use serde::{Deserialize, Serialize};

/// More inputs than this are refused: the check would not end.
const MAX_INPUTS: u64 = 1 << 32;

impl ClaimId {
    /// T4
    pub const NO_POSITION: Self = Self("no-position");
}

/// The statement: for every input of length `n` over `m` tokens, each of the models gives the same output on the input and
/// on its repetition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RepetitionParams {
    /// context length, before the repetition
    pub n: u64,
    /// vocabulary size
    pub m: usize,
    /// how often the input is repeated, at least 2
    pub times: u64,
    /// how many models
    pub models: usize,
}

/// The models are evaluated on every input and its repetition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Repetition {
    /// models without positions
    pub models: Vec<Transformer>,
    /// on what: count vectors
    pub inputs: Inputs,
}

impl Kind for Repetition {
    type Params = RepetitionParams;
    const NAME: &'static str = "repetition";
    const CLAIMS: &'static [ClaimId] = &[ClaimId::NO_POSITION];
    const EVIDENCE: Evidence = Evidence::Enumeration;

    fn check(&self, _: ClaimId, params: &RepetitionParams, clock: &Clock<'_>) -> Result<Finding, Rejection> {
        let &RepetitionParams { n, m, times, models } = params;
        expect("params.models", self.models.len(), models)?;
        need(models > 0, "params.models", "at least 1", models)?;
        need(self.inputs == Inputs::CountVectors, "data.repetition.inputs", "count-vectors", "sequences")?;
        let inputs =
            count_inputs_within(n, u64::try_from(m).unwrap_or(u64::MAX), MAX_INPUTS).filter(|&inputs| inputs > 0);
        let inputs = inputs.ok_or_else(|| wrong("params", format!("1 to {MAX_INPUTS} inputs"), "others"))?;
        need(
            times >= 2 && n.checked_mul(times).is_some(),
            "params.times",
            "at least 2, with a length in 64 bits",
            times,
        )?;
        let length = usize::try_from(n).map_err(|_| wrong("params.n", "a small n", n))?;
        for (index, model) in self.models.iter().enumerate() {
            let place = |what: &str| format!("data.repetition.models[{index}]: {what}");
            expect(&place("m"), m, model.vocabulary())?;
            need(model.positions.is_none(), place("positions"), "null", "positions")?;
            let form = IntegerForm::new(model, length, clock)?;
            let target = Target::Repetition(times);
            Domain { form: &form, target, criterion: Criterion::Exact, m, n, by_counts: true }
                .see(InputPart::WHOLE, clock)?;
        }
        Ok(Finding::verified(format!(
            "{models} models without positions give the same output on each of {inputs} inputs with n = {n}, m = {m} and on the \
             input repeated {times} times, where every count is {times} times as large: none is right on both"
        )))
    }
}
