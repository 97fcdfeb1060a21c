//! Readers of files: what a file holds is used, ignored by name, or refused.

pub mod embedding;
pub mod model;
pub mod read;
