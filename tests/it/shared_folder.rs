//! Many processes write certificates to one folder, and none is lost.

use crate::support::program::rounds;
use assert_cmd::cargo::cargo_bin;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// Runs commands at the same time in a folder, each with a certificates folder in common; their records.
fn at_once(folder: &Path, commands: &[Vec<String>]) -> Vec<Value> {
    let start = |words: &Vec<String>| {
        let mut command = Command::new(cargo_bin!("counterproof"));
        let shared = ["--certificates", "shared", "--format", "json", "--threads", "1"];
        let command = command.current_dir(folder).args(words).args(shared);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let running: Vec<_> = commands.iter().map(start).collect();
    let mut records = Vec::new();
    for process in running {
        let output = process.wait_with_output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code().is_some_and(|code| code != 2), "{said}");
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        records.extend(document["records"].as_array().unwrap().iter().cloned());
    }
    records
}

fn words(command: &str) -> Vec<String> {
    command.split_whitespace().map(str::to_owned).collect()
}

/// The embedding in a certificate of a collision.
fn embedding(path: &Path) -> Value {
    let text = fs::read_to_string(path).unwrap();
    let certificate: Value = serde_json::from_str(&text).unwrap();
    certificate["data"]["collision"]["subject"]["embedding"].clone()
}

#[test]
fn random_searches_share_a_folder() {
    for round in 0..rounds(12) {
        let folder = tempfile::tempdir().unwrap();
        let seeds: Vec<u64> = (0..5).map(|k| 10 * round + k).collect();
        let search = |seed: &u64| {
            let sizes = "--embedding random --m 5 --d 2 --bound 9";
            words(&format!("search collision {sizes} --seed {seed}"))
        };
        let commands: Vec<_> = seeds.iter().map(search).collect();
        let records = at_once(folder.path(), &commands);
        let paths: BTreeSet<&str> =
            records.iter().map(|record| record["certificate"].as_str().unwrap()).collect();
        assert_eq!(paths.len(), seeds.len(), "a name for each");
        for (record, seed) in records.iter().zip(&seeds) {
            assert_eq!(record["params"]["seed"], *seed);
            assert_eq!(record["params"]["bound"], 9);
            let path = record["certificate"].as_str().unwrap();
            assert!(path.contains(&format!("-bound9-seed{seed}-")), "{path}");
        }
        let present = fs::read_dir(folder.path().join("shared")).unwrap();
        let present: Vec<_> = present.map(|file| file.unwrap().path()).collect();
        assert_eq!(present.len(), seeds.len(), "round {round}: {present:?}");
        let distinct: BTreeSet<String> =
            present.iter().map(|path| embedding(path).to_string()).collect();
        assert_eq!(distinct.len(), seeds.len(), "round {round}");
    }
}

#[test]
fn different_objects_of_one_name_do_not_overwrite_each_other() {
    let folder = tempfile::tempdir().unwrap();
    let mut commands = Vec::new();
    // `a/b.csv` and `a_b.csv` have one name as part of a file's name
    fs::create_dir(folder.path().join("a")).unwrap();
    for (name, text) in [("a/b.csv", "1,0\n0,1\n1,1\n2,3\n"), ("a_b.csv", "1,0\n0,1\n3,1\n2,5\n")] {
        fs::write(folder.path().join(name), text).unwrap();
        commands.push(words(&format!("search collision --embedding {name}")));
    }
    let records = at_once(folder.path(), &commands);
    for (record, expected) in records.iter().zip(["1", "3"]) {
        let path = folder.path().join(record["certificate"].as_str().unwrap());
        assert_eq!(embedding(&path)["rows"][2][0], expected);
        assert_eq!(record["values"]["sha256"].as_str().unwrap().len(), 64);
    }
    let before: BTreeSet<_> = names(&folder.path().join("shared"));
    assert_eq!(before.len(), 2);
    // once more: the same content keeps its name
    at_once(folder.path(), &commands[..1]);
    at_once(folder.path(), &commands);
    assert_eq!(names(&folder.path().join("shared")), before);
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[test]
fn a_cell_has_one_name_whoever_writes_it() {
    let folder = tempfile::tempdir().unwrap();
    let same = [
        [
            "verify uniform-collision --embedding random --m 4 --d 2 --bound 5 --seed 1",
            "verify uniform-collision --seed 1 --bound 5 --d 2 --m 4 --embedding random",
            "search collision --embedding random --m 4 --d 2 --bound 5 --seed 1",
        ],
        [
            "verify qc-histogram --n 3 --m 3",
            "verify qc-histogram --d 3 --m 3 --n 3 --embedding onehot --threshold 1",
            "verify qc-histogram --m 3 --n 3 --seed 9",
        ],
        [
            "verify qc-count-attend --n 4 --m 4",
            "verify qc-count-attend --m 4 --n 4 --inverter grid",
            "verify qc-count-attend --m 4 --inverter grid --n 4",
        ],
    ];
    for (k, commands) in same.iter().enumerate() {
        let commands: Vec<_> = commands.iter().map(|command| words(command)).collect();
        let records = at_once(folder.path(), &commands);
        assert_eq!(names(&folder.path().join("shared")).len(), k + 1, "{records:?}");
    }
    // `reproduce` calls them the same
    let mut reproduce = Command::new(cargo_bin!("counterproof"));
    let arguments = ["reproduce", "--quick", "--only", "welch,qc-count-attend", "--out", "out"];
    assert!(reproduce.current_dir(folder.path()).args(arguments).status().unwrap().success());
    let table = fs::read_to_string(folder.path().join("out/tables/welch.json")).unwrap();
    let table: Value = serde_json::from_str(&table).unwrap();
    let command = table["provenance"]["commands"][0].as_str().unwrap();
    let command = words(command.strip_prefix("counterproof ").unwrap());
    fs::remove_dir_all(folder.path().join("shared")).unwrap();
    at_once(folder.path(), &[command]);
    let written = names(&folder.path().join("shared"));
    let reproduced = names(&folder.path().join("out/certificates"));
    assert!(!written.is_empty() && written.is_subset(&reproduced), "{written:?} {reproduced:?}");
}

#[test]
fn what_was_found_before_a_limit_has_a_name_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    // a vocabulary for which the search does not end within a second
    let command = "search embedding --d 3 --m 9 --bound 9 --budget 1000000000 --time-limit 1";
    let records = at_once(folder.path(), &[words(command)]);
    assert_eq!(records[0]["verdict"], "undecided");
    assert_eq!(records[0]["params"]["budget"], 1_000_000_000);
    let Some(path) = records[0]["certificate"].as_str() else { return };
    assert!(path.contains("-seed0-partial"), "{path}");
    assert_eq!(names(&folder.path().join("shared")).len(), 1);
}

#[test]
fn what_is_left_open_decides_the_exit_status() {
    let folder = tempfile::tempdir().unwrap();
    // refuted at once for m = 4, d = 2, and open at a length that takes hours
    let run = |arguments: &str| {
        let mut command = Command::new(cargo_bin!("counterproof"));
        let output = command.current_dir(folder.path()).args(words(arguments)).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    };
    let refuted = "verify qc-histogram --n 4 --m 4 --d 2";
    assert_eq!(run(refuted).0, 1);
    let open = "verify qc-histogram --n 4,60 --m 4,12 --d 2,12 --time-limit 2";
    let (code, text) = run(open);
    assert!(text.contains("refuted,") && !text.contains(" 0 refuted"), "{text}");
    assert!(!text.contains(" 0 undecided"), "{text}");
    assert_eq!(code, 3, "{text}");
}
