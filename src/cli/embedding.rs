//! An embedding SPEC: a file of `m` rows of `d` rationals, or a family by name.

use super::Failure;
use super::output::{digest, note};
use super::parse::{self, Range};
use super::read::{as_text, is_file, read_bytes};
use crate::claim::{
    EmbeddingSpec, MAX_SIZE, Params, Source, check_grid, check_numbers, kind_params,
};
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
    /// Vocabulary sizes R, for an embedding that is named
    #[arg(long, value_name = "R", value_parser = parse::range, allow_negative_numbers = true)]
    pub m: Option<Range>,
    /// Dimensions R, for an embedding that is named
    #[arg(long, value_name = "R", value_parser = parse::range, allow_negative_numbers = true)]
    pub d: Option<Range>,
    /// Largest entries R of random embeddings [default: 3]
    #[arg(long, value_name = "R", value_parser = parse::range, allow_negative_numbers = true)]
    pub bound: Option<Range>,
    /// Seeds R of random embeddings [default: 0]
    #[arg(long, value_name = "R", value_parser = parse::range, allow_negative_numbers = true)]
    pub seed: Option<Range>,
}

/// Token vectors of a command.
pub(super) struct Vectors {
    /// `[m, d]`
    pub vectors: Matrix,
    /// what names them
    pub named: Params,
    /// the file, if it is one
    pub source: Option<Source>,
}

impl Spec {
    /// The token vectors that are meant: those of a file, or of a family at all sizes, bounds and seeds.
    pub(super) fn read(&self, spec: &str) -> Result<Vec<Vectors>, Failure> {
        let Some(kind) = kind_named(spec) else {
            let path = existing(spec)?;
            // told before the file is read, which may be wrong as well
            let said = [
                ("m", self.m.is_some()),
                ("d", self.d.is_some()),
                ("bound", self.bound.is_some()),
                ("seed", self.seed.as_ref().is_some_and(|Range(seeds)| seeds.len() > 1)),
            ];
            if let Some((option, _)) = said.into_iter().find(|(_, given)| *given) {
                let why = "the file says it";
                return Err(Failure::new(format!("--{option}: not with `{spec}`: {why}")));
            }
            let (vectors, source) = read_file(path)?;
            let named = vec![("embedding", Value::text(spec))];
            return Ok(vec![Vectors { vectors, named, source: Some(source) }]);
        };
        self.family(spec, kind)
    }

    /// The vectors of a family, sorted by `m`, `d`, bound and seed.
    fn family(&self, spec: &str, kind: Kind) -> Result<Vec<Vectors>, Failure> {
        let sizes = |option: &str, Range(values): &Range| {
            let wrong = values.iter().find(|&&size| size == 0 || size > MAX_SIZE as u64);
            match wrong {
                Some(size) => {
                    let why = format!("expected 1 to {MAX_SIZE}, found {size}");
                    Err(Failure::new(format!("--{option}: {why}")))
                }
                None => Ok(values.iter().map(|&size| size as usize).collect::<Vec<_>>()),
            }
        };
        let m = self.m.as_ref();
        let m = m.ok_or_else(|| Failure::new(format!("--embedding {spec}: needs --m M")))?;
        let m = sizes("m", m)?;
        let d = self.d.as_ref().map(|d| sizes("d", d)).transpose()?;
        let usual = |m: usize| match kind {
            Kind::OneHot | Kind::Rotated => Ok(m),
            Kind::Simplex => Ok(m.saturating_sub(1)),
            _ => Err(Failure::new(format!("--embedding {spec}: needs --d D"))),
        };
        let kinds = match (kind, &self.bound) {
            (Kind::Random { .. }, Some(Range(bounds))) => {
                let bound = |&bound: &u64| {
                    u32::try_from(bound)
                        .map(|bound| Kind::Random { bound })
                        .map_err(|_| Failure::new(format!("--bound: {bound} is too large")))
                };
                bounds.iter().map(bound).collect::<Result<Vec<_>, _>>()?
            }
            (kind, None) => vec![kind],
            (_, Some(_)) => return Err(Failure::new(format!("--bound: not with `{spec}`"))),
        };
        // other families take no notice of a seed
        let seeds = match (kind, &self.seed) {
            (_, None) => vec![0],
            (Kind::Random { .. }, Some(Range(seeds))) => seeds.clone(),
            (_, Some(Range(seeds))) if seeds.len() == 1 => seeds.clone(),
            (_, Some(_)) => return Err(Failure::new(format!("--seed: one only with `{spec}`"))),
        };
        let mut pairs = Vec::new();
        for &m in &m {
            match &d {
                Some(d) => pairs.extend(d.iter().map(|&d| (m, d))),
                None => pairs.push((m, usual(m)?)),
            }
        }
        let others = kinds.len() as u128 * seeds.len() as u128;
        let numbers: u128 = pairs.iter().map(|&(m, d)| m as u128 * d as u128).sum();
        check_grid("search collision", pairs.len() as u128 * others).map_err(Failure::new)?;
        check_numbers("search collision", numbers * others).map_err(Failure::new)?;
        let mut all = Vec::new();
        for (m, d) in pairs {
            for kind in &kinds {
                for &seed in &seeds {
                    let vectors = kind.vectors(m, d, seed).map_err(Failure::new)?;
                    let named = kind_params(*kind, seed);
                    all.push(Vectors { vectors, named, source: None });
                }
            }
        }
        Ok(all)
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
