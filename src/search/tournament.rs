//! T14: up to which length T2 with more than two tokens counts right on the numbers of a machine (ours). The bounds tried are the kernel's own
//! ([`Tournament`]); what is found here is a wrong input, and for `any` the trees with which it is wrong.

use super::control::{Control, Stopped};
use super::machine::{ExtremeTrees, Machine};
use crate::kernel::evidence::Tournament;
use crate::kernel::kind::{Construction, MachineNumbers, tournament};
use crate::kernel::number::{Float, Format, SumOrder};
use crate::kernel::{Clock, Rejection};

/// A wrong input: at every shorter length all are right.
#[derive(Debug, Clone, PartialEq)]
pub struct WrongInput {
    pub n: u64,
    /// of each token
    pub counts: Vec<u64>,
    pub query: u64,
    /// `None` is infinity
    pub output: Option<Float>,
    /// trees of the counts, for `any`
    pub proof: MachineNumbers,
}

/// How far a search came.
#[derive(Debug, Clone, PartialEq)]
pub enum Reached {
    Wrong(WrongInput),
    /// all inputs are right up to this length, and why no larger one is decided
    Right(u64, String),
}

/// The first wrong input of `m > 2` tokens, summed in an order that is not by halves.
///
/// # Errors
/// [`Stopped`] by the limits.
pub fn first_wrong(
    format: Format,
    order: SumOrder,
    m: u64,
    control: &Control,
) -> Result<Reached, Stopped> {
    let go_on = || control.go_on().is_ok();
    let clock = Clock::new(&go_on, 1);
    let most = match order {
        SumOrder::Once | SumOrder::Flash => 1 << 11,
        _ => 1 << 12,
    };
    for n in 1..=most {
        control.go_on()?;
        let found =
            tournament(format, order, m, n, &clock).and_then(|all| at(&all, format, order, n));
        match found {
            Ok(None) => {}
            Ok(Some(wrong)) => return Ok(Reached::Wrong(wrong)),
            Err(Rejection::Stopped) => {
                control.go_on()?;
                return Err(Stopped::TimeLimit);
            }
            Err(Rejection::Wrong { .. }) => {
                let reason =
                    format!("bounds leave inputs of length {n} open, too many to try each");
                return Ok(Reached::Right(n - 1, reason));
            }
        }
    }
    Ok(Reached::Right(most, "no larger n is tried in this order".to_owned()))
}

/// A wrong input of one length, `None` when all are right.
fn at(
    all: &Tournament<'_>,
    format: Format,
    order: SumOrder,
    n: u64,
) -> Result<Option<WrongInput>, Rejection> {
    let open = all.open()?;
    let any = order == SumOrder::Any && !open.is_empty();
    let trees = any.then(|| extreme_trees(format, n)).transpose()?;
    let mut undecided = None;
    for c in open {
        let found = match &trees {
            Some(trees) => in_any_order(all, trees, n, c),
            None => input(all, n, c, 0, |_| MachineNumbers { splits: Vec::new() }),
        };
        match found {
            Ok(None) => {}
            Err(Rejection::Stopped) => return Err(Rejection::Stopped),
            Ok(wrong) => return Ok(wrong),
            Err(wrong) => undecided = Some(wrong),
        }
    }
    undecided.map_or(Ok(None), Err)
}

/// The trees of up to `n` terms whose sums are least, and those whose sums are largest.
fn extreme_trees(format: Format, n: u64) -> Result<ExtremeTrees, Rejection> {
    let machine = Machine::new(Construction::MfeHistogram, format, SumOrder::Any);
    let machine = machine.ok_or(Rejection::Stopped)?;
    let mut trees = ExtremeTrees::new(machine.fl(1.0 / n as f64));
    for _ in 1..=n {
        trees.next(|sum| machine.fl(sum));
    }
    Ok(trees)
}

/// With the trees whose sums are least, or those whose sums are largest.
fn in_any_order(
    all: &Tournament<'_>,
    trees: &ExtremeTrees,
    n: u64,
    c: u64,
) -> Result<Option<WrongInput>, Rejection> {
    for end in 0..2 {
        if let Some(wrong) = input(all, n, c, end, |counts| trees.splits(end, counts))? {
            return Ok(Some(wrong));
        }
    }
    let expected = "a tree that is wrong where bounds leave it open".to_owned();
    Err(Rejection::Wrong { place: "order".to_owned(), expected, found: "none".to_owned() })
}

/// The first wrong input with the least (`end` 0) or the largest frequencies.
fn input(
    all: &Tournament<'_>,
    n: u64,
    c: u64,
    end: usize,
    splits: impl Fn(&[usize]) -> MachineNumbers,
) -> Result<Option<WrongInput>, Rejection> {
    let frequency: Vec<u64> = all.frequencies.iter().map(|range| range[end]).collect();
    let Some((counts, query)) = all.first_wrong(c, &frequency)? else { return Ok(None) };
    let output = all.wrong(&counts, query, &frequency).flatten();
    let others = counts.iter().enumerate().filter(|(j, _)| *j as u64 != query);
    let sizes: Vec<usize> = others.map(|(_, count)| *count as usize).collect();
    let proof = splits(&sizes);
    Ok(Some(WrongInput { n, counts, query, output, proof }))
}
