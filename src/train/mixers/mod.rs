//! The histogram task of Behrens, Biggio and Zdeborova (arXiv:2407.11542): at every position the count of its own token, in six ways to mix tokens.
//!
//! ```text
//! x'_i = x_i + sum_j P_ij x_j          P scores (x_i Q) . (x_j K) / sqrt(d), or a matrix over positions; softmaxed by row or not
//! y_i  = W2 ReLU(W1 x'_i + b1) + b2    one entry for each count 0..=n, the largest is the answer
//! ```
//!
//! Trained by Adam on the cross-entropy at every position. A model is small, so this path is plain: floats of 64 bits, a sequence after the other. What is exported is
//! rounded to 32 bits, and everything that is said of a model is said of these weights. Their paper is not at hand: kinds and shapes are known from a
//! description, how we train them is ours.

mod export;
mod pass;

pub use export::export;
pub use pass::Pass;

use super::sample::{Stream, generator};
use super::shape::SettingError;
use super::training::Diverged;
use crate::construct::behrens::Mixing;
use rand::RngCore;
use rand_distr::{Distribution, StandardNormal};
use std::ops::Range;

/// Every size of a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MixerShape {
    pub mixing: Mixing,
    /// vocabulary size
    pub m: usize,
    /// context length; the model has `n + 1` answers
    pub n: usize,
    /// embedding dimension
    pub d: usize,
    /// hidden units
    pub p: usize,
}

/// A tensor: its name in files, its rows and columns, and where it is among the parameters.
pub type Placed = (&'static str, usize, usize, Range<usize>);

impl MixerShape {
    /// The most tokens, positions, dimensions and units.
    pub const MOST: usize = 512;

    /// # Errors
    /// [`SettingError`] naming the first size that is out of range.
    pub fn check(&self) -> Result<(), SettingError> {
        let sizes = [("m", self.m), ("n", self.n), ("d", self.d), ("hidden", self.p)];
        match sizes.into_iter().find(|(_, size)| !(1..=Self::MOST).contains(size)) {
            Some((name, size)) => {
                Err(SettingError::new(name, format!("1 to {}", Self::MOST), size))
            }
            None => Ok(()),
        }
    }

    /// Whether a token BOS stands before every input.
    #[must_use]
    pub fn has_bos(&self) -> bool {
        matches!(self.mixing, Mixing::Bos | Mixing::BosSoftmax)
    }

    /// Whether positions are mixed by a matrix and not by scores.
    #[must_use]
    pub fn has_matrix(&self) -> bool {
        matches!(self.mixing, Mixing::Linear | Mixing::LinearSoftmax)
    }

    /// Whether rows of weights are softmaxed.
    #[must_use]
    pub fn is_softmax(&self) -> bool {
        matches!(self.mixing, Mixing::BosSoftmax | Mixing::DotSoftmax | Mixing::LinearSoftmax)
    }

    /// Every tensor in the order of storage, maps as `x W`: `emb` `[m, d]` (with BOS one row more, the last), `Q` and `K` `[d, d]` or `A` `[n, n]`, `W1` `[d, p]`, `b1`, `W2` `[p, n + 1]`, `b2`.
    #[must_use]
    pub fn tensors(&self) -> Vec<Placed> {
        let Self { m, n, d, p, .. } = *self;
        let mut sizes = vec![("emb", m + usize::from(self.has_bos()), d)];
        match self.has_matrix() {
            true => sizes.push(("A", n, n)),
            false => sizes.extend([("Q", d, d), ("K", d, d)]),
        }
        sizes.extend([("W1", d, p), ("b1", 1, p), ("W2", p, n + 1), ("b2", 1, n + 1)]);
        let mut from = 0;
        let place = |(name, rows, columns): (&'static str, usize, usize)| {
            let range = from..from + rows * columns;
            from = range.end;
            (name, rows, columns, range)
        };
        sizes.into_iter().map(place).collect()
    }

    /// How many numbers the model has.
    #[must_use]
    pub fn parameters(&self) -> usize {
        self.tensors().last().map_or(0, |(.., range)| range.end)
    }

    /// Where a tensor is; nowhere when the model has none of this name.
    pub(super) fn range(&self, wanted: &str) -> Range<usize> {
        let found = self.tensors().into_iter().find(|(name, ..)| *name == wanted);
        found.map_or(0..0, |(.., range)| range)
    }
}

/// How a model is trained.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MixerSettings {
    pub steps: u64,
    /// sequences a step
    pub batch: usize,
    /// Adam's step at the start; it falls to zero along half a cosine
    pub rate: f64,
    pub seed: u64,
}

