//! `--m`: T2 with more than two tokens.

use super::super::arithmetic::Arithmetic;
use super::super::{ClaimError, Decision, Request, Undecided};
use super::tree;
use crate::kernel::kind::{
    Construction, MAX_TOKENS, MachineNumbers, MachineNumbersParams, WrongCount,
};
use crate::kernel::number::RationalText;
use crate::kernel::{Certificate, ClaimId, Verdict};
use crate::report::Value;
use crate::search::control::Control;
use crate::search::tournament::{Reached, first_wrong};

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

pub(super) fn decide(
    arithmetic: Arithmetic,
    m: u64,
    control: &Control,
) -> Result<Decision, Undecided> {
    let Arithmetic { format, order } = arithmetic;
    let certificate = |largest_n, fails_at, proof| {
        let construction = Construction::MfeHistogram;
        let params =
            MachineNumbersParams { construction, format, order, m: Some(m), largest_n, fails_at };
        Certificate::new(ClaimId::MACHINE_NUMBERS, params, proof)
    };
    let wrong = match first_wrong(format, order, m, control)? {
        Reached::Wrong(wrong) => wrong,
        Reached::Right(n, why) => {
            let reason = format!("every count is right for all n <= {n}; {why}");
            let values = vec![("largest_n_at_least", Value::integer(n))];
            let proof = MachineNumbers { splits: Vec::new() };
            let certificate = (n > 0).then(|| Box::new(certificate(n, None, proof)));
            return Err(Undecided::Partly { reason, values, certificate });
        }
    };
    let output = wrong.output.map(|output| output.value());
    let largest = wrong.counts.iter().copied().max().unwrap_or(0);
    let values = vec![
        ("largest_n", Value::integer(wrong.n - 1)),
        ("fails_at_n", Value::integer(wrong.n)),
        ("fails_at_count", Value::integer(largest)),
        ("sequence", sequence(&wrong.counts, wrong.query)),
        ("tree", tree(order, &wrong.proof.splits)),
        ("output", output.clone().map_or_else(|| Value::text("infinity"), Value::from)),
        ("answer", Value::integer(largest)),
    ];
    let fails_at = WrongCount {
        n: wrong.n,
        count: largest,
        output: output.map(RationalText),
        counts: Some(wrong.counts),
        query: Some(wrong.query),
    };
    Ok(Decision {
        proposed: Verdict::Verified,
        values,
        certificate: certificate(wrong.n - 1, Some(fails_at), wrong.proof),
        reason: None,
    })
}

/// A failing sequence, `0^4 2^17 1^45` for 4 tokens 0, 17 tokens 2 and 45 tokens 1, the query.
pub(crate) fn sequence(counts: &[u64], query: u64) -> Value {
    let (last, others): (Vec<_>, Vec<_>) =
        (0..).zip(counts).partition(|(token, _)| *token == query);
    let present = others.into_iter().chain(last).filter(|(_, count)| **count > 0);
    let words: Vec<String> = present.map(|(token, count)| format!("{token}^{count}")).collect();
    Value::text(words.join(" "))
}
