//! The numbers of a chart as a table that pgfplots reads: `\addplot table[x=x, y=W_grid-epsilon-1/2] {FILE.dat}`.
//!
//! One row for each place on the first axis, `nan` where a column has nothing there; a place that a column has several times has as many
//! rows. Names of columns are ASCII; comments give the words that they stand for.

use super::FigureError;
use super::chart::{Cells, Chart, Intervals, Layer, Line};
use super::text::without_markup;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The values of a column, in the order in which they are drawn.
struct Column {
    name: String,
    values: Vec<(f64, String)>,
}

/// Columns, and what the comments say about them.
#[derive(Default)]
struct Table {
    columns: Vec<Column>,
    notes: Vec<String>,
}

/// Lines of `comment` stand first.
pub(super) fn write(chart: &Chart, comment: &str) -> Result<String, FigureError> {
    if chart.layers.is_empty() {
        return Err(FigureError::Empty);
    }
    let mut table = Table::default();
    table.cells(chart);
    for (i, layer) in chart.layers.iter().enumerate() {
        match layer {
            // a light edge below another line
            Layer::Line(line) if line.label.is_none() && is_drawn_again(chart, line) => {}
            Layer::Line(line) => table.line(i, line),
            Layer::Intervals(intervals) => table.intervals(i, intervals),
            Layer::Cells(_) | Layer::Note(..) => {}
        }
    }
    let [x, y] = [&chart.x, &chart.y].map(|axis| without_markup(&axis.label));
    let mut text = String::new();
    let title = without_markup(&chart.title);
    let first = [title, format!("x: {x}; all other numbers: {y}")];
    let named = Some(chart.names()).filter(|names| !names.is_empty());
    let first = first.into_iter().chain(named.map(|names| format!("marked: {names}")));
    for line in comment.lines().map(str::to_owned).chain(first).chain(table.notes.clone()) {
        let _ = writeln!(text, "# {line}");
    }
    Ok(text + &table.rows())
}

fn is_drawn_again(chart: &Chart, line: &Line) -> bool {
    chart.layers.iter().any(|layer| match layer {
        Layer::Line(other) => other.label.is_some() && other.points == line.points,
        _ => false,
    })
}

impl Table {
    /// Rectangles of all classes, in columns of their own.
    fn cells(&mut self, chart: &Chart) {
        let layers = chart.layers.iter().filter_map(|layer| match layer {
            Layer::Cells(cells) => Some(cells),
            _ => None,
        });
        let layers: Vec<&Cells> = layers.collect();
        if layers.is_empty() {
            return;
        }
        let mut columns = ["left", "right", "bottom", "top", "class", "words"]
            .map(|name| Column { name: name.to_owned(), values: Vec::new() });
        self.notes.push(
            "left, right, bottom, top: edges of a cell, x its middle; words: what stands in it"
                .to_owned(),
        );
        for (class, cells) in layers.into_iter().enumerate() {
            let label = cells.label.as_deref().map(without_markup).unwrap_or_default();
            self.notes.push(format!("class {}: {label}", class + 1));
            for cell in &cells.cells {
                let numbers = [cell.x.0, cell.x.1, cell.y.0, cell.y.1].map(number);
                let [left, right, bottom, top] = numbers;
                let words = format!("{{{}}}", ascii(&without_markup(&cell.text), ' '));
                let values = [left, right, bottom, top, (class + 1).to_string(), words];
                let middle = f64::midpoint(cell.x.0, cell.x.1);
                for (column, value) in columns.iter_mut().zip(values) {
                    column.values.push((middle, value));
                }
            }
        }
        self.columns.extend(columns);
    }

    fn line(&mut self, i: usize, line: &Line) {
        let points = line.points.iter().map(|&(x, y)| (x, number(y)));
        let beyond = line.beyond.iter().map(|&x| (x, "inf".to_owned()));
        // what has no place on the axis is 0, or less
        let below = line.below.iter().map(|&x| (x, "0".to_owned()));
        self.column(i, line.label.as_deref(), points.chain(beyond).chain(below).collect());
    }

