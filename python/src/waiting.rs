//! Work on a thread of its own, while the thread that asked lets Python run, looks for its signals and tells how far the work is.

use counterproof::cli::{Refusal, Watch};
use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyRuntimeError, PyValueError};
use pyo3::prelude::*;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

create_exception!(
    counterproof,
    Refused,
    PyValueError,
    "Unusable input: nothing was computed. The words are those of the command line."
);
create_exception!(
    counterproof,
    Unfinished,
    PyRuntimeError,
    "Work was left undone: what was computed could not be written, or another process holds a lock."
);

/// The exception that a refusal becomes.
pub fn exception(refusal: Refusal) -> PyErr {
    match refusal.status {
        2 => Refused::new_err(refusal.message),
        _ => Unfinished::new_err(refusal.message),
    }
}

/// How often signals and progress are looked at.
const TICK: Duration = Duration::from_millis(50);
/// As the program's main thread has it, and more; in bytes.
const STACK: usize = 16 << 20;

/// What the work came to, and the exception of a signal or of `progress` that interrupted it.
pub type Ended<T> = (T, Option<PyErr>);

/// Runs `work`; `progress(done, total, message)` is called now and then. An exception that comes meanwhile interrupts the work, which
/// then ends as it does for a signal; a second one is not waited for.
pub fn work<T: Send + 'static>(
    py: Python<'_>,
    watch: &Watch,
    progress: Option<&Bound<'_, PyAny>>,
    work: impl FnOnce() -> T + Send + 'static,
) -> PyResult<Ended<T>> {
    let (send, mut receive) = channel();
    let worker = thread::Builder::new().stack_size(STACK).spawn(move || {
        // nobody may be waiting any more
        let _ = send.send(work());
    });
    let worker = worker.map_err(|error| PyRuntimeError::new_err(error.to_string()))?;
    let mut interrupted = None;
    let mut told = None;
    loop {
        let (received, back) = py.detach(|| (receive.recv_timeout(TICK), receive));
        receive = back;
        match received {
            Ok(done) => {
                if let Some(error) = tell(watch, progress, &mut told).err() {
                    interrupted.get_or_insert(error);
                }
                return Ok((done, interrupted));
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                let what = match worker.join() {
                    Err(panic) => words(&*panic),
                    Ok(()) => "the work ended without an answer".to_owned(),
                };
                return Err(PyException::new_err(format!("this is a bug of counterproof: {what}")));
            }
        }
        let came = py.check_signals().and_then(|()| match interrupted {
            None => tell(watch, progress, &mut told),
            Some(_) => Ok(()),
        });
        match came {
            Err(error) if interrupted.is_some() => return Err(error),
            Err(error) => {
                watch.interrupt();
                interrupted = Some(error);
            }
            Ok(()) => {}
        }
    }
}

/// What a panic said.
fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic").to_owned()
}

fn tell(
    watch: &Watch,
    progress: Option<&Bound<'_, PyAny>>,
    told: &mut Option<counterproof::cli::Progress>,
) -> PyResult<()> {
    let (Some(progress), Some(now)) = (progress, watch.progress()) else { return Ok(()) };
    if told.as_ref() != Some(&now) {
        progress.call1((now.done, now.total, now.message.as_str()))?;
        *told = Some(now);
    }
    Ok(())
}
