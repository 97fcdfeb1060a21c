//! The model's forward and backward pass on [`LANES`] sequences (`docs/notation.md`; layer norm as in [`Shape`]).
//!
//! ```text
//! z_i = E[x_i] + P[i],  u_i = norm.attention(z_i)                       [d]
//! r   = norm.after_attention(z_n + W_O [o_1; ..; o_h] + b_O)            [d]
//! r'  = norm.readout(r + mlp(norm.mlp(r)))                              [d]
//! y   = w . r' + b
//! ```

use super::attention::{Head, Inputs, Normed, Split};
use super::kernels::{Kernels, LANES, Left, Product};
use super::lanes::{
    NormTrace, add_row_sums, affine, back_through, norm, norm_back, transpose, weight_gradient,
};
use super::parameters::Parameters;
use super::real::Real;
use super::sample::Batch;
use super::shape::{NORM_EPSILON, Shape};
use std::ops::Range;

/// A linear map's place in the parameters.
#[derive(Debug, Clone)]
struct MapPlace {
    weight: Range<usize>,
    bias: Range<usize>,
}

impl MapPlace {
    fn find<R: Real>(parameters: &Parameters<R>, name: &str) -> Option<Self> {
        let weight = parameters.find(&format!("{name}.weight"))?.range.clone();
        let bias = parameters.find(&format!("{name}.bias")).map_or(0..0, |bias| bias.range.clone());
        Some(Self { weight, bias })
    }
}

/// Where everything lies.
#[derive(Debug, Clone)]
struct Places {
    /// tokens and positions
    embeddings: Range<usize>,
    query: MapPlace,
    key: MapPlace,
    value: MapPlace,
    output: MapPlace,
    norm_attention: Option<MapPlace>,
    norm_after: Option<MapPlace>,
    norm_mlp: Option<MapPlace>,
    norm_readout: Option<MapPlace>,
    hidden: Vec<MapPlace>,
    mlp_output: Option<MapPlace>,
    readout: MapPlace,
}

impl Places {
    fn of(shape: &Shape) -> Self {
        let parameters = Parameters::<f32>::zeros(shape);
        let find = |name: &str| MapPlace::find(&parameters, name);
        let always = |name: &str| MapPlace {
            weight: parameters.range(&format!("{name}.weight")),
            bias: parameters.find(&format!("{name}.bias")).map_or(0..0, |t| t.range.clone()),
        };
        let last = if shape.positions { "positions" } else { "embedding" };
        Self {
            embeddings: 0..parameters.range(last).end,
            query: always("query"),
            key: always("key"),
            value: always("value"),
            output: always("output"),
            norm_attention: find("norm.attention"),
            norm_after: find("norm.after_attention"),
            norm_mlp: find("norm.mlp"),
            norm_readout: find("norm.readout"),
            hidden: (0..shape.hidden.len()).map(|l| always(&format!("mlp.hidden.{l}"))).collect(),
            mlp_output: find("mlp.output"),
            readout: always("readout"),
        }
    }
}

/// The numbers between input and output, `[feature][LANES]` each.
#[derive(Debug, Clone, Default)]
struct Trace<R> {
    counts: Vec<R>,
    /// `z_n`, then what the query sees of it
    last: Vec<R>,
    seen: Vec<R>,
    /// queries divided by `sqrt(k)`
    query: Vec<R>,
    /// `[o_1; ..; o_h]`
    values: Vec<R>,
    /// `r`
    stream: Vec<R>,
    mlp_input: Vec<R>,
    /// of each hidden layer, after ReLU
    hidden: Vec<Vec<R>>,
    /// what the readout sees
    read: Vec<R>,
    norm_query: NormTrace<R>,
    norm_after: NormTrace<R>,
    norm_mlp: NormTrace<R>,
    norm_readout: NormTrace<R>,
}

