//! Softmax transformers: surveys against the definition and against floats on every sequence; Tracr's models; readers.

use counterproof::algebra::MatrixOps;
use counterproof::construct::compiled::{self, Stored};
use counterproof::construct::random::{SoftmaxShape, softmax};
use counterproof::files::import;
use counterproof::files::mapping::Mapping;
use counterproof::files::weights::Arrays;
use counterproof::kernel::Verdict;
use counterproof::kernel::definition::Task;
use counterproof::kernel::definition::Token;
use counterproof::kernel::definition::{Norm, ReadAt, Reading, SoftmaxTransformer};
use counterproof::kernel::kind::{Between, Found, Kind, Misreading};
use counterproof::kernel::kind::{ReadingParams, Readings};
use counterproof::kernel::number::NaturalText;
use counterproof::kernel::number::{Rational, integer, ratio};
use counterproof::kernel::{Certificate, ClaimId};
use counterproof::kernel::{Clock, Rejection};
use counterproof::search::control::Control;
use counterproof::search::inputs::Sequences;
use counterproof::search::survey::{
    Evaluate, Judged, Precision, Survey, Tally, is_complete, trees,
};
use num_bigint::BigUint;
use num_traits::{ToPrimitive, Zero};
use safetensors::tensor::{Dtype, TensorView};
use std::path::PathBuf;

fn tally(model: &SoftmaxTransformer, task: Task, n: u64) -> Tally {
    let survey = Survey::new(model, task, n).unwrap();
    let tally = survey.run_all(&|| true).unwrap();
    assert!(tally.open.is_zero(), "{:?}", tally.unclear);
    assert!(is_complete(&tally, survey.inputs()));
    tally
}

fn answer(task: Task, m: usize, sequence: &[Token], position: usize) -> u64 {
    let counts: Vec<u64> =
        (0..m).map(|j| sequence.iter().filter(|t| t.0 == j).count() as u64).collect();
    match task {
        Task::QueryCount => counts[sequence[position].0],
        Task::MostFrequentElement => *counts.iter().max().unwrap(),
    }
}

/// Every sequence and position by the definition: right, wrong, enclosures of the margins of right ones.
fn by_definition(
    model: &SoftmaxTransformer,
    task: Task,
    n: usize,
) -> (u64, u64, Vec<(Rational, Rational)>) {
    let (mut right, mut wrong, mut margins) = (0, 0, Vec::new());
    let m = model.vocabulary();
    for sequence in Sequences::new(n, m) {
        for position in read(model, n) {
            let answer = answer(task, m, &sequence, position);
            let p = Precision(128);
            let output = model.output(&sequence, position, p).unwrap().unwrap();
            match output.judge(&model.reading, answer) {
                Judged::Right(margin) => {
                    right += 1;
                    margins.extend(margin.map(|margin| p.ends(&margin)));
                }
                Judged::Wrong(_) => wrong += 1,
                Judged::Open => panic!("128 bits are not enough for {sequence:?}"),
            }
        }
    }
    (right, wrong, margins)
}

fn read(model: &SoftmaxTransformer, n: usize) -> std::ops::Range<usize> {
    match model.read_at {
        ReadAt::Last => n - 1..n,
        ReadAt::Every => 0..n,
    }
}

fn shapes() -> Vec<SoftmaxShape> {
    let plain = SoftmaxShape {
        m: 3,
        d: 4,
        heads: 1,
        width: 5,
        longest: None,
        bos: false,
        norms: [false; 4],
        choices: None,
        read_at: ReadAt::Last,
    };
    let mut shapes = vec![
        plain,
        SoftmaxShape { longest: Some(5), ..plain },
        SoftmaxShape { heads: 2, bos: true, ..plain },
        SoftmaxShape { heads: 2, bos: true, longest: Some(4), read_at: ReadAt::Every, ..plain },
        SoftmaxShape { choices: Some(4), read_at: ReadAt::Every, ..plain },
        SoftmaxShape { choices: Some(4), norms: [true; 4], longest: Some(4), bos: true, ..plain },
        SoftmaxShape { heads: 0, ..plain },
    ];
    for place in 0..4 {
        let mut norms = [false; 4];
        norms[place] = true;
        shapes.push(SoftmaxShape { norms, ..plain });
    }
    shapes
}

