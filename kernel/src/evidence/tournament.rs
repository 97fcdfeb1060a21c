//! T2 with more than two tokens on numbers of a machine, at one length (ours).
//!
//! The head gives token `j` the frequency `S_j` of its count, and the query 0; with `s` the sum of these in the order of the tokens, `b = fl(max(1 - s, 0))` is
//! the query's. The tournament over `S_1, .., S_m, b` puts `fl(b' + fl(max(a' - b', 0)))` for neighbours `a', b'`, the last one of an odd number goes on
//! as it is, and `y` is `fl` of `n` times what is left. Right is `|y - A| < 1/2` for the largest count `A`.
//!
//! *A match* gives the larger number, or, where `a' > b'` and the last bit of `a'` is odd, one of its neighbours: `fl(a' - b')` is off by less than half a
//! spacing at `a'`, which the sum rounds away, or by exactly half of it, and then the sum is halfway between `a'` and a neighbour, of which the even one is
//! taken. Even numbers stay as they are, so a number changes once, and the query's never, for it is on the right in all its matches.
//!
//! So for `c` the largest count but the query's, and `t` tokens that are not the query, what is left is `b` or larger, and is `b`, `S(c)`, or what a
//! match makes of `S(c)`. Sums are monotone in each term, so their extremes are those over the extremes of parts. Where that does not show all
//! inputs with `c` right, they are evaluated one by one.

use super::sums::Sums;
use crate::number::{Float, Format, SumOrder};
use crate::rejection::{Clock, Rejection, need};
use std::cmp::Ordering;

/// Inputs of one length that are evaluated one by one.
const MAX_INPUTS: u64 = 1 << 24;
/// Numbers that are tried in place of one.
const MAX_NUMBERS: usize = 1 << 14;

/// The least and the largest of something.
type Range = [u64; 2];

/// All inputs of one length. Numbers are in units of the spacing at `fl(1/n)`.
pub struct Tournament<'a> {
    format: Format,
    order: SumOrder,
    m: u64,
    n: u64,
    exponent: i32,
    /// the frequency of each count from 0 to `n`
    pub frequencies: Vec<Range>,
    /// the sum of the frequencies of all tokens but the query, by how many these are, where it is a sum of terms
    sums: Option<Vec<Range>>,
    clock: &'a Clock<'a>,
}

impl<'a> Tournament<'a> {
    /// The inputs of `m >= 3` tokens whose terms are `a = fl(1/n)`, summed in an order that is not by halves.
    ///
    /// # Errors
    /// [`Rejection`] for sums that do not fit into machine words, or of the clock.
    pub fn new(sums: Sums<'a>, m: u64, n: u64, a: Float) -> Result<Self, Rejection> {
        let Sums { format, order, clock } = sums;
        sums.in_words(n)?;
        let (mantissa, exponent) = a.parts();
        let mut frequencies: Vec<Range> = vec![[0, 0]];
        for count in 1..=n {
            let before: u64 = frequencies.last().map_or(0, |[least, _]| *least);
            let x = match order {
                SumOrder::Once => sums.rounded(mantissa.checked_mul(count), exponent)?,
                SumOrder::Flash => format.quotient(count, n).map_or(u64::MAX, |x| units(x, exponent)),
                _ => sums.rounded(before.checked_add(mantissa), exponent)?,
            };
            frequencies.push([x, x]);
        }
        // tokens summed one by one are a tree of terms too
        let trees = matches!(order, SumOrder::Seq | SumOrder::Any);
        let ends = trees.then(|| Ok([sums.trees(n, a, -1)?, sums.trees(n, a, 1)?])).transpose()?;
        let sums = ends.map(|[low, high]| low.into_iter().zip(high).map(Range::from).collect::<Vec<_>>());
        let frequencies = sums.clone().filter(|_| order == SumOrder::Any).unwrap_or(frequencies);
        Ok(Self { format, order, m, n, exponent, frequencies, sums, clock })
    }

    /// Its unit is a power of two, and this its exponent.
    #[must_use]
    pub fn exponent(&self) -> i32 {
        self.exponent
    }

    fn round(&self, x: u64) -> u64 {
        let rounded = self.format.round(x.into(), self.exponent, false);
        rounded.map_or(u64::MAX, |x| units(x, self.exponent))
    }

    /// What a match of neighbours gives.
    fn larger(&self, a: u64, b: u64) -> u64 {
        if a > b { self.round(b.saturating_add(self.round(a.saturating_sub(b)))) } else { b }
    }

    /// The query's frequency.
    fn own(&self, sum: u64) -> u64 {
        let one = 1u64.checked_shl(self.exponent.unsigned_abs()).unwrap_or(u64::MAX);
        self.round(one.saturating_sub(sum))
    }

    fn add(&self, sum: u64, x: u64) -> u64 {
        let sum = sum.saturating_add(x);
        if self.order == SumOrder::Once { sum } else { self.round(sum) }
    }

