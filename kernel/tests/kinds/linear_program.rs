//! Duality: an optimum, a contradiction or a ray.

use crate::table::{Case, accept, again, check, json, pop, refuse, set, swap, unusable};

const MIN: &str = "linear-program/minimum";
const MAX: &str = "linear-program/maximum";
const FARKAS: &str = "linear-program/contradiction";
const BOUNDS: &str = "linear-program/contradiction-bounds";
const EMPTY: &str = "linear-program/empty-bounds";
const RAY: &str = "linear-program/unbounded";
const TERMS: &str = "program.rows[0].terms: expected non-zero numbers by ascending variable that exists, found others";

pub fn cases() -> Vec<Case> {
    vec![
        accept("a minimum", MIN, [], "the linear program with 2 variables and 3 rows has the minimum 10"),
        accept("a maximum", MAX, [], "the linear program with 3 variables and 2 rows has the maximum 12"),
        accept("a contradiction", FARKAS, [], "the linear program with 2 variables and 2 rows has no feasible point"),
        accept(
            "a contradiction with bounds",
            BOUNDS,
            [],
            "the linear program with 2 variables and 1 rows has no feasible point",
        ),
        accept("empty bounds", EMPTY, [], "has no feasible point"),
        accept("a ray", RAY, [], "is feasible and has no maximum: it is unbounded"),
        accept(
            "a constant",
            MIN,
            [set("data/program/constant", "1/2"), set("params/optimum", "21/2")],
            "has the minimum 21/2",
        ),
        accept("another name", MIN, [set("data/program/rows/0/name", "any ]}, [text{")], "has the minimum 10"),
        accept(
            "a ray downwards",
            RAY,
            [set("data/program/sense", "minimise"), set("data/program/variables/0/cost", "-1")],
            "has no minimum",
        ),
        accept(
            "a contradiction of the same rows in a maximum",
            FARKAS,
            [set("data/program/sense", "maximise")],
            "has no feasible point",
        ),
        accept(
            "fractions",
            MIN,
            [
                json(
                    "data/program/rows/0",
                    r#"{"name":"a","terms":[[0,"1/3"],[1,"1/3"]],"relation":">=","rhs":"4/3"}"#,
                ),
                set("data/proof/optimal/dual/0", "12"),
            ],
            "has the minimum 10",
        ),
        accept(
            "fractions everywhere",
            "linear-program/fractions",
            [],
            "with 3 variables and 2 rows has the minimum 63/400",
        ),
        accept(
            "in a maximum",
            "linear-program/fractions-maximum",
            [],
            "with 2 variables and 2 rows has the maximum 359/500",
        ),
        accept("in a contradiction", "linear-program/fractions-contradiction", [], "has no feasible point"),
        refuse(
            "no contradiction where the sides are equal",
            "linear-program/fractions-contradiction",
            [set("data/program/rows/0/rhs", "153/400")],
            "proof.farkas: expected rows and bounds combined to a contradiction, found none",
        ),
        accept(
            "a contradiction where they are nearly",
            "linear-program/fractions-contradiction",
            [set("data/program/rows/0/rhs", "1531/4000")],
            "has no feasible point",
        ),
        refuse(
            "a point that is nearly the best",
            "linear-program/fractions",
            [set("data/proof/optimal/primal/1", "431/1500")],
            "proof.dual: expected a bound of the objective that is the value of primal, found another",
        ),
        refuse("variables", MIN, [set("params/variables", 3)], "params.variables: expected 2, found 3"),
        refuse("rows", MIN, [set("params/rows", 2)], "params.rows: expected 3, found 2"),
        refuse(
            "the status",
            MIN,
            [set("params/status", "unbounded")],
            "params.status: expected optimal, found unbounded",
        ),
        refuse(
            "no optimum of a contradiction",
            FARKAS,
            [set("params/status", "optimal")],
            "params.status: expected infeasible, found optimal",
        ),
        refuse(
            "of a ray",
            RAY,
            [set("params/status", "infeasible")],
            "params.status: expected unbounded, found infeasible",
        ),
        refuse("the optimum", MIN, [set("params/optimum", "11")], "params.optimum: expected 10, found 11"),
        refuse("an optimum", MIN, [json("params/optimum", "null")], "params.optimum: expected 10, found null"),
        refuse(
            "no optimum where there is none",
            RAY,
            [set("params/optimum", "0")],
            "params.optimum: expected null, found 0",
        ),
        refuse("the constant", MIN, [set("data/program/constant", "1/2")], "params.optimum: expected 21/2, found 10"),
        // the program
        refuse(
            "a printable name",
            MIN,
            [set("data/program/variables/1/name", "é")],
            "program.variables[1].name: expected printable ASCII text, found é",
        ),
        refuse(
            "of a row",
            MIN,
            [set("data/program/rows/2/name", "a\u{7f}")],
            "program.rows[2].name: expected printable ASCII text, found a",
        ),
        refuse("ascending", MIN, [swap("data/program/rows/0/terms", 0, 1)], TERMS),
        refuse("once", MIN, [again("data/program/rows/0/terms")], TERMS),
        refuse("of a variable", MIN, [set("data/program/rows/0/terms/1/0", 2)], TERMS),
        refuse("that is not zero", MIN, [set("data/program/rows/0/terms/1/1", "0")], TERMS),
        // an optimum
        refuse(
            "a number a variable",
            MIN,
            [again("data/proof/optimal/primal")],
            "proof.primal: numbers: expected 2, found 3",
        ),
        refuse(
            "above its bound",
            MIN,
            [json("data/proof/optimal/primal", r#"["-1","7/2"]"#)],
            "proof.primal[0]: expected a number within the bounds of its variable, found -1",
        ),
        refuse(
            "below its bound",
            MAX,
            [json("data/proof/optimal/primal", r#"["3","2/3","1"]"#)],
            "proof.primal[2]: expected a number within the bounds of its variable, found 1",
        ),
        refuse(
            "in every row",
            MIN,
            [json("data/proof/optimal/primal", r#"["1","2"]"#)],
            "proof.primal: expected a point that satisfies all rows, found row 0",
        ),
        refuse(
            "at most",
            MIN,
            [json("data/proof/optimal/primal", r#"["5","1/2"]"#)],
            "proof.primal: expected a point that satisfies all rows, found row 1",
        ),
        refuse(
            "equal",
            MIN,
            [json("data/proof/optimal/primal", r#"["2","5/2"]"#)],
            "proof.primal: expected a point that satisfies all rows, found row 2",
        ),
        refuse(
            "not below",
            MIN,
            [json("data/proof/optimal/primal", r#"["5/2","3/2"]"#)],
            "proof.primal: expected a point that satisfies all rows, found row 2",
        ),
        refuse("a multiplier a row", MIN, [pop("data/proof/optimal/dual")], "proof.dual: numbers: expected 3, found 2"),
        refuse(
            "with the sign of at least",
            MIN,
            [set("data/proof/optimal/dual/0", "-4")],
            "proof.dual[0]: expected the sign that the relation of its row wants, found -4",
        ),
        refuse(
            "of at most",
            MIN,
            [set("data/proof/optimal/dual/1", "1")],
            "proof.dual[1]: expected the sign that the relation of its row wants, found 1",
        ),
        refuse(
            "the other way round in a maximum",
            MAX,
            [set("data/proof/optimal/dual/0", "-2")],
            "proof.dual[0]: expected the sign that the relation of its row wants, found 2",
        ),
        refuse(
            "a bound for what is left over",
            MIN,
            [json("data/proof/optimal/dual", r#"["5","0","0"]"#)],
            "proof.dual: expected a finite upper bound of variable 1, for what is left over, found none",
        ),
        refuse(
            "a lower bound",
            RAY,
            [
                json("data/proof", r#"{"optimal":{"primal":["4","0"],"dual":["0","0"]}}"#),
                set("data/program/sense", "minimise"),
            ],
            "proof.dual: expected a finite upper bound of variable 1, for what is left over, found none",
        ),
        refuse(
            "a lower bound in a maximum",
            MAX,
            [json("data/proof/optimal/dual", r#"["3","0"]"#), json("data/program/variables/1/lower", "null")],
            "proof.dual: expected a finite lower bound of variable 1, for what is left over, found none",
        ),
        refuse(
            "the value of the point",
            MIN,
            [json("data/proof/optimal/dual", r#"["3","0","-1"]"#)],
            "proof.dual: expected a bound of the objective that is the value of primal, found another",
        ),
        refuse(
            "of the best point",
            MAX,
            [json("data/proof/optimal/primal", r#"["3","0","1/3"]"#)],
            "proof.dual: expected a bound of the objective that is the value of primal, found another",
        ),
        refuse(
            "of its costs",
            MIN,
            [set("data/program/variables/0/cost", "10/3")],
            "proof.dual: expected a bound of the objective that is the value of primal, found another",
        ),
        refuse(
            "the other end",
            MIN,
            [set("data/program/sense", "maximise")],
            "proof.dual[0]: expected the sign that the relation",
        ),
        // a contradiction
        refuse(
            "multipliers of all rows",
            FARKAS,
            [pop("data/proof/infeasible/farkas")],
            "proof.farkas: numbers: expected 2, found 1",
        ),
        refuse(
            "with their signs",
            FARKAS,
            [swap("data/proof/infeasible/farkas", 0, 1)],
            "proof.farkas[0]: expected the sign that the relation of its row wants, found -1",
        ),
        refuse(
            "a contradiction is needed",
            FARKAS,
            [set("data/program/rows/1/rhs", "4")],
            "proof.farkas: expected rows and bounds combined to a contradiction, found none",
        ),
        refuse(
            "a contradiction with the bounds",
            BOUNDS,
            [set("data/program/rows/0/rhs", "3")],
            "proof.farkas: expected rows and bounds combined to a contradiction, found none",
        ),
        refuse(
            "an upper bound for it",
            BOUNDS,
            [json("data/program/variables/1/upper", "null")],
            "proof.farkas: expected a finite upper bound of variable 1, for what is left over, found none",
        ),
        refuse(
            "a lower bound for it",
            BOUNDS,
            [
                json("data/program/rows/0", r#"{"name":"a","terms":[[0,"1"],[1,"1"]],"relation":"<=","rhs":"-4"}"#),
                json("data/program/variables/0/lower", "null"),
                json("data/proof/infeasible/farkas", r#"["-1"]"#),
            ],
            "proof.farkas: expected a finite lower bound of variable 0, for what is left over, found none",
        ),
        // empty bounds
        refuse(
            "bounds that cross",
            EMPTY,
            [set("data/proof/empty-bounds/variable", 1)],
            "proof.variable: expected one whose lower bound exceeds its upper bound, found 1",
        ),
        refuse(
            "a variable",
            EMPTY,
            [set("data/proof/empty-bounds/variable", 2)],
            "proof.variable: expected one whose lower bound exceeds its upper bound, found 2",
        ),
        refuse(
            "not bounds that touch",
            EMPTY,
            [set("data/program/variables/0/lower", "1")],
            "proof.variable: expected one whose lower bound exceeds its upper bound, found 0",
        ),
        // a ray
        refuse(
            "a number a variable of a point",
            RAY,
            [pop("data/proof/unbounded/point")],
            "proof.point: numbers: expected 2, found 1",
        ),
        refuse("and of a ray", RAY, [pop("data/proof/unbounded/ray")], "proof.ray: numbers: expected 2, found 1"),
        refuse(
            "a point",
            RAY,
            [set("data/proof/unbounded/point/0", "5")],
            "proof.point: expected a point that satisfies all rows, found row 0",
        ),
        refuse(
            "a point within bounds",
            RAY,
            [json("data/proof/unbounded/point", r#"["-1","0"]"#)],
            "proof.point[0]: expected a number within the bounds of its variable, found -1",
        ),
        refuse(
            "a ray along the rows",
            RAY,
            [json("data/proof/unbounded/ray", r#"["3","1"]"#)],
            "proof.ray: expected a point that satisfies all rows, found row 0",
        ),
        refuse(
            "within bounds",
            RAY,
            [json("data/proof/unbounded/ray", r#"["-2","-1"]"#)],
            "proof.ray[0]: expected a number within the bounds of its variable, found -2",
        ),
        refuse(
            "that gets better",
            RAY,
            [json("data/proof/unbounded/ray", r#"["1","1"]"#)],
            "proof.ray: expected a direction along which the objective gets better, found another",
        ),
        refuse(
            "in the sense of the program",
            RAY,
            [set("data/program/sense", "minimise")],
            "proof.ray: expected a direction along which the objective gets better, found another",
        ),
        refuse(
            "not standing still",
            RAY,
            [json("data/proof/unbounded/ray", r#"["0","0"]"#)],
            "proof.ray: expected a direction along which the objective gets better, found another",
        ),
        unusable("a relation", MIN, [set("data/program/rows/0/relation", "<")], "relation: unknown variant `<`"),
        unusable("a proof", MIN, [json("data/proof", r#"{"best":{}}"#)], "proof: unknown variant `best`"),
    ]
}

#[test]
fn table() {
    check(&cases());
}
