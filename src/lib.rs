//! Decides exact statements about counting with one-layer transformers, and hands out certificates
//! that anyone can check.

pub mod cert;
pub mod check;
pub mod claim;
pub mod cli;
pub mod construct;
pub mod exact;
pub mod import;
pub mod model;
pub mod report;
pub mod search;
pub mod task;
