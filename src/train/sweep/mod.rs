//! Thresholds over a grid: for each way of training, dimension and seed, the first vocabulary size at which a trained
//! model counts less than 80% of held-out sequences (T10 of `docs/notation.md`).
//!
//! A [`Plan`] says which models there are. A *chain* is what one seed of one arm does at one dimension: it asks for
//! models of growing `m` until its threshold is known ([`chain`]). Every model that is trained and measured is a *cell*
//! and goes to a [`journal`] at once, so that nothing that is finished is ever lost or done twice. The thresholds
//! ([`threshold`]) are read off the cells alone: threads, interruptions and shards leave no trace in them.

pub mod chain;
pub mod grid;
pub mod journal;
pub mod run;
mod sharing;
pub mod threshold;

pub use chain::Search;
pub use grid::{Cell, ChainId, Dimension, Length, Plan, PlanError, Seeds, Shard};
pub use journal::{Header, Journal, JournalError};
pub use run::{Outcome, Progress, Results, Workers, run};
pub use threshold::{Chain, Threshold, chains, counts};
