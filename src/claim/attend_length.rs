//! T18 (ours): the exact context length of T3, in exact arithmetic and with any MLP.
//!
//! The head of T3 reads nothing but the mark, so that of an input `(q, c)` the MLP gets `x = 1 / sum_j c_j B^{-g_qj}`, with `g_qq = 0`,
//! and may see `q`. Two inputs of one length and query have one `x` iff `z = c - c'` is in the integer kernel of the rows `(B^{-g_qj})_j` and
//! `1`; their answers differ iff `z_q != 0`. So no MLP counts from `n* = 1 + min ||z||_1 / 2` on, over all queries, and below some MLP does.
//! With `b = B^g` for the least gap `g`:
//! - `n* >= floor(b) + 2`;
//! - if `b` is an integer and a query has gaps `g` and `2 g`, `n* = b + 2`, by `(-1, b + 1, -b)`;
//! - a query with two gaps `g1 < g2` alone has `1 + P`, `P / Q = (B^{g2} - 1) / (B^{g2 - g1} - 1)` in lowest terms; with one gap it never collides.

use super::collision::values as collision_values;
use super::{Cell, Claim, ClaimError, Decision, Known, Params, Request, Undecided};
use crate::kernel::definition::{Length, Task, Token};
use crate::kernel::kind::{Collision, CollisionParams, Scores, Subject};
use crate::kernel::number::{Rational, integer};
use crate::kernel::{Certificate, ClaimId, Verdict};
use crate::report::Value;
use crate::search::collision::{Limits, Question, decide, lengthened};
use crate::search::control::Control;
use num_bigint::BigInt;
use num_traits::{One, ToPrimitive};
use std::collections::BTreeSet;

pub(super) const CLAIM: Claim = Claim {
    id: ClaimId::ATTEND_LENGTH,
    label: "T18",
    statement: "With the head of T3, which reads the mark alone, no MLP counts from n* = 1 + min ||z||_1 / 2 on, z over \
                the integer kernel of [B^-g; 1 .. 1] with z_q != 0, and below n* some MLP does",
    source: "ours",
    decided: "the shortest vector of a kernel lattice for each query in the l1 norm, minimality by an exact enumeration",
    options: &["n", "m", "base", "gaps"],
    plan,
};

/// A matrix of gaps and one proof a query, with as many numbers as the cube of this.
const MAX_M: usize = 32;
/// The largest gap that may be given: `B^g` is written out.
const MAX_GAP: u32 = 64;
/// A search that takes more nodes is left undecided.
const MAX_NODES: u64 = 1 << 22;

fn plan(request: &Request) -> Result<Vec<Cell>, ClaimError> {
    let lengths = request.n.as_ref().map(|_| request.finite_lengths(&[])).transpose()?;
    let lengths: Vec<Option<u64>> =
        lengths.map_or_else(|| vec![None], |lengths| lengths.into_iter().map(Some).collect());
    let bases = request.base.clone().unwrap_or_else(|| (2..=4).map(integer).collect());
    if let Some(base) = bases.iter().find(|base| **base <= Rational::one()) {
        return Err(ClaimError::value("base", "a rational above 1", base));
    }
    let mut subjects = Vec::new();
    match &request.gaps {
        Some(_) if request.m.is_some() => {
            return Err(ClaimError::value("m", "none, for the gaps name the tokens", "some"));
        }
        Some(gaps) => {
            let odd = |gap: &&u32| !(1..=MAX_GAP).contains(*gap);
            if let Some(gap) = gaps.iter().find(odd) {
                return Err(ClaimError::value("gaps", format!("1 to {MAX_GAP}"), gap));
            }
            if gaps.len() >= MAX_M {
                let expected = format!("fewer than {MAX_M} gaps");
                return Err(ClaimError::value("gaps", expected, gaps.len()));
            }
            let row: Vec<u32> = std::iter::once(0).chain(gaps.iter().copied()).collect();
            let params = vec![
                ("m", Value::integer(row.len())),
                ("gaps", Value::list(gaps.iter().copied())),
                ("query", Value::integer(0)),
            ];
            subjects.push((params, vec![row]));
        }
        None => {
            for m in request.vocabularies(&[4, 5, 6, 7, 8])? {
                if m > MAX_M {
                    return Err(ClaimError::value("m", format!("at most {MAX_M}"), m));
                }
                // twice the number of digits in which two codes differ
                let gap = |q: usize| (0..m).map(|j| 2 * (q ^ j).count_ones()).collect();
                subjects.push((vec![("m", Value::integer(m))], (0..m).map(gap).collect()));
            }
        }
    }
    let mut cells = Vec::new();
    for (sizes, gaps) in &subjects {
        for base in &bases {
            for &n in &lengths {
                let mut params: Params = Vec::new();
                params.extend(n.map(|n| ("n", Value::integer(n))));
                params.extend(sizes.iter().cloned());
                params.push(("base", base.clone().into()));
                let query = request.gaps.as_ref().map(|_| Token(0));
                let scores = Scores { base: base.clone().into(), gaps: gaps.clone() };
                cells.push(cell(params, scores, query, n));
            }
        }
    }
    Ok(cells)
}

