//! Models as a trainer exports them: `.safetensors` in single precision whose metadata says what the arrays are.

use assert_cmd::Command;
use counterproof::kernel::Certificate;
use counterproof::kernel::Clock;
use safetensors::SafeTensors;
use serde_json::Value;
use std::path::{Path, PathBuf};

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/trained").join(name)
}

fn verify(model: &Path, options: &[&str]) -> (i32, Value, String) {
    let output = Command::new(assert_cmd::cargo::cargo_bin!())
        .args(["verify", "--format", "json", "--model"])
        .arg(model)
        .args(options)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let record =
        serde_json::from_str::<Value>(&text).map_or(Value::Null, |d| d["records"][0].clone());
    (output.status.code().unwrap(), record, String::from_utf8(output.stderr).unwrap())
}

/// The forward pass in double precision from the arrays' names alone; shares nothing with the library.
struct Floats<'a>(SafeTensors<'a>);

impl Floats<'_> {
    fn rows(&self, name: &str) -> Option<Vec<Vec<f64>>> {
        let view = self.0.tensor(name).ok()?;
        let numbers: Vec<f64> = view
            .data()
            .chunks(4)
            .map(|bytes| f64::from(f32::from_le_bytes(bytes.try_into().unwrap())))
            .collect();
        let columns = *view.shape().last().unwrap();
        Some(numbers.chunks(columns).map(<[f64]>::to_vec).collect())
    }

    fn map(&self, name: &str, x: &[f64]) -> Vec<f64> {
        let weight = self.rows(&format!("{name}.weight")).unwrap();
        // a key has no bias: it would not matter
        let none = || vec![vec![0.0; weight.len()]];
        let bias = self.rows(&format!("{name}.bias")).unwrap_or_else(none).remove(0);
        let dot = |row: &Vec<f64>| row.iter().zip(x).map(|(a, b)| a * b).sum::<f64>();
        weight.iter().zip(bias).map(|(row, bias)| dot(row) + bias).collect()
    }

    fn norm(&self, place: &str, x: Vec<f64>) -> Vec<f64> {
        let Some(mut weight) = self.rows(&format!("norm.{place}.weight")) else { return x };
        let (weight, bias) =
            (weight.remove(0), self.rows(&format!("norm.{place}.bias")).unwrap().remove(0));
        let mean = x.iter().sum::<f64>() / x.len() as f64;
        let variance = x.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / x.len() as f64;
        let sigma = (variance + 1e-5).sqrt();
        x.iter().zip(weight).zip(bias).map(|((x, w), b)| w * (x - mean) / sigma + b).collect()
    }

    /// `y` at the last position.
    fn output(&self, heads: usize, sequence: &[usize]) -> f64 {
        let embedding = self.rows("embedding").unwrap();
        let positions = self.rows("positions");
        let states: Vec<Vec<f64>> = sequence
            .iter()
            .enumerate()
            .map(|(i, &token)| {
                let position = positions.as_ref().map(|positions| &positions[i]);
                let shift = |j| position.map_or(0.0, |row| row[j]);
                embedding[token].iter().enumerate().map(|(j, x)| x + shift(j)).collect()
            })
            .collect();
        let seen: Vec<Vec<f64>> =
            states.iter().map(|state| self.norm("attention", state.clone())).collect();
        let query = self.map("query", seen.last().unwrap());
        let keys: Vec<Vec<f64>> = seen.iter().map(|u| self.map("key", u)).collect();
        let values: Vec<Vec<f64>> = seen.iter().map(|u| self.map("value", u)).collect();
        let k = query.len() / heads;
        let mut mean = vec![0.0; query.len()];
        for head in 0..heads {
            let part = head * k..(head + 1) * k;
            let scores = keys.iter().map(|key| {
                let dot: f64 = part.clone().map(|j| key[j] * query[j]).sum();
                (dot / (k as f64).sqrt()).exp()
            });
            let weights: Vec<f64> = scores.collect();
            let total: f64 = weights.iter().sum();
            for (weight, value) in weights.iter().zip(&values) {
                part.clone().for_each(|j| mean[j] += weight / total * value[j]);
            }
        }
        let added = self.map("output", &mean);
        let stream = states.last().unwrap().iter().zip(added).map(|(a, b)| a + b).collect();
        let stream = self.norm("after_attention", stream);
        let hidden = self.map("mlp.hidden.0", &self.norm("mlp", stream.clone()));
        let hidden: Vec<f64> = hidden.into_iter().map(|x| x.max(0.0)).collect();
        let written = self.map("mlp.output", &hidden);
        let stream = stream.iter().zip(written).map(|(a, b)| a + b).collect();
        let read = self.rows("readout.weight").unwrap().remove(0);
        let stream = self.norm("readout", stream);
        let y: f64 = read.iter().zip(stream).map(|(w, x)| w * x).sum();
        y + self.rows("readout.bias").unwrap()[0][0]
    }
}

