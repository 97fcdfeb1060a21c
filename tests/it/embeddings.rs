//! Token vectors of a file, in every claim that is about an embedding.

use crate::support::program::{Ended, records, run};
use counterproof::kernel::{Certificate, Clock};
use serde_json::Value;
use std::path::Path;

fn verify(folder: &Path, arguments: &str) -> Ended {
    run(folder, &format!("verify {arguments} --format json --certificates certificates"))
}

fn verified(folder: &Path, arguments: &str) -> Vec<Value> {
    records(&verify(folder, arguments))
}

/// Three dimensions, orthonormal, and none of them one-hot in order.
const TURNED: &str = "0, 0.6, 0.8\n1, 0, 0\n0, 0.8, -0.6\n";
/// On a line: `[0 1 3 7]`, which collides from length 4 on.
const LINE: &str = "0\n1\n3\n7\n";

#[test]
fn every_claim_takes_a_file_and_names_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("turned.csv"), TURNED).unwrap();
    for (claim, verdict) in [
        ("qc-histogram --n 3,4", "verified"),
        ("qc-histogram --n any", "verified"),
        ("mfe-histogram --n 3", "verified"),
        ("welch", "verified"),
        ("uniform-collision", "verified"),
        ("separation --n 3", "verified"),
        ("linear-readout --n 3", "refuted"),
    ] {
        for record in verified(folder.path(), &format!("{claim} --embedding turned.csv")) {
            assert_eq!(record["verdict"], verdict, "{claim}");
            let params = &record["params"];
            assert_eq!(params["embedding"], "turned.csv", "{claim}");
            assert_eq!((&params["m"], &params["d"]), (&3.into(), &3.into()), "{claim}");
            assert_eq!(record["values"]["sha256"].as_str().unwrap().len(), 64, "{claim}");
            let path = folder.path().join(record["certificate"].as_str().unwrap());
            let text = std::fs::read_to_string(path).unwrap();
            Certificate::parse(&text).unwrap().check(&Clock::unlimited()).unwrap();
            // the vectors themselves are in it
            assert!(text.contains("4/5") && text.contains("-3/5"), "{claim}");
        }
    }
}

#[test]
fn histograms_read_vectors_as_they_can() {
    let folder = tempfile::tempdir().unwrap();
    // affinely independent and not orthonormal: T1'
    std::fs::write(folder.path().join("affine.csv"), "2, 0\n0, 3\n5, 5\n").unwrap();
    std::fs::write(folder.path().join("line.csv"), LINE).unwrap();
    for (arguments, verdict) in [
        ("qc-histogram --embedding affine.csv --n 1-4", "verified"),
        ("mfe-histogram --embedding affine.csv --n 1-4", "verified"),
        ("qc-histogram --embedding line.csv --n 4", "refuted"),
        ("mfe-histogram --embedding line.csv --n 4", "refuted"),
    ] {
        for record in verified(folder.path(), arguments) {
            assert_eq!(record["verdict"], verdict, "{arguments}");
        }
    }
    let found = &verified(folder.path(), "uniform-collision --embedding line.csv")[0];
    assert_eq!(found["values"]["n_star"], 4);
}

/// A `.npy` file of 32-bit floats of this shape, as it is written by the library that the format is of.
fn npy(shape: &str, values: &[f32]) -> Vec<u8> {
    let header = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}");
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    let padded = format!("{header:<117}\n");
    bytes.extend((padded.len() as u16).to_le_bytes());
    bytes.extend(padded.into_bytes());
    bytes.extend(values.iter().flat_map(|value| value.to_le_bytes()));
    bytes
}

#[test]
fn floats_are_the_rationals_that_they_denote() {
    let folder = tempfile::tempdir().unwrap();
    let values = [0.0, 1.0, 0.5, 0.25, -1.0, 2.0];
    std::fs::write(folder.path().join("v.npy"), npy("(3, 2)", &values)).unwrap();
    std::fs::write(folder.path().join("v.csv"), "0,1\n0.5,0.25\n-1,2\n").unwrap();
    let values = |spec: &str| {
        let arguments = format!("separation --n 2,5 --embedding {spec}");
        let of =
            |record: &Value| (record["values"]["delta"].clone(), record["values"]["c"].clone());
        verified(folder.path(), &arguments).iter().map(of).collect::<Vec<_>>()
    };
    assert_eq!(values("v.npy"), values("v.csv"));
}

