//! The float trainer: do trained models meet the theory? (T10 of `docs/notation.md`)
//!
//! A one-layer transformer, read at the last position, is trained to count by Adam on sequences drawn uniformly
//! (Yehudai et al., arXiv:2407.15160v3, report thresholds for such models). What is learned within some steps and what
//! can be represented are different things; this room says only the former. Floats live here; nothing of it enters a
//! verdict but weights, which the verifier reads as the exact rationals they denote.
//!
//! [`Shape`] says which model, [`Settings`] how it is trained, [`Trainer`] trains it, [`measure::Measurement`] says how
//! well it counts and whether it is alive.

mod arms;
mod attention;
mod checkpoint;
pub mod classifier;
mod export;
pub mod kernels;
mod lanes;
pub mod largest;
pub mod measure;
pub mod mixers;
mod parameters;
mod pass;
mod real;
pub mod sample;
mod settings;
mod shape;
mod store;
pub mod sweep;
mod training;

pub use arms::Arm;
pub use checkpoint::CheckpointError;
pub use export::{export, keys, task_name};
pub use parameters::{InitialScales, Parameters, Tensor};
pub use pass::Pass;
pub use real::Real;
pub use settings::{Decay, Settings, Targets};
pub use shape::{NORM_EPSILON, NormPlacement, SettingError, Shape};
pub use training::{Diverged, LossCurve, Normalisation, Trainer};

#[cfg(test)]
mod tests;