    fn intervals(&mut self, i: usize, intervals: &Intervals) {
        let bars = || intervals.bars.iter();
        let middles = bars().filter_map(|bar| Some((bar.x, number(bar.middle?)))).collect();
        let name = self.column(i, intervals.label.as_deref(), middles);
        let range = |end: fn((f64, f64)) -> f64| {
            bars().filter_map(|bar| Some((bar.x, number(end(bar.range?))))).collect::<Vec<_>>()
        };
        let flags = |flag: fn(&super::chart::Interval) -> bool| {
            bars().filter(|bar| flag(bar)).map(|bar| (bar.x, "1".to_owned())).collect::<Vec<_>>()
        };
        let failures = bars().flat_map(|bar| bar.failures.iter().map(|&y| (bar.x, number(y))));
        for (ending, says, values) in [
            ("low", "lower end", range(|ends| ends.0)),
            ("high", "upper end", range(|ends| ends.1)),
            ("open", "1 where the range goes on upwards", flags(|bar| bar.open)),
            ("bound", "1 where the middle is only a lower bound", flags(|bar| bar.middle_open)),
            ("failed", "failures", failures.collect()),
        ] {
            if !values.is_empty() {
                let column = format!("{name}-{ending}");
                self.notes.push(format!("{column}: {says} of {name}"));
                self.columns.push(Column { name: column, values });
            }
        }
    }

    /// A column of this label, and its name.
    fn column(&mut self, i: usize, label: Option<&str>, values: Vec<(f64, String)>) -> String {
        let words = label.map(without_markup).unwrap_or_default();
        let mut name = ascii(&words, '-');
        let taken = |name: &str| name == "x" || self.columns.iter().any(|other| other.name == name);
        if name.is_empty() || taken(&name) {
            name = format!("{}{}layer-{}", name, if name.is_empty() { "" } else { "-" }, i + 1);
        }
        self.notes.push(format!("{name}: {words}"));
        self.columns.push(Column { name: name.clone(), values });
        name
    }

    fn rows(&self) -> String {
        // by place; places are finite, so their order is total
        let mut rows: BTreeMap<Place, Vec<&str>> = BTreeMap::new();
        for (i, column) in self.columns.iter().enumerate() {
            let mut times: BTreeMap<Place, usize> = BTreeMap::new();
            for (x, value) in &column.values {
                let time = times.entry(Place(*x, 0)).or_default();
                let row =
                    rows.entry(Place(*x, *time)).or_insert_with(|| vec!["nan"; self.columns.len()]);
                row[i] = value;
                *time += 1;
            }
        }
        let mut text = "x".to_owned();
        for column in &self.columns {
            let _ = write!(text, " {}", column.name);
        }
        text.push('\n');
        for (Place(x, _), row) in &rows {
            let _ = writeln!(text, "{} {}", number(*x), row.join(" "));
        }
        text
    }
}

/// A value of the first axis, and which of those at this value.
#[derive(Debug, Clone, Copy)]
struct Place(f64, usize);

impl Ord for Place {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0).then(self.1.cmp(&other.1))
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Place {}

/// The shortest digits that give the number back.
fn number(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-4..1e15).contains(&size) {
        format!("{value:e}")
    } else {
        format!("{value}")
    }
}

/// `text` in characters that names of columns may have, with `between` for runs of others.
fn ascii(text: &str, between: char) -> String {
    let spelled = |character: char| match character {
        'ε' => "epsilon".to_owned(),
        'δ' => "delta".to_owned(),
        'μ' => "mu".to_owned(),
        '∞' => "inf".to_owned(),
        '≤' => "<=".to_owned(),
        '–' | '−' => "-".to_owned(),
        c if c.is_ascii_alphanumeric() || "_^/.+*-<".contains(c) => c.to_string(),
        _ => " ".to_owned(),
    };
    let spelled: String = text.chars().map(spelled).collect();
    spelled.split_whitespace().collect::<Vec<_>>().join(&between.to_string()).replace("-+-", "+")
}

