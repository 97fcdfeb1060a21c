//! A chart: two axes, what is drawn between them, and a legend above, where it hides nothing.

mod labels;
mod legend;
mod places;

use super::FigureError;
use super::axis::Axis;
use super::canvas::{BLACK, Canvas, Ink, Point, Stroke, WHITE, rectangle};
use super::style::{ARROW, Mark, Style, arrow};
use super::text::{Anchor, Text, without_markup};
use legend::Legend;

/// The width of a journal's column, in points (3.5 inches).
pub const COLUMN: f64 = 252.0;
/// Font sizes, in points.
const LABEL: f64 = 8.5;
const SMALL: f64 = 7.5;
/// Height of the part between the axes.
pub const HEIGHT: f64 = 150.0;
/// Height of the part above the upper end of `y`, where one is needed.
const BEYOND: f64 = 14.0;
const AXIS: Stroke = Stroke { ink: BLACK, width: 0.6, dash: &[] };
/// At most about this many marks on a line.
const MARKS: f64 = 14.0;

#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    pub title: String,
    /// what the figure shows, beside the axes and the legend, in words
    pub description: String,
    pub x: Axis,
    pub y: Axis,
    /// what stands at the axis above the upper end of `y`, for values that no number bounds
    pub beyond: Option<String>,
    /// what stands below its lower end, for values that have no place on it, such as 0 where it is logarithmic
    pub below: Option<String>,
    pub layers: Vec<Layer>,
    /// places of an axis that have a name; those beyond its range are left out
    pub marks: Vec<Place>,
    /// points between the axes, upwards
    pub height: f64,
}

/// A light line across the figure, with its name at the end away from the axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    pub side: Side,
    pub at: f64,
    pub name: String,
}

/// Which axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    X,
    Y,
}

/// Drawn in this order, the last one on top.
#[derive(Debug, Clone, PartialEq)]
pub enum Layer {
    Line(Line),
    Intervals(Intervals),
    Cells(Cells),
    /// stands in the legend only
    Note(Sample, String),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// none keeps it out of the legend
    pub label: Option<String>,
    pub style: Style,
    /// `x` ascending
    pub points: Vec<Point>,
    /// where the value is beyond every number
    pub beyond: Vec<f64>,
    /// where it is below the axis
    pub below: Vec<f64>,
    /// shifts the marks beyond and below, so that they do not cover each other; points
    pub shift: f64,
}

/// Medians with ranges.
#[derive(Debug, Clone, PartialEq)]
pub struct Intervals {
    pub label: Option<String>,
    pub style: Style,
    pub bars: Vec<Interval>,
    /// lines have a white edge, so that they are seen on dark cells
    pub edged: bool,
    /// to the right, so that bars of several arms do not cover each other; points
    pub shift: f64,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Interval {
    pub x: f64,
    /// none when nothing was measured but failures
    pub range: Option<(f64, f64)>,
    pub middle: Option<f64>,
    /// the range goes on upwards
    pub open: bool,
    /// the middle is only a lower bound: its mark is hollow
    pub middle_open: bool,
    /// failures, crossed
    pub failures: Vec<f64>,
}

/// Rectangles in the units of the axes.
#[derive(Debug, Clone, PartialEq)]
pub struct Cells {
    pub label: Option<String>,
    pub fill: Ink,
    pub cells: Vec<CellBox>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct CellBox {
    pub x: (f64, f64),
    pub y: (f64, f64),
    pub text: String,
    /// something is drawn over its middle, beside which its words stand
    pub covered: bool,
}

/// What stands before the words of a legend.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Sample {
    Line(Style),
    Box(Ink),
    Arrow,
    Failure,
    Nothing,
}

/// The part of the canvas between the axes.
struct Frame<'a> {
    chart: &'a Chart,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
    /// where the first axis is drawn
    floor: f64,
}

impl Frame<'_> {
    fn x(&self, value: f64) -> f64 {
        self.left + self.chart.x.place(value) * (self.right - self.left)
    }
    fn y(&self, value: f64) -> f64 {
        self.bottom - self.chart.y.place(value) * (self.bottom - self.top)
    }
    fn at(&self, (x, y): Point) -> Point {
        (self.x(x), self.y(y))
    }
}

