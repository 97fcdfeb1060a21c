//! The thresholds of a sweep as tables and as a figure; what `sweep` and `merge` print.

use super::output::{
    check_destination, check_figure, make_folder, note, write_figure, write_whole,
};
use super::{Failure, Printing};
use crate::report::figure::thresholds::{Arm as Drawn, Seed, Thresholded, Thresholds};
use crate::report::measured::Measured;
use crate::report::{Format, Table, Value, View, median as median_of};
use crate::train::measure::{Health, Measurement};
use crate::train::sweep::{Cell, Chain, ChainId, Plan, Results, Search, Threshold, chains, counts};
use crate::train::{Arm, NormPlacement, Settings};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};

/// What is printed, drawn and filled.
#[derive(Args, Debug, Clone)]
pub(super) struct Showing {
    /// Which table to print; --format json has both
    #[arg(long, value_enum, value_name = "TABLE", default_value = "thresholds")]
    pub table: Which,
    /// Draw the thresholds to FILE.svg, .png or .pdf, or its numbers for pgfplots to FILE.dat
    #[arg(long, value_name = "FILE")]
    pub plot: Option<PathBuf>,
    #[command(flatten)]
    pub printing: Printing,
}

impl Showing {
    /// Refuses files that cannot be written, before any work is done.
    pub(super) fn check(&self) -> Result<(), Failure> {
        check_destination(&self.printing, self.plot.as_deref())?;
        let Some(path) = &self.plot else { return Ok(()) };
        check_figure(path)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Which {
    /// a row for each arm and dimension
    Thresholds,
    /// a row for each model
    Cells,
}

impl Which {
    fn name(self) -> &'static str {
        match self {
            Self::Thresholds => "thresholds",
            Self::Cells => "cells",
        }
    }
}

/// A sweep as far as it has come.
pub(super) struct Report {
    chains: Vec<Chain>,
    measured: Measured,
    thresholds: Thresholds,
}

impl Report {
    pub(super) fn new(plan: &Plan, results: &Results) -> Result<Self, Failure> {
        let chains = chains(plan, results).map_err(|cell| {
            Failure::new(format!("the journal has a cell that the sweep does not ask for: {cell}"))
        })?;
        let rows = rows(plan, &chains);
        let measured = Measured {
            title: format!(
                "first m at which trained models give less than 80% of the answers, {}: what is learned in the steps \
                 stated, not what can be represented",
                plan.task
            ),
            settings: settings(plan),
            complete: chains.iter().all(|chain| chain.threshold.is_some()),
            tables: vec![
                (Which::Thresholds.name(), thresholds(plan, &rows, results)),
                (Which::Cells.name(), cells(&chains, results)),
            ],
            remarks: remarks(&rows),
        };
        let thresholds = drawn(plan, &rows);
        Ok(Self { chains, measured, thresholds })
    }

    /// The tables, and the thresholds as they are drawn.
    pub(super) fn parts(self) -> (Measured, Thresholds) {
        (self.measured, self.thresholds)
    }

    pub(super) fn complete(&self) -> bool {
        self.measured.complete
    }

    /// Whether the threshold of one seed is known.
    pub(super) fn finished(&self, id: ChainId) -> bool {
        self.chains.iter().any(|chain| chain.id == id && chain.threshold.is_some())
    }

    /// Prints and draws as asked; with a folder, also fills it with both tables in every format and the figure.
    pub(super) fn show(&self, showing: &Showing, folder: Option<&Path>) -> Result<(), Failure> {
        if let Some(folder) = folder {
            self.fill(folder)?;
        }
        showing.printing.measured(&self.measured, &[showing.table.name()])?;
        match &showing.plot {
            Some(path) => {
                let figure = self.thresholds.figure();
                if !self.complete() && figure.svg().is_err() {
                    note("--plot: nothing to draw yet");
                    return Ok(());
                }
                write_figure(path, figure, showing.printing.width)
            }
            None => Ok(()),
        }
    }

