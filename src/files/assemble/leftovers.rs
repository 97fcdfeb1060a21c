//! What of a file no part of the mapping used.

use super::reader::{Opened, Reader};
use crate::files::ImportError;
use crate::files::error::some_of;

/// Refuses arrays, and parts of arrays, that are neither used nor ignored, and patterns that ignore nothing.
pub(super) fn none(reader: &Reader<'_>, ignored: &[String]) -> Result<(), ImportError> {
    let left: Vec<(&str, String)> = reader
        .arrays
        .names()
        .filter_map(|name| Some((name, unused(name, reader.opened.get(name))?)))
        .collect();
    for (place, pattern) in ignored.iter().enumerate() {
        if !left.iter().any(|(name, _)| matches(pattern, name)) {
            let names: Vec<&str> = left.iter().map(|(name, _)| *name).collect();
            let unused = match names.is_empty() {
                true => "there are none".to_owned(),
                false => format!("these are {}", some_of(&names)),
            };
            let expected = format!("arrays that the mapping does not use ({unused})");
            let found = format!("`{pattern}`, which is none of them");
            return Err(ImportError::mapping(&format!("ignored[{place}]"), expected, found));
        }
    }
    let forgotten =
        left.into_iter().filter(|(name, _)| !ignored.iter().any(|pattern| matches(pattern, name)));
    let forgotten: Vec<String> = forgotten.map(|(_, what)| what).collect();
    match forgotten.is_empty() {
        true => Ok(()),
        false => Err(ImportError::Unused(some_of(&forgotten))),
    }
}

/// What of an array is not used; `None` when all of it is.
fn unused(name: &str, opened: Option<&Opened>) -> Option<String> {
    let Some(Opened { array, used }) = opened else { return Some(format!("array `{name}`")) };
    let mut left = used.iter().enumerate().filter(|(_, used)| !**used);
    let (first, _) = left.next()?;
    let mut index = Vec::new();
    array.shape.iter().rev().fold(first, |rest, &length| {
        index.push(rest % length.max(1));
        rest / length.max(1)
    });
    index.reverse();
    Some(format!(
        "{} of the {} numbers of array `{name}`, the first at {index:?}",
        left.count() + 1,
        used.len()
    ))
}

/// Whether a name is the pattern, in which `*` stands for any text.
fn matches(pattern: &str, name: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return pattern == name };
    let Some(mut name) = name.strip_prefix(start) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let end = parts.pop().unwrap_or_default();
    for part in parts {
        let Some(at) = name.find(part) else { return false };
        name = &name[at + part.len()..];
    }
    name.ends_with(end)
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, name, fits) in [
            ("a.b", "a.b", true),
            ("a.b", "a.bc", false),
            ("*", "", true),
            ("*.attn.mask", "blocks.0.attn.mask", true),
            ("*.attn.mask", "blocks.0.attn.mask.x", false),
            ("blocks.*.attn.*", "blocks.11.attn.IGNORE", true),
            ("blocks.*.attn.*", "blocks.11.mlp.w", false),
            ("*ab*ab", "ab", false),
            ("*ab*ab", "abab", true),
            ("a*a", "a", false),
            ("a**b", "axb", true),
            ("[ab]?", "[ab]?", true),
        ] {
            assert_eq!(matches(pattern, name), fits, "{pattern} {name}");
        }
    }
}
