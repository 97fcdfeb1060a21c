//! LaTeX tables with booktabs; sizes and rationals are set in math.

use super::{Table, Value};

pub(super) fn render(table: &Table) -> String {
    let alignment: String =
        (0..table.columns.len()).map(|i| if table.is_numeric(i) { 'r' } else { 'l' }).collect();
    let header: Vec<String> = table.columns.iter().map(|name| heading(name)).collect();
    let rows: String = table
        .rows
        .iter()
        .map(|row| format!("    {} \\\\\n", row.iter().map(cell).collect::<Vec<_>>().join(" & ")))
        .collect();
    format!(
        "% needs \\usepackage{{booktabs}}\n\\begin{{tabular}}{{{alignment}}}\n    \\toprule\n    {} \\\\\n    \\midrule\n{rows}    \
         \\bottomrule\n\\end{{tabular}}\n",
        header.join(" & ")
    )
}

/// The letters of the notation in math, other names in words.
fn heading(name: &str) -> String {
    match name {
        "n" | "m" | "d" | "h" | "p" => format!("${name}$"),
        "epsilon" => "$\\varepsilon$".to_owned(),
        "base" => "base $B$".to_owned(),
        "gap" => "gap $g$".to_owned(),
        _ => escape(&name.replace('_', " ")),
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Integer(x) => format!("${x}$"),
        Value::Rational(x) if x.is_integer() => format!("${x}$"),
        Value::Rational(x) => format!("${}/{}$", x.numer(), x.denom()),
        Value::Null => "--".to_owned(),
        other => escape(&other.to_string()),
    }
}

fn escape(text: &str) -> String {
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
            '<' | '>' => {
                escaped.push('$');
                escaped.push(character);
                escaped.push('$');
            }
            _ => escaped.push(character),
        }
    }
    escaped
}