#[test]
fn surveys_agree_with_the_definition_on_every_sequence() {
    for (index, shape) in shapes().into_iter().enumerate() {
        for seed in 0..3 {
            let model = softmax(shape, seed).unwrap();
            for (n, task) in [
                (1, Task::QueryCount),
                (4, Task::QueryCount),
                (3, Task::MostFrequentElement),
                (4, Task::MostFrequentElement),
            ] {
                let (right, wrong, margins) = by_definition(&model, task, n);
                let found = tally(&model, task, n as u64);
                let context = format!("shape {index}, seed {seed}, {task}, n = {n}");
                assert_eq!(
                    (&found.right, &found.wrong),
                    (&right.into(), &wrong.into()),
                    "{context}"
                );
                let lo = margins.iter().map(|(lo, _)| lo).min();
                let hi = margins.iter().map(|(_, hi)| hi).min();
                match (found.margin, lo, hi) {
                    (Some((a, b)), Some(lo), Some(hi)) => {
                        assert!(a <= *hi && *lo <= b, "{context}")
                    }
                    (None, None, None) => {}
                    other => panic!("{context}: {other:?}"),
                }
                if let Some(failing) = found.failing {
                    let answer = answer(task, 3, &failing.sequence, failing.position);
                    let output =
                        model.output(&failing.sequence, failing.position, Precision(128)).unwrap();
                    let judged = output.unwrap().judge(&model.reading, answer);
                    assert!(matches!(judged, Judged::Wrong(_)), "{context}");
                }
            }
        }
    }
}

/// The forward pass in floats: a third opinion, from nothing but the weights.
fn in_floats(model: &SoftmaxTransformer, sequence: &[Token], position: usize) -> Vec<f64> {
    let f = |x: &Rational| x.to_f64().unwrap();
    let vector = |row: Vec<Rational>| row.iter().map(f).collect::<Vec<f64>>();
    let apply = |map: &counterproof::kernel::definition::Affine, x: &[f64]| -> Vec<f64> {
        let rows = map.weight.to_rows().into_iter().zip(&map.bias);
        rows.map(|(row, b)| vector(row).iter().zip(x).map(|(a, b)| a * b).sum::<f64>() + f(&b.0))
            .collect()
    };
    let normed = |norm: &Option<Norm>, x: &[f64]| -> Vec<f64> {
        let Some(norm) = norm else { return x.to_vec() };
        let mean = x.iter().sum::<f64>() / x.len() as f64;
        let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / x.len() as f64;
        let sigma = (variance + f(&norm.eps.0)).sqrt();
        let weights = norm.weight.iter().zip(&norm.bias);
        x.iter().zip(weights).map(|(x, (w, b))| f(&w.0) * (x - mean) / sigma + f(&b.0)).collect()
    };
    let mut states: Vec<Vec<f64>> = model.bos_state().map(vector).into_iter().collect();
    let at = states.len() + position;
    states.extend(sequence.iter().enumerate().map(|(i, t)| vector(model.state(i, t.0).unwrap())));
    let mut stream = states[at].clone();
    let seen: Vec<Vec<f64>> =
        states.iter().map(|state| normed(&model.norms.attention, state)).collect();
    stream.iter_mut().zip(&model.attention_bias).for_each(|(x, b)| *x += f(&b.0));
    for head in &model.heads {
        let query = apply(&head.query, &seen[at]);
        let weights: Vec<f64> = seen
            .iter()
            .map(|u| apply(&head.key, u).iter().zip(&query).map(|(a, b)| a * b).sum::<f64>())
            .map(|score| (score / f(&model.scale.0).sqrt()).exp())
            .collect();
        let total: f64 = weights.iter().sum();
        let mut mean = vec![0.0; head.value.bias.len()];
        for (u, weight) in seen.iter().zip(&weights) {
            let value = apply(&head.value, u);
            mean.iter_mut().zip(value).for_each(|(x, v)| *x += weight / total * v);
        }
        for (x, row) in stream.iter_mut().zip(head.output.to_rows()) {
            *x += vector(row).iter().zip(&mean).map(|(a, b)| a * b).sum::<f64>();
        }
    }
    let stream = normed(&model.norms.after_attention, &stream);
    let mut hidden = normed(&model.norms.mlp, &stream);
    for layer in &model.mlp.hidden {
        hidden = apply(layer, &hidden).into_iter().map(|x| x.max(0.0)).collect();
    }
    let written = apply(&model.mlp.output, &hidden);
    let stream: Vec<f64> = stream.iter().zip(written).map(|(a, b)| a + b).collect();
    let stream = normed(&model.norms.readout, &stream);
    match &model.reading {
        Reading::Number { weight, bias } => {
            let sum = weight.iter().zip(&stream).map(|(w, x)| f(&w.0) * x).sum::<f64>();
            vec![sum + f(&bias.0)]
        }
        Reading::ArgMax { map, .. } => apply(map, &stream),
    }
}

