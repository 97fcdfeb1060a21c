//! Messages about a place in a file: the line, and the offending text underlined.
//!
//! Files come from anywhere. What is shown of one is a window around the place, on one line, without anything that
//! could move the cursor, whatever the file holds and however long its lines are.

mod json;

use super::Failure;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use json::{syntax_error, without_place};
use std::ops::Range;
use std::path::Path;

/// How much of a line is shown before and from the place on, in characters.
const BEFORE: usize = 32;
const AFTER: usize = 44;

/// A place in a file, ready to be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Excerpt {
    path: String,
    /// counted from 1
    line: usize,
    /// counted from 1, in characters
    column: usize,
    /// the part of the line that is shown
    shown: String,
    /// bytes of `shown` to underline
    underlined: Range<usize>,
}

impl Excerpt {
    /// `span` is in bytes of `text`, which is the file `path`; what lies beyond its first line is left out.
    fn new(path: &Path, text: &str, span: Range<usize>) -> Self {
        let start = boundary(text, span.start);
        let line_start = text[..start].rfind('\n').map_or(0, |at| at + 1);
        let line_end = text[start..].find('\n').map_or(text.len(), |at| start + at);
        let line = &text[line_start..line_end];
        let line = line.strip_suffix('\r').unwrap_or(line);
        let at = (start - line_start).min(line.len());
        let end = boundary(line, span.end.saturating_sub(line_start)).max(at);

        let before = line[..at].chars().rev().nth(BEFORE - 1).is_some();
        let from = line[..at].char_indices().rev().nth(BEFORE - 1).map_or(0, |(index, _)| index);
        let to = line[at..].char_indices().nth(AFTER).map_or(line.len(), |(index, _)| at + index);
        let mut shown = String::new();
        if before && from > 0 {
            shown.push_str("...");
        }
        shown.extend(line[from..at].chars().map(harmless));
        let first = shown.len();
        shown.extend(line[at..end.min(to)].chars().map(harmless));
        let last = shown.len();
        shown.extend(line[end.min(to)..to].chars().map(harmless));
        if to < line.len() {
            shown.push_str("...");
        }
        Self {
            path: path.display().to_string(),
            line: text[..line_start].matches('\n').count() + 1,
            column: text[line_start..start].chars().count() + 1,
            shown,
            underlined: first..last,
        }
    }
}

/// The last character boundary of `text` that is not beyond `at`.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|&at| text.is_char_boundary(at)).unwrap_or(0)
}

/// The renderer draws control characters of ASCII as pictures and takes care of tabs and of changes of the writing
/// direction; what it does not know is replaced here.
fn harmless(c: char) -> char {
    if (c.is_control() && !c.is_ascii()) || c == '\u{feff}' {
        char::REPLACEMENT_CHARACTER
    } else {
        c
    }
}

/// A message on one line, of bounded length, without what would move the cursor.
fn plain(message: &str) -> String {
    const LONGEST: usize = 600;
    let mut line: String = message.chars().take(LONGEST).collect();
    if message.chars().nth(LONGEST).is_some() {
        line.push_str("...");
    }
    let line = line.replace(['\n', '\t'], " ");
    annotate_snippets::normalize_untrusted_str(&line).chars().map(harmless).collect()
}

impl Failure {
    /// A message about `span`, in bytes, of `text`, which is the file `path`.
    pub(super) fn at(path: &Path, text: &str, span: Range<usize>, message: impl ToString) -> Self {
        Self { place: Some(Excerpt::new(path, text, span)), ..Self::new(message) }
    }

    /// A message that begins with the path of a field, such as `params.n: ..`, about JSON. The field is underlined if it is
    /// there. The words `verdict` come first.
    pub(super) fn in_json(path: &Path, text: &str, verdict: &str, message: impl ToString) -> Self {
        if let Some((span, why)) = syntax_error(text) {
            return Self::at(path, text, span, format!("{verdict}{why}"));
        }
        // the reader's name for the whole file, which the message begins with already
        let message = message.to_string().replacen("model file: ", "", 1);
        match json::field(text, &message) {
            Some(span) => {
                let message = without_place(&message);
                let sizes = [", expected usize", ", expected u64", ", expected u32"];
                let message = match sizes.iter().find_map(|size| message.strip_suffix(size)) {
                    Some(message) => format!("{message}, expected a whole number"),
                    None => message.to_owned(),
                };
                Self::at(path, text, span, format!("{verdict}{message}"))
            }
            None => Self::new(format!("{}: {verdict}{message}", path.display())),
        }
    }

    /// The message for people, with colours: `error: FILE:LINE:COLUMN: ..`, then the line.
    pub(super) fn render(&self) -> String {
        self.rendered(&Renderer::styled())
    }

    /// The same for programs: no colours, no `error: `, and of a message about usage no advice to read `--help`.
    pub(super) fn in_plain_words(&self) -> String {
        match &self.place {
            Some(_) => {
                let text = self.rendered(&Renderer::plain());
                text.strip_prefix("error: ").unwrap_or(&text).to_owned()
            }
            None => {
                let text = self.message.strip_prefix("error: ").unwrap_or(&self.message);
                let end = ["\n\nUsage:", "\n\nFor more information"];
                let end = end.iter().filter_map(|end| text.find(end)).min();
                text[..end.unwrap_or(text.len())].trim_end().to_owned()
            }
        }
    }

    fn rendered(&self, renderer: &Renderer) -> String {
        let title = |text: &str| Level::ERROR.primary_title(plain(text));
        let Some(Excerpt { path, line, column, shown, underlined }) = &self.place else {
            return renderer.render(&[Group::with_title(title(&self.message))]);
        };
        let title = title(&format!("{path}:{line}:{column}: {}", self.message));
        let mark = AnnotationKind::Primary.span(underlined.clone());
        let snippet = Snippet::source(shown.as_str()).line_start(*line).annotation(mark);
        renderer.render(&[title.element(snippet)])
    }
}
