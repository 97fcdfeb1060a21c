//! Fields of MPS lines, by columns or by blanks.

use super::{Place, ReadError, quoted};

/// A piece of a line and where it starts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field<'a> {
    pub text: &'a str,
    pub place: Place,
}

/// The fields of a data line.
#[derive(Debug)]
pub(super) struct LineFields<'a> {
    /// Columns 2-3 of the fixed layout.
    pub code: Option<Field<'a>>,
    /// All fields that are there, in order.
    pub all: Vec<Field<'a>>,
    /// The fields after the code.
    pub names: Vec<Field<'a>>,
    /// Whether the first field after the code is there (in the free layout it is a matter of counting).
    first_name: Option<bool>,
}

/// Starts and ends of the six fields, counted from 0.
const COLUMNS: [(usize, usize); 6] = [(1, 3), (4, 12), (14, 22), (24, 36), (39, 47), (49, 61)];

/// Splits by columns. Text outside the fields is an error, and so is a character that is not ASCII.
pub(super) fn split_fixed(line: &str, number: usize) -> Result<LineFields<'_>, ReadError> {
    let at = |column: usize| Place { line: number, column: column + 1 };
    // a field 3 or 5 that begins with `$` begins a comment
    let comment = [COLUMNS[2].0, COLUMNS[4].0].into_iter();
    let comment = comment.filter(|&start| line.as_bytes().get(start) == Some(&b'$')).min();
    let line = comment.and_then(|start| line.get(..start)).unwrap_or(line).trim_end();
    printable(line, number, false)?;
    let outside = line.bytes().enumerate().find(|(index, byte)| {
        *byte != b' ' && !COLUMNS.iter().any(|(start, end)| (*start..*end).contains(index))
    });
    if let Some((index, byte)) = outside {
        return Err(at(index).error(
            "blanks between the fields of fixed MPS (columns 2-3, 5-12, 15-22, 25-36, 40-47, 50-61)",
            quoted(&char::from(byte).to_string()),
        ));
    }
    let mut fields = COLUMNS.iter().map(|&(start, end)| {
        let raw = line.get(start..end.min(line.len())).unwrap_or("");
        let text = raw.trim();
        let lead = raw.len() - raw.trim_start().len();
        (!text.is_empty()).then_some(Field { text, place: at(start + lead) })
    });
    let code = fields.next().flatten();
    let names: Vec<Option<Field<'_>>> = fields.collect();
    let first_name = names.first().is_some_and(Option::is_some);
    let names: Vec<Field<'_>> = names.into_iter().flatten().collect();
    let all = code.into_iter().chain(names.iter().copied()).collect();
    Ok(LineFields { code, all, names, first_name: Some(first_name) })
}

fn printable(line: &str, number: usize, tabs: bool) -> Result<(), ReadError> {
    let strange = |c: &char| match tabs {
        false => !(c.is_ascii_graphic() || *c == ' '),
        true => c.is_control() && *c != '\t',
    };
    match line.chars().enumerate().find(|(_, c)| strange(c)) {
        Some((index, found)) => {
            let place = Place { line: number, column: index + 1 };
            let expected = if tabs { "printable text" } else { "printable ASCII text" };
            Err(place.error(expected, quoted(&found.to_string())))
        }
        None => Ok(()),
    }
}

/// Splits by blanks. A control character is an error.
pub(super) fn split_free(line: &str, number: usize) -> Result<LineFields<'_>, ReadError> {
    let line = line.trim_end();
    printable(line, number, true)?;
    let mut all = Vec::new();
    let mut start = None;
    for (count, (index, found)) in line.char_indices().chain([(line.len(), ' ')]).enumerate() {
        match (found.is_whitespace(), start) {
            (false, None) => start = Some((index, count)),
            (true, Some((from, column))) => {
                let text = line.get(from..index).unwrap_or("");
                all.push(Field { text, place: Place { line: number, column: column + 1 } });
                start = None;
            }
            _ => {}
        }
    }
    if let Some(comment) = all.iter().skip(3).position(|field| field.text.starts_with('$')) {
        all.truncate(comment + 3);
    }
    Ok(LineFields { code: None, names: all.clone(), all, first_name: None })
}

type Pairs<'a> = Vec<(Field<'a>, Field<'a>)>;

impl<'a> LineFields<'a> {
    /// What the line holds, for an error message.
    pub fn shown(&self) -> String {
        let texts: Vec<&str> = self.all.iter().map(|field| field.text).collect();
        quoted(&texts.join(" "))
    }

    /// A name, then one or two pairs.
    pub fn name_and_pairs(
        &self,
        place: Place,
        expected: &str,
    ) -> Result<(Field<'a>, Pairs<'a>), ReadError> {
        match self.optional_name_and_pairs(place, expected)? {
            (Some(name), pairs) => Ok((name, pairs)),
            (None, _) => Err(place.error(expected, self.shown())),
        }
    }

    /// A name that may be absent, then one or two pairs.
    pub fn optional_name_and_pairs(
        &self,
        place: Place,
        expected: &str,
    ) -> Result<(Option<Field<'a>>, Pairs<'a>), ReadError> {
        let wrong = || place.error(expected, self.shown());
        let named = self.first_name.unwrap_or(self.names.len() % 2 == 1);
        let (name, rest) = match self.names.split_first() {
            Some((first, rest)) if named => (Some(*first), rest),
            _ => (None, self.names.as_slice()),
        };
        let pairs: Pairs<'a> = rest
            .chunks(2)
            .map(|pair| match pair {
                [name, value] => Ok((*name, *value)),
                _ => Err(wrong()),
            })
            .collect::<Result<_, _>>()?;
        if pairs.is_empty() || pairs.len() > 2 || (self.code.is_some() && self.first_name.is_some())
        {
            return Err(wrong());
        }
        Ok((name, pairs))
    }
}