impl MixerSettings {
    /// Sequences a step, and Adam's step, unless told otherwise.
    pub const BATCH: usize = 32;
    pub const RATE: f64 = 1e-2;

    /// # Errors
    /// [`SettingError`] naming the first setting that makes no sense.
    pub fn check(&self) -> Result<(), SettingError> {
        if !(1..=1 << 12).contains(&self.batch) {
            return Err(SettingError::new("batch", format!("1 to {}", 1 << 12), self.batch));
        }
        if self.steps > 1 << 40 {
            return Err(SettingError::new("steps", format!("at most {}", 1u64 << 40), self.steps));
        }
        if !(self.rate > 0.0 && self.rate <= 1.0) {
            return Err(SettingError::new("rate", "a number above 0, at most 1", self.rate));
        }
        Ok(())
    }

    fn rate_at(&self, step: u64) -> f64 {
        let part = step as f64 / self.steps.max(1) as f64;
        self.rate * 0.5 * (1.0 + (std::f64::consts::PI * part).cos())
    }
}

/// Draws a sequence: first how many tokens may occur, from 1 to `m`, and which, then each from these. Of uniform sequences hardly one has a large count.
pub fn draw(shape: &MixerShape, rng: &mut impl RngCore) -> Vec<usize> {
    // few enough numbers for the modulus to favour none that matters
    let mut below = |end: usize| (rng.next_u64() % end as u64) as usize;
    let among = 1 + below(shape.m);
    let mut tokens: Vec<usize> = (0..shape.m).collect();
    for at in 0..among {
        let other = at + below(shape.m - at);
        tokens.swap(at, other);
    }
    (0..shape.n).map(|_| tokens[below(among)]).collect()
}

/// A sequence of tokens drawn uniformly.
pub fn draw_uniformly(shape: &MixerShape, rng: &mut impl RngCore) -> Vec<usize> {
    (0..shape.n).map(|_| (rng.next_u64() % shape.m as u64) as usize).collect()
}

/// How often each position's token occurs.
#[must_use]
pub fn answers(sequence: &[usize]) -> Vec<usize> {
    let count = |token: &usize| sequence.iter().filter(|other| *other == token).count();
    sequence.iter().map(count).collect()
}

const FIRST_DECAY: f64 = 0.9;
const SECOND_DECAY: f64 = 0.999;
const SMALL: f64 = 1e-8;

/// One model in training.
#[derive(Debug, Clone)]
pub struct MixerTrainer {
    shape: MixerShape,
    settings: MixerSettings,
    parameters: Vec<f64>,
    first: Vec<f64>,
    second: Vec<f64>,
    step: u64,
    pass: Pass,
}

