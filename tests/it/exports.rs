//! Certificates for the checkers of others: linear programs as VIPR documents, read by an independent checker, and what
//! `check --coq` and `check --vipr` write. Coq itself decides in `.ci/run coq`.

use crate::support::program::run;
use crate::support::vipr;
use std::path::Path;

fn read(folder: &Path, name: &str) -> String {
    std::fs::read_to_string(folder.join(name)).unwrap_or_else(|why| panic!("{name}: {why}"))
}

/// The document and the certificate of a program, the document also from the certificate.
fn solved(folder: &Path, name: &str, program: &str) -> String {
    std::fs::write(folder.join(format!("{name}.lp")), program).unwrap();
    let line = format!("lp {name}.lp --vipr direct-{name}.vipr --certificate {name}.json");
    let (status, _, err) = run(folder, &line);
    assert_eq!((status, err.as_str()), (0, ""), "{program}");
    let (status, _, err) = run(folder, &format!("check --brief {name}.json --vipr v"));
    assert_eq!((status, err.as_str()), (0, ""), "{program}");
    let document = read(folder, &format!("v/{name}.vipr"));
    assert_eq!(document, read(folder, &format!("direct-{name}.vipr")), "{program}");
    document
}

const OPTIMAL: [(&str, &str); 5] = [
    ("9", "Maximize\n 3 x + 2 y\nSubject To\n a: x + y <= 7/2\n b: x <= 2\nEnd\n"),
    ("9/4", "Minimize\n 3 x + 2 y + 1/2\nSubject To\n a: 2 x + y >= 3/2\nBounds\n y >= -1\nEnd\n"),
    ("-4", "Minimize\n x - y\nSubject To\n a: x + y = 2\nBounds\n y free\n -1 <= x <= 3\nEnd\n"),
    ("5", "Maximize\n x + 2\nSubject To\n a: x + y <= 9\nBounds\n x <= 3\nEnd\n"),
    ("0", "Minimize\n x\nSubject To\n a: x + y >= 0\nEnd\n"),
];

const INFEASIBLE: [&str; 3] = [
    "Minimize\n x\nSubject To\n up: x + y >= 3\n down: 2 x + 2 y <= 5\nEnd\n",
    "Maximize\n x + 1\nSubject To\n a: x + y = 3\nBounds\n x <= 1\n y <= 3/2\nEnd\n",
    "Minimize\n x\nSubject To\n a: x + y >= 0\nBounds\n x >= 2\n x <= 1\nEnd\n",
];

#[test]
fn an_optimum_is_bounded_and_reached() {
    let folder = tempfile::tempdir().unwrap();
    for (i, (optimum, program)) in OPTIMAL.iter().enumerate() {
        let document = solved(folder.path(), &format!("optimal{i}"), program);
        match vipr::check(&document) {
            Ok(vipr::Verdict::Range(Some(lower), Some(upper))) => {
                let found = [lower.to_string(), upper.to_string()];
                assert_eq!(found, [*optimum, *optimum], "{document}");
            }
            Ok(_) => panic!("another statement:\n{document}"),
            Err(why) => panic!("{why}\n{document}"),
        }
    }
}

#[test]
fn a_contradiction_is_derived() {
    let folder = tempfile::tempdir().unwrap();
    for (i, program) in INFEASIBLE.iter().enumerate() {
        let document = solved(folder.path(), &format!("infeasible{i}"), program);
        match vipr::check(&document) {
            Ok(vipr::Verdict::Infeasible) => {}
            Ok(_) => panic!("another statement:\n{document}"),
            Err(why) => panic!("{why}\n{document}"),
        }
    }
}

