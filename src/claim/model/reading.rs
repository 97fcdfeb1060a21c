//! A softmax transformer at one length: every input judged in enclosures, on all threads.
//!
//! What the survey finds is what the record says: how many inputs there are and how many of them had to be judged, the
//! fraction on which the model is right (its certified accuracy), the least margin, and an input that is wrong. When
//! a limit is hit first, one wrong input still refutes; otherwise the verdict is open and the fraction decided is told.

use super::super::{Cell, ClaimError, Decision, Known, Params, Request, Undecided};
use super::estimate::{Drawn, Estimate};
use super::out_of_distribution::{OutOfDistribution, Subject, USUAL_SAMPLE};
use super::surveyed::Surveyed;
use super::{accuracy, estimate, parameters, rounded};
use crate::construct;
use crate::files::task::NamedTask;
use crate::kernel::definition::{
    Criteria, Judged, Part, Question, ReadAt, Reading, SoftmaxTransformer, Token, judge,
};
use crate::kernel::evidence::{MOST_BITS, Tally};
use crate::kernel::kind::{Between, Found, Misreading, ReadingParams, Readings};
use crate::kernel::number::{NaturalText, Rational, integer, ratio};
use crate::kernel::{Certificate, ClaimId, Clock, Verdict};
use crate::report::{Value, runs};
use crate::search::control::{Control, Stopped};
use crate::search::survey::{self, survey};
use num_bigint::{BigInt, BigUint};
use num_traits::Zero;
use std::sync::Arc;

pub(super) fn cells(
    model: &Arc<SoftmaxTransformer>,
    task: &NamedTask,
    request: &Request,
) -> Result<Vec<Cell>, ClaimError> {
    fits(task, model.read_at)?;
    if let Some(asked) = &request.ood {
        return out_of_distribution(model, task, asked, request);
    }
    let lengths = lengths(&[model], request)?;
    let estimate = estimate::of_request(request)?;
    if let Some(within) = &request.within {
        if request.arithmetic.is_some() {
            let expected = "none with --arithmetic, which judges every input";
            return Err(ClaimError::value("within", expected, within));
        }
        accuracy::of_request(Some(within), estimate.is_some())?;
    }
    let sizes = Sizes { m: model.vocabulary(), d: model.dimension(), layers: layers(model) };
    let asked = |n: u64| Asked::new(n, sizes, task, request.tolerance.as_ref());
    let mut cells = Vec::new();
    for n in lengths {
        match (&estimate, &request.arithmetic) {
            (Some(_), Some(_)) => {
                return Err(ClaimError::value("estimate", "none with --arithmetic", "an estimate"));
            }
            (Some(estimate), None) => {
                cells.push(estimate::cell(model, asked(n), estimate, request.seed)?);
            }
            (None, Some(all)) => {
                let in_format = |format| construct::rounded::rounded(model, format);
                cells.extend(rounded::cells(in_format, || asked(n), all, request)?);
            }
            (None, None) => cells.push(match &request.within {
                Some(within) => accuracy::cell(model, asked(n), within)?,
                None => cell_of_all(model, asked(n)),
            }),
        }
    }
    Ok(cells.into_iter().map(|cell| request.about_file(cell)).collect())
}

/// The lengths that are asked for, which all models have.
pub(super) fn lengths(
    models: &[&SoftmaxTransformer],
    request: &Request,
) -> Result<Vec<u64>, ClaimError> {
    let longest = models.iter().filter_map(|model| model.longest()).min();
    let longest = longest.map(|longest| longest as u64);
    let default: Vec<u64> = (1..=longest.unwrap_or(8).min(8)).collect();
    let lengths = request.finite_lengths(&default)?;
    if let Some(longest) = longest
        && let Some(n) = lengths.iter().find(|&&n| n > longest)
    {
        let expected = format!("at most {longest}, the number of the model's positions");
        return Err(ClaimError::value("n", expected, n));
    }
    Ok(lengths)
}

