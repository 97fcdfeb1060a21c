//! The shapes of softmax transformers: what each weight has to fit, and what a model says of itself.

use super::refused;
use counterproof_kernel::Clock;
use counterproof_kernel::definition::{HeadWeights, Machine, SoftmaxTransformer, Stack};
use counterproof_kernel::number::{Enclosure, Format, Named, Order, Precision};
use serde_json::{Value, json};

fn matrix(rows: usize, cols: usize) -> Value {
    json!({ "shape": [rows, cols], "rows": vec![vec!["1"; cols]; rows] })
}

fn affine(rows: usize, cols: usize) -> Value {
    json!({ "weight": matrix(rows, cols), "bias": vec!["0"; rows] })
}

fn norm() -> Value {
    json!({ "kind": "layer", "weight": ["1", "1"], "bias": ["0", "0"], "eps": "1/100" })
}

fn scores() -> Value {
    json!({ "query": affine(4, 2), "key": affine(4, 2), "scale": "2", "rotary": { "base": "10", "size": 2, "neighbours": true } })
}

fn head(weights: Value) -> Value {
    json!({ "weights": weights, "value": affine(3, 2), "output": matrix(2, 3) })
}

/// Three tokens, BOS and four positions of two entries; an attention of two heads, an MLP of two hidden layers.
fn model() -> Value {
    json!({
        "embedding": matrix(3, 2),
        "bos": ["1", "2"],
        "positions": matrix(4, 2),
        "blocks": [
            {
                "before": norm(),
                "part": { "attention": {
                    "heads": [head(json!({ "softmax": scores() })), head(json!({ "matrix": matrix(6, 6) }))],
                    "bias": ["0", "0"],
                    "causal": false,
                } },
                "residual": true,
                "after": null,
            },
            {
                "before": null,
                "part": { "mlp": { "activation": "relu", "hidden": [affine(5, 2), affine(4, 5)], "output": affine(2, 4) } },
                "residual": true,
                "after": norm(),
            },
        ],
        "norm": norm(),
        "reading": { "arg-max": { "map": affine(2, 2), "answers": [0, 1] } },
        "read_at": "last",
    })
}

/// The model with what is at a path replaced.
fn with(path: &str, value: Value) -> Result<SoftmaxTransformer, String> {
    let mut model = model();
    *model.pointer_mut(path).unwrap_or_else(|| panic!("nothing at {path}")) = value;
    serde_json::from_value(model).map_err(|error| error.to_string())
}

