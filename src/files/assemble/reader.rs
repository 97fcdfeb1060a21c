//! Matrices, vectors, maps and norms out of arrays, and which of their numbers were used.

use super::grid::{Grid, Wrong};
use crate::files::ImportError;
use crate::files::mapping::{Layout, Map, NormMap, Place};
use crate::files::weights::{Array, Arrays, MAX_NUMBERS};
use crate::kernel::definition::{Affine, Norm};
use crate::kernel::number::{Matrix, Rational, RationalText};
use num_traits::{One, Zero};
use std::collections::BTreeMap;

pub(super) struct Reader<'a> {
    pub(super) arrays: Arrays<'a>,
    pub(super) opened: BTreeMap<String, Opened>,
    layout: Layout,
    /// the number that `{layer}` stands for
    pub(super) layer: Option<usize>,
    /// numbers that the model may still be made of
    left: usize,
}

/// A way to see the part of an array of this shape, in this layer, that a place means.
type SeenAs = fn(&Place, &[usize], Option<usize>) -> Result<Grid, Wrong>;

/// An array of which something was used.
pub(super) struct Opened {
    pub(super) array: Array,
    /// one a number
    pub(super) used: Vec<bool>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(arrays: Arrays<'a>, layout: Layout) -> Self {
        Self { arrays, opened: BTreeMap::new(), layout, layer: None, left: MAX_NUMBERS }
    }

    /// A table `[rows, d]`: a matrix, or a vector as one row.
    pub(super) fn table(&mut self, at: &str, place: &Place) -> Result<Matrix, ImportError> {
        self.read(at, place, Grid::matrix, false)
    }

    /// A table from which rows may be left out: they do not occur.
    pub(super) fn tokens(&mut self, at: &str, place: &Place) -> Result<Matrix, ImportError> {
        self.read(at, place, Grid::matrix, true)
    }

    /// A vector of `length` entries.
    pub(super) fn vector(
        &mut self,
        at: &str,
        place: &Place,
        length: usize,
    ) -> Result<Vec<RationalText>, ImportError> {
        let column = self.read(at, place, Grid::vector, false)?;
        if column.rows() != length {
            let expected = format!("a vector of {length} entries");
            return Err(self.wrong(at, place, (expected, column.rows().to_string())));
        }
        Ok(column.entries().cloned().map(RationalText).collect())
    }

    /// A map with these sizes, where they are known.
    pub(super) fn map(
        &mut self,
        at: &str,
        map: &Map,
        out: Option<usize>,
        width: Option<usize>,
    ) -> Result<Affine, ImportError> {
        let weight_at = format!("{at}.weight");
        let table = self.table(&weight_at, &map.weight)?;
        let weight = if self.layout == Layout::InOut { table.transpose() } else { table };
        let fits = |size: Option<usize>, found: usize| size.is_none_or(|size| size == found);
        if !fits(out, weight.rows()) || !fits(width, weight.cols()) {
            let text = |size: Option<usize>| size.map_or("any".to_owned(), |size| size.to_string());
            let expected = format!("a map from {} to {} entries", text(width), text(out));
            let found = format!("one from {} to {}", weight.cols(), weight.rows());
            return Err(self.wrong(&weight_at, &map.weight, (expected, found)));
        }
        let bias = match &map.bias {
            Some(place) => self.vector(&format!("{at}.bias"), place, weight.rows())?,
            None => {
                self.spend(at, weight.rows())?;
                zeros(weight.rows())
            }
        };
        Ok(Affine { weight, bias })
    }

    pub(super) fn norm(&mut self, at: &str, norm: &NormMap, d: usize) -> Result<Norm, ImportError> {
        self.spend(at, 2 * d)?;
        let weight = match &norm.weight {
            Some(place) => self.vector(&format!("{at}.weight"), place, d)?,
            None => vec![RationalText(Rational::one()); d],
        };
        let bias = match &norm.bias {
            Some(place) => self.vector(&format!("{at}.bias"), place, d)?,
            None => zeros(d),
        };
        Ok(Norm { kind: norm.kind, weight, bias, eps: RationalText(norm.eps.0.clone()) })
    }

    /// Counts numbers that are in no array: of identities, zeros and ones, and those that heads share.
    ///
    /// # Errors
    /// [`ImportError::Mapping`] when the model has too many.
    pub(super) fn spend(&mut self, at: &str, numbers: usize) -> Result<(), ImportError> {
        let left = self.left.checked_sub(numbers);
        let (expected, found) = too_many(numbers);
        self.left = left.ok_or_else(|| ImportError::mapping(at, expected, found))?;
        Ok(())
    }

    /// The error that something about the array at `place` is wrong.
    pub(super) fn wrong(&self, at: &str, place: &Place, (expected, found): Wrong) -> ImportError {
        ImportError::array(&place.name(self.layer), expected, found).at(at)
    }

    fn read(
        &mut self,
        at: &str,
        place: &Place,
        seen_as: SeenAs,
        rows_may_stay: bool,
    ) -> Result<Matrix, ImportError> {
        let name = place.name(self.layer);
        if !self.opened.contains_key(&name) {
            let array = self.arrays.decode(&name).map_err(|error| error.at(at))?;
            let used = vec![false; array.len()];
            self.opened.insert(name.clone(), Opened { array, used });
        }
        let wrong = |wrong: Wrong| ImportError::array(&name, wrong.0, wrong.1).at(at);
        let Some(Opened { array, used }) = self.opened.get_mut(&name) else {
            return Err(wrong(("an array".to_owned(), "none".to_owned())));
        };
        let grid = seen_as(place, &array.shape, self.layer).map_err(wrong)?;
        let (rows, columns) = (grid.rows.len(), grid.columns.len());
        // a row without entries takes memory too
        let numbers = rows.saturating_mul(columns).max(rows).max(columns);
        let left = self.left.checked_sub(numbers);
        self.left = left.ok_or_else(|| wrong(too_many(numbers)))?;
        let number = |r: usize, c: usize| match array.get(grid.rows[r] + grid.columns[c]) {
            Some(Ok(number)) => Ok(number),
            Some(Err(what)) => {
                Err(wrong(("numbers".to_owned(), format!("{what} at row {r}, column {c}"))))
            }
            None => Err(wrong(("an entry".to_owned(), format!("none at row {r}, column {c}")))),
        };
        let rows = (0..rows).map(|r| (0..columns).map(|c| number(r, c)).collect());
        let rows = rows.collect::<Result<Vec<Vec<Rational>>, ImportError>>()?;
        let marked = if rows_may_stay { &grid.all_rows } else { &grid.rows };
        for row in marked {
            for column in &grid.columns {
                if let Some(used) = used.get_mut(row + column) {
                    *used = true;
                }
            }
        }
        Matrix::from_rows(columns, rows)
            .map_err(|error| wrong(("a matrix".to_owned(), error.to_string())))
    }
}

fn too_many(numbers: usize) -> Wrong {
    (
        format!("a model of at most {MAX_NUMBERS} numbers"),
        format!("{numbers} more than there is room for"),
    )
}

pub(super) fn zeros(length: usize) -> Vec<RationalText> {
    vec![RationalText(Rational::zero()); length]
}
