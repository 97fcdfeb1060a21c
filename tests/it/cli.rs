//! The command line as a user meets it: verdicts, exit status, formats, files, hostile input.

use crate::support::program::{run, run_anywhere};
use serde_json::Value;
use std::fs;

fn records(arguments: &str) -> (i32, Vec<Value>) {
    let (status, stdout, stderr) = run_anywhere(&format!("{arguments} --format json"));
    let document: Value = serde_json::from_str(&stdout).unwrap_or_else(|_| panic!("{stderr}"));
    assert_eq!(document["schema"], "counterproof/1");
    (status, document["records"].as_array().unwrap().clone())
}

#[test]
fn claims_are_verified_at_named_sizes() {
    for (arguments, cells) in [
        ("verify qc-histogram --n 1-6 --m 2-4 --d 4", 18),
        ("verify qc-histogram --n any --m 2-6", 5),
        ("verify qc-histogram --n any --m 4 --d 3-6", 4),
        ("verify mfe-histogram --n 1-5 --m 2-4", 15),
        ("verify mfe-histogram --n any --m 2-4 --d 4", 3),
        ("verify qc-count-attend --n 2-5 --m 4-6", 12),
        ("verify no-position --m 3 --n 4", 1),
        ("verify qc-histogram --embedding rotated --n 3 --m 3 --d 4 --seed 5", 1),
    ] {
        let (status, records) = records(arguments);
        assert_eq!((status, records.len()), (0, cells), "{arguments}");
        for record in records {
            assert_eq!(record["verdict"], "verified", "{record}");
            assert!(record["values"]["mlp_width"].is_u64(), "{record}");
            assert!(record["values"]["d"].is_u64() && record["values"]["exact"].is_boolean());
            assert!(record["certificate"].is_null() && record["seconds"].is_null());
        }
    }
    let (_, records) = records("verify qc-count-attend --n 12 --m 8");
    let values = &records[0]["values"];
    assert_eq!((&values["base"], &values["gap"]), (&5.into(), &2.into()));
    assert_eq!((&values["max_error"], &values["inputs"]), (&"11/25".into(), &254_592.into()));
}

#[test]
fn wrong_models_are_refuted_with_a_sequence() {
    for arguments in [
        "verify qc-histogram --threshold 9/10 --n 6 --m 3",
        "verify qc-histogram --n 4 --m 6 --d 4",
        "verify qc-histogram --n any --m 6 --d 4",
        "verify mfe-histogram --n 4 --m 5 --d 3",
        "verify qc-count-attend --n 12 --m 8 --base 4",
    ] {
        let (status, records) = records(arguments);
        assert_eq!(status, 1, "{arguments}");
        let values = &records[0]["values"];
        assert_eq!(records[0]["verdict"], "refuted");
        assert!(!values["sequence"].as_array().unwrap().is_empty());
        assert!(values["output"].is_string() && values["answer"].is_u64(), "{values}");
    }
}

#[test]
fn certificates_are_written_and_accepted() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, status) in [
        ("verify qc-histogram --n 3,any --m 3 --d 1-3", 2),
        ("verify qc-histogram --n 3 --m 3 --d 1-3 --certificates c", 1),
        ("verify mfe-histogram --n any --m 3 --certificates c", 0),
        ("verify qc-count-attend --n 4 --m 3 --certificates c", 0),
        ("verify no-position --n 3 --m 2 --certificates c", 0),
    ] {
        assert_eq!(run(folder.path(), arguments).0, status, "{arguments}");
    }
    let mut names: Vec<String> = fs::read_dir(folder.path().join("c"))
        .unwrap()
        .map(|entry| entry.unwrap().path().display().to_string())
        .collect();
    names.sort();
    assert_eq!(names.len(), 6);
    let (status, stdout, stderr) = run_anywhere(&format!("check {}", names.join(" ")));
    assert_eq!((status, stderr.as_str()), (0, ""), "{stdout}");
    assert!(stdout.contains("6 valid, 0 invalid"));

    // one altered byte
    let text = fs::read_to_string(&names[0]).unwrap().replacen("\"m\":3", "\"m\":4", 1);
    fs::write(&names[0], text).unwrap();
    let (status, stdout, stderr) = run_anywhere(&format!("check {}", names.join(" ")));
    assert_eq!(status, 1);
    assert!(stdout.contains("5 valid, 1 invalid") && stderr.contains("sha256"), "{stderr}");
}

