//! Small files that are made to be slow, large or deadly to check: each is judged or named as not checked, in little memory, and
//! stops no other.

use std::process::Command;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/hostile");

/// In this many KiB of addresses, which the stacks of threads count to.
const ADDRESSES: u32 = 1_500_000;

/// Exit status, and `FILE: what it is` for each file.
fn judged(options: &str, files: &[&str]) -> (i32, Vec<String>) {
    let program = assert_cmd::cargo::cargo_bin!("counterproof");
    let limit =
        if cfg!(target_os = "linux") { ADDRESSES.to_string() } else { "unlimited".to_owned() };
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -v $0; exec \"$@\"", &limit]).arg(program).arg("check");
    let output =
        command.args(options.split_whitespace()).args(files).current_dir(FOLDER).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    let (out, err) = (text(&output.stdout), text(&output.stderr));
    let line = |file: &&str| {
        let all = out.lines().chain(err.lines()).map(|line| line.trim_start_matches("error: "));
        let found: Vec<&str> = all.filter(|line| line.starts_with(&format!("{file}: "))).collect();
        assert_eq!(found.len(), 1, "{file}: {out}{err}");
        found[0].to_owned()
    };
    (output.status.code().expect("no signal ends it"), files.iter().map(line).collect())
}

#[test]
fn each_is_judged_for_itself() {
    let expected = [
        ("no-tokens.json", "data.collision.subject.embedding: shape: expected at most"),
        ("zero-divisor.json", "invalid: data.inverse-width.grid.fails_at: expected"),
        ("one-token.json", "valid: "),
        ("linear-readout.json", "invalid: data.linear-readout.weights[0]: expected"),
        ("misreading.json", "valid refutation: "),
    ];
    let (status, lines) = judged("", &expected.map(|(file, _)| file));
    for ((file, what), line) in expected.iter().zip(&lines) {
        assert!(line.starts_with(&format!("{file}: {what}")), "{line}");
    }
    assert_eq!(status, 1);
}

#[test]
fn what_takes_too_long_is_named() {
    let files = [
        "long-gram-matrix.json",
        "long-two-layers.json",
        "long-readings.json",
        "long-inverse-width.json",
    ];
    let (status, lines) = judged("--time-limit 1", &files);
    for line in &lines {
        // valid on a machine that is fast enough
        let named = [": not checked: ", ": valid: "].iter().any(|what| line.contains(what));
        assert!(named, "{line}");
    }
    let left = lines.iter().any(|line| line.contains("not checked"));
    assert_eq!(status, if left { 3 } else { 0 });
}
