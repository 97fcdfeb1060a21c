//! Everything that training needs to go on to the same bytes, in one file.

use super::parameters::Parameters;
use super::settings::Settings;
use super::shape::{SettingError, Shape};
use super::store::{self, Entry};
use super::training::{LossCurve, Normalisation, Trainer};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// Why a file is no checkpoint to go on from.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    #[error("expected a checkpoint, found {0}")]
    File(String),
    #[error(
        "the checkpoint is of another run: {0}; name another file, or repeat that run's options"
    )]
    OtherRun(String),
    #[error(transparent)]
    Setting(#[from] SettingError),
}

const FORMAT: &str = "counterproof-checkpoint";
const VERSION: u32 = 2;
const STATE: &str = "counterproof-state";

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct State {
    format: String,
    version: u32,
    shape: Shape,
    settings: Settings,
    normalisation: Normalisation,
    step: u64,
    /// of the last step's gradient; `None` when it is not finite
    gradient_norm: Option<f64>,
    curve: LossCurve,
}

/// `its steps are 300, not 400`, for each field that differs
fn differences<T: Serialize>(found: &T, expected: &T) -> String {
    let fields = |value: &T| match serde_json::to_value(value) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    let (found, expected) = (fields(found), fields(expected));
    let words = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => "none".to_owned(),
        other => other.to_string(),
    };
    let different = expected.iter().filter_map(|(name, expected)| {
        let found = found.get(name).filter(|found| *found != expected)?;
        Some(format!("its `{name}` is {}, not {}", words(found), words(expected)))
    });
    different.collect::<Vec<_>>().join(", ")
}

impl Trainer {
    /// The bytes of a checkpoint.
    #[must_use]
    pub fn checkpoint(&self) -> Vec<u8> {
        let state = State {
            format: FORMAT.to_owned(),
            version: VERSION,
            shape: self.shape.clone(),
            settings: self.settings.clone(),
            normalisation: self.normalisation,
            step: self.step,
            gradient_norm: Some(self.gradient_norm()).filter(|norm| norm.is_finite()),
            curve: self.curve.clone(),
        };
        let state = serde_json::to_string(&state).unwrap_or_default();
        let metadata = BTreeMap::from([(STATE.to_owned(), state)]);
        let tensors: Vec<Entry<'_>> = [
            ("parameters", &self.parameters.values),
            ("first", &self.first),
            ("second", &self.second),
        ]
        .into_iter()
        .map(|(name, values)| (name, vec![values.len()], values.as_slice()))
        .collect();
        store::write(&metadata, &tensors)
    }

    /// Goes on from a checkpoint of the same run.
    ///
    /// # Errors
    /// [`CheckpointError`] when the bytes are no checkpoint, or one of another shape or other settings.
    pub fn resume(
        shape: &Shape,
        settings: &Settings,
        bytes: &[u8],
    ) -> Result<Self, CheckpointError> {
        let unreadable =
            |why| CheckpointError::File(format!("a file that is no .safetensors: {why}"));
        let (metadata, mut tensors) = store::read(bytes).map_err(unreadable)?;
        let state = metadata.get(STATE).ok_or_else(|| {
            CheckpointError::File("a .safetensors file without the state of a run".to_owned())
        })?;
        let state: State = serde_json::from_str(state)
            .map_err(|error| CheckpointError::File(error.to_string()))?;
        if state.format != FORMAT || state.version != VERSION {
            let found = format!("{} version {}", state.format, state.version);
            return Err(CheckpointError::File(found));
        }
        if state.shape != *shape {
            return Err(CheckpointError::OtherRun(differences(&state.shape, shape)));
        }
        if state.settings != *settings {
            return Err(CheckpointError::OtherRun(differences(&state.settings, settings)));
        }
        let mut take = |name: &str, length: usize| -> Result<Vec<f32>, CheckpointError> {
            let values = tensors
                .remove(name)
                .ok_or_else(|| CheckpointError::File(format!("no tensor `{name}`")))?;
            if values.len() != length || values.iter().any(|value| !value.is_finite()) {
                return Err(CheckpointError::File(format!("`{name}` not {length} finite numbers")));
            }
            Ok(values)
        };
        let mut parameters = Parameters::<f32>::zeros(shape);
        let length = parameters.values.len();
        parameters.values = take("parameters", length)?;
        let (first, second) = (take("first", length)?, take("second", length)?);
        if state.step > settings.steps {
            return Err(CheckpointError::File(format!("{} steps done", state.step)));
        }
        let mut trainer = Self::with(shape, settings, parameters, state.normalisation)?;
        if state.curve.stretch != trainer.curve.stretch {
            return Err(CheckpointError::File("a loss curve of another length".to_owned()));
        }
        (trainer.first, trainer.second) = (first, second);
        (trainer.step, trainer.curve) = (state.step, state.curve);
        trainer.resumed_norm = Some(state.gradient_norm.unwrap_or(f64::NAN));
        Ok(trainer)
    }
}
