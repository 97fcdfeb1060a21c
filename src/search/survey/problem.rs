//! Which inputs are the same to the model, decided on exact columns.
//!
//! For a query `q` read at a position, another position matters only through the columns its tokens have there.
//! Positions with equal columns form a *site*: only how often each token occurs on a site matters. Tokens with equal
//! columns on a site form a *slot* for query count, whose answer does not depend on them (the query has its own);
//! for the most frequent element they stay apart, but on a single site they may be permuted, so only
//! non-increasing counts are enumerated. Queries and positions that lead to the same problem are counted, not repeated.

use super::SurveyError;
use crate::kernel::Rejection;
use crate::kernel::definition::Task;
use crate::kernel::definition::{ReadAt, SoftmaxTransformer};
use crate::kernel::number::Rational;
use crate::search::inputs::binomial;
use crate::search::survey::{Backend, Column, Columns, Reader, Site};
use num_bigint::BigUint;
use std::collections::BTreeMap;

/// Columns of one problem may hold this many numbers in all.
const MAX_ENTRIES: u64 = 1 << 24;

/// A query at a position, and what the other positions may hold.
#[derive(Debug, Clone)]
pub(super) struct Problem {
    pub reader: Reader,
    pub own: Column,
    pub bos: Option<Column>,
    pub sites: Vec<SiteSlots>,
    /// which tokens are counted together, where every position is a site; see [`super::arrange`]
    pub classes: Vec<Class>,
    /// how many pairs of a position and a query are this problem
    pub multiplicity: u64,
    /// the first of them
    pub position: usize,
    pub query: usize,
}

/// Tokens whose counts the answer does not tell apart.
#[derive(Debug, Clone)]
pub(super) struct Class {
    pub tokens: Vec<usize>,
}

/// Positions that are the same to the model.
#[derive(Debug, Clone)]
pub(super) struct SiteSlots {
    pub positions: Vec<usize>,
    pub size: u64,
    pub slots: Vec<Slot>,
}

/// Tokens that are the same to the model on a site.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    pub column: Column,
    /// one of the tokens
    pub token: usize,
    /// how many they are
    pub tokens: u64,
    /// occurs at most as often as the slot before it
    pub chained: bool,
}

/// What makes two problems the same.
type Key = (
    Rational,
    Vec<Rational>,
    Column,
    Option<Column>,
    Vec<(u64, Vec<(bool, u64, bool, Column)>)>,
    Option<(usize, usize)>,
);

impl Problem {
    /// An upper bound on the number of configurations, sharp where no slot is chained.
    pub fn configurations(&self) -> BigUint {
        let number = |site: &SiteSlots| {
            let slots = site.slots.len() as u64;
            binomial(site.size.saturating_add(slots.saturating_sub(1)), slots.saturating_sub(1))
        };
        self.sites.iter().map(number).product()
    }

    /// The class of a token; that of no class is out of range.
    pub fn class_of(&self, token: usize) -> usize {
        let class = self.classes.iter().position(|class| class.tokens.contains(&token));
        class.unwrap_or(usize::MAX)
    }
}

/// The classes of a problem in which positions and tokens are all told apart; none of any other.
fn classes(sites: &[SiteSlots], task: Task, query: usize, m: usize) -> Vec<Class> {
    let plain = |slot: &Slot| slot.tokens == 1 && !slot.chained;
    let apart =
        |site: &SiteSlots| site.size == 1 && site.slots.len() == m && site.slots.iter().all(plain);
    if sites.len() < 2 || !sites.iter().all(apart) {
        return Vec::new();
    }
    let one = |token| Class { tokens: vec![token] };
    match task {
        Task::QueryCount if m > 1 => {
            let others = (0..m).filter(|&token| token != query).collect();
            vec![one(query), Class { tokens: others }]
        }
        _ => (0..m).map(one).collect(),
    }
}

/// All problems of `model` at length `n`, in the order of their first position and query.
pub(super) fn problems(
    model: &SoftmaxTransformer,
    task: Task,
    n: usize,
) -> Result<Vec<Problem>, SurveyError> {
    let m = model.vocabulary();
    let columns = Backend::columns(model)?;
    let sites = Sites::new(&columns, model, n)?;
    let bos = columns.bos()?;
    let read = match model.read_at {
        ReadAt::Last => n - 1..n,
        ReadAt::Every => 0..n,
    };
    // positions read that are alike: the same site and equal readers
    let mut alike: Vec<(usize, Vec<Reader>, Vec<usize>)> = Vec::new();
    for position in read {
        let known = sites.of(position);
        let same_row = |other: usize| sites.same_state(model, other, position);
        if let Some((_, _, members)) = alike
            .iter_mut()
            .find(|(_, _, members)| members.first().is_some_and(|&other| same_row(other)))
        {
            members.push(position);
            continue;
        }
        let readers =
            (0..m).map(|query| columns.reader(position, query)).collect::<Result<Vec<_>, _>>()?;
        match alike.iter_mut().find(|(site, other, _)| *site == known && *other == readers) {
            Some((_, _, members)) => members.push(position),
            None => alike.push((known, readers, vec![position])),
        }
    }
    let mut found: BTreeMap<Key, Problem> = BTreeMap::new();
    for (_, readers, members) in &alike {
        let Some(&position) = members.first() else { continue };
        for (query, reader) in readers.iter().enumerate() {
            let Some(own) = sites.column(position, query, reader) else { continue };
            let bos = bos.as_ref().map(|site| site.column(reader));
            let (slots, apart) = sites.slots(position, query, reader, task);
            let apart = apart.then_some((position, query));
            let key = key(reader, &own, bos.as_ref(), &slots, query, apart);
            let count = members.len() as u64;
            found.entry(key).and_modify(|problem| problem.multiplicity += count).or_insert(
                Problem {
                    reader: reader.clone(),
                    own,
                    bos,
                    classes: classes(&slots, task, query, m),
                    sites: slots,
                    multiplicity: count,
                    position,
                    query,
                },
            );
        }
    }
    let mut problems: Vec<Problem> = found.into_values().collect();
    problems.sort_by_key(|problem| (problem.position, problem.query));
    Ok(problems)
}

