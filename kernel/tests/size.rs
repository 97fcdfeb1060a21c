//! How much has to be trusted: `cargo test -p counterproof-kernel --test size -- --nocapture` prints it, and ARCHITECTURE.md
//! quotes it.
//!
//! Lines are lines of code: no blanks, comments or tests. A kind's closure is its file with every file of the kernel that
//! it names, directly or through others, and what every kind needs: the envelope, the table, the numbers' spelling.

#![allow(clippy::unwrap_used, clippy::string_slice)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// What the kernel may grow to; what later work adds to it is stated here and in the changelog.
const MAX_LINES: usize = 15040;
/// The same without the softmax family.
const MAX_WITHOUT_SOFTMAX: usize = 7315;
const MAX_PACKAGES: usize = 26;

fn kernel() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

fn code(text: &str) -> Vec<&str> {
    let text = text.split("#[cfg(test)]").next().unwrap();
    let lines = text.lines().map(str::trim);
    lines.filter(|line| !line.is_empty() && !line.starts_with("//")).collect()
}

/// `kind/welch.rs` and its code.
fn sources() -> BTreeMap<String, String> {
    let root = kernel().join("src");
    let mut all = Vec::new();
    files(&root, &mut all);
    let name = |path: &Path| path.strip_prefix(&root).unwrap().to_string_lossy().into_owned();
    all.iter().map(|path| (name(path), std::fs::read_to_string(path).unwrap())).collect()
}

/// The words of a `use` declaration, or of a path.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// Which file of a folder defines a name that its `mod.rs` exports.
fn exports(sources: &BTreeMap<String, String>) -> BTreeMap<(String, String), String> {
    let mut found = BTreeMap::new();
    for folder in ["number", "definition", "evidence", "kind"] {
        let text = code(&sources[&format!("{folder}/mod.rs")]).join(" ");
        for statement in text.split(';').filter(|statement| statement.trim().starts_with("pub use")) {
            let mut names = words(statement.trim().trim_start_matches("pub use"));
            let file = names.next().unwrap();
            let path = format!("{folder}/{file}.rs");
            let listed: Vec<&str> = names.collect();
            let public = code(&sources[&path]).join("\n");
            for line in public.lines().filter(|line| line.starts_with("pub ")) {
                for name in words(line).filter(|name| listed.is_empty() || listed.contains(name)) {
                    found.entry((folder.to_owned(), name.to_owned())).or_insert_with(|| path.clone());
                }
            }
            for name in listed {
                found.insert((folder.to_owned(), name.to_owned()), path.clone());
            }
        }
    }
    found
}

/// The files that a file names.
fn names(
    file: &str,
    sources: &BTreeMap<String, String>,
    exports: &BTreeMap<(String, String), String>,
) -> BTreeSet<String> {
    let text = code(&sources[file]).join(" ");
    let own = file.split('/').next().unwrap();
    let mut found = BTreeSet::new();
    for statement in text.split(';').filter(|statement| statement.trim().starts_with("use ")) {
        let mut folder = own.to_owned();
        for word in words(statement.trim().trim_start_matches("use ")) {
            if word == "crate" {
                folder.clear();
            }
            if ["number", "definition", "evidence", "kind"].contains(&word) {
                folder = word.to_owned();
            }
            let direct = format!("{folder}/{word}.rs");
            if sources.contains_key(&direct) {
                found.insert(direct);
            }
            found.extend(exports.get(&(folder.clone(), word.to_owned())).cloned());
        }
    }
    found
}

fn closure(
    start: &str,
    sources: &BTreeMap<String, String>,
    exports: &BTreeMap<(String, String), String>,
) -> BTreeSet<String> {
    let always = ["envelope.rs", "rejection.rs", "lib.rs", "kind/mod.rs", "kind/claim.rs", "number/rational.rs"];
    let mut all: BTreeSet<String> = always.iter().map(|file| (*file).to_owned()).collect();
    let mut left = vec![start.to_owned()];
    while let Some(file) = left.pop() {
        if all.insert(file.clone()) {
            left.extend(names(&file, sources, exports));
        }
    }
    all
}

