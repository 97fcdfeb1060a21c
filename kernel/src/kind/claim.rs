//! What a certificate says: the claim it belongs to, and the verdict that a valid one proves.

use serde::{Deserialize, Serialize};
use std::fmt;

/// A statement that certificates are about, by its name. The names are constants in the files of the kinds that prove them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClaimId(pub(super) &'static str);

impl ClaimId {
    /// Such as `qc-histogram`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.0
    }
}

impl fmt::Display for ClaimId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// The answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// holds for all inputs in the stated domain
    Verified,
    /// fails, with an input that shows it
    Refuted,
    /// bounded from a stated sample, each member decided; never among the verified
    Estimated,
    /// a limit was hit first
    Undecided,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Verified => "verified",
            Self::Refuted => "refuted",
            Self::Estimated => "estimated",
            Self::Undecided => "undecided",
        })
    }
}

/// What a valid certificate proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// verified, refuted or estimated
    pub verdict: Verdict,
    /// the statement in words, with its sizes
    pub statement: String,
}

impl Finding {
    /// The statement holds.
    #[must_use]
    pub fn verified(statement: String) -> Self {
        Self { verdict: Verdict::Verified, statement }
    }

    /// The statement fails.
    #[must_use]
    pub fn refuted(statement: String) -> Self {
        Self { verdict: Verdict::Refuted, statement }
    }

    /// Bounds from a sample.
    #[must_use]
    pub fn estimated(statement: String) -> Self {
        Self { verdict: Verdict::Estimated, statement }
    }
}