    fn output(&self, x: u64) -> Option<Float> {
        self.format.times(self.format.round(x.into(), self.exponent, false)?, self.n)
    }

    /// Whether what comes out is too little, right, or too much.
    fn judge(&self, x: u64, answer: u64) -> Ordering {
        match self.output(x) {
            Some(y) if y.counts(answer) => Ordering::Equal,
            Some(y) if y.units(0).0 < answer.into() => Ordering::Less,
            _ => Ordering::Greater,
        }
    }

    /// The spacing at a number, and whether its last bit is odd.
    fn spacing(&self, x: u64) -> (u64, bool) {
        let dropped = u64::BITS.saturating_sub(x.leading_zeros()).saturating_sub(self.format.bits());
        (1u64.wrapping_shl(dropped), x.wrapping_shr(dropped).wrapping_rem(2) == 1)
    }

    /// What matches may make of a number.
    fn changed(&self, x: u64) -> [u64; 3] {
        let step = Some(self.spacing(x)).filter(|(_, odd)| *odd).map_or(0, |(step, _)| step);
        [x.saturating_sub(step), x, x.saturating_add(step)]
    }

    /// The numbers of the format in a range; with one that is never right where they are too many.
    fn between(&self, [low, high]: Range) -> Result<Vec<u64>, Rejection> {
        let next = |x: &u64| Some(x.saturating_add(self.spacing(*x).0)).filter(|x| *x <= high);
        let mut all: Vec<u64> = std::iter::successors(Some(low), next).take(MAX_NUMBERS).collect();
        if all.len() == MAX_NUMBERS {
            all.push(u64::MAX);
        }
        self.clock.spend(u64::try_from(all.len()).unwrap_or(u64::MAX))?;
        Ok(all)
    }

    fn frequency(&self, count: u64) -> Range {
        let at = usize::try_from(count).unwrap_or(usize::MAX);
        self.frequencies.get(at).copied().unwrap_or([0, u64::MAX])
    }

    /// The sums in which the largest count is at most `c`, or `exactly` that, by the number of tokens; `None` for no such sum.
    fn totals(&self, c: u64, exactly: bool) -> Result<Vec<Option<Range>>, Rejection> {
        // of four tokens or more there are trees that add sums to sums
        if let Some(sums) = self.sums.as_ref().filter(|_| !exactly || self.order == SumOrder::Any && self.m > 4) {
            return Ok(sums.iter().copied().map(Some).collect());
        }
        let wider = |known: &mut Option<Range>, [low, high]: Range| {
            *known = Some(known.map_or([low, high], |[least, most]| [least.min(low), most.max(high)]));
        };
        let none = vec![None; usize::try_from(self.n).unwrap_or(0)];
        let (mut without, mut with) = (none.clone(), none);
        let start = if c == 0 { with.first_mut() } else { without.first_mut() };
        start.into_iter().for_each(|known| wider(known, [0, 0]));
        for _ in 1..self.m {
            let before = [(false, without.clone()), (true, with.clone())];
            let before = before.iter().flat_map(|(has, row)| row.iter().enumerate().map(|known| (*has, known)));
            for (has, (t, known)) in before {
                let Some([low, high]) = *known else { continue };
                self.clock.spend(c.wrapping_shr(6).saturating_add(1))?;
                for (count, [least, most]) in (1..=c).zip(self.frequencies.iter().skip(1)) {
                    let row = if has || count == c { &mut with } else { &mut without };
                    let at = usize::try_from(count).ok().and_then(|count| row.get_mut(t.saturating_add(count)));
                    let Some(known) = at else { break };
                    wider(known, [self.add(low, *least), self.add(high, *most)]);
                }
            }
        }
        for (known, more) in with.iter_mut().zip(without).filter(|_| !exactly) {
            more.into_iter().for_each(|more| wider(known, more));
        }
        Ok(with)
    }

    /// The counts that, as the largest of the tokens but the query, have inputs not shown right.
    ///
    /// # Errors
    /// [`Rejection`] of the clock.
    pub fn open(&self) -> Result<Vec<u64>, Rejection> {
        let others = self.m.saturating_sub(1);
        let mut unsure = Vec::new();
        for (t, range) in (0..self.n).zip(self.totals(self.n.saturating_sub(1), false)?) {
            let (count, least) = (self.n.saturating_sub(t), t.div_ceil(others));
            let [low, high] = range.unwrap_or([0, u64::MAX]).map(|sum| self.own(sum));
            let more = self.judge(low, count.max(least)) == Ordering::Greater;
            if more || count > least && self.judge(high, count) == Ordering::Less {
                unsure.push(t);
            }
        }
        let mut open = Vec::new();
        for c in 0..self.n {
            let numbers = self.between(self.frequency(c))?.into_iter().flat_map(|x| self.changed(x));
            let alone = c > 0 && numbers.into_iter().all(|x| self.judge(x, c) == Ordering::Equal);
            let reached = c..=c.saturating_mul(others);
            if !(alone && !unsure.iter().any(|t| reached.contains(t)) || self.shown(c)?) {
                open.push(c);
            }
        }
        Ok(open)
    }

