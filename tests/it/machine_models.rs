//! T14: softmax transformers in the numbers of a machine. Random models are replayed in the singles of this machine: in the named orders bit for bit,
//! in random orders within what is said of any. `MACHINE_MODELS=10000 cargo test --release --test it machine_models` makes a long run.

use crate::support::floats::erf;
use crate::support::program::{records, run_anywhere};
use counterproof::kernel::Clock;
use counterproof::kernel::definition::{
    ActivatedMlp, Activation, Affine, Block, HeadWeights, Machine, Norm, NormKind, Part, ReadAt,
    Reading, Rotary, Scores, SoftmaxAttention, SoftmaxHead, SoftmaxTransformer, SoftmaxWeights,
};
use counterproof::kernel::number::{
    Arithmetic, Every, Format, Matrix, Named, Order, Rational, RationalText, integer, ratio,
};
use num_traits::{Signed, ToPrimitive, Zero};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

const SINGLE: Format = Format { precision: 24, emin: -126, emax: 127 };
/// How far functions may be off in random orders, in units in the last place.
const ULPS: u64 = 4;

fn exact(x: f32) -> Rational {
    Rational::from_float(x).unwrap()
}

fn single(x: &Rational) -> f32 {
    x.to_f64().unwrap() as f32
}

/// A random number, often with few bits, so that sums meet ties.
fn number(rng: &mut ChaCha8Rng) -> f32 {
    match rng.random_range(0..4) {
        0 => 0.0,
        1 => rng.random_range(-8..=8) as f32 / 4.0,
        _ => rng.random_range(-2.0f32..2.0),
    }
}

fn numbers(count: usize, rng: &mut ChaCha8Rng) -> Vec<Rational> {
    (0..count).map(|_| exact(number(rng))).collect()
}

fn texts(count: usize, rng: &mut ChaCha8Rng) -> Vec<RationalText> {
    numbers(count, rng).into_iter().map(RationalText).collect()
}

fn matrix(rows: usize, cols: usize, rng: &mut ChaCha8Rng) -> Matrix {
    Matrix::from_rows(cols, (0..rows).map(|_| numbers(cols, rng)).collect()).unwrap()
}

fn affine(rows: usize, cols: usize, rng: &mut ChaCha8Rng) -> Affine {
    Affine { weight: matrix(rows, cols, rng), bias: texts(rows, rng) }
}

fn norm(d: usize, rng: &mut ChaCha8Rng) -> Option<Norm> {
    let kind = if rng.random_bool(0.5) { NormKind::Layer } else { NormKind::Rms };
    let eps = ratio(1, *[100_000, 100, 3].get(rng.random_range(0..3)).unwrap()).into();
    rng.random_bool(0.4).then(|| Norm { kind, weight: texts(d, rng), bias: texts(d, rng), eps })
}

fn head(d: usize, places: usize, rng: &mut ChaCha8Rng) -> SoftmaxHead {
    let (k, d_v) = (rng.random_range(1..5), rng.random_range(1..3));
    let scores = |rng: &mut ChaCha8Rng| {
        let scale = integer(rng.random_range(1..5u64)).into();
        let rotary = (k > 1 && rng.random_bool(0.4)).then(|| Rotary {
            base: integer([10_000u64, 2].into_iter().nth(rng.random_range(0..2)).unwrap()).into(),
            size: 2 * rng.random_range(1..=k / 2),
            neighbours: rng.random_bool(0.5),
        });
        Scores { query: affine(k, d, rng), key: affine(k, d, rng), scale, rotary }
    };
    let weights = match rng.random_range(0..6) {
        0 => HeadWeights::Scores(scores(rng)),
        1 => HeadWeights::Matrix(matrix(places, places, rng)),
        2 => HeadWeights::SoftmaxMatrix(matrix(places, places, rng)),
        _ => HeadWeights::Softmax(scores(rng)),
    };
    SoftmaxHead { weights, value: affine(d_v, d, rng), output: matrix(d, d_v, rng) }
}

