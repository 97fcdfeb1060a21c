//! The weights of each kind: three ways to get a number `s` that tells how often a token occurs.

use super::tokens::{Tokens, combined};
use super::{Counter, Mixing};
use crate::algebra::MatrixOps;
use crate::construct::embedding::Kind;
use crate::construct::{ConstructError, affine, size};
use crate::kernel::definition::{HeadWeights, Scores};
use crate::kernel::number::{Matrix, Rational, integer, ratio};
use num_traits::{One, Signed, Zero};

/// What differs from one kind to another.
pub(super) struct Parts {
    pub tokens: Tokens,
    pub bos: Option<Vec<Rational>>,
    pub weights: HeadWeights,
    /// a row of weights and a bias for each hidden unit
    pub units: Vec<(Vec<Rational>, Rational)>,
    /// `t_0, .., t_{n-1}`
    pub thresholds: Vec<Rational>,
    pub bound_holds: bool,
}

/// What differs from one choice of token vectors to another when scores are added up.
struct Sums {
    tokens: Tokens,
    /// `S`
    form: Matrix,
    unit: Vec<Rational>,
    bias: Rational,
    /// zero, which adds nothing, unless said otherwise
    bos: Vec<Rational>,
    thresholds: Vec<Rational>,
    bound_holds: bool,
}

impl Counter {
    /// `dot`, `bos`: scores are added up, one for each equal token and the same for each other.
    pub(super) fn by_scores(&self) -> Result<Parts, ConstructError> {
        let Self { mixing, m, d, .. } = *self;
        let sums = match self.embedding {
            None if d >= m => self.orthonormal_sums(Kind::OneHot, 0)?,
            Some((kind @ (Kind::OneHot | Kind::Rotated), seed)) => {
                self.orthonormal_sums(kind, seed)?
            }
            None if (m, d) == (2, 1) => self.pair_sums()?,
            None | Some((Kind::Simplex, _)) if m >= 3 && d + 1 >= m => self.simplex_sums()?,
            Some((Kind::Simplex, _)) => {
                let found = format!("m = {m}, d = {d}");
                return Err(size("simplex", "m >= 3 and d >= m - 1 without softmax", found));
            }
            other => self.marked_sums(other)?,
        };
        Ok(Parts {
            tokens: sums.tokens,
            bos: (mixing == Mixing::Bos).then_some(sums.bos),
            weights: HeadWeights::Scores(scores(sums.form)?),
            units: vec![(sums.unit, sums.bias)],
            thresholds: sums.thresholds,
            bound_holds: sums.bound_holds,
        })
    }

    /// Equal tokens have the score 1, others 0, and all are 1 in one direction. BOS is the sum of all, as published: it adds the
    /// same number to every output.
    fn orthonormal_sums(&self, kind: Kind, seed: u64) -> Result<Sums, ConstructError> {
        let tokens = Tokens::orthonormal(kind, self.m, self.d, seed)?;
        let unit = tokens.sum();
        let from_bos = if self.mixing == Mixing::Bos { self.m as u64 } else { 0 };
        Ok(Sums {
            tokens,
            form: Matrix::identity(self.d),
            bias: -integer(1 + from_bos),
            bos: unit.clone(),
            unit,
            thresholds: self.whole(&ratio(1, 2)),
            bound_holds: true,
        })
    }

    /// Tokens 1 and `-a` with `a = 1 - 1/(2n)`: what the unit sees is the same at `c = 0`, and its slopes are 1 and `a`.
    fn pair_sums(&self) -> Result<Sums, ConstructError> {
        let count = integer(self.n);
        let a = Rational::one() - ratio(1, 2) / &count;
        Ok(Sums {
            tokens: Tokens::pair(&a)?,
            form: Matrix::from_fn(1, 1, |_, _| -(&count * &a).recip()),
            unit: vec![-&count * &a / (Rational::one() - &a * &a)],
            bias: &count * &a / (Rational::one() + &a),
            bos: vec![Rational::zero()],
            thresholds: self.whole(&ratio(1, 4)),
            bound_holds: true,
        })
    }

    /// `d = m - 1`: the unit reads `r_t` off token `t`, one number for all but the last, and `S(q, t) r_t = [q = t] + kappa / r_q`.
    /// `S` has rank `m - 1` and `r_q + n kappa / r_q` is the same for every query iff the numbers are these.
    fn simplex_sums(&self) -> Result<Sums, ConstructError> {
        let Self { n, m, d, .. } = *self;
        let tokens = Tokens::simplex(m, d)?;
        let first = integer(n) / integer((m * (m - 2)) as u64);
        let last = -&first * integer(m as u64 - 1);
        let read = |t: usize| if t + 1 == m { &last } else { &first };
        let kappa = &first * &last / integer(n);
        let between = Matrix::from_fn(m, m, |q, t| {
            let same = if q == t { read(t).recip() } else { Rational::zero() };
            same + &kappa / (read(q) * read(t))
        });
        let dual = Matrix::from_rows(d, tokens.dual.clone())?;
        Ok(Sums {
            form: dual.transpose().mul(&between)?.mul(&dual)?,
            unit: combined(d, tokens.dual.iter().enumerate().map(|(t, w)| (read(t), w))),
            bias: -(&first + &last),
            bos: vec![Rational::zero(); d],
            thresholds: self.whole(&ratio(1, 2)),
            bound_holds: true,
            tokens,
        })
    }

