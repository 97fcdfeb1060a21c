//! The strict reader and the writer of certificates, and the digest.

use super::{Certificate, ClaimId, Proof};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The value of the field `format`.
pub const FORMAT: &str = "counterproof-certificate";
/// The value of the field `version`.
pub const VERSION: u32 = 1;
/// The longest certificate that is read, in bytes.
pub const MAX_BYTES: usize = 1 << 28;

/// Why a text is not a certificate.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    #[error("certificate: expected at most {MAX_BYTES} bytes, found {0}")]
    TooLong(usize),
    #[error("{path}: {message}")]
    Syntax { path: String, message: String },
    #[error("format: expected `{FORMAT}`, found `{0}`")]
    Format(String),
    #[error("version: expected {VERSION}, found {0}")]
    Version(u32),
    #[error("data: expected one key that names the kind of proof, found {0}")]
    NotOneKind(usize),
    #[error(
        "data: unknown kind of proof `{0}` (known: {known})",
        known = KINDS.map(|(name, _)| name).join(", ")
    )]
    UnknownKind(String),
    #[error(
        "certificate: expected objects with each key once and strings without escapes, found another \
         spelling of the same values"
    )]
    Spelling,
    #[error("sha256: expected `{expected}`, found `{found}`: the certificate was altered")]
    Digest { expected: String, found: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<'a> {
    format: String,
    version: u32,
    claim: ClaimId,
    #[serde(borrow)]
    params: &'a RawValue,
    #[serde(borrow)]
    data: &'a RawValue,
    sha256: String,
}

type Reader = fn(&RawValue, &RawValue) -> Result<Proof, ParseError>;

/// Every kind of proof by name.
const KINDS: [(&str, Reader); 16] = [
    ("exhaustive", |p, d| read(p, d, "exhaustive", Proof::Exhaustive)),
    ("polytope", |p, d| read(p, d, "polytope", Proof::Polytope)),
    ("interval", |p, d| read(p, d, "interval", Proof::Interval)),
    ("counterexample", |p, d| read(p, d, "counterexample", Proof::Counterexample)),
    ("repetition", |p, d| read(p, d, "repetition", Proof::Repetition)),
    ("readings", |p, d| read(p, d, "readings", Proof::Readings)),
    ("misreading", |p, d| read(p, d, "misreading", Proof::Misreading)),
    ("collision", |p, d| read(p, d, "collision", Proof::Collision)),
    ("separation", |p, d| read(p, d, "separation", Proof::Separation)),
    ("welch", |p, d| read(p, d, "welch", Proof::Welch)),
    ("mfe-bits", |p, d| read(p, d, "mfe-bits", Proof::MfeBits)),
    ("pigeonhole", |p, d| read(p, d, "pigeonhole", Proof::Pigeonhole)),
    ("inverse-width", |p, d| read(p, d, "inverse-width", Proof::InverseWidth)),
    ("linear-program", |p, d| read(p, d, "linear-program", Proof::LinearProgram)),
    ("linear-dependence", |p, d| read(p, d, "linear-dependence", Proof::LinearDependence)),
    ("linear-readout", |p, d| read(p, d, "linear-readout", Proof::LinearReadout)),
];

fn read<P: DeserializeOwned, D: DeserializeOwned>(
    params: &RawValue,
    data: &RawValue,
    kind: &str,
    proof: impl FnOnce(P, D) -> Proof,
) -> Result<Proof, ParseError> {
    Ok(proof(parse(params.get(), "params")?, parse(data.get(), &format!("data.{kind}"))?))
}

fn parse<'a, T: Deserialize<'a>>(text: &'a str, place: &str) -> Result<T, ParseError> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = match (place, error.path().to_string()) {
            (place, inner) if inner == "." && place.is_empty() => "certificate".to_owned(),
            (place, inner) if inner == "." => place.to_owned(),
            ("", inner) => inner,
            (place, inner) => format!("{place}.{inner}"),
        };
        ParseError::Syntax { path, message: error.inner().to_string() }
    })?;
    reader.end().map_err(|error| ParseError::Syntax {
        path: "certificate".to_owned(),
        message: error.to_string(),
    })?;
    Ok(value)
}

