//! LaTeX tables with booktabs; sizes and rationals are set in math.

use super::growth::Growth;
use super::{Table, Value};

pub(super) fn render(table: &Table) -> String {
    with_footer(table, &[])
}

/// The table with a last row for each setting of the other parameters: the power of `n` fitted to each column.
pub(super) fn render_with_growth(table: &Table, growth: &[Growth]) -> String {
    let mut settings: Vec<&[(&'static str, Value)]> = Vec::new();
    for fit in growth {
        // a column that depends on `n` only goes with every setting
        if !settings.contains(&fit.params.as_slice()) && !fit.column.fixed {
            settings.push(&fit.params);
        }
    }
    let rows: Vec<Vec<String>> = settings
        .iter()
        .map(|params| {
            let entry = |(i, name): (usize, &String)| {
                let param = params.iter().find(|(other, _)| other == name);
                let fit = growth.iter().find(|fit| {
                    fit.column.name == name && (fit.column.fixed || fit.params == *params)
                });
                match (i, param, fit) {
                    (0, ..) => "fitted growth".to_owned(),
                    (_, Some((_, value)), _) => cell(value),
                    (.., Some(fit)) => format!("${}^{{{}}}$", fit.along, fit.exponent),
                    _ => String::new(),
                }
            };
            table.columns.iter().enumerate().map(entry).collect()
        })
        .collect();
    with_footer(table, &rows)
}

fn with_footer(table: &Table, footer: &[Vec<String>]) -> String {
    let alignment: String =
        (0..table.columns.len()).map(|i| if table.is_numeric(i) { 'r' } else { 'l' }).collect();
    let header: Vec<String> = table.columns.iter().map(|name| heading(name)).collect();
    let rows: String = table
        .rows
        .iter()
        .map(|row| format!("    {} \\\\\n", row.iter().map(cell).collect::<Vec<_>>().join(" & ")))
        .collect();
    let footer: String = match footer {
        [] => String::new(),
        rows => rows.iter().fold("    \\midrule\n".to_owned(), |text, row| {
            text + &format!("    {} \\\\\n", row.join(" & "))
        }),
    };
    format!(
        "% needs \\usepackage{{booktabs}}\n\\begin{{tabular}}{{{alignment}}}\n    \\toprule\n    {} \\\\\n    \\midrule\n{rows}{footer}    \
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
        "n_squared" => "$n^2$".to_owned(),
        "w_grid" => "$W_{\\mathrm{grid}}$".to_owned(),
        "w_min" => "$W_{\\min}$".to_owned(),
        "p_min" => "$P_{\\min}$".to_owned(),
        _ => escape(&name.replace('_', " ")),
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Integer(x) => format!("${x}$"),
        Value::Decimal(digits) => match digits.split_once('e') {
            Some((digits, exponent)) => format!("${digits} \\cdot 10^{{{exponent}}}$"),
            None => format!("${digits}$"),
        },
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
