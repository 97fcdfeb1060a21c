//! `sweep` and `merge` as a user meets them: journals that survive `kill -9`, shards, limits, nonsense.

use crate::support::program::{run, start};
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// A sweep of tiny models, a second of work: 2 arms, 2 dimensions, 4 seeds. With `m = 1` the answer is always `n`, which
/// normalised targets give away, so that some seeds look further than the first size.
const TINY: &str = "sweep --task qc --d 2,4 --m 1-6 --seeds 4 --count 3 --steps 300 --held-out 64";

#[test]
fn a_killed_sweep_goes_on_and_prints_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let tiny = format!("{TINY} --full-grid");
    let expected = run(folder, &format!("{tiny} --threads 1"));
    assert_eq!(expected.0, 0, "{}", expected.2);
    let whole = run(folder, &format!("{tiny} --threads 2 --journal whole.jsonl"));
    assert_eq!(whole.1, expected.1);
    let lines = fs::read_to_string(folder.join("whole.jsonl")).unwrap().lines().count();
    assert_eq!(lines, 1 + 2 * 2 * 4 * 6);

    let arguments = format!("{tiny} --journal killed.jsonl --threads 2");
    let path = folder.join("killed.jsonl");
    let mut killed = 0;
    let mut cells_at_kill = Vec::new();
    for round in 0u64.. {
        assert!(round < 200, "no progress");
        let mut child = start(folder, &arguments);
        // spread over start, training and writing; growing, so that the sweep ends however slow the machine
        let patience = Duration::from_millis(5 + round * 37 % 150 + 4 * round);
        let start = Instant::now();
        let ended = loop {
            match child.try_wait().unwrap() {
                Some(status) => break Some(status),
                None if start.elapsed() > patience => break None,
                None => std::thread::sleep(Duration::from_millis(1)),
            }
        };
        if let Some(status) = ended {
            assert_eq!(status.code(), Some(0));
            break;
        }
        // SIGKILL
        child.kill().unwrap();
        child.wait().unwrap();
        killed += 1;
        cells_at_kill.push(fs::read(&path).map_or(0, |bytes| bytes.split(|b| *b == b'\n').count()));
    }
    assert!(killed >= 3, "killed {killed} times only");
    assert!(cells_at_kill.is_sorted(), "finished cells were lost: {cells_at_kill:?}");
    let (status, merged, stderr) = run(folder, "merge killed.jsonl");
    assert_eq!((status, merged.as_str()), (0, expected.1.as_str()), "{stderr}");
    // no cell was done twice, and every line is that of the sweep in one piece
    let sorted = |path: &Path| {
        let text = fs::read_to_string(path).unwrap();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&path), sorted(&folder.join("whole.jsonl")));
}

#[test]
fn a_torn_line_is_dropped_and_a_changed_one_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let arguments = format!("{TINY} --journal journal").replacen("--d 2,4", "--d 2", 1);
    let expected = run(folder, &arguments);
    let path = folder.join("journal");
    let whole = fs::read(&path).unwrap();
    fs::write(&path, &whole[..whole.len() - 40]).unwrap();
    let (status, _, stderr) = run(folder, "merge journal");
    assert_eq!(status, 3, "{stderr}");
    assert!(stderr.contains("unfinished last line") && stderr.contains("shard 1/1: 1 of 8"));
    let again = run(folder, &arguments);
    assert_eq!((again.0, &again.1), (0, &expected.1));
    assert!(again.2.contains("journal: dropped an unfinished last line"), "{}", again.2);
    assert_eq!(fs::read(&path).unwrap().len(), whole.len());

    let text = String::from_utf8(whole).unwrap();
    let changed = text.replacen("\"right\":", "\"right\": ", 1);
    assert_ne!(text, changed);
    fs::write(&path, &changed).unwrap();
    for arguments in ["merge journal", &arguments] {
        let (status, stdout, stderr) = run(folder, arguments);
        assert_eq!((status, stdout.as_str()), (2, ""));
        assert!(stderr.contains("journal, line 2: the digest does not fit"), "{stderr}");
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), changed);
}

