//! Language models asked to count: the error against the number of distinct items, and how often each answer was given.

use super::axis::{Axis, Scale};
use super::canvas::Ink;
use super::chart::{CellBox, Cells, Chart, HEIGHT, Interval, Intervals, Layer, Sample};
use super::style::Style;
use super::{Figure, FigureError};
use std::collections::BTreeMap;

/// Mean absolute errors against `m`, with intervals.
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorCurves {
    pub title: String,
    /// in the order of the legend
    pub curves: Vec<ErrorCurve>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct ErrorCurve {
    /// in the markup of [`super::text`]
    pub label: String,
    /// ascending in `m`
    pub points: Vec<ErrorAt>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ErrorAt {
    pub m: u64,
    pub mean: f64,
    pub interval: Option<(f64, f64)>,
}

/// Answers to one question.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    pub title: String,
    pub right: u64,
    /// by answer
    pub times: BTreeMap<u64, u64>,
    pub unreadable: u64,
    pub refused: u64,
}

impl ErrorCurves {
    #[must_use]
    pub fn figure(&self) -> Figure {
        self.chart().into()
    }

    fn chart(&self) -> Result<Chart, FigureError> {
        let all = || self.curves.iter().flat_map(|curve| &curve.points);
        let numbers: Vec<f64> = all().map(|point| point.m as f64).collect();
        let x = Axis::over("number $m$ of distinct items", Scale::Linear, numbers.iter().copied())?;
        let values = all().flat_map(|point| {
            let (low, high) = point.interval.unwrap_or((point.mean, point.mean));
            [point.mean, low, high]
        });
        // errors that are all 0 still have an axis
        let y = Axis::from_zero("mean absolute error", Scale::Linear, values.chain([0.5]))?;
        let count = self.curves.len() as f64;
        let layer = |(i, curve): (usize, &ErrorCurve)| {
            let bar = |point: &ErrorAt| Interval {
                x: point.m as f64,
                range: point.interval,
                middle: Some(point.mean),
                open: false,
                middle_open: false,
                failures: Vec::new(),
            };
            let shift = (i as f64 - (count - 1.0) / 2.0) * 4.0;
            let bars = curve.points.iter().map(bar).collect();
            let style = Style { open: false, ..Style::nth(i) };
            Layer::Intervals(Intervals {
                label: Some(curve.label.clone()),
                style,
                bars,
                edged: false,
                shift,
            })
        };
        Ok(Chart {
            title: self.title.clone(),
            description: "Mean absolute error of a language model's counts, with 95% intervals."
                .to_owned(),
            x,
            y,
            beyond: None,
            below: None,
            layers: self.curves.iter().enumerate().map(layer).collect(),
            marks: Vec::new(),
            height: HEIGHT,
        })
    }
}

impl Histogram {
    /// Answers that are larger than this many times the right one, and than [`Self::SMALL`], are named and not drawn.
    const FAR: u64 = 4;
    const SMALL: u64 = 12;

    #[must_use]
    pub fn figure(&self) -> Figure {
        self.chart().into()
    }

    fn chart(&self) -> Result<Chart, FigureError> {
        let far = self.right.saturating_mul(Self::FAR).max(Self::SMALL);
        let drawn: Vec<(u64, u64)> = self
            .times
            .iter()
            .filter(|(answer, _)| **answer <= far)
            .map(|(a, t)| (*a, *t))
            .collect();
        let larger: u64 = self.times.iter().filter(|(a, _)| **a > far).map(|(_, t)| t).sum();
        if self.times.is_empty() && self.unreadable + self.refused == 0 {
            return Err(FigureError::Empty);
        }
        let shown = || drawn.iter().map(|(answer, _)| *answer).chain([self.right]);
        let (low, high) = (shown().min().unwrap_or(0), shown().max().unwrap_or(0));
        let listed: Vec<f64> = (low..=high).map(|answer| answer as f64).collect();
        let x = Axis::exactly("answer", (low as f64 - 0.5, high as f64 + 0.5), &listed);
        let most = drawn.iter().map(|(_, times)| *times as f64).chain([1.0]);
        let y = Axis::from_zero("times", Scale::Linear, most)?;
        let bars = |right: bool, fill: Ink, label: &str| {
            let own = drawn.iter().filter(|(answer, _)| (*answer == self.right) == right);
            let bar = |(answer, times): &(u64, u64)| CellBox {
                x: (*answer as f64 - 0.4, *answer as f64 + 0.4),
                y: (0.0, *times as f64),
                text: times.to_string(),
                covered: false,
            };
            let cells: Vec<CellBox> = own.map(bar).collect();
            let label = Some(label.to_owned()).filter(|_| !cells.is_empty());
            Layer::Cells(Cells { label, fill, cells })
        };
        let right = format!("right ({})", self.right);
        let mut layers =
            vec![bars(true, Ink(0, 114, 178), &right), bars(false, Ink(190, 190, 190), "wrong")];
        let notes =
            [("unreadable", self.unreadable), ("refused", self.refused), ("larger", larger)];
        for (what, times) in notes.into_iter().filter(|(_, times)| *times > 0) {
            layers.push(Layer::Note(Sample::Nothing, format!("{what}: {times}")));
        }
        Ok(Chart {
            title: self.title.clone(),
            description: "How often each answer was given to one question.".to_owned(),
            x,
            y,
            beyond: None,
            below: None,
            layers,
            marks: Vec::new(),
            height: HEIGHT,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_curves_and_their_intervals_are_drawn() {
        let point = |m: u64| ErrorAt {
            m,
            mean: m as f64,
            interval: Some((m as f64 - 0.5, m as f64 + 1.0)),
        };
        let curve = |label: &str, to: u64| ErrorCurve {
            label: label.to_owned(),
            points: (2..to).map(point).collect(),
        };
        let curves = |curves| ErrorCurves { title: "t".to_owned(), curves }.figure().svg();
        let svg = curves(vec![curve("$m$ items", 9), curve("two items", 9)]).unwrap();
        for words in ["m items", "two items", "mean absolute error", "number m of distinct items"] {
            assert!(svg.contains(&format!("aria-label=\"{words}\"")), "{words}");
        }
        assert!(curves(vec![curve("one point", 3)]).is_ok());
        assert_eq!(curves(vec![curve("none", 2)]), Err(FigureError::Empty));
        let zero = ErrorAt { m: 3, mean: 0.0, interval: None };
        assert!(curves(vec![ErrorCurve { label: String::new(), points: vec![zero] }]).is_ok());
    }

    #[test]
    fn every_answer_is_drawn_or_named() {
        let histogram = |times: &[(u64, u64)], unreadable| Histogram {
            title: "t".to_owned(),
            right: 3,
            times: times.iter().copied().collect(),
            unreadable,
            refused: 0,
        };
        let svg = histogram(&[(2, 20), (3, 14), (1_000_000, 2)], 1).figure().svg().unwrap();
        for words in ["right (3)", "wrong", "unreadable: 1", "larger: 2", "20", "14"] {
            assert!(svg.contains(&format!("aria-label=\"{words}\"")), "{words}");
        }
        assert!(!svg.contains("refused"));
        assert!(histogram(&[], 5).figure().svg().unwrap().contains("unreadable: 5"));
        assert_eq!(histogram(&[], 0).figure().svg(), Err(FigureError::Empty));
    }
}
