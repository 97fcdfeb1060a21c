//! Every command shown in the README and in docs/ runs, and what they show is what is printed.
//!
//! A document is read from top to bottom, in a folder of its own that has `docs/data/` and the files below `examples/` and `tests/` that
//! a command names. A block with a file name (```` ```csv embedding.csv ````)
//! is written to that file. Of `sh` blocks the lines that start with `counterproof` are run. A `console` block has
//! commands after `$ ` and what they print: standard output, then standard error. What needs other programs
//! (`bash` blocks, `python3` in `console` blocks) is left to an ignored test, which CI runs where they are installed.

use crate::support::data;
use assert_cmd::Command;
use std::path::{Path, PathBuf};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The README and `docs/*.md`, by path.
fn documents() -> Vec<PathBuf> {
    let docs = std::fs::read_dir(Path::new(ROOT).join("docs")).unwrap();
    let mut paths: Vec<PathBuf> = docs.map(|entry| entry.unwrap().path()).collect();
    paths.push(Path::new(ROOT).join("README.md"));
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    paths.sort();
    paths
}

/// A fenced block: what stands after the opening backquotes, and the lines.
struct Block {
    info: String,
    lines: Vec<String>,
}

fn blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if let Some(info) = line.strip_prefix("```") {
            let lines = lines.by_ref().take_while(|line| *line != "```").map(str::to_owned);
            blocks.push(Block { info: info.trim().to_owned(), lines: lines.collect() });
        }
    }
    blocks
}

/// The words of a command, in which quotation marks hold some together.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (index, part) in command.split('\'').enumerate() {
        match index % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

/// The arguments of a command; `folder/*.json` stands for the files there, as in a shell.
fn arguments(folder: &Path, command: &str) -> Vec<String> {
    let mut arguments = Vec::new();
    for word in words(command) {
        let Some((place, ending)) = word.split_once("/*") else {
            arguments.push(word);
            continue;
        };
        let entries = std::fs::read_dir(folder.join(place)).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.filter(|name| name.ends_with(ending)).collect();
        names.sort();
        arguments.extend(names.into_iter().map(|name| format!("{place}/{name}")));
    }
    arguments
}

