//! Which inputs of a softmax transformer are the same to it, decided on exact columns.
//!
//! For a query `q` read at a position, another position matters only through the columns its tokens have there. Positions
//! with equal columns form a *site*: only how often each token occurs on a site matters. For query count, tokens other than
//! `q` with equal columns on a site form one *slot*; for other questions each token is a slot. Pairs of a position and a query
//! that lead to the same sites are one *problem*, that of the first of them.
//!
//! Order is part of the format, since a tree's splits follow it: problems by their first pair (position, query); sites by the
//! columns of their slots; slots of a site with the query first, then by column (exact rationals compared one after
//! the other) and token.

use crate::definition::{Column, Columns, Own, Question, Reader, Site, SoftmaxTransformer};
use crate::rejection::{Clock, Rejection, need};
use std::collections::BTreeMap;

/// Longer inputs than this are refused.
pub(super) const MAX_LENGTH: usize = 1 << 12;
/// The slots of all sites of a problem: a tree is at most this deep.
const MAX_LEVELS: usize = 1 << 10;
/// The columns of a problem may hold this many numbers.
pub(super) const MAX_ENTRIES: usize = 1 << 22;
/// The slots of all problems.
const MAX_SLOTS: usize = 1 << 20;

/// A query at a position, and what the other positions may hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// who reads
    pub own: Own,
    /// the column of the position that is read
    pub column: Column,
    /// the query, where a question is about tokens by name
    pub query: Option<usize>,
    /// the column of BOS
    pub bos: Option<Column>,
    /// the other positions
    pub sites: Vec<Vec<Slot>>,
    /// how many positions each site has
    pub sizes: Vec<u64>,
}

/// Tokens that are the same to the model on a site.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Slot {
    /// whether this is not the query
    pub other: bool,
    /// what each contributes
    pub column: Column,
    /// how many tokens they are
    pub tokens: u64,
    /// the token, where tokens are told apart (for the most frequent element on a single site, its number in the order of the slots)
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
    /// for the first pair, one a site
    pub names: Vec<Names>,
}

/// The positions of a site, and a token for each of its slots.
#[derive(Debug, Clone)]
pub struct Names {
    /// counted from 0
    pub positions: Vec<usize>,
    /// one a slot
    pub tokens: Vec<usize>,
}

/// How many pairs a problem has, the first of them, and its names.
type Known = (u64, (usize, usize), Vec<Names>);

/// All problems of a model at length `n`.
///
/// # Errors
/// [`Rejection`] for too large a model.
pub fn problems(
    model: &SoftmaxTransformer,
    columns: &Columns<'_>,
    question: &Question,
    n: usize,
    clock: &Clock<'_>,
) -> Result<Vec<Members>, Rejection> {
    let (m, probes) = (model.vocabulary(), columns.probes());
    // where places make no difference all are the first one
    let rows = if columns.placed() { n } else { 1 };
    let entries = rows.saturating_mul(m).saturating_mul(probes).saturating_mul(model.heads().count().saturating_add(1));
    need(entries <= MAX_ENTRIES, "model: numbers of its columns", format!("at most {MAX_ENTRIES}"), entries)?;
    let place = |i: usize| if columns.placed() { i } else { 0 };
    let mut sites: Vec<Vec<Site>> = Vec::with_capacity(rows);
    for i in 0..rows {
        sites.push((0..m).map(|token| columns.site(Some((i, token)), clock)).collect::<Result<_, _>>()?);
    }
    let bos = model.bos.as_ref().map(|_| columns.site(None, clock)).transpose()?;
    let read = model.read_at.positions(n);
    let pairs_of_one = u64::try_from(if rows == 1 { read.len() } else { 1 }).unwrap_or(u64::MAX);
    let mut found: BTreeMap<Problem, Known> = BTreeMap::new();
    let mut all_slots = 0usize;
    for position in read.take(if rows == 1 { 1 } else { n }) {
        for query in 0..m {
            let reader = columns.reader(position, query, clock)?;
            let Some(own) = sites.get(place(position)).and_then(|site| site.get(query)) else { continue };
            let others = (0..n).filter(|&other| other != position);
            let others = others.filter_map(|other| Some((other, sites.get(place(other))?)));
            let (grouped, sizes, names) = group(others, columns, &reader, question, query, clock)?;
            let bos = bos.as_ref().map(|site| columns.column(site, &reader)).transpose()?;
            let by_name = !matches!(question, Question::QueryCount | Question::MostFrequentElement);
            let column = columns.column(own, &reader)?;
            let query_named = by_name.then_some(query);
            let problem = Problem { own: reader.own, column, query: query_named, bos, sites: grouped, sizes };
            let slots: usize = problem.sites.iter().map(Vec::len).sum();
            let (pairs, ..) = found.entry(problem).or_insert_with(|| {
                all_slots = all_slots.saturating_add(slots);
                (0, (position, query), names)
            });
            *pairs = pairs.saturating_add(pairs_of_one);
            need(all_slots <= MAX_SLOTS, "model: slots of all problems", format!("at most {MAX_SLOTS}"), all_slots)?;
        }
    }
    let member = |(problem, (pairs, first, names))| Members { problem, pairs, first, names };
    let mut all: Vec<Members> = found.into_iter().map(member).collect();
    all.sort_by_key(|members| members.first);
    Ok(all)
}

