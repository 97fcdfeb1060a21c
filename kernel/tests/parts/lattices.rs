//! Kernel lattices: which bases generate them, and which cuts show that no short vector is there.

use super::refused;
use counterproof_kernel::definition::Token;
use counterproof_kernel::evidence::{Ball, KernelProof, Sought, Subtrees, counting_matrix};
use counterproof_kernel::number::{IntegerVector, Matrix, integer, ratio};
use counterproof_kernel::{Clock, Rejection};
use num::BigInt;

fn vectors(rows: &[&[i64]]) -> Vec<IntegerVector> {
    rows.iter().map(|row| row.iter().map(|&entry| entry.into()).collect()).collect()
}

/// `ker_Z [0 1 2 3; 1 1 1 1]`, whose shortest vector has norm 4.
fn example() -> (Vec<IntegerVector>, KernelProof) {
    let proof = KernelProof {
        query: None,
        basis: vectors(&[&[1, -1, -1, 1], &[0, 1, -2, 1]]),
        left_inverse: vectors(&[&[1, 0, 0, 0], &[1, 1, 0, 0]]),
        cuts: vectors(&[&[1, -1, -1, 1], &[1, 1, -1, -1]]),
    };
    (vectors(&[&[0, 1, 2, 3], &[1, 1, 1, 1]]), proof)
}

fn check(rows: &[IntegerVector], proof: &KernelProof, query: Option<usize>, radius: i64) -> Result<u64, Rejection> {
    let ball = Ball::l1(BigInt::from(radius));
    let sought =
        Sought { rows, query: query.map(Token), ball: Some(&ball), harmless: &|_| Ok(false), part: Subtrees::ALL };
    proof.check("proof", &sought, &Clock::unlimited())
}

#[test]
fn a_saturated_basis_is_accepted_and_others_are_not() {
    let matrix = vectors(&[&[0, 1, 2, 3], &[1, 1, 1, 1]]);
    let (basis, inverse) = (vectors(&[&[1, -2, 1, 0], &[0, 1, -2, 1]]), vectors(&[&[1, 0, 0, 0], &[0, 0, 0, 1]]));
    // nothing is in a ball of radius -1, so only the basis matters
    let with = |basis: &[IntegerVector], inverse: &[IntegerVector], rows: &[IntegerVector]| {
        let (basis, left_inverse) = (basis.to_vec(), inverse.to_vec());
        check(rows, &KernelProof { query: None, basis, left_inverse, cuts: Vec::new() }, None, -1)
    };
    assert_eq!(with(&basis, &inverse, &matrix), Ok(0));
    let place = |result| refused(result).0;
    let doubled = vectors(&[&[2, -4, 2, 0], &[0, 1, -2, 1]]);
    assert_eq!(place(with(&doubled, &inverse, &matrix)), "proof.left_inverse[0] times basis[0]");
    let outside = vectors(&[&[1, -2, 1, 0], &[0, 0, 0, 1]]);
    assert_eq!(place(with(&outside, &inverse, &matrix)), "proof.basis[1]");
    let (at, expected) = refused(with(&basis[..1], &inverse[..1], &matrix));
    assert_eq!((at.as_str(), expected.as_str()), ("proof.basis", "as many vectors as the kernel has dimensions"));
    assert_eq!(place(with(&basis, &inverse[..1], &matrix)), "proof.left_inverse: vectors");
    assert_eq!(place(with(&basis[..1], &inverse, &matrix)), "proof.left_inverse: vectors");
    let short = vectors(&[&[0, 1, 2], &[1, 1, 1]]);
    assert_eq!(place(with(&basis, &inverse, &short)), "proof.basis[0]");
    let ragged = vectors(&[&[0, 1, 2, 3], &[1, 1, 1]]);
    assert_eq!(place(with(&basis, &inverse, &ragged)), "proof.matrix[1]");
}

#[test]
fn an_injective_matrix_has_the_empty_basis() {
    let matrix = vectors(&[&[0, 1], &[1, 1]]);
    let proof = KernelProof { query: None, basis: Vec::new(), left_inverse: Vec::new(), cuts: Vec::new() };
    assert_eq!(check(&matrix, &proof, None, 1_000_000), Ok(0));
    // then nothing is anywhere
    let anywhere = Sought { rows: &matrix, query: None, ball: None, harmless: &|_| Ok(false), part: Subtrees::ALL };
    assert_eq!(proof.check("proof", &anywhere, &Clock::unlimited()), Ok(0));
    let (rows, proof) = example();
    let anywhere = Sought { rows: &rows, ..anywhere };
    assert_eq!(refused(proof.check("proof", &anywhere, &Clock::unlimited())).0, "proof.basis[0]");
}

