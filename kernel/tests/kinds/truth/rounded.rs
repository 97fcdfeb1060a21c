//! Softmax models in rounded numbers: the outputs of named orders in rationals, each rounded by definition, on all inputs.
//!
//! `exp` is that of doubles, rounded; a double near the middle between two numbers would be a doubt, which none of the samples has.

use super::{Value, answer, count, counts, matrix, occurrences, rational, sequences, vector};
use counterproof_kernel::number::{Rational, ratio};
use num::{BigInt, Integer, One, Signed, ToPrimitive, Zero};

#[derive(Clone, Copy)]
struct Machine<'a> {
    p: i64,
    emin: i64,
    emax: i64,
    order: &'a str,
}

type Vector = Vec<Rational>;

fn power(exponent: i64) -> Rational {
    let power = Rational::from_integer(BigInt::from(1) << exponent.unsigned_abs());
    if exponent < 0 { power.recip() } else { power }
}

impl Machine<'_> {
    fn fl(&self, x: &Rational) -> Option<Rational> {
        let size = x.abs();
        let mut e = (size.numer().bits() as i64 - size.denom().bits() as i64 - 1).max(self.emin);
        while power(e + 1) <= size {
            e += 1;
        }
        let unit = power(e - self.p + 1);
        let (floor, half) = ((&size / &unit).floor(), ratio(1, 2));
        let rest = &size / &unit - &floor;
        let up = rest > half || rest == half && floor.to_integer().is_odd();
        let value = (if up { floor + Rational::one() } else { floor }) * unit;
        (value < power(self.emax + 1)).then(|| if x.is_negative() { -value } else { value })
    }

    fn add(&self, x: &Rational, y: &Rational) -> Option<Rational> {
        self.fl(&(x + y))
    }

    fn adds(&self, x: &[Rational], y: &[Rational]) -> Option<Vector> {
        x.iter().zip(y).map(|(x, y)| self.add(x, y)).collect()
    }

    fn sum(&self, terms: &[Rational]) -> Option<Rational> {
        match (self.order, terms.len()) {
            (_, 0) => Some(Rational::zero()),
            (_, 1) => Some(terms[0].clone()),
            ("blocks", length) if length > 16 => {
                let blocks = terms.chunks(16).map(|block| self.sum(block)).collect::<Option<Vec<_>>>()?;
                blocks.iter().try_fold(Rational::zero(), |sum, block| self.add(&sum, block))
            }
            ("pair", length) => {
                let (one, other) = terms.split_at(length - length / 2);
                self.add(&self.sum(one)?, &self.sum(other)?)
            }
            (_, length) => self.add(&self.sum(&terms[..length - 1])?, &terms[length - 1]),
        }
    }

    fn dot(&self, x: &[Rational], y: &[Rational], bias: Option<&Rational>) -> Option<Rational> {
        let products: Vec<Rational> = x.iter().zip(y).map(|(x, y)| x * y).collect();
        if self.order == "wide" || self.order == "fused" {
            // each product is added exactly, and rounded to singles or the format
            let wide = Machine { p: 24, emin: -126, emax: 127, order: "fused" };
            let added = if self.order == "wide" { &wide } else { self };
            let mut sum = Rational::zero();
            for product in products {
                sum = added.fl(&(sum + product))?;
            }
            if let Some(bias) = bias {
                sum = added.fl(&(sum + bias))?;
            }
            return self.fl(&sum);
        }
        if self.order == "once" {
            return self.fl(&(products.iter().sum::<Rational>() + bias.cloned().unwrap_or_default()));
        }
        let products: Option<Vec<_>> = products.iter().map(|x| self.fl(x)).collect();
        let sum = self.sum(&products?)?;
        bias.map_or(Some(sum.clone()), |bias| self.add(&sum, bias))
    }

    fn affine(&self, map: &Value, x: &[Rational]) -> Option<Vector> {
        let rows = matrix(&map["weight"]).into_iter().zip(vector(&map["bias"]));
        rows.map(|(row, bias)| self.dot(&row, x, Some(&bias))).collect()
    }

    /// `fl(sqrt(x))`, by the largest number whose square is at most `x`.
    fn root(&self, x: &Rational) -> Option<Rational> {
        let scale = power(200);
        let root = (x * &scale * &scale).floor().to_integer().sqrt();
        let rest = Rational::from_integer(root.clone()) * Rational::from_integer(root.clone()) != x * &scale * &scale;
        let nudge = if rest { ratio(1, 2) } else { Rational::zero() };
        self.fl(&((Rational::from_integer(root) + nudge) / scale))
    }

    fn exp(&self, x: &Rational) -> Option<Rational> {
        self.fl(&Rational::from_float(x.to_f64()?.exp())?)
    }

    fn norm(&self, norm: &Value, x: &[Rational]) -> Option<Vector> {
        if norm.is_null() {
            return Some(x.to_vec());
        }
        let size = self.fl(&ratio(x.len() as i64, 1))?;
        let ones = vec![Rational::one(); x.len()];
        let mut centred = x.to_vec();
        if norm["kind"] == "layer" {
            let mean = self.fl(&(self.dot(x, &ones, None)? / &size))?;
            centred = x.iter().map(|x| self.add(x, &-&mean)).collect::<Option<_>>()?;
        }
        let square = self.fl(&(self.dot(&centred, &centred, None)? / &size))?;
        let root = self.root(&self.add(&square, &self.fl(&rational(&norm["eps"]))?)?)?;
        let entries = centred.iter().zip(vector(&norm["weight"])).zip(vector(&norm["bias"]));
        entries.map(|((x, w), b)| self.add(&self.fl(&(self.fl(&(x / &root))? * w))?, &b)).collect()
    }

    fn turned(&self, rotary: &Value, position: usize, mut x: Vector) -> Option<Vector> {
        if rotary.is_null() || position == 0 {
            return Some(x);
        }
        let (base, size) = (rational(&rotary["base"]).to_f64()?, count(&rotary["size"]) as usize);
        for t in 0..size / 2 {
            let (i, j) = if rotary["neighbours"] == true { (2 * t, 2 * t + 1) } else { (t, t + size / 2) };
            let angle = position as f64 / base.powf(2.0 * t as f64 / size as f64);
            let table = |y: f64| self.fl(&Rational::from_float(y)?);
            let (cos, sin) = (table(angle.cos())?, table(angle.sin())?);
            let pair = [x[i].clone(), x[j].clone()];
            x[i] = self.dot(&pair, &[cos.clone(), -sin.clone()], None)?;
            x[j] = self.dot(&pair, &[sin, cos], None)?;
        }
        Some(x)
    }

    fn attended(&self, attention: &Value, u: &[Vector], reader: usize) -> Option<Vector> {
        let seen = if attention["causal"] == true { &u[..=reader] } else { u };
        let (mut mixed, mut rows) = (Vec::new(), vec![Vec::new(); attention["bias"].as_array()?.len()]);
        for head in attention["heads"].as_array()? {
            let softmax = &head["weights"]["softmax"];
            let query = self.turned(&softmax["rotary"], reader, self.affine(&softmax["query"], &u[reader])?)?;
            let scale = rational(&softmax["scale"]);
            let mut scores = Vec::new();
            for (position, state) in seen.iter().enumerate() {
                let key = self.turned(&softmax["rotary"], position, self.affine(&softmax["key"], state)?)?;
                let score = self.dot(&query, &key, None)?;
                let divided = || self.fl(&(&score / self.root(&scale)?));
                scores.push(if scale.is_one() { score } else { divided()? });
            }
            let largest = scores.iter().max()?.clone();
            let weights = scores.iter().map(|score| self.exp(&self.add(score, &-&largest)?));
            let weights: Vector = weights.collect::<Option<_>>()?;
            let ones = vec![Rational::one(); weights.len()];
            let total = self.dot(&weights, &ones, None)?;
            let values = seen.iter().map(|state| self.affine(&head["value"], state));
            let values: Vec<Vector> = values.collect::<Option<_>>()?;
            for entry in 0..values[0].len() {
                let column: Vector = values.iter().map(|value| value[entry].clone()).collect();
                mixed.push(if self.order == "flash" {
                    self.fl(&(self.dot(&weights, &column, None)? / &total))?
                } else {
                    let shares = weights.iter().map(|weight| self.fl(&(weight / &total)));
                    self.dot(&shares.collect::<Option<Vector>>()?, &column, None)?
                });
            }
            rows.iter_mut().zip(matrix(&head["output"])).for_each(|(row, more): (&mut Vector, _)| row.extend(more));
        }
        let rows = rows.iter().zip(vector(&attention["bias"]));
        rows.map(|(row, bias)| self.dot(row, &mixed, Some(&bias))).collect()
    }

    fn outputs(&self, model: &Value, sequence: &[usize], position: usize) -> Option<Vector> {
        let embedding = matrix(&model["embedding"]);
        let mut x: Vec<Vector> = sequence.iter().map(|&token| embedding[token].clone()).collect();
        let before = usize::from(!model["bos"].is_null());
        if before == 1 {
            x.insert(0, vector(&model["bos"]));
        }
        if !model["positions"].is_null() {
            let positions = matrix(&model["positions"]);
            x = x.iter().zip(&positions).map(|(x, shift)| self.adds(x, shift)).collect::<Option<_>>()?;
        }
        for block in model["blocks"].as_array()? {
            let u: Vec<Vector> = x.iter().map(|x| self.norm(&block["before"], x)).collect::<Option<_>>()?;
            let mut next = Vec::new();
            for (reader, state) in x.iter().enumerate() {
                let part = &block["part"];
                let mut written = if part["attention"].is_object() {
                    self.attended(&part["attention"], &u, reader)?
                } else {
                    let mut hidden = u[reader].clone();
                    for layer in part["mlp"]["hidden"].as_array()? {
                        hidden = self.affine(layer, &hidden)?;
                        match part["mlp"]["activation"].as_str()? {
                            "relu" => super::relu(&mut hidden),
                            "identity" => {}
                            other => panic!("no sample has {other}"),
                        }
                    }
                    self.affine(&part["mlp"]["output"], &hidden)?
                };
                if block["residual"] == true {
                    written = self.adds(state, &written)?;
                }
                next.push(self.norm(&block["after"], &written)?);
            }
            x = next;
        }
        let read = self.norm(&model["norm"], &x[position + before])?;
        let reading = &model["reading"];
        if reading["number"].is_object() {
            let (weight, bias) = (vector(&reading["number"]["weight"]), rational(&reading["number"]["bias"]));
            return Some(vec![self.dot(&weight, &read, Some(&bias))?]);
        }
        self.affine(&reading["arg-max"]["map"], &read)
    }
}

