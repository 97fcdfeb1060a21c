//! Numbers, definitions and theorems in the grammar of `proofs/theories/Literals.v`.

use num_bigint::BigInt;
use num_traits::Signed;
use std::fmt::Write as _;

/// `(integer 5)`, `(integer (-5))`
pub(super) fn scalar(value: &BigInt) -> String {
    if value.is_negative() { format!("(integer ({value}))") } else { format!("(integer {value})") }
}

pub(super) fn list(values: &[BigInt]) -> String {
    let items: Vec<String> = values.iter().map(ToString::to_string).collect();
    format!("[{}]", items.join("; "))
}

pub(super) fn define(text: &mut String, name: &str, values: &[BigInt]) {
    let _ = writeln!(text, "Definition {name} : row := {}.", list(values));
}

/// Defines `row_0, ..` and the matrix of them.
pub(super) fn define_rows(text: &mut String, name: &str, rows: &[Vec<BigInt>]) {
    for (i, row) in rows.iter().enumerate() {
        define(text, &format!("row_{i}"), row);
    }
    let names: Vec<String> = (0..rows.len()).map(|i| format!("row_{i}")).collect();
    let _ = writeln!(text, "Definition {name} : matrix := [{}].", names.join("; "));
}

/// `1 -2 3`
pub(super) fn words(values: &[BigInt]) -> String {
    let words: Vec<String> = values.iter().map(ToString::to_string).collect();
    words.join(" ")
}

pub(super) fn define_matrix(
    text: &mut String,
    name: &str,
    rows: impl Iterator<Item = Vec<BigInt>>,
) {
    let rows: Vec<String> = rows.map(|row| list(&row)).collect();
    let _ = writeln!(text, "Definition {name} : matrix :=\n  [{}].", rows.join(";\n   "));
}

pub(super) fn theorem(text: &mut String, name: &str, statement: &str, proof: &str) {
    let _ = write!(
        text,
        "\nTheorem {name} :\n  {statement}.\nProof.\n  apply ({proof}).\n  vm_cast_no_check (eq_refl true).\nQed.\n\
         Print Assumptions {name}.\n"
    );
}
