//! The trees that a certificate of readings carries: where a bound decides all inputs below a place, they say so; everything
//! else is left to be evaluated one by one.
//!
//! The order of problems, sites and slots is the kernel's ([`crate::kernel::evidence`]), and so is the bound: every free
//! position lies in the hull of its columns. It is computed here in words with fewer places, so what decides here decides there.

use super::prepared::{FINE, LEAST_WORD_BITS, SUM_BITS, WORD_BITS};
use super::{Backend, Column, ColumnHead, Judged, Output, Precision, Reader, Sums, Words};
use crate::kernel::definition::{SoftmaxTransformer, Task};
use crate::kernel::evidence::{Problem, Slot, problems};
use crate::kernel::number::{Rational, RationalText};
use crate::kernel::{Clock, Rejection, definition};
use crate::search::control::Control;
use crate::search::survey::Interval;

/// Fewer configurations than this are not worth a bound.
const FEW: u64 = 64;

/// One tree a problem, in the kernel's order.
///
/// # Errors
/// [`Rejection`] when the kernel would refuse the model, or the control stops.
pub fn trees(
    model: &SoftmaxTransformer,
    task: Task,
    n: u64,
    control: &Control,
) -> Result<Vec<String>, Rejection> {
    let go_on = || control.go_on().is_ok();
    let clock = Clock::new(&go_on, 1);
    let mut trees = Vec::new();
    for members in problems(model, task, n, &clock)? {
        let tree = Grow::new(model, task, &members.problem)?.map(|mut grow| grow.node(0, &clock));
        trees.push(tree.transpose()?.unwrap_or_else(|| "e".to_owned()));
    }
    Ok(trees)
}

struct Grow<'a> {
    model: &'a SoftmaxTransformer,
    task: Task,
    problem: &'a Problem,
    precision: Precision,
    backend: Backend<Words>,
    base: Vec<Words>,
    /// of what is placed
    sums: Sums<Words>,
    /// `[site][slot]`
    columns: Vec<Vec<Sums<Words>>>,
    /// `(site, slot)` in the order in which they are placed
    order: Vec<(usize, usize)>,
    /// `[site]`: positions that are free, slots that are placed
    free: Vec<(u64, usize)>,
    /// how often the query occurs among what is placed
    own: u64,
}

impl<'a> Grow<'a> {
    /// `None` where no bound is tried: words do not hold the numbers, or the answer is known at the end only.
    fn new(
        model: &'a SoftmaxTransformer,
        task: Task,
        problem: &'a Problem,
    ) -> Result<Option<Self>, Rejection> {
        if task != Task::QueryCount {
            return Ok(None);
        }
        let reader = Reader::bare(problem.reader.spread.0.clone(), numbers(&problem.reader.base));
        let own = column(&problem.own);
        let sums =
            |of: &definition::Column| Sums::of(&column(of), &own, &reader, &model.scale.0, FINE);
        let made = || {
            let mut start = sums(&problem.own)?;
            if let Some(bos) = &problem.bos {
                start.add(&sums(bos)?, 1);
            }
            let site = |site: &Vec<Slot>| site.iter().map(|slot| sums(&slot.column)).collect();
            let slots = problem.sites.iter().map(site).collect::<Option<Vec<Vec<Sums>>>>()?;
            Some((start, slots))
        };
        let Some((start, slots)) = made() else { return Ok(None) };
        let largest = slots.iter().flatten().chain([&start]).map(Sums::bits).max().unwrap_or(0);
        let length = problem.sizes.iter().sum::<u64>() + 1;
        let needed = largest + u64::from(length.ilog2()) + 1;
        let excess = needed.saturating_sub(SUM_BITS).max(u64::from(FINE.0 - WORD_BITS));
        let places = u32::try_from(excess).ok().and_then(|excess| FINE.0.checked_sub(excess));
        let Some(places) = places.filter(|&places| places >= LEAST_WORD_BITS) else {
            return Ok(None);
        };
        let (precision, bits) = (Precision(places), FINE.0 - places);
        let coarse = |site: &Vec<Sums>| site.iter().map(|sums| sums.coarser(bits)).collect();
        let sites = problem.sites.iter().enumerate();
        let mut order: Vec<(usize, usize)> = sites
            .flat_map(|(site, slots)| (0..slots.len()).map(move |slot| (site, slot)))
            .collect();
        order.sort_by_key(|&(_, slot)| slot > 0);
        Ok(Some(Self {
            model,
            task,
            problem,
            precision,
            backend: Backend::stream(model, precision)?,
            base: reader.base.iter().map(|x| Words::enclose(x, precision)).collect(),
            sums: start.coarser(bits),
            columns: slots.iter().map(coarse).collect(),
            order,
            free: problem.sizes.iter().map(|&size| (size, 0)).collect(),
            own: 1,
        }))
    }

