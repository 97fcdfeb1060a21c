//! Colours, the examples below each command's options, and tips in messages about usage.

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
    let tip = match error.kind() {
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
    error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.to_owned().into()]));
    error
}

/// `-3`, which clap takes for an option unless one that takes negative numbers comes before it.
fn is_negative(argument: &str) -> bool {
    argument
        .strip_prefix('-')
        .is_some_and(|digits| digits.starts_with(|c: char| c.is_ascii_digit()))
}
