//! Linear programs from files: MPS (fixed and free) and a subset of the CPLEX-LP format.
//!
//! Both readers read what the solvers of others read alike, and refuse the rest: what they do not understand, and what solvers
//! disagree on, with the place and what would have been right. Decimal numbers are read exactly; sizes are limited.

mod lp_format;
mod mps;
mod scan;

pub use lp_format::read_lp;
pub use mps::{MpsLayout, read_mps};

use crate::algebra::{RationalError, parse_human};
use crate::kernel::kind::{LinearProgram, LpVariable, Relation, Sense};
use crate::kernel::number::Rational;
use crate::search::lp::Build;
use num_traits::{Signed, Zero};
use std::collections::HashMap;

/// The longest text that is read, in bytes.
pub const MAX_BYTES: usize = 64 << 20;
/// The most variables, and the most rows.
pub const MAX_COUNT: usize = 1_000_000;

/// What to do with integer variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Integers {
    /// They are an error: the exact solver decides linear programs.
    #[default]
    Refuse,
    /// They are read as continuous; the caller has asked for the relaxation.
    Relax,
}

/// Why a text is not a linear program.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: expected {expected}, found {found}")]
pub struct ReadError {
    /// Counted from 1.
    pub line: usize,
    /// Counted from 1, in characters.
    pub column: usize,
    pub expected: String,
    pub found: String,
}

/// A place in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Place {
    line: usize,
    column: usize,
}

impl Place {
    fn error(self, expected: impl Into<String>, found: impl Into<String>) -> ReadError {
        ReadError {
            line: self.line,
            column: self.column,
            expected: expected.into(),
            found: found.into(),
        }
    }
}

/// The start of a text from outside, in quotes.
fn quoted(text: &str) -> String {
    const SHOWN: usize = 40;
    let mut short: String = text.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    if text.chars().count() > SHOWN {
        short.push_str("...");
    }
    format!("`{short}`")
}

/// A decimal number or fraction, exactly. Fortran's `1.5D3` is understood.
fn number(text: &str, place: Place) -> Result<Rational, ReadError> {
    parse_human(&text.replace(['d', 'D'], "e")).map_err(|error| match error {
        RationalError::TooLong { .. } => place.error("a number of reasonable length", quoted(text)),
        _ => place.error("a number such as `-2.5`, `1e-3` or `2/3`", quoted(text)),
    })
}

/// An end of an interval: a number, or an infinity by its word, with its sign.
///
/// Some solvers take numbers of 1e20 and more for infinity and others do not, so these are refused where they are written with an
/// exponent; who writes all digits of a number means the number.
fn end(text: &str, place: Place) -> Result<End, ReadError> {
    let (negative, word) = match text.strip_prefix('-') {
        Some(word) => (true, word),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if is_infinity(word) {
        return Ok(End::Infinite { negative });
    }
    let value = number(text, place)?;
    finite(&value, text, place)?;
    Ok(End::Number(value))
}

/// What a bound or a side of a row may be.
enum End {
    Number(Rational),
    Infinite { negative: bool },
}

/// The relation to an infinity that every number has, so that a row says nothing.
fn idle_relation(negative: bool) -> Relation {
    if negative { Relation::AtLeast } else { Relation::AtMost }
}

fn is_infinity(word: &str) -> bool {
    word.eq_ignore_ascii_case("inf") || word.eq_ignore_ascii_case("infinity")
}

/// Refuses a number that half of all solvers would take for infinity, as its writer may have.
fn finite(value: &Rational, text: &str, place: Place) -> Result<(), ReadError> {
    if !text.contains(['e', 'E', 'd', 'D']) {
        return Ok(());
    }
    let limit = Rational::from_integer(num_bigint::BigInt::from(10).pow(20));
    if value.abs() < limit {
        return Ok(());
    }
    let expected = "a number below 1e20 in size, or `inf` (some solvers read 1e20 and more as infinity, others as it is)";
    Err(place.error(expected, quoted(text)))
}

fn guard_size(text: &str) -> Result<(), ReadError> {
    if text.len() > MAX_BYTES {
        let place = Place { line: 1, column: 1 };
        return Err(
            place.error(format!("at most {MAX_BYTES} bytes"), format!("{} bytes", text.len()))
        );
    }
    Ok(())
}

/// A program under construction, by names.
#[derive(Default)]
struct Draft {
    maximise: bool,
    constant: Rational,
    columns: Vec<LpVariable>,
    column_index: HashMap<String, usize>,
    rows: Vec<DraftRow>,
    row_index: HashMap<String, usize>,
}

struct DraftRow {
    name: String,
    relation: Relation,
    rhs: Rational,
    /// The other end of a range, if the row has one.
    range: Option<(Rational, Rational)>,
    /// Its only side is infinite: it says nothing.
    idle: bool,
    terms: Vec<(usize, Rational)>,
}

impl Draft {
    fn column(&mut self, name: &str, place: Place) -> Result<usize, ReadError> {
        if let Some(&index) = self.column_index.get(name) {
            return Ok(index);
        }
        if self.columns.len() >= MAX_COUNT {
            return Err(place.error(format!("at most {MAX_COUNT} variables"), "one more"));
        }
        let index = self.columns.len();
        self.columns.push(LpVariable {
            name: name.to_owned(),
            lower: Some(Rational::zero()),
            upper: None,
            cost: Rational::zero(),
        });
        self.column_index.insert(name.to_owned(), index);
        Ok(index)
    }

    fn row(
        &mut self,
        name: &str,
        relation: Relation,
        place: Place,
    ) -> Result<&mut DraftRow, ReadError> {
        if self.rows.len() >= MAX_COUNT {
            return Err(place.error(format!("at most {MAX_COUNT} rows"), "one more"));
        }
        if self.row_index.insert(name.to_owned(), self.rows.len()).is_some() {
            return Err(place.error("a row name not used before", quoted(name)));
        }
        let index = self.rows.len();
        self.rows.push(DraftRow {
            name: name.to_owned(),
            relation,
            rhs: Rational::zero(),
            range: None,
            idle: false,
            terms: Vec::new(),
        });
        // Just pushed.
        self.rows.get_mut(index).ok_or_else(|| place.error("a row", "none"))
    }

    fn finish(self) -> LinearProgram {
        let sense = if self.maximise { Sense::Maximise } else { Sense::Minimise };
        let mut program = LinearProgram::new(sense);
        program.constant = self.constant;
        for column in self.columns {
            program.add_variable(column);
        }
        for row in self.rows.into_iter().filter(|row| !row.idle) {
            // Indices come from `column`, so every one exists.
            let mut add = |name: String, terms, relation, rhs| {
                let _ = program.add_row(name, terms, relation, rhs);
            };
            match row.range {
                None => add(row.name, row.terms, row.relation, row.rhs),
                Some((low, high)) if low == high => add(row.name, row.terms, Relation::Equal, low),
                Some((low, high)) => {
                    add(row.name.clone(), row.terms.clone(), Relation::AtLeast, low);
                    add(row.name, row.terms, Relation::AtMost, high);
                }
            }
        }
        program
    }
}

#[cfg(test)]
mod tests;
