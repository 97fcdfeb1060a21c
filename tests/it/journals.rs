//! Journals of verdicts: killed runs go on to the same bytes, nothing that was forged is believed, parts merge to the whole.

use crate::support::certificates::mended;
use crate::support::journal::{entries, write};
use crate::support::program::{run, start};
use serde_json::{Value, json};
use std::fs;
use std::time::{Duration, Instant};

const VERIFY: &str = "verify qc-histogram --n 2-9 --m 3-5 --d 4";
const SEARCH: &str = "search embedding --d 1-2 --m 3-4 --bound 1-2 --budget 200";
const COLLISION: &str = "search collision --embedding random --m 4-5 --d 1-2 --bound 3,9 --max-n 9";
const PHASE: &str = "phase --d 1-2 --m 2-4 --n 4 --bound 1 --budget 50";

#[test]
fn a_killed_run_goes_on_and_prints_the_same_bytes() {
    let verify = "verify qc-histogram --n 2-14 --m 3-5 --d 4";
    for (command, format) in
        [(verify, "json"), (SEARCH, "text"), (COLLISION, "markdown"), (PHASE, "csv")]
    {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let shown = format!("--certificates c --format {format} --threads 1");
        let expected = run(folder, &format!("{command} {shown}"));
        assert!(expected.0 < 2, "{}", expected.2);
        let names = |name: &str| {
            let files = fs::read_dir(folder.join(name)).unwrap();
            let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
            // SIGKILL may leave an unfinished file, which nobody can clear away
            let mut names: Vec<_> =
                names.filter(|name| !name.starts_with(".counterproof-")).collect();
            names.sort();
            names
        };
        let certificates = names("c");
        fs::remove_dir_all(folder.join("c")).unwrap();
        let arguments = format!("{command} {shown} --journal j.jsonl");
        let mut lines_at_kill = Vec::new();
        for round in 0u64.. {
            assert!(round < 200, "no progress");
            let mut child = start(folder, &arguments);
            // some work takes a few milliseconds, and some machines are slow
            let patience = Duration::from_millis(1 + round + round * round / 20);
            let start = Instant::now();
            while start.elapsed() < patience && child.try_wait().unwrap().is_none() {
                std::thread::sleep(Duration::from_millis(1));
            }
            if child.try_wait().unwrap().is_some() {
                break;
            }
            child.kill().unwrap();
            child.wait().unwrap();
            let journal = fs::read(folder.join("j.jsonl")).unwrap_or_default();
            lines_at_kill.push(journal.iter().filter(|byte| **byte == b'\n').count());
        }
        assert!(lines_at_kill.len() >= 2, "{command}: {lines_at_kill:?}");
        assert!(lines_at_kill.is_sorted(), "{command}: decided cells were lost: {lines_at_kill:?}");
        // all is there, and taken up
        let again = run(folder, &arguments);
        assert_eq!((again.0, &again.1), (expected.0, &expected.1), "{command}: {}", again.2);
        assert!(again.2.contains("taken up, their certificates checked again"), "{}", again.2);
        assert_eq!(names("c"), certificates);
        let count = entries(&folder.join("j.jsonl")).len();
        let ids: std::collections::BTreeSet<u64> = entries(&folder.join("j.jsonl"))[1..]
            .iter()
            .map(|entry| entry["cell"].as_u64().unwrap())
            .collect();
        assert_eq!(ids.len() + 1, count, "{command}: a cell was decided twice");
        let merged = run(folder, &format!("merge j.jsonl {shown}"));
        assert_eq!((merged.0, &merged.1), (expected.0, &expected.1), "{command}: {}", merged.2);
    }
}