fn cell(params: Params, scores: Scores, query: Option<Token>, n: Option<u64>) -> Cell {
    let known = scores.clone();
    let cell = Cell::new(ClaimId::ATTEND_LENGTH, params, move |control| {
        decide_length(&scores, query, n, control)
    });
    cell.knowing(move || Known { values: vec![("b", least(&known))], ..Known::object(&known) })
}

fn decide_length(
    scores: &Scores,
    query: Option<Token>,
    n: Option<u64>,
    control: &Control,
) -> Result<Decision, Undecided> {
    let limits = Limits { control: control.clone(), nodes: MAX_NODES };
    let (subject, task) = (Subject::Scores(scores.clone()), Task::QueryCount);
    let answer = decide(Question { subject, task, query, max_n: n, cuts_only: false }, &limits)?;
    let mut values = collision_values(&answer);
    values.retain(|(name, _)| {
        let own = ["c", "c_prime", "query", "z", "nodes"].contains(name);
        own || (n.is_none() && *name == "n_star")
    });
    values.push(("b", least(scores)));
    let Some(n) = n else {
        let right = match answer.params.free_up_to {
            Length::Any => Value::Null,
            Length::Exactly(n) => Value::integer(n),
        };
        values.insert(1, ("right_up_to", right));
        values.extend(closed_form(scores, answer.n_star()));
        let certificate = answer.certificate;
        return Ok(Decision { proposed: Verdict::Verified, values, certificate, reason: None });
    };
    let Some(shortest) = answer.pair else {
        let certificate = answer.certificate;
        return Ok(Decision { proposed: Verdict::Verified, values, certificate, reason: None });
    };
    let pair = lengthened(shortest, n);
    for (name, value) in &mut values {
        match *name {
            "c" => *value = Value::list(pair.c.iter().copied()),
            "c_prime" => *value = Value::list(pair.c_prime.iter().copied()),
            _ => {}
        }
    }
    let params =
        CollisionParams { free_up_to: Length::Exactly(n), collides_at: None, ..answer.params };
    let subject = Subject::Scores(scores.clone());
    let data = Collision { subject, proofs: Vec::new(), multisets: None, pair: Some(pair) };
    let certificate = Certificate::new(ClaimId::ATTEND_LENGTH, params, data);
    Ok(Decision { proposed: Verdict::Refuted, values, certificate, reason: None })
}

fn power(base: &Rational, exponent: u32) -> Rational {
    num_traits::pow(base.clone(), exponent as usize)
}

/// The gaps of each query to other tokens, without repetition.
fn gap_sets(scores: &Scores) -> Vec<BTreeSet<u32>> {
    let others = |row: &Vec<u32>| row.iter().copied().filter(|&gap| gap > 0).collect();
    scores.gaps.iter().map(others).collect()
}

/// `b = B^g` for the least gap.
fn least(scores: &Scores) -> Value {
    let least = gap_sets(scores).iter().filter_map(|gaps| gaps.first().copied()).min();
    least.map_or(Value::Null, |gap| power(&scores.base.0, gap).into())
}

/// What the closed forms say `n*` is, `never` where they say that nothing collides, `null` where none applies; and whether it is `n_star`.
pub(crate) fn closed_form(scores: &Scores, n_star: Option<u64>) -> Params {
    let base = &scores.base.0;
    let sets = gap_sets(scores);
    let form = |gaps: &BTreeSet<u32>| {
        let listed: Vec<u32> = gaps.iter().copied().collect();
        match listed[..] {
            [] | [_] => Some(None::<BigInt>),
            [g1, g2] => {
                let quotient =
                    (power(base, g2) - Rational::one()) / (power(base, g2 - g1) - Rational::one());
                Some(Some(quotient.numer() + 1))
            }
            [g, ..] => {
                let b = power(base, g);
                (b.is_integer() && gaps.contains(&(2 * g))).then(|| Some(b.to_integer() + 2))
            }
        }
    };
    let forms: Vec<_> = sets.iter().map(form).collect();
    let least = forms.iter().flatten().flatten().min().cloned();
    let g = sets.iter().filter_map(|gaps| gaps.first().copied()).min();
    // no query is below floor(b) + 2, so that one which attains it is enough
    let bound = g.map(|g| power(base, g).to_integer() + 2);
    let complete = forms.iter().all(Option::is_some);
    let known = complete || (least.is_some() && least == bound);
    let (shown, holds) = match (known, least) {
        (false, _) => (Value::Null, Value::Null),
        (true, None) => (Value::text("never"), n_star.is_none().into()),
        (true, Some(least)) => {
            let holds = n_star.is_some() && least.to_u64() == n_star;
            (Value::Integer(least), holds.into())
        }
    };
    vec![("closed_form", shown), ("closed_form_holds", holds)]
}
