//! Trained models without positions beside T5 and T7: the coherence of what they learned against Welch's bound, and the
//! least context length at which *no* MLP could count with it.
//!
//! A model whose attention is uniform passes on `(v_q, sum_j c_j v_j / n)` only. Its embedding, rounded to integers times
//! a power of two, therefore has an `n*` (T7), and the two inputs that collide there have different answers but one
//! output: the model, rounded or not, is wrong on at least one. Scores that are all zero have no gradient, so a model
//! whose queries and keys start at zero keeps uniform attention in training. One with learned attention is not bound
//! by this pair; its answers are shown beside, as they fall.

use super::{Failure, Sizes, median_accuracy};
use crate::kernel::Clock;
use crate::kernel::definition::Input;
use crate::kernel::definition::Task;
use crate::kernel::kind::Subject;
use crate::kernel::number::{Matrix, integer};
use crate::report::{Table, Value};
use crate::search::collision::{Answer, Limits, Question, decide};
use crate::search::control::Control;
use crate::train::sample::Batch;
use crate::train::{Arm, Normalisation, Parameters, Pass, Shape, Trainer};
use crate::verdict::{Accepted, Unchecked};
use nalgebra::DMatrix;

/// A trained model without positions.
struct Learned {
    trainer: Trainer,
    uniform: bool,
}

/// One row for each model and number of bits.
pub(super) fn table(sizes: &Sizes, control: &Control) -> Result<Table, Failure> {
    let columns = [
        "d",
        "m",
        "attention",
        "seed",
        "accuracy",
        "coherence",
        "welch",
        "bits",
        "n_star",
        "pair_gap",
        "answers",
        "rounded_wrong",
        "trained_wrong",
    ];
    let mut jobs = Vec::new();
    for &d in &sizes.d {
        for m in regimes(d) {
            for uniform in [true, false] {
                jobs.push((d, m, uniform));
            }
        }
    }
    let rows = control.map(&jobs, |&(d, m, uniform)| {
        let learned = learn(sizes, d, m, uniform, control)?;
        let mut rows = Vec::new();
        for &bits in &sizes.bits {
            rows.push(row(&learned, bits, sizes, control)?);
        }
        Ok::<_, Failure>(rows)
    })?;
    let rows = rows.into_iter().flatten().collect();
    Ok(Table { columns: columns.map(str::to_owned).to_vec(), rows })
}

/// `d >= m`, `d = m - 1`, and `d < m - 1` by a little and by a lot.
pub(super) fn regimes(d: usize) -> Vec<usize> {
    let mut list = vec![d, d + 1, d + 2, 2 * d];
    list.retain(|&m| m >= 2);
    list.dedup();
    list
}

fn learn(
    sizes: &Sizes,
    d: usize,
    m: usize,
    uniform: bool,
    control: &Control,
) -> Result<Learned, Failure> {
    let shape =
        Shape { positions: false, ..Shape::of_paper(Task::QueryCount, m, sizes.count * m, d) };
    let settings = Arm::Optimised.settings(sizes.steps, sizes.seed);
    let mut trainer = Trainer::new(&shape, &settings).map_err(Failure::new)?;
    if uniform {
        let mut parameters = trainer.parameters().clone();
        for name in ["query.weight", "query.bias", "key.weight"] {
            let range = parameters.range(name);
            parameters.values[range].fill(0.0);
        }
        let normalisation = trainer.normalisation();
        trainer =
            Trainer::with(&shape, &settings, parameters, normalisation).map_err(Failure::new)?;
    }
    super::train(&mut trainer, control)?;
    Ok(Learned { trainer, uniform })
}

