//! T6 as a user meets it: the reference table, both bounds in every certificate, and mutants refused.

use crate::support::program::run;
use counterproof::kernel::{Certificate, Clock};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

fn values(arguments: &str) -> Vec<Value> {
    let (status, stdout, stderr) =
        run(Path::new("."), &format!("verify {arguments} --format json"));
    assert_eq!(status, 0, "{arguments}: {stderr}");
    let document: Value = serde_json::from_str(&stdout).unwrap();
    document["records"].as_array().unwrap().clone()
}

#[test]
fn the_reference_table() {
    let column = |arguments: &str, name: &str| -> Vec<Value> {
        let records = values(&format!("inverse-width --n 4,9,16,25,36,64,100 {arguments}"));
        records.into_iter().map(|record| record["values"][name].clone()).collect()
    };
    let list = |values: Value| values.as_array().unwrap().clone();
    assert_eq!(column("", "w_grid"), list(json!([3, 12, 32, 68, 123, 310, 627])));
    assert_eq!(column("", "w_min"), list(json!([0, 1, 2, 3, 4, 6, 8])));
    assert_eq!(column("--epsilon 1/4", "w_min"), list(json!([1, 2, 3, 4, 6, 9, 11])));
    assert_eq!(column("--epsilon 0", "w_min"), list(json!([1, 4, 7, 12, 17, 31, 49])));
    let slopes = json!(["4", "36", "144", "400", "900", "3136", "8100"]);
    assert_eq!(column("", "p_min"), list(slopes));
    assert_eq!(column("", "n_squared"), list(json!([16, 81, 256, 625, 1296, 4096, 10000])));
    assert!(column("", "n_squared_suffices").iter().all(|yes| *yes == true));
    assert!(column("", "n_squared_necessary_free").iter().all(|no| *no == false));
}

#[test]
fn records_come_in_order_and_check() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, cells) in [
        ("--n 2-12 --epsilon 1/4,49/100,0", 33),
        ("--n 1-9 --epsilon 1/2,3 --strict", 18),
        ("--n 1-9 --leak 1/7 --epsilon 1/2", 9),
        ("--n 30 --leak 9/10 --strict", 1),
        ("--n 20000", 1),
    ] {
        let arguments = format!("verify inverse-width {arguments} --certificates c --format json");
        let (status, stdout, stderr) = run(folder.path(), &arguments);
        assert_eq!(status, 0, "{arguments}: {stderr}");
        let document: Value = serde_json::from_str(&stdout).unwrap();
        assert_eq!(document["records"].as_array().unwrap().len(), cells);
    }
    let names: Vec<String> = fs::read_dir(folder.path().join("c"))
        .unwrap()
        .map(|entry| entry.unwrap().path().display().to_string())
        .collect();
    let (status, stdout, _) = run(folder.path(), &format!("check --brief {}", names.join(" ")));
    assert_eq!(status, 0);
    assert!(stdout.contains("62 valid, 0 invalid"), "{stdout}");
}

#[test]
fn figures_and_growth() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = "verify inverse-width --n 4,16,64,256 --epsilon 1/2,1/4 --plot f.svg";
    let (status, stdout, _) = run(folder.path(), arguments);
    assert_eq!(status, 0);
    assert!(stdout.contains("w_min: local slope 0."), "{stdout}");
    let figure = fs::read_to_string(folder.path().join("f.svg")).unwrap();
    assert!(figure.contains("context length n") && figure.contains("W_min, ε = 1/4"));
    let (_, latex, _) = run(folder.path(), "verify inverse-width --n 4,16,64 --format latex");
    assert!(latex.contains("local slope & ") && latex.contains("$W_{\\min}$"));
}

#[test]
fn unusable_requests() {
    for (arguments, named) in [
        ("inverse-width --n any", "any"),
        ("inverse-width --n 0", "--n"),
        ("inverse-width --epsilon -1", "epsilon"),
        ("inverse-width --epsilon 0 --strict", "--strict"),
        ("inverse-width --epsilon 1/0", "zero"),
        ("inverse-width --leak 1", "--leak"),
        ("inverse-width --m 3", "--m"),
        ("inverse-width --n 4 --plot figure.gif", ".svg, .png or .pdf"),
        ("inverse-width --n 4 --plot figure", ".svg, .png or .pdf"),
        ("no-position --plot f.svg", "no figure"),
        ("qc-count-attend --inverter wide", "narrow"),
    ] {
        let (status, _, stderr) = run(Path::new("."), &format!("verify {arguments}"));
        assert_eq!(status, 2, "{arguments}");
        assert!(stderr.contains(named), "{arguments}: {stderr}");
    }
    // no convex function fits: told, not decided
    let (status, stdout, _) =
        run(Path::new("."), "verify inverse-width --n 10 --epsilon 1/4 --leak 9/10");
    assert_eq!(status, 3);
    assert!(stdout.contains("891/1000"), "{stdout}");
}

