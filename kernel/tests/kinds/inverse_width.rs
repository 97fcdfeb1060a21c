//! T6: exact widths of the inverter.

use crate::table::{Case, accept, again, check, json, pop, refuse, set, swap};

const PLAIN: &str = "inverse-width/plain";
const STRICT: &str = "inverse-width/strict";
const LEAK: &str = "inverse-width/leak";
const EXACT: &str = "inverse-width/exact";
const SHARP: &str = "inverse-width/sharp";
const ONE: &str = "inverse-width/one";
const GRID: &str = "data.inverse-width.grid.fails_at: expected a point out of tolerance, found ";

pub fn cases() -> Vec<Case> {
    vec![
        accept(
            "T6",
            PLAIN,
            [],
            "k = 1..9 with error at most 1/2 takes exactly 12 equal cells, width 1, total slope 36, width 36 with unit weights; widths 1 and 2",
        ),
        accept(
            "strictly",
            STRICT,
            [],
            "k = 1..9 with error below 1/2 takes exactly 12 equal cells, width 2, total slope 36, width 37 with unit weights",
        ),
        accept(
            "with a leak",
            LEAK,
            [],
            "k = 1..6 with error below 1/2, inputs leaking 1/3 takes exactly 13 equal cells, width 1, total slope 78/5, width 16",
        ),
        accept(
            "with a sharp leak",
            SHARP,
            [],
            "k = 1..5 with error at most 1/5, inputs leaking 1/5 takes exactly no number of equal cells, width 2",
        ),
        accept(
            "exactly",
            EXACT,
            [],
            "k = 1..4 with error at most 0 takes exactly no number of equal cells, width 1, total slope 12",
        ),
        accept(
            "one count",
            ONE,
            [],
            "k = 1..1 with error at most 1/2 takes exactly 1 equal cells, width 0, total slope 0, width 0 with unit weights",
        ),
        accept(
            "the unit width is not claimed",
            PLAIN,
            [json("params/unit_width", "null")],
            "total slope 36; widths 1 and 2 are enough",
        ),
        accept(
            "one point has a grid without tolerance",
            ONE,
            [
                set("params/epsilon", "0"),
                json("data/slope/network/beta", "\"1\""),
                json("data/width/network/beta", "\"1\""),
            ],
            "k = 1..1 with error at most 0 takes exactly 1 equal cells",
        ),
        accept(
            "a point in another cell",
            ONE,
            [
                set("params/epsilon", "201/2000"),
                set("params/leak", "1/10"),
                set("params/w_grid", 3),
                set("data/grid/fails_at", "43/44"),
            ],
            "error at most 201/2000, inputs leaking 1/10 takes exactly 3 equal cells",
        ),
        refuse(
            "not near a node of another cell",
            ONE,
            [
                set("params/epsilon", "201/2000"),
                set("params/leak", "1/10"),
                set("params/w_grid", 3),
                set("data/grid/fails_at", "53/55"),
            ],
            "data.inverse-width.grid.fails_at: expected a point out of tolerance, found 53/55",
        ),
        accept(
            "slopes are products",
            PLAIN,
            [json("data/slope/network/units/0", r#"{"a":"33/2","w":"-2","b":"35/66"}"#)],
            "total slope 36, width 36 with unit weights",
        ),
        refuse("a count", PLAIN, [set("params/n", 0)], "params.n: expected 1 to 1073741824, found 0"),
        refuse(
            "not too many",
            PLAIN,
            [set("params/n", (1_u64 << 30) + 1)],
            "params.n: expected 1 to 1073741824, found 1073741825",
        ),
        refuse(
            "a tolerance",
            PLAIN,
            [set("params/epsilon", "-1/2")],
            "params.epsilon: expected at least 0, found -1/2",
        ),
        refuse(
            "a leak",
            PLAIN,
            [set("params/leak", "-1/2")],
            "params.leak: expected at least 0 and below 1, found -1/2",
        ),
        refuse("below 1", PLAIN, [set("params/leak", "1")], "params.leak: expected at least 0 and below 1, found 1"),
        // the grid
        refuse(
            "a grid where there is one",
            PLAIN,
            [json("params/w_grid", "null")],
            "params.w_grid: expected a number of cells, found null",
        ),
        refuse(
            "none where there is none",
            EXACT,
            [set("params/w_grid", 4)],
            "params.w_grid: expected null or at least 1, found 4",
        ),
        refuse(
            "none where the leak is larger",
            SHARP,
            [set("params/epsilon", "1/6"), set("params/w_grid", 4)],
            "params.w_grid: expected null or at least 1, found 4",
        ),
        refuse(
            "none on a point if strict",
            ONE,
            [set("params/epsilon", "0"), set("params/strict", true)],
            "params.w_grid: expected null or at least 1, found 1",
        ),
        refuse("a cell", PLAIN, [set("params/w_grid", 0)], "params.w_grid: expected null or at least 1, found 0"),
        refuse(
            "no point without a grid",
            EXACT,
            [set("data/grid/fails_at", "1/2")],
            "data.inverse-width.grid.fails_at: expected null without a grid, found a point",
        ),
        refuse("enough cells", PLAIN, [set("params/w_grid", 11)], "params.w_grid: expected enough cells, found 11"),
        refuse(
            "enough cells with a leak",
            LEAK,
            [set("params/w_grid", 12)],
            "params.w_grid: expected enough cells, found 12",
        ),
        refuse("no more than needed", PLAIN, [set("params/w_grid", 13)], GRID),
        refuse("no more with a leak", LEAK, [set("params/w_grid", 14)], GRID),
        refuse(
            "a point",
            PLAIN,
            [json("data/grid/fails_at", "null")],
            "data.inverse-width.grid.fails_at: expected a point, found null",
        ),
        refuse(
            "none for one cell",
            ONE,
            [set("data/grid/fails_at", "1")],
            "data.inverse-width.grid.fails_at: expected null for one cell, found 1",
        ),
        refuse(
            "not too low",
            PLAIN,
            [set("data/grid/fails_at", "1/10")],
            "data.inverse-width.grid.fails_at: expected in [1/9, 1], found 1/10",
        ),
        refuse(
            "not too high",
            PLAIN,
            [set("data/grid/fails_at", "2")],
            "data.inverse-width.grid.fails_at: expected in [1/9, 1], found 2",
        ),
        refuse(
            "out of tolerance",
            PLAIN,
            [set("data/grid/fails_at", "1/2")],
            "data.inverse-width.grid.fails_at: expected a point out of tolerance, found 1/2",
        ),
        refuse(
            "not a node",
            PLAIN,
            [set("data/grid/fails_at", "1")],
            "data.inverse-width.grid.fails_at: expected a point out of tolerance, found 1",
        ),
        // the width
        refuse(
            "units",
            PLAIN,
            [set("params/w_min", 2)],
            "data.inverse-width.width.network: width: expected 2, found 1",
        ),
        refuse(
            "triples",
            PLAIN,
            [again("data/width/triples")],
            "data.inverse-width.width.triples: number: expected 1, found 2",
        ),
        refuse(
            "a triple a unit",
            PLAIN,
            [pop("data/width/triples")],
            "data.inverse-width.width.triples: number: expected 1, found 0",
        ),
        refuse(
            "a network within tolerance",
            PLAIN,
            [set("data/width/network/beta", "13")],
            "data.inverse-width.width.network: expected an error at most 1/2 at count 5, found 4/5",
        ),
        refuse(
            "strictly within",
            PLAIN,
            [set("params/strict", true)],
            "data.inverse-width.width.network: expected an error below 1/2 at count ",
        ),
        refuse(
            "with the leak",
            PLAIN,
            [set("params/leak", "1/100"), set("params/w_grid", 13)],
            "data.inverse-width.grid.fails_at: expected ",
        ),
        refuse(
            "a chord above",
            PLAIN,
            [json("data/width/triples", "[[1,2,3]]")],
            "data.inverse-width.width.triples[0]: expected a triple that no line meets, found [1, 2, 3]",
        ),
        refuse(
            "a chord above with any count",
            PLAIN,
            [json("data/width/triples", "[[2,3,4]]")],
            "data.inverse-width.width.triples[0]: expected a triple that no line meets, found [2, 3, 4]",
        ),
        refuse(
            "at the tolerance only if strict",
            STRICT,
            [set("params/strict", false)],
            "data.inverse-width.width.triples[0]: expected a triple that no line meets, found [",
        ),
        refuse(
            "in their order",
            SHARP,
            [swap("data/width/triples", 0, 1)],
            "data.inverse-width.width.triples[1]: expected 5 <= i < j + leak < k <= 5, found [1, 2, 3]",
        ),
        refuse(
            "ascending",
            PLAIN,
            [json("data/width/triples", "[[3,3,9]]")],
            "data.inverse-width.width.triples[0]: expected 1 <= i < j + leak < k <= 9, found [3, 3, 9]",
        ),
        refuse(
            "to the last",
            PLAIN,
            [json("data/width/triples", "[[3,9,9]]")],
            "data.inverse-width.width.triples[0]: expected 1 <= i < j + leak < k <= 9, found [3, 9, 9]",
        ),
        refuse(
            "of counts",
            PLAIN,
            [json("data/width/triples", "[[0,5,9]]")],
            "data.inverse-width.width.triples[0]: expected 1 <= i < j + leak < k <= 9, found [0, 5, 9]",
        ),
        refuse(
            "up to n",
            PLAIN,
            [json("data/width/triples", "[[3,5,10]]")],
            "data.inverse-width.width.triples[0]: expected 1 <= i < j + leak < k <= 9, found [3, 5, 10]",
        ),
        // the slope
        refuse(
            "the slope forced",
            PLAIN,
            [set("params/p_min", "35")],
            "data.inverse-width.slope.pair: slope forced: expected 35, found 36",
        ),
        refuse(
            "by a pair",
            PLAIN,
            [json("data/slope/pair", "null")],
            "data.inverse-width.slope.pair: slope forced: expected 36, found 0",
        ),
        refuse(
            "of two counts",
            PLAIN,
            [json("data/slope/pair", "[9,9]")],
            "data.inverse-width.slope.pair: expected 1 <= j, j + leak < k <= 9, found [9, 9]",
        ),
        refuse(
            "from 1",
            PLAIN,
            [json("data/slope/pair", "[0,9]")],
            "data.inverse-width.slope.pair: expected 1 <= j, j + leak < k <= 9, found [0, 9]",
        ),
        refuse(
            "from 1 with a leak",
            LEAK,
            [json("data/slope/pair", "[0,6]")],
            "data.inverse-width.slope.pair: expected 1 <= j, j + leak < k <= 6, found [0, 6]",
        ),
        refuse(
            "to n",
            PLAIN,
            [json("data/slope/pair", "[6,10]")],
            "data.inverse-width.slope.pair: expected 1 <= j, j + leak < k <= 9, found [6, 10]",
        ),
        refuse(
            "not zero",
            PLAIN,
            [json("data/slope/pair", "[6,0]")],
            "data.inverse-width.slope.pair: expected 1 <= j, j + leak < k <= 9, found [6, 0]",
        ),
        refuse(
            "that is not below zero",
            ONE,
            [
                set("params/n", 2),
                set("params/epsilon", "2"),
                set("params/p_min", "-6"),
                json("data/slope/pair", "[1,2]"),
            ],
            "params.p_min: expected at least 0, found -6",
        ),
        refuse(
            "a strict network only if strict",
            PLAIN,
            [json("data/slope/inner", r#"{"alpha":"0","beta":"1","units":[]}"#)],
            "data.inverse-width.slope.inner: expected a network exactly if strict, found the other",
        ),
        refuse(
            "a strict network if strict",
            STRICT,
            [json("data/slope/inner", "null")],
            "data.inverse-width.slope.inner: expected a network exactly if strict, found the other",
        ),
        refuse(
            "without a slope of its own",
            PLAIN,
            [set("data/slope/network/alpha", "1")],
            "data.inverse-width.slope.network.alpha: expected 0, found 1",
        ),
        refuse(
            "nor the strict one",
            STRICT,
            [set("data/slope/inner/alpha", "1")],
            "data.inverse-width.slope.inner.alpha: expected 0, found 1",
        ),
        refuse(
            "a slope network within tolerance",
            PLAIN,
            [set("data/slope/network/beta", "7/4")],
            "data.inverse-width.slope.network: expected an error at most 1/2 at count ",
        ),
        refuse(
            "a strict one strictly",
            STRICT,
            [with_network()],
            "data.inverse-width.slope.inner: expected an error below 1/2 at count ",
        ),
        refuse(
            "with this total slope",
            PLAIN,
            [json("data/slope/network/units/1", r#"{"a":"3","w":"-2","b":"1"}"#)],
            "data.inverse-width.slope.network: expected an error at most 1/2 at count ",
        ),
        refuse(
            "and no other",
            PLAIN,
            [again("data/slope/network/units"), json("data/slope/network/units/2", r#"{"a":"3","w":"1","b":"-2"}"#)],
            "data.inverse-width.slope.network: total slope: expected 36, found 39",
        ),
        refuse(
            "the least unit width",
            PLAIN,
            [set("params/unit_width", 37)],
            "params.unit_width: expected 36, found 37",
        ),
        refuse(
            "one more if strict",
            STRICT,
            [set("params/unit_width", 36)],
            "params.unit_width: expected 37, found 36",
        ),
        refuse("rounded up", LEAK, [set("params/unit_width", 15)], "params.unit_width: expected 16, found 15"),
        refuse(
            "units of weight 1",
            PLAIN,
            [json(
                "data/slope/network/units",
                r#"[{"a":"65/2","w":"-1","b":"35/132"},{"a":"1/2","w":"-1","b":"35/132"},{"a":"3","w":"-1","b":"1"}]"#,
            )],
            "data.inverse-width.slope: units of weight at most 1: expected 36, found 37",
        ),
        // two layers
        refuse(
            "two layers",
            PLAIN,
            [pop("data/two_layers/hidden")],
            "data.inverse-width.two_layers.output.weight: expected [1, 1], found [1, 2]",
        ),
        refuse(
            "not one",
            ONE,
            [json(
                "data/two_layers",
                r#"{"hidden":[{"weight":{"shape":[1,1],"rows":[["0"]]},"bias":["0"]}],"output":{"weight":{"shape":[1,1],"rows":[["0"]]},"bias":["1"]}}"#,
            )],
            "data.inverse-width.two_layers.hidden: layers: expected 2, found 1",
        ),
        refuse(
            "widths of the first",
            PLAIN,
            [json("params/two_layers", "[2,2]")],
            "params.two_layers: expected 1, found 2",
        ),
        refuse("of the second", PLAIN, [json("params/two_layers", "[1,3]")], "params.two_layers: expected 2, found 3"),
        refuse(
            "one input",
            ONE,
            [json("data/two_layers/hidden/0/weight", r#"{"shape":[1,2],"rows":[["0","0"]]}"#)],
            "data.inverse-width.two_layers.hidden[0].weight: expected [1, 1], found [1, 2]",
        ),
        refuse(
            "the deep network within tolerance",
            PLAIN,
            [set("data/two_layers/output/bias/0", "-23")],
            "data.inverse-width.two_layers: expected an error at most 1/2 at count 4, found 1",
        ),
        refuse(
            "also below",
            PLAIN,
            [set("data/two_layers/output/bias/0", "-51/2")],
            "data.inverse-width.two_layers: expected an error at most 1/2 at count ",
        ),
    ]
}

/// The network on the boundary in place of the one inside.
fn with_network() -> crate::table::Change {
    crate::table::with("data/slope", |slope| slope["inner"] = slope["network"].clone())
}

#[test]
fn table() {
    check(&cases());
}
