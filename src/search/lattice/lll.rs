//! LLL reduction in integers only (de Weger's variant; Cohen, *A Course in Computational Algebraic
//! Number Theory*, algorithm 2.6.7).
//!
//! With `d_0 = 1` and `d_i` the determinant of the Gram matrix of `b_1 .. b_i`, the numbers
//! `l_ij = d_j mu_ij` are integers, where `mu_ij` are the Gram-Schmidt coefficients. Size reduction
//! makes `|mu_ij| <= 1/2`; the exchange condition is `d_{k+1} d_{k-1} < (3/4) d_k^2 - l^2` in these terms.

use crate::kernel::number::{IntegerVector, dot_integers};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, Zero};

/// Reduces independent integer vectors in place; the lattice they generate stays the same.
///
/// Dependent vectors are outside the contract: the exact divisions then have no meaning. The
/// callers pass bases of kernels.
pub fn lll(basis: &mut [IntegerVector]) {
    let size = basis.len();
    if size < 2 {
        return;
    }
    Gram::new(basis).reduce_from(basis, 1);
}

/// Subtracts from each of `vectors` a combination of the independent `basis` that makes it small
/// (Babai's nearest plane). `basis` and `vectors` together must be independent.
pub fn reduce_against(basis: &[IntegerVector], vectors: &mut [IntegerVector]) {
    let count = basis.len();
    let mut all = basis.to_vec();
    all.extend(vectors.iter().cloned());
    let mut state = Gram::new(&all);
    for k in count..all.len() {
        for l in (0..count).rev() {
            state.reduce(&mut all, k, l);
        }
    }
    for (vector, reduced) in vectors.iter_mut().zip(all.drain(count..)) {
        *vector = reduced;
    }
}

/// The integral Gram-Schmidt data: `d[i + 1]` is the Gram determinant of the first `i + 1` vectors,
/// `l[i][j]`, `j < i`, is `d[j + 1] mu_ij`.
pub(super) struct Gram {
    pub d: Vec<BigInt>,
    pub l: Vec<Vec<BigInt>>,
}

impl Gram {
    pub fn new(basis: &[IntegerVector]) -> Self {
        let size = basis.len();
        let mut d = vec![BigInt::one(); size + 1];
        let mut l = vec![Vec::new(); size];
        for i in 0..size {
            for j in 0..=i {
                let mut u = dot_integers(&basis[i], &basis[j]);
                for p in 0..j {
                    let right: &BigInt = if j == i { &l[i][p] } else { &l[j][p] };
                    u = (&d[p + 1] * u - &l[i][p] * right) / &d[p];
                }
                if j == i {
                    d[i + 1] = u;
                } else {
                    l[i].push(u);
                }
            }
        }
        Self { d, l }
    }

    /// Reduces the basis, of which the vectors before `k` are reduced.
    pub fn reduce_from(&mut self, basis: &mut [IntegerVector], mut k: usize) {
        while k < basis.len() {
            self.reduce(basis, k, k - 1);
            if self.exchange_needed(k) {
                self.exchange(basis, k);
                k = (k - 1).max(1);
            } else {
                for l in (0..k - 1).rev() {
                    self.reduce(basis, k, l);
                }
                k += 1;
            }
        }
    }

    /// Makes `|mu_kl| <= 1/2`.
    fn reduce(&mut self, basis: &mut [IntegerVector], k: usize, l: usize) {
        let d = &self.d[l + 1];
        let twice: BigInt = &self.l[k][l] * 2;
        if twice.abs() <= *d {
            return;
        }
        let q = (twice + d).div_floor(&(d * 2));
        self.subtract(basis, k, l, &q);
    }

    /// Subtracts `q` times the vector `l` from the vector `k`, `l < k`.
    pub fn subtract(&mut self, basis: &mut [IntegerVector], k: usize, l: usize, q: &BigInt) {
        let (head, tail) = basis.split_at_mut(k);
        for (entry, from) in tail[0].iter_mut().zip(&head[l]) {
            *entry -= q * from;
        }
        let change = q * &self.d[l + 1];
        self.l[k][l] -= change;
        let (head, tail) = self.l.split_at_mut(k);
        for (entry, from) in tail[0].iter_mut().zip(&head[l]) {
            *entry -= q * from;
        }
    }

    /// Lovász' condition fails between `k - 1` and `k` (factor 99/100).
    fn exchange_needed(&self, k: usize) -> bool {
        let l = &self.l[k][k - 1];
        (&self.d[k + 1] * &self.d[k - 1] + l * l) * 100 < &self.d[k] * &self.d[k] * 99
    }

    /// Swaps vectors `k - 1` and `k`.
    pub fn exchange(&mut self, basis: &mut [IntegerVector], k: usize) {
        basis.swap(k - 1, k);
        let (head, tail) = self.l.split_at_mut(k);
        for (a, b) in head[k - 1].iter_mut().zip(tail[0].iter_mut()) {
            std::mem::swap(a, b);
        }
        let l = self.l[k][k - 1].clone();
        let d = (&self.d[k - 1] * &self.d[k + 1] + &l * &l) / &self.d[k];
        for i in k + 1..self.l.len() {
            let old = self.l[i][k].clone();
            let lower = &self.l[i][k - 1];
            let upper = (&self.d[k + 1] * lower - &l * &old) / &self.d[k];
            self.l[i][k - 1] = (&d * &old + &l * &upper) / &self.d[k + 1];
            self.l[i][k] = upper;
        }
        self.d[k] = d;
        debug_assert!(!self.d[k].is_zero());
    }
}
