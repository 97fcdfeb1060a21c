//! Exact counting at every `n`: a case split over the simplex of frequencies, with the output derived on each piece.
//!
//! With uniform attention, one head and no positions the state is an affine function of `f = c / n`. On
//! `{f >= 0, sum f = 1}` an affine function *is* a linear form, its coefficients being its values at the vertices. A ReLU unit with
//! no negative coefficient is passed on, one with no positive coefficient is zero. Any other unit is *open*: the proof shows its
//! sign on the piece, or cuts the piece into the part where the unit is `>= 0` and the part where it is `<= 0`, which cover it. So every
//! later quantity stays a linear form, and at a leaf the output must be the answer's. A form is `>= 0` on a piece when it
//! minus a combination of the cuts, with multipliers that are not negative, has no negative coefficient (ours).
//!
//! Inside, forms are integers over a positive scale that the units of a layer share.

use super::counting::{COUNTING, Counting};
use super::{ClaimId, Evidence, Finding, Kind};
use crate::definition::{IntegerForm, Length, Task, Transformer};
use crate::number::{RationalText, Room, common_denominator, scaled};
use crate::rejection::{Clock, Rejection, expect, need, wrong};
use num::{BigInt, Signed, Zero};
use serde::{Deserialize, Serialize};

/// `lambda` times the cut of this index: cuts are numbered from the first, each the unit's rational form, or its negative on
/// the side where the unit is `<= 0`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Multiplier(pub usize, pub RationalText);

/// One step of the proof, in preorder; only open units take steps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Step {
    /// the next open unit is `>= 0` here: it minus the combination of cuts has no negative coefficient
    Active(Vec<Multiplier>),
    /// the next open unit is `<= 0` here, likewise for its negative
    Inactive(Vec<Multiplier>),
    /// the piece is cut by the next open unit; the part where it is `>= 0` follows, then the other
    Split,
    /// no unit is open
    Leaf(Leaf),
}

/// Why the output is the answer on a piece.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Leaf {
    /// the output is identically `f_q`
    Query,
    /// the output is identically `f_w`, and `f_w - f_j >= 0` by the `j`-th multipliers
    Maximum {
        /// `w`
        token: usize,
        /// one list a token
        dominates: Vec<Vec<Multiplier>>,
    },
}

/// A model whose output, multiplied by `n`, is exactly the answer at every `n`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Polytope {
    /// what counts
    pub model: Transformer,
    /// one proof for each query
    pub queries: Vec<Vec<Step>>,
}

impl Kind for Polytope {
    type Params = Counting;
    const NAME: &'static str = "polytope";
    const CLAIMS: &'static [ClaimId] = COUNTING;
    const EVIDENCE: Evidence = Evidence::Carried;

    fn check(&self, claim: ClaimId, params: &Counting, clock: &Clock<'_>) -> Result<Finding, Rejection> {
        let model = &self.model;
        params.describes(claim, model)?;
        expect("params.n", Length::Any, params.n)?;
        let simple = model.positions.is_none() && model.attends_uniformly() && model.heads.len() == 1;
        need(simple, "model", "one head, uniform attention, no positions", "another")?;
        expect("data.polytope.queries: number", params.m, self.queries.len())?;
        let form = IntegerForm::new(model, 1, clock)?;
        let mut pieces: u64 = 0;
        for (query, steps) in self.queries.iter().enumerate() {
            let path = Path::new(&form, params, query)?;
            pieces = pieces.saturating_add(path.follow(steps, &format!("data.polytope.queries[{query}]"), clock)?);
        }
        Ok(Finding::verified(format!(
            "{}, with the output multiplied by n, for every n; {pieces} pieces",
            params.sentence("counts")
        )))
    }
}

/// A linear form `sum_j x_j f_j` over a positive scale, one coefficient a token.
type Form = Vec<BigInt>;

/// One hidden layer on a piece.
struct Layer {
    /// pre-activations
    units: Vec<Form>,
    /// of all of them
    scale: BigInt,
    /// whether the first units are passed on, those whose signs are known
    active: Vec<bool>,
}

/// A cut through a unit, and the side that the piece is on.
#[derive(Clone, Copy)]
struct Cut {
    layer: usize,
    unit: usize,
    below: bool,
}

/// The way down to a piece: a step adds to its end, and turning to the other side of a cut takes back what came after.
struct Path<'a> {
    form: &'a IntegerForm<'a>,
    task: Task,
    m: usize,
    query: usize,
    /// the readout's own probe, over `sigma`
    residual: Form,
    /// up to the first that is not complete
    layers: Vec<Layer>,
    cuts: Vec<Cut>,
}

