//! The two ways of training whose thresholds are shown side by side.

use super::parameters::InitialScales;
use super::settings::{Decay, Settings, Targets};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A way of training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Arm {
    /// the settings that the paper states: Adam, batch 16, step `1e-4`, 100,000 steps, raw counts
    Faithful,
    /// the same model, trained as well as we know how: batch 64, step `2e-3` after a warm-up, falling along a cosine,
    /// normalised targets, and embeddings that start small; `docs/training.md` says how it was found
    Optimised,
}

impl Arm {
    pub const ALL: [Self; 2] = [Self::Faithful, Self::Optimised];
    pub const NAMES: [&'static str; 2] = ["faithful", "optimised"];

    /// The settings of this arm, for `steps` steps.
    #[must_use]
    pub fn settings(self, steps: u64, seed: u64) -> Settings {
        match self {
            Self::Faithful => Settings { steps, seed, ..Settings::default() },
            Self::Optimised => Settings {
                steps,
                seed,
                batch: 64,
                rate: 2e-3,
                warm_up: (steps / 50).min(1000),
                decay: Decay::Cosine,
                targets: Targets::Normalised,
                scales: InitialScales { embedding: 0.5, positions: 0.02 },
                ..Settings::default()
            },
        }
    }
}

impl fmt::Display for Arm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::NAMES[*self as usize])
    }
}

impl FromStr for Arm {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "faithful" => Ok(Self::Faithful),
            "optimised" => Ok(Self::Optimised),
            _ => Err(format!("expected one of {}", Self::NAMES.join(", "))),
        }
    }
}
