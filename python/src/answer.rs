//! What a command leaves: records and certificates, and everything that is made of records.

use crate::values::{dictionary, object};
use crate::waiting::{Refused, exception, work};
use counterproof::claim::by_precision;
use counterproof::cli::{self, Watch};
use counterproof::report::figure::axis::{Axis, Scale};
use counterproof::report::figure::chart::Layer;
use counterproof::report::figure::{Figure, FigureError, ImageFormat};
use counterproof::report::plot::Plot;
use counterproof::report::{Table, Width};
use pyo3::exceptions::{PyIndexError, PyKeyError};
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Records in their order, the certificates they name, and the command that made them.
#[pyclass(frozen, module = "counterproof._native")]
pub struct Answer {
    answer: cli::Answer,
    /// the exception that interrupted the work
    interrupted: Option<Py<PyAny>>,
}

/// Names of columns, rows of values, and whether a column holds numbers.
type Columns<'py> = (Vec<String>, Vec<Vec<Bound<'py, PyAny>>>, Vec<bool>);

/// Runs a command of the command line; `inputs` are contents of files by the names that the words have for them.
#[pyfunction]
#[pyo3(signature = (words, inputs, progress=None))]
pub fn call(
    py: Python<'_>,
    words: Vec<String>,
    inputs: BTreeMap<String, Vec<u8>>,
    progress: Option<&Bound<'_, PyAny>>,
) -> PyResult<Answer> {
    let watch = Watch::default();
    let own = watch.clone();
    let (outcome, interrupted) =
        work(py, &watch, progress, move || cli::call(&words, inputs, &own))?;
    let answer = outcome.map_err(exception)?;
    Ok(Answer { answer, interrupted: interrupted.map(|error| error.into_value(py).into_any()) })
}

/// Writes the text of a certificate to a folder under its name; where it stands then.
#[pyfunction]
pub fn save(folder: PathBuf, name: &str, text: &str) -> PyResult<PathBuf> {
    cli::save(&folder, name, text).map_err(exception)
}

fn refused(message: impl ToString) -> PyErr {
    Refused::new_err(message.to_string())
}

impl Answer {
    fn of(&self, records: Vec<counterproof::report::Record>) -> Self {
        let answer = cli::Answer { records, ..self.answer.clone() };
        Self { answer, interrupted: None }
    }

    fn figure(&self) -> PyResult<Figure> {
        let records = by_precision(&self.answer.records);
        let claim = records.first().map(|record| record.claim.as_str()).unwrap_or_default();
        let plot =
            Plot::of(&records).ok_or_else(|| refused(format!("--plot: {claim} has no figure")))?;
        Ok(Figure::of_records(&records, plot))
    }
}

#[pymethods]
impl Answer {
    /// The exit status that the program would have.
    #[getter]
    fn status(&self) -> u8 {
        self.answer.status
    }

    /// The command as a shell reads it.
    #[getter]
    fn command(&self) -> &str {
        &self.answer.command
    }

    /// What a terminal would show beside the records.
    #[getter]
    fn text(&self) -> &str {
        &self.answer.text
    }

    #[getter]
    fn notes(&self) -> Vec<String> {
        self.answer.notes.clone()
    }

    /// The exception that interrupted the work, if one did.
    #[getter]
    fn interrupted(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.interrupted.as_ref().map(|error| error.clone_ref(py))
    }

    fn __len__(&self) -> usize {
        self.answer.records.len()
    }

    /// The fields of a record.
    fn record<'py>(&self, py: Python<'py>, index: usize) -> PyResult<Bound<'py, PyDict>> {
        let record = self.answer.records.get(index).ok_or_else(|| PyIndexError::new_err(index))?;
        let fields = PyDict::new(py);
        fields.set_item("claim", &record.claim)?;
        fields.set_item("params", dictionary(py, &record.params)?)?;
        fields.set_item("verdict", record.verdict.to_string())?;
        fields.set_item("values", dictionary(py, &record.values)?)?;
        fields.set_item("certificate", &record.certificate)?;
        fields.set_item("reason", &record.reason)?;
        Ok(fields)
    }

    /// The text of a certificate that a record names.
    fn certificate(&self, name: &str) -> PyResult<&str> {
        let text = self.answer.certificates.get(name).map(String::as_str);
        text.ok_or_else(|| PyKeyError::new_err(name.to_owned()))
    }

    /// The same with these records only.
    fn select(&self, indices: Vec<usize>) -> PyResult<Self> {
        let record = |index: usize| self.answer.records.get(index).cloned();
        let records: Option<Vec<_>> = indices.into_iter().map(record).collect();
        records.map(|records| self.of(records)).ok_or_else(|| PyIndexError::new_err("records"))
    }

    /// These records and those of another command.
    fn joined(&self, other: &Self) -> PyResult<Self> {
        let mut answer = self.answer.clone();
        answer.records.extend(other.answer.records.iter().cloned());
        for (name, text) in &other.answer.certificates {
            if answer.certificates.get(name).is_some_and(|known| known != text) {
                return Err(refused(format!("{name}: two certificates have this name")));
            }
            answer.certificates.insert(name.clone(), text.clone());
        }
        if answer.command != other.answer.command {
            answer.command += &format!("\n{}", other.answer.command);
        }
        Ok(Self { answer, interrupted: None })
    }

    /// The records as these words of the command line ask for them.
    fn render(&self, words: Vec<String>) -> PyResult<String> {
        cli::show(&self.answer.records, &words).map_err(exception)
    }

    /// Columns, rows of values, and which columns hold numbers.
    fn table<'py>(&self, py: Python<'py>) -> PyResult<Columns<'py>> {
        let table = Table::of_records(&self.answer.records);
        let row = |row: &Vec<_>| row.iter().map(|value| object(py, value)).collect();
        let rows = table.rows.iter().map(row).collect::<PyResult<_>>()?;
        let numeric = (0..table.columns.len()).map(|column| table.is_numeric(column)).collect();
        Ok((table.columns, rows, numeric))
    }

    /// The figure of the records' claim as a file of this ending, and as wide as asked.
    #[pyo3(signature = (ending, width=None))]
    fn image<'py>(
        &self,
        py: Python<'py>,
        ending: &str,
        width: Option<&str>,
    ) -> PyResult<Bound<'py, PyBytes>> {
        let name = format!("figure.{ending}");
        let format = ImageFormat::of(Path::new(&name)).map_err(refused)?;
        let width = width.map(str::parse::<Width>).transpose();
        let figure = match width.map_err(|why| refused(format!("--width: {why}")))? {
            Some(width) => self.figure()?.wide(width),
            None => self.figure()?,
        };
        let bytes = figure.image(format).map_err(refused)?;
        Ok(PyBytes::new(py, &bytes))
    }

    /// What the figure shows, for other programs that draw: title, axes, curves.
    fn curves<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let figure = self.figure()?;
        let chart = figure.chart().map_err(|error: FigureError| refused(error))?;
        let drawn = PyDict::new(py);
        let axis = |axis: &Axis| (axis.label.clone(), axis.scale == Scale::Log);
        drawn.set_item("title", &chart.title)?;
        drawn.set_item("x", axis(&chart.x))?;
        drawn.set_item("y", axis(&chart.y))?;
        let lines = chart.layers.iter().filter_map(|layer| match layer {
            Layer::Line(line) => {
                let outside = (line.beyond.clone(), line.below.clone());
                Some((line.label.clone(), line.points.clone(), outside))
            }
            _ => None,
        });
        drawn.set_item("lines", lines.collect::<Vec<_>>())?;
        Ok(drawn)
    }
}
