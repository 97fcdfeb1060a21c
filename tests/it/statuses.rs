//! Exit statuses: 2 only where nothing was computed, 3 for whatever is unfinished, and destinations tried before the work.

use crate::support::program::run;
use std::fs;
use std::time::{Duration, Instant};

#[test]
fn destinations_are_tried_before_the_work() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("file"), "mine").unwrap();
    fs::write(folder.join("p.lp"), "Maximize\n x\nSubject To\n a: x <= 1\nEnd\n").unwrap();
    // each works for minutes, if it gets there
    let verify = "verify qc-histogram --n 60 --m 9";
    let embedding = "search embedding --d 4 --m 12 --bound 3 --budget 1000000000";
    let collision = "search collision --embedding random --m 40 --d 12 --bound 50";
    let phase = "phase --d 3 --m 9 --budget 1000000000";
    let sweep = "sweep --task qc --d 8 --m 2-20";
    let ask = "ask --endpoint http://127.0.0.1:9 --model x --m 2";
    for (command, files, folders) in [
        (verify, &["--out", "--plot"][..], &["--certificates"][..]),
        (embedding, &["--out"], &["--certificates"]),
        (collision, &["--out"], &["--certificates", "--vipr"]),
        (phase, &["--out", "--plot"], &["--certificates"]),
        (sweep, &["--out", "--plot", "--journal"], &["--out-dir"]),
        (ask, &["--out", "--plot", "--journal"], &[]),
        ("train --m 9 --d 8", &["--out", "--plot", "--checkpoint", "--export"], &[]),
        ("cross-validate --d 8", &["--out"], &[]),
        ("lp p.lp", &["--out", "--certificate", "--vipr"], &[]),
        ("check p.lp", &[], &["--coq", "--vipr"]),
        ("reproduce", &[], &["--out"]),
    ] {
        let files = files.iter().map(|option| (option, "nodir/x.svg", "nodir"));
        let folders = folders.iter().map(|option| (option, "file", "file"));
        for (option, value, named) in files.chain(folders) {
            let value = if *option == "--export" { "nodir/x.safetensors" } else { value };
            let arguments = format!("{command} {option} {value}");
            let start = Instant::now();
            let (status, stdout, stderr) = run(folder, &arguments);
            assert_eq!((status, stdout.as_str()), (2, ""), "{arguments}: {stderr}");
            assert!(stderr.contains(named), "{arguments}: {stderr}");
            assert!(start.elapsed() < Duration::from_secs(30), "{arguments}: worked first");
        }
    }
    let mut left: Vec<_> =
        fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["file", "p.lp"]);
}

#[cfg(target_os = "linux")]
#[test]
fn what_cannot_be_written_after_the_work_is_unfinished() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("p.lp"), "Maximize\n x\nSubject To\n a: x <= 1\nEnd\n").unwrap();
    for command in [
        "verify qc-histogram --n 3 --m 3",
        "search embedding --d 1 --m 3 --bound 1",
        "search collision --embedding moment --m 4 --d 1",
        "phase --d 1 --m 2-3 --n 3 --budget 10",
        "lp p.lp",
        "train --m 2 --d 2 --n 3 --steps 3 --held-out 8",
        "sweep --task qc --d 2 --m 1 --seeds 1 --count 2 --steps 5 --held-out 8",
    ] {
        let (status, _, stderr) = run(folder, &format!("{command} --out /dev/full"));
        assert_eq!(status, 3, "{command}: {stderr}");
        assert!(stderr.starts_with("error: /dev/full: cannot write"), "{command}: {stderr}");
    }
}

#[test]
fn a_refuted_claim_is_zero_where_that_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let refuted = "verify qc-histogram --n 4 --m 4,6 --d 4";
    let option = "--exit-zero-if-decided";
    let plain = run(folder.path(), refuted);
    assert_eq!(plain.0, 1);
    let asked = run(folder.path(), &format!("{refuted} {option}"));
    assert_eq!((asked.0, asked.1), (0, plain.1));
    // what is open stays 3
    let open = format!("{refuted} {option} --time-limit 0");
    assert_eq!(run(folder.path(), &open).0, 3);
    let mixed = "verify qc-histogram --m 12 --n 4,60 --d 4,12 --time-limit 1";
    let (status, stdout, _) = run(folder.path(), &format!("{mixed} {option}"));
    assert!(status == 3 && stdout.contains("refuted") && stdout.contains("undecided"), "{stdout}");
}

#[test]
fn a_grid_of_too_many_cells_is_counted_and_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let sizes = "--n 1-100000 --m 1-1024 --d 1-1024";
    for (arguments, found) in [
        (format!("verify qc-histogram {sizes}"), "104857600000 cells"),
        (format!("verify pigeonhole {sizes}"), "104857600000 cells"),
        (
            "verify inverse-width --n 1-100000 --epsilon 1,2,3,4,5,6,7,8,9,10,11".to_owned(),
            "1100000 cells",
        ),
        ("search embedding --d 1-64 --m 1-64 --bound 1-245".to_owned(), "1003520 cells"),
        (
            "verify qc-histogram --n 4 --m 1-999 --d 1-999".to_owned(),
            "numbers in their token vectors",
        ),
        (
            "verify separation --n 1-100 --m 64-128 --d 64-128".to_owned(),
            "numbers in their token vectors",
        ),
    ] {
        let start = Instant::now();
        let (status, stdout, stderr) = run(folder.path(), &arguments);
        assert_eq!((status, stdout.as_str()), (2, ""), "{arguments}: {stderr}");
        assert!(stderr.contains(found) && stderr.contains("at most"), "{arguments}: {stderr}");
        assert!(start.elapsed() < Duration::from_secs(10), "{arguments}");
    }
}

/// The largest grid that is allowed is planned in bounded memory, and the time limit holds all the while.
#[cfg(target_os = "linux")]
#[test]
fn the_largest_grid_keeps_to_memory_and_time() {
    let folder = tempfile::tempdir().unwrap();
    let program = assert_cmd::cargo::cargo_bin!("counterproof");
    let grid = "verify pigeonhole --n 1-100000 --m 2-11 --d 1 --threads 1 --time-limit 1 --out o.csv --format csv";
    let script = format!("ulimit -v 6000000; exec '{}' {grid}", program.display());
    let start = Instant::now();
    let output = std::process::Command::new("sh")
        .args(["-c", &script])
        .current_dir(folder.path())
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(3), "{stderr}");
    assert!(start.elapsed() < Duration::from_secs(90), "{:?}", start.elapsed());
}
