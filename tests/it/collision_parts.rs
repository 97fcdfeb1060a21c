//! One hard lattice on many machines: parts of its vectors are statements of their own, and all of them are the collision search.

use crate::support::certificates::mended;
use crate::support::journal::{entries, in_parts, write};
use crate::support::program::{records, run};
use serde_json::Value;
use std::fs;

/// What is said of it, and a change of a certificate.
type Forgery = (&'static str, fn(&mut Value));

/// What a whole and the join of its parts have in common.
const SAME: [&str; 4] = ["n_star", "free_up_to", "collides_at", "proof"];

#[test]
fn all_parts_are_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("line.csv"), "0\n1\n3\n7\n").unwrap();
    fs::write(folder.join("apart.csv"), "1,0,0\n0,1,0\n0,0,1\n").unwrap();
    for (command, divisions) in [
        ("search collision --embedding line.csv", [1, 3, 40]),
        ("search collision --embedding line.csv --query 0-3", [1, 2, 3]),
        ("search collision --embedding line.csv --task mfe --query 0,3", [1, 2, 5]),
        ("search collision --embedding line.csv --task mfe --max-n 3", [1, 2, 4]),
        ("search collision --embedding line.csv --max-n 9", [1, 2, 4]),
        ("search collision --embedding apart.csv", [1, 2, 7]),
        ("search collision --embedding random --m 5-12 --d 1-2 --bound 9 --seed 2", [1, 2, 6]),
        ("verify uniform-collision --embedding moment --m 4,6 --d 2", [1, 3, 4]),
    ] {
        let cuts = if command.starts_with("verify") { "" } else { "--cuts" };
        let whole = run(folder, &format!("{command} {cuts} --format json"));
        assert_eq!(whole.0, 0, "{}", whole.2);
        for of in divisions {
            let journals = in_parts(folder, command, of);
            let joined = run(
                folder,
                &format!("merge {journals} --format json --certificates c --journal all"),
            );
            assert_eq!(joined.0, 0, "{command}, {of}: {}", joined.2);
            let (whole, joined) = (records(&whole), records(&joined));
            assert_eq!(whole.len(), joined.len());
            for (whole, joined) in whole.iter().zip(&joined) {
                for name in SAME {
                    let (expected, found) = (&whole["values"][name], &joined["values"][name]);
                    assert_eq!(expected, found, "{command}, {of}, {}: {name}", whole["params"]);
                }
                assert_eq!(
                    (&whole["params"], &whole["claim"]),
                    (&joined["params"], &joined["claim"])
                );
                let path = joined["certificate"].as_str().unwrap();
                assert_eq!(run(folder, &format!("check {path}")).0, 0);
            }
            let again = run(folder, &format!("{command} --journal all"));
            let words = format!("{} verdicts taken up", joined.len());
            assert!(again.0 == 0 && again.2.contains(&words), "{}", again.2);
            for journal in journals.split(' ').chain(["all"]) {
                fs::remove_file(folder.join(journal)).unwrap();
            }
            fs::remove_dir_all(folder.join("c")).unwrap();
        }
    }
}

