//! Labels: a little of TeX's math, set in the font that the program carries. What is laid out are glyphs with their places;
//! pictures draw their outlines, and documents write them as text.
//!
//! Between dollars single letters are italic and words upright, `_` lowers and `^` raises what follows (one character or
//! a group in braces), and `-` is a minus: `$m_{thr}(d)$`, `$n^2$`, `$10^{-3}$`.

use super::canvas::{BLACK, Ink, Point, Step};
use super::font::Font;

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
    glyphs: Vec<Placed>,
}

/// A glyph of a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placed {
    pub font: Font,
    /// its number in the font; 0 where the font lacks the character
    pub glyph: u16,
    pub character: char,
    /// points
    pub size: f64,
    /// where its line starts, along the line of the text: points to the right and down
    pub at: Point,
}

/// A text at its place on a canvas.
#[derive(Debug, Clone, PartialEq)]
pub struct Label {
    /// what it says, for readers who cannot see it
    pub words: String,
    pub glyphs: Vec<Placed>,
    pub ink: Ink,
    /// read from below to above
    pub turned: bool,
    at: Point,
    /// from the start of its line to `at`, along the line and upwards
    shift: Point,
}

/// A character and how it is set.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Character {
    character: char,
    italic: bool,
    /// -1 lowered, 0, 1 raised
    script: i8,
}

impl Character {
    fn font(self) -> Font {
        if self.italic { Font::Italic } else { Font::Regular }
    }
}

impl Text {
    /// The text that `markup` means, `size` in points.
    #[must_use]
    pub fn new(markup: &str, size: f64) -> Self {
        let characters = parse(markup);
        let mut text = Self { plain: plain(&characters), size, width: 0.0, glyphs: Vec::new() };
        let mut before: Option<(Character, u16)> = None;
        // after a subscript a superscript starts where the subscript did, and the other way round
        let mut script_from = 0.0;
        let mut widest = 0.0f64;
        for character in characters {
            let font = character.font();
            let glyph = font.glyph(character.character);
            let (part, shift) = match character.script {
                0 => (1.0, 0.0),
                -1 => (SCRIPT, LOWERED),
                _ => (SCRIPT, -RAISED),
            };
            let scale = size * part / font.units();
            match before {
                Some((last, _)) if last.script == 0 && character.script != 0 => {
                    script_from = text.width;
                    widest = text.width;
                }
                Some((last, _)) if last.script * character.script < 0 => {
                    widest = widest.max(text.width);
                    text.width = script_from;
                }
                Some((last, _)) if last.script != 0 && character.script == 0 => {
                    text.width = widest.max(text.width);
                }
                Some((last, last_glyph)) if last.italic == character.italic => {
                    text.width += font.kern(last_glyph, glyph) * scale;
                }
                _ => {}
            }
            let (size, at) = (size * part, (text.width, shift * size));
            text.glyphs.push(Placed { font, glyph, character: character.character, size, at });
            text.width += font.advance(glyph) * scale;
            before = Some((character, glyph));
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
    pub fn at(&self, at: Point, anchor: Anchor) -> Label {
        self.placed(at, anchor, BLACK, false)
    }

    #[must_use]
    pub fn inked(&self, at: Point, anchor: Anchor, ink: Ink) -> Label {
        self.placed(at, anchor, ink, false)
    }

    /// The same, read from below to above.
    #[must_use]
    pub fn upwards(&self, at: Point, anchor: Anchor) -> Label {
        self.placed(at, anchor, BLACK, true)
    }

    fn placed(&self, at: Point, anchor: Anchor, ink: Ink, turned: bool) -> Label {
        let back = match anchor {
            Anchor::Start => 0.0,
            Anchor::Middle => self.width / 2.0,
            Anchor::End => self.width,
        };
        let shift = (back, self.size * CAPITALS / 2.0);
        let (words, glyphs) = (self.plain.clone(), self.glyphs.clone());
        Label { words, glyphs, ink, turned, at, shift }
    }
}

impl Label {
    /// Where a point along the line of the text is on the canvas.
    #[must_use]
    pub fn place(&self, (a, b): Point) -> Point {
        let (x, y) = self.at;
        let (a, b) = (a - self.shift.0, b + self.shift.1);
        if self.turned { (x + b, y - a) } else { (x + a, y + b) }
    }

    /// What is filled to draw it.
    #[must_use]
    pub fn outline(&self) -> Vec<Step> {
        let mut steps = Vec::new();
        for Placed { font, glyph, size, at, .. } in &self.glyphs {
            font.outline(*glyph, *size, *at, &mut steps);
        }
        let place = |point| self.place(point);
        let placed = steps.into_iter().map(|step| match step {
            Step::Move(p) => Step::Move(place(p)),
            Step::Line(p) => Step::Line(place(p)),
            Step::Quad(p, q) => Step::Quad(place(p), place(q)),
            Step::Cubic(p, q, r) => Step::Cubic(place(p), place(q), place(r)),
            Step::Close => Step::Close,
        });
        placed.collect()
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
    let lacks = |set: &Character| set.font().glyph(set.character) == 0;
    parse(markup).iter().filter(|set| lacks(set)).map(|set| set.character).collect()
}

fn plain(characters: &[Character]) -> String {
    let mut text = String::new();
    let mut script = 0;
    for set in characters {
        if set.script != script && set.script != 0 {
            text.push(if set.script < 0 { '_' } else { '^' });
        }
        script = set.script;
        text.push(set.character);
    }
    text
}

fn parse(markup: &str) -> Vec<Character> {
    let mut characters = Vec::new();
    for (part, text) in markup.split('$').enumerate() {
        if part % 2 == 0 {
            let upright = |character| Character { character, italic: false, script: 0 };
            characters.extend(text.chars().map(upright));
        } else {
            math(text, &mut characters);
        }
    }
    characters
}

fn math(text: &str, characters: &mut Vec<Character>) {
    let letters: Vec<char> = text.chars().collect();
    let (mut script, mut group) = (0, false);
    let mut at = 0;
    while let Some(&character) = letters.get(at) {
        at += 1;
        match character {
            '_' => script = -1,
            '^' => script = 1,
            '{' => group = true,
            '}' => (script, group) = (0, false),
            _ => {
                // a word is as long as its letters, unless only one character is lowered or raised
                let letter = |c: &&char| c.is_alphabetic();
                let rest = letters[at..].iter().take_while(letter).count();
                let word =
                    if character.is_alphabetic() && (script == 0 || group) { rest } else { 0 };
                let italic = character.is_alphabetic() && word == 0;
                for &character in &letters[at - 1..at + word] {
                    let character = if character == '-' { '−' } else { character };
                    characters.push(Character { character, italic, script });
                }
                at += word;
                if !group {
                    script = 0;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_fonts_are_read_and_have_the_letters_of_the_notation() {
        assert_eq!(Font::Regular.units(), Font::Italic.units());
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
