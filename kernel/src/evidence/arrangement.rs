//! Where tokens stand, in models with learned positions: what it does to sums over positions, for all arrangements of some counts at once.
//!
//! Let token `v` at place `p` add `u_vp` `[d + 1]` to a sum, the query at the last place and BOS among them. With the means `M_v` of `u_vp` over the other
//! places and any `k_p`, an arrangement of counts `c` (the query's own among them) has the sum
//!
//! ```text
//! sum_v c_v (M_v + K / n) + sum_p (u_vp - M_v - k_p)      v the token at p, over places other than the last
//! K = u_q,n - M_q + u_BOS + sum_p k_p
//! ```
//!
//! Entry `i` of the second sum is `r_i e_i` for some `|e_i| <= 1`, with `r_i = sum_p max_v |u_vp - M_v - k_p|_i`; the `k_p` taken are in the middle of what
//! is between the least and the largest. So any linear form of such sums is one in `c` and the `e_i`, and the least that arrangements make of it is the sum
//! of the least at each place, whatever the counts are. (Ours.)

use crate::number::fixed::{Nears, down, minus, narrow, product, products, sizes};
use crate::number::{Enclosure, Precision, Rational, Real, integer};
use num::{BigInt, Signed, Zero};

/// What tokens add at each place, in shares of the largest sums.
#[derive(Debug, Clone)]
pub(super) struct Moves {
    /// `[place][token][d + 1]`
    places: Vec<Vec<Vec<i64>>>,
    error: i64,
}

type Reals = Vec<Enclosure>;

impl Moves {
    /// The least that an arrangement adds to a form that is `form_i` at `e_i = 1`, each within `error`.
    pub(super) fn least(&self, form: &[i64], error: i64) -> Option<i64> {
        let (mut sum, off) = (0i128, product(self.error, sizes(form)?));
        for tokens in &self.places {
            let least = tokens.iter().map(|shares| products(shares, form)).min()?;
            sum = sum.wrapping_add(least).wrapping_sub(off);
        }
        minus(down(sum)?, narrow(product(error, i64::try_from(form.len()).ok()?))?)
    }
}

/// What counts multiply (`[m]` columns), then what the `e_i` do (`[d + 1]` columns), and the moves; the terms are those of all tokens at each place, of the
/// query at the last one, and of BOS where there is one.
pub(super) fn arranged(
    terms: &[Reals],
    (m, query, places, n): (usize, usize, usize, u64),
    p: Precision,
) -> Option<(Vec<Reals>, Moves)> {
    let number = |count: usize| Some(p.enclose(&integer(u64::try_from(count).ok()?)));
    let (free, fixed) = terms.split_at_checked(m.checked_mul(places)?)?;
    let mean = |token: usize| shares(&total(free.iter().skip(token).step_by(m))?, &number(places)?, p);
    let means: Vec<Reals> = (0..m).map(mean).collect::<Option<_>>()?;
    let mut constant = less(&total(fixed.iter())?, means.get(query)?)?;
    let mut reach = vec![BigInt::zero(); constant.len()];
    let mut moves: Vec<Vec<Reals>> = Vec::with_capacity(places);
    for tokens in free.chunks(m) {
        let moved: Vec<Reals> = tokens.iter().zip(&means).map(|(u, mean)| less(u, mean)).collect::<Option<_>>()?;
        let middle = |i: usize| {
            let entries = || moved.iter().filter_map(|moved| moved.get(i));
            let ends = entries().map(|x| &x.lo).min()? + entries().map(|x| &x.hi).max()?;
            let middle: BigInt = ends >> 1u32;
            Some(Enclosure { lo: middle.clone(), hi: middle })
        };
        let middle: Reals = (0..reach.len()).map(middle).collect::<Option<_>>()?;
        constant = total([&constant, &middle].into_iter())?;
        let moved: Vec<Reals> = moved.iter().map(|moved| less(moved, &middle)).collect::<Option<_>>()?;
        for (i, reach) in reach.iter_mut().enumerate() {
            *reach += moved.iter().filter_map(|moved| moved.get(i)).map(|x| x.hi.abs().max(x.lo.abs())).max()?;
        }
        moves.push(moved);
    }
    let share = shares(&constant, &p.enclose(&integer(n)), p)?;
    let mut columns: Vec<Reals> = means.iter().map(|mean| total([mean, &share].into_iter())).collect::<Option<_>>()?;
    let zero = p.enclose(&Rational::zero());
    let exact = |x: &BigInt| Enclosure { lo: x.clone(), hi: x.clone() };
    for (i, reach) in reach.iter().enumerate() {
        let entry = |j: usize| if i == j { exact(reach) } else { zero.clone() };
        columns.push((0..constant.len()).map(entry).collect());
    }
    let part =
        |(x, reach): (&Enclosure, &BigInt)| if reach.is_zero() { Some(zero.clone()) } else { x.over(&exact(reach), p) };
    let (mut all, mut error) = (Vec::with_capacity(places), 0);
    for tokens in moves {
        let mut words = Vec::with_capacity(m);
        for moved in tokens {
            let parts: Reals = moved.iter().zip(&reach).map(part).collect::<Option<_>>()?;
            let near = Nears::of(&parts, p, 0)?;
            error = error.max(near.error);
            words.push(near.words);
        }
        all.push(words);
    }
    Some((columns, Moves { places: all, error }))
}

fn total<'a>(terms: impl Iterator<Item = &'a Reals>) -> Option<Reals> {
    let mut sum: Option<Reals> = None;
    for term in terms {
        sum = Some(match sum {
            Some(sum) => sum.iter().zip(term).map(|(x, y)| x.plus(y)).collect::<Option<_>>()?,
            None => term.clone(),
        });
    }
    sum
}

fn less(x: &Reals, y: &Reals) -> Option<Reals> {
    x.iter().zip(y).map(|(x, y)| x.minus(y)).collect()
}

fn shares(x: &Reals, of: &Enclosure, p: Precision) -> Option<Reals> {
    x.iter().map(|x| x.over(of, p)).collect()
}
