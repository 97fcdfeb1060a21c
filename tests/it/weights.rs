//! Other people's weights: what a mapping of version 2 says is the model that its authors ran, and what it does not say is
//! refused by name.

use crate::support::floats::Floats;
use counterproof::files::mapping::Mapping;
use counterproof::files::{import, open};
use counterproof::kernel::Clock;
use counterproof::kernel::definition::{Machine, Reading, SoftmaxTransformer, Token};
use counterproof::kernel::number::{Arithmetic, Format, Named, Order};
use num_traits::ToPrimitive;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

#[path = "../../examples/compiled_mapping.rs"]
#[allow(dead_code)]
mod compiled_mapping;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn data(name: &str) -> PathBuf {
    root().join("tests/data").join(name)
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(data(name)).unwrap()
}

fn value(path: &Path) -> Value {
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn example(name: &str) -> Value {
    value(&root().join("examples/models").join(format!("{name}.mapping.json")))
}

fn tracr() -> Value {
    value(&data("tracr/hist_V4_L6.mapping.json"))
}

fn read(file: &[u8], mapping: &Value) -> Result<SoftmaxTransformer, String> {
    let mapping = Mapping::parse(&mapping.to_string()).map_err(|error| error.to_string())?;
    import(file, &mapping).map_err(|error| error.to_string())
}

fn sequences(n: usize, m: usize) -> impl Iterator<Item = Vec<Token>> {
    (0..m.pow(n as u32))
        .map(move |index| (0..n).map(|i| Token(index / m.pow(i as u32) % m)).collect())
}

fn count(sequence: &[Token], i: usize) -> u64 {
    sequence.iter().filter(|token| **token == sequence[i]).count() as u64
}

/// By how much the entry of the answer is above the next one.
fn margin(model: &SoftmaxTransformer, y: &[f64], answer: u64) -> f64 {
    let Reading::ArgMax { answers, .. } = &model.reading else { panic!("a model that chooses") };
    let best = |right: bool| {
        let entries = y.iter().zip(answers).filter(|(_, a)| (**a == answer) == right);
        entries.map(|(y, _)| *y).fold(f64::NEG_INFINITY, f64::max)
    };
    best(true) - best(false)
}

#[test]
fn the_six_counters_count_with_the_margins_that_are_known() {
    let expected = value(&data("instances/behrens/expected.json"));
    for kind in ["bos", "bos-sftm", "dot", "dot-sftm", "lin", "lin-sftm"] {
        let mapping = example(&format!("behrens-{kind}"));
        let model = read(&bytes(&format!("instances/behrens/{kind}-T5-L4.npz")), &mapping).unwrap();
        assert_eq!((model.vocabulary(), model.bos.is_some()), (5, kind.starts_with("bos")));
        let floats = Floats::new(&model);
        let (mut inputs, mut least) = (0, f64::INFINITY);
        for sequence in sequences(4, 5) {
            for (i, y) in floats.outputs(&sequence).iter().enumerate() {
                inputs += 1;
                least = least.min(margin(&model, y, count(&sequence, i)));
            }
        }
        let expected = &expected[format!("{kind}-T5-L4")];
        assert_eq!(expected["inputs"], inputs);
        assert!((least - expected["margin_f64"].as_f64().unwrap()).abs() < 1e-9, "{kind}: {least}");
        // the same mapping, other sizes
        let large =
            read(&bytes(&format!("instances/behrens/{kind}-T32-L10.npz")), &mapping).unwrap();
        assert_eq!((large.vocabulary(), large.dimension()), (32, 32));
    }
}

/// The arrays of a file of `f32`, with other names, and more arrays, as a `.safetensors` file.
fn renamed(
    file: &[u8],
    names: &[(&str, &str, &[usize])],
    more: &[(&str, Dtype, &[usize], &[u8])],
) -> Vec<u8> {
    let singles = singles(file);
    let mut views = Vec::new();
    for (from, to, shape) in names {
        let (_, _, bytes) = singles.iter().find(|(name, ..)| name == from).unwrap();
        views.push((*to, TensorView::new(Dtype::F32, shape.to_vec(), bytes).unwrap()));
    }
    for (name, kind, shape, bytes) in more {
        views.push((*name, TensorView::new(*kind, shape.to_vec(), bytes).unwrap()));
    }
    safetensors::serialize(views, None).unwrap()
}

/// Name, shape and bytes of each array of an `.npz` file of `f32`.
fn singles(file: &[u8]) -> Vec<(String, Vec<usize>, Vec<u8>)> {
    use std::io::Read;
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(file)).unwrap();
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
fn the_maximum_of_two_numbers_under_both_names() {
    let file = bytes("instances/max-of-2/max2.npz");
    let model = read(&file, &example("max-of-2")).unwrap();
    let floats = Floats::new(&model);
    let (mut right, mut least) = (0, f64::INFINITY);
    for sequence in sequences(2, 64) {
        let largest = sequence.iter().max().unwrap().0 as u64;
        let margin = margin(&model, &floats.outputs(&sequence)[1], largest);
        right += u64::from(margin > 0.0);
        least = least.min(margin);
    }
    assert_eq!(right, 4096);
    assert!((least - 8.648_354).abs() < 1e-6, "{least}");
    // as TransformerLens names and shapes them, with the mask that it saves
    let names: &[(&str, &str, &[usize])] = &[
        ("W_E", "embed.W_E", &[64, 32]),
        ("W_pos", "pos_embed.W_pos", &[2, 32]),
        ("W_Q", "blocks.0.attn.W_Q", &[1, 32, 32]),
        ("W_K", "blocks.0.attn.W_K", &[1, 32, 32]),
        ("W_V", "blocks.0.attn.W_V", &[1, 32, 32]),
        ("W_O", "blocks.0.attn.W_O", &[1, 32, 32]),
        ("b_Q", "blocks.0.attn.b_Q", &[1, 32]),
        ("b_K", "blocks.0.attn.b_K", &[1, 32]),
        ("b_V", "blocks.0.attn.b_V", &[1, 32]),
        ("b_O", "blocks.0.attn.b_O", &[32]),
        ("W_U", "unembed.W_U", &[32, 64]),
        ("b_U", "unembed.b_U", &[64]),
    ];
    let infinity = f32::NEG_INFINITY.to_le_bytes();
    let more: &[(&str, Dtype, &[usize], &[u8])] = &[
        ("blocks.0.attn.mask", Dtype::BOOL, &[2, 2], &[1, 0, 1, 1]),
        ("blocks.0.attn.IGNORE", Dtype::F32, &[], &infinity),
    ];
    let mapping = example("max-of-2.transformer-lens");
    assert_eq!(read(&renamed(&file, names, more), &mapping), Ok(model));
    // without the list the buffers are named
    let mut silent = mapping.clone();
    silent.as_object_mut().unwrap().remove("ignored");
    let error = read(&renamed(&file, names, more), &silent).unwrap_err();
    assert!(error.contains("array `blocks.0.attn.IGNORE`, array `blocks.0.attn.mask`"), "{error}");
    assert!(error.contains("under `ignored`"), "{error}");
    // and a pattern for buffers that are not there is no mistake to be passed over
    let error = read(&renamed(&file, names, &more[..1]), &mapping).unwrap_err();
    assert!(
        error.contains("mapping.ignored[1]") && error.contains("blocks.*.attn.IGNORE"),
        "{error}"
    );
}

/// What the programs of `instances/compiled-deep` give at a position, tokens in the order of their rows.
fn compiled_answer(name: &str, sequence: &[Token], i: usize) -> f64 {
    let ratio = |wanted: usize| {
        let seen = &sequence[..=i];
        seen.iter().filter(|token| token.0 == wanted).count() as f64 / seen.len() as f64
    };
    match name {
        "frac-prevs-V2-L6" => ratio(0),
        "pair-balance-V3-L6" => ratio(0) - ratio(1),
        "reverse-V4-L5" => sequence[sequence.len() - 1 - i].0 as f64,
        "sort-V4-L5" => {
            let mut sorted = sequence.to_vec();
            sorted.sort();
            sorted[i].0 as f64
        }
        other => panic!("{other} is not known"),
    }
}

#[test]
fn compiled_models_of_several_layers_give_what_their_programs_say() {
    for (name, m, longest) in [
        ("frac-prevs-V2-L6", 2, 6),
        ("pair-balance-V3-L6", 3, 5),
        ("reverse-V4-L5", 4, 4),
        ("sort-V4-L5", 4, 4),
    ] {
        let configuration = data(&format!("instances/compiled-deep/{name}.json"));
        let mapping = compiled_mapping::mapping_of(&configuration).unwrap();
        let model = read(&bytes(&format!("instances/compiled-deep/{name}.npz")), &mapping).unwrap();
        let floats = Floats::new(&model);
        for n in 1..=longest {
            let (mut right, mut inputs, mut least) = (0, 0, f64::INFINITY);
            for sequence in sequences(n, m) {
                for (i, y) in floats.outputs(&sequence).iter().enumerate() {
                    let answer = compiled_answer(name, &sequence, i);
                    let margin = match &model.reading {
                        Reading::Number { .. } => 1e-3 - (y[0] - answer).abs(),
                        Reading::ArgMax { .. } => margin(&model, y, answer as u64),
                    };
                    inputs += 1;
                    right += u64::from(margin > 0.0);
                    least = least.min(margin);
                }
            }
            let expected = &value(&configuration)["expected"][n.to_string()];
            assert_eq!(
                (&expected["right"], &expected["of"]),
                (&json!(right), &json!(inputs)),
                "{name}, n = {n}"
            );
            let known = expected["least_margin_f64"].as_f64().unwrap();
            assert!((least - known).abs() < 1e-9, "{name}, n = {n}: {least}, not {known}");
        }
    }
}

/// A model of `examples/models` beside what the program that made it put out on every sequence, in doubles; and what a machine computes of it in
/// singles, on some of them.
fn agrees_with_its_maker(name: &str, within: f64) -> SoftmaxTransformer {
    let model = read(&bytes(&format!("instances/{name}.safetensors")), &example(name)).unwrap();
    let made = value(&data(&format!("instances/{name}.json")));
    let floats = Floats::new(&model);
    let clock = Clock::unlimited();
    let single = Format { precision: 24, emin: -126, emax: 127 };
    let singles = Named { format: single, order: Order::Seq };
    let machine =
        Machine::new(&model, singles, model.longest().unwrap_or(4).min(4), &clock).unwrap();
    for (index, output) in made["outputs"].as_array().unwrap().iter().enumerate() {
        let tokens = output["sequence"].as_array().unwrap().iter();
        let sequence: Vec<Token> =
            tokens.map(|token| Token(token.as_u64().unwrap() as usize)).collect();
        let expected = output.get("logits").unwrap_or(&output["output"]);
        let one = [expected.clone()];
        let expected = expected.as_array().map_or(&one[..], Vec::as_slice);
        let found = floats.outputs(&sequence).pop().unwrap();
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            let near = (found - expected.as_f64().unwrap()).abs();
            assert!(near < within, "{name} {sequence:?}: {found}, not {expected}");
        }
        if index % 7 == 1 {
            let places: Vec<Option<usize>> = sequence.iter().map(|token| Some(token.0)).collect();
            let computed =
                machine.outputs(&places, &[sequence.len() - 1], &clock).unwrap().remove(0);
            for (computed, found) in computed.iter().zip(&found) {
                let end = machine.arithmetic().precision().ends(&singles.enclosed(computed)).0;
                let near = (end.to_f64().unwrap() - found).abs();
                assert!(near < 1e-4, "{name} {sequence:?}: {end} in singles, not {found}");
            }
        }
    }
    model
}

