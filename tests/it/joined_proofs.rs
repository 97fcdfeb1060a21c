//! Wholes that are made of the proofs of their parts: surveys of softmax transformers, and collisions of a model, query by query.

use crate::support::certificates::mended;
use crate::support::journal::{entries, in_parts, write};
use crate::support::program::{records, run};
use counterproof::construct::random::{Limits, stack, without_positions};
use serde::Serialize;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// Writes a model to a file in the form of those that `construct` makes with these words.
fn write_model(folder: &Path, name: &str, alike: &str, model: &impl Serialize) {
    let (status, _, said) = run(folder, &format!("construct {alike} --out {name}"));
    assert_eq!(status, 0, "{said}");
    let text = fs::read_to_string(folder.join(name)).unwrap();
    let mut file: Value = serde_json::from_str(&text).unwrap();
    file["model"] = serde_json::to_value(model).unwrap();
    fs::write(folder.join(name), file.to_string()).unwrap();
}

/// Models that are evaluated by definition, by counts and by sequences, and trained ones, with and without places.
fn models(folder: &Path) {
    let (mut by_counts, mut by_sequences) = (0, 0);
    for seed in 0.. {
        let model = stack(3, 2, 4, seed).unwrap();
        let (kind, number) = match model.ignores_order() {
            true => ("counts", &mut by_counts),
            false => ("sequences", &mut by_sequences),
        };
        if *number < 2 {
            let name = format!("{kind}-{number}.json");
            write_model(folder, &name, "behrens --kind dot --n 3 --m 3", &model);
            *number += 1;
        }
        if by_counts.min(by_sequences) == 2 {
            break;
        }
    }
    for name in ["positions-post-norm-qc", "counts-qc"] {
        let trained =
            format!("{}/tests/data/trained/{name}.safetensors", env!("CARGO_MANIFEST_DIR"));
        fs::copy(trained, folder.join(format!("{name}.safetensors"))).unwrap();
    }
}

/// What `merge` makes of all parts of a command.
fn merged(folder: &Path, command: &str, of: u64, more: &str) -> (i32, String, String) {
    let journals = in_parts(folder, command, of);
    let joined = run(folder, &format!("merge {journals} {more}"));
    for journal in journals.split_whitespace() {
        fs::remove_file(folder.join(journal)).unwrap();
    }
    joined
}

#[test]
fn a_survey_is_its_parts_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    models(folder);
    for (command, divisions) in [
        (
            "verify --model counts-0.json counts-1.json sequences-0.json sequences-1.json --n 1,4",
            [1, 3, 70],
        ),
        ("verify --model positions-post-norm-qc.safetensors --n 3-4 --task qc,mfe", [2, 5, 13]),
        ("verify --model counts-qc.safetensors --n 5 --tolerance 1/3", [1, 2, 6]),
    ] {
        let whole = run(folder, &format!("{command} --format json --certificates whole"));
        assert!(whole.0 < 2, "{}", whole.2);
        for of in divisions {
            let joined =
                merged(folder, command, of, "--format json --certificates whole --journal all");
            assert_eq!((joined.0, &joined.1), (whole.0, &whole.1), "{command}, {of}: {}", joined.2);
            let again =
                run(folder, &format!("{command} --format json --certificates whole --journal all"));
            assert_eq!((again.0, &again.1), (whole.0, &whole.1), "{}", again.2);
            assert!(again.2.contains("taken up"), "{}", again.2);
            fs::remove_file(folder.join("all")).unwrap();
        }
        // the certificates of the joins are those of the whole, under the same names
        let names = fs::read_dir(folder.join("whole")).unwrap().count();
        assert_eq!(names, records(&whole).len(), "{command}");
        fs::remove_dir_all(folder.join("whole")).unwrap();
    }
}