#[test]
fn counting_by_attention_with_every_inverter() {
    for (inverter, widths) in [
        ("grid", [3u64, 15, 63, 255]),
        ("narrow", [0, 1, 1, 3]),
        // floor(P) + 1 and the unit that takes the mark away
        ("unit", [2, 6, 28, 146]),
    ] {
        let records = values(&format!("qc-count-attend --n 2,4,8,16 --m 4 --inverter {inverter}"));
        let found: Vec<u64> =
            records.iter().map(|r| r["values"]["mlp_width"].as_u64().unwrap()).collect();
        assert_eq!(found, widths, "{inverter}");
        assert!(records.iter().all(|record| record["verdict"] == "verified"));
        assert!(records.iter().all(|record| record["values"]["base"].is_u64()));
    }
}

/// The certificate at `n = 9` changed by `change`, its digest made right.
fn mutant(arguments: &str, change: impl FnOnce(&mut Value)) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), &format!("verify inverse-width {arguments} --certificates c"));
    let path = fs::read_dir(folder.path().join("c")).unwrap().next().unwrap().unwrap().path();
    let mut value: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    change(&mut value);
    let text = value.to_string();
    let certificate = match Certificate::parse(&text) {
        Err(error) if error.place == "sha256" => {
            value["sha256"] = error.expected().unwrap().into();
            Certificate::parse(&value.to_string())
        }
        other => other,
    };
    let certificate = certificate.map_err(|error| error.to_string())?;
    certificate.check(&Clock::unlimited()).map(|_| ()).map_err(|error| error.to_string())
}

#[test]
fn certificates_are_accepted_and_mutants_refused() {
    let at = "--n 16";
    assert_eq!(mutant(at, |_| {}), Ok(()));
    type Change = fn(&mut Value);
    let cases: [(&str, Change); 17] = [
        ("network: width", |v| v["params"]["w_min"] = 1.into()),
        ("network: width", |v| v["params"]["w_min"] = 3.into()),
        ("triples: number", |v| {
            v["data"]["inverse-width"]["width"]["triples"].as_array_mut().unwrap().pop();
        }),
        ("triples[1]", |v| {
            let triples = v["data"]["inverse-width"]["width"]["triples"].as_array_mut().unwrap();
            triples[1] = triples[0].clone();
        }),
        ("triples[0]", |v| v["data"]["inverse-width"]["width"]["triples"][0] = json!([1, 2, 3])),
        ("network: width", |v| {
            v["data"]["inverse-width"]["width"]["network"]["units"].as_array_mut().unwrap().pop();
        }),
        ("an error at most 1/2", |v| {
            v["data"]["inverse-width"]["width"]["network"]["beta"] = "1".into();
        }),
        ("slope forced", |v| v["params"]["p_min"] = "143".into()),
        ("slope forced", |v| v["data"]["inverse-width"]["slope"]["pair"] = json!([5, 16])),
        ("pair", |v| v["data"]["inverse-width"]["slope"]["pair"] = json!([16, 16])),
        ("alpha", |v| v["data"]["inverse-width"]["slope"]["network"]["alpha"] = "1".into()),
        ("unit_width", |v| v["params"]["unit_width"] = 145.into()),
        ("enough cells", |v| v["params"]["w_grid"] = 31.into()),
        ("out of tolerance", |v| v["params"]["w_grid"] = 33.into()),
        ("a point out of tolerance", |v| {
            v["data"]["inverse-width"]["grid"]["fails_at"] = "1/2".into();
        }),
        ("an error below", |v| {
            v["params"]["strict"] = true.into();
        }),
        ("w_grid", |v| v["params"]["leak"] = "1/3".into()),
    ];
    for (named, change) in cases {
        let refused = mutant(at, change).unwrap_err();
        assert!(refused.contains(named), "expected {named}: {refused}");
    }
}