#[test]
fn unusable_input_is_exit_2_with_one_message() {
    for (arguments, named) in [
        ("verify", "CLAIM"),
        ("verify nonsense", "nonsense"),
        ("verify qc-histogrm", "qc-histogram"),
        ("verify qc-histogram --n 0", "--n"),
        ("verify qc-histogram --n 5-2", "empty"),
        ("verify qc-histogram --n 1.5", "1.5"),
        ("verify qc-histogram --m 0", "--m"),
        ("verify qc-histogram --m 99999999 --d 99999999", "--m"),
        ("verify qc-histogram --m 18446744073709551616", "18446744073709551616"),
        ("verify qc-histogram --threshold 1/0", "zero"),
        ("verify qc-histogram --threshold one", "one"),
        ("verify qc-histogram --embedding onehot --m 4 --d 3", "--d"),
        ("verify qc-count-attend --n any --m 4", "any"),
        ("verify qc-count-attend --base 1", "--base"),
        ("verify qc-count-attend --threshold 1", "--threshold"),
        ("verify no-position --times 1", "--times"),
        ("verify no-position --models 0", "--models"),
        ("verify no-position --model /nonexistent", "/nonexistent"),
        ("verify qc-histogram --n 2 --m 2 --out /nonexistent/file", "/nonexistent"),
        ("verify qc-histogram --n 2 --m 2 --out /", "folder"),
        ("verify qc-histogram --format yaml", "markdown"),
        ("verify qc-histogram --threads 0", "1024"),
        ("verify qc-histogram --time-limit -1", "seconds"),
        ("check", "FILE"),
        ("check /nonexistent", "/nonexistent"),
        ("check Cargo.toml", "Cargo.toml"),
        ("check src", "src"),
        ("reproduce", "--out"),
        ("unknown", "unknown"),
    ] {
        let (status, stdout, stderr) = run_anywhere(arguments);
        assert_eq!(status, 2, "{arguments}: {stdout}{stderr}");
        assert!(stderr.contains(named), "{arguments}: expected {named} in {stderr}");
        assert!(!stderr.contains("panicked") && !stderr.contains("RUST_BACKTRACE"));
    }
}

#[test]
fn a_limit_leaves_cells_undecided_and_keeps_finished_ones() {
    let (status, records) = records("verify qc-histogram --n 2,60 --m 9 --time-limit 0.5");
    assert_eq!(status, 3);
    assert_eq!(records[0]["verdict"], "verified");
    assert_eq!(records[1]["verdict"], "undecided");
    assert!(records[1]["reason"].as_str().unwrap().contains("time limit"));
    let folder = tempfile::tempdir().unwrap();
    let arguments = "verify qc-histogram --n 2 --m 3 --time-limit 0 --certificates c";
    assert_eq!(run(folder.path(), arguments).0, 3);
    assert_eq!(fs::read_dir(folder.path().join("c")).unwrap().count(), 0);
}

#[cfg(unix)]
#[test]
fn an_interrupt_keeps_finished_cells() {
    let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin!("counterproof"))
        .args("verify qc-histogram --n 2,60 --m 9 --format json".split_whitespace())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_millis(700));
    let kill = std::process::Command::new("sh")
        .args(["-c", &format!("kill -INT {}", child.id())])
        .status()
        .unwrap();
    assert!(kill.success());
    let mut stdout = String::new();
    std::io::Read::read_to_string(child.stdout.as_mut().unwrap(), &mut stdout).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(3));
    let document: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(document["records"][0]["verdict"], "verified");
    assert_eq!(document["records"][1]["reason"], "interrupted");
}

#[test]
fn output_depends_on_the_command_only() {
    for arguments in [
        "verify qc-histogram --n 1-7 --m 3-5 --format json",
        "verify qc-histogram --n 6 --m 5 --d 3 --format csv",
        "verify mfe-histogram --n any --m 4 --format latex",
        "verify no-position --n 3 --m 3 --seed 9 --format markdown",
    ] {
        let one = run_anywhere(&format!("{arguments} --threads 1"));
        for threads in [2, 7] {
            assert_eq!(
                run_anywhere(&format!("{arguments} --threads {threads}")),
                one,
                "{arguments}"
            );
        }
    }
}

#[test]
fn records_are_sorted_in_the_order_of_the_options() {
    let sizes = |arguments: &str| -> Vec<(u64, u64)> {
        let of = |record: &Value| {
            let params = &record["params"];
            (params["n"].as_u64().unwrap(), params["m"].as_u64().unwrap())
        };
        records(arguments).1.iter().map(of).collect()
    };
    assert_eq!(sizes("verify qc-histogram --n 10,2 --m 3,2"), [(2, 2), (2, 3), (10, 2), (10, 3)]);
    assert_eq!(sizes("verify qc-histogram --m 3,2 --n 10,2"), [(2, 2), (10, 2), (2, 3), (10, 3)]);
}

#[test]
fn files_are_written_whole() {
    let folder = tempfile::tempdir().unwrap();
    let (status, stdout, _) =
        run(folder.path(), "verify qc-histogram --n 2 --m 2 --format csv --out table.csv");
    assert_eq!((status, stdout.as_str()), (0, ""));
    let table = fs::read_to_string(folder.path().join("table.csv")).unwrap();
    assert_eq!(
        table,
        "claim,n,m,d,verdict,inputs,mlp_width,mlp_depth,embedding,exact\n\
         qc-histogram,2,2,2,verified,4,2,1,onehot,true\n"
    );
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn formats_of_a_small_table() {
    for format in ["text", "csv", "markdown", "latex", "json"] {
        let arguments = "verify qc-count-attend --n 2-3 --m 4 --base 5/2";
        let (_, stdout, _) = run_anywhere(&format!("{arguments} --format {format}"));
        insta::assert_snapshot!(format!("attend-{format}"), stdout);
    }
}

#[test]
fn help_completions_and_manual() {
    assert!(run_anywhere("--help").1.contains("counterproof verify qc-histogram"));
    assert!(run_anywhere("completions bash").1.contains("_counterproof"));
    assert!(run_anywhere("man").1.contains(".TH counterproof"));
    assert!(run_anywhere("claims").1.contains("no-position"));
    assert_eq!(run_anywhere("claims --format json").0, 0);
}
