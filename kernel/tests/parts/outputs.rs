//! The forward pass by its definition, and the limits of its attention weights.

use super::refused;
use counterproof_kernel::Clock;
use counterproof_kernel::definition::{
    Affine, Head, IntegerForm, Mlp, Readout, Token, Transformer, Weights, exponents, powers, scores,
};
use counterproof_kernel::number::{Matrix, Rational, integer, ratio};
use num::BigInt;

fn matrix(cols: usize, rows: &[&[i64]]) -> Matrix {
    let rows = rows.iter().map(|row| row.iter().map(|&x| integer(x)).collect());
    Matrix::from_rows(cols, rows.collect()).unwrap()
}

/// Two tokens of two entries, a head with every map different, a unit and a readout.
fn weights() -> Weights {
    Weights {
        embedding: matrix(2, &[&[1, 0], &[2, 1]]),
        positions: None,
        base: integer(2).into(),
        heads: vec![Head {
            query: matrix(2, &[&[1, 1]]),
            key: matrix(2, &[&[1, -1]]),
            value: matrix(2, &[&[3, 1], &[0, 1]]),
            output: matrix(2, &[&[1, 2], &[0, -1]]),
        }],
        mlp: Mlp {
            hidden: vec![Affine {
                weight: matrix(2, &[&[1, 1], &[-1, 0]]),
                bias: vec![integer(-4).into(), integer(1).into()],
            }],
            output: Affine { weight: matrix(2, &[&[1, 5], &[2, 7]]), bias: vec![integer(1).into(), integer(0).into()] },
        },
        readout: Readout { weight: vec![integer(1).into(), integer(3).into()], bias: ratio(1, 2).into() },
    }
}

/// Worked out by hand: `z_0 = (1, 0)`, `z_1 = (2, 1)`.
#[test]
fn the_forward_pass_is_as_it_says() {
    let model = Transformer::new(weights()).unwrap();
    // query (2, 1): W_Q z = 3, keys 1 and 1, so weights are equal; values (3, 0) and (7, 1); mean of 0 0 1: (13/3, 1/3)
    // o = (5, -1/3), r = (7, 2/3), h = (ReLU(7 + 2/3 - 4), ReLU(1 - 7)) = (11/3, 0), r' = r + (11/3 + 1, 22/3) = (35/3, 8)
    assert_eq!(model.output(&[0, 0, 1].map(Token)), Ok(ratio(35, 3) + integer(24) + ratio(1, 2)));
    // query (1, 0) alone: o = (3, 0), r = (4, 0), h = (0, 0), r' = (5, 0)
    assert_eq!(model.output(&[Token(0)]), Ok(integer(5) + ratio(1, 2)));
    assert_eq!((model.vocabulary(), model.dimension(), model.mlp_width(), model.context_length()), (2, 2, 2, None));
    assert!(!model.attends_uniformly() && model.depends_on_counts_only());
    assert_eq!(refused(model.output(&[])).1, "at least one token");
    assert_eq!(refused(model.output(&[Token(2)])).1, "tokens below m = 2");
    // scores of the two tokens differ with another key: 2^0 and 2^3
    let mut other = weights();
    other.heads[0].key = matrix(2, &[&[0, 1]]);
    let model = Transformer::new(other).unwrap();
    // weights 1 and 8 of the values (3, 0) and (7, 1): (59/9, 8/9), o = (75/9, -8/9), r = (31/3, 1/9), h = (58/9, 0)
    let expected = ratio(31, 3) + ratio(58, 9) + integer(1) + integer(3) * (ratio(1, 9) + ratio(116, 9)) + ratio(1, 2);
    assert_eq!(model.output(&[0, 1].map(Token)), Ok(expected));
}

#[test]
fn positions_are_added_to_tokens() {
    let mut placed = weights();
    placed.positions = Some(matrix(2, &[&[0, 0], &[0, 0], &[1, 1]]));
    let model = Transformer::new(placed.clone()).unwrap();
    assert_eq!((model.context_length(), model.depends_on_counts_only()), (Some(3), true));
    assert_eq!(model.state(2, Token(1)), [integer(3), integer(2)]);
    assert_eq!(refused(model.output(&[0, 0].map(Token))).0, "sequence: length");
    for rows in [[[0, 0], [1, 0], [0, 0]], [[0, 0], [0, 1], [0, 0]]] {
        placed.positions = Some(matrix(2, &rows.each_ref().map(|row| &row[..])));
        assert!(!Transformer::new(placed.clone()).unwrap().depends_on_counts_only());
    }
    placed.positions = Some(matrix(2, &[&[0, 0], &[5, 5]]));
    let model = Transformer::new(placed).unwrap();
    assert!(model.depends_on_counts_only());
    assert_ne!(model.output(&[0, 1].map(Token)), model.output(&[1, 1].map(Token)));
    assert_eq!(refused(IntegerForm::new(&model, 3, &Clock::unlimited())).0, "n");
    assert_eq!(refused(IntegerForm::new(&model, 0, &Clock::unlimited())).0, "n");
}

#[test]
fn scores_and_weights() {
    let head = &weights().heads[0];
    let states = [vec![integer(1), integer(0)], vec![integer(0), integer(1)], vec![ratio(1, 2), integer(3)]];
    let found = scores(head, &[integer(2), integer(1)], &states, &Clock::unlimited()).unwrap();
    assert_eq!(found, [integer(3), integer(-3), ratio(-15, 2)]);
    assert_eq!(exponents("head", &[integer(3), integer(-3), integer(0)]), Ok(vec![6, 0, 3]));
    assert_eq!(exponents("head", &[ratio(1, 2), ratio(5, 2)]), Ok(vec![0, 2]));
    assert_eq!(exponents("head", &[]), Ok(Vec::new()));
    assert_eq!(refused(exponents("head", &found)).0, "head");
    assert_eq!(refused(exponents("head", &[integer(0), integer(1_u64 << 32)])).0, "head");
    assert_eq!(powers(&ratio(3, 2), &[0, 2, 1]), Ok([4, 9, 6].map(BigInt::from).to_vec()));
    assert_eq!(powers(&integer(3), &[0, 2, 1]), Ok([1, 9, 3].map(BigInt::from).to_vec()));
    assert_eq!(powers(&integer(3), &[]), Ok(Vec::new()));
}

/// A base of two bits: exponents up to 2^16, and 2^26 bits in all.
#[test]
fn weights_are_bounded() {
    let limit = 1 << 16;
    assert!(powers(&integer(2), &[0, limit]).is_ok());
    assert_eq!(refused(powers(&integer(2), &[0, limit + 1])).0, "model.heads: bits of attention weights");
    let long = Rational::new(3.into(), 2.into());
    assert!(powers(&long, &[0, limit]).is_ok() && powers(&long, &[limit + 1]).is_err());
    assert!(powers(&integer(2), &[1; 1 << 20]).is_ok());
    let wide = |count: usize| powers(&integer(2), &vec![1 << 10; count]).is_ok();
    assert!(wide(1 << 15) && !wide((1 << 15) + 1));
}
