//! T1, T1' and T2: counting with a histogram held by uniform attention.
//!
//! One head, `W_Q = 0`, `W_V = I`. With frequencies `f = c / n` the state is `r = v_q + sum_j f_j v_j`
//! (T1, `W_O = I`) or `r = v_q - sum_j f_j v_j` (T2, `W_O = -I`).
//!
//! **T1 (paper).** `v_j` orthonormal: the units `ReLU(<v_j, r> - 1)` are `f_q` at `j = q` and 0 elsewhere.
//! Unit `j` writes along `v_j`, and `rho = sum_j v_j` reads `<rho, r'> = 2 + sum of the units`, because
//! `<rho, r> = 2` whatever the input: the residual stream needs no coordinate to spare.
//!
//! **T1' (ours).** Affinely independent `v_j`, so `d = m - 1` is enough. Let `l_j . v_i + k_j = [i = j]` be the
//! barycentric functionals. Then `u_j = l_j . r + 2 k_j - 1 = [j = q] + f_j - 1`, and `sum_j ReLU(u_j) = f_q`. No
//! direction of the residual stream is constant now, so unit 0 is replaced by `ReLU(u_0) = u_0 + ReLU(-u_0)`,
//! whose `u_0` the readout takes from the residual itself. The width stays `m`.
//!
//! **T2 (paper; the treatment of the residual is ours).** With `W_O = -I` and `t_j = l_j . r = [j = q] - f_j` the units
//! `a_j = ReLU(-t_j)` are `f_j` for `j != q` and 0 at `q`, while `f_q = 1 - sum_j a_j`. The maximum of these `m + 1`
//! numbers is `max_j f_j`; a tournament `max(a, b) = b + ReLU(a - b)` finds it. (With `W_O = I` the query's own
//! frequency would be read as `1 + f_q` and hide the others.)

use super::{ConstructError, affine, size, texts};
use crate::algebra::MatrixOps;
use crate::algebra::inverse;
use crate::kernel::definition::{Affine, Head, Mlp, Readout, Transformer, Weights};
use crate::kernel::number::{Matrix, Rational, integer};
use num_traits::{One, Zero};

/// T1 with the unit threshold 1 replaced by `threshold`; outputs `scale * f_q` when it is 1.
///
/// `vectors` is `[m, d]`, orthonormal; `scale` is `n`, or 1 for the family that is scaled by `n`.
///
/// # Errors
/// [`ConstructError`] when shapes do not fit.
///
/// ```
/// use counterproof::construct::{embedding::Kind, histogram::query_count};
/// use counterproof::kernel::number::{integer, ratio};
/// use counterproof::kernel::definition::Token;
///
/// let vectors = Kind::Rotated.vectors(3, 4, 1)?;
/// let sequence = [1, 0, 1, 1].map(Token);
/// let exact = query_count(&vectors, &integer(4), &integer(1))?;
/// assert_eq!(exact.output(&sequence)?, integer(3));
/// // a threshold that is a little off adds up
/// let wrong = query_count(&vectors, &integer(4), &ratio(9, 10))?;
/// assert_ne!(wrong.output(&sequence)?, integer(3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn query_count(
    vectors: &Matrix,
    scale: &Rational,
    threshold: &Rational,
) -> Result<Transformer, ConstructError> {
    let (m, d) = (vectors.rows(), vectors.cols());
    let hidden = affine(d, vectors.to_rows(), vec![-threshold.clone(); m])?;
    let output = affine(m, vectors.transpose().to_rows(), vec![Rational::zero(); d])?;
    let readout = Readout {
        weight: texts(column_sums(vectors).into_iter().map(|entry| entry * scale)),
        bias: (-integer(2) * scale).into(),
    };
    build(vectors, &Rational::one(), Mlp { hidden: vec![hidden], output }, readout)
}

/// T1': outputs `scale * f_q` for affinely independent `vectors` `[m, d]`, `d >= m - 1`, `m >= 2`.
///
/// # Errors
/// [`ConstructError`] when the vectors are affinely dependent.
///
/// ```
/// use counterproof::construct::{embedding::Kind, histogram::query_count_affine};
/// use counterproof::kernel::number::integer;
/// use counterproof::kernel::definition::Token;
///
/// // four tokens in three dimensions
/// let model = query_count_affine(&Kind::Simplex.vectors(4, 3, 0)?, &integer(5))?;
/// assert_eq!(model.output(&[3, 0, 3, 2, 3].map(Token))?, integer(3));
/// // five tokens in three dimensions have no barycentric coordinates
/// assert!(query_count_affine(&Kind::Moment.vectors(5, 3, 0)?, &integer(5)).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn query_count_affine(
    vectors: &Matrix,
    scale: &Rational,
) -> Result<Transformer, ConstructError> {
    let (m, d) = (vectors.rows(), vectors.cols());
    let functionals = barycentric(vectors)?;
    let first = &functionals[0];
    let flip = |j: usize, value: Rational| if j == 0 { -value } else { value };
    let rows = functionals.iter().enumerate();
    let weights = rows.clone().map(|(j, f)| f.slope.iter().map(|x| flip(j, x.clone())).collect());
    let biases = rows.map(|(j, f)| flip(j, integer(2) * &f.constant - integer(1)));
    let hidden = affine(d, weights.collect(), biases.collect())?;
    // every unit writes along l_0 / |l_0|^2, which the readout l_0 reads as one
    let norm = first.slope.iter().fold(Rational::zero(), |sum, x| sum + x * x);
    if norm.is_zero() {
        return Err(size("m", "at least 2", m));
    }
    let back = first.slope.iter().map(|x| vec![x / &norm; m]).collect();
    let output = affine(m, back, vec![Rational::zero(); d])?;
    let readout = Readout {
        weight: texts(first.slope.iter().map(|x| x * scale)),
        bias: ((integer(2) * &first.constant - integer(1)) * scale).into(),
    };
    build(vectors, &Rational::one(), Mlp { hidden: vec![hidden], output }, readout)
}

