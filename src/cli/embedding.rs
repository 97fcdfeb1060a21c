//! An embedding SPEC: a file of `m` rows of `d` rationals, or a family by name.

use super::Failure;
use super::output::digest;
use super::parse;
use super::read::read_text;
use crate::claim::{MAX_SIZE, Params, Source, kind_params};
use crate::construct::embedding::Kind;
use crate::files::embedding::{self, EmbeddingError, without_mark};
use crate::kernel::number::Matrix;
use crate::report::Value;
use clap::Args;
use std::path::Path;

/// The embedding of a command.
#[derive(Args, Debug, Clone)]
pub(super) struct Spec {
    /// One row per token: a CSV or JSON file, or onehot, rotated, simplex, truncated, moment, random
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
        let Some(kind) = parse::EMBEDDINGS.into_iter().find(|kind| kind.name() == spec) else {
            let names = parse::EMBEDDINGS.iter().map(|kind| kind.name());
            if let Some(name) = parse::nearest(spec, names).filter(|_| !Path::new(spec).exists()) {
                let why = format!("there is no such file; did you mean `{name}`?");
                return Err(Failure::new(format!("--embedding {spec}: {why}")));
            }
            for (option, given) in
                [("m", self.m.is_some()), ("d", self.d.is_some()), ("bound", self.bound.is_some())]
            {
                if given {
                    let why = "the file says it";
                    return Err(Failure::new(format!("--{option}: not with `{spec}`: {why}")));
                }
            }
            let (vectors, sha256) = read_file(Path::new(spec))?;
            let source = Source { name: spec.to_owned(), sha256, mapping_sha256: None };
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

/// The token vectors of a file, and its digest.
fn read_file(path: &Path) -> Result<(Matrix, String), Failure> {
    let text = read_text(path)?;
    let vectors = embedding::read(&text, MAX_SIZE).map_err(|error| match error {
        EmbeddingError::At { span, message } => Failure::at(path, &text, span, message),
        EmbeddingError::Json(message) => Failure::in_json(path, without_mark(&text), "", message),
        EmbeddingError::Whole(why) => Failure::new(format!("{}: {why}", path.display())),
    })?;
    Ok((vectors, digest(text.as_bytes())))
}
