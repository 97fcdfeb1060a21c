//! Values as a mapping may spell them: a word in place of an object, and numbers exactly as they are written.

use crate::algebra::parse_human;
use crate::kernel::number::Rational;
use serde::Deserialize;
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{
    DeserializeSeed, Deserializer, Error, IntoDeserializer, MapAccess, SeqAccess, Unexpected,
    Visitor,
};
use serde_json::value::RawValue;
use std::fmt;
use std::marker::PhantomData;

/// A number: `"1/100000"`, `"1e-5"`, `0.00001` and `1e-05` are the same one. A decimal is that decimal, not the float next to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exact(pub Rational);

impl Exact {
    /// The number that a JSON number or string is.
    pub(super) fn parse(written: &str) -> Result<Self, String> {
        let wrong =
            || format!("expected a number such as \"1/3\", 0.5 or 1e-5, found {written:.40}");
        let text = match written.starts_with('"') {
            true => serde_json::from_str(written).map_err(|_| wrong())?,
            false => written.to_owned(),
        };
        parse_human(&text).map(Self).map_err(|_| wrong())
    }
}

impl<'de> Deserialize<'de> for Exact {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Box::<RawValue>::deserialize(deserializer)?;
        Self::parse(written.get()).map_err(D::Error::custom)
    }
}

/// An object, or a word in its place.
struct OrWord<T> {
    word: &'static str,
    of: PhantomData<T>,
}

impl<'de, T: Deserialize<'de>> Visitor<'de> for OrWord<T> {
    type Value = Option<T>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an object, or \"{}\"", self.word)
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Option<T>, E> {
        match text == self.word {
            true => Ok(None),
            false => Err(E::invalid_value(Unexpected::Str(text), &self)),
        }
    }
    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Option<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Some)
    }
}

/// A list, or a word in its place.
struct ListOrWord<T>(OrWord<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListOrWord<T> {
    type Value = Option<T>;
    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a list, or \"{}\"", self.0.word)
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Option<T>, E> {
        match text == self.0.word {
            true => Ok(None),
            false => Err(E::invalid_value(Unexpected::Str(text), &self)),
        }
    }
    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Option<T>, A::Error> {
        T::deserialize(SeqAccessDeserializer::new(seq)).map(Some)
    }
}

/// An object, or `"none"`.
pub(super) fn or_none<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    deserializer.deserialize_any(OrWord { word: "none", of: PhantomData })
}

/// The same for a field that may be absent, which is something else than `"none"`.
pub(super) fn stated<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<Option<T>>, D::Error> {
    or_none(deserializer).map(Some)
}

/// An object, or `"identity"`.
pub(super) fn or_identity<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    deserializer.deserialize_any(OrWord { word: "identity", of: PhantomData })
}

/// A list, or a word for all of it.
pub(super) fn one_or_all<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    deserializer: D,
    word: &'static str,
) -> Result<Option<T>, D::Error> {
    deserializer.deserialize_any(ListOrWord(OrWord { word, of: PhantomData }))
}

/// A map whose first key has been looked at.
pub(super) struct FromKey<A> {
    pub key: Option<String>,
    pub rest: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for FromKey<A> {
    type Error = A::Error;
    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        match self.key.take() {
            Some(key) => seed.deserialize(key.into_deserializer()).map(Some),
            None => self.rest.next_key_seed(seed),
        }
    }
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        self.rest.next_value_seed(seed)
    }
}
