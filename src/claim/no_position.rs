//! T4: without positions, repeating a sequence changes no output but multiplies every count.
//!
//! Decided for a given model, or for models drawn at random, on every input of a length: the output on the
//! input equals the output on its repetition, so no such model is right on both.

use super::{Cell, Claim, ClaimError, Decision, Known, Params, Request, Undecided};
use crate::construct::random;
use crate::kernel::definition::Transformer;
use crate::kernel::kind::{Inputs, Repetition, RepetitionParams};
use crate::kernel::{Certificate, ClaimId, Verdict};
use crate::report::Value;
use crate::search::control::Control;
use crate::search::form::Evaluator;
use crate::search::inputs::{CountInputs, InputOps, count_inputs};
use num_bigint::BigInt;

pub(super) const CLAIM: Claim = Claim {
    id: ClaimId::NO_POSITION,
    label: "T4",
    statement: "Without positions, repeating a sequence leaves every output as it was, so no model counts over variable lengths",
    source: "Yehudai et al., arXiv:2407.15160v3, as reported; the same collapse: Barbero et al., arXiv:2406.04267; a causal mask of two layers ends it: ours",
    decided: "every (q, c) at n and its repetition, for a given model (--model) or random exact models",
    options: &["n", "m", "models", "times", "model", "seed"],
    plan,
};

const MODELS: usize = 16;
const TIMES: u64 = 2;

fn plan(request: &Request) -> Result<Vec<Cell>, ClaimError> {
    let lengths = request.finite_lengths(&[6])?;
    let times = request.times.unwrap_or(TIMES);
    if times < 2 {
        return Err(ClaimError::value("times", "at least 2", times));
    }
    let models = request.models.unwrap_or(MODELS);
    if models == 0 || models > 1 << 16 {
        return Err(ClaimError::value("models", "1 to 65536", models));
    }
    let given = request.exact_model()?;
    let vocabularies = match &given {
        Some(model) => {
            if model.positions.is_some() {
                return Err(ClaimError::value("model", "a model without positions", "positions"));
            }
            let m = model.vocabulary();
            match request.m.as_deref() {
                None => vec![m],
                Some([given]) if *given == m => vec![m],
                Some(_) => {
                    return Err(ClaimError::value("m", format!("{m}, the model's"), "another"));
                }
            }
        }
        None => request.vocabularies(&[4])?,
    };
    let mut cells = Vec::new();
    for &n in &lengths {
        for &m in &vocabularies {
            let given = given.clone();
            let mut params = vec![
                ("n", Value::integer(n)),
                ("m", Value::integer(m)),
                ("times", Value::integer(times)),
            ];
            let seed = request.seed;
            if given.is_none() {
                params.push(("models", Value::integer(models)));
                params.push(("seed", Value::integer(seed)));
            }
            let asked = move || match &given {
                Some(model) => Ok(vec![model.clone()]),
                None => (0..models as u64)
                    .map(|i| {
                        let seed = seed.wrapping_mul(1 << 16).wrapping_add(i);
                        random::without_positions(m, random::Limits::default(), seed)
                    })
                    .collect::<Result<Vec<_>, _>>(),
            };
            let known = asked.clone();
            let cell = Cell::new(ClaimId::NO_POSITION, params, move |control| {
                decide(n, m, times, asked()?, control)
            });
            let cell = cell.knowing(move || match known() {
                Ok(models) => Known { values: values(n, m, &models), ..Known::object(&models) },
                Err(_) => Known::default(),
            });
            cells.push(request.about_file(cell));
        }
    }
    Ok(cells)
}

fn decide(
    n: u64,
    m: usize,
    times: u64,
    models: Vec<Transformer>,
    control: &Control,
) -> Result<Decision, Undecided> {
    let length =
        usize::try_from(n).map_err(|_| Undecided::Limit(format!("n = {n} is too large")))?;
    for model in &models {
        let evaluator = Evaluator::new(model, length)?;
        for input in CountInputs::new(n, m) {
            control.go_on()?;
            let repeated = input
                .repeated(times)
                .ok_or_else(|| Undecided::Limit("the repetition is too long".to_owned()))?;
            let once = evaluator.output(input.query(), input.prefix());
            if once.is_none() || once != evaluator.output(input.query(), repeated.prefix()) {
                // softmax averages: this cannot be, and the checker would say so
                return Err(Undecided::Limit("an output changed under repetition".to_owned()));
            }
        }
        control.advance(1);
    }
    let values = values(n, m, &models);
    let params = RepetitionParams { n, m, times, models: models.len() };
    let data = Repetition { models, inputs: Inputs::CountVectors };
    let certificate = Certificate::new(ClaimId::NO_POSITION, params, data);
    Ok(Decision { proposed: Verdict::Verified, values, certificate, reason: None })
}

fn values(n: u64, m: usize, models: &[Transformer]) -> Params {
    let largest = |size: fn(&Transformer) -> usize| models.iter().map(size).max().unwrap_or(0);
    vec![
        ("inputs", Value::integer(BigInt::from(count_inputs(n, m as u64)))),
        ("models", Value::integer(models.len())),
        ("heads", Value::integer(largest(|model| model.heads.len()))),
        ("mlp_width", Value::integer(largest(Transformer::mlp_width))),
        ("d", Value::integer(largest(Transformer::dimension))),
        ("exact", true.into()),
    ]
}
