//! Every input of a softmax transformer accounted for.

use crate::table::{Case, accept, again, check, json, mended, pop, refuse, set, stored};
use counterproof_kernel::Clock;
use serde_json::Value;

const EXACT: &str = "readings/exact";
const TILTED: &str = "readings/tilted";
const WRONG: &str = "readings/wrong";

pub fn cases() -> Vec<Case> {
    vec![
        accept("another claim about a model", EXACT, [set("claim", "token-mixing")], "the softmax transformer solves"),
        accept(
            "equal scores",
            EXACT,
            [],
            "the softmax transformer solves query count, n = 3, m = 2, d = 2, within 1/2; 8 inputs, one by one up to equal columns",
        ),
        accept(
            "every position is read",
            TILTED,
            [],
            "n = 3, m = 2, d = 2, within 1/2; 24 inputs, one by one up to equal columns",
        ),
        accept(
            "a model that is wrong",
            WRONG,
            [],
            "is right on 0 and wrong on 4, so it does not solve query count, n = 2, m = 2, d = 2, within 1/2; 4 inputs",
        ),
        accept(
            "a split",
            TILTED,
            [set("data/trees/0", "seee")],
            "24 inputs, by bounds and one by one up to equal columns",
        ),
        refuse("m", EXACT, [set("params/m", 3)], "params.m: expected 2, found 3"),
        refuse("d", EXACT, [set("params/d", 3)], "params.d: expected 2, found 3"),
        refuse(
            "a tolerance",
            EXACT,
            [set("params/tolerance", "0")],
            "params.tolerance: expected a number above 0, found 0",
        ),
        crate::table::unusable(
            "another version",
            EXACT,
            [set("version", 2)],
            "expected 3 for the kind readings, found 2",
        ),
        refuse("a length", EXACT, [set("params/n", 0)], "params.n: expected 1 to 4096, found 0"),
        refuse("not too long", EXACT, [set("params/n", 4097)], "params.n: expected 1 to 4096, found 4097"),
        refuse("a tree a problem", TILTED, [pop("data/trees")], "data.readings.trees: number: expected 2, found 1"),
        refuse("no more", TILTED, [again("data/trees")], "data.readings.trees: number: expected 2, found 3"),
        refuse(
            "a tree",
            TILTED,
            [set("data/trees/0", "")],
            "data.readings.trees[0]: expected a tree of `e`, `s`, `r` and `w`",
        ),
        refuse(
            "one tree",
            TILTED,
            [set("data/trees/0", "ee")],
            "data.readings.trees[0]: expected one tree, found symbols after its end",
        ),
        refuse(
            "of its symbols",
            TILTED,
            [set("data/trees/1", "x")],
            "data.readings.trees[1]: expected a tree of `e`, `s`, `r` and `w`",
        ),
        refuse("what is right", EXACT, [set("data/right", "7")], "data.readings.right: expected 8, found 7"),
        refuse("what is wrong", WRONG, [set("data/wrong", "3")], "data.readings.wrong: expected 4, found 3"),
        refuse(
            "no margin of what is wrong",
            WRONG,
            [json("data/margin", r#"{"at_least":"0","at_most":"1"}"#)],
            "data.readings.margin: expected null, found the other",
        ),
        refuse(
            "a margin of what is right",
            EXACT,
            [json("data/margin", "null")],
            "data.readings.margin: expected bounds, found the other",
        ),
        refuse(
            "bounds of it",
            EXACT,
            [set("data/margin/at_least", "1")],
            "data.readings.margin: expected bounds around ",
        ),
        refuse(
            "on both sides",
            EXACT,
            [set("data/margin/at_most", "0")],
            "data.readings.margin: expected bounds around ",
        ),
        accept(
            "just the margin",
            TILTED,
            [json(
                "data/margin",
                r#"{"at_least": "94920003914363/281474976710656", "at_most": "94920003914373/281474976710656"}"#,
            )],
            "24 inputs",
        ),
        refuse(
            "its lower end",
            TILTED,
            [set("data/margin/at_least", "23730000978591/70368744177664")],
            "data.readings.margin: expected bounds around 94920003914363/281474976710656 to 94920003914373/281474976710656",
        ),
        refuse(
            "its upper end",
            TILTED,
            [set("data/margin/at_most", "23730000978593/70368744177664")],
            "data.readings.margin: expected bounds around 94920003914363/281474976710656 to 94920003914373/281474976710656",
        ),
    ]
}

#[test]
fn table() {
    check(&cases());
}

/// What parts count adds up to the whole, and what is said of the whole bounds it.
#[test]
fn a_check_in_parts() {
    let seen = |certificate: &Value, index: u64, of: u64| {
        let part = format!("{index}/{of}").parse().unwrap();
        let said = mended(certificate).unwrap().check_part(part, &Clock::unlimited());
        said.map(|said| {
            let said = said.unwrap();
            let words: Vec<&str> = said.split(' ').collect();
            (words[0].parse::<u64>().unwrap(), words[3].parse::<u64>().unwrap())
        })
    };
    for file in [EXACT, TILTED, WRONG] {
        let certificate = stored(file);
        let data = &certificate["data"]["readings"];
        let [right, wrong] = ["right", "wrong"]
            .map(|name| data[name].as_str().map_or_else(|| data[name].as_u64().unwrap(), |text| text.parse().unwrap()));
        for of in [1, 2, 3, 11] {
            let parts: Vec<(u64, u64)> = (1..=of).map(|index| seen(&certificate, index, of).unwrap()).collect();
            let sums = parts.iter().fold((0, 0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
            assert_eq!(sums, (right, wrong), "{file} in {of} parts");
        }
    }
    // fewer right ones than a part has, a margin that is not reached, a tree that does not hold
    let mut fewer = stored(EXACT);
    fewer["data"]["readings"]["right"] = "0".into();
    assert!(seen(&fewer, 1, 1).unwrap_err().to_string().starts_with("data.readings.right: expected at most 0"));
    let mut less_wrong = stored(WRONG);
    less_wrong["data"]["readings"]["wrong"] = "0".into();
    assert!(seen(&less_wrong, 1, 1).unwrap_err().to_string().starts_with("data.readings.wrong: expected at most 0"));
    // a margin that is just reached
    let mut near = stored(TILTED);
    near["data"]["readings"]["margin"]["at_least"] = "94920003914363/281474976710656".into();
    assert!(seen(&near, 1, 1).is_ok());
    let mut far = stored(EXACT);
    far["data"]["readings"]["margin"]["at_least"] = "100".into();
    far["data"]["readings"]["margin"]["at_most"] = "101".into();
    let told = seen(&far, 1, 1).unwrap_err().to_string();
    assert!(told.starts_with("data.readings.margin: expected 100"), "{told}");
    let mut trees = stored(TILTED);
    let last = trees["data"]["readings"]["trees"].as_array().unwrap().len() as u64;
    trees["data"]["readings"]["trees"][0] = "ee".into();
    let refused: Vec<u64> = (1..=last).filter(|index| seen(&trees, *index, last).is_err()).collect();
    assert_eq!(refused, [1]);
}
