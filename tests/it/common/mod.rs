//! What several integration tests need: small certificates of every kind, and a second opinion on them.

mod inverse;
pub mod sample;

use counterproof::claim::{Claim, Drawn, Estimate, Request};
use counterproof::construct::behrens::Mixing;
use counterproof::construct::compiled::{Stored, histogram};
use counterproof::files::model::Model;
use counterproof::kernel::definition::Input;
use counterproof::kernel::definition::Length;
use counterproof::kernel::definition::{Criterion, Task};
use counterproof::kernel::definition::{Judged, Question, ReadAt, SoftmaxTransformer, judge};
use counterproof::kernel::definition::{Token, Transformer, Weights};
use counterproof::kernel::evidence::MOST_BITS;
use counterproof::kernel::kind::{
    Counterexample, Dependence, Exhaustive, Found, Interval, InverseWidth, LeastBase,
    LinearProgramParams, LinearProgramProof, LinearReadouts, Misreading, NormalisedStates,
    Polytope, ReadingParams, Readings, Repetition, Sample,
};
use counterproof::kernel::kind::{LinearProgram, Relation, Sense};
use counterproof::kernel::number::{Matrix, Rational, RationalText, integer, ratio};
use counterproof::kernel::{Certificate, ClaimId, Clock, Verdict};
use counterproof::search::control::Control;
use counterproof::search::inputs::{InputOps, Sequences};
use counterproof::search::lp::{Build, LpOptions, solve};
use counterproof::search::readout::{Best, best_linear_all};
use num_traits::Signed;
use std::sync::Arc;

/// The certificates of a claim at the sizes of a request.
pub fn certificates(claim: &str, request: Request) -> Vec<(Certificate, Verdict)> {
    let cells = Claim::named(claim).unwrap().cells(&request).unwrap();
    let decide = |cell: &counterproof::claim::Cell| {
        let decision = cell.decide(&Control::new(Some(1), None)).unwrap();
        (decision.certificate, decision.proposed)
    };
    cells.iter().map(decide).collect()
}

/// Small certificates of every kind.
pub fn samples() -> Vec<(Certificate, Verdict)> {
    let exactly = |n: u64| Some(vec![Length::Exactly(n)]);
    let any = || Some(vec![Length::Any]);
    let at = |n, m| Request { n, m: Some(vec![m]), ..Request::default() };
    let mut samples = certificates("qc-histogram", at(exactly(3), 3));
    samples.extend(certificates("qc-histogram", Request { d: Some(vec![2]), ..at(exactly(4), 3) }));
    samples.extend(certificates("qc-histogram", Request { d: Some(vec![2]), ..at(any(), 3) }));
    samples.extend(certificates("qc-histogram", Request { d: Some(vec![2]), ..at(exactly(3), 4) }));
    samples.extend(certificates("qc-histogram", Request { d: Some(vec![1]), ..at(any(), 3) }));
    samples.extend(certificates("mfe-histogram", at(exactly(3), 3)));
    samples.extend(certificates("mfe-histogram", at(any(), 3)));
    samples.extend(certificates("mfe-histogram", Request { d: Some(vec![2]), ..at(any(), 3) }));
    samples.extend(certificates("qc-count-attend", at(exactly(5), 3)));
    samples.extend(certificates("qc-count-attend", at(exactly(2), 4)));
    let wrong = Request { base: Some(vec![ratio(3, 2)]), ..at(exactly(5), 3) };
    samples.extend(certificates("qc-count-attend", wrong));
    let width = |n, strict, leak| Request {
        n: exactly(n),
        epsilon: Some(vec![ratio(1, 2)]),
        strict,
        leak: Some(leak),
        ..Request::default()
    };
    samples.extend(certificates("inverse-width", width(9, false, ratio(0, 1))));
    samples.extend(certificates("inverse-width", width(7, true, ratio(1, 5))));
    samples.extend(certificates("no-position", Request { models: Some(2), ..at(exactly(3), 2) }));
    samples
        .extend(certificates("linear-readout", Request { d: Some(vec![2]), ..at(exactly(3), 4) }));
    samples
        .extend(certificates("linear-readout", Request { d: Some(vec![3]), ..at(exactly(3), 4) }));
    samples.extend(certificates("layer-norm", Request { d: Some(vec![3]), ..at(exactly(2), 3) }));
    samples.extend(certificates("layer-norm", Request { d: Some(vec![3]), ..at(exactly(3), 3) }));
    samples.extend(softmax_samples());
    for relation in [Relation::AtMost, Relation::AtLeast] {
        for sense in [Sense::Minimise, Sense::Maximise] {
            samples.push((linear_program(sense, relation), Verdict::Verified));
        }
    }
    samples
}