/// Every number of the solution and of the derivation's multipliers changed, one at a time.
#[test]
fn an_altered_document_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let programs = OPTIMAL[..4].iter().map(|(_, program)| *program).chain(INFEASIBLE);
    for (i, program) in programs.enumerate() {
        let document = solved(folder.path(), &format!("p{i}"), program);
        let refused = |changed: &str| assert!(vipr::check(changed).is_err(), "{changed}");
        let mut altered = 0;
        for (place, line) in document.lines().enumerate() {
            let (start, numbers) = match (line.split_once("{ lin "), line.split_once("best ")) {
                (Some((start, rest)), _) => (format!("{start}{{ lin "), rest),
                (_, Some((start, rest))) => (format!("{start}best "), rest),
                _ => continue,
            };
            let numbers: Vec<&str> = numbers.split(' ').take_while(|word| *word != "}").collect();
            for at in 0..numbers.len() {
                let mut changed = numbers.clone();
                let other = format!("{}7", numbers[at]);
                changed[at] = &other;
                let end = if line.contains('}') { " } -1" } else { "" };
                let mut lines: Vec<&str> = document.lines().collect();
                let changed = format!("{start}{}{end}", changed.join(" "));
                lines[place] = &changed;
                refused(&lines.join("\n"));
                altered += 1;
            }
        }
        assert!(altered > 4, "{document}");
        if let Some((start, _)) = document.split_once("RTP range ") {
            let rest = document.split_once("SOL").unwrap().1;
            refused(&format!("{start}RTP range 100 100\nSOL{rest}"));
            refused(&format!("{start}RTP range -100 -100\nSOL{rest}"));
            refused(&format!("{start}RTP infeas\nSOL{rest}"));
        }
    }
}

#[test]
fn programs_of_netlib() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["afiro", "sc50a", "adlittle"] {
        let file = format!("{}/tests/data/netlib/{name}.mps", env!("CARGO_MANIFEST_DIR"));
        let (status, out, err) = run(folder.path(), &format!("lp {file} --vipr {name}.vipr"));
        assert_eq!((status, err.as_str()), (0, ""));
        let document = read(folder.path(), &format!("{name}.vipr"));
        // named as in the file
        assert!(name != "afiro" || document.starts_with("VER 1.0\nVAR 32\nX01\n"), "{document}");
        match vipr::check(&document) {
            Ok(vipr::Verdict::Range(Some(lower), Some(upper))) => {
                assert_eq!(lower, upper);
                assert!(out.contains(&format!("minimum: {lower}\n")), "{out}");
            }
            Ok(_) => panic!("{name}: another statement"),
            Err(why) => panic!("{name}: {why}"),
        }
    }
}

#[test]
fn an_unbounded_program_is_named_and_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let program = "Maximize\n x\nSubject To\n a: x - y <= 1\nEnd\n";
    std::fs::write(folder.path().join("u.lp"), program).unwrap();
    let (status, _, err) = run(folder.path(), "lp u.lp --vipr u.vipr --certificate u.json");
    assert!(status == 0 && err.contains("u.vipr is not written: an unbounded program"), "{err}");
    let (status, _, err) = run(folder.path(), "check u.json --coq c --vipr c");
    assert_eq!(status, 0);
    for form in ["Coq", "VIPR"] {
        let line = format!(
            "note: 1 certificate not written: a proof of kind linear-program that is unbounded has no {form} form\n"
        );
        assert!(err.contains(&line), "{err}");
    }
    assert_eq!(std::fs::read_dir(folder.path().join("c")).unwrap().count(), 0);
    assert!(!folder.path().join("u.vipr").exists());
}

#[test]
fn both_halves_of_a_least_collision_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let search = "search collision --embedding moment --m 6 --d 2 --certificates c";
    let cases = [
        ("", &["collides", "collides_from", "determined", "least"][..], "free all\n"),
        (" --query 2", &["collides", "collides_from", "told_apart"], "free qc 2\n"),
        (" --task mfe --query 2", &["collides", "collides_from", "told_apart"], "free mfe 2\n"),
        (" --max-n 3", &["determined"], "free all\n"),
    ];
    for (i, (more, theorems, line)) in cases.iter().enumerate() {
        assert_eq!(run(folder.path(), &format!("{search}{more} --quiet --out o{i}")).0, 0);
        let files: Vec<_> = std::fs::read_dir(folder.path().join("c")).unwrap().collect();
        let file = files[0].as_ref().unwrap().path();
        let (status, _, err) = run(folder.path(), &format!("check {} --coq coq", file.display()));
        assert_eq!((status, err.as_str()), (0, ""));
        let name = file.file_stem().unwrap().to_str().unwrap().replace('-', "_");
        let theory = read(folder.path(), &format!("coq/certificate_{name}.v"));
        let found: Vec<&str> = theory
            .lines()
            .filter_map(|line| line.strip_prefix("Theorem ")?.strip_suffix(" :"))
            .collect();
        assert_eq!(&found, theorems, "{theory}");
        let extracted = read(folder.path(), &format!("coq/certificate_{name}.txt"));
        assert!(extracted.contains(line), "{extracted}");
        std::fs::remove_file(&file).unwrap();
        std::fs::remove_dir_all(folder.path().join("coq")).unwrap();
    }
}

