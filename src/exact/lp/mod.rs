//! Exact linear programs, and outcomes that prove themselves.
//!
//! A program optimises `c x + c0` over `x` in `Q^n` subject to rows `a_i x (<=|>=|=) b_i` and bounds
//! `l_j <= x_j <= u_j`, every number rational. What a solver says about it is an [`LpOutcome`], which
//! carries the numbers that prove it; [`LpOutcome::check`] decides from the program and those numbers
//! alone, by linear programming duality with bounded variables (textbook material), and never solves
//! anything.

mod outcome;
mod program;

pub use outcome::{LpOutcome, LpVerdict, OutcomeError};
pub use program::{LinearProgram, LpError, LpRow, LpVariable, Relation, Sense};
