//! Bounds of the output over many inputs at once.
//!
//! What attention adds to a probe is `N / D`, both sums over positions. Where some positions are free, each of them may
//! hold any of its columns, and every linear functional of the state has a bound that its extreme inputs attain:
//!
//! ```text
//! f = (n + sum_i n_i) / (D + sum_i D_i) <= t + max(0, n - t D + sum_i max (n_i - t D_i)) / least D,     any t
//! ```
//!
//! with equality at the right `t`, which Dinkelbach's iteration finds. When it is known how often each *class* of columns
//! occurs, prices `mu` sharpen it: `sum_i max (g_i - mu) + sum counts mu`, any prices. The rest of the model is bounded by
//! linear functionals of the state: a ReLU lies between its argument's multiples, a norm is a functional times `1 / sigma`,
//! and what is lost is the spread of `sigma` and of the units that are neither on nor off. (Dinkelbach, Management Science
//! 13(7), 1967; linear relaxation of ReLU: Zhang et al., arXiv:1811.00866. The composition is ours.)

use super::partial::{Backend, Kind, NormMap, Stream, Sums};
use super::{Interval, Precision};

/// Free positions that are alike.
#[derive(Debug, Clone, Copy)]
pub struct Free<'a, E> {
    pub count: u64,
    /// what each may hold, class by class
    pub columns: &'a [Vec<Sums<E>>],
    /// how many of the classes, from the first, no longer occur
    pub closed: usize,
}

/// Inputs of which some positions are placed.
#[derive(Debug, Clone)]
pub struct Region<'a, E> {
    /// `[probe]`
    pub base: &'a [E],
    /// what is placed
    pub placed: &'a Sums<E>,
    pub free: Vec<Free<'a, E>>,
    /// how often each class occurs on all free positions together, when that is known
    pub counts: Option<&'a [u64]>,
}

/// What a column adds to the denominator and to the numerator.
type Pair<E> = (E, E);

/// Of each class the largest gain, and a column that is about that good; `None` where a class has no column.
type Best<'a, E> = Vec<Option<(E, &'a Pair<E>)>>;

/// An upper bound of `n - level D` among columns, and a column that is about that good.
fn most<'a, E: Interval>(
    members: &'a [Pair<E>],
    level: &E,
    p: Precision,
) -> Option<(E, &'a Pair<E>)> {
    let gains = members.iter().map(|pair| (pair.1.minus(&level.times(&pair.0, p)), pair));
    gains.reduce(|(gain, pair), (other, better)| {
        let pair = if other.minus(&gain).is_positive() { better } else { pair };
        (Interval::max(&gain, &other), pair)
    })
}

/// Steps of Dinkelbach's iteration; each bounds, more of them bound better.
const STEPS: usize = 3;

impl<E: Interval> Free<'_, E> {
    /// Whether a class may occur.
    fn is_open(&self, class: usize, counts: Option<&[u64]>) -> bool {
        match counts {
            Some(counts) => counts.get(class).is_some_and(|&count| count > 0),
            None => class >= self.closed,
        }
    }
}

