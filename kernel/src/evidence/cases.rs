//! Trees over cases of a model that is to name the largest token, one for each query: the token at the last position, which is read.
//!
//! A case says how many of the other positions hold tokens of each of some ranges without common tokens, the highest range first; which positions these
//! are is left open. The root is all of them with any token. A tree is a word in preorder:
//!
//! | symbol | what is below |
//! |---|---|
//! | `x` | the highest range of several tokens without its largest: one tree for each number of positions that hold that one, from all down to none |
//! | `h` | the same for the tokens above its middle (rounded down) |
//! | `r`, `w` | all sequences are right, or wrong, by one bound |
//! | `e` | all sequences are judged, one by one |
//! | `o` | nothing is known |
//!
//! Below `r`, `w` and `e` the answer is known: no other token is above the query, or the highest range is one token. Models have one head with softmax,
//! and an arg max of a linear map of the stream, without a norm. So entry `j` of the output, times the denominator of the attention, is a sum over
//! positions: with `w` and `z` of [`super::homogeneous`] the token `v` at place `p` adds `w (U_j . z + b_j)`. Let `D_j(p, v)` be what it adds to the answer's
//! entry less that; then a sequence is right just where `sum_p D_j(p, v_p) > 0` for every rival `j`. The bound is the worst case over tokens and places:
//! for each range its number of positions times the least `D_j` at any place. What a token adds is scaled by a power of two of its own, so tokens above
//! the answer, however much they weigh elsewhere, take no digits. (Ours; cases and worst cases as in Gross et al., arXiv:2406.11779.)

use super::boxes::{Known, factorials, followed};
use super::homogeneous::{Reals, states};
use super::survey::Asking;
use super::tree::MOST_BITS;
use crate::definition::{Columns, Judged, Part, Question, ReadAt, Reading, Site, SoftmaxTransformer, Token, judge};
use crate::number::fixed::{Nears, PLACES, dot, minus, plus, words};
use crate::number::{Enclosure, Precision, Rational, Real, integer};
use crate::rejection::{Clock, Rejection, need, wrong};
use num::{BigUint, CheckedDiv, One};

/// Longer inputs are refused; sums of so many words do not wrap.
const MAX_LENGTH: usize = 32;
/// More numbers of tokens at places are refused: tokens, positions and one more than dimensions, multiplied.
const MAX_PLACED: usize = 1 << 18;
/// More sums are refused: tokens, places and choices, multiplied.
const MAX_TABLE: usize = 1 << 21;
/// What tokens add is enclosed with this many bits first.
const FINE: Precision = Precision(256);

/// So many positions hold tokens of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Group {
    /// at least 1
    pub count: usize,
    /// the least token
    pub least: usize,
    /// the largest token
    pub most: usize,
}

/// A model whose output is a sum over positions, and the inputs of one length.
pub struct Cases<'a> {
    asking: Asking<'a>,
    n: usize,
    columns: Columns<'a>,
    /// `[choices][d + 1]`: `U_j` and `b_j`, those of tokens first
    reading: Vec<Vec<i64>>,
    reading_error: i64,
    /// `[place][token]`, or of one place
    sites: Vec<Site>,
    bos: Option<Site>,
    /// how many inputs there are
    pub inputs: BigUint,
    /// `0!` to `(n - 1)!`
    factorials: Vec<BigUint>,
}

/// What a token adds to each choice, times a power of two.
struct Row {
    words: Vec<i64>,
    error: i64,
    exponent: i64,
}

/// What tokens add for one query.
pub struct Table {
    /// `[place][token]`, of one place where order makes no difference
    places: Vec<Vec<Row>>,
    /// what the query and BOS add
    fixed: Vec<Row>,
    length: usize,
}

/// `D_j` for one answer.
pub struct Margins {
    /// the largest token
    pub answer: usize,
    /// `[place][token][rival]`, of tokens up to the answer
    places: Vec<Vec<Vec<i64>>>,
    /// of the query and BOS
    fixed: Vec<i64>,
    /// of a sum over all positions
    error: i64,
}

