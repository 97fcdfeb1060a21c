//! T17 (ours): two inputs that a norm leaves alike, or the number of normalised states.
//!
//! The state of `(q, c)` is `sum_j a_j v_j / n` with `a = n e_q + c`; see the kernel's kind `normalised-states` for what a norm leaves of
//! it. All inputs are enumerated where these are few. Where they are many, families of pairs are tried:
//! - one query and `c - c' = z` for a shortest `z` in the kernel of `[V; 1 .. 1]` (`V` centred for layer norm), which part no state at all;
//! - where positive multiples are alike, `n` times `q` against `c'` with `c'_j = k_j` beside `q`, for `k` in the kernel of `V`:
//!   `a' = k + lambda (2 n e_q)`. One-hot tokens have `k = (1, .., 1)` under layer norm, so `(n, 0, .., 0)` and `(n - m + 1, 1, .., 1)` collide;
//! - likewise, where any length will do, `(2 N + s) a` against `2 N (a + k)` with `s = sum k` for an `a = N e_q + c`: both sum to `2 n`, `n = N (2 N + s)`.

use super::collision::{DecideError, Limits, Question, SearchError, decide, lengthened};
use super::control::{Control, Stopped};
use super::inputs::CountInputs;
use super::lattice::kernel_lattice;
use crate::kernel::Clock;
use crate::kernel::definition::{Input, Task, Token};
use crate::kernel::kind::{Norm, Pair, Subject, TwoInputs};
use crate::kernel::number::{IntegerVector, Matrix, Scaled, integer, rank_at_least};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, ToPrimitive, Zero};
use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// Token vectors as a norm sees them.
#[derive(Debug, Clone)]
pub struct Normalised {
    /// `[m, d]`: the tokens with denominators cleared, centred for layer norm
    rows: Vec<IntegerVector>,
    /// positive multiples are alike, as with `eps = 0`
    rays: bool,
}

/// What an enumeration finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// two inputs with one normalised state and different answers
    Pair(TwoInputs),
    /// every normalised state has one answer: how many there are
    Classes(u64),
}

/// Why an enumeration ended.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Stopped(#[from] Stopped),
    #[error("states are longer than 64 bits with denominators cleared")]
    Long,
}

