//! The two fonts that the program carries, so that figures need none of the system.

use super::canvas::{Point, Step};
use std::sync::LazyLock;
use ttf_parser::{Face, GlyphId, OutlineBuilder};

const REGULAR: &[u8] = include_bytes!("../../../assets/fonts/figures-regular.ttf");
const ITALIC: &[u8] = include_bytes!("../../../assets/fonts/figures-italic.ttf");

static REGULAR_FACE: LazyLock<Face<'static>> = LazyLock::new(|| face(REGULAR));
static ITALIC_FACE: LazyLock<Face<'static>> = LazyLock::new(|| face(ITALIC));

fn face(bytes: &'static [u8]) -> Face<'static> {
    Face::parse(bytes, 0).expect("the fonts are part of the program, and a test reads them")
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Font {
    Regular,
    Italic,
}

impl Font {
    pub const ALL: [Self; 2] = [Self::Regular, Self::Italic];

    /// The TrueType file.
    #[must_use]
    pub fn bytes(self) -> &'static [u8] {
        match self {
            Self::Regular => REGULAR,
            Self::Italic => ITALIC,
        }
    }

    pub(super) fn face(self) -> &'static Face<'static> {
        match self {
            Self::Regular => &REGULAR_FACE,
            Self::Italic => &ITALIC_FACE,
        }
    }

    /// The number of the glyph; 0, an empty box, for a character that the font lacks.
    #[must_use]
    pub fn glyph(self, character: char) -> u16 {
        self.face().glyph_index(character).unwrap_or_default().0
    }

    /// How many units of the font make its size.
    #[must_use]
    pub fn units(self) -> f64 {
        f64::from(self.face().units_per_em())
    }

    /// How far the next glyph stands from this one, in units.
    #[must_use]
    pub fn advance(self, glyph: u16) -> f64 {
        f64::from(self.face().glyph_hor_advance(GlyphId(glyph)).unwrap_or(0))
    }

    /// What is added to that between these two, in units.
    #[must_use]
    pub fn kern(self, left: u16, right: u16) -> f64 {
        let tables = self.face().tables().kern.into_iter().flat_map(|kern| kern.subtables);
        let mut pairs = tables
            .filter(|table| table.horizontal && !table.variable)
            .filter_map(|table| table.glyphs_kerning(GlyphId(left), GlyphId(right)));
        pairs.next().map_or(0.0, f64::from)
    }

    /// Adds the outline of a glyph of this `size`, its line starting at `at`.
    pub fn outline(self, glyph: u16, size: f64, at: Point, steps: &mut Vec<Step>) {
        let scale = size / self.units();
        self.face().outline_glyph(GlyphId(glyph), &mut Outline { steps, scale, at });
    }
}

/// Collects a glyph's outline: scaled, its `y` turned down, moved to its place.
struct Outline<'a> {
    steps: &'a mut Vec<Step>,
    scale: f64,
    at: Point,
}

impl Outline<'_> {
    fn point(&self, x: f32, y: f32) -> Point {
        (self.at.0 + f64::from(x) * self.scale, self.at.1 - f64::from(y) * self.scale)
    }
}

impl OutlineBuilder for Outline<'_> {
    fn move_to(&mut self, x: f32, y: f32) {
        self.steps.push(Step::Move(self.point(x, y)));
    }
    fn line_to(&mut self, x: f32, y: f32) {
        self.steps.push(Step::Line(self.point(x, y)));
    }
    fn quad_to(&mut self, x1: f32, y1: f32, x: f32, y: f32) {
        self.steps.push(Step::Quad(self.point(x1, y1), self.point(x, y)));
    }
    fn curve_to(&mut self, x1: f32, y1: f32, x2: f32, y2: f32, x: f32, y: f32) {
        let step = Step::Cubic(self.point(x1, y1), self.point(x2, y2), self.point(x, y));
        self.steps.push(step);
    }
    fn close(&mut self) {
        self.steps.push(Step::Close);
    }
}
