//! Accuracy against the length of the input, with the length of the training marked: what a model does out of distribution (T15).
//!
//! Drawn are the points at which all tokens have the same probability. An accuracy that is certified is a mark; of an estimate the bar is the
//! confidence interval and the mark its middle. Models that differ in nothing but the seed are one line: the median of their marks, with
//! a bar from the least lower to the largest upper end.

use super::axis::{Axis, Scale};
use super::chart::{Chart, HEIGHT, Interval, Intervals, Layer, Line, Place, Sample, Side};
use super::style::Style;
use super::{Figure, FigureError, all_inputs};
use crate::report::{Record, Value, median, value_of};
use std::collections::BTreeMap;

/// Parameters that say what models are, beside their file.
const NAMES: [&str; 7] = ["model", "task", "arm", "d", "heads", "norm", "steps"];

/// Bounds of an accuracy.
type Ends = (f64, f64);

/// One line: for each length the accuracies of its models.
struct Series {
    /// parameters and their values, for its label
    named: Vec<(&'static str, String)>,
    points: BTreeMap<u64, Vec<Ends>>,
}

impl Figure {
    /// Of records of models: hidden units or vocabulary sizes against dimensions where they are trained models that are read by arg max, else
    /// accuracy against length; `None` where the records are of something else.
    #[must_use]
    pub fn of_models(records: &[Record]) -> Option<Self> {
        let of_models = records.first().is_some_and(|record| record.claim == "model");
        of_models.then(|| match all_inputs::Task::of(records) {
            Some(task) => all_inputs::chart(records, task).into(),
            None => chart(records).into(),
        })
    }
}

fn whole(record: &Record, name: &str) -> Option<u64> {
    value_of(&record.params, name)?.whole()
}

/// The accuracy, or bounds of it; `None` where tokens come from elsewhere, or nothing is known.
fn accuracy(record: &Record) -> Option<Ends> {
    let drawn = value_of(&record.params, "distribution");
    let elsewhere = value_of(&record.params, "tokens").is_some()
        || drawn.is_some_and(|drawn| *drawn != Value::text("uniform"));
    let number = |name: &str| value_of(&record.values, name)?.float();
    let exact = || number("accuracy").map(|value| (value, value));
    let bounds = || Some((number("accuracy_at_least")?, number("accuracy_at_most")?));
    exact().or_else(bounds).filter(|_| !elsewhere)
}

fn series(records: &[Record]) -> Vec<Series> {
    let mut all: Vec<Series> = Vec::new();
    for record in records {
        let (Some(n), Some(ends)) = (whole(record, "n"), accuracy(record)) else { continue };
        let trained = value_of(&record.params, "arm").is_some();
        let mut named: Vec<(&'static str, String)> = NAMES
            .into_iter()
            .filter_map(|name| Some((name, value_of(&record.params, name)?.to_string())))
            .collect();
        if trained && let Some(m) = value_of(&record.params, "m") {
            named.push(("m", m.to_string()));
        }
        if let Some(Value::Bool(placed)) = value_of(&record.params, "positions") {
            let words = if *placed { "learned positions" } else { "no positions" };
            named.insert(0, ("positions", words.to_owned()));
        }
        let at = all.iter().position(|one| one.named == named).unwrap_or_else(|| {
            all.push(Series { named, points: BTreeMap::new() });
            all.len() - 1
        });
        all[at].points.entry(n).or_default().push(ends);
    }
    all
}

/// What all lines share tells none of them apart.
fn labels(all: &[Series]) -> Vec<Option<String>> {
    let shared = |pair: &(&'static str, String)| all.iter().all(|one| one.named.contains(pair));
    let word = |(name, value): &(&'static str, String)| match *name {
        // a path may be long, and its end tells
        "model" => value.rsplit('/').next().unwrap_or(value).replace(['$', '_', '^', '{'], "-"),
        "d" | "m" => format!("${name}$ = {value}"),
        "heads" | "steps" => format!("{value} {name}"),
        "norm" => format!("{value}-norm"),
        _ => value.clone(),
    };
    let label = |one: &Series| {
        let own: Vec<String> = one.named.iter().filter(|pair| !shared(pair)).map(word).collect();
        Some(own.join(", ")).filter(|label| !label.is_empty())
    };
    all.iter().map(label).collect()
}

/// The median of the middles, and the range of all bounds.
fn interval(n: u64, models: &[Ends]) -> Interval {
    let middles: Vec<f64> = models.iter().map(|(low, high)| f64::midpoint(*low, *high)).collect();
    let low = models.iter().map(|ends| ends.0).fold(f64::INFINITY, f64::min);
    let high = models.iter().map(|ends| ends.1).fold(f64::NEG_INFINITY, f64::max);
    Interval {
        x: n as f64,
        range: (low < high).then_some((low, high)),
        middle: Some(median(&middles)),
        open: false,
        middle_open: false,
        failures: Vec::new(),
    }
}

fn chart(records: &[Record]) -> Result<Chart, FigureError> {
    let all = series(records);
    let labels = labels(&all);
    let lengths = all.iter().flat_map(|one| one.points.keys().map(|&n| n as f64));
    let x = Axis::over("length $n'$ of the input", Scale::Log, lengths)?;
    let mut y = Axis::over("accuracy", Scale::Linear, [0.0, 1.0])?;
    y.whole = false;
    let count = all.len() as f64;
    let mut layers = Vec::new();
    let mut bars_are = false;
    for (i, (one, label)) in all.iter().zip(labels).enumerate() {
        let bars: Vec<Interval> =
            one.points.iter().map(|(&n, models)| interval(n, models)).collect();
        bars_are |= bars.iter().any(|bar| bar.range.is_some());
        let style = Style::nth(i);
        let points = bars.iter().filter_map(|bar| Some((bar.x, bar.middle?))).collect();
        // bars of several lines stand beside each other
        let shift = (i as f64 - (count - 1.0) / 2.0) * 2.0;
        let bars = bars.into_iter().map(|bar| Interval { middle: None, ..bar }).collect();
        layers.push(Layer::Intervals(Intervals { label: None, style, bars, edged: false, shift }));
        let (beyond, below) = (Vec::new(), Vec::new());
        layers.push(Layer::Line(Line { label, style, points, beyond, below, shift: 0.0 }));
    }
    if bars_are {
        let words = match several_models(records) {
            true => "bars: all seeds, with intervals of estimates",
            false => "bars: confidence intervals",
        };
        layers.push(Layer::Note(Sample::Nothing, words.to_owned()));
    }
    let mut trained: Vec<u64> = records.iter().filter_map(|r| whole(r, "trained_n")).collect();
    trained.sort_unstable();
    trained.dedup();
    let place = |n: u64| Place { side: Side::X, at: n as f64, name: "training".to_owned() };
    Ok(Chart {
        title: "Accuracy at other lengths than that of the training".to_owned(),
        description: "Certified accuracy, or the confidence interval of an estimate, against the length of the input, all tokens having the same probability."
            .to_owned(),
        x,
        y,
        beyond: None,
        below: None,
        layers,
        marks: trained.into_iter().map(place).collect(),
        height: HEIGHT,
    })
}

/// Whether models differ in the seed.
fn several_models(records: &[Record]) -> bool {
    let trained = records.iter().filter(|record| value_of(&record.params, "arm").is_some());
    let mut seeds: Vec<&Value> =
        trained.filter_map(|record| value_of(&record.params, "seed")).collect();
    seeds.sort_unstable();
    seeds.dedup();
    seeds.len() > 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Verdict;
    use crate::kernel::number::ratio;
    use crate::verdict::Checked;

    fn record(n: u64, positions: bool, seed: u64, ends: [(i64, i64); 2]) -> Record {
        let [low, high] = ends.map(|(p, q)| Value::from(ratio(p, q)));
        let estimated = low != high;
        let params = vec![
            ("n", Value::integer(n)),
            ("arm", Value::text("optimised")),
            ("positions", positions.into()),
            ("trained_n", Value::integer(8)),
            ("seed", Value::integer(seed)),
        ];
        let values = match estimated {
            true => vec![("accuracy_at_least", low), ("accuracy_at_most", high)],
            false => vec![("accuracy", low)],
        };
        let verdict = if estimated { Verdict::Estimated } else { Verdict::Refuted };
        Record {
            claim: "model".to_owned(),
            params,
            verdict: Checked::assumed(verdict),
            values,
            certificate: None,
            milliseconds: None,
            reason: None,
        }
    }

    #[test]
    fn seeds_are_one_line_with_a_bar() {
        let mut records = vec![
            record(1, true, 0, [(1, 4), (1, 4)]),
            record(8, true, 0, [(1, 2), (3, 4)]),
            record(8, true, 1, [(3, 4), (1, 1)]),
            record(16, false, 0, [(0, 1), (1, 8)]),
        ];
        // few tokens are another question
        records.push(record(8, false, 0, [(1, 8), (1, 8)]));
        records[4].params.push(("tokens", Value::list([0, 1])));
        let all = series(&records);
        assert_eq!(labels(&all), ["learned positions", "no positions"].map(|l| Some(l.to_owned())));
        assert_eq!(all[0].points.len() + all[1].points.len(), 3);
        let bar = interval(8, &all[0].points[&8]);
        assert_eq!((bar.range, bar.middle), (Some((0.5, 1.0)), Some(0.75)));
        assert_eq!(interval(1, &all[0].points[&1]).range, None);
        let figure = Figure::of_models(&records).unwrap();
        let svg = figure.svg().unwrap();
        for words in ["training", "learned positions", "no positions", "bars: all seeds"] {
            assert!(svg.contains(words), "{words}");
        }
        let data = figure.data_with("").unwrap();
        assert!(data.contains("\n8 ") && data.contains("# marked: "), "{data}");
    }

    #[test]
    fn what_is_of_no_model_has_no_such_figure() {
        let mut other = record(1, true, 0, [(1, 4), (1, 4)]);
        other.claim = "welch".to_owned();
        assert!(Figure::of_models(&[other]).is_none());
        assert!(Figure::of_models(&[]).is_none());
    }
}
