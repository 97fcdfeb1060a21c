//! `--m`: T2 with more than two tokens.

use super::super::arithmetic::Summed;
use super::super::{ClaimError, Decision, Request, Undecided};
use super::About;
use crate::kernel::kind::{Construction, MAX_TOKENS, WrongCount};
use crate::kernel::number::RationalText;
use crate::report::Value;
use crate::search::control::Control;
use crate::search::tournament::{Reached, WrongInput, first_wrong};

/// How many tokens there are: two unless T2 is asked about more.
pub(super) fn vocabularies(
    construction: Construction,
    request: &Request,
) -> Result<Vec<u64>, ClaimError> {
    let Some(sizes) = &request.m else { return Ok(vec![2]) };
    if construction != Construction::MfeHistogram {
        let fix = "--construction mfe-histogram beside it (one token matters to the others)";
        return Err(ClaimError::value("m", fix, construction.name()));
    }
    let sizes: Vec<u64> = sizes.iter().map(|m| *m as u64).collect();
    match sizes.iter().find(|m| !(2..=MAX_TOKENS).contains(m)) {
        Some(m) => Err(ClaimError::value("m", format!("2 to {MAX_TOKENS}"), m)),
        None => Ok(sizes),
    }
}

pub(super) fn decide(arithmetic: Summed, m: u64, control: &Control) -> Result<Decision, Undecided> {
    let Summed { format, order } = arithmetic;
    let about = About { construction: Construction::MfeHistogram, arithmetic, m: Some(m) };
    let WrongInput { n, counts, query, output, proof } =
        match first_wrong(format, order, m, control)? {
            Reached::Wrong(wrong) => wrong,
            Reached::Right(n, why) => return Err(about.right(n, &format!("; {why}"))),
        };
    let largest = counts.iter().copied().max().unwrap_or(0);
    let sequence = sequence(&counts, query);
    let output = output.map(|output| RationalText(output.value()));
    let fails_at =
        WrongCount { n, count: largest, output, counts: Some(counts), query: Some(query) };
    Ok(about.wrong(fails_at, sequence, largest, proof))
}

/// A failing sequence, `0^4 2^17 1^45` for 4 tokens 0, 17 tokens 2 and 45 tokens 1, the query.
pub(crate) fn sequence(counts: &[u64], query: u64) -> Value {
    let (last, others): (Vec<_>, Vec<_>) =
        (0..).zip(counts).partition(|(token, _)| *token == query);
    let present = others.into_iter().chain(last).filter(|(_, count)| **count > 0);
    let words: Vec<String> = present.map(|(token, count)| format!("{token}^{count}")).collect();
    Value::text(words.join(" "))
}
