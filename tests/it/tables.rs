//! Tables as a paper has them: rows and columns chosen, heads in the notation, no wider than asked.

use super::support::program::{run, run_anywhere};
use counterproof::report::Heading;
use std::fs;

const WIDTHS: &str = "verify inverse-width --n 4,16,64";

/// What is printed, where nothing is wrong.
fn printed(arguments: &str) -> String {
    let (status, stdout, stderr) = run_anywhere(arguments);
    assert!(status < 2, "{arguments}: {stderr}");
    stdout
}

/// Exit status and message of what is refused.
fn refused(arguments: &str) -> (i32, String) {
    let (status, stdout, stderr) = run_anywhere(arguments);
    assert_eq!(stdout, "", "{arguments}");
    (status, stderr)
}

#[test]
fn rows_and_columns_are_chosen_in_every_format() {
    let chosen = format!("{WIDTHS} --columns w_min,n --sort -n --where w_min>0");
    assert_eq!(printed(&format!("{chosen} --format csv")), "w_min,n\n6,64\n2,16\n");
    let text = printed(&chosen);
    assert!(text.starts_with("w_min   n\n    6  64\n    2  16\n\n3 verified"), "{text}");
    assert!(text.contains("; 2 of 3 rows are shown"), "{text}");
    let markdown = printed(&format!("{chosen} --format markdown"));
    assert!(
        markdown.starts_with("| least width | context length |\n| ---: | ---: |\n| 6 | 64 |\n")
    );
    let latex = printed(&format!("{chosen} --format latex"));
    assert!(
        latex.contains("$W_{\\min}$ & $n$ \\\\\n    \\midrule\n    $6$ & $64$ \\\\\n"),
        "{latex}"
    );
    let json = printed(&format!("{WIDTHS} --sort -n --where w_min>0 --format json"));
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let lengths: Vec<_> =
        json["records"].as_array().unwrap().iter().map(|r| &r["params"]["n"]).collect();
    assert_eq!(lengths, [64, 16]);
}

#[test]
fn columns_become_rows() {
    let turned = format!("{WIDTHS} --columns n,w_min,two_layers --transpose");
    assert_eq!(
        printed(&format!("{turned} --format csv")),
        "n,4,16,64\nw_min,0,2,6\ntwo_layers,1 1,1 3,3 4\n"
    );
    assert!(printed(&turned).starts_with("n             4   16   64\nw_min         0    2    6\n"));
    assert!(printed(&format!("{turned} --format markdown")).starts_with("| context length | 4 |"));
    let latex = printed(&format!("{turned} --format latex"));
    assert!(latex.contains("$W_2$ & $(1, 1)$ & $(1, 3)$ & $(3, 4)$ & "), "{latex}");
}

#[test]
fn other_commands_choose_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let command = "verify welch --m 4-6 --d 3 --embedding random";
    for part in 1..=2 {
        run(folder, &format!("{command} --shard {part}/2 --journal {part}"));
    }
    let choice = "--columns m,mu_squared --sort -m --format csv";
    let whole = run(folder, &format!("{command} {choice}")).1;
    assert!(whole.starts_with("m,mu_squared\n"), "{whole}");
    assert_eq!(run(folder, &format!("merge 1 2 {choice}")).1, whole);
    assert_eq!(
        printed("search embedding --d 1 --m 3,4 --bound 1 --columns m,n_star --format csv"),
        "m,n_star\n3,3\n4,2\n"
    );
    let phase = "phase --d 1 --m 2-3 --n 3 --bound 1 --columns m,class --where m=3 --format csv";
    assert!(printed(phase).starts_with("m,class\n3,"));
    fs::write(folder.join("p.lp"), "max\n obj: x\nst\n c: x <= 3\nend\n").unwrap();
    let lp = run(folder, "lp p.lp --columns status,optimum");
    assert_eq!(lp.1, "status   optimum\noptimal        3\n\n1 verified, 0 refuted, 0 undecided\n");
    let sweep = "sweep --task qc --d 2 --m 2 --seeds 1 --steps 2 --held-out 8 --arm optimised --format csv --columns d,steps";
    assert_eq!(run_anywhere(sweep).1, "d,steps\n2,2\n");
}

#[test]
fn what_is_not_there_is_refused() {
    for (options, status, words) in [
        ("--columns nstar", 2, "no table has a column `nstar` (a similar one exists: `n_star`)"),
        (
            "--columns n,z",
            3,
            "--columns: there is no column `z`; there are claim, n, epsilon, verdict,",
        ),
        ("--sort -z", 3, "--sort: there is no column `z`; there are claim"),
        ("--where z=1", 3, "--where: there is no column `z`; there are claim"),
        ("--where w_min", 2, "write n=4, verdict!=refuted or d>=8"),
        ("--where verdict<2", 3, "--where: verdict has no numbers"),
        ("--caption Widths", 2, "--caption: not with --format text; it is about tables in LaTeX"),
        ("--columns n --format json", 2, "--columns: not with --format json"),
        ("--marks --format csv", 2, "--marks: not with --format csv"),
        ("--width 2m", 2, "expected column, page or a length from 2in to 20in"),
    ] {
        let (found, message) = refused(&format!("{WIDTHS} {options}"));
        assert!(found == status && message.contains(words), "{options}: {found}: {message}");
    }
}