/// How many of all `m^n` sequences are read right, and the smallest distance of an error from 1/2.
fn brute_force(model: &Path, m: usize, n: u32, heads: usize, mfe: bool) -> (u64, f64) {
    let bytes = std::fs::read(model).unwrap();
    let floats = Floats(SafeTensors::deserialize(&bytes).unwrap());
    let (mut right, mut nearest) = (0, f64::INFINITY);
    for index in 0..m.pow(n) {
        let sequence: Vec<usize> = (0..n).map(|i| index / m.pow(i) % m).collect();
        let count = |token| sequence.iter().filter(|&&other| other == token).count();
        let answer = match mfe {
            true => (0..m).map(count).max().unwrap(),
            false => count(*sequence.last().unwrap()),
        };
        let error = (floats.output(heads, &sequence) - answer as f64).abs();
        right += u64::from(error < 0.5);
        nearest = nearest.min((error - 0.5).abs());
    }
    (right, nearest)
}

#[test]
fn certified_accuracy_over_all_729_inputs_equals_brute_force() {
    let folder = tempfile::tempdir().unwrap();
    for (name, heads, mfe) in [
        ("trained-qc.safetensors", 1, false),
        ("trained-mfe.safetensors", 1, true),
        ("positions-qc.safetensors", 2, false),
        ("positions-post-norm-qc.safetensors", 1, false),
        ("positions-pre-norm-mfe.safetensors", 2, true),
    ] {
        let model = data(name);
        let certificates = folder.path().to_str().unwrap();
        let (code, record, error) = verify(&model, &["--n=6", "--certificates", certificates]);
        let (right, nearest) = brute_force(&model, 3, 6, heads, mfe);
        assert!(nearest > 1e-9, "{name}: floats cannot tell");
        assert!(right > 0 && right < 729, "{name}: {right} of 729 make no test");
        assert_eq!((code, &record["verdict"]), (1, &"refuted".into()), "{error}");
        assert_eq!(record["params"]["task"], if mfe { "mfe" } else { "qc" });
        assert_eq!(record["values"]["right"], right, "{name}: {record}");
        assert_eq!(record["values"]["wrong"], 729 - right, "{name}: {record}");
        let text = std::fs::read_to_string(record["certificate"].as_str().unwrap()).unwrap();
        assert!(Certificate::parse(&text).unwrap().check(&Clock::unlimited()).is_ok());
        // the other task, on request
        let other = if mfe { "--task=qc" } else { "--task=mfe" };
        let (_, record, _) = verify(&model, &["--n=6", other]);
        assert_eq!(record["values"]["right"], brute_force(&model, 3, 6, heads, !mfe).0, "{name}");
    }
}

#[test]
fn every_count_vector_of_six_tokens_and_length_12_is_decided() {
    let (code, record, error) = verify(&data("counts-qc.safetensors"), &["--n=12"]);
    assert!(code < 2, "{error}");
    let values = &record["values"];
    assert_eq!(values["inputs"], 6u64.pow(12), "{record}");
    let sum = values["right"].as_u64().unwrap() + values["wrong"].as_u64().unwrap();
    assert_eq!(sum, 6u64.pow(12));
    // short lengths by brute force
    for n in [3, 4] {
        let model = data("counts-qc.safetensors");
        let (_, record, _) = verify(&model, &[&format!("--n={n}")]);
        assert_eq!(record["values"]["right"], brute_force(&model, 6, n, 1, false).0);
    }
}

