//! MPS files: `NAME`, `OBJSENSE`, `ROWS`, `COLUMNS`, `RHS`, `RANGES`, `BOUNDS`, `ENDATA`.
//!
//! In the fixed layout the fields stand in columns 2-3, 5-12, 15-22, 25-36, 40-47 and 50-61 (counted from
//! 1), and names may contain blanks or look like numbers; in the free layout fields are separated by
//! blanks. Without a stated layout a file is fixed when every data line fits those columns.
//!
//! - The first `N` row is the objective, further `N` rows are dropped. The objective's right-hand side is
//!   minus its constant. `OBJSENSE` (`MIN`/`MAX`, on its own line or the next, indented or not) sets the sense. Section names in small
//!   letters are read too; what follows `ENDATA` is not.
//! - `RANGES` with entry `r`: `L` becomes `[b - |r|, b]`, `G` becomes `[b, b + |r|]`, `E` becomes
//!   `[b, b + r]` for `r > 0` and `[b + r, b]` for `r < 0`. A range of an `N` row says nothing.
//! - A field 3 or 5 that begins with `$` begins a comment (in the free layout only a field 5).
//! - `BOUNDS`: `UP LO FX FR MI PL`, for columns that are only named there too. Infinities are words (`Inf`, `-Infinity`); a bound or a side of a
//!   row of `1e20` and more, which some solvers take for infinity, is refused. A row with an infinite side says nothing. A negative `UP` bound on a variable whose lower bound was never
//!   stated is read differently by different solvers; it is refused unless a lower bound is stated too.
//! - Integer markers and `BV LI UI` are refused, or relaxed when asked for ([`Integers::Relax`]); a column between markers without any
//!   bound is in `[0, 1]`.

use super::scan::{Field, LineFields, split_fixed, split_free};
use super::{
    Draft, End, Integers, Place, ReadError, end, finite, guard_size, idle_relation, number, quoted,
};
use crate::kernel::kind::{LinearProgram, Relation};
use crate::kernel::number::{Rational, integer};
use num_traits::{Signed, Zero};
use std::collections::{HashMap, HashSet};

/// How the fields of a line are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MpsLayout {
    /// By columns.
    Fixed,
    /// By blanks.
    Free,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Section {
    Start,
    ObjSense,
    Rows,
    Columns,
    Rhs,
    Ranges,
    Bounds,
    End,
}

/// Reads an MPS file; without a `layout`, fixed is tried first.
///
/// # Errors
/// [`ReadError`] with the first place that is not as it should be.
pub fn read_mps(
    text: &str,
    layout: Option<MpsLayout>,
    integers: Integers,
) -> Result<LinearProgram, ReadError> {
    guard_size(text)?;
    match layout {
        Some(layout) => Reader::new(layout, integers).read(text),
        None => match Reader::new(MpsLayout::Fixed, integers).read(text) {
            Ok(program) => Ok(program),
            Err(fixed) => Reader::new(MpsLayout::Free, integers).read(text).map_err(|free| {
                // The layout that understood more of the file explains better what is wrong with it.
                if (fixed.line, fixed.column) > (free.line, free.column) { fixed } else { free }
            }),
        },
    }
}

struct Reader {
    layout: MpsLayout,
    integers: Integers,
    draft: Draft,
    section: Section,
    objective: Option<String>,
    dropped: HashSet<String>,
    seen_sections: Vec<Section>,
    current_column: Option<String>,
    current_rows: HashSet<String>,
    rhs_name: Option<String>,
    range_name: Option<String>,
    bound_name: Option<String>,
    /// Rows and columns that already have a right-hand side, a range, a bound of some side.
    set: HashSet<(u8, String)>,
    negative_upper: HashMap<usize, (Place, String)>,
    /// Whether the columns are between markers of integers.
    between_markers: bool,
    whole: Vec<usize>,
}

impl Reader {
    fn new(layout: MpsLayout, integers: Integers) -> Self {
        Self {
            layout,
            integers,
            draft: Draft::default(),
            section: Section::Start,
            objective: None,
            dropped: HashSet::new(),
            seen_sections: Vec::new(),
            current_column: None,
            current_rows: HashSet::new(),
            rhs_name: None,
            range_name: None,
            bound_name: None,
            set: HashSet::new(),
            negative_upper: HashMap::new(),
            between_markers: false,
            whole: Vec::new(),
        }
    }

