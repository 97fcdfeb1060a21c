//! The least collision of one query as a mixed-integer program with its proof, in the VIPR format.
//!
//! ```text
//! minimise   sum c_j                      over integers c_j >= 0, c'_j >= 0
//! subject to A (c - c') = 0,   c'_q >= 1,   c_q - c'_q >= 1             (A = [V; 1 .. 1])
//! ```
//! The optimum is the least context length at which the query `q` has two counts in one state. The proof
//! assumes `sum c_j <= n - 1` and refutes it by the tree of [`crate::search::collision::ShortVectorProof`], whose
//! coordinates `lambda_i = <u_i, c - c'>` are integer combinations of the original variables: branches are
//! `asm`, joined by `uns`; every leaf is one `lin`; `lambda_k >= 1` is a `rnd` of `c_q - c'_q >= 1`.

use super::tree;
use super::write::{Constraint, Document, Reason, Sense};
use crate::algebra::solve;
use crate::kernel::kind::Sense as Goal;
use crate::kernel::number::{Matrix, Rational, integer};
use crate::search::collision::{Limits, Problem, SearchError, Shortest, l1, shortest};
use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};

/// The program of one query with its optimum.
#[derive(Debug, Clone)]
pub struct QueryProgram {
    pub query: usize,
    /// The least context length; `None` when the program is infeasible.
    pub length: Option<BigInt>,
    /// The file's text.
    pub text: String,
}

/// Solves and writes the program of `query`.
///
/// # Errors
/// [`SearchError`] when a limit is reached.
pub fn query_program(
    problem: Problem<'_>,
    query: usize,
    limits: &Limits,
) -> Result<QueryProgram, SearchError> {
    let problem = Problem { query: Some(query), ..problem };
    let found = shortest(problem, None, limits)?;
    let program = Program { problem, query };
    let mut document = program.statement();
    let length: Option<BigInt> = found.vector.as_ref().map(|z| l1(z) / 2 + 1);
    match (&found.vector, &length) {
        (Some(z), Some(length)) => {
            document.range(length.clone(), program.solution(z));
            program.bound(&found, length, &mut document);
        }
        _ => program.infeasible(&mut document),
    }
    Ok(QueryProgram { query, length, text: document.to_string() })
}

/// The constraints' places: `c_j >= 0` at `j`, `c'_j >= 0` at `m + j`, then the rows of `A`, then two more.
pub(super) struct Program<'a> {
    pub problem: Problem<'a>,
    pub query: usize,
}

impl Program<'_> {
    pub fn m(&self) -> usize {
        self.problem.cols
    }

    pub fn row(&self, i: usize) -> usize {
        2 * self.m() + i
    }

    /// `c'_q >= 1`
    pub fn query_occurs(&self) -> usize {
        self.row(self.problem.rows.len())
    }

    /// `c_q - c'_q >= 1`
    pub fn counts_differ(&self) -> usize {
        self.query_occurs() + 1
    }

    fn statement(&self) -> Document {
        let m = self.m();
        let names = (0..m).map(|j| format!("c{j}")).chain((0..m).map(|j| format!("d{j}")));
        let objective = (0..m).map(|j| (j, BigInt::one()));
        let mut document = Document::new(names.collect(), true, (Goal::Minimise, objective));
        for j in 0..2 * m {
            document.bound(Constraint::new(Sense::AtLeast, BigInt::zero(), [(j, BigInt::one())]));
        }
        for row in self.problem.rows {
            document.constraint(self.difference(Sense::Equal, row, BigInt::zero()));
        }
        let occurs = [(m + self.query, BigInt::one())];
        document.constraint(Constraint::new(Sense::AtLeast, BigInt::one(), occurs));
        let differ = [(self.query, BigInt::one()), (m + self.query, -BigInt::one())];
        document.constraint(Constraint::new(Sense::AtLeast, BigInt::one(), differ));
        document
    }

    /// `<functional, c - c'>  sense  right`
    pub fn difference(&self, sense: Sense, functional: &[BigInt], right: BigInt) -> Constraint {
        let m = self.m();
        let positive = functional.iter().cloned().enumerate();
        let negative = functional.iter().enumerate().map(|(j, entry)| (m + j, -entry));
        Constraint::new(sense, right, positive.chain(negative))
    }

    /// `c = z^+ + e_q`, `c' = z^- + e_q`, for `z` with `z_q > 0` (or its negative).
    fn solution(&self, z: &[BigInt]) -> Vec<(usize, BigInt)> {
        let m = self.m();
        let flip = z[self.query].is_negative();
        let mut values = vec![BigInt::zero(); 2 * m];
        for (j, entry) in z.iter().enumerate() {
            let place = if entry.is_negative() == flip { j } else { m + j };
            values[place] = entry.abs();
        }
        values[self.query] += 1;
        values[m + self.query] += 1;
        values.into_iter().enumerate().filter(|(_, value)| !value.is_zero()).collect()
    }

    /// The query's count is a combination of the rows of `A`, so it never differs.
    fn infeasible(&self, document: &mut Document) {
        let mut unit = vec![BigInt::zero(); self.m()];
        unit[self.query] = BigInt::one();
        let mut terms = vec![(self.counts_differ(), integer(1))];
        for (i, value) in self.combination(&unit).into_iter().enumerate() {
            terms.push((self.row(i), -value));
        }
        document.derive(Constraint::impossible(integer(1)), Reason::Linear(terms));
    }

    /// `alpha` with `functional = A^T alpha`, for a functional that vanishes on the kernel.
    pub fn combination(&self, functional: &[BigInt]) -> Vec<Rational> {
        let rows = self.problem.rows;
        let matrix = Matrix::from_fn(self.m(), rows.len(), |j, i| integer(rows[i][j].clone()));
        let right: Vec<Rational> = functional.iter().cloned().map(integer).collect();
        let solution = solve(&matrix, &right).ok().flatten();
        solution.unwrap_or_else(|| vec![Rational::zero(); rows.len()])
    }

    /// Derives `sum c >= length`.
    fn bound(&self, found: &Shortest, length: &BigInt, document: &mut Document) {
        let objective = || (0..self.m()).map(|j| (j, BigInt::one()));
        let below = Constraint::new(Sense::AtMost, length - 1, objective());
        let above = Constraint::new(Sense::AtLeast, length.clone(), objective());
        let below = document.derive(below, Reason::Assumption);
        let refuted = tree::refute(self, &found.proof, length, below, document);
        let reached = document.derive(above.clone(), Reason::Assumption);
        document.derive(above, Reason::Join([refuted, below, reached, reached]));
    }
}
