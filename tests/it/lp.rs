//! `counterproof lp` from outside: exit status, output, certificates.

use assert_cmd::Command;
use std::path::{Path, PathBuf};

fn counterproof() -> Command {
    assert_cmd::cargo::cargo_bin_cmd!("counterproof")
}

fn netlib(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/netlib").join(name)
}

/// Exit status, output and messages.
type Ran = (Option<i32>, String, String);

fn run(command: &mut Command) -> Ran {
    let output = command.output().expect("it runs");
    let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
    (output.status.code(), text(output.stdout), text(output.stderr))
}

/// `counterproof lp` on `text`.
fn on_text(text: &str, more: &[&str]) -> Ran {
    run(counterproof().arg("lp").arg("-").args(more).write_stdin(text))
}

fn on_file(name: &str, more: &[&str]) -> Ran {
    run(counterproof().arg("lp").arg(netlib(name)).args(more))
}

fn check(path: &Path) -> Ran {
    run(counterproof().arg("check").arg(path))
}

#[test]
fn netlib_optimum_certificate_and_check() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("blend.json");
    let optimum =
        "-10443121751772688244793857993479840235857/338928695466753487149843750000000000000";
    let (code, out, _) =
        on_file("blend.mps", &["--format", "json", "--certificate", path.to_str().unwrap()]);
    assert_eq!(code, Some(0));
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    let record = &json["records"][0];
    assert_eq!(record["verdict"], "verified");
    assert_eq!(record["values"]["status"], "optimal");
    assert_eq!(record["values"]["optimum"], optimum);
    let (code, out, _) = check(&path);
    assert_eq!(code, Some(0));
    assert!(out.contains(&format!("has the minimum {optimum}")), "{out}");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replacen("\"rows\":74", "\"rows\":75", 1)).unwrap();
    assert_eq!(check(&path).0, Some(1));
}

/// The larger programs: what an independent exact solver found, and hardly a step after the basis that floats ended at.
#[test]
fn larger_programs_of_netlib() {
    let optima = std::fs::read_to_string(netlib("larger/optima.json")).unwrap();
    let optima: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&optima).unwrap();
    assert_eq!(optima.len(), 14);
    for (name, optimum) in optima {
        let file = format!("larger/{name}.gz");
        let (code, out, error) = on_file(&file, &["--format", "json", "--relax"]);
        assert_eq!(code, Some(0), "{name}: {error}");
        let json: serde_json::Value = serde_json::from_str(&out).unwrap();
        let record = &json["records"][0];
        assert_eq!(record["verdict"], "verified", "{name}");
        if optimum == "infeasible" {
            assert_eq!(record["values"]["status"], optimum, "{name}");
        } else {
            assert_eq!(record["values"]["status"], "optimal", "{name}");
            let text = record["values"]["optimum"].to_string();
            assert_eq!(text.trim_matches('"'), optimum.as_str().unwrap(), "{name}");
        }
    }
}

/// A layout of bars (12 by 5 nodes), whose optimum is degenerate: exact steps from a bad basis took 15 s.
#[test]
fn a_degenerate_truss_takes_no_exact_steps() {
    let optimum = "62720000989271873303572187518808040110858296658893/1296000025116247020249449070579467239125544565040";
    let (code, out, error) = on_file("truss-12x5.mps.gz", &["--syntax", "free-mps"]);
    assert_eq!(code, Some(0), "{error}");
    assert!(out.contains(optimum), "{out}");
}

