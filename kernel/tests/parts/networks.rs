//! ReLU networks of one input: the lines are the network.

use counterproof_kernel::definition::{Affine, Piecewise, ScalarNetwork, ScalarUnit, relu_network};
use counterproof_kernel::number::{Matrix, Rational, integer, ratio};
use counterproof_kernel::{Clock, Rejection};
use num::{Signed, Zero};
use proptest::prelude::*;

fn network(units: &[(i64, i64, i64)], alpha: i64, beta: i64) -> ScalarNetwork {
    let unit = |&(a, w, b): &(i64, i64, i64)| ScalarUnit {
        a: ratio(a, 3).into(),
        w: integer(w).into(),
        b: ratio(b, 2).into(),
    };
    ScalarNetwork { alpha: integer(alpha).into(), beta: integer(beta).into(), units: units.iter().map(unit).collect() }
}

/// By definition.
fn value(network: &ScalarNetwork, x: &Rational) -> Rational {
    let relu = |value: Rational| if value.is_negative() { Rational::zero() } else { value };
    let units = network.units.iter().map(|unit| &unit.a.0 * relu(&unit.w.0 * x + &unit.b.0));
    &network.alpha.0 * x + &network.beta.0 + units.sum::<Rational>()
}

fn at(function: &Piecewise, x: &Rational) -> Rational {
    function.iter().rev().find(|piece| piece.from <= *x).unwrap().at(x)
}

/// Whether neighbouring lines meet.
fn is_continuous(function: &Piecewise) -> bool {
    let meet = |(a, b): (&_, &counterproof_kernel::definition::Piece)| {
        let a: &counterproof_kernel::definition::Piece = a;
        a.from < b.from && a.at(&b.from) == b.at(&b.from)
    };
    function.iter().zip(function.iter().skip(1)).all(meet)
}

proptest! {
    #[test]
    fn the_lines_are_the_network(
        units in proptest::collection::vec((-5i64..5, -3i64..4, -6i64..6), 0..7),
        alpha in -3i64..3,
        x in -40i64..=40,
    ) {
        let network = network(&units, alpha, 1);
        let x = ratio(x, 7);
        let function = network.pieces(&ratio(-40, 7), &ratio(40, 7), &Clock::unlimited()).unwrap();
        prop_assert!(is_continuous(&function));
        prop_assert_eq!(at(&function, &x), value(&network, &x));
    }

    #[test]
    fn the_lines_are_the_layers(
        first in proptest::collection::vec((-3i64..4, -6i64..6), 1..5),
        second in proptest::collection::vec((proptest::collection::vec(-3i64..4, 5), -5i64..5), 1..4),
        out in proptest::collection::vec(-4i64..4, 4),
        x in 0i64..=40,
    ) {
        let x = ratio(x, 40);
        let lines: Vec<_> = first.iter().map(|&(slope, constant)| (integer(slope), ratio(constant, 4))).collect();
        let rows = second.iter().map(|(row, _)| row[..first.len()].iter().map(|&w| integer(w)).collect());
        let layer = Affine {
            weight: Matrix::from_rows(first.len(), rows.collect()).unwrap(),
            bias: second.iter().map(|(_, bias)| ratio(*bias, 3).into()).collect(),
        };
        let row: Vec<_> = out[..second.len()].iter().map(|&w| ratio(w, 2)).collect();
        let last = Affine { weight: Matrix::from_rows(second.len(), vec![row.clone()]).unwrap(), bias: vec![integer(out[3]).into()] };
        let direct = (integer(2), ratio(-1, 2));
        let ends = [&integer(0), &integer(1)];
        let functions =
            relu_network(ends, &lines, std::slice::from_ref(&layer), &last, (&direct.0, &direct.1), &Clock::unlimited()).unwrap();
        let relu = |value: Rational| value.max(Rational::zero());
        let hidden: Vec<_> = lines.iter().map(|(slope, constant)| relu(slope * &x + constant)).collect();
        let apply = |row: &[Rational], values: &[Rational]| row.iter().zip(values).map(|(w, v)| w * v).sum::<Rational>();
        let rows = layer.weight.list().iter().zip(&layer.bias);
        let deeper: Vec<_> = rows.map(|(row, bias)| relu(apply(row, &hidden) + &bias.0)).collect();
        let expected = apply(&row, &deeper) + integer(out[3]) + &direct.0 * &x + &direct.1;
        prop_assert_eq!(functions.len(), 1);
        prop_assert_eq!(at(&functions[0], &x), expected);
    }
}

#[test]
fn a_stopped_clock_ends_it() {
    let units: Vec<_> = (1..200).map(|b| (1, 3, -b)).collect();
    let network = network(&units, 0, 0);
    let (low, high) = (integer(0), integer(100));
    assert!(network.pieces(&low, &high, &Clock::unlimited()).is_ok());
    assert_eq!(network.pieces(&low, &high, &Clock::new(&|| false, 1)), Err(Rejection::Stopped));
}