#[test]
fn every_weight_has_to_fit() {
    const ATTENTION: &str = "/blocks/0/part/attention";
    const SCORES: &str = "/blocks/0/part/attention/heads/0/weights/softmax";
    let attention = |path: &str| format!("{ATTENTION}/{path}");
    let scores = |path: &str| format!("{SCORES}/{path}");
    let number = |weights: usize| json!({ "number": { "weight": vec!["1"; weights], "bias": "0" } });
    let choices = |answers: Vec<u64>, map: Value| json!({ "arg-max": { "map": map, "answers": answers } });
    assert!(serde_json::from_value::<SoftmaxTransformer>(model()).is_ok());
    let rows: Vec<(String, Value, &str)> = vec![
        ("/embedding".into(), matrix(0, 2), "model.embedding: expected m >= 1 rows of d >= 1 entries"),
        ("/embedding".into(), json!({ "shape": [3, 0], "rows": [[], [], []] }), "model.embedding: expected m >= 1"),
        ("/bos".into(), json!(["1"]), "model.bos: entries: expected 2, found 1"),
        ("/positions".into(), matrix(4, 3), "model.positions: expected [4, 2], found [4, 3]"),
        ("/positions".into(), matrix(1, 2), "model.positions: expected [2, 2], found [1, 2]"),
        ("/blocks/0/before/weight".into(), json!(["1"]), "model.blocks[0].before.weight: entries: expected 2, found 1"),
        ("/blocks/0/before/bias".into(), json!(["1"]), "model.blocks[0].before.bias: entries: expected 2, found 1"),
        ("/blocks/0/before/eps".into(), json!("0"), "model.blocks[0].before.eps: expected a number above 0, found 0"),
        ("/blocks/1/after/eps".into(), json!("-1"), "model.blocks[1].after.eps: expected a number above 0, found -1"),
        ("/norm/weight".into(), json!([]), "model.norm.weight: entries: expected 2, found 0"),
        (scores("query"), affine(4, 3), "model.blocks[0].attention.heads[0].weights.query"),
        (scores("key"), affine(3, 2), "model.blocks[0].attention.heads[0].weights.key"),
        (scores("scale"), json!("0"), "model.blocks[0].attention.heads[0].weights.scale: expected a number above 0"),
        (scores("rotary/base"), json!("1"), "weights.rotary.base: expected a number above 1, found 1"),
        (scores("rotary/size"), json!(3), "weights.rotary.size: expected an even number up to 4, found 3"),
        (scores("rotary/size"), json!(6), "weights.rotary.size: expected an even number up to 4, found 6"),
        (attention("heads/0/value"), affine(3, 1), "model.blocks[0].attention.heads[0].value"),
        (attention("heads/0/output"), matrix(2, 2), "model.blocks[0].attention.heads[0].output"),
        (attention("heads/1/weights/matrix"), matrix(6, 5), "heads[1].weights: expected [6, 6], found [6, 5]"),
        (attention("heads/1/weights/matrix"), matrix(0, 0), "heads[1].weights: expected [1, 1], found [0, 0]"),
        // a bias of three entries: the heads write two
        (attention("bias"), json!(["0", "0", "0"]), "model.blocks[0].attention.heads[0].output"),
        ("/blocks/1/part/mlp/hidden/1".into(), affine(4, 4), "model.blocks[1].mlp.hidden[1]"),
        ("/blocks/1/part/mlp/output".into(), affine(2, 5), "model.blocks[1].mlp.output"),
        (
            "/blocks/1/part/mlp/output".into(),
            affine(3, 4),
            "model.blocks[1]: expected a part that writes 2 entries, or no residual",
        ),
        ("/reading".into(), number(3), "model.reading.number.weight: entries: expected 2, found 3"),
        ("/reading".into(), choices(vec![], affine(0, 2)), "model.reading.arg-max.answers: expected at least one"),
        ("/reading".into(), choices(vec![0, 1], affine(3, 2)), "model.reading.arg-max.map"),
        ("/reading".into(), choices(vec![0, 1], affine(2, 1)), "model.reading.arg-max.map"),
    ];
    for (path, value, expected) in rows {
        let message = with(&path, value.clone()).map(|_| ()).unwrap_err();
        assert!(message.contains(expected), "{path} {value}: {message}");
    }
    // BOS takes a place of a matrix over positions too
    let mut alone = model();
    alone["positions"] = Value::Null;
    alone["blocks"][0]["part"]["attention"]["heads"][1]["weights"]["matrix"] = matrix(1, 1);
    let message = serde_json::from_value::<SoftmaxTransformer>(alone.clone()).unwrap_err().to_string();
    assert!(message.contains("model: positions: expected at least 2, found 1"), "{message}");
    alone["bos"] = Value::Null;
    assert_eq!(serde_json::from_value::<SoftmaxTransformer>(alone).unwrap().longest(), Some(1));
    // without the residual any width but none
    let mut other = model();
    other["blocks"][1]["residual"] = false.into();
    other["blocks"][1]["after"] = Value::Null;
    other["norm"] = Value::Null;
    for width in [0, 1, 2, 3] {
        other["blocks"][1]["part"]["mlp"]["output"] = affine(width, 4);
        other["reading"] = number(width);
        assert_eq!(serde_json::from_value::<SoftmaxTransformer>(other.clone()).is_ok(), width > 0, "{width}");
    }
}

