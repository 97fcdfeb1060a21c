//! Models with parts knocked out, beside what is left of them by definition, in floats.

use crate::support::floats::Floats;
use crate::support::program::{records, run_anywhere};
use counterproof::construct::ablation::{Ablation, ablated};
use counterproof::construct::random::{SoftmaxShape, softmax};
use counterproof::kernel::definition::{
    ActivatedMlp, Activation, Affine, Block, Part, ReadAt, SoftmaxAttention, SoftmaxTransformer,
    SoftmaxWeights, Token,
};
use counterproof::kernel::number::{Matrix, Rational};
use num_traits::{ToPrimitive, Zero};

const BOTH: [Ablation; 2] = [Ablation::Attention, Ablation::Values];

/// Of random models.
pub const SHAPE: SoftmaxShape = SoftmaxShape {
    m: 3,
    d: 4,
    heads: 2,
    width: 5,
    longest: None,
    bos: false,
    norms: [false, true, false, true],
    choices: None,
    read_at: ReadAt::Every,
};

fn sequences(n: usize, m: usize) -> impl Iterator<Item = Vec<Token>> {
    (0..m.pow(n as u32))
        .map(move |index| (0..n).map(|i| Token(index / m.pow(i as u32) % m)).collect())
}

fn floats(row: &[Rational]) -> Vec<f64> {
    row.iter().map(|x| x.to_f64().unwrap()).collect()
}

fn applied(map: &Affine, x: &[f64]) -> Vec<f64> {
    let rows = map.weight.list().iter().zip(&map.bias);
    let row = |(row, bias): (&Vec<Rational>, _)| dot(&floats(row), x) + single(bias);
    rows.map(row).collect()
}