impl<'a> Cases<'a> {
    /// `None` for a model, question or length that this is not about.
    ///
    /// # Errors
    /// [`Rejection`] for a length that the model does not have, or of the clock.
    pub fn new(
        model: &'a SoftmaxTransformer,
        question: &'a Question,
        tolerance: &'a Rational,
        n: u64,
        clock: &Clock<'_>,
    ) -> Result<Option<Self>, Rejection> {
        let (asking, n) = Asking::at(model, question, tolerance, n)?;
        let ([block], Reading::ArgMax { map, answers }) = (model.blocks.as_slice(), &model.reading) else {
            return Ok(None);
        };
        let Part::Attention(attention) = &block.part else { return Ok(None) };
        let [head] = attention.heads.as_slice() else { return Ok(None) };
        let plain = head.weights.scores().is_some() && head.weights.is_softmax();
        let linear = plain && block.after.is_none() && model.norm.is_none();
        let (m, width) = (model.vocabulary(), model.dimension());
        let numbers = m.saturating_mul(n).saturating_mul(width.saturating_add(1));
        let small = n <= MAX_LENGTH && numbers <= MAX_PLACED;
        let small = small && m.saturating_mul(n).saturating_mul(answers.len()) <= MAX_TABLE;
        if !(linear && small && model.read_at == ReadAt::Last && question.is_largest_token()) {
            return Ok(None);
        }
        let Some(columns) = Columns::of_stream(model, clock)? else { return Ok(None) };
        // where tokens stand among the choices; each is there once
        let is = |token: usize| move |answer: &u64| usize::try_from(*answer) == Ok(token);
        let mut order = Vec::with_capacity(answers.len());
        for token in 0..m {
            clock.tick()?;
            let mut places = answers.iter().enumerate().filter(|(_, answer)| is(token)(answer)).map(|(at, _)| at);
            let (Some(place), None) = (places.next(), places.next()) else { return Ok(None) };
            order.push(place);
        }
        let others = answers.iter().enumerate().filter(|(_, answer)| usize::try_from(**answer).is_ok_and(|a| a >= m));
        order.extend(others.map(|(at, _)| at));
        let mut reading = Nears::default();
        let mut rows = Vec::with_capacity(order.len());
        for place in order {
            clock.tick()?;
            let row = map.weight.list().get(place).zip(map.bias.get(place));
            let row = row.and_then(|(row, bias)| {
                let entries: Option<Reals> = row.iter().chain([&bias.0]).map(|x| Enclosure::of(x, FINE)).collect();
                Nears::of(&entries?, FINE, 0)
            });
            let Some(row) = row else { return Ok(None) };
            reading.error = reading.error.max(row.error);
            rows.push(row.words);
        }
        let mut sites = Vec::new();
        for place in 0..if columns.placed() { n } else { 1 } {
            for token in 0..m {
                clock.spend(1 << 9)?;
                sites.push(columns.site(Some((place, token)), clock)?);
            }
        }
        let bos = model.bos.is_some().then(|| columns.site(None, clock)).transpose()?;
        let inputs = asking.inputs(n);
        let factorials = factorials(u64::try_from(n).unwrap_or(0).saturating_sub(1));
        let reading_error = reading.error;
        Ok(Some(Self { asking, n, columns, reading: rows, reading_error, sites, bos, inputs, factorials }))
    }

    /// How many trees a proof has.
    #[must_use]
    pub fn queries(&self) -> usize {
        self.asking.model.vocabulary()
    }

    /// All sequences of a query.
    #[must_use]
    pub fn root(&self) -> Vec<Group> {
        let (count, most) = (self.n.saturating_sub(1), self.queries().saturating_sub(1));
        let root = Group { count, least: 0, most };
        if count == 0 { Vec::new() } else { vec![root] }
    }

    /// The parts of a case by a symbol; `None` where there is nothing to split.
    #[must_use]
    pub fn split(&self, groups: &[Group], symbol: u8) -> Option<Vec<Vec<Group>>> {
        let at = groups.iter().position(|group| group.least < group.most)?;
        let Group { count, least, most } = *groups.get(at)?;
        let middle = match symbol {
            b'x' => most.checked_sub(1)?,
            b'h' => least.checked_add(most.checked_sub(least)?.checked_shr(1)?)?,
            _ => return None,
        };
        let part = |above: usize| {
            let (upper, lower) = (middle.saturating_add(1), count.saturating_sub(above));
            let both = [Group { count: above, least: upper, most }, Group { count: lower, least, most: middle }];
            let both = both.into_iter().filter(|group| group.count > 0);
            let rest = groups.iter().skip(at.saturating_add(1)).copied();
            groups.iter().take(at).copied().chain(both).chain(rest).collect()
        };
        Some((0..=count).rev().map(part).collect())
    }

