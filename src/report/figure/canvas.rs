//! What a figure is made of once it is laid out: filled and stroked paths and labels, in points (1/72 inch) from the top left.
//!
//! The writers of SVG, PNG and PDF go through the same list, so the three are the same picture.

use super::text::Label;

/// `x` to the right, `y` down, in points.
pub type Point = (f64, f64);

/// A colour. Figures never rely on it alone: marks and dashes tell the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ink(pub u8, pub u8, pub u8);

pub const BLACK: Ink = Ink(0, 0, 0);
pub const WHITE: Ink = Ink(255, 255, 255);

/// A part of an outline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step {
    Move(Point),
    Line(Point),
    /// control point, end
    Quad(Point, Point),
    /// two control points, end
    Cubic(Point, Point, Point),
    Close,
}

/// How a line is drawn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stroke {
    pub ink: Ink,
    /// points
    pub width: f64,
    /// lengths of strokes and gaps in points, as many of one as of the other; empty for a solid line
    pub dash: &'static [f32],
}

/// An outline, filled, stroked or both.
#[derive(Debug, Clone, PartialEq)]
pub struct Shape {
    pub steps: Vec<Step>,
    pub fill: Option<Ink>,
    pub stroke: Option<Stroke>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    Shape(Shape),
    Label(Label),
}

/// A figure ready to be written.
#[derive(Debug, Clone, PartialEq)]
pub struct Canvas {
    /// points
    pub width: f64,
    /// points
    pub height: f64,
    pub title: String,
    pub description: String,
    /// in the order in which they are painted
    pub items: Vec<Item>,
}

impl Canvas {
    pub fn stroke(&mut self, points: &[Point], stroke: Stroke) {
        self.shape(polyline(points), None, Some(stroke));
    }

    pub fn fill(&mut self, steps: Vec<Step>, ink: Ink) {
        self.shape(steps, Some(ink), None);
    }

    pub fn outline(&mut self, steps: Vec<Step>, fill: Option<Ink>, stroke: Stroke) {
        self.shape(steps, fill, Some(stroke));
    }

    pub fn label(&mut self, label: Label) {
        self.items.push(Item::Label(label));
    }

    fn shape(&mut self, steps: Vec<Step>, fill: Option<Ink>, stroke: Option<Stroke>) {
        self.items.push(Item::Shape(Shape { steps, fill, stroke }));
    }
}

impl Item {
    /// What is filled or stroked to draw it.
    #[must_use]
    pub fn drawn(&self) -> Shape {
        match self {
            Self::Shape(shape) => shape.clone(),
            Self::Label(label) => {
                Shape { steps: label.outline(), fill: Some(label.ink), stroke: None }
            }
        }
    }

    /// What it says, for readers who cannot see it.
    #[must_use]
    pub fn words(&self) -> Option<&str> {
        match self {
            Self::Shape(_) => None,
            Self::Label(label) => Some(&label.words),
        }
    }
}

/// The open line through `points`.
#[must_use]
pub fn polyline(points: &[Point]) -> Vec<Step> {
    let step = |(i, &p): (usize, &Point)| if i == 0 { Step::Move(p) } else { Step::Line(p) };
    points.iter().enumerate().map(step).collect()
}

/// The closed line through `points`.
#[must_use]
pub fn polygon(points: &[Point]) -> Vec<Step> {
    let mut steps = polyline(points);
    steps.push(Step::Close);
    steps
}

#[must_use]
pub fn rectangle(left: f64, top: f64, right: f64, bottom: f64) -> Vec<Step> {
    polygon(&[(left, top), (right, top), (right, bottom), (left, bottom)])
}

/// A circle as four cubic arcs.
#[must_use]
pub fn circle((x, y): Point, r: f64) -> Vec<Step> {
    // the control length of a quarter circle
    let k = r * 0.552_284_75;
    vec![
        Step::Move((x + r, y)),
        Step::Cubic((x + r, y + k), (x + k, y + r), (x, y + r)),
        Step::Cubic((x - k, y + r), (x - r, y + k), (x - r, y)),
        Step::Cubic((x - r, y - k), (x - k, y - r), (x, y - r)),
        Step::Cubic((x + k, y - r), (x + r, y - k), (x + r, y)),
        Step::Close,
    ]
}
