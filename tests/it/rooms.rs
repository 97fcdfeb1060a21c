//! The rooms of the house: who may import whom, and what holds the kernel to what it promises.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// Every arrow that is allowed; a room may always import itself. The kernel is a crate of its own.
fn allowed() -> BTreeMap<&'static str, Vec<&'static str>> {
    let all = vec![
        "kernel",
        "algebra",
        "files",
        "journal",
        "construct",
        "search",
        "export",
        "train",
        "ask",
        "report",
        "claim",
        "verdict",
        "cli",
    ];
    BTreeMap::from([
        ("kernel", vec![]),
        ("algebra", vec!["kernel"]),
        ("files", vec!["kernel", "algebra"]),
        ("journal", vec![]),
        ("search", vec!["kernel", "algebra"]),
        ("construct", vec!["kernel", "algebra", "search"]),
        ("export", vec!["kernel", "algebra", "search"]),
        ("testing", vec!["kernel", "construct", "search"]),
        ("train", vec!["kernel", "journal", "construct"]),
        ("ask", vec!["journal", "report", "train"]),
        ("report", vec!["kernel", "verdict"]),
        ("verdict", vec!["kernel", "search", "claim", "report"]),
        ("claim", all.iter().copied().filter(|room| *room != "cli").collect()),
        ("cli", all),
    ])
}

/// What the kernel's code must never hold; `unsafe` is forbidden as well.
const DENIED: [&str; 12] = [
    "arithmetic_side_effects",
    "as_conversions",
    "expect_used",
    "float_arithmetic",
    "indexing_slicing",
    "integer_division",
    "panic",
    "string_slice",
    "todo",
    "unimplemented",
    "unreachable",
    "unwrap_used",
];

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

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn source() -> PathBuf {
    root().join("src")
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
    assert!(seen.contains(&("search", "kernel".to_owned())), "the walk saw nothing");
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

/// The compiler and clippy hold the kernel to these; what it reads and how large it is, its own tests say.
#[test]
fn the_kernel_is_on_its_own_and_its_lints_stand() {
    let manifest = std::fs::read_to_string(root().join("kernel/Cargo.toml")).unwrap();
    let section = |name: &str| {
        let after = manifest.split(&format!("\n[{name}]\n")).nth(1).expect(name);
        let lines = after.split("\n[").next().unwrap().lines();
        let lines = lines.filter(|line| !line.is_empty() && !line.starts_with('#'));
        lines.map(str::to_owned).collect::<Vec<_>>()
    };
    // a crate of ours is nowhere else than at a path
    for line in section("dependencies").into_iter().chain(section("dev-dependencies")) {
        assert!(!line.contains("path =") && !line.contains("workspace"), "{line}");
    }
    let tables = manifest.lines().filter(|line| line.starts_with('['));
    let tables: Vec<&str> = tables.filter(|line| line.contains("dependencies")).collect();
    assert_eq!(tables, ["[dependencies]", "[dev-dependencies]"]);
    let denied: Vec<String> = DENIED.iter().map(|lint| format!("{lint} = \"deny\"")).collect();
    assert_eq!(section("lints.clippy"), denied);
    assert!(section("lints.rust").contains(&"unsafe_code = \"forbid\"".to_owned()));
    for file in files(&root().join("kernel/src")) {
        let code = code(&file);
        for word in ["allow(", "expect("] {
            let lifted = code.lines().any(|line| line.contains("#[") && line.contains(word));
            assert!(!lifted, "{}: a lint is lifted", file.display());
        }
    }
}

#[test]
fn every_file_is_part_of_its_crate() {
    for source in [source(), root().join("kernel/src")] {
        for file in files(&source) {
            let name = file.file_stem().unwrap().to_str().unwrap().to_owned();
            if ["lib", "main", "mod"].contains(&name.as_str()) {
                continue;
            }
            let parent = file.parent().unwrap();
            let owner = [parent.join("mod.rs"), parent.with_extension("rs")]
                .into_iter()
                .find(|path| path.is_file())
                .unwrap_or_else(|| source.join("lib.rs"));
            let text = std::fs::read_to_string(&owner).unwrap();
            let included = text.contains(&format!("mod {name};"));
            assert!(included, "{} is included nowhere", file.display());
        }
    }
}