/// Any model of one to three blocks, for inputs of `n` tokens.
fn model(n: usize, rng: &mut ChaCha8Rng) -> SoftmaxTransformer {
    let (m, d) = (rng.random_range(1..4), rng.random_range(1..5));
    let bos = rng.random_bool(0.3).then(|| texts(d, rng));
    let places = n + usize::from(bos.is_some());
    let activations = [
        Activation::Identity,
        Activation::Relu,
        Activation::Gelu,
        Activation::GeluTanh,
        Activation::Silu,
    ];
    let block = |rng: &mut ChaCha8Rng| {
        let part = if rng.random_bool(0.5) {
            let heads = (0..rng.random_range(1..3)).map(|_| head(d, places, rng)).collect();
            let (bias, causal) = (texts(d, rng), rng.random_bool(0.3));
            Part::Attention(SoftmaxAttention { heads, bias, causal })
        } else {
            let width = rng.random_range(1..4);
            let activation = activations[rng.random_range(0..5)];
            let (hidden, output) = (vec![affine(width, d, rng)], affine(d, width, rng));
            Part::Mlp(ActivatedMlp { activation, hidden, output })
        };
        Block { before: norm(d, rng), part, residual: rng.random_bool(0.7), after: norm(d, rng) }
    };
    let blocks = (0..rng.random_range(1..4)).map(|_| block(rng)).collect();
    let reading = if rng.random_bool(0.5) {
        Reading::Number { weight: texts(d, rng), bias: exact(number(rng)).into() }
    } else {
        Reading::ArgMax { map: affine(3, d, rng), answers: vec![0, 1, 2] }
    };
    let positions = rng.random_bool(0.3).then(|| matrix(places, d, rng));
    let embedding = matrix(m, d, rng);
    let (norm, read_at) = (norm(d, rng), ReadAt::Every);
    let weights = SoftmaxWeights { embedding, bos, positions, blocks, norm, reading, read_at };
    SoftmaxTransformer::new(weights).unwrap()
}

/// The singles of this machine, in an order.
struct Singles {
    order: Order,
    /// for any order
    rng: ChaCha8Rng,
}

type Vector = Vec<f32>;

fn vector(list: &[RationalText]) -> Vector {
    list.iter().map(|x| single(&x.0)).collect()
}

fn rows(matrix: &Matrix) -> Vec<Vector> {
    matrix.list().iter().map(|row| row.iter().map(single).collect()).collect()
}

/// The single nearest to a rational, ties to even.
fn nearest(x: &Rational) -> f32 {
    let near = single(x);
    let steps = [near.next_down(), near, near.next_up()];
    let best = steps.iter().min_by(|a, b| {
        let away = |y: &f32| (exact(*y) - x).abs();
        away(a).cmp(&away(b)).then((a.to_bits() & 1).cmp(&(b.to_bits() & 1)))
    });
    *best.unwrap()
}

impl Singles {
    fn any(&self) -> bool {
        self.order == Order::Any
    }

    /// A function's value from a double; in any order a few numbers away.
    fn function(&mut self, y: f64) -> f32 {
        let mut y = y as f32;
        if self.any() {
            for _ in 0..self.rng.random_range(0..ULPS) {
                y = if self.rng.random_bool(0.5) { y.next_up() } else { y.next_down() };
            }
        }
        y
    }

    fn sum(&mut self, mut terms: Vector) -> f32 {
        match self.order {
            _ if terms.is_empty() => 0.0,
            Order::Pair if terms.len() > 1 => {
                let other = terms.split_off(terms.len() - terms.len() / 2);
                self.sum(terms) + self.sum(other)
            }
            Order::Any => {
                while terms.len() > 1 {
                    let a = terms.swap_remove(self.rng.random_range(0..terms.len()));
                    let b = terms.swap_remove(self.rng.random_range(0..terms.len()));
                    terms.push(a + b);
                }
                terms[0]
            }
            Order::Once => nearest(&terms.into_iter().map(exact).sum()),
            Order::Blocks => {
                let blocks = terms.chunks(16).map(|block| block.iter().fold(0.0, |sum, x| sum + x));
                blocks.fold(0.0, |sum: f32, block: f32| sum + block)
            }
            _ => terms.into_iter().reduce(|sum, x| sum + x).unwrap(),
        }
    }

