//! Models of a grid, trained when they are first asked for: out of distribution (`sweep --ood`, T15), and over all inputs those that are read by arg max:
//! of the histogram task (`sweep --task histogram`) and of the largest token (`sweep --task max`).
//!
//! A cell is a point of one model ([`super::out_of_distribution`]). Its model is the one that `train` exports with the same sizes, settings and
//! seed, and the certificate holds it: what is certified is about these weights, and that they are what training gives only training
//! again tells. Models that certificates of a journal hold are not trained again.

use super::estimate::Estimate;
use super::out_of_distribution::{Point, Sizes, Subject};
use super::{accuracy, reading};
use crate::claim::{Cell, ClaimError, Params, Undecided};
use crate::files::model::Model;
use crate::files::open;
use crate::files::task::NamedTask;
use crate::kernel::definition::{Question, SoftmaxTransformer};
use crate::kernel::kind::{Accuracy, Misreading, ReadingParams, Readings, Sample};
use crate::kernel::number::{Rational, ratio};
use crate::kernel::{Certificate, ClaimId};
use crate::report::Value;
use crate::search::control::{Control, Stopped};
use crate::train::classifier::{Classifier, ClassifierSettings, ClassifierTrainer};
use crate::train::kernels::Kernels;
use crate::train::largest::LargestShape;
use crate::train::mixers::MixerShape;
use crate::train::sweep::Plan;
use crate::train::{Diverged, NormPlacement, Settings, Shape, Trainer, export};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Steps between two looks at the clock.
const STEPS_A_LOOK: u64 = 64;

/// How a model is trained.
enum Run {
    Counter(Shape, Settings, &'static Kernels<f32>),
    Histogram(MixerShape, ClassifierSettings),
    Largest(LargestShape, ClassifierSettings),
}

impl Run {
    fn vocabulary(&self) -> usize {
        match self {
            Self::Counter(shape, ..) => shape.m,
            Self::Histogram(shape, _) => shape.m,
            Self::Largest(shape, _) => shape.m,
        }
    }

    /// The file that `train --export` writes; a reason where there is no such model.
    fn bytes(&self, control: &Control) -> Result<Result<Vec<u8>, String>, Stopped> {
        match self {
            Self::Counter(shape, settings, kernels) => {
                let mut trainer = match Trainer::with_kernels(shape, settings, kernels) {
                    Ok(trainer) => trainer,
                    Err(error) => return Ok(Err(error.to_string())),
                };
                let step = || (!trainer.finished()).then(|| trainer.step());
                Ok(finish(step, control)?.map(|()| export(&trainer, &trainer.measure(1))))
            }
            Self::Histogram(shape, settings) => by_arg_max(shape, settings, control),
            Self::Largest(shape, settings) => by_arg_max(shape, settings, control),
        }
    }
}

/// Takes steps as long as there is one left; a reason where training diverges.
fn finish(
    mut next: impl FnMut() -> Option<Result<f64, Diverged>>,
    control: &Control,
) -> Result<Result<(), String>, Stopped> {
    for step in 0u64.. {
        if step.is_multiple_of(STEPS_A_LOOK) {
            control.go_on()?;
        }
        match next() {
            Some(Ok(_)) => {}
            Some(Err(why)) => return Ok(Err(format!("training diverged: {why}"))),
            None => break,
        }
    }
    Ok(Ok(()))
}

fn by_arg_max<C: Classifier>(
    shape: &C,
    settings: &ClassifierSettings,
    control: &Control,
) -> Result<Result<Vec<u8>, String>, Stopped> {
    let mut trainer = match ClassifierTrainer::new(shape, settings) {
        Ok(trainer) => trainer,
        Err(error) => return Ok(Err(error.to_string())),
    };
    let done = finish(|| (!trainer.finished()).then(|| trainer.step()), control)?;
    Ok(done.map(|()| trainer.export()))
}

/// Models that are trained, or are to be.
struct Trained {
    runs: Vec<Run>,
    /// by their places; what cannot be trained has a reason
    models: Mutex<BTreeMap<usize, Result<Arc<SoftmaxTransformer>, String>>>,
}

impl Trained {
    /// The model at a place. Threads that nobody needs train those after it.
    fn get(&self, at: usize, control: &Control) -> Result<Arc<SoftmaxTransformer>, Undecided> {
        let mut models = self.models.lock().unwrap_or_else(PoisonError::into_inner);
        if !models.contains_key(&at) {
            let missing = (at..self.runs.len()).filter(|place| !models.contains_key(place));
            let places: Vec<usize> = missing.take(control.threads()).collect();
            control.tell(|| format!("training {} models", places.len()));
            let found = control.map(&places, |&place| self.train(place, control))?;
            models.extend(places.into_iter().zip(found));
        }
        match models.get(&at) {
            Some(Ok(model)) => Ok(Arc::clone(model)),
            Some(Err(reason)) => Err(Undecided::Limit(reason.clone())),
            None => Err(Stopped::Interrupted.into()),
        }
    }

