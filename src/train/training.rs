//! Training by Adam on fresh sequences at every step.

use super::kernels::{AdamStep, Kernels, LANES};
use super::parameters::Parameters;
use super::pass::Pass;
use super::real::Real;
use super::sample::{Batch, Stream, generator};
use super::settings::{Settings, Targets};
use super::shape::{SettingError, Shape};
use crate::kernel::definition::Task;
use serde::{Deserialize, Serialize};

const BETA_1: f64 = 0.9;
const BETA_2: f64 = 0.999;
const EPSILON: f64 = 1e-8;
/// Batches from which the most frequent element's mean and deviation are taken.
const TARGET_BATCHES: u64 = 256;
/// About how many points a loss curve has.
const CURVE_POINTS: u64 = 400;

/// What the readout is to give for an answer: `(answer - offset) / scale`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Normalisation {
    pub offset: f64,
    pub scale: f64,
}

impl Normalisation {
    /// Answers as they are.
    pub const RAW: Self = Self { offset: 0.0, scale: 1.0 };

    fn of(shape: &Shape, settings: &Settings) -> Self {
        match (settings.targets, shape.task) {
            (Targets::Raw, _) => Self::RAW,
            (Targets::Normalised, Task::QueryCount) => {
                let expected = shape.n as f64 / shape.m as f64;
                Self { offset: expected, scale: expected.sqrt() }
            }
            (Targets::Normalised, Task::MostFrequentElement) => {
                let mut batch = Batch::of_shape(shape);
                let (mut sum, mut squares) = (0.0, 0.0);
                for index in 0..TARGET_BATCHES {
                    let mut rng = generator(settings.seed, Stream::Targets, index);
                    batch.draw(shape.task, &mut rng);
                    for answer in batch.answers.map(f64::from) {
                        sum += answer;
                        squares += answer * answer;
                    }
                }
                let total = (TARGET_BATCHES * LANES as u64) as f64;
                let offset = sum / total;
                let deviation = (squares / total - offset * offset).max(0.0).sqrt();
                // one token: the answer never changes
                Self { offset, scale: if deviation > 1e-6 { deviation } else { 1.0 } }
            }
        }
    }
}

/// Mean squared error (in units of the targets) over equal stretches of steps.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LossCurve {
    /// steps a point stands for
    pub stretch: u64,
    pub points: Vec<f64>,
    /// sum over the unfinished stretch
    sum: f64,
    steps: u64,
}

impl LossCurve {
    fn new(steps: u64) -> Self {
        Self { stretch: steps.div_ceil(CURVE_POINTS).max(1), ..Self::default() }
    }

    fn add(&mut self, loss: f64) {
        self.sum += loss;
        self.steps += 1;
        if self.steps == self.stretch {
            self.points.push(self.sum / self.stretch as f64);
            (self.sum, self.steps) = (0.0, 0);
        }
    }
}

/// Where a number stopped being finite.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the loss is not a finite number at step {0}")]
pub struct Diverged(pub u64);

/// One model in training; everything that a checkpoint holds, and buffers.
#[derive(Clone)]
pub struct Trainer {
    kernels: &'static Kernels<f32>,
    pub(super) shape: Shape,
    pub(super) settings: Settings,
    pub(super) normalisation: Normalisation,
    pub(super) parameters: Parameters<f32>,
    pub(super) first: Vec<f32>,
    pub(super) second: Vec<f32>,
    pub(super) step: u64,
    pub(super) curve: LossCurve,
    pass: Pass<f32>,
    batch: Batch,
    gradient: Parameters<f32>,
    /// that of the step before a checkpoint, until there is another step
    pub(super) resumed_norm: Option<f64>,
}

impl Trainer {
    /// A model with random weights.
    ///
    /// # Errors
    /// [`SettingError`] naming the first setting that makes no sense.
    pub fn new(shape: &Shape, settings: &Settings) -> Result<Self, SettingError> {
        shape.check()?;
        settings.check()?;
        let mut rng = generator(settings.seed, Stream::Weights, 0);
        let parameters = Parameters::random(shape, settings.scales, &mut rng);
        let normalisation = Normalisation::of(shape, settings);
        Self::with(shape, settings, parameters, normalisation)
    }

    /// The same with kernels of one's choice: others round differently.
    ///
    /// # Errors
    /// [`SettingError`] as [`Trainer::new`].
    pub fn with_kernels(
        shape: &Shape,
        settings: &Settings,
        kernels: &'static Kernels<f32>,
    ) -> Result<Self, SettingError> {
        let trainer = Self::new(shape, settings)?;
        Ok(Self { kernels, pass: Pass::with_kernels(shape, kernels), ..trainer })
    }