fn key(
    reader: &Reader,
    own: &Column,
    bos: Option<&Column>,
    sites: &[SiteSlots],
    query: usize,
    apart: Option<(usize, usize)>,
) -> Key {
    let slots = |site: &SiteSlots| {
        let slot =
            |slot: &Slot| (slot.token == query, slot.tokens, slot.chained, slot.column.clone());
        (site.size, site.slots.iter().map(slot).collect())
    };
    let sites = sites.iter().map(slots).collect();
    (reader.spread.clone(), reader.base.clone(), own.clone(), bos.cloned(), sites, apart)
}

/// The positions grouped by what their tokens contribute.
struct Sites {
    /// `[group][token]`
    groups: Vec<Vec<Site>>,
    /// `[position]`: its group
    group: Vec<usize>,
}

impl Sites {
    fn new(
        columns: &Columns<'_>,
        model: &SoftmaxTransformer,
        n: usize,
    ) -> Result<Self, SurveyError> {
        let m = model.vocabulary();
        let entries = (n as u64)
            .saturating_mul(m as u64)
            .saturating_mul(model.dimension() as u64 + model.mlp.width() as u64);
        if model.positions.is_some() && entries > MAX_ENTRIES {
            let what = "entries of the positions' columns";
            return Err(SurveyError::TooMany { what, limit: MAX_ENTRIES, found: entries.into() });
        }
        let mut sites = Self { groups: Vec::new(), group: Vec::with_capacity(n) };
        for position in 0..n {
            let same = (0..position).find(|&other| sites.same_state(model, other, position));
            if let Some(other) = same {
                sites.group.push(sites.of(other));
                continue;
            }
            let site = (0..m)
                .map(|token| columns.site(position, token))
                .collect::<Result<Vec<Site>, Rejection>>()?;
            let known = sites.groups.iter().position(|group| *group == site);
            sites.group.push(known.unwrap_or(sites.groups.len()));
            if known.is_none() {
                sites.groups.push(site);
            }
        }
        Ok(sites)
    }

    /// The group of `position`.
    fn of(&self, position: usize) -> usize {
        self.group.get(position).copied().unwrap_or(usize::MAX)
    }

    /// Whether the states of two positions are the same whatever the token.
    fn same_state(&self, model: &SoftmaxTransformer, a: usize, b: usize) -> bool {
        a == b || model.positions.is_none() || model.state(a, 0) == model.state(b, 0)
    }

    fn column(&self, position: usize, token: usize, reader: &Reader) -> Option<Column> {
        Some(self.groups.get(self.of(position))?.get(token)?.column(reader))
    }

    /// The sites of all positions but `position`, and whether tokens must be told apart by name.
    fn slots(
        &self,
        position: usize,
        query: usize,
        reader: &Reader,
        task: Task,
    ) -> (Vec<SiteSlots>, bool) {
        // sites whose columns are the same for this reader are one
        let mut joined: Vec<(Vec<Column>, Vec<usize>)> = Vec::new();
        for (index, group) in self.groups.iter().enumerate() {
            let members = self.group.iter().enumerate();
            let members = members.filter(|&(other, &of)| of == index && other != position);
            let positions: Vec<usize> = members.map(|(other, _)| other).collect();
            if positions.is_empty() {
                continue;
            }
            let columns: Vec<Column> = group.iter().map(|site| site.column(reader)).collect();
            match joined.iter_mut().find(|(known, _)| *known == columns) {
                Some((_, known)) => known.extend(positions),
                None => joined.push((columns, positions)),
            }
        }
        let apart = task == Task::MostFrequentElement && joined.len() > 1;
        let site = |(columns, mut positions): (Vec<Column>, Vec<usize>)| {
            positions.sort_unstable();
            let size = positions.len() as u64;
            SiteSlots { positions, size, slots: slots(columns, query, task, apart) }
        };
        let mut sites: Vec<SiteSlots> = joined.into_iter().map(site).collect();
        if !apart {
            let order = |site: &SiteSlots| {
                let slot = |slot: &Slot| (slot.token != query, slot.column.clone(), slot.tokens);
                (site.size, site.slots.iter().map(slot).collect::<Vec<_>>())
            };
            sites.sort_by_cached_key(order);
        }
        (sites, apart)
    }
}

/// The slots of one site: the query first, then by column.
fn slots(columns: Vec<Column>, query: usize, task: Task, apart: bool) -> Vec<Slot> {
    let slot = |(token, column): (usize, Column)| Slot { column, token, tokens: 1, chained: false };
    let mut all: Vec<Slot> = columns.into_iter().enumerate().map(slot).collect();
    if apart {
        return all;
    }
    all.sort_by(|a, b| {
        let rank = |slot: &Slot| slot.token != query;
        (rank(a), &a.column, a.token).cmp(&(rank(b), &b.column, b.token))
    });
    let mut slots: Vec<Slot> = Vec::new();
    for slot in all {
        match slots.last_mut() {
            Some(last) if last.token != query && last.column == slot.column => match task {
                Task::QueryCount => last.tokens += 1,
                Task::MostFrequentElement => slots.push(Slot { chained: true, ..slot }),
            },
            _ => slots.push(slot),
        }
    }
    slots
}
