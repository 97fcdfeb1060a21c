//! The accuracy over all inputs of trained models that are read by arg max. Of the histogram task: for each way to mix tokens, hidden units against
//! dimensions; of the largest token: vocabulary sizes against dimensions, with positions and without.
//!
//! A cell is all seeds of one size: its colour says whether some or all of them are right on every input, or the median accuracy, which stands in it.

use super::FigureError;
use super::axis::Axis;
use super::canvas::Ink;
use super::chart::{CellBox, Cells, Chart, HEIGHT, Layer, Place, Side};
use crate::kernel::Verdict;
use crate::report::{Record, Value, median, value_of};
use std::collections::BTreeMap;

/// What is known of a size, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    EverySeed,
    SomeSeed,
    NearlyAll,
    Most,
    Fewer,
}

impl Class {
    const ALL: [Self; 5] =
        [Self::EverySeed, Self::SomeSeed, Self::NearlyAll, Self::Most, Self::Fewer];

    fn label(self) -> &'static str {
        match self {
            Self::EverySeed => "all inputs, every seed",
            Self::SomeSeed => "all inputs, some seed",
            Self::NearlyAll => "median at least 99%",
            Self::Most => "median at least 80%",
            Self::Fewer => "less",
        }
    }

    fn ink(self) -> Ink {
        match self {
            Self::EverySeed => Ink(38, 84, 124),
            Self::SomeSeed => Ink(122, 170, 206),
            Self::NearlyAll => Ink(240, 205, 140),
            Self::Most => Ink(236, 236, 236),
            Self::Fewer => Ink(255, 255, 255),
        }
    }
}

/// All seeds of one size: their accuracies, and how many are right on every input.
#[derive(Debug, Clone, Default)]
struct Seeds {
    accuracies: Vec<f64>,
    right: usize,
}

impl Seeds {
    fn median(&self) -> f64 {
        median(&self.accuracies)
    }

    fn class(&self) -> Class {
        match self.median() {
            _ if self.right == self.accuracies.len() => Class::EverySeed,
            _ if self.right > 0 => Class::SomeSeed,
            median if median >= 0.99 => Class::NearlyAll,
            median if median >= 0.8 => Class::Most,
            _ => Class::Fewer,
        }
    }

    /// The median in three letters, never rounded up to 1.
    fn words(&self) -> String {
        let median = self.median();
        if median >= 1.0 {
            return "1".to_owned();
        }
        format!("{:.2}", (median * 100.0).floor() / 100.0).trim_start_matches('0').to_owned()
    }
}

/// A way to mix tokens, or whether there are positions; and what is known of each dimension and number of rows.
type Kind = (String, BTreeMap<(u64, u64), Seeds>);

/// What models are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Task {
    Histogram,
    LargestToken,
}

impl Task {
    /// That of trained models that are read by arg max; `None` of others.
    pub(super) fn of(records: &[Record]) -> Option<Self> {
        let record = records.first()?;
        let has = |names: &[&str]| names.iter().all(|n| value_of(&record.params, n).is_some());
        let largest = value_of(&record.params, "task") == Some(&Value::text("max"));
        if has(&["kind", "p"]) {
            return Some(Self::Histogram);
        }
        (largest && has(&["positions", "seed", "steps"])).then_some(Self::LargestToken)
    }

    /// The parameter that blocks of columns have, and that of rows.
    fn parameters(self) -> (&'static str, &'static str) {
        match self {
            Self::Histogram => ("kind", "p"),
            Self::LargestToken => ("positions", "m"),
        }
    }
}

/// Whether a model is right on every input.
fn right_on_all(record: &Record) -> bool {
    match value_of(&record.params, "within") {
        None => record.verdict == Verdict::Verified,
        Some(_) => {
            let wrong = value_of(&record.values, "wrong").and_then(Value::whole);
            value_of(&record.values, "accuracy").is_some() && wrong == Some(0)
        }
    }
}