#[test]
fn shards_merge_to_the_bytes_of_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for grid in ["", " --full-grid"] {
        let tiny = format!("{TINY}{grid}").replacen("--seeds 4", "--seeds 3", 1);
        let name = |index: usize| format!("part{}-{index}.jsonl", grid.len());
        let files: Vec<String> = (1..=3).map(name).collect();
        for (at, file) in files.iter().enumerate() {
            let index = at + 1;
            let part = run(folder, &format!("{tiny} --shard {index}/3 --journal {file}"));
            assert_eq!(part.0, 0, "{}", part.2);
            assert!(part.1.contains("unfinished:"), "a part is not the whole: {}", part.1);
        }
        let cut = files[..2].join(" ");
        let (status, _, stderr) = run(folder, &format!("merge {cut}"));
        assert_eq!(status, 3);
        assert!(stderr.contains("shard 3/3 is missing: 4 of 4 thresholds unfinished"), "{stderr}");
        for format in ["text", "json", "csv", "markdown", "latex"] {
            for table in ["thresholds", "cells"] {
                let show = format!("--format {format} --table {table} --plot figure.svg");
                let journal = format!("whole{}.jsonl", grid.len());
                let expected = run(folder, &format!("{tiny} --journal {journal} {show}"));
                let drawn = fs::read(folder.join("figure.svg")).unwrap();
                // in any order, also with a part given twice
                let order = format!("{} {} {} {}", files[2], files[0], files[1], files[0]);
                let merged = run(folder, &format!("merge {order} {show}"));
                assert_eq!(merged, expected, "{format}");
                assert_eq!(expected.0, 0);
                assert!(drawn == fs::read(folder.join("figure.svg")).unwrap());
            }
        }
    }
    // parts of different sweeps are told apart
    let (status, _, stderr) = run(folder, "merge part0-1.jsonl part12-2.jsonl");
    assert_eq!(status, 2);
    assert!(stderr.contains("search is") && stderr.contains("another sweep"), "{stderr}");
    let (status, _, stderr) = run(folder, "merge part0-1.jsonl whole0.jsonl");
    assert_eq!(status, 2);
    assert!(stderr.contains("shard.of is 1 there, 3 in"), "{stderr}");
}

#[test]
fn a_table_says_what_a_median_hides() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (status, stdout, stderr) =
        run(folder, &format!("{TINY} --full-grid --format json --out-dir out"));
    assert_eq!(status, 0, "{stderr}");
    let document: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(document["schema"], "counterproof/1");
    assert_eq!(document["records"], Value::Array(vec![]), "a measurement is no verdict");
    let measured = &document["measured"];
    assert_eq!(measured["complete"], true);
    let rows = measured["thresholds"].as_array().unwrap();
    let cells = measured["cells"].as_array().unwrap();
    assert_eq!((rows.len(), cells.len()), (4, 2 * 2 * 4 * 6));
    for row in rows {
        let number = |name: &str| row[name].as_u64().unwrap();
        let ends = ["below", "open", "collapsed", "diverged", "unfinished"];
        assert_eq!(ends.iter().map(|name| number(name)).sum::<u64>(), number("seeds"), "{row}");
        let health = ["cells_trained", "cells_collapsed", "cells_diverged"];
        assert_eq!(health.iter().map(|name| number(name)).sum::<u64>(), 24, "{row}");
        assert_eq!((number("steps"), number("m_up_to")), (300, 6));
    }
    for cell in cells {
        let number = |name: &str| cell[name].as_f64().unwrap();
        assert!(number("low") <= number("accuracy") && number("accuracy") <= number("high"));
        assert!(number("accuracy") <= number("within_one"));
        assert_eq!(cell["counts"].as_bool().unwrap(), number("accuracy") >= 0.8, "{cell}");
        assert_eq!(number("n"), 3.0 * number("m"));
    }
    for name in ["thresholds", "cells"] {
        for ending in ["csv", "md", "tex"] {
            assert!(folder.join("out").join(name).with_extension(ending).is_file());
        }
    }
    assert_eq!(fs::read_to_string(folder.join("out/thresholds.json")).unwrap(), stdout);
    assert!(fs::read_to_string(folder.join("out/thresholds.svg")).unwrap().contains("faithful"));
    // the folder's journal is whole
    let merged = run(folder, "merge out/journal.jsonl --format json");
    assert_eq!((merged.0, merged.1), (0, stdout));
}

