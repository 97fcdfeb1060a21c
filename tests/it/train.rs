//! Training one model from the command line: the same bytes after any interruption, models that the verifier reads.

use crate::support::program::run;
use serde_json::Value;
use std::fs;
use std::path::Path;

fn table(folder: &Path, arguments: &str) -> Value {
    let (status, stdout, stderr) = run(folder, &format!("{arguments} --format json"));
    assert_eq!(status, 0, "{arguments}: {stderr}");
    serde_json::from_str::<Vec<Value>>(&stdout).unwrap().remove(0)
}

#[test]
fn an_interrupted_run_goes_on_to_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let common = "train --m 3 --d 4 --arm optimised --steps 4000 --checkpoint-every 500";
    let whole = run(path, &format!("{common} --checkpoint whole.state --export whole.safetensors"));
    // there is nothing left to do, and the same to say
    assert_eq!(run(path, &format!("{common} --checkpoint whole.state")), whole);
    // cut short by a limit, again and again
    let cut = format!("{common} --checkpoint cut.state --export cut.safetensors");
    let mut cuts = 0;
    let finished = loop {
        let result = run(path, &format!("{cut} --time-limit 0.01"));
        if result.0 == 0 {
            break result;
        }
        assert_eq!(result.0, 3, "{}", result.2);
        assert!(!path.join("cut.safetensors").exists(), "an unfinished model was exported");
        cuts += 1;
        if cuts > 200 {
            break run(path, &cut);
        }
    };
    assert!(cuts > 0, "never cut");
    assert_eq!(whole, finished);
    for name in ["state", "safetensors"] {
        let read = |stem: &str| fs::read(path.join(format!("{stem}.{name}"))).unwrap();
        assert_eq!(read("whole"), read("cut"), "{name}");
    }
}

#[test]
fn a_checkpoint_of_another_run_or_a_damaged_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let common = "train --m 3 --steps 20 --checkpoint run.state";
    let run_small = |path: &Path, arguments: &str| {
        let d = if arguments.contains("--d ") { "" } else { " --d 4" };
        run(path, &format!("{arguments}{d}"))
    };
    assert_eq!(run_small(path, common).0, 0);
    for (other, difference) in [
        ("--seed 1", "its `seed` is 0, not 1;"),
        ("--rate 0.01", "its `rate` is 0.0001, not 0.01;"),
        ("--norm pre", "its `norm` is post, not pre;"),
        ("--n 7", "its `n` is 30, not 7;"),
        (
            "--task mfe --d 2",
            "its `d` is 4, not 2, its `hidden` is [16], not [8], its `task` is query-count, not",
        ),
    ] {
        let (status, _, stderr) = run_small(path, &format!("{common} {other}"));
        assert_eq!(status, 2, "{other}");
        assert!(stderr.contains("run.state") && stderr.contains("another run"), "{stderr}");
        assert!(stderr.contains(difference), "{stderr}");
    }
    let bytes = fs::read(path.join("run.state")).unwrap();
    for length in [0, 7, 8, 100, bytes.len() / 2, bytes.len() - 1] {
        fs::write(path.join("run.state"), &bytes[..length]).unwrap();
        let (status, _, stderr) = run_small(path, common);
        assert_eq!((status, stderr.lines().count()), (2, 1), "{length}: {stderr}");
    }
    let mut damaged = bytes.clone();
    let last = damaged.len() - 4;
    damaged[last..].copy_from_slice(&f32::NAN.to_le_bytes());
    fs::write(path.join("run.state"), damaged).unwrap();
    assert_eq!(run_small(path, common).0, 2);
}