#[test]
fn accuracy_over_all_729_inputs_equals_brute_force_in_floats() {
    // m = 3, d = 4, n = 6 with positions, as the small trained models are
    let shape = SoftmaxShape {
        longest: Some(6),
        choices: Some(6),
        norms: [true, false, true, true],
        ..shapes()[0]
    };
    let mut different = std::collections::BTreeSet::new();
    for seed in 0..4 {
        let model = softmax(shape, seed).unwrap();
        let right = Sequences::new(6, 3).filter(|sequence| {
            let y = in_floats(&model, sequence, 5);
            let best = (0..6).max_by(|&a, &b| y[a].total_cmp(&y[b])).unwrap();
            best as u64 + 1 == answer(Task::QueryCount, 3, sequence, 5)
        });
        let right = right.count() as u64;
        let found = tally(&model, Task::QueryCount, 6);
        assert_eq!(found.right, right.into(), "seed {seed}");
        assert_eq!(found.decided(), BigUint::from(729u64));
        different.insert(right);
    }
    assert!(different.len() > 1, "accuracies: {different:?}");
}

#[test]
fn every_output_encloses_what_floats_give() {
    for shape in shapes() {
        let model = softmax(shape, 11).unwrap();
        for sequence in Sequences::new(3, 3) {
            for position in read(&model, 3) {
                let p = Precision(64);
                let output = model.output(&sequence, position, p).unwrap().unwrap();
                for (y, float) in output.y.iter().zip(in_floats(&model, &sequence, position)) {
                    let (lo, hi) = p.ends(y);
                    let near = 1e-9 * (1.0 + float.abs());
                    assert!(
                        lo.to_f64().unwrap() <= float + near
                            && float - near <= hi.to_f64().unwrap()
                    );
                    assert!((hi - lo).to_f64().unwrap() < 1e-6, "too wide to be of use");
                }
            }
        }
    }
}

fn data(name: &str) -> Vec<u8> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/tracr");
    std::fs::read(folder.join(name)).unwrap()
}

fn mapping(name: &str) -> Mapping {
    Mapping::parse(&String::from_utf8(data(name)).unwrap()).unwrap()
}

fn tracr(longest: usize) -> SoftmaxTransformer {
    let name = format!("hist_V4_L{longest}");
    import(&data(&format!("{name}.npz")), &mapping(&format!("{name}.mapping.json"))).unwrap()
}