/// By kind, in the order of the records, then by dimension and rows. Where bounds are what was asked for, the lower one.
fn sizes(records: &[Record], task: Task) -> Vec<Kind> {
    let (block, row) = task.parameters();
    let mut kinds: Vec<Kind> = Vec::new();
    for record in records {
        let whole = |name: &str| value_of(&record.params, name)?.whole();
        let value = |name: &str| value_of(&record.values, name);
        let bounded =
            value_of(&record.params, "within").is_some() && record.verdict == Verdict::Verified;
        let least = value("accuracy_at_least").filter(|_| bounded);
        let accuracy = value("accuracy").or(least);
        let (Some(kind), Some(d), Some(p), Some(accuracy)) = (
            value_of(&record.params, block),
            whole("d"),
            whole(row),
            accuracy.and_then(Value::float),
        ) else {
            continue;
        };
        let kind = match kind {
            Value::Bool(true) => "learned positions".to_owned(),
            Value::Bool(false) => "no positions".to_owned(),
            kind => kind.to_string(),
        };
        let at = kinds.iter().position(|(known, _)| *known == kind).unwrap_or_else(|| {
            kinds.push((kind, BTreeMap::new()));
            kinds.len() - 1
        });
        let seeds = kinds[at].1.entry((d, p)).or_default();
        seeds.accuracies.push(accuracy);
        seeds.right += usize::from(right_on_all(record));
    }
    kinds
}

pub(super) fn chart(records: &[Record], task: Task) -> Result<Chart, FigureError> {
    let kinds = sizes(records, task);
    let axis = |pick: fn(&(u64, u64)) -> u64| {
        let all = kinds.iter().flat_map(|(_, sizes)| sizes.keys().map(pick));
        let mut all: Vec<u64> = all.collect();
        all.sort_unstable();
        all.dedup();
        all
    };
    let (dimensions, units) = (axis(|size| size.0), axis(|size| size.1));
    if dimensions.is_empty() {
        return Err(FigureError::Empty);
    }
    // a block of columns for each kind, and a gap
    let block = dimensions.len() as f64 + 0.6;
    let place = |list: &[u64], value: u64| {
        list.iter().position(|&other| other == value).unwrap_or(0) as f64
    };
    let (mut boxes, mut names, mut marks) =
        (BTreeMap::<Class, Vec<CellBox>>::new(), vec![], vec![]);
    for (k, (kind, sizes)) in kinds.iter().enumerate() {
        let left = k as f64 * block;
        marks.push(Place { side: Side::X, at: left, name: kind.clone() });
        names.extend(
            dimensions.iter().map(|&d| (left + place(&dimensions, d) + 0.5, d.to_string())),
        );
        for (&(d, p), seeds) in sizes {
            let (x, y) = (left + place(&dimensions, d), place(&units, p));
            let cell =
                CellBox { x: (x, x + 1.0), y: (y, y + 1.0), text: seeds.words(), covered: false };
            boxes.entry(seeds.class()).or_default().push(cell);
        }
    }
    let width = kinds.len() as f64 * block - 0.6;
    let rows = units.iter().map(|&p| (place(&units, p) + 0.5, p.to_string())).collect();
    let layers = Class::ALL.into_iter().filter_map(|class| {
        let cells = boxes.remove(&class)?;
        let label = Some(class.label().to_owned());
        Some(Layer::Cells(Cells { label, fill: class.ink(), cells }))
    });
    let (title, subject, axis) = match task {
        Task::Histogram => (
            "Trained models of the histogram task",
            "hidden units against embedding dimensions, each way to mix tokens",
            "hidden units $p$",
        ),
        Task::LargestToken => (
            "Trained models of the largest token",
            "vocabulary sizes against embedding dimensions",
            "vocabulary size $m$",
        ),
    };
    Ok(Chart {
        title: title.to_owned(),
        description: format!(
            "Accuracy over all inputs, for {subject}: whether all seeds or some are right on every input, else the median, which stands in the cell."
        ),
        layers: layers.collect(),
        x: Axis::exactly("embedding dimension $d$", (0.0, width), &[]).with_names(names),
        y: Axis::exactly(axis, (0.0, units.len() as f64), &[]).with_names(rows),
        beyond: None,
        below: None,
        marks,
        height: HEIGHT,
    })
}

