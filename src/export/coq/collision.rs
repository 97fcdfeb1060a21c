//! Collisions of an embedding: that two inputs collide at a length, and that none do below.

use super::kernel::Kernel;
use super::text::{define, define_rows, theorem, words};
use crate::kernel::definition::Length;
use crate::kernel::definition::Task;
use crate::kernel::evidence::counting_matrix;
use crate::kernel::kind::{Collision, CollisionParams, Pair};
use crate::kernel::number::{IntegerVector, Matrix};
use num_bigint::BigInt;
use num_traits::{One, Signed};
use std::fmt::Write as _;

/// The theorems, and what the extracted program reads; `None` when no length is stated.
pub(super) fn form(
    params: &CollisionParams,
    data: &Collision,
    vectors: &Matrix,
) -> Option<(String, String)> {
    let m = vectors.rows();
    let rows = counting_matrix(vectors).ok()?;
    let (_, embedding) = rows.split_last()?;
    let (mut theory, mut extracted) = (String::new(), String::new());
    define_rows(&mut theory, "embedding", embedding);
    let kernel = data.proofs.first().filter(|_| params.free_up_to != Length::Exactly(0));
    if data.pair.is_none() && kernel.is_none() {
        return None;
    }
    let mut least = None;
    if let Some(pair) = &data.pair {
        let n = collides(params.task, embedding, pair, &mut theory, &mut extracted);
        least = n.filter(|_| params.query.is_none());
    }
    if let Some(proof) = kernel {
        let kernel = Kernel::new(&rows, m, proof)?;
        kernel.define(&mut theory);
        Free { params, m, kernel: &kernel }.write(embedding, &mut theory, &mut extracted);
        let below = |n: &BigInt| match params.free_up_to {
            Length::Exactly(free) => BigInt::from(free) + 1 == *n,
            Length::Any => false,
        };
        if let Some(n) = least.filter(below) {
            let size = format!("(integer_rows embedding) (natural {m}) (integer {n})");
            let _ = write!(
                theory,
                "\n(** Both together. *)\nTheorem least :\n  least_collision {size}.\nProof.\n  \
                 exact (least_collision_intro {size}\n           determined collides_from).\nQed.\n\
                 Print Assumptions least.\n"
            );
        }
    }
    Some((theory, extracted))
}

/// That the inputs of a pair collide, and hence others at every larger length; then theirs is returned.
fn collides(
    task: Task,
    embedding: &[IntegerVector],
    pair: &Pair,
    theory: &mut String,
    extracted: &mut String,
) -> Option<BigInt> {
    let m = pair.c.len();
    let n: BigInt = pair.c.iter().map(|&count| BigInt::from(count)).sum();
    let counts = |c: &[u64]| c.iter().map(|&count| BigInt::from(count)).collect::<Vec<_>>();
    let (c, c_prime) = (counts(&pair.c), counts(&pair.c_prime));
    let relation: Vec<BigInt> = c.iter().zip(&c_prime).map(|(a, b)| a - b).collect();
    define(theory, "counts_1", &c);
    define(theory, "counts_2", &c_prime);
    define(theory, "relation", &relation);
    let size = format!("(natural {m}) (integer {n})");
    let (answer, soundness, word) = match task {
        Task::QueryCount => ("qc_answer".to_owned(), "check_pair_qc_sound", "qc"),
        Task::MostFrequentElement => {
            (format!("(mfe_answer (natural {m}))"), "check_pair_mfe_sound", "mfe")
        }
    };
    theorem(
        theory,
        "collides",
        &format!("unsolvable (integer_rows embedding) {size} {answer}"),
        &format!(
            "{soundness} (integer_rows embedding) {size} (natural {})\n           \
             (integers counts_1) (integers counts_2)",
            pair.query
        ),
    );
    let _ = writeln!(extracted, "pair {word}\ntokens {m}\nlength {n}");
    write_rows(embedding, extracted);
    let _ = writeln!(extracted, "query {}", pair.query);
    let _ = writeln!(extracted, "counts {}\ncounts {}\nend", words(&c), words(&c_prime));
    // a relation of norm at most 2 (n - 1) collides from n on, for both tasks
    let norm: BigInt = relation.iter().map(Signed::abs).sum();
    if norm > (&n - BigInt::one()) * 2 {
        return None;
    }
    theorem(
        theory,
        "collides_from",
        &format!("unsolvable_from (integer_rows embedding) {size}"),
        &format!(
            "check_relation_sound (integer_rows embedding) {size}\n           (integers relation)"
        ),
    );
    let _ = writeln!(extracted, "relation\ntokens {m}\nlength {n}");
    write_rows(embedding, extracted);
    let _ = writeln!(extracted, "relation {}\nend", words(&relation));
    Some(n)
}

/// That nothing collides up to a length.
struct Free<'a> {
    params: &'a CollisionParams,
    m: usize,
    kernel: &'a Kernel,
}

impl Free<'_> {
    fn write(&self, embedding: &[IntegerVector], theory: &mut String, extracted: &mut String) {
        let Self { params, m, kernel } = *self;
        let size = format!("(integer_rows embedding) (natural {m})");
        let end = "levels identity";
        let (name, statement, proof, head) = match (params.query, params.task, params.free_up_to) {
            (None, _, Length::Exactly(n)) => (
                "determined",
                format!("determined_up_to {size} (integer {n})"),
                format!("check_kernel_determines {size} (integer {n}) {end}"),
                format!("free all\ntokens {m}\nlength {n}"),
            ),
            (Some(q), Task::QueryCount, length)
                if length == Length::Any || kernel.is_silent(q.0) =>
            {
                (
                    "told_apart",
                    format!("always_told_apart {size} (natural {q}) qc_answer"),
                    format!("check_silent_sound {size} (natural {q}) {end}"),
                    format!("free qc {q}\ntokens {m}\nlength any"),
                )
            }
            (Some(q), Task::QueryCount, Length::Exactly(n)) => (
                "told_apart",
                format!("told_apart_up_to {size} (integer {n}) (natural {q}) qc_answer"),
                format!("check_kernel_qc_sound {size} (integer {n}) (natural {q}) {end}"),
                format!("free qc {q}\ntokens {m}\nlength {n}"),
            ),
            (Some(q), Task::MostFrequentElement, Length::Exactly(n)) if !kernel.is_trivial() => (
                "told_apart",
                format!(
                    "told_apart_up_to {size} (integer {n}) (natural {q}) (mfe_answer (natural {m}))"
                ),
                format!("check_kernel_mfe_sound {size} (integer {n}) (natural {q}) {end}"),
                format!("free mfe {q}\ntokens {m}\nlength {n}"),
            ),
            // no relation at all
            _ => (
                "determined",
                format!("always_determined {size}"),
                format!("check_trivial_determines {size} identity"),
                format!("free all\ntokens {m}\nlength any"),
            ),
        };
        theorem(theory, name, &statement, &proof);
        let _ = writeln!(extracted, "{head}");
        write_rows(embedding, extracted);
        kernel.write(extracted);
        let _ = writeln!(extracted, "end");
    }
}

fn write_rows(embedding: &[IntegerVector], extracted: &mut String) {
    let _ = writeln!(extracted, "rows {}", embedding.len());
    for row in embedding {
        let _ = writeln!(extracted, "{}", words(row));
    }
}
