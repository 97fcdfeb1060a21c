//! Places of an axis that have names, such as the precisions of formats: light lines, and the names where they end.

use super::super::canvas::{Canvas, Ink, Stroke};
use super::super::text::{Anchor, Text};
use super::{BEYOND, Chart, Frame, Place, SMALL, Side};

/// Distance of two names.
const STEP: f64 = 7.8;
/// Between the end of a line and its name.
const GAP: f64 = 4.0;
const LIGHT: Stroke = Stroke { ink: Ink(200, 200, 200), width: 0.5, dash: &[] };

/// The places of a side that are within its range, ascending.
pub(super) fn shown(chart: &Chart, side: Side) -> Vec<&Place> {
    let axis = if side == Side::X { &chart.x } else { &chart.y };
    let (low, high) = axis.range();
    let of_side = |place: &&Place| place.side == side && (low..=high).contains(&place.at);
    let mut places: Vec<&Place> = chart.marks.iter().filter(of_side).collect();
    places.sort_by(|a, b| a.at.total_cmp(&b.at));
    places
}

/// What the names take beyond the axes.
pub(super) fn room(places: &[&Place]) -> f64 {
    let widths = places.iter().map(|place| Text::new(&place.name, SMALL).width());
    widths.reduce(f64::max).map_or(0.0, |widest| widest + GAP + 4.0)
}

/// Each name as near to its line as the others let it: above the figure upright, and to the right of it.
pub(super) fn draw(canvas: &mut Canvas, frame: &Frame<'_>, x: &[&Place], y: &[&Place]) {
    // the part for what is beyond the second axis is part of the figure
    let top = frame.top - if frame.chart.beyond.is_some() { BEYOND } else { 0.0 };
    let middles: Vec<f64> = x.iter().map(|place| frame.x(place.at)).collect();
    let shift = |places: Vec<f64>| apart(places, frame.right);
    for ((place, line), name) in x.iter().zip(&middles).zip(shift(middles.clone())) {
        canvas.stroke(&[(*line, frame.floor), (*line, top), (name, top - GAP + 1.0)], LIGHT);
        canvas.label(Text::new(&place.name, SMALL).upwards((name, top - GAP), Anchor::Start));
    }
    let middles: Vec<f64> = y.iter().rev().map(|place| frame.y(place.at)).collect();
    let names = apart(middles.clone(), frame.floor);
    for ((place, line), name) in y.iter().rev().zip(&middles).zip(names) {
        let end = frame.right + GAP;
        canvas.stroke(&[(frame.left, *line), (frame.right, *line), (end - 1.0, name)], LIGHT);
        canvas.label(Text::new(&place.name, SMALL).at((end, name), Anchor::Start));
    }
}

/// Ascending places, moved apart where they are too near: up as far as needed, then down again from `most`.
fn apart(mut places: Vec<f64>, most: f64) -> Vec<f64> {
    for i in 1..places.len() {
        places[i] = places[i].max(places[i - 1] + STEP);
    }
    let mut most = most;
    for place in places.iter_mut().rev() {
        *place = place.min(most);
        most = *place - STEP;
    }
    places
}

/// `bf16 8, fp16 11`
pub(super) fn words(chart: &Chart) -> String {
    let both = [Side::X, Side::Y].map(|side| shown(chart, side));
    let all = both.iter().flatten().map(|place| format!("{} {}", place.name, place.at));
    all.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_do_not_touch() {
        assert_eq!(apart(vec![10.0, 12.0, 50.0], 100.0), [10.0, 10.0 + STEP, 50.0]);
        let near = apart(vec![95.0, 96.0, 97.0], 100.0);
        assert!(near.windows(2).all(|pair| pair[1] - pair[0] >= STEP - 1e-9) && near[2] <= 100.0);
    }
}
