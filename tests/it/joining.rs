//! Journals of several machines joined into one, which goes on, and which `reproduce` takes up.

use crate::support::folder::tree;
use crate::support::journal::{entries, write};
use crate::support::program::run;
use serde_json::json;
use std::fs;
use std::path::Path;

const TABLES: &str = "reproduce --quick --only welch,pigeonhole";

/// The commands of a table of a report.
fn commands(out: &Path, table: &str) -> Vec<String> {
    let text = fs::read_to_string(out.join(format!("tables/{table}.json"))).unwrap();
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    let commands = document["provenance"]["commands"].as_array().unwrap();
    let bare = |command: &serde_json::Value| {
        command.as_str().unwrap().strip_prefix("counterproof ").unwrap().to_owned()
    };
    commands.iter().map(bare).collect()
}

#[test]
fn a_joined_journal_goes_on_as_that_of_one_run() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let command = "search collision --embedding random --m 4-5 --d 1-2 --seed 0-1 --query 0-1";
    let expected = run(folder, &format!("{command} --format csv"));
    assert_eq!(expected.0, 0, "{}", expected.2);
    assert_eq!(expected.1.lines().count(), 17);
    for part in 1..=3 {
        let part = format!("{command} --shard {part}/3 --journal part-{part}");
        assert_eq!(run(folder, &part).0, 0);
    }
    // two of three first, and the third when it is there
    let (status, _, said) = run(folder, "merge part-3 part-1 --journal all");
    assert!(status == 3 && said.contains("shard 2/3 is missing: 5 of 5"), "{said}");
    let two = fs::read(folder.join("all")).unwrap();
    assert_eq!(entries(&folder.join("all")).len(), 12);
    let merged = run(folder, "merge part-2 --journal all --format csv");
    assert_eq!((merged.0, &merged.1), (0, &expected.1), "{}", merged.2);
    let three = fs::read(folder.join("all")).unwrap();
    assert!(three.starts_with(&two));
    for again in [
        "merge part-2 part-1 part-3 --journal all",
        "merge all",
        &format!("{command} --journal all"),
    ] {
        let again = run(folder, &format!("{again} --format csv"));
        assert_eq!((again.0, &again.1), (0, &expected.1), "{}", again.2);
        assert_eq!(fs::read(folder.join("all")).unwrap(), three);
    }
    // an entry of it that does not hold is told, and the part's is added
    let mut forged = entries(&folder.join("all"));
    let at = forged[1]["cell"].clone();
    forged[1]["verdict"] = "refuted".into();
    write(&folder.join("all"), &forged);
    let (status, stdout, said) =
        run(folder, "merge part-1 part-2 part-3 --journal all --format csv");
    assert_eq!((status, &stdout), (0, &expected.1), "{said}");
    assert!(said.contains("all, line 2: left out: it proves verified"), "{said}");
    let mended = entries(&folder.join("all"));
    assert_eq!((mended.len(), &mended[17]["cell"]), (18, &at));
    assert_eq!(run(folder, "merge all --format csv").1, expected.1);
}

#[test]
fn only_a_journal_of_the_same_command_is_added_to() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert_eq!(run(folder, "verify welch --m 3-4 --bound 2 --journal a").0, 0);
    assert_eq!(run(folder, "verify welch --m 3 --bound 2 --journal other").0, 0);
    assert_eq!(run(folder, "verify welch --m 3-4 --bound 2 --shard 1/2 --journal part").0, 0);
    fs::write(folder.join("notes"), "of somebody\n").unwrap();
    for (to, words) in [
        ("other", "other: a journal of another command: command is"),
        ("part", "part: a journal of another command: shard.of is 2 there, 1 here"),
        ("notes", "notes: not the journal of a command"),
        ("./a", "a is a journal; name another file"),
        ("nodir/x", "there is no folder nodir"),
    ] {
        let before = fs::read(folder.join(to)).ok();
        let (status, stdout, said) = run(folder, &format!("merge a --journal {to}"));
        assert_eq!((status, stdout.as_str()), (2, ""), "{to}: {said}");
        assert!(said.contains(words), "{to}: {said}");
        assert_eq!(fs::read(folder.join(to)).ok(), before);
    }
    // another answer than the journal has
    let mut different = entries(&folder.join("a"));
    different[1]["values"].as_array_mut().unwrap().push(json!(["visited", {"integer": "3"}]));
    write(&folder.join("b"), &different);
    let before = fs::read(folder.join("b")).unwrap();
    let (status, _, said) = run(folder, "merge a --journal b");
    assert!(status == 2 && said.contains("has another answer than in a"), "{said}");
    assert_eq!(fs::read(folder.join("b")).unwrap(), before);
}