    fn fill(&self, folder: &Path) -> Result<(), Failure> {
        make_folder(folder)?;
        let whole = |format: Format, which: Which| {
            View::of(format).measured(&self.measured, &[which.name()]).map_err(Failure::new)
        };
        for which in [Which::Thresholds, Which::Cells] {
            for (format, ending) in
                [(Format::Csv, "csv"), (Format::Markdown, "md"), (Format::Latex, "tex")]
            {
                let path = folder.join(which.name()).with_extension(ending);
                write_whole(&path, whole(format, which)?)?;
            }
        }
        let json = whole(Format::Json, Which::Thresholds)?;
        write_whole(&folder.join("thresholds.json"), json)?;
        // a sweep cut short may have nothing to draw
        if let Ok(svg) = self.thresholds.figure().svg() {
            write_whole(&folder.join("thresholds.svg"), svg)?;
        }
        Ok(())
    }
}

/// All seeds of one arm at one dimension.
struct Row<'a> {
    arm: Arm,
    d: usize,
    chains: Vec<&'a Chain>,
}

impl Row<'_> {
    fn count(&self, pick: impl Fn(Option<Threshold>) -> bool) -> usize {
        self.chains.iter().filter(|chain| pick(chain.threshold)).count()
    }

    fn unfinished(&self) -> usize {
        self.count(|threshold| threshold.is_none())
    }

    fn drawn(&self) -> Thresholded {
        let seed = |chain: &&Chain| {
            Some(match chain.threshold? {
                Threshold::Below(m) => Seed::Fails(m as u64),
                Threshold::Open(m) => Seed::CountsUpTo(m as u64),
                Threshold::Collapsed(m) | Threshold::Diverged(m) => Seed::Collapsed(m as u64),
            })
        };
        Thresholded { d: self.d as u64, seeds: self.chains.iter().filter_map(seed).collect() }
    }
}

fn rows<'a>(plan: &Plan, chains: &'a [Chain]) -> Vec<Row<'a>> {
    let mut rows = Vec::new();
    for entry in &plan.arms {
        for dimension in &plan.dimensions {
            let (arm, d) = (entry.arm, dimension.d);
            let of = |chain: &&Chain| chain.id.arm == arm && chain.id.d == d;
            rows.push(Row { arm, d, chains: chains.iter().filter(of).collect() });
        }
    }
    rows
}

/// How one arm trains, in words.
fn training(settings: &Settings) -> String {
    let Settings { steps, batch, rate, warm_up, decay, clip, targets, scales, seed: _ } = settings;
    let clip = clip.map_or_else(String::new, |clip| format!(", clipped at {clip}"));
    let warm_up = if *warm_up > 0 { format!(", warm-up {warm_up}") } else { String::new() };
    format!(
        "{steps} steps of Adam, batch {batch}, rate {rate} {decay}{warm_up}{clip}, {targets} targets, embeddings at \
         scale {}, positions at {}",
        scales.embedding, scales.positions
    )
}

fn settings(plan: &Plan) -> Vec<(&'static str, Value)> {
    let norm = match plan.norm {
        NormPlacement::None => "no norm".to_owned(),
        norm => format!("{norm}-norm"),
    };
    let positions = if plan.positions { "learned positions" } else { "no positions" };
    let heads = if plan.heads == 1 { "1 head".to_owned() } else { format!("{} heads", plan.heads) };
    let search = match plan.search {
        Search::Bisection => {
            "doubling and bisection, assuming that who counts at m counts below it"
        }
        Search::FullGrid => "full grid",
    };
    let mut settings = vec![
        ("task", Value::text(plan.task)),
        ("length", Value::text(plan.length)),
        ("model", Value::text(format!("{heads}, {norm}, {positions}, an MLP of 4 d units"))),
        ("first seed", Value::integer(plan.seeds.first)),
        ("seeds", Value::integer(plan.seeds.count)),
        ("held-out sequences", Value::integer(plan.held_out)),
        ("search", Value::text(search)),
    ];
    for entry in &plan.arms {
        let name = Arm::NAMES[entry.arm as usize];
        settings.push((name, Value::text(training(&entry.settings))));
    }
    settings
}

