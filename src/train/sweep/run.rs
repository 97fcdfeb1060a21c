//! Training the models of a sweep: a thread a model, chains side by side.

use super::chain::walk;
use super::grid::{Cell, ChainId, Plan, Shard};
use super::journal::{Journal, JournalError};
use super::threshold::counts;
use crate::train::kernels::Kernels;
use crate::train::measure::{Health, Measurement, Score, answers};
use crate::train::{SettingError, Trainer};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// What became of one cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outcome {
    /// steps done; fewer than asked for when it diverged
    pub steps: u64,
    /// length of the last step's gradient, in units of the targets; `None` when it is not finite
    pub gradient_norm: Option<f64>,
    pub measurement: Measurement,
}

/// How often each answer occurs on the held-out sequences of a vocabulary, a length and a seed.
pub(super) type Drawn = BTreeMap<(usize, usize, u64), BTreeMap<u32, u64>>;

impl Outcome {
    /// Whether this can have come of training a cell of a plan.
    ///
    /// The sequences on which it was measured are drawn again; `drawn` keeps those of cells that have them in common.
    pub(super) fn check(&self, plan: &Plan, cell: &Cell, drawn: &mut Drawn) -> Result<(), String> {
        let wrong = |what: &str| Err(format!("no model {cell} has such an outcome: {what}"));
        let Measurement { accuracy, within_one, by_answer, .. } = &self.measurement;
        let Some(settings) = plan.settings(cell) else {
            return wrong("the plan has no such model");
        };
        let steps = settings.steps;
        let ended = match self.measurement.health {
            Health::Diverged => self.steps <= steps,
            Health::Trained | Health::Collapsed => self.steps == steps,
        };
        let answers = drawn
            .entry((cell.m, cell.n, settings.seed))
            .or_insert_with(|| answers(&plan.shape(cell), settings.seed, plan.held_out));
        let sequences: u64 = answers.values().sum();
        let same = by_answer.len() == answers.len()
            && by_answer.iter().all(|(answer, score)| answers.get(answer) == Some(&score.total));
        let sum = by_answer.values().try_fold(Score::default(), |sum, score| {
            let right = sum.right.checked_add(score.right)?;
            let total = sum.total.checked_add(score.total)?;
            (score.right <= score.total).then_some(Score { right, total })
        });
        if !ended {
            wrong("its steps are not those of the plan")
        } else if accuracy.total != sequences || within_one.total != sequences {
            wrong("it was measured on another number of sequences")
        } else if !same {
            wrong("it was measured on other sequences")
        } else if sum != Some(*accuracy) {
            wrong("the scores of its answers do not add up to its accuracy")
        } else if within_one.right < accuracy.right || within_one.right > within_one.total {
            wrong("fewer answers are off by one at most than are right")
        } else {
            Ok(())
        }
    }
}

/// All cells that are known.
pub type Results = BTreeMap<Cell, Outcome>;

/// For a display: cells known, and about how many there will be at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub done: usize,
    pub expected: usize,
}

/// Steps between two looks at whether to stop.
const STEPS_A_LOOK: u64 = 256;

/// Trains and measures one model; `None` when stopped.
///
/// # Errors
/// [`SettingError`] when the plan is not sound.
pub fn train(
    plan: &Plan,
    cell: &Cell,
    kernels: &'static Kernels<f32>,
    stop: &dyn Fn() -> bool,
) -> Result<Option<Outcome>, SettingError> {
    let Some(settings) = plan.settings(cell) else { return Ok(None) };
    let mut trainer = Trainer::with_kernels(&plan.shape(cell), &settings, kernels)?;
    let mut diverged = false;
    while !trainer.finished() && !diverged {
        if trainer.steps_done() % STEPS_A_LOOK == 0 && stop() {
            return Ok(None);
        }
        diverged = trainer.step().is_err();
    }
    let mut measurement = trainer.measure(plan.held_out);
    if diverged {
        measurement.health = Health::Diverged;
    }
    let gradient_norm = Some(trainer.gradient_norm()).filter(|norm| norm.is_finite());
    Ok(Some(Outcome { steps: trainer.steps_done(), gradient_norm, measurement }))
}

/// What the threads share.
struct Shared<'a> {
    journal: &'a mut Journal,
    results: &'a mut Results,
    running: BTreeSet<Cell>,
    /// nothing more is started
    ended: bool,
    error: Option<JournalError>,
}

/// Who trains.
#[derive(Clone, Copy)]
pub struct Workers {
    pub threads: usize,
    pub kernels: &'static Kernels<f32>,
}

/// Trains what the shard's chains still ask for, and writes each model to the journal before anything else happens with
/// it. Returns when all is done or `stop` says so; models in training are then given up.
///
/// # Errors
/// [`JournalError`] when a result could not be written; what is finished is kept.
pub fn run(
    plan: &Plan,
    shard: Shard,
    journal: &mut Journal,
    results: &mut Results,
    workers: Workers,
    stop: &(dyn Fn() -> bool + Sync),
    tell: &(dyn Fn(Progress) + Sync),
) -> Result<(), JournalError> {
    let chains = plan.chains_of(shard);
    let running = BTreeSet::new();
    let shared = Mutex::new(Shared { journal, results, running, ended: false, error: None });
    let changed = Condvar::new();
    std::thread::scope(|scope| {
        let of = (plan, chains.as_slice(), workers.kernels);
        let (shared, changed) = (&shared, &changed);
        for _ in 0..workers.threads.max(1) {
            scope.spawn(move || work(of, shared, changed, stop, tell));
        }
    });
    let shared = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
    shared.error.map_or(Ok(()), Err)
}