#[test]
fn an_encoder_of_pytorch_is_read_whole() {
    let model = agrees_with_its_maker("pytorch-encoder", 1e-9);
    assert_eq!((model.blocks.len(), model.heads().count()), (4, 4));
}

#[test]
fn a_block_of_gpt_2_is_read_whole() {
    let model = agrees_with_its_maker("gpt2-block", 1e-9);
    assert_eq!((model.blocks.len(), model.vocabulary()), (2, 4));
}

#[test]
fn rotary_positions_and_heads_side_by_side_are_read_whole() {
    // its sines and cosines are singles
    let model = agrees_with_its_maker("gpt-neox", 1e-6);
    assert!(model.heads().all(|head| head.weights.scores().unwrap().rotary.is_some()));
}

#[test]
fn what_is_forgotten_is_named() {
    let encoder = bytes("instances/pytorch-encoder.safetensors");
    let gpt = bytes("instances/gpt2-block.safetensors");
    let refused = |file: &[u8], mapping: &Value, messages: &[&str]| {
        let error = read(file, mapping).unwrap_err();
        for message in messages {
            assert!(error.contains(message), "{error:?} does not say {message:?}");
        }
    };
    // the second layer
    let mut mapping = example("pytorch-encoder");
    mapping["layers"]["count"] = json!(1);
    refused(&encoder, &mapping, &["`encoder.layers.1.linear1.bias`", "and 4 more", "`ignored`"]);
    // the norms
    let mut mapping = example("pytorch-encoder");
    mapping["layers"]["each"]["attention"]["norm"] = json!("none");
    refused(
        &encoder,
        &mapping,
        &["`encoder.layers.0.norm1.bias`", "`encoder.layers.1.norm1.weight`"],
    );
    let mut mapping = example("gpt2-block");
    mapping["norm"] = json!("none");
    refused(&gpt, &mapping, &["`transformer.ln_f.bias`, array `transformer.ln_f.weight`"]);
    // a bias; of a fused one the part that nobody uses
    let mut mapping = example("gpt2-block");
    mapping["layers"]["each"]["mlp"]["output"].as_object_mut().unwrap().remove("bias");
    refused(&gpt, &mapping, &["array `transformer.h.0.mlp.c_proj.bias`"]);
    let mut mapping = example("gpt2-block");
    mapping["layers"]["each"]["attention"]["key"].as_object_mut().unwrap().remove("bias");
    refused(
        &gpt,
        &mapping,
        &["8 of the 24 numbers of array `transformer.h.0.attn.c_attn.bias`, the first at [8]"],
    );
    // two heads of which one is mapped: the keys of the other
    let mut mapping = example("gpt2-block");
    let attention = &mut mapping["layers"]["each"]["attention"];
    for name in ["query", "key"] {
        attention[name]["weight"]["columns"] = json!("0:8");
        attention[name]["bias"]["rows"] = json!("0:8");
    }
    refused(&gpt, &mapping, &["64 of the 192 numbers", "the first at [0, 8]"]);
    // what is said to be ignored is ignored
    let mut mapping = example("pytorch-encoder");
    mapping["layers"]["count"] = json!(1);
    mapping["ignored"] = json!(["encoder.layers.1.*"]);
    assert!(read(&encoder, &mapping).is_ok());
    mapping["ignored"] = json!(["encoder.layers.1.*", "embed.weight"]);
    refused(
        &encoder,
        &mapping,
        &["mapping.ignored[1]: expected arrays that the mapping does not use", "`embed.weight`"],
    );
    // tokens that do not occur are left out, and that is all that it says
    let mut mapping = example("pytorch-encoder");
    mapping["tokens"] = json!({"array": "embed.weight", "rows": [2, 0]});
    assert_eq!(read(&encoder, &mapping).unwrap().vocabulary(), 2);
}