    /// Whether bounds show all inputs right in which `c` is the largest count but the query's.
    fn shown(&self, c: u64) -> Result<bool, Rejection> {
        let reached = c..=c.saturating_mul(self.m.saturating_sub(1));
        let totals = (0..self.n).zip(self.totals(c, true)?).filter(|(t, _)| reached.contains(t));
        for (t, [low, high]) in totals.filter_map(|(t, range)| Some((t, range?))) {
            let (answer, apart) = (c.max(self.n.saturating_sub(t)), t.saturating_sub(c));
            for own in self.between([self.own(high), self.own(low)])? {
                // on the right of `c`: another token, which may have met the query or a third one
                let mut met = vec![own];
                for other in 0..=c.min(apart) {
                    let rest = apart.saturating_sub(other);
                    self.clock.tick()?;
                    if rest > 0 && rest > c.saturating_mul(self.m.saturating_sub(3)) {
                        continue;
                    }
                    for x in self.between(self.frequency(other))? {
                        let [least, _] = self.frequency(c);
                        let two = rest == 0 && x <= least;
                        met.extend(if two { [x, x, self.larger(x, own)] } else { self.changed(x) });
                    }
                    if met.len() > MAX_NUMBERS {
                        return Ok(false);
                    }
                }
                for x in self.between(self.frequency(c))? {
                    self.clock.spend(u64::try_from(met.len() >> 4).unwrap_or(u64::MAX).saturating_add(1))?;
                    // the query's may have met another before, and `x` stays as it is then
                    let judged = |left: u64| self.judge(left, answer) == Ordering::Equal;
                    let right = |x: u64| judged(self.larger(x, own)) && (x < own || judged(x));
                    if !right(x) || !met.iter().all(|b| right(self.larger(x, *b))) {
                        return Ok(false);
                    }
                }
            }
        }
        Ok(true)
    }

    /// What comes out of an input if that is wrong, by the frequency of each count.
    #[must_use]
    pub fn wrong(&self, counts: &[u64], query: u64, frequency: &[u64]) -> Option<Option<Float>> {
        let of = |count: u64| usize::try_from(count).ok().and_then(|count| frequency.get(count)).copied();
        let others = (0..).zip(counts).map(|(j, count)| if j == query { 0 } else { of(*count).unwrap_or(u64::MAX) });
        let mut numbers: Vec<u64> = others.collect();
        numbers.push(self.own(numbers.iter().fold(0, |sum, x| self.add(sum, *x))));
        while numbers.len() > 1 {
            let matches = numbers.chunks(2).filter_map(|pair| match pair {
                [a, b] => Some(self.larger(*a, *b)),
                odd => odd.first().copied(),
            });
            numbers = matches.collect();
        }
        let (left, answer) = (numbers.first().copied().unwrap_or(u64::MAX), counts.iter().copied().max().unwrap_or(0));
        (self.judge(left, answer) != Ordering::Equal).then(|| self.output(left))
    }

    /// The counts and the query of the first input that is wrong in which `c` is the largest count but the query's.
    ///
    /// # Errors
    /// [`Rejection`] for more than 2^24 inputs, or of the clock.
    pub fn first_wrong(&self, c: u64, frequency: &[u64]) -> Result<Option<(Vec<u64>, u64)>, Rejection> {
        let (most, mut seen) = (self.n.saturating_sub(1).saturating_sub(c), 0u64);
        let places = usize::try_from(self.m.saturating_sub(1)).unwrap_or(0);
        for (query, place) in (0..=places).flat_map(|query| (0..places).map(move |place| (query, place))) {
            // of the tokens that are neither the query nor the one with count `c`
            let mut others = vec![0u64; places.saturating_sub(1)];
            let mut ended = false;
            while !ended {
                self.clock.tick()?;
                seen = seen.saturating_add(1);
                need(seen <= MAX_INPUTS, "params.m", "2^24 inputs at most where bounds do not do", "more")?;
                let mut total = others.iter().sum::<u64>();
                let mut counts = others.clone();
                counts.insert(place.min(counts.len()), c);
                counts.insert(query.min(counts.len()), most.saturating_sub(total).saturating_add(1));
                let asked = u64::try_from(query).unwrap_or(u64::MAX);
                if self.wrong(&counts, asked, frequency).is_some() {
                    return Ok(Some((counts, asked)));
                }
                // the next one, the last token counted first
                ended = others.iter_mut().rev().all(|count| {
                    let full = *count == c || total == most;
                    total = total.saturating_sub(if full { *count } else { 0 });
                    *count = if full { 0 } else { count.saturating_add(1) };
                    full
                });
            }
        }
        Ok(None)
    }
}

/// A number of the format in units of `2^exponent`.
fn units(x: Float, exponent: i32) -> u64 {
    u64::try_from(x.units(exponent).0).unwrap_or(u64::MAX)
}