/// The cells that are asked for and not in training, large `d` first, and how far the sweep is.
fn wanted(plan: &Plan, chains: &[ChainId], shared: &Shared<'_>) -> (Option<Cell>, Progress) {
    let mut next = None;
    let mut progress = Progress { done: 0, expected: 0 };
    for &id in chains {
        let sizes = plan.sizes(id);
        let known = |rank: usize| shared.results.get(&plan.cell(id, sizes[rank])).map(counts);
        let walk = walk(plan.search, sizes.len(), known);
        progress.done += walk.visited.len();
        progress.expected += walk.visited.len() + walk.left_at_most;
        let mut cells = walk.wanted.iter().map(|&rank| plan.cell(id, sizes[rank]));
        next = next.or_else(|| cells.find(|cell| !shared.running.contains(cell)));
    }
    (next, progress)
}

/// Takes a cell off the list of those in training, also when its thread panics, so that no other waits for it.
struct Running<'a, 'b> {
    cell: Cell,
    shared: &'a Mutex<Shared<'b>>,
    changed: &'a Condvar,
}

impl Drop for Running<'_, '_> {
    fn drop(&mut self) {
        let mut shared = lock(self.shared);
        shared.running.remove(&self.cell);
        shared.ended |= std::thread::panicking();
        drop(shared);
        self.changed.notify_all();
    }
}

fn lock<'a, 'b>(shared: &'a Mutex<Shared<'b>>) -> MutexGuard<'a, Shared<'b>> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn work(
    (plan, chains, kernels): (&Plan, &[ChainId], &'static Kernels<f32>),
    shared: &Mutex<Shared<'_>>,
    changed: &Condvar,
    stop: &(dyn Fn() -> bool + Sync),
    tell: &(dyn Fn(Progress) + Sync),
) {
    let mut state = lock(shared);
    loop {
        state.ended |= stop();
        if state.ended {
            break;
        }
        let (next, progress) = wanted(plan, chains, &state);
        tell(progress);
        let Some(cell) = next else {
            if state.running.is_empty() {
                break;
            }
            state = changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        state.running.insert(cell);
        drop(state);
        let running = Running { cell, shared, changed };
        let outcome = train(plan, &cell, kernels, stop);
        state = lock(shared);
        match outcome {
            Ok(Some(outcome)) => match state.journal.append(&cell, &outcome) {
                Ok(outcome) => {
                    state.results.insert(cell, outcome);
                }
                Err(error) => {
                    state.ended = true;
                    state.error.get_or_insert(error);
                }
            },
            Ok(None) | Err(_) => state.ended = true,
        }
        drop(state);
        drop(running);
        state = lock(shared);
    }
    drop(state);
    changed.notify_all();
}

#[cfg(test)]
pub(super) mod tests {
    use super::super::grid::tests::plan;
    use super::super::threshold::chains;
    use super::*;
    use crate::train::measure::Score;
    use crate::train::sweep::{Header, Search};

    pub(in crate::train::sweep) fn outcome(right: u64, health: Health) -> Outcome {
        let accuracy = Score { right, total: 100 };
        Outcome {
            steps: 3,
            gradient_norm: Some(0.1 + 0.2),
            measurement: Measurement {
                health,
                accuracy,
                within_one: accuracy,
                mean_absolute_error: 1.0 / 3.0,
                by_answer: BTreeMap::from([(4, accuracy)]),
                output_spread: 1.5,
                answer_spread: 2.5,
                largest_attention: 0.5,
                dead_units: 0.0,
            },
        }
    }

    fn swept(plan: &Plan, shard: Shard, threads: usize) -> Results {
        let mut results = Results::new();
        let mut journal = Journal::in_memory(Header::new(plan.clone(), shard));
        let go = |threads, results: &mut Results, journal: &mut Journal| {
            let workers = Workers { threads, kernels: Kernels::own() };
            run(plan, shard, journal, results, workers, &|| false, &|_| ()).unwrap();
        };
        go(threads, &mut results, &mut journal);
        let all = results.clone();
        // nothing is left to do, and what is lost is done again as it was
        go(1, &mut results, &mut journal);
        assert_eq!(results, all);
        if let Some(cell) = all.keys().last() {
            results.remove(cell);
        }
        go(2, &mut results, &mut journal);
        assert_eq!(results, all);
        all
    }

    #[test]
    fn threads_and_shards_leave_no_trace() {
        for search in [Search::Bisection, Search::FullGrid] {
            let plan = Plan { search, ..plan() };
            let all = swept(&plan, Shard::WHOLE, 1);
            assert_eq!(swept(&plan, Shard::WHOLE, 5), all);
            let mut joined = Results::new();
            for index in 1..=4 {
                for (cell, outcome) in swept(&plan, Shard { index, of: 4 }, 2) {
                    assert_eq!(joined.insert(cell, outcome), None, "{cell}");
                }
            }
            assert_eq!(joined, all);
            let chains = chains(&plan, &all).unwrap();
            assert!(chains.iter().all(|chain| chain.threshold.is_some()));
        }
    }

    #[test]
    fn stopping_keeps_what_is_finished() {
        let plan = plan();
        let mut journal = Journal::in_memory(Header::new(plan.clone(), Shard::WHOLE));
        let mut results = Results::new();
        let done = std::sync::atomic::AtomicUsize::new(0);
        let look = std::sync::atomic::Ordering::Relaxed;
        let tell = |progress: Progress| {
            assert!(progress.done <= progress.expected);
            done.store(progress.done, look);
        };
        let stop = || done.load(look) >= 4;
        let alone = Workers { threads: 1, kernels: Kernels::own() };
        run(&plan, Shard::WHOLE, &mut journal, &mut results, alone, &stop, &tell).unwrap();
        assert_eq!(results.len(), 4);
    }
}
