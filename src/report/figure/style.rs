//! How series are told apart: by dash and mark first, by ink besides. Every pair differs in grey as well.

use super::canvas::{Canvas, Ink, Point, Stroke, WHITE, circle, polygon, polyline};

/// Distinct for readers with any colour vision (after Okabe and Ito).
const INKS: [Ink; 6] = [
    Ink(0, 0, 0),
    Ink(0, 114, 178),
    Ink(204, 78, 0),
    Ink(0, 140, 100),
    Ink(150, 70, 130),
    Ink(110, 110, 110),
];

const DASHES: [&[f32]; 4] = [&[], &[4.5, 2.0], &[1.2, 1.5], &[5.5, 1.6, 1.2, 1.6]];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    Circle,
    Square,
    Triangle,
    Diamond,
    Pennant,
    Cross,
}

const MARKS: [Mark; 5] = [Mark::Circle, Mark::Square, Mark::Triangle, Mark::Diamond, Mark::Pennant];

/// Half the size of a mark, in points.
const R: f64 = 2.3;

/// A line and its marks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Style {
    pub ink: Ink,
    pub dash: &'static [f32],
    /// points
    pub width: f64,
    pub mark: Option<Mark>,
    /// marks are drawn hollow
    pub open: bool,
}

impl Style {
    /// The style of the `i`-th of several series of equal rank.
    #[must_use]
    pub fn nth(i: usize) -> Self {
        Self::of(i, i)
    }

    /// A style for a quantity (ink and mark) in a setting (dash, full or hollow marks), of which eight differ.
    #[must_use]
    pub fn of(quantity: usize, setting: usize) -> Self {
        Self {
            ink: INKS[quantity % INKS.len()],
            dash: DASHES[setting % DASHES.len()],
            width: 1.0,
            mark: Some(MARKS[quantity % MARKS.len()]),
            open: (setting + setting / DASHES.len()) % 2 == 1,
        }
    }

    /// A line to compare with: thin, grey, without marks.
    #[must_use]
    pub fn reference(i: usize) -> Self {
        let (ink, dash) = (Ink(90, 90, 90), DASHES[i % DASHES.len()]);
        Self { ink, dash, width: 0.7, mark: None, open: false }
    }

    #[must_use]
    pub fn stroke(&self) -> Stroke {
        Stroke { ink: self.ink, width: self.width, dash: self.dash }
    }

    #[must_use]
    pub fn solid(&self) -> Stroke {
        Stroke { dash: &[], ..self.stroke() }
    }

    /// Draws the mark at a place of the canvas.
    pub fn mark(&self, canvas: &mut Canvas, at: Point) {
        if let Some(mark) = self.mark {
            mark.draw(canvas, at, self.ink, self.open);
        }
    }
}

impl Mark {
    pub fn draw(self, canvas: &mut Canvas, (x, y): Point, ink: Ink, open: bool) {
        let steps = match self {
            Self::Circle => circle((x, y), R),
            Self::Square => {
                let r = R * 0.9;
                polygon(&[(x - r, y - r), (x + r, y - r), (x + r, y + r), (x - r, y + r)])
            }
            Self::Triangle => {
                polygon(&[(x, y - R * 1.2), (x + R * 1.1, y + R * 0.8), (x - R * 1.1, y + R * 0.8)])
            }
            Self::Pennant => {
                polygon(&[(x, y + R * 1.2), (x + R * 1.1, y - R * 0.8), (x - R * 1.1, y - R * 0.8)])
            }
            Self::Diamond => {
                let r = R * 1.25;
                polygon(&[(x, y - r), (x + r, y), (x, y + r), (x - r, y)])
            }
            Self::Cross => {
                let stroke = Stroke { ink, width: 1.0, dash: &[] };
                canvas.stroke(&[(x - R, y - R), (x + R, y + R)], stroke);
                canvas.stroke(&[(x - R, y + R), (x + R, y - R)], stroke);
                return;
            }
        };
        let fill = if open { WHITE } else { ink };
        canvas.outline(steps, Some(fill), Stroke { ink, width: 0.8, dash: &[] });
    }
}

/// An arrow upwards from `(x, y)`: the value is at least this.
pub fn arrow(canvas: &mut Canvas, (x, y): Point, ink: Ink) {
    let (tip, head) = (y - ARROW, 3.0);
    let stroke = Stroke { ink, width: 1.0, dash: &[] };
    canvas.stroke(&[(x, y), (x, tip + 0.5)], stroke);
    let steps = polyline(&[(x - head * 0.7, tip + head), (x, tip), (x + head * 0.7, tip + head)]);
    canvas.outline(steps, None, stroke);
}

/// Length of an arrow, in points.
pub const ARROW: f64 = 10.0;

#[cfg(test)]
mod tests {
    use super::*;

    /// What a reader who sees no colours has to go by.
    fn in_grey(style: Style) -> (Option<Mark>, bool, &'static [f32]) {
        (style.mark, style.open, style.dash)
    }

    #[test]
    fn series_differ_without_colours() {
        let pairs = (0..MARKS.len()).flat_map(|quantity| (0..8).map(move |i| (quantity, i)));
        let settings: Vec<_> = pairs.map(|(quantity, i)| Style::of(quantity, i)).collect();
        let ranks: Vec<_> = (0..20).map(Style::nth).collect();
        for styles in [settings, ranks] {
            for (i, style) in styles.iter().enumerate() {
                let same = styles[..i].iter().position(|other| in_grey(*other) == in_grey(*style));
                assert_eq!(same, None, "{i}");
            }
        }
    }
}
