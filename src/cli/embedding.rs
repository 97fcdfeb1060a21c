//! An embedding SPEC: a file of `m` rows of `d` rationals, or a family by name.

use super::Failure;
use super::output::{digest, note};
use super::parse;
use super::read::{as_text, is_file, read_bytes};
use crate::claim::{EmbeddingSpec, MAX_SIZE, Params, Source, kind_params};
use crate::construct::embedding::Kind;
use crate::files::embedding::{self, EmbeddingError, without_mark};
use crate::kernel::number::Matrix;
use crate::report::Value;
use clap::Args;
use std::path::Path;
use std::sync::Arc;

/// The embedding of a command.
#[derive(Args, Debug, Clone)]
pub(super) struct Spec {
    /// One row per token: a CSV, JSON or .npy file, or onehot, rotated, simplex, truncated, moment, random
    #[arg(long, value_name = "SPEC")]
    pub embedding: Option<String>,
    /// Vocabulary size, for an embedding that is named
    #[arg(long, value_name = "M", value_parser = parse::positive::<usize>, allow_negative_numbers = true)]
    pub m: Option<usize>,
    /// Dimension, for an embedding that is named
    #[arg(long, value_name = "D", value_parser = parse::positive::<usize>, allow_negative_numbers = true)]
    pub d: Option<usize>,
    /// Largest entry of a random embedding [default: 3]
    #[arg(long, value_name = "B", value_parser = parse::whole::<u32>, allow_negative_numbers = true)]
    pub bound: Option<u32>,
    /// Seed of a random embedding
    #[arg(long, value_name = "N", default_value = "0", value_parser = parse::whole::<u64>, allow_negative_numbers = true)]
    pub seed: u64,
}

impl Spec {
    /// The token vectors `[m, d]`, the parameters that name them, and the file if it is one.
    pub(super) fn read(&self, spec: &str) -> Result<(Matrix, Params, Option<Source>), Failure> {
        let Some(kind) = kind_named(spec) else {
            let path = existing(spec)?;
            // told before the file is read, which may be wrong as well
            let said =
                [("m", self.m.is_some()), ("d", self.d.is_some()), ("bound", self.bound.is_some())];
            if let Some((option, _)) = said.into_iter().find(|(_, given)| *given) {
                let why = "the file says it";
                return Err(Failure::new(format!("--{option}: not with `{spec}`: {why}")));
            }
            let (vectors, source) = read_file(path)?;
            return Ok((vectors, vec![("embedding", Value::text(spec))], Some(source)));
        };
        let m = self.m.ok_or_else(|| Failure::new(format!("--embedding {spec}: needs --m M")))?;
        let d = match (self.d, kind) {
            (Some(d), _) => d,
            (None, Kind::OneHot | Kind::Rotated) => m,
            (None, Kind::Simplex) => m.saturating_sub(1),
            (None, _) => return Err(Failure::new(format!("--embedding {spec}: needs --d D"))),
        };
        for (option, size) in [("m", m), ("d", d)] {
            if size > MAX_SIZE {
                let why = format!("expected 1 to {MAX_SIZE}, found {size}");
                return Err(Failure::new(format!("--{option}: {why}")));
            }
        }
        let kind = match (kind, self.bound) {
            (Kind::Random { bound }, given) => Kind::Random { bound: given.unwrap_or(bound) },
            (kind, None) => kind,
            (_, Some(_)) => return Err(Failure::new(format!("--bound: not with `{spec}`"))),
        };
        let vectors = kind.vectors(m, d, self.seed).map_err(Failure::new)?;
        Ok((vectors, kind_params(kind, self.seed), None))
    }
}

/// A family by its name, or what a file holds.
pub(super) fn named(spec: &str) -> Result<EmbeddingSpec, Failure> {
    if let Some(kind) = kind_named(spec) {
        return Ok(EmbeddingSpec::Kind(kind));
    }
    let (vectors, source) = read_file(existing(spec)?)?;
    Ok(EmbeddingSpec::File(Arc::new(vectors), source))
}

fn kind_named(spec: &str) -> Option<Kind> {
    parse::EMBEDDINGS.into_iter().find(|kind| kind.name() == spec)
}

/// The file that is meant, if there is one.
fn existing(spec: &str) -> Result<&Path, Failure> {
    let path = Path::new(spec);
    if is_file(path) || path.exists() {
        return Ok(path);
    }
    let names = parse::EMBEDDINGS.map(|kind| kind.name());
    let fix = match parse::nearest(spec, names) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("give a file of one row per token, or one of {}", names.join(", ")),
    };
    Err(Failure::new(format!("--embedding {spec}: there is no such file; {fix}")))
}

/// Says what looks like a slip in a file that can be read.
fn point_out(path: &Path, vectors: &Matrix) {
    for slip in embedding::slips(vectors) {
        note(&format!("{}: {slip}", path.display()));
    }
}

/// The token vectors of a file, and what names it.
fn read_file(path: &Path) -> Result<(Matrix, Source), Failure> {
    let bytes = read_bytes(path)?;
    let source =
        Source { name: path.display().to_string(), sha256: digest(&bytes), mapping_sha256: None };
    let at = |why: &dyn std::fmt::Display| Failure::new(format!("{}: {why}", path.display()));
    if bytes.starts_with(embedding::NPY) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let vectors = embedding::read_npy(&name, &bytes, MAX_SIZE).map_err(|why| at(&why))?;
        point_out(path, &vectors);
        return Ok((vectors, source));
    }
    let text = as_text(path, bytes)?;
    let vectors = embedding::read(&text, MAX_SIZE).map_err(|error| match error {
        EmbeddingError::At { span, message } => Failure::at(path, &text, span, message),
        EmbeddingError::Json(message) => Failure::in_json(path, without_mark(&text), "", message),
        EmbeddingError::Whole(why) => at(&why),
    })?;
    point_out(path, &vectors);
    Ok((vectors, source))
}
