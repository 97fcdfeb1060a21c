//! Token vectors in a file: one row for each token, as CSV, JSON, or an array of NumPy or safetensors.
//!
//! CSV has no header, and entries may be separated by blanks instead of commas; JSON is a list of rows, or an object with `shape` and `rows` as in certificates. Fractions and decimals are
//! taken exactly.

use super::error::{ImportError, some_of};
use super::model::read_json;
use super::weights;
use crate::algebra::{MatrixOps, RationalError, parse_human};
use crate::kernel::number::{Matrix, Rational};
use num_traits::ToPrimitive;
use serde_json::Value as Json;
use std::ops::Range;

/// Why a text holds no token vectors.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EmbeddingError {
    /// about bytes of the text
    #[error("{message}")]
    At { span: Range<usize>, message: String },
    /// about JSON; begins with the path of an entry, if it is about one
    #[error("{0}")]
    Json(String),
    /// about all of it
    #[error("{0}")]
    Whole(String),
}

/// The text without a byte order mark, which spreadsheets like to begin a file with.
#[must_use]
pub fn without_mark(text: &str) -> &str {
    text.trim_start_matches('\u{feff}')
}

/// The vectors `[m, d]` of a text; at most `most` tokens and as many dimensions.
///
/// # Errors
/// [`EmbeddingError`] with what is wrong first.
///
/// ```
/// use counterproof::files::embedding::read;
///
/// let vectors = read("1, 0\n0.5, -1/2\n", 1024)?;
/// assert_eq!((vectors.rows(), vectors.row(1)[0].to_string()), (2, "1/2".to_owned()));
/// assert!(read("x, y\n1, 2\n", 1024).unwrap_err().to_string().contains("there is no header"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn read(text: &str, most: usize) -> Result<Matrix, EmbeddingError> {
    let content = without_mark(text);
    let mark = text.len() - content.len();
    let rows = match content.trim_start().chars().next() {
        Some('[' | '{') => json(content).map_err(EmbeddingError::Json)?,
        _ => csv(content).map_err(|Misplaced { span, message }| {
            let span = mark + span.start..mark + span.end;
            EmbeddingError::At { span, message }
        })?,
    };
    let width = rows.first().map_or(0, Vec::len);
    fits(rows.len(), width, most).map_err(EmbeddingError::Whole)?;
    Matrix::from_rows(width, rows).map_err(|why| EmbeddingError::Whole(why.to_string()))
}

/// What a `.npy` file begins with.
pub const NPY: &[u8] = b"\x93NUMPY";

/// What an archive of zip, as `.npz` is one, begins with.
const ZIP: &[u8] = b"PK\x03\x04";

/// Whether a file holds arrays: `.npy`, `.npz` or `.safetensors`.
#[must_use]
pub fn is_array(bytes: &[u8]) -> bool {
    bytes.starts_with(NPY) || bytes.starts_with(ZIP) || weights::Metadata::is_safetensors(bytes)
}

/// Token vectors as an array has them, `[m, d]`: many may be there of which few are taken as rationals.
pub struct TokenArray {
    name: String,
    array: weights::Array,
    m: usize,
    d: usize,
}

impl TokenArray {
    /// The array of a `.npy` file, or one of a `.npz` or `.safetensors` file: the one called `wanted`, or the only one.
    ///
    /// # Errors
    /// [`ImportError`] with what is wrong first.
    pub fn read(file: &str, bytes: &[u8], wanted: Option<&str>) -> Result<Self, ImportError> {
        let (name, array) = if bytes.starts_with(NPY) {
            if let Some(wanted) = wanted {
                return Err(ImportError::array(
                    wanted,
                    "no name: a .npy file has one array",
                    "one",
                ));
            }
            (file.to_owned(), weights::read_npy(file, bytes)?)
        } else {
            let mut arrays = weights::Arrays::read(bytes)?;
            let names: Vec<&str> = arrays.names().collect();
            let name = match (wanted, names.as_slice()) {
                (Some(wanted), _) => wanted.to_owned(),
                (None, [only]) => (*only).to_owned(),
                (None, _) => {
                    let expected = format!("one array, or the name of one of {}", some_of(&names));
                    return Err(ImportError::file(expected, format!("{} arrays", names.len())));
                }
            };
            let array = arrays.decode(&name)?;
            (name, array)
        };
        let &[m, d] = array.shape.as_slice() else {
            let expected = "one row for each token: an array of two dimensions";
            return Err(ImportError::array(&name, expected, array.shape_text()));
        };
        fits(m, d, usize::MAX).map_err(|why| ImportError::array(&name, why, array.shape_text()))?;
        Ok(Self { name, array, m, d })
    }

    /// How many tokens there are.
    #[must_use]
    pub fn tokens(&self) -> usize {
        self.m
    }

    /// The vectors of all tokens, at most `most` of as many dimensions; every number is the rational that it denotes.
    ///
    /// # Errors
    /// [`ImportError`] for more, and for what is no number.
    pub fn all(&self, most: usize) -> Result<Matrix, ImportError> {
        let shape = || self.array.shape_text();
        fits(self.m, self.d, most).map_err(|why| ImportError::array(&self.name, why, shape()))?;
        self.take(&(0..self.m).collect::<Vec<_>>())
    }

