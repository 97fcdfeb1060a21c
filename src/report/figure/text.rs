//! Labels: a little of TeX's math, set in the font that the program carries, as outlines.
//!
//! Between dollars single letters are italic and words upright, `_` lowers and `^` raises what follows (one character or
//! a group in braces), and `-` is a minus: `$m_{thr}(d)$`, `$n^2$`, `$10^{-3}$`.

use super::canvas::{BLACK, Ink, Point, Shape, Step};
use std::sync::LazyLock;
use ttf_parser::{Face, GlyphId, OutlineBuilder};

static REGULAR: LazyLock<Face<'static>> =
    LazyLock::new(|| face(include_bytes!("../../../assets/fonts/figures-regular.ttf")));
static ITALIC: LazyLock<Face<'static>> =
    LazyLock::new(|| face(include_bytes!("../../../assets/fonts/figures-italic.ttf")));

fn face(bytes: &'static [u8]) -> Face<'static> {
    Face::parse(bytes, 0).expect("the fonts are part of the program, and a test reads them")
}

/// Sub- and superscripts are this large, and shifted by these parts of the size.
const SCRIPT: f64 = 0.72;
const LOWERED: f64 = 0.2;
const RAISED: f64 = 0.38;
/// Height of capital letters, in parts of the size.
const CAPITALS: f64 = 0.688;

/// Where a text stands with respect to its point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    Start,
    Middle,
    End,
}

/// A text of one size, laid out along a line from `(0, 0)`.
#[derive(Debug, Clone, PartialEq)]
pub struct Text {
    plain: String,
    size: f64,
    width: f64,
    steps: Vec<Step>,
}

/// A character and how it is set.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Glyph {
    character: char,
    italic: bool,
    /// -1 lowered, 0, 1 raised
    script: i8,
}

impl Text {
    /// The text that `markup` means, `size` in points.
    #[must_use]
    pub fn new(markup: &str, size: f64) -> Self {
        let glyphs = parse(markup);
        let mut text = Self { plain: plain(&glyphs), size, width: 0.0, steps: Vec::new() };
        let mut before: Option<(Glyph, GlyphId)> = None;
        // after a subscript a superscript starts where the subscript did, and the other way round
        let mut script_from = 0.0;
        let mut widest = 0.0f64;
        for glyph in glyphs {
            let face: &Face = if glyph.italic { &ITALIC } else { &REGULAR };
            let id = face.glyph_index(glyph.character).unwrap_or_default();
            let (part, shift) = match glyph.script {
                0 => (1.0, 0.0),
                -1 => (SCRIPT, LOWERED),
                _ => (SCRIPT, -RAISED),
            };
            let scale = size * part / f64::from(face.units_per_em());
            match before {
                Some((last, _)) if last.script == 0 && glyph.script != 0 => {
                    script_from = text.width;
                    widest = text.width;
                }
                Some((last, _)) if last.script * glyph.script < 0 => {
                    widest = widest.max(text.width);
                    text.width = script_from;
                }
                Some((last, _)) if last.script != 0 && glyph.script == 0 => {
                    text.width = widest.max(text.width);
                }
                Some((last, last_id)) if last.italic == glyph.italic => {
                    text.width += kern(face, last_id, id) * scale;
                }
                _ => {}
            }
            let place = (text.width, shift * size);
            let mut outline = Outline { steps: &mut text.steps, scale, place };
            face.outline_glyph(id, &mut outline);
            text.width += f64::from(face.glyph_hor_advance(id).unwrap_or(0)) * scale;
            before = Some((glyph, id));
        }
        text.width = text.width.max(widest);
        text
    }

    /// Points.
    #[must_use]
    pub fn width(&self) -> f64 {
        self.width
    }

    /// The text with its line through the middle of its capitals at `at`.
    #[must_use]
    pub fn at(&self, at: Point, anchor: Anchor) -> Shape {
        self.placed(at, anchor, BLACK, false)
    }

    #[must_use]
    pub fn inked(&self, at: Point, anchor: Anchor, ink: Ink) -> Shape {
        self.placed(at, anchor, ink, false)
    }

    /// The same, read from below to above.
    #[must_use]
    pub fn upwards(&self, at: Point, anchor: Anchor) -> Shape {
        self.placed(at, anchor, BLACK, true)
    }

    fn placed(&self, (x, y): Point, anchor: Anchor, ink: Ink, turned: bool) -> Shape {
        let back = match anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => self.width / 2.0,
            Anchor::End => self.width,
        };
        let down = self.size * CAPITALS / 2.0;
        let place = |(a, b): Point| {
            let (a, b) = (a - back, b + down);
            if turned { (x + b, y - a) } else { (x + a, y + b) }
        };
        let steps = self.steps.iter().map(|step| match *step {
            Step::Move(p) => Step::Move(place(p)),
            Step::Line(p) => Step::Line(place(p)),
            Step::Quad(p, q) => Step::Quad(place(p), place(q)),
            Step::Cubic(p, q, r) => Step::Cubic(place(p), place(q), place(r)),
            Step::Close => Step::Close,
        });
        let text = Some(self.plain.clone());
        Shape { steps: steps.collect(), fill: Some(ink), stroke: None, text }
    }
}

/// `markup` without its markup: `m_thr(d)`, `n^2`.
#[must_use]
pub fn without_markup(markup: &str) -> String {
    plain(&parse(markup))
}

