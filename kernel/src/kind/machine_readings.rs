//! T14: a softmax transformer whose weights are numbers of a format, as a machine computes it (ours).
//!
//! For a named order of sums every operation is rounded to nearest, so outputs are numbers. For any order each input has an enclosure of
//! what a machine may give, or all inputs have one bound: with each token where the output is read and any token elsewhere a machine's outputs are
//! at most `off` from those in the reals (half of `off` where two outputs are compared), and the least margin there is larger.

use super::misreading::ReadingParams;
use super::{ClaimId, Evidence, Finding, Kind};
use crate::definition::{Criteria, Input, InputPart, Judged, Machine, Question, Reading, SoftmaxTransformer, Token};
use crate::evidence::{Compared, Rounded, Survey};
use crate::number::{Arithmetic, Enclosure, Every, Format, Named, Near, Order, Rational, RationalText, compare};
use crate::rejection::{Clock, Rejection, expect, expect_number, need};
use num::BigInt;
use serde::{Deserialize, Serialize};

/// Functions may be off by at most so many units in the last place.
pub const MAX_ULPS: u64 = 1 << 16;

/// The statement: the model solves the task at length `n` in these numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MachineReadingParams {
    /// what is asked
    pub task: Question,
    /// how close to the answer a number has to be; without meaning for an arg max
    pub tolerance: RationalText,
    /// length of the inputs, BOS not counted
    pub n: u64,
    /// vocabulary size
    pub m: usize,
    /// embedding dimension
    pub d: usize,
    /// the numbers
    pub arithmetic: ModelArithmetic,
}

/// Numbers of a machine, and how it computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelArithmetic {
    /// of all numbers
    pub format: Format,
    /// of all sums
    pub order: Order,
    /// in any order: how many units in the last place division, root, `exp`, `erf` and `tanh` may be off, and cosines and sines units of 1, at least 1;
    /// otherwise 0, and they are rounded to nearest
    pub ulps: u64,
}

/// The model and what shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MachineReadings {
    /// what reads; its weights are numbers of the format
    pub model: SoftmaxTransformer,
    /// what shows it
    pub proof: MachineProof,
}

/// What shows whether the task is solved.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum MachineProof {
    /// every input is evaluated
    Inputs {
        /// inputs that are right
        right: u64,
        /// inputs that are wrong
        wrong: u64,
        /// inputs that are right in the reals
        real_right: u64,
        /// inputs that are right in one and wrong in the other
        differ: u64,
    },
    /// in any order, all inputs
    Bound(InEveryOrder),
    /// one input that is wrong
    Wrong(WrongInput),
}

/// No machine is off by as much as the least margin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InEveryOrder {
    /// of the model in the reals, as in `readings`
    pub trees: Vec<String>,
    /// a lower bound of its least margin
    pub margin: RationalText,
    /// how far outputs may be off
    pub off: RationalText,
}

/// An input and what comes out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrongInput {
    /// of the sums, not any
    pub order: Order,
    /// the tokens
    pub sequence: Vec<Token>,
    /// which position is read, counted from 0 without BOS
    pub position: usize,
    /// the true answer
    pub answer: RationalText,
    /// `y`: one number, or one a choice
    pub output: Vec<RationalText>,
}

impl MachineReadingParams {
    /// The parameters without the numbers.
    #[must_use]
    pub fn reading(&self) -> ReadingParams {
        let Self { task, tolerance, n, m, d, .. } = self;
        ReadingParams { task: task.clone(), tolerance: tolerance.clone(), n: *n, m: *m, d: *d }
    }