    /// The tree below a level; `e` where nothing is gained.
    fn node(&mut self, level: usize, clock: &Clock<'_>) -> Result<String, Rejection> {
        clock.tick()?;
        if self.configurations() < FEW {
            return Ok("e".to_owned());
        }
        match self.bounded() {
            Judged::Right(_) => return Ok("r".to_owned()),
            Judged::Wrong(_) => return Ok("w".to_owned()),
            Judged::Open => {}
        }
        let Some(&(site, slot)) = self.order.get(level) else { return Ok("e".to_owned()) };
        let rest = self.free[site].0;
        let is_own = !self.problem.sites[site][slot].other;
        let last = slot + 1 == self.problem.sites[site].len();
        let mut tree = "s".to_owned();
        for count in if last { rest..=rest } else { 0..=rest } {
            let (sums, own) = (self.sums.clone(), self.own);
            self.sums.add(&self.columns[site][slot], count);
            self.own += if is_own { count } else { 0 };
            self.free[site] = (rest - count, slot + 1);
            tree += &self.node(level + 1, clock)?;
            (self.sums, self.own, self.free[site]) = (sums, own, (rest, slot));
        }
        // a split of enumerations is an enumeration
        Ok(if tree.bytes().skip(1).all(|symbol| symbol == b'e') { "e".to_owned() } else { tree })
    }

    /// How many ways there are to fill what is free, at most [`u64::MAX`].
    fn configurations(&self) -> u64 {
        let sites = self.problem.sites.iter().zip(&self.free);
        let number = |(slots, &(free, placed)): (&Vec<Slot>, &(u64, usize))| {
            super::walk::compositions(free, slots.len() - placed)
        };
        sites.map(number).fold(1, u64::saturating_mul)
    }

    /// What the hull of all free positions decides.
    fn bounded(&self) -> Judged<Words> {
        let open = |(slots, &(free, placed)): (&Vec<Slot>, &(u64, usize))| {
            free > 0 && slots.iter().skip(placed).any(|slot| !slot.other)
        };
        if self.task != Task::QueryCount || self.problem.sites.iter().zip(&self.free).any(open) {
            return Judged::Open;
        }
        let mut sums = self.sums.clone();
        for (columns, &(free, placed)) in self.columns.iter().zip(&self.free) {
            let hull = columns.iter().skip(placed).cloned().reduce(|a, b| a.hull(&b));
            if let Some(hull) = hull.filter(|_| free > 0) {
                sums.add(&hull, free);
            }
        }
        let probes = sums.probes(&self.base, self.precision);
        let y = probes.and_then(|probes| self.backend.outputs(probes));
        y.map_or(Judged::Open, |y| {
            Output { precision: self.precision, y }.judge(&self.model.reading, self.own)
        })
    }
}

fn column(of: &definition::Column) -> Column {
    let head = |head: &definition::HeadColumn| ColumnHead {
        alpha: head.alpha.0.clone(),
        beta: head.beta.0.clone(),
        values: numbers(&head.values),
    };
    Column { spread: of.spread.0.clone(), heads: of.heads.iter().map(head).collect() }
}

fn numbers(texts: &[RationalText]) -> Vec<Rational> {
    texts.iter().map(|text| text.0.clone()).collect()
}
