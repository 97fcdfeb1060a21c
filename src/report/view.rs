//! How records and tables are shown: a format, a selection of rows and columns, and what papers ask for besides.

use super::growth::{Growth, slopes};
use super::heading::Heading;
use super::latex::{self, Setting, TooWide};
use super::meaning::meaning;
use super::measured::Measured;
use super::out_of_distribution;
use super::plot::Plot;
use super::selection::{Selection, SelectionError};
use super::table::DIGESTS;
use super::text::Aligned;
use super::width::Width;
use super::{Format, Record, Table, delimited, json, text};
use crate::kernel::Verdict;

/// What is asked of an output.
///
/// ```
/// use counterproof::report::{Format, Table, Value, View};
///
/// let columns = vec!["n".to_owned(), "w_min".to_owned()];
/// let rows = vec![[4, 0].map(Value::integer).to_vec(), [16, 2].map(Value::integer).to_vec()];
/// let table = Table { columns, rows };
/// let view = View { transpose: true, ..View::of(Format::Csv) };
/// assert_eq!(view.table(&table)?, "n,4,16\nw_min,0,2\n");
/// # Ok::<(), counterproof::report::ViewError>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct View {
    pub format: Format,
    pub selection: Selection,
    /// rows for columns
    pub transpose: bool,
    /// verdicts and booleans as signs
    pub marks: bool,
    /// of LaTeX only, in LaTeX
    pub caption: Option<String>,
    pub label: Option<String>,
    pub width: Option<Width>,
    pub longtable: bool,
    /// characters in a line of the terminal that text goes to
    pub room: Option<usize>,
}