#[test]
fn what_is_there_is_never_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    // of one name, in two folders
    let name = "uniform-collision-m5-d1-embeddingrandom-taskqc";
    for seed in [1, 2] {
        let line = format!(
            "search collision --embedding random --m 5 --d 1 --bound 40 --seed {seed} --certificates c{seed} --quiet"
        );
        assert_eq!(run(at, &line).0, 0);
        let written = std::fs::read_dir(at.join(format!("c{seed}"))).unwrap().next().unwrap();
        let named = at.join(format!("c{seed}/{name}.json"));
        std::fs::rename(written.unwrap().path(), named).unwrap();
    }
    let both = format!("check --brief --coq coq c1/{name}.json c2/{name}.json");
    let (status, out, err) = run(at, &both);
    assert!(status == 0 && out.contains("2 valid"), "{out}{err}");
    let theory = "certificate_uniform_collision_m5_d1_embeddingrandom_taskqc";
    assert!(
        err.contains(&format!("coq/{theory}.v is there and is another; written as {theory}_")),
        "{err}"
    );
    let names = || {
        let entries = std::fs::read_dir(at.join("coq")).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    let texts = || names().iter().map(|name| read(at, &format!("coq/{name}"))).collect::<Vec<_>>();
    let (first, before) = (names(), texts());
    assert_eq!(first.len(), 4);
    // the same again is the same
    let (status, _, _) = run(at, &both);
    assert_eq!((status, names(), texts()), (0, first.clone(), before));
    // somebody else's file under both names
    for name in &first {
        std::fs::write(at.join("coq").join(name), "mine").unwrap();
    }
    let (status, out, err) = run(at, &both);
    assert!(status == 3 && out.contains("2 valid"), "{out}{err}");
    assert!(err.contains("is there and is another; not written"), "{err}");
    assert!(first.iter().all(|name| read(at, &format!("coq/{name}")) == "mine"));
}

#[test]
fn documents_of_two_embeddings_stand_side_by_side() {
    let folder = tempfile::tempdir().unwrap();
    let mut seen = Vec::new();
    for seed in [1, 2, 1] {
        let (status, _, err) = run(
            folder.path(),
            &format!(
                "search collision --embedding random --m 5 --d 1 --bound 40 --seed {seed} --query 0 --vipr v --quiet"
            ),
        );
        assert_eq!(status, 0);
        seen.push((err.contains("written as query-0-"), read(folder.path(), "v/query-0.vipr")));
    }
    assert_eq!([false, true, false], [0, 1, 2].map(|i| seen[i].0));
    assert!(seen.iter().all(|(_, text)| *text == seen[0].1));
    assert_eq!(std::fs::read_dir(folder.path().join("v")).unwrap().count(), 2);
}

#[test]
fn kinds_without_a_form_are_named_once() {
    let folder = tempfile::tempdir().unwrap();
    let line = "verify qc-histogram --n 3 --m 2-4 --certificates c --quiet";
    assert_eq!(run(folder.path(), line).0, 0);
    let files = [2, 3, 4].map(|m| format!("c/qc-histogram-n3-m{m}-d{m}.json")).join(" ");
    let (status, _, err) = run(folder.path(), &format!("check {files} --coq coq --vipr vipr"));
    assert_eq!(status, 0);
    assert_eq!(
        err,
        "note: 3 certificates not written: a proof of kind exhaustive has no Coq form\n\
         note: 3 certificates not written: a proof of kind exhaustive has no VIPR form\n"
    );
}
