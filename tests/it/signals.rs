//! SIGTERM and SIGHUP at any moment: one is enough, the exit status is 3, what is decided is written, and no unfinished file stays.

use crate::support::program::start;
use assert_cmd::cargo::cargo_bin;
use serde_json::Value;
use std::fs;
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// Whether these tests run where a hangup is ignored, as under `nohup`: the programs that they start ignore it too.
fn hangups_are_ignored() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & 1 == 1)
}

fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

/// Waits for the end, which has to come soon.
fn end(child: &mut Child, what: &str) -> ExitStatus {
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        if start.elapsed() > Duration::from_secs(60) {
            child.kill().unwrap();
            panic!("{what}: goes on after a signal");
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Ends a command that has work for minutes at several moments; how often it was ended by the program itself. Before its first line the
/// program cannot answer, so the first moments may end it as every program.
fn ended_in_order(arguments: &str, check: fn(&Path)) -> usize {
    let mut in_order = 0;
    for (round, moment) in [0u64, 4, 12, 40, 130, 350, 700, 1100].into_iter().enumerate() {
        let folder = tempfile::tempdir().unwrap();
        let mut child = start(folder.path(), arguments);
        std::thread::sleep(Duration::from_millis(moment));
        let signal = if round % 2 == 0 || hangups_are_ignored() { "-TERM" } else { "-HUP" };
        send(signal, &child);
        let status = end(&mut child, arguments);
        if moment < 100 && status.signal().is_some() {
            assert!(files(folder.path()).is_empty(), "{arguments}: begun without a handler");
            continue;
        }
        assert_eq!(status.code(), Some(3), "{arguments}: {signal} after {moment} ms: {status}");
        for path in files(folder.path()) {
            let name = path.file_name().unwrap().to_str().unwrap();
            assert!(!name.starts_with(".counterproof-"), "{arguments}: {moment} ms: {name} stays");
            if name.ends_with(".json") {
                let text = fs::read_to_string(&path).unwrap();
                // an entry of `reproduce` has a line with its digest
                let text = text.lines().take(if name.len() == 69 { 1 } else { usize::MAX });
                serde_json::from_str::<Value>(&text.collect::<String>()).unwrap();
            }
        }
        check(folder.path());
        in_order += 1;
    }
    in_order
}

#[test]
fn verify_ends_in_order() {
    let arguments =
        "verify qc-histogram --n 2,3,60 --m 9 --certificates c --format json --out v.json";
    let in_order = ended_in_order(arguments, |folder| {
        let Ok(text) = fs::read_to_string(folder.join("v.json")) else { return };
        let document: Value = serde_json::from_str(&text).unwrap();
        let records = document["records"].as_array().unwrap();
        assert_eq!(records.len(), 3);
        assert_eq!(records[2]["reason"], "interrupted");
        for record in records.iter().filter(|record| record["verdict"] == "verified") {
            assert!(folder.join(record["certificate"].as_str().unwrap()).is_file());
        }
    });
    assert!(in_order >= 4, "{in_order}");
}

#[test]
fn search_ends_in_order() {
    let sizes = "--d 3 --m 9 --bound 1-4 --budget 1000000000";
    let arguments = format!("search embedding {sizes} --certificates c --format csv --out s.csv");
    let in_order = ended_in_order(&arguments, |folder| {
        let Ok(text) = fs::read_to_string(folder.join("s.csv")) else { return };
        assert_eq!(text.lines().count(), 5, "{text}");
    });
    assert!(in_order >= 4, "{in_order}");
}

#[test]
fn reproduce_ends_in_order() {
    let in_order = ended_in_order("reproduce --only best-embedding --out out", |folder| {
        let Ok(text) = fs::read_to_string(folder.join("out/report.html")) else { return };
        assert!(text.contains("interrupted"));
    });
    assert!(in_order >= 4, "{in_order}");
}

#[test]
fn sweep_ends_in_order() {
    let sizes = "--d 8 --m 2-20 --seeds 2 --held-out 64";
    let arguments = format!("sweep --task qc {sizes} --journal j.jsonl --out s.csv --format csv");
    let in_order = ended_in_order(&arguments, |folder| {
        let Ok(text) = fs::read_to_string(folder.join("s.csv")) else { return };
        assert!(text.starts_with("arm,"), "{text}");
    });
    assert!(in_order >= 4, "{in_order}");
}

#[test]
fn a_program_that_waits_for_its_input_ends() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = start(folder.path(), "lp - --syntax lp --out l.txt");
    // a line is there, and the end never comes
    child.stdin.as_mut().unwrap().write_all(b"minimize\n").unwrap();
    std::thread::sleep(Duration::from_millis(400));
    send("-TERM", &child);
    assert_eq!(end(&mut child, "lp -").code(), Some(3));
    assert_eq!(files(folder.path()), Vec::<PathBuf>::new());
}

#[test]
fn with_nohup_a_program_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    let program = cargo_bin!("counterproof");
    let script = format!(
        "trap '' HUP; exec '{}' verify qc-histogram --n 2,60 --m 9 --format json",
        program.display()
    );
    let mut child = Command::new("sh")
        .args(["-c", &script])
        .current_dir(folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(500));
    send("-HUP", &child);
    std::thread::sleep(Duration::from_millis(300));
    assert!(child.try_wait().unwrap().is_none(), "ended by a signal that it was to ignore");
    send("-TERM", &child);
    assert_eq!(end(&mut child, "nohup").code(), Some(3));
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    let document: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["records"][1]["reason"], "interrupted");
}
