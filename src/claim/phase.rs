//! The phase diagram: for `d` against `m`, what counts, each cell from claims that are decided elsewhere.
//!
//! - `m <= d + 1`: T1 and T1', one model for every context length (`qc-histogram`, `n` any).
//! - `m > d + 1`, uniform attention: the best integer embedding found with entries at most `B` counts up to `n* - 1` (T7,
//!   `uniform-collision`), and none counts from the length on at which there are more count vectors than sums (T9, `pigeonhole`).
//! - `d >= ceil(log2 m) + 1`: attention to equal tokens at length `n` with the narrowest inverter (T3, `qc-count-attend`).
//!
//! [`plan`] names the cells; whoever decides them hands their records to [`crate::report::phase::Phase`].

use super::collision::{best_cell, length_bound};
use super::{Cell, Claim, ClaimError, Inverter, Request};
use crate::construct::attend;
use crate::kernel::ClaimId;
use crate::kernel::definition::Length;
use crate::search::collision::best::Sizes as Best;

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sizes {
    /// dimensions
    pub d: Vec<usize>,
    /// vocabulary sizes, at least 2
    pub m: Vec<usize>,
    /// context length, at least 2
    pub n: u64,
    /// largest size of an entry
    pub bound: u32,
    /// sets of tokens that the search for embeddings looks at, see [`Best`]
    pub budget: u64,
    pub seed: u64,
}

/// Cells of one claim.
pub struct Group {
    pub claim: &'static Claim,
    pub cells: Vec<Cell>,
}

/// The largest dimension and vocabulary.
const MAX_SIZE: usize = 64;

/// The cells that the diagram rests on.
///
/// # Errors
/// [`ClaimError`] for sizes that the diagram cannot have.
pub fn plan(sizes: &Sizes) -> Result<Vec<Group>, ClaimError> {
    let Sizes { d: dimensions, m: vocabularies, n, bound, budget, seed } = sizes;
    let wrong = |size: &&usize, least: usize| !(least..=MAX_SIZE).contains(*size);
    if let Some(m) = vocabularies.iter().find(|m| wrong(m, 2)) {
        return Err(ClaimError::value("m", format!("2 to {MAX_SIZE}"), m));
    }
    if let Some(d) = dimensions.iter().find(|d| wrong(d, 1)) {
        return Err(ClaimError::value("d", format!("1 to {MAX_SIZE}"), d));
    }
    if *n < 2 {
        return Err(ClaimError::value("n", "at least 2", n));
    }
    if *bound == 0 {
        return Err(ClaimError::value("bound", "at least 1", bound));
    }
    let (histogram, collision) =
        (named(ClaimId::QC_HISTOGRAM)?, named(ClaimId::UNIFORM_COLLISION)?);
    let (pigeonhole, attention) = (named(ClaimId::PIGEONHOLE)?, named(ClaimId::QC_COUNT_ATTEND)?);
    let (mut exact, mut best, mut bounds, mut attending) = (vec![], vec![], vec![], vec![]);
    for &d in dimensions {
        for &m in vocabularies {
            if m <= d + 1 {
                let n = Some(vec![Length::Any]);
                let request =
                    Request { n, m: Some(vec![m]), d: Some(vec![d]), ..Request::default() };
                exact.extend(histogram.cells(&request)?);
                continue;
            }
            let sizes = Best { m, d, bound: *bound, budget: *budget, seed: *seed };
            if let Some(fails_at) = length_bound(&sizes) {
                let request = Request {
                    n: Some(vec![Length::Exactly(fails_at - 1)]),
                    m: Some(vec![m]),
                    d: Some(vec![d]),
                    bound: Some(*bound),
                    ..Request::default()
                };
                bounds.extend(pigeonhole.cells(&request)?);
            }
            best.push(best_cell(sizes));
        }
    }
    // the construction of T3 does not depend on d once there is room for it
    let room = dimensions.iter().copied().max().unwrap_or(0);
    for &m in vocabularies.iter().filter(|&&m| attend::code_length(m) < room) {
        let (n, inverter) = (Some(vec![Length::Exactly(*n)]), Some(Inverter::Narrow));
        let request = Request { n, m: Some(vec![m]), inverter, ..Request::default() };
        attending.extend(attention.cells(&request)?);
    }
    let groups =
        [(histogram, exact), (collision, best), (pigeonhole, bounds), (attention, attending)];
    Ok(groups.into_iter().map(|(claim, cells)| Group { claim, cells }).collect())
}

fn named(id: ClaimId) -> Result<&'static Claim, ClaimError> {
    let missing = ClaimError::NoModel { claim: id.name(), expected: "a claim of the list" };
    Claim::named(id.name()).ok_or(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes() -> Sizes {
        Sizes { d: vec![1, 2, 3], m: vec![2, 3, 4, 5], n: 4, bound: 1, budget: 100, seed: 0 }
    }

    #[test]
    fn every_cell_is_asked_once() {
        let groups = plan(&sizes()).unwrap();
        let counts: Vec<(&str, usize)> =
            groups.iter().map(|group| (group.claim.id.name(), group.cells.len())).collect();
        // m <= d + 1: 1 + 2 + 3; the others: 3 + 2 + 1; d >= ceil(log2 m) + 1 for m <= 4
        let expected = [
            ("qc-histogram", 6),
            ("uniform-collision", 6),
            ("pigeonhole", 6),
            ("qc-count-attend", 3),
        ];
        assert_eq!(counts, expected);
    }

    #[test]
    fn nonsense_is_refused() {
        for (name, odd) in [
            ("m", Sizes { m: vec![1], ..sizes() }),
            ("m", Sizes { m: vec![65], ..sizes() }),
            ("d", Sizes { d: vec![0], ..sizes() }),
            ("n", Sizes { n: 1, ..sizes() }),
            ("bound", Sizes { bound: 0, ..sizes() }),
        ] {
            let error = plan(&odd).err().unwrap().to_string();
            assert!(error.starts_with(&format!("--{name}:")), "{error}");
        }
    }
}
