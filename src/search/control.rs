//! Limits of a long computation: threads, a deadline, an interrupt, and where progress is told.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// Why a computation ended without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Stopped {
    #[error("the time limit was reached")]
    TimeLimit,
    #[error("interrupted")]
    Interrupted,
}

/// Shared by everything that works on one command.
///
/// ```
/// use counterproof::search::control::{Control, Stopped};
/// use std::sync::atomic::Ordering;
/// use std::time::Duration;
///
/// // two threads, and a limit that has passed already
/// let control = Control::new(Some(2), Some(Duration::ZERO));
/// assert_eq!((control.threads(), control.go_on()), (2, Err(Stopped::TimeLimit)));
///
/// let control = Control::default();
/// assert_eq!((control.go_on(), control.overdue()), (Ok(()), None));
/// control.interrupt_flag().store(true, Ordering::Relaxed); // as Ctrl-C does
/// assert_eq!(control.go_on(), Err(Stopped::Interrupted));
/// ```
#[derive(Debug, Clone)]
pub struct Control {
    threads: usize,
    deadline: Option<Instant>,
    /// how long it is from the start to the deadline
    limit: Option<Duration>,
    /// how many checks are going on of what was found
    checks: Arc<AtomicUsize>,
    interrupted: Arc<AtomicBool>,
    /// when the flag was seen first
    interrupted_at: Arc<OnceLock<Instant>>,
    done: Arc<AtomicU64>,
    teller: Option<Teller>,
}

/// A check of what was found may go on after the time limit for one part of it, of so many, ..
const CHECK_SHARE: u32 = 4;
/// .. and not longer than this.
const LONGEST_CHECK: Duration = Duration::from_secs(60);

/// That a check of what was found goes on.
#[derive(Debug)]
pub(crate) struct Checking(Arc<AtomicUsize>);

impl Drop for Checking {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Is told in words how far a computation has come.
#[derive(Clone)]
struct Teller(Arc<dyn Fn(&str) + Send + Sync>);

impl fmt::Debug for Teller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Teller")
    }
}

impl Default for Control {
    fn default() -> Self {
        Self::new(None, None)
    }
}

impl Control {
    /// `threads`: all cores when `None`; `time_limit` starts now.
    #[must_use]
    pub fn new(threads: Option<usize>, time_limit: Option<Duration>) -> Self {
        let cores = || std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            threads: threads.unwrap_or_else(cores).max(1),
            deadline: time_limit.and_then(|limit| Instant::now().checked_add(limit)),
            limit: time_limit,
            checks: Arc::default(),
            interrupted: Arc::default(),
            interrupted_at: Arc::default(),
            done: Arc::default(),
            teller: None,
        }
    }

    #[must_use]
    pub fn threads(&self) -> usize {
        self.threads
    }

    /// Whether there is a time limit.
    #[must_use]
    pub fn is_limited(&self) -> bool {
        self.deadline.is_some()
    }

    /// How much time is left; `None` without a time limit.
    #[must_use]
    pub fn left(&self) -> Option<Duration> {
        self.deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// The same limits after so much time.
    #[cfg(test)]
    pub(crate) fn after(self, time: Duration) -> Self {
        let earlier = |deadline: Instant| deadline.checked_sub(time).unwrap();
        Self { deadline: self.deadline.map(earlier), ..self }
    }

    /// What was found is checked, until the result is dropped: for as long, a quarter of the time limit, a minute at most, passes after the deadline
    /// before anything is [`overdue`](Self::overdue), since a search cannot know how long a check will take on a machine that others use. Nothing
    /// new is begun then, and an interrupt counts from the moment that it was seen.
    pub(crate) fn checking(&self) -> Checking {
        self.checks.fetch_add(1, Ordering::Relaxed);
        Checking(Arc::clone(&self.checks))
    }

    /// The same limits, with a flag that something else sets already.
    #[must_use]
    pub fn interrupted_by(self, flag: Arc<AtomicBool>) -> Self {
        Self { interrupted: flag, ..self }
    }

    /// The flag that an interrupt handler sets.
    #[must_use]
    pub fn interrupt_flag(&self) -> Arc<AtomicBool> {
        Arc::clone(&self.interrupted)
    }

    /// The same limits, with something that is told in words how far a long computation has come.
    #[must_use]
    pub fn telling(self, tell: impl Fn(&str) + Send + Sync + 'static) -> Self {
        Self { teller: Some(Teller(Arc::new(tell))), ..self }
    }

    /// Tells how far a computation has come, where somebody listens.
    pub(crate) fn tell(&self, words: impl FnOnce() -> String) {
        if let Some(Teller(tell)) = &self.teller {
            tell(&words());
        }
    }

    /// The results of `work` in the order of the jobs, which all threads take in turn; nothing is begun after a failure.
    ///
    /// # Errors
    /// that of the first job that failed
    pub(crate) fn map<J: Sync, T: Send, E: Send>(
        &self,
        jobs: &[J],
        work: impl Fn(&J) -> Result<T, E> + Sync,
    ) -> Result<Vec<T>, E> {
        let (next, ended) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        let turns = || {
            loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(job) = jobs.get(at) else { break };
                let result = work(job);
                if result.is_err() {
                    next.store(jobs.len(), Ordering::Relaxed);
                }
                ended.lock().unwrap_or_else(PoisonError::into_inner).push((at, result));
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..self.threads.min(jobs.len()) {
                scope.spawn(turns);
            }
            turns();
        });
        let mut ended = ended.into_inner().unwrap_or_else(PoisonError::into_inner);
        ended.sort_unstable_by_key(|(at, _)| *at);
        ended.into_iter().map(|(_, result)| result).collect()
    }

    /// How many inputs have been decided so far, for a progress display.
    #[must_use]
    pub fn done(&self) -> Arc<AtomicU64> {
        Arc::clone(&self.done)
    }

    pub(crate) fn advance(&self, inputs: u64) {
        self.done.fetch_add(inputs, Ordering::Relaxed);
    }

    /// # Errors
    /// [`Stopped`] once the deadline has passed or the flag is set.
    pub fn go_on(&self) -> Result<(), Stopped> {
        if self.interrupted.load(Ordering::Relaxed) {
            return Err(Stopped::Interrupted);
        }
        match self.deadline {
            Some(deadline) if Instant::now() >= deadline => Err(Stopped::TimeLimit),
            _ => Ok(()),
        }
    }

    /// How long ago the deadline passed, and the time for a check that is going on, or the flag was seen by this function first; `None` while
    /// work may go on.
    #[must_use]
    pub fn overdue(&self) -> Option<Duration> {
        let interrupted = self.interrupted.load(Ordering::Relaxed);
        let interrupted =
            interrupted.then(|| self.interrupted_at.get_or_init(Instant::now).elapsed());
        let more = match self.checks.load(Ordering::Relaxed) {
            0 => Duration::ZERO,
            _ => (self.limit.unwrap_or_default() / CHECK_SHARE).min(LONGEST_CHECK),
        };
        let end = self.deadline.map(|deadline| deadline.checked_add(more).unwrap_or(deadline));
        let passed = end.and_then(|end| Instant::now().checked_duration_since(end));
        interrupted.max(passed)
    }

    /// The same question for an inner loop: the clock is read once in a while only.
    pub(crate) fn go_on_cheaply(&self, tick: u64) -> Result<(), Stopped> {
        if self.interrupted.load(Ordering::Relaxed) || tick & 0xfff < 0x10 {
            return self.go_on();
        }
        Ok(())
    }
}
