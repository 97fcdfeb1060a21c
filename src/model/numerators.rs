//! The attention numerators and denominators of one query, as linear functions of the counts.
//!
//! Without positions, and for a fixed query `q`, head `k` has integer weights `a_kj` (up to a common
//! factor) and its output is `N_k / D_k` with `N_k = sum_j c_j a_kj W_V e_j` and `D_k = sum_j c_j a_kj`. Two count
//! vectors with the same query and the same `N_k`, `D_k` have the same state. (T7', ours.)

use super::integer::IntegerForm;
use super::transformer::{ModelError, Token, Transformer};
use crate::exact::IntegerVector;
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::One;

/// The integer matrix `[h d_v + h + 1, m]` of rows `a_kj v_kj`, `a_kj` and `1` for each query, rows cleared of
/// denominators; `model` must have no positions.
///
/// # Errors
/// [`ModelError`] when a model has positions or scores that differ by fractions.
pub fn attention_numerators(model: &Transformer) -> Result<Vec<Vec<IntegerVector>>, ModelError> {
    if let Some(positions) = &model.positions {
        let expected = "a model without positions, for every length".to_owned();
        return Err(ModelError::Length { expected, found: positions.rows() });
    }
    let form = IntegerForm::new(model, 2)?;
    let m = model.vocabulary();
    let embedding = model.embedding.transpose();
    let mut values = Vec::with_capacity(model.heads.len());
    for head in &model.heads {
        values.push(head.value.mul(&embedding)?.to_integers().rows); // [d_v, m]
    }
    let mut all = Vec::with_capacity(m);
    for query in 0..m {
        let mut rows: Vec<IntegerVector> = Vec::new();
        for (head, values) in form.heads.iter().zip(&values) {
            let weights = head.weights.get(query).and_then(|attention| attention.prefix.first());
            let weights = weights.ok_or(ModelError::UnknownToken { m, found: Token(query) })?;
            for row in values {
                rows.push(row.iter().zip(weights).map(|(v, a)| v * a).collect());
            }
            rows.push(weights.clone());
        }
        rows.push(vec![BigInt::one(); m]);
        all.push(rows.into_iter().map(primitive).collect());
    }
    Ok(all)
}

/// The row divided by the gcd of its entries.
fn primitive(row: IntegerVector) -> IntegerVector {
    let gcd = row.iter().fold(BigInt::default(), |gcd, entry| gcd.gcd(entry));
    if gcd > BigInt::one() { row.iter().map(|entry| entry / &gcd).collect() } else { row }
}
