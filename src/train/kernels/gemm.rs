//! Small matrix products, row-major, the left factor with any strides: every linear map of the model and every gradient
//! of one is such a product with 16 columns (lanes) or with `d` of them. At these sizes a general library spends its time
//! packing; here a tile of the result stays in registers.

use crate::train::real::Real;

/// A left factor: entry `(i, k)` is `data[i * row + k * column]`, so a transpose costs nothing.
#[derive(Clone, Copy)]
pub struct Left<'a, R> {
    pub data: &'a [R],
    pub row: usize,
    pub column: usize,
}

impl<'a, R> Left<'a, R> {
    /// `data` `[rows, columns]` as it is.
    #[must_use]
    pub fn plain(data: &'a [R], columns: usize) -> Self {
        Self { data, row: columns, column: 1 }
    }

    /// The transpose of `data` `[rows, columns]`.
    #[must_use]
    pub fn transposed(data: &'a [R], columns: usize) -> Self {
        Self { data, row: 1, column: columns }
    }
}

/// `c [rows, columns] (+)= a [rows, inner] b [inner, columns]`.
pub struct Product<'a, R> {
    pub c: &'a mut [R],
    pub a: Left<'a, R>,
    pub b: &'a [R],
    pub rows: usize,
    pub inner: usize,
    pub columns: usize,
    /// add to `c` instead of replacing it
    pub accumulate: bool,
}

impl<R> Product<'_, R> {
    /// Panics where an entry is not there: the tiles are not checked.
    #[inline(always)]
    pub(super) fn check(&self) {
        let Product { c, a, b, rows, inner, columns, .. } = self;
        assert!(c.len() >= rows * columns && b.len() >= inner * columns);
        if *rows > 0 && *inner > 0 {
            assert!(a.data.len() > (rows - 1) * a.row + (inner - 1) * a.column);
        }
    }
}

#[inline(always)]
pub(super) fn run<R: Real, const FUSED: bool>(mut product: Product<'_, R>) {
    product.check();
    let columns = product.columns;
    // the tallest tiles that the compiler keeps in registers; taller ones are several times slower
    let mut from = 0;
    while columns - from >= 16 {
        strip::<R, FUSED, 4, 16>(&mut product, from);
        from += 16;
    }
    if columns - from >= 8 {
        strip::<R, FUSED, 6, 8>(&mut product, from);
        from += 8;
    }
    if columns - from >= 4 {
        strip::<R, FUSED, 4, 4>(&mut product, from);
        from += 4;
    }
    while columns > from {
        strip::<R, FUSED, 4, 1>(&mut product, from);
        from += 1;
    }
}

/// Columns `from..from + WIDE`, all rows.
#[inline(always)]
fn strip<R: Real, const FUSED: bool, const TALL: usize, const WIDE: usize>(
    product: &mut Product<'_, R>,
    from: usize,
) {
    let mut row = 0;
    while product.rows - row >= TALL {
        tile::<R, FUSED, TALL, WIDE>(product, row, from);
        row += TALL;
    }
    while product.rows > row {
        tile::<R, FUSED, 1, WIDE>(product, row, from);
        row += 1;
    }
}

/// One tile of the result, held in registers over the inner dimension.
#[inline(always)]
fn tile<R: Real, const FUSED: bool, const TALL: usize, const WIDE: usize>(
    product: &mut Product<'_, R>,
    row: usize,
    from: usize,
) {
    let Product { a, b, inner, columns, .. } = *product;
    let mut sum = [[R::zero(); WIDE]; TALL];
    for k in 0..inner {
        // SAFETY: `run` has checked that the last entry of each factor exists, and `row + TALL <= rows`,
        // `from + WIDE <= columns`, `k < inner`
        let right: &[R; WIDE] = unsafe { &*b.as_ptr().add(k * columns + from).cast::<[R; WIDE]>() };
        for (i, sum) in sum.iter_mut().enumerate() {
            // SAFETY: as above
            let left = unsafe { *a.data.get_unchecked((row + i) * a.row + k * a.column) };
            for (sum, &right) in sum.iter_mut().zip(right) {
                *sum = if FUSED { left.mul_add(right, *sum) } else { left * right + *sum };
            }
        }
    }
    for (i, sum) in sum.iter().enumerate() {
        let at = (row + i) * columns + from;
        for (c, &sum) in product.c[at..at + WIDE].iter_mut().zip(sum) {
            *c = if product.accumulate { *c + sum } else { sum };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Left, Product};
    use crate::train::kernels::Kernels;

    #[test]
    fn products_are_right_at_every_shape_and_stride() {
        let value = |i: usize| ((i * 37 % 19) as f32 - 9.0) / 4.0;
        for kernels in Kernels::available() {
            for rows in [1, 3, 4, 5, 8, 17] {
                for inner in [1, 2, 7, 16] {
                    for columns in [1, 3, 4, 5, 8, 15, 16, 29, 33] {
                        for transposed in [false, true] {
                            let a: Vec<f32> = (0..rows * inner).map(value).collect();
                            let b: Vec<f32> = (0..inner * columns).map(|i| value(i + 5)).collect();
                            let mut c: Vec<f32> = (0..rows * columns).map(value).collect();
                            let before = c.clone();
                            let left = if transposed {
                                Left::transposed(&a, rows)
                            } else {
                                Left::plain(&a, inner)
                            };
                            let accumulate = (rows + inner) % 2 == 0;
                            kernels.multiply(Product {
                                c: &mut c,
                                a: left,
                                b: &b,
                                rows,
                                inner,
                                columns,
                                accumulate,
                            });
                            for i in 0..rows {
                                for j in 0..columns {
                                    let start =
                                        if accumulate { before[i * columns + j] } else { 0.0 };
                                    let sum: f32 = (0..inner)
                                        .map(|k| {
                                            a[if transposed { k * rows + i } else { i * inner + k }]
                                                * b[k * columns + j]
                                        })
                                        .sum();
                                    // quarters: every sum is exact
                                    assert_eq!(c[i * columns + j], start + sum);
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}
