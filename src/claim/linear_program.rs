//! Exact linear programs as cells, whose outcomes are checked like every other.

use super::{Cell, Decision, Known, Source, Undecided};
use crate::kernel::kind::{LinearProgram, LpOutcome};
use crate::kernel::kind::{LinearProgramParams, LinearProgramProof};
use crate::kernel::number::Rational;
use crate::kernel::{Certificate, ClaimId, Verdict};
use crate::report::Value;
use crate::search::control::Control;
use crate::search::lp::{LpOptions, Method, solve};
use num_traits::Zero;
use std::sync::Arc;

/// How a program is solved, and what is said about its outcome.
#[derive(Debug, Clone, Copy)]
pub struct How {
    pub method: Method,
    /// most seconds for the float solver
    pub float_seconds: f64,
    /// integer variables were read as continuous ones
    pub relaxed: bool,
    /// the numbers that are not zero are among the values
    pub with_solution: bool,
}

/// The program of a file as a cell.
#[must_use]
pub fn cell(program: LinearProgram, source: &Source, how: How) -> Cell {
    // the file's name comes first
    let mut params = vec![("file", Value::Null)];
    if how.relaxed {
        params.push(("relax", true.into()));
    }
    let sizes = vec![
        ("variables", Value::integer(program.variables.len())),
        ("rows", Value::integer(program.rows.len())),
    ];
    // what is checked has names that can stand in a certificate
    let plain = Arc::new(with_plain_names(program));
    let (known, said) = (Arc::clone(&plain), sizes.clone());
    let cell = Cell::new(ClaimId::LINEAR_PROGRAM, params, move |control: &Control| {
        let How { method, float_seconds, with_solution, .. } = how;
        let settings = LpOptions { method, stop: &|| control.go_on().is_err(), float_seconds };
        let solved = solve(&plain, &settings).map_err(|why| Undecided::Partly {
            reason: why.to_string(),
            values: sizes.clone(),
            certificate: None,
        })?;
        let params = LinearProgramParams::new(&plain, &solved.verdict);
        let optimum = params.optimum.as_ref().map_or(Value::Null, |v| v.0.clone().into());
        let mut values = vec![("status", Value::text(params.status.name())), ("optimum", optimum)];
        values.extend(sizes.clone());
        if with_solution {
            values.push(("solution", solution(&plain, &solved.outcome)));
        }
        let data = LinearProgramProof { program: plain.as_ref().clone(), outcome: solved.outcome };
        let certificate = Certificate::new(ClaimId::LINEAR_PROGRAM, params, data);
        Ok(Decision { proposed: Verdict::Verified, values, certificate, reason: None })
    });
    let knowing = move || Known { values: said.clone(), ..Known::object(known.as_ref()) };
    cell.knowing(knowing).from_file("file", source)
}

/// The program with names that stand in a certificate as they are: texts there are printable ASCII without escapes. A byte of
/// another character stands as `%XX`, as in web addresses, and so does `%`: different names stay different.
fn with_plain_names(mut program: LinearProgram) -> LinearProgram {
    let plain = |byte: u8| match byte {
        b'"' | b'\\' | b'%' => format!("%{byte:02X}"),
        b' ' | b'!'..=b'~' => char::from(byte).to_string(),
        _ => format!("%{byte:02X}"),
    };
    let variables = program.variables.iter_mut().map(|variable| &mut variable.name);
    for name in variables.chain(program.rows.iter_mut().map(|row| &mut row.name)) {
        *name = name.bytes().map(plain).collect();
    }
    program
}

/// The name that stands in a certificate as this one.
fn as_written(plain: &str) -> String {
    let mut bytes = Vec::with_capacity(plain.len());
    let mut rest = plain;
    while let Some((first, after)) = rest.split_at_checked(1) {
        let code = (first == "%").then(|| after.get(..2)).flatten();
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.extend(first.bytes());
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// `name = value` for what is not zero, of a program as it stands in a certificate; variables and rows without a name are `x0`, `row0`.
pub(crate) fn solution(program: &LinearProgram, outcome: &LpOutcome) -> Value {
    let shown = |name: &str, letter: &str, index: usize, value: &Rational| {
        let name = if name.is_empty() { format!("{letter}{index}") } else { as_written(name) };
        Value::text(format!("{name} = {value}"))
    };
    let variables = |values: &[Rational]| -> Vec<Value> {
        let all = program.variables.iter().zip(values).enumerate();
        let used = all.filter(|(_, (_, value))| !value.is_zero());
        used.map(|(j, (variable, value))| shown(&variable.name, "x", j, value)).collect()
    };
    Value::List(match outcome {
        LpOutcome::Optimal { primal, .. } => variables(primal),
        LpOutcome::Unbounded { ray, .. } => variables(ray),
        LpOutcome::Infeasible { farkas } => {
            let all = program.rows.iter().zip(farkas).enumerate();
            let used = all.filter(|(_, (_, value))| !value.is_zero());
            used.map(|(i, (row, value))| shown(&row.name, "row", i, value)).collect()
        }
        LpOutcome::EmptyBounds { variable } => {
            let name = program
                .variables
                .get(*variable)
                .map_or_else(String::new, |found| as_written(&found.name));
            vec![Value::text(format!("the bounds of {name} (x{variable}) exclude every value"))]
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::kind::{LpVariable, Sense};

    #[test]
    fn names_come_back() {
        let odd = ["", "x", "plant\\1", "\"sud\"_50%", "%41", "\u{e4} b", "100%", "%", "%4"];
        let variable = |name: &str| LpVariable {
            name: name.to_owned(),
            lower: None,
            upper: None,
            cost: Rational::zero(),
        };
        let program = LinearProgram {
            sense: Sense::Minimise,
            constant: Rational::zero(),
            variables: odd.map(variable).to_vec(),
            rows: Vec::new(),
        };
        let plain = with_plain_names(program);
        for (variable, name) in plain.variables.iter().zip(odd) {
            assert!(variable.name.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
            assert_eq!(as_written(&variable.name), name);
        }
    }
}
