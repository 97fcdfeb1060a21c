//! Colours, the examples below each command's options, and tips in messages about usage.

use super::claim_name::claim_named;
use clap::builder::StyledStr;
use clap::builder::styling::{AnsiColor, Styles};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use std::error::Error as _;
use std::num::ParseIntError;

/// The colours of `--help` and of messages about usage, where colours are wanted.
pub(super) const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold())
    .placeholder(AnsiColor::Cyan.on_default());

/// The examples below a command's options. `tests/it/help.rs` runs every one.
pub(super) fn examples(commands: &[&str]) -> StyledStr {
    let style = STYLES.get_header();
    let lines: String = commands.iter().map(|line| format!("\n  counterproof {line}")).collect();
    StyledStr::from(format!("{style}Examples:{style:#}{lines}"))
}

/// The same of a command that takes ranges of sizes.
pub(super) fn sized(commands: &[&str]) -> StyledStr {
    let style = STYLES.get_header();
    let examples = examples(commands);
    StyledStr::from(format!(
        "{style}Values:{style:#} R is 8, 2-10 (both ends included) or 2,4,8-12; Q is 1/2, 0.5 or 1e-3.\n\n{}",
        examples.ansi()
    ))
}

/// What people write in place of `--format FORMAT`.
const FORMATS: [(&str, &str); 8] = [
    ("--json", "json"),
    ("--csv", "csv"),
    ("--markdown", "markdown"),
    ("--md", "markdown"),
    ("--latex", "latex"),
    ("--tex", "latex"),
    ("--text", "text"),
    ("--txt", "text"),
];

/// The exit statuses, and the examples of what most people need.
pub(super) fn after_help() -> StyledStr {
    let commands = examples(&[
        "verify qc-histogram --n 1-12 --m 2-6 --d 6",
        "verify qc-histogram --n any --m 2-8 --certificates certificates",
        "search collision --embedding moment --m 6 --d 2",
        "check certificates/*.json",
        "reproduce --quick --out out",
    ]);
    let style = STYLES.get_header();
    StyledStr::from(format!(
        "{style}Exit status:{style:#} 0 decided as claimed, or valid; 1 refuted, or invalid; 2 unusable input or usage; \
         3 undecided or unfinished.\n\n{}",
        commands.ansi()
    ))
}

/// A message about usage that says what to write, where clap only says what is wrong.
pub(super) fn with_tip(mut error: clap::Error) -> clap::Error {
    let named = |kind| match error.get(kind) {
        Some(ContextValue::String(name)) => name.clone(),
        Some(ContextValue::Strings(names)) => names.concat(),
        _ => String::new(),
    };
    let option = named(ContextKind::InvalidArg);
    let takes_range = option.contains("<R>");
    let format = |word: &str| FORMATS.iter().find(|(known, _)| *known == word);
    let value = named(ContextKind::InvalidValue);
    let single = option.strip_prefix('-').filter(|rest| rest.len() == 1);
    let own: String;
    let tip = match error.kind() {
        ErrorKind::InvalidValue
            if option == "[CLAIM]"
                && value.starts_with(['T', 't'])
                && claim_named(&value).is_err() =>
        {
            own = claim_named(&value).err().map_or(String::new(), |why| why.to_string());
            &own
        }
        ErrorKind::UnknownArgument if format(&option).is_some() => {
            error.remove(ContextKind::Usage);
            own = format!("write --format {}", format(&option).map_or("text", |(_, name)| name));
            &own
        }
        ErrorKind::UnknownArgument
            if single.is_some_and(|rest| rest.chars().all(|c| c.is_ascii_alphabetic())) =>
        {
            own = format!("options have two hyphens; write --{}", single.unwrap_or_default());
            &own
        }
        ErrorKind::InvalidValue
            if option.starts_with("--format ") && format(&format!("--{value}")).is_some() =>
        {
            let found = format(&format!("--{value}"));
            own = format!("write --format {}", found.map_or("text", |(_, name)| name));
            &own
        }
        ErrorKind::ArgumentConflict if named(ContextKind::PriorArg) == option && takes_range => {
            "write all values at once: 8, 2-10 or 2,4,8-12"
        }
        ErrorKind::InvalidValue if takes_range && named(ContextKind::InvalidValue).is_empty() => {
            "write a range: 8, 2-10 or 2,4,8-12"
        }
        ErrorKind::MissingRequiredArgument if option.contains("<CLAIM>") => {
            "`counterproof claims` lists the claims; --model FILE decides about a model of yours"
        }
        ErrorKind::ValueValidation
            if error.source().is_some_and(|why| why.is::<ParseIntError>()) =>
        {
            "write one whole number, such as 8"
        }
        // clap suggests `-- -3`, which is no value of an option
        ErrorKind::UnknownArgument if is_negative(&option) => {
            "no number here may be negative; write a whole number, such as 8"
        }
        _ => return error,
    };
    error.remove(ContextKind::SuggestedArg);
    error.remove(ContextKind::SuggestedValue);
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.to_owned().into()]));
    error
}

/// `-3`, which clap takes for an option unless one that takes negative numbers comes before it.
fn is_negative(argument: &str) -> bool {
    argument
        .strip_prefix('-')
        .is_some_and(|digits| digits.starts_with(|c: char| c.is_ascii_digit()))
}
