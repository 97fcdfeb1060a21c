//! `counterproof train --task histogram` and `--task max`: one model that is read by arg max.

use super::output::{check_destination, check_figure, note, progress, write_figure, write_whole};
use super::parse::{Trained, refuse};
use super::train::{Hidden, Options, check_export, print_one};
use super::{Failure, Status};
use crate::report::Value;
use crate::report::figure::loss::{LossCurve, LossCurves};
use crate::train::classifier::{Classifier, ClassifierSettings, ClassifierTrainer};
use crate::train::largest::LargestShape;
use crate::train::mixers::MixerShape;
use clap::ArgMatches;

/// Points of a drawn loss, at most.
const POINTS: u64 = 500;
/// Steps between two looks at the clock.
const STEPS_A_LOOK: u64 = 16;

/// Options of the tasks that are counts.
const OF_COUNTS: [&str; 11] = [
    "count",
    "heads",
    "norm",
    "arm",
    "warm_up",
    "decay",
    "clip",
    "targets",
    "embedding_scale",
    "position_scale",
    "checkpoint",
];

/// How a model of the histogram is trained where nothing else is said.
pub(super) fn of_histogram(steps: Option<u64>, seed: u64) -> ClassifierSettings {
    ClassifierSettings { steps: steps.unwrap_or(5000), batch: 32, rate: 1e-2, seed }
}

/// How a model of the largest token is trained where nothing else is said.
pub(super) fn of_largest(steps: Option<u64>, seed: u64) -> ClassifierSettings {
    ClassifierSettings { steps: steps.unwrap_or(10_000), batch: 128, rate: 3e-3, seed }
}

/// The rows of a record that say what a model is, and the words of a figure's title.
type Named = (Vec<(&'static str, Value)>, String);

fn size(size: usize) -> Value {
    Value::integer(size as u64)
}

fn histogram(options: &Options, matches: &ArgMatches) -> Result<(MixerShape, Named), Failure> {
    refuse(matches, &["no_positions"], "not with --task histogram")?;
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
    let shape = MixerShape { mixing, m: options.m, n, d: options.d, p };
    let MixerShape { m, d, .. } = shape;
    let named = vec![
        ("kind", Value::text(mixing.name())),
        ("m", size(m)),
        ("d", size(d)),
        ("n", size(n)),
        ("p", size(p)),
    ];
    let title = format!("histogram by {} with d = {d}, m = {m}, n = {n}", mixing.name());
    Ok((shape, (named, title)))
}

fn largest(options: &Options, matches: &ArgMatches) -> Result<(LargestShape, Named), Failure> {
    refuse(matches, &["hidden"], "not with --task max, whose models have no MLP")?;
    refuse(matches, &["mixer"], "needs --task histogram")?;
    let n = options.n.ok_or_else(|| Failure::new("--task max: needs --n"))?;
    let positions = !options.model.no_positions;
    let shape = LargestShape { m: options.m, n, d: options.d, positions };
    let LargestShape { m, d, .. } = shape;
    let named =
        vec![("positions", positions.into()), ("m", size(m)), ("d", size(d)), ("n", size(n))];
    Ok((shape, (named, format!("the largest of n = {n} tokens with d = {d}, m = {m}"))))
}

pub(super) fn run(options: &Options, matches: &ArgMatches) -> Result<Status, Failure> {
    let (steps, seed) = (options.training.steps, options.training.seed);
    if options.task == Trained::Largest {
        refuse(matches, &OF_COUNTS, "not with --task max")?;
        let (shape, named) = largest(options, matches)?;
        train(&shape, of_largest(steps, seed), named, options)
    } else {
        refuse(matches, &OF_COUNTS, "not with --task histogram")?;
        let (shape, named) = histogram(options, matches)?;
        train(&shape, of_histogram(steps, seed), named, options)
    }
}

fn train<C: Classifier>(
    shape: &C,
    usual: ClassifierSettings,
    (named, title): Named,
    options: &Options,
) -> Result<Status, Failure> {
    let (batch, rate) = (options.training.batch, options.training.rate);
    let settings = ClassifierSettings {
        batch: batch.unwrap_or(usual.batch),
        rate: rate.unwrap_or(usual.rate),
        ..usual
    };
    check_destination(&options.printing, options.plot.as_deref())?;
    options.plot.as_deref().map_or(Ok(()), check_figure)?;
    check_export(options.export.as_deref())?;
    let mut trainer = ClassifierTrainer::new(shape, &settings)
        .map_err(|error| Failure::new(format!("--{error}")))?;
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
                write_whole(path, trainer.export()).map_err(Failure::after_work)?;
            }
            _ => note("the model is not exported: its training did not finish"),
        }
    }
    if let Some(path) = &options.plot {
        let curves = vec![LossCurve { label: String::new(), points }];
        let figure = LossCurves { title, log_steps: false, curves }.figure();
        write_figure(path, figure, options.printing.width).map_err(Failure::after_work)?;
    }
    let score = trainer.measure(options.held_out);
    let (low, high) = score.wilson();
    let mut columns = vec![("task", Value::text(C::TASK))];
    columns.extend(named);
    columns.extend([
        ("seed", Value::integer(settings.seed)),
        ("steps", Value::integer(trainer.steps_done())),
        ("loss", Value::decimal(loss, 4)),
        ("accuracy", Value::decimal(score.rate(), 4)),
        ("low", Value::decimal(low, 4)),
        ("high", Value::decimal(high, 4)),
        ("held_out", Value::integer(score.total)),
    ]);
    print_one(columns, &options.printing).map_err(Failure::after_work)?;
    Ok(status)
}