    fn read(mut self, text: &str) -> Result<LinearProgram, ReadError> {
        let mut last = Place { line: 1, column: 1 };
        for (index, line) in text.lines().enumerate() {
            let place = Place { line: index + 1, column: 1 };
            last = place;
            if line.starts_with('*') || line.trim().is_empty() {
                continue;
            }
            if self.section == Section::End {
                break;
            }
            if line.starts_with([' ', '\t']) {
                let fields = match self.layout {
                    MpsLayout::Fixed => split_fixed(line, index + 1)?,
                    MpsLayout::Free => split_free(line, index + 1)?,
                };
                self.data(&fields, place)?;
            } else {
                self.header(line, place)?;
            }
        }
        if self.section != Section::End {
            return Err(last.error("`ENDATA` at the end", "the end of the text"));
        }
        if let Some((place, name)) = self.negative_upper.into_values().min_by_key(|(p, _)| p.line) {
            return Err(place.error(
                "a stated lower bound beside a negative upper bound (solvers disagree on the default)",
                quoted(&name),
            ));
        }
        for index in self.whole {
            let known = self.draft.columns.get_mut(index);
            let bounded =
                |name: &str| [2, 3].iter().any(|kind| self.set.contains(&(*kind, name.to_owned())));
            if let Some(column) = known.filter(|column| !bounded(&column.name)) {
                column.upper = Some(integer(1));
            }
        }
        Ok(self.draft.finish())
    }

    fn header(&mut self, line: &str, place: Place) -> Result<(), ReadError> {
        let mut words = line.split_whitespace();
        let word = words.next().unwrap_or_default();
        let section = match word.to_ascii_uppercase().as_str() {
            "NAME" => {
                if self.section != Section::Start {
                    return Err(place.error("`NAME` before all sections", quoted(line)));
                }
                return Ok(());
            }
            "OBJSENSE" => Section::ObjSense,
            "ROWS" => Section::Rows,
            "COLUMNS" => Section::Columns,
            "RHS" => Section::Rhs,
            "RANGES" => Section::Ranges,
            "BOUNDS" => Section::Bounds,
            "ENDATA" => Section::End,
            "MIN" | "MINIMIZE" | "MAX" | "MAXIMIZE" if self.section == Section::ObjSense => {
                return self.sense(word, place);
            }
            _ => {
                return Err(place.error(
                    "a section: NAME, OBJSENSE, ROWS, COLUMNS, RHS, RANGES, BOUNDS or ENDATA",
                    quoted(word),
                ));
            }
        };
        if self.seen_sections.contains(&section) {
            return Err(place.error("each section once", quoted(word)));
        }
        let needs_rows = !matches!(section, Section::ObjSense | Section::Rows);
        if needs_rows && !self.seen_sections.contains(&Section::Rows) {
            return Err(place.error("`ROWS` before this section", quoted(word)));
        }
        let needs_columns = matches!(section, Section::Rhs | Section::Ranges | Section::Bounds);
        if needs_columns && !self.seen_sections.contains(&Section::Columns) {
            return Err(place.error("`COLUMNS` before this section", quoted(word)));
        }
        if section == Section::Rhs && self.seen_sections.contains(&Section::Ranges) {
            return Err(place.error("`RHS` before `RANGES`, which refers to it", quoted(word)));
        }
        self.seen_sections.push(section);
        self.section = section;
        match (section, words.next()) {
            (Section::ObjSense, Some(sense)) => self.sense(sense, place),
            (_, Some(extra)) => Err(place.error(format!("`{word}` alone"), quoted(extra))),
            (_, None) => Ok(()),
        }
    }

    fn sense(&mut self, word: &str, place: Place) -> Result<(), ReadError> {
        self.draft.maximise = match word.to_ascii_uppercase().as_str() {
            "MIN" | "MINIMIZE" => false,
            "MAX" | "MAXIMIZE" => true,
            _ => return Err(place.error("`MIN` or `MAX`", quoted(word))),
        };
        Ok(())
    }

    fn data(&mut self, fields: &LineFields<'_>, place: Place) -> Result<(), ReadError> {
        match self.section {
            Section::Start => Err(place.error("a section header", "a data line")),
            Section::End => Ok(()),
            Section::ObjSense => {
                let word = fields.all.first().map_or("", |field| field.text);
                self.sense(word, place)
            }
            Section::Rows => self.row(fields, place),
            Section::Columns => self.column(fields, place),
            Section::Rhs => self.right_hand_side(fields, place),
            Section::Ranges => self.range(fields, place),
            Section::Bounds => self.bound(fields, place),
        }
    }

