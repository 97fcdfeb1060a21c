//! How a model is trained.

use super::parameters::InitialScales;
use super::shape::SettingError;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// What becomes of the step after the warm-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decay {
    /// it stays
    Constant,
    /// half a cosine down to zero at the last step
    Cosine,
}

impl Decay {
    pub const NAMES: [&'static str; 2] = ["constant", "cosine"];
}

/// What the readout is trained to give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Targets {
    /// the count
    Raw,
    /// the count minus its expectation, over its spread: `(y - n/m) / sqrt(n/m)` for the query count, sample mean and
    /// deviation for the most frequent element
    Normalised,
}

impl Targets {
    pub const NAMES: [&'static str; 2] = ["raw", "normalised"];
}

macro_rules! spelled {
    ($kind:ty, $($name:literal => $value:expr),+) => {
        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(Self::NAMES[*self as usize])
            }
        }

        impl FromStr for $kind {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($name => Ok($value),)+
                    _ => Err(format!("expected one of {}", Self::NAMES.join(", "))),
                }
            }
        }
    };
}
spelled!(Decay, "constant" => Self::Constant, "cosine" => Self::Cosine);
spelled!(Targets, "raw" => Self::Raw, "normalised" => Self::Normalised);

/// Everything about a training run but the model's shape. The default is the paper's (T10): Adam, batch 16, step `1e-4`,
/// 100,000 steps, raw counts; with unit-scale embeddings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    pub steps: u64,
    /// sequences a step
    pub batch: usize,
    /// Adam's step
    pub rate: f64,
    /// steps over which it grows from zero
    pub warm_up: u64,
    pub decay: Decay,
    /// gradients longer than this are shortened to it
    pub clip: Option<f64>,
    pub targets: Targets,
    pub scales: InitialScales,
    pub seed: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            steps: 100_000,
            batch: 16,
            rate: 1e-4,
            warm_up: 0,
            decay: Decay::Constant,
            clip: None,
            targets: Targets::Raw,
            scales: InitialScales::default(),
            seed: 0,
        }
    }
}

impl Settings {
    /// # Errors
    /// [`SettingError`] naming the first setting that makes no sense.
    pub fn check(&self) -> Result<(), SettingError> {
        let numbers = [
            ("rate", self.rate, 0.0, 1.0),
            ("clip", self.clip.unwrap_or(1.0), 0.0, 1e6),
            ("embedding-scale", self.scales.embedding, -1.0, 1e3),
            ("position-scale", self.scales.positions, -1.0, 1e3),
        ];
        for (name, value, above, most) in numbers {
            // NaN is in no range
            let holds = value > above && value <= most;
            if !holds || (above < 0.0 && value < 0.0) {
                let expected = if above < 0.0 {
                    format!("a number from 0 to {most}")
                } else {
                    format!("a number above 0, at most {most}")
                };
                return Err(SettingError::new(name, expected, value));
            }
        }
        if !(1..=1 << 12).contains(&self.batch) {
            return Err(SettingError::new("batch", format!("1 to {}", 1 << 12), self.batch));
        }
        if self.steps > 1 << 40 {
            return Err(SettingError::new("steps", format!("at most {}", 1u64 << 40), self.steps));
        }
        if self.warm_up > self.steps {
            let expected = format!("at most the {} steps", self.steps);
            return Err(SettingError::new("warm-up", expected, self.warm_up));
        }
        Ok(())
    }

    /// Adam's step at step `step`, counted from 0.
    #[must_use]
    pub fn rate_at(&self, step: u64) -> f64 {
        if step < self.warm_up {
            return self.rate * (step + 1) as f64 / self.warm_up as f64;
        }
        match self.decay {
            Decay::Constant => self.rate,
            Decay::Cosine => {
                let total = (self.steps - self.warm_up).max(1) as f64;
                let part = ((step - self.warm_up) as f64 / total).min(1.0);
                self.rate * 0.5 * (1.0 + (std::f64::consts::PI * part).cos())
            }
        }
    }
}