#[test]
fn length_80_is_decided_by_regions_or_leaves_an_interval() {
    // 4.3 * 10^10 count vectors with queries: nobody visits them one by one
    let (code, record, error) = verify(&data("counts-qc-80.safetensors"), &["--n=80"]);
    assert_eq!((code, &record["verdict"]), (0, &"verified".into()), "{error}{record}");
    assert_eq!(record["values"]["judged"], 42_985_607_040u64);
    // a random model far from the task: what is certain is an interval around its accuracy
    let (code, record, _) =
        verify(&data("post-norm-qc-80.safetensors"), &["--n=80", "--time-limit=5"]);
    let text = |name: &str| record["values"][name].to_string().trim_matches('"').to_owned();
    let value = |name: &str| {
        let text = text(name);
        let (top, bottom) = text.split_once('/').unwrap_or((&text, "1"));
        top.parse::<f64>().unwrap() / bottom.parse::<f64>().unwrap()
    };
    assert!(code == 1 || code == 3, "{record}");
    assert_eq!(code == 3, record["verdict"] == "undecided");
    let (least, most) = (value("accuracy_at_least"), value("accuracy_at_most"));
    assert!(0.0 <= least && least <= most && most <= 1.0, "{record}");
    assert!((value("decided") - (1.0 - (most - least))).abs() < 1e-9, "{record}");
}

/// The file with another header.
fn with_header(name: &str, change: impl FnOnce(&mut Value)) -> Vec<u8> {
    let bytes = std::fs::read(data(name)).unwrap();
    let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
    let mut header: Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
    change(&mut header);
    with_text(&header.to_string(), &bytes[8 + length..])
}

fn with_text(header: &str, arrays: &[u8]) -> Vec<u8> {
    let padded = header.to_owned() + &" ".repeat(header.len().next_multiple_of(8) - header.len());
    let mut bytes = (padded.len() as u64).to_le_bytes().to_vec();
    bytes.extend(padded.as_bytes());
    bytes.extend(arrays);
    bytes
}

/// The file with another mapping.
fn with_mapping(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    with_header("positions-post-norm-qc.safetensors", |header| {
        let text = &mut header["__metadata__"]["counterproof-mapping"];
        let mut mapping: Value = serde_json::from_str(text.as_str().unwrap()).unwrap();
        change(&mut mapping);
        *text = mapping.to_string().into();
    })
}

fn attention(mapping: &mut Value) -> &mut Value {
    &mut mapping["layers"][0]["attention"]
}

#[test]
fn what_the_metadata_gets_wrong_is_named() {
    let name = "positions-post-norm-qc.safetensors";
    let metadata = |key: &'static str, value: Value| {
        with_header(name, move |header| header["__metadata__"][key] = value)
    };
    let without = |key: &'static str| {
        with_header(name, move |header| {
            header["__metadata__"].as_object_mut().unwrap().remove(key);
        })
    };
    let whole = std::fs::read(data(name)).unwrap();
    let nan = {
        let mut bytes = whole.clone();
        let length = bytes.len();
        bytes[length - 4..].copy_from_slice(&f32::NAN.to_le_bytes());
        bytes
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    for (bytes, message) in [
        (
            without("counterproof-mapping"),
            "its metadata has no `counterproof-mapping`; --mapping FILE",
        ),
        (with_header(name, |h| h["__metadata__"] = Value::Null), "its metadata has no"),
        (metadata("counterproof-mapping", "nonsense".into()), "`counterproof-mapping`: mapping: "),
        (metadata("counterproof-mapping", "".into()), "`counterproof-mapping`: mapping: "),
        (
            metadata("counterproof-mapping", "[".repeat(100_000).into()),
            "`counterproof-mapping`: mapping: ",
        ),
        (
            metadata("counterproof-mapping", "x".repeat(1 << 21).into()),
            "at most 1048576 bytes, found 2097152",
        ),
        (
            metadata("counterproof-task", "sum".into()),
            "`counterproof-task`: expected one of qc, mfe, ",
        ),
        (metadata("counterproof-task", 3.into()), "invalid type: integer `3`, expected a string"),
        (
            with_mapping(|m| m["tokens"] = "absent".into()),
            "array `absent` (tokens): expected one of",
        ),
        (
            with_mapping(|m| m["norm"]["eps"] = "0".into()),
            "norm.eps: expected a number above 0, found 0",
        ),
        (
            with_mapping(|m| m["norm"]["eps"] = "little".into()),
            "norm.eps: expected a number such as",
        ),
        (
            with_mapping(|m| m["norm"] = "none".into()),
            "`norm.readout.bias`, array `norm.readout.weight`; map",
        ),
        (with_mapping(|m| attention(m)["heads"] = 3.into()), "3 heads of equal size"),
        (with_mapping(|m| attention(m)["heads"] = 0.into()), "heads: expected at least one"),
        (
            with_mapping(|m| {
                m["positions"] = "mlp.hidden.0.bias".into();
                m["ignored"] = serde_json::json!(["positions"]);
            }),
            "model.positions: expected [1, 4], found [1, 16]",
        ),
        (with_mapping(|m| m["extra"] = 1.into()), "unknown field `extra`"),
        (
            with_mapping(|m| m["tokens"] = serde_json::json!({"array": "embedding", "rows": []})),
            "expected m >= 1 rows",
        ),
        (whole[..whole.len() - 1].to_vec(), "expected"),
        (whole[..20].to_vec(), "expected the header of a .safetensors file"),
        (nan, "array `norm.readout.bias` (norm.bias): expected numbers, found NaN at row 3"),
        (
            with_text(
                r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}"#,
                &[0; 4],
            ),
            "found `a` twice",
        ),
    ] {
        std::fs::write(&path, &bytes).unwrap();
        let (code, record, error) = verify(&path, &["--n=2"]);
        assert_eq!((code, &record), (2, &Value::Null), "{error}");
        assert!(error.contains(message), "{error:?} does not say {message:?}");
        assert!(error.len() < 600 && error.trim_end().lines().count() == 1, "{error}");
    }
    let (code, _, error) = verify(&data(name), &["--n=7"]);
    assert_eq!(code, 2);
    assert!(
        error.contains("--n: expected at most 6, the number of the model's positions"),
        "{error}"
    );
    // a task that is given is not looked up, a mapping neither
    std::fs::write(&path, metadata("counterproof-task", "sum".into())).unwrap();
    assert_eq!(verify(&path, &["--n=2", "--task=qc"]).0, 1);
    std::fs::write(&path, metadata("counterproof-mapping", "nonsense".into())).unwrap();
    let mapping = folder.path().join("mapping.json");
    let header = with_header(name, |header| {
        let text = header["__metadata__"]["counterproof-mapping"].as_str().unwrap();
        std::fs::write(&mapping, text).unwrap();
    });
    assert!(!header.is_empty());
    let (code, given, _) = verify(&path, &["--n=2", "--mapping", mapping.to_str().unwrap()]);
    // the same but for the files that were read
    let found = |record: &Value| {
        let mut values = record["values"].as_object().unwrap().clone();
        let digests = ["sha256", "mapping_sha256"].map(|name| values.remove(name).is_some());
        (values, digests)
    };
    let (values, digests) = found(&given);
    assert_eq!((code, digests), (1, [true, true]));
    let (inside, digests) = found(&verify(&data(name), &["--n=2"]).1);
    assert_eq!((values, digests), (inside, [true, false]));
}