/// Rank 39: the parts are subtrees far below the top, on any number of threads, and what is planned is what is merged.
#[test]
fn a_plan_of_parts_makes_the_record_of_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let command = "search collision --embedding random --m 48 --d 8 --bound 10 --quiet";
    let (status, plan, said) = run(folder, &format!("plan --parts 4 -- {command}"));
    assert_eq!((status, plan.lines().count()), (0, 4), "{said}");
    let mut nodes = 0;
    let mut proofs = Vec::new();
    for (line, threads) in plan.lines().zip([1, 2, 3, 1]) {
        let line = line.strip_prefix("counterproof ").unwrap();
        let found =
            run(folder, &format!("{line} --threads {threads} --format json --certificates c"));
        assert_eq!(found.0, 0, "{}", found.2);
        let [record] = records(&found).try_into().unwrap();
        assert_eq!(
            (&record["claim"], &record["params"]["of"]),
            (&"part".into(), &"uniform-collision".into())
        );
        let values = &record["values"];
        assert_eq!(
            values["free_in_part_up_to"].as_u64().unwrap() + 1,
            values["collides_at"].as_u64().unwrap()
        );
        nodes += values["nodes"].as_u64().unwrap();
        let path = record["certificate"].as_str().unwrap();
        proofs.push(fs::read_to_string(folder.join(path)).unwrap());
    }
    let names: Vec<String> = (1..=4).map(|part| format!("part-{part}-of-4.jsonl")).collect();
    let merged = run(folder, &format!("merge {} --format json --certificates c", names.join(" ")));
    let whole = run(folder, &format!("{command} --cuts --format json"));
    assert_eq!((merged.0, whole.0), (0, 0), "{}", merged.2);
    let (merged, whole) = (&records(&merged)[0], &records(&whole)[0]);
    for name in SAME {
        assert_eq!(merged["values"][name], whole["values"][name], "{name}");
    }
    assert_eq!(merged["values"]["nodes"], nodes);
    // the same basis and coordinates everywhere, and a part the same bytes on other threads
    let parsed: Vec<Value> =
        proofs.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
    for part in &parsed {
        let (params, data) = (&part["params"], &part["data"]["collision-part"]);
        assert_eq!(params["coordinates"], parsed[0]["params"]["coordinates"]);
        assert_eq!(
            data["proofs"][0]["basis"],
            parsed[0]["data"]["collision-part"]["proofs"][0]["basis"]
        );
    }
    let again = format!("{command} --part 3/4 --threads 1 --format json --certificates again");
    let found = run(folder, &again);
    let path = records(&found)[0]["certificate"].as_str().unwrap().to_owned();
    assert_eq!(fs::read_to_string(folder.join(path)).unwrap(), proofs[2]);
    // a part that is missing
    let (status, _, said) = run(folder, &format!("merge {} {}", names[0], names[2]));
    assert!(status == 3 && said.contains("2 of 4 parts are missing, the first is 2/4"), "{said}");
    // the join believes no part: two inputs that do not collide, and another basis
    let changes: [Forgery; 2] = [
        (
            "data.collision.pair: expected two inputs that attention does not tell apart",
            |certificate| {
                certificate["params"]["collides_at"] = 2.into();
                for (name, other) in [("c", 0), ("c_prime", 1)] {
                    let mut counts = vec![0; 48];
                    counts[0] = 1;
                    counts[other] += 1;
                    certificate["data"]["collision-part"]["pair"][name] = counts.into();
                }
                certificate["data"]["collision-part"]["pair"]["query"] = 0.into();
            },
        ),
        ("the parts are of different bases", |certificate| {
            let basis = &mut certificate["data"]["collision-part"]["proofs"][0]["basis"];
            basis.as_array_mut().unwrap().swap(0, 1);
        }),
    ];
    for (words, change) in changes {
        let mut forged = entries(&folder.join(&names[1]));
        let text = forged[1]["certificate"].as_str().unwrap().to_owned();
        forged[1]["certificate"] = mended(&text, change).into();
        write(&folder.join("forged"), &forged);
        let merge = format!("merge {} forged {} {}", names[0], names[2], names[3]);
        let (status, _, said) = run(folder, &merge);
        assert!(status == 3 && said.contains(words), "{said}");
        assert!(said.contains("forged, line 2: it does not hold: "), "{said}");
    }
}

