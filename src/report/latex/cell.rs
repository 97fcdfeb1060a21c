//! Heads and entries in LaTeX: numbers, vectors and names of the notation in mathematics, words as they are.

use super::super::heading::Heading;
use super::super::{Value, formula, runs};
use num_traits::ToPrimitive;

/// Fractions of more digits than this are rounded; CSV and JSON have them exactly.
const DIGITS: usize = 14;

/// The symbol of a column, or its word, with the unit.
pub(super) fn heading(key: &str) -> String {
    match Heading::of(key) {
        Some(Heading { symbol, unit, .. }) if !symbol.is_empty() => match *unit {
            "" => format!("${symbol}$"),
            unit => format!("${symbol}$ ({})", escape(unit)),
        },
        _ => escape(&Heading::words(key)),
    }
}

/// What is the same in every row, in a caption: `$n = 4$`, `verdict verified`.
pub(super) fn equation(key: &str, value: &Value) -> String {
    let entry = cell(key, value, false);
    let inner = entry.strip_prefix('$').and_then(|rest| rest.strip_suffix('$'));
    match (Heading::of(key), inner) {
        (Some(Heading { symbol, .. }), Some(inner)) if !symbol.is_empty() => {
            let relation = symbol.ends_with("\\le") || symbol.ends_with("\\ge");
            let sign = if relation || inner.starts_with("\\approx") { "" } else { "=" };
            format!("${symbol} {sign} {inner}$").replace("  ", " ")
        }
        _ => format!("{} {entry}", heading(key)),
    }
}

/// An entry; with `marks` verdicts and booleans are signs.
pub(super) fn cell(key: &str, value: &Value, marks: bool) -> String {
    match value {
        Value::Null => "--".to_owned(),
        Value::Bool(yes) if marks => mark(if *yes { "verified" } else { "refuted" }).to_owned(),
        Value::Bool(_) => value.to_string(),
        Value::Text(verdict) if marks && key == "verdict" => mark(verdict).to_owned(),
        Value::Text(text) => words(text),
        Value::List(items) if key == "sequence" => match input(items) {
            Some(input) => format!("${input}$"),
            None => words(&value.to_string()),
        },
        value => match mathematics(value) {
            Some(inner) => format!("${inner}$"),
            None => words(&listed(value)),
        },
    }
}

fn mark(verdict: &str) -> &'static str {
    match verdict {
        "verified" => "$\\checkmark$",
        "refuted" => "$\\times$",
        "estimated" => "$\\approx$",
        _ => "?",
    }
}

/// A number, a bound such as `>12`, or words.
fn words(text: &str) -> String {
    let (sign, number) = match text.strip_prefix(['<', '>']) {
        Some(number) => (&text[..1], number),
        None => ("", text),
    };
    let one = Value::text(number);
    match one.rational().is_some() && number.len() <= DIGITS {
        true => format!("${sign}{}$", decimal(number)),
        false => prose(text),
    }
}

/// A list of words.
fn listed(value: &Value) -> String {
    match value {
        Value::List(items) => items.iter().map(Value::to_string).collect::<Vec<_>>().join(", "),
        value => value.to_string(),
    }
}

/// Numbers and vectors of them, without dollars.
fn mathematics(value: &Value) -> Option<String> {
    Some(match value {
        Value::Integer(number) => grouped(&number.to_string()),
        Value::Decimal(digits) => decimal(digits),
        Value::Rational(number) if number.is_integer() => grouped(&number.numer().to_string()),
        Value::Rational(number) => {
            let exact = format!("{}/{}", number.numer(), number.denom());
            match number.to_f64() {
                Some(float) if exact.len() > DIGITS => format!("\\approx {}", rounded(float)),
                _ => exact,
            }
        }
        Value::List(items) => {
            let items: Option<Vec<String>> = items.iter().map(mathematics).collect();
            format!("({})", items.filter(|items| !items.is_empty())?.join(", "))
        }
        Value::Bool(_) | Value::Text(_) | Value::Null => return None,
    })
}

/// Four digits that count.
fn rounded(number: f64) -> String {
    let text = format!("{number:.3e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    match exponent.parse::<i32>() {
        Ok(power @ -3..=5) => format!("{number:.places$}", places = (3 - power).max(0) as usize),
        _ => decimal(&format!("{digits}e{exponent}")),
    }
}

fn decimal(digits: &str) -> String {
    match digits.split_once('e') {
        Some((digits, exponent)) => format!("{digits} \\cdot 10^{{{exponent}}}"),
        None => grouped(digits),
    }
}

/// From five digits on a thin space stands before every third one.
fn grouped(number: &str) -> String {
    let (sign, digits) = match number.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", number),
    };
    if digits.len() < 5 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return number.to_owned();
    }
    let spaced = digits.char_indices().map(|(at, digit)| {
        let left = digits.len() - at;
        if at > 0 && left % 3 == 0 { format!("\\,{digit}") } else { digit.to_string() }
    });
    sign.to_owned() + &spaced.collect::<String>()
}

/// The tokens of an input, those that repeat with an exponent: `0^{17}\,4\,0`.
fn input(tokens: &[Value]) -> Option<String> {
    if tokens.is_empty() || !tokens.iter().all(Value::is_number) {
        return None;
    }
    let run = |run: &str| match run.split_once('*') {
        Some((token, times)) => format!("{token}^{{{times}}}"),
        None => run.to_owned(),
    };
    Some(runs(tokens).split(' ').map(run).collect::<Vec<_>>().join("\\,"))
}