#[test]
fn the_smallest_sizes_are_decided() {
    // one token: the query is all there is; one position
    let one = with_mapping(|mapping| {
        mapping["tokens"] = serde_json::json!({"array": "embedding", "rows": [2]});
        mapping["positions"] = serde_json::json!({"array": "positions", "rows": "0:1"});
    });
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("one.safetensors");
    std::fs::write(&path, one).unwrap();
    for task in ["--task=qc", "--task=mfe"] {
        let (code, record, error) = verify(&path, &[task]);
        assert!(code < 2, "{error}");
        assert_eq!((&record["values"]["inputs"], &record["params"]["n"]), (&1.into(), &1.into()));
    }
    assert_eq!(verify(&path, &["--n=2"]).0, 2);
    // d = 1: the norm of one entry is its bias, whatever the entry
    let header = r#"{"__metadata__":{"counterproof-mapping":"MAPPING"},"e":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"w":{"dtype":"F32","shape":[1,1],"data_offsets":[8,12]},"v":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}}"#;
    let mapping = r#"{"format":"counterproof-mapping","version":2,"layout":"out-in","tokens":"e","bos":"none","positions":"none","layers":[{"attention":{"heads":1,"mixing":"softmax","causal":false,"residual":true,"norm":"none","query":{"weight":"w"},"key":{"weight":"w"},"value":{"weight":"w"},"output":{"weight":"w"}},"mlp":"none"}],"norm":{"kind":"layer","weight":"v","bias":"v","eps":"1/100000"},"reading":{"number":{"weight":"v"}},"read_at":"last"}"#;
    let header = header.replace("MAPPING", &mapping.replace('"', "\\\""));
    let numbers = [0.5f32, -0.25, 1.0, 1.0].iter().flat_map(|x| x.to_le_bytes());
    std::fs::write(&path, with_text(&header, &numbers.collect::<Vec<u8>>())).unwrap();
    // the output is 1, which is right where the query occurs once: 2 of 4
    let (code, record, error) = verify(&path, &["--n=2"]);
    assert_eq!(
        (code, &record["values"]["right"], &record["values"]["wrong"]),
        (1, &2.into(), &2.into()),
        "{error}{record}"
    );
}
