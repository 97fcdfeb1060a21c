//! T11: how well language models count, by asking them (Yehudai et al., arXiv:2407.15160v3, last experiment).
//!
//! A question shows a sequence of `n = c m` items over `m` distinct ones, drawn uniformly and independently, and asks how often
//! one of the `m`, drawn uniformly, occurs: the count `c_q` is binomial with mean `c`, whatever `m`. (With
//! [`Query::Last`](plan::Query) the query is the last item, which occurs once more often.) The *baseline* shows as many items over two
//! distinct ones, of which the query has probability `1/m`: the same length and the same distribution of counts, and no need to tell
//! `m` items apart. The paper draws the mean absolute error of the answers against `m` for both.
//!
//! [`plan`] says what is asked, [`question`] draws and words it, [`client`] sends it to an [`endpoint`], [`reply`] is what comes back, [`reading`] reads a
//! count off it, [`run`](mod@run) asks what the [`journal`] does not know yet, [`measure`] and [`tables`] say how it went. What is measured
//! here has no verdict.

pub mod client;
pub mod endpoint;
pub mod items;
pub mod journal;
pub mod likelihood;
pub mod measure;
pub mod plan;
pub mod preview;
pub mod question;
pub mod reading;
pub mod reply;
pub mod request;
pub mod run;
pub mod tables;
pub mod template;

pub use client::{Client, Patience};
pub use endpoint::Endpoint;
pub use journal::{Contents, Header, Journal};
pub use measure::Cells;
pub use plan::{Plan, PlanError};
pub use question::{Id, Question};
pub use reading::{Reading, Rule};
pub use reply::Reply;
pub use run::{Allowance, Ended, Progress, Replies, run};

/// SHA-256 in hexadecimal.
pub(crate) fn digest(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
