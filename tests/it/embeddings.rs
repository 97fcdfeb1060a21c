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
