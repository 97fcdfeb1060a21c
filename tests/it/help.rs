//! `--help` of every command has examples, and every example runs; colours and tips.

use crate::support::endpoint::{Server, says};
use assert_cmd::Command;
use std::fs;
use std::path::Path;

fn counterproof(folder: &Path) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("counterproof"));
    command.current_dir(folder);
    command
}

fn help(command: &str) -> String {
    let output = counterproof(Path::new("."))
        .args(command.split_whitespace())
        .arg("--help")
        .output()
        .unwrap();
    assert!(output.status.success(), "{command}");
    String::from_utf8(output.stdout).unwrap()
}

/// Every command below `command`, and itself.
fn commands(command: &str) -> Vec<String> {
    let text = help(command);
    let listed = text.split("\nCommands:\n").nth(1).unwrap_or("");
    let names = listed.lines().take_while(|line| !line.is_empty());
    let mut all = vec![command.to_owned()];
    for name in names.filter(|line| line.starts_with("  ") && !line.starts_with("   ")) {
        let name = name.split_whitespace().next().unwrap();
        if name != "help" {
            all.extend(commands(format!("{command} {name}").trim()));
        }
    }
    all
}

#[test]
fn every_example_runs() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/netlib/afiro.mps");
    fs::copy(data, folder.join("program.mps")).unwrap();
    fs::write(folder.join("program.lp"), "Minimize\n x + y\nSubject To\n x + 2 y >= 3\nEnd\n")
        .unwrap();
    fs::write(folder.join("embedding.csv"), "1, 0\n0, 1\n0.5, 0.25\n-1/2, 1\n").unwrap();
    let first = [
        "verify qc-histogram --n 3 --m 2 --certificates certificates",
        "construct qc-histogram --n 6 --m 4 --out model.json",
    ];
    for line in first {
        assert!(counterproof(folder).args(line.split(' ')).output().unwrap().status.success());
    }
    let guide = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/guide.md");
    let guide = fs::read_to_string(guide).unwrap();

    // stands where the examples say that a model is
    let server = Server::new(|request| says(request, "3"));
    let all = commands("");
    assert!(all.len() >= 12, "{all:?}");
    for command in all {
        let text = help(&command);
        let examples = text.split("\nExamples:\n").nth(1).unwrap_or("").lines();
        let examples: Vec<&str> =
            examples.filter_map(|l| l.strip_prefix("  counterproof ")).collect();
        assert!(!examples.is_empty(), "`{command} --help` has no examples");
        let lines = text.split("\nExamples:\n").nth(1).unwrap_or("").trim_end().lines().count();
        assert_eq!(lines, examples.len(), "`{command} --help`: an example is too long for a line");
        for example in examples {
            if example.starts_with("reproduce") {
                // takes a while, and docs.rs runs what the guide shows
                assert!(guide.contains(&format!("\ncounterproof {example}\n")), "{example}");
                continue;
            }
            let mut arguments: Vec<String> = Vec::new();
            for word in example.split(' ') {
                if word == "http://127.0.0.1:8080" {
                    arguments.push(server.url.clone());
                } else if word == "certificates/*.json" {
                    let entries = fs::read_dir(folder.join("certificates")).unwrap();
                    arguments
                        .extend(entries.map(|entry| entry.unwrap().path().display().to_string()));
                } else {
                    arguments.push(word.to_owned());
                }
            }
            let output = counterproof(folder).args(arguments).output().unwrap();
            let stderr = String::from_utf8_lossy(&output.stderr);
            // a model that was trained for a moment only is refuted, as it should be
            assert!(matches!(output.status.code(), Some(0 | 1)), "`{example}`: {stderr}");
        }
    }
}

#[test]
fn every_page_fits_a_terminal_of_80_columns() {
    let all = commands("");
    assert!(all.len() >= 12, "{all:?}");
    for command in all.iter().map(String::as_str).chain(["verify welch", "verify T6"]) {
        let mut page = counterproof(Path::new("."));
        let page = page.args(command.split_whitespace()).arg("--help").env("COLUMNS", "80");
        let text = String::from_utf8(page.output().unwrap().stdout).unwrap();
        let broad = text.lines().find(|line| line.chars().count() > 80);
        assert_eq!(broad, None, "{command}");
    }
}

