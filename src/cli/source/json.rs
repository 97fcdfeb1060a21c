//! Where a field stands in a JSON text.
//!
//! Readers name a field by its path (`data.collision.pair.query`, `heads[0].query`). `serde_json`'s raw values are slices
//! of the text, so the path leads to the place.

use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::ops::Range;

/// Longer values are found by their key.
const LONGEST: usize = 60;

/// The place of what is no JSON in `text`, and why it is none.
pub(super) fn syntax_error(text: &str) -> Option<(Range<usize>, String)> {
    let error = serde_json::from_str::<&RawValue>(text).err()?;
    let start = text.len() - text.trim_start().len();
    if let Some(first) = text[start..].split(char::is_whitespace).next().filter(|word| {
        // what begins otherwise was never meant to be an object or a list
        !word.is_empty() && !word.starts_with(['{', '['])
    }) {
        let span = start..start + first.len();
        return Some((span, "expected JSON, which begins with `{` or `[`".to_owned()));
    }
    let line_start = match error.line() {
        0 | 1 => 0,
        line => text.match_indices('\n').nth(line - 2).map_or(text.len(), |(at, _)| at + 1),
    };
    let at = (line_start + error.column().saturating_sub(1)).min(text.len());
    Some((at..at + 1, format!("expected JSON, but: {}", without_place(&error.to_string()))))
}

/// A message of `serde_json` without the line and column at its end, which may be counted from the start of a part.
pub(super) fn without_place(message: &str) -> &str {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let place = message.rsplit_once(" at line ").filter(|(_, place)| {
        place.split_once(" column ").is_some_and(|(line, column)| digits(line) && digits(column))
    });
    place.map_or(message, |(message, _)| message)
}

/// The place of the field that `message` begins with: `params.n: ..`. What the reader calls the file may stand before
/// it (`mapping: attention.heads: ..`, `mapping.version: ..`).
pub(super) fn field(text: &str, message: &str) -> Option<Range<usize>> {
    let unknown = message.contains(": unknown field `");
    let path = |part: &str| find(text, part.strip_prefix("mapping.").unwrap_or(part), unknown);
    let places = message.split(": ").take(3).map(path);
    let found = places.skip_while(Option::is_none).map_while(|place| place);
    found.last().or_else(|| (!message.is_empty()).then(|| whole(text)).flatten())
}

/// The first character of the object when the message is about no field of it.
fn whole(text: &str) -> Option<Range<usize>> {
    let start = text.len() - text.trim_start().len();
    text[start..].starts_with('{').then_some(start..start + 1)
}

/// The place of the value at `path`, or of its key when the value is long or the key is `unknown`.
fn find(text: &str, path: &str, unknown: bool) -> Option<Range<usize>> {
    let mut value = serde_json::from_str::<&RawValue>(text).ok()?;
    let mut key = None;
    for step in path.split(['.', '[']).filter(|step| !step.is_empty()) {
        match step.strip_suffix(']') {
            Some(index) => {
                let items: Vec<&RawValue> = serde_json::from_str(value.get()).ok()?;
                value = items.get(index.parse::<usize>().ok()?)?;
                key = None;
            }
            None => {
                let object: BTreeMap<String, &RawValue> = serde_json::from_str(value.get()).ok()?;
                let outer = offset(text, value);
                value = object.get(step)?;
                let (quoted, start) = (format!("\"{step}\""), offset(text, value));
                key = text[outer..start]
                    .rfind(&quoted)
                    .map(|at| outer + at..outer + at + quoted.len());
            }
        }
    }
    let start = offset(text, value);
    let length = value.get().len();
    let long = length > LONGEST || value.get().starts_with(['{', '[']);
    Some(key.filter(|_| long || unknown).unwrap_or(start..start + length))
}

/// Where `part`, which was read from `text`, stands in it.
fn offset(text: &str, part: &RawValue) -> usize {
    (part.get().as_ptr() as usize).saturating_sub(text.as_ptr() as usize)
}
