//! One hard cell on many machines: its parts are statements of their own, and all of them together are the cell, byte for byte.

use crate::support::certificates::mended;
use crate::support::journal::{entries, in_parts, write};
use crate::support::program::{records, run, run_anywhere};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// A model with positions that matter, which counts within 1/2 on some sequences only.
fn with_positions(folder: &Path) {
    let made = run(folder, "construct qc-count-attend --n 4 --m 3 --out attends.json");
    assert_eq!(made.0, 0, "{}", made.2);
    let text = fs::read_to_string(folder.join("attends.json")).unwrap();
    let mut model: Value = serde_json::from_str(&text).unwrap();
    // the first position is another one than the others
    let positions = &mut model["model"]["positions"];
    let rows = positions["rows"].as_array_mut().unwrap();
    assert_eq!((rows.len(), &rows[0], &rows[1]), (4, &rows[1], &rows[2]));
    let column = rows[0].as_array().unwrap().len() - 1;
    positions["rows"][0][column] = "1/1000".into();
    fs::write(folder.join("odd.json"), model.to_string()).unwrap();
}

#[test]
fn all_parts_are_the_whole() {
    for command in [
        "verify qc-histogram --n 1,5 --m 1-4 --d 2-3",
        "verify mfe-histogram --n 3,5 --m 2-4",
        "verify --model attends.json odd.json",
        "verify token-mixing --n 1,3 --m 1-2",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        with_positions(folder);
        let whole = run(folder, &format!("{command} --format json --certificates whole"));
        assert!(whole.0 < 2, "{}", whole.2);
        for of in [1, 3, 40] {
            let journals = in_parts(folder, command, of);
            let merged = run(
                folder,
                &format!(
                    "merge {journals} --format json --certificates joined-{of} --journal all-{of}"
                ),
            );
            let expected = whole.1.replace("whole/", &format!("joined-{of}/"));
            assert_eq!((merged.0, &merged.1), (whole.0, &expected), "{of}: {}", merged.2);
            assert_eq!(merged.2, "");
            for entry in fs::read_dir(folder.join("whole")).unwrap() {
                let path = entry.unwrap().path();
                let joined = folder.join(format!("joined-{of}")).join(path.file_name().unwrap());
                assert_eq!(fs::read(&path).unwrap(), fs::read(joined).unwrap());
            }
            // the journal is that of the whole command
            let again = run(
                folder,
                &format!("{command} --format json --certificates whole --journal all-{of}"),
            );
            assert_eq!((again.0, &again.1), (whole.0, &whole.1), "{}", again.2);
            assert!(again.2.contains("taken up"), "{}", again.2);
        }
    }
}

#[test]
fn a_part_is_never_read_as_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let command = "verify qc-histogram --n 5 --m 3";
    let part = format!("{command} --part 2/4 --certificates c --format json --journal part");
    let found = run(folder, &part);
    assert_eq!(found.0, 0, "{}", found.2);
    let [record] = records(&found).try_into().unwrap();
    assert_eq!((&record["claim"], &record["params"]["part"]), (&"part".into(), &"2/4".into()));
    assert_eq!(record["params"]["of"], "qc-histogram");
    let path = record["certificate"].as_str().unwrap().to_owned();
    assert_eq!(path, "c/part-n5-m3-d3-ofqc-histogram-part2_4.json");
    let (status, stdout, _) = run(folder, &format!("check {path}"));
    assert!(
        status == 0
            && stdout
                .contains("valid: part: part 2/4 of qc-histogram, and nothing about the others")
    );
    // who expects the claim does not get it
    for (expected, status) in [("qc-histogram", 1), ("part", 0)] {
        assert_eq!(
            run(folder, &format!("check --expect {expected} {path}")).0,
            status,
            "{expected}"
        );
    }
    // nor under its name
    let text = fs::read_to_string(folder.join(&path)).unwrap();
    let forged = mended(&text, |certificate| certificate["claim"] = "qc-histogram".into());
    fs::write(folder.join("forged.json"), forged).unwrap();
    assert_eq!(run(folder, "check forged.json").0, 1);
    // a journal of a part, said to be of the whole command or of another part
    let whole = run(folder, &format!("{command} --journal whole"));
    assert_eq!(whole.0, 0);
    for (name, forge) in [
        (
            "whole",
            Box::new(|part: &mut Vec<Value>, whole: &[Value]| {
                part[0] = whole[0].clone();
                part[1]["name"] = whole[1]["name"].clone();
                part[1]["values"] = whole[1]["values"].clone();
            }) as Box<dyn Fn(&mut Vec<Value>, &[Value])>,
        ),
        (
            "part",
            Box::new(|part: &mut Vec<Value>, _| {
                for field in [(0, "command"), (1, "name")] {
                    let text = part[field.0][field.1]
                        .as_str()
                        .unwrap()
                        .replace("2/4", "1/4")
                        .replace("2_4", "1_4");
                    part[field.0][field.1] = text.into();
                }
            }),
        ),
    ] {
        let mut forged = entries(&folder.join("part"));
        forge(&mut forged, &entries(&folder.join("whole")));
        write(&folder.join("forged"), &forged);
        let again = match name {
            "whole" => format!("{command} --journal forged"),
            _ => format!("{command} --part 1/4 --journal forged"),
        };
        let (status, _, said) = run(folder, &again);
        assert!(status == 0 && said.contains("not taken up, decided again: "), "{name}: {said}");
    }
}