#[test]
fn a_part_of_a_survey_says_nothing_about_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    models(folder);
    let command = "verify --model positions-post-norm-qc.safetensors --n 4";
    let found = run(folder, &format!("{command} --part 2/3 --certificates c --format json"));
    let [record] = records(&found).try_into().unwrap();
    assert_eq!((&record["claim"], &record["params"]["of"]), (&"part".into(), &"model".into()));
    let path = record["certificate"].as_str().unwrap().to_owned();
    let (status, said, _) = run(folder, &format!("check {path}"));
    let words = "part 2/3 of model, and nothing about the others: on its inputs";
    assert!(status == 0 && said.contains(words), "{said}");
    let text = fs::read_to_string(folder.join(&path)).unwrap();
    for (name, change) in [
        ("the whole", (|c| c["claim"] = "model".into()) as fn(&mut Value)),
        ("another part", |c| c["params"]["part"] = "1/3".into()),
        ("fewer parts", |c| c["params"]["part"] = "1/2".into()),
        ("another model", |c| {
            c["data"]["readings-part"]["model"]["embedding"]["rows"][1][1] = "9".into()
        }),
        ("as the whole's", |c| {
            let mut data = c["data"]["readings-part"].take();
            data["trees"].as_array_mut().unwrap().push("e".into());
            c["data"] = json!({ "readings": data });
            (c["claim"], c["version"]) = ("model".into(), 3.into());
            c["params"].as_object_mut().unwrap().remove("of");
            c["params"].as_object_mut().unwrap().remove("part");
        }),
    ] {
        fs::write(folder.join("forged.json"), mended(&text, change)).unwrap();
        assert_eq!(run(folder, "check forged.json").0, 1, "{name}");
    }
    // a limit leaves the part open, whatever is wrong by then
    let (status, _, _) =
        run(folder, &format!("{command} --part 1/3 --time-limit 0 --journal late"));
    assert_eq!((status, entries(&folder.join("late")).len()), (3, 1));
    for (way, words) in [
        ("--within 1/2", "within"),
        ("--estimate 10", "is not decided by looking at every input"),
        ("--arithmetic fp32", "is not decided by looking at every input"),
        ("--plot x.svg", "--plot"),
    ] {
        let (status, stdout, said) = run(folder, &format!("{command} --part 1/3 {way}"));
        assert_eq!((status, stdout.as_str()), (2, ""), "{way}: {said}");
        assert!(said.contains(words), "{way}: {said}");
    }
}

#[test]
fn a_survey_is_made_of_all_its_parts() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    models(folder);
    let command = "verify --model positions-post-norm-qc.safetensors --n 4";
    for part in 1..=3 {
        let words = format!("{command} --part {part}/3 --journal p{part}");
        assert_eq!(run(folder, &words).0, 1);
    }
    let expected = run(folder, &format!("{command} --format csv"));
    assert_eq!(run(folder, "merge p3 p1 p2 p3 --format csv").1, expected.1);
    let (status, stdout, said) = run(folder, "merge p1 p3 --format csv");
    assert!(status == 3 && stdout.contains("undecided"), "{stdout}");
    assert!(said.contains("1 of 3 parts are missing, the first is 2/3"), "{said}");
    // the same part with another content: both hold, or one does not
    let forge = |name: &str, change: &dyn Fn(&mut Value)| {
        let mut forged = entries(&folder.join("p2"));
        change(&mut forged[1]);
        write(&folder.join(name), &forged);
    };
    let value = |entry: &mut Value, name: &str, new: Value| {
        let values = entry["values"].as_array_mut().unwrap();
        let at = values.iter().position(|value| value[0] == name).unwrap();
        values[at][1] = new;
    };
    forge("other", &|entry| value(entry, "bits", json!({"integer": "64"})));
    let (status, stdout, said) = run(folder, "merge p1 p2 other p3 --format csv");
    assert_eq!((status, stdout.as_str()), (2, ""), "{said}");
    assert!(
        said.contains("other: part-") && said.contains("has another proof than in p2"),
        "{said}"
    );
    forge("wrong", &|entry| {
        let text = entry["certificate"].as_str().unwrap().to_owned();
        let changed = mended(&text, |c| c["data"]["readings-part"]["right"] = "1".into());
        entry["certificate"] = changed.into();
    });
    let (status, stdout, said) = run(folder, "merge p1 wrong p2 p3 --format csv");
    assert_eq!((status, &stdout), (1, &expected.1), "{said}");
    assert!(said.contains("wrong, line 2: left out: "), "{said}");
    // nothing is believed where it is the only one, or where its input is not wrong
    let (status, _, said) = run(folder, "merge p1 wrong p3 --format csv");
    assert!(status == 3 && said.contains("wrong, line 2: it does not hold: "), "{said}");
    forge("right", &|entry| value(entry, "sequence", json!({"list": [{"integer": "0"}]})));
    let (status, _, said) = run(folder, "merge p1 right p3 --format csv");
    assert!(status == 3 && said.contains("a part is not one of a survey of this model"), "{said}");
    let zeros =
        json!({"list": [{"integer": "0"}, {"integer": "0"}, {"integer": "0"}, {"integer": "0"}]});
    forge("zeros", &|entry| value(entry, "sequence", zeros.clone()));
    let (status, _, said) = run(folder, "merge p1 zeros p3 --format csv");
    assert!(status == 1 || said.contains("a part shows an input that is not wrong"), "{said}");
    // of another model under the same name
    fs::copy(folder.join("counts-0.json"), folder.join("positions-post-norm-qc.safetensors"))
        .unwrap();
    let (status, stdout, said) = run(folder, "merge p1 p2 p3");
    assert_eq!((status, stdout.as_str()), (2, ""), "{said}");
    assert!(said.contains("p1: "), "{said}");
}