    fn dot(&mut self, x: &[f32], y: &[f32], bias: Option<f32>) -> f32 {
        let products: Vec<(f32, f32)> = x.iter().copied().zip(y.iter().copied()).collect();
        match self.order {
            Order::Once => {
                let sum: Rational = products.iter().map(|(x, y)| exact(*x) * exact(*y)).sum();
                nearest(&(sum + bias.map_or_else(Rational::zero, exact)))
            }
            // wide sums are those of singles here
            Order::Fused | Order::Wide => {
                let sum = products.iter().fold(0.0f32, |sum, (x, y)| x.mul_add(*y, sum));
                bias.map_or(sum, |bias| sum + bias)
            }
            Order::Any if self.rng.random_bool(0.3) => {
                // fused
                let start = bias.unwrap_or(0.0);
                products.iter().fold(start, |sum, (x, y)| x.mul_add(*y, sum))
            }
            Order::Any if self.rng.random_bool(0.3) => {
                // in doubles, rounded at the end
                let start = f64::from(bias.unwrap_or(0.0));
                let product = |sum: f64, (x, y): &(f32, f32)| sum + f64::from(*x) * f64::from(*y);
                products.iter().fold(start, product) as f32
            }
            Order::Any => {
                let terms = products.iter().map(|(x, y)| x * y).chain(bias).collect();
                self.sum(terms)
            }
            _ => {
                let sum = self.sum(products.iter().map(|(x, y)| x * y).collect());
                bias.map_or(sum, |bias| sum + bias)
            }
        }
    }

    fn affine(&mut self, map: &Affine, x: &[f32]) -> Vector {
        let all = rows(&map.weight).into_iter().zip(vector(&map.bias));
        all.map(|(row, bias)| self.dot(&row, x, Some(bias))).collect()
    }

    fn over(&mut self, a: f32, b: f32) -> f32 {
        if a == 0.0 { 0.0 } else { self.function(f64::from(a / b)) }
    }

    fn norm(&mut self, norm: Option<&Norm>, x: &[f32]) -> Vector {
        let Some(Norm { kind, weight, bias, eps }) = norm else { return x.to_vec() };
        let (ones, size) = (vec![1.0; x.len()], x.len() as f32);
        let mut centred = x.to_vec();
        if *kind == NormKind::Layer {
            let sum = self.dot(x, &ones, None);
            let mean = self.over(sum, size);
            centred.iter_mut().for_each(|x| *x -= mean);
        }
        let squares = self.dot(&centred.clone(), &centred, None);
        let square = self.over(squares, size) + single(&eps.0);
        let root = self.function(f64::from(square).sqrt());
        let entries = centred.into_iter().zip(vector(weight)).zip(vector(bias));
        entries.map(|((x, weight), bias)| self.over(x, root) * weight + bias).collect()
    }

    fn activated(&mut self, activation: Activation, x: f32) -> f32 {
        let double = f64::from;
        match activation {
            Activation::Identity => x,
            Activation::Relu => x.max(0.0),
            Activation::Gelu => {
                let inner = x * 0.5f64.sqrt() as f32;
                let erf = if inner == 0.0 { 0.0 } else { self.function(erf(double(inner))) };
                (x * 0.5) * (1.0 + erf)
            }
            Activation::GeluTanh => {
                let cube = x * x * x;
                let factor = (2.0 / std::f64::consts::PI).sqrt() as f32;
                let inner = factor * (x + 0.044_715 * cube);
                let tanh = if inner == 0.0 { 0.0 } else { self.function(double(inner).tanh()) };
                (x * 0.5) * (1.0 + tanh)
            }
            Activation::Silu => {
                let decay = if x == 0.0 { 1.0 } else { self.function((-double(x)).exp()) };
                self.over(x, 1.0 + decay)
            }
        }
    }

