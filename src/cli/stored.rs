//! What the journals of verdicts have in common: values that come back as they were, and the check of all that is taken up.
//!
//! An entry of a journal is `Remembered` and no more: whoever takes it up has its certificate checked like a stranger's file
//! ([`recheck`](crate::verdict::recheck)) and compared with the cell. `reproduce` keeps certificates as files of its folder, one entry
//! beside each ([`super::reproduce`]); `--journal` keeps both in one file ([`super::verdicts`]).

use super::output::progress;
use crate::claim::Params;
use crate::report::{Record, Value};
use crate::search::control::Control;
use num_bigint::BigInt;
use num_rational::BigRational;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::{Mutex, PoisonError};

/// A [`Value`] that keeps its kind.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Stored {
    Integer(String),
    Rational(String),
    Decimal(String),
    Bool(bool),
    Text(String),
    List(Vec<Stored>),
    Null,
}

/// The values of a record, by name.
pub(super) type StoredValues = Vec<(String, Stored)>;

pub(super) fn store_values(record: &Record) -> StoredValues {
    record.values.iter().map(|(name, value)| ((*name).to_owned(), store(value))).collect()
}

/// `None` where a number is none.
pub(super) fn restore_values(values: &StoredValues) -> Option<Params> {
    values.iter().map(|(name, value)| Some((interned(name), restore(value)?))).collect()
}

fn store(value: &Value) -> Stored {
    match value {
        Value::Integer(value) => Stored::Integer(value.to_string()),
        Value::Rational(value) => Stored::Rational(value.to_string()),
        Value::Decimal(text) => Stored::Decimal(text.clone()),
        Value::Bool(value) => Stored::Bool(*value),
        Value::Text(value) => Stored::Text(value.clone()),
        Value::List(values) => Stored::List(values.iter().map(store).collect()),
        Value::Null => Stored::Null,
    }
}

fn restore(stored: &Stored) -> Option<Value> {
    Some(match stored {
        Stored::Integer(text) => Value::Integer(text.parse::<BigInt>().ok()?),
        Stored::Rational(text) => Value::Rational(text.parse::<BigRational>().ok()?),
        Stored::Decimal(text) => Value::Decimal(text.clone()),
        Stored::Bool(value) => Value::Bool(*value),
        Stored::Text(text) => Value::Text(text.clone()),
        Stored::List(values) => Value::List(values.iter().map(restore).collect::<Option<_>>()?),
        Stored::Null => Value::Null,
    })
}

/// Names of values are constants of the program; read back, each is kept once for as long as it runs.
fn interned(name: &str) -> &'static str {
    static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = names.get(name) {
        return known;
    }
    let kept: &'static str = Box::leak(name.to_owned().into_boxed_str());
    names.insert(kept);
    kept
}

/// What `look` finds at each of `count` places, in their order; on all threads, with a progress bar.
pub(super) fn looked_at<Found: Send>(
    count: usize,
    (control, quiet): (&Control, bool),
    look: impl Fn(usize) -> Found + Sync,
) -> Vec<Found> {
    let bar = progress(count, quiet);
    bar.set_message("checking what is there");
    let places: Vec<usize> = (0..count).collect();
    let Ok(found) = control.map(&places, |&at| {
        let found = look(at);
        bar.inc(1);
        Ok::<_, Infallible>(found)
    });
    bar.finish_and_clear();
    found
}
