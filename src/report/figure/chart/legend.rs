//! The legend above a figure: samples with their words, in as many columns as they leave room for.

use super::super::canvas::{BLACK, Canvas, Stroke, rectangle};
use super::super::style::{Mark, arrow};
use super::super::text::{Anchor, Text};
use super::{AXIS, Intervals, Layer, Line, SMALL, Sample};

const ROW: f64 = 10.5;
/// Length of the line before the words, and the gap after it.
const SAMPLE: f64 = 18.0;
const GAP: f64 = 4.0;
/// Left and right of it together.
const SIDES: f64 = 8.0;

#[derive(Default)]
pub(super) struct Legend {
    entries: Vec<(Sample, Text)>,
    columns: usize,
    /// words without a sample, which have lines of their own below
    notes: Vec<Text>,
    width: f64,
}

impl Legend {
    pub(super) fn of(layers: &[Layer], width: f64) -> Self {
        let (mut entries, mut notes) = (Vec::new(), Vec::new());
        for layer in layers {
            match entry(layer, width) {
                Some((Sample::Nothing, text)) => notes.push(text),
                Some(entry) => entries.push(entry),
                None => {}
            }
        }
        let widest = entries.iter().map(|(_, text)| text.width()).fold(0.0, f64::max);
        let most = ((width - SIDES) / (widest + SAMPLE + GAP + SIDES)) as usize;
        let columns = most.clamp(1, 4).min(entries.len().max(1));
        Self { entries, columns, notes, width }
    }

    fn rows(&self) -> usize {
        self.entries.len().div_ceil(self.columns.max(1))
    }

    pub(super) fn height(&self) -> f64 {
        match self.rows() + self.notes.len() {
            0 => 0.0,
            rows => rows as f64 * ROW + 4.0,
        }
    }

    pub(super) fn draw(&self, canvas: &mut Canvas) {
        let rows = self.rows();
        let width = (self.width - SIDES) / self.columns.max(1) as f64;
        let line = |row: usize| 6.0 + (row as f64 + 0.5) * ROW;
        for (i, (sample, text)) in self.entries.iter().enumerate() {
            let (x, y) = (6.0 + (i / rows) as f64 * width, line(i % rows));
            let middle = x + SAMPLE / 2.0;
            match sample {
                Sample::Line(style) => {
                    canvas.stroke(&[(x, y), (x + SAMPLE, y)], style.stroke());
                    style.mark(canvas, (middle, y));
                }
                Sample::Box(ink) => {
                    let steps = rectangle(x + 3.0, y - 3.5, x + SAMPLE - 3.0, y + 3.5);
                    canvas.outline(steps, Some(*ink), Stroke { width: 0.4, ..AXIS });
                }
                Sample::Arrow => arrow(canvas, (middle, y + 5.0), BLACK),
                Sample::Failure => Mark::Cross.draw(canvas, (middle, y), BLACK, false),
                Sample::Nothing => {}
            }
            canvas.label(text.at((x + SAMPLE + GAP, y), Anchor::Start));
        }
        for (i, text) in self.notes.iter().enumerate() {
            canvas.label(text.at((9.0, line(rows + i)), Anchor::Start));
        }
    }
}

fn entry(layer: &Layer, width: f64) -> Option<(Sample, Text)> {
    let sample = match layer {
        Layer::Line(Line { style, .. }) | Layer::Intervals(Intervals { style, .. }) => {
            Sample::Line(*style)
        }
        Layer::Cells(cells) => Sample::Box(cells.fill),
        Layer::Note(sample, _) => *sample,
    };
    let label = layer.label()?;
    let (wide, room) = (Text::new(label, SMALL).width(), width - SIDES - SAMPLE - GAP);
    Some((sample, Text::new(label, SMALL * (room / wide).min(1.0))))
}