/// The certificate of `x + 2/3 y` over `3 x + y (relation) 1/2`, `x >= 0`, `0 <= y <= 1/7`, or of no point.
fn linear_program(sense: Sense, relation: Relation) -> Certificate {
    let mut program = LinearProgram::new(sense);
    program.add(Some(integer(0)), None, integer(1));
    program.add(Some(integer(0)), Some(ratio(1, 7)), ratio(2, 3));
    program.add_row("a", [(0, integer(3)), (1, integer(1))], relation, ratio(1, 2)).unwrap();
    if sense == Sense::Minimise && relation == Relation::AtMost {
        program.add_row("b", [(0, integer(1))], Relation::Equal, ratio(1, 5)).unwrap();
    }
    let solved = solve(&program, &LpOptions::default()).unwrap();
    let params = LinearProgramParams::new(&program, &solved.verdict);
    let data = LinearProgramProof { program, outcome: solved.outcome };
    Certificate::new(ClaimId::LINEAR_PROGRAM, params, data)
}

/// Decides a small certificate's statement by evaluating its models by definition on every sequence.
pub fn independently_true(certificate: &Certificate) -> bool {
    let truths = [
        certificate.get::<Exhaustive>().map(|(params, data)| {
            let worst = largest_error(&data.model, params.task, params.n, params.criterion);
            worst.is_some_and(|worst| worst == data.max_error.0)
        }),
        certificate.get::<Polytope>().map(|(params, data)| {
            (1..=4).all(|n| {
                let scaled = scaled(&data.model, n);
                largest_error(&scaled, params.task, Length::Exactly(n), params.criterion).is_some()
            })
        }),
        certificate.get::<Interval>().map(|(params, data)| {
            let worst = largest_error(&data.model, params.task, params.n, params.criterion);
            let least = match &data.least_base {
                LeastBase::NotClaimed => true,
                LeastBase::Two => data.model.base.0 == integer(2),
                LeastBase::Below(_) => {
                    let base = RationalText(&data.model.base.0 - integer(1));
                    let below = Transformer::new(Weights { base, ..data.model.clone().into() });
                    let below = below.unwrap();
                    largest_error(&below, params.task, params.n, params.criterion).is_none()
                }
            };
            worst.is_some() && least
        }),
        certificate.get::<Counterexample>().map(|(params, data)| {
            let n = data.sequence.len() as u64;
            let model =
                if params.n == Length::Any { scaled(&data.model, n) } else { data.model.clone() };
            let output = model.output(&data.sequence).unwrap();
            let answer = plain_count(params.task, &data.sequence, params.m);
            let error = (&output - integer(answer)).abs();
            output == data.output.0 && answer == data.answer && !params.criterion.accepts(&error)
        }),
        certificate.get::<Repetition>().map(|(params, data)| {
            data.models.iter().all(|model| {
                model.positions.is_none()
                    && Sequences::new(params.n as usize, params.m).all(|sequence| {
                        let repeated = sequence.repeat(params.times as usize);
                        model.output(&sequence).unwrap() == model.output(&repeated).unwrap()
                    })
            })
        }),
        // the checker uses duality, the search the simplex method
        certificate.get::<LinearProgramProof>().map(|(params, data)| {
            let solved = solve(&data.program, &LpOptions::default()).unwrap();
            LinearProgramParams::new(&data.program, &solved.verdict) == *params
        }),
        certificate
            .get::<Dependence>()
            .map(|(params, data)| linear_readout_fails(&data.embedding, params.n)),
        certificate
            .get::<LinearReadouts>()
            .map(|(params, data)| !linear_readout_fails(&data.embedding, params.n)),
        certificate.get::<Readings>().map(|(params, data)| {
            let task = counting(&params.task);
            let (right, wrong) =
                readings(&data.model, task, &params.tolerance.0, params.n as usize);
            data.right.0 == right.into() && data.wrong.0 == wrong.into()
        }),
        certificate.get::<Misreading>().map(|(params, data)| {
            let counted = data.sequence.iter().filter(|&&t| t == data.sequence[data.position]);
            let answer = counted.count() as u64;
            params.task == Question::QueryCount
                && integer(answer) == data.answer.0
                && !is_right(
                    &data.model,
                    &data.sequence,
                    data.position,
                    answer,
                    &params.tolerance.0,
                )
        }),
        certificate.get::<Sample>().map(|(params, data)| sample::is_true(params, data)),
        certificate
            .get::<NormalisedStates>()
            .map(|(params, data)| crate::layer_norm::is_true(params, data)),
        certificate.get::<InverseWidth>().map(|(params, data)| inverse::is_true(params, data)),
    ];
    // no samples of the other kinds here: their mutants are in collision_certificates.rs, separation.rs, bounds.rs, and kernel/tests/kinds
    truths.into_iter().flatten().next().expect("a mutant changed its kind of proof")
}