#[test]
fn a_cell_is_the_model_that_train_gives() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (code, out, error) = run(
        folder,
        "sweep --task mfe --d 4 --m 3 --seed 5 --seeds 1 --count 4 --steps 700 --norm pre --heads 2 --no-positions \
         --held-out 512 --format json",
    );
    assert_eq!(code, 0, "{error}");
    let sweep: Value = serde_json::from_str(&out).unwrap();
    let cells = sweep["measured"]["cells"].as_array().unwrap();
    assert_eq!(cells.len(), 2);
    for cell in cells {
        let arm = cell["arm"].as_str().unwrap();
        let (code, out, error) = run(
            folder,
            &format!(
                "train --task mfe --d 4 --m 3 --seed 5 --count 4 --steps 700 --norm pre --heads 2 --no-positions \
                 --held-out 512 --arm {arm} --format json"
            ),
        );
        assert_eq!(code, 0, "{error}");
        let train: Value = serde_json::from_str(&out).unwrap();
        let row = train.as_array().map_or(&train, |rows| &rows[0]);
        for (name, same) in [
            ("n", "n"),
            ("accuracy", "accuracy"),
            ("mean_error", "mean_abs_error"),
            ("largest_attention", "largest_attention"),
            ("gradient_norm", "gradient_norm"),
        ] {
            assert!(!cell[name].is_null());
            let close = |value: &Value| value.as_f64().map(|value| format!("{value:.2}"));
            assert_eq!(close(&cell[name]), close(&row[same]), "{arm} {name}: {cell} {row}");
        }
    }
}

#[test]
fn a_limit_keeps_what_is_finished() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // every model would take minutes
    let long = "sweep --task mfe --d 32 --m 20 --seeds 1 --steps 10000000 --time-limit 0.3";
    let (status, stdout, stderr) =
        run(folder, &format!("{long} --journal journal --plot figure.svg"));
    assert_eq!(status, 3, "{stderr}");
    assert!(stderr.contains("nothing to draw yet") && !folder.join("figure.svg").exists());
    assert!(stderr.contains("the time limit was reached: 2 thresholds are unfinished"), "{stderr}");
    assert!(stdout.contains("unfinished: 1 of 1 seeds"), "{stdout}");
    assert_eq!(fs::read_to_string(folder.join("journal")).unwrap().lines().count(), 1);
    // another sweep does not go on with this journal
    let other = long.replace("10000000", "10");
    let (status, stdout, stderr) = run(folder, &format!("{other} --journal journal"));
    assert_eq!((status, stdout.as_str()), (2, ""));
    assert!(stderr.contains("settings.steps is 10000000 there, 10 here"), "{stderr}");
}