/// The same entry with places at which a line may end: after a comma of a vector, in a path, and in a long number.
pub(super) fn breakable(entry: &str) -> String {
    if entry.starts_with("$(") {
        return entry.replace(", ", ",\\allowbreak ");
    }
    if entry.contains('\\') || entry.contains('$') {
        return entry.to_owned();
    }
    entry.replace('/', "/\\allowbreak{}").replace('-', "-\\allowbreak{}")
}

/// The pieces between such places.
pub(super) fn pieces(entry: &str) -> impl Iterator<Item = &str> {
    let vector = entry.starts_with("$(");
    // one formula; words may begin with one as well
    let formula = entry.starts_with('$') && entry.ends_with('$') && entry.matches('$').count() == 2;
    let plain = !entry.contains('\\') && !entry.contains('$');
    entry.split_inclusive(move |c| match c {
        ' ' => !formula || vector,
        '/' | '-' => plain,
        _ => false,
    })
}

/// Words with `code` and formulas between backticks.
pub(in super::super) fn prose(text: &str) -> String {
    let parts = text.split('`').enumerate().map(|(i, part)| match i % 2 {
        0 => escape(part),
        _ => match formula::latex(part) {
            Some(math) => format!("${math}$"),
            None => format!("\\texttt{{{}}}", escape(part).replace('/', "/\\allowbreak{}")),
        },
    });
    parts.collect()
}

pub(in super::super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' | '%' | '$' | '#' | '_' | '{' | '}' => {
                escaped.push('\\');
                escaped.push(character);
            }
            '\\' => escaped.push_str("\\textbackslash{}"),
            '~' => escaped.push_str("\\textasciitilde{}"),
            '^' => escaped.push_str("\\textasciicircum{}"),
            '"' => escaped.push_str("''"),
            '<' | '>' | '|' => {
                escaped.push('$');
                escaped.push(character);
                escaped.push('$');
            }
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::number::ratio;

    #[test]
    fn values_are_mathematics() {
        let vectors = Value::List(vec![Value::list([1, -2]), Value::list([0, 3])]);
        let input = Value::list([0, 0, 0, 4, 0]);
        let long = ratio(123_456_789_012, 370_370_367_037);
        for (key, value, latex) in [
            ("n", Value::integer(-3), "$-3$"),
            ("inputs", Value::integer(-1_234_567), "$-1\\,234\\,567$"),
            ("inputs", Value::integer(1234), "$1234$"),
            ("max_error", ratio(-11, 25).into(), "$-11/25$"),
            ("max_error", ratio(4, 2).into(), "$2$"),
            ("mu_squared", long.into(), "$\\approx 0.3333$"),
            ("z", Value::list([1, -2, 0]), "$(1, -2, 0)$"),
            ("vectors", vectors, "$((1, -2), (0, 3))$"),
            ("sequence", input, "$0^{3}\\,4\\,0$"),
            ("gradient_norm", Value::Decimal("1.87e-1".to_owned()), "$1.87 \\cdot 10^{-1}$"),
            ("largest", Value::text(">12"), "$>12$"),
            ("output", Value::text("-3"), "$-3$"),
            ("n", Value::text("any"), "any"),
            ("embedding", Value::text("a_b.csv"), "a\\_b.csv"),
            ("exact", true.into(), "yes"),
            ("verdict", Value::text("verified"), "verified"),
            ("optimum", Value::Null, "--"),
            (
                "solution",
                Value::List(vec![Value::text("x = 1"), Value::text("y = 2")]),
                "x = 1, y = 2",
            ),
        ] {
            assert_eq!(cell(key, &value, false), latex);
        }
        assert_eq!(cell("verdict", &Value::text("refuted"), true), "$\\times$");
        assert_eq!(cell("exact", &true.into(), true), "$\\checkmark$");
        assert_eq!(cell("embedding", &Value::text("verified"), true), "verified");
    }

    #[test]
    fn lines_end_between_words_and_in_vectors() {
        for (entry, expected) in [
            ("$n^2$ units suffice", vec!["$n^2$ ", "units ", "suffice"]),
            ("$(1, -2)$", vec!["$(1, ", "-2)$"]),
            ("$1.5 \\cdot 10^{-7}$", vec!["$1.5 \\cdot 10^{-7}$"]),
            ("inputs/long-name.json", vec!["inputs/", "long-", "name.json"]),
        ] {
            assert_eq!(pieces(entry).collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn heads_are_symbols_where_there_are_some() {
        assert_eq!(heading("n_star"), "$n^\\ast$");
        assert_eq!(heading("mlp_width"), "MLP width");
        assert_eq!(heading("bits"), "information (bits)");
        assert_eq!(heading("not_listed"), "not listed");
        for (key, value, latex) in [
            ("n", Value::integer(4), "$n = 4$"),
            ("n", Value::text("any"), "$n$ any"),
            ("mu_squared_at_most", ratio(1, 3).into(), "$\\mu^2\\le 1/3$"),
            ("verdict", Value::text("verified"), "verdict verified"),
            ("c", Value::list([1, 2]), "$c = (1, 2)$"),
        ] {
            assert_eq!(equation(key, &value), latex);
        }
    }

    #[test]
    fn long_numbers_are_rounded_to_four_digits() {
        for (number, text) in [
            (0.333_333, "0.3333"),
            (12.345_67, "12.35"),
            (254_592.4, "254592"),
            (0.000_012_345, "1.234 \\cdot 10^{-5}"),
            (1e9, "1.000 \\cdot 10^{9}"),
            (-2.0, "-2.000"),
        ] {
            assert_eq!(rounded(number), text);
        }
    }
}
