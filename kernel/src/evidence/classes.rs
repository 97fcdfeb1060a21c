//! Which inputs of a softmax transformer are the same to it, decided on exact columns.
//!
//! For a query `q` read at a position, another position matters only through the columns its tokens have there. Positions
//! with equal columns form a *site*: only how often each token occurs on a site matters. For query count, tokens other than
//! `q` with equal columns on a site form one *slot*; for the most frequent element each token is a slot. Pairs of a position
//! and a query that lead to the same sites are one *problem*, that of the first of them.
//!
//! Order is part of the format, since a tree's splits follow it: problems by their first pair (position, query); sites by the
//! columns of their slots; slots of a site with the query first, then by column (exact rationals compared one after
//! the other) and token.

use crate::definition::{Column, Columns, ReadAt, Reader, Site, SoftmaxTransformer, Task};
use crate::rejection::{Clock, Rejection, need};
use std::collections::BTreeMap;

/// Longer inputs than this are refused.
const MAX_LENGTH: usize = 1 << 12;
/// The slots of all sites of a problem: a tree is at most this deep.
const MAX_LEVELS: usize = 1 << 10;
/// The columns of a problem may hold this many numbers.
const MAX_ENTRIES: usize = 1 << 22;

/// A query at a position, and what the other positions may hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// who reads
    pub reader: Reader,
    /// the column of the position that is read
    pub own: Column,
    /// that of BOS
    pub bos: Option<Column>,
    /// the other positions
    pub sites: Vec<Vec<Slot>>,
    /// how many positions each site has
    pub sizes: Vec<u64>,
}

/// Tokens that are the same to the model on a site.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot {
    /// whether this is the query
    pub other: bool,
    /// what each contributes
    pub column: Column,
    /// how many tokens they are
    pub tokens: u64,
    /// the token, where tokens are told apart (on a single site, its number in the order of the slots)
    pub token: Option<usize>,
}

/// A problem with how many pairs of a position and a query are this one, and the first of them.
#[derive(Debug, Clone)]
pub struct Members {
    /// the problem
    pub problem: Problem,
    /// how many pairs
    pub pairs: u64,
    /// the first pair
    pub first: (usize, usize),
}

/// All problems of `model` at length `n`.
///
/// # Errors
/// [`Rejection`] for a length that the model does not have, or too large a model.
pub fn problems(model: &SoftmaxTransformer, task: Task, n: u64, clock: &Clock<'_>) -> Result<Vec<Members>, Rejection> {
    let n = usize::try_from(n).unwrap_or(usize::MAX);
    let longest = model.longest().unwrap_or(MAX_LENGTH).min(MAX_LENGTH);
    need(n >= 1 && n <= longest, "params.n", format!("1 to {longest}"), n)?;
    let (m, d) = (model.vocabulary(), model.dimension());
    // without positions all places are the first one
    let rows = if model.positions.is_some() { n } else { 1 };
    let entries = rows.saturating_mul(m).saturating_mul(d).saturating_mul(model.heads.len().saturating_add(1));
    need(entries <= MAX_ENTRIES, "model: numbers of its columns", format!("at most {MAX_ENTRIES}"), entries)?;
    let columns = Columns::new(model, clock)?;
    let place = |i: usize| if model.positions.is_some() { i } else { 0 };
    let mut sites: Vec<Vec<Site>> = Vec::with_capacity(rows);
    for i in 0..rows {
        sites.push((0..m).map(|token| columns.site(Some((i, token)), clock)).collect::<Result<_, _>>()?);
    }
    let bos = model.bos.as_ref().map(|_| columns.site(None, clock)).transpose()?;
    let read = if model.read_at == ReadAt::Last { n.saturating_sub(1)..n } else { 0..n };
    let mut found: BTreeMap<Problem, (u64, (usize, usize))> = BTreeMap::new();
    let mut known: BTreeMap<usize, Problem> = BTreeMap::new();
    for position in read {
        for query in 0..m {
            // without positions the problem of a query is that of the first position
            let problem = match known.get(&query).filter(|_| rows == 1) {
                Some(problem) => problem.clone(),
                None => {
                    let reader = columns.reader(position, query, clock)?;
                    let Some(own) = sites.get(place(position)).and_then(|site| site.get(query)) else {
                        continue;
                    };
                    let others = (0..n).filter(|&other| other != position).filter_map(|other| sites.get(place(other)));
                    let (grouped, sizes) = group(others, &reader, task, query, clock)?;
                    let bos = bos.as_ref().map(|site| site.column(&reader)).transpose()?;
                    Problem { own: own.column(&reader)?, reader, bos, sites: grouped, sizes }
                }
            };
            if rows == 1 {
                known.insert(query, problem.clone());
            }
            let (pairs, _) = found.entry(problem).or_insert((0, (position, query)));
            *pairs = pairs.saturating_add(1);
        }
    }
    let member = |(problem, (pairs, first))| Members { problem, pairs, first };
    let mut all: Vec<Members> = found.into_iter().map(member).collect();
    all.sort_by_key(|members| members.first);
    Ok(all)
}

/// The sites of these positions, and their sizes.
fn group<'a>(
    positions: impl Iterator<Item = &'a Vec<Site>>,
    reader: &Reader,
    task: Task,
    query: usize,
    clock: &Clock<'_>,
) -> Result<(Vec<Vec<Slot>>, Vec<u64>), Rejection> {
    let mut sizes: BTreeMap<Vec<Slot>, u64> = BTreeMap::new();
    let mut seen: Vec<(&Vec<Site>, Vec<Slot>)> = Vec::new();
    for position in positions {
        clock.spend(16)?;
        let slots = match seen.iter().find(|(known, _)| std::ptr::eq(*known, position)) {
            Some((_, slots)) => slots.clone(),
            None => {
                let slots = slots(position, reader, task, query, clock)?;
                seen.push((position, slots.clone()));
                slots
            }
        };
        let size = sizes.entry(slots).or_insert(0);
        *size = size.saturating_add(1);
    }
    let (mut sites, sizes): (Vec<Vec<Slot>>, Vec<u64>) = sizes.into_iter().unzip();
    if let [only] = sites.as_mut_slice() {
        // on a single site the names of tokens do not matter: they are numbered in order
        for (index, token) in only.iter_mut().filter_map(|slot| slot.token.as_mut()).enumerate() {
            *token = index;
        }
    }
    let levels: usize = sites.iter().map(Vec::len).sum();
    need(levels <= MAX_LEVELS, "data.readings: slots of all sites", format!("at most {MAX_LEVELS}"), levels)?;
    Ok((sites, sizes))
}

fn slots(
    position: &[Site],
    reader: &Reader,
    task: Task,
    query: usize,
    clock: &Clock<'_>,
) -> Result<Vec<Slot>, Rejection> {
    let mut slots: BTreeMap<(bool, Column, Option<usize>), u64> = BTreeMap::new();
    for (token, site) in position.iter().enumerate() {
        clock.spend(16)?;
        let apart = (task == Task::MostFrequentElement).then_some(token);
        let tokens = slots.entry((token != query, site.column(reader)?, apart)).or_insert(0);
        *tokens = tokens.saturating_add(1);
    }
    Ok(slots.into_iter().map(|((other, column, token), tokens)| Slot { other, column, tokens, token }).collect())
}
