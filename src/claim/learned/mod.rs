//! T10: what trained models do, beside what the other statements say they can.
//!
//! Nothing here is a verdict. Each table is measured on models that were trained for the steps stated, from the seeds
//! stated; what is exact in it (`n*`, what is representable) comes from the statements it names.

mod accuracy;
mod constructions;
mod embeddings;
mod weights;

use crate::report::measured::Measured;
use crate::report::{Value, median};
use crate::search::control::{Control, Stopped};
use crate::train::Trainer;
use crate::train::measure::Measurement;

/// Names of the tables.
pub const TABLES: [&str; 4] = ["constructions", "embeddings", "accuracy", "counts"];

/// What is trained and measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Sizes {
    /// dimensions; vocabularies lie around each
    pub d: Vec<usize>,
    /// expected occurrences of a token, `n = count m`
    pub count: usize,
    pub steps: u64,
    pub seeds: u64,
    /// the first seed
    pub seed: u64,
    /// to which embeddings are rounded
    pub bits: Vec<u32>,
    pub held_out: u64,
    /// training after a construction was loaded
    pub further_steps: u64,
    pub further_rate: f64,
}

impl Sizes {
    /// Small dimensions and the paper's 100,000 steps.
    #[must_use]
    pub fn quick() -> Self {
        Self {
            d: vec![4, 8],
            count: 10,
            steps: 100_000,
            seeds: 3,
            seed: 0,
            bits: vec![2, 4],
            held_out: 4096,
            further_steps: 2000,
            further_rate: 1e-5,
        }
    }
}

impl Sizes {
    /// How many models are trained from random weights.
    #[must_use]
    pub fn models(&self) -> usize {
        let by_accuracy =
            |&d: &usize| 2 * 2 * self.seeds as usize * accuracy::vocabularies(d).len();
        let by_embedding = |&d: &usize| 2 * embeddings::regimes(d).len();
        self.d.iter().map(|d| by_accuracy(d) + by_embedding(d)).sum()
    }
}

/// Why there is no report.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    Stopped(#[from] Stopped),
    #[error("{0}")]
    Other(String),
}

impl Failure {
    fn new(message: impl ToString) -> Self {
        Self::Other(message.to_string())
    }
}

/// Trains, measures, compares; the same tables for any number of threads.
///
/// # Errors
/// [`Failure`] when a limit is reached, or sizes make no sense.
pub fn cross_validate(sizes: &Sizes, control: &Control) -> Result<Measured, Failure> {
    let constructions = constructions::table(sizes, control)?;
    let embeddings = embeddings::table(sizes, control)?;
    let (accuracy, counts) = accuracy::tables(sizes, control)?;
    let integers = |list: &[usize]| Value::list(list.iter().map(|&value| value as u64));
    let settings = vec![
        ("d", integers(&sizes.d)),
        ("count", Value::integer(sizes.count)),
        ("steps", Value::integer(sizes.steps)),
        ("seeds", Value::integer(sizes.seeds)),
        ("first_seed", Value::integer(sizes.seed)),
        ("bits", Value::list(sizes.bits.iter().copied())),
        ("held_out", Value::integer(sizes.held_out)),
    ];
    let remarks = [
        "constructions: the exact models T1-T3 with every weight rounded to f32, before and after further training by Adam. \
         float_error: from the exact output; max_error: from the answer",
        "embeddings: a model with uniform attention must be wrong on one input of the pair that collides at n_star when its \
         embedding is rounded to these bits (T7); one with learned attention need not be. pair_gap: how far its two outputs are apart",
        "accuracy: medians over seeds. What is not learned in these steps may still be representable, and the table says where it is; a \
         model that collapsed shows no limit at all",
        "counts: accuracy answer by answer, all seeds together",
    ];
    Ok(Measured {
        title: "Trained models beside the exact statements (T10)".to_owned(),
        settings,
        complete: true,
        tables: TABLES.into_iter().zip([constructions, embeddings, accuracy, counts]).collect(),
        remarks: remarks.map(str::to_owned).to_vec(),
    })
}

/// Trains to the end; a model that leaves the finite numbers stays as it was before.
fn train(trainer: &mut Trainer, control: &Control) -> Result<(), Failure> {
    while !trainer.finished() && trainer.step().is_ok() {
        if trainer.steps_done().is_multiple_of(64) {
            control.go_on()?;
        }
    }
    control.advance(1);
    Ok(())
}

fn median_accuracy(measured: &[Measurement]) -> Value {
    let rates: Vec<f64> = measured.iter().map(|seed| seed.accuracy.rate()).collect();
    Value::decimal(median(&rates), 4)
}
