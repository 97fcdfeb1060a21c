//! Files of any bytes, in child processes of `counterproof-check` with little memory: each file gets its line, and no process ends
//! by a signal or with another exit status than the documented ones.
//!
//! `KERNEL_FILES=200000 KERNEL_SEED=7 cargo test -p counterproof-kernel --test kinds any_bytes -- --nocapture` makes a long run.

use crate::mutate::{how_many, mutate, one, places, seeded};
use crate::table::folder;
use counterproof_kernel::Certificate;
use proptest::prelude::{Rng, RngExt};
use proptest::test_runner::TestRng;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// In this many KiB of addresses, which the stacks of threads count to.
const ADDRESSES: u32 = 1_500_000;
/// Files a process.
const BATCH: usize = 500;
/// For each process, in seconds: hardly any file takes long.
const LIMIT: &str = "20";

/// All stored certificates.
fn originals() -> Vec<Value> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for kind in std::fs::read_dir(folder()).unwrap() {
        paths.extend(std::fs::read_dir(kind.unwrap().path()).unwrap().map(|entry| entry.unwrap().path()));
    }
    paths.sort();
    paths.iter().map(|path| serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()).collect()
}

/// The text with the digest that the checker asks for, when that is all that is wrong.
fn mended(text: String) -> String {
    match Certificate::parse(&text) {
        Err(error) => match (error.found(), error.expected()) {
            (Some(found), Some(expected)) if !found.is_empty() => text.replace(&found, &expected),
            _ => text,
        },
        Ok(_) => text,
    }
}

/// A number that no honest file has.
fn huge(rng: &mut TestRng) -> String {
    match rng.random_range(0..7) {
        0 => "1".repeat(*one(&[20_000, 20_001, 300_000], rng)),
        1 => format!("1/{}", "7".repeat(*one(&[19_999, 20_000], rng))),
        2 => u64::MAX.to_string(),
        3 => (1_u128 << 64).to_string(),
        4 => (1_u64 << 63).to_string(),
        5 => "1e999999999".to_owned(),
        _ => format!("-{}", "9".repeat(5_000)),
    }
}

/// Some byte position of a text.
fn somewhere(text: &[u8], rng: &mut TestRng) -> usize {
    rng.random_range(0..=text.len())
}

/// One file.
fn bytes(originals: &[Value], rng: &mut TestRng) -> Vec<u8> {
    let original = one(originals, rng);
    let text = original.to_string();
    let mut bytes = text.clone().into_bytes();
    match rng.random_range(0..12) {
        // read as what it is
        0..=3 => return mended(mutate(original, originals, rng).to_string()).into_bytes(),
        // shapes and numbers that are not those of the file
        4 => {
            let mut changed = original.clone();
            for _ in 0..rng.random_range(1..4) {
                let part = *one(&["params", "data"], rng);
                let places: Vec<String> = places(&changed[part]);
                let numbers: Vec<&String> = places
                    .iter()
                    .filter(|path| changed[part].pointer(path).is_some_and(|at| at.is_number() || at.is_string()))
                    .collect();
                if let Some(path) = (!numbers.is_empty()).then(|| (*one(&numbers, rng)).clone()) {
                    let at = changed[part].pointer_mut(&path).unwrap();
                    let number = huge(rng);
                    *at = match at {
                        Value::Number(_) => number.parse::<u64>().map_or_else(|_| json!(u64::MAX), Into::into),
                        _ => number.into(),
                    };
                }
            }
            return mended(changed.to_string()).into_bytes();
        }
        // a number in place of any token
        5 => {
            let digits: Vec<usize> = (0..bytes.len()).filter(|&at| bytes[at].is_ascii_digit()).collect();
            let at = *one(&digits, rng);
            bytes.splice(at..at + 1, huge(rng).into_bytes());
        }
        // deep nesting
        6 => {
            let (open, close) = *one(&[("[", "]"), ("{\"a\":", "}"), ("{\"leaf\":", "}")], rng);
            let depth = *one(&[100, 200, 10_000, 100_000], rng);
            let at = *one(&text.match_indices(':').map(|(at, _)| at + 1).collect::<Vec<_>>(), rng);
            let closed = if rng.random_ratio(1, 2) { close.repeat(depth) } else { String::new() };
            bytes.splice(at..at, format!("{}1{closed}", open.repeat(depth)).into_bytes());
        }
        // repeated keys
        7 => {
            let opens: Vec<usize> = text.match_indices("{\"").map(|(at, _)| at + 1).collect();
            let at = *one(&opens, rng);
            let key: String = text[at + 1..].chars().take_while(|c| *c != '"').collect();
            let value = one(&["0", "null", "{}", "[]", "\"0\""], rng).to_string();
            bytes.splice(at..at, format!("\"{key}\":{value},").into_bytes());
        }
        // cut, flipped, repeated, put together
        8 => bytes.truncate(somewhere(&bytes, rng)),
        9 => {
            for _ in 0..rng.random_range(1..5) {
                let at = rng.random_range(0..bytes.len());
                bytes[at] ^= 1 << rng.random_range(0..8);
            }
        }
        10 => {
            let (a, b) = (somewhere(&bytes, rng), somewhere(&bytes, rng));
            let part = bytes[a.min(b)..a.max(b)].to_vec();
            let at = somewhere(&bytes, rng);
            bytes.splice(at..at, part);
        }
        // of the right shape, with parts of any other
        _ => {
            let mut part = |name: &str| {
                let other = one(originals, rng);
                other[name].pointer(one(&places(&other[name]), rng).clone().as_str()).unwrap().clone()
            };
            let (params, data) = (part("params"), part("data"));
            let kind = original["data"].as_object().unwrap().keys().next().unwrap().clone();
            let data = if data.is_object() { data } else { json!({ kind: data }) };
            let claim = one(originals, rng)["claim"].clone();
            let changed = json!({"format": "counterproof-certificate", "version": 2, "claim": claim, "params": params, "data": data,
                "sha256": original["sha256"]});
            bytes = changed.to_string().into_bytes();
            if rng.random_ratio(1, 20) {
                bytes = (0..rng.random_range(0..200)).map(|_| (rng.next_u32() & 0xff) as u8).collect();
            }
        }
    }
    match String::from_utf8(bytes) {
        Ok(text) if rng.random_ratio(2, 3) => mended(text).into_bytes(),
        Ok(text) => text.into_bytes(),
        Err(error) => error.into_bytes(),
    }
}

