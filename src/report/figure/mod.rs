//! Figures: laid out once, written as SVG or PNG, with the font that the program carries.
//!
//! For the eye only: floats here are drawn, never compared with anything that is decided. Values that have no place on an
//! axis (not positive on a logarithmic one, or beyond the range of floats) are left out.

pub mod axis;
pub mod canvas;
pub mod chart;
pub mod loss;
mod png;
pub mod style;
mod svg;
pub mod text;
pub mod thresholds;

pub use png::DOTS_PER_INCH;

use super::growth::{Points, exponent, points};
use super::plot::{Column, Plot};
use super::{Record, Value};
use axis::{Axis, Scale};
use chart::{Chart, HEIGHT, Layer, Line};
use std::path::Path;
use style::Style;

/// A figure that can be drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    chart: Result<Chart, FigureError>,
}

/// Why nothing is drawn.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FigureError {
    #[error("there are no values to draw")]
    Empty,
    #[error("the figure could not be drawn: {0}")]
    Backend(String),
}

/// What a figure is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImageFormat {
    Svg,
    Png,
}

impl ImageFormat {
    /// By the ending of a file's name.
    ///
    /// # Errors
    /// What was expected, for any other ending.
    pub fn of(path: &Path) -> Result<Self, String> {
        match path.extension().and_then(|extension| extension.to_str()) {
            Some("svg") => Ok(Self::Svg),
            Some("png") => Ok(Self::Png),
            _ => {
                Err(format!("expected a file that ends in .svg or .png, found {}", path.display()))
            }
        }
    }
}

impl From<Result<Chart, FigureError>> for Figure {
    fn from(chart: Result<Chart, FigureError>) -> Self {
        Self { chart }
    }
}

impl Figure {
    /// The figure of a claim's records; each label has the fitted growth where both axes are logarithmic.
    #[must_use]
    pub fn of_records(records: &[Record], plot: &Plot) -> Self {
        of_records(records, plot).into()
    }

    /// The figure as an SVG document; all text is outlines.
    ///
    /// # Errors
    /// [`FigureError`] when there is nothing to draw.
    pub fn svg(&self) -> Result<String, FigureError> {
        Ok(svg::write(&self.chart.clone()?.canvas()?))
    }

    /// The figure as a PNG file of [`DOTS_PER_INCH`].
    ///
    /// # Errors
    /// [`FigureError`] when there is nothing to draw.
    pub fn png(&self) -> Result<Vec<u8>, FigureError> {
        self.png_with("")
    }

    /// The PNG file with a comment in it, such as what made it.
    ///
    /// # Errors
    /// [`FigureError`] when there is nothing to draw.
    pub fn png_with(&self, comment: &str) -> Result<Vec<u8>, FigureError> {
        png::write(&self.chart.clone()?.canvas()?, comment)
    }

    /// The figure in either format.
    ///
    /// # Errors
    /// [`FigureError`] when there is nothing to draw.
    pub fn image(&self, format: ImageFormat) -> Result<Vec<u8>, FigureError> {
        match format {
            ImageFormat::Svg => self.svg().map(String::into_bytes),
            ImageFormat::Png => self.png(),
        }
    }
}

/// The widest range of values for which equal steps are drawn as equal lengths.
const LINEAR_UP_TO: f64 = 12.0;

fn of_records(records: &[Record], plot: &Plot) -> Result<Chart, FigureError> {
    let drawn =
        |scale: Scale, value: f64| value.is_finite() && (scale == Scale::Linear || value > 0.0);
    let mut groups: Vec<(usize, &Column, Points)> = Vec::new();
    for (quantity, column) in plot.columns.iter().enumerate() {
        for group in points(records, plot.x, column) {
            groups.push((quantity, column, group));
        }
    }
    let values = || groups.iter().flat_map(|(_, _, group)| group.points.iter().map(|p| p.1));
    let y_scale = plot.y_scale.unwrap_or_else(|| {
        let low = values().filter(|y| *y > 0.0).fold(f64::INFINITY, f64::min);
        let high = values().fold(0.0, f64::max);
        if high > low * LINEAR_UP_TO { Scale::Log } else { Scale::Linear }
    });
    for (_, _, group) in &mut groups {
        group.points.retain(|(x, y)| drawn(plot.x_scale, *x) && drawn(y_scale, *y));
        group.beyond.retain(|x| drawn(plot.x_scale, *x));
    }
    groups.retain(|(_, _, group)| !group.points.is_empty() || !group.beyond.is_empty());
    let both = |pick: fn(&(f64, f64)) -> f64| {
        groups.iter().flat_map(move |(_, _, group)| group.points.iter().map(pick))
    };
    let beyond = || groups.iter().flat_map(|(_, _, group)| group.beyond.iter().copied());
    let x = Axis::over(plot.x_label, plot.x_scale, both(|p| p.0).chain(beyond()))?;
    let unbounded = beyond().next().is_some();
    // nothing but values without bound still has an axis
    let at_least_one = both(|p| p.1).next().is_none().then_some(1.0);
    let y = Axis::over(plot.y_label, y_scale, both(|p| p.1).chain(at_least_one))?;
    let several = plot.columns.len() > 1;
    let settings = groups.len() as f64;
    let mut seen: Vec<usize> = vec![0; plot.columns.len()];
    let mut layers = Vec::new();
    for (i, (quantity, column, group)) in groups.into_iter().enumerate() {
        let setting = seen[quantity];
        seen[quantity] += 1;
        let style = if several { Style::of(quantity, setting) } else { Style::nth(setting) };
        let style = if column.fixed { Style { mark: None, ..style } } else { style };
        let setting: Vec<String> =
            group.params.iter().map(|(name, value)| parameter(name, value)).collect();
        let logarithms = plot.x_scale == Scale::Log && y_scale == Scale::Log;
        let fit = match exponent(&group.points) {
            Some(exponent) if !column.fixed && logarithms && plot.fitted => {
                format!("  $~ {}^{{{exponent:.2}}}$", plot.x)
            }
            _ => String::new(),
        };
        let symbol = if several { column.symbol } else { "" };
        let parts: Vec<&str> = std::iter::once(symbol)
            .chain(setting.iter().map(String::as_str))
            .filter(|part| !part.is_empty())
            .collect();
        let label = format!("{}{fit}", parts.join(", "));
        let label = Some(label).filter(|label| !label.is_empty());
        let shift = (i as f64 - (settings - 1.0) / 2.0) * 5.5;
        let (points, beyond) = (group.points, group.beyond);
        layers.push(Layer::Line(Line { label, style, points, beyond, shift }));
    }
    Ok(Chart {
        title: plot.title.to_owned(),
        description: plot.description.to_owned(),
        x,
        y,
        beyond: unbounded.then(|| "∞".to_owned()),
        layers,
        height: HEIGHT,
    })
}

/// `$d$ = 3`, `$ε$ = 1/2`, `random`.
fn parameter(name: &str, value: &Value) -> String {
    match (name, value) {
        ("epsilon", value) => format!("$ε$ = {value}"),
        ("bound", value) => format!("$B$ = {value}"),
        ("n" | "m" | "d", value) => format!("${name}$ = {value}"),
        (_, Value::Text(text)) => text.clone(),
        (name, value) => format!("{name} = {value}"),
    }
}
