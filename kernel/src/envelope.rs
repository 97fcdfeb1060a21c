//! The strict reader and the writer of certificates, and the digest.
//!
//! A text is read into the typed parts of its kind, which refuse unknown fields and numbers that are not canonical. That it
//! says this and nothing else is decided by the digest of its canonical form (keys sorted, no white space): it has to be
//! the one stated, and the one of the typed parts written again. So objects written as arrays, repeated keys and escapes,
//! which readers of JSON let pass, are refused.

use crate::definition::InputPart;
use crate::kind::{ClaimId, Finding, KINDS, Kind, Proof, Row, row_of, typed};
use crate::rejection::{Clock, Rejection, expect, need, shown, wrong};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The value of the field `format`.
pub const FORMAT: &str = "counterproof-certificate";
/// The values of the field `version`: a kind's format has the version in which it last changed ([`Row::version`]).
pub const VERSIONS: std::ops::RangeInclusive<u32> = 2..=3;
/// The longest certificate that is read, in bytes.
pub const MAX_BYTES: usize = 1 << 28;
/// What the numbers of a certificate may cost: the squares of their numbers of digits, in all. Reading a number and reducing a
/// fraction take time that grows like that, about a second for so many, and cannot be interrupted.
const MAX_SQUARED_DIGITS: u64 = 1 << 35;
/// Objects and lists may stand in each other this deep, as for the reader.
const MAX_DEPTH: u32 = 128;

/// Why a text is not a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// the field
    pub place: String,
    /// what is wrong with it
    pub message: String,
}

impl ParseError {
    fn new(place: impl AsRef<str>, message: impl AsRef<str>) -> Self {
        Self { place: shown(place.as_ref(), 160), message: shown(message.as_ref(), 400) }
    }

    /// What was expected and found are between backquotes.
    fn quoted(&self, which: usize) -> Option<String> {
        self.message.split('`').nth(which).map(str::to_owned)
    }

    /// The digest that belongs to the text, when the digest is wrong.
    #[must_use]
    pub fn expected(&self) -> Option<String> {
        self.quoted(1).filter(|_| self.place == "sha256")
    }

    /// The digest that was found, when it is wrong.
    #[must_use]
    pub fn found(&self) -> Option<String> {
        self.quoted(3).filter(|_| self.place == "sha256")
    }
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

impl std::error::Error for ParseError {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Envelope<'a> {
    format: String,
    version: u32,
    claim: String,
    #[serde(borrow)]
    params: &'a RawValue,
    #[serde(borrow)]
    data: &'a RawValue,
    sha256: String,
}

/// Reads one JSON value of a known type, naming the place of what is wrong.
pub(crate) fn read<'a, T: Deserialize<'a>>(text: &'a str, place: &str) -> Result<T, ParseError> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let inner = error.path().to_string();
        let mut message = error.inner().to_string();
        // a part begins somewhere in the text: its lines and columns are not those of the text
        let at = message.rfind(" at line ").filter(|_| !place.is_empty());
        message.truncate(at.unwrap_or(message.len()));
        let parts = [place, inner.as_str()].into_iter().filter(|part| !["", ".", "?"].contains(part));
        let path = parts.collect::<Vec<_>>().join(".");
        let path = if path.is_empty() { "certificate".to_owned() } else { path };
        ParseError::new(path, message)
    })?;
    reader.end().map_err(|error| ParseError::new("certificate", error.to_string()))?;
    Ok(value)
}