/// Runs `counterproof ..`: the exit status, and what is printed to both streams.
fn run(folder: &Path, command: &str) -> (i32, String, String) {
    let words = command.split(" #").next().unwrap().trim().strip_prefix("counterproof ").unwrap();
    let arguments = arguments(folder, words);
    let ours = |word: &&String| word.starts_with("examples/") || word.starts_with("tests/");
    for file in arguments.iter().filter(ours) {
        std::fs::create_dir_all(folder.join(file).parent().unwrap()).unwrap();
        std::fs::copy(Path::new(ROOT).join(file), folder.join(file)).unwrap();
    }
    let output = Command::new(assert_cmd::cargo::cargo_bin!("counterproof"))
        .current_dir(folder)
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// Runs a script with other programs, `counterproof` being on the path; it has to succeed.
fn run_script(folder: &Path, script: &str) -> String {
    let program = assert_cmd::cargo::cargo_bin!("counterproof");
    let known = std::env::var_os("PATH").unwrap_or_default();
    let mut path = vec![program.parent().unwrap().to_owned()];
    path.extend(std::env::split_paths(&known));
    let output = Command::new("bash")
        .current_dir(folder)
        .env("PATH", std::env::join_paths(path).unwrap())
        .args(["-euo", "pipefail", "-c", script])
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{script}: {} {stderr}", output.status);
    String::from_utf8(output.stdout).unwrap()
}

/// The commands of a `console` block with what is shown below each.
fn session(block: &Block) -> Vec<(String, String)> {
    let mut shown: Vec<(String, String)> = Vec::new();
    for line in &block.lines {
        match line.strip_prefix("$ ") {
            Some(command) => shown.push((command.to_owned(), String::new())),
            None => shown.last_mut().unwrap().1 += &(line.clone() + "\n"),
        }
    }
    shown
}

/// What was run: lines of `sh` blocks, commands of `console` blocks, and what needs other programs.
#[derive(Default)]
struct Ran {
    lines: usize,
    sessions: usize,
    scripts: usize,
}

/// Follows one document; `others` says whether to run what needs other programs.
fn follow(path: &Path, others: bool, ran: &mut Ran) {
    let folder = tempfile::tempdir().unwrap();
    let (folder, name) = (folder.path(), path.display());
    data::copy_to(folder);
    for block in blocks(&std::fs::read_to_string(path).unwrap()) {
        match block.info.split_once(' ') {
            Some((_, file)) => {
                std::fs::write(folder.join(file), block.lines.join("\n") + "\n").unwrap();
            }
            None if block.info == "sh" => {
                for line in block.lines.iter().filter(|line| line.starts_with("counterproof ")) {
                    let (status, _, stderr) = run(folder, line);
                    assert!(status < 2, "{name}: `{line}` exits {status}: {stderr}");
                    ran.lines += 1;
                }
            }
            None if block.info == "console" => {
                for (command, expected) in session(&block) {
                    let printed = if command.starts_with("counterproof ") {
                        let (_, stdout, stderr) = run(folder, &command);
                        ran.sessions += 1;
                        stdout + &stderr
                    } else if others {
                        ran.scripts += 1;
                        run_script(folder, &command)
                    } else {
                        continue;
                    };
                    assert_eq!(printed.trim_end(), expected.trim_end(), "{name}: {command}");
                }
            }
            None if block.info == "bash" && others => {
                run_script(folder, &block.lines.join("\n"));
                ran.scripts += 1;
            }
            None => {}
        }
    }
}

#[test]
fn documents_can_be_followed() {
    let mut ran = Ran::default();
    for path in documents() {
        follow(&path, false, &mut ran);
    }
    assert!(ran.lines >= 25 && ran.sessions >= 15, "{} and {}", ran.lines, ran.sessions);
}

#[test]
#[ignore = "needs bash, python3, jq and GNU parallel: .ci/run documents"]
fn documents_can_be_followed_with_other_programs() {
    let mut ran = Ran::default();
    for name in ["docs/guide.md", "docs/tutorial.md"] {
        follow(&Path::new(ROOT).join(name), true, &mut ran);
    }
    // the scripts for Slurm are files, which `.ci/run slurm` runs
    assert!(ran.scripts >= 3, "only {} scripts were found", ran.scripts);
}

#[test]
fn documented_thresholds_are_those_of_the_measurements() {
    let text = std::fs::read_to_string(Path::new(ROOT).join("docs/training.md")).unwrap();
    for name in ["qc", "qc-long", "mfe"] {
        let merge = format!("counterproof merge docs/data/thresholds-{name}.jsonl --format json");
        let (status, printed, stderr) = run(Path::new(ROOT), &merge);
        assert_eq!(status, 0, "{stderr}");
        let table: serde_json::Value = serde_json::from_str(&printed).unwrap();
        let mut rows: std::collections::BTreeMap<u64, String> = std::collections::BTreeMap::new();
        for row in table["measured"]["thresholds"].as_array().unwrap() {
            let d = row["d"].as_u64().unwrap();
            let cell = format!(" {} ({} to {}) |", row["m_thr"], row["least"], row["largest"]);
            let shown = |value: &serde_json::Value| {
                value.as_f64().map_or("-".to_owned(), |value| format!("{value:.3}"))
            };
            let beside = format!(" {}, {} |", shown(&row["nmae"]), shown(&row["constant_guess"]));
            let cell = cell.replace('"', "") + &beside;
            *rows.entry(d).or_insert(format!("| {d} |")) += &cell;
        }
        assert_eq!(rows.len(), 3);
        for row in rows.values() {
            assert!(text.contains(row), "docs/training.md has no row {row}");
        }
    }
}

#[test]
fn documented_answers_of_a_language_model_are_those_of_the_journals() {
    let text = std::fs::read_to_string(Path::new(ROOT).join("docs/asking.md")).unwrap();
    let table = |name: &str, table: &str| {
        let show = format!("counterproof ask --show docs/data/{name}.jsonl --format json");
        let (status, printed, stderr) = run(Path::new(ROOT), &show);
        assert_eq!(status, 0, "{stderr}");
        let measured: serde_json::Value = serde_json::from_str(&printed).unwrap();
        measured["measured"][table].as_array().unwrap().clone()
    };
    let errors = table("ask-gemma-qc", "errors");
    assert!(errors.len() >= 5);
    for row in errors {
        let number = |name: &str| format!("{:.2}", row[name].as_f64().unwrap());
        let error = |before: &str| {
            let of = |name: &str| number(&format!("{before}{name}"));
            format!("{} ({} to {})", of("mean_absolute_error"), of("low"), of("high"))
        };
        let line = format!(
            "| {} | {} | {} | {} | {} |",
            row["m"],
            error(""),
            number("accuracy"),
            error("baseline_"),
            number("baseline_accuracy")
        );
        assert!(text.contains(&line), "docs/asking.md has no row {line}");
    }
    let answers = table("ask-gemma-letters", "answers");
    let said: Vec<String> =
        answers.iter().map(|row| format!("{} ({} times)", row["answer"], row["times"])).collect();
    assert!(text.contains(&said.join(", ")), "docs/asking.md does not say {}", said.join(", "));
}

#[test]
fn links_lead_somewhere() {
    let mut found = 0;
    for path in documents() {
        let text = std::fs::read_to_string(&path).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if link.starts_with("http") {
                continue;
            }
            let (file, heading) = link.split_once('#').unwrap_or((link, ""));
            let target = if file.is_empty() { path.clone() } else { path.with_file_name(file) };
            assert!(target.exists(), "{}: {link}", path.display());
            if !heading.is_empty() {
                let text = std::fs::read_to_string(&target).unwrap();
                let known = text.lines().filter(|line| line.starts_with('#')).map(anchor);
                assert!(known.into_iter().any(|a| a == heading), "{}: {link}", path.display());
            }
            found += 1;
        }
    }
    assert!(found >= 20, "only {found} links were found");
}