/// Sites, their sizes and their names.
type Grouped = (Vec<Vec<Slot>>, Vec<u64>, Vec<Names>);

/// The sites of these positions, and their sizes.
fn group<'a>(
    positions: impl Iterator<Item = (usize, &'a Vec<Site>)>,
    columns: &Columns<'_>,
    reader: &Reader,
    question: &Question,
    query: usize,
    clock: &Clock<'_>,
) -> Result<Grouped, Rejection> {
    let mut grouped: BTreeMap<Vec<Slot>, Names> = BTreeMap::new();
    let mut seen: Vec<(&Vec<Site>, Vec<Slot>)> = Vec::new();
    for (position, site) in positions {
        clock.spend(16)?;
        let known = seen.iter().find(|(known, _)| std::ptr::eq(*known, site));
        let slots = match known {
            Some((_, slots)) => slots.clone(),
            None => {
                let (slots, tokens) = slots(site, columns, reader, question, query, clock)?;
                seen.push((site, slots.clone()));
                let names = grouped.entry(slots.clone()).or_insert_with(|| Names { positions: Vec::new(), tokens });
                names.positions.push(position);
                continue;
            }
        };
        if let Some(names) = grouped.get_mut(&slots) {
            names.positions.push(position);
        }
    }
    let (mut sites, names): (Vec<Vec<Slot>>, Vec<Names>) = grouped.into_iter().unzip();
    if let ([only], Question::MostFrequentElement) = (sites.as_mut_slice(), question) {
        // on a single site the names of tokens do not matter: they are numbered in order
        for (index, token) in only.iter_mut().filter_map(|slot| slot.token.as_mut()).enumerate() {
            *token = index;
        }
    }
    let levels: usize = sites.iter().map(Vec::len).sum();
    need(levels <= MAX_LEVELS, "data.readings: slots of all sites", format!("at most {MAX_LEVELS}"), levels)?;
    let size = |names: &Names| u64::try_from(names.positions.len()).unwrap_or(u64::MAX);
    let sizes = names.iter().map(size).collect();
    Ok((sites, sizes, names))
}

/// The slots of a position, and a token of each.
fn slots(
    site: &[Site],
    columns: &Columns<'_>,
    reader: &Reader,
    question: &Question,
    query: usize,
    clock: &Clock<'_>,
) -> Result<(Vec<Slot>, Vec<usize>), Rejection> {
    let mut slots: BTreeMap<(bool, Column, Option<usize>), (u64, usize)> = BTreeMap::new();
    for (token, site) in site.iter().enumerate() {
        clock.spend(16)?;
        let apart = (*question != Question::QueryCount).then_some(token);
        let (tokens, _) = slots.entry((token != query, columns.column(site, reader)?, apart)).or_insert((0, token));
        *tokens = tokens.saturating_add(1);
    }
    let slot = |((other, column, token), (tokens, first))| (Slot { other, column, tokens, token }, first);
    Ok(slots.into_iter().map(slot).unzip())
}
