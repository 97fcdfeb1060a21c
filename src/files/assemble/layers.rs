//! The blocks of a model out of the layers of a mapping.

use super::reader::{Reader, zeros};
use crate::algebra::MatrixOps;
use crate::files::ImportError;
use crate::files::mapping::{
    AttentionMap, Layer, Layers, MAX_LAYERS, Map, Mixing, MlpMap, NormPlaces, Scale,
};
use crate::kernel::definition::{
    ActivatedMlp, Affine, Block, HeadWeights, Norm, Part, Rotary, Scores, SoftmaxAttention,
    SoftmaxHead,
};
use crate::kernel::number::{Matrix, Rational, RationalText, integer};
use num_traits::Zero;

/// All blocks, and the width of the stream after them; before them it is `d`.
pub(super) fn blocks(
    reader: &mut Reader<'_>,
    layers: &Layers,
    rotary: Option<&Rotary>,
    d: usize,
) -> Result<(Vec<Block>, usize), ImportError> {
    let count = match layers {
        Layers::List(list) => list.len(),
        Layers::Repeated(repeated) => repeated.count,
    };
    if count > MAX_LAYERS {
        return Err(ImportError::mapping("layers", format!("at most {MAX_LAYERS} layers"), count));
    }
    let mut stack = Stack { blocks: Vec::new(), width: d, rotary };
    for number in 0..count {
        reader.layer = Some(number);
        match layers {
            Layers::List(list) => {
                stack.layer(reader, &format!("layers[{number}]"), &list[number])?
            }
            Layers::Repeated(repeated) => stack.layer(reader, "layers.each", &repeated.each)?,
        }
    }
    reader.layer = None;
    if rotary.is_some() && !stack.turns() {
        return Err(ImportError::mapping(
            "positions.rotary",
            "a layer whose mixing has scores",
            "none",
        ));
    }
    Ok((stack.blocks, stack.width))
}

struct Stack<'a> {
    blocks: Vec<Block>,
    /// of the stream
    width: usize,
    rotary: Option<&'a Rotary>,
}