/// How the heads read the states.
#[derive(Debug, Clone)]
enum Attention<R> {
    Split(Split<R>),
    Normed(Normed<R>),
}

/// Buffers for passes of models of one shape.
#[derive(Clone)]
pub struct Pass<R: Real> {
    shape: Shape,
    kernels: &'static Kernels<R>,
    places: Places,
    trace: Trace<R>,
    heads: Vec<Head<R>>,
    attention: Attention<R>,
    // gradients and transposes on the way back
    by_stream: Vec<R>,
    by_values: Vec<R>,
    by_mean: Vec<R>,
    by_direction: Vec<R>,
    by_query: Vec<R>,
    by_seen: Vec<R>,
    by_layer: Vec<R>,
    by_previous: Vec<R>,
    transposed: Vec<R>,
}

impl<R: Real> Pass<R> {
    /// `shape` has been checked.
    #[must_use]
    pub fn new(shape: &Shape) -> Self {
        Self::with_kernels(shape, R::kernels())
    }

    /// With kernels of one's choice, to compare them.
    #[must_use]
    pub fn with_kernels(shape: &Shape, kernels: &'static Kernels<R>) -> Self {
        let zeros = |rows: usize| vec![R::zero(); rows * LANES];
        let (m, n, d) = (shape.m, shape.n, shape.d);
        let (rows, items) = if shape.positions { (m + n, n) } else { (m, m) };
        let places = Places::of(shape);
        let attention = if places.norm_attention.is_some() {
            Attention::Normed(Normed::new(m, items, rows, d))
        } else {
            Attention::Split(Split::new(m, rows))
        };
        Self {
            kernels,
            trace: Trace {
                counts: zeros(m),
                last: zeros(d),
                seen: zeros(d),
                query: zeros(d),
                values: zeros(d),
                stream: zeros(d),
                mlp_input: zeros(d),
                hidden: shape.hidden.iter().map(|&units| zeros(units)).collect(),
                read: zeros(d),
                ..Trace::default()
            },
            heads: vec![Head::new(d, rows); shape.heads],
            attention,
            places,
            by_stream: zeros(d),
            by_values: zeros(d),
            by_mean: zeros(d),
            by_direction: zeros(d),
            by_query: zeros(d),
            by_seen: zeros(d),
            by_layer: Vec::new(),
            by_previous: Vec::new(),
            transposed: Vec::new(),
            shape: shape.clone(),
        }
    }

