//! Certificates: written, read back and checked; altered ones refused.
//!
//! Mutants are made two ways, seeded: bits flipped in the text, and fields of the JSON changed with the
//! digest made right again. A mutant that is accepted must be true: it is decided again by evaluating the model
//! by definition on every sequence.

use crate::common::{self, independently_true, samples};
use counterproof::algebra::MatrixOps;
use counterproof::claim::Request;
use counterproof::kernel::Certificate;
use counterproof::kernel::definition::Length;
use counterproof::kernel::{Clock, ParseError, Rejection};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;

const BIT_FLIPS: usize = 600;
const FIELD_MUTANTS: usize = 600;

fn accepted(certificate: &Certificate) -> bool {
    certificate.check(&Clock::unlimited()).is_ok()
}

#[test]
fn fresh_parse_and_check() {
    for (certificate, verdict) in samples() {
        assert!(independently_true(&certificate));
        let text = certificate.to_json().unwrap();
        let parsed = Certificate::parse(&text).unwrap();
        assert_eq!(parsed, certificate);
        assert_eq!(parsed.check(&Clock::unlimited()).unwrap().verdict, verdict, "{text}");
        assert_eq!(parsed.to_json().unwrap(), text);
    }
}

#[test]
fn a_stopped_check_proves_nothing() {
    let long =
        Request { n: Some(vec![Length::Exactly(9)]), m: Some(vec![5]), ..Request::default() };
    let any = Request { n: Some(vec![Length::Any]), ..long.clone() };
    for (claim, request) in [
        ("qc-histogram", &long),
        ("mfe-histogram", &any),
        ("qc-count-attend", &long),
        ("no-position", &long),
    ] {
        let (certificate, _) = common::certificates(claim, request.clone()).remove(0);
        assert!(certificate.check(&Clock::unlimited()).is_ok());
        assert_eq!(
            certificate.check(&Clock::new(&|| false, 1)),
            Err(Rejection::Stopped),
            "{claim}"
        );
    }
}

#[test]
fn flipped_bits_are_refused() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for (certificate, _) in samples() {
        let text = certificate.to_json().unwrap().into_bytes();
        for _ in 0..BIT_FLIPS {
            let mut bytes = text.clone();
            let at = rng.random_range(0..bytes.len());
            bytes[at] ^= 1 << rng.random_range(0..8);
            let Ok(mutant) = String::from_utf8(bytes) else { continue };
            if let Ok(parsed) = Certificate::parse(&mutant) {
                assert_eq!(
                    parsed, certificate,
                    "bit flip at byte {at} changed the statement unnoticed"
                );
            }
        }
        for length in [0, 1, text.len() / 2, text.len() - 2] {
            let cut = String::from_utf8(text[..length].to_vec()).unwrap();
            assert!(Certificate::parse(&cut).is_err());
        }
    }
}

#[test]
fn changed_fields_are_refused_or_true() {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let (mut made, mut parsed, mut kept) = (0, 0, 0);
    for (certificate, _) in samples() {
        let original: Value = serde_json::from_str(&certificate.to_json().unwrap()).unwrap();
        for _ in 0..FIELD_MUTANTS {
            let mut mutant = original.clone();
            mutate(&mut mutant, &mut rng);
            if mutant == original {
                continue;
            }
            made += 1;
            let Ok(mutant) = mended(&mutant.to_string()) else { continue };
            parsed += 1;
            if accepted(&mutant) {
                kept += 1;
                assert!(independently_true(&mutant), "accepted: {}", mutant.to_json().unwrap());
            }
        }
    }
    assert!(made > 5_000 && parsed > 1_000, "{made} mutants, {parsed} parsed, {kept} true");
}

/// Reads a text whose digest is made right.
fn mended(text: &str) -> Result<Certificate, ParseError> {
    Certificate::parse(text).or_else(|error| match (error.found(), error.expected()) {
        (Some(found), Some(expected)) => Certificate::parse(&text.replace(&found, &expected)),
        _ => Err(error),
    })
}

