//! Lines that coincide are one line with all their names, and many lines have their names at their ends instead of a legend.

use super::super::canvas::{Canvas, Ink, Stroke};
use super::super::text::{Anchor, Text};
use super::{BEYOND, Frame, Layer, Line, SMALL};

/// A legend has at most this many lines.
const MOST: usize = 4;
/// Distance of two names.
const STEP: f64 = 8.4;
/// Between the end of the axis and a name.
const GAP: f64 = 12.0;
/// Names have at most this part of the width.
const PART: f64 = 0.42;

/// The layers with lines through the same points put together.
pub(super) fn merged(layers: &[Layer]) -> Vec<Layer> {
    let mut merged: Vec<Layer> = Vec::new();
    let mut names: Vec<Vec<&str>> = Vec::new();
    for layer in layers {
        let alike = |other: &Layer| match (layer, other) {
            (Layer::Line(one), Layer::Line(other)) => {
                let named = one.label.is_some() && other.label.is_some();
                // lines of one quantity have one mark
                named
                    && (&one.points, &one.beyond, &one.below)
                        == (&other.points, &other.beyond, &other.below)
                    && one.style.mark == other.style.mark
            }
            _ => false,
        };
        match merged.iter().position(alike) {
            Some(at) => names[at].extend(layer.label()),
            None => {
                merged.push(layer.clone());
                names.push(layer.label().into_iter().collect());
            }
        }
    }
    for (layer, names) in merged.iter_mut().zip(&names) {
        if let (Layer::Line(line), [_, _, ..]) = (layer, names.as_slice()) {
            line.label = Some(together(names));
        }
    }
    merged
}

/// `$m$ = 4, 5, 7` for `$m$ = 4`, `$m$ = 5` and `$m$ = 7`; `$m$ = 4–6` where the numbers follow each other.
fn together(names: &[&str]) -> String {
    let split = |name: &&str| {
        name.rfind("= ").map(|at| name.split_at(at + 2)).map(|(a, b)| (a.to_owned(), b.to_owned()))
    };
    let parts: Option<Vec<(String, String)>> = names.iter().map(split).collect();
    let Some(parts) = parts.filter(|parts| parts.iter().all(|(start, _)| *start == parts[0].0))
    else {
        return names.join(" and ");
    };
    let numbers: Option<Vec<u64>> = parts.iter().map(|(_, number)| number.parse().ok()).collect();
    let start = &parts[0].0;
    match numbers.as_deref() {
        Some([first, .., last]) if numbers.iter().flatten().copied().eq(*first..=*last) => {
            format!("{start}{first}–{last}")
        }
        _ => {
            let ends: Vec<&str> = parts.iter().map(|(_, end)| end.as_str()).collect();
            format!("{start}{}", ends.join(", "))
        }
    }
}

fn lines(layers: &[Layer]) -> impl Iterator<Item = &Line> {
    layers.iter().filter_map(|layer| match layer {
        Layer::Line(line) if line.label.is_some() => Some(line),
        _ => None,
    })
}

/// Whether names stand at the ends of lines: there is nothing but lines, more than a legend has, and room for all names.
pub(super) fn are_direct(layers: &[Layer], height: f64) -> bool {
    let count = lines(layers).count();
    let only = layers.iter().all(|layer| matches!(layer, Layer::Line(_)));
    only && count > MOST && count as f64 * STEP <= height
}

/// The room that names take to the right of the axes.
pub(super) fn room(layers: &[Layer], width: f64) -> f64 {
    let widths = lines(layers).filter_map(|line| line.label.as_deref());
    let widest = widths.map(|label| Text::new(label, SMALL).width()).fold(0.0, f64::max);
    widest.min(width * PART) + GAP + 3.0
}

/// The names, each as near to the end of its line as the others let it.
pub(super) fn draw(canvas: &mut Canvas, frame: &Frame<'_>, layers: &[Layer]) {
    let room = room(layers, canvas.width) - GAP - 3.0;
    let mut ends: Vec<((f64, f64), &Line)> =
        lines(layers).map(|line| (end(frame, line), line)).collect();
    ends.sort_by(|a, b| a.0.1.total_cmp(&b.0.1));
    // downwards as far as needed, then up again where that went too far
    let mut places: Vec<f64> = ends.iter().map(|((_, y), _)| *y).collect();
    for i in 1..places.len() {
        places[i] = places[i].max(places[i - 1] + STEP);
    }
    let mut most = frame.floor - 3.0;
    for place in places.iter_mut().rev() {
        *place = place.min(most);
        most = *place - STEP;
    }
    for (((x, y), line), place) in ends.into_iter().zip(places) {
        let label = line.label.as_deref().unwrap_or_default();
        let text = Text::new(label, SMALL);
        let text = Text::new(label, SMALL * (room / text.width()).min(1.0));
        let start = frame.right + GAP;
        let leader = Stroke { ink: Ink(130, 130, 130), width: 0.4, dash: &[] };
        canvas.stroke(&[(x + 3.5, y), (frame.right + 3.0, y), (start - 2.0, place)], leader);
        canvas.label(text.inked((start, place), Anchor::Start, line.style.ink));
    }
}

/// Where a line ends to the right.
fn end(frame: &Frame<'_>, line: &Line) -> (f64, f64) {
    let last = line.points.last().map(|&point| frame.at(point));
    let at = |y: f64| move |x: &f64| (frame.x(*x) + line.shift, y);
    let beyond = line.beyond.last().map(at(frame.top - BEYOND / 2.0));
    let below = line.below.last().map(at(frame.floor - BEYOND / 2.0));
    let ends = [last, beyond, below].into_iter().flatten();
    ends.max_by(|a, b| a.0.total_cmp(&b.0)).unwrap_or((frame.right, frame.bottom))
}

#[cfg(test)]
mod tests {
    use super::super::super::style::Style;
    use super::*;

    fn line(label: &str, y: f64) -> Layer {
        Layer::Line(Line {
            label: Some(label.to_owned()),
            style: Style::nth(0),
            points: vec![(1.0, y), (2.0, y + 1.0)],
            beyond: Vec::new(),
            below: Vec::new(),
            shift: 0.0,
        })
    }

    #[test]
    fn lines_that_coincide_are_named_together() {
        let layers = [
            line("width, $m$ = 4", 1.0),
            line("$B$", 3.0),
            line("width, $m$ = 5", 1.0),
            line("width, $m$ = 6", 1.0),
        ];
        let labels: Vec<String> =
            merged(&layers).iter().filter_map(|layer| Some(layer.label()?.to_owned())).collect();
        assert_eq!(labels, ["width, $m$ = 4–6", "$B$"]);
        assert_eq!(together(&["$m$ = 4", "$m$ = 7"]), "$m$ = 4, 7");
        assert_eq!(together(&["one", "other"]), "one and other");
    }

    #[test]
    fn a_legend_has_few_lines() {
        let lines = |count: usize| -> Vec<Layer> {
            (0..count).map(|i| line(&format!("$m$ = {i}"), i as f64)).collect()
        };
        assert!(!are_direct(&lines(4), 150.0));
        assert!(are_direct(&lines(5), 150.0));
        assert!(!are_direct(&lines(30), 150.0), "there is no room for so many names");
    }
}
