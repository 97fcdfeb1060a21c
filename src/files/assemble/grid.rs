//! A part of an array as a matrix: offsets of rows and of columns, whose sum is where an entry stands.

use crate::files::mapping::{Index, Pick, Place};
use crate::files::weights::MAX_NUMBERS;

/// What was expected and what was found; the caller knows the array and the place.
pub(super) type Wrong = (String, String);

/// Entry `(r, c)` of the matrix is number `rows[r] + columns[c]` of the array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Grid {
    pub rows: Vec<usize>,
    pub columns: Vec<usize>,
    /// the rows there are; `rows` are picked from them
    pub all_rows: Vec<usize>,
}

/// An axis of an array: how long it is, and how far apart its entries stand.
#[derive(Clone, Copy)]
struct Axis {
    length: usize,
    step: usize,
}

impl Grid {
    /// The part of an array of this `shape` that `place` means as a matrix.
    pub(super) fn matrix(
        place: &Place,
        shape: &[usize],
        layer: Option<usize>,
    ) -> Result<Self, Wrong> {
        let (start, mut axes) = indexed(place, shape, layer)?;
        let [rows, columns] = match &place.axes {
            Some(groups) => {
                let [rows, columns] = groups.as_slice() else {
                    return Err((
                        "axes of rows and axes of columns: [[..], [..]]".to_owned(),
                        format!("{groups:?}"),
                    ));
                };
                grouped(&axes, &[rows, columns])?;
                [offsets(&axes, rows)?, offsets(&axes, columns)?]
            }
            None => {
                while axes.len() > 2 && axes.first().is_some_and(|axis| axis.length == 1) {
                    axes.remove(0);
                }
                match axes.as_slice() {
                    [_, _] => [offsets(&axes, &[0])?, offsets(&axes, &[1])?],
                    [_] => [vec![0], offsets(&axes, &[0])?],
                    _ => return Err((more_axes(&axes), lengths(&axes))),
                }
            }
        };
        let rows: Vec<usize> = rows.into_iter().map(|offset| start + offset).collect();
        let (picked, pool) = (picked(&rows, place.rows.as_ref(), "row")?, rows);
        let all_columns = columns;
        let columns = self::picked(&all_columns, place.columns.as_ref(), "column")?;
        Ok(match place.transpose {
            false => Self { rows: picked, columns, all_rows: pool },
            true => Self { rows: columns, columns: picked, all_rows: all_columns },
        })
    }

    /// The part that `place` means as a vector: the one column.
    pub(super) fn vector(
        place: &Place,
        shape: &[usize],
        layer: Option<usize>,
    ) -> Result<Self, Wrong> {
        if place.columns.is_some() || place.transpose {
            return Err((
                "a vector, which has neither columns nor a transpose".to_owned(),
                "one of them".to_owned(),
            ));
        }
        let (start, axes) = indexed(place, shape, layer)?;
        let entries = match &place.axes {
            Some(groups) => {
                let [group] = groups.as_slice() else {
                    return Err(("the axes of a vector: [[..]]".to_owned(), format!("{groups:?}")));
                };
                grouped(&axes, &[group])?;
                offsets(&axes, group)?
            }
            None => {
                let long: Vec<usize> =
                    (0..axes.len()).filter(|&axis| axes[axis].length != 1).collect();
                match long.as_slice() {
                    [] | [_] => offsets(&axes, &long)?,
                    _ => {
                        let expected = "a vector (`index` picks one of several, \"axes\": [[0, 1]] joins them)";
                        return Err((expected.to_owned(), lengths(&axes)));
                    }
                }
            }
        };
        let entries: Vec<usize> = entries.into_iter().map(|offset| start + offset).collect();
        let rows = picked(&entries, place.rows.as_ref(), "entry")?;
        Ok(Self { rows, columns: vec![0], all_rows: entries })
    }
}

/// The first entry and the axes that are left after `shape` and `index`.
fn indexed(
    place: &Place,
    shape: &[usize],
    layer: Option<usize>,
) -> Result<(usize, Vec<Axis>), Wrong> {
    let size =
        |shape: &[usize]| shape.iter().try_fold(1usize, |size, &length| size.checked_mul(length));
    let seen = place.shape.as_deref().unwrap_or(shape);
    if size(seen) != size(shape) {
        let expected = format!("a shape for its {} numbers", size(shape).unwrap_or_default());
        return Err((expected, format!("{seen:?}")));
    }
    if seen.contains(&0) {
        return Err(("at least one number".to_owned(), format!("shape {seen:?}")));
    }
    let mut step = 1;
    let mut axes: Vec<Axis> = Vec::with_capacity(seen.len());
    for &length in seen.iter().rev() {
        axes.push(Axis { length, step });
        step *= length;
    }
    axes.reverse();
    if place.index.len() > axes.len() {
        return Err((format!("at most {} indices", axes.len()), place.index.len().to_string()));
    }
    let (mut start, mut left) = (0, Vec::new());
    for (number, axis) in axes.into_iter().enumerate() {
        let index = match place.index.get(number) {
            None | Some(Index::All) => {
                left.push(axis);
                continue;
            }
            Some(Index::At(index)) => *index,
            Some(Index::Layer) => match layer {
                Some(layer) => i64::try_from(layer).unwrap_or(i64::MAX),
                None => return Err(("an index outside layers".to_owned(), "{layer}".to_owned())),
            },
        };
        let inside = from_either_end(index, axis.length).filter(|&at| at < axis.length);
        let expected =
            || (format!("an index below {} on axis {number}", axis.length), index.to_string());
        start += inside.ok_or_else(expected)? * axis.step;
    }
    Ok((start, left))
}