    /// The outputs on one input in a named order, and whether they are right.
    ///
    /// # Errors
    /// [`Rejection`] for numbers that are not finite, or of the clock.
    pub fn evaluate(
        &self,
        model: &SoftmaxTransformer,
        order: Order,
        (sequence, position): (&[Token], usize),
        clock: &Clock<'_>,
    ) -> Result<(Judged, WrongInput), Rejection> {
        let machine = Machine::new(model, self.arithmetic.named(order)?, sequence.len(), clock)?;
        let tokens: Vec<usize> = sequence.iter().map(|token| token.0).collect();
        let read = model.read_at.positions(tokens.len());
        let answer = self.task.answer_at(self.m, &tokens, position, read.len(), clock)?;
        let places: Vec<Option<usize>> = tokens.into_iter().map(Some).collect();
        let y = machine.outputs(&places, &[position], clock)?.into_iter().next().unwrap_or_default();
        let y: Vec<Enclosure> = y.iter().map(|y| machine.arithmetic().enclosed(y)).collect();
        let p = machine.arithmetic().precision();
        let criteria = Criteria { reading: &model.reading, tolerance: &self.tolerance.0 };
        let judged = criteria.margin(&y, &answer, p).0;
        let output = y.iter().map(|y| p.ends(y).0.into()).collect();
        Ok((judged, WrongInput { order, sequence: sequence.to_vec(), position, answer: answer.into(), output }))
    }
}

impl ModelArithmetic {
    /// A named order of this format.
    fn named(&self, order: Order) -> Result<Named, Rejection> {
        let expected = "a format with no more bits and no wider range than singles, where sums are taken in them";
        need(order.fits(self.format), "params.arithmetic.format", expected, "another")?;
        Ok(Named { format: self.format, order })
    }

    /// In any order: how far the outputs of the model on inputs of length `n` may be from those in the reals, twice that where two are compared.
    ///
    /// # Errors
    /// [`Rejection`] where no bound is known, or of the clock.
    pub fn off(&self, model: &SoftmaxTransformer, n: u64, clock: &Clock<'_>) -> Result<Rational, Rejection> {
        let length = usize::try_from(n).unwrap_or(usize::MAX);
        let machine = Machine::new(model, Every::new(self.format, self.ulps), length, clock)?;
        let mut off = BigInt::ZERO;
        // where order makes no difference each position is like the last
        let first = if model.ignores_order() { length.saturating_sub(1) } else { 0 };
        for position in model.read_at.positions(length).filter(|position| *position >= first) {
            for token in 0..model.vocabulary() {
                let mut sequence = vec![None; length];
                sequence.get_mut(position).into_iter().for_each(|place| *place = Some(token));
                let outputs = machine.outputs(&sequence, &[position], clock)?;
                off = outputs.into_iter().flatten().map(|Near { off, .. }| off).fold(off, BigInt::max);
            }
        }
        let off = machine.arithmetic().precision().ends(&Enclosure { lo: off.clone(), hi: off }).0;
        Ok(if matches!(model.reading, Reading::Number { .. }) { off } else { &off + &off })
    }

    /// Every input judged.
    ///
    /// # Errors
    /// [`Rejection`] for a model or a length that cannot be evaluated.
    pub fn compare(
        &self,
        model: &SoftmaxTransformer,
        inputs: &Rounded<'_>,
        clock: &Clock<'_>,
    ) -> Result<(Compared, Result<(), Rejection>), Rejection> {
        let Self { format, order, ulps } = *self;
        let length = inputs.length();
        Ok(match order {
            Order::Any => inputs.run(&Machine::new(model, Every::new(format, ulps), length, clock)?, clock),
            _ => inputs.run(&Machine::new(model, self.named(order)?, length, clock)?, clock),
        })
    }

    /// In a sentence.
    fn words(&self) -> String {
        let Self { format: Format { precision, emin, emax }, order, ulps } = *self;
        let functions = if order == Order::Any { format!(", functions within {ulps} ulps") } else { String::new() };
        format!("in precision {precision}, exponents {emin} to {emax}, summed {}{functions}", order.words())
    }
}

impl Kind for MachineReadings {
    type Params = MachineReadingParams;
    const NAME: &'static str = "machine-readings";
    const CLAIMS: &'static [ClaimId] = &[ClaimId::MODEL];
    const EVIDENCE: Evidence = Evidence::Carried;

