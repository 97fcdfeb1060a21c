//! Verdicts as plain records, and pure exporters from records to text, JSON, CSV, Markdown and LaTeX.

mod delimited;
pub mod document;
pub mod figure;
mod formula;
pub mod growth;
mod heading;
pub mod html;
mod json;
mod latex;
mod meaning;
pub mod measured;
mod out_of_distribution;
pub mod paper;
pub mod phase;
pub mod plot;
pub mod provenance;
mod selection;
mod table;
mod text;
mod value;
mod view;
mod width;

pub use heading::{HEADINGS, Heading};
pub use json::SCHEMA;
pub use latex::TooWide;
pub use selection::{Comparison, Condition, Selection, SelectionError, SortKey};
pub use table::Table;
pub(crate) use text::tally;
pub(crate) use value::median;
pub(crate) use value::runs;
pub use value::{Value, value_of};
pub use view::{View, ViewError};
pub use width::Width;

use crate::verdict::Checked;
use std::fmt;
use std::str::FromStr;

/// What was decided about one cell of the grid.
///
/// ```
/// use counterproof::claim::{Claim, Request};
/// use counterproof::report::{Format, View};
/// use counterproof::search::control::Control;
/// use counterproof::verdict::decide;
///
/// let request = Request { n: Some(vec![]), m: Some(vec![2]), ..Request::default() };
/// let request = Request { n: Some(vec![counterproof::kernel::definition::Length::Exactly(3)]), ..request };
/// let cells = Claim::named("pigeonhole").unwrap().cells(&Request { d: Some(vec![1]), ..request })?;
/// let record = decide(&cells[0], &Control::default()).record;
/// let csv = View::of(Format::Csv).records(&[record])?;
/// let expected = "claim,n,m,d,bound,verdict,states,vectors,collision,n_star_at_most\n\
///                 pigeonhole,3,2,1,3,verified,19,4,false,\n";
/// assert_eq!(csv, expected);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    pub claim: String,
    /// the statement's parameters, in the order of display
    pub params: Vec<(&'static str, Value)>,
    /// what the trusted checker confirmed; nothing else can say `verified` or `refuted`
    pub verdict: Checked,
    pub values: Vec<(&'static str, Value)>,
    /// path of the certificate, when one was written
    pub certificate: Option<String>,
    /// wall-clock milliseconds; `None` unless timings were asked for, so that output is reproducible
    pub milliseconds: Option<u64>,
    /// why, in words: the failing input or the limit that was hit
    pub reason: Option<String>,
}

/// The output formats.
///
/// ```
/// use counterproof::report::{Format, Table, Value, View};
///
/// let columns = vec!["m".to_owned(), "n_star".to_owned()];
/// let rows = vec![vec![Value::integer(6), Value::integer(4)]];
/// let table = Table { columns, rows };
/// let format: Format = "csv".parse()?;
/// assert_eq!(View::of(format).table(&table)?, "m,n_star\n6,4\n");
/// assert!("yaml".parse::<Format>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Format {
    Text,
    Json,
    Csv,
    Markdown,
    Latex,
}

impl Format {
    pub const NAMES: [&'static str; 5] = ["text", "json", "csv", "markdown", "latex"];
}

impl FromStr for Format {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text {
            "text" => Self::Text,
            "json" => Self::Json,
            "csv" => Self::Csv,
            "markdown" => Self::Markdown,
            "latex" => Self::Latex,
            _ => return Err(format!("expected one of {}", Self::NAMES.join(", "))),
        })
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(Self::NAMES[*self as usize])
    }
}