/// `-1` is the last of `length`.
fn from_either_end(index: i64, length: usize) -> Option<usize> {
    match usize::try_from(index) {
        Ok(index) => Some(index),
        Err(_) => length.checked_sub(usize::try_from(index.unsigned_abs()).ok()?),
    }
}

/// Every axis stands in one group, once.
fn grouped(axes: &[Axis], groups: &[&Vec<usize>]) -> Result<(), Wrong> {
    let mut named: Vec<usize> = groups.iter().flat_map(|group| group.iter().copied()).collect();
    named.sort_unstable();
    if named.iter().copied().eq(0..axes.len()) {
        return Ok(());
    }
    Err((
        format!("each of the {} axes of {} once", axes.len(), lengths(axes)),
        format!("{groups:?}"),
    ))
}

/// The offsets of all entries of these axes, the last one running fastest.
fn offsets(axes: &[Axis], group: &[usize]) -> Result<Vec<usize>, Wrong> {
    let lengths = || group.iter().filter_map(|&axis| axes.get(axis)).map(|axis| axis.length);
    let size = lengths().fold(1, usize::saturating_mul);
    if size > MAX_NUMBERS {
        return Err((format!("at most {MAX_NUMBERS} rows, and as many columns"), size.to_string()));
    }
    let mut offsets = vec![0];
    for axis in group.iter().filter_map(|&axis| axes.get(axis)) {
        offsets = offsets
            .iter()
            .flat_map(|offset| (0..axis.length).map(move |i| offset + i * axis.step))
            .collect();
    }
    Ok(offsets)
}

/// Those of `all` that are picked.
fn picked(all: &[usize], pick: Option<&Pick>, what: &str) -> Result<Vec<usize>, Wrong> {
    let length = all.len();
    let outside =
        |index: &dyn std::fmt::Display| (format!("a {what} below {length}"), index.to_string());
    match pick {
        None => Ok(all.to_vec()),
        Some(Pick::List(list)) => {
            let at = |&index: &i64| {
                let found = from_either_end(index, length).and_then(|at| all.get(at));
                found.copied().ok_or_else(|| outside(&index))
            };
            list.iter().map(at).collect()
        }
        Some(Pick::Slice { from, to, step }) => {
            let bound = |bound: &Option<i64>, otherwise| {
                bound.map_or(Some(otherwise), |at| from_either_end(at, length))
            };
            let range = bound(from, 0)
                .zip(bound(to, length))
                .filter(|(from, to)| from <= to && *to <= length);
            let text = || {
                let text =
                    |bound: &Option<i64>| bound.map_or(String::new(), |bound| bound.to_string());
                format!("{}:{}", text(from), text(to))
            };
            let (from, to) =
                range.ok_or_else(|| (format!("a slice of {length} ({what} by {what})"), text()))?;
            Ok(all.get(from..to).unwrap_or_default().iter().step_by(*step).copied().collect())
        }
    }
}

fn lengths(axes: &[Axis]) -> String {
    format!("{:?}", axes.iter().map(|axis| axis.length).collect::<Vec<_>>())
}