/// The cells of lengths and distributions beside those of the training.
fn out_of_distribution(
    model: &Arc<SoftmaxTransformer>,
    task: &NamedTask,
    asked: &OutOfDistribution,
    request: &Request,
) -> Result<Vec<Cell>, ClaimError> {
    for (option, given) in [
        ("within", request.within.is_some()),
        ("arithmetic", request.arithmetic.is_some()),
        ("distribution", request.given.contains(&"distribution")),
    ] {
        if given {
            let expected = "none with --ood, which has lengths and distributions of its own";
            return Err(ClaimError::value(option, expected, "one"));
        }
    }
    let lengths = match &request.n {
        Some(_) => Some(request.finite_lengths(&[])?),
        None => None,
    };
    let subject = Subject::of(model, asked, lengths.as_deref())?;
    let lengths = lengths.unwrap_or_else(|| subject.sizes.lengths());
    let points = subject.sizes.points(&lengths, asked.subsets)?;
    let estimate = request.estimate.clone().unwrap_or_else(|| Estimate {
        inputs: USUAL_SAMPLE,
        confidence: estimate::usual_confidence(),
        drawn: Drawn::Uniform,
    });
    let how = (&estimate, request.seed);
    let cells = subject.cells(task, request.tolerance.as_ref(), &points, how)?;
    Ok(cells.into_iter().map(|cell| request.about_file(cell)).collect())
}

