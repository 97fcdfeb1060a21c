//! A problem's columns in enclosures, of machine words or of as many bits as are asked for.

use super::problem::Problem;
use super::{Enclosure, Interval, Precision, Words};
use crate::kernel::Rejection;
use crate::kernel::definition::SoftmaxTransformer;
use crate::search::survey::{Backend, Column, Free, Output, Region, Sums};

/// Binary places of words where nothing is large.
pub(super) const WORD_BITS: u32 = 40;
/// Fewer places than this decide nothing.
pub(super) const LEAST_WORD_BITS: u32 = 16;
/// Sums of columns have at most this many bits in words; what is left is for the MLP.
pub(super) const SUM_BITS: u64 = 56;
/// Places at which columns are computed before they become words.
pub(super) const FINE: Precision = Precision(64);

pub(super) struct Prepared<E> {
    pub precision: Precision,
    pub backend: Backend<E>,
    pub base: Vec<E>,
    /// the position that is read, and BOS
    pub start: Sums<E>,
    /// `[site][slot]`, each a list of one
    pub slots: Vec<Vec<Vec<Sums<E>>>>,
    /// `[site][class][member]`, where the problem has classes
    pub classes: Vec<Vec<Vec<Sums<E>>>>,
}

/// The position that is read with BOS, and `[site][slot]`.
type Enclosed = (Sums, Vec<Vec<Sums>>);

/// `None` when this many bits do not do.
fn enclosed(model: &SoftmaxTransformer, problem: &Problem, p: Precision) -> Option<Enclosed> {
    let sums = |column: &Column| Sums::of(column, &problem.own, &problem.reader, &model.scale.0, p);
    let mut start = sums(&problem.own)?;
    if let Some(bos) = &problem.bos {
        start.add(&sums(bos)?, 1);
    }
    let sites = problem.sites.iter();
    let slots = sites.map(|site| site.slots.iter().map(|slot| sums(&slot.column)).collect());
    Some((start, slots.collect::<Option<_>>()?))
}

impl Prepared<Enclosure> {
    /// `None` when this many bits do not do.
    pub fn new(
        model: &SoftmaxTransformer,
        problem: &Problem,
        precision: Precision,
    ) -> Result<Option<Self>, Rejection> {
        let Some((start, slots)) = enclosed(model, problem, precision) else { return Ok(None) };
        Self::of(model, problem, precision, start, slots).map(Some)
    }
}

impl Prepared<Words> {
    /// `None` when the numbers are too large for words.
    pub fn words(
        model: &SoftmaxTransformer,
        problem: &Problem,
        n: u64,
    ) -> Result<Option<Self>, Rejection> {
        let Some((start, slots)) = enclosed(model, problem, FINE) else { return Ok(None) };
        let largest = slots.iter().flatten().chain([&start]).map(Sums::bits).max().unwrap_or(0);
        let needed = largest + u64::from(n.max(1).ilog2()) + 1;
        // places to give up, of the fine ones
        let excess = needed.saturating_sub(SUM_BITS).max(u64::from(FINE.0 - WORD_BITS));
        let Some(places) = u32::try_from(excess)
            .ok()
            .and_then(|excess| FINE.0.checked_sub(excess))
            .filter(|&places| places >= LEAST_WORD_BITS)
        else {
            return Ok(None);
        };
        let bits = FINE.0 - places;
        let slots = slots.iter().map(|site| site.iter().map(|sums| sums.coarser(bits)).collect());
        Self::of(model, problem, Precision(places), start.coarser(bits), slots.collect()).map(Some)
    }
}

impl<E: Interval> Prepared<E> {
    fn of(
        model: &SoftmaxTransformer,
        problem: &Problem,
        precision: Precision,
        start: Sums<E>,
        slots: Vec<Vec<Sums<E>>>,
    ) -> Result<Self, Rejection> {
        let sites = || problem.sites.iter().zip(&slots);
        let classes = problem.classes.iter().map(|class| class.tokens.as_slice());
        let classes: Vec<&[usize]> = classes.collect();
        let members =
            |tokens: &[usize], (site, sums): (&super::problem::SiteSlots, &Vec<Sums<E>>)| {
                let members = site.slots.iter().zip(sums);
                let members = members.filter(|(slot, _)| tokens.contains(&slot.token));
                members.map(|(_, sums)| sums.clone()).collect()
            };
        let classes = sites()
            .map(|site| classes.iter().map(|tokens| members(tokens, site)).collect())
            .collect();
        Ok(Self {
            precision,
            backend: Backend::new(model, precision)?,
            base: problem.reader.base.iter().map(|x| E::enclose(x, precision)).collect(),
            start,
            classes,
            slots: slots
                .into_iter()
                .map(|site| site.into_iter().map(|sums| vec![sums]).collect())
                .collect(),
        })
    }

    pub fn output(&self, sums: &Sums<E>) -> Option<Output<E>> {
        let y = self.backend.outputs(sums.probes(&self.base, self.precision)?)?;
        Some(Output { precision: self.precision, y })
    }

    /// The output over all inputs with these sums in which the `free` positions hold anything.
    pub fn output_over(
        &self,
        placed: &Sums<E>,
        free: Vec<Free<'_, E>>,
        counts: Option<&[u64]>,
    ) -> Option<Output<E>> {
        let region = Region { base: &self.base, placed, free, counts };
        if let Some(y) = self.backend.number(&region) {
            return Some(Output { precision: self.precision, y: vec![y] });
        }
        self.output(&region.hull()?)
    }
}
