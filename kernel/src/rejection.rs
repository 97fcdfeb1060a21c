//! Why a certificate proves nothing, and the clock that every long loop asks.

use crate::number::{Rational, same};
use std::cell::Cell;
use std::fmt;

/// Why a certificate, or a model in it, is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rejection {
    /// Something does not hold.
    Wrong {
        /// the field, or what was evaluated
        place: String,
        /// what would hold
        expected: String,
        /// what was found
        found: String,
    },
    /// The check was stopped before it ended; nothing is known.
    Stopped,
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Wrong { place, expected, found } => {
                write!(f, "{place}: expected {expected}, found {found}")
            }
            Self::Stopped => f.write_str("stopped before the check was finished"),
        }
    }
}

impl std::error::Error for Rejection {}

/// A text of a stranger in a message: on one line, and the start of it when it is long.
pub(crate) fn shown(text: &str, most: usize) -> String {
    let printed = |c: char| if c.is_control() { '?' } else { c };
    let start: String = text.chars().take(most).map(printed).collect();
    if text.chars().nth(most).is_some() { start + "..." } else { start }
}

/// The rejection of what was found at a place; long texts are cut.
pub fn wrong(place: impl fmt::Display, expected: impl fmt::Display, found: impl fmt::Display) -> Rejection {
    let texts = [place.to_string(), expected.to_string(), found.to_string()];
    let [place, expected, found] = texts.map(|text| shown(&text, 160));
    Rejection::Wrong { place, expected, found }
}

/// Rejects what is found at `place` unless `holds`.
///
/// # Errors
/// [`Rejection::Wrong`].
pub fn need(
    holds: bool,
    place: impl fmt::Display,
    expected: impl fmt::Display,
    found: impl fmt::Display,
) -> Result<(), Rejection> {
    if holds { Ok(()) } else { Err(wrong(place, expected, found)) }
}

/// Rejects what is found at `place` unless it is as expected.
///
/// # Errors
/// [`Rejection::Wrong`].
pub fn expect<T: PartialEq + fmt::Display>(place: &str, expected: T, found: T) -> Result<(), Rejection> {
    need(expected == found, place, expected, found)
}

/// Rejects the number that is found at `place` unless it is the one expected.
///
/// # Errors
/// [`Rejection::Wrong`].
pub fn expect_number(place: &str, expected: &Rational, found: &Rational) -> Result<(), Rejection> {
    need(same(expected, found), place, expected, found)
}

/// Asked by every loop that can be long: says when to stop, and how many threads may work.
///
/// ```
/// use counterproof_kernel::{Clock, Rejection};
///
/// assert_eq!(Clock::unlimited().spend(u64::MAX), Ok(()));
/// // asked once in a while
/// let stopped = Clock::new(&|| false, 1);
/// assert_eq!(stopped.tick(), Ok(()));
/// assert_eq!(stopped.spend(1 << 20), Err(Rejection::Stopped));
/// ```
pub struct Clock<'a> {
    go_on: &'a (dyn Fn() -> bool + Sync),
    threads: usize,
    work: Cell<u64>,
}

impl<'a> Clock<'a> {
    /// `go_on` answers `false` once the check has to stop; it is asked about every millisecond of work.
    pub fn new(go_on: &'a (dyn Fn() -> bool + Sync), threads: usize) -> Self {
        Self { go_on, threads, work: Cell::new(0) }
    }

    /// A clock that never stops anything, on one thread.
    #[must_use]
    pub fn unlimited() -> Clock<'static> {
        Clock::new(&|| true, 1)
    }

    /// Threads that may work at once.
    #[must_use]
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// The same limits for another thread, which works alone.
    pub fn alone(&self) -> impl FnOnce() -> Clock<'a> + Send + use<'a> {
        let go_on = self.go_on;
        move || Clock::new(go_on, 1)
    }

    /// One step of a loop whose steps take well below a millisecond.
    ///
    /// # Errors
    /// [`Rejection::Stopped`].
    pub fn tick(&self) -> Result<(), Rejection> {
        self.spend(1)
    }

    /// A step of `work` units; a unit is about a microsecond at most.
    ///
    /// # Errors
    /// [`Rejection::Stopped`].
    pub fn spend(&self, work: u64) -> Result<(), Rejection> {
        const ASKED_AFTER: u64 = 512;
        let total = self.work.get().saturating_add(work);
        if total < ASKED_AFTER {
            self.work.set(total);
            return Ok(());
        }
        self.work.set(0);
        if (self.go_on)() { Ok(()) } else { Err(Rejection::Stopped) }
    }
}
