//! The phase diagram: for `d` against `m`, what counts, each cell with the records it rests on.
//!
//! The records are those of [`Sources`]; nothing is decided here. A cell that lacks a record, or has an undecided one,
//! is undecided itself.

use super::figure::axis::Axis;
use super::figure::canvas::{BLACK, Ink, Point, WHITE};
use super::figure::chart::{CellBox, Cells, Chart, HEIGHT, Layer, Line, Sample};
use super::figure::style::Style;
use super::figure::thresholds::{self, Arm, Seed, Thresholded};
use super::figure::{Figure, FigureError};
use super::{Record, Value, value_of};
use crate::kernel::Verdict;
use crate::verdict::Checked;

/// What is asked, and the records that answer.
#[derive(Debug, Clone, Copy)]
pub struct Sources<'a> {
    pub d: &'a [u64],
    pub m: &'a [u64],
    /// context length
    pub n: u64,
    /// largest size of an entry
    pub bound: u64,
    /// `qc-histogram` (every length), `uniform-collision` (best embeddings), `pigeonhole`, `qc-count-attend`; others are
    /// left alone
    pub records: &'a [Record],
}

/// The diagram.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phase {
    pub n: u64,
    pub bound: u64,
    /// ascending in `d`, then `m`
    pub cells: Vec<PhaseCell>,
    /// what training reaches, drawn over the cells
    pub trained: Vec<Arm>,
}

/// One `d` and `m`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PhaseCell {
    pub d: u64,
    pub m: u64,
    /// width of an MLP that counts at every context length under uniform attention; `None` when `m > d + 1`
    pub every_length_width: Option<u64>,
    /// the embedding found, with bounded entries, counts up to this length under uniform attention
    pub counts_up_to: Option<u64>,
    /// no embedding with bounded entries counts from this length on under uniform attention
    pub fails_from: Option<u64>,
    /// every embedding was looked at, so that no other one counts longer
    pub exhaustive: bool,
    /// width of an MLP that counts at length `n` with attention to equal tokens
    pub attention_width: Option<u64>,
    /// names of records, or paths of their certificates where they were written
    pub rests_on: Vec<String>,
    /// the verdicts of those records
    evidence: Vec<Checked>,
    /// a record is missing or undecided
    pub undecided: bool,
}

/// What counts, the strongest that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// uniform attention, one model for every length
    EveryLength,
    /// uniform attention with bounded entries, at length `n`
    BoundedEntries,
    /// attention to equal tokens, at length `n`; uniform attention with bounded entries is not known to
    Attention,
    /// no construction here, and none is excluded
    Open,
    /// no embedding with bounded entries under uniform attention, and no room for the construction by attention
    Neither,
}

impl Class {
    pub const ALL: [Self; 5] =
        [Self::EveryLength, Self::BoundedEntries, Self::Attention, Self::Open, Self::Neither];

    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::EveryLength => "every-length",
            Self::BoundedEntries => "bounded-entries",
            Self::Attention => "attention",
            Self::Open => "open",
            Self::Neither => "neither",
        }
    }

    /// Darker is stronger.
    fn ink(self) -> Ink {
        match self {
            Self::EveryLength => Ink(38, 84, 124),
            Self::BoundedEntries => Ink(122, 170, 206),
            Self::Attention => Ink(240, 205, 140),
            Self::Open => Ink(236, 236, 236),
            Self::Neither => Ink(255, 255, 255),
        }
    }
}

impl PhaseCell {
    /// The class at context length `n`.
    #[must_use]
    pub fn class(&self, n: u64) -> Class {
        if self.every_length_width.is_some() {
            Class::EveryLength
        } else if self.counts_up_to.is_some_and(|length| length >= n) {
            Class::BoundedEntries
        } else if self.attention_width.is_some() {
            Class::Attention
        } else if self.fails_from.is_some_and(|length| length <= n) {
            Class::Neither
        } else {
            Class::Open
        }
    }

