//! A model read by the library's own reader, and what it computes: enclosures that its outputs certainly lie in.

use crate::waiting::Refused;
use counterproof::files;
use counterproof::kernel::definition::{
    Affine, Norm, Part, ReadAt, Reading, SoftmaxTransformer, SoftmaxWeights, Stack, Token, places,
};
use counterproof::kernel::number::{Enclosure, Matrix, Precision, integer};
use counterproof::kernel::{Clock, Rejection};
use num_rational::BigRational;
use pyo3::prelude::*;

/// A model of the classes that can be decided.
#[pyclass(frozen, module = "counterproof._native")]
pub struct Model(files::model::Model);

/// Lower and upper ends.
type Ends = (BigRational, BigRational);

/// Bits of the enclosures.
const PRECISION: Precision = Precision(96);

fn rejected(why: Rejection) -> PyErr {
    Refused::new_err(why.to_string())
}

#[pymethods]
impl Model {
    /// Reads the bytes of a file, with a mapping where its arrays need one.
    #[new]
    #[pyo3(signature = (bytes, mapping=None))]
    fn new(bytes: &[u8], mapping: Option<&str>) -> PyResult<Self> {
        let opened = files::open(bytes, mapping);
        opened.map(|(model, _)| Self(model)).map_err(|why| Refused::new_err(why.to_string()))
    }

    /// `exact` or `softmax`.
    #[getter]
    fn kind(&self) -> &'static str {
        match self.0 {
            files::model::Model::Exact(_) => "exact",
            files::model::Model::Softmax(_) => "softmax",
        }
    }

    /// `m`
    #[getter]
    fn vocabulary(&self) -> usize {
        self.0.vocabulary()
    }

    /// Each block of the stack: `attention` or `mlp`.
    #[getter]
    fn blocks(&self) -> Vec<&'static str> {
        let files::model::Model::Softmax(model) = &self.0 else { return Vec::new() };
        let name = |part: &Part| match part {
            Part::Attention(_) => "attention",
            Part::Mlp(_) => "mlp",
        };
        model.blocks.iter().map(|block| name(&block.part)).collect()
    }

    /// The outputs on a sequence of tokens, one list for each position that is read, one pair of ends for each number.
    fn outputs(&self, py: Python<'_>, sequence: Vec<usize>) -> PyResult<Vec<Vec<Ends>>> {
        match &self.0 {
            files::model::Model::Exact(model) => {
                let tokens: Vec<Token> = sequence.into_iter().map(Token).collect();
                let output = py.detach(|| model.output(&tokens)).map_err(rejected)?;
                Ok(vec![vec![(output.clone(), output)]])
            }
            files::model::Model::Softmax(model) => {
                py.detach(|| enclosed(model, &sequence)).map_err(rejected)
            }
        }
    }

    /// What the outputs mean, for each position that is read: a number (the middle of its enclosure), or the answer of the entry
    /// that is certainly the largest.
    fn answers(&self, py: Python<'_>, sequence: Vec<usize>) -> PyResult<Vec<Option<BigRational>>> {
        let outputs = self.outputs(py, sequence)?;
        let middle = |ends: &Ends| (&ends.0 + &ends.1) / integer(2);
        let answers = match &self.0 {
            files::model::Model::Softmax(model) => match &model.reading {
                Reading::ArgMax { answers, .. } => Some(answers),
                Reading::Number { .. } => None,
            },
            files::model::Model::Exact(_) => None,
        };
        let meant = |y: &Vec<Ends>| match answers {
            None => y.first().map(middle),
            Some(answers) => {
                largest(y).and_then(|at| answers.get(at)).map(|&answer| integer(answer))
            }
        };
        Ok(outputs.iter().map(meant).collect())
    }

    /// What the entries of the stream are after the first `blocks`, at every position.
    fn stream(
        &self,
        py: Python<'_>,
        sequence: Vec<usize>,
        blocks: usize,
    ) -> PyResult<Vec<Vec<Ends>>> {
        let files::model::Model::Softmax(model) = &self.0 else {
            return Err(Refused::new_err("expected a softmax model, found an exact one"));
        };
        py.detach(|| enclosed(&beginning(model, blocks)?, &sequence)).map_err(rejected)
    }
}

/// The entry that is larger than all others, if that is certain.
fn largest(outputs: &[Ends]) -> Option<usize> {
    let above = |(at, one): &(usize, &Ends)| {
        outputs.iter().enumerate().all(|(other, ends)| other == *at || ends.1 < one.0)
    };
    outputs.iter().enumerate().find(above).map(|(at, _)| at)
}

/// The model whose outputs are the stream after the first blocks.
fn beginning(model: &SoftmaxTransformer, blocks: usize) -> Result<SoftmaxTransformer, Rejection> {
    let whole: SoftmaxWeights = model.clone().into();
    let blocks: Vec<_> = whole.blocks.into_iter().take(blocks).collect();
    let last = blocks.last().map(|block| match &block.part {
        Part::Attention(attention) => attention.bias.len(),
        Part::Mlp(mlp) => mlp.output.bias.len(),
    });
    let d = last.unwrap_or_else(|| whole.embedding.cols());
    let unit = |i: usize, j: usize| integer(u64::from(i == j));
    let map = Affine { weight: Matrix::from_fn(d, d, unit), bias: vec![integer(0).into(); d] };
    let answers = (0..d as u64).collect();
    let none: Option<Norm> = None;
    SoftmaxTransformer::new(SoftmaxWeights {
        blocks,
        norm: none,
        reading: Reading::ArgMax { map, answers },
        read_at: ReadAt::Every,
        ..whole
    })
}

fn enclosed(model: &SoftmaxTransformer, sequence: &[usize]) -> Result<Vec<Vec<Ends>>, Rejection> {
    let bos = usize::from(model.bos.is_some());
    let read: Vec<usize> = model.read_at.positions(sequence.len()).map(|at| at + bos).collect();
    let clock = Clock::unlimited();
    let stack = Stack::<Enclosure>::new(model, PRECISION)?;
    let outputs = stack.map(|stack| stack.outputs(&places(model, sequence), &read, &clock));
    let outputs = outputs.transpose()?.flatten().ok_or_else(|| {
        let (place, found) = ("output".to_owned(), "one that is too large".to_owned());
        Rejection::Wrong { place, expected: "a number that 96 bits enclose".to_owned(), found }
    })?;
    let ends = |y: &Enclosure| PRECISION.ends(y);
    Ok(outputs.iter().map(|y| y.iter().map(ends).collect()).collect())
}
