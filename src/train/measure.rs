//! How well a model counts on sequences it has not seen, and signs of why it does not.

use super::kernels::LANES;
use super::parameters::Parameters;
use super::pass::Pass;
use super::sample::{Batch, Stream, generator};
use super::shape::Shape;
use super::training::{Normalisation, Trainer};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Right answers among some.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Score {
    pub right: u64,
    pub total: u64,
}

impl Score {
    #[must_use]
    pub fn rate(self) -> f64 {
        self.right as f64 / self.total.max(1) as f64
    }

    /// The 95% interval of Wilson for the probability of being right.
    #[must_use]
    pub fn wilson(self) -> (f64, f64) {
        const Z: f64 = 1.959_963_984_540_054;
        let total = self.total as f64;
        if self.total == 0 {
            return (0.0, 1.0);
        }
        let rate = self.rate();
        let denominator = 1.0 + Z * Z / total;
        let centre = rate + Z * Z / (2.0 * total);
        let off = Z * (rate * (1.0 - rate) / total + Z * Z / (4.0 * total * total)).sqrt();
        (((centre - off) / denominator).max(0.0), ((centre + off) / denominator).min(1.0))
    }
}

/// What became of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Health {
    /// outputs follow the answers
    Trained,
    /// outputs hardly vary, while the answers do: a dead model, not a limit of what can be represented
    Collapsed,
    /// a number stopped being finite, or outputs are far outside the answers
    Diverged,
}

impl std::fmt::Display for Health {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Trained => "trained",
            Self::Collapsed => "collapsed",
            Self::Diverged => "diverged",
        })
    }
}

/// Outputs spread less than this part of the answers' spread are a collapse.
pub const COLLAPSE: f64 = 0.05;

/// A mean error of more than this many times the answers' spread (or 1) is a divergence.
pub const DIVERGENCE: f64 = 10.0;

/// A model on held-out sequences.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Measurement {
    pub health: Health,
    /// the output is nearer than 1/2 to the answer: the rounded output is the answer
    pub accuracy: Score,
    /// nearer than 3/2: off by one at most after rounding
    pub within_one: Score,
    pub mean_absolute_error: f64,
    /// accuracy for each answer
    pub by_answer: BTreeMap<u32, Score>,
    /// standard deviation of the outputs, and of the answers
    pub output_spread: f64,
    pub answer_spread: f64,
    /// mean over sequences of the largest attention weight of a position
    pub largest_attention: f64,
    /// the part of the hidden units that were zero on all sequences
    pub dead_units: f64,
}

impl Measurement {
    /// `|y - answer| / (n/m + 1)`, its mean over the sequences (T16).
    #[must_use]
    pub fn normalised_error(&self, m: usize, n: usize) -> f64 {
        self.mean_absolute_error / (n as f64 / m as f64 + 1.0)
    }

    /// How often the median answer, the lower of two, is right.
    #[must_use]
    pub fn constant_guess(&self) -> f64 {
        let mut before = 0;
        for score in self.by_answer.values() {
            before += score.total;
            if 2 * before >= self.accuracy.total {
                return score.total as f64 / self.accuracy.total.max(1) as f64;
            }
        }
        0.0
    }
}

/// How many held-out sequences are drawn unless told otherwise.
pub const HELD_OUT: u64 = 8192;

/// Runs a model on `sequences` held-out sequences (rounded up to whole batches) of the seed.
#[must_use]
pub fn measure(
    shape: &Shape,
    parameters: &Parameters<f32>,
    normalisation: Normalisation,
    seed: u64,
    sequences: u64,
) -> Measurement {
    let mut pass = Pass::<f32>::new(shape);
    let mut batch = Batch::of_shape(shape);
    let mut totals = Totals::default();
    let mut active = vec![false; shape.hidden.iter().sum()];
    for index in 0..sequences.div_ceil(LANES as u64).max(1) {
        batch.draw(shape.task, &mut generator(seed, Stream::HeldOut, index));
        let outputs = pass.forward(parameters, &batch);
        for (active, now) in active.iter_mut().zip(pass.active_units(LANES)) {
            *active |= now;
        }
        for ((output, answer), weight) in
            outputs.into_iter().zip(batch.answers).zip(pass.largest_weights())
        {
            let output = normalisation.offset + normalisation.scale * f64::from(output);
            totals.add(output, answer, f64::from(weight));
        }
    }
    let dead = active.iter().filter(|&&active| !active).count();
    totals.finish(dead as f64 / active.len().max(1) as f64)
}

