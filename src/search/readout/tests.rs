use super::*;
use crate::kernel::Clock;
use crate::kernel::definition::Token;
use crate::kernel::kind::{Dependence, LinearReadoutParams, LinearReadouts};
use crate::kernel::number::{RationalText, ratio};
use crate::kernel::{Certificate, ClaimId, Verdict};
use crate::search::inputs::CountInputs;
use crate::search::lp::LpOptions;
use num_traits::Signed;
use proptest::prelude::*;

fn matrix(m: usize, entries: &[i64]) -> Matrix {
    let d = entries.len() / m;
    Matrix::from_fn(m, d, |j, k| integer(entries[j * d + k]))
}

/// The worst error of the readout of `best` on all inputs with its query, by plain counting.
fn by_counting(embedding: &Matrix, best: &Best, n: u64) -> Rational {
    let f = |v: &[Rational]| -> Rational {
        let sum: Rational = best.weights.iter().zip(v).map(|(a, b)| a * b).sum();
        sum + &best.bias
    };
    let mut worst = Rational::zero();
    for input in CountInputs::new(n, embedding.rows()) {
        if input.query().0 != best.query {
            continue;
        }
        let counts = input.counts();
        let mean: Vec<Rational> = (0..embedding.cols())
            .map(|k| {
                let column = (0..embedding.rows()).map(|j| embedding.get(j, k).unwrap().clone());
                let sum: Rational = column.zip(counts).map(|(v, c)| v * integer(*c)).sum();
                sum / integer(n)
            })
            .collect();
        let y = integer(1) - f(embedding.row(best.query)) + integer(n) * f(&mean);
        worst = worst.max((y - integer(counts[best.query])).abs());
    }
    worst
}

#[test]
fn independent_vectors_count_at_every_length() {
    let simplex = matrix(3, &[0, 0, 1, 0, 0, 1]);
    for best in best_linear_all(&simplex, &LpOptions::default()).unwrap() {
        assert_eq!((best.dependence.clone(), best.fails_from()), (None, None));
        assert!(by_counting(&simplex, &best, 5).is_zero());
    }
}

#[test]
fn tokens_on_a_line() {
    // v = 0, 1, 2: z = (1, -2, 1) is the only dependence
    let line = matrix(3, &[0, 1, 2]);
    let best = best_linear_all(&line, &LpOptions::default()).unwrap();
    let deviations: Vec<_> = best.iter().map(|best| best.deviation.clone()).collect();
    assert_eq!(deviations, [ratio(1, 4), ratio(1, 2), ratio(1, 4)]);
    let from: Vec<_> = best.iter().map(|best| best.fails_from().unwrap()).collect();
    assert_eq!(from, [3, 2, 3].map(BigInt::from));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    /// The readout reaches its stated worst error, and certificates on both sides of the threshold hold.
    #[test]
    fn thresholds_are_sharp(entries in proptest::collection::vec(-2i64..=2, 8), n in 1u64..=4) {
        let embedding = matrix(4, &entries);
        let all = best_linear_all(&embedding, &LpOptions::default()).unwrap();
        for best in &all {
            let worst = by_counting(&embedding, best, n);
            prop_assert_eq!(worst, integer(n - 1) * &best.deviation);
        }
        let hardest = all.iter().max_by(|a, b| a.deviation.cmp(&b.deviation)).unwrap();
        let Some(from) = hardest.fails_from() else { return Ok(()) };
        let from = u64::try_from(from).unwrap();
        let params = |n| LinearReadoutParams { n, m: 4, d: 2 };
        let none = |n| Certificate::new(ClaimId::LINEAR_READOUT, params(n), Dependence {
            embedding: embedding.clone(),
            query: Token(hardest.query),
            z: hardest.dependence.clone().unwrap().into_iter().map(RationalText).collect(),
        });
        let some = |n| Certificate::new(ClaimId::LINEAR_READOUT, params(n), LinearReadouts {
            embedding: embedding.clone(),
            weights: Matrix::from_rows(2, all.iter().map(|best| best.weights.clone()).collect()).unwrap(),
            bias: all.iter().map(|best| RationalText(best.bias.clone())).collect(),
        });
        let verdict = |certificate: &Certificate| {
            let read = Certificate::parse(&certificate.to_json().unwrap()).unwrap();
            read.check(&Clock::unlimited()).ok().map(|finding| finding.verdict)
        };
        prop_assert_eq!(verdict(&none(from)), Some(Verdict::Verified));
        prop_assert_eq!(verdict(&none(from - 1)), None);
        prop_assert_eq!(verdict(&some(from - 1)), Some(Verdict::Refuted));
        prop_assert_eq!(verdict(&some(from)), None);
    }

    /// Branch and bound agrees with all inputs one by one.
    #[test]
    fn worst_inputs_are_worst(
        entries in proptest::collection::vec(-2i64..=2, 8),
        hidden in proptest::collection::vec(-3i64..=3, 12),
        linear in proptest::collection::vec(-3i64..=3, 3),
        n in 1u64..=5,
    ) {
        let embedding = matrix(4, &entries);
        let third = |value: &i64| ratio(*value, 2);
        let readout = ReluReadout {
            hidden: Matrix::from_fn(3, 2, |i, k| third(&hidden[4 * i + k])),
            hidden_bias: (0..3).map(|i| third(&hidden[4 * i + 2])).collect(),
            output: (0..3).map(|i| integer(hidden[4 * i + 3])).collect(),
            linear: linear[..2].iter().map(third).collect(),
            bias: third(&linear[2]),
        };
        for query in 0..4 {
            let worst = worst_input(&embedding, &readout, query, n, &LpOptions::default()).unwrap();
            let at = |counts: &[u64]| readout.value(&embedding, counts) - integer(counts[query]);
            prop_assert_eq!(&at(&worst.counts), &worst.error);
            let expected = CountInputs::new(n, 4)
                .filter(|input| input.query().0 == query)
                .map(|input| at(input.counts()).abs())
                .max();
            prop_assert_eq!(Some(worst.error.abs()), expected);
        }
    }
}
