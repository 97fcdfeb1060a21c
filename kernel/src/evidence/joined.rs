//! What is found of many inputs on all threads, put together in their order as it comes: what waits is as much as there are threads.

use super::survey::share;
use crate::rejection::{Clock, Rejection};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// What is found of some inputs.
pub(super) trait Found: Default + Send {
    /// Adds what was found of later ones.
    ///
    /// # Errors
    /// [`Rejection`] where that is too much to keep.
    fn merge(&mut self, later: Self) -> Result<(), Rejection>;
}

/// Works on all parts; before the first that is refused, what is found is that of a beginning without gaps.
pub(super) fn in_order<F: Found>(
    clock: &Clock<'_>,
    parts: usize,
    work: impl Fn(usize, &Clock<'_>) -> Result<F, Rejection> + Sync,
) -> (F, Result<(), Rejection>) {
    let joined = Mutex::new((F::default(), Ok(()), 0usize, BTreeMap::new()));
    share(clock, parts, |index, clock| {
        let part = work(index, clock);
        let going = part.is_ok();
        joined.lock().is_ok_and(|mut joined| {
            let (found, result, next, waiting) = &mut *joined;
            waiting.insert(index, part);
            while let Some(part) = waiting.remove(next) {
                *next = next.saturating_add(1);
                if result.is_ok() {
                    *result = part.and_then(|part| found.merge(part));
                }
            }
            going && result.is_ok()
        })
    });
    let (found, result, ..) = joined.into_inner().unwrap_or_else(PoisonError::into_inner);
    (found, result)
}

/// The same for inputs that have numbers, in blocks.
pub(super) fn each_input<F: Found>(
    clock: &Clock<'_>,
    inputs: u64,
    work: impl Fn(u64, &mut F, &Clock<'_>) -> Result<(), Rejection> + Sync,
) -> (F, Result<(), Rejection>) {
    const BLOCK: u64 = 64;
    in_order(clock, usize::try_from(inputs.div_ceil(BLOCK)).unwrap_or(usize::MAX), |index, clock| {
        let start = u64::try_from(index).unwrap_or(u64::MAX).saturating_mul(BLOCK);
        let mut found = F::default();
        for input in start..start.saturating_add(BLOCK).min(inputs) {
            work(input, &mut found, clock)?;
        }
        Ok(found)
    })
}
