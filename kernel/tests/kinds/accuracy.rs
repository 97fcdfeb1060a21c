//! The accuracy of a softmax transformer on every input of a length, bounded by trees over boxes of counts.

use crate::table::{Case, accept, again, check, json, pop, refuse, set};

const WITHIN: &str = "accuracy/within";
const WRONG: &str = "accuracy/wrong";
const SOLVES: &str = "accuracy/solves";
/// an arg max, no norm, and an MLP that writes over the stream
const CHOICES: &str = "accuracy/choices";
/// with BOS and positions
const PLACED: &str = "accuracy/placed";
/// two heads, and a norm before the MLP
const HEADS: &str = "accuracy/heads";
/// the largest token, by cases
const LARGEST: &str = "accuracy/largest";

pub fn cases() -> Vec<Case> {
    vec![
        accept(
            "bounds",
            WITHIN,
            [],
            "the accuracy of the softmax transformer is known within 1/8: it is right on at least 2113 and wrong on at least 2; query count, \
             n = 7, m = 3, d = 3, within 1689/250; 2187 inputs, by boxes of counts",
        ),
        accept("wider bounds", WITHIN, [set("params/within", "1")], "is known within 1"),
        accept("a wrong input", WRONG, [], "is right on at least 155 and wrong on at least 5, so it does not solve"),
        accept(
            "every input",
            SOLVES,
            [],
            "the softmax transformer solves query count, n = 4, m = 3, d = 3, within 100; 81",
        ),
        accept("one by one", SOLVES, [set("data/trees/1", "p")], "the softmax transformer solves"),
        accept(
            "a split of another token",
            SOLVES,
            [set("data/trees/1", "BBArrrBrr")],
            "the softmax transformer solves",
        ),
        accept(
            "nothing is known of what is open",
            WRONG,
            [set("data/trees/1", "o"), set("data/right", "75")],
            "is right on at least 75 and wrong on at least 5",
        ),
        accept(
            "all arrangements",
            PLACED,
            [],
            "is right on at least 69 and wrong on at least 498; query count, n = 6, m = 3, d = 3, within 3/2; 729 inputs, by boxes of counts",
        ),
        accept("all arrangements, count by count", PLACED, [set("data/trees/0", "p")], "is right on at least 69"),
        accept(
            "an arg max",
            CHOICES,
            [],
            "is right on at least 776 and wrong on at least 1411; query count, n = 7, m = 3, d = 3, within 1/2; 2187 inputs, by boxes of counts",
        ),
        accept("an arg max, count by count", CHOICES, [set("data/trees/0", "p")], "is right on at least 776"),
        accept(
            "several heads, and what passes a norm by",
            HEADS,
            [],
            "is right on at least 386 and wrong on at least 343; query count, n = 6, m = 3, d = 3, within 1321/1000; 729 inputs, by boxes of counts",
        ),
        accept("several heads, count by count", HEADS, [set("data/trees/0", "p")], "is right on at least 386"),
        refuse(
            "a bound with rests",
            HEADS,
            [set("data/trees/1", "BBBrCrCrrCwCwrBBCwwCwww")],
            "data.accuracy.trees[1]: expected a bound that is Right, found Open",
        ),
        refuse(
            "one norm between attention and MLP",
            HEADS,
            [json(
                "data/model/blocks/0/after",
                r#"{"kind": "rms", "weight": ["1", "1", "1"], "bias": ["0", "0", "0"], "eps": "1"}"#,
            )],
            "data.accuracy.model: expected query count by one layer",
        ),
        refuse(
            "heads of a softmax",
            HEADS,
            [json(
                "data/model/blocks/0/part/attention/heads/1/weights",
                r#"{"softmax-matrix": {"shape": [6, 6], "rows": [["1","1","1","1","1","1"], ["1","1","1","1","1","1"], ["1","1","1","1","1","1"], ["1","1","1","1","1","1"], ["1","1","1","1","1","1"], ["1","1","1","1","1","1"]]}}"#,
            )],
            "data.accuracy.model: expected query count by one layer",
        ),
        accept(
            "cases",
            LARGEST,
            [],
            "the accuracy of the softmax transformer is known within 0: it is right on at least 9 and wrong on at least 18; \
             `max(t in tokens: if((0 < count(t)), t, 0))`, n = 3, m = 3, d = 2, within 1/2; 27 inputs, by cases of the largest token",
        ),
        accept("cases, one by one", LARGEST, [set("data/trees/1", "xeee")], "is right on at least 9"),
        accept(
            "cases that are left open",
            LARGEST,
            [set("data/trees/1", "xeoe"), set("data/wrong", "14"), set("params/within", "1/2")],
            "is right on at least 9 and wrong on at least 14",
        ),
        accept("cases, halved", LARGEST, [set("data/trees/1", "heee")], "is right on at least 9"),
        refuse(
            "a bound of all tokens",
            LARGEST,
            [set("data/trees/2", "r")],
            "data.accuracy.trees[2]: expected a bound that is Right, found Open",
        ),
        refuse("one answer", LARGEST, [set("data/trees/0", "e")], "data.accuracy.trees[0]: expected one largest token"),
        refuse(
            "one answer of ranges",
            LARGEST,
            [set("data/trees/0", "heee")],
            "data.accuracy.trees[0]: expected one largest token",
        ),
        refuse(
            "several tokens",
            LARGEST,
            [set("data/trees/0", "xx")],
            "data.accuracy.trees[0]: expected a split of several tokens",
        ),
        refuse(
            "symbols of cases",
            LARGEST,
            [set("data/trees/0", "Ao")],
            "data.accuracy.trees[0]: expected a tree of `x`",
        ),
        refuse("one tree of cases", LARGEST, [set("data/trees/2", "ee")], "data.accuracy.trees[2]: expected one tree"),
        refuse("all parts", LARGEST, [set("data/trees/1", "xww")], "data.accuracy.trees[1]: expected a tree of `x`"),
        refuse("a tree a last token", LARGEST, [pop("data/trees")], "data.accuracy.trees: number: expected 3, found 2"),
        refuse("what cases show", LARGEST, [set("data/right", "10")], "data.accuracy.right: expected 9, found 10"),
        refuse(
            "a choice for each token",
            LARGEST,
            [set("data/model/reading/arg-max/answers/1", 2)],
            "data.accuracy.model: expected query count",
        ),
        refuse(
            "a bound of all rivals",
            CHOICES,
            [set("data/trees/0", "AAArrArwAAwww")],
            "data.accuracy.trees[0]: expected a bound that is Right, found Wrong",
        ),
        refuse(
            "an arrangement of each kind",
            PLACED,
            [set("data/trees/2", "CCCArArrAAwrAorAwAwwCCwww")],
            "data.accuracy.trees[2]: expected a bound that is Right, found Open",
        ),
        refuse(
            "the last position",
            PLACED,
            [set("data/model/read_at", "every")],
            "data.accuracy.model: expected query count by one layer",
        ),
        refuse("positions of others", PLACED, [set("params/n", 1)], "data.accuracy.model: expected query count"),
        refuse("as many as there are", PLACED, [set("params/n", 7)], "params.n: expected 1 to 6, found 7"),
        refuse("m", WITHIN, [set("params/m", 4)], "params.m: expected 3, found 4"),
        refuse("d", WITHIN, [set("params/d", 4)], "params.d: expected 3, found 4"),
        refuse("a tolerance", WITHIN, [set("params/tolerance", "0")], "params.tolerance: expected a number above 0"),
        refuse("a length", WITHIN, [set("params/n", 0)], "params.n: expected 1 to 4096, found 0"),
        refuse(
            "not too long",
            WITHIN,
            [set("params/n", 1025)],
            "data.accuracy.model: expected query count by one layer",
        ),
        refuse(
            "a question about one count",
            WITHIN,
            [set("params/task", "most-frequent-element")],
            "data.accuracy.model: expected query count by one layer",
        ),
        refuse(
            "no norm before the MLP beside one before that",
            WITHIN,
            [json(
                "data/model/blocks/1/before",
                r#"{"kind": "rms", "weight": ["1", "1", "1"], "bias": ["0", "0", "0"], "eps": "1"}"#,
            )],
            "data.accuracy.model: expected query count by one layer",
        ),
        refuse(
            "units that are homogeneous",
            WITHIN,
            [set("data/model/blocks/1/part/mlp/activation", "gelu")],
            "data.accuracy.model: expected query count by one layer",
        ),
        refuse(
            "a head",
            WITHIN,
            [pop("data/model/blocks/0/part/attention/heads")],
            "data.accuracy.model: expected query count by one layer",
        ),
        refuse(
            "one choice an answer",
            CHOICES,
            [set("data/model/reading/arg-max/answers/1", 2)],
            "data.accuracy.model: expected query count by one layer",
        ),
        refuse("a tree a query", WITHIN, [pop("data/trees")], "data.accuracy.trees: number: expected 3, found 2"),
        refuse("no more", WITHIN, [again("data/trees")], "data.accuracy.trees: number: expected 3, found 4"),
        refuse(
            "a tree",
            WITHIN,
            [set("data/trees/0", "")],
            "data.accuracy.trees[0]: expected a tree of `A` to `Z`, `r`, `w`, `p` and `o`",
        ),
        refuse(
            "of its symbols",
            WITHIN,
            [set("data/trees/0", "e")],
            "data.accuracy.trees[0]: expected a tree of `A` to `Z`, `r`, `w`, `p` and `o`",
        ),
        refuse("one tree", WITHIN, [set("data/trees/0", "oo")], "data.accuracy.trees[0]: expected one tree"),
        refuse("both parts", WITHIN, [set("data/trees/0", "Ao")], "data.accuracy.trees[0]: expected a tree"),
        refuse("a token", WITHIN, [set("data/trees/0", "Doo")], "data.accuracy.trees[0]: expected a split of a token"),
        refuse(
            "a token with several counts",
            WITHIN,
            [set("data/trees/0", "AoAoAAooo")],
            "data.accuracy.trees[0]: expected a split of a token with several counts",
        ),
        refuse(
            "one count of the query",
            WITHIN,
            [set("data/trees/0", "r")],
            "data.accuracy.trees[0]: expected one count",
        ),
        refuse(
            "a bound",
            WITHIN,
            [set("data/trees/0", "AAABprrArpAor")],
            "data.accuracy.trees[0]: expected a bound that is Right, found Wrong",
        ),
        refuse(
            "a bound, of wrong ones",
            SOLVES,
            [set("data/trees/0", "AArwArr")],
            "data.accuracy.trees[0]: expected a bound that is Wrong, found Right",
        ),
        refuse(
            "what is known right",
            WITHIN,
            [set("data/right", "2114")],
            "data.accuracy.right: expected 2113, found 2114",
        ),
        refuse("what is known wrong", WITHIN, [set("data/wrong", "3")], "data.accuracy.wrong: expected 2, found 3"),
        refuse(
            "so close",
            WITHIN,
            [set("params/within", "1/40")],
            "params.within: expected at least 8/243, found 1/40",
        ),
        refuse(
            "a closeness",
            SOLVES,
            [set("params/within", "-1")],
            "params.within: expected a number that is not below 0",
        ),
        refuse(
            "all or a wrong one",
            SOLVES,
            [set("data/trees/0", "o"), set("data/right", "54")],
            "data.accuracy: expected a wrong input, or every input decided, found 54 decided",
        ),
        accept("just so close", WITHIN, [set("params/within", "8/243")], "is known within 8/243"),
    ]
}

#[test]
fn table() {
    check(&cases());
}