impl Chart {
    /// The figure, `width` points wide.
    ///
    /// # Errors
    /// [`FigureError::Empty`] when there is nothing to draw.
    pub fn canvas(&self, width: f64) -> Result<Canvas, FigureError> {
        if self.layers.is_empty() {
            return Err(FigureError::Empty);
        }
        let text = |markup: &str| Text::new(markup, SMALL);
        let layers = labels::merged(&self.layers);
        let [named_x, named_y] = [Side::X, Side::Y].map(|side| places::shown(self, side));
        // names of lines and of places would cover each other
        let direct = named_y.is_empty() && labels::are_direct(&layers, self.height);
        let legend = match direct {
            true => Legend::default(),
            false => Legend::of(&layers, width),
        };
        // a broad figure is not quite as high as it is broad
        let height = self.height * (width / COLUMN).sqrt();

        let y_ticks = self.y.ticks((height / 24.0) as usize);
        let widest = |texts: &mut dyn Iterator<Item = f64>| texts.fold(0.0, f64::max);
        let [beyond, below] = [&self.beyond, &self.below].map(|words| words.as_deref().map(text));
        let labels = y_ticks.iter().filter_map(|tick| tick.label.as_deref());
        let widths = labels.map(|label| text(label).width());
        let outside = beyond.iter().chain(&below).map(Text::width);
        let labels_width = widest(&mut widths.chain(outside));
        let left = 4.0 + LABEL + 5.0 + labels_width + 6.0;
        let margin = if direct { labels::room(&layers, width) } else { 8.0 };
        let margin = margin.max(places::room(&named_y));
        let x_ticks = self.x.ticks(((width - left - margin) / 34.0) as usize);
        // the last number may stand out to the right of the frame
        let overhang = x_ticks.last().and_then(|tick| tick.label.as_deref()).map_or(0.0, |label| {
            text(label).width() / 2.0
                - (1.0 - self.x.place(x_ticks.last().map_or(0.0, |tick| tick.at)))
                    * (width - left - margin)
        });
        let right = width - margin.max(overhang + 2.0);
        let outside = if beyond.is_some() { BEYOND } else { 0.0 };
        let top = 6.0 + legend.height() + places::room(&named_x) + outside;
        let bottom = top + height;
        let floor = bottom + if below.is_some() { BEYOND } else { 0.0 };
        let frame = Frame { chart: self, left, right, top, bottom, floor };

        let mut canvas = Canvas {
            width,
            height: floor + 30.0,
            title: without_markup(&self.title),
            description: self.words(),
            items: Vec::new(),
        };
        legend.draw(&mut canvas);
        places::draw(&mut canvas, &frame, &named_x, &named_y);
        for layer in &layers {
            match layer {
                Layer::Line(line) => draw_line(&mut canvas, &frame, line),
                Layer::Intervals(intervals) => draw_intervals(&mut canvas, &frame, intervals),
                Layer::Cells(cells) => draw_cells(&mut canvas, &frame, cells),
                Layer::Note(..) => {}
            }
        }
        if direct {
            labels::draw(&mut canvas, &frame, &layers);
        }
        match &below {
            None => canvas.stroke(&[(left, top), (left, bottom), (right, bottom)], AXIS),
            // a gap tells that what stands below has no place on the axis
            Some(label) => {
                canvas.stroke(&[(left, top), (left, bottom)], AXIS);
                canvas.stroke(&[(left, bottom + 3.0), (left, floor), (right, floor)], AXIS);
                let y = floor - BEYOND / 2.0;
                canvas.stroke(&[(left - 3.0, y), (left, y)], AXIS);
                canvas.label(label.at((left - 5.0, y), Anchor::End));
            }
        }
        for tick in &x_ticks {
            let x = frame.x(tick.at);
            let length = if tick.label.is_some() { 3.0 } else { 1.8 };
            canvas.stroke(&[(x, floor), (x, floor + length)], AXIS);
            if let Some(label) = &tick.label {
                canvas.label(text(label).at((x, floor + 8.5), Anchor::Middle));
            }
        }
        for tick in &y_ticks {
            let y = frame.y(tick.at);
            let length = if tick.label.is_some() { 3.0 } else { 1.8 };
            canvas.stroke(&[(left - length, y), (left, y)], AXIS);
            if let Some(label) = &tick.label {
                canvas.label(text(label).at((left - 5.0, y), Anchor::End));
            }
        }
        if let Some(label) = beyond {
            let y = top - BEYOND / 2.0;
            canvas.stroke(&[(left, top - BEYOND + 2.0), (left, top - 3.0)], AXIS);
            canvas.stroke(&[(left - 3.0, y), (left, y)], AXIS);
            canvas.label(label.at((left - 5.0, y), Anchor::End));
        }
        let middle = (left + right) / 2.0;
        let x_label = Text::new(&self.x.label, LABEL);
        canvas.label(x_label.at((middle, floor + 21.5), Anchor::Middle));
        let y_label = Text::new(&self.y.label, LABEL);
        let middle = (top + bottom) / 2.0;
        canvas.label(y_label.upwards((4.0 + LABEL / 2.0, middle), Anchor::Middle));
        Ok(canvas)
    }

    /// The places that have names: `bf16 8, fp16 11`.
    #[must_use]
    pub fn names(&self) -> String {
        places::words(self)
    }

    /// What the figure shows, for readers who cannot see it.
    fn words(&self) -> String {
        let legend = self.layers.iter().filter_map(Layer::label).map(without_markup);
        let (x, y) = (without_markup(&self.x.label), without_markup(&self.y.label));
        let legend: Vec<String> = legend.collect();
        let shown =
            if legend.is_empty() { String::new() } else { format!(": {}", legend.join("; ")) };
        let named = self.names();
        let named = if named.is_empty() { named } else { format!(" Marked: {named}.") };
        let description = without_markup(&self.description);
        format!("{description} {y} against {x}{shown}.{named}").trim().to_owned()
    }
}

