//! Which columns of which claim make a figure.

use super::figure::axis::Scale;

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
}

const fn column(name: &'static str, symbol: &'static str) -> Column {
    Column { name, symbol, fixed: false, unbounded: false, law: None }
}

const fn proved(name: &'static str, symbol: &'static str, law: &'static str) -> Column {
    Column { name, symbol, fixed: false, unbounded: false, law: Some(law) }
}

/// Every claim with a figure.
pub const PLOTS: [Plot; 6] = [
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
    },
    Plot {
        claim: "machine-numbers",
        title: "Bits that counting takes in floating point",
        description: "Least number of bits of a mantissa with which every count is right at every length up to n, by the order of sums.",
        x: "n",
        x_label: "context length $n$",
        x_scale: Scale::Log,
        y_label: "bits $p$ (e4m3 4, bf16 8, fp16 11, fp32 24)",
        y_scale: Some(Scale::Linear),
        columns: &[proved(
            "precision",
            "$p$",
            "log2 n + 2 for sums divided last (n a power of two); about 2 log2 n for sums in the format",
        )],
        sloped: false,
    },
];

impl Plot {
    /// The figure of a claim's records.
    #[must_use]
    pub fn of(claim: &str) -> Option<&'static Self> {
        PLOTS.iter().find(|plot| plot.claim == claim)
    }
}
