//! The outputs of a softmax model on one sequence as a machine computes them: each operation of [`Arithmetic`], in this order.
//!
//! Weights are numbers of the format. `x = E + P`. A head: queries, keys and values are `W u + b`; scores `q . k`, divided by the root of the scale unless
//! that is 1; less the largest one, `exp`, their sum `D`; then either each weight is divided by `D` and multiplied with the values, or what is summed is
//! divided. What the heads give is one vector, of which `W_O .. + b_O` is taken. Norm: the mean is the sum divided by `d`; the mean of the squares of
//! `x - mean` likewise, plus eps, its root; `(x - mean) / root * weight + bias`. Activations: `x * (1/2) * (1 + erf(x * (1 / sqrt 2)))`,
//! `x * (1/2) * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)))` with `x^3 = (x * x) * x`, `x / (1 + exp(-x))`. Rotary positions: `x cos - y sin` and
//! `x sin + y cos`, but at position 0, with a table of cosines and sines in numbers of the format.

use super::softmax_forward::Turns;
use super::{
    Activation, Affine, Block, HeadWeights, Norm, NormKind, Part, Rotary, Scores, SoftmaxAttention, SoftmaxHead,
    SoftmaxTransformer,
};
use crate::number::{Arithmetic, Enclosure, Function, Matrix, Precision, Rational, RationalText, Real, integer, ratio};
use crate::rejection::{Clock, Rejection, need, wrong};
use num::{One, Zero};

/// Numbers that are held at once.
const MAX_NUMBERS: usize = 1 << 21;

/// A model whose weights are numbers of a machine.
pub struct Machine<'a, A: Arithmetic> {
    model: &'a SoftmaxTransformer,
    arithmetic: A,
    one: A::Number,
    tokens: Vec<Vec<A::Number>>,
    bos: Option<Vec<A::Number>>,
    positions: Option<Vec<Vec<A::Number>>>,
    tables: Vec<(Rotary, Table<A::Number>)>,
    blocks: Vec<Step<A::Number>>,
    norm: Option<NormStep<A::Number>>,
    reading: Linear<A::Number>,
}

/// Rows with their biases.
struct Linear<N>(Vec<(Vec<N>, Option<N>)>);

struct NormStep<N> {
    centred: bool,
    weight: Vec<N>,
    bias: Vec<N>,
    eps: N,
    size: N,
}

struct Step<N> {
    before: Option<NormStep<N>>,
    part: PartStep<N>,
    residual: bool,
    after: Option<NormStep<N>>,
}

enum PartStep<N> {
    Attention { heads: Vec<HeadStep<N>>, output: Linear<N>, causal: bool },
    Mlp { activation: Activation, hidden: Vec<Linear<N>>, output: Linear<N> },
}

struct HeadStep<N> {
    weights: Weights<N>,
    softmax: bool,
    value: Linear<N>,
}

enum Weights<N> {
    Scores { query: Linear<N>, key: Linear<N>, root: Option<N>, rotary: Option<Rotary> },
    Matrix(Vec<Vec<N>>),
}

/// What rotary positions do at positions 1, 2, ..
type Table<N> = Vec<Vec<Turn<N>>>;

/// What they do to two entries.
struct Turn<N> {
    pair: (usize, usize),
    cos: N,
    sin: N,
    minus_sin: N,
}

/// What is no finite number, or not known to be one.
fn finite<T>(number: Option<T>) -> Result<T, Rejection> {
    number.ok_or_else(|| wrong("params.arithmetic", "finite numbers", "others"))
}

/// Makes numbers of weights.
struct Maker<'a, A>(&'a A);

