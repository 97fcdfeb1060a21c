//! Training the models of a sweep: a thread a model, chains side by side.
//!
//! A chain asks for one model after another. Threads that nobody needs train what chains may ask for next ([`chain::foreseen`]), so that it is
//! there when it is asked for. Only what is asked for goes to the journal and to the results: how many threads there were leaves no
//! trace in them. What can no longer be asked for is given up at once, and no model that is asked for waits for one that is not.

use super::chain::{self, walk};
use super::grid::{Cell, ChainId, Plan, Shard};
use super::journal::{Journal, JournalError};
use super::threshold::counts;
use crate::train::kernels::Kernels;
use crate::train::measure::{Health, Measurement, Score, answers};
use crate::train::{SettingError, Trainer};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

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

/// Trains and measures one model; `None` when stopped, or when it is `dropped`.
///
/// # Errors
/// [`SettingError`] when the plan is not sound.
pub fn train(
    plan: &Plan,
    cell: &Cell,
    kernels: &'static Kernels<f32>,
    stop: &dyn Fn() -> bool,
    dropped: &AtomicBool,
) -> Result<Option<Outcome>, SettingError> {
    let Some(settings) = plan.settings(cell) else { return Ok(None) };
    let mut trainer = Trainer::with_kernels(&plan.shape(cell), &settings, kernels)?;
    let mut diverged = false;
    while !trainer.finished() && !diverged {
        let stopped = trainer.steps_done() % STEPS_A_LOOK == 0 && stop();
        if stopped || dropped.load(Ordering::Relaxed) {
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
    /// finished before they are asked for
    spare: Results,
    /// in training, each with a flag by which its thread gives it up at once
    running: BTreeMap<Cell, Arc<AtomicBool>>,
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
    let (spare, running) = (Results::new(), BTreeMap::new());
    let shared = Shared { journal, results, spare, running, ended: false, error: None };
    let shared = Mutex::new(shared);
    let changed = Condvar::new();
    std::thread::scope(|scope| {
        let of = (plan, chains.as_slice(), workers);
        let (shared, changed) = (&shared, &changed);
        for _ in 0..workers.threads.max(1) {
            scope.spawn(move || work(of, shared, changed, stop, tell));
        }
    });
    let shared = shared.into_inner().unwrap_or_else(PoisonError::into_inner);
    shared.error.map_or(Ok(()), Err)
}

/// What is to be done next.
struct Next {
    /// the first cell that is asked for and not in training, large `d` first
    asked: Option<Cell>,
    /// whether all chains are finished
    finished: bool,
    progress: Progress,
}

impl Shared<'_> {
    /// Where a chain stands.
    fn walk(&self, plan: &Plan, id: ChainId) -> chain::Walk {
        let sizes = plan.sizes(id);
        walk(plan.search, sizes.len(), |rank| self.counts(plan, id, sizes[rank]))
    }

    fn counts(&self, plan: &Plan, id: ChainId, m: usize) -> Option<bool> {
        self.results.get(&plan.cell(id, m)).map(counts)
    }

    /// Writes down what is finished and asked for, gives up what can no longer be asked for, and says what is to be done next.
    fn next(&mut self, plan: &Plan, chains: &[ChainId]) -> Result<Next, JournalError> {
        let progress = Progress { done: 0, expected: 0 };
        let mut next = Next { asked: None, finished: true, progress };
        for &id in chains {
            let sizes = plan.sizes(id);
            let walk = loop {
                let walk = self.walk(plan, id);
                let cells = walk.wanted.iter().map(|&rank| plan.cell(id, sizes[rank]));
                let there = cells.filter_map(|cell| self.spare.remove_entry(&cell));
                let there: Vec<(Cell, Outcome)> = there.collect();
                if there.is_empty() {
                    break walk;
                }
                for (cell, outcome) in there {
                    let outcome = self.journal.append(&cell, &outcome)?;
                    self.results.insert(cell, outcome);
                }
            };
            next.finished &= walk.finished();
            next.progress.done += walk.visited.len();
            next.progress.expected += walk.visited.len() + walk.left_at_most;
            let mut cells = walk.wanted.iter().map(|&rank| plan.cell(id, sizes[rank]));
            next.asked = next.asked.or_else(|| cells.find(|cell| !self.running.contains_key(cell)));
            let open = |cell: &Cell| {
                sizes.binary_search(&cell.m).is_ok_and(|rank| walk.open.contains(&rank))
            };
            let mine = self.running.iter().filter(|(cell, _)| cell.chain() == id);
            for (_, dropped) in mine.filter(|(cell, _)| !open(cell)) {
                dropped.store(true, Ordering::Relaxed);
            }
            self.spare.retain(|cell, _| cell.chain() != id || open(cell));
        }
        Ok(next)
    }

    /// A cell that some chain may ask for soon, for a thread that has nothing else to do: the likeliest of each chain before the second of any.
    fn foreseen(&self, plan: &Plan, chains: &[ChainId], threads: usize) -> Option<Cell> {
        let ahead = chains.iter().filter_map(|&id| {
            let sizes = plan.sizes(id);
            let counts = |rank: usize| self.counts(plan, id, sizes[rank]);
            let expected = |rank: usize| self.is_expected(id, sizes[rank]);
            let ranks = chain::foreseen(plan.search, sizes.len(), counts, expected, threads);
            let mut cells = ranks.iter().map(|&rank| plan.cell(id, sizes[rank])).enumerate();
            let free =
                |cell: &Cell| !self.running.contains_key(cell) && !self.spare.contains_key(cell);
            cells.find(|(_, cell)| free(cell))
        });
        ahead.min_by_key(|(place, _)| *place).map(|(_, cell)| cell)
    }

    /// Whether a model is expected to count, by those of other seeds; where they say nothing, up to `m = d`.
    fn is_expected(&self, id: ChainId, m: usize) -> bool {
        let alike = self.results.iter().filter(|(cell, _)| (cell.arm, cell.d) == (id.arm, id.d));
        let (mut yes, mut no) = (0, 0);
        for (cell, outcome) in alike {
            match counts(outcome) {
                true if cell.m >= m => yes += 1,
                false if cell.m <= m => no += 1,
                _ => {}
            }
        }
        if yes == no { m <= id.d } else { yes > no }
    }
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
    (plan, chains, workers): (&Plan, &[ChainId], Workers),
    shared: &Mutex<Shared<'_>>,
    changed: &Condvar,
    stop: &(dyn Fn() -> bool + Sync),
    tell: &(dyn Fn(Progress) + Sync),
) {
    let mut state = lock(shared);
    loop {
        state.ended |= stop();
        if state.ended {
            // the others see it at their next step
            state.running.values().for_each(|dropped| dropped.store(true, Ordering::Relaxed));
            break;
        }
        let next = match state.next(plan, chains) {
            Ok(next) => next,
            Err(error) => {
                state.ended = true;
                state.error.get_or_insert(error);
                break;
            }
        };
        tell(next.progress);
        if next.finished {
            break;
        }
        let ahead = || state.foreseen(plan, chains, workers.threads);
        let Some(cell) = next.asked.or_else(ahead) else {
            state = changed.wait(state).unwrap_or_else(PoisonError::into_inner);
            continue;
        };
        let dropped = Arc::new(AtomicBool::new(false));
        state.running.insert(cell, Arc::clone(&dropped));
        drop(state);
        let running = Running { cell, shared, changed };
        let outcome = train(plan, &cell, workers.kernels, stop, &dropped);
        state = lock(shared);
        match outcome {
            Ok(Some(outcome)) => drop(state.spare.insert(cell, outcome)),
            Ok(None) if dropped.load(Ordering::Relaxed) => {}
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
    use crate::train::sweep::{Dimension, Header, Search, Seeds};

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

    /// One chain and many threads: models that nobody asks for are trained, and leave no trace, whatever the order in which they end.
    #[test]
    fn what_is_trained_ahead_is_not_seen() {
        let mut plan = Plan {
            dimensions: vec![Dimension { d: 4, m: (2..20).collect() }],
            seeds: Seeds { first: 3, count: 1 },
            ..plan()
        };
        plan.arms.truncate(1);
        plan.arms[0].settings.steps = 40;
        let folder = tempfile::tempdir().unwrap();
        let swept = |threads: usize| {
            let path = folder.path().join(format!("{threads}"));
            let (mut journal, contents) =
                Journal::open(&path, Header::new(plan.clone(), Shard::WHOLE)).unwrap();
            let mut results = contents.results;
            let workers = Workers { threads, kernels: Kernels::own() };
            run(&plan, Shard::WHOLE, &mut journal, &mut results, workers, &|| false, &|_| ())
                .unwrap();
            drop(journal);
            (results, std::fs::read(path).unwrap())
        };
        let alone = swept(1);
        assert!(!alone.0.is_empty());
        for threads in [2, 4, 9] {
            assert_eq!(swept(threads), alone, "{threads} threads");
        }
        assert!(chains(&plan, &alone.0).unwrap()[0].threshold.is_some());
    }

    /// Idle threads take what comes next under the answers that are expected, and none that is there or in training.
    #[test]
    fn idle_threads_train_ahead() {
        let mut plan = Plan {
            dimensions: vec![Dimension { d: 4, m: (2..42).collect() }],
            seeds: Seeds { first: 0, count: 2 },
            ..plan()
        };
        plan.arms.truncate(1);
        let (mut journal, mut results) =
            (Journal::in_memory(Header::new(plan.clone(), Shard::WHOLE)), Results::new());
        let chains = plan.chains();
        let cell = |chain: usize, m| plan.cell(chains[chain], m);
        let (spare, running) = (Results::new(), BTreeMap::new());
        let mut shared = Shared {
            journal: &mut journal,
            results: &mut results,
            spare,
            running,
            ended: false,
            error: None,
        };
        let next = |shared: &mut Shared<'_>| shared.next(&plan, &chains).unwrap();
        let mut taken = Vec::new();
        for _ in 0..6 {
            let cell = next(&mut shared).asked.or_else(|| shared.foreseen(&plan, &chains, 6));
            shared.running.insert(cell.unwrap(), Arc::default());
            taken.push(cell.unwrap());
        }
        // both chains ask for m = 2; then what each would ask for next; m = 9 is above d
        let expected = [(0, 2), (1, 2), (0, 3), (1, 3), (0, 5), (1, 5)];
        assert_eq!(taken, expected.map(|(chain, m)| cell(chain, m)));
        // a model that is finished too soon waits until it is asked for
        let finish = |shared: &mut Shared<'_>, cell: Cell, right| {
            let dropped = shared.running.remove(&cell).unwrap();
            assert!(!dropped.load(Ordering::Relaxed), "{cell}");
            shared.spare.insert(cell, outcome(right, Health::Trained));
        };
        finish(&mut shared, cell(0, 3), 99);
        assert_eq!(next(&mut shared).progress.done, 0);
        finish(&mut shared, cell(0, 2), 99);
        assert_eq!((next(&mut shared).progress.done, shared.results.len()), (2, 2));
        // the first model does not count: the chain is finished with m = 3, and nothing else is wanted of it
        finish(&mut shared, cell(1, 2), 0);
        let seen = next(&mut shared);
        assert!(!seen.finished && seen.asked.is_none());
        let dropped = |m| shared.running[&cell(1, m)].load(Ordering::Relaxed);
        assert!(dropped(5) && !dropped(3));
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