impl Normalised {
    /// `scale_free`: there is a norm, and its `eps` is 0.
    ///
    /// # Errors
    /// [`Error::Long`] when the common denominator is too long.
    ///
    /// ```
    /// use counterproof::construct::embedding::Kind;
    /// use counterproof::kernel::definition::Task;
    /// use counterproof::kernel::kind::Norm;
    /// use counterproof::search::control::Control;
    /// use counterproof::search::normalised::{Found, Normalised};
    ///
    /// // one-hot tokens under layer norm with eps = 0: counts are lost at n = m
    /// let tokens = Kind::OneHot.vectors(3, 3, 0)?;
    /// let normalised = Normalised::new(&tokens, Norm::Layer, true)?;
    /// let control = Control::default();
    /// let at = |n| normalised.enumerate(Task::QueryCount, n, &control);
    /// assert!(matches!(at(2)?, Found::Classes(_)));
    /// assert!(matches!(at(3)?, Found::Pair(_)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn new(tokens: &Matrix, norm: Norm, scale_free: bool) -> Result<Self, Error> {
        let entries = Scaled::new(tokens.entries()).map_err(|_| Error::Long)?.numerators;
        let d = BigInt::from(tokens.cols());
        let row = |row: &[BigInt]| {
            let sum: BigInt = row.iter().sum();
            let centred = |x: &BigInt| if norm == Norm::Layer { x * &d - &sum } else { x.clone() };
            row.iter().map(centred).collect()
        };
        let rows = entries.chunks(tokens.cols().max(1)).map(row).collect();
        Ok(Self { rows, rays: scale_free })
    }

    fn m(&self) -> usize {
        self.rows.len()
    }

    /// Whether the tokens are independent, linearly where positive multiples are alike, else affinely: then every length is right.
    #[must_use]
    pub fn independent(&self) -> bool {
        let one = (!self.rays).then(BigInt::one);
        let row = |row: &IntegerVector| row.iter().cloned().chain(one.clone()).collect();
        let rows: Vec<IntegerVector> = self.rows.iter().map(row).collect();
        rank_at_least(&rows, self.m(), &Clock::unlimited()) == Ok(true)
    }

    /// Looks at all inputs of length `n`.
    ///
    /// # Errors
    /// [`Error`] when a limit is reached.
    pub fn enumerate(&self, task: Task, n: u64, control: &Control) -> Result<Found, Error> {
        let words = |row: &IntegerVector| row.iter().map(ToPrimitive::to_i64).collect();
        let rows: Vec<Vec<i64>> =
            self.rows.iter().map(words).collect::<Option<_>>().ok_or(Error::Long)?;
        let answer = |input: &Input| task.answer(input.counts(), input.query());
        let mut answers: HashMap<Vec<i64>, u64> = HashMap::new();
        for (index, input) in CountInputs::new(n, self.m()).enumerate() {
            if index % 1024 == 0 {
                control.go_on()?;
            }
            let key = self.key(&rows, &input).ok_or(Error::Long)?;
            match answers.entry(key) {
                Entry::Vacant(place) => drop(place.insert(answer(&input))),
                Entry::Occupied(known) if *known.get() == answer(&input) => {}
                Entry::Occupied(known) => {
                    let alike =
                        |other: &Input| self.key(&rows, other).as_ref() == Some(known.key());
                    let first = CountInputs::new(n, self.m()).find(alike).ok_or(Error::Long)?;
                    return Ok(Found::Pair(two(&first, &input)));
                }
            }
        }
        Ok(Found::Classes(answers.len() as u64))
    }

    /// What is left of the state: the same for two inputs iff they have one normalised state. `None` when it is too long.
    fn key(&self, rows: &[Vec<i64>], input: &Input) -> Option<Vec<i64>> {
        let mut state = vec![0i64; rows.first().map_or(0, Vec::len)];
        for (j, (row, &count)) in rows.iter().zip(input.counts()).enumerate() {
            let a = count.checked_add(if input.query().0 == j { input.length() } else { 0 })?;
            let a = i64::try_from(a).ok()?;
            for (entry, x) in state.iter_mut().zip(row).filter(|_| a != 0) {
                *entry = entry.checked_add(x.checked_mul(a)?)?;
            }
        }
        let gcd = state.iter().fold(0u64, |gcd, entry| gcd.gcd(&entry.unsigned_abs()));
        if self.rays && gcd > 1 {
            let gcd = i64::try_from(gcd).ok()?;
            state.iter_mut().for_each(|entry| *entry /= gcd);
        }
        Some(state)
    }

    /// A pair of length `n` out of the families above, of the least length that they have where `n` is `None`. Nothing is said where
    /// none is found.
    ///
    /// # Errors
    /// [`SearchError`] when a limit of the search for `z` is reached.
    pub fn pair_of_families(
        &self,
        task: Task,
        n: Option<u64>,
        limits: &Limits,
    ) -> Result<Option<TwoInputs>, SearchError> {
        let scaled = if self.rays { self.along_a_ray(n) } else { None };
        let scaled =
            scaled.or_else(|| if self.rays && n.is_none() { self.scaled(task) } else { None });
        if scaled.is_some() {
            return Ok(scaled);
        }
        let d = self.rows.first().map_or(0, Vec::len);
        let tokens = Matrix::from_fn(self.m(), d, |i, j| integer(self.rows[i][j].clone()));
        let subject = Subject::Embedding(tokens);
        let answer = match decide(
            Question { subject, task, query: None, max_n: n, cuts_only: false },
            limits,
        ) {
            Ok(answer) => answer,
            Err(DecideError::Search(why) | DecideError::Unfinished { why, .. }) => return Err(why),
            Err(_) => return Ok(None),
        };
        let Some(pair) = answer.pair else { return Ok(None) };
        // more of the query, which is the most frequent token of one of the two, keeps both answers apart
        let Pair { query, c, c_prime } = match n {
            None => pair,
            Some(n) => lengthened(pair, n),
        };
        Ok(Some(TwoInputs { query, c, query_prime: query, c_prime }))
    }

    /// Each query with each vector of a basis of the kernel of `V` and its opposite.
    fn kernel(&self) -> Vec<(usize, IntegerVector)> {
        let columns = super::lattice::transpose(&self.rows, self.rows.first().map_or(0, Vec::len));
        let kernel = kernel_lattice(&columns, self.m()).basis;
        let signed = kernel.iter().flat_map(|k| [k.clone(), k.iter().map(|x| -x).collect()]);
        signed.flat_map(|k| (0..self.m()).map(move |q| (q, k.clone()))).collect()
    }

    /// `(2 N + s) a` against `2 N (a + k)`, of the least length for a few `c`.
    fn scaled(&self, task: Task) -> Option<TwoInputs> {
        let few = |(q, k)| {
            (0..self.m())
                .flat_map(move |p| (0..3u32).map(move |more| (q, p, more)))
                .map(move |(q, p, more)| (q, p, more, IntegerVector::clone(&k)))
        };
        let pair = |(q, p, more, k): (usize, usize, u32, IntegerVector)| {
            let s: BigInt = k.iter().sum();
            // enough of each token, and at the query of both inputs
            let mut c: IntegerVector = k.iter().map(|x| (-x).max(BigInt::zero())).collect();
            let gap: BigInt = &s - &k[q] * 2u32;
            let half = gap.div_floor(&BigInt::from(2));
            c[q] = (half + 1u32).max(BigInt::one());
            c[p] += more;
            let total: BigInt = c.iter().sum();
            let factor: BigInt = &total * 2u32 + &s;
            let n: BigInt = &total * &factor;
            let own = |j: usize| if j == q { total.clone() } else { BigInt::zero() };
            let counts = |times: &BigInt, plus: bool| -> IntegerVector {
                let a =
                    |j: usize| &c[j] + own(j) + if plus { k[j].clone() } else { BigInt::zero() };
                let less = |j: usize| if j == q { n.clone() } else { BigInt::zero() };
                (0..c.len()).map(|j| times * a(j) - less(j)).collect()
            };
            let (one, other) = (counts(&factor, false), counts(&(&total * 2u32), true));
            let gcd = one.iter().chain(&other).fold(BigInt::zero(), |gcd, x| gcd.gcd(x));
            let small = |counts: IntegerVector| -> Option<Vec<u64>> {
                counts
                    .iter()
                    .map(|x| if gcd.is_zero() { None } else { (x / &gcd).to_u64() })
                    .collect()
            };
            let (c, c_prime) = (small(one)?, small(other)?);
            let (query, apart) = (Token(q), |c: &[u64]| task.answer(c, Token(q)));
            let fits =
                factor.is_positive() && c[q] > 0 && c_prime[q] > 0 && apart(&c) != apart(&c_prime);
            fits.then_some(TwoInputs { query, c, query_prime: query, c_prime })
        };
        let pairs = self.kernel().into_iter().flat_map(few).filter_map(pair);
        pairs.min_by_key(|pair| pair.c.iter().map(|&x| u128::from(x)).sum::<u128>())
    }

    /// `n` times the query against the query and `k_j` of each other token.
    fn along_a_ray(&self, n: Option<u64>) -> Option<TwoInputs> {
        let pair = |(q, k): (usize, IntegerVector)| {
            let others = || k.iter().enumerate().filter(|(j, _)| *j != q);
            let sum: BigInt = others().map(|(_, entry)| entry).sum();
            if others().any(|(_, entry)| entry.is_negative()) || sum.is_zero() {
                return None;
            }
            // c'_q >= 1 and lambda > 0
            let least = (&sum + 1u32).max((&sum + &k[q]).div_floor(&2.into()) + 1u32).to_u64()?;
            let n = n.unwrap_or(least);
            if n < least {
                return None;
            }
            let mut c = vec![0; self.m()];
            c[q] = n;
            let mut c_prime = k.iter().map(|entry| entry.to_u64().unwrap_or(0)).collect::<Vec<_>>();
            c_prime[q] = n - sum.to_u64()?;
            Some(TwoInputs { query: Token(q), c, query_prime: Token(q), c_prime })
        };
        self.kernel().into_iter().filter_map(pair).min_by_key(|pair| pair.c.iter().sum::<u64>())
    }
}

fn two(one: &Input, other: &Input) -> TwoInputs {
    TwoInputs {
        query: one.query(),
        c: one.counts().to_vec(),
        query_prime: other.query(),
        c_prime: other.counts().to_vec(),
    }
}