/// An integer, or `>m` where the threshold lies beyond.
fn bound(value: f64, open: bool) -> Value {
    let places = usize::from(value.fract() != 0.0);
    if open { Value::text(format!(">{value:.places$}")) } else { Value::decimal(value, places) }
}

fn thresholds(plan: &Plan, rows: &[Row<'_>], results: &Results) -> Table {
    let columns = [
        "arm",
        "d",
        "m_thr",
        "least",
        "largest",
        "nmae",
        "constant_guess",
        "seeds",
        "below",
        "open",
        "collapsed",
        "diverged",
        "unfinished",
        "cells_trained",
        "cells_collapsed",
        "cells_diverged",
        "counts_again",
        "m_up_to",
        "steps",
    ];
    let row = |row: &Row<'_>| {
        // a median of some of the seeds would be another number
        let summary = row.drawn().summary().filter(|_| row.unfinished() == 0);
        let (median, least, largest) = match summary {
            None => (Value::Null, Value::Null, Value::Null),
            Some(found) => {
                let all_open = row.count(|t| matches!(t, Some(Threshold::Below(_)))) == 0;
                (
                    bound(found.median, found.median_open),
                    bound(found.low as f64, all_open),
                    bound(found.high as f64, found.open),
                )
            }
        };
        let cells = || row.chains.iter().flat_map(|chain| &chain.cells);
        let health = |health: Health| {
            let is = |&cell: &&_| {
                results.get(cell).is_some_and(|outcome| outcome.measurement.health == health)
            };
            Value::integer(cells().filter(is).count())
        };
        // of the models at which seeds stop counting: those that have a threshold
        let at_threshold = |value: &dyn Fn(&Cell, &Measurement) -> f64| {
            let failing = row.chains.iter().filter_map(|chain| match chain.threshold {
                Some(Threshold::Below(m)) => Some(plan.cell(chain.id, m)),
                _ => None,
            });
            let found = failing
                .filter_map(|cell| Some(value(&cell, &results.get(&cell)?.measurement)))
                .collect::<Vec<f64>>();
            if found.is_empty() || row.unfinished() > 0 {
                return Value::Null;
            }
            Value::decimal(median_of(&found), 4)
        };
        let number = |pick: fn(Option<Threshold>) -> bool| Value::integer(row.count(pick));
        let again: usize = row.chains.iter().map(|chain| chain.counts_again.len()).sum();
        let dimension = plan.dimensions.iter().find(|dimension| dimension.d == row.d);
        let entry = plan.arms.iter().find(|entry| entry.arm == row.arm);
        vec![
            Value::text(row.arm),
            Value::integer(row.d),
            median,
            least,
            largest,
            at_threshold(&|cell, measured| measured.normalised_error(cell.m, cell.n)),
            at_threshold(&|_, measured| measured.constant_guess()),
            Value::integer(row.chains.len()),
            number(|t| matches!(t, Some(Threshold::Below(_)))),
            number(|t| matches!(t, Some(Threshold::Open(_)))),
            number(|t| matches!(t, Some(Threshold::Collapsed(_)))),
            number(|t| matches!(t, Some(Threshold::Diverged(_)))),
            Value::integer(row.unfinished()),
            health(Health::Trained),
            health(Health::Collapsed),
            health(Health::Diverged),
            Value::integer(again),
            dimension.and_then(|found| found.m.last()).map_or(Value::Null, |&m| Value::integer(m)),
            entry.map_or(Value::Null, |entry| Value::integer(entry.settings.steps)),
        ]
    };
    Table { columns: columns.map(str::to_owned).to_vec(), rows: rows.iter().map(row).collect() }
}