#[test]
fn tracr_models_get_the_verdicts_that_are_known() {
    for (longest, n) in (1..=6).map(|n| (6, n)).chain((1..=10).map(|n| (10, n))) {
        let model = tracr(longest);
        let survey = Survey::new(&model, Task::QueryCount, n).unwrap();
        assert_eq!(*survey.configurations(), n.into(), "only the number of equal tokens matters");
        let found = survey.run_all(&|| true).unwrap();
        assert_eq!(*survey.inputs(), BigUint::from(4u64.pow(n as u32) * n));
        if n < 10 {
            assert!(found.wrong.is_zero() && is_complete(&found, survey.inputs()));
            // the margin is n (n + 1) < 100 in numbers: E / (n (n + 1)) - 1, at most 1
            let ideal = (ratio(100, (n * (n + 1)) as i64) - integer(1)).min(integer(1));
            let (lo, hi) = found.margin.unwrap();
            let near = ratio(1, 100_000);
            assert!(&lo - &near <= ideal && ideal <= hi + near, "n = {n}");
        } else {
            // ten equal tokens, four of them, read at ten positions
            assert_eq!(found.wrong, 40u64.into());
            let failing = found.failing.unwrap();
            assert_eq!(failing.sequence, vec![Token(0); 10]);
            let output = model.output(&failing.sequence, 3, Precision(64)).unwrap().unwrap();
            assert_eq!(output.choice(&model.reading), Some(9));
        }
    }
}

#[test]
fn our_rebuilt_histogram_is_the_compiled_one() {
    for longest in [6, 10] {
        let model = tracr(longest);
        let thresholds = compiled::thresholds(longest, 100, Stored::Single);
        let thresholds: Vec<Rational> =
            thresholds.into_iter().flat_map(|(a, b, _)| [-a, -b]).collect();
        // the row that `one` feeds: every unit but the first and the last, which carry no threshold
        let one = (0..model.dimension())
            .find(|&j| model.mlp.hidden[0].weight.get(1, j) == Some(&thresholds[0]))
            .expect("the first threshold");
        let units = model.mlp.hidden[0].weight.rows();
        let theirs: Vec<Rational> = (1..units - 1)
            .map(|i| model.mlp.hidden[0].weight.get(i, one).unwrap().clone())
            .collect();
        assert_eq!(theirs, thresholds, "every bit of every threshold");
        let ours = compiled::histogram(4, longest, 100, Stored::Single).unwrap();
        for n in 1..=longest as u64 {
            assert_eq!(tally(&ours, Task::QueryCount, n), tally(&model, Task::QueryCount, n));
        }
    }
}

#[test]
fn interchangeable_tokens_make_a_large_vocabulary_small() {
    let model = compiled::histogram(50, 30, 2000, Stored::Single).unwrap();
    let survey = Survey::new(&model, Task::QueryCount, 30).unwrap();
    assert_eq!(*survey.configurations(), 30u64.into());
    assert_eq!(*survey.inputs(), BigUint::from(50u64).pow(30) * 30u64);
    let found = survey.run_all(&|| true).unwrap();
    assert!(found.wrong.is_zero() && is_complete(&found, survey.inputs()));
}

#[test]
fn a_tie_has_no_winner_and_is_certain() {
    // with exact thresholds n (n + 1) = E puts n equal tokens on the middle of a ramp
    let model = compiled::histogram(2, 4, 12, Stored::Exactly).unwrap();
    let found = tally(&model, Task::QueryCount, 3);
    assert_eq!((found.wrong, found.failing.unwrap().sequence), (6u64.into(), vec![Token(0); 3]));
    // one other token leaks e^-50 into the denominator, which is enough
    assert_eq!(tally(&model, Task::QueryCount, 2).wrong, BigUint::ZERO);
    let four = tally(&model, Task::QueryCount, 4);
    assert!(
        four.bits > 64,
        "three equal tokens of four are decided by the leak: {} bits",
        four.bits
    );
}