impl<E: Interval> Region<'_, E> {
    /// The smallest bounds of all sums.
    #[must_use]
    pub fn hull(&self) -> Option<Sums<E>> {
        let mut sums = self.placed.clone();
        for free in self.free.iter().filter(|free| free.count > 0) {
            let classes = free.columns.iter().enumerate();
            let open = classes.filter(|(class, _)| free.is_open(*class, self.counts));
            let members = open.flat_map(|(_, members)| members).cloned();
            sums.add(&members.reduce(|a, b| a.hull(&b))?, free.count);
        }
        Some(sums)
    }

    /// An upper bound of a linear functional of the probes.
    fn upper(&self, functional: &[E], p: Precision) -> Option<E> {
        let entries = functional.iter().enumerate().filter(|(_, factor)| !factor.is_zero());
        let entries: Vec<(usize, &E)> = entries.collect();
        let of = |probes: &[E]| {
            let mut sum = E::zero();
            for (factor, probe) in entries.iter().filter_map(|(i, x)| Some((x, probes.get(*i)?))) {
                sum.add(&factor.times(probe, p));
            }
            sum
        };
        let mut bound = of(self.base);
        for head in 0..self.placed.0.len() {
            bound.add(&self.upper_of_head(head, &of, p)?);
        }
        Some(bound)
    }

    fn upper_of_head(&self, head: usize, of: &dyn Fn(&[E]) -> E, p: Precision) -> Option<E> {
        let (weight, values) = self.placed.0.get(head)?;
        let pair = |sums: &Sums<E>| Some((sums.0.get(head)?.0.clone(), of(&sums.0.get(head)?.1)));
        let (total, sum) = (weight, of(values));
        // [free][class][column]: (D_i, n_i)
        let mut columns: Vec<(u64, Vec<Vec<Pair<E>>>)> = Vec::with_capacity(self.free.len());
        let mut least = total.clone();
        for free in self.free.iter().filter(|free| free.count > 0) {
            let mut classes = Vec::with_capacity(free.columns.len());
            for (class, members) in free.columns.iter().enumerate() {
                let open = free.is_open(class, self.counts);
                let members = if open { members.as_slice() } else { &[] };
                classes.push(members.iter().map(pair).collect::<Option<Vec<_>>>()?);
            }
            let smallest = classes.iter().flatten().map(|(weight, _)| weight.clone());
            let smallest = smallest.reduce(|a, b| Interval::min(&a, &b))?;
            least.add(&smallest.times_count(free.count));
            columns.push((free.count, classes));
        }
        let mut level = sum.divide(total, p)?;
        let mut bound: Option<E> = None;
        for _ in 0..STEPS {
            // the best of each class at each kind of position
            let mut best: Vec<(u64, Best<'_, E>)> = Vec::with_capacity(columns.len());
            for (count, classes) in &columns {
                best.push((*count, classes.iter().map(|class| most(class, &level, p)).collect()));
            }
            let prices = self.prices(&best, p)?;
            let mut excess = sum.minus(&level.times(total, p));
            let (mut next_sum, mut next_total) = (sum.clone(), total.clone());
            for (count, classes) in &best {
                let mut largest: Option<(E, &Pair<E>)> = None;
                for (found, price) in classes.iter().zip(&prices) {
                    let Some((gain, column)) = found else { continue };
                    let net = gain.minus(price);
                    largest = Some(match largest {
                        None => (net, column),
                        Some((other, known)) => {
                            let column =
                                if net.minus(&other).is_positive() { column } else { known };
                            (Interval::max(&net, &other), column)
                        }
                    });
                }
                let (net, (weight, value)) = largest?;
                excess.add(&net.times_count(*count));
                next_sum.add(&value.times_count(*count));
                next_total.add(&weight.times_count(*count));
            }
            for (count, price) in self.counts.unwrap_or_default().iter().zip(&prices) {
                excess.add(&price.times_count(*count));
            }
            let found = level.plus(&excess.relu().divide(&least, p)?);
            bound = Some(match bound {
                Some(bound) => Interval::min(&bound, &found),
                None => found,
            });
            level = next_sum.divide(&next_total, p)?;
        }
        bound
    }

    /// A price for each class: its mean gain over the free positions, or zero when its count is not known.
    fn prices(&self, best: &[(u64, Best<'_, E>)], p: Precision) -> Option<Vec<E>> {
        let classes = best.first().map_or(0, |(_, classes)| classes.len());
        if self.counts.is_none() {
            return Some(vec![E::zero(); classes]);
        }
        let positions = E::integer(best.iter().map(|(count, _)| count).sum::<u64>().max(1), p);
        let mean = |class: usize| {
            let mut sum = E::zero();
            for (count, classes) in best {
                if let Some(Some((gain, _))) = classes.get(class) {
                    sum.add(&gain.times_count(*count));
                }
            }
            sum.divide(&positions, p)
        };
        (0..classes).map(mean).collect()
    }
}

/// An upper bound of a linear functional, given by its coefficients, over the vectors of one stage of the model.
type Upper<'a, E> = &'a dyn Fn(&[E]) -> Option<E>;

impl<E: Interval> Backend<E> {
    /// About how many inputs can be judged in the time that [`Backend::number`] takes.
    #[must_use]
    pub fn cost(&self) -> u64 {
        match &self.kind {
            Kind::Probes { .. } => 256,
            Kind::Stream(_) => 2048,
        }
    }

    /// An enclosure of the number that is read, over all inputs of the region; `None` for a readout of several entries,
    /// an MLP of several hidden layers, or enclosures too wide.
    #[must_use]
    pub fn number(&self, region: &Region<'_, E>) -> Option<E> {
        let p = self.precision;
        let state: Upper<'_, E> = &|functional| region.upper(functional, p);
        match &self.kind {
            Kind::Probes { units, layers, out } => {
                let ([(row, bias)], true) = (out.rows.as_slice(), layers.is_empty()) else {
                    return None;
                };
                let one = |place: usize| unit_vector(units + 1, place, p);
                let rows = (0..*units).map(|unit| (one(unit), E::zero())).collect();
                let units_of = Units::new(rows, state)?;
                both(&[E::integer(1, p)], &|sign| {
                    let sign = sign.first()?;
                    let row: Vec<(usize, E)> =
                        row.iter().map(|(unit, weight)| (*unit, weight.times(sign, p))).collect();
                    let (mut functional, constant) = units_of.relaxed(&row, units + 1, p)?;
                    if let Some(direct) = functional.last_mut() {
                        direct.add(sign);
                    }
                    Some(state(&functional)?.plus(&constant).plus(&bias.times(sign, p)))
                })
            }
            Kind::Stream(stream) => {
                let Stream { after, mlp, readout, layers, out, reading } = stream.as_ref();
                let ([(row, bias)], [hidden]) = (reading.rows.as_slice(), layers.as_slice()) else {
                    return None;
                };
                let d = out.rows.len();
                let nothing = vec![E::zero(); d];
                let after = Normed::new(after.as_ref(), d, state, p)?;
                let stream: Upper<'_, E> =
                    &|functional| after.upper(&nothing, functional, state, p);
                let mlp = Normed::new(mlp.as_ref(), d, stream, p)?;
                let dense = |row: &[(usize, E)]| {
                    let mut functional = nothing.clone();
                    for (place, weight) in row {
                        functional.get_mut(*place)?.clone_from(weight);
                    }
                    Some(functional)
                };
                let mut rows = Vec::with_capacity(hidden.rows.len());
                for (row, bias) in &hidden.rows {
                    rows.push((dense(row)?, bias.clone()));
                }
                let seen: Upper<'_, E> = &|functional| mlp.upper(&nothing, functional, stream, p);
                let units = Units::new(rows, seen)?;
                let written: Upper<'_, E> = &|functional| {
                    let mut row = vec![E::zero(); hidden.rows.len()];
                    let mut constant = E::zero();
                    for (factor, (weights, bias)) in functional.iter().zip(&out.rows) {
                        if factor.is_zero() {
                            continue;
                        }
                        for (unit, weight) in weights {
                            row.get_mut(*unit)?.add(&weight.times(factor, p));
                        }
                        constant.add(&bias.times(factor, p));
                    }
                    let row: Vec<(usize, E)> = row.into_iter().enumerate().collect();
                    let (slopes, relaxation) = units.relaxed(&row, d, p)?;
                    let bound = mlp.upper(functional, &slopes, stream, p)?;
                    Some(bound.plus(&constant).plus(&relaxation))
                };
                let readout = Normed::new(readout.as_ref(), d, written, p)?;
                let read: Upper<'_, E> =
                    &|functional| readout.upper(&nothing, functional, written, p);
                Some(both(&dense(row)?, read)?.plus(bias))
            }
        }
    }
}

/// The number that a functional makes of a vector, between its bounds.
fn both<E: Interval>(functional: &[E], upper: Upper<'_, E>) -> Option<E> {
    let negated: Vec<E> = functional.iter().map(negated).collect();
    Some(upper(functional)?.hull(&self::negated(&upper(&negated)?)))
}

fn negated<E: Interval>(value: &E) -> E {
    E::zero().minus(value)
}

fn unit_vector<E: Interval>(length: usize, place: usize, p: Precision) -> Vec<E> {
    let entry = |i| if i == place { E::integer(1, p) } else { E::zero() };
    (0..length).map(entry).collect()
}

/// The units of a hidden layer over a region.
struct Units<E> {
    /// the argument of each unit: functional and bias
    rows: Vec<(Vec<E>, E)>,
    /// its range
    ranges: Vec<E>,
}

impl<E: Interval> Units<E> {
    fn new(rows: Vec<(Vec<E>, E)>, upper: Upper<'_, E>) -> Option<Self> {
        let range = |(row, bias): &(Vec<E>, E)| Some(both(row, upper)?.plus(bias));
        let ranges = rows.iter().map(range).collect::<Option<_>>()?;
        Some(Self { rows, ranges })
    }

    /// A functional of the layer's input and a constant that together are at least `sum_i w_i ReLU(t_i)`.
    fn relaxed(&self, weights: &[(usize, E)], width: usize, p: Precision) -> Option<(Vec<E>, E)> {
        let mut functional = vec![E::zero(); width];
        let mut constant = E::zero();
        for (unit, weight) in weights.iter().filter(|(_, weight)| !weight.is_zero()) {
            let ((row, bias), range) = (self.rows.get(*unit)?, self.ranges.get(*unit)?);
            let slope = if negated(range).is_not_positive() {
                weight.clone()
            } else if range.is_not_positive() {
                continue;
            } else {
                let (low, high) = range.ends();
                if weight.is_positive() {
                    // ReLU(t) <= slope t + shift at both ends, hence between them
                    let slope = high.divide(&high.minus(&low), p)?;
                    let shift = high.minus(&slope.times(&high, p));
                    let shift = Interval::max(&shift, &negated(&slope.times(&low, p)));
                    constant.add(&weight.times(&shift, p));
                    weight.times(&slope, p)
                } else if weight.is_not_positive() {
                    // ReLU(t) >= t and ReLU(t) >= 0
                    if !low.plus(&high).is_positive() {
                        continue;
                    }
                    weight.clone()
                } else {
                    constant.add(&weight.times(&range.relu(), p));
                    continue;
                }
            };
            for (sum, entry) in functional.iter_mut().zip(row).filter(|(_, x)| !x.is_zero()) {
                sum.add(&entry.times(&slope, p));
            }
            constant.add(&bias.times(&slope, p));
        }
        Some((functional, constant))
    }
}

/// A norm over a region, or none: `1 / sigma` is at most `radius` from `middle`.
struct Normed<'a, E> {
    norm: Option<(&'a NormMap<E>, E, E)>,
}

impl<'a, E: Interval> Normed<'a, E> {
    fn new(
        norm: Option<&'a NormMap<E>>,
        d: usize,
        upper: Upper<'_, E>,
        p: Precision,
    ) -> Option<Self> {
        let Some(norm) = norm else { return Some(Self { norm: None }) };
        let centred = (0..d).map(|i| both(&centred(unit_vector(d, i, p), p)?, upper));
        let sigma = norm.deviation(&centred.collect::<Option<Vec<E>>>()?, p)?;
        let (least, most) = E::integer(1, p).divide(&sigma, p)?.ends();
        let middle = least.plus(&most).divide(&E::integer(2, p), p)?;
        let radius = Interval::max(&most.minus(&middle), &middle.minus(&least));
        Some(Self { norm: Some((norm, middle, radius)) })
    }

    /// An upper bound of `direct . x + through . norm(x)`.
    fn upper(&self, direct: &[E], through: &[E], upper: Upper<'_, E>, p: Precision) -> Option<E> {
        let sum = |a: &[E], b: &[E]| a.iter().zip(b).map(|(a, b)| a.plus(b)).collect::<Vec<E>>();
        let Some((norm, middle, radius)) = &self.norm else {
            return upper(&sum(direct, through));
        };
        let mut constant = E::zero();
        for (factor, bias) in through.iter().zip(&norm.bias) {
            constant.add(&factor.times(bias, p));
        }
        let weighted = through.iter().zip(&norm.weight).map(|(x, weight)| x.times(weight, p));
        let through = centred(weighted.collect(), p)?;
        let at_middle: Vec<E> = through.iter().map(|x| x.times(middle, p)).collect();
        let opposite: Vec<E> = through.iter().map(negated).collect();
        let size = Interval::max(&upper(&through)?, &upper(&opposite)?).relu();
        Some(upper(&sum(direct, &at_middle))?.plus(&size.times(radius, p)).plus(&constant))
    }
}

/// The functional that takes the mean off its argument first.
fn centred<E: Interval>(functional: Vec<E>, p: Precision) -> Option<Vec<E>> {
    let d = E::integer(u64::try_from(functional.len()).ok()?, p);
    let sum = functional.iter().fold(E::zero(), |sum, x| sum.plus(x));
    let mean = sum.divide(&d, p)?;
    Some(functional.iter().map(|x| x.minus(&mean)).collect())
}

#[cfg(test)]
mod tests {
    use super::super::Enclosure;
    use super::*;
    use crate::construct::random::{SoftmaxShape, softmax};
    use crate::kernel::definition::{ReadAt, SoftmaxTransformer};
    use crate::search::survey::Words;

    const P: Precision = Precision(64);

    fn shapes() -> Vec<SoftmaxShape> {
        let plain = SoftmaxShape {
            m: 3,
            d: 4,
            heads: 1,
            width: 6,
            longest: Some(5),
            bos: false,
            norms: [false; 4],
            choices: None,
            read_at: ReadAt::Last,
        };
        let normed = |norms| SoftmaxShape { norms, ..plain };
        vec![
            plain,
            SoftmaxShape { heads: 2, ..plain },
            normed([false, true, false, true]),
            normed([true, false, true, true]),
            SoftmaxShape { heads: 0, ..normed([true; 4]) },
        ]
    }

    /// `[position][token]` of the four positions before the one that is read, and that one.
    fn columns(
        model: &SoftmaxTransformer,
    ) -> (Vec<crate::kernel::number::Rational>, Sums, Vec<Vec<Sums>>) {
        let columns = Backend::columns(model).unwrap();
        let reader = columns.reader(4, 1).unwrap();
        let column = |i, token| columns.site(i, token).unwrap().column(&reader);
        let own = column(4, 1);
        let sums =
            |i, token| Sums::of(&column(i, token), &own, &reader, &model.scale.0, P).unwrap();
        let sites = (0..4).map(|i| (0..3).map(|token| sums(i, token)).collect()).collect();
        (reader.base.clone(), sums(4, 1), sites)
    }

    /// Every way to choose one of three tokens at four positions.
    fn choices() -> impl Iterator<Item = [usize; 4]> {
        (0..81).map(|i| [i % 3, i / 3 % 3, i / 9 % 3, i / 27])
    }

    /// Bounds of regions meet the output on each of their inputs; the number of regions that were bounded.
    fn sound<E: Interval>(bits: u32) -> usize {
        let p = Precision(P.0 - bits);
        let mut bounded = 0;
        for shape in shapes() {
            for seed in 0..8 {
                let model = softmax(shape, seed).unwrap();
                let (base, own, sites) = columns(&model);
                let base: Vec<E> = base.iter().map(|x| E::enclose(x, p)).collect();
                let backend = Backend::<E>::new(&model, p).unwrap();
                let own: Sums<E> = own.coarser(bits);
                let sites: Vec<Vec<Sums<E>>> = sites
                    .iter()
                    .map(|site| site.iter().map(|sums| sums.coarser(bits)).collect())
                    .collect();
                let output = |sums: &Sums<E>| {
                    backend.outputs(sums.probes(&base, p).unwrap()).unwrap().remove(0)
                };
                let mut check =
                    |free: Vec<Free<'_, E>>, counts: Option<&[u64]>, inputs: Vec<Sums<E>>| {
                        let region = Region { base: &base, placed: &own, free, counts };
                        let Some(y) = backend.number(&region) else { return };
                        bounded += 1;
                        let hull = region.hull().unwrap();
                        for sums in inputs {
                            let point = output(&sums);
                            let apart = |a: &E, b: &E| a.minus(b).is_positive();
                            assert!(!apart(&y, &point) && !apart(&point, &y), "{shape:?} {seed}");
                            for ((total, _), (other, _)) in hull.0.iter().zip(&sums.0) {
                                assert!(!apart(total, other) && !apart(other, total));
                            }
                        }
                    };
                // positions that are alike, all tokens or the last two
                let slots: Vec<Vec<Sums<E>>> =
                    sites[0].iter().map(|sums| vec![sums.clone()]).collect();
                for closed in 0..2 {
                    let open =
                        choices().filter(|tokens| tokens.iter().all(|&token| token >= closed));
                    let inputs = open.map(|tokens| {
                        let mut sums = own.clone();
                        tokens.iter().for_each(|&token| sums.add(&sites[0][token], 1));
                        sums
                    });
                    let free = Free { count: 4, columns: slots.as_slice(), closed };
                    check(vec![free], None, inputs.collect());
                }
                // positions that differ, with counts of {0} and {1, 2}
                let classes: Vec<Vec<Vec<Sums<E>>>> =
                    sites.iter().map(|site| vec![site[..1].to_vec(), site[1..].to_vec()]).collect();
                for zeros in 0..=4u64 {
                    let with = choices().filter(|tokens| {
                        tokens.iter().filter(|&&token| token == 0).count() as u64 == zeros
                    });
                    let inputs = with.map(|tokens| {
                        let mut sums = own.clone();
                        tokens
                            .iter()
                            .zip(&sites)
                            .for_each(|(&token, site)| sums.add(&site[token], 1));
                        sums
                    });
                    let free = classes.iter().map(|columns| Free { count: 1, columns, closed: 0 });
                    check(free.collect(), Some(&[zeros, 4 - zeros]), inputs.collect());
                }
            }
        }
        bounded
    }

    #[test]
    fn bounds_of_a_region_meet_every_output_in_it() {
        let (words, integers) = (sound::<Words>(24), sound::<Enclosure>(0));
        // five shapes, eight seeds, seven regions; norms of a wide region may have no bound
        assert!(words > 200 && integers > 200, "{words} and {integers} of 280");
    }

    #[test]
    fn a_region_of_one_output_is_bounded_by_it() {
        let model = softmax(shapes()[0], 3).unwrap();
        let (base, own, sites) = columns(&model);
        let base: Vec<Enclosure> = base.iter().map(|x| P.enclose(x)).collect();
        let backend = Backend::new(&model, P).unwrap();
        let one = vec![vec![sites[0][2].clone()]];
        let free = vec![Free { count: 3, columns: one.as_slice(), closed: 0 }];
        let region = Region { base: &base, placed: &own, free, counts: None };
        let y = backend.number(&region).unwrap();
        let (lo, hi) = P.ends(&y);
        assert!(hi - lo < crate::kernel::number::ratio(1, 1 << 40));
    }
}