    /// The vectors of these tokens, in this order.
    ///
    /// # Errors
    /// [`ImportError`] for a token that is not there, and for what is no number.
    pub fn take(&self, tokens: &[usize]) -> Result<Matrix, ImportError> {
        let entry = |i: usize, j: usize| {
            let value = self.array.get(i * self.d + j).unwrap_or(Err("nothing"));
            let place = || format!("{}[{i}, {j}]", self.name);
            value.map_err(|found| ImportError::array(&place(), "a finite number", found))
        };
        let row = |&i: &usize| (0..self.d).map(|j| entry(i, j)).collect::<Result<Vec<_>, _>>();
        let rows = tokens.iter().map(row).collect::<Result<Vec<_>, _>>()?;
        Matrix::from_rows(self.d, rows).map_err(|why| ImportError::array(&self.name, why, "others"))
    }

    /// The floats nearest to the vector of a token. `[d]`
    #[must_use]
    pub fn floats(&self, token: usize) -> Vec<f64> {
        self.array.approximate(token * self.d, self.d).collect()
    }
}

fn fits(m: usize, d: usize, most: usize) -> Result<(), String> {
    if m == 0 || d == 0 {
        return Err("expected one row for each token, with at least one number".to_owned());
    }
    match [("tokens", m), ("numbers for each token", d)].into_iter().find(|(_, size)| *size > most)
    {
        Some((what, size)) => Err(format!("expected at most {most} {what}, found {size}")),
        None => Ok(()),
    }
}

/// What in token vectors looks like a slip, though they can be read: names of rows or columns of a data frame among them, and
/// floats of 32 bits that were printed as decimals.
///
/// ```
/// use counterproof::files::embedding::{read, slips};
///
/// let frame = read("0, 1, 2\n0.5, 1, 2\n1, 3, 4\n", 1024)?;
/// assert!(slips(&frame)[0].starts_with("the first row is 0, 1, .., 2"));
/// assert_eq!(slips(&read("0, 1\n1, 0\n+3.0E+00, 5\n", 1024)?).len(), 0);
/// assert_eq!(slips(&read("0, 1\n1, 0\n0.5, 5\n", 1024)?).len(), 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn slips(vectors: &Matrix) -> Vec<String> {
    let (m, d) = (vectors.rows(), vectors.cols());
    let counted = |entries: &mut dyn Iterator<Item = &Rational>| {
        entries.zip(0u64..).all(|(entry, at)| *entry == Rational::from_integer(at.into()))
    };
    let mut slips = Vec::new();
    // (0, 1) is a vector that people have among whole ones
    let parts = (1..m).any(|i| vectors.row(i).iter().any(|entry| !entry.is_integer()));
    if m > 2 && (d > 2 || d == 2 && parts) && counted(&mut vectors.row(0).iter()) {
        slips.push(format!(
            "the first row is 0, 1, .., {}: if these are the names of columns of a data frame, write it without (header=False); \
             every row is a token",
            d - 1
        ));
    }
    if m > 2 && d > 1 && counted(&mut (0..m).filter_map(|i| vectors.row(i).first())) {
        slips.push(format!(
            "the first column is 0, 1, .., {}: if this is the index of a data frame, write it without (index=False)",
            m - 1
        ));
    }
    let all = || (0..m).flat_map(|i| vectors.row(i).iter());
    let count = all().filter(|entry| is_single(entry)).count();
    if let Some(entry) = all().find(|entry| is_single(entry)) {
        let float = entry.to_f64().unwrap_or_default();
        slips.push(format!(
            "{count} of {} entries, such as {float}, are floats of 32 bits printed as decimals: they are taken as printed, which is \
             not what the floats are; a .npy file has these exactly",
            m * d
        ));
    }
    slips
}

/// Whether a decimal is what a float of 32 bits is when it is printed with the digits of one of 64.
fn is_single(entry: &Rational) -> bool {
    // as many digits as nobody writes
    const DIGITS: u64 = 40;
    if entry.denom().bits() < DIGITS {
        return false;
    }
    let float = entry.to_f64().unwrap_or(f64::NAN);
    let single = f64::from(float as f32);
    let exactly = Rational::from_float(single);
    float.is_finite() && single == float && exactly.is_some_and(|exactly| exactly != *entry)
}

/// What is wrong with a part of a text.
#[derive(Debug)]
struct Misplaced {
    span: Range<usize>,
    message: String,
}

fn csv(text: &str) -> Result<Vec<Vec<Rational>>, Misplaced> {
    // a file without any comma has blanks between its entries, as numpy and R write them
    let blanks = !text.contains(',');
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
        let line = if blanks { line.trim_end() } else { line };
        for entry in line.split(|c: char| if blanks { c == ' ' || c == '\t' } else { c == ',' }) {
            if blanks && entry.is_empty() {
                next += 1;
                continue;
            }
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
        for text in ["1,-1/2\n\n0, 0.25\n", "1 -1/2\n\n  0\t0.25 \r\n"] {
            assert_eq!(csv(text).unwrap(), expected);
        }
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
            ("1 2\n3 x\n", 6..7, "found `x`"),
            ("1 2\n 3  4 5\n", 10..11, "found more"),
        ] {
            let Misplaced { span: found, message } = csv(text).unwrap_err();
            assert!(found == span && message.contains(word), "{text:?}: {found:?} {message}");
        }
    }
}
