//! What a user asks of a claim.

use super::{
    Arithmetic, Cell, EmbeddingSpec, Estimate, Inverter, Other, OutOfDistribution, Source,
};
use crate::construct::behrens::Mixing;
use crate::files::model::Model;
use crate::files::task::NamedTask;
use crate::kernel::definition::{Length, Task, Transformer};
use crate::kernel::kind::Norm;
use crate::kernel::number::{Rational, SumOrder};

/// The options of `verify`; `None` where the user gave nothing.
///
/// ```
/// use counterproof::kernel::definition::Length;
/// use counterproof::claim::{Claim, ClaimError, Request};
///
/// let lengths = [2, 3].map(Length::Exactly).to_vec();
/// let request = Request { n: Some(lengths), m: Some(vec![2, 4, 8]), ..Request::default() };
/// let claim = Claim::named("mfe-histogram").unwrap();
/// assert_eq!(claim.cells(&request)?.len(), 6);
///
/// // an option that the claim does not take is an error, as on the command line
/// let request = Request { given: vec!["base"], ..request };
/// assert!(matches!(claim.cells(&request), Err(ClaimError::Option { .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct Request {
    /// names of the options that were given, in the order of the command line
    pub given: Vec<&'static str>,
    pub n: Option<Vec<Length>>,
    pub m: Option<Vec<usize>>,
    pub d: Option<Vec<usize>>,
    /// how tokens are mixed
    pub kind: Option<Vec<Mixing>>,
    /// hidden units
    pub p: Option<Vec<usize>>,
    pub threshold: Option<Rational>,
    /// token vectors
    pub embedding: Option<EmbeddingSpec>,
    /// largest size of a random entry
    pub bound: Option<u32>,
    /// softmax bases
    pub base: Option<Vec<Rational>>,
    pub models: Option<usize>,
    pub times: Option<u64>,
    pub model: Option<Model>,
    /// where the model comes from, if that is a file
    pub source: Option<Source>,
    pub tasks: Option<Vec<NamedTask>>,
    /// how close to the answer a number has to be
    pub tolerance: Option<Rational>,
    pub seed: u64,
    pub epsilon: Option<Vec<Rational>>,
    pub strict: bool,
    pub leak: Option<Rational>,
    pub inverter: Option<Inverter>,
    /// how closely the accuracy of a model is to be known
    pub within: Option<Rational>,
    /// a model is asked about inputs drawn at random
    pub estimate: Option<Estimate>,
    /// a model's outputs are compared with those of another
    pub other: Option<Other>,
    /// a model is asked about other inputs than those of its training
    pub ood: Option<OutOfDistribution>,
    /// by how much the scores of the other tokens fall short of the query's
    pub gaps: Option<Vec<u32>>,
    /// what comes between the residual and the MLP
    pub norm: Option<Vec<Norm>>,
    /// what a norm adds to the mean square
    pub eps: Option<Vec<Rational>>,
    /// of the size of entries
    pub radius: Option<Rational>,
    pub heads: Option<usize>,
    /// `d_v`
    pub head_dimension: Option<usize>,
    /// a model by the name of its claim
    pub construction: Option<String>,
    /// numbers of a machine, and orders of sums
    pub arithmetic: Option<Vec<Arithmetic>>,
    /// units in the last place that functions of a machine may be off
    pub ulps: Option<u64>,
    /// how many bits it takes is asked
    pub least_precision: bool,
    /// orders of sums
    pub orders: Option<Vec<SumOrder>>,
}

/// A request that makes no sense.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClaimError {
    #[error("--{option}: {claim} has no such option (it has {options})")]
    Option { claim: &'static str, option: &'static str, options: String },
    #[error("--{option}: expected {expected}, found {found}")]
    Value { option: &'static str, expected: String, found: String },
    #[error(
        "{claim}: these sizes make {found} {what}, and one command takes at most {most}; name fewer, or share them out among commands"
    )]
    Grid { claim: &'static str, what: &'static str, found: u128, most: u128 },
    #[error("{claim}: expected {expected}")]
    NoModel { claim: &'static str, expected: &'static str },
    #[error(transparent)]
    Construct(#[from] crate::construct::ConstructError),
}

