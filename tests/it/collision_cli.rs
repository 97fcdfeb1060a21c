//! `counterproof search`: values, exit status, files.

use crate::support::program::{records, run};
use serde_json::Value;
use std::path::Path;

/// The only record, with the exit status that is expected.
fn record(folder: &Path, arguments: &str, expected: i32) -> Value {
    let (status, out, err) = run(folder, &format!("{arguments} --format json"));
    assert_eq!(status, expected, "{arguments}: {err}");
    serde_json::from_str::<Value>(&out).unwrap()["records"][0].clone()
}

fn values(folder: &Path, arguments: &str) -> Value {
    record(folder, arguments, 0)["values"].clone()
}

#[test]
fn the_shared_files_and_their_certificates() {
    let folder = tempfile::tempdir().unwrap();
    let data = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/embeddings");
    for (name, expected) in [("d4_m10", 7), ("d8_m16", 16), ("d12_m24", 22)] {
        for task in ["qc", "mfe"] {
            let command = format!(
                "search collision --embedding {data}/{name}.csv --task {task} --certificates out"
            );
            let found = values(folder.path(), &command);
            assert_eq!(found["n_star"], expected);
            let sum = |name: &str| -> i64 {
                found[name].as_array().unwrap().iter().map(|c| c.as_i64().unwrap().abs()).sum()
            };
            assert_eq!(
                (sum("c"), sum("c_prime"), sum("z")),
                (expected, expected, 2 * expected - 2)
            );
            assert_eq!(found["proof"], "enumeration");
        }
    }
    let files: Vec<String> = std::fs::read_dir(folder.path().join("out"))
        .unwrap()
        .map(|entry| entry.unwrap().path().display().to_string())
        .collect();
    assert_eq!(files.len(), 6);
    let (status, out, _) = run(folder.path(), &format!("check {}", files.join(" ")));
    assert!(status == 0 && out.contains("6 valid, 0 invalid"), "{out}");
}

#[test]
fn named_embeddings_bounds_and_queries() {
    let folder = tempfile::tempdir().unwrap();
    let at = |arguments: &str| {
        values(folder.path(), &format!("search collision --embedding {arguments}"))
    };
    assert_eq!(at("moment --m 4 --d 1")["n_star"], 3);
    assert_eq!(at("moment --m 4 --d 2")["n_star"], 5);
    assert_eq!(at("onehot --m 5")["free_up_to"], "any");
    assert_eq!(at("simplex --m 5")["proof"], "injective");
    assert_eq!(at("moment --m 4 --d 2 --max-n 4")["n_star"], Value::Null);
    assert_eq!(at("moment --m 4 --d 2 --max-n 4")["free_up_to"], 4);
    assert_eq!(at("moment --m 4 --d 2 --query 3")["query"], 3);
    std::fs::write(folder.path().join("v.json"), r#"[[0], ["1/2"], [1], ["3/2"]]"#).unwrap();
    assert_eq!(at("v.json")["n_star"], 3);
    let best = values(folder.path(), "search embedding --d 1 --m 4 --bound 3");
    assert_eq!((&best["n_star"], &best["search"]), (&4.into(), &"exhaustive".into()));
}

/// What a limit leaves of a search up to a length reaches less far than was asked.
#[test]
fn a_limit_before_the_length_that_was_asked() {
    let folder = tempfile::tempdir().unwrap();
    let command = "search collision --embedding random --m 48 --d 8 --bound 10 --max-n 6 --cuts";
    let late = run(folder.path(), &format!("{command} --time-limit 0 --format json"));
    assert_eq!(late.0, 3, "{}", late.2);
    let [record] = records(&late).try_into().unwrap();
    assert_eq!(record["reason"], "the time limit was reached");
}

#[test]
fn programs_are_written_for_every_query() {
    let folder = tempfile::tempdir().unwrap();
    let command = "search collision --embedding moment --m 4 --d 1 --vipr vipr";
    assert_eq!(run(folder.path(), command).0, 0);
    for query in 0..4 {
        let path = folder.path().join(format!("vipr/query-{query}.vipr"));
        assert!(std::fs::read_to_string(path).unwrap().starts_with("VER 1.0\n"));
    }
}

#[test]
fn unusable_input_is_told_and_limits_leave_things_undecided() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("bad.csv"), "1,2\n3\n").unwrap();
    std::fs::write(folder.path().join("word.csv"), "1,2\n3,x\n").unwrap();
    for (arguments, part) in [
        ("--embedding nowhere.csv", "nowhere.csv: there is no such file"),
        ("--embedding bad.csv", "bad.csv:2:1: expected 2 entries"),
        ("--embedding word.csv", "word.csv:2:3: expected a number"),
        ("--embedding moment --m 4", "needs --d"),
        ("--embedding bad.csv --m 4", "--m: not with"),
        ("--embedding moment --m 4 --d 1 --query 4", "below 4"),
        ("--embedding moment --m 4 --d 1 --bound 2", "--bound: not with"),
        ("", "--embedding SPEC or --model FILE"),
    ] {
        let (status, out, err) = run(folder.path(), &format!("search collision {arguments}"));
        assert!(status == 2 && out.is_empty() && err.contains(part), "{arguments}: {err}");
    }
    let long = "search collision --embedding random --m 70 --d 40 --time-limit 0.3";
    assert_eq!(run(folder.path(), long).0, 3);
}

