//! Certificates as raw JSON: changed, with the digest made right again.

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use std::fmt::Write as _;

/// The text of `certificate` with its digest recomputed.
pub fn sealed(mut certificate: Value) -> String {
    if let Value::Object(fields) = &mut certificate {
        fields.remove("sha256");
    }
    let hash = Sha256::digest(sorted(certificate.clone()).to_string());
    let mut digest = String::new();
    hash.iter().for_each(|byte| write!(digest, "{byte:02x}").unwrap());
    certificate["sha256"] = Value::String(digest);
    certificate.to_string()
}

/// The text of a certificate after a change, its digest recomputed.
pub fn mended(text: &str, change: impl Fn(&mut Value)) -> String {
    let mut certificate: Value = serde_json::from_str(text).unwrap();
    change(&mut certificate);
    sealed(certificate)
}

fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<_> = map.into_iter().collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(Map::from_iter(entries.into_iter().map(|(k, v)| (k, sorted(v)))))
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

/// Every certificate with one number changed, one list shortened or one field set to null.
pub fn mutants(certificate: &Value) -> Vec<(String, Value)> {
    let mut places = Vec::new();
    walk(certificate, &mut String::new(), &mut places);
    let mut all = Vec::new();
    for place in places {
        for change in changes(certificate.pointer(&place).unwrap()) {
            let mut mutant = certificate.clone();
            *mutant.pointer_mut(&place).unwrap() = change.clone();
            all.push((format!("{place} -> {change}"), mutant));
        }
    }
    all
}

fn walk(value: &Value, path: &mut String, places: &mut Vec<String>) {
    if path != "/sha256" && !path.is_empty() {
        places.push(path.clone());
    }
    let length = path.len();
    let children: Vec<(String, &Value)> = match value {
        Value::Object(map) => map.iter().map(|(k, v)| (k.clone(), v)).collect(),
        Value::Array(items) => items.iter().enumerate().map(|(i, v)| (i.to_string(), v)).collect(),
        _ => Vec::new(),
    };
    for (key, child) in children {
        path.push('/');
        path.push_str(&key);
        walk(child, path, places);
        path.truncate(length);
    }
}

fn changes(value: &Value) -> Vec<Value> {
    match value {
        Value::Number(number) => {
            let number = number.as_u64().unwrap();
            vec![(number + 1).into(), number.saturating_sub(1).into(), Value::Null, "x".into()]
                .into_iter()
                .filter(|change| change != value)
                .collect()
        }
        Value::String(text) => match text.parse::<i64>() {
            Ok(number) => vec![
                (number + 1).to_string().into(),
                (number - 1).to_string().into(),
                format!("0{number}").into(),
                number.into(),
            ],
            Err(_) => vec![format!("{text}x").into(), Value::Null],
        },
        Value::Array(items) => {
            let mut changes = vec![Value::Null];
            if !items.is_empty() {
                changes.push(Value::Array(items[1..].to_vec()));
            }
            changes.push(Value::Array(items.iter().chain(items.first()).cloned().collect()));
            changes.into_iter().filter(|change| change != value).collect()
        }
        Value::Object(map) => {
            let mut more = map.clone();
            more.insert("extra".to_owned(), 0.into());
            vec![Value::Null, Value::Object(more)]
        }
        Value::Null => vec![0.into(), 1.into(), Value::Object(Map::new())],
        Value::Bool(value) => vec![(!value).into()],
    }
}