impl<A: Arithmetic> Maker<'_, A> {
    fn list<'b>(&self, numbers: impl IntoIterator<Item = &'b Rational>) -> Result<Vec<A::Number>, Rejection> {
        let number = |x: &Rational| {
            let number = self.0.of(x);
            number.ok_or_else(|| wrong("data.model", "weights that are numbers of the format", x))
        };
        numbers.into_iter().map(number).collect()
    }

    fn texts(&self, numbers: &[RationalText]) -> Result<Vec<A::Number>, Rejection> {
        self.list(numbers.iter().map(|x| &x.0))
    }

    fn rows(&self, matrix: &Matrix) -> Result<Vec<Vec<A::Number>>, Rejection> {
        matrix.list().iter().map(|row| self.list(row)).collect()
    }

    fn linear(&self, map: &Affine) -> Result<Linear<A::Number>, Rejection> {
        let bias = self.texts(&map.bias)?.into_iter().map(Some);
        Ok(Linear(self.rows(&map.weight)?.into_iter().zip(bias).collect()))
    }

    /// What is no weight: in the reals it is as it is.
    fn constant(&self, value: &Rational) -> Result<A::Number, Rejection> {
        finite(self.0.constant(&|p| Some(p.enclose(value))))
    }

    fn norm(&self, norm: Option<&Norm>) -> Result<Option<NormStep<A::Number>>, Rejection> {
        let Some(Norm { kind, weight, bias, eps }) = norm else { return Ok(None) };
        let size = self.constant(&integer(u64::try_from(weight.len()).unwrap_or(u64::MAX)))?;
        let (weight, bias, eps) = (self.texts(weight)?, self.texts(bias)?, self.constant(&eps.0)?);
        Ok(Some(NormStep { centred: *kind == NormKind::Layer, weight, bias, eps, size }))
    }

    fn scores(&self, scores: &Scores) -> Result<Weights<A::Number>, Rejection> {
        let scale = &scores.scale.0;
        let root = finite(self.0.constant(&|p| Enclosure::of(scale, p)?.root(p)))?;
        let root = if *scale == Rational::one() { None } else { Some(root) };
        let (query, key, rotary) = (self.linear(&scores.query)?, self.linear(&scores.key)?, scores.rotary.clone());
        Ok(Weights::Scores { query, key, root, rotary })
    }

    /// For positions before `places`.
    fn table(&self, rotary: &Rotary, places: usize, clock: &Clock<'_>) -> Result<Table<A::Number>, Rejection> {
        let p = self.0.precision();
        let turns = finite(Turns::new(rotary, p))?;
        let turn = |(t, &pair): (usize, &(usize, usize)), position: usize| {
            clock.spend(p.0.into())?;
            let at = |more: Precision| {
                if more == p { turns.at(t, position, p) } else { Turns::new(rotary, more)?.at(t, position, more) }
            };
            let [cos, sin] = finite(self.0.turn(&at))?;
            let minus_sin = finite(self.0.negated(&sin))?;
            Ok(Turn { pair, cos, sin, minus_sin })
        };
        (1..places).map(|position| turns.pairs.iter().enumerate().map(|pair| turn(pair, position)).collect()).collect()
    }

    fn head(&self, head: &SoftmaxHead) -> Result<HeadStep<A::Number>, Rejection> {
        let weights = match &head.weights {
            HeadWeights::Softmax(scores) | HeadWeights::Scores(scores) => self.scores(scores)?,
            HeadWeights::SoftmaxMatrix(matrix) | HeadWeights::Matrix(matrix) => Weights::Matrix(self.rows(matrix)?),
        };
        Ok(HeadStep { weights, softmax: head.weights.is_softmax(), value: self.linear(&head.value)? })
    }

    fn step(&self, block: &Block) -> Result<Step<A::Number>, Rejection> {
        let part = match &block.part {
            Part::Mlp(mlp) => PartStep::Mlp {
                activation: mlp.activation,
                hidden: mlp.hidden.iter().map(|layer| self.linear(layer)).collect::<Result<_, _>>()?,
                output: self.linear(&mlp.output)?,
            },
            Part::Attention(SoftmaxAttention { heads, bias, causal }) => {
                let mut rows = vec![Vec::new(); bias.len()];
                for head in heads {
                    for (row, more) in rows.iter_mut().zip(self.rows(&head.output)?) {
                        row.extend(more);
                    }
                }
                let bias = self.texts(bias)?.into_iter().map(Some);
                let heads = heads.iter().map(|head| self.head(head)).collect::<Result<_, _>>()?;
                PartStep::Attention { heads, output: Linear(rows.into_iter().zip(bias).collect()), causal: *causal }
            }
        };
        let (before, after) = (self.norm(block.before.as_ref())?, self.norm(block.after.as_ref())?);
        Ok(Step { before, part, residual: block.residual, after })
    }
}