    /// A query or a key at a position; in any order the table is a few units off.
    fn turned(&mut self, rotary: Option<&Rotary>, position: usize, mut x: Vector) -> Vector {
        let Some(Rotary { base, size, neighbours }) = rotary.filter(|_| position > 0) else {
            return x;
        };
        for t in 0..size / 2 {
            let (i, j) = if *neighbours { (2 * t, 2 * t + 1) } else { (t, t + size / 2) };
            let exponent = -((2 * t) as f64) / *size as f64;
            let angle = position as f64 * base.0.to_f64().unwrap().powf(exponent);
            let [cos, sin] = [angle.cos(), angle.sin()].map(|y| {
                let off = (ULPS as f64 - 0.5) * f64::from(f32::EPSILON);
                let off = if self.any() { self.rng.random_range(-off..off) } else { 0.0 };
                (y + off) as f32
            });
            let pair = [x[i], x[j]];
            (x[i], x[j]) =
                (self.dot(&pair, &[cos, -sin], None), self.dot(&pair, &[sin, cos], None));
        }
        x
    }

    fn head(&mut self, head: &SoftmaxHead, u: &[Vector], reader: usize, seen: usize) -> Vector {
        let mut weights = match &head.weights {
            HeadWeights::Matrix(all) | HeadWeights::SoftmaxMatrix(all) => {
                rows(all)[reader][..seen].to_vec()
            }
            HeadWeights::Scores(scores) | HeadWeights::Softmax(scores) => {
                let query = self.affine(&scores.query, &u[reader]);
                let query = self.turned(scores.rotary.as_ref(), reader, query);
                let root = scores.scale.0.to_f64().unwrap().sqrt() as f32;
                let mut all = Vec::new();
                for (position, x) in u[..seen].iter().enumerate() {
                    let key = self.affine(&scores.key, x);
                    let key = self.turned(scores.rotary.as_ref(), position, key);
                    let score = self.dot(&query, &key, None);
                    all.push(if root == 1.0 { score } else { self.over(score, root) });
                }
                all
            }
        };
        let values: Vec<Vector> = u[..seen].iter().map(|x| self.affine(&head.value, x)).collect();
        let column = |entry: usize| values.iter().map(|value| value[entry]).collect::<Vector>();
        let width = values[0].len();
        if !head.weights.is_softmax() {
            return (0..width).map(|entry| self.dot(&weights, &column(entry), None)).collect();
        }
        let largest = weights.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        for weight in &mut weights {
            let score = *weight - largest;
            *weight =
                if score == 0.0 { 1.0 } else { self.function(f64::from(score).exp()).max(0.0) };
        }
        let total = self.sum(weights.clone());
        let last = self.order == Order::Flash || self.any() && self.rng.random_bool(0.5);
        if last {
            let sums: Vector =
                (0..width).map(|entry| self.dot(&weights, &column(entry), None)).collect();
            return sums.into_iter().map(|sum| self.over(sum, total)).collect();
        }
        let shares: Vector = weights.into_iter().map(|weight| self.over(weight, total)).collect();
        (0..width).map(|entry| self.dot(&shares, &column(entry), None)).collect()
    }

