//! The VIPR documents of least collisions, read by an independent checker.

use crate::support::vipr;
use counterproof::export::vipr::query_program;
use counterproof::kernel::evidence::counting_matrix;
use counterproof::kernel::number::{IntegerVector, Matrix, integer};
use counterproof::search::collision::{Limits, Problem};
use num_bigint::BigInt;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

fn rows_of_file(name: &str) -> (Vec<IntegerVector>, usize) {
    let path = format!("{}/tests/data/embeddings/{name}.csv", env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(path).unwrap();
    let rows: Vec<Vec<_>> = text
        .lines()
        .map(|l| l.split(',').map(|e| integer(e.parse::<i64>().unwrap())).collect())
        .collect();
    let embedding = Matrix::from_rows(rows[0].len(), rows).unwrap();
    (counting_matrix(&embedding).unwrap(), embedding.rows())
}

/// The least length over all queries, every document checked.
fn checked(rows: &[IntegerVector], cols: usize) -> Option<BigInt> {
    let programs = (0..cols).map(|query| {
        let problem = Problem { rows, cols, query: None, parting: None };
        let program = query_program(problem, query, &Limits::default()).unwrap();
        match (vipr::check(&program.text), &program.length) {
            (Ok(vipr::Verdict::Infeasible), None) => {}
            (Ok(vipr::Verdict::Range(Some(lower), Some(upper))), Some(length)) => {
                assert_eq!(
                    (lower.to_integer(), upper.to_integer()),
                    (length.clone(), length.clone())
                );
            }
            (Err(why), _) => panic!("{why}\n{}", program.text),
            _ => panic!("the document proves another statement"),
        }
        program.length
    });
    programs.flatten().min()
}

#[test]
fn shared_embeddings() {
    for (name, expected) in
        [("d2_m5", 2), ("d3_m8", 4), ("d4_m10", 7), ("d6_m12", 13), ("d8_m16", 16), ("d12_m24", 22)]
    {
        let (rows, cols) = rows_of_file(name);
        assert_eq!(checked(&rows, cols), Some(expected.into()), "{name}");
    }
}

#[test]
fn random_matrices() {
    let mut random = ChaCha8Rng::seed_from_u64(3);
    for _ in 0..200 {
        let cols = random.random_range(1..=6);
        let rows: Vec<IntegerVector> = (0..random.random_range(0..=2))
            .map(|_| (0..cols).map(|_| random.random_range(-4i64..=4).into()).collect())
            .chain([vec![BigInt::from(1); cols]])
            .collect();
        checked(&rows, cols);
    }
}

#[test]
fn a_changed_document_is_refused() {
    let (rows, cols) = rows_of_file("d3_m8");
    let problem = Problem { rows: &rows, cols, query: None, parting: None };
    let program = query_program(problem, 2, &Limits::default()).unwrap();
    let length = program.length.unwrap();
    let claim = format!("RTP range {length} {length}");
    let higher = &length + 1;
    let lower = &length - 1;
    for (from, to) in [
        (claim.clone(), format!("RTP range {higher} {higher}")),
        (claim.clone(), format!("RTP range {lower} {lower}")),
        (claim, "RTP infeas".to_owned()),
        (" lin ".to_owned(), " rnd ".to_owned()),
        ("{ asm }".to_owned(), "{ lin 0 }".to_owned()),
    ] {
        assert!(program.text.contains(&from));
        let changed = program.text.replace(&from, &to);
        // Rounding instead of adding is still sound where all is integer; nothing else is.
        assert!(vipr::check(&changed).is_err() || to == " rnd ", "{from} -> {to}");
    }
    let lines: Vec<&str> = program.text.lines().collect();
    let start = lines.iter().position(|line| line.starts_with("DER")).unwrap() + 1;
    for skipped in start..lines.len() {
        let kept: Vec<&str> =
            lines.iter().enumerate().filter(|(i, _)| *i != skipped).map(|(_, l)| *l).collect();
        assert!(vipr::check(&kept.join("\n")).is_err(), "without line {skipped}");
    }
}