#[test]
fn the_three_statuses_are_all_decided() {
    let optimal = "Maximize\n p: 3 x + 2 y\nSubject To\n a: x + y <= 7/2\n b: x <= 2\nEnd\n";
    let (code, out, _) = on_text(optimal, &["--syntax", "lp", "--solution"]);
    assert_eq!(code, Some(0));
    assert_eq!(out, "-: optimal\nmaximum: 9\nsolution:\n  x = 2\n  y = 3/2\n");
    let infeasible = "Minimize\n x\nSubject To\n up: x + y >= 3\n down: 2 x + 2 y <= 5\nEnd\n";
    let (code, out, _) = on_text(infeasible, &["--syntax", "lp", "--solution"]);
    assert_eq!(code, Some(0));
    assert!(out.starts_with("-: infeasible\nrows that contradict each other"), "{out}");
    assert!(out.contains("up = ") && out.contains("down = "), "{out}");
    let unbounded = "Maximize\n x\nSubject To\n a: x - y <= 1\nEnd\n";
    let (code, out, _) = on_text(unbounded, &["--syntax", "lp", "--solution"]);
    assert_eq!(code, Some(0));
    assert!(out.starts_with("-: unbounded\nray:\n"), "{out}");
}

#[test]
fn unusable_input_names_the_place() {
    let bad = "Maximize\n 3 x\nSubject To\n a: x + <= 4\nEnd\n";
    let (code, out, error) = on_text(bad, &["--syntax", "lp"]);
    assert_eq!((code, out.as_str()), (Some(2), ""));
    assert!(error.contains("-:4:9: expected a number or a name"), "{error}");
    let (code, _, error) = on_text(bad, &[]);
    assert_eq!(code, Some(2));
    assert!(error.contains("--syntax"), "{error}");
    let whole = "Maximize\n x\nSubject To\n a: 2 x <= 5\nIntegers\n x\nEnd\n";
    assert_eq!(on_text(whole, &["--syntax", "lp"]).0, Some(2));
    let (code, out, _) = on_text(whole, &["--syntax", "lp", "--relax"]);
    assert_eq!((code, out.as_str()), (Some(0), "-: optimal\nmaximum: 5/2\n"));
    assert_eq!(run(counterproof().args(["lp", "/nowhere/x.mps"])).0, Some(2));
    assert_eq!(on_file("afiro.mps", &["--syntax", "lp"]).0, Some(2));
}

#[test]
fn out_of_time_is_undecided() {
    let (code, out, _) = on_file("adlittle.mps", &["--time-limit", "0"]);
    assert_eq!(code, Some(3));
    assert!(out.contains("undecided"), "{out}");
}

#[test]
fn every_method_gives_the_same_optimum() {
    for method in ["auto", "exact", "float"] {
        let (code, out, _) = on_file("afiro.mps", &["--method", method]);
        assert_eq!(code, Some(0));
        assert!(out.ends_with("afiro.mps: optimal\nminimum: -406659/875\n"), "{out}");
    }
}

/// Modelling languages write names with quotation marks and backslashes, which no text of a certificate has.
#[test]
fn names_of_any_characters_are_certified() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c.json");
    let program = "NAME T\nROWS\n N cost\n G need\nCOLUMNS\n plant\\1 cost 2 need 1\n \"sud\"_50% cost 3 need 1\nRHS\n rhs need 4\nENDATA\n";
    let more =
        ["--syntax", "free-mps", "--solution", "--certificate", path.to_str().expect("a path")];
    let (status, out, err) = on_text(program, &more);
    assert_eq!((status, err.as_str()), (Some(0), ""), "{out}");
    assert!(out.contains("minimum: 8\n") && out.contains("  plant\\1 = 4\n"), "{out}");
    assert_eq!(check(&path).0, Some(0));
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(text.contains("\"plant%5C1\"") && text.contains("\"%22sud%22_50%25\""), "{text}");
}