    fn outputs(&mut self, model: &SoftmaxTransformer, sequence: &[usize]) -> Vec<Vector> {
        let embedding = rows(&model.embedding);
        let bos = model.bos.as_ref().map(|bos| vector(bos));
        let before = usize::from(bos.is_some());
        let tokens = sequence.iter().map(|&token| embedding[token].clone());
        let mut x: Vec<Vector> = bos.into_iter().chain(tokens).collect();
        let plus = |x: &[f32], y: &[f32]| x.iter().zip(y).map(|(x, y)| x + y).collect::<Vector>();
        if let Some(positions) = &model.positions {
            x = x.iter().zip(rows(positions)).map(|(x, shift)| plus(x, &shift)).collect();
        }
        for block in &model.blocks {
            let u: Vec<Vector> = x.iter().map(|x| self.norm(block.before.as_ref(), x)).collect();
            for (reader, state) in x.iter_mut().enumerate() {
                let mut written = match &block.part {
                    Part::Mlp(mlp) => {
                        let mut hidden = u[reader].clone();
                        for layer in &mlp.hidden {
                            hidden = self.affine(layer, &hidden);
                            let active = hidden.into_iter();
                            hidden = active.map(|x| self.activated(mlp.activation, x)).collect();
                        }
                        self.affine(&mlp.output, &hidden)
                    }
                    Part::Attention(SoftmaxAttention { heads, bias, causal }) => {
                        let seen = if *causal { reader + 1 } else { u.len() };
                        let mut mixed = Vec::new();
                        let mut all = vec![Vec::new(); bias.len()];
                        for head in heads {
                            mixed.extend(self.head(head, &u, reader, seen));
                            let more = rows(&head.output);
                            all.iter_mut().zip(more).for_each(|(row, more)| row.extend(more));
                        }
                        let all = all.into_iter().zip(vector(bias));
                        all.map(|(row, bias)| self.dot(&row, &mixed, Some(bias))).collect()
                    }
                };
                if block.residual {
                    written = plus(state, &written);
                }
                *state = self.norm(block.after.as_ref(), &written);
            }
        }
        let map = model.reading_map().unwrap();
        let read = x[before..].iter().map(|x| {
            let normed = self.norm(model.norm.as_ref(), x);
            self.affine(&map, &normed)
        });
        read.collect()
    }
}

fn how_many() -> u64 {
    std::env::var("MACHINE_MODELS").map_or(2000, |text| text.parse().unwrap())
}

/// A random model with an input.
fn drawn(seed: u64) -> (SoftmaxTransformer, Vec<usize>, ChaCha8Rng) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let n = rng.random_range(1..5);
    let model = model(n, &mut rng);
    let sequence = (0..n).map(|_| rng.random_range(0..model.vocabulary())).collect();
    (model, sequence, rng)
}

#[test]
fn named_orders_are_those_of_this_machine_bit_for_bit() {
    let orders = [
        Order::Seq,
        Order::Pair,
        Order::Flash,
        Order::Once,
        Order::Blocks,
        Order::Fused,
        Order::Wide,
    ];
    let (mut compared, mut finite) = (0, 0);
    for seed in 0..how_many() {
        let (model, sequence, rng) = drawn(seed);
        let order = orders[seed as usize % orders.len()];
        let machine = Machine::new(
            &model,
            Named { format: SINGLE, order },
            sequence.len(),
            &Clock::unlimited(),
        )
        .unwrap();
        let tokens: Vec<Option<usize>> = sequence.iter().copied().map(Some).collect();
        let all: Vec<usize> = (0..sequence.len()).collect();
        let found = Singles { order, rng }.outputs(&model, &sequence);
        compared += 1;
        let Ok(outputs) = machine.outputs(&tokens, &all, &Clock::unlimited()) else {
            assert!(
                found.iter().flatten().any(|y| !y.is_finite())
                    || model.norm.is_some()
                    || !model.blocks.is_empty()
            );
            continue;
        };
        finite += 1;
        let p = machine.arithmetic().precision();
        let exactly = |y: &num_bigint::BigInt| p.ends(&machine.arithmetic().enclosed(y)).0;
        for (outputs, found) in outputs.iter().zip(&found) {
            let outputs: Vec<Rational> = outputs.iter().map(exactly).collect();
            let found: Vec<Rational> = found.iter().map(|y| exact(*y)).collect();
            assert_eq!(outputs, found, "model {seed}, {order:?}");
        }
    }
    assert!(finite * 10 > compared * 9, "{finite} of {compared}");
}