    fn row(&mut self, fields: &LineFields<'_>, place: Place) -> Result<(), ReadError> {
        let (kind, name) = match (fields.code, fields.names.as_slice(), self.layout) {
            (Some(code), [name], MpsLayout::Fixed) => (code, *name),
            (_, [kind, name], MpsLayout::Free) => (*kind, *name),
            _ => return Err(place.error("a row's type and its name", fields.shown())),
        };
        if self.dropped.contains(name.text) || self.objective.as_deref() == Some(name.text) {
            return Err(name.place.error("a row name not used before", quoted(name.text)));
        }
        let relation = match kind.text {
            "N" => {
                if self.draft.row_index.contains_key(name.text) {
                    return Err(name.place.error("a row name not used before", quoted(name.text)));
                }
                if self.objective.is_none() {
                    self.objective = Some(name.text.to_owned());
                } else {
                    self.dropped.insert(name.text.to_owned());
                }
                return Ok(());
            }
            "L" => Relation::AtMost,
            "G" => Relation::AtLeast,
            "E" => Relation::Equal,
            other => return Err(kind.place.error("row type N, L, G or E", quoted(other))),
        };
        self.draft.row(name.text, relation, name.place).map(|_| ())
    }

    fn column(&mut self, fields: &LineFields<'_>, place: Place) -> Result<(), ReadError> {
        if let [_, marker, ..] = fields.all.as_slice()
            && marker.text.trim_matches('\'') == "MARKER"
        {
            self.between_markers = fields.all.iter().any(|field| field.text.contains("INTORG"));
            return match self.integers {
                Integers::Relax => Ok(()),
                Integers::Refuse => Err(marker.place.error(
                    "continuous variables only (integer variables can be relaxed on request)",
                    "an integer marker",
                )),
            };
        }
        let (name, pairs) =
            fields.name_and_pairs(place, "a column's name and pairs of row and number")?;
        if self.current_column.as_deref() != Some(name.text) {
            if self.draft.column_index.contains_key(name.text) {
                return Err(name.place.error("the lines of a column together", quoted(name.text)));
            }
            self.current_column = Some(name.text.to_owned());
            self.current_rows.clear();
        }
        let index = self.draft.column(name.text, name.place)?;
        if self.between_markers && self.whole.last() != Some(&index) {
            self.whole.push(index);
        }
        for (row, value) in pairs {
            let coefficient = number(value.text, value.place)?;
            if !self.current_rows.insert(row.text.to_owned()) {
                return Err(row.place.error("each row once in a column", quoted(row.text)));
            }
            if self.objective.as_deref() == Some(row.text) {
                if let Some(column) = self.draft.columns.get_mut(index) {
                    column.cost = coefficient;
                }
            } else if !self.dropped.contains(row.text) {
                self.known_row(row)?.terms.push((index, coefficient));
            }
        }
        Ok(())
    }

    fn known_row(&mut self, field: Field<'_>) -> Result<&mut super::DraftRow, ReadError> {
        let index = self.draft.row_index.get(field.text).copied();
        index
            .and_then(|index| self.draft.rows.get_mut(index))
            .ok_or_else(|| field.place.error("the name of a row in `ROWS`", quoted(field.text)))
    }