impl<'a, A: Arithmetic> Machine<'a, A> {
    /// For inputs of up to `length` tokens.
    ///
    /// # Errors
    /// [`Rejection`] for weights out of the format's range, too large a model, or of the clock.
    pub fn new(
        model: &'a SoftmaxTransformer,
        arithmetic: A,
        length: usize,
        clock: &Clock<'_>,
    ) -> Result<Self, Rejection> {
        super::softmax_maps::fits(model, arithmetic.precision())?;
        let make = Maker(&arithmetic);
        let places = length.saturating_add(usize::from(model.bos.is_some()));
        let (mut tables, mut held) = (Vec::<(Rotary, Table<A::Number>)>::new(), 0usize);
        for rotary in model.heads().filter_map(|head| head.weights.scores()?.rotary.as_ref()) {
            if tables.iter().all(|(known, _)| known != rotary) {
                held = held.saturating_add(rotary.size.saturating_mul(places).saturating_mul(2));
                let most = MAX_NUMBERS >> 2;
                need(held <= most, "params.n", format!("a length with at most {most} cosines and sines"), held)?;
                tables.push((rotary.clone(), make.table(rotary, places, clock)?));
            }
        }
        let one = finite(arithmetic.of(&Rational::one()))?;
        let tokens = make.rows(&model.embedding)?;
        let bos = model.bos.as_ref().map(|bos| make.texts(bos)).transpose()?;
        let positions = model.positions.as_ref().map(|positions| make.rows(positions)).transpose()?;
        let blocks = model.blocks.iter().map(|block| make.step(block)).collect::<Result<_, _>>()?;
        let (norm, reading) = (make.norm(model.norm.as_ref())?, make.linear(&model.reading_map()?)?);
        Ok(Self { model, one, tokens, bos, positions, tables, blocks, norm, reading, arithmetic })
    }

    /// What it computes with.
    pub fn arithmetic(&self) -> &A {
        &self.arithmetic
    }