impl<'a> Path<'a> {
    /// The whole simplex, every vertex being the input of one token before the query.
    fn new(form: &'a IntegerForm<'a>, params: &Counting, query: usize) -> Result<Self, Rejection> {
        let values = form.heads.first().and_then(|head| head.prefix.first());
        let (Some(base), Some(values)) = (form.base.get(query), values) else {
            return Err(wrong("model", "every token", query));
        };
        let at =
            |(i, x): (usize, &BigInt)| values.iter().filter_map(|value| value.get(i)).map(|value| x + value).collect();
        let mut units: Vec<Form> = base.iter().enumerate().map(at).collect();
        let residual = units.pop().unwrap_or_default();
        let layers = vec![Layer { units, scale: form.sigma.clone(), active: Vec::new() }];
        Ok(Self { form, task: params.task, m: params.m, query, residual, layers, cuts: Vec::new() })
    }

    /// Follows the steps of one query to every piece; their number.
    fn follow(mut self, steps: &[Step], place: &str, clock: &Clock<'_>) -> Result<u64, Rejection> {
        let mut pieces: u64 = 0;
        let mut turned = true;
        let mut steps = steps.iter().enumerate();
        while turned {
            let open = self.next_open_unit(clock)?;
            let (index, step) = steps.next().ok_or_else(|| wrong(place, "more steps", "the end"))?;
            let place = format!("{place}[{index}]");
            match (step, open) {
                (Step::Leaf(leaf), None) => {
                    self.check_leaf(&place, leaf, clock)?;
                    pieces = pieces.saturating_add(1);
                    turned = self.turn();
                }
                (Step::Active(multipliers), Some(unit)) => {
                    self.implied(&place, unit, multipliers, clock)?;
                    self.decide(true);
                }
                (Step::Inactive(multipliers), Some(unit)) => {
                    self.implied(&place, unit.iter().map(|x| -x).collect(), multipliers, clock)?;
                    self.decide(false);
                }
                (Step::Split, Some(_)) => {
                    let known = self.layers.last().map_or(0, |layer| layer.active.len());
                    self.cuts.push(Cut { layer: self.layers.len().saturating_sub(1), unit: known, below: false });
                    self.decide(true);
                }
                (_, None) => {
                    return Err(wrong(place, "a leaf, for no unit is open", "another step"));
                }
                (_, Some(_)) => return Err(wrong(place, "a sign or a split", "a leaf")),
            }
        }
        steps.next().map_or(Ok(pieces), |(index, _)| Err(wrong(format!("{place}[{index}]"), "the end", "more steps")))
    }

    fn decide(&mut self, active: bool) {
        self.layers.iter_mut().last().into_iter().for_each(|layer| layer.active.push(active));
    }

    /// Turns to the other side of the last cut that was not turned; whether there was one.
    fn turn(&mut self) -> bool {
        while let Some(cut) = self.cuts.pop() {
            if !cut.below {
                self.cuts.push(Cut { below: true, ..cut });
                self.layers.truncate(cut.layer.saturating_add(1));
                self.layers.iter_mut().last().into_iter().for_each(|layer| layer.active.truncate(cut.unit));
                self.decide(false);
                return true;
            }
        }
        false
    }

    /// Passes all units whose signs are plain; the first one that is open, or `None` after the last layer.
    fn next_open_unit(&mut self, clock: &Clock<'_>) -> Result<Option<Form>, Rejection> {
        loop {
            let depth = self.layers.len().saturating_sub(1);
            let Some(layer) = self.layers.last_mut() else { return Ok(None) };
            while let Some(unit) = layer.units.get(layer.active.len()) {
                clock.spend(size(self.m))?;
                let active = unit.iter().all(|x| !x.is_negative());
                if !active && unit.iter().any(Signed::is_positive) {
                    return Ok(Some(unit.clone()));
                }
                layer.active.push(active);
            }
            let Some(weights) = self.form.layers.get(depth) else { return Ok(None) };
            let longest = |forms: &[Vec<BigInt>]| forms.iter().flatten().map(BigInt::bits).max().unwrap_or(0);
            let weight = longest(&weights.weight).max(longest(std::slice::from_ref(&weights.bias)));
            let coefficient = longest(&layer.units).max(layer.scale.bits()).saturating_add(weight).saturating_add(256);
            // as if all layers were alike
            let forms = self.form.layers.len().saturating_add(1).saturating_mul(weights.bias.len());
            Room::default().take(forms.saturating_mul(self.m), coefficient)?;
            let rows = weights.weight.iter().zip(&weights.bias);
            let units = rows.map(|(row, bias)| combine(vec![bias * &layer.scale; self.m], row, layer, clock));
            let (units, scale) = (units.collect::<Result<_, _>>()?, &layer.scale * &weights.scale);
            self.layers.push(Layer { units, scale, active: Vec::new() });
        }
    }

