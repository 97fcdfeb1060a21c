//! Figures: laid out once, written as SVG, PNG or PDF, with the font that the program carries.
//!
//! For the eye only: floats here are drawn, never compared with anything that is decided. Values that have no place on an
//! axis (0 on a logarithmic one, or beyond the range of floats) are marked beside it.

mod all_inputs;
pub mod asked;
pub mod axis;
pub mod canvas;
pub mod chart;
mod data;
pub mod font;
mod lengths;
pub mod loss;
mod pdf;
mod png;
pub mod style;
mod svg;
pub mod text;
pub mod thresholds;

pub use png::DOTS_PER_INCH;

use super::growth::{Points, points};
use super::plot::{Column, Plot};
use super::width::Width;
use super::{Record, Value};
use axis::{Axis, Scale};
use chart::{Chart, HEIGHT, Layer, Line};
use std::path::Path;
use style::Style;

/// A figure that can be drawn.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    chart: Result<Chart, FigureError>,
    /// points
    width: f64,
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
    Pdf,
    /// the numbers, for pgfplots
    Data,
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
            Some("pdf") => Ok(Self::Pdf),
            Some("dat") => Ok(Self::Data),
            _ => Err(format!(
                "expected a file that ends in .svg, .png or .pdf, or .dat for its numbers, found {}",
                path.display()
            )),
        }
    }
}

impl From<Result<Chart, FigureError>> for Figure {
    fn from(chart: Result<Chart, FigureError>) -> Self {
        Self { chart, width: chart::COLUMN }
    }
}

impl Figure {
    /// The figure of a claim's records.
    #[must_use]
    pub fn of_records(records: &[Record], plot: &Plot) -> Self {
        of_records(records, plot).into()
    }

    /// What is drawn, for programs that draw it themselves.
    ///
    /// # Errors
    /// [`FigureError`] when there is nothing to draw.
    pub fn chart(&self) -> Result<&Chart, FigureError> {
        self.chart.as_ref().map_err(Clone::clone)
    }

    /// The figure as wide as this, in place of the 3.5 inches that it has otherwise.
    #[must_use]
    pub fn wide(self, width: Width) -> Self {
        Self { width: width.points(), ..self }
    }

    fn canvas(&self) -> Result<canvas::Canvas, FigureError> {
        self.chart()?.canvas(self.width)
    }

    /// The figure as an SVG document; all text is outlines.
    ///
    /// # Errors
    /// [`FigureError`] when there is nothing to draw.
    pub fn svg(&self) -> Result<String, FigureError> {
        Ok(svg::write(&self.canvas()?))
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
        png::write(&self.canvas()?, comment)
    }

    /// The figure as a PDF document of one page, its size; text is text.
    ///
    /// # Errors
    /// [`FigureError`] when there is nothing to draw.
    pub fn pdf(&self) -> Result<Vec<u8>, FigureError> {
        self.pdf_with("")
    }

    /// The PDF document with a comment in it, such as what made it.
    ///
    /// # Errors
    /// [`FigureError`] when there is nothing to draw.
    pub fn pdf_with(&self, comment: &str) -> Result<Vec<u8>, FigureError> {
        pdf::write(&self.canvas()?, comment)
    }

    /// What is drawn, as a table that pgfplots reads, with a comment such as what made it.
    ///
    /// # Errors
    /// [`FigureError`] when there is nothing to draw.
    pub fn data_with(&self, comment: &str) -> Result<String, FigureError> {
        data::write(self.chart()?, comment)
    }