#[test]
fn nonsense_gets_one_clear_error() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::create_dir(folder.join("dir")).unwrap();
    fs::write(folder.join("notes"), "my notes\n").unwrap();
    for (arguments, message) in [
        ("--d 0", "--d: expected 1 to"),
        ("--d 99999999", "--d: expected 1 to"),
        ("--d 1-30000", "models in all"),
        ("--d 4 --m 5-2", "the range 5-2 is empty"),
        ("--d 4 --m 0", "m: expected 1 to"),
        ("--d 4 --m 9999999", "m: expected 1 to"),
        ("--d 4 --m 9000", "n: expected 1 to 32768, found 90000"),
        ("--d 4 --seeds 0", "seeds: expected at least 1, found 0"),
        ("--d 4 --seeds -1", "unexpected argument"),
        ("--d 4 --seed 18446744073709551615", "seed: expected"),
        ("--d 4 --steps 0", "steps: expected at least 1, found 0"),
        ("--d 4 --count 0", "count: expected at least 1, found 0"),
        ("--d 4 --n 0", "n: expected at least 1, found 0"),
        ("--d 4 --n 5 --count 3", "cannot be used with"),
        ("--d 4 --heads 3", "heads: expected a divisor of d = 4, found 3"),
        ("--d 4 --heads 0", "heads: expected 1 to"),
        ("--d 4 --norm sideways", "[possible values: post, pre, none]"),
        ("--d 4 --norm middle", "invalid value"),
        ("--d 4 --arm best", "invalid value"),
        ("--d 4 --held-out 0", "held-out: expected"),
        ("--d 4 --quick --full", "cannot be used with"),
        ("", "required"),
        ("--d 4 --shard 1/2", "required"),
        ("--d 4 --shard 3/2 --journal j", "expected i/k"),
        ("--d 4 --shard 0/2 --journal j", "expected i/k"),
        ("--d 4 --journal dir", "dir: expected a regular file"),
        ("--d 4 --journal nowhere/j", "cannot open the journal"),
        ("--d 4 --journal notes", "notes: not the journal of a sweep"),
        ("--d 4 --journal j --out-dir o", "cannot be used with"),
        ("--d 4 --plot figure.gif", "--plot: expected a file that ends in .svg, .png or .pdf"),
        ("--d 4 --plot nowhere/figure.svg", "--plot: there is no folder"),
        ("--d 4 --out nowhere/table", "--out: there is no folder"),
        ("--d 4 --threads 0", "expected 1 to 1024"),
    ] {
        let (status, stdout, stderr) = run(folder, &format!("sweep --task qc {arguments}"));
        assert_eq!((status, stdout.as_str()), (2, ""), "{arguments}: {stderr}");
        assert!(stderr.contains(message), "{arguments}: {stderr}");
        assert_eq!(stderr.matches("error:").count(), 1, "{arguments}: {stderr}");
    }
    for (arguments, message) in [
        ("merge", "required"),
        ("merge nowhere", "nowhere: cannot open the journal"),
        ("merge dir", "dir: expected a regular file"),
        ("merge notes", "notes: not the journal of a sweep"),
    ] {
        let (status, stdout, stderr) = run(folder, arguments);
        assert_eq!((status, stdout.as_str()), (2, ""), "{arguments}: {stderr}");
        assert!(stderr.contains(message), "{arguments}: {stderr}");
    }
    // nothing was left behind
    let left: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left.len(), 2, "{left:?}");
    assert_eq!(fs::read_to_string(folder.join("notes")).unwrap(), "my notes\n");
}

/// What a machine without the fastest kernels makes of a journal, and a journal that goes on anywhere.
#[test]
fn a_journal_of_portable_kernels_goes_on_anywhere() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let tiny = TINY.replacen("--d 2,4", "--d 2", 1);
    let portable = format!("{tiny} --kernels portable --journal portable");
    let expected = run(folder, &portable);
    assert_eq!(expected.0, 0, "{}", expected.2);
    let kernels = |name: &str| {
        let text = fs::read_to_string(folder.join(name)).unwrap();
        let header: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        header["entry"]["kernels"].as_str().unwrap().to_owned()
    };
    assert_eq!(kernels("portable"), "portable");
    // half of it elsewhere, where the C library finds no AVX2 either
    let text = fs::read_to_string(folder.join("portable")).unwrap();
    let half: Vec<&str> = text.split_inclusive('\n').take(5).collect();
    fs::write(folder.join("half"), half.concat()).unwrap();
    let mut older = std::process::Command::new(assert_cmd::cargo::cargo_bin!("counterproof"));
    let arguments = format!("{tiny} --kernels portable --journal half");
    let older = older
        .current_dir(folder)
        .args(arguments.split(' '))
        .env("GLIBC_TUNABLES", "glibc.cpu.hwcaps=-AVX2,-AVX2_Usable,-FMA,-FMA_Usable,-AVX512F");
    let output = older.output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected.1);
    let sorted = |name: &str| {
        let text = fs::read_to_string(folder.join(name)).unwrap();
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted("half"), sorted("portable"));
    // what is another kind is refused with what to do
    assert_eq!(run(folder, &format!("{tiny} --journal own")).0, 0);
    if kernels("own") == "portable" {
        return;
    }
    let (status, stdout, said) = run(folder, &format!("{tiny} --journal portable"));
    assert_eq!((status, stdout.as_str()), (2, ""), "{said}");
    assert!(said.contains("go on with --kernels portable"), "{said}");
    let (status, _, said) = run(folder, &format!("{tiny} --kernels portable --journal own"));
    assert!(status == 2 && said.contains("--constraint"), "{said}");
}