    /// `y` where the positions `read` are read; an absent token is any.
    ///
    /// # Errors
    /// [`Rejection::Wrong`] for numbers that are not finite, or not known to be, or of the clock.
    pub fn outputs(
        &self,
        sequence: &[Option<usize>],
        read: &[usize],
        clock: &Clock<'_>,
    ) -> Result<Vec<Vec<A::Number>>, Rejection> {
        let before = usize::from(self.bos.is_some());
        let held = sequence.len().saturating_add(before).saturating_mul(self.widest());
        need(held <= MAX_NUMBERS, "params.n", format!("a length with at most {MAX_NUMBERS} numbers"), held)?;
        let mut stream = Vec::with_capacity(sequence.len().saturating_add(before));
        for (position, token) in self.bos.iter().map(|_| None).chain(sequence.iter().map(Some)).enumerate() {
            stream.push(self.state(token.copied(), position, clock)?);
        }
        let all: Vec<usize> = (0..stream.len()).collect();
        let read: Vec<usize> = read.iter().map(|place| place.saturating_add(before)).collect();
        let last = self.blocks.iter().rposition(|block| matches!(block.part, PartStep::Attention { .. }));
        // everybody is computed until nobody else listens
        let keep = |stream: Vec<Vec<A::Number>>| -> Vec<Vec<A::Number>> {
            read.iter().filter_map(|&place| stream.get(place).cloned()).collect()
        };
        if last.is_none() {
            stream = keep(stream);
        }
        for (index, block) in self.blocks.iter().enumerate() {
            let inputs =
                stream.iter().map(|x| self.normed(block.before.as_ref(), x, clock)).collect::<Result<Vec<_>, _>>()?;
            let mut written = Vec::with_capacity(inputs.len());
            match &block.part {
                PartStep::Mlp { activation, hidden, output } => {
                    for mut x in inputs {
                        for layer in hidden {
                            x = self.linear(layer, &x, clock)?;
                            x = finite(x.iter().map(|x| self.activated(*activation, x)).collect())?;
                        }
                        written.push(self.linear(output, &x, clock)?);
                    }
                }
                PartStep::Attention { heads, output, causal } => {
                    let readers = if last == Some(index) { &read } else { &all };
                    let mut mixed = vec![Vec::new(); readers.len()];
                    for head in heads {
                        self.attend(head, &inputs, readers, *causal, &mut mixed, clock)?;
                    }
                    for mixed in &mixed {
                        written.push(self.linear(output, mixed, clock)?);
                    }
                    if last == Some(index) {
                        stream = keep(stream);
                    }
                }
            }
            for (x, written) in stream.iter_mut().zip(written) {
                let sum = if block.residual { self.sum(x, &written)? } else { written };
                *x = self.normed(block.after.as_ref(), &sum, clock)?;
            }
        }
        stream.iter().map(|x| self.linear(&self.reading, &self.normed(self.norm.as_ref(), x, clock)?, clock)).collect()
    }

    /// How many numbers there are at a position.
    fn widest(&self) -> usize {
        let width = |block: &Step<A::Number>| match &block.part {
            PartStep::Mlp { output, .. } => output.0.len(),
            PartStep::Attention { heads, output, .. } => {
                let head = |head: &HeadStep<A::Number>| head.value.0.len().saturating_add(1).saturating_mul(2);
                heads.iter().map(head).fold(output.0.len(), usize::saturating_add)
            }
        };
        self.blocks.iter().map(width).fold(self.model.dimension(), usize::max)
    }

    /// The state of a token at a position, which is counted with BOS; any token where it is absent, BOS where there is no place for one.
    fn state(
        &self,
        token: Option<Option<usize>>,
        position: usize,
        clock: &Clock<'_>,
    ) -> Result<Vec<A::Number>, Rejection> {
        let known = self
            .model
            .longest()
            .is_none_or(|longest| position < longest.saturating_add(usize::from(self.bos.is_some())));
        let row = match token {
            None => self.bos.clone(),
            Some(Some(token)) => self.tokens.get(token).cloned(),
            Some(None) => {
                let mut any = self.tokens.first().cloned();
                for row in &self.tokens {
                    clock.spend(u64::try_from(row.len()).unwrap_or(u64::MAX))?;
                    let hull = |any: Vec<A::Number>| {
                        any.iter().zip(row).map(|(a, b)| self.arithmetic.hull(a, b)).collect::<Option<_>>()
                    };
                    any = any.and_then(hull);
                }
                any
            }
        };
        let row =
            row.filter(|_| known).ok_or_else(|| wrong("sequence", "a token and a position of the model", "others"))?;
        match &self.positions {
            None => Ok(row),
            Some(positions) => {
                let shift = positions.get(position).ok_or_else(|| wrong("sequence", "a position", position))?;
                self.sum(&row, shift)
            }
        }
    }

    fn sum(&self, x: &[A::Number], y: &[A::Number]) -> Result<Vec<A::Number>, Rejection> {
        finite(x.iter().zip(y).map(|(x, y)| self.arithmetic.plus(x, y)).collect())
    }