    /// The pairs of a line of `RHS` or `RANGES`, all of one vector, whose name may be absent.
    fn vector<'a>(
        fields: &LineFields<'a>,
        known: &mut Option<String>,
        place: Place,
    ) -> Result<Vec<(Field<'a>, Field<'a>)>, ReadError> {
        let (name, pairs) = fields.optional_name_and_pairs(place, "pairs of row and number")?;
        let name = name.map_or("", |field| field.text);
        match known {
            Some(known) if known == name => {}
            Some(known) => {
                return Err(place.error(format!("the one vector {}", quoted(known)), quoted(name)));
            }
            None => *known = Some(name.to_owned()),
        }
        Ok(pairs)
    }

    fn once(&mut self, kind: u8, field: Field<'_>, what: &str) -> Result<(), ReadError> {
        if self.set.insert((kind, field.text.to_owned())) {
            Ok(())
        } else {
            Err(field.place.error(format!("one {what} for each name"), quoted(field.text)))
        }
    }

    fn right_hand_side(&mut self, fields: &LineFields<'_>, place: Place) -> Result<(), ReadError> {
        let pairs = Self::vector(fields, &mut self.rhs_name, place)?;
        for (row, value) in pairs {
            let rhs = end(value.text, value.place)?;
            self.once(0, row, "right-hand side")?;
            let infinite = || value.place.error("a finite right-hand side", quoted(value.text));
            match rhs {
                End::Number(rhs) if self.objective.as_deref() == Some(row.text) => {
                    self.draft.constant = -rhs;
                }
                _ if self.dropped.contains(row.text) => {}
                End::Number(rhs) => self.known_row(row)?.rhs = rhs,
                End::Infinite { .. } if self.objective.as_deref() == Some(row.text) => {
                    return Err(infinite());
                }
                End::Infinite { negative } => {
                    let known = self.known_row(row)?;
                    if known.relation != idle_relation(negative) {
                        return Err(infinite());
                    }
                    known.idle = true;
                }
            }
        }
        Ok(())
    }

    fn range(&mut self, fields: &LineFields<'_>, place: Place) -> Result<(), ReadError> {
        let pairs = Self::vector(fields, &mut self.range_name, place)?;
        for (row, value) in pairs {
            let range = number(value.text, value.place)?;
            finite(&range, value.text, value.place)?;
            self.once(1, row, "range")?;
            if self.objective.as_deref() == Some(row.text) || self.dropped.contains(row.text) {
                continue;
            }
            let known = self.known_row(row)?;
            if known.idle {
                return Err(row
                    .place
                    .error("a finite side of a row with a range", quoted(row.text)));
            }
            let rhs = known.rhs.clone();
            known.range = Some(match known.relation {
                Relation::AtMost => (&rhs - range.abs(), rhs),
                Relation::AtLeast => (rhs.clone(), rhs + range.abs()),
                Relation::Equal if range.is_negative() => (&rhs + range, rhs),
                Relation::Equal => (rhs.clone(), rhs + range),
            });
        }
        Ok(())
    }

    fn bound(&mut self, fields: &LineFields<'_>, place: Place) -> Result<(), ReadError> {
        let expected = "a bound's type, its set, a column and (but for FR, MI, PL) a number";
        let (kind, rest) = match (self.layout, fields.code, fields.all.as_slice()) {
            (MpsLayout::Fixed, Some(code), [_, rest @ ..]) => (code, rest),
            (MpsLayout::Free, _, [kind, rest @ ..]) => (*kind, rest),
            _ => return Err(place.error(expected, fields.shown())),
        };
        let valueless = matches!(kind.text, "FR" | "MI" | "PL" | "BV");
        let (set, column, value) = match (rest, valueless) {
            ([column], true) => ("", *column, None),
            // With three fields a number may stand idle after FR, MI, PL.
            ([set, column], true) | ([set, column, _], true) => (set.text, *column, None),
            ([column, value], false) => ("", *column, Some(*value)),
            ([set, column, value], false) => (set.text, *column, Some(*value)),
            _ => return Err(place.error(expected, fields.shown())),
        };
        match &self.bound_name {
            Some(known) if known == set => {}
            Some(known) => {
                return Err(place.error(format!("the one set {}", quoted(known)), quoted(set)));
            }
            None => self.bound_name = Some(set.to_owned()),
        }
        let index = self.draft.column(column.text, column.place)?;
        let at = value;
        let value = value.map(|value| end(value.text, value.place)).transpose()?;
        let whole = matches!(kind.text, "BV" | "LI" | "UI");
        if whole && self.integers == Integers::Refuse {
            return Err(kind.place.error(
                "continuous variables only (integer variables can be relaxed on request)",
                format!("the integer bound {}", quoted(kind.text)),
            ));
        }
        let (lower, upper): (Option<Option<Rational>>, Option<Option<Rational>>) =
            match (kind.text, value) {
                ("UP" | "UI", Some(End::Number(value))) => (None, Some(Some(value))),
                ("LO" | "LI", Some(End::Number(value))) => (Some(Some(value)), None),
                ("FX", Some(End::Number(value))) => (Some(Some(value.clone())), Some(Some(value))),
                ("UP" | "UI", Some(End::Infinite { negative: false })) => (None, Some(None)),
                ("LO" | "LI", Some(End::Infinite { negative: true })) => (Some(None), None),
                ("UP" | "UI" | "LO" | "LI" | "FX", Some(End::Infinite { .. })) => {
                    let (place, text) =
                        at.map_or((kind.place, kind.text), |at| (at.place, at.text));
                    let expected = "a number, `inf` above or `-inf` below";
                    return Err(place.error(expected, quoted(text)));
                }
                ("FR", _) => (Some(None), Some(None)),
                ("MI", _) => (Some(None), None),
                ("PL", _) => (None, Some(None)),
                ("BV", _) => (Some(Some(Rational::zero())), Some(Some(integer(1)))),
                (other, _) => {
                    let expected = "bound type UP, LO, FX, FR, MI or PL";
                    return Err(kind.place.error(expected, quoted(other)));
                }
            };
        if lower.is_some() {
            self.once(2, column, "lower bound")?;
            self.negative_upper.remove(&index);
        }
        if let Some(upper) = &upper {
            self.once(3, column, "upper bound")?;
            let negative = upper.as_ref().is_some_and(Signed::is_negative);
            let stated = self.set.contains(&(2, column.text.to_owned()));
            if negative && !stated {
                self.negative_upper.insert(index, (column.place, column.text.to_owned()));
            }
        }
        if let Some(known) = self.draft.columns.get_mut(index) {
            if let Some(lower) = lower {
                known.lower = lower;
            }
            if let Some(upper) = upper {
                known.upper = upper;
            }
        }
        Ok(())
    }
}
