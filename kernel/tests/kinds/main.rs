//! What each kind's check accepts and refuses: a table for each file of `src/kind`, mutants of everything accepted, and files
//! of any bytes. The certificates are in `tests/data`, a folder for each kind.
#![allow(
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    clippy::expect_used,
    clippy::float_arithmetic,
    clippy::indexing_slicing,
    clippy::integer_division,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used
)]

mod accuracy;
mod any_bytes;
mod batch;
mod brute;
mod claim;
mod close;
mod collision;
mod collision_part;
mod counterexample;
mod counting;
mod difference;
mod drawn;
mod envelope;
mod exhaustive;
mod exhaustive_part;
mod histogram_error;
mod interval;
mod inverse_width;
mod judgements;
mod largest;
mod least_precision;
mod linear_program;
mod lipschitz;
mod lipschitz_bound;
mod machine_numbers;
mod machine_readings;
mod mfe_bits;
mod misreading;
mod mutants;
mod mutate;
mod normalised_states;
mod pigeonhole;
mod polytope;
mod readings;
mod readings_part;
mod readout;
mod repetition;
mod sample;
mod separation;
mod spike;
mod table;
mod tolerance;
mod truth;
mod welch;
mod zero_margin;

use counterproof_kernel::KINDS;
use std::collections::BTreeSet;
use table::{Case, Expected};

/// Every table, by the file of `src/kind` that it is about.
fn tables() -> Vec<(&'static str, Vec<Case>)> {
    vec![
        ("accuracy", accuracy::cases()),
        ("claim", claim::cases()),
        ("collision", collision::cases()),
        ("collision_part", collision_part::cases()),
        ("counterexample", counterexample::cases()),
        ("counting", counting::cases()),
        ("difference", difference::cases()),
        ("exhaustive", exhaustive::cases()),
        ("exhaustive_part", exhaustive_part::cases()),
        ("histogram_error", histogram_error::cases()),
        ("interval", interval::cases()),
        ("inverse_width", inverse_width::cases()),
        ("least_precision", least_precision::cases()),
        ("linear_program", linear_program::cases()),
        ("lipschitz", lipschitz::cases()),
        ("lipschitz_bound", lipschitz_bound::cases()),
        ("machine_numbers", machine_numbers::cases()),
        ("machine_readings", machine_readings::cases()),
        ("mfe_bits", mfe_bits::cases()),
        ("misreading", misreading::cases()),
        ("normalised_states", normalised_states::cases()),
        ("pigeonhole", pigeonhole::cases()),
        ("polytope", polytope::cases()),
        ("readings", readings::cases()),
        ("readings_part", readings_part::cases()),
        ("readout", readout::cases()),
        ("repetition", repetition::cases()),
        ("sample", sample::cases()),
        ("separation", separation::cases()),
        ("welch", welch::cases()),
    ]
}

#[test]
fn every_file_of_a_kind_has_its_table() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/kind");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files: BTreeSet<String> = files.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    let mut tables: BTreeSet<String> = tables().iter().map(|(name, _)| (*name).to_owned()).collect();
    tables.insert("mod".to_owned());
    assert_eq!(files, tables);
}

#[test]
fn every_claim_is_proved_by_every_kind_that_may_prove_it() {
    let mut proved = BTreeSet::new();
    let mut refused = BTreeSet::new();
    for case in tables().iter().flat_map(|(_, cases)| cases) {
        let certificate = case.certificate();
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let kinds: Vec<String> =
            certificate["data"].as_object().map(|data| data.keys().cloned().collect()).unwrap_or_default();
        let place = if matches!(case.expected, Expected::Accepted(_)) { &mut proved } else { &mut refused };
        place.extend(kinds.into_iter().map(|kind| (kind, text(&certificate["claim"]))));
    }
    for row in &KINDS {
        for claim in row.claims {
            let pair = (row.name.to_owned(), claim.name().to_owned());
            // an interval is about one number that grows with the count of the query
            let never = pair == ("interval".to_owned(), "mfe-histogram".to_owned());
            assert_eq!(proved.contains(&pair), !never, "{pair:?}");
        }
        assert!(refused.iter().any(|(kind, _)| kind == row.name), "{}", row.name);
    }
}

#[test]
fn every_stored_certificate_is_used() {
    let tables = tables();
    let used: BTreeSet<&str> = tables.iter().flat_map(|(_, cases)| cases).map(|case| case.file).collect();
    let mut stored = BTreeSet::new();
    for kind in std::fs::read_dir(table::folder()).unwrap().map(|entry| entry.unwrap().path()) {
        for file in std::fs::read_dir(&kind).unwrap().map(|entry| entry.unwrap().path()) {
            let name = |path: &std::path::Path| path.file_stem().unwrap().to_str().unwrap().to_owned();
            stored.insert(format!("{}/{}", name(&kind), name(&file)));
        }
    }
    assert_eq!(used, stored.iter().map(String::as_str).collect());
}
