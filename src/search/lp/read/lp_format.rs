//! A subset of the CPLEX-LP format.
//!
//! ```text
//! \ a comment, to the end of the line
//! Maximize
//!   profit: 3 x + 2/3 y - z + 10
//! Subject To
//!   labour: x + 2 y - z <= 1.5e2
//!   - x + z >= -4
//!   -1 <= x + y <= 7
//! Bounds
//!   0 <= x <= 40
//!   y free
//!   z >= -1
//! End
//! ```
//!
//! Sections begin a line and are written in any case: `Minimize`, `Maximize` (or `Minimum`, `Maximum`,
//! `Min`, `Max`), `Subject To` (`Such That`, `st`, `s.t.`), `Bounds`, `End`. A coefficient is a decimal or a
//! fraction `p/q` before its variable; constants may stand in the objective only, and a row's right-hand
//! side is a number, or an infinity, and then the row says nothing. Names have letters of any script, digits and ``!"#$%&/,.;?@_`'{}()|~[]``,
//! and do not begin with a digit, a period or a bracket. Variables are at least 0 unless `Bounds` says otherwise; one that only
//! `Bounds` names is a variable too. A negative upper bound without a stated lower bound, and a bound of 1e20 or more, are
//! refused, as in MPS. `General`, `Integer`, `Binary` and `Semi` that name a variable are refused; all but the last are relaxed when asked for. `End`
//! may be missing.

use super::{
    Draft, Integers, Place, ReadError, finite, guard_size, idle_relation, is_infinity, number,
    quoted,
};
use crate::kernel::kind::{LinearProgram, Relation};
use crate::kernel::number::{Rational, integer};
use num_traits::{One, Signed, Zero};
use std::collections::HashMap;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Number,
    Name,
    Sign,
    Relation(Relation),
    Colon,
    End,
}

#[derive(Debug, Clone, Copy)]
struct Token<'a> {
    kind: Kind,
    text: &'a str,
    place: Place,
    starts_line: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    Objective {
        maximise: bool,
    },
    Rows,
    Bounds,
    Whole {
        binary: bool,
    },
    /// semi-continuous variables, special ordered sets
    Other,
    End,
}

/// Reads a program in the LP format.
///
/// # Errors
/// [`ReadError`] with the first place that is not as it should be.
pub fn read_lp(text: &str, integers: Integers) -> Result<LinearProgram, ReadError> {
    guard_size(text)?;
    let tokens = tokens(text)?;
    let mut reader = Reader {
        tokens: &tokens,
        next: 0,
        draft: Draft::default(),
        integers,
        stated: HashMap::new(),
    };
    reader.program()?;
    Ok(reader.draft.finish())
}

fn is_name_start(c: char) -> bool {
    c.is_alphabetic() || "!\"#$%&/,;?@_`'{}()|~".contains(c)
}

fn is_name_part(c: char) -> bool {
    is_name_start(c)
        || c.is_alphanumeric()
        || ".[]".contains(c)
        || !c.is_ascii() && !c.is_whitespace()
}

fn tokens(text: &str) -> Result<Vec<Token<'_>>, ReadError> {
    let mut tokens = Vec::new();
    let mut end = Place { line: 1, column: 1 };
    for (index, line) in text.lines().enumerate() {
        let code = line.split('\\').next().unwrap_or("");
        let mut starts_line = true;
        let mut at = 0;
        end = Place { line: index + 1, column: code.chars().count() + 1 };
        while let Some(rest) = code.get(at..).filter(|rest| !rest.is_empty()) {
            let first = rest.chars().next().unwrap_or(' ');
            if first.is_whitespace() {
                at += first.len_utf8();
                continue;
            }
            let column = code.get(..at).unwrap_or("").chars().count() + 1;
            let place = Place { line: index + 1, column };
            let (kind, length) = lex(rest, first, place)?;
            let text = rest.get(..length).unwrap_or(rest);
            tokens.push(Token { kind, text, place, starts_line });
            starts_line = false;
            at += length.max(1);
        }
    }
    tokens.push(Token { kind: Kind::End, text: "", place: end, starts_line: true });
    Ok(tokens)
}

fn lex(rest: &str, first: char, place: Place) -> Result<(Kind, usize), ReadError> {
    for (text, relation) in [
        ("<=", Relation::AtMost),
        ("=<", Relation::AtMost),
        (">=", Relation::AtLeast),
        ("=>", Relation::AtLeast),
        ("<", Relation::AtMost),
        (">", Relation::AtLeast),
        ("=", Relation::Equal),
    ] {
        if rest.starts_with(text) {
            return Ok((Kind::Relation(relation), text.len()));
        }
    }
    match first {
        '+' | '-' => Ok((Kind::Sign, 1)),
        ':' => Ok((Kind::Colon, 1)),
        c if c.is_ascii_digit() || c == '.' => Ok((Kind::Number, number_length(rest))),
        c if is_name_start(c) => {
            Ok((Kind::Name, rest.find(|c| !is_name_part(c)).unwrap_or(rest.len())))
        }
        c => Err(place.error(
            "a number, a name, a sign, `:` or a relation (quadratic terms are not linear)",
            quoted(&c.to_string()),
        )),
    }
}