    fn dot(
        &self,
        x: &[A::Number],
        y: &[A::Number],
        bias: Option<&A::Number>,
        clock: &Clock<'_>,
    ) -> Result<A::Number, Rejection> {
        clock.spend(u64::try_from(x.len()).unwrap_or(u64::MAX).saturating_add(1))?;
        finite(self.arithmetic.dot(&x.iter().zip(y).collect::<Vec<_>>(), bias))
    }

    fn linear(&self, map: &Linear<A::Number>, x: &[A::Number], clock: &Clock<'_>) -> Result<Vec<A::Number>, Rejection> {
        map.0.iter().map(|(row, bias)| self.dot(row, x, bias.as_ref(), clock)).collect()
    }

    fn normed(
        &self,
        norm: Option<&NormStep<A::Number>>,
        x: &[A::Number],
        clock: &Clock<'_>,
    ) -> Result<Vec<A::Number>, Rejection> {
        let (Some(norm), arithmetic) = (norm, &self.arithmetic) else { return Ok(x.to_vec()) };
        let mut centred = x.to_vec();
        if norm.centred {
            let ones = vec![self.one.clone(); x.len()];
            let mean = finite(arithmetic.over(&self.dot(x, &ones, None, clock)?, &norm.size))?;
            let mean = finite(arithmetic.negated(&mean))?;
            centred = finite(x.iter().map(|x| arithmetic.plus(x, &mean)).collect())?;
        }
        let squares = finite(arithmetic.over(&self.dot(&centred, &centred, None, clock)?, &norm.size))?;
        let root = || arithmetic.apply(Function::Root, &arithmetic.plus(&squares, &norm.eps)?);
        let root = finite(root())?;
        let entries = centred.iter().zip(&norm.weight).zip(&norm.bias);
        let one = |((x, weight), bias): ((&A::Number, &A::Number), &A::Number)| {
            arithmetic.plus(&arithmetic.times(&arithmetic.over(x, &root)?, weight)?, bias)
        };
        finite(entries.map(one).collect())
    }

    fn activated(&self, activation: Activation, x: &A::Number) -> Option<A::Number> {
        let (arithmetic, half) = (&self.arithmetic, self.arithmetic.of(&ratio(1, 2))?);
        let root = |square: Rational, p: Precision| Enclosure::of(&square, p)?.root(p);
        let gate = |t: &A::Number| arithmetic.times(&arithmetic.times(x, &half)?, &arithmetic.plus(&self.one, t)?);
        match activation {
            Activation::Identity => Some(x.clone()),
            Activation::Relu => Some(arithmetic.larger(x, &arithmetic.of(&Rational::zero())?)),
            Activation::Gelu => {
                let factor = arithmetic.constant(&|p| root(ratio(1, 2), p))?;
                gate(&arithmetic.apply(Function::Erf, &arithmetic.times(x, &factor)?)?)
            }
            Activation::GeluTanh => {
                let factor = arithmetic.constant(&|p| Enclosure::of(&integer(2), p)?.over(&p.pi()?, p)?.root(p))?;
                let cube = arithmetic.times(&arithmetic.times(x, x)?, x)?;
                let third = arithmetic.constant(&|p| Some(p.enclose(&ratio(44_715, 1_000_000))))?;
                let inner = arithmetic.plus(x, &arithmetic.times(&third, &cube)?)?;
                gate(&arithmetic.apply(Function::Tanh, &arithmetic.times(&factor, &inner)?)?)
            }
            Activation::Silu => {
                let decay = arithmetic.apply(Function::Exp, &arithmetic.negated(x)?)?;
                arithmetic.over(x, &arithmetic.plus(&self.one, &decay)?)
            }
        }
    }

