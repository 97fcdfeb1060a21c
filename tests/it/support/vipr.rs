//! A small independent checker of VIPR 1.0 documents (`asm`, `lin`, `rnd`, `uns`), written from the
//! format's description only.

use num_rational::BigRational;
use num_traits::{One, Signed, Zero};
use std::collections::{BTreeMap, BTreeSet};

type Q = BigRational;
type Terms = BTreeMap<usize, Q>;

#[derive(Clone, Debug)]
struct Line {
    /// -1 at most, 0 equal, 1 at least
    sense: i8,
    right: Q,
    terms: Terms,
    assumptions: BTreeSet<usize>,
}

pub enum Verdict {
    Infeasible,
    Range(Option<Q>, Option<Q>),
}

struct Reader<'a>(std::iter::Peekable<std::str::SplitWhitespace<'a>>);

impl<'a> Reader<'a> {
    fn word(&mut self) -> Result<&'a str, String> {
        self.0.next().ok_or_else(|| "unexpected end".to_owned())
    }
    fn expect(&mut self, word: &str) -> Result<(), String> {
        let found = self.word()?;
        if found == word { Ok(()) } else { Err(format!("expected {word}, found {found}")) }
    }
    fn number<T: std::str::FromStr>(&mut self) -> Result<T, String> {
        let word = self.word()?;
        word.parse().map_err(|_| format!("not a number: {word}"))
    }
    fn terms(&mut self, limit: usize) -> Result<Terms, String> {
        let count: usize = self.number()?;
        let mut terms = Terms::new();
        for _ in 0..count {
            let place: usize = self.number()?;
            if place >= limit || terms.insert(place, self.number()?).is_some() {
                return Err(format!("bad place {place}"));
            }
        }
        Ok(terms)
    }
    fn line(&mut self, variables: usize) -> Result<Line, String> {
        self.word()?;
        let sense = match self.word()? {
            "E" => 0,
            "L" => -1,
            "G" => 1,
            other => return Err(format!("sense {other}")),
        };
        let right = self.number()?;
        let terms = self.terms(variables)?;
        Ok(Line { sense, right, terms, assumptions: BTreeSet::new() })
    }
}

impl Line {
    fn holds(&self, point: &Terms) -> bool {
        let zero = Q::zero();
        let left: Q = self.terms.iter().map(|(j, a)| a * point.get(j).unwrap_or(&zero)).sum();
        match self.sense {
            0 => left == self.right,
            1 => left >= self.right,
            _ => left <= self.right,
        }
    }
    fn clean(mut self) -> Self {
        self.terms.retain(|_, a| !a.is_zero());
        self
    }
    fn absurd(&self) -> bool {
        self.terms.is_empty()
            && match self.sense {
                0 => !self.right.is_zero(),
                1 => self.right.is_positive(),
                _ => self.right.is_negative(),
            }
    }
    fn dominates(&self, other: &Line) -> bool {
        if self.absurd() {
            return true;
        }
        if self.terms != other.terms {
            return false;
        }
        match (self.sense, other.sense) {
            (0, 0) => self.right == other.right,
            (0 | 1, 1) => self.right >= other.right,
            (0 | -1, -1) => self.right <= other.right,
            _ => false,
        }
    }
}

fn combine(lines: &[Line], multipliers: &Terms, sense: i8) -> Result<Line, String> {
    let mut sum =
        Line { sense, right: Q::zero(), terms: Terms::new(), assumptions: BTreeSet::new() };
    for (place, factor) in multipliers {
        let line = &lines[*place];
        let turned = if factor.is_negative() { -line.sense } else { line.sense };
        if turned != 0 && turned != sense {
            return Err(format!("line {place} is added with the wrong sense"));
        }
        sum.right += factor * &line.right;
        for (j, a) in &line.terms {
            *sum.terms.entry(*j).or_default() += factor * a;
        }
        sum.assumptions.extend(&line.assumptions);
    }
    Ok(sum.clean())
}