#[test]
fn safetensors_hold_the_same_model() {
    let arrays = npz_as_singles();
    let views = |arrays: &[(String, Vec<usize>, Vec<u8>)]| {
        let view = |(name, shape, bytes): &(String, Vec<usize>, Vec<u8>)| {
            (
                name.clone(),
                TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap().shape().to_vec(),
                bytes.clone(),
            )
        };
        arrays.iter().map(view).collect::<Vec<_>>()
    };
    let write = |arrays: &[(String, Vec<usize>, Vec<u8>)]| {
        let arrays = views(arrays);
        let views = arrays.iter().map(|(name, shape, bytes)| {
            (name.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap())
        });
        safetensors::serialize(views, None).unwrap()
    };
    let mapping = mapping("hist_V4_L6.mapping.json");
    assert_eq!(import(&write(&arrays), &mapping).unwrap(), tracr(6));
    // not a number, in an array that is used
    for (bits, name) in [(f32::NAN, "NaN"), (f32::INFINITY, "infinity")] {
        let mut arrays = arrays.clone();
        let (_, _, bytes) =
            arrays.iter_mut().find(|(name, _, _)| name.ends_with("linear_1/w")).unwrap();
        bytes[4 * 15..4 * 16].copy_from_slice(&bits.to_le_bytes());
        let error = import(&write(&arrays), &mapping).unwrap_err().to_string();
        let expected = format!(
            "array `transformer/layer_0/mlp/linear_1/w`: expected numbers, found {name} at row 1, column 1"
        );
        assert_eq!(error, expected);
    }
    // a wrong shape
    let mut wrong = arrays.clone();
    wrong.iter_mut().find(|(name, _, _)| name.ends_with("linear_1/w")).unwrap().1 = vec![14, 21];
    let error = import(&write(&wrong), &mapping).unwrap_err().to_string();
    assert!(
        error.contains(
            "linear_1/w`: expected a map from 21 to any entries, found one from 14 to 21"
        ),
        "{error}"
    );
    // an array that is missing
    let mut missing = arrays;
    missing.retain(|(name, _, _)| name != "pos_embed/embeddings");
    let error = import(&write(&missing), &mapping).unwrap_err().to_string();
    assert!(error.starts_with("array `pos_embed/embeddings`: expected one of"), "{error}");
}

fn npz_as_singles() -> Vec<(String, Vec<usize>, Vec<u8>)> {
    use std::io::Read;
    let bytes = data("hist_V4_L6.npz");
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
    let mut arrays = Vec::new();
    for i in 0..archive.len() {
        let mut file = archive.by_index(i).unwrap();
        let name = file.name().unwrap().trim_end_matches(".npy").to_owned();
        let mut content = Vec::new();
        file.read_to_end(&mut content).unwrap();
        let header = usize::from(u16::from_le_bytes([content[8], content[9]]));
        let text = String::from_utf8(content[10..10 + header].to_vec()).unwrap();
        let shape = text.split_once('(').unwrap().1.split_once(')').unwrap().0;
        let shape = shape.split(',').filter_map(|part| part.trim().parse().ok()).collect();
        arrays.push((name, shape, content.split_off(10 + header)));
    }
    arrays
}

#[test]
fn broken_files_are_refused_and_never_panic() {
    let (whole, mapping) = (data("hist_V4_L6.npz"), mapping("hist_V4_L6.mapping.json"));
    for length in (0..whole.len()).step_by(97) {
        assert!(import(&whole[..length], &mapping).is_err(), "{length} bytes of the archive");
    }
    for at in (0..whole.len()).step_by(13) {
        let mut broken = whole.clone();
        broken[at] ^= 0x55;
        // zip's checksum finds changes of the data; what is left may only be harmless
        if let Ok(model) = import(&broken, &mapping) {
            assert_eq!(model, tracr(6), "byte {at}");
        }
    }
    for nonsense in
        [&b"PK"[..], b"", b"\x08\0\0\0\0\0\0\0{}      ", b"\xff\xff\xff\xff\xff\xff\xff\xff{}"]
    {
        assert!(Arrays::read(nonsense).is_err() || import(nonsense, &mapping).is_err());
    }
}