#[test]
fn a_join_believes_no_part() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let right = "verify qc-histogram --n 5 --m 3";
    let journals = in_parts(folder, right, 3);
    let expected = run(folder, &format!("{right} --format csv"));
    // any order, shards of parts, parts twice
    let twice = format!("part-3-of-3 {journals} part-1-of-3");
    assert_eq!(run(folder, &format!("merge {twice} --format csv")).1, expected.1);
    let (status, _, said) = run(folder, "merge part-3-of-3 part-1-of-3");
    let words = "qc-histogram-n5-m3-d3: 1 of 3 parts are missing, the first is 2/3";
    assert!(status == 3 && said.contains(words), "{said}");
    let most = u64::MAX;
    assert_eq!(run(folder, &format!("{right} --part 1/{most} --journal most")).0, 0);
    let (status, _, said) = run(folder, "merge most");
    let words = format!("{} of {most} parts are missing, the first is 2/{most}", most - 1);
    assert!(status == 3 && said.contains(&words), "{said}");
    // a larger error than there is
    let mut forged = entries(&folder.join("part-2-of-3"));
    let at = forged[1]["values"].as_array().unwrap().iter().position(|v| v[0] == "max_error");
    forged[1]["values"][at.unwrap()][1] = serde_json::json!({"rational": "1/7"});
    write(&folder.join("forged"), &forged);
    let (status, _, said) = run(folder, "merge part-1-of-3 forged part-3-of-3");
    assert_eq!(status, 3, "{said}");
    assert!(said.contains("forged, line 2: it does not hold: "), "{said}");
    // other parts, another command, and what is no part
    let others = in_parts(folder, right, 2);
    let other = others.split(' ').next().unwrap();
    assert_eq!(run(folder, &format!("{right} --journal whole")).0, 0);
    let wrong = "verify qc-histogram --n 5 --m 4 --part 1/3 --journal other";
    assert_eq!(run(folder, wrong).0, 0);
    for (files, words) in [
        (format!("part-1-of-3 {other}"), "--part is 1/2 there, I/3 here"),
        ("part-1-of-3 whole".to_owned(), "whole: a journal of another command: command is"),
        ("part-1-of-3 other".to_owned(), "other: a journal of another command: command is"),
        ("whole part-1-of-3".to_owned(), "part-1-of-3: a journal of another command: command is"),
    ] {
        let (status, stdout, said) = run(folder, &format!("merge {files}"));
        assert_eq!((status, stdout.as_str()), (2, ""), "{files}: {said}");
        assert!(said.contains(words), "{files}: {said}");
    }
}

