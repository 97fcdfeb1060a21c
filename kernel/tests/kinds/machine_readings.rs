//! T14: softmax transformers in the numbers of a machine.

use crate::table::{Case, accept, check, json, pop, refuse, set, unusable};

const SEQ: &str = "machine-readings/seq";
const ONCE: &str = "machine-readings/once";
const NORM: &str = "machine-readings/norm";
const CHOICE: &str = "machine-readings/choice";
const BOUND: &str = "machine-readings/bound";
const EVERY: &str = "machine-readings/every";
const TURNED: &str = "machine-readings/turned";
const WRONG: &str = "machine-readings/wrong";

/// How far outputs are off, and the least margin, of the bound.
const OFF: &str = "33347523769210632422132647343179003408899/713623846352979940529142984724747568191373312";
const MARGIN: &str = "94920002506401/281474976710656";
/// The whole number that is nearest to what the bound's model reads.
const CHOICES: &str = r#"{"arg-max": {"map": {"weight": {"shape": [3, 2], "rows": [["3", "3"], ["6", "6"], ["9", "9"]]}, "bias": ["-13/2", "-14", "-45/2"]}, "answers": [1, 2, 3]}}"#;

pub fn cases() -> Vec<Case> {
    vec![
        accept(
            "one by one",
            SEQ,
            [],
            "the softmax transformer solves query count, n = 3, m = 2, d = 2, within 1/2, in precision 8, exponents -126 to 127, \
             summed one by one; every input evaluated: in the reals 24 are right, 0 differ",
        ),
        accept(
            "one rounding",
            ONCE,
            [],
            "is right on 4 and wrong on 4, so it does not solve query count, n = 3, m = 2, d = 2, within 1/2, in precision 4, \
             exponents -6 to 7, summed with one rounding; every input evaluated: in the reals 8 are right, 4 differ",
        ),
        accept("norms", NORM, [], "is right on 3 and wrong on 21"),
        accept("a choice, by halves", CHOICE, [], "is right on 6 and wrong on 18"),
        accept(
            "a bound",
            BOUND,
            [],
            "in precision 24, exponents -126 to 127, summed in any order, functions within 4 ulps: outputs are off by less than \
             the least margin of all 24 inputs",
        ),
        accept("a wider bound", BOUND, [set("data/proof/bound/off", "1/4")], "off by less than the least margin"),
        accept("a smaller margin", BOUND, [set("data/proof/bound/margin", "1/4")], "off by less than the least margin"),
        accept("functions that are better", BOUND, [set("params/arithmetic/ulps", 1)], "functions within 1 ulps"),
        accept(
            "fused products",
            SEQ,
            [set("params/arithmetic/order", "fused")],
            "summed one by one with fused products",
        ),
        accept("by blocks", SEQ, [set("params/arithmetic/order", "blocks")], "summed by blocks of 16"),
        accept("in singles", SEQ, [set("params/arithmetic/order", "wide")], "summed one by one in singles"),
        refuse(
            "singles are wider than the format",
            SEQ,
            [
                json("params/arithmetic/format", r#"{"precision": "25", "emin": "-126", "emax": "127"}"#),
                set("params/arithmetic/order", "wide"),
            ],
            "params.arithmetic.format: expected a format with no more bits and no wider range than singles",
        ),
        accept(
            "an input that is wrong in singles too",
            WRONG,
            [set("data/proof/wrong/order", "wide")],
            "summed one by one in singles one sequence gives 5/2",
        ),
        accept("rotary positions", TURNED, [], "every input evaluated: in the reals 24 are right, 0 differ"),
        accept(
            "in other numbers other inputs are right",
            TURNED,
            [
                json("params/arithmetic/format", r#"{"precision": "4", "emin": "-6", "emax": "7"}"#),
                set("params/arithmetic/order", "once"),
                json("data/proof", r#"{"inputs": {"right": 15, "wrong": 9, "real_right": 24, "differ": 9}}"#),
            ],
            "is right on 15 and wrong on 9",
        ),
        refuse(
            "other rotary positions",
            TURNED,
            [
                json("params/arithmetic/format", r#"{"precision": "4", "emin": "-6", "emax": "7"}"#),
                set("params/arithmetic/order", "once"),
                json("data/proof", r#"{"inputs": {"right": 15, "wrong": 9, "real_right": 24, "differ": 9}}"#),
                set("data/model/blocks/0/part/attention/heads/0/weights/softmax/rotary/neighbours", true),
            ],
            "data.machine-readings.proof.inputs.right: expected",
        ),
        accept("every input enclosed", EVERY, [], "is right on 0 and wrong on 24"),
        accept(
            "one input",
            WRONG,
            [],
            "in precision 4, exponents -6 to 7, summed in any order, functions within 4 ulps: summed with one rounding one sequence gives 5/2, \
             and the answer is 2",
        ),
        accept(
            "one input in one order",
            WRONG,
            [set("params/arithmetic/order", "once"), set("params/arithmetic/ulps", 0)],
            "summed with one rounding: summed with one rounding one sequence gives 5/2",
        ),
        accept(
            "one of the inputs",
            EVERY,
            [
                json("data/proof", r#"{"inputs": {"right": 0, "wrong": 24, "real_right": 0, "differ": 0}}"#),
                set("params/arithmetic/ulps", 100),
            ],
            "functions within 100 ulps; every input evaluated",
        ),
        refuse("m", SEQ, [set("params/m", 3)], "params.m: expected 2, found 3"),
        refuse("d", SEQ, [set("params/d", 1)], "params.d: expected 2, found 1"),
        refuse("a tolerance", SEQ, [set("params/tolerance", "0")], "params.tolerance: expected a number above 0"),
        refuse("a length", SEQ, [set("params/n", 0)], "params.n: expected 1 to 4096, found 0"),
        refuse(
            "a format",
            SEQ,
            [set("params/arithmetic/format/precision", "1")],
            "params.arithmetic.format: expected precision 2 to 53",
        ),
        refuse(
            "functions are rounded to nearest",
            SEQ,
            [set("params/arithmetic/ulps", 1)],
            "params.arithmetic.ulps: expected 1 to 65536 in any order, otherwise 0, found 1",
        ),
        refuse(
            "functions err",
            BOUND,
            [set("params/arithmetic/ulps", 0)],
            "params.arithmetic.ulps: expected 1 to 65536 in any order, otherwise 0, found 0",
        ),
        refuse(
            "weights of the format",
            SEQ,
            [set("data/model/embedding/rows/0/0", "1/3")],
            "data.model: expected weights that are numbers of the format, found 1/3",
        ),
        refuse(
            "right ones",
            SEQ,
            [set("data/proof/inputs/right", 23)],
            "data.machine-readings.proof.inputs.right: expected 24, found 23",
        ),
        refuse(
            "wrong ones",
            ONCE,
            [set("data/proof/inputs/wrong", 3)],
            "data.machine-readings.proof.inputs.wrong: expected 4, found 3",
        ),
        refuse(
            "in the reals",
            ONCE,
            [set("data/proof/inputs/real_right", 4)],
            "data.machine-readings.proof.inputs.real_right: expected 8, found 4",
        ),
        refuse(
            "that differ",
            ONCE,
            [set("data/proof/inputs/differ", 0)],
            "data.machine-readings.proof.inputs.differ: expected 4, found 0",
        ),
        refuse(
            "in any order too little is known",
            ONCE,
            [set("params/arithmetic/order", "any"), set("params/arithmetic/ulps", 4)],
            "data.machine-readings.proof.inputs.right: expected inputs that are decided",
        ),
        refuse(
            "a bound of how far outputs are off",
            BOUND,
            [set("data/proof/bound/off", "1/100000000")],
            "data.machine-readings.proof.bound.off: expected at least",
        ),
        refuse(
            "off by less than the margin",
            BOUND,
            [set("data/proof/bound/margin", "1/1000000")],
            "data.machine-readings.proof.bound.off: expected less than the margin",
        ),
        refuse(
            "the least margin",
            BOUND,
            [set("data/proof/bound/margin", "1/2")],
            "data.machine-readings.proof.bound.margin: expected at most",
        ),
        refuse(
            "a bound is for any order",
            BOUND,
            [set("params/arithmetic/order", "seq"), set("params/arithmetic/ulps", 0)],
            "params.arithmetic.order: expected any, found one by one",
        ),
        refuse(
            "trees",
            BOUND,
            [pop("data/proof/bound/trees")],
            "data.machine-readings.proof.bound.trees: number: expected",
        ),
        refuse(
            "functions that are much worse",
            BOUND,
            [set("params/arithmetic/ulps", 65536)],
            "data.machine-readings.proof.bound.off: expected at least",
        ),
        refuse(
            "the named order",
            WRONG,
            [set("data/proof/wrong/order", "any")],
            "data.machine-readings.proof.wrong.order: expected a named order",
        ),
        refuse(
            "another order",
            WRONG,
            [set("params/arithmetic/order", "seq"), set("params/arithmetic/ulps", 0)],
            "data.machine-readings.proof.wrong.order: expected a named order",
        ),
        refuse(
            "an order that is right",
            WRONG,
            [set("data/proof/wrong/order", "seq")],
            "data.machine-readings.proof.wrong.output: expected a wrong output, found Right",
        ),
        refuse(
            "its output",
            WRONG,
            [json("data/proof/wrong/output", r#"["3"]"#)],
            "data.machine-readings.proof.wrong.output: expected 5/2, found 3",
        ),
        refuse(
            "one output",
            WRONG,
            [json("data/proof/wrong/output", r#"["5/2", "3"]"#)],
            "data.machine-readings.proof.wrong.output: number: expected 1, found 2",
        ),
        refuse(
            "its answer",
            WRONG,
            [set("data/proof/wrong/answer", "3")],
            "data.machine-readings.proof.wrong.answer: expected 2, found 3",
        ),
        refuse(
            "its length",
            WRONG,
            [pop("data/proof/wrong/sequence")],
            "data.machine-readings.proof.wrong.sequence: length: expected 3, found 2",
        ),
        refuse(
            "its position",
            WRONG,
            [set("data/proof/wrong/position", 3)],
            "data.machine-readings.proof.wrong.sequence: expected a position below 3, found 3",
        ),
        refuse(
            "numbers of the format",
            NORM,
            [set("params/arithmetic/format/emax", "1")],
            "data.model: expected weights that are numbers of the format, found",
        ),
        refuse(
            "finite numbers",
            NORM,
            [set("params/arithmetic/format/emax", "2")],
            "data.machine-readings.proof.inputs.right: expected inputs that are decided",
        ),
        unusable(
            "an unknown field",
            SEQ,
            [json(
                "params/arithmetic",
                r#"{"format": {"precision": "8", "emin": "-126", "emax": "127"}, "order": "seq", "ulps": 0, "fused": true}"#,
            )],
            "unknown field",
        ),
        accept("off by just so much", BOUND, [set("data/proof/bound/off", OFF)], "off by less than the least margin"),
        accept("just the margin", BOUND, [set("data/proof/bound/margin", MARGIN)], "off by less than the least margin"),
        refuse(
            "less than the margin, not as much",
            BOUND,
            [set("data/proof/bound/off", "1/4"), set("data/proof/bound/margin", "1/4")],
            "data.machine-readings.proof.bound.off: expected less than the margin",
        ),
        refuse(
            "every input right in the reals",
            BOUND,
            [
                set("params/tolerance", "1/8"),
                set("data/proof/bound/off", "1/100"),
                set("data/proof/bound/margin", "1/50"),
            ],
            "data.machine-readings.proof.bound.trees: expected 24 right inputs, found 15",
        ),
        accept(
            "a bound of choices",
            BOUND,
            [
                json("data/model/reading", CHOICES),
                set("data/proof/bound/margin", "1/8"),
                set("data/proof/bound/off", "1/9"),
            ],
            "off by less than the least margin",
        ),
        refuse(
            "of two choices both are off",
            BOUND,
            [json("data/model/reading", CHOICES), set("data/proof/bound/off", "0")],
            "data.machine-readings.proof.bound.off: expected at least 50595512353354429527266578707275533241079/178405961588244985132285746181186892047843328, found 0",
        ),
        refuse(
            "the token that is worst",
            BOUND,
            [json("data/model/embedding/rows/1", r#"["0", "8"]"#), set("data/proof/bound/off", "0")],
            "data.machine-readings.proof.bound.off: expected at least 70536677073390395243138813364947538657377/356811923176489970264571492362373784095686656, found 0",
        ),
        refuse(
            "the position that is worst",
            BOUND,
            [
                json("data/model/positions", r#"{"shape": [3, 2], "rows": [["2", "4"], ["0", "0"], ["0", "0"]]}"#),
                set("data/proof/bound/off", "0"),
            ],
            "data.machine-readings.proof.bound.off: expected at least 164478431731416830910984017197662988132383/356811923176489970264571492362373784095686656, found 0",
        ),
        refuse(
            "a position that is read",
            WRONG,
            [set("data/model/read_at", "last")],
            "data.machine-readings.proof.wrong.position: expected one that is read, found 1",
        ),
    ]
}

#[test]
fn table() {
    check(&cases());
}
