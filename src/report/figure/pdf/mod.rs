//! A canvas as a PDF document of one page: paths are vectors, and labels are text that can be searched and copied, in the
//! glyphs of the program's fonts that the figure needs.
//!
//! Streams are not compressed and nothing has a date or an identifier, so the bytes depend on the canvas alone.

mod embedded;

use super::FigureError;
use super::canvas::{Canvas, Ink, Item, Point, Shape, Step, Stroke, WHITE, rectangle};
use super::text::{Label, Placed};
use embedded::{Embedded, embedded};
use pdf_writer::types::LineJoinStyle;
use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, Str, TextStr};

/// With `comment` among its information, unless that is empty.
pub(super) fn write(canvas: &Canvas, comment: &str) -> Result<Vec<u8>, FigureError> {
    let [catalog, pages, page, content, information] = [1, 2, 3, 4, 5].map(Ref::new);
    let mut next = Ref::new(6);
    let fonts = embedded(canvas)?;
    let mut pdf = Pdf::new();
    // the oldest with all that is used here: readers of included figures warn of newer ones
    pdf.set_version(1, 5);
    let mut root = pdf.catalog(catalog);
    root.pages(pages).lang(TextStr("en"));
    root.viewer_preferences().display_doc_title(true);
    root.finish();
    pdf.pages(pages).kids([page]).count(1);

    let mut written = pdf.page(page);
    let (width, height) = (number(canvas.width), number(canvas.height));
    written.parent(pages).media_box(Rect::new(0.0, 0.0, width, height)).contents(content);
    let mut resources = written.resources();
    let mut names = resources.fonts();
    let references: Vec<Ref> = fonts.iter().map(|_| next.bump()).collect();
    for (font, &reference) in fonts.iter().zip(&references) {
        names.pair(Name(font.resource()), reference);
    }
    names.finish();
    resources.finish();
    written.finish();
    for (font, reference) in fonts.iter().zip(references) {
        font.write(&mut pdf, reference, &mut next);
    }
    pdf.stream(content, &Painter::paint(canvas, &fonts));

    let mut written = pdf.document_info(information);
    written.title(TextStr(&canvas.title)).subject(TextStr(&canvas.description));
    written.producer(TextStr("counterproof"));
    if comment.is_ascii() && !comment.is_empty() {
        written.pair(Name(b"Comment"), Str(comment.as_bytes()));
    } else if !comment.is_empty() {
        written.pair(Name(b"Comment"), TextStr(comment));
    }
    written.finish();
    Ok(pdf.finish())
}

/// Writes the operators of the page. In PDF `y` goes up from the bottom.
struct Painter<'a> {
    fonts: &'a [Embedded],
    height: f64,
    content: Content,
}

impl<'a> Painter<'a> {
    fn paint(canvas: &Canvas, fonts: &'a [Embedded]) -> Vec<u8> {
        let mut painter = Self { fonts, height: canvas.height, content: Content::new() };
        painter.content.set_line_join(LineJoinStyle::RoundJoin);
        let steps = rectangle(0.0, 0.0, canvas.width, canvas.height);
        painter.shape(&Shape { steps, fill: Some(WHITE), stroke: None });
        for item in &canvas.items {
            match item {
                Item::Shape(shape) => painter.shape(shape),
                Item::Label(label) => painter.label(label),
            }
        }
        painter.content.finish().into_vec()
    }

    fn at(&self, (x, y): Point) -> (f32, f32) {
        (number(x), number(self.height - y))
    }

    fn shape(&mut self, shape: &Shape) {
        if let Some(ink) = shape.fill {
            self.fill(ink);
        }
        if let Some(Stroke { ink, width, dash }) = shape.stroke {
            match ink.parts() {
                [red, green, blue] if red == green && green == blue => {
                    self.content.set_stroke_gray(red)
                }
                [red, green, blue] => self.content.set_stroke_rgb(red, green, blue),
            };
            self.content.set_line_width(number(width));
            self.content.set_dash_pattern(dash.iter().copied(), 0.0);
        }
        self.path(&shape.steps);
        match (shape.fill, shape.stroke) {
            (Some(_), Some(_)) => self.content.fill_nonzero_and_stroke(),
            (Some(_), None) => self.content.fill_nonzero(),
            (None, Some(_)) => self.content.stroke(),
            (None, None) => self.content.end_path(),
        };
    }

