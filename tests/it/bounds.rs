//! The bounds of T5, T8 and T9: values against plain counting, certificates read afresh, every change refused.

use crate::support::certificates::{mutants, sealed};
use assert_cmd::Command;
use counterproof::kernel::Certificate;
use counterproof::kernel::Clock;
use counterproof::kernel::number::{Matrix, integer};
use counterproof::search::collision::{Limits, Problem, l1, shortest};
use serde_json::Value;
use std::collections::BTreeSet;

/// Runs `verify` and returns the records with their certificates.
fn verify(arguments: &str) -> Vec<(Value, Value)> {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(assert_cmd::cargo::cargo_bin!("counterproof"))
        .arg("verify")
        .args(arguments.split_whitespace())
        .args(["--format", "json", "--certificates"])
        .arg(folder.path())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    let records = printed["records"].as_array().unwrap().iter();
    let read = |record: &Value| {
        let text = std::fs::read_to_string(record["certificate"].as_str().unwrap()).unwrap();
        Certificate::parse(&text).unwrap().check(&Clock::unlimited()).unwrap();
        (record.clone(), serde_json::from_str(&text).unwrap())
    };
    records.map(read).collect()
}

/// How many changes are refused and accepted.
fn changed(certificate: &Value) -> (usize, Vec<String>) {
    let (mut refused, mut accepted) = (0, Vec::new());
    for (place, mutant) in mutants(certificate) {
        match Certificate::parse(&sealed(mutant)).map(|read| read.check(&Clock::unlimited())) {
            Ok(Ok(_)) => accepted.push(place),
            _ => refused += 1,
        }
    }
    (refused, accepted)
}

#[test]
fn pigeonhole_counts() {
    for (record, certificate) in verify("pigeonhole --n 1-6 --m 2-5 --d 1-2 --bound 1") {
        let size = |name: &str| record["params"][name].as_u64().unwrap();
        let (n, m, d) = (size("n"), size("m"), size("d"));
        let vectors = compositions(n, m as usize).len();
        let states = (2 * n + 1).pow(d as u32);
        let values = &record["values"];
        assert_eq!(values["vectors"], vectors);
        assert_eq!(values["states"], states);
        assert_eq!(values["collision"], vectors as u64 > states);
        assert_eq!(changed(&certificate).1, Vec::<String>::new());
    }
}

/// A pigeonhole collision at `n` bounds `n*` by `n + 1` for every embedding of these sizes, and `n` does not.
#[test]
fn pigeonhole_bounds_every_embedding() {
    let mut tight = false;
    for code in 0..3i64.pow(4) {
        let row: Vec<i64> = (0..4).map(|j| code / 3i64.pow(j) % 3 - 1).collect();
        let embedding = Matrix::from_fn(4, 1, |i, _| integer(row[i]));
        let rows = counterproof::kernel::evidence::counting_matrix(&embedding).unwrap();
        let problem = Problem { rows: &rows, cols: 4, query: None, parting: None };
        let z = shortest(problem, None, &Limits::default()).unwrap().vector.unwrap();
        let n_star = u64::try_from(l1(&z) / 2).unwrap() + 1;
        // 4 vectors and 3 sums at n = 1
        assert!(n_star <= 2);
        tight |= n_star == 2;
    }
    assert!(tight);
}

fn compositions(n: u64, m: usize) -> Vec<Vec<u64>> {
    if m == 0 {
        return if n == 0 { vec![Vec::new()] } else { Vec::new() };
    }
    let with = |first: u64| {
        compositions(n - first, m - 1).into_iter().map(move |rest| [vec![first], rest].concat())
    };
    (0..=n).flat_map(with).collect()
}

#[test]
fn messages_are_the_rows_of_a_matrix() {
    for (record, certificate) in verify("mfe-bits --n 3,5,7,9 --m 2-4") {
        let (k, m) = ((record["params"]["n"].as_u64().unwrap() - 1) / 2, &record["params"]["m"]);
        let halves = compositions(k, m.as_u64().unwrap() as usize);
        // What the second party may see, for each message the first may send; the last token is 0.
        let rows: BTreeSet<Vec<u64>> = halves
            .iter()
            .map(|c| {
                let answer = |e: &Vec<u64>| {
                    let last = |j: usize| u64::from(j == 0);
                    c.iter().zip(e).enumerate().map(|(j, (a, b))| a + b + last(j)).max().unwrap()
                };
                halves.iter().map(answer).collect()
            })
            .collect();
        assert_eq!(record["values"]["classes"], rows.len());
        let bits = record["values"]["bits"].as_u64().unwrap();
        assert!(1 << bits >= rows.len() && (bits == 0 || 1 << (bits - 1) < rows.len()));
        assert!(record["values"]["disjointness_bits"].as_u64().unwrap() <= bits);
        assert_eq!(changed(&certificate).1, Vec::<String>::new());
    }
}

#[test]
fn disjointness_is_linear_in_the_smaller_size() {
    for (record, certificate) in verify("mfe-bits --n 3,9,21,101,1001 --m 4,10,25,100") {
        let size = |name: &str| record["params"][name].as_u64().unwrap();
        let (k, m) = ((size("n") - 1) / 2, size("m"));
        let elements = record["values"]["disjointness_bits"].as_u64().unwrap();
        let most = ((m - 1) / 3).min(k);
        assert!(elements <= most && 2 * elements >= most, "{record}");
        assert!(changed(&certificate).1.is_empty());
    }
}

#[test]
fn coherence_and_the_first_failure() {
    for (record, certificate) in
        verify("welch --m 3-5 --d 2-3 --embedding random --bound 9 --seed 4")
    {
        let rational = |name: &str| -> num_rational::BigRational {
            record["values"][name].as_str().unwrap().parse().unwrap()
        };
        let (mu, welch) = (rational("mu_squared"), rational("welch_squared"));
        assert!(mu >= welch);
        let n = record["values"]["fails_from_n"].as_i64().unwrap();
        let fails = |n: i64| &mu * integer(4 * (n - 1) * (n - 1)) >= integer(1);
        assert!(fails(n) && !fails(n - 1));
        let all = record["values"]["all_fail_from_n"].as_i64();
        assert!(all.is_none_or(|all| all >= n));
        let (refused, accepted) = changed(&certificate);
        assert!(
            refused > 10 && accepted.iter().all(|place| place.contains("embedding")),
            "{accepted:?}"
        );
    }
    // Orthogonal vectors never fail.
    let record = &verify("welch --m 4 --d 4 --embedding onehot")[0].0;
    assert_eq!(record["values"]["mu_squared"], "0");
    assert_eq!(record["values"]["fails_from_n"], Value::Null);
}
