//! Which columns of which claim make a figure.

/// A column of the values and how a figure names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    pub name: &'static str,
    pub symbol: &'static str,
    /// depends on `x` only, so it is drawn once
    pub fixed: bool,
}

/// A figure of records: columns against a parameter, both axes logarithmic.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plot {
    pub claim: &'static str,
    pub x: &'static str,
    pub x_label: &'static str,
    pub y_label: &'static str,
    pub columns: &'static [Column],
}

const fn column(name: &'static str, symbol: &'static str) -> Column {
    Column { name, symbol, fixed: false }
}

/// Every claim with a figure.
pub const PLOTS: [Plot; 1] = [Plot {
    claim: "inverse-width",
    x: "n",
    x_label: "context length n",
    y_label: "cells, total slope, units",
    columns: &[
        Column { name: "n_squared", symbol: "n²", fixed: true },
        column("p_min", "P_min"),
        column("w_grid", "W_grid"),
        column("w_min", "W_min"),
    ],
}];

impl Plot {
    /// The figure of a claim's records.
    #[must_use]
    pub fn of(claim: &str) -> Option<&'static Self> {
        PLOTS.iter().find(|plot| plot.claim == claim)
    }
}