    /// A model with given weights, whose readout gives answers as `normalisation` says.
    ///
    /// # Errors
    /// [`SettingError`] naming the first setting that makes no sense.
    pub fn with(
        shape: &Shape,
        settings: &Settings,
        parameters: Parameters<f32>,
        normalisation: Normalisation,
    ) -> Result<Self, SettingError> {
        shape.check()?;
        settings.check()?;
        let zeros = Parameters::zeros(shape);
        if parameters.tensors() != zeros.tensors() {
            return Err(SettingError::new("weights", "those of the shape", "others"));
        }
        Ok(Self {
            first: zeros.values.clone(),
            second: zeros.values.clone(),
            gradient: zeros,
            resumed_norm: None,
            kernels: f32::kernels(),
            pass: Pass::new(shape),
            batch: Batch::of_shape(shape),
            curve: LossCurve::new(settings.steps),
            shape: shape.clone(),
            settings: settings.clone(),
            normalisation,
            parameters,
            step: 0,
        })
    }

    #[must_use]
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    #[must_use]
    pub fn parameters(&self) -> &Parameters<f32> {
        &self.parameters
    }

    #[must_use]
    pub fn normalisation(&self) -> Normalisation {
        self.normalisation
    }

    #[must_use]
    pub fn curve(&self) -> &LossCurve {
        &self.curve
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

    /// The Euclidean norm of the last step's gradient; zero before the first step.
    #[must_use]
    pub fn gradient_norm(&self) -> f64 {
        self.resumed_norm.unwrap_or_else(|| norm(&self.gradient.values))
    }

    /// One step of Adam; returns the mean squared error of the batch in units of the targets.
    ///
    /// # Errors
    /// [`Diverged`] when the error is not finite; the weights are then those before the step.
    pub fn step(&mut self) -> Result<f64, Diverged> {
        self.resumed_norm = None;
        let Self { settings, normalisation, parameters, pass, batch, gradient, .. } = self;
        let mut rng = generator(settings.seed, Stream::Training, self.step);
        gradient.values.fill(0.0);
        let (offset, scale) = (normalisation.offset as f32, normalisation.scale.recip() as f32);
        let mut loss = 0.0f32;
        let mut left = settings.batch;
        while left > 0 {
            let lanes = left.min(LANES);
            left -= lanes;
            batch.draw(self.shape.task, &mut rng);
            let output = pass.forward(parameters, batch);
            let mut by_output = [0.0; LANES];
            for b in 0..lanes {
                let error = output[b] - (batch.answers[b] as f32 - offset) * scale;
                loss += error * error;
                by_output[b] = 2.0 * error / settings.batch as f32;
            }
            pass.backward(parameters, batch, &by_output, gradient);
        }
        let loss = f64::from(loss) / settings.batch as f64;
        if !loss.is_finite() {
            return Err(Diverged(self.step));
        }
        let mut gradient_scale = 1.0;
        if let Some(most) = settings.clip {
            let norm = norm(&gradient.values);
            if !norm.is_finite() {
                return Err(Diverged(self.step));
            }
            gradient_scale = if norm > most { most / norm } else { 1.0 };
        }
        let done = (self.step + 1) as f64;
        let (bias_1, bias_2) = (1.0 - BETA_1.powf(done), (1.0 - BETA_2.powf(done)).sqrt());
        self.kernels.adam(AdamStep {
            parameters: &mut parameters.values,
            gradients: &gradient.values,
            first: &mut self.first,
            second: &mut self.second,
            gradient_scale: gradient_scale as f32,
            beta_1: BETA_1 as f32,
            beta_2: BETA_2 as f32,
            rate: (settings.rate_at(self.step) * bias_2 / bias_1) as f32,
            epsilon: (EPSILON * bias_2) as f32,
        });
        self.step += 1;
        self.curve.add(loss);
        Ok(loss)
    }
}

fn norm(values: &[f32]) -> f64 {
    let mut sums = [0.0f32; LANES];
    let chunks = values.chunks_exact(LANES);
    let rest: f32 = chunks.remainder().iter().map(|value| value * value).sum();
    for chunk in chunks {
        for (sum, value) in sums.iter_mut().zip(chunk) {
            *sum += value * value;
        }
    }
    f64::from(sums.iter().sum::<f32>() + rest).sqrt()
}