#[test]
fn a_model_says_what_it_is() {
    let model: SoftmaxTransformer = serde_json::from_value(model()).unwrap();
    assert_eq!((model.vocabulary(), model.dimension(), model.longest()), (3, 2, Some(3)));
    assert_eq!(model.heads().count(), 2);
    let ignores = |model: &Value| serde_json::from_value::<SoftmaxTransformer>(model.clone()).unwrap().ignores_order();
    let mut plain = self::model();
    plain["positions"] = Value::Null;
    plain["blocks"][0]["part"]["attention"]["heads"] = json!([head(json!({ "softmax": scores() }))]);
    plain["blocks"][0]["part"]["attention"]["heads"][0]["weights"]["softmax"]["rotary"] = Value::Null;
    assert!(ignores(&plain));
    let placed = [
        ("/positions", matrix(4, 2)),
        ("/blocks/0/part/attention/causal", true.into()),
        ("/blocks/0/part/attention/heads/0/weights", json!({ "scores": scores() })),
        ("/blocks/0/part/attention/heads/0/weights", json!({ "softmax-matrix": matrix(6, 6) })),
    ];
    for (path, value) in placed {
        let mut other = plain.clone();
        *other.pointer_mut(path).unwrap() = value;
        assert!(!ignores(&other), "{path}");
    }
    for (weights, softmax, scored) in [
        (json!({ "softmax": scores() }), true, true),
        (json!({ "scores": scores() }), false, true),
        (json!({ "softmax-matrix": matrix(2, 2) }), true, false),
        (json!({ "matrix": matrix(2, 2) }), false, false),
    ] {
        let weights: HeadWeights = serde_json::from_value(weights).unwrap();
        assert_eq!((weights.is_softmax(), weights.scores().is_some()), (softmax, scored));
        assert_eq!(weights.matrix().is_some(), !scored);
    }
}

#[test]
fn what_does_not_fit_into_memory_is_refused() {
    let value = model();
    let small: SoftmaxTransformer = serde_json::from_value(value.clone()).unwrap();
    assert!(Stack::<Enclosure>::new(&small, Precision(4096)).is_ok());
    let mut large = value.clone();
    for (path, rows, cols) in [("/embedding", 125_000, 2), ("/positions", 125_000, 2)] {
        *large.pointer_mut(path).unwrap() = matrix(rows, cols);
    }
    let large: SoftmaxTransformer = serde_json::from_value(large).unwrap();
    let stack = Stack::<Enclosure>::new(&large, Precision(4096)).map(|_| ());
    assert_eq!(refused(stack), ("model with 4096 bits".to_owned(), "numbers that fit into memory".to_owned()));
    // cosines and sines of every position; numbers of every position
    let mut plain = value;
    plain["positions"] = Value::Null;
    plain["blocks"][0]["part"]["attention"]["heads"] = json!([head(json!({ "softmax": scores() }))]);
    let plain: SoftmaxTransformer = serde_json::from_value(plain).unwrap();
    let (clock, format) = (Clock::unlimited(), Format { precision: 8, emin: -20, emax: 20 });
    let named = || Named { format, order: Order::Seq };
    let machine = |length| Machine::new(&plain, named(), length, &clock).map(|_| ());
    assert_eq!(refused(machine(1 << 40)).1, "a length with at most 524288 cosines and sines");
    // two heads of the same rotary positions have them once: 2 x 2 entries a position
    assert!(machine(1000).is_ok());
    let machine = Machine::new(&plain, named(), 3, &clock).unwrap();
    // the head of three values and a weight, twice, and what is written: 10 numbers
    let sequence = vec![Some(0); 209_715];
    assert_eq!(refused(machine.outputs(&sequence, &[0], &clock)).1, "a length with at most 2097152 numbers");
    // no position beyond the last one
    let (tokens, beyond) = (vec![Some(0); 3], vec![Some(0); 4]);
    let placed = Machine::new(&small, named(), 3, &clock).unwrap();
    assert!(placed.outputs(&tokens, &[0], &clock).is_ok() && placed.outputs(&beyond, &[0], &clock).is_err());
}
