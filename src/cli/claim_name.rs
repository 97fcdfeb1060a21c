//! Claims as people call them: by their name, or by the label of their statement (`T5`).

use super::Failure;
use super::parse::nearest;
use crate::claim::{CLAIMS, Claim};
use clap::builder::{PossibleValue, PossibleValuesParser};

/// Statements that are measured and not decided, and the commands that do so.
const MEASURED: [(&str, &str); 2] = [("T10", "sweep"), ("T11", "ask")];

/// The labels by which a claim is called: those of its own before those that it shares.
fn labels(claim: &Claim) -> impl Iterator<Item = &'static str> {
    let own = claim.id;
    let labels = claim.label.split(", ").filter(|label| label.starts_with('T'));
    labels.filter(move |label| labelled(label).is_some_and(|claim| claim.id == own))
}

fn labelled(label: &str) -> Option<&'static Claim> {
    let is = |other: &str| other.eq_ignore_ascii_case(label);
    let exactly = CLAIMS.iter().find(|claim| is(claim.label));
    exactly.or_else(|| CLAIMS.iter().find(|claim| claim.label.split(", ").any(is)))
}

/// The claim of this name or label.
pub(super) fn claim_named(text: &str) -> Result<&'static Claim, Failure> {
    let is = |claim: &&Claim| claim.id.name().eq_ignore_ascii_case(text);
    if let Some(claim) = CLAIMS.iter().find(is).or_else(|| labelled(text)) {
        return Ok(claim);
    }
    if let Some((label, command)) =
        MEASURED.iter().find(|(label, _)| label.eq_ignore_ascii_case(text))
    {
        return Err(Failure::new(format!(
            "{label} is measured, not decided: `counterproof {command}`"
        )));
    }
    let fix = match nearest(text, CLAIMS.iter().map(|claim| claim.id.name())) {
        Some(name) => format!("did you mean `{name}`?"),
        None => "`counterproof claims` lists them with their labels".to_owned(),
    };
    Err(Failure::new(format!("there is no claim `{text}`; {fix}")))
}

/// The name of the claim that is called so.
pub(super) fn canonical(text: &str) -> &str {
    claim_named(text).map_or(text, |claim| claim.id.name())
}

/// Names of claims with their labels beside them, for `--help` and for completion.
pub(super) fn names() -> PossibleValuesParser {
    let value = |claim: &Claim| PossibleValue::new(claim.id.name()).aliases(labels(claim));
    PossibleValuesParser::new(CLAIMS.iter().map(value))
}

/// Names of models behind claims, with the labels of these.
pub(super) fn models(names: &[&'static str]) -> PossibleValuesParser {
    let value = |&name: &&'static str| {
        let labels = Claim::named(name).into_iter().flat_map(labels);
        PossibleValue::new(name).aliases(labels)
    };
    PossibleValuesParser::new(names.iter().map(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_claim_is_found_by_its_labels() {
        for (label, name) in [
            ("T1", "qc-histogram"),
            ("T1'", "qc-histogram"),
            ("t5", "welch"),
            ("T5'", "linear-readout"),
            ("T7", "uniform-collision"),
            ("T9", "pigeonhole"),
            ("T18", "attend-length"),
            ("welch", "welch"),
        ] {
            assert_eq!(canonical(label), name);
        }
        // no label is of two claims
        let all: Vec<&str> = CLAIMS.iter().flat_map(labels).collect();
        for (at, label) in all.iter().enumerate() {
            assert!(!all[..at].contains(label), "{label}");
        }
        let message = |text: &str| claim_named(text).unwrap_err().to_string();
        assert!(message("T10").contains("`counterproof sweep`"));
        assert!(message("welsh").contains("did you mean `welch`?"));
        assert!(message("T99").contains("`counterproof claims`"));
    }
}
