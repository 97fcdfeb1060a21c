//! Follows the case split over the simplex of frequencies and derives the output on each piece.
//!
//! With uniform attention, one head and no positions, probe `i` of the state at vertex `j` of the simplex
//! is `base_i + value_ij` (over `sigma`). ReLU units are processed layer by layer; each is the identity or zero on
//! the piece, so every later quantity stays a linear form. At a leaf the output must be the answer identically.
//! Splitting at a unit that is zero somewhere covers the piece: it is `>= 0` or `<= 0` everywhere.

use super::form::{Form, Sign, implied, negated, plain_sign};
use super::statement::{describes, sentence};
use super::{Finding, KeepGoing, Rejection, expect, wrong};
use crate::cert::{ClaimId, Counting, Leaf, Length, Polytope, Step, Verdict};
use crate::model::IntegerForm;
use crate::task::Task;
use num_bigint::BigInt;
use num_traits::{One, Zero};
use std::rc::Rc;

pub(super) fn check(
    claim: ClaimId,
    params: &Counting,
    data: &Polytope,
    keep_going: KeepGoing<'_>,
) -> Result<Finding, Rejection> {
    let model = &data.model;
    describes(claim, params, model)?;
    expect("params.n", Length::Any, params.n)?;
    let simple = model.positions.is_none() && model.attends_uniformly() && model.heads.len() == 1;
    expect("model: one head, uniform attention, no positions", true, simple)?;
    expect("data.polytope.queries: number", params.m, data.queries.len())?;
    let form = IntegerForm::new(model, 1)?;
    let mut pieces = 0usize;
    for (query, steps) in data.queries.iter().enumerate() {
        let place = format!("data.polytope.queries[{query}]");
        pieces = pieces.saturating_add(follow(&form, params, query, steps, &place, keep_going)?);
    }
    let statement = format!(
        "{}, with the output multiplied by n, for every n; {pieces} pieces",
        sentence(params, "counts")
    );
    Ok(Finding { verdict: Verdict::Verified, statement })
}

/// Where the proof stands on the way down to a piece. Forms have `m` coefficients and are shared by the
/// pieces that a split makes.
#[derive(Clone)]
struct Piece {
    m: usize,
    constraints: Vec<Rc<Form>>,
    /// values of the last complete layer, over `scale`
    hidden: Rc<Vec<Rc<Form>>>,
    /// pre-activations of the current layer
    pending: Rc<Vec<Rc<Form>>>,
    /// values of the first units of the current layer, those whose sign is known
    decided: Vec<Rc<Form>>,
    layer: usize,
    scale: BigInt,
}

/// Follows one query's steps; returns the number of pieces.
fn follow(
    form: &IntegerForm<BigInt>,
    params: &Counting,
    query: usize,
    steps: &[Step],
    place: &str,
    keep_going: KeepGoing<'_>,
) -> Result<usize, Rejection> {
    let mut probes = vertex_values(form, query, params.m)
        .ok_or_else(|| wrong(place, "a query of the vocabulary", query))?;
    let residual = probes.pop().unwrap_or_default();
    let start = Piece {
        m: params.m,
        constraints: Vec::new(),
        hidden: Rc::default(),
        pending: Rc::new(probes.into_iter().map(Rc::new).collect()),
        decided: Vec::new(),
        layer: 0,
        scale: form.sigma.clone(),
    };
    let mut open = vec![start];
    let mut pieces = 0;
    let mut steps = steps.iter().enumerate();
    while let Some(mut piece) = open.pop() {
        if !keep_going() {
            return Err(Rejection::Stopped);
        }
        let unit = piece.next_open_unit(form);
        let (index, step) = steps.next().ok_or_else(|| wrong(place, "more steps", "the end"))?;
        let place = format!("{place}[{index}]");
        match (step, unit) {
            (Step::Leaf(leaf), None) => {
                let output = output(form, &piece, &residual);
                check_leaf(&place, leaf, params, query, &output, &piece.constraints)?;
                pieces += 1;
            }
            (Step::Active(multipliers), Some(unit)) => {
                implied(&place, &unit, &piece.constraints, multipliers)?;
                piece.decided.push(unit);
                open.push(piece);
            }
            (Step::Inactive(multipliers), Some(unit)) => {
                implied(&place, &negated(&unit), &piece.constraints, multipliers)?;
                piece.decided.push(Rc::new(zero(params.m)));
                open.push(piece);
            }
            (Step::Split, Some(unit)) => {
                let mut below = piece.clone();
                below.constraints.push(Rc::new(negated(&unit)));
                below.decided.push(Rc::new(zero(params.m)));
                piece.constraints.push(unit.clone());
                piece.decided.push(unit);
                open.push(below);
                open.push(piece);
            }
            (_, None) => return Err(wrong(place, "a leaf, for no unit is open", "another step")),
            (_, Some(_)) => return Err(wrong(place, "a sign or a split", "a leaf")),
        }
    }
    match steps.next() {
        None => Ok(pieces),
        Some((index, _)) => Err(wrong(format!("{place}[{index}]"), "the end", "more steps")),
    }
}

