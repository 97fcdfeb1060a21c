//! Thousands of altered certificates of each kind, digests mended: what is accepted has to be true by its definition.
//!
//! `KERNEL_MUTANTS=20000 KERNEL_SEED=7 cargo test -p counterproof-kernel --test kinds mutants -- --nocapture` makes a long run.

use crate::mutate::{how_many, mutate, one, seeded};
use crate::table::{Expected, mended};
use crate::truth;
use counterproof_kernel::{Clock, Rejection};
use serde_json::Value;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU32, Ordering};

/// How often a check may ask whether to go on: mutations make some enumerations endless.
const ASKED: u32 = 2000;

/// All accepted certificates of the tables, with their kind.
fn originals() -> Vec<(String, Value)> {
    let accepted = |case: &crate::table::Case| matches!(case.expected, Expected::Accepted(_));
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for case in crate::tables().into_iter().flat_map(|(_, cases)| cases).filter(accepted) {
        let certificate = case.certificate();
        let kind = certificate["data"].as_object().unwrap().keys().next().unwrap().clone();
        if seen.insert(certificate.to_string()) {
            found.push((kind, certificate));
        }
    }
    found
}

fn mutants_of(kind: &str) {
    let originals = originals();
    let others: Vec<Value> = originals.iter().map(|(_, certificate)| certificate.clone()).collect();
    let own: Vec<&Value> =
        originals.iter().filter(|(name, _)| name == kind).map(|(_, certificate)| certificate).collect();
    let number = how_many("KERNEL_MUTANTS", 2000);
    let mut rng = seeded(how_many("KERNEL_SEED", 13) as u64 ^ u64::from(kind.bytes().map(u32::from).sum::<u32>()));
    let (mut unusable, mut refused, mut stopped, mut accepted) = (0, 0, 0, 0);
    let mut made = 0;
    while made < number {
        let original = *one(&own, &mut rng);
        let mutant = mutate(original, &others, &mut rng);
        if mutant == *original {
            continue;
        }
        made += 1;
        let Ok(certificate) = mended(&mutant) else {
            unusable += 1;
            continue;
        };
        let asked = AtomicU32::new(0);
        let go_on = || asked.fetch_add(1, Ordering::Relaxed) < ASKED;
        match certificate.check(&Clock::new(&go_on, 1)) {
            Ok(finding) => {
                accepted += 1;
                assert!(truth::holds(&mutant), "accepted: {}: {mutant}", finding.statement);
            }
            Err(Rejection::Stopped) => stopped += 1,
            Err(Rejection::Wrong { .. }) => refused += 1,
        }
    }
    println!(
        "{kind}: {made} mutants, {unusable} unusable, {refused} refused, {accepted} accepted and true, {stopped} stopped"
    );
    assert!(refused * 10 > number, "{kind}: {refused} of {number} got as far as a rule");
    assert!(stopped * 50 < number, "{kind}: {stopped} of {number} did not end");
    // every number of this kind follows from two
    assert!(accepted > 0 || kind == "mfe-bits", "{kind}");
}

/// The accepted certificates are true by their definitions: this is the judge of their mutants, judged itself.
#[test]
fn originals_are_true() {
    for (_, certificate) in originals() {
        assert!(truth::holds(&certificate), "{certificate}");
    }
}

/// And what a table has refused although it reads well is false, or its proof is not one.
#[test]
fn some_refused_statements_are_false() {
    let refused = |case: &crate::table::Case| matches!(case.expected, Expected::Refused(_));
    let cases: Vec<_> = crate::tables().into_iter().flat_map(|(_, cases)| cases).filter(refused).collect();
    let names = [
        "every input is right",
        "with coefficient 1",
        "every count is right",
        "a failure",
        "no vector is short",
        "no multisets with one sum",
        "no tokens that are alike",
        "no vector of scores",
        "one answer a state",
        "zero is alone",
        "no closer pair",
        "no steeper pair",
        "what it is at least",
        "the coherence",
        "how many classes",
        "the sums",
        "that weighs enough",
        "errors below 1/2",
        "the optimum",
        "no more than needed",
        "what is right",
        "what is known wrong",
        "what the embedding attains",
        "right, longer",
        "two eigenvalues",
        "above the cosine",
        "right ones",
        "weights of the format",
        "its output",
    ];
    for name in names {
        let case = cases.iter().find(|case| case.name == name).unwrap();
        assert!(!truth::holds(&case.certificate()), "{name}");
    }
}

macro_rules! kinds {
    ($($test:ident: $kind:literal),* $(,)?) => {
        $(#[test] fn $test() { mutants_of($kind); })*

        /// No kind is left out.
        #[test]
        fn every_kind_is_altered() {
            let all: BTreeSet<&str> = counterproof_kernel::KINDS.iter().map(|row| row.name).collect();
            assert_eq!(all, BTreeSet::from([$($kind),*]));
        }
    };
}

kinds! {
    accuracy: "accuracy",
    collision: "collision",
    collision_part: "collision-part",
    counterexample: "counterexample",
    difference: "difference",
    exhaustive: "exhaustive",
    exhaustive_part: "exhaustive-part",
    histogram_error: "histogram-error",
    interval: "interval",
    inverse_width: "inverse-width",
    least_precision: "least-precision",
    linear_dependence: "linear-dependence",
    linear_program: "linear-program",
    linear_readout: "linear-readout",
    lipschitz: "lipschitz",
    lipschitz_bound: "lipschitz-bound",
    machine_numbers: "machine-numbers",
    machine_readings: "machine-readings",
    mfe_bits: "mfe-bits",
    misreading: "misreading",
    normalised_states: "normalised-states",
    pigeonhole: "pigeonhole",
    polytope: "polytope",
    readings: "readings",
    readings_part: "readings-part",
    repetition: "repetition",
    sample: "sample",
    separation: "separation",
    welch: "welch",
}
