//! The JSON contract: `{"schema", "records": [{"claim", "params", "verdict", "values", "certificate", "seconds"}]}`.

use super::growth::Growth;
use super::out_of_distribution::{Finding, fields};
use super::provenance::Provenance;
use super::{Record, Value};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// The value of the field `schema`.
pub const SCHEMA: &str = "counterproof/1";

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    provenance: Option<&'a Provenance>,
    records: Vec<Line<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    growth: Vec<Fit<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    out_of_distribution: Vec<Owned>,
}

/// The fields of an object.
struct Owned(Vec<(&'static str, Value)>);

impl Serialize for Owned {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Fields(&self.0).serialize(serializer)
    }
}

/// Between `along = from` and `to` the logarithm of `value` has the slope `exponent`.
#[derive(Serialize)]
struct Fit<'a> {
    value: &'a str,
    along: &'a str,
    params: Fields<'a>,
    exponent: &'a str,
    from: u64,
    to: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    law: Option<&'static str>,
}

#[derive(Serialize)]
struct Line<'a> {
    claim: &'a str,
    params: Fields<'a>,
    verdict: &'a crate::verdict::Checked,
    values: Fields<'a>,
    certificate: Option<&'a str>,
    seconds: Option<Box<serde_json::value::RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
}

pub(super) struct Fields<'a>(pub(super) &'a [(&'static str, Value)]);

impl Serialize for Fields<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (name, value) in self.0 {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// The records, fields `growth` and `out_of_distribution` when there is something to say there, and one `provenance` for what is written by `reproduce`.
pub(super) fn document(
    records: &[Record],
    growth: &[Growth],
    ood: &[Finding],
    provenance: Option<&Provenance>,
) -> String {
    let document = Document {
        schema: SCHEMA,
        provenance,
        records: records.iter().map(line).collect(),
        growth: growth.iter().map(fit).collect(),
        out_of_distribution: ood.iter().map(|one| Owned(fields(one))).collect(),
    };
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

/// A table as a list of objects.
pub(super) fn table(table: &super::Table) -> String {
    let object = |row: &Vec<Value>| {
        let fields = table.columns.iter().zip(row);
        fields.map(|(name, value)| (name.clone(), value.clone())).collect::<BTreeMap<_, _>>()
    };
    let rows: Vec<_> = table.rows.iter().map(object).collect();
    let mut text = serde_json::to_string_pretty(&rows).unwrap_or_default();
    text.push('\n');
    text
}

fn fit(growth: &Growth) -> Fit<'_> {
    Fit {
        value: growth.column.name,
        along: growth.along,
        params: Fields(&growth.params),
        exponent: &growth.exponent,
        from: growth.from,
        to: growth.to,
        law: growth.column.law,
    }
}

fn line(record: &Record) -> Line<'_> {
    let seconds = record.milliseconds.map(|ms| format!("{}.{:03}", ms / 1000, ms % 1000));
    Line {
        claim: &record.claim,
        params: Fields(&record.params),
        verdict: &record.verdict,
        values: Fields(&record.values),
        certificate: record.certificate.as_deref(),
        seconds: seconds.and_then(|text| serde_json::value::RawValue::from_string(text).ok()),
        reason: record.reason.as_deref(),
    }
}