/// The characters of `markup` that the fonts have no glyph for.
#[must_use]
pub fn missing(markup: &str) -> Vec<char> {
    let face = |glyph: &Glyph| if glyph.italic { &*ITALIC } else { &*REGULAR };
    let lacks = |glyph: &Glyph| face(glyph).glyph_index(glyph.character).is_none();
    parse(markup).iter().filter(|glyph| lacks(glyph)).map(|glyph| glyph.character).collect()
}

fn plain(glyphs: &[Glyph]) -> String {
    let mut text = String::new();
    let mut script = 0;
    for glyph in glyphs {
        if glyph.script != script && glyph.script != 0 {
            text.push(if glyph.script < 0 { '_' } else { '^' });
        }
        script = glyph.script;
        text.push(glyph.character);
    }
    text
}

fn parse(markup: &str) -> Vec<Glyph> {
    let mut glyphs = Vec::new();
    for (part, text) in markup.split('$').enumerate() {
        if part % 2 == 0 {
            let upright = |character| Glyph { character, italic: false, script: 0 };
            glyphs.extend(text.chars().map(upright));
        } else {
            math(text, &mut glyphs);
        }
    }
    glyphs
}

fn math(text: &str, glyphs: &mut Vec<Glyph>) {
    let characters: Vec<char> = text.chars().collect();
    let (mut script, mut group) = (0, false);
    let mut at = 0;
    while let Some(&character) = characters.get(at) {
        at += 1;
        match character {
            '_' => script = -1,
            '^' => script = 1,
            '{' => group = true,
            '}' => (script, group) = (0, false),
            _ => {
                // a word is as long as its letters, unless only one character is lowered or raised
                let letter = |c: &&char| c.is_alphabetic();
                let rest = characters[at..].iter().take_while(letter).count();
                let word =
                    if character.is_alphabetic() && (script == 0 || group) { rest } else { 0 };
                let italic = character.is_alphabetic() && word == 0;
                for &character in &characters[at - 1..at + word] {
                    let character = if character == '-' { '−' } else { character };
                    glyphs.push(Glyph { character, italic, script });
                }
                at += word;
                if !group {
                    script = 0;
                }
            }
        }
    }
}

/// In units of the font.
fn kern(face: &Face, left: GlyphId, right: GlyphId) -> f64 {
    let tables = face.tables().kern.into_iter().flat_map(|kern| kern.subtables);
    let mut pairs = tables
        .filter(|table| table.horizontal && !table.variable)
        .filter_map(|table| table.glyphs_kerning(left, right));
    pairs.next().map_or(0.0, f64::from)
}

/// Collects a glyph's outline: scaled, its `y` turned down, moved to its place.
struct Outline<'a> {
    steps: &'a mut Vec<Step>,
    scale: f64,
    place: Point,
}

impl Outline<'_> {
    fn point(&self, x: f32, y: f32) -> Point {
        (self.place.0 + f64::from(x) * self.scale, self.place.1 - f64::from(y) * self.scale)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_fonts_are_read_and_have_the_letters_of_the_notation() {
        assert_eq!(REGULAR.units_per_em(), ITALIC.units_per_em());
        let all = "0123456789 abcdefghijklmnopqrstuvwxyz ABCDEFGHIJKLMNOPQRSTUVWXYZ .,;:!?()[]{}<>|/+-*=~'\"@#%&";
        assert_eq!(missing(all), []);
        for symbol in [
            "ε", "δ", "μ", "α", "β", "n*", "∞", "≤", "≥", "≈", "≠", "−", "×", "·", "→", "↑", "√",
            "Σ", "’",
        ] {
            assert_eq!(missing(symbol), [], "{symbol}");
            assert_eq!(missing(&format!("${symbol}$")), [], "${symbol}$");
        }
        assert_eq!(missing("a漢"), ['漢']);
    }

    #[test]
    fn markup() {
        let shown: Vec<(char, bool, i8)> =
            parse("at $m_{thr}(d)$").iter().map(|g| (g.character, g.italic, g.script)).collect();
        let expected = [
            ('a', false, 0),
            ('t', false, 0),
            (' ', false, 0),
            ('m', true, 0),
            ('t', false, -1),
            ('h', false, -1),
            ('r', false, -1),
            ('(', false, 0),
            ('d', true, 0),
            (')', false, 0),
        ];
        assert_eq!(shown, expected);
        assert_eq!(without_markup("$n^2$ and $10^{-3}$, $x^ab$"), "n^2 and 10^−3, x^ab");
        assert_eq!(parse("$n^ab$").iter().map(|g| g.script).collect::<Vec<_>>(), [0, 1, 0]);
        // nothing of it has to be closed
        for odd in ["$", "$^", "$_{", "a$b", "$}}$", ""] {
            let _ = Text::new(odd, 8.0);
        }
    }

    #[test]
    fn widths_add_up() {
        let width = |markup: &str| Text::new(markup, 10.0).width();
        assert!(width("mm") > 1.9 * width("m") && width("") == 0.0);
        // a subscript and a superscript stand above each other
        assert!((width("$x_a^b$") - width("$x_a$").max(width("$x^b$"))).abs() < 1e-9);
        assert!(width("$W_{min}$") < width("Wmin"));
    }
}