    /// The outputs of a batch, one a lane.
    pub fn forward(&mut self, parameters: &Parameters<R>, batch: &Batch) -> [R; LANES] {
        let Self { shape, kernels, places, trace, heads, attention, .. } = self;
        let theta = &parameters.values;
        let d = shape.d;
        let embeddings = &theta[places.embeddings.clone()];
        let part = |place: &MapPlace| (&theta[place.weight.clone()], &theta[place.bias.clone()]);
        for (count, &times) in trace.counts.iter_mut().zip(&batch.counts) {
            *count = R::of(f64::from(times));
        }
        for b in 0..LANES {
            let token = usize::from(batch.queries[b]);
            for f in 0..d {
                let position = if shape.positions {
                    embeddings[(shape.m + shape.n - 1) * d + f]
                } else {
                    R::zero()
                };
                trace.last[f * LANES + b] = embeddings[token * d + f] + position;
            }
        }
        trace.seen.copy_from_slice(&trace.last);
        if let Some(place) = &places.norm_attention {
            let (weight, bias) = part(place);
            norm(&mut trace.seen, weight, bias, NORM_EPSILON, &mut trace.norm_query);
        }
        let (weight, bias) = part(&places.query);
        affine(kernels, weight, bias, &trace.seen, &mut trace.query);
        let size = shape.head_size();
        let scale = R::of((size as f64).sqrt().recip());
        trace.query.iter_mut().for_each(|entry| *entry *= scale);

        let inputs = Inputs {
            kernels,
            batch,
            counts: &trace.counts,
            m: shape.m,
            positions: shape.positions,
        };
        if let (Attention::Normed(normed), Some(place)) = (&mut *attention, &places.norm_attention)
        {
            let (weight, bias) = part(place);
            normed.prepare(&inputs, embeddings, weight, bias);
        }
        let key = &theta[places.key.weight.clone()];
        let (value, value_bias) = part(&places.value);
        for (k, head) in heads.iter_mut().enumerate() {
            let (rows, features) = (k * size * d..(k + 1) * size * d, k * size..(k + 1) * size);
            let lanes = k * size * LANES..(k + 1) * size * LANES;
            kernels.multiply(Product {
                c: &mut head.direction,
                a: Left::transposed(&key[rows.clone()], d),
                b: &trace.query[lanes.clone()],
                rows: d,
                inner: size,
                columns: LANES,
                accumulate: false,
            });
            match attention {
                Attention::Split(split) => split.forward(&inputs, embeddings, head),
                Attention::Normed(normed) => normed.forward(&inputs, head),
            }
            let output = &mut trace.values[lanes];
            affine(kernels, &value[rows], &value_bias[features], &head.mean, output);
        }

        let (weight, bias) = part(&places.output);
        affine(kernels, weight, bias, &trace.values, &mut trace.stream);
        for (entry, &last) in trace.stream.iter_mut().zip(&trace.last) {
            *entry += last;
        }
        if let Some(place) = &places.norm_after {
            let (weight, bias) = part(place);
            norm(&mut trace.stream, weight, bias, NORM_EPSILON, &mut trace.norm_after);
        }
        trace.read.copy_from_slice(&trace.stream);
        if let Some(place) = &places.mlp_output {
            trace.mlp_input.copy_from_slice(&trace.stream);
            if let Some(place) = &places.norm_mlp {
                let (weight, bias) = part(place);
                norm(&mut trace.mlp_input, weight, bias, NORM_EPSILON, &mut trace.norm_mlp);
            }
            let mut input = &trace.mlp_input;
            for (place, layer) in places.hidden.iter().zip(&mut trace.hidden) {
                let (weight, bias) = part(place);
                affine(kernels, weight, bias, input, layer);
                for entry in layer.iter_mut() {
                    // NaN stays
                    *entry = if *entry < R::zero() { R::zero() } else { *entry };
                }
                input = layer;
            }
            let (weight, bias) = part(place);
            affine(kernels, weight, bias, input, &mut trace.read);
            for (entry, &stream) in trace.read.iter_mut().zip(&trace.stream) {
                *entry += stream;
            }
        }
        if let Some(place) = &places.norm_readout {
            let (weight, bias) = part(place);
            norm(&mut trace.read, weight, bias, NORM_EPSILON, &mut trace.norm_readout);
        }
        let (weight, bias) = part(&places.readout);
        let mut output = [bias[0]; LANES];
        for (row, &weight) in trace.read.chunks_exact(LANES).zip(weight) {
            for b in 0..LANES {
                output[b] += weight * row[b];
            }
        }
        output
    }

