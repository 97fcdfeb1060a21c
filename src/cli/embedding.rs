//! An embedding SPEC: a file of `m` rows of `d` rationals, or a family by name.

use super::Failure;
use super::check::read_text;
use super::parse;
use crate::construct::embedding::Kind;
use crate::exact::{Matrix, Rational, parse_human};
use clap::Args;
use serde_json::Value as Json;
use std::path::Path;

/// The embedding of a command.
#[derive(Args, Debug, Clone)]
pub(super) struct Spec {
    /// One row per token: a CSV or JSON file, or onehot, rotated, simplex, truncated, moment, random
    #[arg(long, value_name = "SPEC")]
    pub embedding: Option<String>,
    /// Vocabulary size, for an embedding that is named
    #[arg(long, value_name = "M")]
    pub m: Option<usize>,
    /// Dimension, for an embedding that is named
    #[arg(long, value_name = "D")]
    pub d: Option<usize>,
    /// Largest entry of a random embedding [default: 3]
    #[arg(long, value_name = "B")]
    pub bound: Option<u32>,
    /// Seed of a random embedding
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
}

/// More entries than this are refused.
const MAX_ENTRIES: usize = 1 << 24;

impl Spec {
    /// The token vectors `[m, d]` and what they are called.
    pub(super) fn read(&self, spec: &str) -> Result<(Matrix, String), Failure> {
        let Ok(kind) = parse::embedding(spec) else {
            for (option, given) in
                [("m", self.m.is_some()), ("d", self.d.is_some()), ("bound", self.bound.is_some())]
            {
                if given {
                    let why = "the file says it (or the embedding's name is misspelt)";
                    return Err(Failure::new(format!("--{option}: not with `{spec}`: {why}")));
                }
            }
            return Ok((read_file(Path::new(spec))?, spec.to_owned()));
        };
        let m = self.m.ok_or_else(|| Failure::new(format!("--embedding {spec}: needs --m M")))?;
        let d = match (self.d, kind) {
            (Some(d), _) => d,
            (None, Kind::OneHot | Kind::Rotated) => m,
            (None, Kind::Simplex) => m.saturating_sub(1),
            (None, _) => return Err(Failure::new(format!("--embedding {spec}: needs --d D"))),
        };
        if m.saturating_mul(d) > MAX_ENTRIES {
            return Err(Failure::new(format!("--m, --d: at most {MAX_ENTRIES} entries in all")));
        }
        let kind = match (kind, self.bound) {
            (Kind::Random { bound }, given) => Kind::Random { bound: given.unwrap_or(bound) },
            (kind, None) => kind,
            (_, Some(_)) => return Err(Failure::new(format!("--bound: not with `{spec}`"))),
        };
        let vectors = kind.vectors(m, d, self.seed).map_err(Failure::new)?;
        Ok((vectors, spec.to_owned()))
    }
}

fn read_file(path: &Path) -> Result<Matrix, Failure> {
    let place = path.display();
    let text = read_text(path)?;
    let first = text.trim_start().chars().next();
    let rows = if matches!(first, Some('[' | '{')) { json(&text) } else { csv(&text) };
    let rows = rows.map_err(|why| Failure::new(format!("{place}: {why}")))?;
    let width = rows.first().map_or(0, Vec::len);
    if width == 0 {
        let why = "expected one row for each token, with at least one number";
        return Err(Failure::new(format!("{place}: {why}")));
    }
    Matrix::from_rows(width, rows).map_err(|why| Failure::new(format!("{place}: {why}")))
}

fn csv(text: &str) -> Result<Vec<Vec<Rational>>, String> {
    let mut rows = Vec::new();
    for (number, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let entries = line.split(',').enumerate().map(|(column, entry)| {
            parse_human(entry)
                .map_err(|why| format!("line {}, column {}: {why}", number + 1, column + 1))
        });
        rows.push(entries.collect::<Result<Vec<_>, _>>()?);
    }
    Ok(rows)
}

/// A list of rows, or an object with `shape` and `rows` as in certificates.
fn json(text: &str) -> Result<Vec<Vec<Rational>>, String> {
    let value: Json = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let Json::Array(rows) = value else {
        let matrix: Matrix = serde_json::from_value(value).map_err(|error| error.to_string())?;
        return Ok(matrix.to_rows());
    };
    let mut all = Vec::new();
    for (i, row) in rows.iter().enumerate() {
        let Json::Array(entries) = row else { return Err(format!("row {i}: expected a list")) };
        let entries = entries.iter().enumerate().map(|(j, entry)| match entry {
            Json::Number(number) if number.is_i64() || number.is_u64() => {
                parse_human(&number.to_string()).map_err(|why| why.to_string())
            }
            Json::String(text) => {
                parse_human(text).map_err(|why| format!("row {i}, entry {j}: {why}"))
            }
            other => Err(format!(
                "row {i}, entry {j}: expected an integer or a text such as \"1/2\", found {other}"
            )),
        });
        all.push(entries.collect::<Result<Vec<_>, _>>()?);
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exact::{integer, ratio};

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
        assert!(csv("1,\n").unwrap_err().contains("line 1, column 2"));
    }
}