/// Changes one place of a JSON value at random.
fn mutate(value: &mut Value, rng: &mut ChaCha8Rng) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            let key = map.keys().nth(rng.random_range(0..map.len())).cloned().unwrap();
            match rng.random_range(0..30) {
                0 => {
                    map.remove(&key);
                }
                1 => {
                    let inner = map[&key].clone();
                    map.insert("extra".to_owned(), inner);
                }
                _ => mutate(map.get_mut(&key).unwrap(), rng),
            }
        }
        Value::Array(items) if !items.is_empty() => {
            let (i, j) = (rng.random_range(0..items.len()), rng.random_range(0..items.len()));
            match rng.random_range(0..10) {
                0 => {
                    items.remove(i);
                }
                1 => items.push(items[i].clone()),
                2 => items.swap(i, j),
                _ => mutate(&mut items[i], rng),
            }
        }
        Value::Number(number) => {
            let old = number.as_u64().unwrap_or(0);
            let new =
                [0, 1, old.wrapping_add(1), old.saturating_sub(1), old.wrapping_mul(2), u64::MAX];
            *value = new[rng.random_range(0..new.len())].into();
        }
        Value::String(text) => {
            let other = ["0", "1", "-1", "2", "1/2", "-1/3", "1000000000000", "any", "x", "active"];
            *text = match rng.random_range(0..4) {
                0 => format!("-{text}"),
                1 => format!("{text}1"),
                _ => other[rng.random_range(0..other.len())].to_owned(),
            };
        }
        other => *other = Value::from(rng.random_range(0..3)),
    }
}

#[test]
fn rejections_name_the_field() {
    let (certificate, _) = samples().remove(0);
    let text = certificate.to_json().unwrap();
    let cases = [
        (text.replacen("counterproof-certificate", "other", 1), "format"),
        (text.replacen("\"version\":2", "\"version\":1", 1), "version"),
        (text.replacen("\"version\":2", "\"version\":2,\"new\":0", 1), "new"),
        (text.replacen("\"version\":2", "\"version\":2,\"version\":1", 1), "version"),
        (text.replacen("qc-histogram", "qc-histogran", 1), "qc-histogran"),
        (text.replacen("exhaustive", "exhausted", 1), "exhausted"),
        (text.replacen("\"m\":", "\"m\":-", 1), "params.m"),
        (text.replacen("\"bias\":[\"-1\"", "\"bias\":[\"-2/2\"", 1), "-2/2"),
        (text.replacen("\"shape\":[", "\"shape\":[9", 1), "embedding"),
        (text.replacen("\"sha256\":\"", "\"sha256\":\"0", 1), "sha256"),
        (format!("{text}{text}"), "trailing"),
        (String::new(), "EOF"),
    ];
    for (mutant, named) in cases {
        assert_ne!(mutant, text, "the case for {named} changes nothing");
        // what is altered is called that; with the right digest its field is named
        let read = if named == "sha256" { Certificate::parse(&mutant) } else { mended(&mutant) };
        let error = read.unwrap_err().to_string();
        assert!(error.contains(named), "expected {named} in: {error}");
    }
}

#[test]
fn absurd_sizes_are_refused_at_once() {
    let (certificate, _) = samples().remove(0);
    let original: Value = serde_json::from_str(&certificate.to_json().unwrap()).unwrap();
    for n in [0u64, 1 << 40, u64::MAX] {
        let mut mutant = original.clone();
        mutant["params"]["n"] = n.into();
        let mutant = mended(&mutant.to_string()).unwrap();
        assert!(!accepted(&mutant), "n = {n} was accepted");
    }
    for shape in ["[18446744073709551615,1]", "[1000000000,1000000000]"] {
        let text = format!(r#"{{"shape":{shape},"rows":[]}}"#);
        assert!(serde_json::from_str::<counterproof::kernel::number::Matrix>(&text).is_err());
    }
}

/// Forgeries and bombs found by trying to break the checker, with what each is refused for.
const FORGERIES: [(&str, &str); 21] = [
    ("F1-mfe-histogram", "an output that is f_0"),
    ("F1-qc-histogram", "an output that is f_0"),
    ("F2-least-base", "data.interval.least_base"),
    ("F3-binomial", "params: expected 1 to 4294967296 inputs"),
    ("F4-interval-loop", "params: expected n >= 1 and n m (width + 1) at most"),
    ("F5-sequence", "model on query 0 with counts [1099511627776]"),
    ("F6b-power", "bits of attention weights"),
    ("F7-splits", "data.polytope.queries[0]: expected more steps"),
    ("F8-denominator", "model: bits of its tables"),
    ("S-bom", "expected value at line 1 column 1"),
    ("S-data-dup", "another spelling"),
    ("S-dup-key-params", "params: duplicate field `m`"),
    ("S-empty", "EOF"),
    ("S-enum-int", "another spelling"),
    ("S-envelope-array", "another spelling"),
    ("S-escaped", "another spelling"),
    ("S-leaf-unknown", "unknown field `junk`"),
    ("S-matrix-array", "another spelling"),
    ("S-params-array", "another spelling"),
    ("S-split-null", "another spelling"),
    ("S-trailing", "trailing characters"),
];

/// Each is refused, at once and in little memory.
#[test]
fn forgeries_are_refused() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/forged");
    for (name, why) in FORGERIES {
        let text = std::fs::read_to_string(folder.join(format!("{name}.json"))).unwrap();
        let refused = match mended(&text) {
            Err(error) => error.to_string(),
            Ok(forged) => forged.check(&Clock::unlimited()).expect_err(name).to_string(),
        };
        assert!(refused.contains(why), "{name}: {refused}");
    }
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), FORGERIES.len());
    // only the spelling of those that begin with S is wrong
    let text = std::fs::read_to_string(folder.join("S-trailing.json")).unwrap();
    let whole = Certificate::parse(text.trim_end().trim_end_matches('x')).unwrap();
    assert!(accepted(&whole));
}