    /// Adds the gradient of `sum_b by_output[b] * output[b]` to `gradient`; after [`Self::forward`] of the same batch.
    pub fn backward(
        &mut self,
        parameters: &Parameters<R>,
        batch: &Batch,
        by_output: &[R; LANES],
        gradient: &mut Parameters<R>,
    ) {
        let theta = &parameters.values;
        let gradient = &mut gradient.values;
        let d = self.shape.d;
        let Self { kernels, places, trace, .. } = self;
        let weight_of = |place: &MapPlace| &theta[place.weight.clone()];

        // readout
        let (weight, place) = (weight_of(&places.readout), &places.readout);
        gradient[place.bias.start] += by_output.iter().fold(R::zero(), |sum, &by| sum + by);
        for (f, row) in trace.read.chunks_exact(LANES).enumerate() {
            let mut sum = R::zero();
            for b in 0..LANES {
                sum += row[b] * by_output[b];
                self.by_stream[f * LANES + b] = weight[f] * by_output[b];
            }
            gradient[place.weight.start + f] += sum;
        }
        if let Some(place) = &places.norm_readout {
            through_norm(theta, gradient, place, &trace.norm_readout, &mut self.by_stream);
        }

        // MLP
        if let Some(place) = &places.mlp_output {
            self.by_layer.clear();
            self.by_layer.extend_from_slice(&self.by_stream);
            let mut after = place;
            for (l, place) in places.hidden.iter().enumerate().rev() {
                transpose(&trace.hidden[l], &mut self.transposed);
                map_gradient(kernels, gradient, after, &self.by_layer, &self.transposed);
                self.by_previous.resize(trace.hidden[l].len(), R::zero());
                let weight = weight_of(after);
                back_through(kernels, weight, &self.by_layer, &mut self.by_previous, false);
                for (by, &unit) in self.by_previous.iter_mut().zip(&trace.hidden[l]) {
                    *by = if unit > R::zero() { *by } else { R::zero() };
                }
                std::mem::swap(&mut self.by_layer, &mut self.by_previous);
                after = place;
            }
            transpose(&trace.mlp_input, &mut self.transposed);
            map_gradient(kernels, gradient, after, &self.by_layer, &self.transposed);
            self.by_previous.resize(d * LANES, R::zero());
            back_through(kernels, weight_of(after), &self.by_layer, &mut self.by_previous, false);
            if let Some(place) = &places.norm_mlp {
                through_norm(theta, gradient, place, &trace.norm_mlp, &mut self.by_previous);
            }
            add(&mut self.by_stream, &self.by_previous);
        }
        if let Some(place) = &places.norm_after {
            through_norm(theta, gradient, place, &trace.norm_after, &mut self.by_stream);
        }

        // heads; `by_stream` is from here on the gradient by `z_n` through the residual
        transpose(&trace.values, &mut self.transposed);
        map_gradient(kernels, gradient, &places.output, &self.by_stream, &self.transposed);
        let weight = weight_of(&places.output);
        back_through(kernels, weight, &self.by_stream, &mut self.by_values, false);
        let inputs = Inputs {
            kernels,
            batch,
            counts: &trace.counts,
            m: self.shape.m,
            positions: self.shape.positions,
        };
        let size = self.shape.head_size();
        let (embeddings, by_embeddings) =
            (&theta[places.embeddings.clone()], places.embeddings.clone());
        for (k, head) in self.heads.iter().enumerate() {
            let lanes = k * size * LANES..(k + 1) * size * LANES;
            let slice = |place: &MapPlace| MapPlace {
                weight: place.weight.start + k * size * d..place.weight.start + (k + 1) * size * d,
                bias: if place.bias.is_empty() {
                    0..0
                } else {
                    place.bias.start + k * size..place.bias.start + (k + 1) * size
                },
            };
            let (value, key) = (slice(&places.value), slice(&places.key));
            transpose(&head.mean, &mut self.transposed);
            let by_value = &self.by_values[lanes.clone()];
            map_gradient(kernels, gradient, &value, by_value, &self.transposed);
            back_through(kernels, weight_of(&value), by_value, &mut self.by_mean, false);
            match &mut self.attention {
                Attention::Split(split) => split.backward(
                    &inputs,
                    embeddings,
                    head,
                    &self.by_mean,
                    &mut self.by_direction,
                    &mut gradient[by_embeddings.clone()],
                ),
                Attention::Normed(normed) => {
                    normed.backward(&inputs, head, &self.by_mean, &mut self.by_direction);
                }
            }
            // u = W_K^T q
            transpose(&self.by_direction, &mut self.transposed);
            let query = &trace.query[lanes.clone()];
            weight_gradient(kernels, query, &self.transposed, &mut gradient[key.weight.clone()]);
            let by_query = &mut self.by_query[lanes];
            kernels.multiply(Product {
                c: by_query,
                a: Left::plain(weight_of(&key), d),
                b: &self.by_direction,
                rows: size,
                inner: d,
                columns: LANES,
                accumulate: false,
            });
        }
        let scale = R::of((size as f64).sqrt().recip());
        self.by_query.iter_mut().for_each(|entry| *entry *= scale);
        transpose(&trace.seen, &mut self.transposed);
        map_gradient(kernels, gradient, &places.query, &self.by_query, &self.transposed);
        let weight = weight_of(&places.query);
        back_through(kernels, weight, &self.by_query, &mut self.by_seen, false);
        if let (Attention::Normed(normed), Some(place)) =
            (&mut self.attention, &places.norm_attention)
        {
            through_norm(theta, gradient, place, &trace.norm_query, &mut self.by_seen);
            let (mut by_weight, mut by_bias) = (vec![R::zero(); d], vec![R::zero(); d]);
            let by_norm = (by_weight.as_mut_slice(), by_bias.as_mut_slice());
            let by_embeddings = &mut gradient[by_embeddings.clone()];
            normed.finish(&inputs, weight_of(place), by_norm, by_embeddings);
            add(&mut gradient[place.weight.clone()], &by_weight);
            add(&mut gradient[place.bias.clone()], &by_bias);
        }
        add(&mut self.by_stream, &self.by_seen);
        let by_embeddings = &mut gradient[by_embeddings];
        for b in 0..LANES {
            let token = usize::from(batch.queries[b]);
            for f in 0..d {
                let by = self.by_stream[f * LANES + b];
                by_embeddings[token * d + f] += by;
                if self.shape.positions {
                    by_embeddings[(self.shape.m + self.shape.n - 1) * d + f] += by;
                }
            }
        }
    }