/// A wrong input in one part is enough, whatever the others; of several the first is told, as by one machine.
#[test]
fn a_wrong_input_refutes_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let command = "verify qc-histogram --n 5 --m 5 --d 3";
    let expected = run(folder, &format!("{command} --format csv"));
    assert_eq!(expected.0, 1);
    let journals = in_parts(folder, command, 4);
    let wrong: Vec<&str> = journals
        .split(' ')
        .filter(|name| entries(&folder.join(name))[1]["verdict"] == "refuted")
        .collect();
    assert!(wrong.len() > 1, "{wrong:?}");
    assert_eq!(run(folder, &format!("merge {journals} --format csv")).1, expected.1);
    let (status, stdout, said) = run(folder, &format!("merge {} --format csv", wrong[1]));
    assert!(status == 1 && stdout.contains("refuted"), "{said}");
    // a wrong input that is none is left out
    let mut forged = entries(&folder.join(wrong[0]));
    let text = forged[1]["certificate"].as_str().unwrap().to_owned();
    let changed = mended(&text, |certificate| {
        certificate["data"]["counterexample"]["sequence"] = serde_json::json!([0, 0, 0, 0, 0]);
    });
    forged[1]["certificate"] = changed.into();
    write(&folder.join("forged"), &forged);
    let (status, _, said) = run(folder, "merge forged");
    assert!(status == 3 && said.contains("forged, line 2: left out: "), "{said}");
}

#[test]
fn a_check_is_shared_out() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert_eq!(run(folder, "verify qc-histogram --n 6 --m 4 --certificates c").0, 0);
    assert_eq!(run(folder, "verify welch --m 4 --d 2 --bound 2 --certificates w").0, 0);
    let name = |folder: &Path| {
        let file = fs::read_dir(folder).unwrap().next().unwrap().unwrap().path();
        file.display().to_string()
    };
    let (file, welch) = (name(&folder.join("c")), name(&folder.join("w")));
    let mut evaluations = 0;
    for part in 1..=5 {
        let (status, stdout, said) = run(folder, &format!("check --part {part}/5 {file}"));
        assert_eq!((status, said.as_str()), (0, ""));
        let words =
            format!("valid in part {part}/5, the other parts are not checked: qc-histogram: ");
        assert!(stdout.contains(&words), "{stdout}");
        assert!(
            stdout.ends_with(
                "\n1 valid in part only, 0 valid, 0 invalid, 0 unusable, 0 not checked\n"
            )
        );
        let (count, _) = stdout.split_once(" evaluations, 224 inputs in all\n").unwrap();
        evaluations += count.rsplit(' ').next().unwrap().parse::<u64>().unwrap();
    }
    assert_eq!(evaluations, 224);
    let (status, _, said) = run(folder, &format!("check --part 1/5 {welch}"));
    assert!(
        status == 2 && said.contains("--part: certificates of the kind welch have no parts"),
        "{said}"
    );
    for part in ["0/5", "6/5", "1", "1/0", "a/b"] {
        assert_eq!(run(folder, &format!("check --part {part} {file}")).0, 2, "{part}");
    }
}

#[test]
fn only_what_is_enumerated_has_parts() {
    for (command, words) in [
        ("verify welch --m 3 --part 1/2", "--part: welch-m3"),
        (
            "verify qc-histogram --n any --m 3 --part 1/2",
            "is not decided by looking at every input",
        ),
        (
            "verify qc-count-attend --n 4 --m 4 --part 1/2",
            "is not decided by looking at every input",
        ),
        ("verify qc-histogram --n 3 --m 3 --part 3/2", "expected I/K with I from 1 to K"),
        ("verify inverse-width --n 4 --part 1/2 --plot x.svg", "--plot"),
        ("plan --parts 2 verify welch --m 3", "--part: welch-m3"),
        ("plan --parts 0 verify qc-histogram --n 3 --m 3", "at least 1"),
        ("plan --parts 2 verify qc-histogram --n 3 --m 3 --part 1/2", "--part"),
        (
            "plan --parts 1000000000 verify qc-histogram --n 3 --m 3",
            "has 1000000000 parts; expected at most",
        ),
    ] {
        let (status, stdout, said) = run_anywhere(command);
        assert_eq!((status, stdout.as_str()), (2, ""), "{command}: {said}");
        assert!(said.contains(words), "{command}: {said}");
    }
    let folder = tempfile::tempdir().unwrap();
    let (status, lines, _) =
        run(folder.path(), "plan --journals j --parts 3 verify qc-histogram --n 3-4 --m 3 --quiet");
    assert_eq!(status, 0);
    let lines: BTreeSet<&str> = lines.lines().collect();
    assert_eq!(lines.len(), 3);
    assert!(lines.contains(
        "counterproof verify qc-histogram --n 3-4 --m 3 --quiet --part 2/3 --journal j/part-2-of-3.jsonl"
    ));
}