#[cfg(test)]
mod tests {
    use super::super::Figure;
    use super::*;
    use crate::kernel::number::ratio;
    use crate::verdict::Checked;

    fn record(kind: &str, d: u64, p: u64, right: i64) -> Record {
        let verdict = if right == 1000 { Verdict::Verified } else { Verdict::Refuted };
        Record {
            claim: "model".to_owned(),
            params: vec![
                ("kind", Value::text(kind)),
                ("d", Value::integer(d)),
                ("p", Value::integer(p)),
            ],
            verdict: Checked::assumed(verdict),
            values: vec![("accuracy", ratio(right, 1000).into())],
            certificate: None,
            milliseconds: None,
            reason: None,
        }
    }

    #[test]
    fn a_cell_is_all_seeds_of_a_size() {
        let records = [
            record("dot", 2, 1, 1000),
            record("dot", 2, 1, 999),
            record("dot", 4, 1, 1000),
            record("dot", 4, 1, 1000),
            record("lin+sftm", 4, 8, 995),
            record("lin+sftm", 2, 8, 850),
            record("lin+sftm", 2, 1, 100),
        ];
        assert_eq!(Task::of(&records), Some(Task::Histogram));
        let kinds = sizes(&records, Task::Histogram);
        let class = |kind: usize, size: (u64, u64)| kinds[kind].1[&size].class();
        assert_eq!((class(0, (2, 1)), class(0, (4, 1))), (Class::SomeSeed, Class::EverySeed));
        assert_eq!((class(1, (4, 8)), class(1, (2, 8))), (Class::NearlyAll, Class::Most));
        assert_eq!(class(1, (2, 1)), Class::Fewer);
        // never rounded up
        assert_eq!(kinds[0].1[&(2, 1)].words(), ".99");
        assert_eq!(
            (kinds[0].1[&(4, 1)].words(), kinds[1].1[&(2, 1)].words()),
            ("1".into(), ".10".into())
        );
        let svg = Figure::of_models(&records).unwrap().svg().unwrap();
        for words in ["dot", "lin+sftm", "all inputs, every seed", "less"] {
            assert!(svg.contains(words), "{words}");
        }
    }

    #[test]
    fn of_the_largest_token_bounds_are_drawn_where_they_were_asked_for() {
        let of = |m: u64, right: u64, wrong: u64, within: bool| {
            let mut record = record("", 2, 1, if wrong == 0 { 1000 } else { 0 });
            record.params = vec![
                ("positions", Value::Bool(false)),
                ("m", Value::integer(m)),
                ("d", Value::integer(2)),
                ("seed", Value::integer(0)),
                ("steps", Value::integer(9)),
                ("task", Value::text("max")),
            ];
            record.values = vec![
                ("wrong", Value::integer(wrong)),
                ("accuracy_at_least", ratio(right as i64, 1000).into()),
            ];
            if within {
                record.params.push(("within", ratio(1, 10).into()));
                record.verdict = Checked::assumed(Verdict::Verified);
            }
            if right + wrong == 1000 {
                record.values.push(("accuracy", ratio(right as i64, 1000).into()));
            }
            record
        };
        let records = [
            of(3, 1000, 0, true),
            of(4, 995, 5, true),
            of(5, 950, 0, true),
            // a limit was hit: nothing is said
            of(6, 500, 20, false),
        ];
        assert_eq!(Task::of(&records), Some(Task::LargestToken));
        let kinds = sizes(&records, Task::LargestToken);
        let [(name, sizes)] = &kinds[..] else { panic!("one block") };
        assert_eq!((name.as_str(), sizes.len()), ("no positions", 3));
        let classes: Vec<Class> = sizes.values().map(Seeds::class).collect();
        assert_eq!(classes, [Class::EverySeed, Class::NearlyAll, Class::Most]);
        let svg = Figure::of_models(&records).unwrap().svg().unwrap();
        assert!(svg.contains("vocabulary size") && svg.contains("no positions"));
    }
}
