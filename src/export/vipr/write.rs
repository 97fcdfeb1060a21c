//! A VIPR 1.0 document: variables, constraints and derivations, written as text.

use crate::kernel::kind::Sense as Goal;
use crate::kernel::number::Rational;
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
    terms: Terms,
}

/// Places with numbers that are not zero, by ascending place.
type Terms = Vec<(usize, Rational)>;

/// Why a derived constraint holds.
#[derive(Debug, Clone)]
pub enum Reason {
    /// a branch
    Assumption,
    /// a combination of earlier constraints that dominates it
    Linear(Terms),
    /// the same, with the right-hand side rounded
    Rounded(Terms),
    /// `[i1, l1, i2, l2]`: `i1` under the assumption `l1`, `i2` under `l2`, one of which is true
    Join([usize; 4]),
}

impl Constraint {
    pub fn new<T: Into<Rational>>(
        sense: Sense,
        right: T,
        terms: impl IntoIterator<Item = (usize, T)>,
    ) -> Self {
        Self { sense, right: right.into(), terms: collect(terms) }
    }

    /// `0 >= right`, for a positive `right`.
    pub fn impossible(right: Rational) -> Self {
        Self { sense: Sense::AtLeast, right, terms: Vec::new() }
    }
}

fn collect<T: Into<Rational>>(terms: impl IntoIterator<Item = (usize, T)>) -> Terms {
    let terms = terms.into_iter().map(|(place, factor)| (place, factor.into()));
    let mut terms: Terms = terms.filter(|(_, factor)| !factor.is_zero()).collect();
    terms.sort_by_key(|(place, _)| *place);
    terms
}

/// A problem and its proof; constraints and derivations share one numbering.
#[derive(Debug)]
pub struct Document {
    names: Vec<String>,
    /// whether all variables are integers, or none
    integral: bool,
    goal: Goal,
    objective: Terms,
    constraints: Vec<Constraint>,
    bounds: usize,
    derivations: Vec<(Constraint, Reason)>,
    /// The claimed optimum with a solution; infeasible when `None`.
    optimum: Option<(Rational, Terms)>,
}

impl Document {
    pub fn new<T: Into<Rational>>(
        names: Vec<String>,
        integral: bool,
        (goal, objective): (Goal, impl IntoIterator<Item = (usize, T)>),
    ) -> Self {
        Self {
            names,
            integral,
            goal,
            objective: collect(objective),
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

    /// States the optimum, with a solution that attains it.
    pub fn range<T: Into<Rational>>(
        &mut self,
        optimum: T,
        solution: impl IntoIterator<Item = (usize, T)>,
    ) {
        self.optimum = Some((optimum.into(), collect(solution)));
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

fn sparse(f: &mut fmt::Formatter<'_>, terms: &[(usize, Rational)]) -> fmt::Result {
    let terms: Vec<_> = terms.iter().filter(|(_, value)| !value.is_zero()).collect();
    write!(f, "{}", terms.len())?;
    terms.iter().try_for_each(|(place, value)| write!(f, " {place} {value}"))
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "VER {VIPR_VERSION}\nVAR {}", self.names.len())?;
        self.names.iter().try_for_each(|name| writeln!(f, "{name}"))?;
        let integers = if self.integral { self.names.len() } else { 0 };
        writeln!(f, "INT {integers}")?;
        (0..integers).try_for_each(|place| writeln!(f, "{place}"))?;
        let goal = match self.goal {
            Goal::Minimise => "min",
            Goal::Maximise => "max",
        };
        writeln!(f, "OBJ {goal}")?;
        sparse(f, &self.objective)?;
        writeln!(f, "\nCON {} {}", self.constraints.len(), self.bounds)?;
        for (i, constraint) in self.constraints.iter().enumerate() {
            writeln!(f, "C{i} {constraint}")?;
        }
        match &self.optimum {
            None => writeln!(f, "RTP infeas\nSOL 0")?,
            Some((optimum, solution)) => {
                write!(f, "RTP range {optimum} {optimum}\nSOL 1\nbest ")?;
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
