//! Whether what a sample says is true: the inputs drawn again, each judged by definition, binomial tails in rationals.

use super::{counting, is_right, plain_count};
use counterproof::kernel::definition::{Reading, Token};
use counterproof::kernel::kind::{Distribution, Sample, SampleParams};
use counterproof::kernel::number::{Rational, integer, ratio};
use num_traits::{One, Signed, Zero};

/// Word `k` of SplitMix64 started at `seed`.
pub fn word(seed: u64, k: u64) -> u64 {
    let z = seed.wrapping_add((k + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
    let z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The tokens of input `index` of a sample; words that are passed over are too rare to be met.
pub fn tokens(params: &SampleParams, index: u64) -> Vec<Token> {
    let weights = match &params.distribution {
        Distribution::Uniform => vec![1; params.m],
        Distribution::Weights(weights) => weights.clone(),
        Distribution::Even => return evenly(params, index),
    };
    let total: u64 = weights.iter().sum();
    let token = |k| {
        let number = word(word(params.seed, index), k) % total;
        let exceeds = |j: &usize| weights[..=*j].iter().sum::<u64>() > number;
        Token((0..params.m).find(exceeds).unwrap())
    };
    (0..params.n).map(token).collect()
}

/// Rounds of all tokens, each in an order of its own.
fn evenly(params: &SampleParams, index: u64) -> Vec<Token> {
    let mut left: Vec<Token> = Vec::new();
    let token = |k| {
        if left.is_empty() {
            left = (0..params.m).map(Token).collect();
        }
        left.remove((word(word(params.seed, index), k) % left.len() as u64) as usize)
    };
    (0..params.n).map(token).collect()
}

/// `P[X >= least]` for `trials` trials.
pub fn tail(trials: u64, least: u64, p: &Rational) -> Rational {
    let power = |base: &Rational, by: u64| (0..by).fold(Rational::one(), |all, _| all * base);
    let ways =
        |j: u64| (0..j).fold(Rational::one(), |all, i| all * integer(trials - i) / integer(i + 1));
    let failure = Rational::one() - p;
    let term = |j: u64| ways(j) * power(p, j) * power(&failure, trials - j);
    (least..=trials).map(term).fold(Rational::zero(), |sum, term| sum + term)
}

pub fn is_true(params: &SampleParams, data: &Sample) -> bool {
    let every = params.n as usize;
    let Reading::ArgMax { answers, .. } = &data.model.reading else {
        panic!("no sample reads a number")
    };
    if params.estimate == 0 || params.estimate > 100 || params.n > 20 {
        return false;
    }
    let (mut right, mut error, mut near) = (0, Rational::zero(), 0);
    for index in 0..params.estimate {
        let sequence = tokens(params, index);
        let read = data.model.read_at.positions(every);
        let position = match read.len() {
            1 => read.start,
            among => (word(word(params.seed, index), params.n) % among as u64) as usize,
        };
        let mut rotated = sequence.clone();
        rotated.rotate_left(position + 1);
        let answer = plain_count(counting(&params.task), &rotated, params.m);
        right += u64::from(is_right(&data.model, &sequence, position, answer, &params.tolerance.0));
        let said = answers
            .iter()
            .find(|&&choice| is_right(&data.model, &sequence, position, choice, &ratio(1, 2)));
        let distance = (integer(*said.unwrap()) - integer(answer)).abs();
        near += u64::from(distance <= Rational::one());
        error += distance;
    }
    let mean = error / integer(params.estimate);
    let around = data.error.at_least.0 <= mean && mean <= data.error.at_most.0;
    let doubt = (Rational::one() - &params.confidence.0) / integer(2);
    let (low, high) = (&data.accuracy.at_least.0, &data.accuracy.at_most.0);
    let below = low.is_zero() || (low.is_positive() && tail(params.estimate, right, low) <= doubt);
    let failure = Rational::one() - high;
    let above = failure.is_zero()
        || (failure.is_positive()
            && tail(params.estimate, params.estimate - right, &failure) <= doubt);
    let rows = data.answers.iter().map(|row| row.right).sum::<u64>() == right;
    data.right == right
        && data.open == 0
        && data.within_one == near
        && around
        && below
        && above
        && rows
}
