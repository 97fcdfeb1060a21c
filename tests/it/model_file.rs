//! Models written to a file and read back get the verdicts of the claims they come from.

use assert_cmd::Command;
use counterproof::kernel::Certificate;
use counterproof::kernel::Clock;
use serde_json::Value;
use std::path::Path;

fn run(arguments: &[&str]) -> (i32, String, String) {
    let output = Command::new(assert_cmd::cargo::cargo_bin!()).args(arguments).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn construct(folder: &Path, claim: &str, options: &[&str]) -> String {
    let path = folder.join(format!("{claim}{}.json", options.join(""))).display().to_string();
    let mut arguments = vec!["construct", claim, "--out", &path];
    arguments.extend(options);
    let (code, _, error) = run(&arguments);
    assert_eq!(code, 0, "{error}");
    path
}

fn verify(path: &str, options: &[&str]) -> (i32, Value) {
    let mut arguments = vec!["verify", "--model", path, "--format", "json"];
    arguments.extend(options);
    let (code, text, error) = run(&arguments);
    assert!(code < 2, "{error}");
    (code, serde_json::from_str(&text).unwrap())
}

#[test]
fn our_constructions_are_decided_like_anyone_elses() {
    let folder = tempfile::tempdir().unwrap();
    for (claim, options, task, exact) in [
        ("qc-histogram", vec!["--n=6", "--m=4"], "qc", true),
        ("qc-histogram", vec!["--n=5", "--m=4", "--d=3"], "qc", true),
        ("qc-histogram", vec!["--n=5", "--m=3", "--d=5", "--embedding=rotated"], "qc", true),
        ("mfe-histogram", vec!["--n=6", "--m=3"], "mfe", true),
        ("qc-count-attend", vec!["--n=5", "--m=6"], "qc", false),
    ] {
        let path = construct(folder.path(), claim, &options);
        let certificates = folder.path().join("certificates").display().to_string();
        let (code, document) =
            verify(&path, &[options[0], "--task", task, "--certificates", &certificates]);
        let record = &document["records"][0];
        assert_eq!((code, record["verdict"].as_str()), (0, Some("verified")), "{record}");
        assert_eq!(record["values"]["exact"], exact, "{record}");
        let certificate = record["certificate"].as_str().unwrap();
        let text = std::fs::read_to_string(certificate).unwrap();
        assert!(Certificate::parse(&text).unwrap().check(&Clock::unlimited()).is_ok());
        assert_eq!(run(&["check", certificate]).0, 0);
    }
    // the histogram of one task does not solve the other
    let path = construct(folder.path(), "qc-histogram", &["--n=4", "--m=3"]);
    let (code, document) = verify(&path, &["--n=4", "--task=mfe"]);
    assert_eq!((code, document["records"][0]["verdict"].as_str()), (1, Some("refuted")));
}

#[test]
fn a_weight_off_by_one_in_10_to_the_12_loses_exactness_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = construct(folder.path(), "qc-histogram", &["--n=6", "--m=3"]);
    let mut model: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let entry = &mut model["model"]["mlp"]["hidden"][0]["weight"]["rows"][1][1];
    assert_eq!(*entry, "1");
    *entry = "1000000000001/1000000000000".into();
    let perturbed = folder.path().join("perturbed.json");
    std::fs::write(&perturbed, model.to_string()).unwrap();
    let (code, document) = verify(&perturbed.display().to_string(), &["--n=6"]);
    let record = &document["records"][0];
    assert_eq!((code, record["verdict"].as_str()), (0, Some("verified")));
    assert_eq!(record["values"]["exact"], false);
    // at q = 1, c_q = 6 the unit sees 2 (1 + 10^-12) - 1
    assert_eq!(record["values"]["max_error"], "3/250000000000", "{record}");
}

#[test]
fn unusable_files_are_named_and_exit_2() {
    let folder = tempfile::tempdir().unwrap();
    let path = construct(folder.path(), "qc-count-attend", &["--n=3", "--m=4"]);
    let wrong = folder.path().join("wrong.json").display().to_string();
    std::fs::write(&wrong, "{\"format\": \"counterproof-model\"").unwrap();
    for (arguments, message) in [
        (vec!["verify", "--model", &path, "--n", "4"], "--n: expected 3"),
        (vec!["verify", "--model", &wrong], "wrong.json:1:31: expected JSON"),
        (vec!["verify", "--model", "absent.json"], "absent.json: cannot read"),
        (vec!["verify", "--model", &path, "--task", "sum"], "expected one of qc, mfe, histogram"),
        (vec!["verify", "--model", &path, "--d", "4"], "--d: model has no such option"),
        (vec!["construct", "no-position", "--n", "3", "--m", "4", "--out", &wrong], "no-position"),
        (vec!["verify"], "CLAIM"),
    ] {
        let (code, _, error) = run(&arguments);
        assert_eq!(code, 2, "{arguments:?}: {error}");
        assert!(error.contains(message), "{error:?} does not say {message:?}");
    }
}