#[test]
fn nonsense_gets_one_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::create_dir(path.join("folder")).unwrap();
    for (arguments, part) in [
        ("--m 0 --d 4", "m: expected 1 to"),
        ("--m 4 --d 0", "d: expected 1 to"),
        ("--m 4 --d 4 --n 0", "n: expected 1 to"),
        ("--m 4 --d 4 --count 0", "n: expected 1 to"),
        ("--m 30000 --d 4", "n: expected 1 to"),
        ("--m 4 --d 5 --heads 2", "heads: expected a divisor of d = 5"),
        ("--m 4 --d 4 --hidden 4,0", "hidden: expected 1 to"),
        ("--m 4 --d 4 --hidden 4,x", "numbers separated by commas"),
        ("--m 9 --d 30000 --hidden 9", "a model of at most"),
        ("--m 4 --d 4 --rate 0", "rate: expected a number above 0"),
        ("--m 4 --d 4 --rate -1", "rate: expected a number above 0"),
        ("--m 4 --d 4 --rate nan", "rate: expected a number above 0"),
        ("--m 4 --d 4 --clip inf", "clip: expected a number above 0"),
        ("--m 4 --d 4 --batch 0", "batch: expected 1 to"),
        ("--m 4 --d 4 --embedding-scale -1", "embedding-scale: expected a number from 0"),
        ("--m 4 --d 4 --warm-up 11", "warm-up: expected at most the 10 steps"),
        ("--m 4 --d 4 --held-out 0", "0 is not in"),
        ("--m 4 --d 4 --norm batch", "[possible values: post, pre, none]"),
        ("--m 4 --d 4 --arm best", "[possible values: faithful, optimised]"),
        ("--m 4 --d 4 --export folder", "--export: expected FILE.safetensors, found folder"),
        ("--m 4 --d 4 --export no/model.safetensors", "--export: there is no folder no"),
        ("--m 4 --d 4 --checkpoint folder", "is a folder"),
        ("--m 4 --d 4 --plot no/loss.svg", "--plot: there is no folder no"),
        ("--m 4 --d 4 --plot loss.gif", "--plot"),
        ("--m 4 --d 4 --n 5 --count 3", "cannot be used with"),
    ] {
        let (status, stdout, stderr) = run(path, &format!("train --steps 10 {arguments}"));
        assert_eq!((status, stdout.as_str()), (2, ""), "{arguments}");
        assert!(stderr.contains(part), "{arguments}: {stderr}");
    }
}

#[test]
fn a_run_that_leaves_the_numbers_says_so() {
    let folder = tempfile::tempdir().unwrap();
    // a step of one with unnormalised embeddings of size 1000 and no norm
    let arguments = "train --m 3 --d 4 --norm none --rate 1 --embedding-scale 1000 \
                     --position-scale 1000 --steps 5000 --targets raw --export bad.safetensors";
    let (status, stdout, _) = run(folder.path(), arguments);
    assert_eq!(status, 1, "{stdout}");
    let health = stdout.lines().find(|line| line.starts_with("health")).unwrap();
    assert!(health.ends_with("diverged"), "{stdout}");
}

#[test]
fn a_mapped_export_has_the_accuracy_that_was_measured() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    for (options, inputs) in [
        ("--m 2 --d 4 --n 4", 16),
        ("--m 3 --d 4 --n 3 --norm pre --heads 2", 27),
        ("--m 3 --d 4 --n 4 --norm none --no-positions", 81),
        ("--m 2 --d 2 --n 3 --hidden none", 8),
        ("--m 2 --d 3 --n 4 --hidden 5,3 --norm pre --task mfe", 16),
    ] {
        let arguments = format!(
            "train {options} --arm optimised --steps 1500 --export model.safetensors --held-out 65536"
        );
        let measured = table(path, &arguments)["accuracy"].as_f64().unwrap();
        let bytes = fs::read(path.join("model.safetensors")).unwrap();
        let length = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        let header: Value = serde_json::from_slice(&bytes[8..8 + length]).unwrap();
        let metadata = &header["__metadata__"];
        let mapping = metadata["counterproof-mapping"].as_str().unwrap();
        fs::write(path.join("mapping.json"), mapping).unwrap();
        let n = table(path, &arguments)["n"].as_u64().unwrap();
        let task = metadata["counterproof-task"].as_str().unwrap();
        let (status, stdout, stderr) = run(
            path,
            &format!(
                "verify --model model.safetensors --mapping mapping.json --n {n} --task {task} --format json"
            ),
        );
        assert!(status < 2, "{stderr}");
        let document: Value = serde_json::from_str(&stdout).unwrap();
        let values = &document["records"][0]["values"];
        assert_eq!(values["inputs"], inputs, "{options}");
        let certified: Vec<f64> = values["accuracy"]
            .as_str()
            .map_or(vec![1.0], |text| text.split('/').map(|part| part.parse().unwrap()).collect());
        let certified = certified[0] / certified.get(1).unwrap_or(&1.0);
        // 65,536 sequences: 0.01 is more than five standard deviations
        assert!((certified - measured).abs() < 0.01, "{options}: {certified} {measured}");
    }
}