    /// The largest attention weight of a position in each lane, over all heads; of a token without positions.
    #[must_use]
    pub fn largest_weights(&self) -> [R; LANES] {
        let mut largest = [R::zero(); LANES];
        let from = if self.shape.positions { self.shape.m * LANES } else { 0 };
        for head in &self.heads {
            for row in head.weights[from..].chunks_exact(LANES) {
                for b in 0..LANES {
                    largest[b] = largest[b].max(row[b]);
                }
            }
        }
        largest
    }

    /// For each unit of each hidden layer, whether it is above zero in one of the first `lanes` lanes.
    pub fn active_units(&self, lanes: usize) -> impl Iterator<Item = bool> + '_ {
        let rows = self.trace.hidden.iter().flat_map(|layer| layer.chunks_exact(LANES));
        rows.map(move |row| row.iter().take(lanes).any(|&unit| unit > R::zero()))
    }
}

/// `dW += dy x^T`, `db += sum dy`.
fn map_gradient<R: Real>(
    kernels: &Kernels<R>,
    gradient: &mut [R],
    place: &MapPlace,
    dy: &[R],
    x_transposed: &[R],
) {
    weight_gradient(kernels, dy, x_transposed, &mut gradient[place.weight.clone()]);
    add_row_sums(dy, &mut gradient[place.bias.clone()]);
}

fn through_norm<R: Real>(
    theta: &[R],
    gradient: &mut [R],
    place: &MapPlace,
    trace: &NormTrace<R>,
    by: &mut [R],
) {
    // a norm's weight and bias are neighbours
    let (before, after) = gradient.split_at_mut(place.bias.start);
    let d = place.weight.len();
    let by_weight = &mut before[place.weight.start..];
    norm_back(by, &theta[place.weight.clone()], trace, by_weight, &mut after[..d]);
}

fn add<R: Real>(into: &mut [R], from: &[R]) {
    for (into, &from) in into.iter_mut().zip(from) {
        *into += from;
    }
}