#[test]
fn colours_are_for_terminals_and_for_those_who_ask() {
    let printed = |arguments: &str, variables: &[(&str, &str)]| {
        let mut command = counterproof(Path::new("."));
        command.args(arguments.split(' '));
        for name in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
            command.env_remove(name);
        }
        let output = command.envs(variables.iter().copied()).output().unwrap();
        [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap())
    };
    let escape = '\u{1b}';
    for arguments in ["--help", "verify qc-histogram --n 2 --m 2", "verify --m", "check Cargo.toml"]
    {
        let plain = printed(arguments, &[]);
        let forced = printed(arguments, &[("CLICOLOR_FORCE", "1")]);
        assert!(!plain.concat().contains(escape), "{arguments}");
        assert!(forced.concat().contains(escape), "{arguments}");
        let stripped = forced.map(|text| anstream::adapter::strip_str(&text).to_string());
        assert_eq!(stripped, plain, "{arguments}");
        assert_eq!(printed(arguments, &[("NO_COLOR", "1")]), plain, "{arguments}");
        assert_eq!(printed(arguments, &[("CLICOLOR", "0")]), plain, "{arguments}");
    }
    // other formats are for programs
    let json = printed("verify qc-histogram --n 2 --m 2 --format json", &[("CLICOLOR_FORCE", "1")]);
    assert!(!json.concat().contains(escape));
}

#[test]
fn a_slip_is_answered_with_what_to_write() {
    for (arguments, tip) in [
        ("verfy", "'verify'"),
        ("verify qc-histogrm", "'qc-histogram'"),
        ("verify qc-histogram --fromat json", "'--format'"),
        ("verify qc-histogram --format jsn", "'json'"),
        ("verify qc-histogram --embedding onehto", "did you mean `onehot`?"),
        ("verify qc-count-attend --inverter gird", "'grid'"),
        ("verify --model m --task qcc", "'qc'"),
        ("train --m 3 --d 2 --norm pst", "'post'"),
        ("train --m 3 --d 2 --arm faitful", "'faithful'"),
        ("train --m 3 --d 2 --decay cosin", "'cosine'"),
        ("train --m -3 --d 2", "no number here may be negative"),
        ("sweep --task qc --d 2 --norm pst", "'post'"),
        ("phase --n 2-3", "write one whole number"),
        ("search collison", "'collision'"),
        ("search collision --embedding momnet --m 3 --d 1", "did you mean `moment`?"),
        ("lp x --syntax fixed", "'fixed-mps'"),
        ("ask --task leters", "'letters'"),
        ("ask --api complete", "'completions'"),
        ("ask --m 2", "--endpoint <URL>"),
        ("completions bsh", "'bash'"),
        ("verify", "`counterproof claims` lists the claims"),
        ("verify qc-histogram --threads 0", "expected 1 to 1024"),
        ("verify qc-histogram --n 5-2", "write 2-5"),
        ("verify qc-histogram --n 1-99999999999", "at most 100000 values"),
        ("verify qc-histogram --n", "write a range"),
        ("verify qc-histogram --n --m 3", "write a range"),
        ("verify qc-histogram --n 2 --n 3", "write all values at once"),
        ("verify qc-histogram --m 0", "expected 1 to 1024, found 0"),
        ("verify qc-histogram --m -3", "`-3` is not a whole number"),
        ("verify qc-histogram --seed -1", "`-1` is not a whole number"),
        ("construct qc-histogram --n 2-3 --m 2 --out x", "write one number"),
        ("search collision --embedding onehot --m 0", "expected 1 to 1024, found 0"),
        ("search collision --embedding moment --m 3 --d 1 --max-n 0", "expected at least 1"),
    ] {
        let output = counterproof(Path::new(".")).args(arguments.split(' ')).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{arguments}");
        assert_eq!(stderr.matches("error:").count(), 1, "{arguments}: {stderr}");
        assert!(stderr.contains(tip), "{arguments}: {stderr}");
    }
}
