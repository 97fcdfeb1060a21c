//! A proof that a kernel lattice has no short vector, as `proofs/theories/CheckKernel.v` reads it: the coordinates in the
//! order in which they are fixed, each with its cuts turned to its side, and why they are all of the kernel.
//!
//! With `A z = 0`, `z = sum <u_i, z> b_i` because `e_j - sum_i b_i(j) u_i` is a combination of the rows of `A` for each
//! token `j`: it vanishes on the basis, which spans the kernel.

use super::text::{define, define_matrix, list, words};
use crate::algebra::{common_denominator, solve};
use crate::kernel::evidence::KernelProof;
use crate::kernel::number::{IntegerVector, Matrix, dot_integers, integer, scaled};
use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};
use std::fmt::Write as _;

pub(super) struct Kernel {
    levels: Vec<Level>,
    /// one a token: `D`, and what the rows of `A` are multiplied with, ones first
    identity: Vec<(BigInt, IntegerVector)>,
}

struct Level {
    vector: IntegerVector,
    functional: IntegerVector,
    cuts: Vec<IntegerVector>,
}

impl Kernel {
    /// `rows` are those of the embedding and then the row of ones, each of length `m`. `None` for a basis that does not
    /// span the kernel.
    pub(super) fn new(rows: &[IntegerVector], m: usize, proof: &KernelProof) -> Option<Self> {
        let both = proof.basis.iter().zip(&proof.left_inverse);
        let mut levels: Vec<Level> = both
            .map(|(vector, functional)| Level {
                vector: vector.clone(),
                functional: functional.clone(),
                cuts: Vec::new(),
            })
            .collect();
        for cut in &proof.cuts {
            let products = levels.iter().map(|level| dot_integers(cut, &level.vector));
            let found = products.enumerate().find(|(_, product)| !product.is_zero());
            if let Some((place, product)) = found {
                let turned =
                    |entry: &BigInt| if product.is_negative() { -entry } else { entry.clone() };
                levels[place].cuts.push(cut.iter().map(turned).collect());
            }
        }
        // ones first
        let order: Vec<&IntegerVector> =
            rows.last().into_iter().chain(&rows[..rows.len() - 1]).collect();
        let matrix = Matrix::from_fn(m, order.len(), |j, i| integer(order[i][j].clone()));
        let identity = (0..m).map(|token| {
            let mut rest = vec![BigInt::zero(); m];
            rest[token] += BigInt::one();
            for level in &levels {
                for (entry, from) in rest.iter_mut().zip(&level.functional) {
                    *entry -= &level.vector[token] * from;
                }
            }
            let right: Vec<_> = rest.into_iter().map(integer).collect();
            let weights = solve(&matrix, &right).ok().flatten()?;
            let scale = common_denominator(&weights);
            Some((scale.clone(), weights.iter().map(|weight| scaled(weight, &scale)).collect()))
        });
        let identity = identity.collect::<Option<_>>()?;
        // the last coordinate is fixed first
        levels.reverse();
        Some(Self { levels, identity })
    }

    pub(super) fn is_trivial(&self) -> bool {
        self.levels.is_empty()
    }

    /// Whether no vector counts the token `query`.
    pub(super) fn is_silent(&self, query: usize) -> bool {
        self.levels.iter().all(|level| level.vector[query].is_zero())
    }

    /// Defines `levels` and `identity`.
    pub(super) fn define(&self, text: &mut String) {
        let names = self.levels.iter().enumerate().map(|(i, level)| {
            define(text, &format!("vector_{i}"), &level.vector);
            define(text, &format!("functional_{i}"), &level.functional);
            define_matrix(text, &format!("cuts_{i}"), level.cuts.iter().cloned());
            format!("(integers vector_{i}, integers functional_{i}, integer_rows cuts_{i})")
        });
        let names: Vec<String> = names.collect();
        let _ = writeln!(text, "Definition levels : list level :=\n  [{}].", names.join(";\n   "));
        let rows = self
            .identity
            .iter()
            .map(|(scale, weights)| format!("(integer {scale}, integers {})", list(weights)));
        let rows: Vec<String> = rows.collect();
        let _ = writeln!(
            text,
            "Definition identity : list (Z * list Z) :=\n  [{}].",
            rows.join(";\n   ")
        );
    }

    /// The same for the extracted program.
    pub(super) fn write(&self, text: &mut String) {
        let _ = writeln!(text, "levels {}", self.levels.len());
        for Level { vector, functional, cuts } in &self.levels {
            let _ = writeln!(text, "vector {}\nfunctional {}", words(vector), words(functional));
            let _ = writeln!(text, "cuts {}", cuts.len());
            cuts.iter().for_each(|cut| {
                let _ = writeln!(text, "{}", words(cut));
            });
        }
        let _ = writeln!(text, "identity");
        for (scale, weights) in &self.identity {
            let _ = writeln!(text, "{scale} {}", words(weights));
        }
    }
}
