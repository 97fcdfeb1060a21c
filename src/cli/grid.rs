//! Commands that decide a grid of cells, as texts: parsed, planned, and their records shown as they show them.
//!
//! `reproduce` has its tables from such texts, and a journal of verdicts names its command by one: the options that the cells
//! and their order depend on, in the order given. What only says how the work goes or where its output is to be
//! is left out.

use super::claim_name::canonical;
use super::help::with_tip;
use super::output::check_figure;
use super::{Cli, Command, Failure, Printing, lp, phase, search, sweep_ood, verify};
use crate::claim::{Cell, Claim};
use crate::kernel::kind::Sense;
use crate::report::Record;
use clap::parser::ValueSource;
use clap::{ArgMatches, CommandFactory, FromArgMatches};
use std::path::Path;

/// Options that no cell depends on.
const APART: [&str; 23] = [
    "format",
    "out",
    "columns",
    "sort",
    "where",
    "transpose",
    "marks",
    "caption",
    "label",
    "width",
    "longtable",
    "plot",
    "trained",
    "certificates",
    "certificate",
    "vipr",
    "timings",
    "journal",
    "shard",
    "exit_zero_if_decided",
    "threads",
    "time_limit",
    "quiet",
];

/// A command that makes records of cells.
pub(super) enum Grid {
    Verify(&'static Claim),
    Search,
    Phase(Box<phase::Options>),
    Lp(Vec<Sense>),
    /// of `sweep --ood`
    Trained(&'static Claim),
}

impl Grid {
    /// Refuses a figure that the command does not have.
    pub(super) fn check_plot(&self, plot: &Path) -> Result<(), Failure> {
        match self {
            Self::Verify(claim) | Self::Trained(claim) => {
                verify::figure_plot(Some(plot), claim).map(drop)
            }
            Self::Search => Err(Failure::new("--plot: `search` has no figure")),
            Self::Phase(_) => check_figure(plot),
            Self::Lp(_) => Err(Failure::new("--plot: `lp` has no figure")),
        }
    }

    /// Prints the records of all cells as the command does, and draws them; the records that were printed.
    pub(super) fn show(
        &self,
        records: Vec<Record>,
        printing: &Printing,
        plot: Option<&Path>,
    ) -> Result<Vec<Record>, Failure> {
        match self {
            Self::Verify(_) | Self::Trained(_) => verify::show(&records, printing, plot)?,
            Self::Search => printing.records(&records)?,
            Self::Phase(options) => return phase::show(options, &records, printing, plot),
            Self::Lp(senses) => lp::show(&records, printing, senses)?,
        }
        Ok(records)
    }
}

/// The command of these words, of which the first is the program, and its cells.
pub(super) fn planned(words: &[String]) -> Result<(Grid, Vec<Cell>), Failure> {
    let (command, matches) = parsed(words)?;
    let empty = ArgMatches::default();
    let inner = matches.subcommand().map_or(&empty, |(_, inner)| inner);
    Ok(match command {
        Command::Verify(options) => {
            let (claim, cells) = verify::planned(&options, inner)?;
            (Grid::Verify(claim), cells)
        }
        Command::Search(options) => (Grid::Search, search::planned(&options)?.1),
        Command::Phase(options) => {
            let cells = phase::planned(&options)?;
            (Grid::Phase(Box::new(options)), cells)
        }
        Command::Sweep(options) if options.decides() => {
            let (claim, cells) = sweep_ood::planned(&options)?;
            (Grid::Trained(claim), cells)
        }
        Command::Lp(options) => {
            let (cells, senses) = lp::planned(&options)?;
            (Grid::Lp(senses), cells)
        }
        _ => return Err(Failure::new(format!("`{}` makes no table", words.join(" ")))),
    })
}

/// A command from its words, of which the first is the program.
pub(super) fn parsed(words: &[String]) -> Result<(Command, ArgMatches), Failure> {
    let wrong = |error| Failure::new(with_tip(error));
    let matches = Cli::command().try_get_matches_from(words).map_err(wrong)?;
    let cli = Cli::from_arg_matches(&matches).map_err(wrong)?;
    Ok((cli.command, matches))
}

/// The words of a command that its cells depend on: `path` is `["search", "embedding"]`, `matches` are its own.
pub(super) fn spoken(path: &[&str], matches: &ArgMatches) -> Result<Vec<String>, Failure> {
    let mut command = &Cli::command();
    for name in path {
        command = command
            .find_subcommand(name)
            .ok_or_else(|| Failure::new(format!("there is no command `{name}`")))?;
    }
    let mut words: Vec<String> = path.iter().map(|&name| name.to_owned()).collect();
    let mut given: Vec<(usize, &clap::Arg)> = command
        .get_arguments()
        .filter(|argument| !APART.contains(&argument.get_id().as_str()))
        .filter(|argument| {
            let source = matches.value_source(argument.get_id().as_str());
            source == Some(ValueSource::CommandLine)
        })
        .filter_map(|argument| Some((matches.index_of(argument.get_id().as_str())?, argument)))
        .collect();
    // what has no name stands first, so that no list of values takes it in
    given.sort_by_key(|(at, argument)| (!argument.is_positional(), *at));
    for (_, argument) in given {
        let mut values = Vec::new();
        for value in matches.get_raw(argument.get_id().as_str()).into_iter().flatten() {
            let text = value.to_str().ok_or_else(|| {
                let shown = value.to_string_lossy();
                Failure::new(format!("--journal: expected arguments in UTF-8, found `{shown}`"))
            })?;
            // a claim by its label is the same command
            let claim = argument.get_id() == "claim";
            values.push(if claim { canonical(text) } else { text }.to_owned());
        }
        if let Some(delimiter) = argument.get_value_delimiter() {
            values = vec![values.join(&delimiter.to_string())];
        }
        match argument.get_long() {
            None => words.extend(values),
            Some(name) if !argument.get_action().takes_values() => words.push(format!("--{name}")),
            Some(name) => match values.as_slice() {
                [value] if value.starts_with('-') => words.push(format!("--{name}={value}")),
                _ => {
                    words.push(format!("--{name}"));
                    words.extend(values);
                }
            },
        }
    }
    Ok(words)
}

/// Words as a shell reads them.
pub(super) fn quoted(words: &[String]) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./,=:+@%".contains(c);
    let quote = |word: &String| match !word.is_empty() && word.chars().all(plain) {
        true => word.clone(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    };
    words.iter().map(quote).collect::<Vec<_>>().join(" ")
}

/// The words of a text that [`quoted`] made; `None` where a quotation does not end.
pub(super) fn unquoted(text: &str) -> Option<Vec<String>> {
    let (mut words, mut word) = (Vec::new(), None::<String>);
    let mut rest = text.chars();
    while let Some(c) = rest.next() {
        match c {
            ' ' => words.extend(word.take()),
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match rest.next()? {
                        '\'' => break,
                        c => word.push(c),
                    }
                }
            }
            '\\' => word.get_or_insert_default().push(rest.next()?),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        format!("counterproof {text}").split_whitespace().map(str::to_owned).collect()
    }

    #[test]
    fn quoted_words_come_back() {
        let odd = ["a", "", "two words", "it's", "--leak=-1/2", r"back\slash", "'", "a'b 'c"];
        let odd = odd.map(str::to_owned);
        assert_eq!(unquoted(&quoted(&odd)).unwrap(), odd);
        assert_eq!(quoted(&odd[..3]), "a '' 'two words'");
        assert_eq!(unquoted("a 'b"), None);
    }

    #[test]
    fn a_command_is_named_by_what_its_cells_depend_on() {
        let said = |text: &str| {
            let (_, matches) = parsed(&words(text)).unwrap();
            let (name, inner) = matches.subcommand().unwrap();
            match inner.subcommand() {
                Some((what, inner)) => spoken(&[name, what], inner).unwrap().join(" "),
                None => spoken(&[name], inner).unwrap().join(" "),
            }
        };
        for (text, expected) in [
            (
                "verify --m 3 --n 2-4 --threads 2 qc-histogram --journal j --quiet --format csv",
                "verify qc-histogram --m 3 --n 2-4",
            ),
            (
                "verify inverse-width --strict --leak=-1/2 --epsilon 1,2 --out x",
                "verify inverse-width --strict --leak=-1/2 --epsilon 1,2",
            ),
            (
                "verify token-mixing --kind bos+sftm,lin --time-limit 3 --seed 4",
                "verify token-mixing --kind bos+sftm,lin --seed 4",
            ),
            ("verify --model a.json b.json --n 3", "verify --model a.json b.json --n 3"),
            (
                "search embedding --d 2 --m 3 --bound 1 --certificates c --shard 1/2 --journal j",
                "search embedding --d 2 --m 3 --bound 1",
            ),
            ("phase --exit-zero-if-decided", "phase"),
        ] {
            assert_eq!(said(text), expected);
            // and what is said says the same again
            assert_eq!(said(expected), expected);
        }
    }
}
