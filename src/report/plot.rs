//! Which columns of which claim make a figure.

use super::Record;
use super::figure::axis::Scale;
use super::figure::chart::{Place, Side};

/// A column of the values and how a figure names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    pub name: &'static str,
    /// in the markup of [`super::figure::text`]
    pub symbol: &'static str,
    /// depends on `x` only, so it is drawn once
    pub fixed: bool,
    /// a value that is `null` is larger than every number
    pub unbounded: bool,
    /// what is proved about how it grows
    pub law: Option<&'static str>,
}

/// A figure of records: columns against a parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plot {
    pub claim: &'static str,
    pub title: &'static str,
    /// a sentence on what is shown
    pub description: &'static str,
    pub x: &'static str,
    pub x_label: &'static str,
    pub x_scale: Scale,
    pub y_label: &'static str,
    /// by the range of the values where none is fixed
    pub y_scale: Option<Scale>,
    pub columns: &'static [Column],
    /// local slopes stand beside the table
    pub sloped: bool,
    /// along which axis the bits of formats are marked
    pub formats: Option<Side>,
}

/// Bits of the formats that have names; `tf32` has those of `fp16`.
const FORMATS: [(f64, &str); 6] = [
    (3.0, "e5m2"),
    (4.0, "e4m3"),
    (8.0, "bf16"),
    (11.0, "fp16, tf32"),
    (24.0, "fp32"),
    (53.0, "fp64"),
];

const fn column(name: &'static str, symbol: &'static str) -> Column {
    Column { name, symbol, fixed: false, unbounded: false, law: None }
}

const fn proved(name: &'static str, symbol: &'static str, law: &'static str) -> Column {
    Column { name, symbol, fixed: false, unbounded: false, law: Some(law) }
}

/// Every claim with a figure.
pub const PLOTS: [Plot; 7] = [
    Plot {
        claim: "inverse-width",
        title: "What inverting 1/k takes",
        description: "Least numbers of equal cells and of units, and least total slope, of a network that inverts 1/k for k = 1..n.",
        x: "n",
        x_label: "context length $n$",
        x_scale: Scale::Log,
        y_label: "cells, total slope, units",
        y_scale: Some(Scale::Log),
        columns: &[
            Column { name: "n_squared", symbol: "$n^2$", fixed: true, unbounded: false, law: None },
            proved(
                "p_min",
                "$P_{min}$",
                "below n^2; n (sqrt n - 1)^2 at squares for epsilon = 1/2",
            ),
            column("w_grid", "$W_{grid}$"),
            proved("w_min", "$W_{min}$", "ceil(n/2) - 1 for epsilon = 0"),
        ],
        sloped: true,
        formats: None,
    },
    Plot {
        claim: "uniform-collision",
        title: "Collision lengths under uniform attention",
        description: "Least context length n* at which no MLP counts under uniform attention; infinite where some MLP counts at every length.",
        x: "m",
        x_label: "vocabulary size $m$",
        x_scale: Scale::Linear,
        y_label: "collision length $n*$",
        y_scale: None,
        columns: &[Column {
            name: "n_star",
            symbol: "$n*$",
            fixed: false,
            unbounded: true,
            law: None,
        }],
        sloped: false,
        formats: None,
    },
    Plot {
        claim: "separation",
        title: "How close states with different answers come",
        description: "Least sup distance of two states with one query and different answers under uniform attention.",
        x: "n",
        x_label: "context length $n$",
        x_scale: Scale::Log,
        y_label: "separation $δ$",
        y_scale: Some(Scale::Log),
        columns: &[column("delta", "$δ$")],
        sloped: false,
        formats: None,
    },
    Plot {
        claim: "mfe-bits",
        title: "Bits that the most frequent element needs",
        description: "Lower bounds on the bits that the heads' numbers have together: the exact number of messages, and set disjointness.",
        x: "m",
        x_label: "vocabulary size $m$",
        x_scale: Scale::Log,
        y_label: "bits, $h (d_v + 1) p$",
        y_scale: Some(Scale::Log),
        columns: &[column("bits", "messages"), column("disjointness_bits", "disjointness")],
        sloped: false,
        formats: None,
    },
    Plot {
        claim: "qc-count-attend",
        title: "What counting by attention takes",
        description: "Least integer softmax base and MLP width with which attention to equal tokens counts.",
        x: "n",
        x_label: "context length $n$",
        x_scale: Scale::Log,
        y_label: "softmax base $B$, MLP width",
        y_scale: Some(Scale::Log),
        columns: &[column("mlp_width", "width"), column("base", "$B$")],
        sloped: false,
        formats: None,
    },
    Plot {
        claim: "machine-numbers",
        title: "Bits that counting takes in floating point",
        description: "Least number of bits of a mantissa with which every count is right at every length up to n, by the order of sums.",
        x: "n",
        x_label: "context length $n$",
        x_scale: Scale::Log,
        y_label: "bits $p$",
        y_scale: Some(Scale::Linear),
        columns: &[proved(
            "precision",
            "$p$",
            "log2 n + 2 for sums divided last (n a power of two); about 2 log2 n for sums in the format",
        )],
        sloped: false,
        formats: Some(Side::Y),
    },
    Plot {
        claim: "machine-numbers",
        title: "How long counting lasts in floating point",
        description: "Largest length up to which every count is right in numbers with p bits, by the order of sums.",
        x: "precision",
        x_label: "bits $p$",
        x_scale: Scale::Linear,
        y_label: "largest $n$",
        y_scale: Some(Scale::Log),
        columns: &[proved(
            "largest_n",
            "$N$",
            "2^(p-2) for sums divided last; at most 2^((p+1)/2) - 2 one by one (p odd)",
        )],
        sloped: false,
        formats: Some(Side::X),
    },
];

impl Plot {
    /// Whether a claim has a figure.
    #[must_use]
    pub fn is_of(claim: &str) -> bool {
        PLOTS.iter().any(|plot| plot.claim == claim)
    }

    /// The figure of a claim's records: the one whose first axis they have.
    #[must_use]
    pub fn of(records: &[Record]) -> Option<&'static Self> {
        let first = records.first()?;
        let has = |plot: &&Self| first.params.iter().any(|(name, _)| *name == plot.x);
        let mut plots = PLOTS.iter().filter(|plot| plot.claim == first.claim);
        let any = plots.clone().next();
        plots.find(has).or(any)
    }

    /// The places of its axes that have names.
    #[must_use]
    pub fn marks(&self) -> Vec<Place> {
        let all = self.formats.into_iter().flat_map(|side| FORMATS.map(|format| (side, format)));
        all.map(|(side, (at, name))| Place { side, at, name: name.to_owned() }).collect()
    }
}