    fn fill(&mut self, ink: Ink) {
        match ink.parts() {
            // black that is not mixed from colours
            [red, green, blue] if red == green && green == blue => self.content.set_fill_gray(red),
            [red, green, blue] => self.content.set_fill_rgb(red, green, blue),
        };
    }

    fn path(&mut self, steps: &[Step]) {
        let mut from = (0.0, 0.0);
        for step in steps {
            match *step {
                Step::Move(p) => {
                    let (x, y) = self.at(p);
                    self.content.move_to(x, y);
                    from = p;
                }
                Step::Line(p) => {
                    let (x, y) = self.at(p);
                    self.content.line_to(x, y);
                    from = p;
                }
                Step::Quad(control, p) => {
                    // the same curve as a cubic one
                    let towards = |(x, y): Point| {
                        (x + (control.0 - x) * 2.0 / 3.0, y + (control.1 - y) * 2.0 / 3.0)
                    };
                    self.cubic(towards(from), towards(p), p);
                    from = p;
                }
                Step::Cubic(p, q, r) => {
                    self.cubic(p, q, r);
                    from = r;
                }
                Step::Close => {
                    self.content.close_path();
                }
            }
        }
    }

    fn cubic(&mut self, p: Point, q: Point, r: Point) {
        let ((x1, y1), (x2, y2), (x3, y3)) = (self.at(p), self.at(q), self.at(r));
        self.content.cubic_to(x1, y1, x2, y2, x3, y3);
    }

    fn label(&mut self, label: &Label) {
        self.fill(label.ink);
        // where the glyphs alone read otherwise: `W_min` has no character for the subscript, and a box is any character
        let shown = label.glyphs.iter().map(|placed| self.read(placed));
        let as_is = shown.eq(label.words.chars().map(Some));
        if !as_is {
            let mut span = self.content.begin_marked_content_with_properties(Name(b"Span"));
            span.properties().actual_text(TextStr(&label.words));
        }
        self.content.begin_text();
        let alike = |p: &Placed, q: &Placed| (p.font, p.size, p.at.1) == (q.font, q.size, q.at.1);
        for run in label.glyphs.chunk_by(alike) {
            self.run(label, run);
        }
        self.content.end_text();
        if !as_is {
            self.content.end_marked_content();
        }
    }

    /// What a reader takes a glyph for.
    fn read(&self, placed: &Placed) -> Option<char> {
        self.fonts.iter().find(|font| font.font == placed.font)?.character(placed.glyph)
    }

    /// Glyphs of one font, size and line.
    fn run(&mut self, label: &Label, run: &[Placed]) {
        let Some(&Placed { font, size, at, .. }) = run.first() else { return };
        let Some(embedded) = self.fonts.iter().find(|embedded| embedded.font == font) else {
            return;
        };
        let (x, y) = self.at(label.place(at));
        let [along, across] = if label.turned { [0.0, 1.0] } else { [1.0, 0.0] };
        self.content.set_font(Name(embedded.resource()), size as f32);
        self.content.set_text_matrix([along, across, -across, along, x, y]);
        // in thousandths of the size, as the adjustments are
        let mut pen = 0.0;
        let mut shown: Vec<u8> = Vec::new();
        let mut text = self.content.show_positioned();
        let mut items = text.items();
        for placed in run {
            let gap = (placed.at.0 - at.0) / size * 1000.0 - pen;
            let gap = gap.round();
            if gap != 0.0 {
                items.show(Str(&shown)).adjust(-gap as f32);
                shown.clear();
                pen += gap;
            }
            shown.extend(embedded.code(placed.glyph).to_be_bytes());
            pen += font.advance(placed.glyph) / font.units() * 1000.0;
        }
        items.show(Str(&shown));
    }
}

impl Ink {
    /// From 0 to 1.
    fn parts(self) -> [f32; 3] {
        [self.0, self.1, self.2].map(|part| f32::from(part) / 255.0)
    }
}

/// Two decimals, as in SVG.
fn number(value: f64) -> f32 {
    // no negative zero
    ((value * 100.0).round() / 100.0 + 0.0) as f32
}
