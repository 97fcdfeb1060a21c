//! `verify --model --ood` and `sweep --ood`: what points say, beside brute force in floats, and that nothing of how they were made shows.

use crate::support::floats::Floats;
use crate::support::program::{Ended, records, run, run_anywhere};
use counterproof::files::model::Model;
use counterproof::files::open;
use counterproof::kernel::definition::Token;
use serde_json::{Value, json};
use std::fs;

const TRAINED: &str = "tests/data/trained/trained-qc.safetensors";

/// A sweep of four tiny models with positions and without, 14 points each at most.
const TINY: &str = "sweep --task qc --d 2 --m 3 --seeds 2 --steps 60 --arm optimised --count 2 --ood --lengths 1,3,6,9 --estimate 40";

fn verify(arguments: &str) -> Ended {
    run_anywhere(&format!("verify --format json --quiet {arguments}"))
}

fn document(output: &Ended) -> Value {
    serde_json::from_str(&output.1).unwrap_or_else(|_| panic!("{}", output.2))
}

/// Of the sequences of length `n` over these tokens, as many as are read right in floats, and the first that is not.
fn brute_force(floats: &Floats, tokens: &[usize], n: u32) -> (u64, Option<Vec<usize>>) {
    let (mut right, mut wrong) = (0, None);
    for index in 0..tokens.len().pow(n) {
        let digit = |i: u32| tokens[index / tokens.len().pow(i) % tokens.len()];
        let sequence: Vec<usize> = (0..n).map(digit).collect();
        let last = *sequence.last().unwrap();
        let answer = sequence.iter().filter(|token| **token == last).count();
        let own: Vec<Token> = sequence.iter().copied().map(Token).collect();
        let error = (floats.outputs(&own).last().unwrap()[0] - answer as f64).abs();
        assert!((error - 0.5).abs() > 1e-6, "too close for floats");
        right += u64::from(error < 0.5);
        if error > 0.5 {
            wrong.get_or_insert(sequence);
        }
    }
    (right, wrong)
}

#[test]
fn points_with_few_inputs_are_those_of_brute_force() {
    let output = verify(&format!("--model {TRAINED} --ood --estimate 300 --subsets 2"));
    assert_eq!(output.0, 1, "{}", output.2);
    let bytes = fs::read(TRAINED).unwrap();
    let (Model::Softmax(model), _) = open(&bytes, None).unwrap() else { panic!("a softmax model") };
    let floats = Floats::new(&model);
    let (mut certified, mut drawn) = (Vec::new(), 0);
    for record in records(&output) {
        assert_eq!(
            (&record["params"]["trained_n"], &record["claim"]),
            (&json!(6), &json!("model"))
        );
        if record["verdict"] == "estimated" {
            drawn += 1;
            continue;
        }
        let n = record["params"]["n"].as_u64().unwrap();
        let tokens: Vec<usize> = match record["params"]["tokens"].as_array() {
            Some(tokens) => tokens.iter().map(|token| token.as_u64().unwrap() as usize).collect(),
            None => vec![0, 1, 2],
        };
        assert_eq!(record["params"]["m"], tokens.len());
        let (right, wrong) = brute_force(&floats, &tokens, n as u32);
        assert_eq!(record["values"]["right"], right, "{tokens:?} at {n}");
        assert_eq!(record["verdict"] == "refuted", wrong.is_some());
        certified.push((tokens.len(), n));
    }
    certified.sort_unstable();
    let alone = [(1, 6); 3].iter().chain(&[(2, 6); 3]);
    let lengths = [(3, 1), (3, 2), (3, 3), (3, 4), (3, 6)];
    assert_eq!(certified, alone.chain(&lengths).copied().collect::<Vec<_>>());
    // Zipf's, evenly at the length of the training and where all are distinct
    assert_eq!(drawn, 3);

    let found = &document(&output)["out_of_distribution"];
    let [found] = found.as_array().unwrap().as_slice() else { panic!("one model") };
    let first = (1..).find_map(|n| brute_force(&floats, &[0, 1, 2], n).1.map(|wrong| (n, wrong)));
    let (n, _) = first.unwrap();
    assert_eq!(found["first_wrong_n"], n);
    let is_wrong = |sequence: &Value, answer: &Value| {
        let tokens = sequence.as_array().unwrap().iter();
        let tokens: Vec<Token> = tokens.map(|t| Token(t.as_u64().unwrap() as usize)).collect();
        let count = tokens.iter().filter(|token| *token == tokens.last().unwrap()).count();
        let y = floats.outputs(&tokens).last().unwrap()[0];
        assert_eq!(*answer, count);
        (y - count as f64).abs() > 0.5
    };
    assert!(is_wrong(&found["sequence"], &found["answer"]));
    assert_eq!(
        (&found["wrong_tokens"], &found["first_wrong_n_above"]),
        (&json!([0]), &Value::Null)
    );
    // in the numbers of the file, not of the few
    assert!(is_wrong(&found["sequence_of_wrong_tokens"], &found["answer_of_wrong_tokens"]));
    assert_eq!(found["below_80_percent_at"], json!([1, 2, 3, 4, 6]));
}