#[test]
fn denominators_are_cleared_column_by_column() {
    let rows = vec![vec![ratio(1, 2), ratio(1, 3)], vec![integer(1), integer(0)]];
    let embedding = Matrix::from_rows(2, rows).unwrap();
    assert_eq!(counting_matrix(&embedding), Ok(vectors(&[&[1, 2], &[1, 0], &[1, 1]])));
}

#[test]
fn the_radius_decides() {
    let (rows, proof) = example();
    assert!(check(&rows, &proof, None, 3).is_ok_and(|nodes| nodes < 100));
    let found = check(&rows, &proof, None, 4).unwrap_err();
    let Rejection::Wrong { place, expected, found } = found else { panic!("{found:?}") };
    assert_eq!((place.as_str(), expected.as_str()), ("proof", "no vector of the lattice in the ball"));
    assert!(["[1, -1, -1, 1]", "[0, 1, -2, 1]", "[1, 0, -3, 2]", "[1, -2, 1, 0]"].contains(&found.as_str()), "{found}");
    assert_eq!(check(&rows, &proof, None, -1), Ok(0));
    // a vector that does no harm may be there
    let ball = Ball::l1(BigInt::from(4));
    let sought = Sought { rows: &rows, query: None, ball: Some(&ball), harmless: &|_| Ok(true), part: Subtrees::ALL };
    assert!(proof.check("proof", &sought, &Clock::unlimited()).is_ok());
    // and a clock ends it: the wide ball has millions of nodes
    let ball = Ball::l1(BigInt::from(100_000));
    let sought = Sought { ball: Some(&ball), ..sought };
    assert_eq!(proof.check("proof", &sought, &Clock::new(&|| false, 1)), Err(Rejection::Stopped));
}

#[test]
fn a_query_asks_for_its_own_coordinate() {
    let (rows, mut proof) = example();
    let not_last = "a vector that is zero at the query, for it is not the last";
    for query in [3, 0] {
        let (place, expected) = refused(check(&rows, &proof, Some(query), 3));
        assert_eq!((place.as_str(), expected.as_str()), ("proof.basis[0]", not_last));
    }
    proof.basis.swap(0, 1);
    proof.left_inverse.swap(0, 1);
    proof.cuts = vectors(&[&[0, 1, -1, 0], &[1, -2, -1, 0]]);
    // only the last vector of the basis is not zero at 0
    match check(&rows, &proof, Some(0), 3) {
        Ok(_) => {}
        refusal => assert_eq!(refused(refusal).0, "proof.cuts"),
    }
}

#[test]
fn missing_useless_and_ill_shaped_cuts_are_told() {
    let (rows, proof) = example();
    let with = |cuts: &[&[i64]]| check(&rows, &KernelProof { cuts: vectors(cuts), ..proof.clone() }, None, 2);
    let (place, expected) = refused(with(&[&[1, -1, -1, 1]]));
    assert!(place == "proof.cuts" && expected.starts_with("one that bounds lambda_"), "{place}: {expected}");
    assert_eq!(refused(with(&[&[1, 1, 1, 1]])).0, "proof.cuts[0]");
    assert_eq!(refused(with(&[&[1, 1]])).0, "proof.cuts[0]");
}

/// On small words, on large ones and on integers the same is found.
#[test]
fn numbers_of_every_length_are_enumerated() {
    let (rows, proof) = example();
    for bits in [1, 60, 70, 130] {
        let factor = BigInt::from(1) << bits;
        let cuts = proof.cuts.iter().map(|cut| cut.iter().map(|entry| entry * &factor).collect()).collect();
        let long = KernelProof { cuts, ..proof.clone() };
        assert_eq!(check(&rows, &long, None, 3), check(&rows, &proof, None, 3), "{bits} bits");
        assert!(check(&rows, &long, None, 4).is_err(), "{bits} bits");
    }
}