#[test]
fn several_programs_have_one_journal() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let netlib = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/netlib");
    fs::copy(netlib.join("afiro.mps"), folder.join("afiro.mps")).unwrap();
    let none = "Minimize\n x\nSubject To\n up: x + y >= 3\n down: 2 x + 2 y <= 5\nEnd\n";
    fs::write(folder.join("none.lp"), none).unwrap();
    // names that stand in a certificate in other words
    let odd = "NAME T\nROWS\n N cost\n G need\nCOLUMNS\n plant\\1 cost 2 need 1\n \"s\"_50% cost 3 need 1\nRHS\n rhs need 4\nENDATA\n";
    fs::write(folder.join("odd.mps"), odd).unwrap();
    let command = "lp none.lp odd.mps afiro.mps --solution";
    let each: Vec<String> = ["none.lp", "odd.mps", "afiro.mps"]
        .iter()
        .map(|file| run(folder, &format!("lp {file} --solution")).1)
        .collect();
    let expected = run(folder, command);
    assert_eq!((expected.0, &expected.1), (0, &each.join("\n")), "{}", expected.2);
    assert!(expected.1.contains("  plant\\1 = 4\n") && expected.1.contains("  up = "));
    for part in 1..=2 {
        let (status, stdout, _) =
            run(folder, &format!("{command} --shard {part}/2 --journal {part}"));
        assert_eq!((status, stdout.contains("odd.mps")), (0, part == 2));
    }
    let merged = run(folder, "merge 2 1 --journal all --certificates c");
    assert_eq!(merged.0, 0, "{}", merged.2);
    for format in ["text", "json", "csv"] {
        let whole = run(folder, &format!("{command} --format {format}"));
        for again in ["merge 1 2".to_owned(), format!("{command} --journal all")] {
            let again = run(folder, &format!("{again} --format {format}"));
            assert_eq!((again.0, &again.1), (0, &whole.1), "{}", again.2);
        }
    }
    assert_eq!(fs::read_dir(folder.join("c")).unwrap().count(), 3);
    // another program's certificate is not this one's
    let mut forged = entries(&folder.join("all"));
    let (first, second) = (forged[1].clone(), forged[2].clone());
    for (to, from) in [(1, second), (2, first)] {
        for field in ["certificate", "values", "verdict"] {
            forged[to][field] = from[field].clone();
        }
        // the digests of the files are those of their cells
        let (sha256, other) =
            (entries(&folder.join("all"))[to]["values"].clone(), &mut forged[to]["values"]);
        *other.as_array_mut().unwrap().last_mut().unwrap() =
            sha256.as_array().unwrap().last().unwrap().clone();
    }
    write(&folder.join("forged"), &forged);
    let (status, _, said) = run(folder, "merge forged");
    assert_eq!((status, said.matches("left out: ").count()), (3, 2), "{said}");
    for (arguments, words) in [
        ("lp none.lp none.lp", "none.lp is given twice"),
        ("lp none.lp odd.mps --certificate x", "--certificate: not with 2 programs"),
        ("lp none.lp odd.mps --vipr x", "--vipr: not with 2 programs"),
        ("lp - --syntax lp --journal x", "--journal: not with `-`"),
        ("lp none.lp missing.lp --journal x", "missing.lp"),
        ("lp none.lp --timings --journal x", "--timings"),
    ] {
        let (status, stdout, said) = run(folder, arguments);
        assert_eq!((status, stdout.as_str()), (2, ""), "{arguments}: {said}");
        assert!(said.contains(words), "{arguments}: {said}");
        assert!(!folder.join("x").exists());
    }
}

