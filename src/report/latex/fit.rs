//! A table that is as wide as it may be: the size of its letters, the room between its columns, and which columns are paragraphs.

use super::cell::pieces;
use super::metrics::width;

/// A table in LaTeX before it is laid out, entry by entry.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Grid {
    pub heads: Vec<String>,
    pub rows: Vec<Vec<String>>,
    /// below a second rule
    pub footer: Vec<Vec<String>>,
    /// columns that are aligned to the right
    pub numeric: Vec<bool>,
}

/// How a grid is set.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    /// the command for the size of letters; none for that of the text
    pub size: Option<&'static str>,
    /// half of the room between columns, in points of TeX; none for that of the document
    pub gap: Option<f64>,
    /// of columns that are paragraphs, in points of TeX
    pub paragraphs: Vec<Option<f64>>,
    /// all of it, in points of TeX
    pub width: f64,
}

/// Sizes of letters with `\tabcolsep`; how much narrower a line is than at 10 points (smaller letters are relatively wider).
const STEPS: [(Option<&str>, f64, Option<f64>); 7] = [
    (None, 1.0, None),
    (Some("small"), 0.925, Some(5.0)),
    (Some("small"), 0.925, Some(4.0)),
    (Some("footnotesize"), 0.85, Some(4.0)),
    (Some("footnotesize"), 0.85, Some(3.0)),
    (Some("scriptsize"), 0.797, Some(3.0)),
    (Some("scriptsize"), 0.797, Some(2.0)),
];

/// LaTeX's own `\tabcolsep`.
const GAP: f64 = 6.0;
/// No paragraph is narrower than this, at 10 points.
const NARROW: f64 = 48.0;
/// Columns up to this width are no paragraphs, at 10 points.
const BROAD: f64 = 90.0;

impl Grid {
    /// Rows for columns.
    pub(super) fn transposed(self) -> Self {
        let lines: Vec<&Vec<String>> = self.rows.iter().chain(&self.footer).collect();
        let row = |i: usize| {
            let entries = lines.iter().map(|line| line[i].clone());
            std::iter::once(self.heads[i].clone()).chain(entries).collect::<Vec<String>>()
        };
        let mut rows: Vec<Vec<String>> = (0..self.heads.len()).map(row).collect();
        let heads = if rows.is_empty() { Vec::new() } else { rows.remove(0) };
        let number = |entry: &String| entry.is_empty() || entry == "--" || entry.starts_with('$');
        let right = |line: &&Vec<String>| line.iter().all(number);
        // the first column has the names
        let numeric = std::iter::once(false).chain(lines.iter().map(right)).collect();
        Self { heads, rows, footer: Vec::new(), numeric }
    }

    /// How wide each column is at 10 points.
    pub(super) fn widths(&self) -> Vec<f64> {
        let column = |i: usize| {
            let rows = self.rows.iter().chain(&self.footer).map(|row| width(&row[i]));
            rows.fold(width(&self.heads[i]), f64::max)
        };
        (0..self.heads.len()).map(column).collect()
    }

    /// How wide a column has to be at 10 points if its lines may end where they can.
    fn least(&self, i: usize) -> f64 {
        let rows = self.rows.iter().map(|row| &row[i]).chain([&self.heads[i]]);
        let widest = rows.flat_map(|entry| pieces(entry)).map(|piece| width(piece.trim_end()));
        widest.fold(NARROW, f64::max)
    }

    /// The largest letters with which the grid is at most this wide, in points of TeX; `None` when none are small enough.
    pub(super) fn fit(&self, most: f64) -> Option<Layout> {
        let natural = self.widths();
        STEPS.iter().find_map(|step| self.unbroken(step, &natural, most)).or_else(|| {
            let small = STEPS.iter().filter(|(_, scale, _)| *scale < 0.9);
            small.clone().find_map(|step| self.broken(step, &natural, most))
        })
    }