/// Checks the whole document; the verdict is what it proves.
pub fn check(text: &str) -> Result<Verdict, String> {
    let mut reader = Reader(text.split_whitespace().peekable());
    reader.expect("VER")?;
    reader.expect("1.0")?;
    reader.expect("VAR")?;
    let variables: usize = reader.number()?;
    for _ in 0..variables {
        reader.word()?;
    }
    reader.expect("INT")?;
    let mut integers = BTreeSet::new();
    for _ in 0..reader.number::<usize>()? {
        integers.insert(reader.number::<usize>()?);
    }
    reader.expect("OBJ")?;
    let maximise = match reader.word()? {
        "min" => false,
        "max" => true,
        other => return Err(format!("OBJ {other}")),
    };
    let objective = reader.terms(variables)?;
    reader.expect("CON")?;
    let (count, bounds): (usize, usize) = (reader.number()?, reader.number()?);
    let mut lines = Vec::new();
    for i in 0..count {
        let line = reader.line(variables)?;
        if i < bounds && line.terms.len() != 1 {
            return Err(format!("bound {i} has not one term"));
        }
        lines.push(line);
    }
    reader.expect("RTP")?;
    let verdict = match reader.word()? {
        "infeas" => Verdict::Infeasible,
        "range" => {
            let mut end = || -> Result<Option<Q>, String> {
                match *reader.0.peek().ok_or("end")? {
                    "inf" | "-inf" => reader.word().map(|_| None),
                    _ => reader.number().map(Some),
                }
            };
            Verdict::Range(end()?, end()?)
        }
        other => return Err(format!("RTP {other}")),
    };
    reader.expect("SOL")?;
    let mut best: Option<Q> = None;
    for _ in 0..reader.number::<usize>()? {
        reader.word()?;
        let point = reader.terms(variables)?;
        if !lines.iter().all(|line| line.holds(&point)) {
            return Err("a solution violates a constraint".to_owned());
        }
        if point.iter().any(|(j, value)| integers.contains(j) && !value.is_integer()) {
            return Err("a solution is fractional".to_owned());
        }
        let zero = Q::zero();
        let value: Q = objective.iter().map(|(j, a)| a * point.get(j).unwrap_or(&zero)).sum();
        best = Some(match best {
            Some(best) if (value < best) == maximise => best,
            _ => value,
        });
    }
    reader.expect("DER")?;
    for _ in 0..reader.number::<usize>()? {
        let mut line = reader.line(variables)?.clean();
        reader.expect("{")?;
        match reader.word()? {
            "asm" => {
                line.assumptions.insert(lines.len());
            }
            kind @ ("lin" | "rnd") => {
                let multipliers = reader.terms(lines.len())?;
                let mut sum = combine(&lines, &multipliers, line.sense)?;
                if kind == "rnd" && !sum.absurd() {
                    let whole = |(j, a): (&usize, &Q)| integers.contains(j) && a.is_integer();
                    if !sum.terms.iter().all(whole) {
                        return Err("rounding a fractional combination".to_owned());
                    }
                    sum.right = if sum.sense == 1 { sum.right.ceil() } else { sum.right.floor() };
                }
                if !sum.dominates(&line) {
                    return Err(format!("line {}: {sum:?} does not dominate", lines.len()));
                }
                line.assumptions = sum.assumptions;
            }
            "uns" => {
                let mut place = || -> Result<usize, String> {
                    let place: usize = reader.number()?;
                    if place < lines.len() {
                        Ok(place)
                    } else {
                        Err("forward reference".to_owned())
                    }
                };
                let (i1, l1, i2, l2) = (place()?, place()?, place()?, place()?);
                let (first, second): (&Line, &Line) = (&lines[l1], &lines[l2]);
                let split = first.terms == second.terms
                    && first.sense == -1
                    && second.sense == 1
                    && first.right.is_integer()
                    && second.right == &first.right + Q::one()
                    && first.terms.iter().all(|(j, a)| integers.contains(j) && a.is_integer());
                if !split || !lines[i1].dominates(&line) || !lines[i2].dominates(&line) {
                    return Err(format!("line {}: not a split", lines.len()));
                }
                let without = |i: usize, l: usize| {
                    lines[i].assumptions.iter().copied().filter(move |&a| a != l)
                };
                line.assumptions = without(i1, l1).chain(without(i2, l2)).collect();
            }
            other => return Err(format!("reason {other}")),
        }
        reader.expect("}")?;
        reader.number::<i64>()?;
        lines.push(line);
    }
    let last = lines.last().ok_or("no line")?;
    if !last.assumptions.is_empty() {
        return Err("the last line has open assumptions".to_owned());
    }
    match &verdict {
        Verdict::Infeasible if !last.absurd() => Err("infeasibility is not derived".to_owned()),
        Verdict::Range(lower, upper) => {
            // one end is derived, a solution is to reach the other
            let (derived, reached) = if maximise { (upper, lower) } else { (lower, upper) };
            if let Some(end) = derived {
                let (sense, assumptions) = (if maximise { -1 } else { 1 }, BTreeSet::new());
                let claim =
                    Line { sense, right: end.clone(), terms: objective, assumptions }.clean();
                if !last.dominates(&claim) {
                    return Err("the bound of the objective is not derived".to_owned());
                }
            }
            if let Some(end) = reached
                && best.is_none_or(|best| best != *end && (best < *end) == maximise)
            {
                return Err("no solution reaches the other end".to_owned());
            }
            Ok(verdict)
        }
        Verdict::Infeasible => Ok(verdict),
    }
}
