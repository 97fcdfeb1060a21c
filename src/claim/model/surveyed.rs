//! A survey of a softmax transformer in parts: one hard cell on many machines.
//!
//! A part says how many inputs of its blocks are right, and proves it by the trees of these blocks ([`ReadingsPart`]). It is decided once all of
//! its inputs are accounted for: a wrong one does not end it, since the number of them is what the survey is for. All parts are
//! the survey that one machine makes of all inputs, and what it says is then proposed from their trees.

use super::super::parts::Proving;
use super::super::{Cell, Decision, Params, Told, Undecided};
use super::reading::{self, between, margins, misreading, natural, shown};
use crate::kernel::definition::{InputPart, SoftmaxTransformer, Token};
use crate::kernel::evidence::Tally;
use crate::kernel::kind::{ReadingParams, Readings, ReadingsPart, ReadingsPartParams};
use crate::kernel::number::NaturalText;
use crate::kernel::{Certificate, ClaimId, Verdict};
use crate::report::{Value, value_of};
use crate::search::control::Control;
use crate::search::survey::{FoundInPart, joined, survey_part};
use num_traits::{ToPrimitive, Zero};
use std::sync::Arc;

/// A question about a softmax transformer that is answered by a survey.
#[derive(Debug, Clone)]
pub(in crate::claim) struct Surveyed {
    claim: ClaimId,
    model: Arc<SoftmaxTransformer>,
    reading: ReadingParams,
    /// values that a record has before those of the survey
    about: Params,
}

impl Surveyed {
    pub(in crate::claim) fn new(
        claim: ClaimId,
        model: Arc<SoftmaxTransformer>,
        reading: ReadingParams,
    ) -> Self {
        Self { claim, model, reading, about: Vec::new() }
    }

    /// The same with values that a record has before those of the survey.
    pub(in crate::claim) fn saying(self, about: Params) -> Self {
        Self { about, ..self }
    }

    /// The cell that this decides.
    pub(in crate::claim) fn cell(self, params: Params) -> Cell {
        let survey = Arc::new(self);
        let whole = Arc::clone(&survey);
        let cell = Cell::new(survey.claim, params, move |control| whole.decide(control));
        cell.by_parts(survey)
    }

    /// The verdict about all inputs.
    fn decide(&self, control: &Control) -> Result<Decision, Undecided> {
        self.told(reading::decide(self.claim, &self.model, &self.reading, control))
    }

    fn told(&self, found: Result<Decision, Undecided>) -> Result<Decision, Undecided> {
        let with = |values: Params| self.about.iter().cloned().chain(values).collect();
        match found {
            Ok(decision) => Ok(Decision { values: with(decision.values), ..decision }),
            Err(Undecided::Partly { reason, values, certificate }) => {
                Err(Undecided::Partly { reason, values: with(values), certificate })
            }
            Err(other) => Err(other),
        }
    }

    /// What a part has found. Where it is not so, the certificate of the whole will not hold.
    fn found(&self, told: &Told) -> Option<(Tally, Vec<String>)> {
        let (_, ReadingsPart(data)) = told.certificate.get::<ReadingsPart>()?;
        let value = |name: &str| value_of(&told.values, name);
        let natural = |value: &Value| match value {
            Value::Integer(value) => value.to_usize(),
            _ => None,
        };
        let mut tally = Tally::default();
        tally.right.clone_from(&data.right.0);
        tally.wrong.clone_from(&data.wrong.0);
        let margin = data.margin.as_ref();
        tally.margin = margin.map(|ends| (ends.at_least.0.clone(), ends.at_most.0.clone()));
        tally.places = u32::try_from(natural(value("bits")?)?).ok()?;
        if let Some(Value::List(sequence)) = value("sequence") {
            let tokens = sequence.iter().map(|token| natural(token).map(Token));
            let tokens = tokens.collect::<Option<Vec<_>>>()?;
            let last = tokens.len().checked_sub(1)?;
            let position = match value("position") {
                Some(position) => natural(position).filter(|position| *position <= last)?,
                None => last,
            };
            let m = self.model.vocabulary();
            let read = tokens.len() as u64 == self.reading.n && tokens.iter().all(|t| t.0 < m);
            tally.first_wrong = Some((tokens, position)).filter(|_| read);
        }
        let shown = tally.first_wrong.is_some() != tally.wrong.is_zero();
        shown.then(|| (tally, data.trees.clone()))
    }
}

impl Proving for Surveyed {
    /// How many inputs of a part are right, and that these are all of its inputs.
    fn decide_part(&self, part: InputPart, control: &Control) -> Result<Decision, Undecided> {
        let (model, params) = (self.model.as_ref(), &self.reading);
        let tolerance = &params.tolerance.0;
        let FoundInPart { tally, trees } =
            survey_part(model, &params.task, tolerance, params.n, part, control)?;
        let mut values = vec![
            ("inputs", natural(&tally.decided())),
            ("bits", Value::integer(tally.places)),
            ("right", natural(&tally.right)),
            ("wrong", natural(&tally.wrong)),
        ];
        let Some(trees) = trees.filter(|_| tally.open.is_zero()) else {
            values.remove(0);
            let decided = format!("{} inputs of the part decided", tally.decided());
            return Err(reading::undecided(&tally, &decided, values, control));
        };
        let margin = tally.margin.as_ref().filter(|_| tally.wrong.is_zero());
        let margin = margin.map(|(lo, hi)| between(lo, hi));
        values.extend(margins(margin.as_ref()));
        let (mut proposed, mut reason) = (Verdict::Verified, None);
        if let Some(failing) = &tally.first_wrong {
            let (misreading, words) = misreading(model, params, failing)?;
            values.extend(shown(model, &misreading));
            (proposed, reason) = (Verdict::Refuted, Some(words));
        }
        let (right, wrong) = (NaturalText(tally.right), NaturalText(tally.wrong));
        let data = ReadingsPart(Readings { model: model.clone(), trees, right, wrong, margin });
        let params = ReadingsPartParams::new(self.claim, part, params.clone());
        let certificate = Certificate::new(ClaimId::PART, params, data);
        Ok(Decision { proposed, values, certificate, reason })
    }

    fn joined(&self, parts: &[Told], control: &Control) -> Result<Decision, Undecided> {
        let params = &self.reading;
        let parts: Option<Vec<_>> = parts.iter().map(|told| self.found(told)).collect();
        let unlike = || Undecided::Limit("a part is not one of a survey of this model".to_owned());
        let found = joined(
            &self.model,
            &params.task,
            &params.tolerance.0,
            params.n,
            parts.ok_or_else(unlike)?,
            control,
        )?;
        let found = found.ok_or_else(unlike)?;
        if let Some(failing) = &found.tally.first_wrong {
            let right = |_| Undecided::Limit("a part shows an input that is not wrong".to_owned());
            misreading(&self.model, params, failing).map_err(right)?;
        }
        self.told(reading::decided(self.claim, &self.model, params, found, control))
    }
}
