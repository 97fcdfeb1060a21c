//! Journals of verdicts as files: read, changed, written with digests that fit.

use super::program::run;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::Path;

/// Decides every part of a command, each into a journal of its own; the names of the journals.
pub fn in_parts(folder: &Path, command: &str, of: u64) -> String {
    let names = (1..=of).map(|part| {
        let name = format!("part-{part}-of-{of}");
        let (status, _, said) =
            run(folder, &format!("{command} --part {part}/{of} --journal {name}"));
        assert!(status < 2, "{command}: {said}");
        name
    });
    names.collect::<Vec<_>>().join(" ")
}

fn sha256(parts: &[&str]) -> String {
    Sha256::digest(parts.concat().as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The entries of a journal, the header first.
pub fn entries(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    let entry = |line: &str| serde_json::from_str::<Value>(line).unwrap()["entry"].clone();
    text.lines().map(entry).collect()
}

/// Writes a journal whose digests fit.
pub fn write(path: &Path, entries: &[Value]) {
    let header = entries[0].to_string();
    let line = |(at, entry): (usize, &Value)| {
        let context = if at == 0 { "" } else { &header };
        let entry = entry.to_string();
        format!("{{\"sha256\":\"{}\",\"entry\":{entry}}}\n", sha256(&[context, "\0", &entry]))
    };
    fs::write(path, entries.iter().enumerate().map(line).collect::<String>()).unwrap();
}