#[test]
fn a_search_without_time_still_says_what_is_certain() {
    let folder = tempfile::tempdir().unwrap();
    let search = "search collision --embedding random --m 24 --d 6 --bound 10000";
    let stopped = format!("{search} --time-limit 0 --certificates c");
    let record = record(folder.path(), &stopped, 3);
    assert_eq!(
        (&record["verdict"], &record["values"]["n_star"]),
        (&"undecided".into(), &Value::Null)
    );
    let n_star = values(folder.path(), search)["n_star"].as_u64().unwrap();
    let bound = |name: &str| record["values"][name].as_u64().unwrap();
    assert!(bound("free_up_to") > 1 && bound("free_up_to") < n_star, "{record}");
    assert!(bound("collides_at") >= n_star, "{record}");
    let file = record["certificate"].as_str().unwrap();
    assert_eq!(run(folder.path(), &format!("check --brief {file}")).0, 0);
}

#[test]
fn no_certificate_is_overwritten_by_another() {
    let folder = tempfile::tempdir().unwrap();
    let search = |seed: u32| {
        let command = format!(
            "search collision --embedding random --m 5 --d 1 --bound 40 --seed {seed} --certificates c"
        );
        record(folder.path(), &command, 0)["certificate"].as_str().unwrap().to_owned()
    };
    let names = [search(1), search(2), search(3)];
    let text = |name: &String| std::fs::read_to_string(folder.path().join(name)).unwrap();
    let texts = names.each_ref().map(text);
    assert!(texts[0] != texts[1] && texts[1] != texts[2] && texts[0] != texts[2]);
    // each again, in another order: the same names, and nothing changes
    assert_eq!(
        [search(3), search(1), search(2)],
        [&names[2], &names[0], &names[1]].map(Clone::clone)
    );
    assert_eq!(names.each_ref().map(text), texts);
    assert_eq!(std::fs::read_dir(folder.path().join("c")).unwrap().count(), 3);
    let (status, out, _) = run(folder.path(), &format!("check --brief {}", names.join(" ")));
    assert!(status == 0 && out.contains("3 valid"), "{out}");
}

#[test]
fn a_step_that_cannot_be_interrupted_is_left_behind() {
    let folder = tempfile::tempdir().unwrap();
    // reducing a lattice of this rank takes minutes
    let (status, out, err) = run(
        folder.path(),
        "search collision --embedding random --m 400 --d 5 --bound 5 --time-limit 0 --certificates c",
    );
    assert_eq!(status, 3, "{out}{err}");
    assert!(out.contains("the time limit was reached"), "{out}");
    assert_eq!(std::fs::read_dir(folder.path().join("c")).unwrap().count(), 0);
}

#[test]
fn embeddings_that_are_too_large_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("long.csv"), "1,2\n".repeat(1025)).unwrap();
    std::fs::write(folder.path().join("wide.csv"), "1,".repeat(1024) + "1\n").unwrap();
    for (spec, message) in [
        ("moment --m 100000 --d 2", "--m: expected 1 to 1024, found 100000"),
        ("moment --m 4 --d 1025", "--d: expected 1 to 1024, found 1025"),
        ("long.csv", "long.csv: expected at most 1024 tokens, found 1025"),
        ("wide.csv", "wide.csv: expected at most 1024 numbers for each token, found 1025"),
    ] {
        let (status, out, err) =
            run(folder.path(), &format!("search collision --embedding {spec}"));
        assert!(status == 2 && out.is_empty() && err.contains(message), "{err}");
    }
}

#[test]
fn the_best_embedding_so_far_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let search = "search embedding --d 3 --m 6 --bound 3 --budget 1000000000 --time-limit 1 --certificates c";
    let record = record(folder.path(), search, 3);
    assert_eq!(
        (&record["verdict"], &record["values"]["search"]),
        (&"undecided".into(), &"heuristic".into())
    );
    assert_eq!(record["values"]["vectors"].as_array().unwrap().len(), 6);
    // better than vectors that are all alike
    assert!(record["values"]["n_star"].as_u64().unwrap() > 2, "{record}");
    let file = record["certificate"].as_str().unwrap();
    let (status, said, _) = run(folder.path(), &format!("check {file}"));
    assert!(status == 0 && said.contains("no MLP counts"), "{said}");
}

/// Where the tree of cuts takes longer than sums of multisets these are the proof, the same for any number of threads.
#[test]
fn sums_of_multisets_where_they_take_less() {
    let folder = tempfile::tempdir().unwrap();
    let search = |more: &str, proof: &str| {
        let line = "search collision --embedding random --m 48 --d 6 --bound 20";
        let mut found = record(folder.path(), &format!("{line} {more}"), 0);
        assert_eq!(
            (&found["values"]["n_star"], &found["values"]["proof"]),
            (&6.into(), &proof.into())
        );
        found["certificate"].take().as_str().map(|path| (path.to_owned(), found)).unwrap()
    };
    let read = |path: &str| std::fs::read_to_string(folder.path().join(path)).unwrap();
    let (one, told) = search("--threads 1 --certificates one", "multisets");
    let (two, also_told) = search("--threads 2 --certificates two", "multisets");
    assert_eq!((read(&one), told), (read(&two), also_told));
    assert!(read(&one).contains(r#""multisets":{"multipliers":["#));
    // the other way, for Coq
    let (cuts, _) = search("--cuts --certificates cuts", "enumeration");
    let (status, out, err) = run(folder.path(), &format!("check {one} {cuts} --coq coq"));
    assert!(status == 0 && out.contains("2 valid, 0 invalid"), "{out}{err}");
    assert!(
        err.contains("a proof of kind collision by sums of multisets has no Coq form"),
        "{err}"
    );
    assert_eq!(std::fs::read_dir(folder.path().join("coq")).unwrap().count(), 2);
}
