//! The trusted base of `counterproof`: certificates about counting with transformers, and the check that believes nothing
//! in them.
//!
//! A certificate is a statement (`claim`, `params`) with a proof (`data`). The check recomputes everything from the text
//! alone: no search, no construction and no other crate of ours is used. `docs/certificates.md` describes every field, so
//! that a stranger can write another checker.
//!
//! ```
//! use counterproof_kernel::{Certificate, Clock, Verdict};
//!
//! // T9: more count vectors than sums force a collision
//! let text = r#"{"format":"counterproof-certificate","version":2,"claim":"pigeonhole","params":{"n":4,"m":3,"d":1,
//!   "bound":1,"states":"9","vectors":"15","collision":true},"data":{"pigeonhole":{}},
//!   "sha256":"0d2ce1d0f2ee7f1bc3c3cfb3f5a5d4ea3a1f3e7b8e2bb57d4b4b1d5c0b9f9f62"}"#;
//! // the digest finds accidents, so this one is noticed before anything is checked
//! let error = Certificate::parse(text).unwrap_err();
//! assert_eq!(error.place, "sha256");
//!
//! let text = text.replace(&error.found().unwrap(), &error.expected().unwrap());
//! let finding = Certificate::parse(&text)?.check(&Clock::unlimited())?;
//! assert_eq!(finding.verdict, Verdict::Verified);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

pub mod batch;
pub mod definition;
mod envelope;
pub mod evidence;
pub mod kind;
pub mod number;
pub mod rejection;

pub use envelope::{Certificate, FORMAT, MAX_BYTES, ParseError, VERSIONS};
pub use kind::{ClaimId, Evidence, Finding, KINDS, Kind, Row, Verdict};
pub use rejection::{Clock, Rejection};
