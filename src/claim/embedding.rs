//! The token vectors that a request names: a family, or what a file holds.

use super::histogram::kind_params;
use super::{Cell, ClaimError, Params, Request, Source};
use crate::construct::embedding::Kind;
use crate::kernel::number::Matrix;
use crate::report::Value;
use num_traits::Zero;
use std::sync::Arc;

/// `--embedding SPEC`
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EmbeddingSpec {
    /// a family by its name
    Kind(Kind),
    /// `[m, d]`, one row a token, and the file that they are from
    File(Arc<Matrix>, Source),
}

impl From<Kind> for EmbeddingSpec {
    fn from(kind: Kind) -> Self {
        Self::Kind(kind)
    }
}

/// Token vectors, and what they are called in a record.
#[derive(Debug, Clone)]
pub(super) struct Tokens {
    /// `[m, d]`
    pub vectors: Matrix,
    /// `m`, `d` and what names the vectors
    pub params: Params,
    source: Option<Source>,
}

impl Tokens {
    /// Refuses a zero vector, which has no direction.
    pub(super) fn have_directions(&self) -> Result<(), ClaimError> {
        let rows = self.vectors.list();
        match rows.iter().position(|row| row.iter().all(Zero::is_zero)) {
            None => Ok(()),
            Some(zero) => Err(ClaimError::value(
                "embedding",
                "vectors that have a direction",
                format!("token {zero} with the zero vector"),
            )),
        }
    }

    /// The cell with the file that its vectors are from.
    pub(super) fn about(&self, cell: Cell) -> Cell {
        match &self.source {
            Some(source) => cell.from_file("embedding", source),
            None => cell,
        }
    }
}

/// The integer token vectors of a random embedding are at most this in size by default.
const BOUND: u32 = 3;

impl Request {
    /// The token vectors of each size: those of `usual` unless the request says which, `m` of `vocabularies` and `d` of
    /// `dimensions` unless it says how many.
    pub(super) fn tokens(
        &self,
        usual: Kind,
        vocabularies: &[usize],
        dimensions: &[usize],
    ) -> Result<Vec<Tokens>, ClaimError> {
        if let Some((vectors, source)) = self.embedding_file()? {
            return Ok(vec![Tokens::of_file(vectors, source)]);
        }
        let kind = self.embedding_kind()?.unwrap_or(usual);
        let kind = match (kind, self.bound) {
            (Kind::Random { .. }, bound) => Kind::Random { bound: bound.unwrap_or(BOUND) },
            (kind, None) => kind,
            (kind, Some(_)) => {
                return Err(ClaimError::value("bound", "--embedding random with it", kind.name()));
            }
        };
        let given = self.dimensions()?;
        let mut all = Vec::new();
        for &m in &self.vocabularies(vocabularies)? {
            for &d in given.as_deref().unwrap_or(dimensions) {
                let vectors = kind
                    .vectors(m, d, self.seed)
                    .map_err(|error| ClaimError::value("embedding", error, kind.name()))?;
                let mut params = vec![("m", Value::integer(m)), ("d", Value::integer(d))];
                params.extend(kind_params(kind, self.seed));
                all.push(Tokens { vectors, params, source: None });
            }
        }
        Ok(all)
    }

    /// The family that was asked for; a file is an error.
    pub(super) fn embedding_kind(&self) -> Result<Option<Kind>, ClaimError> {
        match &self.embedding {
            None => Ok(None),
            Some(EmbeddingSpec::Kind(kind)) => Ok(Some(*kind)),
            Some(EmbeddingSpec::File(_, source)) => {
                Err(ClaimError::value("embedding", "a family by its name", &source.name))
            }
        }
    }

    /// The token vectors of a file, if one was given. What the file says is not to be said again.
    pub(super) fn embedding_file(&self) -> Result<Option<(&Arc<Matrix>, &Source)>, ClaimError> {
        let Some(EmbeddingSpec::File(vectors, source)) = &self.embedding else { return Ok(None) };
        let said =
            [("m", self.m.is_some()), ("d", self.d.is_some()), ("bound", self.bound.is_some())];
        match said.into_iter().find(|(_, given)| *given) {
            Some((option, _)) => {
                let expected = format!("none beside --embedding {}, which says it", source.name);
                Err(ClaimError::value(option, expected, "one"))
            }
            None => Ok(Some((vectors, source))),
        }
    }
}

impl Tokens {
    pub(super) fn of_file(vectors: &Matrix, source: &Source) -> Self {
        let sizes = [("m", vectors.rows()), ("d", vectors.cols())];
        let sizes = sizes.map(|(name, size)| (name, Value::integer(size)));
        let params = sizes.into_iter().chain(source.named("embedding")).collect();
        Self { vectors: vectors.clone(), params, source: Some(source.clone()) }
    }
}