/// A matrix of more tokens than any claim takes: some of them, or the two that are most alike.
#[test]
fn few_of_many_tokens_are_taken() {
    let (m, d) = (1500, 6);
    // numbers without a pattern, and one pair that is nearly parallel
    let mut state = 7u32;
    let mut values: Vec<f32> = (0..m * d)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 20) as f32 / 2048.0 - 1.0
        })
        .collect();
    for j in 0..d {
        values[1300 * d + j] = -3.0 * values[17 * d + j];
    }
    values[1300 * d] += 0.001;
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("many.npy", &npy(&format!("({m}, {d})"), &values));
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let header = format!(
        r#"{{"bias":{{"dtype":"F32","shape":[1],"data_offsets":[0,4]}},"wte":{{"dtype":"F32","shape":[{m},{d}],"data_offsets":[4,{}]}}}}"#,
        bytes.len() + 4
    );
    let start = (header.len() as u64).to_le_bytes();
    write("many.safetensors", &[&start[..], header.as_bytes(), &[0; 4], &bytes].concat());
    let few = values[..40 * d].chunks(d).map(|row| format!("{row:?}\n"));
    write("few.csv", few.collect::<String>().replace(['[', ']'], "").as_bytes());

    let worst = |arguments: &str| {
        let [record] = &verified(folder.path(), &format!("welch {arguments}"))[..] else {
            panic!("one cell")
        };
        record.clone()
    };
    let one = worst("--embedding many.npy --tokens worst --threads 1");
    assert_eq!((&one["params"]["tokens"], &one["params"]["m"]), (&"17,1300".into(), &2.into()));
    assert_eq!(one["values"]["sequence"], "0*1 1");
    let three = worst("--embedding many.npy --tokens worst --threads 3");
    assert_eq!(one["values"], three["values"]);
    let named = worst("--embedding many.safetensors --array wte --tokens 17,1300");
    assert_eq!(named["values"]["mu_squared"], one["values"]["mu_squared"]);
    assert_eq!(named["params"]["array"], "wte");
    // of few, all pairs by the claim itself
    let (few, all) = (worst("--embedding few.csv --tokens worst"), worst("--embedding few.csv"));
    assert_eq!(few["values"]["mu_squared"], all["values"]["mu_squared"]);
    // other questions about chosen tokens
    let found =
        &verified(folder.path(), "uniform-collision --embedding many.npy --tokens 3-7,90")[0];
    assert_eq!(
        (&found["params"]["m"], &found["params"]["tokens"]),
        (&6.into(), &"3,4,5,6,7,90".into())
    );
    let ended = run(folder.path(), "search collision --embedding many.npy --tokens 3-7,90");
    assert!(ended.0 == 0 && ended.1.contains("3,4,5,6,7,90"), "{}", ended.2);

    for (arguments, message) in [
        ("welch --embedding many.npy", "expected at most 1024 tokens, found 1500; --tokens takes"),
        ("welch --embedding many.npy --tokens 1500", "expected tokens below 1500, found 1500"),
        ("welch --embedding many.npy --array wte", "`wte`: expected no name"),
        ("welch --embedding many.safetensors", "or the name of one of bias, wte"),
        ("welch --embedding few.csv --array wte", "--array: few.csv has none"),
        ("welch --embedding random --tokens worst", "--tokens: not with `random`"),
        ("welch --embedding many.npy --tokens best", "2,4,8-12, or worst"),
        ("welch --tokens 1,2", "--embedding"),
    ] {
        let (status, _, told) = verify(folder.path(), arguments);
        assert_eq!(status, 2, "{arguments}: {told}");
        assert!(told.contains(message), "{arguments}: {told}");
    }
}

#[test]
fn what_a_file_cannot_be_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
    write("line.csv", LINE.as_bytes());
    write("nan.npy", &npy("(2, 1)", &[0.0, f32::NAN]));
    write("flat.npy", &npy("(2,)", &[0.0, 1.0]));
    write("zero.csv", b"0, 0\n1, 1\n");
    for (arguments, message) in [
        ("separation --embedding line.csv --m 4", "--m: expected none beside --embedding line.csv"),
        ("separation --embedding line.csv --bound 4", "--bound: expected none beside --embedding"),
        ("separation --embedding none.csv", "--embedding none.csv: there is no such file"),
        ("separation --embedding momnet", "did you mean `moment`?"),
        ("separation --embedding nan.npy", "`nan.npy[1, 0]`: expected a finite number"),
        ("separation --embedding flat.npy", "an array of two dimensions, found [2]"),
        ("welch --embedding zero.csv", "found token 0 with the zero vector"),
        ("token-mixing --embedding line.csv", "expected a family by its name, found line.csv"),
    ] {
        let (status, _, told) = verify(folder.path(), arguments);
        assert_eq!(status, 2, "{arguments}: {told}");
        assert!(told.contains(message), "{arguments}: {told}");
    }
}

#[test]
fn several_tasks_and_bases_are_cells() {
    let folder = tempfile::tempdir().unwrap();
    let found = verified(folder.path(), "qc-count-attend --n 2 --m 4 --base 3/2,3-4");
    let bases: Vec<&Value> = found.iter().map(|record| &record["params"]["base"]).collect();
    assert_eq!(bases, ["3/2", "3", "4"]);
    let made = run(folder.path(), "construct qc-histogram --n 3 --m 2 --out model.json");
    assert_eq!(made.0, 0, "{}", made.2);
    let found = verified(folder.path(), "--model model.json --n 3 --task qc,mfe");
    let answers: Vec<_> =
        found.iter().map(|record| (&record["params"]["task"], &record["verdict"])).collect();
    assert_eq!(answers, [(&"mfe".into(), &"refuted".into()), (&"qc".into(), &"verified".into())]);
    let (.., told) = verify(folder.path(), "--model model.json --n 3 --task qc,qc");
    assert!(told.contains("qc is named twice"));
}
