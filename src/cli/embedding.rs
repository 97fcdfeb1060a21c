//! An embedding SPEC: a file of `m` rows of `d` rationals, or a family by name.

use super::Failure;
use super::output::digest;
use super::parse;
use super::read::read_text;
use crate::algebra::MatrixOps;
use crate::algebra::{RationalError, parse_human};
use crate::claim::{MAX_SIZE, Params, Source, kind_params};
use crate::construct::embedding::Kind;
use crate::files::model::read_json;
use crate::kernel::number::{Matrix, Rational};
use crate::report::Value;
use clap::Args;
use serde_json::Value as Json;
use std::ops::Range;
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
    // spreadsheets like to begin a file with a byte order mark
    let start = text.len() - text.trim_start_matches('\u{feff}').len();
    let rows = match text[start..].trim_start().chars().next() {
        Some('[' | '{') => json(&text[start..])
            .map_err(|message| Failure::in_json(path, &text[start..], "", message))?,
        _ => csv(&text[start..]).map_err(|Misplaced { span, message }| {
            Failure::at(path, &text, start + span.start..start + span.end, message)
        })?,
    };
    let width = rows.first().map_or(0, Vec::len);
    if width == 0 {
        let why = "expected one row for each token, with at least one number";
        return Err(Failure::new(format!("{}: {why}", path.display())));
    }
    for (what, size) in [("tokens", rows.len()), ("numbers for each token", width)] {
        if size > MAX_SIZE {
            let why = format!("expected at most {MAX_SIZE} {what}, found {size}");
            return Err(Failure::new(format!("{}: {why}", path.display())));
        }
    }
    let vectors = Matrix::from_rows(width, rows);
    let vectors = vectors.map_err(|why| Failure::new(format!("{}: {why}", path.display())))?;
    Ok((vectors, digest(text.as_bytes())))
}

/// What is wrong with a part of a text.
#[derive(Debug)]
struct Misplaced {
    span: Range<usize>,
    message: String,
}

fn csv(text: &str) -> Result<Vec<Vec<Rational>>, Misplaced> {
    let mut rows: Vec<Vec<Rational>> = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let (start, mut next) = (at, at);
        at += line.len();
        let line = line.trim_end_matches(['\r', '\n']);
        if line.trim().is_empty() {
            continue;
        }
        let expected = rows.first().map(Vec::len);
        let mut row = Vec::new();
        for entry in line.split(',') {
            let blank = entry.len() - entry.trim_start().len();
            let from = next + blank;
            let span = from..from + entry.trim().len();
            next += entry.len() + 1;
            if expected.is_some_and(|width| row.len() == width) {
                let width = row.len();
                let message = format!("expected {width} entries as in the first row, found more");
                return Err(Misplaced { span, message });
            }
            let value = parse_human(entry).map_err(|why| Misplaced {
                span,
                message: complaint(entry, &why, rows.is_empty()),
            })?;
            row.push(value);
        }
        if let Some(width) = expected.filter(|&width| row.len() < width) {
            let blank = line.len() - line.trim_start().len();
            let span = start + blank..start + blank + line.trim().len();
            let message =
                format!("expected {width} entries as in the first row, found {}", row.len());
            return Err(Misplaced { span, message });
        }
        rows.push(row);
    }
    Ok(rows)
}

/// What is wrong with an entry, and what people often mean by it.
fn complaint(entry: &str, why: &RationalError, first_row: bool) -> String {
    let RationalError::NotARational(found) = why else { return why.to_string() };
    let expected = "expected a number such as `3`, `-1/2` or `0.25`";
    let parts = entry.trim().split([';', ' ', '\t']).filter(|part| !part.is_empty());
    let mut numbers = parts.map(parse_human);
    if entry.trim().is_empty() {
        format!("{expected}, found nothing")
    } else if numbers.clone().count() > 1 && numbers.all(|number| number.is_ok()) {
        format!("{expected}, found `{found}`; separate entries by commas")
    } else if first_row && entry.chars().any(char::is_alphabetic) {
        format!("{expected}, found `{found}`; every line is a token, there is no header")
    } else {
        format!("{expected}, found `{found}`")
    }
}

/// A list of rows, or an object with `shape` and `rows` as in certificates. A message begins with the path of an entry.
fn json(text: &str) -> Result<Vec<Vec<Rational>>, String> {
    if text.trim_start().starts_with('{') {
        let matrix: Matrix = read_json(text).map_err(|error| error.to_string())?;
        return Ok(matrix.to_rows());
    }
    let rows: Vec<Json> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let mut all: Vec<Vec<Rational>> = Vec::new();
    for (i, row) in rows.iter().enumerate() {
        let Json::Array(entries) = row else {
            return Err(format!("[{i}]: expected a list of numbers, found {row}"));
        };
        let entries = entries.iter().enumerate().map(|(j, entry)| match entry {
            Json::Number(number) if number.is_i64() || number.is_u64() => {
                parse_human(&number.to_string()).map_err(|why| why.to_string())
            }
            Json::String(text) => parse_human(text).map_err(|why| format!("[{i}][{j}]: {why}")),
            other => Err(format!(
                "[{i}][{j}]: expected an integer or a text such as \"1/2\", found {other}"
            )),
        });
        let entries = entries.collect::<Result<Vec<_>, _>>()?;
        match all.first().map(Vec::len).filter(|&width| width != entries.len()) {
            Some(width) => {
                let found = entries.len();
                return Err(format!(
                    "[{i}]: expected {width} entries as in the first row, found {found}"
                ));
            }
            None => all.push(entries),
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::number::{integer, ratio};

    #[test]
    fn files_hold_one_row_a_token() {
        let expected = vec![vec![integer(1), ratio(-1, 2)], vec![integer(0), ratio(1, 4)]];
        assert_eq!(csv("1,-1/2\n\n0, 0.25\n").unwrap(), expected);
        assert_eq!(json(r#"[[1, "-1/2"], ["0", "0.25"]]"#).unwrap(), expected);
        let object = r#"{"shape":[2,2],"rows":[["1","-1/2"],["0","1/4"]]}"#;
        assert_eq!(json(object).unwrap(), expected);
        for bad in ["[[0.5]]", "[1]", "[[null]]", "{}", "[[1]", r#"[["x"]]"#] {
            assert!(json(bad).is_err(), "{bad}");
        }
        for (text, span, word) in [
            ("1,\n", 2..2, "nothing"),
            ("x, y\n1, 2", 0..1, "header"),
            ("1, 2\n3; 4\n", 5..9, "commas"),
            ("1, 2\n\n3\n", 6..7, "2 entries"),
            ("1, 2\r\n3, 4, 5\r\n", 12..13, "found more"),
            ("1/0", 0..3, "zero"),
        ] {
            let Misplaced { span: found, message } = csv(text).unwrap_err();
            assert!(found == span && message.contains(word), "{text:?}: {found:?} {message}");
        }
    }
}
