//! A VIPR 1.0 document: variables, constraints and derivations, written as text.

use crate::kernel::number::{Rational, integer};
use num_bigint::BigInt;
use num_traits::Zero;
use std::fmt;

/// The version of the format that is written.
pub const VIPR_VERSION: &str = "1.0";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sense {
    Equal,
    AtMost,
    AtLeast,
}

/// `sum terms  sense  right`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Constraint {
    sense: Sense,
    right: Rational,
    terms: Vec<(usize, BigInt)>,
}

/// Why a derived constraint holds.
#[derive(Debug, Clone)]
pub enum Reason {
    /// a branch
    Assumption,
    /// a combination of earlier constraints that dominates it
    Linear(Vec<(usize, Rational)>),
    /// the same, with the right-hand side rounded
    Rounded(Vec<(usize, Rational)>),
    /// `[i1, l1, i2, l2]`: `i1` under the assumption `l1`, `i2` under `l2`, one of which is true
    Join([usize; 4]),
}

impl Constraint {
    pub fn new(
        sense: Sense,
        right: BigInt,
        terms: impl IntoIterator<Item = (usize, BigInt)>,
    ) -> Self {
        let mut terms: Vec<_> = terms.into_iter().filter(|(_, factor)| !factor.is_zero()).collect();
        terms.sort_by_key(|(place, _)| *place);
        Self { sense, right: integer(right), terms }
    }

    /// `0 >= right`, for a positive `right`.
    pub fn impossible(right: Rational) -> Self {
        Self { sense: Sense::AtLeast, right, terms: Vec::new() }
    }
}

/// A problem and its proof; constraints and derivations share one numbering.
#[derive(Debug)]
pub struct Document {
    names: Vec<String>,
    objective: Vec<(usize, BigInt)>,
    constraints: Vec<Constraint>,
    bounds: usize,
    derivations: Vec<(Constraint, Reason)>,
    /// The claimed optimum with a solution; infeasible when `None`.
    optimum: Option<(BigInt, Vec<(usize, BigInt)>)>,
}

impl Document {
    pub fn new(names: Vec<String>, objective: Vec<(usize, BigInt)>) -> Self {
        Self {
            names,
            objective,
            constraints: Vec::new(),
            bounds: 0,
            derivations: Vec::new(),
            optimum: None,
        }
    }

    /// Adds a bound; bounds come before other constraints.
    pub fn bound(&mut self, constraint: Constraint) {
        self.bounds += 1;
        self.constraints.push(constraint);
    }

    pub fn constraint(&mut self, constraint: Constraint) {
        self.constraints.push(constraint);
    }

    /// Adds a derivation and returns its number.
    pub fn derive(&mut self, constraint: Constraint, reason: Reason) -> usize {
        self.derivations.push((constraint, reason));
        self.constraints.len() + self.derivations.len() - 1
    }

    pub fn range(&mut self, optimum: BigInt, solution: Vec<(usize, BigInt)>) {
        self.optimum = Some((optimum, solution));
    }
}

impl fmt::Display for Sense {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Equal => "E",
            Self::AtMost => "L",
            Self::AtLeast => "G",
        })
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ", self.sense, self.right)?;
        sparse(f, &self.terms)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Assumption => f.write_str("asm"),
            Self::Linear(terms) => {
                f.write_str("lin ")?;
                sparse(f, terms)
            }
            Self::Rounded(terms) => {
                f.write_str("rnd ")?;
                sparse(f, terms)
            }
            Self::Join([i1, l1, i2, l2]) => write!(f, "uns {i1} {l1} {i2} {l2}"),
        }
    }
}

fn sparse<T: fmt::Display + Zero>(f: &mut fmt::Formatter<'_>, terms: &[(usize, T)]) -> fmt::Result {
    let terms: Vec<_> = terms.iter().filter(|(_, value)| !value.is_zero()).collect();
    write!(f, "{}", terms.len())?;
    terms.iter().try_for_each(|(place, value)| write!(f, " {place} {value}"))
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "VER {VIPR_VERSION}\nVAR {}", self.names.len())?;
        self.names.iter().try_for_each(|name| writeln!(f, "{name}"))?;
        writeln!(f, "INT {}", self.names.len())?;
        (0..self.names.len()).try_for_each(|place| writeln!(f, "{place}"))?;
        writeln!(f, "OBJ min")?;
        sparse(f, &self.objective)?;
        writeln!(f, "\nCON {} {}", self.constraints.len(), self.bounds)?;
        for (i, constraint) in self.constraints.iter().enumerate() {
            writeln!(f, "C{i} {constraint}")?;
        }
        match &self.optimum {
            None => writeln!(f, "RTP infeas\nSOL 0")?,
            Some((optimum, solution)) => {
                write!(f, "RTP range {optimum} {optimum}\nSOL 1\nleast ")?;
                sparse(f, solution)?;
                writeln!(f)?;
            }
        }
        writeln!(f, "DER {}", self.derivations.len())?;
        for (i, (constraint, reason)) in self.derivations.iter().enumerate() {
            writeln!(f, "D{i} {constraint} {{ {reason} }} -1")?;
        }
        Ok(())
    }
}
