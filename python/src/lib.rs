//! The native half of the Python package `counterproof`: it hands words to the command line's own parser, and gives back
//! what comes out as Python values. It decides nothing and has no defaults of its own; how things look from Python is in
//! `counterproof/*.py`.

mod answer;
mod certificates;
mod model;
mod task;
mod values;
mod waiting;

use pyo3::prelude::*;

#[pymodule]
mod _native {
    #[pymodule_export]
    use super::answer::{Answer, call, save};
    #[pymodule_export]
    use super::certificates::judge;
    #[pymodule_export]
    use super::model::Model;
    #[pymodule_export]
    use super::task::{Task, random_exact_model, random_softmax_model};
    #[pymodule_export]
    use super::waiting::{Refused, Unfinished};

    #[pymodule_export]
    #[allow(non_upper_case_globals)]
    const __version__: &str = env!("CARGO_PKG_VERSION");
}