impl MixerTrainer {
    /// A model with random weights: embeddings normal with deviation `1 / sqrt(d)`, maps uniform in `+-1 / sqrt(inputs)`, scores from maps near the identity.
    ///
    /// # Errors
    /// [`SettingError`] naming the first setting that makes no sense.
    pub fn new(shape: &MixerShape, settings: &MixerSettings) -> Result<Self, SettingError> {
        shape.check()?;
        settings.check()?;
        let mut rng = generator(settings.seed, Stream::Weights, 0);
        let mut parameters = vec![0.0; shape.parameters()];
        for (name, rows, columns, range) in shape.tensors() {
            let values = &mut parameters[range];
            let normal = |rng: &mut _| -> f64 { StandardNormal.sample(rng) };
            for (at, value) in values.iter_mut().enumerate() {
                *value = match name {
                    "emb" => normal(&mut rng) / (columns as f64).sqrt(),
                    "Q" | "K" => {
                        f64::from(u8::from(at / columns == at % columns))
                            + 0.1 * normal(&mut rng) / (rows as f64).sqrt()
                    }
                    "A" => normal(&mut rng) * 0.1 + 1.0 / rows as f64,
                    "b1" | "b2" => 0.0,
                    _ => normal(&mut rng) / (rows as f64).sqrt(),
                };
            }
        }
        let zeros = vec![0.0; parameters.len()];
        let (first, second) = (zeros.clone(), zeros);
        let (shape, settings) = (*shape, *settings);
        Ok(Self { shape, settings, parameters, first, second, step: 0, pass: Pass::new(&shape) })
    }

    #[must_use]
    pub fn shape(&self) -> &MixerShape {
        &self.shape
    }

    #[must_use]
    pub fn settings(&self) -> &MixerSettings {
        &self.settings
    }

    #[must_use]
    pub fn parameters(&self) -> &[f64] {
        &self.parameters
    }

    /// Steps done.
    #[must_use]
    pub fn steps_done(&self) -> u64 {
        self.step
    }

    #[must_use]
    pub fn finished(&self) -> bool {
        self.step >= self.settings.steps
    }

    /// A step of Adam on fresh sequences; the mean cross-entropy before it.
    ///
    /// # Errors
    /// [`Diverged`] when that is not finite; the model stays as it was.
    pub fn step(&mut self) -> Result<f64, Diverged> {
        let mut rng = generator(self.settings.seed, Stream::Training, self.step);
        let mut gradient = vec![0.0; self.parameters.len()];
        let mut loss = 0.0;
        for _ in 0..self.settings.batch {
            let sequence = draw(&self.shape, &mut rng);
            loss += self.pass.backward(&self.parameters, &sequence, &mut gradient);
        }
        if !loss.is_finite() || gradient.iter().any(|entry| !entry.is_finite()) {
            return Err(Diverged(self.step));
        }
        let share = 1.0 / self.settings.batch as f64;
        let rate = self.settings.rate_at(self.step);
        self.step += 1;
        let done = i32::try_from(self.step).unwrap_or(i32::MAX);
        let first_scale = 1.0 / (1.0 - FIRST_DECAY.powi(done));
        let second_scale = 1.0 / (1.0 - SECOND_DECAY.powi(done));
        let moments = self.first.iter_mut().zip(&mut self.second);
        for ((value, entry), (first, second)) in
            self.parameters.iter_mut().zip(&gradient).zip(moments)
        {
            let entry = entry * share;
            *first = FIRST_DECAY * *first + (1.0 - FIRST_DECAY) * entry;
            *second = SECOND_DECAY * *second + (1.0 - SECOND_DECAY) * entry * entry;
            *value -= rate * *first * first_scale / ((*second * second_scale).sqrt() + SMALL);
        }
        Ok(loss * share)
    }

    /// Answers that are right, and all, on sequences drawn uniformly, by the weights as they are exported.
    #[must_use]
    pub fn measure(&self, sequences: u64) -> super::measure::Score {
        let rounded: Vec<f64> = self.parameters.iter().map(|&x| f64::from(x as f32)).collect();
        let mut pass = Pass::new(&self.shape);
        let mut score = super::measure::Score::default();
        for index in 0..sequences {
            let mut rng = generator(self.settings.seed, Stream::HeldOut, index);
            let sequence = draw_uniformly(&self.shape, &mut rng);
            let said = pass.choices(&rounded, &sequence);
            for (said, answer) in said.into_iter().zip(answers(&sequence)) {
                score.total += 1;
                score.right += u64::from(said == Some(answer));
            }
        }
        score
    }
}

#[cfg(test)]
mod tests;