#[test]
fn nothing_that_was_forged_is_believed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let command = "verify welch --m 3-6 --d 2 --bound 2 --format json";
    let expected = run(folder, command);
    assert_eq!(expected.0, 0, "{}", expected.2);
    let path = folder.join("j");
    let arguments = format!("{command} --journal j");
    assert_eq!(run(folder, &arguments).1, expected.1);
    let whole = entries(&path);
    assert_eq!(whole.len(), 5);
    type Forgery = fn(&mut Vec<Value>) -> usize;
    let forgeries: [(&str, Forgery, &str); 5] = [
        (
            "another verdict",
            |entries| {
                entries[2]["verdict"] = "refuted".into();
                1
            },
            "it proves verified",
        ),
        (
            "another value",
            |entries| {
                entries[1]["values"][0][1] = json!({"rational": "1/1000003"});
                1
            },
            "mu_squared",
        ),
        (
            "a value more",
            |entries| {
                let more = json!(["proved_for_all_n", {"bool": true}]);
                entries[3]["values"].as_array_mut().unwrap().push(more);
                1
            },
            "nothing accounts for",
        ),
        (
            "the certificates of each other",
            |entries| {
                let first = entries[1]["certificate"].clone();
                entries[1]["certificate"] = entries[4]["certificate"].clone();
                entries[4]["certificate"] = first;
                2
            },
            "not taken up",
        ),
        (
            "an altered certificate with its digest mended",
            |entries| {
                let text = entries[1]["certificate"].as_str().unwrap().to_owned();
                let forged = mended(&text, |certificate| {
                    certificate["params"]["mu_squared"] = "1/1000003".into();
                });
                entries[1]["certificate"] = forged.into();
                entries[1]["values"][0][1] = json!({"rational": "1/1000003"});
                1
            },
            "mu_squared",
        ),
    ];
    for (name, forge, words) in forgeries {
        let mut forged = whole.clone();
        let count = forge(&mut forged);
        write(&path, &forged);
        // whoever joins it leaves it out
        let (status, _, said) = run(folder, "merge j");
        assert_eq!((status, said.matches(": left out: ").count()), (3, count), "{name}: {said}");
        let (status, stdout, said) = run(folder, &arguments);
        assert_eq!((status, &stdout), (expected.0, &expected.1), "{name}: {said}");
        let told = said.matches("not taken up, decided again: ").count();
        assert!(told == count && said.contains(words), "{name}: {said}");
        // decided again, and the last line about a cell counts
        let (status, stdout, said) = run(folder, &arguments);
        assert_eq!((status, &stdout), (expected.0, &expected.1), "{name}: {said}");
        assert!(!said.contains("not taken up"), "{name}: {said}");
    }
    // a digest that does not fit, or a cell that there is not, is no journal of this command
    write(&path, &whole);
    let changed = fs::read_to_string(&path).unwrap().replacen("\"integer\":", "\"integer\": ", 1);
    fs::write(&path, &changed).unwrap();
    for arguments in [arguments.as_str(), "merge j"] {
        let (status, stdout, said) = run(folder, arguments);
        assert_eq!((status, stdout.as_str()), (2, ""), "{said}");
        assert!(said.contains("j, line 2: the digest does not fit"), "{said}");
    }
    assert_eq!(fs::read_to_string(&path).unwrap(), changed);
    for (field, value) in [("cell", json!(4)), ("cell", json!(1)), ("name", json!("x"))] {
        let mut forged = whole.clone();
        forged[1][field] = value;
        write(&path, &forged);
        let (status, stdout, said) = run(folder, &arguments);
        assert!(
            status == 2 && stdout.is_empty() && said.contains("line 2: there is no cell"),
            "{said}"
        );
    }
    // a torn last line is dropped
    write(&path, &whole);
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() - 30]).unwrap();
    let (status, stdout, said) = run(folder, &arguments);
    assert_eq!((status, &stdout), (expected.0, &expected.1), "{said}");
    assert!(said.contains("dropped an unfinished last line"), "{said}");
    assert_eq!(fs::read(&path).unwrap().len(), bytes.len());
}

#[test]
fn parts_merge_to_the_bytes_of_one_run() {
    for (command, figure) in [(VERIFY, false), (SEARCH, false), (COLLISION, false), (PHASE, true)] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let mut statuses = Vec::new();
        for part in ["1/3", "2/3", "3/3", "1/2", "2/4", "4/4"] {
            let file = part.replace('/', "-");
            let (status, _, said) =
                run(folder, &format!("{command} --shard {part} --journal {file}"));
            assert!(status < 2, "{said}");
            statuses.push(status);
        }
        for format in ["text", "json", "csv", "markdown", "latex"] {
            let plot = if figure { " --plot f.svg" } else { "" };
            let show = format!("--format {format}{plot}");
            let expected = run(folder, &format!("{command} {show}"));
            assert_eq!(expected.0, statuses[..3].iter().copied().max().unwrap(), "{command}");
            let drawn = fs::read(folder.join("f.svg")).ok();
            // in any order, parts of several divisions, with cells twice
            for files in ["3-3 1-3 2-3", "4-4 1-2 2-4", "2-3 1-2 3-3 2-4 1-3 1-3"] {
                let merged = run(folder, &format!("merge {files} {show}"));
                assert_eq!(
                    (merged.0, &merged.1),
                    (expected.0, &expected.1),
                    "{files}: {}",
                    merged.2
                );
                assert_eq!(merged.2, "", "nothing is missing");
                assert_eq!(fs::read(folder.join("f.svg")).ok(), drawn);
            }
        }
        let (status, stdout, _) = run(folder, "merge 1-3 3-3 2-3 --out all.json --format json");
        assert!(status < 2 && stdout.is_empty());
        let whole = run(folder, &format!("{command} --format json")).1;
        assert_eq!(fs::read_to_string(folder.join("all.json")).unwrap(), whole);
        // what is missing is named
        let (status, _, said) = run(folder, "merge 3-3 1-3");
        assert!(status == 3 && said.contains("note: shard 2/3 is missing: "), "{said}");
        let (status, _, said) = run(folder, "merge 1-2 2-4");
        assert!(status == 3 && said.contains("cells are undecided, the first is"), "{said}");
    }
}

