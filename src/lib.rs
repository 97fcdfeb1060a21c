//! Decides exact statements about counting with one-layer transformers, and hands out certificates
//! that anyone can check.
//!
//! The statements come from Yehudai et al., *When Can Transformers Count to n?* (arXiv:2407.15160v3), or are
//! ours; `docs/notation.md` lists them. The command line is one way in; as a library:
//!
//! ```
//! use counterproof::construct::{embedding::Kind, histogram};
//! use counterproof::exact::integer;
//! use counterproof::model::Token;
//! use counterproof::search::control::Control;
//! use counterproof::search::exhaustive::{Outcome, decide};
//! use counterproof::task::{Criterion, Task};
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
//! A certificate is decided about, written, and checked by code that shares only the definition of a model:
//!
//! ```
//! use counterproof::cert::{Certificate, Length, Verdict};
//! use counterproof::claim::{Claim, Request};
//! use counterproof::search::control::Control;
//!
//! let request = Request { n: Some(vec![Length::Any]), m: Some(vec![4]), ..Request::default() };
//! let claim = Claim::named("mfe-histogram").unwrap();
//! for cell in claim.cells(&request)? {
//!     let decision = cell.decide(&Control::default())?;
//!     let text = decision.certificate.to_json()?;
//!     let finding = counterproof::check::check(&Certificate::parse(&text)?, &|| true)?;
//!     assert_eq!(finding.verdict, Verdict::Verified);
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod cert;
pub mod check;
pub mod claim;
pub mod cli;
pub mod construct;
pub mod exact;
pub mod export;
pub mod import;
pub mod model;
pub mod report;
pub mod search;
pub mod task;
#[cfg(feature = "proptest")]
pub mod testing;
pub mod train;