/// Whether every weight is a number of the format.
fn of_format(machine: &Machine<'_>, value: &Value, key: &str) -> bool {
    match value {
        Value::String(_) if ["eps", "scale", "base", "activation", "kind", "read_at"].contains(&key) => true,
        Value::String(_) => machine.fl(&rational(value)) == Some(rational(value)),
        Value::Array(all) => all.iter().all(|value| of_format(machine, value, key)),
        Value::Object(all) => all.iter().all(|(key, value)| of_format(machine, value, key)),
        _ => true,
    }
}

fn right(model: &Value, tolerance: &Rational, y: &[Rational], answer: u64) -> bool {
    if model["reading"]["number"].is_object() {
        return (&y[0] - super::whole(answer)).abs() < *tolerance;
    }
    let answers = counts(&model["reading"]["arg-max"]["answers"]);
    let best = |is: bool| y.iter().zip(&answers).filter(|(_, a)| (**a == answer) == is).map(|(y, _)| y).max();
    match (best(true), best(false)) {
        (Some(right), Some(other)) => right > other,
        (right, _) => right.is_some(),
    }
}

pub fn machine_readings(params: &Value, data: &Value) -> bool {
    let arithmetic = &params["arithmetic"];
    let [p, emin, emax] =
        ["precision", "emin", "emax"].map(|name| arithmetic["format"][name].as_str().unwrap().parse().unwrap());
    let (order, model, proof) = (arithmetic["order"].as_str().unwrap(), &data["model"], &data["proof"]);
    let machine = |order| Machine { p, emin, emax, order };
    let (n, m, tolerance) = (count(&params["n"]), count(&params["m"]), rational(&params["tolerance"]));
    let ulps = count(&arithmetic["ulps"]);
    if !of_format(&machine("seq"), model, "") || (order == "any") != (ulps > 0) {
        return false;
    }
    let first = if model["read_at"] == "last" { n - 1 } else { 0 } as usize;
    if let Some(wrong) = proof.get("wrong") {
        let sequence: Vec<usize> = counts(&wrong["sequence"]).iter().map(|&token| token as usize).collect();
        let position = count(&wrong["position"]) as usize;
        let named = wrong["order"].as_str().unwrap();
        let answer = answer(&params["task"], &occurrences(&sequence, m), sequence[position]);
        let y = machine(named).outputs(model, &sequence, position);
        return position >= first
            && sequence.len() as u64 == n
            && named != "any"
            && (order == "any" || order == named)
            && rational(&wrong["answer"]) == super::whole(answer)
            && y.is_some_and(|y| y == vector(&wrong["output"]) && !right(model, &tolerance, &y, answer));
    }
    // what is so in any order is so in these
    let orders: &[&str] = if order == "any" { &["seq", "pair", "once", "flash"] } else { &[order] };
    orders.iter().all(|order| {
        let (mut found, mut wrong) = (0, 0);
        for sequence in sequences(n, m) {
            for position in first..n as usize {
                let answer = answer(&params["task"], &occurrences(&sequence, m), sequence[position]);
                let y = machine(order).outputs(model, &sequence, position);
                match y.map(|y| right(model, &tolerance, &y, answer)) {
                    Some(true) => found += 1,
                    Some(false) => wrong += 1,
                    None => return false,
                }
            }
        }
        match proof.get("inputs") {
            Some(stated) => {
                let (right, _, near, _) = super::softmax::surveyed(params, model);
                let (real, differ) = (count(&stated["real_right"]), count(&stated["differ"]));
                (found, wrong) == (count(&stated["right"]), count(&stated["wrong"]))
                    && (right..=right + near).contains(&real)
                    && differ >= real.abs_diff(found)
            }
            None => {
                let [off, margin] = ["off", "margin"].map(|name| rational(&proof["bound"][name]));
                let least = super::softmax::surveyed(params, model).3;
                wrong == 0 && off < margin && margin.to_f64().unwrap() < least + 1e-6
            }
        }
    })
}