    /// Lengths that are counted, and could be at most, with bounded entries: `3-6`, `12+`, or `all`.
    #[must_use]
    pub fn lengths(&self) -> String {
        let most = self.fails_from.map(|length| length - 1);
        match (self.every_length_width, self.counts_up_to, most) {
            (Some(_), _, _) => "all".to_owned(),
            (None, Some(found), Some(most)) if found == most => found.to_string(),
            (None, Some(found), Some(most)) => format!("{found}–{most}"),
            (None, Some(found), None) => format!("{found}+"),
            (None, None, _) => String::new(),
        }
    }
}

impl Phase {
    #[must_use]
    pub fn of(sources: &Sources<'_>) -> Self {
        let mut cells = Vec::new();
        for &d in sources.d {
            for &m in sources.m {
                cells.push(cell(sources, d, m));
            }
        }
        let Sources { n, bound, .. } = *sources;
        Self { n, bound, cells, trained: Vec::new() }
    }

    /// The table: one record a cell.
    #[must_use]
    pub fn records(&self) -> Vec<Record> {
        let number = |value: Option<u64>| value.map_or(Value::Null, Value::integer);
        let record = |cell: &PhaseCell| Record {
            claim: "phase".to_owned(),
            params: vec![
                ("d", Value::integer(cell.d)),
                ("m", Value::integer(cell.m)),
                ("n", Value::integer(self.n)),
                ("bound", Value::integer(self.bound)),
            ],
            verdict: match cell.undecided {
                true => Checked::UNDECIDED,
                false => Checked::read_off(true, &cell.evidence),
            },
            values: vec![
                ("class", Value::text(cell.class(self.n).name())),
                ("every_length_width", number(cell.every_length_width)),
                ("counts_up_to", number(cell.counts_up_to)),
                ("fails_from", number(cell.fails_from)),
                ("exhaustive", cell.exhaustive.into()),
                ("attention_width", number(cell.attention_width)),
                ("rests_on", Value::List(cell.rests_on.iter().map(Value::text).collect())),
            ],
            certificate: None,
            milliseconds: None,
            reason: None,
        };
        self.cells.iter().map(record).collect()
    }

    #[must_use]
    pub fn figure(&self) -> Figure {
        self.chart().into()
    }

    fn chart(&self) -> Result<Chart, FigureError> {
        let mut dimensions: Vec<u64> = self.cells.iter().map(|cell| cell.d).collect();
        let mut vocabularies: Vec<u64> = self.cells.iter().map(|cell| cell.m).collect();
        for sizes in [&mut dimensions, &mut vocabularies] {
            sizes.sort_unstable();
            sizes.dedup();
        }
        let (x, y) = (Sides::of(&dimensions)?, Sides::of(&vocabularies)?);
        let trained: Vec<Arm> = self.trained.iter().map(|arm| within(arm, &x, &y)).collect();
        let covers = |point: &Thresholded, cell: &PhaseCell| {
            let bar = point.interval();
            let near =
                |(low, high): (f64, f64)| (low - 1.0..=high + 1.0).contains(&(cell.m as f64));
            let ends = bar.range.into_iter().chain(bar.failures.iter().map(|&at| (at, at)));
            point.d == cell.d && ends.into_iter().any(near)
        };
        let mut layers = Vec::new();
        for class in Class::ALL {
            let cells = self.cells.iter().filter(|cell| cell.class(self.n) == class);
            let cells: Vec<CellBox> = cells
                .filter_map(|cell| {
                    let text =
                        if class == Class::EveryLength { String::new() } else { cell.lengths() };
                    let mut points = trained.iter().flat_map(|arm| &arm.points);
                    let covered = points.any(|point| covers(point, cell));
                    Some(CellBox { x: x.around(cell.d)?, y: y.around(cell.m)?, text, covered })
                })
                .collect();
            if !cells.is_empty() {
                let label = Some(self.label(class));
                layers.push(Layer::Cells(Cells { label, fill: class.ink(), cells }));
            }
        }
        layers.extend(attention_boundary(&dimensions, &x, &y));
        layers.extend(thresholds::layers(&trained, "counts at all $m$ shown", true));
        let numbers = "numbers: lengths counted within $B$, found – not excluded (T9)";
        if self.cells.iter().any(|cell| cell.counts_up_to.is_some()) {
            layers.push(Layer::Note(Sample::Nothing, numbers.to_owned()));
        }
        let rows = vocabularies.len() as f64;
        let Phase { n, bound, .. } = self;
        Ok(Chart {
            title: format!("What counts at n = {n}, entries at most {bound}"),
            description: "Each cell is the strongest that is known.".to_owned(),
            x: Axis::exactly("embedding dimension $d$", (x.low(), x.high()), &x.sizes),
            y: Axis::exactly("vocabulary size $m$", (y.low(), y.high()), &y.sizes),
            beyond: None,
            below: None,
            layers,
            marks: Vec::new(),
            height: (rows * 11.0).clamp(HEIGHT, 2.0 * HEIGHT),
        })
    }

