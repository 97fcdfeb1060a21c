//! Proposals that are not so, and files that say more than their certificates.

use super::*;
use crate::claim::{Cell, Claim, Decision, Drawn, Estimate, Other, Params, Request};
use crate::construct::embedding::Kind;
use crate::construct::random::{SoftmaxShape, softmax};
use crate::files::model::Model;
use crate::kernel::ClaimId;
use crate::kernel::definition::{Length, ReadAt};
use crate::kernel::kind::Welch;
use crate::kernel::number::ratio;
use crate::report::Value;
use crate::search::control::Control;
use std::time::Duration;

fn cells(claim: &str, request: Request) -> Vec<Cell> {
    Claim::named(claim).unwrap().cells(&request).unwrap()
}

fn at(n: u64, m: usize) -> Request {
    Request { n: Some(vec![Length::Exactly(n)]), m: Some(vec![m]), ..Request::default() }
}

/// Cells of every claim, decided either way.
fn samples() -> Vec<Cell> {
    let any = Request { n: Some(vec![Length::Any]), ..at(3, 3) };
    let sizes = |m, d| Request { m: Some(vec![m]), d: Some(vec![d]), ..Request::default() };
    let random = Some(Kind::Random { bound: 5 }.into());
    let mut all = cells("qc-histogram", at(3, 3));
    all.extend(cells("qc-histogram", any.clone()));
    all.extend(cells("qc-histogram", Request { d: Some(vec![1]), ..any.clone() }));
    all.extend(cells("qc-histogram", Request { d: Some(vec![2]), ..at(3, 4) }));
    all.extend(cells("mfe-histogram", any));
    all.extend(cells("qc-count-attend", at(5, 3)));
    all.extend(cells("qc-count-attend", Request { base: Some(vec![ratio(3, 2)]), ..at(5, 3) }));
    let widths = [(9, false, ratio(0, 1)), (7, true, ratio(1, 5))];
    for (n, strict, leak) in widths {
        let n = Some(vec![Length::Exactly(n)]);
        let request = Request { n, strict, leak: Some(leak), ..Request::default() };
        all.extend(cells("inverse-width", request));
    }
    all.extend(cells("no-position", Request { models: Some(2), ..at(3, 2) }));
    all.extend(cells("linear-readout", Request { d: Some(vec![2]), ..at(3, 4) }));
    all.extend(cells("linear-readout", Request { d: Some(vec![3]), ..at(3, 4) }));
    all.extend(cells("uniform-collision", sizes(5, 2)));
    all.extend(cells(
        "uniform-collision",
        Request { embedding: random.clone(), seed: 3, ..sizes(5, 2) },
    ));
    all.extend(cells("attention-collision", Request { m: Some(vec![3]), ..Request::default() }));
    let n = Some(vec![Length::Exactly(4)]);
    all.extend(cells("separation", Request { n: n.clone(), ..sizes(4, 2) }));
    all.extend(cells("lipschitz", Request { n: n.clone(), ..sizes(4, 2) }));
    let embedding = Some(Kind::Moment.into());
    let epsilon = Some(vec![ratio(1, 4), ratio(2, 1)]);
    all.extend(cells("lipschitz", Request { n, embedding, epsilon, ..sizes(4, 1) }));
    all.extend(cells("welch", sizes(4, 2)));
    all.extend(cells("histogram-error", sizes(6, 3)));
    all.extend(cells("histogram-error", Request { embedding: random, ..sizes(4, 2) }));
    let arithmetic = ["bf16", "bf16:pair", "fp16:flash"].map(|name| name.parse().unwrap());
    let arithmetic = Some(arithmetic.to_vec());
    all.extend(cells("machine-numbers", Request { arithmetic, ..Request::default() }));
    let arithmetic = ["e4m3", "e5m2:flash"].map(|name| name.parse().unwrap());
    let (arithmetic, m) = (Some(arithmetic.to_vec()), Some(vec![2, 3]));
    let construction = Some("mfe-histogram".to_owned());
    let tokens = Request { arithmetic, m, construction, ..Request::default() };
    all.extend(cells("machine-numbers", tokens));
    all.extend(compared());
    all.extend(cells("mfe-bits", at(9, 4)));
    all.extend(cells("pigeonhole", Request { d: Some(vec![1]), ..at(4, 6) }));
    all.push(crate::claim::collision::best_cell(crate::search::collision::best::Sizes {
        m: 4,
        d: 1,
        bound: 2,
        budget: 1000,
        seed: 0,
    }));
    all
}

/// Two models on all inputs, and on drawn ones.
fn compared() -> Vec<Cell> {
    let shape = SoftmaxShape {
        m: 2,
        d: 2,
        heads: 1,
        width: 2,
        longest: None,
        bos: false,
        norms: [false; 4],
        choices: None,
        read_at: ReadAt::Last,
    };
    let [model, other] = [1, 2].map(|seed| Model::Softmax(softmax(shape, seed).unwrap().into()));
    let params = vec![("other", Value::text("other.json"))];
    let all = Request {
        n: Some(vec![Length::Exactly(3)]),
        model: Some(model),
        other: Some(Other { model: other, params, named: Vec::new() }),
        ..Request::default()
    };
    let (inputs, confidence) = (20, ratio(9, 10));
    let estimate = Some(Estimate { inputs, confidence, drawn: Drawn::Uniform });
    let drawn = Request { estimate, ..all.clone() };
    [all, drawn].into_iter().flat_map(|request| cells("model", request)).collect()
}

