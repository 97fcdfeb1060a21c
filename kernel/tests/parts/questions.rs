//! What a softmax transformer is asked: the values of expressions by hand, and what has none.

use super::refused;
use counterproof_kernel::Clock;
use counterproof_kernel::definition::{Asked, Question};
use counterproof_kernel::number::{Rational, integer, ratio};
use serde_json::{Value, json};

const SEQUENCE: [usize; 5] = [2, 0, 2, 3, 0];
const M: usize = 4;

fn question(expression: Value) -> Question {
    serde_json::from_value(json!({ "expression": expression })).unwrap()
}

fn number(value: &str) -> Value {
    json!({ "number": value })
}

fn binary(operator: &str, a: Value, b: Value) -> Value {
    json!({ "binary": [operator, [a, b]] })
}

fn fold(by: &str, over: &str, of: Value) -> Value {
    json!({ "fold": { "by": by, "variable": "t", "over": over, "of": of } })
}

/// The token at position 3 of [`SEQUENCE`] is 3.
fn value(expression: &Value) -> Rational {
    question(expression.clone()).answer_at(M, &SEQUENCE, 3, 1, &Clock::unlimited()).unwrap()
}

#[test]
fn expressions_have_the_values_and_the_names_that_they_should() {
    let t = || json!({ "variable": "t" });
    let count = |of: Value| json!({ "count": of });
    let at = |of: Value| json!({ "at": of });
    let choice = |condition: Value| json!({ "if": [condition, number("7"), number("8")] });
    let rows = [
        (number("-3/4"), ratio(-3, 4), "-3/4"),
        (json!("length"), integer(5), "n"),
        (json!("vocabulary"), integer(4), "m"),
        (json!("position"), integer(3), "i"),
        (json!("token"), integer(3), "token"),
        (count(number("2")), integer(2), "count(2)"),
        (count(number("1")), integer(0), "count(1)"),
        // no token of the vocabulary
        (count(number("4")), integer(0), "count(4)"),
        (count(number("1/2")), integer(0), "count(1/2)"),
        (count(number("-2")), integer(0), "count(-2)"),
        (at(number("2")), integer(2), "at(2)"),
        (at(number("1")), integer(0), "at(1)"),
        (json!({ "sorted": number("0") }), integer(0), "sorted(0)"),
        (json!({ "sorted": number("1") }), integer(0), "sorted(1)"),
        (json!({ "sorted": number("2") }), integer(2), "sorted(2)"),
        (json!({ "sorted": number("3") }), integer(2), "sorted(3)"),
        (json!({ "sorted": number("4") }), integer(3), "sorted(4)"),
        (binary("+", number("5"), number("3")), integer(8), "(5 + 3)"),
        (binary("-", number("5"), number("3")), integer(2), "(5 - 3)"),
        (binary("*", number("5"), number("3")), integer(15), "(5 * 3)"),
        (binary("/", number("5"), number("3")), ratio(5, 3), "(5 / 3)"),
        (binary("%", number("11"), number("3")), integer(2), "(11 % 3)"),
        (binary("%", number("-11"), number("3")), integer(1), "(-11 % 3)"),
        (binary("%", number("7/2"), number("3/2")), ratio(1, 2), "(7/2 % 3/2)"),
        (binary("<", number("3"), number("3")), integer(0), "(3 < 3)"),
        (binary("<", number("2"), number("3")), integer(1), "(2 < 3)"),
        (binary("<=", number("3"), number("3")), integer(1), "(3 <= 3)"),
        (binary("<=", number("4"), number("3")), integer(0), "(4 <= 3)"),
        (binary("==", number("3"), number("3")), integer(1), "(3 == 3)"),
        (binary("==", number("2"), number("3")), integer(0), "(2 == 3)"),
        (choice(number("1/9")), integer(7), "if(1/9, 7, 8)"),
        (choice(number("0")), integer(8), "if(0, 7, 8)"),
        (fold("sum", "positions", at(t())), integer(7), "sum(t in positions: at(t))"),
        (fold("sum", "tokens", t()), integer(6), "sum(t in tokens: t)"),
        (fold("min", "tokens", count(t())), integer(0), "min(t in tokens: count(t))"),
        (fold("max", "tokens", count(t())), integer(2), "max(t in tokens: count(t))"),
        // the first of two that are largest; one that comes later; the first of all
        (fold("arg-max", "tokens", count(t())), integer(0), "argmax(t in tokens: count(t))"),
        (fold("arg-max", "positions", at(t())), integer(3), "argmax(t in positions: at(t))"),
        (fold("arg-max", "tokens", binary("-", number("0"), t())), integer(0), "argmax(t in tokens: (0 - t))"),
        (fold("max", "tokens", binary("-", number("0"), t())), integer(0), "max(t in tokens: (0 - t))"),
        // the inner variable of one name hides the outer one, and is gone after it
        (
            fold("sum", "tokens", binary("+", fold("max", "tokens", t()), t())),
            integer(18),
            "sum(t in tokens: (max(t in tokens: t) + t))",
        ),
    ];
    for (expression, expected, name) in rows {
        assert_eq!(value(&expression), expected, "{name}");
        assert_eq!(question(expression).to_string(), format!("`{name}`"));
    }
    for (question, name) in [
        (Question::QueryCount, "query count"),
        (Question::MostFrequentElement, "most frequent element"),
        (Question::Table(vec![integer(1).into(); 3]), "a table of 3 answers"),
    ] {
        assert_eq!(question.to_string(), name);
    }
}

