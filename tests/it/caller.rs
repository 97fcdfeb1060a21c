//! Commands called by a program: the same records, certificates and words as those of the program.

use crate::support::program::{Ended, records, run, run_anywhere};
use counterproof::cli::{Inputs, Watch, call, save, show};
use std::path::Path;

fn words(arguments: &str) -> Vec<String> {
    arguments.split_whitespace().map(str::to_owned).collect()
}

#[test]
fn a_call_has_the_records_and_certificates_of_the_program() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("rows.csv"), "1, 0\n0, 1\n0.5, 0.25\n-1/2, 1\n").unwrap();
    std::fs::write(folder.path().join("a.lp"), "Minimize\n x\nSubject To\n a: 3 x >= 1\nEnd\n")
        .unwrap();
    for (arguments, file) in [
        ("verify qc-histogram --n 2-3 --m 2,4 --d 3", ""),
        ("search collision --embedding rows.csv --task mfe", "rows.csv"),
        ("search embedding --d 1-2 --m 3 --bound 1", ""),
        ("verify separation --n 3 --embedding rows.csv", "rows.csv"),
        ("lp a.lp --format json", "a.lp"),
    ] {
        let certificates =
            if arguments.starts_with("lp") { "--certificate lp.json" } else { "--certificates c" };
        let json = if arguments.starts_with("lp") { "" } else { "--format json" };
        let printed: Ended = run(folder.path(), &format!("{arguments} {json} {certificates}"));
        let inputs: Inputs = match file {
            "" => Inputs::new(),
            name => [(name.to_owned(), std::fs::read(folder.path().join(name)).unwrap())].into(),
        };
        let answer = call(&words(arguments), inputs, &Watch::default()).unwrap();
        assert_eq!(i32::from(answer.status), printed.0, "{arguments}");
        assert_eq!(
            (answer.text.as_str(), answer.command),
            ("", format!("counterproof {arguments}"))
        );
        let own: serde_json::Value =
            serde_json::from_str(&show(&answer.records, &words("--format json")).unwrap()).unwrap();
        for (theirs, own) in records(&printed).iter().zip(own["records"].as_array().unwrap()) {
            for field in ["claim", "params", "verdict", "values", "reason"] {
                assert_eq!(theirs[field], own[field], "{arguments}");
            }
            let path = folder.path().join(theirs["certificate"].as_str().unwrap());
            let text = &answer.certificates[own["certificate"].as_str().unwrap()];
            assert_eq!(std::fs::read_to_string(&path).unwrap(), *text);
            // under the same name, where the program chooses it
            if !arguments.starts_with("lp") {
                assert_eq!(path.file_name().unwrap().to_str(), own["certificate"].as_str());
            }
        }
        assert_eq!(records(&printed).len(), answer.records.len());
    }
}

#[test]
fn records_are_shown_as_the_program_shows_them() {
    let arguments = "verify inverse-width --n 4,16";
    let records = call(&words(arguments), Inputs::new(), &Watch::default()).unwrap().records;
    for options in [
        "--format csv --columns n,w_grid --sort=-n",
        "--format latex --columns n,w_grid,w_min --caption Widths --label tab:w --width column",
        "--format markdown --where n>4",
        "--format text --where n=16",
    ] {
        let (status, printed, _) = run_anywhere(&format!("{arguments} {options}"));
        assert_eq!((status, show(&records, &words(options)).unwrap()), (0, printed), "{options}");
    }
    for options in
        ["--format tex", "--format csv --caption Widths", "--format csv --columns w_gird"]
    {
        let (status, _, printed) = run_anywhere(&format!("{arguments} {options}"));
        let refusal = show(&records, &words(options)).unwrap_err();
        assert_eq!((status, refusal.status), (2, 2));
        assert!(printed.starts_with(&format!("error: {}", refusal.message)), "{}", refusal.message);
    }
}

#[test]
fn a_refusal_has_the_words_of_the_program() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("rows.csv"), "1, 0\n0\n").unwrap();
    let rows: Inputs = [("rows.csv".to_owned(), b"1, 0\n0\n".to_vec())].into();
    for arguments in [
        "verify qc-histogram --n 5-2",
        "verify qc-histogam",
        "verify qc-histogram --n 3 --m 0",
        "verify qc-histogram --strict",
        "verify --model absent.json",
        "search collision --embedding rows.csv",
        "search collision",
    ] {
        let (status, _, printed) = run(folder.path(), arguments);
        let refusal = call(&words(arguments), rows.clone(), &Watch::default()).unwrap_err();
        assert_eq!((i32::from(refusal.status), status), (2, 2));
        let beginning: String =
            printed.chars().take("error: ".len() + refusal.message.chars().count()).collect();
        assert_eq!(beginning, format!("error: {}", refusal.message), "{arguments}");
        assert!(!refusal.message.contains("--help"), "{arguments}");
    }
}

#[test]
fn a_watch_interrupts_and_nothing_ends_the_process() {
    let watch = Watch::default();
    watch.interrupt();
    let answer = call(&words("verify qc-histogram --n 3 --m 2-4"), Inputs::new(), &watch).unwrap();
    assert_eq!((answer.status, answer.records.len()), (3, 3));
    assert!(answer.records.iter().all(|record| record.reason.as_deref() == Some("interrupted")));
    let progress = watch.progress().unwrap();
    assert_eq!((progress.done, progress.total), (3, 3));
    // standard input is the caller's own
    let refusal = call(&words("lp - --syntax lp"), Inputs::new(), &watch).unwrap_err();
    assert_eq!(refusal.message, "-: standard input is not read for a program; give a file");
    // and the next command on this thread has a caller of its own
    let answer = call(&words("claims --format csv"), Inputs::new(), &Watch::default()).unwrap();
    assert!(answer.text.starts_with("claim,label,") && answer.records.is_empty());
}

#[test]
fn certificates_are_never_written_over_another_file() {
    let folder = tempfile::tempdir().unwrap();
    let first = save(folder.path(), "a.json", "one").unwrap();
    assert_eq!(first, folder.path().join("a.json"));
    assert_eq!(save(folder.path(), "a.json", "one").unwrap(), first);
    let second = save(folder.path(), "a.json", "two").unwrap();
    assert_ne!(second, first);
    assert_eq!(std::fs::read_to_string(first).unwrap(), "one");
    assert!(
        save(Path::new("/dev/null/c"), "a.json", "one")
            .unwrap_err()
            .message
            .contains("cannot create the folder")
    );
}
