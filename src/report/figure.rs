//! Figures as SVG: lines and marks on logarithmic axes, told apart by shape so that grey is enough.
//!
//! For the eye only: floats here are drawn, never compared with anything that is decided.

use super::Record;
use super::growth::{exponent, points};
use super::plot::Plot;
use plotters::element::{Drawable, PointCollection};
use plotters::prelude::*;
use plotters_backend::{BackendCoord, DrawingErrorKind};

/// One line of a figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    pub label: String,
    /// positive, `x` ascending
    pub points: Vec<(f64, f64)>,
    /// which mark: one for each quantity
    pub shape: usize,
    /// which grey: one for each setting
    pub shade: usize,
}

/// Lines against one parameter, both axes logarithmic.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    pub x_label: String,
    pub y_label: String,
    pub series: Vec<Series>,
}

/// Why nothing is drawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FigureError {
    #[error("no positive values to draw")]
    Empty,
    #[error("the figure could not be drawn: {0}")]
    Backend(String),
}

const SIZE: (u32, u32) = (840, 600);
/// At most this many marks on a line.
const MARKS: usize = 9;

impl Figure {
    /// The figure of a claim's records; each label has the fitted growth.
    #[must_use]
    pub fn of_records(records: &[Record], plot: &Plot) -> Self {
        let mut series = Vec::new();
        for (shape, column) in plot.columns.iter().enumerate() {
            for (shade, (params, points)) in points(records, plot.x, column).into_iter().enumerate()
            {
                let points: Vec<_> =
                    points.into_iter().filter(|(x, y)| *x > 0.0 && *y > 0.0).collect();
                if points.is_empty() {
                    continue;
                }
                let symbol =
                    |name: &str| if name == "epsilon" { "ε".to_owned() } else { name.to_owned() };
                let params: Vec<String> = params
                    .iter()
                    .map(|(name, value)| format!(", {} = {value}", symbol(name)))
                    .collect();
                let fit = match exponent(&points) {
                    Some(exponent) if !column.fixed => format!("  ∼ {}^{exponent:.2}", plot.x),
                    _ => String::new(),
                };
                let label = format!("{}{}{fit}", column.symbol, params.concat());
                series.push(Series { label, points, shape, shade });
            }
        }
        Self { x_label: plot.x_label.to_owned(), y_label: plot.y_label.to_owned(), series }
    }

    /// The figure as an SVG document.
    ///
    /// # Errors
    /// [`FigureError`] when there is nothing to draw.
    pub fn svg(&self) -> Result<String, FigureError> {
        let mut text = String::new();
        self.draw(&mut text).map_err(|error| FigureError::Backend(error.to_string()))?;
        Ok(text)
    }