impl Stack<'_> {
    fn turns(&self) -> bool {
        self.blocks.iter().any(|block| match &block.part {
            Part::Attention(attention) => {
                attention.heads.iter().any(|head| head.weights.scores().is_some())
            }
            Part::Mlp(_) => false,
        })
    }

    fn layer(
        &mut self,
        reader: &mut Reader<'_>,
        at: &str,
        layer: &Layer,
    ) -> Result<(), ImportError> {
        match layer {
            Layer::Norm(norm) => {
                let after = Some(reader.norm(&format!("{at}.norm"), norm, self.width)?);
                reader.spend(at, self.width)?;
                // attention without heads adds nothing
                let part =
                    SoftmaxAttention { heads: Vec::new(), bias: zeros(self.width), causal: false };
                self.blocks.push(Block {
                    before: None,
                    part: Part::Attention(part),
                    residual: true,
                    after,
                });
            }
            Layer::Parts(parts) => {
                if let Some(map) = &parts.attention {
                    let at = format!("{at}.attention");
                    self.push(reader, &at, (map.residual, map.norm.as_ref()), |stack, reader| {
                        let part = stack.attention(reader, &at, map)?;
                        Ok((part.bias.len(), Part::Attention(part)))
                    })?;
                }
                if let Some(map) = &parts.mlp {
                    let at = format!("{at}.mlp");
                    self.push(reader, &at, (map.residual, map.norm.as_ref()), |stack, reader| {
                        let part = stack.mlp(reader, &at, map)?;
                        Ok((part.output.weight.rows(), Part::Mlp(part)))
                    })?;
                }
            }
        }
        Ok(())
    }

    /// Adds a block whose `part` says how many entries it writes.
    fn push<'a>(
        &mut self,
        reader: &mut Reader<'a>,
        at: &str,
        (residual, norms): (bool, Option<&NormPlaces>),
        part: impl FnOnce(&Self, &mut Reader<'a>) -> Result<(usize, Part), ImportError>,
    ) -> Result<(), ImportError> {
        let before = norm(reader, at, norms, true, self.width)?;
        let (written, part) = part(self, reader)?;
        let after = norm(reader, at, norms, false, written)?;
        self.width = written;
        self.blocks.push(Block { before, part, residual, after });
        Ok(())
    }

    /// How many entries a part has to write.
    fn written(&self, residual: bool) -> Option<usize> {
        residual.then_some(self.width)
    }

    fn mlp(
        &self,
        reader: &mut Reader<'_>,
        at: &str,
        map: &MlpMap,
    ) -> Result<ActivatedMlp, ImportError> {
        let mut width = self.width;
        let mut hidden = Vec::with_capacity(map.hidden.len());
        for (number, layer) in map.hidden.iter().enumerate() {
            let layer = reader.map(&format!("{at}.hidden[{number}]"), layer, None, Some(width))?;
            width = layer.weight.rows();
            hidden.push(layer);
        }
        let output = reader.map(
            &format!("{at}.output"),
            &map.output,
            self.written(map.residual),
            Some(width),
        )?;
        Ok(ActivatedMlp { activation: map.activation, hidden, output })
    }

    fn attention(
        &self,
        reader: &mut Reader<'_>,
        at: &str,
        map: &AttentionMap,
    ) -> Result<SoftmaxAttention, ImportError> {
        let groups = Groups::new(at, map)?;
        let weights = self.weights(reader, at, map, groups)?;
        let value = match &map.value {
            Some(value) => reader.map(&format!("{at}.value"), value, None, Some(self.width))?,
            None if map.heads == 1 => identity(reader, at, self.width)?,
            None => {
                return Err(ImportError::mapping(
                    &format!("{at}.value"),
                    "a map, or one head",
                    "\"identity\"",
                ));
            }
        };
        let d_v = groups.part(value.weight.rows()).ok_or_else(|| {
            let place = map.value.as_ref().map(|map| &map.weight);
            let expected = format!("values of {} heads of equal size", groups.keys);
            match place {
                Some(place) => reader.wrong(
                    &format!("{at}.value.weight"),
                    place,
                    (expected, value.weight.rows().to_string()),
                ),
                None => ImportError::mapping(&format!("{at}.heads"), expected, map.heads),
            }
        })?;
        let joined = map.heads.saturating_mul(d_v);
        // heads of a group have their own copies
        let copied = map.heads - groups.keys;
        reader.spend(at, copied.saturating_mul(d_v).saturating_mul(self.width))?;
        let output = match &map.output {
            Some(output) => reader.map(
                &format!("{at}.output"),
                output,
                self.written(map.residual),
                Some(joined),
            )?,
            None if !map.residual || joined == self.width => identity(reader, at, joined)?,
            None => {
                let expected = format!("a map, or values of {} entries in all", self.width);
                return Err(ImportError::mapping(
                    &format!("{at}.output"),
                    expected,
                    format!("\"identity\" of {joined}"),
                ));
            }
        };
        let heads = weights.into_iter().enumerate().map(|(head, weights)| SoftmaxHead {
            weights,
            value: rows_of(&value, groups.of(head) * d_v, d_v),
            output: Matrix::from_fn(output.weight.rows(), d_v, |i, j| {
                entry(&output.weight, i, head * d_v + j)
            }),
        });
        Ok(SoftmaxAttention { heads: heads.collect(), bias: output.bias, causal: map.causal })
    }

    /// One for each head.
    fn weights(
        &self,
        reader: &mut Reader<'_>,
        at: &str,
        map: &AttentionMap,
        groups: Groups,
    ) -> Result<Vec<HeadWeights>, ImportError> {
        let Mixing::Matrix(mixing) = &map.mixing else {
            return self.scores(reader, at, map, groups);
        };
        let given = [
            ("query", map.query.is_some()),
            ("key", map.key.is_some()),
            ("scale", map.scale.is_some()),
            ("key_heads", map.key_heads.is_some()),
        ];
        if let Some((field, _)) = given.iter().find(|(_, given)| *given) {
            let expected = "nothing: a matrix of weights takes the place of scores";
            return Err(ImportError::mapping(&format!("{at}.{field}"), expected, "one"));
        }
        let at = format!("{at}.mixing.matrix");
        let table = reader.table(&at, &mixing.matrix)?;
        let n = table.cols();
        if n == 0 || equal_parts(table.rows(), n) != Some(map.heads) {
            let expected =
                format!("{} matrices, as many rows as columns each, below one another", map.heads);
            return Err(reader.wrong(&at, &mixing.matrix, (expected, table.shape())));
        }
        let each = |head: usize| Matrix::from_fn(n, n, |i, j| entry(&table, head * n + i, j));
        let kind = if mixing.softmax { HeadWeights::SoftmaxMatrix } else { HeadWeights::Matrix };
        Ok((0..map.heads).map(|head| kind(each(head))).collect())
    }

    fn scores(
        &self,
        reader: &mut Reader<'_>,
        at: &str,
        map: &AttentionMap,
        groups: Groups,
    ) -> Result<Vec<HeadWeights>, ImportError> {
        let wanted = |name: &str, given: &Option<Map>| match given {
            Some(given) => Ok(given.clone()),
            None => Err(ImportError::mapping(
                &format!("{at}.{name}"),
                "a map: the mixing has scores",
                "none",
            )),
        };
        let (query_map, key_map) = (wanted("query", &map.query)?, wanted("key", &map.key)?);
        let query = reader.map(&format!("{at}.query"), &query_map, None, Some(self.width))?;
        let k = equal_parts(query.weight.rows(), map.heads).ok_or_else(|| {
            let expected = format!("queries of {} heads of equal size", map.heads);
            reader.wrong(
                &format!("{at}.query.weight"),
                &query_map.weight,
                (expected, query.weight.rows().to_string()),
            )
        })?;
        let key =
            reader.map(&format!("{at}.key"), &key_map, Some(k * groups.keys), Some(self.width))?;
        reader.spend(at, (map.heads - groups.keys).saturating_mul(k).saturating_mul(self.width))?;
        let scale = match (&map.scale, &map.mixing) {
            (Some(Scale::Number(number)), _) => number.0.clone(),
            (Some(Scale::KeySize), _) | (None, Mixing::Softmax) => integer(k as u64),
            (None, _) => {
                let expected = "a number or \"key-size\": scores are divided by its square root";
                return Err(ImportError::mapping(&format!("{at}.scale"), expected, "none"));
            }
        };
        let kind =
            if map.mixing == Mixing::Softmax { HeadWeights::Softmax } else { HeadWeights::Scores };
        let scores = |head: usize| Scores {
            query: rows_of(&query, head * k, k),
            key: rows_of(&key, groups.of(head) * k, k),
            scale: RationalText(scale.clone()),
            rotary: self.rotary.cloned(),
        };
        Ok((0..map.heads).map(|head| kind(scores(head))).collect())
    }
}

