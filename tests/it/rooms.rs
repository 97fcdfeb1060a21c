//! The rooms of the house: who may import whom, and what trusted code may not hold.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Every arrow that is allowed; a room may always import itself.
fn allowed() -> BTreeMap<&'static str, Vec<&'static str>> {
    let all = vec![
        "exact",
        "model",
        "task",
        "cert",
        "check",
        "import",
        "construct",
        "search",
        "export",
        "train",
        "report",
        "claim",
        "verdict",
        "cli",
    ];
    BTreeMap::from([
        ("exact", vec![]),
        ("model", vec!["exact"]),
        ("task", vec!["exact", "model"]),
        ("cert", vec!["exact", "model"]),
        ("check", vec!["exact", "model", "task", "cert"]),
        ("import", vec!["exact", "model"]),
        ("construct", vec!["exact", "model", "task"]),
        ("search", vec!["exact", "model", "task", "cert"]),
        ("export", vec!["exact", "model", "cert", "search"]),
        ("testing", vec!["exact", "model", "task", "construct"]),
        ("train", vec!["task"]),
        ("report", vec!["cert", "verdict"]),
        ("verdict", vec!["exact", "task", "cert", "check", "search", "claim", "report"]),
        ("claim", all.iter().copied().filter(|room| *room != "cli").collect()),
        ("cli", all),
    ])
}

const TRUSTED: [&str; 5] = ["exact", "model", "task", "cert", "check"];

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

fn source() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The file without its comments and without its unit tests, which may use anything. A file `tests.rs` is
/// unit tests as a whole: its parent says `#[cfg(test)] mod tests;`.
fn code(path: &Path) -> String {
    if path.file_name().is_some_and(|name| name == "tests.rs") {
        return String::new();
    }
    let text = std::fs::read_to_string(path).unwrap();
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

#[test]
fn imports_run_along_the_arrows() {
    let allowed = allowed();
    let mut seen = BTreeSet::new();
    for (room, targets) in &allowed {
        let folder = source().join(room);
        if !folder.is_dir() {
            continue;
        }
        for file in files(&folder) {
            let code = code(&file);
            for (at, _) in code.match_indices("crate::") {
                let rest = &code[at + "crate::".len()..];
                let names = rest
                    .strip_prefix('{')
                    .and_then(|list| list.split('}').next())
                    .map_or_else(|| vec![rest], |list| list.split(',').collect());
                for name in names {
                    let target: String = name
                        .trim()
                        .chars()
                        .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                        .collect();
                    assert!(
                        allowed.contains_key(target.as_str()),
                        "{}: crate::{target} is no room",
                        file.display()
                    );
                    let fits = target == *room || targets.contains(&target.as_str());
                    assert!(fits, "{}: {room} may not import {target}", file.display());
                    seen.insert((*room, target));
                }
            }
        }
    }
    assert!(seen.contains(&("check", "cert".to_owned())), "the walk saw nothing");
}

#[test]
fn every_room_is_known() {
    for entry in std::fs::read_dir(source()).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if path.is_dir() {
            assert!(allowed().contains_key(name.as_str()), "src/{name} is no room of the house");
        } else {
            assert!(["lib.rs", "main.rs"].contains(&name.as_str()), "src/{name} belongs in a room");
        }
    }
}

#[test]
fn trusted_code_holds_no_float_and_does_not_panic() {
    let forbidden = [
        "f32",
        "f64",
        ".unwrap()",
        ".expect(",
        "panic!",
        "unreachable!",
        "todo!",
        "unimplemented!",
        "assert!(",
        "unsafe",
    ];
    for room in TRUSTED {
        for file in files(&source().join(room)) {
            let code = code(&file);
            for word in forbidden {
                let standalone = code.match_indices(word).any(|(at, _)| {
                    let before = code[..at].chars().next_back();
                    let after = code[at + word.len()..].chars().next();
                    let part =
                        |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
                    !(word.starts_with('f') && (part(before) || part(after)))
                });
                assert!(!standalone, "{}: trusted code holds `{word}`", file.display());
            }
        }
    }
}

#[test]
fn every_file_is_part_of_the_crate() {
    for file in files(&source()) {
        let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
        if ["lib", "main", "mod"].contains(&name.as_str()) {
            continue;
        }
        let parent = file.parent().unwrap();
        let owner = [parent.join("mod.rs"), parent.with_extension("rs")]
            .into_iter()
            .find(|path| path.is_file())
            .unwrap_or_else(|| source().join("lib.rs"));
        let text = std::fs::read_to_string(&owner).unwrap();
        assert!(text.contains(&format!("mod {name};")), "{} is included nowhere", file.display());
    }
}