/// The steps that the constructions do not need, on a model with units whose sign the splits decide.
#[test]
fn signs_that_follow_from_splits() {
    use counterproof::kernel::definition::{Affine, Transformer, Weights};
    use counterproof::kernel::kind::{Polytope, Step};
    use counterproof::kernel::number::{Matrix, integer};

    let request = Request { n: Some(vec![Length::Any]), m: Some(vec![3]), ..Request::default() };
    let (certificate, _) = common::certificates("qc-histogram", request).remove(0);
    let (params, data) = certificate.get::<Polytope>().expect("a polytope");
    let mut params = params.clone();
    // hand the counts of T1 through two more layers, beside |f_0 - f_1| built from its two halves
    let mut weights = Weights::from(data.model.clone());
    let row = |entries: &[i64]| entries.iter().map(|&x| integer(x)).collect::<Vec<_>>();
    let layer = |cols: usize, rows: &[&[i64]]| Affine {
        weight: Matrix::from_rows(cols, rows.iter().map(|entries| row(entries)).collect()).unwrap(),
        bias: rows.iter().map(|_| integer(0).into()).collect(),
    };
    // r = v_q + f, so r_0 - r_1 is open for the query 2
    let first = &mut weights.mlp.hidden[0];
    let mut rows = first.weight.to_rows();
    rows.extend([row(&[1, -1, 0]), row(&[-1, 1, 0])]);
    first.weight = Matrix::from_rows(3, rows).unwrap();
    first.bias.extend([integer(0).into(), integer(0).into()]);
    let pass: &[&[i64]] = &[
        &[1, 0, 0, 0, 0],
        &[0, 1, 0, 0, 0],
        &[0, 0, 1, 0, 0],
        &[0, 0, 0, 1, -1],
        &[0, 0, 0, -1, 1],
    ];
    weights.mlp.hidden.push(layer(5, pass));
    let output = &mut weights.mlp.output;
    let widen = |mut row: Vec<_>| {
        row.extend([integer(0), integer(0)]);
        row
    };
    let rows = output.weight.to_rows().into_iter().map(widen).collect();
    output.weight = Matrix::from_rows(5, rows).unwrap();
    let model = Transformer::new(weights).unwrap();
    params.mlp_width = model.mlp_width();

    let control = counterproof::search::control::Control::default();
    let task = counterproof::kernel::definition::Task::QueryCount;
    let outcome = counterproof::search::polytope::prove(&model, task, &control).unwrap();
    let counterproof::search::polytope::Outcome::Proved(queries) = outcome else {
        panic!("no proof")
    };
    let steps: Vec<&Step> = queries.iter().flatten().collect();
    assert!(
        steps
            .iter()
            .any(|step| matches!(step, Step::Active(multipliers) if !multipliers.is_empty()))
    );
    assert!(steps.iter().any(|step| matches!(step, Step::Inactive(_))));
    let data = Polytope { model, queries };
    let made = |data: Polytope| Certificate::new(certificate.claim(), params.clone(), data);
    let whole = made(data.clone());
    assert!(independently_true(&whole) && accepted(&whole));

    // no multipliers, no proof; a negative one neither; nor a step too few
    for (query, steps) in data.queries.iter().enumerate() {
        for (index, step) in steps.iter().enumerate() {
            let changed = match step {
                Step::Active(multipliers) => {
                    vec![Step::Active(vec![]), Step::Inactive(multipliers.clone())]
                }
                Step::Inactive(multipliers) => {
                    vec![Step::Inactive(vec![]), Step::Active(multipliers.clone())]
                }
                Step::Split => vec![Step::Active(vec![]), Step::Inactive(vec![])],
                Step::Leaf(_) => vec![Step::Split],
            };
            for step in changed {
                let mut forged = data.clone();
                forged.queries[query][index] = step;
                assert!(!accepted(&made(forged)), "query {query}, step {index}");
            }
        }
    }
}
