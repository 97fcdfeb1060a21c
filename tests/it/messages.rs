//! The words of the command line where somebody may go wrong: labels, help about one claim, pages of the manual, tips, and
//! what would decide what is left open.

use super::support::program::{run, run_anywhere};
use std::fs;
use std::path::Path;

#[test]
fn a_label_serves_for_a_name() {
    let [by_name, by_label, lower] = ["welch", "T5", "t5"]
        .map(|claim| run_anywhere(&format!("verify {claim} --m 4 --d 2 --format json")));
    assert!(by_name.0 == 0 && by_name == by_label && by_name == lower, "{by_label:?}");
    assert_eq!(
        run_anywhere("construct T1' --n 3 --m 2 --out -"),
        run_anywhere("construct qc-histogram --n 3 --m 2 --out -")
    );
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    // a journal is of the same command
    assert_eq!(run(folder, "verify T9 --n 3 --m 3 --d 1 --journal j --certificates c").0, 0);
    let (status, _, said) = run(folder, "verify pigeonhole --n 3 --m 3 --d 1 --journal j");
    assert!(status == 0 && said.contains("1 verdicts taken up"), "{said}");
    let file = "c/pigeonhole-n3-m3-d1-bound3.json";
    assert_eq!(run(folder, &format!("check {file}")).0, 0);
    let mut command = std::process::Command::new(assert_cmd::cargo::cargo_bin!("counterproof"));
    command.current_dir(folder).args(["check", "--brief", "--expect", "T9 n=3 m=3", file]);
    assert!(command.status().unwrap().success());
}

#[test]
fn claims_are_a_line_each_and_one_is_told_whole() {
    let (status, list, _) = run_anywhere("claims");
    assert_eq!(status, 0);
    let lines: Vec<&str> = list.lines().take_while(|line| !line.is_empty()).collect();
    assert_eq!(lines.len(), counterproof::claim::CLAIMS.len());
    assert!(lines.iter().any(|line| line.starts_with("T5       welch  ")), "{list}");
    let (_, whole, _) = run_anywhere("claims welch");
    assert!(whole.starts_with("welch (T5)\n") && whole.contains("  source:  Yehudai"), "{whole}");
    assert_eq!(run_anywhere("claims T5").1, whole);
    assert_eq!(
        run_anywhere("claims T5 --columns claim,label --format csv").1,
        "claim,label\nwelch,T5\n"
    );
    let (status, _, said) = run_anywhere("claims T99");
    assert!(status == 2 && said.contains("there is no claim `T99`"), "{said}");
}

#[test]
fn help_about_a_claim_has_its_options() {
    let all = run_anywhere("verify --help").1;
    assert!(all.contains("R is 8, 2-10 (both ends included) or 2,4,8-12"), "{all}");
    assert!(all.contains("--epsilon <Q,..>") && all.contains("--gaps <G,..>"));
    for arguments in ["verify T6 --help", "verify inverse-width -h"] {
        let one = run_anywhere(arguments).1;
        assert!(one.starts_with("T6: Inverting 1/k"), "{one}");
        assert!(one.contains("--epsilon <Q,..>") && one.contains("--plot <FILE>"), "{one}");
        for other in ["--gaps", "--m <R>", "--mapping", "--embedding"] {
            assert!(!one.contains(other), "{other}: {one}");
        }
    }
}

#[test]
fn the_manual_has_every_page_that_it_names() {
    let pages = |text: &str| -> Vec<String> {
        let plain = text.replace('\\', "");
        let names = plain.lines().filter_map(|line| line.strip_suffix("(1)"));
        names.filter(|name| name.starts_with("counterproof-")).map(str::to_owned).collect()
    };
    let mut named = pages(&run_anywhere("man").1);
    assert!(named.len() > 10);
    let mut seen = 0;
    while let Some(page) = named.pop() {
        let (status, text, said) = run_anywhere(&format!("man {page}"));
        assert_eq!(status, 0, "{page}: {said}");
        assert!(text.contains(&format!(".TH {page}")), "{page}: {text}");
        named.extend(pages(&text).into_iter().filter(|name| !name.contains("-help")));
        seen += 1;
    }
    assert!(seen > 12);
    assert_eq!(
        run_anywhere("man search collision"),
        run_anywhere("man counterproof-search-collision")
    );
    let (status, _, said) = run_anywhere("man nothing");
    assert!(status == 2 && said.contains("there is no page about `nothing`; there are claims,"));
}