/// What is asked of a model at one length, and how a record says it.
pub(super) struct Asked {
    pub(super) params: Vec<(&'static str, Value)>,
    pub(super) about: Vec<(&'static str, Value)>,
    pub(super) reading: ReadingParams,
}

/// How large a model is.
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    pub(super) m: usize,
    pub(super) d: usize,
    pub(super) layers: usize,
}

impl Asked {
    pub(super) fn new(
        n: u64,
        sizes: Sizes,
        task: &NamedTask,
        tolerance: Option<&Rational>,
    ) -> Self {
        let Sizes { m, d, layers } = sizes;
        let mut params = parameters(n, m, &task.name);
        if let Some(tolerance) = tolerance {
            params.push(("tolerance", tolerance.clone().into()));
        }
        let question = task.question.clone();
        let about = about(&question, layers);
        let tolerance = tolerance.cloned().unwrap_or_else(|| ratio(1, 2)).into();
        Self { params, about, reading: ReadingParams { task: question, tolerance, n, m, d } }
    }
}

/// What a record says of a question that is decided in the reals.
pub(super) fn about(question: &Question, layers: usize) -> Params {
    vec![
        ("question", Value::text(question)),
        ("layers", Value::integer(layers)),
        ("arithmetic", Value::text("real")),
    ]
}

/// How many blocks are attention.
pub(super) fn layers(model: &SoftmaxTransformer) -> usize {
    model.blocks.iter().filter(|block| matches!(block.part, Part::Attention(_))).count()
}

/// Whether the task can be asked of a model that is read there.
pub(super) fn fits(task: &NamedTask, read_at: ReadAt) -> Result<(), ClaimError> {
    if task.name == "histogram" && read_at == ReadAt::Last {
        let expected =
            "qc, or a model with `\"read_at\": \"every\"`: this one is read at its last position";
        return Err(ClaimError::value("task", expected, "histogram"));
    }
    Ok(())
}

/// The cell that judges every input.
fn cell_of_all(model: &Arc<SoftmaxTransformer>, asked: Asked) -> Cell {
    let Asked { params, about, reading } = asked;
    let known = Arc::clone(model);
    let survey = Surveyed::new(ClaimId::MODEL, Arc::clone(model), reading);
    let cell = survey.cell(params).naming(about);
    cell.knowing(move || Known::object(known.as_ref()))
}

/// The verdict about a model that `claim` is about.
pub(super) fn decide(
    claim: ClaimId,
    model: &SoftmaxTransformer,
    params: &ReadingParams,
    control: &Control,
) -> Result<Decision, Undecided> {
    if claim == ClaimId::MODEL
        && let Some(decision) = accuracy::of_many(model, params, control)?
    {
        return Ok(decision);
    }
    let found = survey(model, &params.task, &params.tolerance.0, params.n, control)?;
    decided(claim, model, params, found, control)
}

/// What a survey of all inputs says about the model.
pub(super) fn decided(
    claim: ClaimId,
    model: &SoftmaxTransformer,
    params: &ReadingParams,
    found: survey::Found,
    control: &Control,
) -> Result<Decision, Undecided> {
    let survey::Found { inputs, configurations, tally, trees } = found;
    let complete = trees.is_some() && tally.open.is_zero();
    let mut values = vec![
        ("inputs", natural(&inputs)),
        ("judged", natural(&configurations)),
        ("bits", Value::integer(tally.places)),
        ("right", natural(&tally.right)),
        ("wrong", natural(&tally.wrong)),
    ];
    if complete {
        let accuracy = fraction(&tally.right, &inputs);
        let decimal = Value::rounded(&accuracy, false);
        values.extend([("accuracy", accuracy.into()), ("accuracy_decimal", decimal)]);
    } else {
        // numerators of a hundred digits help nobody: bounds to twelve decimals
        let decided = fraction(&tally.decided(), &inputs);
        let (right, most) =
            (fraction(&tally.right, &inputs), fraction(&(&inputs - &tally.wrong), &inputs));
        let accuracy = between(&right, &most);
        values.extend([
            ("decided", between(&decided, &decided).at_least.0.into()),
            ("accuracy_at_least", accuracy.at_least.0.into()),
            ("accuracy_at_most", accuracy.at_most.0.into()),
        ]);
    }
    let margin = tally.margin.as_ref().filter(|_| complete && tally.wrong.is_zero());
    let margin = margin.map(|(lo, hi)| between(lo, hi));
    values.extend(margins(margin.as_ref()));
    let misreading = match &tally.first_wrong {
        Some(failing) => Some(misreading(model, params, failing)?),
        None => None,
    };
    let mut reason = None;
    if let Some((misreading, words)) = &misreading {
        values.extend(shown(model, misreading));
        reason = Some(words.clone());
    }
    let data = trees.filter(|_| complete).map(|trees| {
        let (right, wrong) = (NaturalText(tally.right.clone()), NaturalText(tally.wrong.clone()));
        Readings { model: model.clone(), trees, right, wrong, margin }
    });
    let (verdict, certificate) = match (misreading, data) {
        (None, None) => {
            let right =
                format!("{} of {inputs} inputs decided, all of them right", tally.decided());
            return Err(undecided(&tally, &right, values, control));
        }
        // the limit was hit: what is certain is that this one input is wrong
        (Some((misreading, _)), None) => {
            (Verdict::Refuted, Certificate::new(claim, params.clone(), misreading))
        }
        (failing, Some(data)) => {
            let verdict = if failing.is_some() { Verdict::Refuted } else { Verdict::Verified };
            (verdict, Certificate::new(claim, params.clone(), data))
        }
    };
    Ok(Decision { proposed: verdict, values, certificate, reason })
}

/// The least margin, as a record says it.
pub(super) fn margins(margin: Option<&Between>) -> Vec<(&'static str, Value)> {
    let mut values = Vec::new();
    for (name, written, up) in [
        ("margin_at_least", "margin_at_least_decimal", false),
        ("margin_at_most", "margin_at_most_decimal", true),
    ] {
        let end = margin.map(|margin| if up { &margin.at_most.0 } else { &margin.at_least.0 });
        values.push((name, end.map_or(Value::Null, |end| end.clone().into())));
        values.push((written, end.map_or(Value::Null, |end| Value::rounded(end, up))));
    }
    values
}

/// A wrong input, as a record says it.
pub(super) fn shown(
    model: &SoftmaxTransformer,
    misreading: &Misreading,
) -> Vec<(&'static str, Value)> {
    let sequence = Value::list(misreading.sequence.iter().map(|token| token.0));
    let mut values = vec![("sequence", sequence)];
    if model.read_at == ReadAt::Every {
        values.push(("position", Value::integer(misreading.position)));
    }
    values.push(("answer", number(&misreading.answer.0)));
    values
}

/// Why a survey is unfinished, with what it has `decided` in words.
pub(super) fn undecided(
    tally: &Tally,
    decided: &str,
    values: Vec<(&'static str, Value)>,
    control: &Control,
) -> Undecided {
    let reason = match (&tally.first_open, control.go_on()) {
        (_, Err(stopped)) => format!("{stopped}; {decided}"),
        (Some((sequence, _)), Ok(())) => {
            let tokens: Vec<String> = sequence.iter().map(ToString::to_string).collect();
            let bits = MOST_BITS.0;
            format!(
                "{decided}; the sequence {} is too close to call with {bits} bits",
                tokens.join(" ")
            )
        }
        (None, Ok(())) => format!("{}; {decided}", Stopped::Interrupted),
    };
    Undecided::Partly { reason, values, certificate: None }
}

/// The certificate of one wrong input, and the same in words.
pub(super) fn misreading(
    model: &SoftmaxTransformer,
    params: &ReadingParams,
    (sequence, position): &(Vec<Token>, usize),
) -> Result<(Misreading, String), Undecided> {
    let tokens: Vec<usize> = sequence.iter().map(|token| token.0).collect();
    // What is stated has to follow in the kernel, so it is the kernel's. One input takes no time, and a limit may have passed.
    let clock = Clock::unlimited();
    let read = model.read_at.positions(tokens.len()).len();
    let answer = params.task.answer_at(params.m, &tokens, *position, read, &clock)?;
    let tolerance = &params.tolerance.0;
    let (judged, p, y) =
        judge(model, tolerance, (sequence, *position, &answer), MOST_BITS, &clock)?;
    if judged != Judged::Wrong {
        let bug = "an input that was wrong is no longer, which is a bug";
        return Err(Undecided::Limit(bug.to_owned()));
    }
    let criteria = Criteria { reading: &model.reading, tolerance };
    let (output, found) = match (&model.reading, y.first()) {
        (Reading::Number { .. }, Some(y)) => {
            let (lo, hi) = p.ends(y);
            let between = between(&lo, &hi);
            let (least, most) = (
                Value::rounded(&between.at_least.0, false),
                Value::rounded(&between.at_most.0, true),
            );
            (Found::Number(between), format!("between {least} and {most}"))
        }
        (Reading::Number { .. }, None) => (Found::Choice(None), "not the answer".to_owned()),
        (Reading::ArgMax { answers, .. }, _) => {
            let decodes =
                |choice: &u64| criteria.margin(&y, &integer(*choice), p).0 == Judged::Right;
            let choice = answers.iter().copied().find(decodes);
            let words = choice.map_or("not the answer".to_owned(), |choice| choice.to_string());
            (Found::Choice(choice), words)
        }
    };
    let place = match model.read_at {
        ReadAt::Every if params.n > 1 => format!(" read at position {position}"),
        _ => String::new(),
    };
    let words = format!(
        "on the sequence {}{place} the model's output is {found}, the true answer is {answer}",
        runs(tokens)
    );
    let (sequence, position) = (sequence.clone(), *position);
    Ok((
        Misreading { model: model.clone(), sequence, position, answer: answer.into(), output },
        words,
    ))
}

/// The bounds to twelve decimals, outwards.
pub(super) fn between(lo: &Rational, hi: &Rational) -> Between {
    let scale = integer(1_000_000_000_000u64);
    Between {
        at_least: ((lo * &scale).floor() / &scale).into(),
        at_most: ((hi * &scale).ceil() / &scale).into(),
    }
}

pub(super) fn number(value: &Rational) -> Value {
    if value.is_integer() { Value::integer(value.to_integer()) } else { value.clone().into() }
}

pub(super) fn natural(value: &BigUint) -> Value {
    Value::integer(BigInt::from(value.clone()))
}

pub(super) fn fraction(part: &BigUint, whole: &BigUint) -> Rational {
    Rational::new(BigInt::from(part.clone()), BigInt::from(whole.clone()))
}