fn row(
    learned: &Learned,
    bits: u32,
    sizes: &Sizes,
    control: &Control,
) -> Result<Vec<Value>, Failure> {
    let Learned { trainer, uniform } = learned;
    let shape = trainer.shape();
    let embedding = trainer
        .parameters()
        .matrix("embedding")
        .ok_or_else(|| Failure::new("a model without an embedding"))?;
    let (rounded, unit) = round(&embedding, bits);
    let answer = collision(&rounded, control)?;
    let accuracy = median_accuracy(&[trainer.measure(sizes.held_out)]);
    let mut row = vec![
        Value::integer(shape.d),
        Value::integer(shape.m),
        Value::text(if *uniform { "uniform" } else { "learned" }),
        Value::integer(trainer.settings().seed),
        accuracy,
        Value::decimal(coherence(&embedding), 4),
        welch(shape.d, shape.m).map_or(Value::Null, |bound| Value::decimal(bound, 4)),
        Value::integer(bits),
        answer.n_star().map_or(Value::Null, Value::integer),
    ];
    let Some(pair) = &answer.pair else {
        row.extend([Value::Null, Value::Null, Value::Null, Value::Null]);
        return Ok(row);
    };
    let inputs = [&pair.c, &pair.c_prime].map(|c| Input::new("counts", pair.query, c));
    let [Ok(first), Ok(second)] = inputs else {
        return Err(Failure::new("the pair that collides is no pair of inputs"));
    };
    let mut on_grid = trainer.parameters().clone();
    let place = on_grid.range("embedding");
    for (i, value) in on_grid.values[place].iter_mut().enumerate() {
        *value = (rounded[(i / shape.d, i % shape.d)] as f64 * unit) as f32;
    }
    let answers = [&first, &second].map(|input| shape.task.answer(input.counts(), input.query()));
    let by = |parameters: &Parameters<f32>| {
        [&first, &second].map(|input| output(trainer, parameters, input))
    };
    let wrong = |outputs: [f64; 2]| {
        outputs.iter().zip(answers).filter(|(y, a)| (**y - *a as f64).abs() >= 0.5).count() as u64
    };
    let (on_grid, as_trained) = (by(&on_grid), by(trainer.parameters()));
    row.extend([
        Value::text(format!("{:.1e}", (on_grid[0] - on_grid[1]).abs())),
        Value::list(answers),
        Value::integer(wrong(on_grid)),
        Value::integer(wrong(as_trained)),
    ]);
    Ok(row)
}

/// The count that a model without positions gives for an input of any length.
fn output(trainer: &Trainer, parameters: &Parameters<f32>, input: &Input) -> f64 {
    let mut batch = Batch::of_shape(trainer.shape());
    batch.set_counts(0, input.counts(), input.query());
    let output = Pass::<f32>::new(trainer.shape()).forward(parameters, &batch)[0];
    let Normalisation { offset, scale } = trainer.normalisation();
    offset + scale * f64::from(output)
}

/// Integers of at most `bits` bits and a sign, and the power of two that they are multiples of.
fn round(embedding: &DMatrix<f64>, bits: u32) -> (DMatrix<i64>, f64) {
    let largest = embedding.iter().fold(0.0f64, |most, entry| most.max(entry.abs()));
    let exponent = if largest > 0.0 { largest.log2().ceil() } else { 0.0 };
    let unit = (exponent - f64::from(bits)).exp2();
    (embedding.map(|entry| (entry / unit).round() as i64), unit)
}

fn collision(rounded: &DMatrix<i64>, control: &Control) -> Result<Answer, Failure> {
    let (m, d) = rounded.shape();
    let vectors = Matrix::from_fn(m, d, |i, j| integer(rounded[(i, j)]));
    let question = Question {
        subject: Subject::Embedding(vectors),
        task: Task::QueryCount,
        query: None,
        max_n: None,
        cuts_only: false,
    };
    let limits = Limits { control: control.clone(), ..Limits::default() };
    let answer = decide(question, &limits).map_err(Failure::new)?;
    // what the table calls n* is what the checker has confirmed
    let go_on = || control.go_on().is_ok();
    match Accepted::of(&answer.certificate, &Clock::new(&go_on, control.threads())) {
        Ok(_) => Ok(answer),
        Err(Unchecked::Stopped) => match control.go_on() {
            Err(stopped) => Err(stopped.into()),
            Ok(()) => Err(Failure::new(Unchecked::Stopped)),
        },
        Err(why) => Err(Failure::new(why)),
    }
}

/// The largest cosine between different rows, in size.
fn coherence(embedding: &DMatrix<f64>) -> f64 {
    let rows: Vec<_> = embedding.row_iter().map(|row| row.normalize()).collect();
    let mut most = 0.0f64;
    for i in 0..rows.len() {
        for j in 0..i {
            most = most.max(rows[i].dot(&rows[j]).abs());
        }
    }
    most
}

/// T5: the least coherence of `m > d` vectors.
fn welch(d: usize, m: usize) -> Option<f64> {
    (m > d).then(|| ((m - d) as f64 / (d * (m - 1)) as f64).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding_keeps_the_largest_entry_in_range() {
        let embedding = DMatrix::from_row_slice(2, 2, &[0.3, -1.7, 0.01, 1.2]);
        let (rounded, unit) = round(&embedding, 3);
        assert_eq!(unit, 0.25);
        assert_eq!(rounded, DMatrix::from_row_slice(2, 2, &[1, -7, 0, 5]));
    }

    #[test]
    fn an_orthonormal_embedding_has_no_coherence() {
        assert_eq!(coherence(&DMatrix::identity(3, 3)), 0.0);
        assert!((coherence(&DMatrix::from_row_slice(2, 1, &[1.0, -2.0])) - 1.0).abs() < 1e-12);
        assert_eq!(welch(3, 3), None);
        // the three vectors of a regular triangle reach it
        assert!((welch(2, 3).unwrap() - 0.5).abs() < 1e-12);
    }
}
