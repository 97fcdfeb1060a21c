//! Tells the program which commit it was built from, for the provenance of what it writes.
//!
//! The commit is named only when it is certain: by the person who builds (`COUNTERPROOF_COMMIT`), by the record that
//! `cargo package` puts into a package, or by a checkout whose sources are as committed. Otherwise nothing is said.
//! Only a change of the sources runs this again, so that a commit alone makes nothing be compiled again.

use std::path::Path;
use std::process::Command;

/// What the program is made of.
const SOURCES: [&str; 5] = ["src", "proofs/theorems.tsv", "Cargo.toml", "Cargo.lock", "build.rs"];

/// What `cargo package` notes about the commit.
const PACKAGED: &str = ".cargo_vcs_info.json";

fn main() {
    for source in SOURCES {
        println!("cargo:rerun-if-changed={source}");
    }
    // a file that is not there would make this run, and the crate compile, every time
    if Path::new(PACKAGED).exists() {
        println!("cargo:rerun-if-changed={PACKAGED}");
    }
    println!("cargo:rerun-if-env-changed=COUNTERPROOF_COMMIT");
    let given = std::env::var("COUNTERPROOF_COMMIT").ok().filter(|commit| is_commit(commit));
    if let Some(commit) = given.or_else(packaged).or_else(checked_out) {
        println!("cargo:rustc-env=COUNTERPROOF_BUILT_FROM={commit}");
    }
}

fn is_commit(text: &str) -> bool {
    (7..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// `{"git": {"sha1": "..", "dirty": true}, ..}`; `dirty` is there only when it is true.
fn packaged() -> Option<String> {
    let text = std::fs::read_to_string(PACKAGED).ok()?;
    let rest = text.split("\"sha1\"").nth(1)?;
    let commit = rest.split('"').nth(1)?.to_owned();
    (is_commit(&commit) && !text.contains("\"dirty\"")).then_some(commit)
}

/// The commit of this very folder's repository, not of one around it, if no source differs from it.
fn checked_out() -> Option<String> {
    let here = std::fs::canonicalize(std::env::var_os("CARGO_MANIFEST_DIR")?).ok()?;
    let top =
        std::fs::canonicalize(Path::new(git(&["rev-parse", "--show-toplevel"])?.trim())).ok()?;
    let mut status = vec!["status", "--porcelain", "--"];
    status.extend(SOURCES);
    let clean = git(&status)?.trim().is_empty();
    let commit = git(&["rev-parse", "HEAD"])?.trim().to_owned();
    (here == top && clean && is_commit(&commit)).then_some(commit)
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8(output.stdout).ok())?
}