#[test]
fn certificates_of_parts_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let command = "verify mfe-bits --n 3,5 --m 2-4";
    for part in 1..=2 {
        assert_eq!(run(folder, &format!("{command} --shard {part}/2 --journal {part}")).0, 0);
    }
    let expected = run(folder, &format!("{command} --certificates whole --format json")).1;
    let merged = run(folder, "merge 1 2 --certificates parts --format json");
    assert_eq!((merged.0, merged.1), (0, expected.replace("whole/", "parts/")));
    let mut names: Vec<String> = fs::read_dir(folder.join("parts"))
        .unwrap()
        .map(|file| format!("parts/{}", file.unwrap().file_name().to_str().unwrap()))
        .collect();
    names.sort();
    assert_eq!(names.len(), 6);
    assert_eq!(run(folder, &format!("check {}", names.join(" "))).0, 0);
    for name in names {
        let whole = folder.join(name.replace("parts/", "whole/"));
        assert_eq!(fs::read(folder.join(name)).unwrap(), fs::read(whole).unwrap());
    }
}

#[test]
fn two_valid_answers_to_one_question_are_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let command = "search embedding --d 1 --m 3-4 --bound 1";
    assert!(run(folder, &format!("{command} --journal a")).0 < 2);
    let mut other = entries(&folder.join("a"));
    // how long a search took follows from no certificate
    let values = other[1]["values"].as_array_mut().unwrap();
    let visited = values.iter_mut().find(|value| value[0] == "visited").unwrap();
    visited[1] = json!({"integer": "1000"});
    write(&folder.join("b"), &other);
    let (status, stdout, said) = run(folder, "merge a b");
    assert_eq!((status, stdout.as_str()), (2, ""), "{said}");
    assert!(
        said.contains("b: uniform-collision-") && said.contains("has another answer than in a"),
        "{said}"
    );
}

#[test]
fn a_journal_of_another_command_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let made = run(folder, "construct qc-histogram --n 4 --m 3 --out model.json");
    assert_eq!(made.0, 0);
    let command = "verify --model model.json --n 4";
    assert_eq!(run(folder, &format!("{command} --journal j")).0, 0);
    let before = fs::read(folder.join("j")).unwrap();
    let refused = |arguments: &str, words: &[&str]| {
        let (status, stdout, said) = run(folder, arguments);
        assert_eq!((status, stdout.as_str()), (2, ""), "{arguments}: {said}");
        assert!(words.iter().all(|word| said.contains(word)), "{arguments}: {said}");
        assert_eq!(fs::read(folder.join("j")).unwrap(), before);
    };
    let there = "command is \"verify --model model.json --n 4\" there";
    refused("verify --model model.json --n 3 --journal j", &[there, "--n 3\" here"]);
    refused("verify qc-histogram --n 4 --journal j", &[there]);
    refused(&format!("{command} --shard 1/2 --journal j"), &["shard.of is 1 there, 2 here"]);
    refused("sweep --task qc --d 2 --m 1 --journal j", &["expected `counterproof-sweep`"]);
    // what does not belong to the cells is not the command's
    let apart = "--threads 1 --format csv --time-limit 600 --quiet --certificates c --out o.csv";
    assert_eq!(run(folder, &format!("{command} {apart} --journal j")).0, 0);
    assert_eq!(fs::read(folder.join("j")).unwrap(), before);
    refused("verify --model model.json --n 4 --journal j --out ./j", &["j is a journal"]);
    // another version of the program
    let mut other = entries(&folder.join("j"));
    other[0]["program"] = "0.0.1".into();
    write(&folder.join("k"), &other);
    for arguments in
        [format!("{command} --journal k"), "merge k".to_owned(), "merge j k".to_owned()]
    {
        refused(&arguments, &["k: a journal of another command: program is \"0.0.1\" there"]);
    }
    // another command beside it
    assert_eq!(run(folder, "verify welch --m 3 --journal w").0, 0);
    refused("merge j w", &["w: a journal of another command: command is"]);
    refused("merge w j", &["j: a journal of another command: command is"]);
    // a command that decides nothing, and one that is none
    for odd in ["reproduce --out x", "verify 'qc", "verify nothing"] {
        let mut other = entries(&folder.join("j"));
        other[0]["command"] = odd.into();
        write(&folder.join("odd"), &other);
        refused("merge odd", &["odd: command: "]);
    }
    assert!(!folder.join("x").exists());
    // another file under the same name
    let made = run(folder, "construct qc-histogram --n 4 --m 4 --out model.json");
    assert_eq!(made.0, 0);
    let words = ["j: a journal of another command: inputs.model.json is"];
    refused(&format!("{command} --journal j"), &words);
    refused("merge j", &words);
    fs::remove_file(folder.join("model.json")).unwrap();
    refused("merge j", &["j: command: ", "model.json"]);
    // usage
    refused("verify welch --shard 1/2", &["--journal"]);
    refused("verify welch --journal t --timings", &["--timings"]);
    refused("phase --shard 1/2 --journal t --plot f.svg", &["--plot"]);
    refused("verify welch --journal t --out t", &["t is a journal; name another file"]);
    refused("merge j --out ./j", &["j is a journal; name another file"]);
    refused("merge j --table cells", &["--table: not with the journals of verdicts"]);
    refused("verify welch --journal nodir/t", &["nodir/t"]);
}

