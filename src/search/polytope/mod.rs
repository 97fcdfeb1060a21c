//! Finds the case split that shows a uniform-attention model exact for every context length.
//!
//! The state is affine in the frequencies `f = c / n`, so over the simplex every ReLU network is piecewise
//! linear. Units are visited layer by layer; a linear program decides whether a unit has one sign on the
//! current piece (then its multipliers are the proof), otherwise the piece is split. At the end the output is one
//! linear form of `f`, which must be `f_q` (QC) or a frequency that is largest on the piece (MFE).

mod least;

use super::control::{Control, Stopped};
use crate::kernel::Rejection;
use crate::kernel::definition::Task;
use crate::kernel::definition::Transformer;
use crate::kernel::kind::{Leaf, Multiplier, Step};
use crate::kernel::number::Rational;
use crate::search::form::IntegerForm;
use least::least;
use num_bigint::BigInt;
use num_traits::{One, Signed, Zero};

/// What the search over the simplex found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// the steps for each query
    Proved(Vec<Vec<Step>>),
    /// on some piece the output is not the answer
    NotIdentical,
}

/// Why there is no outcome.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Undecided {
    #[error(transparent)]
    Model(#[from] Rejection),
    #[error(transparent)]
    Stopped(#[from] Stopped),
    #[error("the model does not attend uniformly with one head and without positions")]
    NotUniform,
}

/// Searches a proof that the output of `model`, multiplied by `n`, is the answer at every `n`.
///
/// # Errors
/// [`Undecided`] when the model is not of the kind this search is for, or a limit was hit.
///
/// ```
/// use counterproof::construct::{embedding::Kind, histogram};
/// use counterproof::kernel::number::integer;
/// use counterproof::search::control::Control;
/// use counterproof::search::polytope::{Outcome, prove};
/// use counterproof::kernel::definition::Task;
///
/// // T1' for every context length at once
/// let vectors = Kind::Simplex.vectors(3, 2, 0)?;
/// let model = histogram::query_count_affine(&vectors, &integer(1))?;
/// let outcome = prove(&model, Task::QueryCount, &Control::default())?;
/// assert!(matches!(outcome, Outcome::Proved(_)));
/// let outcome = prove(&model, Task::MostFrequentElement, &Control::default())?;
/// assert_eq!(outcome, Outcome::NotIdentical);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn prove(model: &Transformer, task: Task, control: &Control) -> Result<Outcome, Undecided> {
    if model.positions.is_some() || !model.attends_uniformly() || model.heads.len() != 1 {
        return Err(Undecided::NotUniform);
    }
    let form = IntegerForm::new(model, 1)?;
    let m = model.vocabulary();
    let mut queries = Vec::with_capacity(m);
    for query in 0..m {
        match prove_query(&form, task, query, control)? {
            Some(steps) => queries.push(steps),
            None => return Ok(Outcome::NotIdentical),
        }
        control.advance(1);
    }
    Ok(Outcome::Proved(queries))
}

type Form = Vec<BigInt>;

/// A piece of the simplex and the network's values on it.
#[derive(Clone)]
struct Piece {
    /// with their scales
    constraints: Vec<(Form, BigInt)>,
    /// values of the units of the current layer that are decided
    values: Vec<Form>,
    /// pre-activations of the current layer
    inputs: Vec<Form>,
    layer: usize,
    scale: BigInt,
}

fn prove_query(
    form: &IntegerForm<BigInt>,
    task: Task,
    query: usize,
    control: &Control,
) -> Result<Option<Vec<Step>>, Stopped> {
    let m = form.base.len();
    let tokens = &form.heads[0].prefix[0];
    let vertex = |i: usize| (0..m).map(|j| &form.base[query][i] + &tokens[j][i]).collect::<Form>();
    let mut inputs: Vec<Form> = (0..form.base[query].len()).map(vertex).collect();
    let residual = inputs.pop().unwrap_or_default();
    let (constraints, values) = (Vec::new(), Vec::new());
    let mut open = vec![Piece { constraints, values, inputs, layer: 0, scale: form.sigma.clone() }];
    let mut steps = Vec::new();
    while let Some(mut piece) = open.pop() {
        control.go_on()?;
        piece.settle(form);
        let Some(unit) = piece.inputs.get(piece.values.len()).cloned() else {
            let Some(leaf) = leaf(form, &piece, &residual, task, query) else { return Ok(None) };
            steps.push(Step::Leaf(leaf));
            continue;
        };
        let negative: Form = unit.iter().map(|x| -x).collect();
        if let Some(multipliers) = multipliers(&unit, &piece.scale, &piece.constraints) {
            steps.push(Step::Active(multipliers));
            piece.values.push(unit);
        } else if let Some(multipliers) = multipliers(&negative, &piece.scale, &piece.constraints) {
            steps.push(Step::Inactive(multipliers));
            piece.values.push(vec![BigInt::zero(); m]);
        } else {
            steps.push(Step::Split);
            let mut below = piece.clone();
            below.constraints.push((negative, piece.scale.clone()));
            below.values.push(vec![BigInt::zero(); m]);
            open.push(below);
            piece.constraints.push((unit.clone(), piece.scale.clone()));
            piece.values.push(unit);
        }
        open.push(piece);
    }
    Ok(Some(steps))
}

