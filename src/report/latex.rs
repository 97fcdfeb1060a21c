//! LaTeX tables with booktabs; sizes and rationals are set in math.

use super::formula;
use super::growth::Growth;
use super::provenance::Provenance;
use super::{Table, Value, runs};

/// Tables of more rows than this run over pages.
const TALL: usize = 40;
/// Columns with longer entries than this, in characters, are paragraphs.
const BROAD: usize = 26;
/// Between two columns, in characters.
const GAP: usize = 2;
/// Tables of at most this width, in characters, stand upright on a page.
pub(super) const UPRIGHT: usize = 108;
/// The same for pages turned by a quarter.
const TURNED: usize = 190;
/// No paragraph is narrower than this, in characters.
const NARROW: usize = 10;

pub(super) fn render(table: &Table) -> String {
    with_footer(table, &[])
}

/// The table with a last row for each setting of the other parameters: the local slope of each column.
pub(super) fn render_with_growth(table: &Table, growth: &[Growth]) -> String {
    with_footer(table, &slopes(table, growth))
}

fn slopes(table: &Table, growth: &[Growth]) -> Vec<Vec<String>> {
    let mut settings: Vec<&[(&'static str, Value)]> = Vec::new();
    for fit in growth {
        // a column that depends on `n` only goes with every setting
        if !settings.contains(&fit.params.as_slice()) && !fit.column.fixed {
            settings.push(&fit.params);
        }
    }
    settings
        .iter()
        .map(|params| {
            let entry = |(i, name): (usize, &String)| {
                let param = params.iter().find(|(other, _)| other == name);
                let fit = growth.iter().find(|fit| {
                    fit.column.name == name && (fit.column.fixed || fit.params == *params)
                });
                match (i, param, fit) {
                    (0, ..) => "local slope".to_owned(),
                    (_, Some((_, value)), _) => cell(value),
                    (.., Some(fit)) => format!("${}$", fit.exponent),
                    _ => String::new(),
                }
            };
            table.columns.iter().enumerate().map(entry).collect()
        })
        .collect()
}

/// A table as a paper has it: what is the same in every row is said once.
pub(super) struct Lean {
    pub table: Table,
    /// `in every row: $m = 4$, ..`, or empty
    pub note: String,
}

impl Lean {
    pub(super) fn of(mut table: Table) -> Self {
        // a long sequence mostly repeats a token: `0*50`, as in the words about a refutation
        if let Some(at) = table.columns.iter().position(|name| name == "sequence") {
            for entry in table.rows.iter_mut().map(|row| &mut row[at]) {
                if let Value::List(tokens) = entry
                    && tokens.len() * 2 > BROAD
                {
                    *entry = Value::text(runs(tokens.iter()));
                }
            }
        }
        let mut same: Vec<String> = Vec::new();
        for name in table.columns.clone() {
            let Some(at) = table.columns.iter().position(|other| *other == name) else { continue };
            let first = table.rows.first().map(|row| row[at].clone());
            let constant = table.rows.iter().all(|row| Some(&row[at]) == first.as_ref());
            if let (true, true, Some(value)) = (constant, table.rows.len() > 2, first) {
                table.remove(&name);
                if value != Value::Null {
                    same.push(format!("{} {}", heading(&name), cell(&value)));
                }
            }
        }
        let note = if same.is_empty() {
            String::new()
        } else {
            format!("In every row: {}.", same.join(", "))
        };
        Self { table, note }
    }

    /// The title and the note.
    pub(super) fn caption(&self, title: &str) -> String {
        match self.note.as_str() {
            "" => prose(title),
            note => format!("{}. {note}", prose(title)),
        }
    }
}

/// A table for [`super::paper`], which may be tall or broad: `longtable` over pages, paragraphs for long entries. What made
/// it stands in comments.
pub(super) fn document(
    lean: &Lean,
    growth: &[Growth],
    provenance: &Provenance,
    title: &str,
    name: &str,
) -> String {
    let table = &lean.table;
    let mut comments: String = provenance.lines().map(|line| format!("% {line}\n")).collect();
    if !lean.note.is_empty() {
        comments += &format!("% {}\n", lean.note);
    }
    let header: Vec<String> = table.columns.iter().map(|name| heading(name)).collect();
    let header = header.join(" & ");
    let broad: Vec<bool> = lengths(table).into_iter().map(is_broad).collect();
    let alignment: String = widths(table)
        .into_iter()
        .enumerate()
        .map(|(i, width)| match (broad[i], table.is_numeric(i)) {
            // a digit is half an em wide
            (true, _) => format!(">{{\\raggedright\\arraybackslash}}p{{{}em}}", width / 2),
            (_, true) => "r".to_owned(),
            _ => "l".to_owned(),
        })
        .collect();
    let entry =
        |(value, broad): (&Value, &bool)| if *broad { breakable(value) } else { cell(value) };
    let mut rows: String = table
        .rows
        .iter()
        .map(|row| row.iter().zip(&broad).map(entry).collect::<Vec<_>>().join(" & "))
        .map(|row| format!("    {row} \\\\\n"))
        .collect();
    for (i, row) in slopes(table, growth).iter().enumerate() {
        rows += if i == 0 { "    \\midrule\n" } else { "" };
        rows += &format!("    {} \\\\\n", row.join(" & "));
    }
    if is_tall(table) {
        let title = lean.caption(title);
        return format!(
            "{comments}% needs \\usepackage{{array,booktabs,longtable}}\n\\begin{{longtable}}{{{alignment}}}\n    \
             \\caption{{{title}}}\\label{{tab:{name}}} \\\\\n    \\toprule\n    {header} \\\\\n    \\midrule\n    \\endfirsthead\n    \
             \\toprule\n    {header} \\\\\n    \\midrule\n    \\endhead\n    \\bottomrule\n    \\endfoot\n{rows}\\end{{longtable}}\n"
        );
    }
    format!(
        "{comments}% needs \\usepackage{{array,booktabs}}\n\\begin{{tabular}}{{{alignment}}}\n    \\toprule\n    {header} \\\\\n    \
         \\midrule\n{rows}    \\bottomrule\n\\end{{tabular}}\n"
    )
}

/// Whether a table runs over pages, and so brings its own caption.
pub(super) fn is_tall(table: &Table) -> bool {
    let widths = widths(table);
    let lines = |row: &Vec<Value>| {
        let entries = row.iter().zip(&widths);
        let lines = entries.map(|(value, width)| characters(value).div_ceil((*width).max(1)));
        lines.max().unwrap_or(1)
    };
    table.rows.iter().map(lines).sum::<usize>() > TALL
}

/// About how many digits wide a table is.
pub(super) fn width(table: &Table) -> usize {
    widths(table).iter().map(|width| width + GAP).sum()
}

/// How wide the columns are: those of sentences share what the others leave of an upright page, and where even a turned
/// page is too small, all columns with long entries share what is left of that.
fn widths(table: &Table) -> Vec<usize> {
    let lengths = lengths(table);
    let sentences = |length: usize| length > 3 * BROAD;
    let sum = |some: &dyn Fn(usize) -> bool| -> usize {
        let lengths = lengths.iter().filter(|&&length| some(length));
        lengths.map(|length| length.min(&BROAD) + GAP).sum()
    };
    let count = lengths.iter().filter(|&&length| is_broad(length)).count();
    let crowded = sum(&|_| true) > TURNED;
    let all: usize =
        lengths.iter().filter(|&&length| sentences(length)).map(|length| length + GAP).sum();
    let width = |&length: &usize| match length {
        _ if !is_broad(length) => length,
        _ if crowded => {
            let left = TURNED.saturating_sub(sum(&|length| !is_broad(length)));
            (left / count).saturating_sub(GAP).max(NARROW)
        }
        _ if !sentences(length) => BROAD,
        _ => {
            let left = UPRIGHT.saturating_sub(sum(&|length| !sentences(length)));
            (left * length / all).max(BROAD)
        }
    };
    lengths.iter().map(width).collect()
}

fn is_broad(length: usize) -> bool {
    length > BROAD
}

fn characters(value: &Value) -> usize {
    value.to_string().chars().count()
}

/// The longest entry of each column, its heading among them.
fn lengths(table: &Table) -> Vec<usize> {
    let mut lengths: Vec<usize> = table.columns.iter().map(String::len).collect();
    for row in &table.rows {
        for (length, value) in lengths.iter_mut().zip(row) {
            *length = characters(value).max(*length);
        }
    }
    lengths
}

/// An entry that may be broken: a number after every eighth character.
fn breakable(value: &Value) -> String {
    match value {
        Value::Integer(_) | Value::Rational(_) => {
            let text: Vec<char> = value.to_string().chars().collect();
            let pieces: Vec<String> = text.chunks(8).map(|piece| piece.iter().collect()).collect();
            pieces.join("\\hspace{0pt}")
        }
        Value::Text(text) => prose(text),
        _ => cell(value),
    }
}

/// Words with `code` and formulas between backticks.
pub(super) fn prose(text: &str) -> String {
    let parts = text.split('`').enumerate().map(|(i, part)| match i % 2 {
        0 => escape(part),
        _ => match formula::latex(part) {
            Some(math) => format!("${math}$"),
            None => format!("\\texttt{{{}}}", escape(part).replace('/', "/\\allowbreak{}")),
        },
    });
    parts.collect()
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

pub(super) fn escape(text: &str) -> String {
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