    /// The largest token of all sequences of a case, where they have the same.
    #[must_use]
    pub fn answer(&self, query: usize, groups: &[Group]) -> Option<usize> {
        match groups.first() {
            Some(group) if group.most > query => (group.least == group.most).then_some(group.most),
            _ => Some(query),
        }
    }

    /// How many sequences a case has.
    #[must_use]
    pub fn ways(&self, groups: &[Group]) -> BigUint {
        let mut ways = self.factorials.last().cloned().unwrap_or_default();
        for Group { count, least, most } in groups {
            let tokens = BigUint::from(most.saturating_sub(*least).saturating_add(1));
            let orders = self.factorials.get(*count).cloned().unwrap_or_else(BigUint::one);
            ways = ways.checked_div(&orders).unwrap_or_default() * tokens.pow(u32::try_from(*count).unwrap_or(0));
        }
        ways
    }

    /// What tokens add for a query; `None` where numbers do not fit.
    ///
    /// # Errors
    /// [`Rejection`] of the clock, or for too large a model.
    pub fn table(&self, query: usize, clock: &Clock<'_>) -> Result<Option<Table>, Rejection> {
        let (m, placed) = (self.queries(), self.columns.placed());
        let last = if placed { self.n.saturating_sub(1) } else { 0 };
        let free = if placed { last } else { 1 }.saturating_mul(m);
        let reader = self.columns.reader(last, query, clock)?;
        let own = self.sites.get(last.saturating_mul(m).saturating_add(query));
        let sites: Vec<&Site> = self.sites.iter().take(free).chain(own).chain(&self.bos).collect();
        let Some(states) = states(&self.columns, &sites, &reader, (None, FINE), clock)? else { return Ok(None) };
        let mut rows = Vec::with_capacity(states.len());
        for state in &states {
            clock.spend(u64::try_from(self.reading.len() >> 3).unwrap_or(u64::MAX))?;
            let Some(row) = self.row(state) else { return Ok(None) };
            rows.push(row);
        }
        let fixed = rows.split_off(free.min(rows.len()));
        let mut rows = rows.into_iter();
        let places = (0..free.checked_div(m).unwrap_or(0)).map(|_| rows.by_ref().take(m).collect()).collect();
        Ok(Some(Table { places, fixed, length: self.n }))
    }

    fn row(&self, state: &Reals) -> Option<Row> {
        let bits = state.iter().map(|x| x.lo.bits().max(x.hi.bits())).max()?;
        // the largest entry becomes about 1
        let exponent = i64::try_from(bits.max(PLACES.into())).ok()?.checked_sub(FINE.0.into())?;
        let state = Nears::of(state, FINE, exponent)?;
        let mut row = Row { words: Vec::with_capacity(self.reading.len()), error: 0, exponent };
        for reading in &self.reading {
            let (word, error) = dot((reading, self.reading_error), (&state.words, state.error))?;
            row.words.push(word);
            row.error = row.error.max(error);
        }
        Some(row)
    }

    /// Judges all sequences of a case one by one, or some that are the same to the model at once; `found` is told of each, the query left out,
    /// and how many it stands for.
    ///
    /// # Errors
    /// [`Rejection`] of the clock.
    pub fn each(
        &self,
        query: usize,
        margins: &Margins,
        groups: &[Group],
        found: &mut dyn FnMut(Judged, &[usize], &BigUint),
        clock: &Clock<'_>,
    ) -> Result<(), Rejection> {
        let same = !self.columns.placed() && groups.iter().all(|group| group.least == group.most);
        if same {
            let tokens: Vec<usize> =
                groups.iter().flat_map(|group| std::iter::repeat_n(group.most, group.count)).collect();
            let judged = match margins.bound(groups) {
                Judged::Open => self.closely(query, &tokens, margins.answer, clock)?,
                judged => judged,
            };
            found(judged, &tokens, &self.ways(groups));
            return Ok(());
        }
        let mut tell = |tokens: &[usize], sums: &[i64]| {
            let judged = match margins.judge(sums) {
                Judged::Open => self.closely(query, tokens, margins.answer, clock)?,
                judged => judged,
            };
            found(judged, tokens, &BigUint::one());
            Ok(())
        };
        sequences(margins, &mut groups.to_vec(), (&mut Vec::new(), &margins.fixed), &mut tell, clock)
    }

