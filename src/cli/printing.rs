//! Options of every command that prints records or tables.

use super::output::{coloured, stdout, write_whole};
use super::{Failure, caller, parse};
use crate::report::{
    Condition, Format, Record, Selection, SortKey, Table, View, ViewError, Width,
    measured::Measured,
};
use clap::Args;
use std::io::IsTerminal as _;
use std::path::PathBuf;

#[derive(Args, Debug, Clone)]
pub(super) struct Printing {
    /// Output format
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = parse::format())]
    pub format: Format,
    /// Write the output to FILE (whole or not at all) instead of standard output
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Show these columns, in this order
    #[arg(long, value_name = "NAME,..", value_delimiter = ',', help_heading = TABLES)]
    columns: Vec<String>,
    /// Sort by these columns; a minus before a name turns the order around
    #[arg(long, value_name = "[-]NAME,..", value_delimiter = ',', allow_hyphen_values = true, help_heading = TABLES)]
    sort: Vec<SortKey>,
    /// Show rows with n=4, d!=3, n<16, m<=4, n>2 or m>=3; may be repeated, and all have to hold
    #[arg(id = "where", long = "where", value_name = "CONDITION", help_heading = TABLES)]
    conditions: Vec<Condition>,
    /// Show columns as rows
    #[arg(long, help_heading = TABLES)]
    transpose: bool,
    /// Show verdicts and yes and no as marks
    #[arg(long, help_heading = TABLES)]
    marks: bool,
    /// Make the table in LaTeX a float with this caption, to which columns that say the same in every row are moved
    #[arg(long, value_name = "LATEX", help_heading = TABLES)]
    caption: Option<String>,
    /// The same with this label, such as tab:widths
    #[arg(long, value_name = "LABEL", help_heading = TABLES)]
    label: Option<String>,
    /// Make the table in LaTeX and the figure no wider: column (3.25 in), page (6.75 in) or a length such as 85mm
    #[arg(long, value_name = "WIDTH", help_heading = TABLES)]
    pub width: Option<Width>,
    /// Let the table in LaTeX run over pages
    #[arg(long, help_heading = TABLES)]
    longtable: bool,
}

/// Where `--help` has the options about tables.
const TABLES: &str = "Tables and figures";

impl Printing {
    /// What the options ask for, refused where the format has no place for it.
    pub(super) fn view(&self) -> Result<View, Failure> {
        let Self { columns, sort, conditions, .. } = self.clone();
        let view = View {
            format: self.format,
            selection: Selection { columns, sort, conditions },
            transpose: self.transpose,
            marks: self.marks,
            caption: self.caption.clone(),
            label: self.label.clone(),
            width: self.width,
            longtable: self.longtable,
            room: self.room(),
        };
        view.check().map_err(Failure::new)?;
        Ok(view)
    }

    /// The characters in a line of the terminal that the output goes to, if it goes to one.
    fn room(&self) -> Option<usize> {
        let shown = self.out.is_none() && std::io::stdout().is_terminal();
        let size = shown.then(terminal_size::terminal_size).flatten();
        size.map(|(width, _)| usize::from(width.0))
    }

    /// Prints records, to a file or to standard output, or hands them to a caller.
    pub(super) fn records(&self, records: &[Record]) -> Result<(), Failure> {
        if self.out.is_none() && caller::takes_records(records) {
            return Ok(());
        }
        self.print(self.view()?.records(records))
    }

    /// Prints tables of measurements.
    pub(super) fn measured(&self, measured: &Measured, tables: &[&str]) -> Result<(), Failure> {
        self.print(self.view()?.measured(measured, tables))
    }

    /// Prints a table that is not of records.
    pub(super) fn table(&self, table: &Table) -> Result<(), Failure> {
        self.print(self.view()?.table(table))
    }

    fn print(&self, text: Result<String, ViewError>) -> Result<(), Failure> {
        self.write(&text.map_err(Failure::new)?)
    }

    /// A text to a file or to standard output.
    pub(super) fn write(&self, text: &str) -> Result<(), Failure> {
        match &self.out {
            Some(path) => write_whole(path, text),
            None if self.format == Format::Text => stdout(&coloured(text)),
            None => stdout(text),
        }
    }
}
