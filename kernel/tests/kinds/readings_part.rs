//! Every input of a part of a survey accounted for.

use crate::table::{Case, accept, again, check, mended, pop, refuse, set, stored, unusable};
use counterproof_kernel::kind::Readings;
use counterproof_kernel::{Certificate, ClaimId, Clock};
use serde_json::json;

const TILTED: &str = "readings-part/tilted";
const WRONG: &str = "readings-part/wrong";
const SEQUENCES: &str = "readings-part/sequences";
const COUNTS: &str = "readings-part/counts";

pub fn cases() -> Vec<Case> {
    vec![
        accept(
            "one of two",
            TILTED,
            [],
            "part 1/2 of model, and nothing about the others: on its inputs the softmax transformer solves query count, n = 3, \
             m = 2, d = 2, within 1/2; 12 of 24 inputs, one by one up to equal columns",
        ),
        accept("of another claim", TILTED, [set("params/of", "token-mixing")], "part 1/2 of token-mixing, and nothing"),
        accept("a split", TILTED, [set("data/trees/0", "seee")], "12 of 24 inputs, by bounds and one by one"),
        accept(
            "the whole",
            TILTED,
            [set("params/part", "1/1"), again("data/trees"), set("data/right", "24")],
            "24 of 24 inputs",
        ),
        accept(
            "nothing",
            TILTED,
            [set("params/part", "9/9"), pop("data/trees"), set("data/right", "0"), set("data/margin", json!(null))],
            "part 9/9 of model, and nothing about the others: on its inputs the softmax transformer solves query count, n = 3, \
             m = 2, d = 2, within 1/2; 0 of 24 inputs",
        ),
        accept(
            "a model that is wrong",
            WRONG,
            [],
            "part 2/2 of model, and nothing about the others: on its inputs the softmax transformer is right 0 and wrong 2 times, \
             so it does not solve query count, n = 2, m = 2, d = 2, within 1/2; 2 of 4 inputs",
        ),
        accept("sequences that begin alike", SEQUENCES, [], "12 of 24 inputs, one by one by definition"),
        accept("counts of the first token", COUNTS, [], "3 of 8 inputs, one by one up to order"),
        refuse(
            "a claim about softmax transformers",
            TILTED,
            [set("params/of", "qc-histogram")],
            "params.of: expected a claim about what a softmax transformer reads, found qc-histogram",
        ),
        refuse("not itself", TILTED, [set("params/of", "part")], "params.of: expected a claim about"),
        refuse("it is not the whole", TILTED, [set("claim", "model")], "claim: expected part, found model"),
        refuse("m", TILTED, [set("params/m", 3)], "params.m: expected 2, found 3"),
        refuse(
            "trees of the part only",
            TILTED,
            [again("data/trees")],
            "data.readings-part.trees: number: expected 1, found 2",
        ),
        refuse(
            "all of them",
            TILTED,
            [set("params/part", "1/1")],
            "data.readings-part.trees: number: expected 2, found 1",
        ),
        refuse(
            "no tree for no block",
            TILTED,
            [set("params/part", "3/3")],
            "data.readings-part.trees: number: expected 0, found 1",
        ),
        refuse(
            "a tree that ends",
            TILTED,
            [set("data/trees/0", "ee")],
            "data.readings-part.trees[0]: expected one tree, found symbols after its end",
        ),
        refuse(
            "what is right in the part",
            TILTED,
            [set("data/right", "24")],
            "data.readings-part.right: expected 12, found 24",
        ),
        refuse(
            "what is wrong in the part",
            SEQUENCES,
            [set("data/wrong", "24")],
            "data.readings-part.wrong: expected 5, found 24",
        ),
        refuse("other blocks", COUNTS, [set("params/part", "1/3")], "data.readings-part."),
        refuse(
            "a margin of what is right",
            TILTED,
            [set("data/margin/at_least", "1")],
            "data.readings-part.margin: expected bounds around ",
        ),
        unusable("a part that there is", TILTED, [set("params/part", "3/2")], "expected I/K with I from 1 to K"),
        unusable("another version", TILTED, [set("version", 3)], "expected 2 for the kind readings-part, found 3"),
    ]
}

#[test]
fn table() {
    check(&cases());
}

/// A part of the whole's trees says as a part of its own what a check of that part of the whole says, and all add up to the whole.
#[test]
fn parts_are_the_whole() {
    for (file, of) in [("readings/exact", 2), ("readings/tilted", 3), ("readings/wrong", 2)] {
        let whole = mended(&stored(file)).unwrap();
        let (_, all) = whole.get::<Readings>().unwrap();
        for index in 1..=of {
            let part = format!("{index}/{of}").parse().unwrap();
            let said = whole.check_part(part, &Clock::unlimited()).unwrap().unwrap();
            let words: Vec<&str> = said.split(' ').collect();
            let mut own = stored(file);
            let mut data = own["data"]["readings"].take();
            let trees = all.trees.iter().enumerate().filter(|(at, _)| part.place(*at).is_some());
            data["trees"] = trees.map(|(_, tree)| tree.clone()).collect();
            (data["right"], data["wrong"]) = (words[0].into(), words[3].into());
            let known = words[0] != "0" && words[3] == "0";
            data["margin"] = if known { json!({"at_least": "0", "at_most": "1/2"}) } else { json!(null) };
            own["params"]["of"] = ClaimId::MODEL.name().into();
            own["params"]["part"] = format!("{index}/{of}").into();
            own["version"] = 2.into();
            own["claim"] = "part".into();
            own["data"] = json!({ "readings-part": data });
            let own: Certificate = mended(&own).unwrap();
            let found = own.check(&Clock::unlimited()).unwrap();
            assert!(found.statement.starts_with(&format!("part {index}/{of} of model")), "{}", found.statement);
        }
    }
}
