//! T14: what T1 counts in the numbers of a machine.

use crate::table::{Case, accept, check, json, pop, refuse, set, unusable};

const ANY: &str = "machine-numbers/any";
const SEQ: &str = "machine-numbers/seq";
const PAIR: &str = "machine-numbers/pair";
const ONCE: &str = "machine-numbers/once";
const FLASH: &str = "machine-numbers/flash";
const SCALED: &str = "machine-numbers/scaled";
const BOS: &str = "machine-numbers/bos";
const PADDED: &str = "machine-numbers/padded";
const ATTEND: &str = "machine-numbers/attend";
const TOKENS: &str = "machine-numbers/tokens";
const TOKENS_ANY: &str = "machine-numbers/tokens-any";
const UNMARKED: &str = "machine-numbers/unmarked";

pub fn cases() -> Vec<Case> {
    vec![
        accept(
            "every order",
            ANY,
            [],
            "in precision 8, exponents -126 to 127, summed in any order: every count is right for all n <= 23; at n = 24 a count \
             of 22, the first that is wrong, gives 45/2",
        ),
        accept("one by one", SEQ, [], "for all n <= 5; at n = 6 a count of 4, the first that is wrong, gives 9/2"),
        accept("by halves", PAIR, [], "for all n <= 38; at n = 39 a count of 38, the first that is wrong, gives 77/2"),
        accept("one rounding", ONCE, [], "for all n <= 381; at n = 382 a count of 313"),
        accept("divided last", FLASH, [], "for all n <= 512; at n = 513 a count of 321"),
        accept("less", FLASH, [set("params/largest_n", 100), json("params/fails_at", "null")], "for all n <= 100"),
        accept(
            "doubles",
            FLASH,
            [
                json("params/format", r#"{"precision": "53", "emin": "-1022", "emax": "1023"}"#),
                set("params/largest_n", 1u64 << 51),
                json("params/fails_at/n", "2251799813685249"),
                json("params/fails_at/count", "1407374883553281"),
                set("params/fails_at/output", "2814749767106561/2"),
            ],
            "at n = 2251799813685249 a count of 1407374883553281 gives 2814749767106561/2",
        ),
        accept(
            "infinity",
            FLASH,
            [
                set("params/format/emax", "2"),
                set("params/largest_n", 7),
                json("params/fails_at", r#"{"n": 8, "count": 8, "output": null}"#),
            ],
            "at n = 8 a count of 8, the first that is wrong, gives infinity",
        ),
        accept(
            "scaled values",
            SCALED,
            [],
            "qc-histogram-scaled in precision 8, exponents -126 to 127, summed one by one: every count is right for all n <= 74; \
             at n = 75 a count of 65, the first that is wrong, gives 129/2",
        ),
        accept(
            "one more token",
            BOS,
            [],
            "right for all n <= 16; at n = 17 a count of 17, the first that is wrong, gives 16",
        ),
        accept(
            "padded",
            PADDED,
            [],
            "right for all n <= 16; at n = 17 a count of 17, the first that is wrong, gives 16",
        ),
        accept(
            "padded, singles",
            PADDED,
            [
                json("params/format", r#"{"precision": "24", "emin": "-126", "emax": "127"}"#),
                set("params/largest_n", 1u64 << 24),
                json("params/fails_at", r#"{"n": 16777217, "count": 16777217, "output": "16777216"}"#),
            ],
            "at n = 16777217 a count of 16777217 gives 16777216",
        ),
        accept(
            "T2, every order",
            SEQ,
            [
                set("params/construction", "mfe-histogram"),
                set("params/largest_n", 6),
                json("params/fails_at", r#"{"n": 7, "count": 6, "output": "11/2"}"#),
            ],
            "mfe-histogram in precision 4, exponents -6 to 7, summed one by one: every count is right for all n <= 6; at n = 7 a count of 6 of \
             the other token, the first that is wrong, gives 11/2",
        ),
        accept(
            "T2, any order",
            ANY,
            [
                set("params/construction", "mfe-histogram"),
                set("params/largest_n", 22),
                json("params/fails_at", "null"),
                json("data/splits", "[]"),
            ],
            "mfe-histogram in precision 8, exponents -126 to 127, summed in any order: every count is right for all n <= 22",
        ),
        refuse(
            "T2, longer",
            SEQ,
            [set("params/construction", "mfe-histogram"), set("params/largest_n", 7), json("params/fails_at", "null")],
            "params.largest_n: expected at most 6, found 7",
        ),
        accept(
            "any MLP",
            ATTEND,
            [],
            "every count is told apart for all n <= 14; at n = 15 counts of 14 and 15 give 137/128",
        ),
        accept("any MLP without the mark", UNMARKED, [], "for all n <= 14; at n = 15 counts of 14 and 15 give 9/128"),
        accept(
            "any MLP, doubles",
            UNMARKED,
            [
                json("params/format", r#"{"precision": "53", "emin": "-1022", "emax": "1023"}"#),
                set("params/largest_n", (1u64 << 52) - 1),
                json("params/fails_at", "null"),
            ],
            "told apart for all n <= 4503599627370495",
        ),
        refuse(
            "not longer with scaled values",
            SCALED,
            [set("params/largest_n", 75), json("params/fails_at", "null")],
            "params.largest_n: expected at most 74, found 75",
        ),
        refuse(
            "not longer with one more token",
            BOS,
            [set("params/largest_n", 17), json("params/fails_at", "null"), json("data/splits", "[]")],
            "params.largest_n: expected at most 16, found 17",
        ),
        refuse(
            "not longer when padded",
            PADDED,
            [set("params/largest_n", 17), json("params/fails_at", "null")],
            "params.largest_n: expected at most 16, found 17",
        ),
        refuse(
            "not longer with any MLP",
            ATTEND,
            [set("params/largest_n", 15), json("params/fails_at", "null")],
            "params.largest_n: expected at most 14, found 15",
        ),
        refuse(
            "not shorter with any MLP",
            ATTEND,
            [set("params/largest_n", 13), set("params/fails_at/n", 14), set("params/fails_at/count", 14)],
            "params.fails_at: expected a count that is wrong, found none",
        ),
        refuse(
            "the state",
            UNMARKED,
            [set("params/fails_at/output", "5/64")],
            "params.fails_at.output: expected 9/128, found 5/64",
        ),
        refuse(
            "no tree of T3",
            ATTEND,
            [json("data/splits", "[[2, 1]]")],
            "data.machine-numbers.splits: expected none without a failure in any order, found 1",
        ),
        refuse(
            "another construction",
            SCALED,
            [set("params/construction", "qc-histogram")],
            "params.largest_n: expected at most 26, found 74",
        ),
        unusable("no construction", SCALED, [set("params/construction", "mfe")], "unknown variant"),
        refuse(
            "not longer",
            SEQ,
            [set("params/largest_n", 6), json("params/fails_at", "null")],
            "params.largest_n: expected at most 5, found 6",
        ),
        refuse(
            "not longer in any order",
            ANY,
            [set("params/largest_n", 24), json("params/fails_at", "null"), json("data/splits", "[]")],
            "params.largest_n: expected at most 23, found 24",
        ),
        refuse(
            "not longer by halves",
            PAIR,
            [set("params/largest_n", 39), json("params/fails_at", "null")],
            "params.largest_n: expected at most 38, found 39",
        ),
        refuse(
            "not longer at once",
            ONCE,
            [set("params/largest_n", 382), json("params/fails_at", "null")],
            "params.largest_n: expected at most 381, found 382",
        ),
        refuse(
            "not longer divided last",
            FLASH,
            [set("params/largest_n", 1000), json("params/fails_at", "null")],
            "params.largest_n: expected at most 512, found 1000",
        ),
        refuse(
            "not shorter",
            SEQ,
            [set("params/largest_n", 4), set("params/fails_at/n", 5)],
            "params.fails_at: expected a count that is wrong, found none",
        ),
        refuse("the next length", SEQ, [set("params/fails_at/n", 7)], "params.fails_at.n: expected 6, found 7"),
        refuse("a count", SEQ, [set("params/fails_at/count", 7)], "params.fails_at.count: expected 1 to 6, found 7"),
        refuse(
            "of the query",
            SEQ,
            [set("params/fails_at/count", 0)],
            "params.fails_at.count: expected 1 to 6, found 0",
        ),
        refuse("the first", SEQ, [set("params/fails_at/count", 5)], "params.fails_at.count: expected 4, found 5"),
        refuse(
            "its output",
            SEQ,
            [set("params/fails_at/output", "4")],
            "params.fails_at.output: expected 9/2, found 4",
        ),
        refuse(
            "finite",
            SEQ,
            [json("params/fails_at/output", "null")],
            "params.fails_at.output: expected 9/2, found infinity",
        ),
        refuse("the order", ONCE, [set("params/order", "seq")], "params.largest_n: expected at most 62, found 381"),
        refuse("the format", ONCE, [set("params/format/precision", "10")], "params.largest_n: expected at most"),
        refuse("its range", SEQ, [set("params/format/emax", "1")], "params.largest_n: expected at most 3, found 5"),
        refuse(
            "no such precision",
            SEQ,
            [set("params/format/precision", "54")],
            "params.format: expected precision 2 to 53",
        ),
        refuse("one bit", SEQ, [set("params/format/precision", "1")], "params.format: expected precision 2 to 53"),
        refuse(
            "no such exponent",
            SEQ,
            [set("params/format/emin", "-16385")],
            "params.format: expected precision 2 to 53",
        ),
        unusable("of 32 bits", SEQ, [set("params/format/emin", "-2147483649")], "expected an integer of 32 bits"),
        refuse("nor such", SEQ, [set("params/format/emax", "16385")], "params.format: expected precision 2 to 53"),
        refuse(
            "beyond all formats",
            FLASH,
            [set("params/largest_n", u64::MAX)],
            "params.largest_n: expected at most 4503599627370496",
        ),
        refuse(
            "a tree",
            ANY,
            [pop("data/splits")],
            "data.machine-numbers.splits: expected a tree of 22 terms, found none",
        ),
        refuse(
            "of what comes before",
            ANY,
            [json("data/splits/0", "[2, 2]")],
            "data.machine-numbers.splits: expected parts that come before, found 2, 2",
        ),
        refuse(
            "that is as bad",
            ANY,
            [json("data/splits", "[[2,1],[4,2],[8,4],[16,8],[20,16],[22,20]]")],
            "data.machine-numbers.splits: expected a tree that gives the output",
        ),
        refuse(
            "no tree in this order",
            SEQ,
            [json("data/splits", "[[2,1]]")],
            "data.machine-numbers.splits: expected none",
        ),
        accept(
            "three tokens",
            TOKENS,
            [],
            "mfe-histogram with 3 tokens in precision 3, exponents -14 to 15, summed divided last: every count is right for all n <= 4; at n = 5 counts \
             2, 1, 2 with query 0 give 5/2",
        ),
        accept(
            "three tokens in any order",
            TOKENS_ANY,
            [],
            "summed in any order: every count is right for all n <= 6; at n = 7 counts 1, 0, 6 with query 0 give 11/2",
        ),
        accept(
            "four tokens",
            TOKENS,
            [set("params/m", 4), json("params/fails_at/counts", "[2, 1, 1, 1]")],
            "mfe-histogram with 4 tokens",
        ),
        accept(
            "three tokens, rounded once",
            TOKENS,
            [set("params/order", "once"), set("params/largest_n", 4), json("params/fails_at", "null")],
            "with one rounding: every count is right for all n <= 4",
        ),
        accept(
            "three tokens, one by one",
            TOKENS,
            [set("params/order", "seq"), set("params/largest_n", 4), json("params/fails_at", "null")],
            "one by one: every count is right for all n <= 4",
        ),
        refuse(
            "not longer with three tokens",
            TOKENS,
            [set("params/largest_n", 5), json("params/fails_at", "null")],
            "params.largest_n: expected at most 4, found 5",
        ),
        refuse(
            "more tokens fail before",
            TOKENS,
            [
                set("params/m", 4),
                set("params/format/precision", "5"),
                set("params/largest_n", 12),
                json("params/fails_at", "null"),
            ],
            "params.largest_n: expected at most 10, found 12",
        ),
        refuse(
            "not longer with three tokens in any order",
            TOKENS_ANY,
            [set("params/largest_n", 7), json("params/fails_at", "null"), json("data/splits", "[]")],
            "params.order: expected one in which sums within bounds are right, found n = 7",
        ),
        refuse(
            "counts that are wrong",
            TOKENS,
            [json("params/fails_at/counts", "[4, 1, 0]"), set("params/fails_at/count", 4)],
            "params.fails_at: expected counts that are wrong, found none",
        ),
        refuse(
            "of this length",
            TOKENS,
            [json("params/fails_at/counts", "[2, 1, 3]")],
            "params.fails_at.counts: expected 3 counts whose sum is 5",
        ),
        refuse(
            "of all tokens",
            TOKENS,
            [json("params/fails_at/counts", "[3, 2]")],
            "params.fails_at.counts: expected 3 counts whose sum is 5, found 2",
        ),
        refuse(
            "sums that fit",
            TOKENS,
            [json("params/fails_at/counts", "[18446744073709551615, 3, 3]")],
            "params.fails_at.counts: expected 3 counts whose sum is 5",
        ),
        refuse(
            "a query among them",
            TOKENS,
            [set("params/fails_at/query", 3)],
            "params.fails_at.query: expected a token that occurs, found 3",
        ),
        refuse(
            "a query that occurs",
            TOKENS,
            [json("params/fails_at/counts", "[0, 2, 3]")],
            "params.fails_at.query: expected a token that occurs, found 0",
        ),
        refuse("the largest", TOKENS, [set("params/fails_at/count", 3)], "params.fails_at.count: expected 2, found 3"),
        refuse(
            "what comes out",
            TOKENS,
            [set("params/fails_at/output", "2")],
            "params.fails_at.output: expected 5/2, found 2",
        ),
        refuse(
            "counts, for more than two tokens",
            TOKENS,
            [json("params/fails_at", r#"{"n": 5, "count": 2, "output": "5/2"}"#)],
            "params.fails_at.counts: expected counts and a query, found none",
        ),
        refuse(
            "no counts of two tokens",
            SEQ,
            [json("params/fails_at", r#"{"n": 6, "count": 4, "output": "9/2", "counts": [4, 2], "query": 0}"#)],
            "params.fails_at.counts: expected none without params.m, found some",
        ),
        refuse("two tokens", TOKENS, [set("params/m", 2)], "params.m: expected 3 to 64, or none for two, found 2"),
        refuse("too many tokens", TOKENS, [set("params/m", 65)], "params.m: expected 3 to 64"),
        refuse(
            "tokens by halves",
            TOKENS,
            [set("params/order", "pair")],
            "params.m: expected mfe-histogram, not summed by halves, found mfe-histogram, by halves",
        ),
        refuse(
            "tokens of another construction",
            TOKENS,
            [set("params/construction", "qc-histogram")],
            "params.m: expected mfe-histogram, not summed by halves, found qc-histogram",
        ),
        refuse(
            "a tree of each count",
            TOKENS_ANY,
            [pop("data/splits")],
            "data.machine-numbers.splits: expected a tree of 6 terms, found none",
        ),
        unusable("a model", SEQ, [set("params/construction", "mfe")], "params.construction"),
        unusable("an order", SEQ, [set("params/order", "tree")], "params.order"),
        unusable("a precision", SEQ, [set("params/format/precision", 4)], "params.format.precision"),
        unusable("an integer", SEQ, [set("params/format/emin", "-1/2")], "params.format.emin"),
    ]
}

#[test]
fn table() {
    check(&cases());
}
