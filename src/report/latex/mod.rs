//! LaTeX tables with booktabs: heads in the notation, numbers in mathematics, no wider than the page has room.
//!
//! A table comes bare, to stand in a `table` of the author's, or as a float with its caption and label. It never breaks over pages
//! unless `longtable` is asked for, so that `\input` serves it in a column as well.

mod cell;
mod fit;
mod metrics;

pub(super) use cell::{escape, prose};

use super::growth::Growth;
use super::provenance::Provenance;
use super::width::Width;
use super::{Table, Value};
use cell::{breakable, cell, equation, heading};
use fit::{Grid, Layout};

/// More rows than this do not fit on a page.
const TALL: usize = 45;

/// How a table is set.
#[derive(Debug, Clone, Default)]
pub(super) struct Setting<'a> {
    /// in LaTeX
    pub caption: Option<String>,
    pub label: Option<&'a str>,
    /// it is to be no wider than this
    pub width: Option<Width>,
    /// it may run over pages
    pub long: bool,
    pub transpose: bool,
    pub marks: bool,
    /// comments before it, a line each
    pub comments: Vec<String>,
}

/// Why a table is not set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.words())]
pub struct TooWide {
    /// points of TeX, in the smallest letters
    pub width: u32,
    pub most: u32,
    /// without these it fits
    pub without: Vec<String>,
    /// the others
    pub with: Vec<String>,
    /// whether it fits with rows for columns
    pub turned: bool,
}

impl TooWide {
    fn words(&self) -> String {
        let Self { width, most, without, with, turned } = self;
        let turn = if *turned {
            " --transpose makes it fit, and so does leaving out"
        } else {
            " leave out"
        };
        format!(
            "--width: the table is {width} pt wide in the smallest letters, and there are {most} pt;{turn} {}: --columns {}",
            without.join(", "),
            with.join(",")
        )
    }
}

pub(super) fn render(
    table: &Table,
    growth: &[Growth],
    setting: &Setting<'_>,
) -> Result<String, TooWide> {
    let mut caption = setting.caption.clone();
    let floats = caption.is_some() || setting.label.is_some();
    let lean;
    let table = if floats {
        lean = Lean::of(table.clone());
        if !lean.note.is_empty() {
            let before = caption.as_deref().unwrap_or_default().trim_end();
            let stop =
                if before.is_empty() || before.ends_with(['.', '?', '!']) { "" } else { "." };
            caption = Some(format!("{before}{stop} {}", lean.note).trim_start().to_owned());
        }
        &lean.table
    } else {
        table
    };
    let grid = grid(table, growth, setting);
    let most = setting.width.map(Width::tex_points);
    let layout = match most {
        None => grid.natural(),
        Some(most) => {
            grid.fit(most).ok_or_else(|| too_wide(table, growth, setting, &grid, most))?
        }
    };
    let label = setting.label.map_or_else(String::new, |label| format!("\\label{{{label}}}"));
    let caption = caption.map(|text| format!("\\caption{{{text}}}{label}"));
    let caption = caption.or_else(|| setting.label.map(|_| label.clone()));
    let mut text: String = setting.comments.iter().map(|line| format!("% {line}\n")).collect();
    text += &format!("% needs \\usepackage{{{}}}\n", packages(&grid, &layout, setting));
    if setting.long {
        return Ok(text + &longtable(&grid, &layout, caption.as_deref()));
    }
    if grid.rows.len() > TALL {
        let rows = grid.rows.len();
        text += &format!(
            "% {rows} rows are more than a page has: leave some out, or have a longtable\n"
        );
    }
    let (before, after) = (declarations(&layout), body(&grid, &layout));
    match caption {
        None if before.is_empty() => Ok(text + &after),
        None => Ok(format!("{text}{{{before}\n{after}}}\n")),
        Some(caption) => {
            let page = setting.width.is_some_and(Width::is_page);
            let float = if page { "table*" } else { "table" };
            let before = if before.is_empty() { before } else { format!("{before}\n") };
            Ok(format!(
                "{text}\\begin{{{float}}}[tb]\n\\centering\n{caption}\n\\smallskip\n{before}{after}\\end{{{float}}}\n"
            ))
        }
    }
}