/// Exit status and lines of one process on files of a folder.
fn judged(folder: &Path, names: &[String]) -> (i32, Vec<String>) {
    let limit = if cfg!(target_os = "linux") { ADDRESSES.to_string() } else { "unlimited".to_owned() };
    let output = Command::new("sh")
        .args(["-c", "ulimit -v $0; exec \"$@\"", &limit, env!("CARGO_BIN_EXE_counterproof-check")])
        .args(["--threads", "2", "--time-limit", LIMIT])
        .args(names)
        .current_dir(folder)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    let (out, err) = (text(output.stdout), text(output.stderr));
    let status = output.status.code().unwrap_or_else(|| panic!("ended by a signal: {:?}: {err}", output.status));
    (status, out.lines().chain(err.lines()).map(str::to_owned).collect())
}

#[test]
fn every_file_gets_its_line() {
    let originals = originals();
    let mut rng = seeded(how_many("KERNEL_SEED", 17) as u64);
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("any-bytes-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let number = how_many("KERNEL_FILES", 20_000);
    let mut found: BTreeMap<&str, usize> = BTreeMap::new();
    for batch in 0..number.div_ceil(BATCH) {
        let names: Vec<String> = (0..BATCH.min(number - batch * BATCH)).map(|i| format!("{i}.json")).collect();
        for name in &names {
            std::fs::write(folder.join(name), bytes(&originals, &mut rng)).unwrap();
        }
        let (status, lines) = judged(&folder, &names);
        assert!((0..=3).contains(&status), "exit status {status}, files in {}", folder.display());
        assert_eq!(lines.len(), names.len() + 1, "a line a file and a summary, files in {}", folder.display());
        for name in &names {
            let own: Vec<&String> = lines.iter().filter(|line| line.starts_with(&format!("{name}: "))).collect();
            assert_eq!(own.len(), 1, "{name} in {}: {own:?}", folder.display());
            let what = own[0].split(": ").nth(1).unwrap();
            let what = ["valid", "valid refutation", "invalid", "not checked"].into_iter().find(|word| *word == what);
            // the statement of a valid file has its numbers in full
            assert!(what.is_some_and(|word| word.starts_with("valid")) || own[0].len() < 2_000, "{}", own[0]);
            *found.entry(what.unwrap_or("unusable")).or_insert(0) += 1;
        }
    }
    std::fs::remove_dir_all(&folder).unwrap();
    println!("{number} files: {found:?}");
    let share = |what: &str| found.get(what).copied().unwrap_or(0) * 1000 / number;
    assert!(share("valid") > 5 && share("invalid") > 150 && share("unusable") > 150, "{found:?}");
    assert!(share("not checked") < 50, "{found:?}");
}
