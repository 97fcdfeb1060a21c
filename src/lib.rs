//! Decides exact statements about counting with one-layer transformers, and hands out certificates
//! that anyone can check.
//!
//! The statements come from Yehudai et al., *When Can Transformers Count to n?* (arXiv:2407.15160v3), or are
//! ours; `docs/notation.md` lists them. The command line is one way in; as a library:
//!
//! ```
//! use counterproof::construct::{embedding::Kind, histogram};
//! use counterproof::kernel::number::integer;
//! use counterproof::kernel::definition::Token;
//! use counterproof::search::control::Control;
//! use counterproof::search::exhaustive::{Outcome, decide};
//! use counterproof::kernel::definition::{Criterion, Task};
//!
//! // T1 at n = 5, m = 3: one-hot embeddings, uniform attention, an MLP of width 3
//! let vectors = Kind::OneHot.vectors(3, 3, 0)?;
//! let model = histogram::query_count(&vectors, &integer(5), &integer(1))?;
//!
//! // the last token, 0, occurs three times
//! let sequence = [0, 1, 0, 2, 0].map(Token);
//! assert_eq!(model.output(&sequence)?, integer(3));
//!
//! // and it is exact on all inputs of length 5
//! let outcome = decide(&model, Task::QueryCount, Criterion::Exact, 5, &Control::default())?;
//! assert!(matches!(outcome, Outcome::Holds { .. }));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A statement is decided, and its certificate written, parsed again and checked by code that shares only the definition of a
//! model. A verdict comes from that check alone:
//!
//! ```
//! use counterproof::kernel::{Certificate, Clock, Verdict};
//! use counterproof::kernel::definition::Length;
//! use counterproof::claim::{Claim, Request};
//! use counterproof::search::control::Control;
//! use counterproof::verdict::decide;
//!
//! let request = Request { n: Some(vec![Length::Any]), m: Some(vec![4]), ..Request::default() };
//! let claim = Claim::named("mfe-histogram").unwrap();
//! for cell in claim.cells(&request)? {
//!     let decided = decide(&cell, &Control::default());
//!     assert_eq!(decided.record.verdict, Verdict::Verified);
//!     // a stranger who reads the file comes to the same
//!     let certificate = decided.certificate.unwrap();
//!     let finding = Certificate::parse(certificate.text())?.check(&Clock::unlimited())?;
//!     assert_eq!(finding.verdict, Verdict::Verified);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub use counterproof_kernel as kernel;

pub mod algebra;
pub mod ask;
pub mod claim;
pub mod cli;
pub mod construct;
pub mod export;
pub mod files;
pub mod journal;
pub mod report;
pub mod search;
#[cfg(feature = "proptest")]
pub mod testing;
pub mod train;
pub mod verdict;