#[test]
fn random_orders_are_within_what_is_said_of_any() {
    let (mut compared, mut bounded, mut widest) = (0, 0, 0.0_f64);
    for seed in 0..how_many() {
        let (model, sequence, rng) = drawn(1 << 32 | seed);
        let clock = Clock::unlimited();
        let machine =
            Machine::new(&model, Every::new(SINGLE, ULPS), sequence.len(), &clock).unwrap();
        let tokens: Vec<Option<usize>> = sequence.iter().copied().map(Some).collect();
        let all: Vec<usize> = (0..sequence.len()).collect();
        compared += 1;
        let Ok(outputs) = machine.outputs(&tokens, &all, &clock) else { continue };
        // and what is said of all inputs at once
        let any = machine.outputs(&vec![None; sequence.len()], &all, &clock).ok();
        bounded += 1;
        let arithmetic = machine.arithmetic();
        let mut singles = Singles { order: Order::Any, rng };
        for _ in 0..4 {
            let found = singles.outputs(&model, &sequence);
            for (place, (outputs, found)) in outputs.iter().zip(&found).enumerate() {
                for (entry, (near, y)) in outputs.iter().zip(found).enumerate() {
                    let p = arithmetic.precision();
                    let (low, high) = p.ends(&arithmetic.enclosed(near));
                    let y = exact(*y);
                    assert!(low <= y && y <= high, "model {seed}: {y} not in {low} to {high}");
                    widest = widest.max((high - low).to_f64().unwrap());
                    if let Some(any) = &any {
                        let any = &any[place][entry];
                        assert!(any.real.lo <= near.real.lo && near.real.hi <= any.real.hi);
                        // the real number of this input is within `near.real`
                        let (low, _) = p.ends(&near.real);
                        let (_, high) = p.ends(&near.real);
                        let off = p
                            .ends(&counterproof::kernel::number::Enclosure {
                                lo: any.off.clone(),
                                hi: any.off.clone(),
                            })
                            .0;
                        assert!(
                            &low - &off <= y && y <= high + off,
                            "model {seed}: off by more than any"
                        );
                    }
                }
            }
        }
    }
    assert!(bounded * 10 > compared * 8 && widest > 0.0, "{bounded} of {compared}");
}

fn verify(kind: &str, arguments: &str) -> (i32, Vec<serde_json::Value>, String) {
    let command = format!(
        "verify --format json --quiet --model tests/data/instances/behrens/{kind}-T5-L4.npz \
         --mapping examples/models/behrens-{kind}.mapping.json --task histogram {arguments}"
    );
    let output = run_anywhere(&command);
    let records = if output.1.is_empty() { Vec::new() } else { records(&output) };
    (output.0, records, output.2)
}

/// A counter by hand counts in singles whatever the order, in halves in one order at least, and not in bf16.
#[test]
fn a_counter_built_by_hand() {
    let (status, records, _) =
        verify("lin", "--n 2 --arithmetic fp32,fp16:seq,fp16:pair,bf16:seq,bf16");
    assert_eq!(status, 1);
    let of = |arithmetic: &str| {
        let is = |record: &&serde_json::Value| record["params"]["arithmetic"] == arithmetic;
        records.iter().find(is).unwrap()
    };
    let single = of("fp32:any");
    assert_eq!(
        (single["verdict"].as_str(), single["params"]["ulps"].as_u64()),
        (Some("verified"), Some(4))
    );
    let decimal = |name: &str| {
        let text = single["values"][name].to_string();
        text.trim_matches('"').parse::<f64>().unwrap()
    };
    let (off, margin) = (decimal("off_at_most_decimal"), decimal("margin_at_least_decimal"));
    assert!(0.0006 < off && off < 0.0007 && 0.0499 < margin && margin < 0.05, "{off} {margin}");
    assert_eq!(single["values"]["rounded_weights"], 0);
    for order in ["fp16:seq", "fp16:pair"] {
        let values = &of(order)["values"];
        assert_eq!((&values["right"], &values["real_right"]), (&50.into(), &50.into()), "{order}");
    }
    let values = &of("bf16:seq")["values"];
    assert_eq!(
        [&values["right"], &values["wrong"], &values["differ"]].map(|x| x.as_u64().unwrap()),
        [4, 46, 46]
    );
    assert_eq!(values["output"], serde_json::json!(["-140", "115/4", "231/8", "231/8", "229/8"]));
    let (any, values) = (of("bf16:any"), &of("bf16:any")["values"]);
    assert_eq!((any["verdict"].as_str(), values["order"].as_str()), (Some("refuted"), Some("seq")));
}