/// The anchor of a heading, as forges make it.
fn anchor(heading: &str) -> String {
    let text = heading.trim_start_matches('#').trim().to_lowercase();
    let kept = text.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
    kept.map(|c| if c == ' ' { '-' } else { c }).collect()
}

#[test]
fn the_citation_names_this_version() {
    let text = std::fs::read_to_string(Path::new(ROOT).join("CITATION.cff")).unwrap();
    let field = |name: &str| {
        let mut lines = text.lines().filter_map(|line| line.strip_prefix(name));
        let value = lines.next().unwrap_or_else(|| panic!("{name} is missing")).trim();
        assert!(lines.next().is_none(), "{name} occurs twice");
        value
    };
    assert_eq!(field("cff-version:"), "1.2.0");
    assert_eq!(field("version:"), env!("CARGO_PKG_VERSION"));
    assert_eq!(field("title:"), env!("CARGO_PKG_NAME"));
    assert_eq!(field("type:"), "software");
    // `(A OR B) AND C`: C is the licence of the font alone
    let program = env!("CARGO_PKG_LICENSE").trim_start_matches('(').split(')').next().unwrap();
    let licences: Vec<&str> = program.split(" OR ").collect();
    assert!(text.contains(&format!("license:\n  - {}\n", licences.join("\n  - "))));
}