    fn draw(&self, text: &mut String) -> Result<(), Box<dyn std::error::Error>> {
        let all = || self.series.iter().flat_map(|series| &series.points);
        let span = |pick: fn(&(f64, f64)) -> f64| {
            let low = all().map(pick).fold(f64::INFINITY, f64::min);
            let high = all().map(pick).fold(0.0, f64::max);
            (low, high)
        };
        let ((x0, x1), (y0, y1)) = (span(|p| p.0), span(|p| p.1));
        let drawable = |x: f64| x.is_finite() && x > 0.0;
        if ![x0, x1, y0, y1].into_iter().all(drawable) {
            return Err(Box::new(FigureError::Empty));
        }
        let ((x0, x1), (y0, y1)) = (decade(x0 / 1.15, x1 * 1.15), decade(y0 / 1.5, y1 * 1.8));
        let root = SVGBackend::with_string(text, SIZE).into_drawing_area();
        root.fill(&WHITE)?;
        // a little air, so that marks are not cut
        let mut chart = ChartBuilder::on(&root)
            .margin(18)
            .x_label_area_size(54)
            .y_label_area_size(78)
            .build_cartesian_2d((x0..x1).log_scale(), (y0..y1).log_scale())?;
        let style = ("sans-serif", 16).into_font().color(&BLACK);
        chart
            .configure_mesh()
            .bold_line_style(RGBColor(225, 225, 225))
            .light_line_style(TRANSPARENT)
            .axis_style(BLACK)
            .x_desc(&*self.x_label)
            .y_desc(&*self.y_label)
            .x_label_formatter(&|x| tick(*x))
            .y_label_formatter(&|y| tick(*y))
            .label_style(style.clone())
            .axis_desc_style(("sans-serif", 18).into_font().color(&BLACK))
            .draw()?;
        for series in &self.series {
            let shade = [RGBColor(0, 0, 0), RGBColor(90, 90, 90), RGBColor(150, 150, 150)]
                [series.shade % 3];
            let line = shade.stroke_width(2);
            let shape = series.shape % 4;
            chart
                .draw_series(LineSeries::new(series.points.iter().copied(), line))?
                .label(&*series.label)
                .legend(move |(x, y)| Mark { shape, shade, at: (x + 17, y), line: 17 });
            let mark = |at| Mark { shape, shade, at, line: 0 };
            chart.draw_series(marks(&series.points).into_iter().map(mark))?;
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .legend_area_size(40)
            .margin(12)
            .background_style(WHITE.mix(0.9))
            .border_style(TRANSPARENT)
            .label_font(style)
            .draw()?;
        root.present()?;
        Ok(())
    }
}

/// The range, widened to powers of ten unless it holds two of them: an axis needs ticks.
fn decade(low: f64, high: f64) -> (f64, f64) {
    let (low_power, high_power) = (low.log10(), high.log10());
    if high_power.floor() - low_power.ceil() >= 1.0 {
        return (low, high);
    }
    let start = low_power.floor();
    (10f64.powf(start) * 0.999, 10f64.powf(high_power.ceil().max(start + 1.0)) * 1.001)
}

/// About [`MARKS`] of the points, evenly spread along the logarithm of `x`, the last one among them.
fn marks(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let (Some(first), Some(last)) = (points.first(), points.last()) else { return Vec::new() };
    let step = (last.0 / first.0).ln() / MARKS as f64;
    let mut next = f64::NEG_INFINITY;
    let mut found = Vec::new();
    for point in points {
        if point.0.ln() >= next {
            found.push(*point);
            next = point.0.ln() + step;
        }
    }
    if found.last() != Some(last) {
        found.push(*last);
    }
    found
}

/// A mark of one of four shapes, and in a legend the line through it.
struct Mark<C> {
    shape: usize,
    shade: RGBColor,
    at: C,
    /// half the length of the line, in pixels
    line: i32,
}

impl<'a, C: 'a> PointCollection<'a, C> for &'a Mark<C> {
    type Point = &'a C;
    type IntoIter = std::iter::Once<&'a C>;
    fn point_iter(self) -> Self::IntoIter {
        std::iter::once(&self.at)
    }
}

impl<C, B: DrawingBackend> Drawable<B> for Mark<C> {
    fn draw<I: Iterator<Item = BackendCoord>>(
        &self,
        mut points: I,
        backend: &mut B,
        _: (u32, u32),
    ) -> Result<(), DrawingErrorKind<B::ErrorType>> {
        const R: i32 = 5;
        let Some((x, y)) = points.next() else { return Ok(()) };
        let (ink, paper) = (self.shade.stroke_width(2), WHITE.filled());
        if self.line > 0 {
            backend.draw_line((x - self.line, y), (x + self.line, y), &ink)?;
        }
        match self.shape {
            0 => backend.draw_circle((x, y), R as u32, &self.shade.filled(), true),
            1 => {
                backend.draw_circle((x, y), R as u32, &paper, true)?;
                backend.draw_circle((x, y), R as u32, &ink, false)
            }
            2 => backend.draw_rect((x - R, y - R), (x + R, y + R), &self.shade.filled(), true),
            _ => {
                let corners = [(x, y - R - 1), (x - R - 1, y + R), (x + R + 1, y + R)];
                backend.fill_polygon(corners, &paper)?;
                let [a, b, c] = corners;
                backend.draw_path([a, b, c, a], &ink)
            }
        }
    }
}

/// `1`, `30`, `1000`, then `10⁴`, `10⁻²`.
fn tick(value: f64) -> String {
    let power = value.log10().round();
    let whole = (value - 10f64.powf(power)).abs() < value * 1e-9;
    if whole && !(0.0..4.0).contains(&power) {
        let digit = |c: char| match c {
            '-' => '⁻',
            '1' => '¹',
            '2' => '²',
            '3' => '³',
            other => char::from_u32('⁰' as u32 + other.to_digit(10).unwrap_or(0)).unwrap_or(other),
        };
        return format!("10{}", format!("{power}").chars().map(digit).collect::<String>());
    }
    format!("{}", (value * 1e6).round() / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn figure(points: Vec<(f64, f64)>) -> Figure {
        let series = vec![Series { label: "W".to_owned(), points, shape: 0, shade: 0 }];
        Figure { x_label: "n".to_owned(), y_label: "size".to_owned(), series }
    }

    #[test]
    fn figures_are_whole_documents_and_always_the_same() {
        let figure = figure((1..100).map(|n| (f64::from(n), f64::from(n * n))).collect());
        let svg = figure.svg().unwrap();
        assert!(svg.starts_with("<svg") && svg.trim_end().ends_with("</svg>"));
        assert!(svg.contains("size") && svg.contains("10⁴"));
        assert_eq!(figure.svg().unwrap(), svg);
    }

    #[test]
    fn nothing_to_draw_is_an_error_and_one_point_is_not() {
        assert!(figure(vec![]).svg().is_err());
        for (x, y) in [(3.0, 4.0), (1.0, 1.0), (10.0, 1e12), (0.02, 99.9)] {
            assert!(figure(vec![(x, y)]).svg().is_ok());
            assert!(figure(vec![(x, y), (x * 1.1, y * 1.2)]).svg().is_ok());
        }
    }

    #[test]
    fn ticks() {
        let shown = [1.0, 30.0, 1000.0, 1e4, 1e12, 0.01].map(tick);
        assert_eq!(shown, ["1", "30", "1000", "10⁴", "10¹²", "10⁻²"]);
    }
}