    fn check(&self, _: ClaimId, params: &MachineReadingParams, clock: &Clock<'_>) -> Result<Finding, Rejection> {
        let (model, arithmetic, reading) = (&self.model, &params.arithmetic, params.reading());
        reading.describes(model)?;
        arithmetic.format.check("params.arithmetic.format")?;
        let any = arithmetic.order == Order::Any;
        let (ulps, most) = (arithmetic.ulps, MAX_ULPS);
        let fits = if any { (1..=most).contains(&ulps) } else { ulps == 0 };
        need(fits, "params.arithmetic.ulps", format!("1 to {most} in any order, otherwise 0"), ulps)?;
        let statement = format!("{}, {}", reading.statement(), arithmetic.words());
        match &self.proof {
            MachineProof::Inputs { right, wrong, real_right, differ } => {
                let place = |name: &str| format!("data.machine-readings.proof.inputs.{name}");
                let inputs = Rounded::new(model, &params.task, &params.tolerance.0, params.n)?;
                let (found, result) = arithmetic.compare(model, &inputs, clock)?;
                result?;
                let open = found.first_open.map(|(index, position)| (inputs.sequence(index), position));
                need(open.is_none(), place("right"), "inputs that are decided", format!("{open:?} is open"))?;
                expect(&place("right"), found.right, *right)?;
                expect(&place("wrong"), found.wrong, *wrong)?;
                expect(&place("real_right"), found.real_right, *real_right)?;
                expect(&place("differ"), found.differ, *differ)?;
                let what =
                    format!("{statement}; every input evaluated: in the reals {real_right} are right, {differ} differ");
                Ok(if *wrong == 0 {
                    Finding::verified(format!("the softmax transformer solves {what}"))
                } else {
                    Finding::refuted(format!(
                        "the softmax transformer is right on {right} and wrong on {wrong}, so it does not solve {what}"
                    ))
                })
            }
            MachineProof::Bound(bound) => {
                let place = |name: &str| format!("data.machine-readings.proof.bound.{name}");
                need(any, "params.arithmetic.order", "any", arithmetic.order.words())?;
                let survey = Survey::new(model, &params.task, &params.tolerance.0, params.n, clock)?;
                let off = arithmetic.off(model, params.n, clock)?;
                need(compare(&off, &bound.off.0).is_le(), place("off"), format!("at least {off}"), &bound.off)?;
                need(compare(&bound.off.0, &bound.margin.0).is_lt(), place("off"), "less than the margin", &bound.off)?;
                let tally = survey.follow(
                    "data.machine-readings.proof.bound",
                    (&bound.trees, InputPart::WHOLE),
                    InputPart::WHOLE,
                    clock,
                )?;
                let all = tally.right == survey.inputs;
                need(all, place("trees"), format!("{} right inputs", survey.inputs), &tally.right)?;
                // none where every choice is the answer
                let least = tally.margin.map_or_else(|| bound.margin.0.clone(), |(least, _)| least);
                let below = compare(&bound.margin.0, &least).is_le();
                need(below, place("margin"), format!("at most {least}"), &bound.margin)?;
                Ok(Finding::verified(format!(
                    "the softmax transformer solves {statement}: outputs are off by less than the least margin of all {} inputs",
                    survey.inputs
                )))
            }
            MachineProof::Wrong(stated) => {
                let place = |name: &str| format!("data.machine-readings.proof.wrong.{name}");
                let named = stated.order != Order::Any && (any || stated.order == arithmetic.order);
                need(named, place("order"), "a named order, that of params.arithmetic", stated.order.words())?;
                let input = Input::of_sequence(&place("sequence"), &stated.sequence, params.m, stated.position)?;
                expect(&place("sequence: length"), params.n, input.length())?;
                let read = model.read_at.positions(stated.sequence.len());
                need(read.contains(&stated.position), place("position"), "one that is read", stated.position)?;
                let input = (stated.sequence.as_slice(), stated.position);
                let (judged, found) = params.evaluate(model, stated.order, input, clock)?;
                need(judged == Judged::Wrong, place("output"), "a wrong output", format!("{judged:?}"))?;
                expect_number(&place("answer"), &found.answer.0, &stated.answer.0)?;
                expect(&place("output: number"), found.output.len(), stated.output.len())?;
                for (found, stated) in found.output.iter().zip(&stated.output) {
                    expect_number(&place("output"), &found.0, &stated.0)?;
                }
                let output: Vec<String> = found.output.iter().map(ToString::to_string).collect();
                Ok(Finding::refuted(format!(
                    "the softmax transformer does not solve {statement}: summed {} one sequence gives {}, and the answer is {}",
                    stated.order.words(),
                    output.join(", "),
                    stated.answer
                )))
            }
        }
    }
}