    /// Checks that a form of the last layer, minus `lambda` times the cuts, has no negative coefficient, no `lambda` being negative.
    fn implied(&self, place: &str, form: Form, multipliers: &[Multiplier], clock: &Clock<'_>) -> Result<(), Rejection> {
        let denominator = common_denominator(multipliers.iter().map(|multiplier| &multiplier.1.0))?;
        let mut rest: Form = form.into_iter().map(|x| x * &denominator).collect();
        for Multiplier(index, lambda) in multipliers {
            let known =
                self.cuts.get(*index).and_then(|cut| Some((cut, self.layers.get(cut.layer)?.units.get(cut.unit)?)));
            let (cut, unit) = known.ok_or_else(|| wrong(place, format!("a cut below {}", self.cuts.len()), index))?;
            need(!lambda.0.is_negative(), place, "multipliers that are not negative", lambda)?;
            // from the scale of the cut's layer to that of the last
            let gains = self.form.layers.iter().take(self.layers.len().saturating_sub(1)).skip(cut.layer);
            let factor = gains.fold(scaled(&lambda.0, &denominator), |factor, layer| factor * &layer.scale);
            let factor = if cut.below { factor } else { -factor };
            for (entry, x) in rest.iter_mut().zip(unit).filter(|(_, x)| !x.is_zero()) {
                clock.spend(factor.bits())?;
                *entry += &factor * x;
            }
        }
        let negative = rest.iter().position(Signed::is_negative);
        negative.map_or(Ok(()), |j| {
            Err(wrong(place, "multipliers that prove the sign", format!("a negative coefficient of f_{j}")))
        })
    }

    /// Checks that the output is identically the answer on this piece.
    fn check_leaf(&self, place: &str, leaf: &Leaf, clock: &Clock<'_>) -> Result<(), Rejection> {
        let token = match (leaf, self.task) {
            (Leaf::Query, Task::QueryCount) => self.query,
            (Leaf::Maximum { token, .. }, Task::MostFrequentElement) => *token,
            _ => return Err(wrong(place, format!("a leaf for {}", self.task), "another")),
        };
        let (readout, Some(last)) = (&self.form.readout, self.layers.last()) else {
            return Err(wrong(place, "a layer", "none"));
        };
        let bias = &readout.bias * &last.scale;
        let start = self.residual.iter().map(|x| x * &readout.residual + &bias).collect();
        let output = combine(start, &readout.hidden, last, clock)?;
        let one = &readout.scale * &last.scale;
        let is_answer = |(j, x): (usize, &BigInt)| if j == token { *x == one } else { x.is_zero() };
        let holds = token < self.m && output.iter().enumerate().all(is_answer);
        need(holds, place, format!("an output that is f_{token}"), "another form")?;
        let Leaf::Maximum { dominates, .. } = leaf else { return Ok(()) };
        expect(&format!("{place}.dominates: number"), self.m, dominates.len())?;
        for (j, multipliers) in dominates.iter().enumerate() {
            clock.spend(size(self.m))?;
            let sign = |i: usize| i32::from(i == token).saturating_sub(i32::from(i == j));
            let difference = (0..self.m).map(|i| &last.scale * sign(i)).collect();
            self.implied(&format!("{place}.dominates[{j}]"), difference, multipliers, clock)?;
        }
        Ok(())
    }
}

/// `start + sum_i weights_i ReLU(unit_i)`
fn combine(mut start: Form, weights: &[BigInt], layer: &Layer, clock: &Clock<'_>) -> Result<Form, Rejection> {
    for ((weight, unit), active) in weights.iter().zip(&layer.units).zip(&layer.active) {
        if *active && !weight.is_zero() {
            for (entry, x) in start.iter_mut().zip(unit).filter(|(_, x)| !x.is_zero()) {
                clock.spend(weight.bits())?;
                *entry += weight * x;
            }
        }
    }
    Ok(start)
}

fn size(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