fn too_wide(
    table: &Table,
    growth: &[Growth],
    setting: &Setting<'_>,
    grid: &Grid,
    most: f64,
) -> TooWide {
    let natural = grid.widths();
    let columns = natural.len().saturating_sub(1) as f64;
    // in the smallest letters, with the least room between columns
    let width = natural.iter().sum::<f64>() * 0.797 + 4.0 * columns;
    // the broadest columns go first
    let (mut left, mut without) = (table.clone(), Vec::new());
    let fits = |table: &Table| self::grid(table, growth, setting).fit(most).is_some();
    while left.columns.len() > 1 && !fits(&left) {
        let untransposed = Setting { transpose: false, ..setting.clone() };
        let widths = self::grid(&left, &[], &untransposed).widths();
        let broadest = (0..widths.len()).max_by(|&a, &b| widths[a].total_cmp(&widths[b]));
        let Some(key) = broadest.map(|at| left.columns[at].clone()) else { break };
        left.remove(&key);
        without.push(key);
    }
    let with = table.columns.iter().filter(|key| !without.contains(key)).cloned().collect();
    let turned = Setting { transpose: !setting.transpose, ..setting.clone() };
    let turned = self::grid(table, growth, &turned).fit(most).is_some();
    TooWide { width: width.ceil() as u32, most: most.floor() as u32, without, with, turned }
}

fn packages(grid: &Grid, layout: &Layout, setting: &Setting<'_>) -> String {
    let paragraphs = layout.paragraphs.iter().any(Option::is_some);
    let signs = grid.rows.iter().flatten().any(|entry| entry.contains("\\checkmark"));
    let all = [
        ("amssymb", signs),
        ("array", paragraphs),
        ("booktabs", true),
        ("longtable", setting.long),
    ];
    let needed: Vec<&str> = all.iter().filter(|(_, is)| *is).map(|(name, _)| *name).collect();
    needed.join(",")
}

/// The size of letters and the room between columns.
fn declarations(layout: &Layout) -> String {
    let size = layout.size.map_or_else(String::new, |size| format!("\\{size}"));
    let gap =
        layout.gap.map_or_else(String::new, |gap| format!("\\setlength{{\\tabcolsep}}{{{gap}pt}}"));
    size + &gap
}

fn alignment(grid: &Grid, layout: &Layout) -> String {
    let columns = layout.paragraphs.iter().zip(&grid.numeric).map(|(paragraph, numeric)| {
        match (paragraph, numeric) {
            (Some(width), _) => format!(">{{\\raggedright\\arraybackslash}}p{{{width}pt}}"),
            (None, true) => "r".to_owned(),
            (None, false) => "l".to_owned(),
        }
    });
    format!("@{{}}{}@{{}}", columns.collect::<String>())
}

fn lines(rows: &[Vec<String>], layout: &Layout) -> String {
    let entry = |(entry, paragraph): (&String, &Option<f64>)| match paragraph {
        Some(_) => breakable(entry),
        None => entry.clone(),
    };
    let line = |row: &Vec<String>| {
        let entries: Vec<String> = row.iter().zip(&layout.paragraphs).map(entry).collect();
        format!("    {} \\\\\n", entries.join(" & "))
    };
    rows.iter().map(line).collect()
}

/// Everything between the upper and the lower rule.
fn rows(grid: &Grid, layout: &Layout) -> String {
    let mut text = lines(&grid.rows, layout);
    if !grid.footer.is_empty() {
        text += "    \\midrule\n";
        text += &lines(&grid.footer, layout);
    }
    text
}

fn body(grid: &Grid, layout: &Layout) -> String {
    format!(
        "\\begin{{tabular}}{{{}}}\n    \\toprule\n{}    \\midrule\n{}    \\bottomrule\n\\end{{tabular}}\n",
        alignment(grid, layout),
        lines(std::slice::from_ref(&grid.heads), layout),
        rows(grid, layout)
    )
}