    /// Judges one sequence by definition.
    fn closely(&self, query: usize, tokens: &[usize], answer: usize, clock: &Clock<'_>) -> Result<Judged, Rejection> {
        let sequence: Vec<Token> = tokens.iter().chain([&query]).map(|token| Token(*token)).collect();
        let answer = integer(u64::try_from(answer).unwrap_or(u64::MAX));
        let input = (sequence.as_slice(), tokens.len(), &answer);
        Ok(judge(self.asking.model, self.asking.criteria.tolerance, input, MOST_BITS, clock)?.0)
    }

    /// Follows all trees on all threads; the first that does not hold is the one that is reported.
    ///
    /// # Errors
    /// [`Rejection`] of a tree that does not hold, or of the clock.
    pub fn follow(&self, trees: &[String], clock: &Clock<'_>) -> Result<Known, Rejection> {
        followed(trees, self.queries(), clock, |query, tree, clock| self.follow_one(query, tree, clock))
    }

    fn follow_one(&self, query: usize, tree: &str, clock: &Clock<'_>) -> Result<Known, Rejection> {
        let mut known = Known::default();
        if tree == "o" {
            return Ok(known);
        }
        let place = format!("data.accuracy.trees[{query}]");
        let moderate = || wrong("data.accuracy.model", "numbers of a moderate size", "others");
        let table = self.table(query, clock)?.ok_or_else(moderate)?;
        let mut margins: Option<Margins> = None;
        let mut symbols = tree.bytes();
        let mut left = vec![self.root()];
        while let Some(groups) = left.pop() {
            clock.spend(4)?;
            match symbols.next() {
                Some(b'o') => {}
                Some(symbol @ (b'x' | b'h')) => {
                    let parts = self.split(&groups, symbol);
                    let parts = parts.ok_or_else(|| wrong(&place, "a split of several tokens", "one of none"))?;
                    left.extend(parts.into_iter().rev());
                }
                Some(symbol @ (b'r' | b'w' | b'e')) => {
                    let answer = self.answer(query, &groups);
                    let answer = answer.ok_or_else(|| wrong(&place, "one largest token", "several"))?;
                    let of_answer = match margins.take().filter(|margins| margins.answer == answer) {
                        Some(margins) => margins,
                        None => {
                            clock.spend(table.work())?;
                            table.margins(answer).ok_or_else(moderate)?
                        }
                    };
                    if symbol == b'e' {
                        let mut add = |judged, _: &[usize], ways: &BigUint| known.add(judged, ways);
                        self.each(query, &of_answer, &groups, &mut add, clock)?;
                    } else {
                        clock.spend(table.work())?;
                        let expected = if symbol == b'r' { Judged::Right } else { Judged::Wrong };
                        let found = of_answer.bound(&groups);
                        need(found == expected, &place, format!("a bound that is {expected:?}"), format!("{found:?}"))?;
                        known.add(found, &self.ways(&groups));
                    }
                    margins = Some(of_answer);
                }
                _ => return Err(wrong(&place, "a tree of `x`, `h`, `r`, `w`, `e` and `o`", "something else")),
            }
        }
        need(symbols.next().is_none(), &place, "one tree", "symbols after its end")?;
        Ok(known)
    }
}

/// Is told of tokens and their sums.
type Tell<'a> = dyn FnMut(&[usize], &[i64]) -> Result<(), Rejection> + 'a;

/// Tells of every sequence of some groups behind those tokens, whose sums these are.
fn sequences(
    margins: &Margins,
    groups: &mut Vec<Group>,
    (tokens, sums): (&mut Vec<usize>, &[i64]),
    tell: &mut Tell<'_>,
    clock: &Clock<'_>,
) -> Result<(), Rejection> {
    // of one place where there are no others
    let place = margins.places.get(tokens.len()).or_else(|| margins.places.first());
    if groups.iter().all(|group| group.count == 0) {
        return tell(tokens, sums);
    }
    for at in 0..groups.len() {
        let Some(&Group { count, least, most }) = groups.get(at) else { continue };
        let Some(count) = count.checked_sub(1) else { continue };
        let set = |groups: &mut Vec<Group>, to: usize| {
            groups.iter_mut().skip(at).take(1).for_each(|group| group.count = to);
        };
        set(groups, count);
        for token in least..=most {
            clock.tick()?;
            let Some(row) = place.and_then(|place| place.get(token)) else { continue };
            let sums: Vec<i64> = sums.iter().zip(row).map(|(sum, d)| sum.wrapping_add(*d)).collect();
            tokens.push(token);
            sequences(margins, groups, (tokens, &sums), tell, clock)?;
            tokens.pop();
        }
        set(groups, count.saturating_add(1));
    }
    Ok(())
}