#[test]
fn a_forged_part_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("line.csv"), "0\n1\n3\n7\n").unwrap();
    let command = "search collision --embedding line.csv";
    let found =
        run(folder, &format!("{command} --part 2/2 --certificates c --format json --journal part"));
    let [record] = records(&found).try_into().unwrap();
    let path = record["certificate"].as_str().unwrap().to_owned();
    assert_eq!(path, "c/part-m4-d1-embeddingline_csv-taskqc-ofuniform-collision-part2_2.json");
    let (status, said, _) = run(folder, &format!("check {path}"));
    let words = "part: part 2/2 of uniform-collision (coordinates: ";
    assert!(status == 0 && said.contains(words), "{said}");
    for (expected, status) in [("uniform-collision", 1), ("part", 0)] {
        assert_eq!(run(folder, &format!("check --expect {expected} {path}")).0, status);
    }
    let text = fs::read_to_string(folder.join(&path)).unwrap();
    for (name, change) in [
        (
            "a cut less",
            (|c| {
                let cuts = &mut c["data"]["collision-part"]["proofs"][0]["cuts"];
                drop(cuts.as_array_mut().unwrap().remove(0));
            }) as fn(&mut Value),
        ),
        ("a longer radius", |c| c["params"]["free_in_part_up_to"] = 20.into()),
        ("all queries at any length", |c| c["params"]["free_in_part_up_to"] = "any".into()),
        ("the claim of the whole", |c| c["claim"] = "uniform-collision".into()),
        ("more coordinates", |c| c["params"]["coordinates"] = 9.into()),
        ("as the whole's", |c| {
            let data = c["data"]["collision-part"].take();
            c["data"] = serde_json::json!({ "collision": data });
            c["claim"] = "uniform-collision".into();
            let params = c["params"].as_object_mut().unwrap();
            for name in ["of", "part", "coordinates"] {
                params.remove(name);
            }
            let free = params.remove("free_in_part_up_to").unwrap();
            params.insert("free_up_to".to_owned(), (free.as_u64().unwrap() + 9).into());
        }),
    ] {
        fs::write(folder.join("forged.json"), mended(&text, change)).unwrap();
        let (status, _, said) = run(folder, "check forged.json");
        assert_eq!(status, 1, "{name}: {said}");
    }
    // less than the part, where it is not finished
    let mut forged = entries(&folder.join("part"));
    forged[1]["certificate"] =
        mended(&text, |c| c["params"]["free_in_part_up_to"] = 1.into()).into();
    let values = forged[1]["values"].as_array_mut().unwrap();
    values.iter_mut().find(|value| value[0] == "free_in_part_up_to").unwrap()[1] =
        serde_json::json!({ "integer": "1" });
    write(&folder.join("forged"), &forged);
    let (status, _, said) = run(folder, &format!("{command} --part 2/2 --journal forged"));
    let words = "not taken up, decided again: n: the certificate goes up to 1 only, not 3";
    assert!(status == 0 && said.contains(words), "{said}");
    // a journal of a part, said to be another one's
    let mut forged = entries(&folder.join("part"));
    for (line, field) in [(0, "command"), (1, "name")] {
        let text =
            forged[line][field].as_str().unwrap().replace("2/2", "1/2").replace("2_2", "1_2");
        forged[line][field] = text.into();
    }
    write(&folder.join("forged"), &forged);
    let (status, _, said) = run(folder, &format!("{command} --part 1/2 --journal forged"));
    assert!(status == 0 && said.contains("not taken up, decided again: "), "{said}");
}

#[test]
fn what_has_no_such_parts_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    assert_eq!(run(folder, "construct qc-histogram --n 4 --m 3 --d 2 --out m.json").0, 0);
    fs::write(folder.join("line.csv"), "0\n1\n3\n7\n").unwrap();
    for (command, words) in [
        ("search collision --model m.json --query 1 --part 1/2", "is about one query of a model"),
        ("search collision --embedding line.csv --vipr v --part 1/2", "--vipr"),
        ("search embedding --d 1 --m 3 --bound 2 --part 1/2", "--part"),
        ("search collision --embedding line.csv --part 3/2", "expected I/K with I from 1 to K"),
    ] {
        let (status, stdout, said) = run(folder, command);
        assert_eq!((status, stdout.as_str()), (2, ""), "{command}: {said}");
        assert!(said.contains(words), "{command}: {said}");
    }
    // a limit leaves the part open, and nothing is said about the whole
    let command =
        "search collision --embedding random --m 48 --d 8 --bound 10 --part 1/2 --time-limit 0";
    let late = run(folder, &format!("{command} --journal late --format json"));
    assert_eq!((late.0, entries(&folder.join("late")).len()), (3, 1), "{}", late.2);
    let [record] = records(&late).try_into().unwrap();
    assert_eq!(
        (&record["verdict"], &record["values"]["free_up_to"]),
        (&"undecided".into(), &Value::Null)
    );
}