impl Layer {
    fn label(&self) -> Option<&str> {
        match self {
            Self::Line(line) => line.label.as_deref(),
            Self::Intervals(intervals) => intervals.label.as_deref(),
            Self::Cells(cells) => cells.label.as_deref(),
            Self::Note(_, label) => Some(label),
        }
    }
}

fn draw_line(canvas: &mut Canvas, frame: &Frame<'_>, line: &Line) {
    let places: Vec<Point> = line.points.iter().map(|&point| frame.at(point)).collect();
    if places.len() > 1 {
        canvas.stroke(&places, line.style.stroke());
    }
    let step = (frame.right - frame.left) / MARKS;
    for at in thinned(&places, step) {
        line.style.mark(canvas, at);
    }
    // beside each other, and right of the axis
    let beside = |x: f64| (frame.x(x) + line.shift).max(frame.left + 4.0);
    for &x in &line.beyond {
        line.style.mark(canvas, (beside(x), frame.top - BEYOND / 2.0));
    }
    for &x in &line.below {
        line.style.mark(canvas, (beside(x), frame.floor - BEYOND / 2.0));
    }
}

/// Points at least `step` apart, the first and the last among them; all of them when they are few.
fn thinned(places: &[Point], step: f64) -> Vec<Point> {
    let (Some(_), Some(last)) = (places.first(), places.last()) else { return Vec::new() };
    if places.len() as f64 <= MARKS {
        return places.to_vec();
    }
    let mut found: Vec<Point> = Vec::new();
    for place in places {
        if found.last().is_none_or(|before| place.0 - before.0 >= step) {
            found.push(*place);
        }
    }
    if found.last() != Some(last) {
        if found.len() > 1 {
            found.pop();
        }
        found.push(*last);
    }
    found
}

fn draw_intervals(canvas: &mut Canvas, frame: &Frame<'_>, intervals: &Intervals) {
    let style = &intervals.style;
    let middles: Vec<Point> = intervals
        .bars
        .iter()
        .filter_map(|bar| Some((frame.x(bar.x) + intervals.shift, frame.y(bar.middle?))))
        .collect();
    let edge = |canvas: &mut Canvas, points: &[Point]| {
        if intervals.edged {
            canvas.stroke(points, Stroke { ink: WHITE, width: style.width + 1.6, dash: &[] });
        }
    };
    // over cells a line would hide what they say
    if middles.len() > 1 && !intervals.edged {
        canvas.stroke(&middles, Stroke { width: 0.7, ..style.stroke() });
    }
    for bar in &intervals.bars {
        let x = frame.x(bar.x) + intervals.shift;
        if let Some((low, high)) = bar.range {
            let (low, high) = (frame.y(low), frame.y(high));
            edge(canvas, &[(x, low), (x, if bar.open { high - ARROW } else { high })]);
            canvas.stroke(&[(x, low), (x, high)], style.solid());
            let cap = 2.0;
            canvas.stroke(&[(x - cap, low), (x + cap, low)], style.solid());
            if bar.open {
                arrow(canvas, (x, high), style.ink);
            } else {
                canvas.stroke(&[(x - cap, high), (x + cap, high)], style.solid());
            }
        }
        if let Some(middle) = bar.middle {
            let style = Style { open: bar.middle_open, ..*style };
            style.mark(canvas, (x, frame.y(middle)));
        }
        for &failure in &bar.failures {
            // beside the bar, which may be at the same place
            Mark::Cross.draw(canvas, (x + 5.0, frame.y(failure)), style.ink, false);
        }
    }
}

fn draw_cells(canvas: &mut Canvas, frame: &Frame<'_>, cells: &Cells) {
    let Ink(red, green, blue) = cells.fill;
    let dark = u32::from(red) * 2 + u32::from(green) * 5 + u32::from(blue) < 8 * 128;
    let ink = if dark { WHITE } else { BLACK };
    for cell in &cells.cells {
        let (left, bottom) = frame.at((cell.x.0, cell.y.0));
        let (right, top) = frame.at((cell.x.1, cell.y.1));
        let edge = Stroke { ink: Ink(255, 255, 255), width: 0.5, dash: &[] };
        canvas.outline(rectangle(left, top, right, bottom), Some(cells.fill), edge);
        if cell.text.is_empty() {
            continue;
        }
        // as large as fits, and not drawn where it could not be read
        let room = if cell.covered { (right - left) / 2.0 - 4.0 } else { right - left - 2.0 };
        let text = Text::new(&cell.text, SMALL);
        let size = (SMALL * room / text.width()).min(SMALL - 1.0).min((bottom - top) * 0.85);
        if size >= 3.5 {
            let text = Text::new(&cell.text, size);
            let (x, anchor) = match cell.covered {
                true => (left + 2.0, Anchor::Start),
                false => ((left + right) / 2.0, Anchor::Middle),
            };
            canvas.label(text.inked((x, (top + bottom) / 2.0), anchor, ink));
        }
    }
}