/// A statement together with its proof, typed.
///
/// ```
/// use counterproof_kernel::kind::{Pigeonhole, PigeonholeParams};
/// use counterproof_kernel::number::IntegerText;
/// use counterproof_kernel::{Certificate, ClaimId, Clock, Rejection, Verdict};
///
/// // more count vectors than sums force a collision
/// let params = |vectors: u32| PigeonholeParams {
///     n: 4, m: 3, d: 1, bound: 1, states: IntegerText(9.into()), vectors: IntegerText(vectors.into()), collision: true,
/// };
/// let text = Certificate::new(ClaimId::PIGEONHOLE, params(15), Pigeonhole {}).to_json()?;
///
/// // what a reader of the file does: parse, look at the statement, check
/// let certificate = Certificate::parse(&text)?;
/// assert_eq!(certificate.get::<Pigeonhole>().unwrap().0.n, 4);
/// assert_eq!(certificate.check(&Clock::unlimited())?.verdict, Verdict::Verified);
///
/// // one altered digit is noticed, and what does not hold is refused
/// assert!(Certificate::parse(&text.replacen("\"m\":3", "\"m\":4", 1)).is_err());
/// let wrong = Certificate::new(ClaimId::PIGEONHOLE, params(16), Pigeonhole {});
/// assert!(matches!(wrong.check(&Clock::unlimited()), Err(Rejection::Wrong { .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Certificate {
    claim: ClaimId,
    proof: Arc<dyn Proof>,
}

impl Certificate {
    /// The certificate of these parts; whether it proves anything is for [`Certificate::check`] to say.
    #[must_use]
    pub fn new<K: Kind>(claim: ClaimId, params: K::Params, data: K) -> Self {
        Self { claim, proof: typed(params, data) }
    }

    /// The claim that the statement belongs to.
    #[must_use]
    pub fn claim(&self) -> ClaimId {
        self.claim
    }

