//! The tree of a [`ShortVectorProof`] as VIPR derivations.
//!
//! Leaves: let `y` be a cut (or the signs of a full vector `z`), `D = ||y||_inf`, `w_i = <y, b_i>`. As a functional
//! on `L`, `y = sum w_i u_i + A^T alpha`. Bounds on the `lambda_i` give `<y, c - c'> >= s`, while
//! `D sum (c + c') - <y, c - c'> = sum (D - y_j) c_j + (D + y_j) c'_j >= 2 D`, and `sum c <= n - 1`. Added up:
//! `0 >= s - D (2 n - 4)`, impossible when the cut excludes the node.

use super::collision::Program;
use super::write::{Constraint, Document, Reason, Sense};
use crate::kernel::number::{IntegerVector, Rational, dot_integers, integer};
use crate::search::collision::ShortVectorProof;
use crate::search::collision::l1;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, Zero};
use std::collections::BTreeMap;

/// A cut ready for leaves.
struct Cut {
    y: IntegerVector,
    size: BigInt,
    /// `w_i = <y, b_i>`
    products: Vec<BigInt>,
    /// `alpha`
    rows: Vec<Rational>,
}

/// Numbers of the constraints `lambda >= value` and `lambda <= value`.
#[derive(Clone, Copy, Default)]
struct Fixed {
    lower: usize,
    upper: usize,
}

struct Tree<'a> {
    program: &'a Program<'a>,
    proof: &'a ShortVectorProof,
    /// by level
    cuts: Vec<Vec<Cut>>,
    radius: BigInt,
    /// the constraint `sum c <= n - 1`, and its right-hand side
    below: usize,
    document: &'a mut Document,
    lambda: Vec<BigInt>,
    fixed: Vec<Fixed>,
}

/// Derives a contradiction from constraint `below`, `sum c <= length - 1`; returns its number.
pub(super) fn refute(
    program: &Program<'_>,
    proof: &ShortVectorProof,
    length: &BigInt,
    below: usize,
    document: &mut Document,
) -> usize {
    let dimension = proof.basis.len();
    let mut tree = Tree {
        program,
        proof,
        cuts: (0..dimension).map(|_| Vec::new()).collect(),
        radius: (length - 2) * 2,
        below,
        document,
        lambda: vec![BigInt::zero(); dimension],
        fixed: vec![Fixed::default(); dimension],
    };
    for y in &proof.cuts {
        let cut = tree.cut(y.clone());
        if let Some(level) = cut.products.iter().position(|w| !w.is_zero()) {
            tree.cuts[level].push(cut);
        }
    }
    let start = tree.at_least_one();
    tree.upwards(dimension - 1, &BigInt::one(), start)
}