    fn train(
        &self,
        at: usize,
        control: &Control,
    ) -> Result<Result<Arc<SoftmaxTransformer>, String>, Stopped> {
        let bytes = match self.runs[at].bytes(control)? {
            Ok(bytes) => bytes,
            Err(reason) => return Ok(Err(reason)),
        };
        Ok(match open(&bytes, None) {
            Ok((Model::Softmax(model), _)) => Ok(model),
            Ok((Model::Exact(_), _)) => Err("an exact model, which is a bug".to_owned()),
            Err(error) => Err(error.to_string()),
        })
    }

    /// Takes up the model of a certificate that was checked again.
    fn take_up(&self, at: usize, certificate: &Certificate) {
        let model = certificate
            .get::<Readings>()
            .map(|(_, data)| &data.model)
            .or_else(|| certificate.get::<Sample>().map(|(_, data)| &data.model))
            .or_else(|| certificate.get::<Misreading>().map(|(_, data)| &data.model))
            .or_else(|| certificate.get::<Accuracy>().map(|(_, data)| &data.model));
        // one over some of the tokens is not all of it
        let Some(model) = model.filter(|model| model.vocabulary() == self.runs[at].vocabulary())
        else {
            return;
        };
        let mut models = self.models.lock().unwrap_or_else(PoisonError::into_inner);
        models.entry(at).or_insert_with(|| Ok(Arc::new(model.clone())));
    }
}

/// The points of all models of the plans, which differ in whether there are positions: at each length one model after the other, so that
/// `--shard I/K` gives a model to one part where `K` divides their number.
///
/// # Errors
/// [`ClaimError`] for lengths or a sample that no model can have.
pub fn out_of_distribution(
    plans: &[Plan],
    lengths: Option<&[u64]>,
    estimate: &Estimate,
    kernels: &'static Kernels<f32>,
) -> Result<Vec<Cell>, ClaimError> {
    let (mut runs, mut models) = (Vec::new(), Vec::new());
    for plan in plans {
        let mut chains = plan.chains();
        chains.sort_unstable();
        for chain in chains {
            for cell in plan.sizes(chain).iter().map(|&m| plan.cell(chain, m)) {
                let Some(settings) = plan.settings(&cell) else { continue };
                let shape = plan.shape(&cell);
                let mut named: Params = vec![
                    ("arm", Value::text(cell.arm)),
                    ("positions", shape.positions.into()),
                    ("d", Value::integer(shape.d)),
                    ("trained_n", Value::integer(shape.n)),
                    ("steps", Value::integer(settings.steps)),
                    ("seed", Value::integer(settings.seed)),
                ];
                if shape.heads != 1 {
                    named.push(("heads", Value::integer(shape.heads)));
                }
                if shape.norm != NormPlacement::Post {
                    named.push(("norm", Value::text(shape.norm)));
                }
                models.push((NamedTask::from(plan.task), shape.clone(), settings.seed, named));
                runs.push(Run::Counter(shape, settings, kernels));
            }
        }
    }
    let trained = Arc::new(Trained { runs, models: Mutex::default() });
    let mut cells: Vec<(Point, Cell)> = Vec::new();
    for (at, (task, shape, seed, named)) in models.into_iter().enumerate() {
        let longest = shape.positions.then_some(shape.n as u64);
        let sizes = Sizes { m: shape.m, trained_n: shape.n as u64, longest };
        let mut lengths = lengths.map_or_else(|| sizes.lengths(), <[u64]>::to_vec);
        lengths.retain(|n| longest.is_none_or(|longest| *n <= longest));
        let points = sizes.points(&lengths, 0)?;
        let source = Arc::clone(&trained);
        let subject = Subject {
            sizes,
            d: shape.d,
            every: false,
            layers: 1,
            model: Arc::new(move |control: &Control| source.get(at, control)),
            known: None,
            named,
        };
        let of_model = subject.cells(&task, None, &points, (estimate, seed))?;
        let adopting = of_model.into_iter().map(|cell| {
            let trained = Arc::clone(&trained);
            cell.taking_up(move |certificate| trained.take_up(at, certificate))
        });
        cells.extend(points.into_iter().zip(adopting));
    }
    cells.sort_by_key(|(point, _)| point.rank());
    Ok(cells.into_iter().map(|(_, cell)| cell).collect())
}

/// The accuracy over all inputs of each model that is to count its own token at every position.
#[must_use]
pub fn histograms(runs: Vec<(MixerShape, ClassifierSettings)>) -> Vec<Cell> {
    let all = runs.iter().map(|&(shape, settings)| Run::Histogram(shape, settings)).collect();
    let trained = Arc::new(Trained { runs: all, models: Mutex::default() });
    let cell = |(at, (shape, settings)): (usize, (MixerShape, ClassifierSettings))| {
        let MixerShape { mixing, m, n, d, p } = shape;
        let params = vec![
            ("kind", Value::text(mixing.name())),
            ("n", Value::integer(n)),
            ("m", Value::integer(m)),
            ("d", Value::integer(d)),
            ("p", Value::integer(p)),
            ("seed", Value::integer(settings.seed)),
            ("steps", Value::integer(settings.steps)),
            ("task", Value::text("histogram")),
        ];
        let (task, tolerance) = (Question::QueryCount, ratio(1, 2).into());
        let reading = ReadingParams { task, tolerance, n: n as u64, m, d };
        over_all(&trained, at, params, reading, None)
    };
    runs.into_iter().enumerate().map(cell).collect()
}

/// The accuracy over all inputs of each model that is to name the largest token; with `within` bounds of it that are no further apart.
///
/// # Errors
/// [`ClaimError`] for what is no distance.
pub fn largest_tokens(
    runs: Vec<(LargestShape, ClassifierSettings)>,
    within: Option<&Rational>,
) -> Result<Vec<Cell>, ClaimError> {
    within.map_or(Ok(()), accuracy::check)?;
    let task = NamedTask::named(LargestShape::TASK)
        .ok_or_else(|| ClaimError::value("task", "one that has a name", LargestShape::TASK))?;
    let all = runs.iter().map(|&(shape, settings)| Run::Largest(shape, settings)).collect();
    let trained = Arc::new(Trained { runs: all, models: Mutex::default() });
    let cell = |(at, (shape, settings)): (usize, (LargestShape, ClassifierSettings))| {
        let LargestShape { m, n, d, positions } = shape;
        let mut params: Params = vec![
            ("positions", positions.into()),
            ("n", Value::integer(n)),
            ("m", Value::integer(m)),
            ("d", Value::integer(d)),
            ("seed", Value::integer(settings.seed)),
            ("steps", Value::integer(settings.steps)),
            ("task", Value::text(LargestShape::TASK)),
        ];
        if let Some(within) = within {
            params.push(("within", within.clone().into()));
        }
        let (task, tolerance) = (task.question.clone(), ratio(1, 2).into());
        let reading = ReadingParams { task, tolerance, n: n as u64, m, d };
        over_all(&trained, at, params, reading, within.cloned())
    };
    Ok(runs.into_iter().enumerate().map(cell).collect())
}

/// The cell of the model at a place, whose one layer is asked about all inputs.
fn over_all(
    trained: &Arc<Trained>,
    at: usize,
    params: Params,
    reading: ReadingParams,
    within: Option<Rational>,
) -> Cell {
    let about = reading::about(&reading.task, 1);
    let (source, known) = (Arc::clone(trained), Arc::clone(trained));
    let decide = move |control: &Control| {
        let model = source.get(at, control)?;
        match &within {
            Some(within) => accuracy::decide(&model, &reading, within, control),
            None => reading::decide(ClaimId::MODEL, &model, &reading, control),
        }
    };
    let cell = Cell::new(ClaimId::MODEL, params, decide).naming(about);
    cell.taking_up(move |certificate| known.take_up(at, certificate))
}