    /// The kind of proof.
    #[must_use]
    pub fn row(&self) -> &'static Row {
        self.proof.row()
    }

    /// The parts, when the proof is of kind `K`.
    #[must_use]
    pub fn get<K: Kind>(&self) -> Option<(&K::Params, &K)> {
        crate::kind::parts::<K>(self.proof.as_ref())
    }

    /// Reads a certificate.
    ///
    /// # Errors
    /// [`ParseError`] naming the field that is missing, unknown, malformed or altered.
    pub fn parse(text: &str) -> Result<Self, ParseError> {
        if text.len() > MAX_BYTES {
            return Err(ParseError::new(
                "certificate",
                format!("expected at most {MAX_BYTES} bytes, found {}", text.len()),
            ));
        }
        let digits = text.as_bytes().split(|byte| !byte.is_ascii_digit());
        let digits = digits.map(|run| u64::try_from(run.len()).unwrap_or(u64::MAX));
        if digits.map(|count| count.saturating_mul(count)).fold(0, u64::saturating_add) > MAX_SQUARED_DIGITS {
            let message = "expected numbers whose digits, squared for each number, are at most 2^35 in all, found more";
            return Err(ParseError::new("certificate", message));
        }
        let Envelope { format, version, claim, params, data, sha256 } = read(text, "")?;
        let start = |text: &str| text.chars().take(80).collect::<String>();
        if format != FORMAT {
            return Err(ParseError::new("format", format!("expected `{FORMAT}`, found `{}`", start(&format))));
        }
        let other = |expected: String| {
            let message = format!("expected {expected}, found {version}: made by another version of the program");
            ParseError::new("version", message)
        };
        if !VERSIONS.contains(&version) {
            return Err(other(format!("{} to {}", VERSIONS.start(), VERSIONS.end())));
        }
        let known = KINDS.iter().flat_map(|row| row.claims).find(|known| known.name() == claim);
        let Some(&claim) = known else {
            return Err(ParseError::new("claim", format!("unknown claim `{}`", start(&claim))));
        };
        let data: BTreeMap<String, &RawValue> = read(data.get(), "data")?;
        let mut entries = data.iter();
        let (Some((kind, body)), None) = (entries.next(), entries.next()) else {
            return Err(ParseError::new(
                "data",
                format!("expected one key that names the kind of proof, found {}", data.len()),
            ));
        };
        let Some(row) = row_of(kind) else {
            let known: Vec<_> = KINDS.iter().map(|row| row.name).collect();
            let message = format!("unknown kind of proof `{}` (known: {})", start(kind), known.join(", "));
            return Err(ParseError::new("data", message));
        };
        if version != row.version {
            return Err(other(format!("{} for the kind {}", row.version, row.name)));
        }
        // an altered text is called that, whatever the fields in it have become
        let digest = digest_of(text);
        if let Some(digest) = digest.as_ref().filter(|digest| **digest != sha256) {
            let message = format!("expected `{digest}`, found `{}`: the certificate was altered", start(&sha256));
            return Err(ParseError::new("sha256", message));
        }
        let certificate = Self { claim, proof: (row.read)(params.get(), body.get())? };
        let again = certificate.unsigned()?;
        // what is written again letter by letter needs no second digest
        let same = text.strip_prefix(&again).is_some_and(|end| end == signature(&sha256));
        if digest.is_none() || !same && digest != digest_of(&(again + "}")) {
            let message = "expected objects with each key once and texts without escapes, found another spelling of the same values";
            return Err(ParseError::new("certificate", message));
        }
        Ok(certificate)
    }

    /// The text of the certificate: one line of JSON, fields in the documented order.
    ///
    /// # Errors
    /// [`ParseError`] only if a part cannot be written as JSON, which no typed part can cause.
    pub fn to_json(&self) -> Result<String, ParseError> {
        let mut text = self.unsigned()? + "}";
        let digest = digest_of(&text).unwrap_or_default();
        text.truncate(text.len().saturating_sub(1));
        Ok(text + &signature(&digest))
    }

    /// The text up to its digest.
    fn unsigned(&self) -> Result<String, ParseError> {
        let unwritable = |error: serde_json::Error| ParseError::new("certificate", error.to_string());
        let params = self.proof.params().map_err(unwritable)?;
        let data = self.proof.data().map_err(unwritable)?;
        let (claim, kind, version) = (self.claim.name(), self.row().name, self.row().version);
        Ok(format!(
            "{{\"format\":\"{FORMAT}\",\"version\":{version},\"claim\":\"{claim}\",\"params\":{params},\"data\":{{\"{kind}\":{data}}}"
        ))
    }

    /// Checks the certificate.
    ///
    /// # Errors
    /// [`Rejection`] naming the first field that does not hold.
    pub fn check(&self, clock: &Clock<'_>) -> Result<Finding, Rejection> {
        self.begin(clock)?;
        self.proof.check(self.claim, clock)
    }

    /// Checks a part of it, which proves nothing alone: what was checked in words, or `None` where its kind has no parts.
    ///
    /// # Errors
    /// [`Rejection`] naming the first field that does not hold.
    pub fn check_part(&self, part: InputPart, clock: &Clock<'_>) -> Result<Option<String>, Rejection> {
        self.begin(clock)?;
        self.proof.check_part(self.claim, part, clock).transpose()
    }

    fn begin(&self, clock: &Clock<'_>) -> Result<(), Rejection> {
        let row = self.row();
        let names = || row.claims.iter().map(|claim| claim.name()).collect::<Vec<_>>().join(" or ");
        need(row.claims.contains(&self.claim), "claim", names(), self.claim)?;
        // one question before anything: a check that is out of time proves nothing
        clock.spend(u64::MAX)
    }

    /// Checks that the statement is `CLAIM k=v ..`: this claim, and every parameter named has this value.
    ///
    /// # Errors
    /// [`Rejection::Wrong`] naming the parameter.
    pub fn expect(&self, statement: &str) -> Result<(), Rejection> {
        let mut words = statement.split_whitespace();
        expect("claim", words.next().unwrap_or_default(), self.claim.name())?;
        let params = self.proof.params().unwrap_or_default();
        let params: BTreeMap<String, serde_json::Value> = serde_json::from_str(&params).unwrap_or_default();
        for word in words {
            let (name, value) = word.split_once('=').ok_or_else(|| wrong("--expect", "`CLAIM name=value ..`", word))?;
            let stated = params.get(name).ok_or_else(|| wrong(format!("params.{name}"), value, "no such parameter"))?;
            let stated = stated.as_str().map_or_else(|| stated.to_string(), str::to_owned);
            expect(&format!("params.{name}"), value, &stated)?;
        }
        Ok(())
    }
}

impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.to_json() == other.to_json()
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_json().unwrap_or_default())
    }
}

/// The end of a certificate.
fn signature(digest: &str) -> String {
    format!(",\"sha256\":\"{digest}\"}}\n")
}