fn linear_readout_fails(embedding: &Matrix, n: u64) -> bool {
    let all = best_linear_all(embedding, &LpOptions::default()).unwrap();
    all.iter().filter_map(Best::fails_from).any(|from| from <= n.into())
}

/// The largest error over all sequences, or `None` when one does not meet the criterion.
fn largest_error(
    model: &Transformer,
    task: Task,
    n: Length,
    criterion: Criterion,
) -> Option<Rational> {
    let Length::Exactly(n) = n else { return None };
    let m = model.vocabulary();
    let error = |sequence: Vec<Token>| {
        let answer = plain_count(task, &sequence, m);
        (model.output(&sequence).unwrap() - integer(answer)).abs()
    };
    Sequences::new(n as usize, m).map(error).max().filter(|worst| criterion.accepts(worst))
}

fn plain_count(task: Task, sequence: &[Token], m: usize) -> u64 {
    let input = Input::ending(sequence, m).unwrap();
    let count = |token: Token| sequence.iter().filter(|&&other| other == token).count() as u64;
    match task {
        Task::QueryCount => count(input.query()),
        Task::MostFrequentElement => (0..m).map(|j| count(Token(j))).max().unwrap(),
    }
}

/// The family's member at context length `n`: its readout multiplied by `n`.
fn scaled(model: &Transformer, n: u64) -> Transformer {
    let mut weights = Weights::from(model.clone());
    for entry in weights.readout.weight.iter_mut().chain([&mut weights.readout.bias]) {
        entry.0 *= integer(n);
    }
    Transformer::new(weights).unwrap()
}

/// Softmax models: one that is right, one with an accuracy, and one wrong input.
fn softmax_samples() -> Vec<(Certificate, Verdict)> {
    let model = histogram(2, 3, 12, Stored::Single).unwrap();
    let request = |n, model: &SoftmaxTransformer| Request {
        n: Some(vec![Length::Exactly(n)]),
        model: Some(Model::Softmax(Arc::new(model.clone()))),
        ..Request::default()
    };
    let mut samples = certificates("model", request(2, &model));
    let dot = Request {
        kind: Some(vec![Mixing::Dot]),
        n: Some(vec![Length::Exactly(2)]),
        m: Some(vec![2]),
        ..Request::default()
    };
    samples.extend(certificates("token-mixing", dot));
    let misled = histogram(2, 3, 5, Stored::Single).unwrap();
    samples.extend(certificates("model", request(3, &misled)));
    let drawn = Drawn::Weights(vec![1, 4]);
    let estimate = Some(Estimate { inputs: 12, confidence: ratio(3, 4), drawn });
    samples.extend(certificates("model", Request { estimate, seed: 3, ..request(3, &misled) }));
    let params = ReadingParams {
        task: Question::QueryCount,
        tolerance: ratio(1, 2).into(),
        n: 3,
        m: 2,
        d: misled.dimension(),
    };
    let misreading = Misreading {
        model: misled,
        sequence: vec![Token(1); 3],
        position: 1,
        answer: integer(3).into(),
        output: Found::Choice(None),
    };
    let certificate = Certificate::new(ClaimId::MODEL, params, misreading);
    samples.push((certificate, Verdict::Refuted));
    samples
}

fn counting(question: &Question) -> Task {
    match question {
        Question::QueryCount => Task::QueryCount,
        Question::MostFrequentElement => Task::MostFrequentElement,
        other => panic!("no sample asks {other}"),
    }
}

/// How many inputs are right and wrong, each by the definition.
fn readings(model: &SoftmaxTransformer, task: Task, tolerance: &Rational, n: usize) -> (u64, u64) {
    let (mut right, mut wrong) = (0, 0);
    for sequence in Sequences::new(n, model.vocabulary()) {
        let read = if model.read_at == ReadAt::Every { 0..n } else { n - 1..n };
        for position in read {
            // the query last, for plain counting
            let mut rotated = sequence.clone();
            rotated.rotate_left(position + 1);
            let answer = plain_count(task, &rotated, model.vocabulary());
            let is_right = is_right(model, &sequence, position, answer, tolerance);
            *if is_right { &mut right } else { &mut wrong } += 1;
        }
    }
    (right, wrong)
}

fn is_right(
    model: &SoftmaxTransformer,
    sequence: &[Token],
    position: usize,
    answer: u64,
    tolerance: &Rational,
) -> bool {
    let input = (sequence, position, &integer(answer));
    match judge(model, tolerance, input, MOST_BITS, &Clock::unlimited()).unwrap().0 {
        Judged::Right => true,
        Judged::Wrong => false,
        Judged::Open => panic!("{sequence:?} is open"),
    }
}