    /// A query or a key at a position.
    fn turned(
        &self,
        rotary: Option<&Rotary>,
        position: usize,
        mut x: Vec<A::Number>,
        clock: &Clock<'_>,
    ) -> Result<Vec<A::Number>, Rejection> {
        let table = self.tables.iter().find(|(known, _)| Some(known) == rotary).map(|(_, table)| table);
        let row = table.and_then(|table| table.get(position.checked_sub(1)?));
        for Turn { pair: (i, j), cos, sin, minus_sin } in row.into_iter().flatten() {
            let (Some(a), Some(b)) = (x.get(*i).cloned(), x.get(*j).cloned()) else { continue };
            let pair = [a, b];
            let turned = |row: [&A::Number; 2]| self.dot(&pair, &row.map(Clone::clone), None, clock);
            for (place, entry) in [(*i, turned([cos, minus_sin])?), (*j, turned([sin, cos])?)] {
                x.get_mut(place).into_iter().for_each(|old| *old = entry.clone());
            }
        }
        Ok(x)
    }

    /// What a head gives to each reader.
    fn attend(
        &self,
        head: &HeadStep<A::Number>,
        inputs: &[Vec<A::Number>],
        readers: &[usize],
        causal: bool,
        mixed: &mut [Vec<A::Number>],
        clock: &Clock<'_>,
    ) -> Result<(), Rejection> {
        let arithmetic = &self.arithmetic;
        let values = inputs.iter().map(|x| self.linear(&head.value, x, clock)).collect::<Result<Vec<_>, _>>()?;
        let keys = match &head.weights {
            Weights::Scores { key, rotary, .. } => {
                let key = |(place, x): (usize, &Vec<A::Number>)| {
                    self.turned(rotary.as_ref(), place, self.linear(key, x, clock)?, clock)
                };
                inputs.iter().enumerate().map(key).collect::<Result<Vec<_>, _>>()?
            }
            Weights::Matrix(_) => Vec::new(),
        };
        for (mixed, &reader) in mixed.iter_mut().zip(readers) {
            let seen = if causal { reader.saturating_add(1) } else { inputs.len() };
            let mut weights = match &head.weights {
                Weights::Matrix(rows) => rows.get(reader).cloned().unwrap_or_default(),
                Weights::Scores { query, root, rotary, .. } => {
                    let x = inputs.get(reader).ok_or_else(|| wrong("sequence", "a position", reader))?;
                    let query = self.turned(rotary.as_ref(), reader, self.linear(query, x, clock)?, clock)?;
                    let mut scores = Vec::with_capacity(seen);
                    for key in keys.iter().take(seen) {
                        let score = self.dot(&query, key, None, clock)?;
                        scores.push(match root {
                            Some(root) => finite(arithmetic.over(&score, root))?,
                            None => score,
                        });
                    }
                    scores
                }
            };
            weights.truncate(seen);
            let columns = (0..head.value.0.len()).map(|entry| {
                let column = values.iter().take(seen).filter_map(|value| value.get(entry).cloned());
                column.collect::<Vec<A::Number>>()
            });
            if !head.softmax {
                for column in columns {
                    mixed.push(self.dot(&weights, &column, None, clock)?);
                }
                continue;
            }
            let largest = weights.iter().cloned().reduce(|a, b| arithmetic.larger(&a, &b));
            let largest = largest.ok_or_else(|| wrong("sequence", "a position to attend to", "none"))?;
            let exp = |score: &A::Number| arithmetic.apply(Function::Exp, &arithmetic.below(score, &largest)?);
            let weights: Vec<A::Number> = finite(weights.iter().map(exp).collect())?;
            let total = finite(arithmetic.total(&weights))?;
            let [first, last] = arithmetic.divides();
            let divided = |x: &A::Number| arithmetic.over(x, &total);
            let shares = if first { finite(weights.iter().map(divided).collect())? } else { Vec::new() };
            for column in columns {
                let one = if first { Some(self.dot(&shares, &column, None, clock)?) } else { None };
                let other =
                    if last { Some(finite(divided(&self.dot(&weights, &column, None, clock)?))?) } else { None };
                let both = one.clone().zip(other.clone()).and_then(|(one, other)| arithmetic.hull(&one, &other));
                mixed.push(finite(both.or(one).or(other))?);
            }
        }
        Ok(())
    }
}