impl ClaimError {
    pub(super) fn value(
        option: &'static str,
        expected: impl ToString,
        found: impl ToString,
    ) -> Self {
        Self::Value { option, expected: expected.to_string(), found: found.to_string() }
    }
}

/// The most cells of one command.
pub const MAX_CELLS: u128 = 1_000_000;

/// The most numbers in the token vectors of all cells of one command: about 100 bytes each.
const MAX_NUMBERS: u128 = 1 << 24;

/// Refuses a grid of too many cells, which are counted and not made.
///
/// # Errors
/// [`ClaimError::Grid`] with their number.
pub fn check_grid(claim: &'static str, cells: u128) -> Result<(), ClaimError> {
    match cells {
        0..=MAX_CELLS => Ok(()),
        found => Err(ClaimError::Grid { claim, what: "cells", found, most: MAX_CELLS }),
    }
}

/// Refuses more numbers in the token vectors of all cells than one command may have.
///
/// # Errors
/// [`ClaimError::Grid`] with their number.
pub fn check_numbers(claim: &'static str, numbers: u128) -> Result<(), ClaimError> {
    match numbers {
        0..=MAX_NUMBERS => Ok(()),
        found => {
            let (what, most) = ("numbers in their token vectors", MAX_NUMBERS);
            Err(ClaimError::Grid { claim, what, found, most })
        }
    }
}

impl Request {
    /// Refuses more cells, or more numbers in their token vectors, than one command may have: both are counted from the lists
    /// that were given, before anything is made of them. A list that was not given has a few values by default.
    ///
    /// `shared`: cells of the same vectors share them.
    pub(super) fn check_grid(
        &self,
        claim: &'static str,
        vectors: bool,
        shared: bool,
    ) -> Result<(), ClaimError> {
        fn many<T>(list: Option<&Vec<T>>) -> u128 {
            list.map_or(1, |list| list.len() as u128)
        }
        let sizes = many(self.m.as_ref()) * many(self.d.as_ref());
        let others = [
            many(self.n.as_ref()),
            many(self.kind.as_ref()),
            many(self.p.as_ref()),
            many(self.base.as_ref()),
            many(self.tasks.as_ref()),
            many(self.epsilon.as_ref()),
            many(self.norm.as_ref()),
            many(self.eps.as_ref()),
        ];
        let others = others.into_iter().fold(1, u128::saturating_mul);
        check_grid(claim, sizes.saturating_mul(others))?;
        if !vectors || matches!(self.embedding, Some(EmbeddingSpec::File(..))) {
            return Ok(());
        }
        let Some(m) = &self.m else { return Ok(()) };
        // larger ones are refused by name
        fn possible(list: &[usize]) -> impl Iterator<Item = u128> {
            list.iter().filter(|&&size| size <= MAX_SIZE).map(|&size| size as u128)
        }
        let once = match &self.d {
            Some(d) => possible(m).sum::<u128>().saturating_mul(possible(d).sum()),
            // about as many dimensions as tokens
            None => possible(m).map(|m| m * m).sum(),
        };
        let found = if shared { once } else { once.saturating_mul(others) };
        check_numbers(claim, found)
    }

    /// The cell with the file of the model that was given.
    pub(super) fn about_file(&self, cell: Cell) -> Cell {
        match (&self.model, &self.source) {
            (Some(_), Some(source)) => cell.from_file("model", source),
            _ => cell,
        }
    }

    /// The context lengths, or `default`.
    pub(super) fn lengths(&self, default: &[u64]) -> Result<Vec<Length>, ClaimError> {
        let lengths = match &self.n {
            Some(lengths) => lengths.clone(),
            None => default.iter().map(|&n| Length::Exactly(n)).collect(),
        };
        let odd = |length: &&Length| match length {
            Length::Exactly(n) => !(1..=MAX_LENGTH).contains(n),
            Length::Any => false,
        };
        match lengths.iter().find(odd) {
            Some(n) => Err(ClaimError::value("n", format!("1 to {MAX_LENGTH}"), n)),
            None => Ok(lengths),
        }
    }