/// The same wrong input in the crate `half`: each operation in doubles, rounded to bf16, is rounded once.
#[test]
fn a_wrong_input_replays() {
    let (_, records, _) = verify("lin", "--n 2 --arithmetic bf16:seq");
    let text = std::fs::read("tests/data/instances/behrens/lin-T5-L4.npz").unwrap();
    let mapping = std::fs::read_to_string("examples/models/behrens-lin.mapping.json").unwrap();
    let (model, _) = counterproof::files::open(&text, Some(&mapping)).unwrap();
    let counterproof::files::model::Model::Softmax(model) = model else { panic!("it attends") };
    let fl = |x: f64| half::bf16::from_f64(x).to_f64();
    let row = |row: &[Rational]| row.iter().map(|x| fl(x.to_f64().unwrap())).collect::<Vec<_>>();
    let dot = |x: &[f64], y: &[f64]| {
        x.iter().zip(y).map(|(x, y)| fl(x * y)).reduce(|s, x| fl(s + x)).unwrap_or(0.0)
    };
    let affine = |map: &Affine, x: &[f64]| -> Vec<f64> {
        let bias = map.bias.iter().map(|x| fl(x.0.to_f64().unwrap()));
        map.weight.list().iter().zip(bias).map(|(w, b)| fl(dot(&row(w), x) + b)).collect()
    };
    let (Part::Attention(attention), Part::Mlp(mlp)) =
        (&model.blocks[0].part, &model.blocks[1].part)
    else {
        panic!("attention, then an MLP")
    };
    let head = &attention.heads[0];
    let HeadWeights::Matrix(mixing) = &head.weights else { panic!("a matrix") };
    let tokens: Vec<usize> = records[0]["values"]["sequence"]
        .as_array()
        .unwrap()
        .iter()
        .map(|x| x.as_u64().unwrap() as usize)
        .collect();
    let x: Vec<Vec<f64>> =
        tokens.iter().map(|&token| row(&model.embedding.list()[token])).collect();
    let values: Vec<Vec<f64>> = x.iter().map(|x| affine(&head.value, x)).collect();
    let mixed: Vec<f64> = (0..values[0].len())
        .map(|j| {
            dot(&row(&mixing.list()[0][..2]), &values.iter().map(|v| v[j]).collect::<Vec<_>>())
        })
        .collect();
    let output = Affine { weight: head.output.clone(), bias: attention.bias.clone() };
    let stream: Vec<f64> =
        x[0].iter().zip(affine(&output, &mixed)).map(|(x, y)| fl(x + y)).collect();
    let hidden: Vec<f64> =
        affine(&mlp.hidden[0], &stream).into_iter().map(|x| x.max(0.0)).collect();
    let y = affine(&model.reading_map().unwrap(), &affine(&mlp.output, &hidden));
    let stated = records[0]["values"]["output"].as_array().unwrap().iter();
    let stated: Vec<f64> = stated
        .map(|y| {
            let y: Rational =
                counterproof::kernel::number::parse_canonical(y.as_str().unwrap()).unwrap();
            y.to_f64().unwrap()
        })
        .collect();
    assert_eq!(y, stated);
}

