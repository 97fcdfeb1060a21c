//! Thresholds: the vocabulary size `m_thr` at which something stops to count, against the dimension `d`, seed by seed.
//!
//! Drawn for each arm: the median over the seeds, a bar from the least to the largest, an arrow where a seed still counted at
//! the largest size that was tried, and a cross for every seed whose training collapsed or diverged. That is a failure of training
//! and no threshold, so it is part of neither the median nor the bar. Beside them the lines `m = d` and `m = d + 1`.

use super::axis::{Axis, Scale};
use super::canvas::Point;
use super::chart::{Chart, HEIGHT, Interval, Intervals, Layer, Line, Sample};
use super::style::Style;
use super::{Figure, FigureError};

/// Thresholds of several arms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thresholds {
    /// what is counted, and by what: `query count, trained`
    pub title: String,
    /// in the order of the legend
    pub arms: Vec<Arm>,
}

/// One way of training.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arm {
    /// in the markup of [`super::text`]
    pub label: String,
    /// ascending in `d`
    pub points: Vec<Thresholded>,
}

/// All seeds at one dimension.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thresholded {
    pub d: u64,
    pub seeds: Vec<Seed>,
}

/// What one seed reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seed {
    /// the first vocabulary size at which it does not count any more
    Fails(u64),
    /// it counts at every size tried; the largest of them
    CountsUpTo(u64),
    /// training collapsed or diverged, at this vocabulary size
    Collapsed(u64),
}

/// The seeds at one dimension, put together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// with an even number of seeds the mean of the middle two
    pub median: f64,
    /// the median is a lower bound only
    pub median_open: bool,
    pub low: u64,
    pub high: u64,
    /// some seed counts at every size tried
    pub open: bool,
}

impl Thresholded {
    /// Median and range of the seeds that did not collapse; `None` when all did.
    #[must_use]
    pub fn summary(&self) -> Option<Summary> {
        // a seed that still counts is above every seed that fails there
        let mut reached: Vec<(u64, bool)> = self
            .seeds
            .iter()
            .filter_map(|seed| match *seed {
                Seed::Fails(m) => Some((m, false)),
                Seed::CountsUpTo(m) => Some((m, true)),
                Seed::Collapsed(_) => None,
            })
            .collect();
        reached.sort_unstable();
        let (first, last) = (reached.first()?, reached.last()?);
        let half = reached.len() / 2;
        let middle =
            if reached.len() % 2 == 1 { &reached[half..=half] } else { &reached[half - 1..=half] };
        Some(Summary {
            median: middle.iter().map(|(m, _)| *m as f64).sum::<f64>() / middle.len() as f64,
            median_open: middle.iter().any(|(_, open)| *open),
            low: first.0,
            high: last.0,
            open: reached.iter().any(|(_, open)| *open),
        })
    }

    /// The sizes at which seeds collapsed, each once.
    #[must_use]
    pub fn collapses(&self) -> Vec<u64> {
        let mut sizes: Vec<u64> = self
            .seeds
            .iter()
            .filter_map(|seed| match *seed {
                Seed::Collapsed(m) => Some(m),
                _ => None,
            })
            .collect();
        sizes.sort_unstable();
        sizes.dedup();
        sizes
    }

    pub(in crate::report) fn interval(&self) -> Interval {
        let summary = self.summary();
        Interval {
            x: self.d as f64,
            range: summary.map(|s| (s.low as f64, s.high as f64)),
            middle: summary.map(|s| s.median),
            open: summary.is_some_and(|s| s.open),
            middle_open: summary.is_some_and(|s| s.median_open),
            failures: self.collapses().into_iter().map(|m| m as f64).collect(),
        }
    }
}

/// The bars of several arms, beside each other, and what stands in the legend about them.
///
/// `open` says what an arrow means; `edged` is for a dark ground.
pub(in crate::report) fn layers(arms: &[Arm], open: &str, edged: bool) -> Vec<Layer> {
    let count = arms.len() as f64;
    let mut layers: Vec<Layer> = Vec::new();
    for (i, arm) in arms.iter().enumerate() {
        let bars: Vec<Interval> = arm.points.iter().map(Thresholded::interval).collect();
        let shift = (i as f64 - (count - 1.0) / 2.0) * 5.0;
        let label = Some(arm.label.clone());
        // hollow marks are medians that are lower bounds
        let style = Style { open: false, ..Style::nth(i) };
        layers.push(Layer::Intervals(Intervals { label, style, bars, edged, shift }));
    }
    let any = |pick: fn(&Thresholded) -> bool| arms.iter().flat_map(|arm| &arm.points).any(pick);
    if any(|point| point.summary().is_some_and(|summary| summary.open)) {
        layers.push(Layer::Note(Sample::Arrow, open.to_owned()));
    }
    if any(|point| !point.collapses().is_empty()) {
        layers.push(Layer::Note(Sample::Failure, "training failed".to_owned()));
    }
    layers
}