    fn label(&self, class: Class) -> String {
        let Phase { n, bound, .. } = self;
        match class {
            Class::EveryLength => "every length (T1, T1')".to_owned(),
            Class::BoundedEntries => {
                // entries of token vectors within B, at the length n
                format!("$n$ = {n}, $B$ = {bound} (T7)")
            }
            Class::Attention => {
                let widths = self.cells.iter().filter(|cell| cell.class(*n) == class);
                let widest = widths.filter_map(|cell| cell.attention_width).max().unwrap_or(0);
                format!("attention, width {widest} (T3)")
            }
            Class::Open => "open".to_owned(),
            Class::Neither => "impossible (T9), no T3".to_owned(),
        }
    }
}

/// The records of a claim at one `m` and, where they have one, one `d`.
fn cell(sources: &Sources<'_>, d: u64, m: u64) -> PhaseCell {
    let find = |claim: &str, of_d: bool| {
        sources.records.iter().find(|record| {
            let is = |name: &str, expected: u64| param(record, name) == Some(expected);
            record.claim == claim && is("m", m) && (!of_d || is("d", d))
        })
    };
    let mut cell = PhaseCell {
        d,
        m,
        every_length_width: None,
        counts_up_to: None,
        fails_from: None,
        exhaustive: false,
        attention_width: None,
        rests_on: Vec::new(),
        evidence: Vec::new(),
        undecided: false,
    };
    let mut verified = |record: Option<&Record>| -> Option<Record> {
        let record = record.filter(|record| record.verdict == Verdict::Verified);
        cell.rests_on.extend(record.map(name));
        cell.evidence.extend(record.map(|record| record.verdict.clone()));
        record.cloned()
    };
    if m <= d + 1 {
        let exact = verified(find("qc-histogram", true));
        cell.every_length_width = exact.as_ref().and_then(|record| value(record, "mlp_width"));
        cell.undecided |= exact.is_none();
    } else {
        let best = verified(find("uniform-collision", true));
        cell.undecided |= best.is_none();
        if let Some(best) = best {
            cell.counts_up_to = value(&best, "n_star").map(|length| length - 1);
            cell.exhaustive = best.values.contains(&("search", Value::text("exhaustive")));
        }
        let bound = verified(find("pigeonhole", true));
        cell.fails_from = bound.as_ref().and_then(|record| value(record, "n_star_at_most"));
    }
    // d >= ceil(log2 m) + 1
    if d > 1 && (d > 64 || m <= 1 << (d - 1)) {
        let attention = verified(find("qc-count-attend", false));
        cell.attention_width = attention.as_ref().and_then(|record| value(record, "mlp_width"));
        cell.undecided |= attention.is_none();
    }
    cell
}