/// Heads of queries, and heads of keys and values that groups of them share.
#[derive(Clone, Copy)]
struct Groups {
    heads: usize,
    keys: usize,
}

impl Groups {
    fn new(at: &str, map: &AttentionMap) -> Result<Self, ImportError> {
        if map.heads == 0 {
            return Err(ImportError::mapping(
                &format!("{at}.heads"),
                "at least one (or no attention: \"none\")",
                0,
            ));
        }
        let keys = map.key_heads.unwrap_or(map.heads);
        if equal_parts(map.heads, keys).is_none() {
            let expected = format!("a divisor of {} heads", map.heads);
            return Err(ImportError::mapping(&format!("{at}.key_heads"), expected, keys));
        }
        Ok(Self { heads: map.heads, keys })
    }

    /// The size of a head's part of so many values.
    fn part(self, values: usize) -> Option<usize> {
        equal_parts(values, self.keys)
    }

    /// The head of keys and values that a head takes.
    fn of(self, head: usize) -> usize {
        head / (self.heads / self.keys)
    }
}

/// The size of each of so many parts; `None` unless they are equal and not empty.
fn equal_parts(whole: usize, parts: usize) -> Option<usize> {
    whole.checked_div(parts).filter(|size| *size > 0 && size * parts == whole)
}

fn norm(
    reader: &mut Reader<'_>,
    at: &str,
    norms: Option<&NormPlaces>,
    before: bool,
    width: usize,
) -> Result<Option<Norm>, ImportError> {
    let Some(norms) = norms else { return Ok(None) };
    let (name, norm) = if before { ("before", &norms.before) } else { ("after", &norms.after) };
    norm.as_ref().map(|norm| reader.norm(&format!("{at}.norm.{name}"), norm, width)).transpose()
}

fn identity(reader: &mut Reader<'_>, at: &str, size: usize) -> Result<Affine, ImportError> {
    reader.spend(at, size.saturating_mul(size))?;
    Ok(Affine { weight: Matrix::identity(size), bias: zeros(size) })
}

fn entry(matrix: &Matrix, i: usize, j: usize) -> Rational {
    matrix.get(i, j).cloned().unwrap_or_else(Rational::zero)
}

fn rows_of(map: &Affine, from: usize, count: usize) -> Affine {
    let cols = map.weight.cols();
    Affine {
        weight: Matrix::from_fn(count, cols, |i, j| entry(&map.weight, from + i, j)),
        bias: map.bias.iter().skip(from).take(count).cloned().collect(),
    }
}
