//! Puts a model together from the arrays that a mapping names.

use super::mapping::{Layout, Map, Mapping, NormMap, Place, ReadingMap};
use super::{Array, Arrays, ImportError, MAX_NUMBERS};
use crate::algebra::MatrixOps;
use crate::kernel::definition::{Affine, Mlp};
use crate::kernel::definition::{
    Norm, Norms, Reading, SoftmaxHead, SoftmaxTransformer, SoftmaxWeights,
};
use crate::kernel::number::{Matrix, Rational, RationalText, integer};
use num_traits::{One, Zero};

pub(super) fn assemble(
    arrays: &Arrays,
    mapping: &Mapping,
) -> Result<SoftmaxTransformer, ImportError> {
    let reader = Reader { arrays, layout: mapping.layout };
    let embedding = reader.table(&mapping.tokens)?;
    let d = embedding.cols();
    let bos = mapping.bos.as_ref().map(|place| {
        let table = reader.table(place)?;
        match (table.rows(), table.cols() == d) {
            (1, true) => Ok(table.row(0).iter().cloned().map(RationalText).collect()),
            _ => Err(ImportError::array(
                place.array(),
                format!("one row of d = {d} entries for bos"),
                format!("[{}, {}]", table.rows(), table.cols()),
            )),
        }
    });
    let positions = mapping.positions.as_ref().map(|place| reader.table(place)).transpose()?;
    let attention = &mapping.attention;
    let heads = attention.heads;
    let query = reader.map(&attention.query, None, Some(d))?;
    let key = reader.map(&attention.key, Some(query.weight.rows()), Some(d))?;
    let value = reader.map(&attention.value, None, Some(d))?;
    let output = reader.map(&attention.output, Some(d), Some(value.weight.rows()))?;
    let part = |what: &str, place: &Place, rows: usize| match rows.checked_div(heads) {
        Some(part) if part > 0 && part * heads == rows => Ok(part),
        _ => {
            let expected = format!("{heads} heads of equal size ({what})");
            Err(ImportError::array(place.array(), expected, rows))
        }
    };
    let k = part("query", &attention.query.weight, query.weight.rows())?;
    let d_v = part("value", &attention.value.weight, value.weight.rows())?;
    let heads = (0..heads).map(|h| SoftmaxHead {
        query: rows_of(&query, h * k, k),
        key: rows_of(&key, h * k, k),
        value: rows_of(&value, h * d_v, d_v),
        output: Matrix::from_fn(d, d_v, |i, j| entry(&output.weight, i, h * d_v + j)),
    });
    let norm = |norm: &Option<NormMap>| norm.as_ref().map(|norm| reader.norm(norm, d)).transpose();
    let mlp = match &mapping.mlp {
        Some(maps) => {
            let mut width = d;
            let mut hidden = Vec::with_capacity(maps.hidden.len());
            for map in &maps.hidden {
                let map = reader.map(map, None, Some(width))?;
                width = map.weight.rows();
                hidden.push(map);
            }
            Mlp { hidden, output: reader.map(&maps.output, Some(d), Some(width))? }
        }
        None => Mlp {
            hidden: vec![Affine { weight: Matrix::zeros(0, d), bias: Vec::new() }],
            output: Affine { weight: Matrix::zeros(d, 0), bias: zeros(d) },
        },
    };
    let weights = SoftmaxWeights {
        embedding,
        bos: bos.transpose()?,
        positions,
        scale: attention.scale.clone().unwrap_or_else(|| integer(k as u64).into()),
        heads: heads.collect(),
        attention_bias: output.bias,
        norms: Norms {
            attention: norm(&mapping.norms.attention)?,
            after_attention: norm(&mapping.norms.after_attention)?,
            mlp: norm(&mapping.norms.mlp)?,
            readout: norm(&mapping.norms.readout)?,
        },
        mlp,
        reading: reader.reading(&mapping.reading, d)?,
        read_at: mapping.read_at,
    };
    Ok(SoftmaxTransformer::new(weights)?)
}

struct Reader<'a> {
    arrays: &'a Arrays,
    layout: Layout,
}