#[test]
fn tables_fit_or_say_what_to_leave_out() {
    let (status, message) = refused(&format!("{WIDTHS} --format latex --width column"));
    assert_eq!(status, 3);
    assert!(message.contains("and there are 234 pt"), "{message}");
    assert!(message.contains("--transpose makes it fit, and so does leaving out "), "{message}");
    let columns = message.split("--columns ").nth(1).unwrap().trim();
    let fits = format!("{WIDTHS} --format latex --width column --columns {columns}");
    assert!(printed(&fits).contains("\\begin{tabular}"));
    // a caption takes what is the same in every row
    let float = printed(&format!(
        "{WIDTHS} --format latex --width column --caption Widths --label tab:widths"
    ));
    assert!(float.contains("\\begin{table}[tb]\n"), "{float}");
    assert!(float.contains(
        "\\caption{Widths. In every row: statement inverse-width, $\\varepsilon = 1/2$,"
    ));
    assert!(float.contains("\\label{tab:widths}") && !float.contains("$\\varepsilon$ &"));
    let page = printed(&format!("{WIDTHS} --format latex --width page --label tab:widths"));
    assert!(page.contains("\\begin{table*}[tb]"), "{page}");
    // over pages on demand only
    let many = "verify qc-histogram --n 1-10 --m 2-7 --format latex";
    assert!(!printed(many).contains("{longtable}"));
    let long = printed(&format!("{many} --longtable --caption Counts"));
    assert!(long.contains("\\begin{longtable}") && long.contains("\\endhead"), "{long}");
}

#[test]
fn marks_stand_for_words() {
    let latex = printed("verify qc-histogram --n 2 --m 3 --d 1,2 --format latex --marks");
    assert!(latex.contains("\\usepackage{amssymb,booktabs}"), "{latex}");
    assert!(latex.contains("$\\times$") && latex.contains("$\\checkmark$"), "{latex}");
    let text = printed("verify qc-histogram --n 2 --m 3 --d 1,2 --marks --columns d,verdict");
    assert!(text.starts_with("d  verdict\n1  ✗\n2  ✓\n"), "{text}");
}

/// Cheap cells of every kind of table.
#[test]
fn every_column_has_a_heading() {
    for command in [
        "verify qc-histogram --n 3 --m 3 --d 1",
        "verify mfe-histogram --n 3 --m 3",
        "verify qc-count-attend --n 3 --m 3",
        "verify no-position --n 2 --m 2 --models 2",
        "verify welch --m 3 --d 2 --embedding random",
        "verify histogram-error --n 2 --m 4 --d 2",
        "verify inverse-width --n 4 --strict --leak 1/9",
        "verify uniform-collision --m 4 --d 1 --embedding moment",
        "verify attention-collision --m 3",
        "verify separation --n 3 --m 3 --d 1 --embedding moment",
        "verify lipschitz --n 3 --m 3 --d 1 --embedding moment",
        "verify lipschitz --n 2 --m 3 --d 1",
        "verify machine-numbers --arithmetic bf16:seq",
        "verify machine-numbers --n 8 --least-precision",
        "verify mfe-bits --n 3 --m 3",
        "verify pigeonhole --n 3 --m 3 --d 1",
        "verify linear-readout --n 3 --m 3 --d 2 --embedding simplex",
        "verify token-mixing --kind lin --n 3 --m 3 --d 3",
        "verify layer-norm --n 3 --m 3",
        "verify attend-length --m 3 --base 3/2",
        "search embedding --d 1 --m 3 --bound 1",
        "search collision --embedding moment --m 4 --d 1 --max-n 3 --timings",
        "phase --d 1 --m 2 --n 2 --bound 1",
        "sweep --task qc --d 2 --m 2 --seeds 1 --steps 2 --held-out 8 --arm optimised",
        "sweep --task qc --d 2 --m 2 --seeds 1 --steps 2 --held-out 8 --arm optimised --table cells",
        "train --m 2 --d 2 --steps 2",
        "claims",
        "verify --model tests/data/trained/counts-qc.safetensors --n 4 --estimate 5",
        "verify --model tests/data/trained/counts-qc.safetensors --n 3 --difference --ablate values",
        "verify --model tests/data/trained/counts-qc.safetensors --n 3 --difference --other tests/data/trained/counts-qc.safetensors",
    ] {
        let csv = printed(&format!("{command} --format csv"));
        for key in csv.lines().next().unwrap().split(',') {
            assert!(Heading::of(key).is_some(), "{command}: {key}");
        }
    }
}