/// What someone who uses the library meets first: file, beginning of the item.
const MAIN_ITEMS: &[(&str, &str)] = &[
    ("kernel/src/envelope.rs", "pub struct Certificate"),
    ("kernel/src/rejection.rs", "pub struct Clock"),
    ("kernel/src/number/rational.rs", "pub type Rational"),
    ("kernel/src/number/rational.rs", "pub fn parse_canonical"),
    ("kernel/src/number/enclosure.rs", "pub struct Enclosure"),
    ("kernel/src/evidence/lattice.rs", "pub fn counting_matrix"),
    ("kernel/src/kind/linear_program.rs", "pub enum LpOutcome"),
    ("kernel/src/definition/transformer.rs", "pub struct Token"),
    ("kernel/src/definition/transformer.rs", "pub struct Weights"),
    ("kernel/src/definition/task.rs", "pub enum Task"),
    ("src/algebra/matrix.rs", "pub trait MatrixOps"),
    ("src/algebra/elimination.rs", "pub fn integer_kernel"),
    ("src/algebra/elimination.rs", "pub fn solve"),
    ("src/files/model.rs", "pub enum Model"),
    ("src/search/lp/program.rs", "pub trait Build"),
    ("src/search/width/network.rs", "pub trait ScalarFunction"),
    ("src/search/inputs/input.rs", "pub trait InputOps"),
    ("src/search/inputs/space.rs", "pub fn count_inputs"),
    ("src/search/inputs/space.rs", "pub struct CountInputs"),
    ("src/search/inputs/space.rs", "pub struct Sequences"),
    ("src/claim/mod.rs", "pub struct Claim"),
    ("src/claim/request.rs", "pub struct Request"),
    ("src/files/mapping/mod.rs", "pub struct Mapping"),
    ("src/files/task.rs", "pub struct NamedTask"),
    ("src/files/weights/arrays.rs", "pub struct Arrays"),
    ("src/construct/histogram.rs", "pub fn query_count"),
    ("src/construct/histogram.rs", "pub fn query_count_affine"),
    ("src/construct/histogram.rs", "pub fn most_frequent_element"),
    ("src/construct/attend.rs", "pub fn query_count"),
    ("src/construct/embedding.rs", "pub enum Kind"),
    ("src/construct/inverter.rs", "pub fn grid"),
    ("src/construct/random.rs", "pub fn without_positions"),
    ("src/search/control.rs", "pub struct Control"),
    ("src/search/collision/mod.rs", "pub fn shortest"),
    ("src/search/collision/decide.rs", "pub struct Question"),
    ("src/search/collision/best.rs", "pub fn best_embedding"),
    ("src/search/exhaustive/mod.rs", "pub fn decide"),
    ("src/search/lp/mod.rs", "pub fn solve"),
    ("src/search/width/mod.rs", "pub fn narrowest"),
    ("src/search/readout/mod.rs", "pub fn best_linear"),
    ("src/search/polytope/mod.rs", "pub fn prove"),
    ("src/search/attend.rs", "pub fn least_base"),
    ("src/report/mod.rs", "pub struct Record"),
    ("src/report/mod.rs", "pub enum Format"),
    ("src/report/table.rs", "pub struct Table"),
    ("src/report/value.rs", "pub enum Value"),
    ("src/testing/mod.rs", "pub fn sequences"),
    ("src/testing/mod.rs", "pub fn find_failure"),
    ("src/testing/mod.rs", "pub fn assert_solves"),
];

#[test]
fn main_items_have_examples_that_run() {
    for (file, item) in MAIN_ITEMS {
        let text = std::fs::read_to_string(Path::new(ROOT).join(file)).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let starts = |line: &&str| {
            let rest = line.strip_prefix(item).unwrap_or("x");
            !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_')
        };
        let at = lines.iter().position(starts).unwrap_or_else(|| panic!("{file}: no {item}"));
        let above = lines[..at].iter().rev();
        let documented = above.skip_while(|line| !line.starts_with("///"));
        let fences: Vec<&&str> = documented
            .take_while(|line| line.starts_with("///"))
            .filter(|line| line.starts_with("/// ```"))
            .collect();
        // a word after the fence, such as `ignore`, would keep the example from running
        assert!(!fences.is_empty(), "{file}: {item} has no example");
        assert!(fences.iter().all(|fence| **fence == "/// ```"), "{file}: {item}");
    }
}