    /// As it comes, in the letters of the text.
    pub(super) fn natural(&self) -> Layout {
        let natural = self.widths();
        let paragraphs = vec![None; natural.len()];
        let width = natural.iter().sum::<f64>() + gaps(GAP, natural.len());
        Layout { size: None, gap: None, paragraphs, width }
    }

    fn unbroken(
        &self,
        &(size, scale, gap): &(Option<&'static str>, f64, Option<f64>),
        natural: &[f64],
        most: f64,
    ) -> Option<Layout> {
        let width = natural.iter().sum::<f64>() * scale + gaps(gap.unwrap_or(GAP), natural.len());
        let paragraphs = vec![None; natural.len()];
        (width <= most).then_some(Layout { size, gap, paragraphs, width })
    }

    /// With the broad columns as paragraphs, which share what the others leave.
    fn broken(
        &self,
        &(size, scale, gap): &(Option<&'static str>, f64, Option<f64>),
        natural: &[f64],
        most: f64,
    ) -> Option<Layout> {
        let least: Vec<f64> = natural
            .iter()
            .enumerate()
            .map(|(i, &wide)| if wide > BROAD { self.least(i).min(wide) } else { wide })
            .collect();
        let spare =
            most - gaps(gap.unwrap_or(GAP), natural.len()) - least.iter().sum::<f64>() * scale;
        let wanted: f64 = natural.iter().zip(&least).map(|(wide, least)| wide - least).sum();
        if spare < 0.0 || wanted <= 0.0 {
            return None;
        }
        // the lines of a paragraph are looser than one line: a little room each
        let share = |(&wide, &least): (&f64, &f64)| {
            let more = (spare * (wide - least) / wanted).min((wide - least) * scale);
            (wide > least).then(|| ((least * scale + more) * 10.0).floor() / 10.0)
        };
        let paragraphs: Vec<Option<f64>> = natural.iter().zip(&least).map(share).collect();
        Some(Layout { size, gap, paragraphs, width: most })
    }
}

/// Between columns; there is none at the sides.
fn gaps(gap: f64, columns: usize) -> f64 {
    2.0 * gap * columns.saturating_sub(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn grid(columns: usize, entry: &str) -> Grid {
        Grid {
            heads: vec!["$n$".to_owned(); columns],
            rows: vec![vec![entry.to_owned(); columns]; 3],
            footer: Vec::new(),
            numeric: vec![true; columns],
        }
    }

    #[test]
    fn letters_get_smaller_until_it_fits() {
        // a number of six digits is 30 points wide
        let sizes = [4, 6, 7, 8].map(|columns| grid(columns, "$123456$").fit(235.0).unwrap().size);
        assert_eq!(sizes, [None, Some("small"), Some("footnotesize"), Some("scriptsize")]);
        for columns in [1, 4, 6, 7, 8] {
            assert!(grid(columns, "$123456$").fit(235.0).unwrap().width <= 235.0);
        }
        assert_eq!(grid(9, "$123456$").fit(235.0), None);
    }

    #[test]
    fn words_and_vectors_run_over_lines() {
        let sentence = "as many words as there are in a sentence that says something";
        let found = grid(2, sentence).fit(235.0).unwrap();
        assert!(found.paragraphs.iter().all(|width| width.is_some_and(|width| width > 40.0)));
        assert!(grid(2, &format!("$({}1)$", "12, ".repeat(20))).fit(235.0).is_some());
        // a number does not
        assert_eq!(grid(2, &"1".repeat(60)).fit(235.0), None);
    }

    #[test]
    fn rows_become_columns() {
        let mut grid = grid(2, "$1$");
        grid.heads[1] = "$m$".to_owned();
        let turned = grid.transposed();
        assert_eq!(turned.heads, ["$n$", "$1$", "$1$", "$1$"]);
        assert_eq!(turned.rows, [["$m$", "$1$", "$1$", "$1$"]]);
        assert_eq!(turned.numeric, [false, true, true, true]);
    }
}