fn single(x: &counterproof::kernel::number::RationalText) -> f64 {
    x.0.to_f64().unwrap()
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

/// What the attention block leaves in the stream at a position, before its norm.
fn attended(
    model: &SoftmaxTransformer,
    attention: &SoftmaxAttention,
    sequence: &[Token],
    position: usize,
    parts: &[Ablation],
) -> Vec<f64> {
    let m = model.vocabulary();
    let states: Vec<Vec<f64>> = model.embedding.list().iter().map(|row| floats(row)).collect();
    let query = sequence[position].0;
    let bias = attention.bias.iter().map(single);
    let mut r: Vec<f64> = states[query].iter().zip(bias).map(|(x, bias)| x + bias).collect();
    for head in &attention.heads {
        let scores = head.weights.scores().unwrap();
        let asked = applied(&scores.query, &states[query]);
        let score = |token: &Token| {
            let key = applied(&scores.key, &states[token.0]);
            dot(&asked, &key) / scores.scale.0.to_f64().unwrap().sqrt()
        };
        let uniform = parts.contains(&Ablation::Attention);
        let weights: Vec<f64> =
            sequence.iter().map(|token| if uniform { 1.0 } else { score(token).exp() }).collect();
        let total: f64 = weights.iter().sum();
        let values: Vec<Vec<f64>> = states.iter().map(|x| applied(&head.value, x)).collect();
        let others: Vec<f64> = (0..values[0].len())
            .map(|i| {
                let others = values.iter().enumerate().filter(|(token, _)| *token != query);
                others.map(|(_, value)| value[i]).sum::<f64>() / (m - 1) as f64
            })
            .collect();
        let knocked = parts.contains(&Ablation::Values);
        let mut mixed = vec![0.0; values[0].len()];
        for (token, weight) in sequence.iter().zip(&weights) {
            let value = if knocked && token.0 != query { &others } else { &values[token.0] };
            mixed.iter_mut().zip(value).for_each(|(sum, x)| *sum += weight / total * x);
        }
        let rows = head.output.list().iter();
        r.iter_mut().zip(rows).for_each(|(r, row)| *r += dot(&floats(row), &mixed));
    }
    r
}

/// The rest of a model after its attention, on this state.
fn rest(model: &SoftmaxTransformer, state: &[f64]) -> Vec<f64> {
    let d = state.len();
    let row: Vec<Rational> = state.iter().map(|x| Rational::from_float(*x).unwrap()).collect();
    let nothing = Affine {
        weight: Matrix::from_rows(d, vec![vec![Rational::zero(); d]; d]).unwrap(),
        bias: vec![Rational::zero().into(); d],
    };
    let nothing =
        ActivatedMlp { activation: Activation::Identity, hidden: Vec::new(), output: nothing };
    let mut weights = SoftmaxWeights::from(model.clone());
    let after = weights.blocks[0].after.clone();
    weights.embedding = Matrix::from_rows(d, vec![row]).unwrap();
    weights.blocks[0] = Block { before: None, part: Part::Mlp(nothing), residual: true, after };
    let model = SoftmaxTransformer::new(weights).unwrap();
    Floats::new(&model).outputs(&[Token(0)]).remove(0)
}

#[test]
fn what_is_left_is_what_the_definition_leaves() {
    for (seed, shape) in [
        SHAPE,
        SoftmaxShape { heads: 1, m: 4, d: 3, ..SHAPE },
        SoftmaxShape { choices: Some(4), ..SHAPE },
        SoftmaxShape { norms: [false; 4], ..SHAPE },
    ]
    .into_iter()
    .enumerate()
    {
        let model = softmax(shape, seed as u64).unwrap();
        let Part::Attention(attention) = &model.blocks[0].part else { panic!("attention first") };
        for parts in [&BOTH[..1], &BOTH[1..], &BOTH[..]] {
            let left = Floats::new(&ablated(&model, parts).unwrap());
            let mut moved = 0.0f64;
            for sequence in sequences(3, shape.m) {
                let (found, whole) =
                    (left.outputs(&sequence), Floats::new(&model).outputs(&sequence));
                for (position, found) in found.iter().enumerate() {
                    let state = attended(&model, attention, &sequence, position, parts);
                    for (y, expected) in found.iter().zip(rest(&model, &state)) {
                        assert!((y - expected).abs() < 1e-9, "{parts:?} {sequence:?}");
                    }
                    moved = moved.max((found[0] - whole[position][0]).abs());
                }
            }
            assert!(moved > 1e-3, "{parts:?} of {shape:?} changes nothing");
        }
    }
}

#[test]
fn of_two_tokens_the_other_one_is_its_own_mean() {
    let model = softmax(SoftmaxShape { m: 2, ..SHAPE }, 7).unwrap();
    let (left, whole) = (Floats::new(&ablated(&model, &BOTH[1..]).unwrap()), Floats::new(&model));
    for sequence in sequences(4, 2) {
        for (a, b) in left.outputs(&sequence).iter().zip(whole.outputs(&sequence)) {
            assert!((a[0] - b[0]).abs() < 1e-9, "{sequence:?}");
        }
    }
    // one token has no other
    let model = softmax(SoftmaxShape { m: 1, ..SHAPE }, 7).unwrap();
    let left = Floats::new(&ablated(&model, &BOTH).unwrap()).outputs(&[Token(0); 3]);
    let whole = Floats::new(&model).outputs(&[Token(0); 3]);
    assert!((left[2][0] - whole[2][0]).abs() < 1e-9);
}

#[test]
fn what_is_left_is_judged_and_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display();
    let model = "tests/data/trained/post-norm-qc-80.safetensors";
    let ended = run_anywhere(&format!(
        "verify --model {model} --n 3 --ablate values,attention --certificates {path} --format json"
    ));
    let records = records(&ended);
    let params = &records[0]["params"];
    assert_eq!((&params["ablate"], &params["n"]), (&"attention,values".into(), &3.into()));
    let whole = run_anywhere(&format!("verify --model {model} --n 3 --format json"));
    let whole = &crate::support::program::records(&whole)[0];
    assert_eq!(records[0]["values"]["inputs"], whole["values"]["inputs"]);
    assert_ne!(records[0]["values"]["sequence"], whole["values"]["sequence"]);
    let file = records[0]["certificate"].as_str().unwrap();
    assert!(file.contains("ablate"), "{file}");
    assert!(run_anywhere(&format!("check {file}")).1.contains("1 valid"));
    // without its attention it has one head, one norm after it, and is bounded by boxes as before
    let ended = run_anywhere(&format!(
        "verify --model {model} --n 12 --ablate attention --within 1/2 --format json"
    ));
    assert_eq!(crate::support::program::records(&ended)[0]["verdict"], "verified", "{ended:?}");
}

#[test]
fn what_cannot_be_knocked_out_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("exact.json").display().to_string();
    run_anywhere(&format!("construct qc-histogram --n 3 --m 2 --out {file}"));
    let trained = "tests/data/trained/positions-post-norm-qc.safetensors";
    for (model, parts, message) in [
        (file.as_str(), "attention", "--ablate: expected a softmax model, found one of kind exact"),
        (trained, "values", "BOS or an order of tokens, found BOS or positions"),
        (trained, "heads", "invalid value 'heads' for '--ablate <PART,..>'"),
    ] {
        let (status, _, text) = run_anywhere(&format!("verify --model {model} --ablate {parts}"));
        assert_eq!(status, 2, "{text}");
        assert!(text.contains(message), "{text}");
    }
    let (status, _, text) = run_anywhere("verify qc-histogram --n 3 --m 2 --ablate values");
    assert_eq!(status, 2, "{text}");
    assert!(text.contains("ablate"), "{text}");
}
