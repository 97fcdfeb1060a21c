//! Formats and orders of sums by name: `bf16:seq`, `fp32` (any order), `p9:flash` (9 bits, the exponents of doubles).

use super::ClaimError;
use crate::kernel::number::{Format, Order, SumOrder};
use std::fmt;
use std::str::FromStr;

/// What the numbers of a model are, and in which order its sums are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arithmetic {
    pub format: Format,
    pub order: Order,
}

/// The same in an order that sums alone have: there are no products to fuse in T1 to T3.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summed {
    pub format: Format,
    pub order: SumOrder,
}

const fn format(precision: i32, emin: i32, emax: i32) -> Format {
    Format { precision, emin, emax }
}

/// As in IEEE 754: `e4m3` is not the variant without infinities, whose numbers go on to 448.
const FORMATS: [(&str, Format); 7] = [
    ("e5m2", format(3, -14, 15)),
    ("e4m3", format(4, -6, 7)),
    ("bf16", format(8, -126, 127)),
    ("fp16", format(11, -14, 15)),
    ("tf32", format(11, -126, 127)),
    ("fp32", format(24, -126, 127)),
    ("fp64", format(53, -1022, 1023)),
];

const ORDERS: [(&str, Order); 8] = [
    ("seq", Order::Seq),
    ("pair", Order::Pair),
    ("any", Order::Any),
    ("once", Order::Once),
    ("flash", Order::Flash),
    ("blocks", Order::Blocks),
    ("fused", Order::Fused),
    ("wide", Order::Wide),
];

const SUM_ORDERS: [(&str, SumOrder); 5] = [
    ("seq", SumOrder::Seq),
    ("pair", SumOrder::Pair),
    ("any", SumOrder::Any),
    ("once", SumOrder::Once),
    ("flash", SumOrder::Flash),
];

fn named<T: Copy>(table: &[(&str, T)], name: &str, what: &str) -> Result<T, String> {
    let names = || table.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let found = table.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    found.ok_or_else(|| format!("`{name}` is no {what}; write one of {}", names()))
}

/// The name of an order.
pub(super) fn order_name(order: Order) -> &'static str {
    name(&ORDERS, order)
}

/// The name of an order of T1 to T3.
pub(super) fn sum_order_name(order: SumOrder) -> &'static str {
    name(&SUM_ORDERS, order)
}

fn name<T: PartialEq>(table: &[(&'static str, T)], order: T) -> &'static str {
    table.iter().find(|(_, known)| *known == order).map_or("any", |(name, _)| *name)
}

/// Orders of T1 to T3 by name.
pub(crate) fn order_named(name: &str) -> Result<SumOrder, String> {
    named(&SUM_ORDERS, name, "order of a sum")
}

impl Arithmetic {
    /// In an order that T1 to T3 have.
    pub(super) fn summed(self) -> Result<Summed, ClaimError> {
        let order = order_named(order_name(self.order));
        let refused = |_| {
            ClaimError::value(
                "arithmetic",
                "an order of a sum of equal terms (seq, pair, any, once, flash)",
                self,
            )
        };
        Ok(Summed { format: self.format, order: order.map_err(refused)? })
    }
}

/// One arithmetic, or several that differ in their bits: `p4-9:seq`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ArithmeticRange(pub Vec<Arithmetic>);

impl FromStr for ArithmeticRange {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, order) = text.split_once(':').unwrap_or((text, "any"));
        let Some((first, last)) = name.strip_prefix('p').and_then(|bits| bits.split_once('-'))
        else {
            return Ok(Self(vec![text.parse()?]));
        };
        let fix = || format!("`{name}`: expected bits such as p4-9, from 2 to 53");
        let [first, last] = [first, last].map(|bits| bits.parse::<i32>().map_err(|_| fix()));
        let (first, last) = (first?, last?);
        if !(2 <= first && first <= last && last <= 53) {
            return Err(fix());
        }
        let all = (first..=last).map(|bits| format!("p{bits}:{order}").parse());
        Ok(Self(all.collect::<Result<_, _>>()?))
    }
}

impl FromStr for Arithmetic {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, order) = text.split_once(':').unwrap_or((text, "any"));
        let order = named(&ORDERS, order, "order of a sum")?;
        let bits = name.strip_prefix('p').and_then(|bits| bits.parse::<i32>().ok());
        let format = match bits {
            Some(precision @ 2..=53) => format(precision, -1022, 1023),
            Some(bits) => return Err(format!("`p{bits}`: expected a precision of 2 to 53 bits")),
            None => named(&FORMATS, name, "format").map_err(|why| format!("{why}, p2 to p53"))?,
        };
        Ok(Self { format, order })
    }
}

impl fmt::Display for Arithmetic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(f, self.format, order_name(self.order))
    }
}

impl fmt::Display for Summed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(f, self.format, sum_order_name(self.order))
    }
}

fn write(f: &mut fmt::Formatter<'_>, format: Format, order: &str) -> fmt::Result {
    match FORMATS.iter().find(|(_, known)| *known == format) {
        Some((name, _)) => write!(f, "{name}:{order}"),
        None => write!(f, "p{}:{order}", format.precision),
    }
}
