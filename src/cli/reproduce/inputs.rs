//! Models that the commands of the plan are about, written to `inputs/` so that the commands can be run there.

use super::plan::{Run, Sizes};
use crate::cli::Failure;
use crate::construct::compiled::{Stored, histogram};
use crate::construct::embedding::Kind;
use crate::construct::histogram::most_frequent_element_kept_residual;
use crate::files::model::Model;
use crate::kernel::number::integer;
use crate::report::Value;
use std::sync::Arc;

/// Folder of the models, below that of the outputs.
pub(super) const FOLDER: &str = "inputs";

/// A model in `inputs/`, by what it is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Input {
    KeptResidual { n: u64, m: usize },
    Compiled { tokens: usize, longest: usize, exactness: u64, stored: Stored },
}

impl Input {
    /// `inputs/compiled-hist-v4-l10-e100-single.json`
    fn path(self) -> String {
        match self {
            Self::KeptResidual { n, m } => format!("{FOLDER}/mfe-kept-residual-n{n}-m{m}.json"),
            Self::Compiled { tokens, longest, exactness, stored } => {
                let stored = precision(stored);
                format!("{FOLDER}/compiled-hist-v{tokens}-l{longest}-e{exactness}-{stored}.json")
            }
        }
    }

    fn model(self) -> Result<Model, Failure> {
        Ok(match self {
            Self::KeptResidual { n, m } => {
                let vectors = Kind::OneHot.vectors(m, m, 0).map_err(Failure::new)?;
                let model = most_frequent_element_kept_residual(&vectors, &integer(n));
                Model::Exact(Arc::new(model.map_err(Failure::new)?))
            }
            Self::Compiled { tokens, longest, exactness, stored } => {
                let model = histogram(tokens, longest, exactness, stored).map_err(Failure::new)?;
                Model::Softmax(Arc::new(model))
            }
        })
    }
}

fn precision(stored: Stored) -> &'static str {
    match stored {
        Stored::Exactly => "exact",
        Stored::Single => "single",
    }
}

const KEPT_RESIDUAL: [(u64, usize); 5] = [(1, 3), (2, 3), (3, 3), (4, 3), (6, 4)];

/// T2 with `W_O = I`, one model for each length since the readout is multiplied by `n`.
pub(super) fn kept_residual() -> Vec<Run> {
    let run = |(n, m)| {
        let path = Input::KeptResidual { n, m }.path();
        Run::told_apart(
            format!("counterproof verify --model {path} --n {n} --task mfe"),
            Vec::new(),
        )
    };
    KEPT_RESIDUAL.into_iter().map(run).collect()
}

const COMPILED: [(usize, usize, u64); 2] = [(4, 6, 100), (4, 10, 100)];

/// The two models that were published with the rule of thumb.
pub(super) fn compiled_models() -> Vec<Run> {
    let run =
        |(tokens, longest, exactness)| compiled(tokens, longest, exactness, Stored::Single, "1-");
    COMPILED.into_iter().map(run).collect()
}

/// Lengths and distances from `E = n (n + 1)` at which the rule of thumb is tried; 257 is the first length at which
/// rounding to single precision is coarser than the margin.
fn edge(sizes: Sizes) -> Vec<(usize, i64)> {
    let lengths: &[usize] = match sizes {
        Sizes::Quick => &[3, 6, 10, 20],
        Sizes::Default => &[3, 6, 10, 20, 50, 100, 257],
        Sizes::Full => &[3, 6, 10, 20, 50, 100, 200, 256, 257, 272],
    };
    lengths.iter().flat_map(|&n| (-1..=1).map(move |offset| (n, offset))).collect()
}

/// Two tokens, and `E` beside `n (n + 1)`, thresholds stored either way.
pub(super) fn compiled_edge(sizes: Sizes) -> Vec<Run> {
    let run = |(n, offset): (usize, i64), stored| {
        let exactness = (n * (n + 1)) as u64;
        compiled(2, n, exactness.saturating_add_signed(offset), stored, "")
    };
    let both = |cell| [Stored::Exactly, Stored::Single].map(|stored| run(cell, stored));
    edge(sizes).into_iter().flat_map(both).collect()
}

/// `from` is `1-` for every length up to the longest, and empty for the longest alone.
fn compiled(tokens: usize, longest: usize, exactness: u64, stored: Stored, from: &str) -> Run {
    let path = Input::Compiled { tokens, longest, exactness, stored }.path();
    let command = format!("counterproof verify --model {path} --n {from}{longest}");
    let size = longest as u64;
    let columns = vec![
        ("longest", Value::integer(size)),
        ("exactness", Value::integer(exactness)),
        ("thresholds", Value::text(precision(stored))),
    ];
    Run::told_apart(command, columns)
}

/// The text of the model that a command names, if it names one of these.
pub(super) fn text(path: &str, sizes: Sizes) -> Result<Option<String>, Failure> {
    let kept = KEPT_RESIDUAL.into_iter().map(|(n, m)| Input::KeptResidual { n, m });
    let compiled = COMPILED.into_iter().map(|(tokens, longest, exactness)| Input::Compiled {
        tokens,
        longest,
        exactness,
        stored: Stored::Single,
    });
    let edge = edge(sizes).into_iter().flat_map(|(longest, offset)| {
        let exactness = ((longest * (longest + 1)) as u64).saturating_add_signed(offset);
        [Stored::Exactly, Stored::Single].map(|stored| Input::Compiled {
            tokens: 2,
            longest,
            exactness,
            stored,
        })
    });
    let all = kept.chain(compiled).chain(edge);
    let Some(input) = all.into_iter().find(|input| input.path() == path) else { return Ok(None) };
    input.model()?.to_json().map(Some).map_err(Failure::new)
}
