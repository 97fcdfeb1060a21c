//! `counterproof train --task histogram`: one model that is to count its own token at every position.

use super::output::{check_destination, check_figure, note, progress, write_figure, write_whole};
use super::parse::refuse;
use super::train::{Hidden, Options, check_export, print_one};
use super::{Failure, Status};
use crate::report::Value;
use crate::report::figure::loss::{LossCurve, LossCurves};
use crate::train::mixers::{MixerSettings, MixerShape, MixerTrainer, export};
use clap::ArgMatches;

/// Steps of Adam unless told otherwise.
const STEPS: u64 = 5000;
/// Points of a drawn loss, at most.
const POINTS: u64 = 500;
/// Steps between two looks at the clock.
const STEPS_A_LOOK: u64 = 16;

/// Options of the other tasks.
const OF_OTHERS: [&str; 12] = [
    "count",
    "heads",
    "norm",
    "no_positions",
    "arm",
    "warm_up",
    "decay",
    "clip",
    "targets",
    "embedding_scale",
    "position_scale",
    "checkpoint",
];

/// How a model is trained where nothing else is said.
pub(super) fn settings(steps: Option<u64>, seed: u64) -> MixerSettings {
    let (batch, rate) = (MixerSettings::BATCH, MixerSettings::RATE);
    MixerSettings { steps: steps.unwrap_or(STEPS), batch, rate, seed }
}

fn asked(options: &Options) -> Result<(MixerShape, MixerSettings), Failure> {
    let mixing = options.mixer.ok_or_else(|| Failure::new("--task histogram: needs --mixer"))?;
    let n = options.n.ok_or_else(|| Failure::new("--task histogram: needs --n"))?;
    let p = match &options.model.hidden {
        None => options.m,
        Some(Hidden(layers)) => match layers.as_slice() {
            [p] => *p,
            _ => {
                let found = layers.len();
                return Err(Failure::new(format!("--hidden: expected one layer, found {found}")));
            }
        },
    };
    let training = &options.training;
    let usual = settings(training.steps, training.seed);
    let settings = MixerSettings {
        batch: training.batch.unwrap_or(usual.batch),
        rate: training.rate.unwrap_or(usual.rate),
        ..usual
    };
    let shape = MixerShape { mixing, m: options.m, n, d: options.d, p };
    let wrong = |error: &dyn std::fmt::Display| Failure::new(format!("--{error}"));
    shape.check().map_err(|error| wrong(&error))?;
    settings.check().map_err(|error| wrong(&error))?;
    Ok((shape, settings))
}

pub(super) fn run(options: &Options, matches: &ArgMatches) -> Result<Status, Failure> {
    refuse(matches, &OF_OTHERS, "not with --task histogram")?;
    check_destination(&options.printing, options.plot.as_deref())?;
    let (shape, settings) = asked(options)?;
    options.plot.as_deref().map_or(Ok(()), check_figure)?;
    check_export(options.export.as_deref())?;
    let mut trainer = MixerTrainer::new(&shape, &settings).map_err(Failure::new)?;
    let control = options.limits.control();
    let bar = progress(usize::try_from(settings.steps).unwrap_or(usize::MAX), options.limits.quiet);
    let stretch = settings.steps.div_ceil(POINTS).max(1);
    let (mut points, mut sum, mut loss) = (Vec::new(), 0.0, f64::NAN);
    let mut status = Status::Holds;
    while !trainer.finished() {
        let done = trainer.steps_done();
        if done.is_multiple_of(STEPS_A_LOOK) {
            bar.set_position(done);
            if control.go_on().is_err() {
                status = Status::Undecided;
                break;
            }
        }
        let Ok(now) = trainer.step() else {
            status = Status::Fails;
            break;
        };
        loss = now;
        sum += now;
        if trainer.steps_done().is_multiple_of(stretch) {
            points.push((trainer.steps_done(), sum / stretch as f64));
            sum = 0.0;
        }
    }
    bar.finish_and_clear();
    if let Some(path) = &options.export {
        match status {
            Status::Holds => {
                let bytes = export(&shape, &settings, trainer.parameters());
                write_whole(path, bytes).map_err(Failure::after_work)?;
            }
            _ => note("the model is not exported: its training did not finish"),
        }
    }
    let MixerShape { mixing, m, n, d, p } = shape;
    if let Some(path) = &options.plot {
        let title = format!("histogram by {} with d = {d}, m = {m}, n = {n}", mixing.name());
        let curves = vec![LossCurve { label: String::new(), points }];
        let figure = LossCurves { title, log_steps: false, curves }.figure();
        write_figure(path, figure, options.printing.width).map_err(Failure::after_work)?;
    }
    let score = trainer.measure(options.held_out);
    let (low, high) = score.wilson();
    let size = |size: usize| Value::integer(size as u64);
    let columns = vec![
        ("task", Value::text("histogram")),
        ("kind", Value::text(mixing.name())),
        ("m", size(m)),
        ("d", size(d)),
        ("n", size(n)),
        ("p", size(p)),
        ("seed", Value::integer(settings.seed)),
        ("steps", Value::integer(trainer.steps_done())),
        ("loss", Value::decimal(loss, 4)),
        ("accuracy", Value::decimal(score.rate(), 4)),
        ("low", Value::decimal(low, 4)),
        ("high", Value::decimal(high, 4)),
        ("held_out", Value::integer(score.total)),
    ];
    print_one(columns, &options.printing).map_err(Failure::after_work)?;
    Ok(status)
}