/// Files that other programs write and read; where these disagree the place is named.
#[test]
fn files_of_other_programs() {
    let folder = tempfile::tempdir().unwrap();
    let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/lp");
    let all = [
        ("quote-in-column-name.mps", Some("3/2")),
        ("backslash-in-column-name.mps", Some("8")),
        ("lp-bounds-1e30.lp", None),
        ("mps-up-1e30.mps", None),
        ("lp-bounds-1e20.lp", None),
        ("mps-word-inf.mps", Some("-5")),
        ("lp-row-infinite-side.lp", Some("2")),
        ("integer-marker-default-bound.mps", Some("-6")),
        ("integer-marker-maximise.mps", Some("-2")),
        ("lp-name-comma-paren.lp", Some("9")),
        ("lp-name-hash-first.lp", Some("7")),
        ("lp-name-slash.lp", Some("8")),
        ("lp-name-utf8.lp", Some("8")),
        ("lp-name-brackets.lp", Some("9")),
        ("lp-empty-semi-section.lp", Some("9")),
        ("lp-no-end.lp", Some("9")),
        ("lp-bound-of-unused-variable.lp", Some("1")),
        ("mps-text-after-endata.mps", Some("-7")),
        ("mps-dollar-comment-fixed.mps", Some("1")),
        ("mps-bound-of-column-not-listed.mps", Some("8")),
        ("mps-objsense-unindented.mps", Some("-3")),
        ("mps-range-on-objective.mps", Some("-4")),
        ("mps-lower-case-sections.mps", Some("-7")),
        ("mps-gzip.mps.gz", Some("-7")),
    ];
    assert_eq!(std::fs::read_dir(&files).unwrap().count(), all.len());
    for (name, optimum) in all {
        let certificate = folder.path().join(name);
        let mut command = counterproof();
        command.arg("lp").arg(files.join(name)).arg("--certificate").arg(&certificate);
        if name.starts_with("integer-marker") {
            let (status, _, message) = run(counterproof().arg("lp").arg(files.join(name)));
            assert!(
                status == Some(2) && message.contains("can be relaxed on request"),
                "{name}: {message}"
            );
            command.arg("--relax");
        }
        let (status, output, message) = run(&mut command);
        match optimum {
            Some(optimum) => {
                assert_eq!(status, Some(0), "{name}: {message}");
                assert!(
                    output.lines().any(|line| line.ends_with(&format!("imum: {optimum}"))),
                    "{name}: {output}"
                );
                assert_eq!(check(&certificate).0, Some(0), "{name}");
            }
            None => {
                assert_eq!((status, output.as_str()), (Some(2), ""), "{name}");
                assert!(
                    message.contains("expected a number below 1e20 in size, or `inf`"),
                    "{name}: {message}"
                );
                assert!(message.contains(&format!("{name}:")), "{name}: {message}");
            }
        }
    }
}

/// Compressed files that are not whole, or too long when unpacked.
#[test]
fn compressed_files_are_bounded() {
    use flate2::{Compression, write::GzEncoder};
    use std::io::Write as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.mps.gz");
    let written = |length: usize| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(&vec![b'*'; length]).unwrap();
        encoder.finish().unwrap()
    };
    let mut cut = written(100);
    cut.truncate(20);
    std::fs::write(&path, cut).unwrap();
    let (status, _, message) = run(counterproof().arg("lp").arg(&path));
    assert!(status == Some(2) && message.contains("expected a whole file of gzip"), "{message}");
    std::fs::write(&path, written((64 << 20) + 1)).unwrap();
    let (status, _, message) = run(counterproof().arg("lp").arg(&path));
    assert!(status == Some(2) && message.contains("bytes when unpacked"), "{message}");
}

/// Klee and Minty's cubes, through all of whose vertices the rule of the largest reduced cost walks.
#[test]
fn cubes_of_klee_and_minty_end_at_once() {
    let sum = |terms: Vec<String>| terms.join(" + ");
    for n in [20u32, 40] {
        let objective = sum((0..n).map(|j| format!("{} x{j}", 1u128 << (n - 1 - j))).collect());
        let row = |i: u32| {
            let before = (0..i).map(|j| format!("{} x{j}", 1u128 << (i + 1 - j)));
            format!(
                " c{i}: {} <= {}",
                sum(before.chain([format!("x{i}")]).collect()),
                5u128.pow(i + 1)
            )
        };
        let rows: Vec<String> = (0..n).map(row).collect();
        let text = format!("Maximize\n obj: {objective}\nSubject To\n{}\nEnd\n", rows.join("\n"));
        let (status, output, message) = on_text(&text, &["--syntax", "lp", "--format", "json"]);
        assert_eq!(status, Some(0), "{message}");
        assert!(output.contains(&5u128.pow(n).to_string()), "{output}");
    }
}
