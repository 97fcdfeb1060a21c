//! An embedding SPEC: a file of `m` rows of `d` rationals, or a family by name.

use super::Failure;
use super::output::{digest, note};
use super::parse::{self, Range};
use super::read::{as_text, is_file, read_bytes};
use crate::claim::{
    EmbeddingSpec, MAX_SIZE, Params, Source, check_grid, check_numbers, kind_params,
};
use crate::construct::embedding::Kind;
use crate::files::embedding::{self, EmbeddingError, TokenArray, without_mark};
use crate::kernel::number::Matrix;
use crate::report::Value;
use crate::search::control::Control;
use crate::search::worst_pair::{Rows, worst_pair};
use clap::Args;
use std::path::Path;
use std::sync::Arc;

/// The embedding of a command.
#[derive(Args, Debug, Clone)]
pub(super) struct Spec {
    /// One row per token: a CSV, JSON, .npy, .npz or .safetensors file, or onehot, rotated, simplex, truncated, moment, random
    #[arg(long, value_name = "SPEC")]
    pub embedding: Option<String>,
    #[command(flatten)]
    pub part: Part,
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

/// Which part of a file holds the token vectors.
#[derive(Args, Debug, Clone)]
pub(super) struct Part {
    /// These rows of the file only, such as 5,17,90-99 (counted from 0), or `worst`: the two whose coherence is largest
    #[arg(long, value_name = "TOKENS", value_parser = parse::tokens, requires = "embedding")]
    pub tokens: Option<Chosen>,
    /// The array of an .npz or .safetensors file that has more than one
    #[arg(long, value_name = "NAME", requires = "embedding")]
    pub array: Option<String>,
}

impl Part {
    /// Refuses what is about files beside a family.
    fn refuse(&self, family: &str) -> Result<(), Failure> {
        let given = [("tokens", self.tokens.is_some()), ("array", self.array.is_some())];
        match given.into_iter().find(|(_, given)| *given) {
            Some((option, _)) => Err(Failure::new(format!("--{option}: not with `{family}`"))),
            None => Ok(()),
        }
    }
}

/// Rows of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Chosen {
    /// ascending
    These(Vec<usize>),
    Worst,
}

impl Spec {
    /// The token vectors that are meant: those of a file, or of a family at all sizes, bounds and seeds.
    pub(super) fn read(&self, spec: &str, control: &Control) -> Result<Vec<Vectors>, Failure> {
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
            let (vectors, source) = read_file(path, &self.part, control)?;
            let named = source.named("embedding");
            return Ok(vec![Vectors { vectors, named, source: Some(source) }]);
        };
        self.part.refuse(spec)?;
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
pub(super) fn named(spec: &str, part: &Part, control: &Control) -> Result<EmbeddingSpec, Failure> {
    if let Some(kind) = kind_named(spec) {
        part.refuse(spec)?;
        return Ok(EmbeddingSpec::Kind(kind));
    }
    let (vectors, source) = read_file(existing(spec)?, part, control)?;
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
fn read_file(path: &Path, part: &Part, control: &Control) -> Result<(Matrix, Source), Failure> {
    let bytes = read_bytes(path)?;
    let mut source = Source {
        name: path.display().to_string(),
        sha256: digest(&bytes),
        mapping_sha256: None,
        part: part.array.iter().map(|array| ("array", Value::text(array))).collect(),
    };
    let at = |why: &dyn std::fmt::Display| Failure::new(format!("{}: {why}", path.display()));
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let (vectors, tokens) = if embedding::is_array(&bytes) {
        let array = TokenArray::read(&name, &bytes, part.array.as_deref());
        let array = array.map_err(|why| at(&why))?;
        // the array has a copy
        drop(bytes);
        match chosen(&array, part.tokens.as_ref(), control).map_err(|why| at(&why))? {
            Some(tokens) => (array.take(&tokens).map_err(|why| at(&why))?, Some(tokens)),
            None if array.tokens() > MAX_SIZE => {
                let found = array.tokens();
                return Err(at(&format!(
                    "expected at most {MAX_SIZE} tokens, found {found}; --tokens takes some of them, --tokens worst the two that are \
                     most alike"
                )));
            }
            None => (array.all(MAX_SIZE).map_err(|why| at(&why))?, None),
        }
    } else {
        if part.array.is_some() {
            return Err(Failure::new(format!("--array: {} has none", path.display())));
        }
        let text = as_text(path, bytes)?;
        let vectors = embedding::read(&text, MAX_SIZE).map_err(|error| match error {
            EmbeddingError::At { span, message } => Failure::at(path, &text, span, message),
            EmbeddingError::Json(message) => {
                Failure::in_json(path, without_mark(&text), "", message)
            }
            EmbeddingError::Whole(why) => at(&why),
        })?;
        point_out(path, &vectors);
        match chosen(&vectors, part.tokens.as_ref(), control).map_err(|why| at(&why))? {
            None => (vectors, None),
            Some(tokens) => {
                let rows = tokens.iter().map(|&token| vectors.row(token).to_vec()).collect();
                (Matrix::from_rows(vectors.cols(), rows).map_err(|why| at(&why))?, Some(tokens))
            }
        }
    };
    if let Some(tokens) = tokens {
        let tokens: Vec<String> = tokens.iter().map(ToString::to_string).collect();
        source.part.push(("tokens", Value::text(tokens.join(","))));
    }
    Ok((vectors, source))
}

impl Rows for TokenArray {
    fn count(&self) -> usize {
        self.tokens()
    }

    fn floats(&self, row: usize) -> Vec<f64> {
        TokenArray::floats(self, row)
    }

    fn exactly(&self, pair: [usize; 2]) -> Option<Matrix> {
        self.take(&pair).ok()
    }
}

/// The rows that are meant, in the order of the file; `None` for all of them.
fn chosen(
    rows: &impl Rows,
    wanted: Option<&Chosen>,
    control: &Control,
) -> Result<Option<Vec<usize>>, String> {
    let count = rows.count();
    match wanted {
        None => Ok(None),
        Some(Chosen::These(tokens)) => match tokens.iter().find(|&&token| token >= count) {
            Some(token) => Err(format!("--tokens: expected tokens below {count}, found {token}")),
            None if tokens.len() > MAX_SIZE => {
                Err(format!("--tokens: expected at most {MAX_SIZE}, found {}", tokens.len()))
            }
            None => Ok(Some(tokens.clone())),
        },
        Some(Chosen::Worst) => {
            let infinite =
                |token: &usize| !rows.floats(*token).iter().all(|entry| entry.is_finite());
            if let Some(token) = (0..count).find(infinite) {
                return Err(format!(
                    "--tokens worst: expected finite numbers, found others in row {token}"
                ));
            }
            let worst = worst_pair(rows, control)
                .map_err(|why| format!("{why} while tokens were compared"))?;
            let worst = worst
                .ok_or("--tokens worst: expected two tokens with a vector that is not zero")?;
            if worst.zeros > 0 {
                note(&format!(
                    "{} tokens have the zero vector and no direction: they are in no pair",
                    worst.zeros
                ));
            }
            Ok(Some(worst.pair.to_vec()))
        }
    }
}
