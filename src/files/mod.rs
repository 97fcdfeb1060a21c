//! Readers of files: what a file holds is used, ignored by name, or refused.
//!
//! [`model`] is our own format. The weights of other programs are arrays with names ([`weights`]) beside a [`mapping`], which says
//! which array is which and everything else that the function depends on; [`import`] puts both together. [`open()`] takes any
//! of them, and [`foreign`] knows what a file is that none of these read.

mod assemble;
pub mod embedding;
mod error;
pub mod foreign;
pub mod mapping;
pub mod model;
mod open;
pub mod read;
pub mod task;
pub mod weights;

pub use assemble::import;
pub use error::ImportError;
pub use open::{OpenError, open};
