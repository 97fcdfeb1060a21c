//! Which claims a kind may prove, and how findings are named.

use crate::table::{Case, check, mended, refuse, set, stored, unusable};
use counterproof_kernel::batch::{Outcome, line};
use counterproof_kernel::{Certificate, Clock, KINDS, Verdict};
use serde_json::Value;

pub fn cases() -> Vec<Case> {
    vec![
        refuse(
            "a kind proves its claims",
            "welch/plain",
            [set("claim", "separation")],
            "claim: expected welch, found separation",
        ),
        refuse(
            "and no other",
            "exhaustive/query-count",
            [set("claim", "no-position")],
            "claim: expected qc-histogram or mfe-histogram or qc-count-attend or model, found no-position",
        ),
        unusable("a claim that there is", "welch/plain", [set("claim", "welsh")], "claim: unknown claim `welsh`"),
    ]
}

#[test]
fn table() {
    check(&cases());
}

/// One accepted certificate of each kind.
fn each() -> Vec<Value> {
    let mut found = Vec::new();
    for row in &KINDS {
        let folder = crate::table::folder().join(row.name);
        let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        files.sort();
        let name = files[0].file_stem().unwrap().to_str().unwrap().to_owned();
        found.push(stored(&format!("{}/{name}", row.name)));
    }
    found
}

#[test]
fn no_kind_proves_the_claim_of_another() {
    let claims: Vec<&str> = KINDS.iter().flat_map(|row| row.claims).map(|claim| claim.name()).collect();
    for certificate in each() {
        for claim in &claims {
            let mut other = certificate.clone();
            other["claim"] = (*claim).into();
            let parsed = mended(&other).unwrap();
            let known = parsed.row().claims.iter().any(|known| known.name() == *claim);
            let message = parsed.check(&Clock::unlimited()).err().map(|rejection| rejection.to_string());
            let refused = message.is_some_and(|message| {
                message.starts_with("claim: expected ") && message.ends_with(&format!(", found {claim}"))
            });
            // an embedding and a model have a claim each
            let other_subject = parsed.row().name == "collision" && certificate["claim"] != *claim;
            assert_eq!(refused, !known || other_subject, "{} as {claim}", parsed.row().name);
        }
    }
}

#[test]
fn refutations_are_named() {
    for certificate in each() {
        let parsed = mended(&certificate).unwrap();
        let finding = parsed.check(&Clock::unlimited()).unwrap();
        let (verdict, name, word) = match parsed.row().name {
            "counterexample" | "misreading" | "linear-readout" | "readings-part" => {
                (Verdict::Refuted, "refuted", "valid refutation")
            }
            "sample" => (Verdict::Estimated, "estimated", "valid estimate"),
            _ => (Verdict::Verified, "verified", "valid"),
        };
        assert_eq!(finding.verdict, verdict);
        assert_eq!(finding.verdict.to_string(), name);
        let (claim, statement) = (parsed.claim().name(), finding.statement.clone());
        let expected = format!("file: {word}: {claim}: {statement}");
        let outcome = Outcome::Valid(Box::new(parsed), finding.verdict, finding.statement);
        assert_eq!(line("file", &outcome), (expected, false));
    }
    assert_eq!(Verdict::Undecided.to_string(), "undecided");
}

/// A check that is out of time proves nothing, whatever it is about.
#[test]
fn a_stopped_clock_proves_nothing() {
    for certificate in each() {
        let parsed: Certificate = mended(&certificate).unwrap();
        let stopped = parsed.check(&Clock::new(&|| false, 1)).unwrap_err();
        assert_eq!(stopped.to_string(), "stopped before the check was finished");
    }
}