fn remembered(decided: &Decided) -> Remembered {
    Remembered {
        verdict: decided.record.verdict.verdict(),
        values: decided.record.values.clone(),
        reason: decided.record.reason.clone(),
        certificate: decided.certificate.as_ref().unwrap().text().to_owned(),
    }
}

fn other(value: &Value) -> Value {
    match value {
        Value::Integer(value) => Value::Integer(value + 1),
        Value::Rational(value) => Value::Rational(value + ratio(1, 3)),
        Value::Bool(value) => Value::Bool(!value),
        Value::List(values) => Value::List(values.iter().map(other).collect()),
        _ => Value::integer(17),
    }
}

#[test]
fn what_a_file_says_is_compared_with_its_certificate_value_by_value() {
    let control = Control::new(Some(1), None);
    let told = ["nodes", "visited", "search"];
    let mut changed = 0;
    let all: Vec<(Cell, Decided)> =
        samples().into_iter().map(|cell| (cell.clone(), decide(&cell, &control))).collect();
    for (cell, decided) in &all {
        let place = format!("{} {:?}", cell.claim(), cell.params);
        assert!(decided.record.verdict.is_decided(), "{place}: {:?}", decided.record.reason);
        let again = recheck(cell, remembered(decided), &control).unwrap();
        assert_eq!(again.record, decided.record, "{place}");
        for at in 0..decided.record.values.len() {
            let mut forged = remembered(decided);
            let (name, value) = &mut forged.values[at];
            let refuted_readout =
                cell.claim() == ClaimId::LINEAR_READOUT && forged.verdict == Verdict::Refuted;
            if told.contains(name) || refuted_readout {
                continue;
            }
            let name = *name;
            *value = other(value);
            changed += 1;
            assert!(recheck(cell, forged, &control).is_err(), "{place}: {name} was believed");
        }
        let mut forged = remembered(decided);
        forged.verdict = match forged.verdict {
            Verdict::Verified => Verdict::Refuted,
            _ => Verdict::Verified,
        };
        assert!(
            recheck(cell, forged, &control).is_err(),
            "{place}: the other verdict was believed"
        );
        let mut forged = remembered(decided);
        forged.values.push(("proved_for_all_n", true.into()));
        assert!(recheck(cell, forged, &control).is_err(), "{place}: another value was believed");
        let mut forged = remembered(decided);
        forged.reason = Some("on every sequence".to_owned());
        let words = recheck(cell, forged, &control);
        assert!(words.is_err() || cell.claim() == ClaimId::LINEAR_READOUT, "{place}: words");
    }
    assert!(changed > 100, "{changed}");
    // no cell takes the certificate of another one
    for (i, (cell, _)) in all.iter().enumerate() {
        for (j, (_, decided)) in all.iter().enumerate() {
            if i != j {
                let found = recheck(cell, remembered(decided), &control);
                assert!(found.is_err(), "{} takes that of {:?}", cell.claim(), all[j].0.params);
            }
        }
    }
}

#[test]
fn a_proposal_that_its_certificate_does_not_prove_is_no_verdict() {
    let control = Control::new(Some(1), None);
    let cell = &cells("welch", Request { m: Some(vec![4]), ..Request::default() })[0];
    let right = cell.decide(&control).unwrap();
    let wrong = |change: fn(&mut Decision)| {
        let mut proposal = right.clone();
        change(&mut proposal);
        let params: Params = cell.params.clone();
        let forger = Cell::new(ClaimId::WELCH, params, move |_| Ok(proposal.clone()));
        decide(&forger, &control)
    };
    assert_eq!(wrong(|_| ()).record.verdict, Verdict::Verified);
    for decided in [
        wrong(|proposal| proposal.proposed = Verdict::Refuted),
        wrong(|proposal| proposal.proposed = Verdict::Undecided),
        wrong(|proposal| proposal.values[0].1 = Value::integer(0)),
        wrong(|proposal| {
            let (params, data) = proposal.certificate.get::<Welch>().unwrap();
            let (params, data) = (params.clone(), data.clone());
            proposal.certificate = Certificate::new(ClaimId::SEPARATION, params, data);
        }),
    ] {
        assert_eq!(decided.record.verdict, Checked::UNDECIDED);
        assert!(decided.certificate.is_none());
        assert!(decided.record.reason.unwrap().contains("which is a bug"));
    }
}

#[test]
fn what_is_read_off_records_needs_all_of_them() {
    let (yes, no) = (Checked::assumed(Verdict::Verified), Checked::assumed(Verdict::Refuted));
    assert_eq!(Checked::read_off(true, [&yes, &no]), Verdict::Verified);
    assert_eq!(Checked::read_off(false, [&yes]), Verdict::Refuted);
    assert_eq!(Checked::read_off(true, []), Checked::UNDECIDED);
    assert_eq!(Checked::read_off(true, [&yes, &Checked::UNDECIDED]), Checked::UNDECIDED);
}

#[test]
fn without_time_nothing_is_taken_up() {
    let cell = &cells("qc-histogram", at(5, 3))[0];
    let decided = decide(cell, &Control::new(Some(1), None));
    let late = Control::new(Some(1), Some(Duration::ZERO));
    let found = recheck(cell, remembered(&decided), &late);
    assert!(matches!(found, Err(NotTakenUp::Stopped)), "{found:?}");
}
