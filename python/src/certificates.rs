//! Certificates judged by the kernel alone, several at once.

use crate::waiting::{exception, work};
use counterproof::cli::{self, Watch};
use counterproof::files::read::bytes;
use counterproof::kernel::batch::{self, Outcome};
use pyo3::prelude::*;
use std::path::PathBuf;
use std::sync::Arc;

/// A certificate: what it is called, and its text where it is no file.
type Given = (String, Option<Vec<u8>>);

/// For each: what became of it, what it proves (`verified` or `refuted`), and the statement or the message.
type Found = (&'static str, Option<String>, String);

/// Judges certificates within limits, in words; the interrupting exception comes beside the findings.
#[pyfunction]
#[pyo3(signature = (given, expect=None, limits=Vec::new(), progress=None))]
pub fn judge(
    py: Python<'_>,
    given: Vec<Given>,
    expect: Option<String>,
    limits: Vec<String>,
    progress: Option<&Bound<'_, PyAny>>,
) -> PyResult<(Vec<Found>, Option<Py<PyAny>>)> {
    let watch = Watch::default();
    let control = cli::limits(&limits, &watch).map_err(exception)?;
    let watched = control.clone();
    let how = batch::Options {
        threads: control.threads(),
        expect,
        part: None,
        go_on: Arc::new(move || watched.go_on().is_ok()),
    };
    let (found, interrupted) = work(py, &watch, progress, move || {
        let mut found = Vec::with_capacity(given.len());
        let given = Arc::new(given);
        let files = Arc::clone(&given);
        let read = move |index: usize| match files.get(index) {
            Some((_, Some(text))) => Ok(text.clone()),
            Some((name, None)) => bytes(&PathBuf::from(name)),
            None => Err("there is no such certificate".to_owned()),
        };
        batch::judge(given.len(), read, &how, |index, outcome| {
            let name = given.get(index).map_or("", |(name, _)| name.as_str());
            let (line, _) = batch::line(name, &outcome);
            found.push(match outcome {
                Outcome::Valid(_, verdict, statement) => {
                    ("valid", Some(verdict.to_string()), statement)
                }
                Outcome::Invalid(_) => ("invalid", None, line),
                Outcome::Unusable(_) => ("unusable", None, line),
                Outcome::InPart(..) | Outcome::Unfinished => ("not checked", None, line),
            });
        });
        found
    })?;
    Ok((found, interrupted.map(|error| error.into_value(py).into_any())))
}
