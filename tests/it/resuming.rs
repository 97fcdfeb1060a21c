//! What `reproduce` takes up from an interrupted run: an entry that was forged never reaches a table.

use crate::support::certificates::mended;
use crate::support::folder::tree;
use assert_cmd::cargo::cargo_bin;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const TABLES: &str = "welch,pigeonhole,mfe-kept-residual";

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Runs `reproduce` of a few tables; the exit status and what is said on standard error.
fn reproduce(out: &Path, more: &[&str]) -> (i32, String) {
    let mut run = Command::new(cargo_bin!("counterproof"));
    let run = run.args(["reproduce", "--quick", "--only", TABLES, "--out"]).arg(out).args(more);
    let output = run.output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

/// The entries of a journal: path and body.
fn entries(out: &Path) -> Vec<(PathBuf, Value)> {
    let mut entries: Vec<_> = fs::read_dir(out.join(".journal"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .collect();
    entries.sort();
    let body = |path: &PathBuf| {
        let text = fs::read_to_string(path).unwrap();
        serde_json::from_str(text.lines().next().unwrap()).unwrap()
    };
    entries.into_iter().map(|path| (path.clone(), body(&path))).collect()
}

/// Writes an entry with its digest mended.
fn write_entry(path: &Path, entry: &Value) {
    let body = serde_json::to_string(entry).unwrap();
    fs::write(path, format!("{body}\n{}\n", sha256(body.as_bytes()))).unwrap();
}

/// The certificate that an entry names by its digest.
fn certificate(out: &Path, entry: &Value) -> PathBuf {
    let files = fs::read_dir(out.join("certificates")).unwrap().map(|file| file.unwrap().path());
    let mut files = files.filter(|path| sha256(&fs::read(path).unwrap()) == entry["certificate"]);
    files.next().unwrap()
}

#[cfg(unix)]
#[test]
fn forged_entries_never_reach_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let straight = folder.path().join("straight");
    assert_eq!(reproduce(&straight, &[]).0, 0);
    let expected = tree(&straight);
    let start = interrupted_copy(folder.path());
    let known = entries(&start);
    assert!(known.len() > 10, "{}", known.len());
    type Forgery = fn(&Path, &[(PathBuf, Value)]) -> usize;
    let forgeries: [(&str, Forgery, &str); 6] = [
        (
            "another verdict",
            |_, entries| {
                let refuted =
                    entries.iter().find(|(_, entry)| entry["verdict"] == "refuted").unwrap();
                let verified = entries.iter().find(|(_, e)| e["verdict"] == "verified").unwrap();
                for ((path, entry), verdict) in [(refuted, "verified"), (verified, "refuted")] {
                    let mut entry = entry.clone();
                    entry["verdict"] = verdict.into();
                    write_entry(path, &entry);
                }
                2
            },
            "it proves",
        ),
        (
            "another value",
            |_, entries| {
                let mut forged = 0;
                for (path, entry) in entries {
                    let mut entry = entry.clone();
                    let values = entry["values"].as_array_mut().unwrap();
                    let wanted = ["fails_from_n", "states", "answer"];
                    let value =
                        values.iter_mut().find(|value| wanted.iter().any(|w| value[0] == *w));
                    if let Some(value) = value {
                        value[1] = serde_json::json!({"integer": "17"});
                        write_entry(path, &entry);
                        forged += 1;
                    }
                }
                forged
            },
            "the certificate has",
        ),
        (
            "a value more",
            |_, entries| {
                let (path, entry) = &entries[0];
                let mut entry = entry.clone();
                let more = serde_json::json!(["proved_for_all_n", {"bool": true}]);
                entry["values"].as_array_mut().unwrap().push(more);
                write_entry(path, &entry);
                1
            },
            "nothing accounts for",
        ),
        (
            "the certificate of another cell",
            |out, entries| {
                // both are valid, and each entry names the digest of what now stands beside it
                let (first, second) = (&entries[0], &entries[1]);
                let paths = [certificate(out, &first.1), certificate(out, &second.1)];
                let texts = paths.clone().map(|path| fs::read(path).unwrap());
                for (path, text, (entry_path, entry)) in
                    [(&paths[0], &texts[1], first), (&paths[1], &texts[0], second)]
                {
                    fs::write(path, text).unwrap();
                    let mut entry = entry.clone();
                    entry["certificate"] = sha256(text).into();
                    write_entry(entry_path, &entry);
                }
                2
            },
            "not taken up",
        ),
        (
            "no certificate",
            |out, entries| {
                fs::remove_file(certificate(out, &entries[3].1)).unwrap();
                1
            },
            "not there",
        ),
        (
            "an altered certificate with mended digests",
            |out, entries| {
                let is_welch = |entry: &Value| entry["values"][0][0] == "mu_squared";
                let (path, entry) = entries.iter().find(|(_, entry)| is_welch(entry)).unwrap();
                let place = certificate(out, entry);
                let text = mended(&fs::read_to_string(&place).unwrap(), |certificate| {
                    certificate["params"]["mu_squared"] = "1/1000003".into();
                });
                fs::write(&place, &text).unwrap();
                let mut entry = entry.clone();
                entry["certificate"] = sha256(text.as_bytes()).into();
                entry["values"][0][1] = serde_json::json!({"rational": "1/1000003"});
                write_entry(path, &entry);
                1
            },
            "mu_squared",
        ),
    ];
    for (name, forge, words) in forgeries {
        let out = interrupted_copy(folder.path());
        let forged = forge(&out, &entries(&out));
        assert!(forged > 0, "{name}");
        let (code, said) = reproduce(&out, &[]);
        assert_eq!(code, 0, "{name}: {said}");
        let told = said.lines().filter(|line| line.contains("not taken up, decided again: "));
        assert_eq!(told.clone().count(), forged, "{name}: {said}");
        assert!(said.contains(words), "{name}: {said}");
        assert!(said.contains("taken up from the run before"), "{name}: {said}");
        assert_eq!(tree(&out), expected, "{name}: a table is another");
        // without time to look nothing of it is believed either, and nothing lost
        let out = interrupted_copy(folder.path());
        forge(&out, &entries(&out));
        let (code, said) = reproduce(&out, &["--time-limit", "0"]);
        assert_eq!(code, 3, "{name}: {said}");
        let records = fs::read_to_string(out.join("tables/welch.json")).unwrap();
        let records: Value = serde_json::from_str(&records).unwrap();
        let open = records["records"].as_array().unwrap();
        assert!(open.iter().all(|record| record["verdict"] == "undecided"), "{name}");
        assert_eq!(reproduce(&out, &[]).0, 0);
        assert_eq!(tree(&out), expected, "{name}: after a limit a table is another");
    }
}

/// A folder as a run leaves it that had decided these tables and was told to end while it trained models, which come last.
fn interrupted_copy(folder: &Path) -> PathBuf {
    let (made, out) = (folder.join("made"), folder.join("out"));
    if !made.exists() {
        let more = format!("{TABLES},thresholds-qc");
        let arguments = ["reproduce", "--quick", "--only", &more, "--out"];
        let mut run = Command::new(cargo_bin!("counterproof"));
        let mut run = run.args(arguments).arg(&made).spawn().unwrap();
        // as many as the tables have, and not one of those that come after
        let cells: usize = TABLES.split(',').map(|name| records(folder, name)).sum();
        while !made.join(".journal").is_dir() || entries(&made).len() < cells {
            assert!(run.try_wait().unwrap().is_none(), "ended before it was interrupted");
            std::thread::sleep(Duration::from_millis(5));
        }
        let sent = Command::new("kill").args(["-TERM", &run.id().to_string()]).status().unwrap();
        assert!(sent.success());
        assert_eq!(run.wait().unwrap().code(), Some(3));
    }
    let _ = fs::remove_dir_all(&out);
    copy(&made, &out);
    out
}

/// How many records a table of the straight run has.
fn records(folder: &Path, table: &str) -> usize {
    let text = fs::read_to_string(folder.join(format!("straight/tables/{table}.json"))).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    document["records"].as_array().unwrap().len()
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}