#[test]
fn a_collision_is_that_of_its_queries() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    for seed in 0..6 {
        let model = without_positions(5, Limits::default(), seed).unwrap();
        write_model(folder, "m.json", "qc-histogram --n 3 --m 5", &model);
        for more in ["", " --task mfe", " --max-n 2"] {
            let command = format!("search collision --model m.json{more}");
            let whole = run(folder, &format!("{command} --format json"));
            assert_eq!(whole.0, 0, "{}", whole.2);
            for of in [2, 9] {
                let how = "--format json --certificates c --journal all";
                let joined = merged(folder, &command, of, how);
                assert_eq!(joined.0, 0, "{command}, seed {seed}, {of}: {}", joined.2);
                let (whole, joined) = (records(&whole), records(&joined));
                for name in ["n_star", "free_up_to", "collides_at", "proof", "sha256"] {
                    let value = |records: &[Value]| records[0]["values"][name].clone();
                    assert_eq!(value(&whole), value(&joined), "{command}, seed {seed}: {name}");
                }
                assert_eq!(whole[0]["params"], joined[0]["params"]);
                let path = joined[0]["certificate"].as_str().unwrap();
                assert_eq!(run(folder, &format!("check {path}")).0, 0);
                let (status, _, said) = run(folder, &format!("{command} --journal all"));
                assert!(status == 0 && said.contains("1 verdicts taken up"), "{said}");
                fs::remove_file(folder.join("all")).unwrap();
            }
            fs::remove_dir_all(folder.join("c")).unwrap();
        }
    }
    // a query that is missing, and a part without one
    let command = "search collision --model m.json";
    for part in [1, 3, 9] {
        let words = format!("{command} --part {part}/9 --journal q{part}");
        assert_eq!(run(folder, &words).0, 0);
    }
    assert_eq!(run(folder, &format!("{command} --part 1/1000000000 --quiet")).0, 0);
    let (status, _, said) = run(folder, "merge q9 q3 q1");
    let words = "3 of 9 parts are missing, the first is 2/9";
    assert!(status == 3 && said.contains(words), "{said}");
    let (status, lines, _) = run(folder, &format!("plan --parts 5 {command}"));
    assert!(status == 0 && lines.lines().count() == 5 && lines.contains("--part 5/5"), "{lines}");
    for way in ["--query 1", "--vipr v"] {
        assert_eq!(run(folder, &format!("{command} --part 1/2 {way}")).0, 2, "{way}");
    }
}