    /// The figure in any of the formats.
    ///
    /// # Errors
    /// [`FigureError`] when there is nothing to draw.
    pub fn image(&self, format: ImageFormat) -> Result<Vec<u8>, FigureError> {
        match format {
            ImageFormat::Svg => self.svg().map(String::into_bytes),
            ImageFormat::Png => self.png(),
            ImageFormat::Pdf => self.pdf(),
            ImageFormat::Data => self.data_with("").map(String::into_bytes),
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
    // where the values are that have no place on the axis: marked beside it
    let mut below: Vec<Vec<f64>> = Vec::new();
    let (mut too_large, mut negative) = (false, false);
    for (_, _, group) in &mut groups {
        group.points.retain(|(x, _)| drawn(plot.x_scale, *x));
        group.beyond.retain(|x| drawn(plot.x_scale, *x));
        let outside = |large: bool| {
            let is = move |(_, y): &&(f64, f64)| !drawn(y_scale, *y) && (*y > 0.0) == large;
            group.points.iter().filter(is).map(|(x, _)| *x).collect::<Vec<f64>>()
        };
        let large = outside(true);
        too_large |= !large.is_empty() && group.beyond.is_empty();
        negative |= group.points.iter().any(|(_, y)| !drawn(y_scale, *y) && *y < 0.0);
        below.push(outside(false));
        group.beyond.extend(large);
        group.points.retain(|(_, y)| drawn(y_scale, *y));
    }
    let both = |pick: fn(&(f64, f64)) -> f64| {
        groups.iter().flat_map(move |(_, _, group)| group.points.iter().map(pick))
    };
    let beyond = || groups.iter().flat_map(|(_, _, group)| group.beyond.iter().copied());
    let outside = || beyond().chain(below.iter().flatten().copied());
    let x = Axis::over(plot.x_label, plot.x_scale, both(|p| p.0).chain(outside()))?;
    let unbounded = beyond().next().is_some();
    let any_below = below.iter().any(|places| !places.is_empty());
    // nothing but values without bound still has an axis
    let at_least_one = both(|p| p.1).next().is_none().then_some(1.0);
    let y = Axis::from_zero(plot.y_label, y_scale, both(|p| p.1).chain(at_least_one))?;
    let several = plot.columns.len() > 1;
    let single = plot
        .columns
        .iter()
        .all(|column| groups.iter().filter(|(_, other, _)| other.name == column.name).count() <= 1);
    // what all lines share tells none of them apart; sizes stay with the lines
    let shared: Vec<(&str, Value)> = match &groups[..] {
        [(_, _, first), _, ..] => {
            let has = |param: &(&'static str, Value)| {
                groups.iter().all(|(_, column, group)| column.fixed || group.params.contains(param))
            };
            let drawn = |(name, value): &(&'static str, Value)| {
                let random = ["bound", "budget", "seed", "models"];
                matches!(value, Value::Text(_)) || random.contains(name)
            };
            first.params.iter().filter(|param| drawn(param) && has(param)).cloned().collect()
        }
        _ => Vec::new(),
    };
    let word = |(name, value): &(&str, Value)| match value {
        Value::Text(text) => format!(" ({text})"),
        value => format!(" ({name} {value})"),
    };
    let words = shared.iter().map(word).collect::<String>();
    let mut seen: Vec<usize> = vec![0; plot.columns.len()];
    let mut layers = Vec::new();
    let outside: Vec<usize> = (0..groups.len())
        .filter(|&i| !groups[i].2.beyond.is_empty() || !below[i].is_empty())
        .collect();
    let apart = (22.0 / outside.len().max(1) as f64).min(5.5);
    for (i, ((quantity, column, group), below)) in groups.into_iter().zip(below).enumerate() {
        let setting = seen[quantity];
        seen[quantity] += 1;
        let style = match (several, single) {
            (true, false) => Style::of(quantity, setting),
            (true, true) => Style::nth(quantity),
            (false, _) => Style::nth(setting),
        };
        let style = if column.fixed { Style { mark: None, ..style } } else { style };
        let told = group.params.iter().filter(|param| !shared.contains(param));
        let setting: Vec<String> = told.map(|(name, value)| parameter(name, value)).collect();
        let symbol = if several { column.symbol } else { "" };
        let parts: Vec<&str> = std::iter::once(symbol)
            .chain(setting.iter().map(String::as_str))
            .filter(|part| !part.is_empty())
            .collect();
        let label = Some(parts.join(", ")).filter(|label| !label.is_empty());
        // marks beside the axis stand beside each other
        let shift = match outside.iter().position(|&other| other == i) {
            Some(at) => (at as f64 - (outside.len() as f64 - 1.0) / 2.0) * apart,
            None => 0.0,
        };
        let (points, beyond) = (group.points, group.beyond);
        layers.push(Layer::Line(Line { label, style, points, beyond, below, shift }));
    }
    let infinite = plot.columns.iter().any(|column| column.unbounded);
    let beyond = if too_large && !infinite { "> $10^{308}$" } else { "∞" };
    let below = if negative { "≤ 0" } else { "0" };
    Ok(Chart {
        title: plot.title.to_owned(),
        description: format!("{}{words}", plot.description),
        x,
        y,
        beyond: unbounded.then(|| beyond.to_owned()),
        below: any_below.then(|| below.to_owned()),
        layers,
        marks: plot.marks(),
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

#[cfg(test)]
mod tests {
    use super::super::phase::{Phase, Sources};
    use super::super::plot::PLOTS;
    use super::loss::{LossCurve, LossCurves};
    use super::text::missing;
    use super::thresholds::{Arm, Seed, Thresholded, Thresholds};
    use super::*;
    use crate::kernel::Verdict;
    use crate::verdict::Checked;
    use num_bigint::BigInt;

    /// Records of the `i`-th plot with these numbers in every column.
    fn records(plot: &Plot, points: &[(u64, BigInt)]) -> Vec<Record> {
        let record = |(x, y): &(u64, BigInt)| Record {
            claim: plot.claim.to_owned(),
            params: vec![(plot.x, Value::integer(*x)), ("epsilon", Value::text("1/2"))],
            verdict: Checked::assumed(Verdict::Verified),
            values: plot.columns.iter().map(|c| (c.name, Value::integer(y.clone()))).collect(),
            certificate: None,
            milliseconds: None,
            reason: None,
        };
        points.iter().map(record).collect()
    }

    fn figure(plot: &Plot, points: &[(u64, u64)]) -> Figure {
        let points: Vec<_> = points.iter().map(|&(x, y)| (x, BigInt::from(y))).collect();
        Figure::of_records(&records(plot, &points), plot)
    }

    #[test]
    fn every_range_of_values_is_drawn_within_the_picture() {
        let thousand: Vec<(u64, BigInt)> =
            (1..=1000).map(|n| (n, BigInt::from(n * n) + 3u32)).collect();
        let huge = BigInt::from(10u32).pow(30);
        let beyond_floats = BigInt::from(10u32).pow(400);
        let cases: [Vec<(u64, BigInt)>; 6] = [
            vec![(7, BigInt::from(5))],
            thousand,
            vec![(1, huge.clone()), (2, huge.clone() * 3u32)],
            (1..9).map(|n| (n, BigInt::from(42))).collect(),
            vec![(1, BigInt::from(0)), (2, BigInt::from(1)), (3, huge)],
            vec![(1, BigInt::from(2)), (2, beyond_floats)],
        ];
        for plot in &PLOTS {
            for points in &cases {
                let canvas = of_records(&records(plot, points), plot)
                    .unwrap()
                    .canvas(chart::COLUMN)
                    .unwrap();
                let inside = |(x, y): canvas::Point| {
                    (0.0..=canvas.width).contains(&x) && (0.0..=canvas.height).contains(&y)
                };
                for step in canvas.items.iter().flat_map(|item| item.drawn().steps) {
                    let at = match step {
                        canvas::Step::Move(p) | canvas::Step::Line(p) => p,
                        canvas::Step::Quad(_, p) | canvas::Step::Cubic(_, _, p) => p,
                        canvas::Step::Close => continue,
                    };
                    assert!(inside(at), "{}: {points:?}: {at:?}", plot.claim);
                }
            }
        }
    }

    #[test]
    fn nothing_to_draw_is_an_error() {
        for plot in &PLOTS {
            assert_eq!(figure(plot, &[]).svg(), Err(FigureError::Empty));
            assert_eq!(figure(plot, &[]).png(), Err(FigureError::Empty));
        }
    }

    #[test]
    fn no_value_vanishes() {
        let svg = figure(&PLOTS[0], &[(3, 0), (4, 5)]).svg().unwrap();
        assert!(svg.contains("aria-label=\"0\""));
        let only = figure(&PLOTS[0], &[(3, 0)]);
        assert!(only.svg().unwrap().contains("aria-label=\"0\""));
        assert!(only.data_with("").unwrap().contains("\n3 0"), "{}", only.data_with("").unwrap());
        let large = [(2, BigInt::from(7)), (3, BigInt::from(10u32).pow(400))];
        let svg = Figure::of_records(&records(&PLOTS[0], &large), &PLOTS[0]).svg().unwrap();
        assert!(svg.contains("aria-label=\"&gt; 10^308\""), "{svg}");
    }

    #[test]
    fn figures_are_as_wide_as_asked() {
        let narrow = figure(&PLOTS[0], &[(1, 1), (10, 100)]);
        let page = narrow.clone().wide(Width::PAGE).svg().unwrap();
        assert!(page.contains("width=\"486"), "{}", &page[..200]);
        let column = narrow.wide(Width::COLUMN).svg().unwrap();
        assert!(column.contains("width=\"234"), "{}", &column[..200]);
    }

    #[test]
    fn values_without_bound_stand_above_the_axis() {
        let plot = PLOTS.iter().find(|plot| plot.claim == "uniform-collision").unwrap();
        let mut some = records(plot, &[(3, 1.into()), (4, 9.into()), (5, 5.into())]);
        some[0].values[0].1 = Value::Null;
        assert!(Figure::of_records(&some, plot).svg().unwrap().contains("aria-label=\"∞\""));
        let only = &some[..1];
        assert!(Figure::of_records(only, plot).svg().unwrap().contains("aria-label=\"∞\""));
        assert!(!figure(plot, &[(3, 4)]).svg().unwrap().contains("aria-label=\"∞\""));
    }

    #[test]
    fn every_character_has_a_glyph() {
        for plot in &PLOTS {
            let symbols = plot.columns.iter().map(|column| column.symbol);
            for label in [plot.title, plot.x_label, plot.y_label].into_iter().chain(symbols) {
                assert_eq!(missing(label), [], "{label}");
            }
        }
        let seeds = [Seed::Fails(3), Seed::CountsUpTo(9), Seed::Collapsed(2)];
        let arms = vec![Arm {
            label: "well optimised".to_owned(),
            points: vec![Thresholded { d: 2, seeds: seeds.to_vec() }],
        }];
        let points = (1..40).map(|step| (step, 1.0 / step as f64)).collect();
        let curves = vec![LossCurve { label: "seed 0".to_owned(), points }];
        let sources = Sources { d: &[1, 2, 3], m: &[2, 3, 4, 5], n: 8, bound: 3, records: &[] };
        let mut phase = Phase::of(&sources);
        phase.trained.clone_from(&arms);
        let figures = [
            Thresholds { title: String::new(), arms }.figure(),
            LossCurves { title: String::new(), log_steps: true, curves }.figure(),
            phase.figure(),
            figure(&PLOTS[0], &[(1, 1), (1000, 1_000_000)]),
        ];
        for figure in figures {
            let canvas = figure.canvas().unwrap();
            for words in canvas.items.iter().filter_map(canvas::Item::words) {
                assert_eq!(missing(words), [], "{words}");
            }
        }
    }

    #[test]
    fn images_are_always_the_same_and_need_no_font() {
        let figure = figure(&PLOTS[0], &[(1, 1), (10, 100), (100, 10_000)]);
        let svg = figure.svg().unwrap();
        assert!(svg.starts_with("<svg") && svg.ends_with("</svg>\n"));
        assert!(svg.contains("<title>") && svg.contains("<desc>"));
        assert!(!svg.contains("<text") && !svg.contains("font"));
        assert_eq!(figure.svg().unwrap(), svg);
        assert_eq!(figure.png().unwrap(), figure.png().unwrap());
    }

    #[test]
    fn pictures_have_print_resolution_and_a_physical_size() {
        let bytes = figure(&PLOTS[0], &[(1, 1), (10, 100)]).png().unwrap();
        let mut reader = ::png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        // 3.5 inches at 300 dots each; 300 / 0.0254 dots a metre
        assert_eq!(reader.info().width, 1050);
        let size = reader.info().pixel_dims.unwrap();
        assert_eq!((size.xppu, size.yppu, size.unit), (11811, 11811, ::png::Unit::Meter));
        assert!(pixels.contains(&0) && pixels.contains(&255));
    }
}