fn number(list: &[(&'static str, Value)], name: &str) -> Option<u64> {
    value_of(list, name)?.whole()
}

fn param(record: &Record, name: &str) -> Option<u64> {
    number(&record.params, name)
}

fn value(record: &Record, name: &str) -> Option<u64> {
    number(&record.values, name)
}

/// The certificate's path, or the claim with its parameters.
fn name(record: &Record) -> String {
    record.certificate.clone().unwrap_or_else(|| {
        let params = record.params.iter().map(|(name, value)| format!(" {name}={value}"));
        record.claim.clone() + &params.collect::<String>()
    })
}

/// The sides of cells along one axis: halfway between neighbours.
struct Sides {
    sizes: Vec<f64>,
}

impl Sides {
    fn of(sizes: &[u64]) -> Result<Self, FigureError> {
        let sizes: Vec<f64> = sizes.iter().map(|&size| size as f64).collect();
        if sizes.is_empty() { Err(FigureError::Empty) } else { Ok(Self { sizes }) }
    }

    fn around(&self, size: u64) -> Option<(f64, f64)> {
        let at = self.sizes.iter().position(|&other| other == size as f64)?;
        let here = self.sizes[at];
        let half = |other: Option<&f64>| other.map(|other| (other - here).abs() / 2.0);
        let (before, after) =
            (half(at.checked_sub(1).and_then(|i| self.sizes.get(i))), half(self.sizes.get(at + 1)));
        let fallback = before.or(after).unwrap_or(0.5);
        Some((here - before.unwrap_or(fallback), here + after.unwrap_or(fallback)))
    }

    fn low(&self) -> f64 {
        self.around(self.sizes[0] as u64).map_or(0.0, |(low, _)| low)
    }

    fn high(&self) -> f64 {
        self.around(self.sizes[self.sizes.len() - 1] as u64).map_or(1.0, |(_, high)| high)
    }
}

/// The part of an arm that is within the picture: what counts beyond it counts at all that is shown.
fn within(arm: &Arm, x: &Sides, y: &Sides) -> Arm {
    let (least, most) = (y.low().ceil() as u64, y.high().floor() as u64);
    let seed = |seed: &Seed| match *seed {
        Seed::Fails(m) if m > most => Seed::CountsUpTo(most),
        Seed::Fails(m) => Seed::Fails(m.max(least)),
        Seed::CountsUpTo(m) => Seed::CountsUpTo(m.clamp(least, most)),
        Seed::Collapsed(m) => Seed::Collapsed(m.clamp(least, most)),
    };
    let shown = |d: u64| (x.low()..=x.high()).contains(&(d as f64));
    let points = arm.points.iter().filter(|point| shown(point.d));
    let point = |point: &Thresholded| Thresholded {
        d: point.d,
        seeds: point.seeds.iter().map(seed).collect(),
    };
    Arm { label: arm.label.clone(), points: points.map(point).collect() }
}

/// The stairs `m = 2^(d - 1)` up to which the construction of T3 has room, where they are within the picture.
fn attention_boundary(dimensions: &[u64], x: &Sides, y: &Sides) -> Vec<Layer> {
    let mut points: Vec<Point> = Vec::new();
    for &d in dimensions.iter().filter(|&&d| d > 1) {
        let Some((left, right)) = x.around(d) else { continue };
        // the upper side of the last cell with room; powers beyond floats are above every cell
        let room = 2f64.powi(i32::try_from(d - 1).unwrap_or(i32::MAX));
        let last = y.sizes.iter().rev().find(|&&m| m <= room);
        let top = last.and_then(|&m| y.around(m as u64)).map_or(y.low(), |(_, top)| top);
        points.extend([(left, top), (right, top)]);
    }
    if points.is_empty() {
        return Vec::new();
    }
    let line = |label: Option<String>, style: Style| {
        let (points, beyond) = (points.clone(), Vec::new());
        Layer::Line(Line { label, style, points, beyond, below: Vec::new(), shift: 0.0 })
    };
    let dashed = Style { width: 1.2, ink: BLACK, ..Style::reference(1) };
    // a light line below, so that the dashes are seen on dark cells
    let below = Style { width: 2.4, ink: WHITE, dash: &[], ..dashed };
    let label = Some("room for T3: $m ≤ 2^{d-1}$".to_owned());
    vec![line(None, below), line(label, dashed)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(
        claim: &str,
        params: &[(&'static str, u64)],
        values: &[(&'static str, u64)],
    ) -> Record {
        let list = |list: &[(&'static str, u64)]| {
            list.iter().map(|&(name, value)| (name, Value::integer(value))).collect()
        };
        Record {
            claim: claim.to_owned(),
            params: list(params),
            verdict: Checked::assumed(Verdict::Verified),
            values: list(values),
            certificate: None,
            milliseconds: None,
            reason: None,
        }
    }

    fn records() -> Vec<Record> {
        vec![
            record("qc-histogram", &[("m", 2), ("d", 2)], &[("mlp_width", 2)]),
            record("qc-histogram", &[("m", 3), ("d", 2)], &[("mlp_width", 3)]),
            record("uniform-collision", &[("m", 4), ("d", 2)], &[("n_star", 9)]),
            record("uniform-collision", &[("m", 5), ("d", 2)], &[("n_star", 4)]),
            record("pigeonhole", &[("n", 4), ("m", 5), ("d", 2)], &[("n_star_at_most", 5)]),
            record("qc-count-attend", &[("n", 8), ("m", 2)], &[("mlp_width", 1)]),
        ]
    }

    fn phase(records: &[Record]) -> Phase {
        Phase::of(&Sources { d: &[2], m: &[2, 3, 4, 5], n: 8, bound: 3, records })
    }

    #[test]
    fn classes_and_what_they_rest_on() {
        let phase = phase(&records());
        let classes: Vec<Class> = phase.cells.iter().map(|cell| cell.class(8)).collect();
        use Class::{BoundedEntries, EveryLength, Neither};
        assert_eq!(classes, [EveryLength, EveryLength, BoundedEntries, Neither]);
        let lengths: Vec<String> = phase.cells.iter().map(PhaseCell::lengths).collect();
        assert_eq!(lengths, ["all", "all", "8+", "3–4"]);
        assert_eq!(phase.cells[0].rests_on.len(), 2);
        assert_eq!(
            phase.cells[3].rests_on,
            ["uniform-collision m=5 d=2", "pigeonhole n=4 m=5 d=2"]
        );
        assert!(phase.records().iter().all(|record| record.verdict == Verdict::Verified));
    }

    #[test]
    fn what_is_missing_is_undecided() {
        let phase = phase(&records()[1..4]);
        let undecided: Vec<bool> = phase.cells.iter().map(|cell| cell.undecided).collect();
        assert_eq!(undecided, [true, false, false, false]);
        assert_eq!(phase.cells[3].class(8), Class::Open);
        let mut broken = records();
        broken[2].verdict = Checked::UNDECIDED;
        assert!(self::phase(&broken).cells[2].undecided);
    }

    #[test]
    fn what_is_trained_stays_within_the_picture() {
        let seeds = vec![Seed::Fails(1), Seed::Fails(4), Seed::Fails(90), Seed::Collapsed(70)];
        let point = |d| Thresholded { d, seeds: seeds.clone() };
        let arm = Arm { label: "arm".to_owned(), points: vec![point(2), point(40)] };
        let sides = |sizes: &[u64]| Sides::of(sizes).unwrap();
        let shown = within(&arm, &sides(&[1, 2, 3]), &sides(&[2, 3, 4, 5]));
        let expected =
            [Seed::Fails(2), Seed::Fails(4), Seed::CountsUpTo(5), Seed::Collapsed(5)].to_vec();
        assert_eq!(shown.points, [Thresholded { d: 2, seeds: expected }]);
        let mut phase = phase(&records());
        phase.trained.push(arm);
        assert!(phase.figure().svg().unwrap().contains("at all m shown"));
    }

    #[test]
    fn the_figure_names_every_class_it_shows() {
        let svg = phase(&records()).figure().svg().unwrap();
        for words in ["every length", "n = 8, B = 3 (T7)", "impossible (T9)"] {
            assert!(svg.contains(words), "{words}");
        }
        assert!(!svg.contains("aria-label=\"open\""));
        let empty = Phase::of(&Sources { d: &[], m: &[], n: 8, bound: 3, records: &[] });
        assert_eq!(empty.figure().svg(), Err(FigureError::Empty));
    }
}