/// The length of a decimal or a fraction at the start of `text`.
fn number_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |from: usize| {
        from + bytes.iter().skip(from).take_while(|byte| byte.is_ascii_digit()).count()
    };
    let is = |at: usize, wanted: &[u8]| bytes.get(at).is_some_and(|byte| wanted.contains(byte));
    let mut end = digits(0);
    if is(end, b"/") && digits(end + 1) > end + 1 {
        return digits(end + 1);
    }
    if is(end, b".") {
        end = digits(end + 1);
    }
    if is(end, b"eE") {
        let mantissa = end;
        let exponent = if is(end + 1, b"+-") { end + 2 } else { end + 1 };
        end = digits(exponent);
        if end == exponent {
            return mantissa;
        }
    }
    end.max(1)
}

struct Reader<'a> {
    tokens: &'a [Token<'a>],
    next: usize,
    draft: Draft,
    integers: Integers,
    /// Which bounds of a variable the file states: lower, upper.
    stated: HashMap<usize, (bool, bool)>,
}

/// A sum of terms and a constant.
struct Linear {
    terms: Vec<(usize, Rational)>,
    constant: Rational,
    /// Where the first constant stands.
    constant_at: Option<Place>,
}

impl<'a> Reader<'a> {
    fn peek(&self, ahead: usize) -> Token<'a> {
        let end = Place { line: 1, column: 1 };
        let nothing = Token { kind: Kind::End, text: "", place: end, starts_line: true };
        self.tokens.get(self.next + ahead).or(self.tokens.last()).copied().unwrap_or(nothing)
    }

    fn take(&mut self) -> Token<'a> {
        let token = self.peek(0);
        self.next += 1;
        token
    }

    fn unexpected<T>(&self, expected: &str) -> Result<T, ReadError> {
        let token = self.peek(0);
        let found = if token.kind == Kind::End {
            "the end of the text".to_owned()
        } else {
            quoted(token.text)
        };
        Err(token.place.error(expected, found))
    }

    /// The section that the next tokens begin, and how many tokens its name has.
    fn section(&self) -> Option<(Section, usize)> {
        let token = self.peek(0);
        if !token.starts_line || token.kind != Kind::Name || self.peek(1).kind == Kind::Colon {
            return None;
        }
        let second = self.peek(1);
        let follows = |word: &str| !second.starts_line && second.text.eq_ignore_ascii_case(word);
        match token.text.to_ascii_lowercase().as_str() {
            "minimize" | "minimise" | "minimum" | "min" => {
                Some((Section::Objective { maximise: false }, 1))
            }
            "maximize" | "maximise" | "maximum" | "max" => {
                Some((Section::Objective { maximise: true }, 1))
            }
            "subject" if follows("to") => Some((Section::Rows, 2)),
            "such" if follows("that") => Some((Section::Rows, 2)),
            "st" | "s.t." | "st." => Some((Section::Rows, 1)),
            "bounds" | "bound" => Some((Section::Bounds, 1)),
            "general" | "generals" | "gen" | "integer" | "integers" | "int" => {
                Some((Section::Whole { binary: false }, 1))
            }
            "binary" | "binaries" | "bin" => Some((Section::Whole { binary: true }, 1)),
            "semi" if second.text == "-" => (self.peek(2).text.eq_ignore_ascii_case("continuous"))
                .then_some((Section::Other, 3)),
            "semi" | "semis" | "sos" | "sos1" | "sos2" => Some((Section::Other, 1)),
            "end" => Some((Section::End, 1)),
            _ => None,
        }
    }

    fn begin(&mut self, expected: &str) -> Result<Section, ReadError> {
        let Some((section, words)) = self.section() else { return self.unexpected(expected) };
        self.next += words;
        Ok(section)
    }

    fn program(&mut self) -> Result<(), ReadError> {
        let Section::Objective { maximise } = self.begin("`Minimize` or `Maximize`")? else {
            self.next -= 1;
            return self.unexpected("`Minimize` or `Maximize`");
        };
        self.draft.maximise = maximise;
        self.label();
        let objective = self.linear()?;
        for (index, value) in objective.terms {
            if let Some(column) = self.draft.columns.get_mut(index) {
                column.cost += value;
            }
        }
        self.draft.constant = objective.constant;
        let place = self.peek(0).place;
        if self.begin("a term or `Subject To`")? != Section::Rows {
            return Err(place.error("`Subject To` after the objective", "another section"));
        }
        while self.goes_on() {
            self.row()?;
        }
        let mut bounds_seen = false;
        loop {
            let place = self.peek(0).place;
            if self.peek(0).kind == Kind::End {
                return Ok(());
            }
            match self.begin("`Bounds` or `End`")? {
                Section::Bounds if !bounds_seen => {
                    bounds_seen = true;
                    while self.goes_on() {
                        self.bound()?;
                    }
                }
                Section::Whole { binary } => self.whole(binary, place)?,
                Section::Other if !self.goes_on() => {}
                Section::Other => {
                    let found = "a section of semi-continuous variables or special ordered sets";
                    return Err(place.error("continuous variables only", found));
                }
                Section::End => break,
                _ => return Err(place.error("`Bounds` (once) or `End`", "another section")),
            }
        }
        if self.peek(0).kind == Kind::End { Ok(()) } else { self.unexpected("nothing after `End`") }
    }

    /// Whether neither a section nor the end of the text is next.
    fn goes_on(&self) -> bool {
        self.section().is_none() && self.peek(0).kind != Kind::End
    }

    /// A name and a colon, if they are next.
    fn label(&mut self) -> Option<Token<'a>> {
        if self.peek(0).kind == Kind::Name && self.peek(1).kind == Kind::Colon {
            let name = self.take();
            self.next += 1;
            Some(name)
        } else {
            None
        }
    }

    /// Signs before a number or a term; `None` when there is none.
    fn signs(&mut self) -> Option<bool> {
        let mut negative = None;
        while self.peek(0).kind == Kind::Sign {
            let minus = self.take().text == "-";
            negative = Some(negative.unwrap_or(false) != minus);
        }
        negative
    }

    /// Terms up to a relation or the next section.
    fn linear(&mut self) -> Result<Linear, ReadError> {
        let mut sum = Linear { terms: Vec::new(), constant: Rational::zero(), constant_at: None };
        let mut first = true;
        loop {
            if matches!(self.peek(0).kind, Kind::Relation(_) | Kind::End)
                || self.section().is_some()
            {
                return Ok(sum);
            }
            let sign = self.signs();
            if sign.is_none() && !first {
                return self.unexpected("`+`, `-` or a relation");
            }
            first = false;
            let token = self.peek(0);
            let mut value = if token.kind == Kind::Number {
                number(self.take().text, token.place)?
            } else {
                Rational::one()
            };
            if sign == Some(true) {
                value = -value;
            }
            let name = self.peek(0);
            if name.kind == Kind::Name && self.section().is_none() {
                self.next += 1;
                let index = self.draft.column(name.text, name.place)?;
                sum.terms.push((index, value));
            } else if token.kind == Kind::Number {
                sum.constant += value;
                sum.constant_at.get_or_insert(token.place);
            } else {
                return self.unexpected("a number or a name");
            }
        }
    }

    /// A number with signs, or an infinity (`None`).
    fn bound_value(&mut self) -> Result<(Option<Rational>, bool), ReadError> {
        let negative = self.signs() == Some(true);
        let token = self.peek(0);
        match token.kind {
            Kind::Number => {
                let value = number(self.take().text, token.place)?;
                finite(&value, token.text, token.place)?;
                let value = if negative { -value } else { value };
                Ok((Some(value), negative))
            }
            Kind::Name if is_infinity(token.text) => {
                self.next += 1;
                Ok((None, negative))
            }
            _ => self.unexpected("a number or `inf`"),
        }
    }

    fn relation(&mut self) -> Result<Relation, ReadError> {
        match self.peek(0).kind {
            Kind::Relation(relation) => {
                self.next += 1;
                Ok(relation)
            }
            _ => self.unexpected("`<=`, `>=` or `=`"),
        }
    }

    /// The side of a row; `None` for an infinity on the side where it says nothing.
    fn right_hand_side(&mut self, relation: Relation) -> Result<Option<Rational>, ReadError> {
        let place = self.peek(0).place;
        match self.bound_value()? {
            (Some(value), _) => Ok(Some(value)),
            (None, negative) if relation == idle_relation(negative) => Ok(None),
            (None, _) => Err(place.error("a finite right-hand side", "an infinity")),
        }
    }

    fn row(&mut self) -> Result<(), ReadError> {
        let label = self.label();
        let place = self.peek(0).place;
        let left = self.linear()?;
        let name =
            label.map_or_else(|| format!("r{}", self.draft.rows.len() + 1), |l| l.text.to_owned());
        let at = label.map_or(place, |label| label.place);
        let first = self.relation()?;
        if left.terms.is_empty() && left.constant_at.is_some() {
            // `low <= terms <= high`
            let middle = self.linear()?;
            if let Some(place) = middle.constant_at {
                return Err(place.error("variables between two relations", "a constant"));
            }
            let place = self.peek(0).place;
            let second = self.relation()?;
            let Some(other) = self.right_hand_side(second)? else {
                return Err(place.error("a finite side, or one relation", "an infinity"));
            };
            let range = match (first, second) {
                (Relation::AtMost, Relation::AtMost) => (left.constant, other),
                (Relation::AtLeast, Relation::AtLeast) => (other, left.constant),
                _ => return Err(place.error("the same inequality twice", "another relation")),
            };
            let row = self.draft.row(&name, Relation::Equal, at)?;
            if range.0 > range.1 {
                return Err(place.error("a range with `low <= high`", "an empty one"));
            }
            row.range = Some(range);
            row.terms = middle.terms;
            return Ok(());
        }
        if let Some(place) = left.constant_at {
            return Err(place.error("constants of a row on its right-hand side", "a constant"));
        }
        let rhs = self.right_hand_side(first)?;
        let row = self.draft.row(&name, first, at)?;
        row.idle = rhs.is_none();
        row.rhs = rhs.unwrap_or_default();
        row.terms = left.terms;
        Ok(())
    }

    fn known_column(&mut self) -> Result<(usize, Token<'a>), ReadError> {
        let token = self.peek(0);
        if token.kind != Kind::Name {
            return self.unexpected("the name of a variable");
        }
        self.next += 1;
        Ok((self.draft.column(token.text, token.place)?, token))
    }

    fn bound(&mut self) -> Result<(), ReadError> {
        let begins_with_name = self.peek(0).kind == Kind::Name && !is_infinity(self.peek(0).text);
        if begins_with_name {
            let (index, token) = self.known_column()?;
            if self.peek(0).text.eq_ignore_ascii_case("free") && !self.peek(0).starts_line {
                self.next += 1;
                self.set(index, Relation::AtLeast, (None, true), token)?;
                return self.set(index, Relation::AtMost, (None, false), token);
            }
            let relation = self.relation()?;
            let value = self.bound_value()?;
            return self.set(index, relation, value, token);
        }
        let value = self.bound_value()?;
        let relation = match self.relation()? {
            Relation::AtMost => Relation::AtLeast,
            Relation::AtLeast => Relation::AtMost,
            Relation::Equal => Relation::Equal,
        };
        let (index, token) = self.known_column()?;
        let two = matches!(self.peek(0).kind, Kind::Relation(_));
        if two {
            let second = self.relation()?;
            if relation == Relation::Equal || second == relation || second == Relation::Equal {
                return Err(token.place.error("`low <= x <= high`", "two bounds of one side"));
            }
            let other = self.bound_value()?;
            self.set(
                index,
                Relation::AtLeast,
                if second == Relation::AtMost { value.clone() } else { other.clone() },
                token,
            )?;
            let upper = if second == Relation::AtMost { other } else { value };
            return self.set(index, Relation::AtMost, upper, token);
        }
        self.set(index, relation, value, token)
    }

    fn set(
        &mut self,
        index: usize,
        relation: Relation,
        (value, negative): (Option<Rational>, bool),
        token: Token<'_>,
    ) -> Result<(), ReadError> {
        let place = token.place;
        let (lower, upper) = (relation != Relation::AtMost, relation != Relation::AtLeast);
        let wrong_side = match relation {
            Relation::AtLeast => !negative,
            Relation::AtMost => negative,
            Relation::Equal => true,
        };
        if value.is_none() && wrong_side {
            return Err(
                place.error("`-inf` below and `inf` above", "an infinity on the other side")
            );
        }
        let stated = self.stated.entry(index).or_default();
        if (lower && stated.0) || (upper && stated.1) {
            return Err(place.error("each bound of a variable once", quoted(token.text)));
        }
        if relation == Relation::AtMost
            && value.as_ref().is_some_and(Signed::is_negative)
            && !stated.0
        {
            return Err(place.error(
                "a lower bound stated before a negative upper bound (solvers disagree on the default)",
                quoted(token.text),
            ));
        }
        stated.0 |= lower;
        stated.1 |= upper;
        if let Some(column) = self.draft.columns.get_mut(index) {
            if lower {
                column.lower.clone_from(&value);
            }
            if upper {
                column.upper = value;
            }
        }
        Ok(())
    }

    fn whole(&mut self, binary: bool, place: Place) -> Result<(), ReadError> {
        if self.integers == Integers::Refuse && self.goes_on() {
            return Err(place.error(
                "continuous variables only (integer variables can be relaxed on request)",
                "a section of integer variables",
            ));
        }
        while self.goes_on() {
            let (index, _) = self.known_column()?;
            if let Some(column) = self.draft.columns.get_mut(index).filter(|_| binary) {
                column.lower = Some(Rational::zero());
                column.upper = Some(integer(1));
            }
        }
        Ok(())
    }
}