impl Reader<'_> {
    /// A table `[rows, d]`: a matrix, or a vector as one row.
    fn table(&self, place: &Place) -> Result<Matrix, ImportError> {
        let array = self.arrays.get(place.array())?;
        let (rows, cols) = match *squeezed(array) {
            [cols] if matches!(place, Place::Whole(_)) => (1, cols),
            [rows, cols] => (rows, cols),
            _ => {
                let found = array.shape_text();
                return Err(ImportError::array(place.array(), "a matrix", found));
            }
        };
        self.picked(place, array, rows, cols)
    }

    /// The picked rows of an array seen as `[rows, cols]`.
    fn picked(
        &self,
        place: &Place,
        array: &Array,
        rows: usize,
        cols: usize,
    ) -> Result<Matrix, ImportError> {
        let name = place.array();
        let picked: Vec<usize> = match place {
            Place::Whole(_) => (0..rows).collect(),
            Place::Part(part) => match (&part.rows, part.slice) {
                (None, None) => (0..rows).collect(),
                (Some(picked), None) => picked.clone(),
                (None, Some([from, to])) if from <= to && to <= rows => (from..to).collect(),
                (None, Some(slice)) => {
                    return Err(ImportError::array(
                        name,
                        format!("a slice of {rows} rows"),
                        format!("{slice:?}"),
                    ));
                }
                (Some(_), Some(_)) => {
                    return Err(ImportError::array(name, "rows or a slice", "both"));
                }
            },
        };
        if let Some(row) = picked.iter().find(|&&row| row >= rows) {
            return Err(ImportError::array(name, format!("a row below {rows}"), row));
        }
        if picked.len().saturating_mul(cols) > MAX_NUMBERS {
            return Err(ImportError::array(
                name,
                format!("at most {MAX_NUMBERS} numbers"),
                array.shape_text(),
            ));
        }
        let number = |row: usize, col: usize| match array.get(row * cols + col) {
            Some(Ok(number)) => Ok(number),
            Some(Err(what)) => Err(ImportError::array(
                name,
                "numbers",
                format!("{what} at row {row}, column {col}"),
            )),
            None => Err(ImportError::array(
                name,
                "an entry",
                format!("none at row {row}, column {col}"),
            )),
        };
        let table = picked.iter().map(|&row| (0..cols).map(|col| number(row, col)).collect());
        let table = table.collect::<Result<Vec<Vec<Rational>>, ImportError>>()?;
        Matrix::from_rows(cols, table).map_err(|error| ImportError::array(name, "a matrix", error))
    }

    fn vector(&self, place: &Place, length: usize) -> Result<Vec<RationalText>, ImportError> {
        let array = self.arrays.get(place.array())?;
        let entries = match *squeezed(array) {
            [entries] => entries,
            [1, entries] | [entries, 1] => entries,
            [] => 1,
            _ => {
                let expected = format!("a vector of {length} entries");
                return Err(ImportError::array(place.array(), expected, array.shape_text()));
            }
        };
        // the entries of a vector are its rows
        let column = self.picked(place, array, entries, 1)?;
        if column.rows() != length {
            let expected = format!("a vector of {length} entries");
            return Err(ImportError::array(place.array(), expected, column.rows()));
        }
        Ok(column.entries().cloned().map(RationalText).collect())
    }

    /// A map with these sizes, where they are known.
    fn map(
        &self,
        map: &Map,
        out: Option<usize>,
        width: Option<usize>,
    ) -> Result<Affine, ImportError> {
        let table = self.table(&map.weight)?;
        let other = matches!(&map.weight, Place::Part(part) if part.transpose);
        let by_input = (self.layout == Layout::InOut) != other;
        let weight = if by_input { table.transpose() } else { table };
        let fits = |size: Option<usize>, found: usize| size.is_none_or(|size| size == found);
        if !fits(out, weight.rows()) || !fits(width, weight.cols()) {
            let text = |size: Option<usize>| size.map_or("any".to_owned(), |size| size.to_string());
            let (out, width) = (text(out), text(width));
            let expected = format!("a map from {width} to {out} entries");
            let found = format!("one from {} to {}", weight.cols(), weight.rows());
            return Err(ImportError::array(map.weight.array(), expected, found));
        }
        let bias = match &map.bias {
            Some(place) => self.vector(place, weight.rows())?,
            None => zeros(weight.rows()),
        };
        Ok(Affine { weight, bias })
    }

    fn norm(&self, norm: &NormMap, d: usize) -> Result<Norm, ImportError> {
        let one = || vec![RationalText(Rational::one()); d];
        let vector = |place: &Option<Place>| place.as_ref().map(|p| self.vector(p, d)).transpose();
        Ok(Norm {
            weight: vector(&norm.weight)?.unwrap_or_else(one),
            bias: vector(&norm.bias)?.unwrap_or_else(|| zeros(d)),
            eps: norm.eps.clone(),
        })
    }

    fn reading(&self, reading: &ReadingMap, d: usize) -> Result<Reading, ImportError> {
        Ok(match reading {
            ReadingMap::Number { weight, bias } => Reading::Number {
                weight: self.vector(weight, d)?,
                bias: match bias {
                    Some(place) => self.vector(place, 1)?.swap_remove(0),
                    None => Rational::zero().into(),
                },
            },
            ReadingMap::ArgMax { weight, bias, answers } => {
                let map = Map { weight: weight.clone(), bias: bias.clone() };
                let map = self.map(&map, Some(answers.len()), Some(d))?;
                Reading::ArgMax { map, answers: answers.clone() }
            }
            ReadingMap::Coordinates { indices, answers } => {
                let place = "reading.coordinates";
                if indices.len() != answers.len() {
                    let expected = format!("{} answers, one a coordinate", indices.len());
                    return Err(ImportError::mapping(place, expected, answers.len()));
                }
                if let Some(index) = indices.iter().find(|&&index| index >= d) {
                    return Err(ImportError::mapping(
                        place,
                        format!("indices below d = {d}"),
                        index,
                    ));
                }
                let weight = Matrix::from_fn(indices.len(), d, |i, j| match indices.get(i) {
                    Some(&index) if index == j => Rational::one(),
                    _ => Rational::zero(),
                });
                let map = Affine { weight, bias: zeros(indices.len()) };
                Reading::ArgMax { map, answers: answers.clone() }
            }
        })
    }
}

/// The shape without leading dimensions of length 1 beyond the second.
fn squeezed(array: &Array) -> &[usize] {
    let mut shape = array.shape.as_slice();
    while let [1, rest @ ..] = shape {
        if rest.len() < 2 {
            break;
        }
        shape = rest;
    }
    shape
}

fn zeros(length: usize) -> Vec<RationalText> {
    vec![RationalText(Rational::zero()); length]
}

fn entry(matrix: &Matrix, i: usize, j: usize) -> Rational {
    matrix.get(i, j).cloned().unwrap_or_else(Rational::zero)
}

fn rows_of(map: &Affine, from: usize, count: usize) -> Affine {
    let cols = map.weight.cols();
    Affine {
        weight: Matrix::from_fn(count, cols, |i, j| entry(&map.weight, from + i, j)),
        bias: map.bias.iter().skip(from).take(count).cloned().collect(),
    }
}
