//! Where numbers stand: an array, or a part of one, seen as a matrix or a vector.

use super::spelling::FromKey;
use super::{Positions, RotaryMap};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Unexpected, Visitor};
use std::fmt;

/// An array, or a part of one. The steps are taken in the order of the fields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// its name, in which `{layer}` is the number of the layer
    pub array: String,
    /// another shape for the same numbers
    pub shape: Option<Vec<usize>>,
    /// of the leading axes
    pub index: Vec<Index>,
    /// the axes that the rows run over, and those that the columns run over
    pub axes: Option<Vec<Vec<usize>>>,
    /// of a vector: the entries
    pub rows: Option<Pick>,
    pub columns: Option<Pick>,
    /// rows become columns, after they were picked
    pub transpose: bool,
}

/// One step into an array.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Index {
    /// the axis stays
    All,
    /// from the end when negative
    At(i64),
    /// the number of the layer
    Layer,
}

/// Some of the rows, columns or entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Pick {
    /// these, in this order; from the end when negative
    List(Vec<i64>),
    /// `"from:to:step"` as in Python, but what is outside is refused
    Slice { from: Option<i64>, to: Option<i64>, step: usize },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    array: String,
    #[serde(default)]
    shape: Option<Vec<usize>>,
    #[serde(default)]
    index: Vec<Index>,
    #[serde(default)]
    axes: Option<Vec<Vec<usize>>>,
    #[serde(default)]
    rows: Option<Pick>,
    #[serde(default)]
    columns: Option<Pick>,
    #[serde(default)]
    transpose: bool,
}

impl Place {
    /// All of an array.
    #[must_use]
    pub fn whole(array: &str) -> Self {
        let array = array.to_owned();
        Self {
            array,
            shape: None,
            index: Vec::new(),
            axes: None,
            rows: None,
            columns: None,
            transpose: false,
        }
    }

    /// The name of the array in this layer.
    #[must_use]
    pub fn name(&self, layer: Option<usize>) -> String {
        match layer {
            Some(layer) => self.array.replace("{layer}", &layer.to_string()),
            None => self.array.clone(),
        }
    }
}

impl From<Part> for Place {
    fn from(part: Part) -> Self {
        let Part { array, shape, index, axes, rows, columns, transpose } = part;
        Self { array, shape, index, axes, rows, columns, transpose }
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl<'de> Visitor<'de> for Written {
            type Value = Place;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the name of an array, or {\"array\": name, ..} for a part of it")
            }
            fn visit_str<E: Error>(self, name: &str) -> Result<Place, E> {
                Ok(Place::whole(name))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Place, A::Error> {
                Part::deserialize(MapAccessDeserializer::new(map)).map(Place::from)
            }
        }
        deserializer.deserialize_any(Written)
    }
}

/// A place, or a word in its stead; an array of that name is `{"array": word}`.
fn or_word<'de, D: Deserializer<'de>>(
    deserializer: D,
    word: &'static str,
) -> Result<Option<Place>, D::Error> {
    struct Written(&'static str);
    impl<'de> Visitor<'de> for Written {
        type Value = Option<Place>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(
                f,
                "the name of an array, {{\"array\": name, ..}} for a part of it, or \"{}\"",
                self.0
            )
        }
        fn visit_str<E: Error>(self, name: &str) -> Result<Option<Place>, E> {
            Ok((name != self.0).then(|| Place::whole(name)))
        }
        fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Option<Place>, A::Error> {
            Part::deserialize(MapAccessDeserializer::new(map)).map(|part| Some(part.into()))
        }
    }
    deserializer.deserialize_any(Written(word))
}

pub(super) fn or_none<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Place>, D::Error> {
    or_word(deserializer, "none")
}

pub(super) fn or_ones<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Place>, D::Error> {
    or_word(deserializer, "ones")
}

pub(super) fn or_zeros<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Place>, D::Error> {
    or_word(deserializer, "zeros")
}

impl<'de> Deserialize<'de> for Positions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl<'de> Visitor<'de> for Written {
            type Value = Positions;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array, {\"rotary\": {\"base\", \"size\", \"pairs\"}}, or \"none\"")
            }
            fn visit_str<E: Error>(self, name: &str) -> Result<Positions, E> {
                Ok(if name == "none" {
                    Positions::None
                } else {
                    Positions::Table(Place::whole(name))
                })
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Positions, A::Error> {
                match map.next_key::<String>()?.as_deref() {
                    Some("rotary") => {
                        let rotary: RotaryMap = map.next_value()?;
                        match map.next_key::<String>()? {
                            None => Ok(Positions::Rotary(rotary)),
                            Some(key) => Err(A::Error::custom(format!(
                                "expected nothing beside `rotary`, found `{key}`"
                            ))),
                        }
                    }
                    Some(key @ ("sinusoidal" | "alibi" | "relative")) => {
                        map.next_value::<IgnoredAny>()?;
                        let why = match key {
                            "sinusoidal" => {
                                "sines are irrational, and a program adds a table of floats: write that table into the file as \
                                 an array, and name it here"
                            }
                            _ => "scores that depend on distances cannot be said",
                        };
                        Err(A::Error::custom(format!(
                            "expected an array, `rotary` or \"none\", found `{key}`: {why}"
                        )))
                    }
                    key => {
                        let map = FromKey { key: key.map(str::to_owned), rest: map };
                        Part::deserialize(MapAccessDeserializer::new(map))
                            .map(|part| Positions::Table(part.into()))
                    }
                }
            }
        }
        deserializer.deserialize_any(Written)
    }
}

impl<'de> Deserialize<'de> for Index {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl Visitor<'_> for Written {
            type Value = Index;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number, \"{layer}\", or null for an axis that stays")
            }
            fn visit_unit<E: Error>(self) -> Result<Index, E> {
                Ok(Index::All)
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Index, E> {
                match text {
                    "{layer}" => Ok(Index::Layer),
                    _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
                }
            }
            fn visit_i64<E: Error>(self, index: i64) -> Result<Index, E> {
                Ok(Index::At(index))
            }
            fn visit_u64<E: Error>(self, index: u64) -> Result<Index, E> {
                let small = i64::try_from(index);
                small
                    .map(Index::At)
                    .map_err(|_| E::invalid_value(Unexpected::Unsigned(index), &self))
            }
        }
        deserializer.deserialize_any(Written)
    }
}

impl<'de> Deserialize<'de> for Pick {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Written;
        impl<'de> Visitor<'de> for Written {
            type Value = Pick;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a list of whole numbers, or a slice such as \"0:8\", \":-1\" or \"::2\"",
                )
            }
            fn visit_str<E: Error>(self, text: &str) -> Result<Pick, E> {
                slice(text).ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Pick, A::Error> {
                let mut list = Vec::new();
                while let Some(entry) = seq.next_element()? {
                    list.push(entry);
                }
                Ok(Pick::List(list))
            }
        }
        deserializer.deserialize_any(Written)
    }
}

fn slice(text: &str) -> Option<Pick> {
    let bound = |part: &str| match part.trim() {
        "" => Some(None),
        number => number.parse().ok().map(Some),
    };
    let (from, rest) = text.split_once(':')?;
    let (to, step) = rest.split_once(':').unwrap_or((rest, ""));
    let step = match bound(step)? {
        None => 1,
        Some(step) => usize::try_from(step).ok().filter(|&step| step > 0)?,
    };
    Some(Pick::Slice { from: bound(from)?, to: bound(to)?, step })
}