#[test]
fn limits_and_locks_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let command = "verify qc-histogram --n 2-4 --m 3 --format json --journal j";
    let expected = run(folder, command);
    assert_eq!(expected.0, 0);
    let before = fs::read(folder.join("j")).unwrap();
    let (status, stdout, said) = run(folder, &format!("{command} --time-limit 0"));
    assert!(status == 3 && stdout.matches("\"undecided\"").count() == 3, "{stdout}");
    assert!(said.contains("no time to check 3 more"), "{said}");
    assert_eq!(fs::read(folder.join("j")).unwrap(), before);
    let (status, _, said) = run(folder, "merge j --time-limit 0");
    assert!(status == 3 && said.contains("no time to check 3 verdicts"), "{said}");
    // somebody else is at it
    let file = fs::File::open(folder.join("j")).unwrap();
    fs4::FileExt::try_lock(&file).unwrap();
    let (status, stdout, said) = run(folder, command);
    assert_eq!((status, stdout.as_str()), (3, ""), "{said}");
    assert!(said.contains("j: in use by another command"), "{said}");
    drop(file);
    let again = run(folder, command);
    assert_eq!((again.0, again.1), (0, expected.1));
}

#[test]
fn the_lines_of_a_plan_merge_to_the_command() {
    for command in [
        "verify welch --m 3-5 --bound 2",
        SEARCH,
        COLLISION,
        "phase --d 1 --m 2-3 --n 3 --budget 20",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let (status, lines, said) =
            run(folder, &format!("plan --journals j {command} --threads 1"));
        assert_eq!(status, 0, "{said}");
        let records = run(folder, &format!("{command} --format csv"));
        for line in lines.lines() {
            let (status, _, said) = run(folder, line.strip_prefix("counterproof ").unwrap());
            assert!(status < 2, "{line}: {said}");
        }
        let journals: Vec<&str> =
            lines.lines().map(|line| line.rsplit(' ').next().unwrap()).collect();
        assert!(journals.len() > 2 && journals[0].starts_with("j/cell-1-of-"), "{lines}");
        let merged = run(folder, &format!("merge {} --format csv", journals.join(" ")));
        assert_eq!((merged.0, &merged.1), (records.0, &records.1), "{}", merged.2);
        // without one line its cell is missing
        let (status, _, said) = run(folder, &format!("merge {}", journals[1..].join(" ")));
        let words = format!("shard 1/{} is missing: 1 of 1 cells", journals.len());
        assert!(status == 3 && said.contains(&words), "{said}");
    }
    let folder = tempfile::tempdir().unwrap();
    for (command, words) in [
        ("verify welch --m 3 --out x", "--out: not in a plan"),
        ("verify welch --m 3 --journal x", "--journal: not in a plan"),
        ("reproduce --out x", "makes no table"),
        ("verify nothing", "nothing"),
        ("verify pigeonhole --n 1-100000 --m 2-3", "expected at most 100000"),
    ] {
        let (status, stdout, said) = run(folder.path(), &format!("plan {command}"));
        assert_eq!((status, stdout.as_str()), (2, ""), "{command}: {said}");
        assert!(said.contains(words), "{command}: {said}");
    }
}
