//! Mappings of version 1, which are refused with what they leave unsaid.
//!
//! Version 1 described one layer with ReLU, softmax and no mask, whatever the file held: what it did not mention was assumed
//! to be so, and arrays that it did not name were not missed.

use crate::files::error::some_of;
use crate::files::weights::Arrays;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fmt;

/// What is missing from a mapping of version 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OldMapping {
    missing: Vec<&'static str>,
    named: BTreeSet<String>,
    unused: Vec<String>,
}

impl OldMapping {
    /// Reads as much of a mapping as is needed to say what it lacks.
    pub(super) fn read(text: &str) -> Self {
        let mapping = serde_json::from_str(text).unwrap_or(Value::Null);
        let has = |field: &str| mapping.get(field).is_some();
        let mut words = Words::default();
        words.collect(&mapping);
        let layers = match has("norms") {
            true => {
                "`layers`: [{\"attention\": .., \"mlp\": ..}] (or \"none\") in place of `attention`, `mlp` and `norms`"
            }
            false => {
                "`layers`: [{\"attention\": .., \"mlp\": ..}] (or \"none\") in place of `attention` and `mlp`"
            }
        };
        let missing = [
            (!has("bos"), "`bos` (an array or \"none\")"),
            (!has("positions"), "`positions` (an array, {\"rotary\": ..} or \"none\")"),
            (true, layers),
            (
                true,
                "in the attention `mixing` (\"softmax\", ..), `causal` and `residual` (true or false) and `norm`",
            ),
            (has("mlp"), "in the MLP `activation` (\"relu\", ..), `residual` and `norm`"),
            (true, "`norm` of the readout (or \"none\")"),
            (has("norms"), "in each norm `kind`, `weight` (or \"ones\") and `bias` (or \"zeros\")"),
            (words.slice, "`rows`: \"from:to\" in place of `slice`"),
        ];
        let missing =
            missing.into_iter().filter_map(|(missing, what)| missing.then_some(what)).collect();
        Self { missing, named: words.named, unused: Vec::new() }
    }

    /// Names the arrays of the file that the mapping does not; nothing more when the file cannot be read.
    pub(in crate::files) fn beside(mut self, bytes: &[u8]) -> Self {
        if let Ok(arrays) = Arrays::read(bytes) {
            let unused = arrays.names().filter(|name| !self.named.contains(*name));
            self.unused = unused.map(|name| format!("`{name}`")).collect();
        }
        self
    }
}

/// The strings of a mapping that may be names of arrays.
#[derive(Default)]
struct Words {
    named: BTreeSet<String>,
    slice: bool,
}

impl Words {
    fn collect(&mut self, value: &Value) {
        match value {
            Value::String(text) => {
                self.named.insert(text.clone());
            }
            Value::Array(list) => list.iter().for_each(|value| self.collect(value)),
            Value::Object(fields) => {
                self.slice |= fields.contains_key("slice");
                fields.values().for_each(|value| self.collect(value));
            }
            _ => {}
        }
    }
}

impl fmt::Display for OldMapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let missing = self.missing.join("; ");
        write!(
            f,
            "mapping.version: expected 2, found 1, which leaves parts of a model unsaid; state {missing}"
        )?;
        if !self.unused.is_empty() {
            let unused = some_of(&self.unused);
            write!(
                f,
                "; and map {unused}, or list under `ignored` what does not belong to the model"
            )?;
        }
        Ok(())
    }
}
