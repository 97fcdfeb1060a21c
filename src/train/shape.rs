//! The shape of a model that is trained: every size and switch, checked once.

use crate::kernel::definition::Task;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// Where layer norm stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NormPlacement {
    /// after the attention's residual and after the MLP's
    Post,
    /// before the attention, before the MLP, before the readout
    Pre,
    None,
}

impl NormPlacement {
    pub const NAMES: [&'static str; 3] = ["post", "pre", "none"];
}

impl fmt::Display for NormPlacement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::NAMES[*self as usize])
    }
}

impl FromStr for NormPlacement {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "post" => Self::Post,
            "pre" => Self::Pre,
            "none" => Self::None,
            _ => return Err(format!("expected one of {}", Self::NAMES.join(", "))),
        })
    }
}

/// Added to the variance in layer norm.
pub const NORM_EPSILON: f64 = 1e-5;

/// Every size of a model with one layer (`docs/notation.md`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shape {
    pub task: Task,
    /// vocabulary size
    pub m: usize,
    /// context length
    pub n: usize,
    /// embedding dimension
    pub d: usize,
    /// heads; keys and values of a head have `d / heads` entries
    pub heads: usize,
    /// units of each hidden layer of the MLP; no layer means no MLP
    pub hidden: Vec<usize>,
    /// learned position embeddings
    pub positions: bool,
    pub norm: NormPlacement,
}

/// A setting that makes no sense, and what would.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name}: expected {expected}, found {found}")]
pub struct SettingError {
    pub name: &'static str,
    pub expected: String,
    pub found: String,
}

impl SettingError {
    pub(super) fn new(name: &'static str, expected: impl ToString, found: impl ToString) -> Self {
        Self { name, expected: expected.to_string(), found: found.to_string() }
    }
}

impl Shape {
    /// The most tokens, positions, dimensions and units.
    pub const MOST: usize = 1 << 15;
    /// The most numbers in a model.
    pub const MOST_PARAMETERS: usize = 1 << 25;

    /// One head, post-norm, learned positions, an MLP of `4 d` units: the model whose thresholds are measured (T10).
    #[must_use]
    pub fn of_paper(task: Task, m: usize, n: usize, d: usize) -> Self {
        let hidden = vec![4 * d];
        Self { task, m, n, d, heads: 1, hidden, positions: true, norm: NormPlacement::Post }
    }

    /// # Errors
    /// [`SettingError`] naming the first size that is out of range.
    pub fn check(&self) -> Result<(), SettingError> {
        let sizes = [("m", self.m), ("n", self.n), ("d", self.d), ("heads", self.heads)];
        for (name, size) in sizes.into_iter().chain(self.hidden.iter().map(|&w| ("hidden", w))) {
            if !(1..=Self::MOST).contains(&size) {
                return Err(SettingError::new(name, format!("1 to {}", Self::MOST), size));
            }
        }
        if !self.d.is_multiple_of(self.heads) {
            let expected = format!("a divisor of d = {}", self.d);
            return Err(SettingError::new("heads", expected, self.heads));
        }
        if self.hidden.len() > 32 {
            return Err(SettingError::new("hidden", "at most 32 layers", self.hidden.len()));
        }
        let total = self.parameters();
        if total > Self::MOST_PARAMETERS as u64 {
            let expected = format!("a model of at most {} numbers", Self::MOST_PARAMETERS);
            return Err(SettingError::new("d", expected, total));
        }
        Ok(())
    }

    /// Entries of a head's keys and values.
    #[must_use]
    pub fn head_size(&self) -> usize {
        self.d / self.heads
    }

    /// How many numbers the model has.
    #[must_use]
    pub fn parameters(&self) -> u64 {
        self.tensors().iter().map(|(_, rows, columns)| *rows as u64 * *columns as u64).sum()
    }

    /// Every tensor `(name, rows, columns)` in the order of storage; maps are stored `[out, in]`. The embeddings of
    /// tokens and of positions follow one another, so that they can be multiplied as one matrix.
    #[must_use]
    pub fn tensors(&self) -> Vec<(String, usize, usize)> {
        let Self { m, n, d, .. } = *self;
        let mut list = vec![("embedding".to_owned(), m, d)];
        let mut add = |name: &str, rows, columns| list.push((name.to_owned(), rows, columns));
        if self.positions {
            add("positions", n, d);
        }
        for name in ["query", "key", "value", "output"] {
            add(&format!("{name}.weight"), d, d);
            if name != "key" {
                // a bias of the keys adds the same to every score: softmax does not see it
                add(&format!("{name}.bias"), 1, d);
            }
        }
        let norms: &[&str] = match self.norm {
            NormPlacement::Post => &["after_attention", "readout"],
            NormPlacement::Pre if self.hidden.is_empty() => &["attention", "readout"],
            NormPlacement::Pre => &["attention", "mlp", "readout"],
            NormPlacement::None => &[],
        };
        for norm in norms {
            add(&format!("norm.{norm}.weight"), 1, d);
            add(&format!("norm.{norm}.bias"), 1, d);
        }
        let mut width = d;
        for (layer, &units) in self.hidden.iter().enumerate() {
            add(&format!("mlp.hidden.{layer}.weight"), units, width);
            add(&format!("mlp.hidden.{layer}.bias"), 1, units);
            width = units;
        }
        if !self.hidden.is_empty() {
            add("mlp.output.weight", d, width);
            add("mlp.output.bias", 1, d);
        }
        add("readout.weight", 1, d);
        add("readout.bias", 1, 1);
        list
    }
}