/// A model that is right on single tokens and wrong on pairs: the histogram in two dimensions of three.
#[test]
fn the_fewest_tokens_are_found_and_fewer_are_said_to_be_right() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let weights = |rows: &str, m: usize| {
        format!(
            r#"{{"format":"counterproof-model","version":2,"kind":"softmax","model":{{"embedding":{{"shape":[{m},2],"rows":{rows}}},"bos":null,"positions":null,
            "blocks":[{{"before":null,"part":{{"attention":{{"heads":[{{"weights":{{"softmax":{{"query":{{"weight":{{"shape":[1,2],"rows":[["0","0"]]}},"bias":["0"]}},
            "key":{{"weight":{{"shape":[1,2],"rows":[["0","0"]]}},"bias":["0"]}},"scale":"1","rotary":null}}}},"value":{{"weight":{{"shape":[2,2],"rows":[["1","0"],["0","1"]]}},"bias":["0","0"]}},
            "output":{{"shape":[2,2],"rows":[["1","0"],["0","1"]]}}}}],"bias":["0","0"],"causal":false}}}},"residual":true,"after":null}}],"norm":null,
            "reading":{{"number":{{"weight":["4","4"],"bias":"-4"}}}},"read_at":"last"}}}}"#
        )
    };
    // y = 4 (1 + 1) - 4 whatever the input: all counts are 4 on one token alone
    fs::write(folder.join("constant.json"), weights(r#"[["1","0"],["0","1"],["1/2","1/2"]]"#, 3))
        .unwrap();
    let output = run(
        folder,
        "verify --model constant.json --task qc --trained-n 4 --ood --n 4 --estimate 50 --format json",
    );
    let found = document(&output)["out_of_distribution"][0].clone();
    assert_eq!((&found["wrong_tokens"], &found["right_on_sets_of"]), (&json!([0, 1]), &json!(1)));
    let output = run(
        folder,
        "verify --model constant.json --task qc --trained-n 4 --ood --n 4,5 --estimate 50",
    );
    assert!(
        output.1.contains("wrong on tokens 0 1 alone (1*3 0, answer 1), on no single token"),
        "{}",
        output.1
    );
    assert!(output.1.contains("above 4 first at n = 5"), "{}", output.1);
}

#[test]
fn what_makes_no_sense_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let exact = folder.path().join("exact.json").display().to_string();
    assert_eq!(run_anywhere(&format!("construct qc-histogram --n 4 --m 3 --out {exact}")).0, 0);
    let counts = "tests/data/trained/counts-qc.safetensors";
    for (arguments, expected) in [
        (format!("--model {exact} --ood"), "--ood: expected a softmax transformer"),
        (format!("--model {counts} --ood"), "--ood: expected --trained-n N beside it"),
        (format!("--model {TRAINED} --trained-n 6"), "--trained-n: expected --ood beside it"),
        (format!("--model {TRAINED} --subsets 2"), "--subsets: expected --ood beside it"),
        (format!("--model {TRAINED} --ood --trained-n 7"), "--trained-n: expected at most 6"),
        (format!("--model {TRAINED} --ood --n 6,7"), "--n: expected at most 6, the number of the"),
        (format!("--model {TRAINED} --ood --arithmetic fp32"), "--arithmetic: expected none with"),
        (format!("--model {TRAINED} --ood --within 1/2"), "cannot be used with"),
        ("welch --ood --m 3".to_owned(), "--model"),
    ] {
        let (status, stdout, stderr) = verify(&arguments);
        assert_eq!((status, stdout.as_str()), (2, ""), "{arguments}: {stderr}");
        assert!(stderr.contains(expected), "{arguments}: {stderr}");
    }
    let sweep = "sweep --task qc --d 2 --seeds 1 --steps 10";
    for (arguments, expected) in [
        ("--ood", "--ood: needs the vocabulary sizes of the models: --m R"),
        ("--m 2 --ood --full-grid", "--full-grid: not with --ood"),
        ("--m 2 --ood --out-dir x", "--out-dir: not with --ood"),
        ("--m 2 --ood --lengths 0", "--lengths: expected 1 to 4096, found 0"),
        ("--m 2 --lengths 3", "--ood"),
        (
            "--m 2 --exit-zero-if-decided",
            "--exit-zero-if-decided: only with --ood, --task histogram or --task max",
        ),
        ("--m 2 --ood --confidence 2", "--confidence: expected a number above 0 and below 1"),
    ] {
        let (status, stdout, stderr) = run(folder.path(), &format!("{sweep} {arguments}"));
        assert_eq!((status, stdout.as_str()), (2, ""), "{arguments}: {stderr}");
        assert!(stderr.contains(expected), "{arguments}: {stderr}");
    }
}