fn cells(chains: &[Chain], results: &Results) -> Table {
    let columns = [
        "arm",
        "d",
        "seed",
        "m",
        "n",
        "health",
        "counts",
        "accuracy",
        "low",
        "high",
        "within_one",
        "mean_error",
        "nmae",
        "constant_guess",
        "largest_attention",
        "output_spread",
        "answer_spread",
        "gradient_norm",
        "dead_units",
        "steps",
    ];
    // what is not finite was written down as the largest number
    let finite = |value: f64, places| {
        if value < f64::MAX { Value::decimal(value, places) } else { Value::Null }
    };
    let mut rows = Vec::new();
    for (cell, outcome) in chains
        .iter()
        .flat_map(|chain| &chain.cells)
        .filter_map(|cell| Some((cell, results.get(cell)?)))
    {
        let measurement = &outcome.measurement;
        let (low, high) = measurement.accuracy.wilson();
        let gradient = outcome.gradient_norm.map(|norm| Value::Decimal(format!("{norm:.2e}")));
        rows.push(vec![
            Value::text(cell.arm),
            Value::integer(cell.d),
            Value::integer(cell.seed),
            Value::integer(cell.m),
            Value::integer(cell.n),
            Value::text(measurement.health),
            Value::from(counts(outcome)),
            Value::decimal(measurement.accuracy.rate(), 4),
            Value::decimal(low, 4),
            Value::decimal(high, 4),
            Value::decimal(measurement.within_one.rate(), 4),
            finite(measurement.mean_absolute_error, 3),
            finite(measurement.normalised_error(cell.m, cell.n), 4),
            Value::decimal(measurement.constant_guess(), 4),
            finite(measurement.largest_attention, 4),
            finite(measurement.output_spread, 3),
            finite(measurement.answer_spread, 3),
            gradient.unwrap_or(Value::Null),
            Value::decimal(measurement.dead_units, 3),
            Value::integer(outcome.steps),
        ]);
    }
    Table { columns: columns.map(str::to_owned).to_vec(), rows }
}

/// What a median hides: failures of training, sizes at which a seed counts again, and what is missing.
fn remarks(rows: &[Row<'_>]) -> Vec<String> {
    let mut remarks = Vec::new();
    for row in rows {
        let place = format!("{}, d = {}", row.arm, row.d);
        let mut failed = |what: &str, pick: fn(&Chain) -> Option<usize>| {
            let seeds: Vec<String> = row
                .chains
                .iter()
                .filter_map(|chain| Some(format!("seed {} at m = {}", chain.id.seed, pick(chain)?)))
                .collect();
            if !seeds.is_empty() {
                remarks.push(format!("{place}: {what}: {}", seeds.join(", ")));
            }
        };
        failed("training collapsed, which is not a threshold", |chain| match chain.threshold {
            Some(Threshold::Collapsed(m)) => Some(m),
            _ => None,
        });
        failed("training diverged, which is not a threshold", |chain| match chain.threshold {
            Some(Threshold::Diverged(m)) => Some(m),
            _ => None,
        });
        failed("counts again above its threshold", |chain| chain.counts_again.first().copied());
        if row.unfinished() > 0 {
            let of = row.chains.len();
            remarks.push(format!("{place}: unfinished: {} of {of} seeds", row.unfinished()));
        }
    }
    remarks
}

fn drawn(plan: &Plan, rows: &[Row<'_>]) -> Thresholds {
    let arms = plan.arms.iter().map(|entry| Drawn {
        label: format!("{}, {} steps", entry.arm, entry.settings.steps),
        points: rows
            .iter()
            // a median of some of the seeds would be another number
            .filter(|row| row.arm == entry.arm && row.unfinished() == 0)
            .map(Row::drawn)
            .collect(),
    });
    Thresholds { title: format!("{}, trained", plan.task), arms: arms.collect() }
}