impl Table {
    /// How long margins or a bound of an answer take, in microseconds at most.
    #[must_use]
    pub fn work(&self) -> u64 {
        u64::try_from(self.numbers() >> 8).unwrap_or(u64::MAX).saturating_add(1)
    }

    /// How many numbers the margins of an answer have, at most.
    #[must_use]
    pub fn numbers(&self) -> usize {
        let choices = self.fixed.first().map_or(0, |row| row.words.len());
        self.places.iter().map(Vec::len).fold(0, usize::saturating_add).saturating_mul(choices)
    }

    /// What decides about an answer; `None` where numbers do not fit.
    #[must_use]
    pub fn margins(&self, answer: usize) -> Option<Margins> {
        let free = || self.places.iter().map(|place| place.iter().take(answer.saturating_add(1)));
        let exponent = free().flatten().chain(&self.fixed).map(|row| row.exponent).max()?;
        let mut error = 0i64;
        let mut margins = |row: &Row| {
            let by = u32::try_from(exponent.saturating_sub(row.exponent)).unwrap_or(u32::MAX).min(63);
            let scaled = |word: &i64| word.wrapping_shr(by);
            // of two words, each rounded down
            let one = plus(row.error.wrapping_shr(by), 2)?;
            error = error.max(plus(one, one)?);
            let own = scaled(row.words.get(answer)?);
            let rivals = row.words.iter().enumerate().filter(|(rival, _)| *rival != answer);
            words(rivals.map(|(_, word)| minus(own, scaled(word))))
        };
        let mut fixed: Option<Vec<i64>> = None;
        for row in &self.fixed {
            let row = margins(row)?;
            fixed = Some(match fixed {
                Some(sums) => words(sums.iter().zip(&row).map(|(sum, d)| plus(*sum, *d)))?,
                None => row,
            });
        }
        let mut places = Vec::with_capacity(self.places.len());
        for place in free() {
            places.push(place.map(&mut margins).collect::<Option<Vec<_>>>()?);
        }
        let terms = i64::try_from(self.length.saturating_add(1)).ok()?;
        Some(Margins { answer, places, fixed: fixed?, error: error.checked_mul(terms)? })
    }
}

impl Margins {
    fn judge(&self, sums: &[i64]) -> Judged {
        match sums.iter().min() {
            Some(least) if *least < self.error.wrapping_neg() => Judged::Wrong,
            Some(least) if *least <= self.error => Judged::Open,
            _ => Judged::Right,
        }
    }

    /// What every sequence of a case is: the worst, or the best, that tokens and places can make of it.
    #[must_use]
    pub fn bound(&self, groups: &[Group]) -> Judged {
        match (self.judge(&self.extremes(groups, i64::min)), self.judge(&self.extremes(groups, i64::max))) {
            (Judged::Right, _) => Judged::Right,
            (_, Judged::Wrong) => Judged::Wrong,
            _ => Judged::Open,
        }
    }

    fn extremes(&self, groups: &[Group], worse: impl Fn(i64, i64) -> i64) -> Vec<i64> {
        let mut sums = self.fixed.clone();
        for group in groups {
            let mut extremes: Option<Vec<i64>> = None;
            let tokens = |place: &'_ Vec<Vec<i64>>| group.least..place.len().min(group.most.saturating_add(1));
            for place in &self.places {
                for row in tokens(place).filter_map(|token| place.get(token)) {
                    match &mut extremes {
                        Some(found) => found.iter_mut().zip(row).for_each(|(x, d)| *x = worse(*x, *d)),
                        None => extremes = Some(row.clone()),
                    }
                }
            }
            // no more than 32 positions with words below 2^56
            let count = i64::try_from(group.count).unwrap_or(0);
            for (sum, d) in sums.iter_mut().zip(extremes.unwrap_or_default()) {
                *sum = sum.wrapping_add(d.wrapping_mul(count));
            }
        }
        sums
    }
}