#[test]
fn what_does_not_fit_is_named_with_its_place() {
    let encoder = bytes("instances/pytorch-encoder.safetensors");
    let behrens = bytes("instances/behrens/lin-T5-L4.npz");
    type Change = fn(&mut Value);
    let encoders: &[(Change, &str)] = &[
        (|m| m["tokens"] = json!("wte"), "array `wte` (tokens): expected one of embed.weight, "),
        (
            |m| m["layers"]["each"]["attention"]["heads"] = json!(3),
            "(layers.each.attention.query.weight): expected queries of 3 heads of equal size, found 8",
        ),
        (
            |m| m["layers"]["each"]["attention"]["heads"] = json!(0),
            "layers.each.attention.heads: expected at least one",
        ),
        (
            |m| m["layers"]["each"]["attention"]["key_heads"] = json!(3),
            "key_heads: expected a divisor of 2 heads, found 3",
        ),
        (
            |m| m["layers"]["each"]["attention"]["key"]["weight"]["rows"] = json!("0:4"),
            "in_proj_weight` (layers.each.attention.key.weight): expected a map from 8 to 8 entries, found one from 8 to 4",
        ),
        (
            |m| m["layers"]["each"]["attention"]["mixing"] = json!("scores"),
            "layers.each.attention.scale: expected a number or \"key-size\"",
        ),
        (
            |m| {
                m["layers"]["each"]["attention"].as_object_mut().unwrap().remove("query");
            },
            "layers.each.attention.query: expected a map",
        ),
        (|m| m["layers"]["each"]["attention"]["output"] = json!("identity"), "out_proj"),
        (
            |m| m["layers"]["each"]["attention"]["value"] = json!("identity"),
            "layers.each.attention.value: expected a map, or one head",
        ),
        (|m| m["layers"]["count"] = json!(3), "array `encoder.layers.2.self_attn.in_proj_weight`"),
        (
            |m| m["layers"]["count"] = json!(1u64 << 40),
            "mapping.layers: expected at most 1024 layers",
        ),
        (|m| m["layout"] = json!("in-out"), "expected a map from 8 to any entries"),
        (
            |m| m["positions"] = json!({"array": "position", "transpose": true}),
            "model.positions: expected [8, 8], found [8, 4]",
        ),
        (
            |m| m["bos"] = json!("position"),
            "array `position` (bos): expected one row of d = 8 entries, found [4, 8]",
        ),
        (
            |m| {
                m["norm"] =
                    json!({"kind": "layer", "weight": "head.bias", "bias": "zeros", "eps": 1})
            },
            "array `head.bias` (norm.weight): expected a vector of 8 entries, found 1",
        ),
        (
            |m| m["norm"] = json!({"kind": "layer", "weight": "ones", "bias": "zeros", "eps": 0}),
            "model.norm.eps: expected a number above 0, found 0",
        ),
        (
            |m| m["reading"] = json!({"coordinate": 8}),
            "mapping.reading.coordinate: expected coordinates below 8",
        ),
        (
            |m| m["reading"] = json!({"coordinates": {"indices": [0, 1], "answers": [1]}}),
            "mapping.reading.coordinates.answers: expected 2 answers",
        ),
    ];
    for (change, message) in encoders {
        let mut mapping = example("pytorch-encoder");
        change(&mut mapping);
        let error = read(&encoder, &mapping).unwrap_err();
        assert!(error.contains(message), "{error:?} does not say {message:?}");
    }
    // classes are not the stream: W2 cannot be added to it
    let mut mapping = example("behrens-lin");
    mapping["layers"][0]["mlp"]["residual"] = json!(true);
    let error = read(&bytes("instances/behrens/lin-T32-L10.npz"), &mapping).unwrap_err();
    assert!(
        error.contains(
            "array `W2` (layers[0].mlp.output.weight): expected a map from 32 to 32 entries"
        ),
        "{error}"
    );
    let counters: &[(Change, &str)] = &[
        (
            |m| m["layers"][0]["attention"]["heads"] = json!(2),
            "array `A` (layers[0].attention.mixing.matrix): expected 2 matrices",
        ),
        (
            |m| m["layers"][0]["attention"]["scale"] = json!(1),
            "layers[0].attention.scale: expected nothing",
        ),
        (
            |m| m["positions"] = json!({"rotary": {"base": 2, "size": 2, "pairs": "halves"}}),
            "positions.rotary: expected a layer whose mixing has scores",
        ),
        (
            |m| m["norm"] = json!({"kind": "rms", "weight": "b2", "bias": "zeros", "eps": "1/0"}),
            "norm.eps: expected a number",
        ),
    ];
    for (change, message) in counters {
        let mut mapping = example("behrens-lin");
        change(&mut mapping);
        let error = read(&behrens, &mapping).unwrap_err();
        assert!(error.contains(message), "{error:?} does not say {message:?}");
    }
}