/// The SHA-256, in lowercase hexadecimal, of the compact JSON of all fields but `sha256` with every object's keys sorted.
/// `None` for a text in JSON that is no object, is too deep, or has repeated keys, escapes or other numbers than those of 64 bits.
fn digest_of(text: &str) -> Option<String> {
    let mut canonical = Canonical { rest: text, written: String::with_capacity(text.len()) };
    canonical.rest.trim_start_matches(WHITE).starts_with('{').then_some(())?;
    canonical.value(0)?;
    let hash = hmac_sha256::Hash::hash(canonical.written.as_bytes());
    let ended = canonical.rest.trim_start_matches(WHITE).is_empty();
    ended.then(|| hash.iter().map(|byte| format!("{byte:02x}")).collect())
}

const WHITE: [char; 4] = [' ', '\t', '\n', '\r'];

/// What is left of a text, and the canonical form of what was read.
struct Canonical<'a> {
    rest: &'a str,
    written: String,
}

impl<'a> Canonical<'a> {
    /// Reads and writes one value; `depth` objects and lists are around it.
    fn value(&mut self, depth: u32) -> Option<()> {
        self.rest = self.rest.trim_start_matches(WHITE);
        match self.rest.as_bytes().first()? {
            b'{' => self.object(depth),
            b'[' => self.list(depth),
            b'"' => self.name().map(|name| self.written.extend(["\"", name, "\""])),
            _ => {
                let end = self.rest.find([',', ']', '}', ' ', '\t', '\n', '\r']).unwrap_or(self.rest.len());
                let (word, rest) = self.rest.split_at_checked(end)?;
                self.rest = rest;
                self.written.push_str(word);
                (["true", "false", "null"].contains(&word) || word.parse::<u64>().is_ok()).then_some(())
            }
        }
    }

    /// A text, which ends with the second quotation mark because it has no escapes.
    fn name(&mut self) -> Option<&'a str> {
        let (name, rest) = self.rest.trim_start_matches(WHITE).strip_prefix('"')?.split_once('"')?;
        self.rest = rest;
        (!name.contains('\\')).then_some(name)
    }

    /// Reads a sign if it stands next.
    fn sign(&mut self, sign: char) -> Option<()> {
        self.rest = self.rest.trim_start_matches(WHITE).strip_prefix(sign)?;
        Some(())
    }

    fn list(&mut self, depth: u32) -> Option<()> {
        let inner = depth.checked_add(1).filter(|&inner| inner <= MAX_DEPTH)?;
        self.sign('[')?;
        self.written.push('[');
        if self.sign(']').is_none() {
            self.value(inner)?;
            while self.sign(',').is_some() {
                self.written.push(',');
                self.value(inner)?;
            }
            self.sign(']')?;
        }
        self.written.push(']');
        Some(())
    }

    fn object(&mut self, depth: u32) -> Option<()> {
        let inner = depth.checked_add(1).filter(|&inner| inner <= MAX_DEPTH)?;
        let start = self.written.len();
        // names, and where their values begin and end in what is written
        let mut members = Vec::new();
        self.sign('{')?;
        while self.sign('}').is_none() {
            if !members.is_empty() {
                self.sign(',')?;
            }
            let (name, from) = (self.name()?, self.written.len());
            self.sign(':')?;
            self.value(inner)?;
            members.push((name, from..self.written.len()));
        }
        members.sort_by_key(|(name, _)| *name);
        if members.iter().zip(members.iter().skip(1)).any(|(a, b)| a.0 == b.0) {
            return None;
        }
        members.retain(|(name, _)| depth > 0 || *name != "sha256");
        let mut sorted = String::with_capacity(self.written.len().saturating_sub(start));
        for (index, (name, value)) in members.into_iter().enumerate() {
            sorted.extend([if index > 0 { ",\"" } else { "{\"" }, name, "\":", self.written.get(value)?]);
        }
        self.written.truncate(start);
        self.written.extend([if sorted.is_empty() { "{" } else { "" }, &sorted, "}"]);
        Some(())
    }
}