/// T2: outputs `scale * max_j f_j` for affinely independent `vectors` `[m, d]`, `d >= m - 1`.
///
/// `orthonormal` says that `rho = sum_j v_j` is a constant direction of the residual stream; without one,
/// two more units a layer carry `l_0 . r` along so that the readout can cancel it.
///
/// # Errors
/// [`ConstructError`] when the vectors are affinely dependent.
///
/// ```
/// use counterproof::construct::{embedding::Kind, histogram::most_frequent_element};
/// use counterproof::kernel::number::integer;
/// use counterproof::kernel::definition::Token;
///
/// let model = most_frequent_element(&Kind::OneHot.vectors(3, 3, 0)?, true, &integer(6))?;
/// // token 1 occurs three times, the query once
/// assert_eq!(model.output(&[1, 0, 1, 0, 1, 2].map(Token))?, integer(3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn most_frequent_element(
    vectors: &Matrix,
    orthonormal: bool,
    scale: &Rational,
) -> Result<Transformer, ConstructError> {
    let (m, d) = (vectors.rows(), vectors.cols());
    let slopes: Vec<Vec<Rational>> = if orthonormal {
        vectors.to_rows()
    } else {
        barycentric(vectors)?.into_iter().map(|functional| functional.slope).collect()
    };
    let read = if orthonormal { column_sums(vectors) } else { slopes[0].clone() };
    let carried = if orthonormal { 0 } else { 2 };
    let negated = |row: &Vec<Rational>| row.iter().map(|x| -x.clone()).collect::<Vec<_>>();
    let mut rows: Vec<Vec<Rational>> = slopes.iter().map(negated).collect();
    if !orthonormal {
        rows.extend([slopes[0].clone(), negated(&slopes[0])]);
    }
    let width = rows.len();
    let mut hidden = vec![affine(d, rows, vec![Rational::zero(); width])?];
    // the numbers whose maximum is sought, as affine forms of the hidden layer
    let mut numbers: Vec<Form> = (0..m).map(|j| Form::unit(width, j)).collect();
    numbers.push(Form {
        weights: (0..width).map(|i| if i < m { -integer(1) } else { integer(0) }).collect(),
        constant: integer(1),
    });
    let carry: Vec<Form> = (m..m + carried).map(|i| Form::unit(width, i)).collect();
    let (layers, result, carry) = tournament(numbers, carry)?;
    hidden.extend(layers);
    // the readout sees <read, r> + result; <read, r> is 0, or carried along and subtracted
    let result = match carry.as_slice() {
        [plus, minus] => result.minus(plus).plus(minus),
        _ => result,
    };
    let output = written_along(&read, &result)?;
    let readout =
        Readout { weight: texts(read.iter().map(|x| x * scale)), bias: Rational::zero().into() };
    build(vectors, &-integer(1), Mlp { hidden, output }, readout)
}

/// T2 with `W_O = I`, which is **wrong**: the tournament of `<v_j, r> = [j = q] + f_j` returns `1 + f_q` whatever the
/// others are, so that the output is `scale * f_q`. For orthonormal `vectors` `[m, d]`.
///
/// # Errors
/// [`ConstructError`] when shapes do not fit.
pub fn most_frequent_element_kept_residual(
    vectors: &Matrix,
    scale: &Rational,
) -> Result<Transformer, ConstructError> {
    let (m, d) = (vectors.rows(), vectors.cols());
    let mut hidden = vec![affine(d, vectors.to_rows(), vec![Rational::zero(); m])?];
    let (layers, result, _) = tournament((0..m).map(|j| Form::unit(m, j)).collect(), Vec::new())?;
    hidden.extend(layers);
    let read = column_sums(vectors);
    let output = written_along(&read, &result)?;
    // <read, r> is 2, and the maximum 1 too large at least
    let readout = Readout {
        weight: texts(read.iter().map(|x| x * scale)),
        bias: (-integer(3) * scale).into(),
    };
    build(vectors, &Rational::one(), Mlp { hidden, output }, readout)
}

/// The layers of `max(a, b) = b + ReLU(a - b)` that find the largest of `numbers`, its form of the last layer, and
/// the forms of `carry`, whose values are handed through.
type Tournament = (Vec<Affine>, Form, Vec<Form>);