/// `[probe][vertex]`: `sigma *` the probes of the state when all tokens are `vertex`, the query being `query`.
fn vertex_values(form: &IntegerForm<BigInt>, query: usize, m: usize) -> Option<Vec<Form>> {
    let base = form.base.get(query)?;
    let values = form.heads.first()?.prefix.first()?;
    let at = |i: usize, x: &BigInt| {
        (0..m).map(|j| Some(x + values.get(j)?.get(i)?)).collect::<Option<Form>>()
    };
    base.iter().enumerate().map(|(i, x)| at(i, x)).collect()
}

impl Piece {
    /// Gives every unit with a plain sign its value; returns the first one without, or `None` after
    /// the last layer.
    fn next_open_unit(&mut self, form: &IntegerForm<BigInt>) -> Option<Rc<Form>> {
        loop {
            while let Some(unit) = self.pending.get(self.decided.len()) {
                match plain_sign(unit) {
                    Sign::NotNegative => self.decided.push(Rc::clone(unit)),
                    Sign::NotPositive => self.decided.push(Rc::new(zero(self.m))),
                    Sign::Open => return Some(Rc::clone(unit)),
                }
            }
            self.hidden = Rc::new(std::mem::take(&mut self.decided));
            self.pending = Rc::default();
            let layer = form.layers.get(self.layer)?;
            self.layer += 1;
            let rows = layer.weight.iter().zip(&layer.bias);
            let next = |(row, bias): (&Vec<BigInt>, &BigInt)| {
                Rc::new(combine(vec![bias * &self.scale; self.m], row, &self.hidden))
            };
            self.pending = Rc::new(rows.map(next).collect());
            self.scale *= &layer.scale;
        }
    }
}

/// The output's numerator over `readout.scale * scale`.
fn output(form: &IntegerForm<BigInt>, piece: &Piece, residual: &[BigInt]) -> (Form, BigInt) {
    let readout = &form.readout;
    let bias = &readout.bias * &piece.scale;
    let start = residual.iter().map(|x| x * &readout.residual + &bias).collect();
    (combine(start, &readout.hidden, &piece.hidden), &readout.scale * &piece.scale)
}

/// `start + sum_i weights_i forms_i`
fn combine(mut start: Form, weights: &[BigInt], forms: &[Rc<Form>]) -> Form {
    for (weight, form) in weights.iter().zip(forms).filter(|(weight, _)| !weight.is_zero()) {
        for (entry, x) in start.iter_mut().zip(form.iter()).filter(|(_, x)| !x.is_zero()) {
            *entry += weight * x;
        }
    }
    start
}

fn check_leaf(
    place: &str,
    leaf: &Leaf,
    params: &Counting,
    query: usize,
    (output, scale): &(Form, BigInt),
    constraints: &[Rc<Form>],
) -> Result<(), Rejection> {
    let token = match (leaf, params.task) {
        (Leaf::Query, Task::QueryCount) => query,
        (Leaf::Maximum { token, .. }, Task::MostFrequentElement) => *token,
        _ => return Err(wrong(place, format!("a leaf for {}", params.task), "another")),
    };
    let is_answer = |(j, x): (usize, &BigInt)| if j == token { x == scale } else { x.is_zero() };
    if token >= output.len() || !output.iter().enumerate().all(is_answer) {
        return Err(wrong(place, format!("an output that is f_{token}"), "another form"));
    }
    if let Leaf::Maximum { dominates, .. } = leaf {
        expect(&format!("{place}.dominates: number"), params.m, dominates.len())?;
        for (j, multipliers) in dominates.iter().enumerate() {
            let mut difference = zero(params.m);
            if let (Some(entry), true) = (difference.get_mut(token), j != token) {
                *entry += BigInt::one();
            }
            if let (Some(entry), true) = (difference.get_mut(j), j != token) {
                *entry -= BigInt::one();
            }
            implied(&format!("{place}.dominates[{j}]"), &difference, constraints, multipliers)?;
        }
    }
    Ok(())
}

fn zero(m: usize) -> Form {
    vec![BigInt::zero(); m]
}
