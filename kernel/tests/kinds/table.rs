//! Rows of the tables: an accepted certificate or a change of one, and what the checker says of it.
//!
//! Digests are mended, so what refuses a changed certificate is the rule that is named.

use counterproof_kernel::{Certificate, Clock, Verdict};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// One row.
pub struct Case {
    /// which rule it is about
    pub name: &'static str,
    /// `kind/name` in `tests/data`
    pub file: &'static str,
    changes: Vec<Change>,
    /// what is expected
    pub expected: Expected,
}

/// What the checker says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expected {
    /// it is verified or refuted, and this is in the statement
    Accepted(&'static str),
    /// it proves nothing; the message begins like this
    Refused(&'static str),
    /// it is no certificate; the message has this
    Unusable(&'static str),
}

/// A change of a certificate.
pub type Change = Box<dyn Fn(&mut Value)>;

/// A row about an accepted certificate; `statement` is in the sentence.
pub fn accept(
    name: &'static str,
    file: &'static str,
    changes: impl IntoIterator<Item = Change>,
    statement: &'static str,
) -> Case {
    Case { name, file, changes: changes.into_iter().collect(), expected: Expected::Accepted(statement) }
}

/// A row about a refused one; the message begins with `message`.
pub fn refuse(
    name: &'static str,
    file: &'static str,
    changes: impl IntoIterator<Item = Change>,
    message: &'static str,
) -> Case {
    Case { name, file, changes: changes.into_iter().collect(), expected: Expected::Refused(message) }
}

/// A row about what is no certificate; `message` is in the message.
pub fn unusable(
    name: &'static str,
    file: &'static str,
    changes: impl IntoIterator<Item = Change>,
    message: &'static str,
) -> Case {
    Case { name, file, changes: changes.into_iter().collect(), expected: Expected::Unusable(message) }
}

/// Replaces what is at `path`, such as `params/n` or `data/pair/c/0`, where `data` is the proof, whatever its kind.
pub fn set(path: &'static str, value: impl Into<Value>) -> Change {
    let value = value.into();
    with(path, move |at| *at = value.clone())
}

/// The same with a value written as JSON.
pub fn json(path: &'static str, text: &str) -> Change {
    set(path, serde_json::from_str::<Value>(text).unwrap())
}

/// Changes what is at `path`.
pub fn with(path: &'static str, change: impl Fn(&mut Value) + 'static) -> Change {
    Box::new(move |certificate| change(at(certificate, path)))
}

/// Changes the list at `path`.
pub fn list(path: &'static str, change: impl Fn(&mut Vec<Value>) + 'static) -> Change {
    with(path, move |at| change(at.as_array_mut().unwrap()))
}

/// Removes the last entry of the list at `path`.
pub fn pop(path: &'static str) -> Change {
    list(path, |items| drop(items.pop().unwrap()))
}

/// Repeats the last entry of the list at `path`.
pub fn again(path: &'static str) -> Change {
    list(path, |items| items.push(items.last().unwrap().clone()))
}

/// Swaps two entries of the list at `path`.
pub fn swap(path: &'static str, i: usize, j: usize) -> Change {
    list(path, move |items| items.swap(i, j))
}

/// What is at a path.
pub fn at<'a>(certificate: &'a mut Value, path: &str) -> &'a mut Value {
    let mut here = certificate;
    for (depth, step) in path.split('/').filter(|step| !step.is_empty()).enumerate() {
        here = match here {
            Value::Array(items) => items.get_mut(step.parse::<usize>().unwrap()),
            Value::Object(fields) => fields.get_mut(step),
            _ => None,
        }
        .unwrap_or_else(|| panic!("nothing at {path}"));
        if depth == 0 && step == "data" {
            here = here.as_object_mut().unwrap().values_mut().next().unwrap();
        }
    }
    here
}

/// Where the certificates are.
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

/// A stored certificate.
pub fn stored(file: &str) -> Value {
    let path = folder().join(format!("{file}.json"));
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap()
}

/// The certificate with the digest that belongs to it, or why it is none.
pub fn mended(certificate: &Value) -> Result<Certificate, String> {
    let mut certificate = certificate.clone();
    Certificate::parse(&certificate.to_string()).or_else(|error| {
        let digest = error.expected().ok_or_else(|| error.to_string())?;
        certificate["sha256"] = digest.into();
        Certificate::parse(&certificate.to_string()).map_err(|error| error.to_string())
    })
}

/// The verdict about a certificate and the statement, or the message of the rule that refuses it.
pub fn judged(certificate: &Certificate) -> Result<(Verdict, String), String> {
    let finding = certificate.check(&Clock::unlimited()).map_err(|rejection| rejection.to_string())?;
    Ok((finding.verdict, finding.statement))
}

impl Case {
    /// The certificate, changes made.
    pub fn certificate(&self) -> Value {
        let mut certificate = stored(self.file);
        let before = certificate.clone();
        self.changes.iter().for_each(|change| change(&mut certificate));
        assert!(self.changes.is_empty() || certificate != before, "{}: nothing is changed", self.name);
        certificate
    }

    /// What is said about it is as expected, or what is said instead.
    fn holds(&self) -> Result<(), String> {
        let (found, holds) = match (mended(&self.certificate()), &self.expected) {
            (Err(message), Expected::Unusable(part)) => (message.clone(), message.contains(part)),
            (Err(message), _) => (format!("unusable: {message}"), false),
            (Ok(certificate), expected) => match (judged(&certificate), expected) {
                (Ok((_, statement)), Expected::Accepted(part)) => (statement.clone(), statement.contains(part)),
                (Err(message), Expected::Refused(start)) => (message.clone(), message.starts_with(start)),
                (other, _) => (format!("{other:?}"), false),
            },
        };
        if holds { Ok(()) } else { Err(format!("{}: expected {:?}\n    found {found}", self.name, self.expected)) }
    }
}

/// Every row is as it says.
pub fn check(cases: &[Case]) {
    let wrong: Vec<String> = cases.iter().filter_map(|case| case.holds().err()).collect();
    assert!(wrong.is_empty(), "{} of {} rows:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}