#[test]
fn what_makes_no_sense_is_told() {
    for (arguments, message) in [
        ("--n 2 --arithmetic fp32 --ulps 0", "--ulps: expected 1 to 65536, found 0"),
        ("--n 2 --arithmetic fp32 --ulps 65537", "--ulps: expected 1 to 65536, found 65537"),
        ("--n 2 --arithmetic fp32 --ulps -1", "`-1` is not a whole number"),
        (
            "--n 2 --arithmetic fp32:seq --ulps 2",
            "--ulps: expected --arithmetic FORMAT beside it, in any order (a named order rounds to nearest), found no such format",
        ),
        ("--n 2 --ulps 2", "--ulps: expected --arithmetic FORMAT beside it"),
        (
            "--n 2 --arithmetic fp32,fp32:any",
            "--arithmetic: expected each once, found fp32:any twice",
        ),
        (
            "--n 2 --arithmetic fp32 --estimate 5",
            "--estimate: expected none with --arithmetic, found an estimate",
        ),
        ("--n 2 --arithmetic fp8", "`fp8` is no format"),
    ] {
        let (status, _, text) = verify("lin", arguments);
        assert_eq!(status, 2, "{arguments}: {text}");
        assert!(text.contains(message), "{arguments}: {text}");
    }
    let large = "verify --model tests/data/instances/behrens/dot-T32-L10.npz --mapping examples/models/behrens-dot.mapping.json \
                 --task histogram --n 2 --arithmetic fp32,e4m3:seq --quiet";
    let (status, _, text) = run_anywhere(large);
    assert_eq!(status, 2, "{text}");
    let message = "--arithmetic: expected a format in whose range the weights are, found e4m3:seq and a weight of about -3.130e2";
    assert!(text.contains(message), "{text}");
}

/// T1, T2 and T3 as `construct` writes them: a logarithm of the base comes into the queries of T3.
#[test]
fn constructions_are_softmax_transformers_in_a_format() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("model.json").display().to_string();
    for (construction, task, changed) in
        [("qc-histogram", "qc", 0), ("mfe-histogram", "mfe", 6), ("qc-count-attend", "qc", 19)]
    {
        let built = run_anywhere(&format!("construct {construction} --n 4 --m 3 --out {file}"));
        assert_eq!(built.0, 0, "{built:?}");
        let ended = run_anywhere(&format!(
            "verify --model {file} --task {task} --n 4 --arithmetic bf16:seq,fp32,p2:seq --format json"
        ));
        assert_eq!(ended.0, 1, "{ended:?}");
        let records = records(&ended);
        let of = |arithmetic: &str| {
            records.iter().find(|record| record["params"]["arithmetic"] == arithmetic).unwrap()
        };
        let fine = &of("bf16:seq")["values"];
        assert_eq!((&fine["right"], &fine["real_right"]), (&81.into(), &81.into()), "{fine}");
        assert_eq!(fine["rounded_weights"], changed, "{construction}");
        assert_eq!(of("fp32:any")["verdict"], "verified", "{construction}");
        assert_eq!(of("p2:seq")["verdict"], "refuted", "{construction}");
    }
    for (arguments, message) in [
        ("--n 5", "--n: expected 4, the number of the model's positions, found 5"),
        ("--n 4 --task histogram", "--task: expected qc, or a model with"),
        ("--n 4 --estimate 5", "--estimate: expected no estimate for an exact model"),
    ] {
        let asked = format!("verify --model {file} --arithmetic fp32 {arguments}");
        let (status, _, text) = run_anywhere(&asked);
        assert_eq!(status, 2, "{text}");
        assert!(text.contains(message), "{text}");
    }
}

/// Certificates are checked by the kernel, and a time limit leaves what is decided.
#[test]
fn limits_and_certificates() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display();
    let (status, records, _) =
        verify("lin-sftm", &format!("--n 2 --arithmetic fp32,bf16:flash --certificates {path}"));
    assert_eq!(status, 1);
    for record in &records {
        let file = record["certificate"].as_str().unwrap();
        let output = run_anywhere(&format!("check {file}"));
        assert!(output.1.contains("1 valid"), "{output:?}");
    }
    let (status, records, _) = verify("lin", "--n 4 --arithmetic fp16:seq --time-limit 0");
    assert_eq!((status, records[0]["verdict"].as_str()), (3, Some("undecided")));
}
