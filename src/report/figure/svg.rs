//! A canvas as an SVG document. It needs no font, and a title and a description say what it shows.

use super::canvas::{Canvas, Ink, Item, Point, Step, WHITE};
use std::fmt::Write as _;

pub(super) fn write(canvas: &Canvas) -> String {
    let (width, height) = (number(canvas.width), number(canvas.height));
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" width=\"{width}pt\" height=\"{height}pt\" \
         viewBox=\"0 0 {width} {height}\">\n<title>{}</title>\n<desc>{}</desc>\n\
         <rect width=\"{width}\" height=\"{height}\" fill=\"{}\"/>\n",
        escape(&canvas.title),
        escape(&canvas.description),
        colour(WHITE)
    );
    for item in &canvas.items {
        let _ = writeln!(text, "{}", path(item));
    }
    text + "</svg>\n"
}

fn path(item: &Item) -> String {
    let shape = item.drawn();
    let fill = shape.fill.map_or_else(|| "none".to_owned(), colour);
    let mut attributes = format!("fill=\"{fill}\"");
    if let Some(stroke) = shape.stroke {
        let (ink, width) = (colour(stroke.ink), number(stroke.width));
        let _ = write!(attributes, " stroke=\"{ink}\" stroke-width=\"{width}\"");
        if !stroke.dash.is_empty() {
            let dash: Vec<String> = stroke.dash.iter().map(|&part| number(part.into())).collect();
            let _ = write!(attributes, " stroke-dasharray=\"{}\"", dash.join(" "));
        }
        attributes += " stroke-linejoin=\"round\"";
    }
    if let Some(words) = item.words() {
        let _ = write!(attributes, " aria-label=\"{}\"", escape(words));
    }
    format!("<path {attributes} d=\"{}\"/>", steps(&shape.steps))
}

fn steps(steps: &[Step]) -> String {
    let mut text = String::new();
    let mut add = |letter: char, points: &[Point]| {
        text.push(letter);
        for (i, (x, y)) in points.iter().enumerate() {
            let _ = write!(text, "{}{} {}", if i > 0 { " " } else { "" }, number(*x), number(*y));
        }
    };
    for step in steps {
        match *step {
            Step::Move(p) => add('M', &[p]),
            Step::Line(p) => add('L', &[p]),
            Step::Quad(p, q) => add('Q', &[p, q]),
            Step::Cubic(p, q, r) => add('C', &[p, q, r]),
            Step::Close => add('Z', &[]),
        }
    }
    text
}

/// Two decimals, no more of them than there are.
fn number(value: f64) -> String {
    let rounded = (value * 100.0).round() / 100.0;
    // no negative zero
    format!("{}", rounded + 0.0)
}

fn colour(Ink(red, green, blue): Ink) -> String {
    format!("#{red:02x}{green:02x}{blue:02x}")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