    /// Any vectors, and a mark that the unit reads: other tokens count between `low` and `high`.
    fn marked_sums(&self, embedding: Option<(Kind, u64)>) -> Result<Sums, ConstructError> {
        let Self { n, m, d, .. } = *self;
        let (tokens, mark) = Tokens::marked(embedding, m, d)?;
        // scores without the mark, 1 for a token and itself
        let own = tokens.largest_norm() - Rational::one();
        let scale = if own.is_positive() { own.recip() } else { Rational::one() };
        let (low, high) = tokens.products(tokens.vectors.list());
        let [low, high] = [low, high].map(|product| (product - Rational::one()) * &scale);
        let shift = integer(n) * (-&low).max(Rational::zero());
        Ok(Sums {
            form: minus_mark(d, &mark, &Rational::one()).scale(&scale),
            unit: mark,
            bias: &shift - Rational::one(),
            bos: vec![Rational::zero(); d],
            thresholds: between(n, &low, &high).map(|t| t + &shift).collect(),
            bound_holds: tokens.same_norms() && own.is_positive() && apart(n, &low, &high),
            tokens,
        })
    }

    /// `0 + shift, .., n - 1 + shift`
    fn whole(&self, shift: &Rational) -> Vec<Rational> {
        (0..self.n).map(|c| integer(c) + shift).collect()
    }

    /// `bos+sftm`: BOS is zero and every token 1 in the direction that is read, so `s = 2 - a` with the weight `a` of BOS. Equal
    /// tokens have the score of BOS, 0, and others at most `-ln(2 n)`, so `1/a` is between `1 + c` and `3/2 + c`.
    pub(super) fn by_weight_of_bos(&self) -> Result<Parts, ConstructError> {
        let Self { n, m, d, .. } = *self;
        let (tokens, mark) = match self.embedding {
            None if d >= m => with_sum(Tokens::orthonormal(Kind::OneHot, m, d, 0)?),
            Some((kind @ (Kind::OneHot | Kind::Rotated), seed)) => {
                with_sum(Tokens::orthonormal(kind, m, d, seed)?)
            }
            None if d >= 3 => Tokens::circle(m, d)?,
            Some((Kind::Simplex, _)) => {
                let expected = "onehot, rotated, truncated, moment or random for bos+sftm";
                return Err(size("embedding", expected, "simplex"));
            }
            other => Tokens::marked(other, m, d)?,
        };
        let norm = tokens.largest_norm();
        let (_, high) = tokens.products(tokens.vectors.list());
        let gap = if m == 1 { Rational::one() } else { &norm - high };
        // 2^bits >= 2 n, and e > 2
        let bits = integer(u64::from(n.next_power_of_two().trailing_zeros()) + 1);
        let scale = if gap.is_positive() { bits / &gap } else { Rational::one() };
        let form = minus_mark(d, &mark, &norm).scale(&scale);
        let bound_holds = tokens.same_norms() && gap.is_positive();
        Ok(Parts {
            tokens,
            bos: Some(vec![Rational::zero(); d]),
            weights: HeadWeights::Softmax(scores(form)?),
            units: vec![(mark, Rational::zero())],
            thresholds: (0..n)
                .map(|c| integer(2u64) - integer(2u64) / integer(2 * c + 3))
                .collect(),
            bound_holds,
        })
    }