#[test]
fn files_in_every_costume_hold_the_same_model() {
    let model = read(&bytes("tracr/hist_V4_L6.npz"), &tracr()).unwrap();
    // NumPy under Python 2, a matrix [1, 21, 6] in Fortran order
    for name in ["python-2-shapes.npz", "fortran-3d.npz"] {
        assert_eq!(
            read(&bytes(&format!("foreign/{name}")), &tracr()).as_ref(),
            Ok(&model),
            "{name}"
        );
    }
    for (name, array) in [
        ("extra-strings.npz", "vocab"),
        ("extra-mask.npz", "mask"),
        ("extra-mask.safetensors", "mask"),
    ] {
        let file = bytes(&format!("foreign/{name}"));
        let error = read(&file, &tracr()).unwrap_err();
        assert!(
            error.contains(&format!("array `{array}`")) && error.contains("`ignored`"),
            "{error}"
        );
        let mut mapping = tracr();
        mapping["ignored"] = json!([array]);
        assert_eq!(read(&file, &mapping).as_ref(), Ok(&model), "{name}");
    }
    assert_eq!(
        read(&bytes("foreign/one-name-twice.npz"), &tracr()).unwrap_err(),
        "array `transformer/layer_0/mlp/linear_2/w`: expected one array of this name, found two"
    );
    // fp8, numbers of a kind that nothing reads, and NaN do not matter where they are not used
    let mut views: Vec<(String, TensorView<'_>)> = Vec::new();
    let file = bytes("foreign/extra-mask.safetensors");
    let read_file = SafeTensors::deserialize(&file).unwrap();
    views.extend(read_file.tensors());
    let nan = f32::NAN.to_le_bytes();
    views
        .push(("scale.fp8".to_owned(), TensorView::new(Dtype::F8_E4M3, vec![1], &[0x38]).unwrap()));
    views.push(("scale.nan".to_owned(), TensorView::new(Dtype::F32, vec![1], &nan).unwrap()));
    let written = safetensors::serialize(views, None).unwrap();
    let mut mapping = tracr();
    mapping["ignored"] = json!(["mask", "scale.*"]);
    assert_eq!(read(&written, &mapping), Ok(model));
}

#[test]
fn one_model_in_both_formats_and_what_is_wrong_with_arrays() {
    let arrays = singles(&bytes("tracr/hist_V4_L6.npz"));
    let write = |arrays: &[(String, Vec<usize>, Vec<u8>)]| {
        let views = arrays.iter().map(|(name, shape, bytes)| {
            (name.as_str(), TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap())
        });
        safetensors::serialize(views, None).unwrap()
    };
    let model = read(&bytes("tracr/hist_V4_L6.npz"), &tracr());
    assert!(model.is_ok());
    assert_eq!(read(&write(&arrays), &tracr()), model);
    let at = "(layers[0].mlp.hidden[0].weight)";
    // not a number, in an array that is used
    for (bits, name) in [(f32::NAN, "NaN"), (f32::INFINITY, "infinity")] {
        let mut arrays = arrays.clone();
        let (_, _, bytes) =
            arrays.iter_mut().find(|(name, _, _)| name.ends_with("linear_1/w")).unwrap();
        bytes[4 * 15..4 * 16].copy_from_slice(&bits.to_le_bytes());
        let expected = format!(
            "array `transformer/layer_0/mlp/linear_1/w` {at}: expected numbers, found {name} at row 1, column 1"
        );
        assert_eq!(read(&write(&arrays), &tracr()).unwrap_err(), expected);
    }
    // a wrong shape
    let mut wrong = arrays.clone();
    wrong.iter_mut().find(|(name, _, _)| name.ends_with("linear_1/w")).unwrap().1 = vec![14, 21];
    let error = read(&write(&wrong), &tracr()).unwrap_err();
    let expected =
        format!("linear_1/w` {at}: expected a map from 21 to any entries, found one from 14 to 21");
    assert!(error.contains(&expected), "{error}");
    // an array that is missing
    let mut missing = arrays;
    missing.retain(|(name, _, _)| name != "pos_embed/embeddings");
    let error = read(&write(&missing), &tracr()).unwrap_err();
    assert!(
        error.starts_with("array `pos_embed/embeddings` (positions): expected one of"),
        "{error}"
    );
}

#[test]
fn broken_files_are_refused_and_never_panic() {
    let whole = bytes("tracr/hist_V4_L6.npz");
    let model = read(&whole, &tracr());
    assert!(model.is_ok());
    for length in (0..whole.len()).step_by(97) {
        assert!(read(&whole[..length], &tracr()).is_err(), "{length} bytes of the archive");
    }
    for at in (0..whole.len()).step_by(13) {
        let mut broken = whole.clone();
        broken[at] ^= 0x55;
        // zip's checksum finds changes of the data; what is left may only be harmless
        let found = read(&broken, &tracr());
        assert!(found.is_err() || found == model, "byte {at}");
    }
    for nonsense in
        [&b"PK"[..], b"", b"\x08\0\0\0\0\0\0\0{}      ", b"\xff\xff\xff\xff\xff\xff\xff\xff{}"]
    {
        assert!(read(nonsense, &tracr()).is_err());
    }
}

#[test]
fn an_old_mapping_is_refused_with_what_to_add() {
    let mut old = tracr();
    let layer = old["layers"][0].take();
    let fields = old.as_object_mut().unwrap();
    fields.remove("layers");
    fields.remove("norm");
    fields.insert("version".to_owned(), json!(1));
    for part in ["attention", "mlp"] {
        let mut part_fields = layer[part].clone();
        for field in ["mixing", "causal", "residual", "norm", "activation"] {
            part_fields.as_object_mut().unwrap().remove(field);
        }
        fields.insert(part.to_owned(), part_fields);
    }
    let error =
        open(&bytes("foreign/extra-strings.npz"), Some(&old.to_string())).unwrap_err().to_string();
    for wanted in [
        "mapping.version: expected 2, found 1",
        "`layers`",
        "`causal`",
        "`activation`",
        "`vocab`",
        "`ignored`",
    ] {
        assert!(error.contains(wanted), "{error:?} does not say {wanted}");
    }
    assert!(!error.contains("`bos`") && !error.contains("token_embed"), "{error}");
}

#[test]
fn hostile_mappings_are_refused_before_they_cost_anything() {
    // one row of 2^20 numbers, whose identity would have 2^40
    let row = vec![0u8; 1 << 20];
    let view = TensorView::new(Dtype::I8, vec![1, 1 << 20], &row).unwrap();
    let file = safetensors::serialize([("x", view)], None).unwrap();
    let mapping = |layers: Value, reading: Value| {
        json!({"format": "counterproof-mapping", "version": 2, "layout": "out-in", "tokens": "x", "bos": "none",
            "positions": "none", "layers": layers, "norm": "none", "reading": reading, "read_at": "last"})
    };
    let identity = json!([{"attention": {"heads": 1, "mixing": {"matrix": {"array": "x", "columns": [0]}, "softmax": false},
        "value": "identity", "output": "identity", "causal": false, "residual": true, "norm": "none"}, "mlp": "none"}]);
    let norms = json!({"count": 1024, "each": {"norm": {"kind": "rms", "weight": "ones", "bias": "zeros", "eps": 1}}});
    for mapping in [
        mapping(identity, json!({"coordinate": 0})),
        mapping(norms, json!({"coordinate": 0})),
        mapping(json!([]), json!({"coordinates": {"indices": "all", "answers": "index"}})),
    ] {
        let error = read(&file, &mapping).unwrap_err();
        assert!(error.contains("a model of at most 8388608 numbers"), "{error}");
    }
    // no numbers, but a length that would take memory
    let view = TensorView::new(Dtype::I8, vec![0, 1 << 40], &[]).unwrap();
    let file = safetensors::serialize([("x", view)], None).unwrap();
    let error = read(&file, &mapping(json!([]), json!({"coordinate": 0}))).unwrap_err();
    assert!(error.contains("at least one number"), "{error}");
}

#[test]
fn heads_may_share_keys_and_values() {
    // two heads, one key: the same model with the key written out twice
    let numbers: Vec<u8> = (0..8u8).collect();
    let shared = |shape: &[usize], len: usize| {
        TensorView::new(Dtype::I8, shape.to_vec(), &numbers[..len]).unwrap()
    };
    let file = safetensors::serialize(
        [
            ("e", shared(&[2, 2], 4)),
            ("q", shared(&[4, 2], 8)),
            ("k", shared(&[2, 2], 4)),
            ("o", shared(&[2, 4], 8)),
        ],
        None,
    )
    .unwrap();
    let mapping = |key: Value, key_heads: u64| {
        let mut attention = json!({"heads": 2, "key_heads": key_heads, "mixing": "softmax", "causal": true, "residual": true,
            "norm": "none", "query": {"weight": "q"}, "output": {"weight": "o"}});
        attention["key"] = json!({"weight": key});
        attention["value"] = json!({"weight": key});
        json!({"format": "counterproof-mapping", "version": 2, "layout": "out-in", "tokens": "e", "bos": "none",
            "positions": {"rotary": {"base": 10000, "size": 2, "pairs": "neighbours"}},
            "layers": [{"attention": attention, "mlp": "none"}], "norm": "none", "reading": {"coordinate": 1}, "read_at": "last"})
    };
    let one = read(&file, &mapping(json!("k"), 1)).unwrap();
    assert_eq!(one.heads().count(), 2);
    assert_eq!(read(&file, &mapping(json!({"array": "k", "rows": [0, 1, 0, 1]}), 2)), Ok(one));
}

/// Every command of `examples/models/*.md` ends as is said beside it.
#[test]
fn what_the_examples_show_comes_out() {
    let folder = tempfile::tempdir().unwrap();
    let mut ran = 0;
    for page in ["README.md", "compiled-deep.md"] {
        let text = std::fs::read_to_string(root().join("examples/models").join(page)).unwrap();
        for line in text.lines() {
            let place = |word: &str| match word.contains('/') && !word.starts_with('1') {
                true => root().join(word).display().to_string(),
                false => word.to_owned(),
            };
            if let Some(rest) = line.strip_prefix("cargo run --example compiled_mapping -- ") {
                let (configuration, target) = rest.split_once(" > ").unwrap();
                let mapping = compiled_mapping::mapping_of(&root().join(configuration)).unwrap();
                std::fs::write(folder.path().join(target), format!("{mapping:#}")).unwrap();
            } else if let Some(rest) = line.strip_prefix("counterproof ") {
                let (command, verdict) = rest.split_once("  # ").unwrap();
                let output =
                    assert_cmd::Command::new(assert_cmd::cargo::cargo_bin!("counterproof"))
                        .current_dir(folder.path())
                        .args(command.split_whitespace().map(place))
                        .args(["--format", "json"])
                        .output()
                        .unwrap();
                let text = String::from_utf8(output.stdout).unwrap();
                let document: Value = serde_json::from_str(&text).unwrap_or_else(|_| {
                    panic!("{command}: {}", String::from_utf8_lossy(&output.stderr))
                });
                for record in document["records"].as_array().unwrap() {
                    assert_eq!(record["verdict"], verdict, "{command}: {record}");
                    let zero = record["values"]["wrong"] == json!(0);
                    assert_eq!(zero, verdict == "verified", "{command}: {record}");
                }
                ran += 1;
            }
        }
    }
    assert_eq!(ran, 14);
}

/// Exit status 2 and a message that says what is wrong and what to do.
#[test]
fn files_that_are_no_models_are_told_what_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    let mapping = root().join("tests/data/tracr/hist_V4_L6.mapping.json");
    for (content, message) in [
        (&b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."[..], "an old PyTorch file?): in Python, "),
        (b"\x08\x07\x12\x07pytorch", "this is an ONNX model: "),
        (b"\x1f\x8b\x08\x08....", "compressed by gzip: unpack it first, with `gunzip`"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "`git lfs pull`"),
    ] {
        std::fs::write(&path, content).unwrap();
        for arguments in [vec![], vec!["--mapping", mapping.to_str().unwrap()]] {
            let output = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin!("counterproof"))
                .args(["verify", "--n", "2", "--model"])
                .arg(&path)
                .args(&arguments)
                .output()
                .unwrap();
            let error = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(2), "{error}");
            assert!(error.contains(message), "{error:?} does not say {message:?}");
        }
    }
    let run = |command: &str, path: &Path| {
        let mut words = command.split(' ');
        let program = assert_cmd::Command::new(assert_cmd::cargo::cargo_bin!("counterproof"))
            .arg(words.next().unwrap())
            .args(words)
            .arg(path)
            .output()
            .unwrap();
        (program.status.code(), String::from_utf8(program.stderr).unwrap())
    };
    let (code, error) = run("verify --n 2 --model", folder.path());
    assert!(code == Some(2) && error.contains("expected a file, found a folder"), "{error}");
    // a linear program as mirrors keep it is unpacked, if it is whole
    std::fs::write(&path, b"\x1f\x8b\x08\x08....").unwrap();
    let (code, error) = run("lp --syntax mps", &path);
    assert!(code == Some(2) && error.contains("expected a whole file of gzip"), "{error}");
}