#[test]
fn what_a_cluster_decided_enters_the_report() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert_eq!(run(folder, &format!("{TABLES} --out straight")).0, 0);
    let expected = tree(&folder.join("straight"));
    let [welch] = commands(&folder.join("straight"), "welch").try_into().unwrap();
    let pigeonhole = commands(&folder.join("straight"), "pigeonhole").pop().unwrap();
    for part in 1..=2 {
        run(folder, &format!("{welch} --shard {part}/2 --journal welch-{part}"));
        run(folder, &format!("{pigeonhole} --shard {part}/2 --journal pigeonhole-{part}"));
    }
    assert_eq!(run(folder, "merge welch-1 welch-2 --journal welch").0, 0);
    let all = entries(&folder.join("welch")).len() - 1;
    // joined, and one part of two
    let some = entries(&folder.join("pigeonhole-2")).len() - 1;
    let journals = "--journals welch,pigeonhole-2";
    let (status, _, said) = run(folder, &format!("{TABLES} --out out {journals}"));
    assert_eq!(status, 0, "{said}");
    let words = format!("{} verdicts taken up from journals", all + some);
    assert!(said.contains(&words) && !said.contains("not taken up"), "{said}");
    assert_eq!(tree(&folder.join("out")), expected);
    // an interrupted report keeps them without the journals
    let (status, _, _) = run(folder, &format!("{TABLES} --out kept {journals} --time-limit 0"));
    assert_eq!(status, 3);
    let (status, _, said) = run(folder, &format!("{TABLES} --out kept {journals}"));
    assert!(status == 0 && tree(&folder.join("kept")) == expected, "{said}");
    // what does not hold is named and decided here
    let mut forged = entries(&folder.join("welch"));
    forged[1]["verdict"] = "refuted".into();
    forged[2]["values"][0][1] = json!({"rational": "1/1000003"});
    write(&folder.join("forged"), &forged);
    let (status, _, said) = run(folder, &format!("{TABLES} --out out-2 --journals forged"));
    assert_eq!((status, said.matches("not taken up, decided again: ").count()), (0, 2), "{said}");
    assert!(said.contains("forged, line 2: not taken up, decided again: it proves"), "{said}");
    assert_eq!(tree(&folder.join("out-2")), expected);
    // unless another journal has it
    let (status, _, said) = run(folder, &format!("{TABLES} --out out-3 --journals forged,welch"));
    assert!(
        status == 0 && said.contains(&format!("{all} verdicts taken up from journals")),
        "{said}"
    );
    assert_eq!(tree(&folder.join("out-3")), expected);
    // what is not asked for is named
    let only = "reproduce --quick --only pigeonhole --out out-4 --journals welch";
    let (status, _, said) = run(folder, only);
    let words = format!("welch: ignored {all} verdicts that are of no table of this report");
    assert!(status == 0 && said.contains(&words), "{said}");
    // what is no such journal is refused before the folder is touched
    let mut older = entries(&folder.join("welch"));
    older[0]["program"] = "0.0.1".into();
    write(&folder.join("older"), &older);
    fs::write(folder.join("notes"), "of somebody\n").unwrap();
    for (journal, words) in [
        ("older", "older: a journal of another command: program is 0.0.1 there"),
        ("notes", "notes: "),
        ("nowhere", "nowhere: cannot open the journal"),
    ] {
        let (status, _, said) = run(folder, &format!("{TABLES} --out x --journals {journal}"));
        assert!(status == 2 && said.contains(words) && !folder.join("x").exists(), "{said}");
    }
}
