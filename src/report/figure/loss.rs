//! Loss curves: how training goes, step by step, one line a run.

use super::axis::{Axis, Scale};
use super::chart::{Chart, HEIGHT, Layer, Line};
use super::style::Style;
use super::{Figure, FigureError};

/// Curves in one figure.
#[derive(Debug, Clone, PartialEq)]
pub struct LossCurves {
    pub title: String,
    /// steps on a logarithmic axis; step 0 is left out there
    pub log_steps: bool,
    /// in the order of the legend
    pub curves: Vec<LossCurve>,
}

/// One run.
#[derive(Debug, Clone, PartialEq)]
pub struct LossCurve {
    /// in the markup of [`super::text`]; an empty one stays out of the legend
    pub label: String,
    /// step and loss, ascending in the step; losses that are not positive numbers are gaps
    pub points: Vec<(u64, f64)>,
}

impl LossCurves {
    #[must_use]
    pub fn figure(&self) -> Figure {
        self.chart().into()
    }

    fn chart(&self) -> Result<Chart, FigureError> {
        let drawn = |(step, loss): &&(u64, f64)| {
            loss.is_finite() && *loss > 0.0 && (!self.log_steps || *step > 0)
        };
        let all = || self.curves.iter().flat_map(|curve| curve.points.iter().filter(drawn));
        let scale = if self.log_steps { Scale::Log } else { Scale::Linear };
        let mut layers = Vec::new();
        for (i, curve) in self.curves.iter().enumerate() {
            // a gap ends a line, so that nothing is drawn where training diverged
            let pieces = curve.points.split(|point| !drawn(&point));
            let mut label = Some(curve.label.clone()).filter(|label| !label.is_empty());
            for piece in pieces.filter(|piece| !piece.is_empty()) {
                let points: Vec<_> =
                    piece.iter().map(|&(step, loss)| (step as f64, loss)).collect();
                // many points are a line, not marks
                let mark = Style::nth(i).mark.filter(|_| points.len() <= MOST_MARKED);
                let style = Style { mark, ..Style::nth(i) };
                let (label, beyond, shift) = (label.take(), Vec::new(), 0.0);
                let below = Vec::new();
                layers.push(Layer::Line(Line { label, style, points, beyond, below, shift }));
            }
        }
        Ok(Chart {
            title: format!("Loss: {}", self.title),
            description: "Training loss by steps.".to_owned(),
            x: Axis::over("training steps", scale, all().map(|(step, _)| *step as f64))?,
            y: Axis::over("loss", Scale::Log, all().map(|(_, loss)| *loss))?,
            beyond: None,
            below: None,
            layers,
            marks: Vec::new(),
            height: HEIGHT,
        })
    }
}

/// A curve of more points is drawn without marks.
const MOST_MARKED: usize = 24;

#[cfg(test)]
mod tests {
    use super::*;

    fn curves(log_steps: bool, points: &[(u64, f64)]) -> LossCurves {
        let curve = LossCurve { label: "seed 0".to_owned(), points: points.to_vec() };
        LossCurves { title: "d = 8".to_owned(), log_steps, curves: vec![curve] }
    }

    #[test]
    fn gaps_end_lines_and_step_zero_has_no_logarithm() {
        let points = [(0, 4.0), (1, 2.0), (2, f64::NAN), (3, 1.0), (4, 0.5), (5, 0.0)];
        let lines = |log_steps| {
            let layers = curves(log_steps, &points).chart().unwrap().layers;
            let lengths = layers.iter().map(|layer| match layer {
                Layer::Line(line) => line.points.len(),
                _ => 0,
            });
            lengths.collect::<Vec<_>>()
        };
        assert_eq!(lines(false), [2, 2]);
        assert_eq!(lines(true), [1, 2]);
        let svg = curves(true, &points).figure().svg().unwrap();
        assert_eq!(svg.matches("aria-label=\"seed 0\"").count(), 1);
        for nothing in [&[][..], &[(1, f64::INFINITY)], &[(0, -1.0)]] {
            assert_eq!(curves(false, nothing).figure().svg(), Err(FigureError::Empty));
        }
    }
}