#[test]
fn slips_lead_to_the_right_words() {
    for (arguments, tip) in [
        ("verify welch --json", "write --format json"),
        ("verify welch --csv", "write --format csv"),
        ("verify welch -n 4", "options have two hyphens; write --n"),
        ("verify welch --format tex", "write --format latex"),
        ("verify welch --format md", "write --format markdown"),
        ("verify T10", "T10 is measured, not decided: `counterproof sweep`"),
        ("verify T99", "there is no claim `T99`; `counterproof claims` lists them"),
        ("verify welsh", "'welch'"),
    ] {
        let (status, _, said) = run_anywhere(arguments);
        assert!(status == 2 && said.contains(tip), "{arguments}: {said}");
    }
}

#[test]
fn what_would_decide_an_open_search_is_said() {
    let search = "search collision --embedding random --m 70 --d 40 --time-limit 0.3";
    let (status, _, said) = run_anywhere(search);
    assert_eq!(status, 3);
    assert!(said.contains("what decides more: a longer --time-limit, or none; --max-n "), "{said}");
    let (status, _, said) = run_anywhere("verify qc-histogram --n 60 --m 9 --time-limit 0");
    assert_eq!(status, 3);
    assert!(said.contains("with --journal FILE the same command goes on"), "{said}");
}

#[test]
fn slips_in_files_of_vectors_are_pointed_out() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for (text, words) in [
        ("0,1,2\n5,3,1\n1,1,7\n2,0,1\n", "the first row is 0, 1, .., 2"),
        ("0,5\n1,3\n2,9\n", "the first column is 0, 1, .., 2"),
        (
            "0.10000000149011612,1\n3,0\n1,1\n",
            "1 of 6 entries, such as 0.10000000149011612, are floats of 32 bits",
        ),
    ] {
        fs::write(folder.join("e.csv"), text).unwrap();
        let (status, _, said) = run(folder, "search collision --embedding e.csv --max-n 3");
        assert!(status == 0 && said.contains(words), "{text}: {said}");
    }
    for text in ["1,0,0\n0,1,0\n0,0,1\n0,1,2\n", "0.125,1\n0.1,0\n7,1\n"] {
        fs::write(folder.join("e.csv"), text).unwrap();
        assert_eq!(run(folder, "search collision --embedding e.csv --max-n 3").2, "", "{text}");
    }
}

#[test]
fn negative_statements_say_what_is_verified() {
    for (command, words) in [
        (
            "verify linear-readout --n 9 --m 4 --d 2 --embedding truncated",
            "verified: at this length no affine readout",
        ),
        ("verify welch --m 4 --d 2", "verified: the squared coherence is at least welch_squared"),
        ("verify no-position --n 2 --m 2 --models 2", "so that none of these models counts"),
        (
            "search collision --embedding moment --m 4 --d 1",
            "from n_star on, where there is one, no MLP does",
        ),
        ("search embedding --d 1 --m 3 --bound 1", "verified: with the vectors found no MLP"),
    ] {
        let (status, text, said) = run_anywhere(command);
        assert!(status == 0 && text.contains(words), "{command}: {text}{said}");
    }
    assert!(!run_anywhere("verify qc-histogram --n 2 --m 2").1.contains("verified: "));
}

#[test]
fn zeros_are_no_alarm() {
    let output = std::process::Command::new(assert_cmd::cargo::cargo_bin!("counterproof"))
        .args("verify qc-histogram --n 2 --m 2".split(' '))
        .env("CLICOLOR_FORCE", "1")
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("verified\u{1b}[0m, 0 refuted, 0 undecided"), "{text:?}");
}

#[test]
fn the_notation_has_every_label() {
    let notation = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/notation.md");
    let notation = fs::read_to_string(notation).unwrap();
    let rows: Vec<&str> = notation.lines().filter_map(|line| line.split('|').nth(1)).collect();
    let claims = counterproof::claim::CLAIMS.iter().flat_map(|claim| claim.label.split(", "));
    for label in claims.filter(|label| label.starts_with('T')).chain(["T10", "T11"]) {
        let has = rows.iter().any(|row| row.split(',').any(|found| found.trim() == label));
        assert!(has, "{label}");
    }
}