/// All packages that the kernel is compiled with, on any system.
fn packages() -> BTreeSet<String> {
    let lock = std::fs::read_to_string(kernel().join("../Cargo.lock")).unwrap();
    let mut needs: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for block in lock.split("[[package]]").skip(1) {
        let quoted = |line: &str| line.split('"').nth(1).unwrap_or_default().to_owned();
        let name = quoted(block.lines().find(|line| line.starts_with("name")).unwrap());
        let list = block.split("dependencies = [").nth(1).unwrap_or_default().split(']').next().unwrap();
        let list = list.lines().map(quoted).filter(|name| !name.is_empty());
        let list = list.map(|name| name.split(' ').next().unwrap().to_owned());
        needs.entry(name).or_default().extend(list);
    }
    let mut left = direct();
    let mut all = BTreeSet::new();
    // only for Windows, where there is no signal to be handled
    let elsewhere = |name: &str| name.starts_with("windows");
    while let Some(name) = left.pop() {
        if !elsewhere(&name) && all.insert(name.clone()) {
            left.extend(needs.get(&name).cloned().unwrap_or_default());
        }
    }
    all
}

fn direct() -> Vec<String> {
    let manifest = std::fs::read_to_string(kernel().join("Cargo.toml")).unwrap();
    let section = manifest.split("\n[dependencies]\n").nth(1).unwrap().split("\n[").next().unwrap().to_owned();
    section.lines().filter_map(|line| Some(line.split_once('=')?.0.trim().to_owned())).collect()
}

#[test]
fn the_trusted_base_is_as_small_as_it_says() {
    let sources = sources();
    let lines: BTreeMap<&str, usize> = sources.iter().map(|(name, text)| (name.as_str(), code(text).len())).collect();
    let total: usize = lines.values().sum();
    let softmax = |name: &str| {
        const OTHERS: [&str; 33] = [
            "definition/question.rs",
            "evidence/arrangement.rs",
            "evidence/boxes.rs",
            "evidence/cases.rs",
            "evidence/cell.rs",
            "evidence/classes.rs",
            "evidence/difference.rs",
            "evidence/drawing.rs",
            "evidence/enumeration.rs",
            "evidence/evaluator.rs",
            "evidence/generator.rs",
            "evidence/homogeneous.rs",
            "evidence/joined.rs",
            "evidence/points.rs",
            "evidence/quotient.rs",
            "evidence/rounded.rs",
            "evidence/sample.rs",
            "evidence/sequences.rs",
            "evidence/survey.rs",
            "evidence/tally.rs",
            "evidence/tree.rs",
            "evidence/ways.rs",
            "kind/accuracy.rs",
            "kind/difference.rs",
            "kind/machine_readings.rs",
            "kind/misreading.rs",
            "kind/readings.rs",
            "kind/readings_part.rs",
            "kind/sample.rs",
            "number/arithmetic.rs",
            "number/binomial_tail.rs",
            "number/fixed.rs",
            "number/special.rs",
        ];
        name.contains("softmax") || OTHERS.contains(&name)
    };
    let without: usize = lines.iter().filter(|(name, _)| !softmax(name)).map(|(_, lines)| lines).sum();
    let (direct, packages) = (direct(), packages());
    let exports = exports(&sources);
    let mut text = String::new();
    let _ = writeln!(text, "kernel: {total} lines of code, {without} without the softmax family");
    let _ = writeln!(text, "packages: {} direct, {} in all", direct.len(), packages.len());
    let _ = writeln!(text, "kind               lines with all that it uses");
    let kinds = sources.keys().filter(|name| name.starts_with("kind/"));
    for file in kinds.filter(|name| !["kind/mod.rs", "kind/claim.rs", "kind/counting.rs"].contains(&name.as_str())) {
        let name = file.trim_start_matches("kind/").trim_end_matches(".rs").replace('_', "-");
        let all: usize = closure(file, &sources, &exports).iter().map(|file| lines[file.as_str()]).sum();
        let _ = writeln!(text, "{name:<18} {all}");
    }
    println!("{text}");
    assert!(total <= MAX_LINES && without <= MAX_WITHOUT_SOFTMAX, "{total} lines, {without} without softmax");
    assert!(direct.len() <= 6 && packages.len() <= MAX_PACKAGES, "{packages:?}");
    assert!(!packages.iter().any(|name| name == "nalgebra" || name == "counterproof"));
    let page = std::fs::read_to_string(kernel().join("../ARCHITECTURE.md")).unwrap();
    assert!(page.contains(&text), "ARCHITECTURE.md quotes other numbers than\n{text}");
}

#[test]
fn nothing_outside_main_reads_or_writes() {
    for (name, text) in sources().iter().filter(|(name, _)| *name != "main.rs") {
        let text = code(text).join("\n");
        for word in [
            "std::fs",
            "std::io",
            "std::net",
            "std::process",
            "std::env",
            "println!",
            "eprintln!",
            "f32",
            "f64",
            "unsafe",
        ] {
            let found = text.match_indices(word).any(|(at, _)| {
                let before = text[..at].chars().next_back().is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
                !before
            });
            assert!(!found, "{name} holds `{word}`");
        }
    }
}