#[cfg(test)]
mod tests {
    use super::super::asked::{ErrorAt, ErrorCurve, ErrorCurves, Histogram};
    use super::super::loss::{LossCurve, LossCurves};
    use super::super::thresholds::{Arm, Seed, Thresholded, Thresholds};

    /// Lines without comments.
    fn rows(text: &str) -> Vec<&str> {
        text.lines().filter(|line| !line.starts_with("# ")).collect()
    }

    #[test]
    fn a_column_for_each_line_and_a_row_for_each_place() {
        let curve = |label: &str, points: &[(u64, f64)]| LossCurve {
            label: label.to_owned(),
            points: points.to_vec(),
        };
        let curves = vec![
            curve("$W_{min}$, $ε$ = 1/2", &[(1, 2.5), (10, 1e-9)]),
            curve("x", &[(1, 3.0), (2, 1e15)]),
            curve("", &[(2, 0.5)]),
        ];
        let figure = LossCurves { title: "of two".to_owned(), log_steps: true, curves }.figure();
        let text = figure.data_with("Made by hand\nat home").unwrap();
        assert!(text.starts_with("# Made by hand\n# at home\n# Loss: of two\n# x: training steps"));
        assert!(text.contains("\n# W_min-epsilon-1/2: W_min, ε = 1/2\n"));
        let expected = [
            "x W_min-epsilon-1/2 x-layer-2 layer-3",
            "1 2.5 3 nan",
            "2 nan 1e15 0.5",
            "10 1e-9 nan nan",
        ];
        assert_eq!(rows(&text), expected);
    }

    #[test]
    fn ranges_failures_and_cells_have_columns_of_their_own() {
        let seeds =
            vec![Seed::Fails(3), Seed::CountsUpTo(9), Seed::Collapsed(2), Seed::Collapsed(4)];
        let arms =
            vec![Arm { label: "one way".to_owned(), points: vec![Thresholded { d: 2, seeds }] }];
        let text = Thresholds { title: String::new(), arms }.figure().data_with("").unwrap();
        let table = rows(&text);
        let names: Vec<&str> = table[0].split(' ').collect();
        let at = |row: &str, name: &str| {
            let place = names.iter().position(|other| *other == name).unwrap();
            row.split(' ').nth(place).unwrap().to_owned()
        };
        // the lines of comparison start at the edge; two failures at one place are two rows
        assert_eq!(table.len(), 4, "{text}");
        for (name, values) in [
            ("x", ["2", "2"]),
            ("m-d+1", ["3", "nan"]),
            ("one-way-low", ["3", "nan"]),
            ("one-way-high", ["9", "nan"]),
            ("one-way-open", ["1", "nan"]),
            ("one-way-failed", ["2", "4"]),
        ] {
            assert_eq!([at(table[2], name), at(table[3], name)], values, "{name}: {text}");
        }

        let points = vec![ErrorAt { m: 2, mean: 0.5, interval: Some((0.25, 1.0)) }];
        let curves = vec![ErrorCurve { label: "$m$ items".to_owned(), points }];
        let text = ErrorCurves { title: String::new(), curves }.figure().data_with("").unwrap();
        assert_eq!(rows(&text), ["x m-items m-items-low m-items-high", "2 0.5 0.25 1"]);

        let times = [(2, 20), (3, 14)].into_iter().collect();
        let answers =
            Histogram { title: String::new(), right: 3, times, unreadable: 0, refused: 0 };
        let text = answers.figure().data_with("").unwrap();
        assert!(rows(&text)[0].starts_with("x left right bottom top class words"), "{text}");
        assert!(rows(&text)[1].ends_with("{20}") && text.contains("# class 1: right"), "{text}");
    }
}
