//! A linear program's optimum, contradiction or ray, checked by duality in rational arithmetic.
//!
//! The proof is [`crate::exact::lp::LpOutcome`]'s; here the statement is compared with what it proves.

use super::{Finding, Rejection, expect, wrong};
use crate::cert::{ClaimId, LinearProgramParams, LinearProgramProof, Verdict};
use crate::exact::lp::{LpVerdict, Sense};

pub(super) fn check(
    claim: ClaimId,
    params: &LinearProgramParams,
    data: &LinearProgramProof,
) -> Result<Finding, Rejection> {
    if claim != ClaimId::LinearProgram {
        return Err(wrong("claim", ClaimId::LinearProgram, claim));
    }
    let program = &data.program;
    let verdict = data.outcome.check(program).map_err(|error| {
        wrong("data.linear-program.proof", "numbers that prove the statement", error)
    })?;
    let proved = LinearProgramParams::new(program, &verdict);
    expect("params.variables", proved.variables, params.variables)?;
    expect("params.rows", proved.rows, params.rows)?;
    expect("params.status", proved.status.name(), params.status.name())?;
    if proved.optimum != params.optimum {
        let text = |optimum: &Option<_>| {
            optimum.as_ref().map_or_else(|| "null".to_owned(), ToString::to_string)
        };
        return Err(wrong("params.optimum", text(&proved.optimum), text(&params.optimum)));
    }
    let end = match program.sense() {
        Sense::Minimise => "minimum",
        Sense::Maximise => "maximum",
    };
    let says = match verdict {
        LpVerdict::Optimal(value) => format!("has the {end} {value}"),
        LpVerdict::Infeasible => "has no feasible point".to_owned(),
        LpVerdict::Unbounded => format!("is feasible and has no {end}: it is unbounded"),
    };
    let (variables, rows) = (proved.variables, proved.rows);
    let statement = format!("the linear program with {variables} variables and {rows} rows {says}");
    Ok(Finding { verdict: Verdict::Verified, statement })
}

#[cfg(test)]
mod tests {
    use crate::cert::{Certificate, ClaimId, LinearProgramParams, LinearProgramProof, Proof};
    use crate::exact::lp::{LinearProgram, LpOutcome, LpVerdict, Relation, Sense};
    use crate::exact::{integer, ratio};

    fn certificate() -> Certificate {
        let mut program = LinearProgram::new(Sense::Maximise);
        program.add(Some(integer(0)), None, integer(3));
        program.add_row("r", [(0, integer(2))], Relation::AtMost, integer(1)).unwrap();
        let outcome = LpOutcome::Optimal { primal: vec![ratio(1, 2)], dual: vec![ratio(3, 2)] };
        let params = LinearProgramParams::new(&program, &LpVerdict::Optimal(ratio(3, 2)));
        let proof = LinearProgramProof { program, outcome };
        Certificate { claim: ClaimId::LinearProgram, proof: Proof::LinearProgram(params, proof) }
    }

    #[test]
    fn a_written_certificate_is_read_and_checked() {
        let text = certificate().to_json().unwrap();
        let read = Certificate::parse(&text).unwrap();
        assert_eq!(read, certificate());
        let finding = crate::check::check(&read, &|| true).unwrap();
        assert_eq!(
            finding.statement,
            "the linear program with 1 variables and 1 rows has the maximum 3/2"
        );
    }

    /// Every change is refused: by the parser, by the digest, or, with the digest made good, by the checker.
    #[test]
    fn changed_certificates_are_refused() {
        let text = certificate().to_json().unwrap();
        for (from, to) in [
            ("\"optimum\":\"3/2\"", "\"optimum\":\"2\""),
            ("\"optimum\":\"3/2\"", "\"optimum\":null"),
            ("\"status\":\"optimal\"", "\"status\":\"infeasible\""),
            ("\"variables\":1", "\"variables\":2"),
            ("\"rows\":1", "\"rows\":0"),
            ("\"dual\":[\"3/2\"]", "\"dual\":[\"1\"]"),
            ("\"dual\":[\"3/2\"]", "\"dual\":[]"),
            ("\"primal\":[\"1/2\"]", "\"primal\":[\"1\"]"),
            ("\"primal\":[\"1/2\"]", "\"primal\":[\"2/4\"]"),
            ("\"rhs\":\"1\"", "\"rhs\":\"2\""),
            ("\"relation\":\"<=\"", "\"relation\":\">=\""),
            ("\"relation\":\"<=\"", "\"relation\":\"<\""),
            ("\"upper\":null", "\"upper\":\"0\""),
            (",\"upper\":null", ""),
            ("\"sense\":\"maximise\"", "\"sense\":\"minimise\""),
            ("[0,\"2\"]", "[1,\"2\"]"),
            ("[0,\"2\"]", "[0,\"0\"]"),
            ("[[0,\"2\"]]", "[[0,\"2\"],[0,\"2\"]]"),
            ("\"optimal\":{", "\"best\":{"),
            ("\"linear-program\",\"params\"", "\"no-position\",\"params\""),
        ] {
            let changed = text.replacen(from, to, 1);
            assert_ne!(changed, text, "{from}");
            assert!(Certificate::parse(&changed).is_err(), "{to} was accepted");
            // A liar also mends the digest: the message tells the right one.
            let Err(crate::cert::ParseError::Digest { expected, found }) =
                Certificate::parse(&changed)
            else {
                continue;
            };
            let mended = Certificate::parse(&changed.replace(&found, &expected)).unwrap();
            assert!(crate::check::check(&mended, &|| true).is_err(), "{to} was accepted");
        }
    }
}