/// How often each answer occurs among the held-out sequences of a seed: what any measurement there is made on.
#[must_use]
pub fn answers(shape: &Shape, seed: u64, sequences: u64) -> BTreeMap<u32, u64> {
    let mut batch = Batch::of_shape(shape);
    let mut occurrences = BTreeMap::new();
    for index in 0..sequences.div_ceil(LANES as u64).max(1) {
        batch.draw(shape.task, &mut generator(seed, Stream::HeldOut, index));
        for answer in batch.answers {
            *occurrences.entry(answer).or_default() += 1;
        }
    }
    occurrences
}

impl Trainer {
    /// The model as it is now, on held-out sequences.
    #[must_use]
    pub fn measure(&self, sequences: u64) -> Measurement {
        measure(&self.shape, &self.parameters, self.normalisation, self.settings.seed, sequences)
    }
}

#[derive(Default)]
struct Totals {
    by_answer: BTreeMap<u32, Score>,
    within_one: Score,
    error: f64,
    weight: f64,
    outputs: Spread,
    answers: Spread,
    not_finite: bool,
}

/// Mean and variance as numbers arrive (Welford).
#[derive(Default)]
struct Spread {
    total: f64,
    mean: f64,
    squares: f64,
}

impl Spread {
    fn add(&mut self, value: f64) {
        self.total += 1.0;
        let off = value - self.mean;
        self.mean += off / self.total;
        self.squares += off * (value - self.mean);
    }

    fn deviation(&self) -> f64 {
        (self.squares / self.total.max(1.0)).sqrt()
    }
}

impl Totals {
    fn add(&mut self, output: f64, answer: u32, weight: f64) {
        let error = (output - f64::from(answer)).abs();
        let score = self.by_answer.entry(answer).or_default();
        score.total += 1;
        self.within_one.total += 1;
        // NaN is not below anything
        score.right += u64::from(error < 0.5);
        self.within_one.right += u64::from(error < 1.5);
        self.not_finite |= !error.is_finite();
        self.error += error;
        self.weight += weight;
        self.outputs.add(output);
        self.answers.add(f64::from(answer));
    }

    fn finish(self, dead_units: f64) -> Measurement {
        let mut accuracy = Score::default();
        for score in self.by_answer.values() {
            accuracy.right += score.right;
            accuracy.total += score.total;
        }
        let total = accuracy.total.max(1) as f64;
        let (output_spread, answer_spread) = (self.outputs.deviation(), self.answers.deviation());
        let far = DIVERGENCE * answer_spread.max(1.0);
        let health = if self.not_finite || self.error / total > far {
            Health::Diverged
        } else if answer_spread > 0.0 && output_spread < COLLAPSE * answer_spread {
            Health::Collapsed
        } else {
            Health::Trained
        };
        // JSON has no infinity
        let finite = |value: f64| if self.not_finite { f64::MAX } else { value };
        Measurement {
            health,
            accuracy,
            within_one: self.within_one,
            mean_absolute_error: finite(self.error / total),
            by_answer: self.by_answer,
            output_spread: finite(output_spread),
            answer_spread,
            largest_attention: finite(self.weight / total),
            dead_units,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Health, Measurement, Score};
    use std::collections::BTreeMap;

    #[test]
    fn a_constant_guess_is_the_lower_median() {
        let of = |scores: &[(u32, u64)]| {
            let score = |&(answer, total): &(u32, u64)| (answer, Score { right: 0, total });
            let by_answer: BTreeMap<u32, Score> = scores.iter().map(score).collect();
            let total = scores.iter().map(|(_, total)| total).sum();
            Measurement {
                health: Health::Trained,
                accuracy: Score { right: 0, total },
                within_one: Score { right: 0, total },
                mean_absolute_error: 3.0,
                by_answer,
                output_spread: 1.0,
                answer_spread: 1.0,
                largest_attention: 1.0,
                dead_units: 0.0,
            }
        };
        assert_eq!(of(&[(1, 2), (2, 3), (3, 5)]).constant_guess(), 0.3);
        assert_eq!(of(&[(1, 2), (2, 3), (3, 6)]).constant_guess(), 6.0 / 11.0);
        assert_eq!(of(&[(7, 4)]).constant_guess(), 1.0);
        assert_eq!(of(&[]).constant_guess(), 0.0);
        assert_eq!(of(&[(7, 4)]).normalised_error(4, 20), 0.5);
    }

    #[test]
    fn wilson_has_the_textbook_values() {
        let near = |found: (f64, f64), expected: (f64, f64)| {
            assert!((found.0 - expected.0).abs() < 5e-5, "{found:?}");
            assert!((found.1 - expected.1).abs() < 5e-5, "{found:?}");
        };
        near(Score { right: 0, total: 10 }.wilson(), (0.0, 0.27753));
        near(Score { right: 8, total: 10 }.wilson(), (0.49016, 0.94332));
        near(Score { right: 800, total: 1000 }.wilson(), (0.77408, 0.82363));
        near(Score { right: 0, total: 0 }.wilson(), (0.0, 1.0));
    }
}