fn tournament(mut numbers: Vec<Form>, mut carry: Vec<Form>) -> Result<Tournament, ConstructError> {
    let mut hidden = Vec::new();
    while numbers.len() > 1 {
        let mut rows: Vec<Form> = Vec::new();
        let mut pairs: Vec<Vec<usize>> = Vec::new();
        for pair in numbers.chunks(2) {
            match pair {
                [a, b] => {
                    pairs.push(vec![rows.len(), rows.len() + 1]);
                    rows.extend([a.minus(b), b.clone()]);
                }
                // frequencies are not negative, so ReLU hands the odd one through
                odd => {
                    pairs.push(vec![rows.len()]);
                    rows.extend(odd.iter().cloned());
                }
            }
        }
        let kept = rows.len();
        rows.extend(carry);
        let width = rows.len();
        numbers = pairs.iter().map(|units| Form::sum_of_units(width, units)).collect();
        carry = (kept..width).map(|i| Form::unit(width, i)).collect();
        let cols = rows.first().map_or(0, |row| row.weights.len());
        let (weights, biases) = rows.into_iter().map(|form| (form.weights, form.constant)).unzip();
        hidden.push(affine(cols, weights, biases)?);
    }
    let result = numbers.swap_remove(0);
    Ok((hidden, result, carry))
}

/// The last layer: writes `result` along `read`, so that `<read, .>` reads it.
fn written_along(read: &[Rational], result: &Form) -> Result<Affine, ConstructError> {
    let norm = read.iter().fold(Rational::zero(), |sum, x| sum + x * x);
    if norm.is_zero() {
        return Err(size("m", "at least 2 when d < m", 1));
    }
    let along = |value: &Rational| read.iter().map(|x| x * value / &norm).collect::<Vec<_>>();
    let columns: Vec<Vec<Rational>> = result.weights.iter().map(along).collect();
    let back = Matrix::from_rows(read.len(), columns)?.transpose().to_rows();
    Ok(affine(result.weights.len(), back, along(&result.constant))?)
}

/// An affine form of the units of a hidden layer.
#[derive(Debug, Clone)]
struct Form {
    weights: Vec<Rational>,
    constant: Rational,
}

impl Form {
    fn unit(width: usize, index: usize) -> Self {
        Self::sum_of_units(width, &[index])
    }

    fn sum_of_units(width: usize, units: &[usize]) -> Self {
        let weights = (0..width).map(|i| integer(i64::from(units.contains(&i))));
        Self { weights: weights.collect(), constant: Rational::zero() }
    }

    fn minus(&self, other: &Self) -> Self {
        let weights = self.weights.iter().zip(&other.weights).map(|(a, b)| a - b).collect();
        Self { weights, constant: &self.constant - &other.constant }
    }

    fn plus(&self, other: &Self) -> Self {
        let weights = self.weights.iter().zip(&other.weights).map(|(a, b)| a + b).collect();
        Self { weights, constant: &self.constant + &other.constant }
    }
}

/// `x -> slope . x + constant`
struct Functional {
    slope: Vec<Rational>,
    constant: Rational,
}

/// The functionals with value `[i = j]` at `v_i`: the rows of a left inverse of `[V^T; 1 .. 1]`.
fn barycentric(vectors: &Matrix) -> Result<Vec<Functional>, ConstructError> {
    let (m, d) = (vectors.rows(), vectors.cols());
    // lifted [m, d + 1]: rows (v_i, 1); its right inverse is lifted^T (lifted lifted^T)^{-1}
    let lifted =
        Matrix::from_fn(m, d + 1, |i, j| vectors.get(i, j).cloned().unwrap_or_else(Rational::one));
    let gram = lifted.mul(&lifted.transpose())?;
    let gram = inverse(&gram)
        .ok_or_else(|| size("embedding", "affinely independent vectors", "a dependence"))?;
    let right = lifted.transpose().mul(&gram)?.transpose();
    let functional = |mut row: Vec<Rational>| {
        let constant = row.pop().unwrap_or_else(Rational::zero);
        Functional { slope: row, constant }
    };
    Ok(right.to_rows().into_iter().map(functional).collect())
}

fn column_sums(matrix: &Matrix) -> Vec<Rational> {
    let sum = |row: Vec<Rational>| row.into_iter().fold(Rational::zero(), |sum, x| sum + x);
    matrix.transpose().to_rows().into_iter().map(sum).collect()
}

/// Uniform attention over `vectors`, `W_V = I`, `W_O = sign I`.
fn build(
    vectors: &Matrix,
    sign: &Rational,
    mlp: Mlp,
    readout: Readout,
) -> Result<Transformer, ConstructError> {
    let d = vectors.cols();
    let head = Head {
        query: Matrix::zeros(1, d),
        key: Matrix::zeros(1, d),
        value: Matrix::identity(d),
        output: Matrix::identity(d).scale(sign),
    };
    let weights = Weights {
        embedding: vectors.clone(),
        positions: None,
        base: integer(2).into(),
        heads: vec![head],
        mlp,
        readout,
    };
    Ok(Transformer::new(weights)?)
}