    /// The context lengths, or `default`; `any` is refused.
    pub(super) fn finite_lengths(&self, default: &[u64]) -> Result<Vec<u64>, ClaimError> {
        self.lengths(default)?
            .into_iter()
            .map(|length| match length {
                Length::Exactly(n) => Ok(n),
                Length::Any => Err(ClaimError::value("n", "a context length", "any")),
            })
            .collect()
    }

    /// The exact model that was given, if any.
    pub(super) fn exact_model(&self) -> Result<Option<Transformer>, ClaimError> {
        match &self.model {
            None => Ok(None),
            Some(Model::Exact(model)) => Ok(Some(model.as_ref().clone())),
            Some(Model::Softmax(_)) => {
                Err(ClaimError::value("model", "an exact model", "a softmax model"))
            }
        }
    }

    /// The counting tasks that were asked for, or `usual`.
    pub(super) fn counting_tasks(&self, usual: &[Task]) -> Result<Vec<Task>, ClaimError> {
        let Some(named) = &self.tasks else { return Ok(usual.to_vec()) };
        let counting = |task: &NamedTask| {
            task.counting().ok_or_else(|| ClaimError::value("task", "qc or mfe", &task.name))
        };
        named.iter().map(counting).collect()
    }

    /// The one context length that a single model is made for.
    pub(super) fn one_length(&self) -> Result<u64, ClaimError> {
        one("n", &self.finite_lengths(&[])?)
    }

    /// The one vocabulary size of a single model.
    pub(super) fn one_vocabulary(&self) -> Result<usize, ClaimError> {
        one("m", &self.vocabularies(&[])?)
    }

    /// The one softmax base of a single model, if given.
    pub(super) fn one_base(&self) -> Result<Option<&Rational>, ClaimError> {
        match self.base.as_deref() {
            None => Ok(None),
            Some([base]) => Ok(Some(base)),
            Some(bases) => {
                Err(ClaimError::value("base", "one base", format!("{} bases", bases.len())))
            }
        }
    }

    /// The one embedding dimension of a single model, if given.
    pub(super) fn one_dimension(&self) -> Result<Option<usize>, ClaimError> {
        self.dimensions()?.map(|d| one("d", &d)).transpose()
    }

    /// The vocabulary sizes, or `default`.
    pub(super) fn vocabularies(&self, default: &[usize]) -> Result<Vec<usize>, ClaimError> {
        sizes("m", self.m.as_deref(), default)
    }

    /// The numbers of hidden units; `None` when the claim is to choose.
    pub(super) fn hidden_units(&self) -> Result<Option<Vec<usize>>, ClaimError> {
        self.p.as_deref().map(|p| sizes("p", Some(p), &[])).transpose()
    }

    /// The embedding dimensions; `None` when the claim is to choose.
    pub(super) fn dimensions(&self) -> Result<Option<Vec<usize>>, ClaimError> {
        self.d.as_deref().map(|d| sizes("d", Some(d), &[])).transpose()
    }
}

fn one<T: Copy>(option: &'static str, values: &[T]) -> Result<T, ClaimError> {
    match values {
        [value] => Ok(*value),
        _ => Err(ClaimError::value(option, "one size", format!("{} sizes", values.len()))),
    }
}
/// The largest context length: counterexamples are written out as sequences.
const MAX_LENGTH: u64 = 1 << 24;

/// The largest vocabulary and dimension of a construction or an embedding; matrices have the square of it.
pub const MAX_SIZE: usize = 1024;

fn sizes(
    option: &'static str,
    given: Option<&[usize]>,
    default: &[usize],
) -> Result<Vec<usize>, ClaimError> {
    let sizes = given.unwrap_or(default).to_vec();
    match sizes.iter().find(|&&size| size == 0 || size > MAX_SIZE) {
        Some(size) => Err(ClaimError::value(option, format!("1 to {MAX_SIZE}"), size)),
        None => Ok(sizes),
    }
}
