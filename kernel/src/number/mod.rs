//! Exact numbers: canonical rationals, matrices over them, integer lattices, enclosures of the irrational.
//!
//! No float is anywhere, no division panics, and what is taken from outside has at most [`MAX_DIGITS`] digits.

mod arithmetic;
mod binomial_tail;
mod enclosure;
pub mod fixed;
mod integers;
mod machine;
mod matrix;
mod rational;
mod special;
mod word;

pub use arithmetic::{Arithmetic, Every, Function, Named, Near, Order};
pub use binomial_tail::tail_at_most;
pub use enclosure::{Enclosure, Precision, Real};
pub use integers::{IntegerVector, Room, binomial, dot_integers, dot_within, rank_at_least, work};
pub use machine::{Float, Format, SumOrder};
pub use matrix::Matrix;
pub use rational::{
    IntegerText, MAX_DIGITS, NaturalText, Rational, RationalText, Scaled, common_denominator, compare, divide, integer,
    larger, parse_canonical, power, ratio, reciprocal, same, scaled, smaller, text,
};
pub use word::Word;