/// Over pages, with the heads on each of them.
fn longtable(grid: &Grid, layout: &Layout, caption: Option<&str>) -> String {
    let caption = caption.map_or_else(String::new, |caption| format!("    {caption} \\\\\n"));
    let heads = lines(std::slice::from_ref(&grid.heads), layout);
    format!(
        "{{{}\n\\begin{{longtable}}{{{}}}\n{caption}    \\toprule\n{heads}    \\midrule\n    \\endfirsthead\n    \\toprule\n{heads}    \
         \\midrule\n    \\endhead\n    \\bottomrule\n    \\endfoot\n{}\\end{{longtable}}}}\n",
        declarations(layout),
        alignment(grid, layout),
        rows(grid, layout)
    )
}

fn grid(table: &Table, growth: &[Growth], setting: &Setting<'_>) -> Grid {
    let row = |row: &Vec<Value>| {
        let entries = table.columns.iter().zip(row);
        entries.map(|(key, value)| cell(key, value, setting.marks)).collect()
    };
    let grid = Grid {
        heads: table.columns.iter().map(|key| heading(key)).collect(),
        rows: table.rows.iter().map(row).collect(),
        footer: slopes(table, growth),
        numeric: (0..table.columns.len()).map(|i| table.is_numeric(i)).collect(),
    };
    if setting.transpose { grid.transposed() } else { grid }
}

/// A last row for each setting of the other parameters: the local slope of each column.
fn slopes(table: &Table, growth: &[Growth]) -> Vec<Vec<String>> {
    let mut settings: Vec<&[(&'static str, Value)]> = Vec::new();
    for fit in growth {
        // a column that depends on `n` only goes with every setting
        let shown = table.columns.iter().any(|name| name == fit.column.name);
        if shown && !settings.contains(&fit.params.as_slice()) && !fit.column.fixed {
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
                    (_, Some((_, value)), _) => cell(name, value, false),
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
    /// `In every row: $m = 4$, ..`, or empty
    pub note: String,
}

impl Lean {
    pub(super) fn of(mut table: Table) -> Self {
        let mut same: Vec<String> = Vec::new();
        for name in table.columns.clone() {
            let Some(at) = table.columns.iter().position(|other| *other == name) else { continue };
            let first = table.rows.first().map(|row| row[at].clone());
            let constant = table.rows.iter().all(|row| Some(&row[at]) == first.as_ref());
            // one column has to stay
            if let (true, true, true, Some(value)) =
                (constant, table.rows.len() > 1, table.columns.len() > 1, first)
            {
                table.remove(&name);
                if value != Value::Null {
                    same.push(equation(&name, &value));
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

/// A table for the page of [`super::paper`].
pub(super) struct Sheet {
    pub text: String,
    /// the page has to be turned by a quarter
    pub turned: bool,
}

/// A table of a report: no wider than its page, which is turned where that is too narrow. What made it stands in comments.
pub(super) fn sheet(
    lean: &Lean,
    growth: &[Growth],
    provenance: &Provenance,
    long: Option<(&str, &str)>,
) -> Sheet {
    let mut comments: Vec<String> = provenance.lines().collect();
    comments.extend((!lean.note.is_empty() && long.is_none()).then(|| lean.note.clone()));
    let setting = |width: Option<Width>| Setting {
        caption: long.map(|(title, _)| lean.caption(title)),
        label: long.map(|(_, label)| label),
        width,
        long: long.is_some(),
        comments: comments.clone(),
        ..Setting::default()
    };
    let set = |width| render(&lean.table, growth, &setting(Some(width)));
    match set(Width::PAGE).map(|text| (text, false)).or_else(|_| Ok((set(Width::TURNED)?, true))) {
        Ok((text, turned)) => Sheet { text, turned },
        // wider than any page: as it comes, for an author to choose columns of
        Err::<_, TooWide>(_) => {
            let text = render(&lean.table, growth, &setting(None)).unwrap_or_default();
            Sheet { text, turned: true }
        }
    }
}

/// Whether a table runs over pages, and so brings its own caption.
pub(super) fn is_tall(table: &Table) -> bool {
    table.rows.len() > TALL
}
