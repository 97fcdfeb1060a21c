//! Which block of a survey an input is in, by the rules of docs/certificates.md, in floats: what is equal there is equal to seven digits here.

use super::Value;
use super::softmax::{affine, float, plus, times, vector};
use std::collections::BTreeMap;

/// Numbers that are compared.
type Key = Vec<i64>;

fn key(numbers: &[f64]) -> Key {
    numbers.iter().map(|x| (x * 1e7).round() as i64).collect()
}

/// Numbers the blocks of inputs of length `n` over `m` tokens: of a sequence that is read at a position.
pub fn blocks(params: &Value, model: &Value) -> impl Fn(&[usize], usize) -> u64 {
    let (n, m) = (params["n"].as_u64().unwrap() as usize, params["m"].as_u64().unwrap() as usize);
    let layers = model["blocks"].as_array().unwrap();
    let attends = |block: &&Value| block["part"]["attention"].is_object();
    let alone = layers.iter().filter(attends).count() == 1 && layers.first().is_some_and(|first| attends(&first));
    let by_trees = alone && (layers[0]["part"]["attention"]["causal"] == false || model["read_at"] == "last");
    let causal = layers.iter().any(|block| block["part"]["attention"]["causal"] == true);
    let by_counts = model["positions"].is_null() && !causal;
    let pairs = if by_trees { problems(model, &params["task"], n, m) } else { BTreeMap::new() };
    let prefix = (0..n).take_while(|&k| m > 1 && m.pow(k as u32) < 64).count();
    move |sequence, position| match (by_trees, by_counts) {
        (true, _) => pairs[&(position, sequence[position])],
        (false, true) => sequence.iter().filter(|&&token| token == 0).count() as u64,
        (false, false) => sequence[..prefix].iter().fold(0, |number, &token| number * m as u64 + token as u64),
    }
}

/// The number of the problem of each pair of a position that is read and a query.
fn problems(model: &Value, task: &Value, n: usize, m: usize) -> BTreeMap<(usize, usize), u64> {
    let first = if model["read_at"] == "last" { n - 1 } else { 0 };
    let (mut known, mut found) = (Vec::new(), BTreeMap::new());
    for position in first..n {
        for query in 0..m {
            let problem = problem(model, task, (position, query), n, m);
            let number = known.iter().position(|other| *other == problem).unwrap_or_else(|| {
                known.push(problem);
                known.len() - 1
            });
            found.insert((position, query), number as u64);
        }
    }
    found
}

/// Tokens that are told apart on a site: whether another than the query, the column, and the token where it has a name.
type Site = Vec<(bool, Key, usize)>;

/// The reader, its own column and that of BOS, and how many positions each site has.
fn problem(
    model: &Value,
    task: &Value,
    (position, query): (usize, usize),
    n: usize,
    m: usize,
) -> (Key, Vec<Key>, BTreeMap<Site, usize>) {
    let (block, shifted) = (&model["blocks"][0], usize::from(!model["bos"].is_null()));
    let state = |position: usize, token: Option<usize>| {
        let state = token.map_or_else(|| vector(&model["bos"]), |token| vector(&model["embedding"]["rows"][token]));
        let placed = model["positions"]["rows"].as_array().map(|rows| vector(&rows[position]));
        placed.map_or(state.clone(), |row| plus(&state, &row))
    };
    let normed = |z: &[f64]| {
        let norm = &block["before"];
        if norm.is_null() {
            return (z.to_vec(), 1.0);
        }
        let size = z.len() as f64;
        let mean = if norm["kind"] == "layer" { z.iter().sum::<f64>() / size } else { 0.0 };
        let variance = z.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / size;
        let weight = vector(&norm["weight"]);
        (z.iter().zip(weight).map(|(x, w)| (x - mean) * w).collect(), variance + float(&norm["eps"]))
    };
    let heads = block["part"]["attention"]["heads"].as_array().unwrap();
    let own = state(position + shifted, Some(query));
    let (reads, spread) = normed(&own);
    let column = |place: usize, token: Option<usize>| {
        let (zhat, spread) = normed(&state(place, token));
        let mut numbers = vec![spread];
        for head in heads {
            let softmax = &head["weights"]["softmax"];
            let keys = times(&softmax["key"]["weight"], &zhat);
            let dot = |slope: Vec<f64>| slope.iter().zip(&keys).map(|(a, b)| a * b).sum::<f64>();
            let (alpha, beta) = match block["before"].is_null() {
                true => (dot(affine(&softmax["query"], &reads)), 0.0),
                false => {
                    let constant = affine(&softmax["query"], &vector(&block["before"]["bias"]));
                    (dot(times(&softmax["query"]["weight"], &reads)), dot(constant))
                }
            };
            numbers.extend([alpha, beta]);
            numbers.extend(probes(model, &times(&head["output"], &times(&head["value"]["weight"], &zhat))));
        }
        key(&numbers)
    };
    let mut reader = vec![spread];
    if block["residual"] == true {
        reader.extend(probes(model, &own));
    }
    let mut columns = vec![column(position + shifted, Some(query))];
    columns.extend((shifted > 0).then(|| column(0, None)));
    let named = task != "query-count";
    let mut sites: BTreeMap<Site, usize> = BTreeMap::new();
    for other in (0..n).filter(|other| *other != position) {
        let tokens =
            (0..m).map(|token| (token != query, column(other + shifted, Some(token)), token * usize::from(named)));
        let mut site: Site = tokens.collect();
        site.sort();
        *sites.entry(site).or_default() += 1;
    }
    if sites.len() == 1 {
        // on a single site names do not matter
        let nameless = |site: Site| site.into_iter().map(|(other, column, _)| (other, column, 0)).collect();
        sites = sites.into_iter().map(|(site, size)| (nameless(site), size)).collect();
    }
    (key(&reader), columns, sites)
}

/// What the layer after the attention reads of a stream.
fn probes(model: &Value, stream: &[f64]) -> Vec<f64> {
    let (layers, reading) = (model["blocks"].as_array().unwrap(), &model["reading"]);
    let read = || match reading["number"].is_object() {
        true => vec![vector(&reading["number"]["weight"]).iter().zip(stream).map(|(a, b)| a * b).sum()],
        false => times(&reading["arg-max"]["map"]["weight"], stream),
    };
    let last = |block: &Value, at: usize| block["after"].is_null() && at + 1 == layers.len() && model["norm"].is_null();
    let next = layers.get(1).filter(|next| layers[0]["after"].is_null() && next["before"].is_null());
    let hidden = next.and_then(|next| next["part"]["mlp"]["hidden"].get(0));
    match (next, hidden) {
        (Some(next), Some(hidden)) => {
            let mut seen = times(&hidden["weight"], stream);
            if next["residual"] == true {
                seen.extend(if last(next, 1) { read() } else { stream.to_vec() });
            }
            seen
        }
        _ if last(&layers[0], 0) => read(),
        _ => stream.to_vec(),
    }
}

/// Whether a block is of the part `I/K`.
pub fn in_part(part: &Value, block: u64) -> bool {
    let (index, of) = part.as_str().unwrap().split_once('/').unwrap();
    block % of.parse::<u64>().unwrap() == index.parse::<u64>().unwrap() - 1
}