#[test]
fn what_has_no_value_is_refused() {
    let answer = |expression: &Value, position| {
        refused(question(expression.clone()).answer_at(M, &SEQUENCE, position, 1, &Clock::unlimited())).1
    };
    for (expression, expected) in [
        (binary("/", number("1"), number("0")), "a divisor other than 0"),
        (binary("%", number("1"), number("0")), "a divisor other than 0"),
        (json!({ "variable": "t" }), "a known variable"),
        (json!({ "at": number("5") }), "a position of the sequence"),
        (json!({ "at": number("-1") }), "a position of the sequence"),
        (json!({ "at": number("1/2") }), "a position of the sequence"),
        (json!({ "sorted": number("5") }), "a position of the sequence"),
        (json!({ "sorted": number("-1") }), "a position of the sequence"),
        (
            binary("+", fold("max", "tokens", json!({ "variable": "t" })), json!({ "variable": "t" })),
            "a known variable",
        ),
        (fold("max", "tokens", json!({ "variable": "other" })), "a known variable"),
    ] {
        assert_eq!(answer(&expression, 0), expected, "{expression}");
    }
    assert_eq!(answer(&json!("length"), 5), "a position below 5");
    // counts alone: what needs the sequence has no value, the rest has
    let asked = Asked { sequence: None, counts: &[2, 0, 2, 1], token: 3, position: 0 };
    let counted = |question: &Question| question.answer(&asked, 1, &Clock::unlimited());
    assert_eq!(counted(&question(json!({ "sorted": number("2") }))), Ok(integer(2)));
    assert_eq!(refused(counted(&question(fold("sum", "positions", json!("token"))))).1, "a question of counts only");
    assert!(counted(&question(json!({ "at": number("0") }))).is_err());
    assert_eq!(refused(counted(&Question::Table(vec![]))).1, "a sequence");
    let nothing = Asked { counts: &[], ..asked };
    let empty = question(fold("max", "tokens", json!("token"))).answer(&nothing, 1, &Clock::unlimited());
    assert_eq!(refused(empty).1, "something to fold");
}

#[test]
fn tables_have_an_answer_for_each_sequence_and_position() {
    let table = |size: i64| Question::Table((0..size).map(|answer| integer(answer).into()).collect());
    // the last position of two tokens of three: the number of the sequence
    for (sequence, expected) in [([0, 0], 0), ([0, 2], 2), ([1, 0], 3), ([2, 1], 7)] {
        for position in [0, 1] {
            let answer = table(9).answer_at(3, &sequence, position, 1, &Clock::unlimited());
            assert_eq!(answer, Ok(integer(expected)));
            let every = table(18).answer_at(3, &sequence, position, 2, &Clock::unlimited());
            assert_eq!(every, Ok(integer(2 * expected + position as i64)));
        }
    }
    for size in [8, 10, 18] {
        assert_eq!(
            refused(table(size).answer_at(3, &[0, 0], 0, 1, &Clock::unlimited())).1,
            "Some(9) answers, m^n for each position"
        );
    }
}

#[test]
fn counts_are_enough_for_what_ignores_the_order() {
    let t = || json!({ "variable": "t" });
    let count = || json!({ "count": t() });
    let rows = [
        (number("1"), true),
        (json!("length"), true),
        (json!("vocabulary"), true),
        (json!("token"), true),
        (json!("position"), false),
        (json!({ "at": number("0") }), false),
        (json!({ "sorted": number("0") }), false),
        (json!({ "count": json!("position") }), false),
        (fold("sum", "tokens", count()), true),
        (fold("sum", "tokens", json!({ "at": t() })), false),
        (fold("sum", "positions", number("1")), false),
        (binary("+", number("1"), json!("position")), false),
        (binary("+", number("1"), json!("token")), true),
        (json!({ "if": [json!("position"), number("1"), number("2")] }), false),
        (json!({ "if": [json!("token"), number("1"), number("2")] }), true),
    ];
    for (expression, expected) in rows {
        assert_eq!(question(expression.clone()).ignores_order(), expected, "{expression}");
    }
    assert!(Question::QueryCount.ignores_order() && Question::MostFrequentElement.ignores_order());
    assert!(!Question::Table(vec![]).ignores_order());
}

#[test]
fn the_largest_token_is_known_by_its_definition() {
    let largest = |most: &str, zero: &str, over: &str, by: &str| {
        let occurs = binary("<", number("0"), json!({ "count": { "variable": most } }));
        json!({ "fold": { "by": by, "variable": "t", "over": over, "of": { "if": [occurs, { "variable": "t" }, number(zero)] } } })
    };
    assert!(question(largest("t", "0", "tokens", "max")).is_largest_token());
    for other in [
        largest("s", "0", "tokens", "max"),
        largest("t", "1", "tokens", "max"),
        largest("t", "0", "positions", "max"),
        largest("t", "0", "tokens", "arg-max"),
    ] {
        assert!(!question(other).is_largest_token());
    }
    assert!(!Question::QueryCount.is_largest_token());
}
