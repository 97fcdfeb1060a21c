//! Puts a model together from the arrays that a mapping names.
//!
//! Every array of the file is used, or listed under `ignored`, or the model is refused: an array that nobody mentions may be a
//! layer that was forgotten. The same holds for parts of arrays, but for rows of tokens and positions: leaving those out says
//! that they do not occur.

mod grid;
mod layers;
mod leftovers;
mod reader;

use super::ImportError;
use super::mapping::{Mapping, Place, Positions, ReadingMap, RotaryMap};
use super::weights::Arrays;
use crate::kernel::definition::{Affine, Reading, Rotary, SoftmaxTransformer, SoftmaxWeights};
use crate::kernel::number::{Matrix, Rational, RationalText};
use num_traits::{One, Zero};
use reader::{Reader, zeros};

/// Makes a model of the bytes of an `.npz` or `.safetensors` file.
///
/// # Errors
/// [`ImportError`] naming what is wrong.
pub fn import(bytes: &[u8], mapping: &Mapping) -> Result<SoftmaxTransformer, ImportError> {
    let mut reader = Reader::new(Arrays::read(bytes)?, mapping.layout);
    let embedding = reader.tokens("tokens", &mapping.tokens)?;
    let d = embedding.cols();
    let bos = match &mapping.bos {
        Some(place) => Some(one_row(&mut reader, place, d)?),
        None => None,
    };
    let (positions, rotary) = match &mapping.positions {
        Positions::None => (None, None),
        Positions::Table(place) => (Some(reader.tokens("positions", place)?), None),
        Positions::Rotary(map) => (None, Some(rotary(map))),
    };
    let (blocks, width) = layers::blocks(&mut reader, &mapping.layers, rotary.as_ref(), d)?;
    let norm = match &mapping.norm {
        Some(norm) => Some(reader.norm("norm", norm, width)?),
        None => None,
    };
    let reading = reading(&mut reader, &mapping.reading, width)?;
    leftovers::none(&reader, &mapping.ignored)?;
    let read_at = mapping.read_at;
    let weights = SoftmaxWeights { embedding, bos, positions, blocks, norm, reading, read_at };
    Ok(SoftmaxTransformer::new(weights)?)
}

fn one_row(
    reader: &mut Reader<'_>,
    place: &Place,
    d: usize,
) -> Result<Vec<RationalText>, ImportError> {
    let table = reader.table("bos", place)?;
    match (table.rows(), table.cols() == d) {
        (1, true) => Ok(table.row(0).iter().cloned().map(RationalText).collect()),
        _ => {
            let error = ImportError::array(
                &place.array,
                format!("one row of d = {d} entries"),
                table.shape(),
            );
            Err(error.at("bos"))
        }
    }
}

fn rotary(map: &RotaryMap) -> Rotary {
    let neighbours = map.pairs == super::mapping::Pairs::Neighbours;
    Rotary { base: RationalText(map.base.0.clone()), size: map.size, neighbours }
}

fn reading(
    reader: &mut Reader<'_>,
    reading: &ReadingMap,
    width: usize,
) -> Result<Reading, ImportError> {
    let unit = |index: usize| {
        (0..width).map(|j| if j == index { Rational::one() } else { Rational::zero() }).collect()
    };
    let below = |place: &str, index: usize| match index < width {
        true => Ok(index),
        false => Err(ImportError::mapping(
            place,
            format!("coordinates below {width}, the width of the stream"),
            index,
        )),
    };
    Ok(match reading {
        ReadingMap::Number(map) => Reading::Number {
            weight: reader.vector("reading.number.weight", &map.weight, width)?,
            bias: match &map.bias {
                Some(place) => reader.vector("reading.number.bias", place, 1)?.swap_remove(0),
                None => Rational::zero().into(),
            },
        },
        ReadingMap::Coordinate(index) => {
            let row: Vec<Rational> = unit(below("reading.coordinate", *index)?);
            Reading::Number {
                weight: row.into_iter().map(RationalText).collect(),
                bias: Rational::zero().into(),
            }
        }
        ReadingMap::ArgMax { weight, bias, answers } => {
            let map = super::mapping::Map { weight: weight.clone(), bias: bias.clone() };
            let map = reader.map("reading.arg-max", &map, None, Some(width))?;
            let answers = one_each("reading.arg-max.answers", answers.as_ref(), map.weight.rows())?;
            Reading::ArgMax { map, answers }
        }
        ReadingMap::Coordinates { indices, answers } => {
            let place = "reading.coordinates.indices";
            let all: Vec<usize> = (0..width).collect();
            let indices = indices.as_ref().unwrap_or(&all);
            reader.spend("reading.coordinates", indices.len().saturating_mul(width))?;
            let rows = indices
                .iter()
                .map(|&index| below(place, index).map(unit))
                .collect::<Result<Vec<_>, _>>()?;
            let answers = one_each("reading.coordinates.answers", answers.as_ref(), rows.len())?;
            let map = Affine { bias: zeros(rows.len()), weight: Matrix::from_rows(width, rows)? };
            Reading::ArgMax { map, answers }
        }
    })
}

/// The answers, or the numbers of the choices.
fn one_each(
    place: &str,
    answers: Option<&Vec<u64>>,
    choices: usize,
) -> Result<Vec<u64>, ImportError> {
    match answers {
        None => Ok((0..choices as u64).collect()),
        Some(answers) if answers.len() == choices => Ok(answers.clone()),
        Some(answers) => Err(ImportError::mapping(
            place,
            format!("{choices} answers, one a choice"),
            answers.len(),
        )),
    }
}