    /// `lin`, `lin+sftm`, `dot+sftm`: a unit for each token; that of the query is the only one above zero.
    pub(super) fn by_histogram(&self) -> Result<Parts, ConstructError> {
        let Self { mixing, n, m, d, .. } = *self;
        let tokens = match self.embedding {
            None if d >= m => Tokens::orthonormal(Kind::OneHot, m, d, 0)?,
            Some((kind @ (Kind::OneHot | Kind::Rotated), seed)) => {
                Tokens::orthonormal(kind, m, d, seed)?
            }
            None if d + 1 == m => Tokens::simplex(m, d)?,
            Some((Kind::Simplex, _)) => Tokens::simplex(m, d)?,
            other => Tokens::plain(other, m, d)?,
        };
        let positions = n as usize;
        let same = if mixing == Mixing::Linear { ratio(1, 1) / integer(n) } else { integer(0u64) };
        let matrix = Matrix::from_fn(positions, positions, |_, _| same.clone());
        // how much an equal token weighs against another; within 10^-9 of e, which no threshold notices up to 10^8 tokens
        let mut favour = Rational::one();
        let weights = match mixing {
            Mixing::Linear => HeadWeights::Matrix(matrix),
            Mixing::DotSoftmax => {
                let form = match tokens.form() {
                    Some(form) => {
                        favour = ratio(49171, 18089);
                        form
                    }
                    // uniform attention
                    None => Matrix::zeros(d, d),
                };
                HeadWeights::Softmax(scores(form)?)
            }
            _ => HeadWeights::SoftmaxMatrix(matrix),
        };
        let (low, high) = tokens.products(&tokens.dual);
        let exact = tokens.form().is_some();
        let count = integer(n);
        let raised = high.clone().max(Rational::zero());
        let threshold = if exact {
            Rational::one()
        } else {
            (&count - Rational::one() + (&count + Rational::one()) * raised) / &count
        };
        let bias = integer(2u64) * &tokens.offset - &threshold;
        let thresholds = if exact {
            let half = |c: u64| integer(c) + ratio(1, 2);
            let share = |c| &favour * half(c) / (&favour * half(c) + &count - half(c));
            (0..n).map(share).collect()
        } else {
            let base = Rational::one() - &threshold;
            between(n, &low, &high).map(|t| t / &count + &base).collect()
        };
        let two = integer(2u64);
        let (fewer, more) = (&count - Rational::one(), &count + Rational::one());
        let gated = two + fewer * &low > more * high.clone().max(Rational::zero());
        let nonzero = tokens.coherence_squared().is_some();
        let bound_holds = exact || (nonzero && gated && apart(n, &low, &high));
        let mut units: Vec<_> = tokens.dual.iter().map(|row| (row.clone(), bias.clone())).collect();
        let mut thresholds: Vec<Rational> = thresholds;
        if exact && favour.is_one() && (n, m, self.p) == (2, 3, Some(2)) {
            (units, thresholds) = two_units(&tokens);
        }
        Ok(Parts { tokens, bos: None, weights, units, thresholds, bound_holds })
    }
}

/// Two units for three tokens at length 2. Their sum is above 1 at the corners of the triangle of states, where the count is 2,
/// and below 1 elsewhere: `ReLU(x) + ReLU(y) < 1` has three sides, one for each corner.
fn two_units(tokens: &Tokens) -> (Vec<(Vec<Rational>, Rational)>, Vec<Rational>) {
    let entries = [[(11, 20), (-1, 1), (3, 10)], [(-1, 1), (11, 20), (3, 10)]];
    let unit = |row: [(i64, i64); 3]| {
        let row = row.map(|(p, q)| ratio(p, q));
        let bias = integer(2u64) * &tokens.offset * row.iter().sum::<Rational>();
        (combined(tokens.vectors.cols(), row.iter().zip(&tokens.dual)), bias)
    };
    (entries.map(unit).to_vec(), vec![ratio(1, 10), ratio(1, 1)])
}

/// Thresholds between counts, when the other tokens count between `low` and `high` each instead of 0.
fn between(n: u64, low: &Rational, high: &Rational) -> impl Iterator<Item = Rational> {
    let (low, high) = (low.clone(), high.clone());
    (0..n).map(move |c| {
        let others = integer(n - c) * &high + integer(n - c - 1) * &low;
        let zero = c == 0;
        // nothing has the count 0: any threshold below all that has the count 1
        let middle = if zero {
            integer(n - 1) * &low * integer(2u64) + Rational::one()
        } else {
            integer(2 * c + 1) + others
        };
        middle / integer(2u64)
    })
}

/// Whether no two counts can then be confused: `c + (n - c) high < c + 1 + (n - c - 1) low` for `c = 1, .., n - 1`.
fn apart(n: u64, low: &Rational, high: &Rational) -> bool {
    n == 1 || integer(n - 1) * (high - low) < Rational::one() - low
}

/// `I - norm mark mark^T`
fn minus_mark(d: usize, mark: &[Rational], norm: &Rational) -> Matrix {
    Matrix::from_fn(d, d, |i, j| {
        let unit = if i == j { Rational::one() } else { Rational::zero() };
        unit - norm * &mark[i] * &mark[j]
    })
}

fn with_sum(tokens: Tokens) -> (Tokens, Vec<Rational>) {
    let sum = tokens.sum();
    (tokens, sum)
}

/// Scores `x_i . form x_j`.
fn scores(form: Matrix) -> Result<Scores, ConstructError> {
    let d = form.cols();
    let zero = || vec![Rational::zero(); d];
    Ok(Scores {
        query: affine(d, Matrix::identity(d).to_rows(), zero())?,
        key: affine(d, form.to_rows(), zero())?,
        scale: Rational::one().into(),
        rotary: None,
    })
}