fn more_axes(axes: &[Axis]) -> String {
    match axes.len() {
        0 => "a matrix".to_owned(),
        _ => "a matrix (`index` picks one of several; a stack [heads, d, d_head] is a matrix by \"axes\": [[1], [0, 2]])".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(json: &str) -> Place {
        serde_json::from_str(json).unwrap()
    }

    /// The entries of a matrix in an array whose numbers are 0, 1, 2, ..
    fn entries(json: &str, shape: &[usize]) -> Result<Vec<Vec<usize>>, Wrong> {
        let Grid { rows, columns, .. } = Grid::matrix(&place(json), shape, Some(1))?;
        Ok(rows.iter().map(|r| columns.iter().map(|c| r + c).collect()).collect())
    }

    #[test]
    fn parts_of_arrays_are_what_numpy_says() {
        for (json, shape, expected) in [
            (r#""x""#, &[2, 3][..], vec![vec![0, 1, 2], vec![3, 4, 5]]),
            (r#""x""#, &[3], vec![vec![0, 1, 2]]),
            (r#""x""#, &[1, 1, 2, 3], vec![vec![0, 1, 2], vec![3, 4, 5]]),
            (r#""x""#, &[1, 3], vec![vec![0, 1, 2]]),
            (
                r#"{"array": "x", "transpose": true}"#,
                &[2, 3],
                vec![vec![0, 3], vec![1, 4], vec![2, 5]],
            ),
            (
                r#"{"array": "x", "rows": [1, 1, -2]}"#,
                &[2, 2],
                vec![vec![2, 3], vec![2, 3], vec![0, 1]],
            ),
            (r#"{"array": "x", "rows": "1:", "columns": "::2"}"#, &[2, 3], vec![vec![3, 5]]),
            (r#"{"array": "x", "columns": [2], "transpose": true}"#, &[2, 3], vec![vec![2, 5]]),
            // x.reshape(2, 3)
            (r#"{"array": "x", "shape": [2, 3]}"#, &[6], vec![vec![0, 1, 2], vec![3, 4, 5]]),
            // x[1], x[-1, :], x[:, 1]
            (r#"{"array": "x", "index": [1]}"#, &[2, 1, 2], vec![vec![2, 3]]),
            (r#"{"array": "x", "index": ["{layer}"]}"#, &[2, 1, 2], vec![vec![2, 3]]),
            (r#"{"array": "x", "index": [null, -1]}"#, &[2, 2, 2], vec![vec![2, 3], vec![6, 7]]),
            // [heads, d, d_head] as [d, heads d_head]: x.transpose(1, 0, 2).reshape(3, 4)
            (
                r#"{"array": "x", "axes": [[1], [0, 2]]}"#,
                &[2, 3, 2],
                vec![vec![0, 1, 6, 7], vec![2, 3, 8, 9], vec![4, 5, 10, 11]],
            ),
        ] {
            assert_eq!(entries(json, shape), Ok(expected), "{json}");
        }
        let vector = |json: &str, shape: &[usize]| {
            Grid::vector(&place(json), shape, None).map(|grid| grid.rows)
        };
        assert_eq!(vector(r#""x""#, &[1, 3, 1]), Ok(vec![0, 1, 2]));
        assert_eq!(vector(r#""x""#, &[]), Ok(vec![0]));
        assert_eq!(vector(r#"{"array": "x", "axes": [[1, 0]]}"#, &[2, 2]), Ok(vec![0, 2, 1, 3]));
        assert_eq!(
            vector(r#"{"array": "x", "index": [1], "rows": "1:3"}"#, &[2, 4]),
            Ok(vec![5, 6])
        );
    }

    #[test]
    fn what_is_outside_or_unclear_is_refused() {
        for (json, shape, message) in [
            (r#""x""#, &[2, 2, 2][..], "a matrix (`index` picks one"),
            (r#""x""#, &[], "a matrix"),
            (r#""x""#, &[0, 1 << 40], "at least one number"),
            (r#"{"array": "x", "rows": [2]}"#, &[2, 2], "a row below 2"),
            (r#"{"array": "x", "rows": [-3]}"#, &[2, 2], "a row below 2"),
            (r#"{"array": "x", "columns": "0:3"}"#, &[2, 2], "a slice of 2"),
            (r#"{"array": "x", "columns": "1:0"}"#, &[2, 2], "a slice of 2"),
            (r#"{"array": "x", "index": [2]}"#, &[2, 2, 2], "an index below 2 on axis 0"),
            (r#"{"array": "x", "index": [0, 0, 0]}"#, &[2, 2], "at most 2 indices"),
            (r#"{"array": "x", "shape": [3, 2]}"#, &[2, 2], "a shape for its 4 numbers"),
            (r#"{"array": "x", "axes": [[0], [0, 1]]}"#, &[2, 2], "each of the 2 axes"),
            (r#"{"array": "x", "axes": [[0]]}"#, &[2], "axes of rows and axes of columns"),
            (r#""x""#, &[1 << 24, 1], "at most 8388608 rows"),
        ] {
            let (expected, found) = entries(json, shape).unwrap_err();
            assert!(expected.contains(message), "{expected:?}, found {found:?}: not {message:?}");
        }
        for json in [r#"{"array": "x", "transpose": true}"#, r#"{"array": "x", "columns": [0]}"#] {
            assert!(Grid::vector(&place(json), &[2], None).is_err());
        }
        assert!(Grid::vector(&place(r#""x""#), &[2, 2], None).unwrap_err().0.contains("axes"));
        assert!(
            Grid::matrix(&place(r#"{"array": "x", "index": ["{layer}"]}"#), &[2, 2], None).is_err()
        );
    }
}