impl Tree<'_> {
    fn cut(&self, y: IntegerVector) -> Cut {
        let products: Vec<BigInt> = self.proof.basis.iter().map(|b| dot_integers(&y, b)).collect();
        let mut rest = y.clone();
        for (w, u) in products.iter().zip(&self.proof.left_inverse).filter(|(w, _)| !w.is_zero()) {
            for (entry, from) in rest.iter_mut().zip(u) {
                *entry -= w * from;
            }
        }
        let rows = self.program.combination(&rest);
        let size = y.iter().map(Signed::abs).max().unwrap_or_default();
        Cut { y, size, products, rows }
    }

    /// `lambda_k >= 1`, where `z_q = g lambda_k`; the basis is turned so that this is the positive side.
    fn at_least_one(&mut self) -> usize {
        let last = self.proof.basis.len() - 1;
        let factor = self.proof.basis[last][self.program.query].clone();
        let functional = &self.proof.left_inverse[last];
        // u_k - e_q / g vanishes on the lattice.
        let mut rest: IntegerVector = functional.iter().map(|entry| entry * &factor).collect();
        rest[self.program.query] -= 1;
        let scale = Rational::new(BigInt::one(), factor);
        let mut terms = vec![(self.program.counts_differ(), scale.clone())];
        for (i, value) in self.program.combination(&rest).into_iter().enumerate() {
            terms.push((self.program.row(i), value * &scale));
        }
        let derived = self.program.difference(Sense::AtLeast, functional, BigInt::one());
        self.document.derive(derived, Reason::Rounded(terms))
    }

    fn assume(&mut self, sense: Sense, level: usize, value: &BigInt) -> usize {
        let functional = &self.proof.left_inverse[level];
        let branch = self.program.difference(sense, functional, value.clone());
        self.document.derive(branch, Reason::Assumption)
    }

    fn join(&mut self, low: usize, low_branch: usize, high: usize, high_branch: usize) -> usize {
        let reason = Reason::Join([low, low_branch, high, high_branch]);
        self.document.derive(Constraint::impossible(integer(1)), reason)
    }

    /// Refutes the coordinates above `level`, which are fixed.
    fn node(&mut self, depth: usize) -> usize {
        let Some(level) = depth.checked_sub(1) else { return self.leaf() };
        let (low, _) = self.ends(level);
        let branch = self.assume(Sense::AtMost, level, &(&low - 1));
        self.fixed[level].upper = branch;
        let below = self.excluded(level, &(&low - 1), false);
        let other = self.assume(Sense::AtLeast, level, &low);
        let above = self.upwards(level, &low, other);
        self.join(below, branch, above, other)
    }

    /// Refutes `lambda_level >= value`, which is constraint `lower`.
    fn upwards(&mut self, level: usize, value: &BigInt, lower: usize) -> usize {
        self.lambda[level] = BigInt::zero();
        let (_, high) = self.ends(level);
        self.fixed[level].lower = lower;
        if *value > high {
            return self.excluded(level, value, true);
        }
        let branch = self.assume(Sense::AtMost, level, value);
        self.fixed[level] = Fixed { lower, upper: branch };
        self.lambda[level] = value.clone();
        let here = self.node(level);
        let next = value + 1;
        let other = self.assume(Sense::AtLeast, level, &next);
        let above = self.upwards(level, &next, other);
        self.join(here, branch, above, other)
    }

    /// The interval that the cuts leave to `lambda_level`.
    fn ends(&self, level: usize) -> (BigInt, BigInt) {
        let ends = self.cuts[level].iter().map(|cut| {
            let sum = self.sum_above(cut, level);
            let bound = &cut.size * &self.radius;
            let w = &cut.products[level];
            let (w, sum) = if w.is_negative() { (-w, -sum) } else { (w.clone(), sum) };
            (-(&bound + &sum).div_floor(&w), (&bound - &sum).div_floor(&w))
        });
        ends.reduce(|(a, b), (c, d)| (a.max(c), b.min(d))).unwrap_or_default()
    }

    fn sum_above(&self, cut: &Cut, level: usize) -> BigInt {
        dot_integers(&cut.products[level + 1..], &self.lambda[level + 1..])
    }

    /// The leaf of a cut that excludes `lambda_level >= value` (`upper`) or `<= value`.
    fn excluded(&mut self, level: usize, value: &BigInt, upper: bool) -> usize {
        let found = self.cuts[level].iter().find_map(|cut| {
            let positive = cut.products[level].is_positive() == upper;
            let reached = self.sum_above(cut, level) + &cut.products[level] * value;
            let reached = if positive { reached } else { -reached };
            (reached > &cut.size * &self.radius).then(|| self.terms(cut, level, positive, &reached))
        });
        // A proof that was checked has such a cut; without one the document is not complete.
        let (terms, right) = found.unwrap_or_default();
        self.document.derive(Constraint::impossible(right), Reason::Linear(terms))
    }

    /// All coordinates are fixed: the vector itself is too long.
    fn leaf(&mut self) -> usize {
        let mut z = vec![BigInt::zero(); self.program.m()];
        for (x, b) in self.lambda.iter().zip(&self.proof.basis) {
            for (entry, from) in z.iter_mut().zip(b) {
                *entry += x * from;
            }
        }
        let reached = l1(&z);
        let cut = self.cut(z.iter().map(Signed::signum).collect());
        let (terms, right) = self.terms(&cut, 0, true, &reached);
        self.document.derive(Constraint::impossible(right), Reason::Linear(terms))
    }

    /// Multipliers that end in `0 >= right`, for the cut (or its negative) on levels from `level` on.
    fn terms(
        &self,
        cut: &Cut,
        level: usize,
        positive: bool,
        reached: &BigInt,
    ) -> (Vec<(usize, Rational)>, Rational) {
        let sign = if positive { BigInt::one() } else { -BigInt::one() };
        let mut terms: BTreeMap<usize, Rational> = BTreeMap::new();
        let mut add = |place: usize, value: Rational| {
            *terms.entry(place).or_default() += value;
        };
        for (w, fixed) in cut.products.iter().zip(&self.fixed).skip(level) {
            let w = w * &sign;
            add(if w.is_positive() { fixed.lower } else { fixed.upper }, integer(w));
        }
        for (i, value) in cut.rows.iter().enumerate() {
            add(self.program.row(i), value * integer(sign.clone()));
        }
        let (m, query) = (self.program.m(), self.program.query);
        for (j, y) in cut.y.iter().enumerate().filter(|(j, _)| *j != query) {
            add(j, integer(&cut.size - y * &sign));
            add(m + j, integer(&cut.size + y * &sign));
        }
        let slack = &cut.size - &cut.y[query] * &sign;
        add(self.program.counts_differ(), integer(slack.clone()));
        add(self.program.query_occurs(), integer(&cut.size * 2));
        add(self.below, integer(&cut.size * -2));
        // sum c' = sum c: the last row of A is all ones.
        add(self.program.row(self.program.problem.rows.len() - 1), integer(cut.size.clone()));
        let right = reached - &cut.size * &self.radius + slack;
        (terms.into_iter().collect(), integer(right))
    }
}