impl Piece {
    /// Decides units whose sign is plain at the vertices, layer after layer, until one is open or none is left.
    fn settle(&mut self, form: &IntegerForm<BigInt>) {
        loop {
            while let Some(unit) = self.inputs.get(self.values.len()) {
                if unit.iter().all(|x| !x.is_negative()) {
                    self.values.push(unit.clone());
                } else if unit.iter().all(|x| !x.is_positive()) {
                    self.values.push(vec![BigInt::zero(); unit.len()]);
                } else {
                    return;
                }
            }
            let Some(layer) = form.layers.get(self.layer) else {
                // keep inputs and values of the same length: no unit is open
                return;
            };
            let hidden = std::mem::take(&mut self.values);
            let rows = layer.weight.iter().zip(&layer.bias);
            let m = form.base.len();
            self.inputs =
                rows.map(|(row, bias)| sum(vec![bias * &self.scale; m], row, &hidden)).collect();
            self.scale *= &layer.scale;
            self.layer += 1;
        }
    }
}

/// `start + sum_i weights_i forms_i`
fn sum(mut start: Form, weights: &[BigInt], forms: &[Form]) -> Form {
    for (weight, form) in weights.iter().zip(forms).filter(|(weight, _)| !weight.is_zero()) {
        for (entry, x) in start.iter_mut().zip(form) {
            *entry += weight * x;
        }
    }
    start
}

/// Multipliers of the rational forms that show `form >= 0` where the constraints are, or `None` when it is negative
/// somewhere there. A form is its scale times the rational one.
fn multipliers(
    form: &Form,
    scale: &BigInt,
    constraints: &[(Form, BigInt)],
) -> Option<Vec<Multiplier>> {
    if form.iter().all(|x| !x.is_negative()) {
        return Some(Vec::new());
    }
    let forms: Vec<&Form> = constraints.iter().map(|(form, _)| form).collect();
    let (value, multipliers) = least(form, &forms)?;
    let entry = |(index, lambda): (usize, Rational)| {
        let ratio = Rational::new(constraints[index].1.clone(), scale.clone());
        Multiplier(index, (lambda * ratio).into())
    };
    let nonzero = |(_, lambda): &(usize, Rational)| !lambda.is_zero();
    (!value.is_negative())
        .then(|| multipliers.into_iter().enumerate().filter(nonzero).map(entry).collect())
}

fn leaf(
    form: &IntegerForm<BigInt>,
    piece: &Piece,
    residual: &[BigInt],
    task: Task,
    query: usize,
) -> Option<Leaf> {
    let readout = &form.readout;
    let bias = &readout.bias * &piece.scale;
    let start = residual.iter().map(|x| x * &readout.residual + &bias).collect();
    let output = sum(start, &readout.hidden, &piece.values);
    let scale = &readout.scale * &piece.scale;
    let is = |token: usize| {
        output.iter().enumerate().all(|(j, x)| if j == token { *x == scale } else { x.is_zero() })
    };
    match task {
        Task::QueryCount => is(query).then_some(Leaf::Query),
        Task::MostFrequentElement => {
            let token = (0..output.len()).find(|&token| is(token))?;
            let dominates = (0..output.len()).map(|other| {
                let mut difference = vec![BigInt::zero(); output.len()];
                if other != token {
                    difference[token] = BigInt::one();
                    difference[other] = -BigInt::one();
                }
                multipliers(&difference, &BigInt::one(), &piece.constraints)
            });
            Some(Leaf::Maximum { token, dominates: dominates.collect::<Option<_>>()? })
        }
    }
}
