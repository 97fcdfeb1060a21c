//! T12: the worst error of the inner-product readout.

use crate::table::{Case, accept, again, check, json, pop, refuse, set, swap, unusable, with};

const CONFERENCE: &str = "histogram-error/conference";
const SIMPLEX: &str = "histogram-error/simplex";
const CUBE: &str = "histogram-error/cube";
const SQUARE: &str = "histogram-error/square";
const ORTHONORMAL: &str = "histogram-error/orthonormal";
const HEXAGON: &str = "histogram-error/hexagon";
const PENTAGON: &str = "histogram-error/pentagon";
const OWN: &str = "histogram-error/own";
const APART: &str = "histogram-error/apart";

/// Four lines in the plane at `m = 3`, `n = 3`: the embedding may have more vectors than there are tokens.
fn three_of_four() -> [crate::table::Change; 5] {
    [
        set("params/m", 3),
        set("params/mu_squared_at_least", "1/4"),
        set("params/worst_error_squared_at_least", "1"),
        set("data/lower", "welch"),
        set("params/fails_from", 2),
    ]
}

pub fn cases() -> Vec<Case> {
    let mut cases = accepted();
    cases.extend(statement());
    cases.extend(rules());
    cases.extend(embeddings());
    cases
}

fn accepted() -> Vec<Case> {
    vec![
        accept(
            "T12",
            CONFERENCE,
            [],
            "for 6 tokens with d = 3 and the best of all embeddings the squared worst error of the inner-product readout at n = 4 \
             is 9/5; it is right up to n = 2, and wrong from n = 3 on",
        ),
        accept("equiangular, t not 0", SIMPLEX, [], "n = 8 is 49/9; it is right up to n = 2, and wrong from n = 3 on"),
        accept("orthoplex", CUBE, [], "for 7 tokens with d = 3 and the best of all embeddings"),
        accept("Levenshtein", SQUARE, [], "n = 3 is 2; it is right up to n = 1, and wrong from n = 2 on"),
        accept("the same by orthoplex", SQUARE, [set("data/lower", "orthoplex")], "n = 3 is 2"),
        accept("and in the plane", SQUARE, [set("data/lower", "planar")], "n = 3 is 2"),
        accept("orthonormal", ORTHONORMAL, [], "is 0; it is right up to n = any, and wrong from n = any on"),
        accept("relations", HEXAGON, [], "n = 3 is 3; it"),
        accept(
            "a longer relation",
            HEXAGON,
            [json("data/embedding/vectors/relations/rows/0", r#"["2/3","2/3","2/3"]"#)],
            "is 3",
        ),
        accept("planar", PENTAGON, [], "is at least 6545084971/2500000000 and at most 654509980254082488121600/"),
        accept(
            "planar, less",
            PENTAGON,
            [set("params/mu_squared_at_least", "1/2"), set("params/worst_error_squared_at_least", "2")],
            "is at least 2 and at most",
        ),
        accept(
            "one embedding",
            OWN,
            [],
            "with d = 2 and this embedding the squared worst error of the inner-product readout at n = 3 is 98/25",
        ),
        accept(
            "bounds that do not meet",
            APART,
            [],
            "is at least 25/6 and at most 25/3; it is right up to n = 1, and wrong from n = 3 on",
        ),
        accept("more vectors than tokens", SQUARE, three_of_four(), "for 3 tokens with d = 2"),
        accept(
            "more dimensions",
            SQUARE,
            [
                set("params/d", 3),
                set("params/m", 3),
                set("params/mu_squared_at_least", "0"),
                set("params/worst_error_squared_at_least", "0"),
                json("params/fails_from", "null"),
                set("data/lower", "welch"),
            ],
            "with d = 3 and the best of all embeddings the squared worst error of the inner-product readout at n = 3 is at least 0 and at most 2",
        ),
        accept(
            "one token before none",
            CONFERENCE,
            [
                set("params/n", 1),
                set("params/worst_error_squared_at_least", "0"),
                set("params/worst_error_squared_at_most", "0"),
            ],
            "n = 1 is 0",
        ),
    ]
}

fn statement() -> Vec<Case> {
    const SIZES: &str = "params: expected n, m and d of at least 1, found n = ";
    const RIGHT: &str =
        "params.right_up_to: expected the largest length with an error below 1/2, null for mu = 0, found ";
    const FAILS: &str = "params.fails_from: expected the least length with an error of 1/2, null for mu = 0, found ";
    vec![
        refuse("a length", CONFERENCE, [set("params/n", 0)], SIZES),
        refuse("a token", ORTHONORMAL, [set("params/m", 0)], SIZES),
        refuse("a dimension", ORTHONORMAL, [set("params/d", 0)], SIZES),
        refuse(
            "what the embedding attains",
            APART,
            [set("params/mu_squared_at_most", "1/6")],
            "params.mu_squared_at_most: expected 1/3, found 1/6",
        ),
        refuse(
            "what the rule says",
            CONFERENCE,
            [set("params/mu_squared_at_least", "1/4")],
            "params.mu_squared_at_least: expected 1/5, found 1/4",
        ),
        refuse(
            "the error from below",
            CONFERENCE,
            [set("params/worst_error_squared_at_least", "2")],
            "params.worst_error_squared_at_least: expected 9/5, found 2",
        ),
        refuse(
            "the error from above",
            CONFERENCE,
            [set("params/worst_error_squared_at_most", "1")],
            "params.worst_error_squared_at_most: expected 9/5, found 1",
        ),
        refuse("right, longer", CONFERENCE, [set("params/right_up_to", 3)], RIGHT),
        refuse("right, shorter", CONFERENCE, [set("params/right_up_to", 1)], RIGHT),
        refuse("right at length 0", CONFERENCE, [set("params/right_up_to", 0)], RIGHT),
        refuse("right at all", CONFERENCE, [json("params/right_up_to", "null")], RIGHT),
        refuse("right beyond", ORTHONORMAL, [set("params/right_up_to", u64::MAX)], RIGHT),
        refuse("wrong, later", CONFERENCE, [set("params/fails_from", 4)], FAILS),
        refuse("wrong, sooner", CONFERENCE, [set("params/fails_from", 2)], FAILS),
        refuse("wrong at length 0", CONFERENCE, [set("params/fails_from", 0)], FAILS),
        refuse("never wrong", CONFERENCE, [json("params/fails_from", "null")], FAILS),
        refuse("wrong somewhere", ORTHONORMAL, [set("params/fails_from", 9)], FAILS),
    ]
}

fn rules() -> Vec<Case> {
    const PLANAR: &str = "params.mu_squared_at_least: expected 0 to cos^2 (pi / m), found ";
    vec![
        refuse(
            "about all",
            CONFERENCE,
            [set("data/lower", "coherence")],
            "data.histogram-error.lower: expected a rule about every embedding",
        ),
        refuse(
            "about one",
            OWN,
            [set("data/lower", "welch")],
            "data.histogram-error.lower: expected coherence, found another rule",
        ),
        refuse(
            "few vectors, orthoplex",
            CONFERENCE,
            [set("data/lower", "orthoplex")],
            "data.histogram-error.lower: expected a rule for m = 6, d = 3",
        ),
        refuse(
            "few vectors, Levenshtein",
            CONFERENCE,
            [set("data/lower", "levenshtein")],
            "data.histogram-error.lower: expected a rule for m = 6, d = 3",
        ),
        refuse(
            "in space",
            CONFERENCE,
            [set("data/lower", "planar")],
            "data.histogram-error.lower: expected a rule for m = 6, d = 3",
        ),
        refuse(
            "Levenshtein's number",
            CUBE,
            [set("data/lower", "levenshtein")],
            "params.mu_squared_at_least: expected 3/10, found 1/3",
        ),
        refuse(
            "above the cosine",
            PENTAGON,
            [
                set("params/mu_squared_at_least", "1636271243/2500000000"),
                set("params/worst_error_squared_at_least", "1636271243/625000000"),
            ],
            PLANAR,
        ),
        refuse(
            "far above the cosine",
            PENTAGON,
            [set("params/mu_squared_at_least", "7"), set("params/worst_error_squared_at_least", "28")],
            PLANAR,
        ),
        refuse(
            "below zero",
            PENTAGON,
            [set("params/mu_squared_at_least", "-1"), set("params/worst_error_squared_at_least", "-4")],
            PLANAR,
        ),
        refuse("one line", ORTHONORMAL, [set("params/m", 1), set("params/d", 2), set("data/lower", "planar")], PLANAR),
        unusable("a rule that there is", CONFERENCE, [set("data/lower", "bukh-cox")], "unknown variant `bukh-cox`"),
    ]
}

fn embeddings() -> Vec<Case> {
    let symmetric =
        |a: &'static str, b: &'static str| [set("data/embedding/seidel/1", a), set("data/embedding/seidel/2", b)];
    vec![
        refuse(
            "too few orthonormal",
            ORTHONORMAL,
            [set("params/d", 1)],
            "data.histogram-error.embedding: dimensions: expected at most d = 1, found 2",
        ),
        refuse(
            "too few vectors",
            CUBE,
            [set("params/m", 8)],
            "data.histogram-error.embedding: vectors: expected at least m = 8, found 7",
        ),
        refuse(
            "too many dimensions",
            HEXAGON,
            [json("data/embedding/vectors/relations", r#"{"shape":[0,3],"rows":[]}"#)],
            "data.histogram-error.embedding: dimensions: expected at most d = 2, found 3",
        ),
        refuse(
            "equiangular, too many dimensions",
            CONFERENCE,
            [set("params/d", 2)],
            "data.histogram-error.embedding: dimensions: expected at most d = 2, found 3",
        ),
        refuse(
            "equiangular, t not 0, dimensions",
            SIMPLEX,
            [set("params/d", 2)],
            "data.histogram-error.embedding: dimensions: expected at most d = 2, found 3",
        ),
        refuse(
            "a relation that holds",
            HEXAGON,
            [json("data/embedding/vectors/relations/rows/0", r#"["1","1","0"]"#)],
            "data.histogram-error.embedding.vectors.relations: expected orthogonal to row 1, found another",
        ),
        refuse(
            "a relation of its size",
            HEXAGON,
            [json("data/embedding/vectors/relations", r#"{"shape":[1,2],"rows":[["1","1"]]}"#)],
            "data.histogram-error.embedding.vectors.relations: columns: expected 3, found 2",
        ),
        refuse(
            "a relation",
            HEXAGON,
            [json("data/embedding/vectors/relations/rows/0", r#"["0","0","0"]"#)],
            "data.histogram-error.embedding.vectors.relations: expected independent rows, found dependent ones",
        ),
        refuse(
            "two relations",
            HEXAGON,
            [json("data/embedding/vectors/relations", r#"{"shape":[2,3],"rows":[["1","1","1"],["2","2","2"]]}"#)],
            "data.histogram-error.embedding.vectors.relations: expected independent rows, found dependent ones",
        ),
        refuse(
            "no zero vector",
            CUBE,
            [json("data/embedding/vectors/rows/rows/3", r#"["0","0","0"]"#)],
            "data.histogram-error.embedding.vectors: row 3: expected a non-zero vector, found 0",
        ),
        refuse(
            "one embedding in coordinates",
            SIMPLEX,
            [set("params/every_embedding", false), set("data/lower", "coherence")],
            "data.histogram-error.embedding: expected the vectors of the one embedding, no relations",
        ),
        refuse(
            "one embedding of its width",
            HEXAGON,
            [set("params/every_embedding", false), set("data/lower", "coherence")],
            "data.histogram-error.embedding: expected the vectors of the one embedding, no relations",
        ),
        refuse(
            "one embedding, m",
            OWN,
            [set("params/m", 2)],
            "data.histogram-error.embedding: vectors: expected 2, found 3",
        ),
        refuse(
            "one embedding, d",
            OWN,
            [set("params/d", 3)],
            "data.histogram-error.embedding: columns: expected 3, found 2",
        ),
        refuse(
            "two lines",
            CONFERENCE,
            [json("data/embedding/seidel", r#"["0"]"#)],
            "data.histogram-error.embedding.seidel: expected at least 2 rows, found 1",
        ),
        refuse(
            "no lines",
            CONFERENCE,
            [json("data/embedding/seidel", "[]")],
            "data.histogram-error.embedding.seidel: expected at least 2 rows, found 0",
        ),
        refuse(
            "rows of their length",
            CONFERENCE,
            [set("data/embedding/seidel/0", "0++++")],
            "data.histogram-error.embedding.seidel: row 0: expected 6 characters, found 5",
        ),
        refuse(
            "as many rows",
            CONFERENCE,
            [pop("data/embedding/seidel")],
            "data.histogram-error.embedding.seidel: row 0: expected 5 characters, found 6",
        ),
        refuse(
            "not more rows",
            CONFERENCE,
            [again("data/embedding/seidel")],
            "data.histogram-error.embedding.seidel: row 0: expected 7 characters, found 6",
        ),
        refuse(
            "signs",
            CONFERENCE,
            [set("data/embedding/seidel/0", "0+++1+")],
            "data.histogram-error.embedding.seidel: row 0: expected 0 on the diagonal, + or - elsewhere, symmetric",
        ),
        refuse(
            "letters",
            CONFERENCE,
            [set("data/embedding/seidel/0", "0++\u{e9}+")],
            "data.histogram-error.embedding.seidel: row 0: expected 0 on the diagonal",
        ),
        refuse(
            "no zero beside the diagonal",
            CONFERENCE,
            symmetric("+00--+", "+00+--"),
            "data.histogram-error.embedding.seidel: row 1: expected 0 on the diagonal",
        ),
        refuse(
            "zeros on the diagonal",
            CONFERENCE,
            [set("data/embedding/seidel/0", "++++++")],
            "data.histogram-error.embedding.seidel: row 0: expected 0 on the diagonal",
        ),
        refuse(
            "a symmetric matrix",
            CONFERENCE,
            [swap("data/embedding/seidel", 1, 2)],
            "data.histogram-error.embedding.seidel: row 1: expected 0 on the diagonal",
        ),
        refuse(
            "two eigenvalues",
            CONFERENCE,
            symmetric("+0---+", "+-0+--"),
            "data.histogram-error.embedding.seidel: rows 2 and 1: expected S^2 = t S + (m - 1) I",
        ),
        refuse(
            "which of the two",
            SIMPLEX,
            [with("data/embedding/seidel", |rows| {
                for row in rows.as_array_mut().unwrap() {
                    *row = row.as_str().unwrap().replace('-', "+").into();
                }
            })],
            "params.mu_squared_at_most: expected 1, found 1/9",
        ),
        unusable(
            "an embedding of some form",
            CONFERENCE,
            [json("data/embedding", r#"{"gram":[]}"#)],
            "unknown variant `gram`",
        ),
        unusable(
            "fields of vectors",
            CUBE,
            [with("data/embedding/vectors", |vectors| vectors["rank"] = 3.into())],
            "unknown field `rank`",
        ),
    ]
}

#[test]
fn table() {
    check(&cases());
}