impl Certificate {
    /// Reads a certificate; whether it proves anything is for [`crate::check`] to say.
    ///
    /// # Errors
    /// [`ParseError`] naming the field that is missing, unknown, malformed or altered.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        if text.len() > MAX_BYTES {
            return Err(ParseError::TooLong(text.len()));
        }
        let envelope: Envelope<'_> = parse(text, "")?;
        if envelope.format != FORMAT {
            return Err(ParseError::Format(envelope.format));
        }
        if envelope.version != VERSION {
            return Err(ParseError::Version(envelope.version));
        }
        let data: BTreeMap<String, &RawValue> = parse(envelope.data.get(), "data")?;
        let mut entries = data.iter();
        let (Some((kind, body)), None) = (entries.next(), entries.next()) else {
            return Err(ParseError::NotOneKind(data.len()));
        };
        let Some((_, reader)) = KINDS.iter().find(|(name, _)| name == kind) else {
            return Err(ParseError::UnknownKind(kind.chars().take(40).collect()));
        };
        let proof = reader(envelope.params, body)?;
        let certificate = Self { claim: envelope.claim, proof };
        certificate.is_all_of(text, &envelope.sha256)?;
        let expected = certificate.digest()?;
        if expected != envelope.sha256 {
            let found = envelope.sha256.chars().take(80).collect();
            return Err(ParseError::Digest { expected, found });
        }
        Ok(certificate)
    }

    /// Checks that `text` says this and nothing else: objects written as arrays, repeated keys and
    /// other spellings that readers of JSON let pass would make the digest ambiguous.
    fn is_all_of(&self, text: &str, digest: &str) -> Result<(), ParseError> {
        let (params, data) = self.parts()?;
        let expected = json!({
            "format": FORMAT, "version": VERSION, "claim": self.claim, "params": params, "data": data,
            "sha256": digest,
        });
        let same_length = compact_length(text) == Some(expected.to_string().len());
        if same_length && parse::<Value>(text, "")? == expected {
            Ok(())
        } else {
            Err(ParseError::Spelling)
        }
    }

    /// The text of the certificate: one line of JSON, fields in the documented order.
    ///
    /// # Errors
    /// [`ParseError::Syntax`] only if a part cannot be written as JSON, which no typed part can cause.
    pub fn to_json(&self) -> Result<String, ParseError> {
        let (params, data) = self.parts()?;
        let mut text = String::new();
        let claim = self.claim.name();
        let digest = self.digest()?;
        let wrote = writeln!(
            text,
            "{{\"format\":\"{FORMAT}\",\"version\":{VERSION},\"claim\":\"{claim}\",\
             \"params\":{params},\"data\":{data},\"sha256\":\"{digest}\"}}"
        );
        wrote.map_err(|error| unwritable(&error))?;
        Ok(text)
    }

    /// The SHA-256, in lowercase hexadecimal, of the compact JSON of all other fields with every
    /// object's keys sorted.
    ///
    /// # Errors
    /// As [`Certificate::to_json`].
    pub fn digest(&self) -> Result<String, ParseError> {
        let (params, data) = self.parts()?;
        let whole = json!({
            "format": FORMAT, "version": VERSION, "claim": self.claim, "params": params, "data": data,
        });
        let hash = Sha256::digest(sorted(whole).to_string());
        Ok(hash.iter().fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        }))
    }

    fn parts(&self) -> Result<(Value, Value), ParseError> {
        let (params, data) = match &self.proof {
            Proof::Exhaustive(params, data) => (value(params)?, value(data)?),
            Proof::Polytope(params, data) => (value(params)?, value(data)?),
            Proof::Interval(params, data) => (value(params)?, value(data)?),
            Proof::Counterexample(params, data) => (value(params)?, value(data)?),
            Proof::Repetition(params, data) => (value(params)?, value(data)?),
            Proof::Readings(params, data) => (value(params)?, value(data)?),
            Proof::Misreading(params, data) => (value(params)?, value(data)?),
            Proof::Collision(params, data) => (value(params)?, value(data)?),
            Proof::Separation(params, data) => (value(params)?, value(data)?),
            Proof::Welch(params, data) => (value(params)?, value(data)?),
            Proof::MfeBits(params, data) => (value(params)?, value(data)?),
            Proof::Pigeonhole(params, data) => (value(params)?, value(data)?),
            Proof::InverseWidth(params, data) => (value(params)?, value(data)?),
            Proof::LinearProgram(params, data) => (value(params)?, value(data)?),
            Proof::LinearDependence(params, data) => (value(params)?, value(data)?),
            Proof::LinearReadout(params, data) => (value(params)?, value(data)?),
        };
        Ok((params, json!({ self.proof.kind(): data })))
    }
}

/// The number of bytes outside white space between tokens; `None` when a string has an escape.
fn compact_length(text: &str) -> Option<usize> {
    let mut in_string = false;
    let mut length = 0;
    for byte in text.bytes() {
        match byte {
            b'\\' => return None,
            b'"' => in_string = !in_string,
            b' ' | b'\t' | b'\n' | b'\r' if !in_string => continue,
            _ => {}
        }
        length += 1;
    }
    Some(length)
}

fn value(part: &impl Serialize) -> Result<Value, ParseError> {
    serde_json::to_value(part).map_err(|error| unwritable(&error))
}

fn unwritable(error: &dyn std::fmt::Display) -> ParseError {
    ParseError::Syntax { path: "certificate".to_owned(), message: error.to_string() }
}

/// The same value with the keys of every object in ascending order.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let ordered: BTreeMap<String, Value> =
                map.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            Value::Object(Map::from_iter(ordered))
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}