impl Thresholds {
    #[must_use]
    pub fn figure(&self) -> Figure {
        self.chart().into()
    }

    fn chart(&self) -> Result<Chart, FigureError> {
        let points = || self.arms.iter().flat_map(|arm| &arm.points);
        let dimensions: Vec<f64> = points().map(|point| point.d as f64).collect();
        let x = Axis::over("embedding dimension $d$", Scale::Linear, dimensions.iter().copied())?
            .with_ticks_at(&dimensions);
        let values = points().map(Thresholded::interval).flat_map(|bar| {
            let range = bar.range.map(|(low, high)| [low, high]);
            range.into_iter().flatten().chain(bar.failures)
        });
        // the lines belong to the figure where there is something to compare with them
        let lines = dimensions.iter().flat_map(|&d| [d, d + 1.0]);
        let y = Axis::from_zero("threshold $m_{thr}(d)$", Scale::Linear, values.chain(lines))?;
        let y = y.with_room_above(0.08);
        let (low, high) = dimensions
            .iter()
            .fold((f64::INFINITY, 0.0f64), |(low, high), &d| (low.min(d), high.max(d)));
        // of a single dimension the lines come from the left, and stay within the frame
        let from = if low < high { low } else { x.range().0.max(0.0) };
        let to = high;
        let mut layers: Vec<Layer> = [("$m = d$", 0.0), ("$m = d + 1$", 1.0)]
            .iter()
            .enumerate()
            .map(|(i, &(label, above))| {
                let points: Vec<Point> = vec![(from, from + above), (to, to + above)];
                let (label, style) = (Some(label.to_owned()), Style::reference(2 - i));
                Layer::Line(Line {
                    label,
                    style,
                    points,
                    beyond: Vec::new(),
                    below: Vec::new(),
                    shift: 0.0,
                })
            })
            .collect();
        layers.extend(self::layers(&self.arms, "counts at all $m$ tried", false));
        Ok(Chart {
            title: format!("Thresholds: {}", self.title),
            description: "Median over seeds with bars from least to largest.".to_owned(),
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

    fn point(seeds: &[Seed]) -> Thresholded {
        Thresholded { d: 4, seeds: seeds.to_vec() }
    }

    #[test]
    fn medians_and_ranges() {
        use Seed::{Collapsed, CountsUpTo, Fails};
        let summary = point(&[Fails(6), Fails(4), Fails(9)]).summary().unwrap();
        assert_eq!((summary.median, summary.low, summary.high), (6.0, 4, 9));
        assert!(!summary.open && !summary.median_open);
        let summary = point(&[Fails(6), CountsUpTo(6), Fails(4), Collapsed(2)]).summary().unwrap();
        assert_eq!((summary.median, summary.low, summary.high), (6.0, 4, 6));
        assert!(summary.open && !summary.median_open);
        let summary = point(&[Fails(3), CountsUpTo(8)]).summary().unwrap();
        assert_eq!((summary.median, summary.median_open), (5.5, true));
        let collapsed = point(&[Collapsed(2), Collapsed(5), Collapsed(2)]);
        assert_eq!(collapsed.summary(), None);
        assert_eq!(collapsed.collapses(), [2, 5]);
        assert_eq!(point(&[]).summary(), None);
    }

    #[test]
    fn arrows_and_crosses_are_explained_where_they_occur() {
        let figure = |seeds: &[Seed]| {
            let arms = vec![Arm { label: "faithful".to_owned(), points: vec![point(seeds)] }];
            Thresholds { title: "query count".to_owned(), arms }.figure().svg().unwrap()
        };
        let svg = figure(&[Seed::Fails(3), Seed::Fails(5)]);
        for words in ["faithful", "m = d + 1", "threshold m_thr(d)", "embedding dimension d"] {
            assert!(svg.contains(&format!("aria-label=\"{words}\"")), "{words}");
        }
        assert!(!svg.contains("failed\"") && !svg.contains("all m tried\""));
        assert!(figure(&[Seed::CountsUpTo(3)]).contains("counts at all m tried\""));
        assert!(figure(&[Seed::Collapsed(3)]).contains("training failed\""));
        let empty = Thresholds { title: String::new(), arms: Vec::new() };
        assert_eq!(empty.figure().svg(), Err(FigureError::Empty));
    }
}