#[test]
fn certificates_say_nothing_that_is_not_recomputed() {
    let model = tracr(10);
    let params = |n| ReadingParams { task: Task::QueryCount, n, m: 4, d: 29 };
    fn accepted<K: Kind<Params = ReadingParams>>(
        params: ReadingParams,
        data: K,
    ) -> Result<Verdict, Rejection> {
        let text = Certificate::new(ClaimId::MODEL, params, data).to_json().unwrap();
        Certificate::parse(&text).unwrap().check(&Clock::unlimited()).map(|found| found.verdict)
    }
    let margin = |lo, hi| Some(Between { at_least: lo, at_most: hi });
    let grown = |n| trees(&model, Task::QueryCount, n, &Control::default()).unwrap();
    let all = |n, right: u64, wrong: u64, margin| Readings {
        model: model.clone(),
        trees: grown(n),
        right: NaturalText(right.into()),
        wrong: NaturalText(wrong.into()),
        margin,
    };
    let about = margin(ratio(78, 100).into(), ratio(79, 100).into());
    let good = all(7, 114_688, 0, about.clone());
    assert_eq!(accepted(params(7), good), Ok(Verdict::Verified));
    for bad in [
        all(7, 114_687, 1, about.clone()),
        all(7, 114_688, 0, None),
        all(7, 114_688, 0, margin(ratio(79, 100).into(), ratio(80, 100).into())),
        all(7, 114_688, 0, margin(ratio(77, 100).into(), ratio(78, 100).into())),
    ] {
        assert!(accepted(params(7), bad).is_err());
    }
    let ten = all(10, 10_485_720, 40, None);
    assert_eq!(accepted(params(10), ten), Ok(Verdict::Refuted));
    assert!(accepted(params(10), all(10, 10_485_760, 0, about)).is_err());
    let one = |position, answer, output, sequence: Vec<usize>| Misreading {
        model: model.clone(),
        sequence: sequence.into_iter().map(Token).collect(),
        position,
        answer,
        output,
    };
    let nine = Found::Choice(Some(9));
    let good = one(4, 10, nine.clone(), vec![2; 10]);
    assert_eq!(accepted(params(10), good), Ok(Verdict::Refuted));
    let mixed = vec![2, 2, 2, 2, 2, 2, 2, 2, 2, 1];
    for bad in [
        one(4, 9, nine.clone(), mixed.clone()),
        one(4, 10, nine.clone(), mixed),
        one(4, 9, nine.clone(), vec![2; 10]),
        one(4, 10, Found::Choice(Some(8)), vec![2; 10]),
        one(10, 10, nine.clone(), vec![2; 10]),
        one(4, 10, nine, vec![4; 10]),
    ] {
        assert!(accepted(params(10), bad).is_err());
    }
}

#[test]
fn limits_leave_a_verdict_open_or_refute_by_one_input() {
    let folder = tempfile::tempdir().unwrap();
    let run = |name: &str, model: SoftmaxTransformer, n: &str, limit: &str| {
        let path = folder.path().join(name);
        let model = counterproof::files::model::Model::Softmax(std::sync::Arc::new(model));
        std::fs::write(&path, model.to_json().unwrap()).unwrap();
        let output = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin!("counterproof"))
            .args(["verify", "--format", "json", "--time-limit", limit, "--n", n, "--certificates"])
            .arg(folder.path())
            .arg("--model")
            .arg(&path)
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        (output.status.code(), document["records"][0].clone())
    };
    // right on every input, but more of them than fit into the time
    let right = compiled::histogram(2, 150, 1_000_000, Stored::Single).unwrap();
    let (code, record) = run("right.json", right, "150", "0.02");
    assert_eq!((code, record["verdict"].as_str()), (Some(3), Some("undecided")), "{record}");
    assert!(record["values"]["decided"].is_string() && record["certificate"].is_null());
    assert!(record["reason"].as_str().unwrap().contains("inputs decided"), "{record}");
    // 6^11 sequences, of which one is enough
    let shape = SoftmaxShape { m: 6, longest: Some(11), ..shapes()[0] };
    let (code, record) = run("wrong.json", softmax(shape, 0).unwrap(), "11", "0.5");
    assert_eq!((code, record["verdict"].as_str()), (Some(1), Some("refuted")), "{record}");
    let text = std::fs::read_to_string(record["certificate"].as_str().unwrap()).unwrap();
    let certificate = Certificate::parse(&text).unwrap();
    assert!(certificate.get::<Misreading>().is_some(), "{record}");
    assert!(certificate.check(&Clock::unlimited()).is_ok());
}
