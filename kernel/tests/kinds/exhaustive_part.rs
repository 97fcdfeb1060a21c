//! A part of the inputs evaluated again.

use crate::table::{Case, accept, check, json, mended, refuse, set, stored, unusable};
use counterproof_kernel::definition::InputPart;
use counterproof_kernel::kind::Exhaustive;
use counterproof_kernel::number::RationalText;
use counterproof_kernel::{Certificate, Clock};
use std::collections::BTreeSet;

pub fn cases() -> Vec<Case> {
    vec![
        accept(
            "one of two",
            "exhaustive-part/query-count",
            [],
            "part 1/2 of qc-histogram, and nothing about the others: on its inputs a one-layer transformer",
        ),
        accept(
            "the other",
            "exhaustive-part/query-count",
            [set("params/part", "2/2")],
            "3 evaluations, 6 inputs in all",
        ),
        accept(
            "the whole",
            "exhaustive-part/query-count",
            [set("params/part", "1/1")],
            "6 evaluations, 6 inputs in all",
        ),
        accept("nothing", "exhaustive-part/query-count", [set("params/part", "9/9")], "0 evaluations, 6 inputs in all"),
        accept("by the first token", "exhaustive-part/positions", [], "part 2/3 of model"),
        refuse(
            "a claim that a model counts",
            "exhaustive-part/query-count",
            [set("params/of", "part")],
            "params.of: expected a claim that a model counts, found part",
        ),
        refuse(
            "the shape that the claim has",
            "exhaustive-part/query-count",
            [set("params/of", "model")],
            "params.criterion: expected within 1/2, found exactly",
        ),
        refuse(
            "it is not the whole",
            "exhaustive-part/query-count",
            [set("claim", "qc-histogram")],
            "claim: expected part, found qc-histogram",
        ),
        refuse(
            "the largest error of the part",
            "exhaustive-part/positions",
            [set("params/part", "1/3")],
            "data.exhaustive-part.max_error: expected ",
        ),
        refuse(
            "every input of the part is right",
            "exhaustive-part/query-count",
            [set("params/n", 4)],
            "model on query ",
        ),
        refuse(
            "one length",
            "exhaustive-part/query-count",
            [set("params/n", "any")],
            "params.n: expected one context length, found any",
        ),
        unusable(
            "a part that there is",
            "exhaustive-part/query-count",
            [set("params/part", "3/2")],
            "expected I/K with I from 1 to K, found `3/2`",
        ),
        unusable("counted from 1", "exhaustive-part/query-count", [set("params/part", "0/2")], "found `0/2`"),
        unusable("of some", "exhaustive-part/query-count", [set("params/part", "0/0")], "found `0/0`"),
        unusable("in one spelling", "exhaustive-part/query-count", [set("params/part", "01/2")], "found `01/2`"),
        unusable(
            "of 64 bits",
            "exhaustive-part/query-count",
            [set("params/part", "1/18446744073709551616")],
            "expected I/K",
        ),
        unusable("as a text", "exhaustive-part/query-count", [json("params/part", "[1,2]")], "params.part"),
    ]
}

#[test]
fn table() {
    check(&cases());
}

fn part(text: &str) -> InputPart {
    text.parse().unwrap()
}

/// Whatever the number of parts, each evaluation is of one of them, and a part of a proof is checked as it is by `exhaustive-part`.
#[test]
fn parts_are_the_whole() {
    for name in
        ["query-count", "most-frequent", "attention", "sequences", "positions", "two-heads", "no-head", "one-token"]
    {
        let certificate = mended(&stored(&format!("exhaustive/{name}"))).unwrap();
        let seen = |part: InputPart| {
            let said = certificate.check_part(part, &Clock::unlimited()).unwrap().unwrap();
            let (_, said) = said.rsplit_once("; ").unwrap();
            said.split(' ').next().unwrap().parse::<u64>().unwrap()
        };
        let all = seen(InputPart::WHOLE);
        assert!(all > 0);
        for of in [1, 2, 3, 5, 64, u64::MAX] {
            let parts = (1..=of.min(64)).map(|index| seen(part(&format!("{index}/{of}"))));
            assert_eq!(parts.sum::<u64>(), all, "{name} in {of} parts");
        }
    }
    assert!((1..=7).all(|k| (0..99).filter(|&block| part(&format!("{k}/7")).has(block)).count() > 13));
    let owners = |block: u64| (1..=7).filter(move |k| part(&format!("{k}/7")).has(block)).count();
    assert_eq!((0..99).map(owners).collect::<BTreeSet<_>>(), BTreeSet::from([1]));
}

/// A wrong input is found by the part that has it, and by no other.
#[test]
fn a_wrong_input_is_in_one_part() {
    let mut wrong = stored("exhaustive/positions");
    wrong["data"]["exhaustive"]["model"]["readout"]["bias"] = "100".into();
    let wrong = mended(&wrong).unwrap();
    assert!(wrong.check_part(part("1/2"), &Clock::unlimited()).is_err());
    // an error that is said to be smaller than it is
    let whole = mended(&stored("exhaustive/two-heads")).unwrap();
    let (params, data) = whole.get::<Exhaustive>().unwrap();
    let none = Exhaustive { max_error: RationalText(counterproof_kernel::number::integer(0)), ..data.clone() };
    let none = Certificate::new(whole.claim(), params.clone(), none);
    let refused = (1..=4).filter(|k| none.check_part(part(&format!("{k}/4")), &Clock::unlimited()).is_err()).count();
    assert!((1..=4).contains(&refused));
}
