//! Values of certificates and of records, to be compared.

use crate::kernel::number::{Rational, parse_canonical};
use crate::report::Value;
use num_bigint::BigInt;
use serde_json::Value as Json;
use serde_json::value::RawValue;

pub(super) fn parsed(raw: &RawValue) -> Option<Json> {
    serde_json::from_str(raw.get()).ok()
}

pub(super) fn rational(value: &Json) -> Option<Rational> {
    match value {
        Json::Number(number) => Some(number.to_string().parse::<BigInt>().ok()?.into()),
        Json::String(text) => parse_canonical(text).ok(),
        _ => None,
    }
}

pub(super) fn text(value: Rational) -> Json {
    value.to_string().into()
}

/// Numbers as text, whatever they are written as.
pub(super) fn plain(value: &Json) -> Json {
    match value {
        Json::Number(number) => number.to_string().into(),
        Json::Array(values) => values.iter().map(plain).collect(),
        other => other.clone(),
    }
}

pub(super) fn plain_value(value: &Value) -> Json {
    match value {
        Value::Integer(value) => value.to_string().into(),
        Value::Rational(value) => value.to_string().into(),
        Value::Decimal(text) | Value::Text(text) => text.clone().into(),
        Value::Bool(value) => (*value).into(),
        Value::List(values) => values.iter().map(plain_value).collect(),
        Value::Null => Json::Null,
    }
}