/// Why something is not shown as asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ViewError {
    #[error(transparent)]
    Selection(#[from] SelectionError),
    #[error(transparent)]
    TooWide(#[from] TooWide),
    #[error("{option}: not with --format {format}; {fix}")]
    Option { option: &'static str, format: Format, fix: &'static str },
    #[error("{option}: there are several tables here ({}); choose one with --table", tables.join(", "))]
    Several { option: &'static str, tables: Vec<String> },
    #[error("{option}: no table has a column `{name}`{}", near.as_ref().map_or("; the first line of a table in text has their names".to_owned(), |near| format!(" (a similar one exists: `{near}`)")))]
    Nowhere { option: &'static str, name: String, near: Option<String> },
}

impl View {
    /// Everything, as this format has it.
    #[must_use]
    pub fn of(format: Format) -> Self {
        Self {
            format,
            selection: Selection::default(),
            transpose: false,
            marks: false,
            caption: None,
            label: None,
            width: None,
            longtable: false,
            room: None,
        }
    }

    /// Whether everything is shown as it comes.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        Self { room: None, ..self.clone() } == Self::of(self.format)
    }

    /// Refuses what the format has no place for, and names that no table has, before anything is computed.
    ///
    /// # Errors
    /// [`ViewError`] that names the option.
    pub fn check(&self) -> Result<(), ViewError> {
        let Self { format, .. } = *self;
        let of_latex = [
            ("--caption", self.caption.is_some()),
            ("--label", self.label.is_some()),
            ("--longtable", self.longtable),
        ];
        let latex = "it is about tables in LaTeX: --format latex";
        let json = "JSON has every field of a record; --format csv has columns";
        let csv = "values there are for programs; --format text, markdown and latex have signs";
        let columns = !self.selection.columns.is_empty();
        let wrong = match format {
            Format::Latex => None,
            _ => of_latex.iter().find(|(_, given)| *given).map(|(option, _)| (*option, latex)),
        };
        let wrong = wrong.or(match format {
            Format::Json if columns => Some(("--columns", json)),
            Format::Json if self.transpose => Some(("--transpose", json)),
            Format::Json | Format::Csv if self.marks => Some(("--marks", csv)),
            _ => None,
        });
        if let Some((option, fix)) = wrong {
            return Err(ViewError::Option { option, format, fix });
        }
        match self.selection.named().find(|(_, name)| Heading::of(name).is_none()) {
            None => Ok(()),
            Some((option, name)) => {
                let near = Heading::nearest(name).map(str::to_owned);
                Err(ViewError::Nowhere { option, name: name.to_owned(), near })
            }
        }
    }

    /// The records, with the local slopes of their values where they have some, and a final line break.
    ///
    /// # Errors
    /// [`ViewError`] for a column that the records lack, and for a table that does not fit.
    pub fn records(&self, records: &[Record]) -> Result<String, ViewError> {
        let all = Table::of_records(records);
        let rows = self.selection.rows(&all)?;
        let shown: Vec<Record> = rows.iter().map(|&row| records[row].clone()).collect();
        let plot = Plot::of(records);
        let mut growth = plot.map_or_else(Vec::new, |plot| slopes(&shown, plot));
        let ood = out_of_distribution::findings(records);
        let columns = &self.selection.columns;
        growth
            .retain(|fit| columns.is_empty() || columns.iter().any(|name| name == fit.column.name));
        if self.format == Format::Json {
            return Ok(json::document(&shown, &growth, &ood, None));
        }
        let mut table = self.selection.of(&all)?;
        if !ood.is_empty() && self.format != Format::Csv && columns.is_empty() {
            let names = &table.columns;
            let left_out = |name: &&String| !out_of_distribution::SHOWN.contains(&name.as_str());
            let left_out: Vec<String> = names.iter().filter(left_out).cloned().collect();
            left_out.iter().for_each(|name| table.remove(name));
        }
        // no page has room for digests of files; CSV has them, and who asks for one gets it
        if self.format != Format::Csv && self.selection.columns.is_empty() {
            DIGESTS.iter().for_each(|digest| table.remove(digest));
        }
        Ok(match self.format {
            Format::Text => {
                let Aligned { text, cut, rounded } = self.aligned(&table);
                let verified = shown.iter().find(|record| record.verdict == Verdict::Verified);
                let meaning = verified.and_then(|record| meaning(&record.claim, &all));
                text + &text::below(cut, rounded, records, &shown, (&growth, &ood), meaning)
            }
            Format::Markdown => {
                let said =
                    ood.iter().map(|one| format!("\n- {}", out_of_distribution::sentence(one)));
                let said: String = said.collect();
                let after = if said.is_empty() { said } else { said + "\n" };
                self.render(&table, &growth)? + &after + &delimited::slopes(&growth)
            }
            _ => self.render(&table, &growth)?,
        })
    }

    /// A table that is not of records, with a final line break.
    ///
    /// # Errors
    /// [`ViewError`] for a column that the table lacks, and for a table that does not fit.
    pub fn table(&self, table: &Table) -> Result<String, ViewError> {
        self.render(&self.selection.of(table)?, &[])
    }

    fn aligned(&self, table: &Table) -> Aligned {
        text::aligned(table, self.transpose, self.marks, self.room)
    }

    fn render(&self, table: &Table, growth: &[Growth]) -> Result<String, ViewError> {
        let Self { transpose, marks, .. } = *self;
        Ok(match self.format {
            Format::Text => self.aligned(table).text,
            Format::Json => json::table(table),
            Format::Csv => delimited::csv(table, transpose),
            Format::Markdown => delimited::markdown(table, transpose, marks),
            Format::Latex => {
                let setting = Setting {
                    caption: self.caption.clone(),
                    label: self.label.as_deref(),
                    width: self.width,
                    long: self.longtable,
                    transpose,
                    marks,
                    comments: Vec::new(),
                };
                latex::render(table, growth, &setting)?
            }
        })
    }

    /// Tables of measurements by name, with title, settings and remarks around them where the format has a place for them.
    ///
    /// # Errors
    /// [`ViewError`]; a selection is of one table, and not of JSON, which always has all of them.
    pub fn measured(&self, measured: &Measured, names: &[&str]) -> Result<String, ViewError> {
        if let Some((option, _)) = self.selection.named().next() {
            if self.format == Format::Json {
                let fix = "JSON has all tables of measurements; --format csv has one";
                return Err(ViewError::Option { option, format: self.format, fix });
            }
            if names.len() > 1 {
                let tables = names.iter().map(|&name| name.to_owned()).collect();
                return Err(ViewError::Several { option, tables });
            }
        }
        measured.render(self.format, names, &|table| self.table(table))
    }
}
