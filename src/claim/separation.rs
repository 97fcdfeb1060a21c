//! The separation `delta(V, n)` of states under uniform attention, and what it asks of an MLP. Ours.

use super::collision::{to_undecided, tokens};
use super::{Cell, Claim, ClaimError, Decision, Known, Request, Undecided};
use crate::kernel::number::{Matrix, ratio};
use crate::kernel::{ClaimId, Verdict};
use crate::report::Value;
use crate::search::collision::Limits;
use crate::search::collision::separation::separation;
use crate::search::control::Control;
use num_traits::Zero;

pub(super) const CLAIM: Claim = Claim {
    id: ClaimId::SEPARATION,
    label: "T7, T9",
    statement: "The least sup distance of two states with one query and different answers under uniform attention; an \
                MLP that is exact has at least its inverse as Lipschitz constant",
    source: "ours",
    decided: "a least vector of the lattice of (z, V z), minimality by an exact enumeration",
    options: &["n", "m", "d", "embedding", "bound", "seed"],
    plan,
};

fn plan(request: &Request) -> Result<Vec<Cell>, ClaimError> {
    let lengths = request.finite_lengths(&[2, 4, 8, 16])?;
    if lengths.contains(&1) {
        return Err(ClaimError::value("n", "at least 2: two inputs with different answers", 1));
    }
    let mut cells = Vec::new();
    for tokens in tokens(request)? {
        let vectors = &tokens.vectors;
        if vectors.rows() < 2 {
            return Err(ClaimError::value("m", "at least 2: two inputs", vectors.rows()));
        }
        for &n in &lengths {
            let mut params = tokens.params.clone();
            params.insert(0, ("n", Value::integer(n)));
            let vectors = vectors.clone();
            let known = vectors.clone();
            let cell =
                Cell::new(ClaimId::SEPARATION, params, move |control| decide(&vectors, n, control));
            let values = vec![("exponent", exponent(&known))];
            let cell =
                cell.knowing(move || Known { values: values.clone(), ..Known::object(&known) });
            cells.push(tokens.about(cell));
        }
    }
    Ok(cells)
}

fn decide(vectors: &Matrix, n: u64, control: &Control) -> Result<Decision, Undecided> {
    let limits = Limits { control: control.clone(), ..Limits::default() };
    let found = separation(vectors, n, &limits).map_err(to_undecided)?;
    let found = found.ok_or_else(|| Undecided::Limit("there are no two inputs".to_owned()))?;
    let inverse = (!found.distance.is_zero()).then(|| found.distance.recip());
    let values = vec![
        ("delta", Value::Rational(found.distance)),
        ("lipschitz", inverse.map_or(Value::Null, Value::Rational)),
        ("exponent", exponent(vectors)),
        ("c", Value::list(found.pair.c.iter().copied())),
        ("c_prime", Value::list(found.pair.c_prime.iter().copied())),
        ("query", Value::integer(found.pair.query.0)),
        ("nodes", Value::integer(found.nodes)),
    ];
    let certificate = found.certificate;
    Ok(Decision { proposed: Verdict::Verified, values, certificate, reason: None })
}

fn exponent(vectors: &Matrix) -> Value {
    let (m, d) = (vectors.rows() as i64, vectors.cols() as i64);
    Value::Rational(ratio((m - 1 - d).max(0), d))
}
