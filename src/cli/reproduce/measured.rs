//! T10 in the report: what trained models do, measured and not decided.
//!
//! Sweeps keep their own journals below the folder's, so that an interrupted run goes on; the comparison with the exact
//! statements takes seconds and is measured again.

use super::elsewhere::Elsewhere;
use super::outputs::drawing;
use super::plan::Sizes;
use crate::cli::grid::parsed;
use crate::cli::{Command, Failure, cross_validate, sweep};
use crate::report::document::{Section, Sheet};
use crate::report::figure::Figure;
use crate::report::figure::thresholds::Arm;
use crate::report::measured::Measured;
use crate::report::provenance::Provenance;
use crate::search::control::Control;
use crate::train::sweep::Plan;
use std::path::PathBuf;

/// One command and the tables that it makes.
struct Measurement {
    command: String,
    tables: &'static [Shown],
}

/// A table of a measurement.
struct Shown {
    /// its name in the measurement
    table: &'static str,
    /// name of its files
    name: &'static str,
    title: &'static str,
}

const fn shown(table: &'static str, name: &'static str, title: &'static str) -> Shown {
    Shown { table, name, title }
}

const QUERY_COUNT: &[Shown] = &[
    shown(
        "thresholds",
        "thresholds-qc",
        "First vocabulary size at which trained models fail: query count",
    ),
    shown("cells", "trained-qc", "Every trained model: query count"),
];
const MOST_FREQUENT: &[Shown] = &[
    shown(
        "thresholds",
        "thresholds-mfe",
        "First vocabulary size at which trained models fail: most frequent element",
    ),
    shown("cells", "trained-mfe", "Every trained model: most frequent element"),
];
const COMPARED: &[Shown] = &[
    shown(
        "constructions",
        "trained-constructions",
        "The exact constructions in floats, before and after training",
    ),
    shown(
        "embeddings",
        "trained-embeddings",
        "Learned embeddings beside Welch's bound and their own n*",
    ),
    shown("accuracy", "trained-accuracy", "Learned beside representable"),
];

fn measurements(sizes: Sizes) -> Vec<Measurement> {
    let sweep = |task: &str| {
        let grid = match sizes {
            Sizes::Quick => "--d 4,8 --m 2-6 --seeds 2 --steps 30000 --optimised-steps 7500",
            Sizes::Default => "--quick",
            Sizes::Full => "--full",
        };
        format!("counterproof sweep --task {task} {grid}")
    };
    let compare = match sizes {
        Sizes::Quick => "--d 4 --seeds 1 --steps 2000",
        Sizes::Default => "--d 4,8",
        Sizes::Full => "--d 4,8,16 --seeds 5",
    };
    vec![
        Measurement { command: sweep("qc"), tables: QUERY_COUNT },
        Measurement { command: sweep("mfe"), tables: MOST_FREQUENT },
        Measurement { command: format!("counterproof cross-validate {compare}"), tables: COMPARED },
    ]
}

/// Name of every table.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    [QUERY_COUNT, MOST_FREQUENT, COMPARED].into_iter().flatten().map(|shown| shown.name)
}

/// The section, as far as it was measured.
pub(super) struct Trained {
    pub section: Option<Section>,
    /// thresholds of the query count, to be drawn over what is exact
    pub thresholds: Vec<Arm>,
    /// no limit was hit
    pub complete: bool,
}

/// The plans of the sweeps that make tables which are wanted.
pub(super) fn plans(sizes: Sizes, wanted: &dyn Fn(&str) -> bool) -> Result<Vec<Plan>, Failure> {
    let mut plans = Vec::new();
    for Measurement { command, tables } in measurements(sizes) {
        let words: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
        if tables.iter().any(|shown| wanted(shown.name))
            && let Command::Sweep(options) = parsed(&words)?.0
        {
            plans.push(sweep::plan(&options)?);
        }
    }
    Ok(plans)
}

/// Measures what `wanted` asks for by the names of tables.
pub(super) fn measure(
    sizes: Sizes,
    wanted: &dyn Fn(&str) -> bool,
    (journal, elsewhere): (&dyn Fn(&str) -> PathBuf, &Elsewhere),
    (control, quiet): (&Control, bool),
    provenance: &Provenance,
) -> Result<Trained, Failure> {
    let mut trained = Trained { section: None, thresholds: Vec::new(), complete: true };
    let mut sheets = Vec::new();
    for Measurement { command, tables } in measurements(sizes) {
        let tables: Vec<&Shown> = tables.iter().filter(|shown| wanted(shown.name)).collect();
        let Some(first) = tables.first() else { continue };
        let words: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
        let found: Option<(Measured, Option<Figure>)> = match parsed(&words)?.0 {
            Command::Sweep(options) => {
                let path = journal(&command);
                elsewhere.provide(&sweep::plan(&options)?, &path)?;
                let report = sweep::with_journal(&options, &path, control, quiet)?;
                let (measured, drawn) = report.parts();
                let figure = drawn.figure();
                if first.name.ends_with("qc") {
                    trained.thresholds = drawn.arms;
                }
                measured.complete.then_some((measured, Some(figure)))
            }
            Command::CrossValidate(options) => {
                let measured = cross_validate::measured(&options, control, quiet)?;
                measured.ok().map(|measured| (measured, None))
            }
            _ => return Err(Failure::new(format!("`{command}` measures nothing"))),
        };
        let Some((measured, mut figure)) = found else {
            trained.complete = false;
            continue;
        };
        for Shown { table, name, title } in tables {
            let provenance = provenance.of(vec![command.clone()]);
            // the figure stands with the first table
            let description = "Medians and ranges over seeds, beside m = d and m = d + 1.";
            let drawn = figure
                .take()
                .and_then(|figure| drawing((name, title), description, &figure, &provenance));
            sheets.push(Sheet {
                name,
                title,
                provenance,
                records: Vec::new(),
                growth: Vec::new(),
                shown: &[],
                figures: drawn.into_iter().collect(),
                measured: Some((measured.clone(), table)),
            });
        }
    }
    if !sheets.is_empty() {
        trained.section = Some(Section {
            name: "trained",
            label: "T10".to_owned(),
            title: "What is learned",
            text: vec![
                "Models trained from scratch in floats, for the steps stated, at the settings that the paper states and at the best that we know. What is \
                 learned within some steps and what can be represented are different things: no verdict is drawn from these tables, and a model that \
                 collapsed shows no limit at all."
                    .to_owned(),
            ],
            sheets,
        });
    }
    Ok(trained)
}