#[test]
fn a_sweep_out_of_distribution_is_the_same_however_it_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let whole = run(folder, &format!("{TINY} --threads 1 --plot whole.svg"));
    assert_eq!(whole.0, 1, "{}", whole.2);
    let again = run(folder, &format!("{TINY} --threads 3 --journal all.jsonl --plot all.svg"));
    assert_eq!(again, whole);
    assert_eq!(
        fs::read(folder.join("all.svg")).unwrap(),
        fs::read(folder.join("whole.svg")).unwrap()
    );
    // what is there is taken up, and no model is trained for it
    let resumed = run(folder, &format!("{TINY} --journal all.jsonl"));
    assert_eq!((resumed.0, &resumed.1), (1, &whole.1));
    assert!(resumed.2.contains("verdicts taken up"), "{}", resumed.2);
    for part in ["1/2", "2/2"] {
        let name = part.replace('/', "-of-");
        let (status, _, stderr) =
            run(folder, &format!("{TINY} --shard {part} --journal {name}.jsonl --quiet"));
        assert_eq!(status, 1, "{stderr}");
    }
    let merged = run(folder, "merge 1-of-2.jsonl 2-of-2.jsonl --plot merged.svg");
    assert_eq!((merged.0, &merged.1), (1, &whole.1), "{}", merged.2);
    assert_eq!(
        fs::read(folder.join("merged.svg")).unwrap(),
        fs::read(folder.join("whole.svg")).unwrap()
    );
    let planned = run(folder, &format!("plan {TINY}"));
    assert_eq!((planned.0, planned.1.lines().count()), (0, records_of(folder)), "{}", planned.2);
}

fn records_of(folder: &std::path::Path) -> usize {
    records(&run(folder, "merge all.jsonl --format json")).len()
}

/// Half a journal: the other half is of the models whose weights it holds, and is decided without training them again.
#[test]
fn a_torn_journal_goes_on_to_the_same_records() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let whole = run(folder, &format!("{TINY} --journal whole.jsonl --format json"));
    let lines: Vec<String> = fs::read_to_string(folder.join("whole.jsonl"))
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect();
    // the header and a point of each model
    fs::write(folder.join("half.jsonl"), lines[..5].join("\n") + "\n").unwrap();
    let (status, stdout, _) = run(folder, &format!("{TINY} --journal half.jsonl --format json"));
    assert_eq!((status, &stdout), (whole.0, &whole.1));
    assert_eq!(
        fs::read(folder.join("half.jsonl")).unwrap(),
        fs::read(folder.join("whole.jsonl")).unwrap()
    );
}

/// The certificates say what the records say, to the checker alone.
#[test]
fn certificates_of_points_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let sweep =
        run(folder, &format!("{TINY} --certificates c --format json --exit-zero-if-decided"));
    assert_eq!(sweep.0, 0, "{}", sweep.2);
    let records = records(&sweep);
    let files: Vec<&str> = records.iter().map(|r| r["certificate"].as_str().unwrap()).collect();
    let (status, stdout, stderr) = run(folder, &format!("check {}", files.join(" ")));
    assert_eq!(status, 0, "{stdout}{stderr}");
    assert!(stdout.contains("drawn evenly") && stdout.contains("n = 9, m = 3"), "{stdout}");
    // without positions every length, with them none above that of the training
    let at = |positions: bool, n: u64| {
        let of = |r: &&Value| r["params"]["positions"] == positions && r["params"]["n"] == n;
        records.iter().filter(of).count()
    };
    assert_eq!((at(true, 9), at(false, 9)), (0, 2));
    assert_eq!((at(true, 1), at(false, 1)), (2, 2));
}
