//! What was learned beside what can be represented exactly, and accuracy count by count.

use super::{Failure, Sizes, median};
use crate::kernel::definition::Task;
use crate::report::{Table, Value};
use crate::search::control::Control;
use crate::train::measure::{Health, Measurement, Score};
use crate::train::{Arm, Shape, Trainer, task_name};
use std::collections::BTreeMap;

/// From which accuracy on a model is said to count (T10).
const LEARNED: f64 = 0.8;

/// Trained models of one size.
struct Cell {
    task: Task,
    d: usize,
    m: usize,
    arm: Arm,
    seeds: Vec<Measurement>,
}

/// The table by size, and the one by count.
pub(super) fn tables(sizes: &Sizes, control: &Control) -> Result<(Table, Table), Failure> {
    let mut jobs = Vec::new();
    for task in [Task::QueryCount, Task::MostFrequentElement] {
        for &d in &sizes.d {
            for m in vocabularies(d) {
                for arm in Arm::ALL {
                    for seed in 0..sizes.seeds {
                        jobs.push((task, d, m, arm, sizes.seed + seed));
                    }
                }
            }
        }
    }
    let measured = control.map(&jobs, |&(task, d, m, arm, seed)| {
        let shape = Shape::of_paper(task, m, sizes.count * m, d);
        let settings = arm.settings(sizes.steps, seed);
        let mut trainer = Trainer::new(&shape, &settings).map_err(Failure::new)?;
        super::train(&mut trainer, control)?;
        Ok::<_, Failure>(trainer.measure(sizes.held_out))
    })?;
    let mut cells: Vec<Cell> = Vec::new();
    for (&(task, d, m, arm, _), measurement) in jobs.iter().zip(measured) {
        match cells.last_mut() {
            Some(cell) if (cell.task, cell.d, cell.m, cell.arm) == (task, d, m, arm) => {
                cell.seeds.push(measurement);
            }
            _ => cells.push(Cell { task, d, m, arm, seeds: vec![measurement] }),
        }
    }
    Ok((by_size(&cells), by_count(&cells)))
}

/// `m / d` from a half to two, and the sizes next to the thresholds of the exact statements.
pub(super) fn vocabularies(d: usize) -> Vec<usize> {
    let mut list = vec![d / 2, d, d + 1, d + 2, 2 * d];
    list.retain(|&m| m >= 2);
    list.sort_unstable();
    list.dedup();
    list
}

/// How a task can be represented exactly at `(d, m)` by the models of `docs/notation.md` (without layer norm).
fn representable(task: Task, d: usize, m: usize) -> Option<&'static str> {
    match task {
        _ if m <= d => Some(if task == Task::QueryCount { "T1, every n" } else { "T2, every n" }),
        _ if m == d + 1 => {
            Some(if task == Task::QueryCount { "T1', every n" } else { "T7, every n" })
        }
        // sign vectors of d - 1 entries, and one entry that marks the last position
        Task::QueryCount if d >= 2 && (m as u128) <= 1u128 << (d - 1).min(100) => {
            Some("T3, each n")
        }
        _ => None,
    }
}

fn by_size(cells: &[Cell]) -> Table {
    let columns = [
        "task",
        "d",
        "m",
        "m_over_d",
        "representable",
        "arm",
        "accuracy",
        "lowest",
        "highest",
        "collapsed",
        "diverged",
        "finding",
    ];
    let rows = cells.iter().map(|cell| {
        let rates: Vec<f64> = cell.seeds.iter().map(|seed| seed.accuracy.rate()).collect();
        let of = |health: Health| {
            Value::integer(cell.seeds.iter().filter(|seed| seed.health == health).count())
        };
        let middle = median(&rates);
        let exact = representable(cell.task, cell.d, cell.m);
        let collapsed = cell.seeds.iter().any(|seed| seed.health != Health::Trained);
        let finding = match (exact.is_some(), middle >= LEARNED) {
            (true, true) => "representable and learned",
            (true, false) if collapsed => "representable, collapsed",
            (true, false) => "representable, not learned",
            (false, true) => "learned, by no construction here",
            (false, false) => "not learned",
        };
        let fold = |start: f64, pick: fn(f64, f64) -> f64| rates.iter().copied().fold(start, pick);
        vec![
            Value::text(task_name(cell.task)),
            Value::integer(cell.d),
            Value::integer(cell.m),
            Value::decimal(cell.m as f64 / cell.d as f64, 2),
            exact.map_or(Value::Null, Value::text),
            Value::text(cell.arm),
            Value::decimal(middle, 4),
            Value::decimal(fold(1.0, f64::min), 4),
            Value::decimal(fold(0.0, f64::max), 4),
            of(Health::Collapsed),
            of(Health::Diverged),
            Value::text(finding),
        ]
    });
    Table { rows: rows.collect(), columns: columns.map(str::to_owned).to_vec() }
}

fn by_count(cells: &[Cell]) -> Table {
    let columns = ["task", "d", "m", "arm", "answer", "sequences", "accuracy"];
    let mut rows = Vec::new();
    for cell in cells {
        let mut scores: BTreeMap<u32, Score> = BTreeMap::new();
        for (&answer, score) in cell.seeds.iter().flat_map(|seed| &seed.by_answer) {
            let sum = scores.entry(answer).or_default();
            sum.right += score.right;
            sum.total += score.total;
        }
        rows.extend(scores.into_iter().map(|(answer, score)| {
            vec![
                Value::text(task_name(cell.task)),
                Value::integer(cell.d),
                Value::integer(cell.m),
                Value::text(cell.arm),
                Value::integer(answer),
                Value::integer(score.total),
                Value::decimal(score.rate(), 4),
            ]
        }));
    }
    Table { rows, columns: columns.map(str::to_owned).to_vec() }
}
