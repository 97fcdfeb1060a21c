//! The only maker of a verdict: a certificate is written, parsed again and checked, and nothing else can say `verified` or
//! `refuted`.
//!
//! What a claim's code says about a cell is a *proposal* ([`Decision`](crate::claim::Decision)). [`decide()`] takes the
//! proposal, writes its certificate, parses that text afresh, has [the kernel](crate::kernel) recompute it, compares what it
//! proves with what was proposed and with what the record is going to say, and only then makes a [`Checked`]. A record that
//! comes back from a file goes the same way ([`recheck`]): the text of its certificate is checked, whatever the file says.
//!
//! [`Checked`] has no other source. Its fields are private, it cannot be read from a file, and it holds the digests of the
//! certificates that it rests on. What this does not do: it does not keep a caller from putting a verdict that was checked
//! beside values of another cell; the digest says which certificate to look at.
//!
//! ```
//! use counterproof::kernel::Verdict;
//! use counterproof::kernel::definition::Length;
//! use counterproof::claim::{Claim, Request};
//! use counterproof::search::control::Control;
//! use counterproof::verdict::decide;
//!
//! let request = Request { n: Some(vec![Length::Any]), m: Some(vec![4]), ..Request::default() };
//! let cells = Claim::named("mfe-histogram").unwrap().cells(&request)?;
//! let decided = decide(&cells[0], &Control::default());
//! assert_eq!(decided.record.verdict, Verdict::Verified);
//! // what was checked is what can be handed out
//! let certificate = decided.certificate.unwrap();
//! assert_eq!(decided.record.verdict.rests_on(), [certificate.sha256()]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! ```compile_fail
//! use counterproof::kernel::Verdict;
//! use counterproof::verdict::Checked;
//!
//! // the fields are private: there is no way to say so without a certificate
//! let forged = Checked { verdict: Verdict::Verified, rests_on: Vec::new() };
//! ```

mod decide;
mod stated;

pub use decide::{Decided, NotTakenUp, Remembered, decide, recheck};

use crate::kernel::{Certificate, Verdict};
use crate::kernel::{Clock, Rejection};
use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};
use std::fmt;

/// A verdict that the trusted checker has confirmed, or none.
///
/// It compares with the answers: `record.verdict == Verdict::Verified`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    verdict: Verdict,
    /// digests of the texts that were checked
    rests_on: Vec<String>,
}

impl Checked {
    /// Nothing was decided.
    pub const UNDECIDED: Self = Self { verdict: Verdict::Undecided, rests_on: Vec::new() };

    #[must_use]
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    #[must_use]
    pub fn is_decided(&self) -> bool {
        self.verdict != Verdict::Undecided
    }

    /// SHA-256 of the certificates that were checked, in hexadecimal: one for a cell, several for what is read off several
    /// records.
    #[must_use]
    pub fn rests_on(&self) -> &[String] {
        &self.rests_on
    }

    /// What is read off checked records, and holds or not: undecided without any, and where one of them is.
    pub(crate) fn read_off<'a>(holds: bool, from: impl IntoIterator<Item = &'a Self>) -> Self {
        let mut rests_on = Vec::new();
        for one in from {
            if !one.is_decided() {
                return Self::UNDECIDED;
            }
            rests_on.extend(one.rests_on.iter().cloned());
        }
        if rests_on.is_empty() {
            return Self::UNDECIDED;
        }
        rests_on.sort();
        rests_on.dedup();
        Self { verdict: if holds { Verdict::Verified } else { Verdict::Refuted }, rests_on }
    }

    /// For tests of what is made of records.
    #[cfg(test)]
    pub(crate) fn assumed(verdict: Verdict) -> Self {
        let rests_on = if verdict == Verdict::Undecided { vec![] } else { vec!["0".repeat(64)] };
        Self { verdict, rests_on }
    }
}

impl PartialEq<Verdict> for Checked {
    fn eq(&self, other: &Verdict) -> bool {
        self.verdict == *other
    }
}

impl fmt::Display for Checked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.verdict.fmt(f)
    }
}

impl Serialize for Checked {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.verdict.serialize(serializer)
    }
}

/// A certificate that the trusted checker has accepted, and the very text that it accepted.
#[derive(Debug, Clone)]
pub struct Accepted {
    certificate: Certificate,
    text: String,
    sha256: String,
    proves: Verdict,
    statement: String,
}

/// Why a certificate proves nothing here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Unchecked {
    #[error("stopped before the certificate was checked")]
    Stopped,
    #[error("{0}")]
    Rejected(String),
}

impl Accepted {
    /// Parses a text and has the trusted checker recompute it.
    ///
    /// # Errors
    /// [`Unchecked`] when it is no certificate, proves nothing, or the clock stopped it.
    pub fn of_text(text: String, clock: &Clock<'_>) -> Result<Self, Unchecked> {
        let rejected = |message: String| Unchecked::Rejected(message);
        let certificate = Certificate::parse(&text).map_err(|error| rejected(error.to_string()))?;
        match certificate.check(clock) {
            Ok(finding) => {
                let (proves, statement) = (finding.verdict, finding.statement);
                let sha256 = digest(text.as_bytes());
                Ok(Self { certificate, text, sha256, proves, statement })
            }
            Err(Rejection::Stopped) => Err(Unchecked::Stopped),
            Err(rejection) => Err(rejected(rejection.to_string())),
        }
    }

    /// Writes a certificate and has the text that may be handed out parsed and checked.
    ///
    /// # Errors
    /// [`Unchecked`] as for a stranger's text.
    pub fn of(certificate: &Certificate, clock: &Clock<'_>) -> Result<Self, Unchecked> {
        let text = certificate.to_json().map_err(|why| Unchecked::Rejected(why.to_string()))?;
        Self::of_text(text, clock)
    }

    /// The text that was checked.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// SHA-256 of the text, in hexadecimal.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }

    #[must_use]
    pub fn certificate(&self) -> &Certificate {
        &self.certificate
    }

    /// What it proves of its own statement.
    #[must_use]
    pub fn proves(&self) -> Verdict {
        self.proves
    }

    /// The statement in words, with its sizes.
    #[must_use]
    pub fn statement(&self) -> &str {
        &self.statement
    }

    fn checked(&self) -> Checked {
        Checked { verdict: self.proves, rests_on: vec![self.sha256.clone()] }
    }
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
