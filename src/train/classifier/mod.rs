//! Small models whose answer is the largest entry of the output, trained by Adam on the cross-entropy.
//!
//! A task is a [`Classifier`]: a shape that says which weights there are, which sequences are drawn, and what a sequence makes of them. Such
//! models are small, so this path is plain: floats of 64 bits, a sequence after the other. What is exported is rounded to 32 bits, and everything
//! that is said of a model is said of these weights.

mod export;
mod products;

pub use export::export;
pub(super) use products::{
    add_outer, add_product, add_row, add_row_turned, cross_entropy, largest, softmax,
    through_softmax,
};

use super::measure::Score;
use super::sample::{Stream, generator};
use super::shape::SettingError;
use super::training::Diverged;
use rand::RngCore;
use rand_xoshiro::Xoshiro256PlusPlus;
use serde_json::Value;
use std::ops::Range;

/// A tensor: its name in files, its rows and columns, and where it is among the parameters.
pub type Placed = (&'static str, usize, usize, Range<usize>);

/// Names, rows and columns of tensors, placed one after the other.
pub(super) fn placed(sizes: Vec<(&'static str, usize, usize)>) -> Vec<Placed> {
    let mut from = 0;
    let place = |(name, rows, columns): (&'static str, usize, usize)| {
        let range = from..from + rows * columns;
        from = range.end;
        (name, rows, columns, range)
    };
    sizes.into_iter().map(place).collect()
}

/// The shape of a model, and what it is to learn.
pub trait Classifier: Copy {
    type Pass: ForwardBackward<Self>;
    /// The task's name on the command line and in metadata.
    const TASK: &'static str;

    /// # Errors
    /// [`SettingError`] naming the first size that is out of range.
    fn check(&self) -> Result<(), SettingError>;

    /// Vocabulary size and context length.
    fn inputs(&self) -> (usize, usize);

    /// Every tensor in the order of storage, maps as `x W`.
    fn tensors(&self) -> Vec<Placed>;

    /// An entry of a tensor at the start.
    fn initial(&self, of: &Placed, at: usize, rng: &mut Xoshiro256PlusPlus) -> f64;

    /// A sequence of the training.
    fn draw(&self, rng: &mut Xoshiro256PlusPlus) -> Vec<usize>;

    /// Where the verifier finds each weight, and what else the model is.
    fn mapping(&self) -> Value;

    /// The sizes, as metadata have them.
    fn sizes(&self) -> Value;

    /// How many numbers the model has.
    fn parameters(&self) -> usize {
        self.tensors().last().map_or(0, |(.., range)| range.end)
    }

    /// Where a tensor is; nowhere when the model has none of this name.
    fn range(&self, wanted: &str) -> Range<usize> {
        let found = self.tensors().into_iter().find(|(name, ..)| *name == wanted);
        found.map_or(0..0, |(.., range)| range)
    }
}

/// What is kept while a sequence goes through a model.
pub trait ForwardBackward<C> {
    /// Nothing yet.
    fn new(shape: &C) -> Self;

    /// The mean cross-entropy of the answers of a sequence; its gradient is added to `gradient`.
    fn backward(&mut self, parameters: &[f64], sequence: &[usize], gradient: &mut [f64]) -> f64;

    /// How many answers to a sequence are right, and how many there are.
    fn score(&mut self, parameters: &[f64], sequence: &[usize]) -> Score;
}

/// The most tokens, positions, dimensions and units.
pub const MOST: usize = 512;

/// Refuses the first size that is not `least` to [`MOST`].
pub(super) fn sized(sizes: &[(&'static str, usize, usize)]) -> Result<(), SettingError> {
    match sizes.iter().find(|(_, least, size)| !(*least..=MOST).contains(size)) {
        Some((name, least, size)) => {
            Err(SettingError::new(name, format!("{least} to {MOST}"), size))
        }
        None => Ok(()),
    }
}

/// How a model is trained.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ClassifierSettings {
    pub steps: u64,
    /// sequences a step
    pub batch: usize,
    /// Adam's step at the start; it falls to zero along half a cosine
    pub rate: f64,
    pub seed: u64,
}

impl ClassifierSettings {
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

const FIRST_DECAY: f64 = 0.9;
const SECOND_DECAY: f64 = 0.999;
const SMALL: f64 = 1e-8;

/// One model in training.
#[derive(Debug, Clone)]
pub struct ClassifierTrainer<C: Classifier> {
    shape: C,
    settings: ClassifierSettings,
    parameters: Vec<f64>,
    first: Vec<f64>,
    second: Vec<f64>,
    step: u64,
    pass: C::Pass,
}

impl<C: Classifier> ClassifierTrainer<C> {
    /// A model with random weights.
    ///
    /// # Errors
    /// [`SettingError`] naming the first setting that makes no sense.
    pub fn new(shape: &C, settings: &ClassifierSettings) -> Result<Self, SettingError> {
        shape.check()?;
        settings.check()?;
        let mut rng = generator(settings.seed, Stream::Weights, 0);
        let mut parameters = vec![0.0; shape.parameters()];
        for tensor in shape.tensors() {
            for (at, value) in parameters[tensor.3.clone()].iter_mut().enumerate() {
                *value = shape.initial(&tensor, at, &mut rng);
            }
        }
        let zeros = vec![0.0; parameters.len()];
        let (first, second) = (zeros.clone(), zeros);
        let (shape, settings) = (*shape, *settings);
        Ok(Self { shape, settings, parameters, first, second, step: 0, pass: C::Pass::new(&shape) })
    }

    /// The model with every weight rounded to `f32`, as a file.
    #[must_use]
    pub fn export(&self) -> Vec<u8> {
        export(&self.shape, &self.settings, &self.parameters)
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
            let sequence = self.shape.draw(&mut rng);
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
    pub fn measure(&self, sequences: u64) -> Score {
        let rounded: Vec<f64> = self.parameters.iter().map(|&x| f64::from(x as f32)).collect();
        let (mut pass, (m, n)) = (C::Pass::new(&self.shape), self.shape.inputs());
        let mut score = Score::default();
        for index in 0..sequences {
            let mut rng = generator(self.settings.seed, Stream::HeldOut, index);
            let one = pass.score(&rounded, &draw_uniformly(m, n, &mut rng));
            score.total += one.total;
            score.right += one.right;
        }
        score
    }
}

/// `n` tokens below `m`, drawn uniformly.
pub fn draw_uniformly(m: usize, n: usize, rng: &mut impl RngCore) -> Vec<usize> {
    (0..n).map(|_| below(m, rng)).collect()
}

/// A number below `end`: few enough for the modulus to favour none that matters.
pub(super) fn below(end: usize, rng: &mut impl RngCore) -> usize {
    (rng.next_u64() % end as u64) as usize
}

#[cfg(test)]
pub(super) mod tests;
