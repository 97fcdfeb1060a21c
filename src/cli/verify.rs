//! `counterproof verify CLAIM`: decides a claim at the sizes R.

use super::claim_name::{claim_named, names};
use super::decide::{How, Planned, Settling, decide, tell_what_would_decide};
use super::names::cell_name;
use super::output::{check_destination, check_figure, digest, write_figure};
use super::parse::{self, Gaps, Lengths, Range, Rationals, Tasks};
use super::verdicts::Keeping;
use super::{Failure, Limits, Printing, Status, embedding};
use crate::claim::{
    ArithmeticRange, Cell, Claim, Drawn, Estimate, Inverter, Other, OutOfDistribution, Request,
    Source, USUAL_SAMPLE, by_precision, order_named, usual_confidence,
};
use crate::construct::ablation::{Ablation, ablated};
use crate::construct::behrens::Mixing;
use crate::files;
use crate::files::mapping::Mapping;
use crate::files::model::Model;
use crate::files::task::NamedTask;
use crate::files::weights::{Metadata, TASK_KEY};
use crate::files::{OpenError, open};
use crate::kernel::ClaimId;
use crate::kernel::definition::{InputPart, Transformer};
use crate::kernel::kind::Norm;
use crate::kernel::number::{Rational, SumOrder};
use crate::report::figure::Figure;
use crate::report::plot::{PLOTS, Plot};
use crate::report::{Record, Value};
use clap::{ArgMatches, Args};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Sizes are ranges R: `8`, `2-10` (both ends included) or `2,4,8-12`. Rationals are `1/2` or `0.5`.
#[derive(Args)]
pub(super) struct Options {
    /// The claim by its name or label, such as T5; `counterproof claims` lists them; not needed with --model
    #[arg(value_name = "CLAIM", required_unless_present = "model", ignore_case = true, value_parser = names())]
    claim: Option<String>,
    /// Context lengths, or `any` for every length at once
    #[arg(long, value_name = "R", value_parser = parse::lengths, allow_negative_numbers = true)]
    n: Option<Lengths>,
    /// Vocabulary sizes
    #[arg(long, value_name = "R", value_parser = parse::range, allow_negative_numbers = true)]
    m: Option<Range>,
    /// Embedding dimensions
    #[arg(long, value_name = "R", value_parser = parse::range, allow_negative_numbers = true)]
    d: Option<Range>,
    /// How tokens are mixed, separated by commas (default: every kind)
    #[arg(long, value_name = "KIND,..", value_delimiter = ',', value_parser = parse::mixing())]
    kind: Option<Vec<Mixing>>,
    /// Hidden units of a counter (default: as many as published)
    #[arg(long, value_name = "R", value_parser = parse::range, allow_negative_numbers = true)]
    p: Option<Range>,
    /// Threshold of the histogram's units (T1 has 1)
    #[arg(long, value_name = "Q", value_parser = parse::rational, allow_hyphen_values = true)]
    threshold: Option<Rational>,
    /// Token vectors: a CSV, JSON, .npy, .npz or .safetensors file with one row per token, or onehot, rotated, simplex, truncated, moment, random, digits
    #[arg(long, value_name = "SPEC")]
    embedding: Option<String>,
    #[command(flatten)]
    rows: embedding::Part,
    /// Largest entry of random token vectors
    #[arg(long, value_name = "B", value_parser = parse::whole::<u32>, allow_negative_numbers = true)]
    bound: Option<u32>,
    /// Softmax bases, such as 3/2 or 2-9 (default: the least integer that works)
    #[arg(long, value_name = "Q,..", value_parser = parse::bases, allow_hyphen_values = true)]
    base: Option<Rationals>,
    /// How many random models to draw
    #[arg(long, value_name = "COUNT", value_parser = parse::whole::<usize>, allow_negative_numbers = true)]
    models: Option<usize>,
    /// How often an input is repeated
    #[arg(long, value_name = "COUNT", value_parser = parse::whole::<u64>, allow_negative_numbers = true)]
    times: Option<u64>,
    /// Models to decide about: our JSON, .safetensors, or .npz with --mapping
    #[arg(long, value_name = "FILE", num_args = 1..)]
    model: Vec<PathBuf>,
    /// Which array of an .npz or .safetensors model is which (JSON; default: what the metadata of .safetensors says)
    #[arg(long, value_name = "FILE", requires = "model")]
    mapping: Option<PathBuf>,
    /// What is asked, of a model or of every model; several by name, separated by commas: qc (the count of the query), mfe (of the most frequent element), histogram, max, majority, most-frequent-token, reverse, sort, an expression such as "count(1) % 2", or a file with an expression or a table (default: what the metadata of .safetensors says, or qc)
    #[arg(long, value_name = "TASK,..", value_parser = parse::tasks)]
    task: Option<Tasks>,
    /// Bound the accuracy of a softmax model from both sides until the bounds are this close, such as 1/100; verified once they are
    #[arg(long, value_name = "Q", value_parser = parse::rational, allow_hyphen_values = true, conflicts_with = "estimate")]
    within: Option<Rational>,
    /// Draw this many inputs of a softmax model at random, decide each, and bound its accuracy; the verdict is `estimated`
    #[arg(long, value_name = "N", value_parser = parse::positive::<u64>, allow_negative_numbers = true)]
    estimate: Option<u64>,
    /// Of the bounds of --estimate, above 0 and below 1 (default: 999/1000)
    #[arg(long, value_name = "Q", value_parser = parse::rational, allow_hyphen_values = true)]
    confidence: Option<Rational>,
    /// Where the tokens of --estimate come from: uniform (default), even (no token again before all were drawn), zipf, a weight for each token such as 1,1,0,2, or a file of such weights
    #[arg(long, value_name = "SPEC", value_parser = parse::drawn)]
    distribution: Option<Drawn>,
    /// Ask a softmax model at other lengths than that of its training (those of --n, or from 1 to four times that) and, at that length, about tokens from elsewhere: some of them, one repeated, Zipf's, evenly; few inputs are all judged, of many a sample (10000, or --estimate)
    #[arg(long, requires = "model", conflicts_with_all = ["within", "distribution"])]
    ood: bool,
    /// The length that the model of --ood was trained at (default: what the file says, or the number of its positions)
    #[arg(id = "trained-n", long, value_name = "N", value_parser = parse::positive::<u64>, allow_negative_numbers = true)]
    trained_n: Option<u64>,
    /// With --ood every set of up to K tokens is looked at, beside the first two, four, .. (default: 1)
    #[arg(long, value_name = "K", value_parser = parse::whole::<usize>, allow_negative_numbers = true)]
    subsets: Option<usize>,
    /// How close to the answer the number that a model gives has to be (default: 1/2)
    #[arg(long, value_name = "Q", value_parser = parse::rational, allow_hyphen_values = true)]
    tolerance: Option<Rational>,
    /// Seed of everything random
    #[arg(long, value_name = "N", default_value = "0", value_parser = parse::whole::<u64>, allow_negative_numbers = true)]
    seed: u64,
    /// How far from the answer the inverter, or what reads the states, may be, separated by commas
    #[arg(long, value_name = "Q,..", value_parser = parse::rationals, allow_hyphen_values = true)]
    epsilon: Option<Rationals>,
    /// Errors are to be below the tolerance, not just at most
    #[arg(long)]
    strict: bool,
    /// The inverter's inputs are 1/(k + delta) with delta from 0 to this
    #[arg(long, value_name = "Q", value_parser = parse::rational, allow_hyphen_values = true)]
    leak: Option<Rational>,
    /// The MLP of T3: an interpolant on n^2 cells (grid), of least width (narrow), or that with unit weights (unit)
    #[arg(long, value_name = "KIND", value_parser = parse::inverter())]
    inverter: Option<Inverter>,
    /// By how much the scores of the other tokens fall short of the query's (default: the binary codes of m tokens)
    #[arg(long, value_name = "G,..", value_parser = parse::gaps, allow_negative_numbers = true)]
    gaps: Option<Gaps>,
    /// What comes between the residual and the MLP, separated by commas (default: layer)
    #[arg(long, value_name = "NORM,..", value_delimiter = ',', value_parser = parse::norm())]
    norm: Option<Vec<Norm>>,
    /// What a norm adds to the mean square, separated by commas; 0 for exact invariance under scaling (default: 0,1/100000)
    #[arg(long, value_name = "Q,..", value_parser = parse::rationals, allow_hyphen_values = true)]
    eps: Option<Rationals>,
    /// Bound of the size of the entries of token vectors (default: the largest entry, or 1)
    #[arg(long, value_name = "Q", value_parser = parse::rational, allow_hyphen_values = true)]
    radius: Option<Rational>,
    /// Heads of a bound for any attention without positions (default: 1)
    #[arg(long, value_name = "COUNT", value_parser = parse::whole::<usize>, allow_negative_numbers = true)]
    heads: Option<usize>,
    /// Dimension of their values (default: that of the token vectors)
    #[arg(id = "head-dimension", long, value_name = "COUNT", value_parser = parse::whole::<usize>, allow_negative_numbers = true)]
    head_dimension: Option<usize>,
    /// The model whose numbers are rounded: qc-histogram (default), with values scaled by n (qc-histogram-scaled), and one BOS token where needed (qc-histogram-bos), padded to a power of two (qc-histogram-padded), mfe-histogram with two tokens or --m, qc-count-attend, or that without the mark in the residual (qc-count-attend-unmarked)
    #[arg(long, value_name = "NAME")]
    construction: Option<String>,
    /// Formats with the order of sums, separated by commas: bf16:seq, fp32 (any order); e5m2, e4m3, bf16, fp16, tf32, fp32, fp64, or p9 for 9 bits, p4-12:seq for 4 to 12; seq, pair, any, once, flash, and for --model blocks, fused, wide
    #[arg(long, value_name = "FORMAT[:ORDER],..", value_delimiter = ',')]
    arithmetic: Option<Vec<ArithmeticRange>>,
    /// In any order of --arithmetic FORMAT: how many units in the last place exp, erf, tanh, roots and divisions may be off, and sines of rotary positions units of 1 (default: 4)
    #[arg(long, value_name = "U", value_parser = parse::whole::<u64>, allow_negative_numbers = true)]
    ulps: Option<u64>,
    /// What a softmax model is judged without: the choice of its attention (attention: all positions weigh the same), what it takes from tokens other than the query (values: their mean), or both
    #[arg(long, value_name = "PART,..", value_delimiter = ',', value_parser = parse::ablation())]
    ablate: Option<Vec<Ablation>>,
    /// How far the outputs of a softmax model are from those of another: of what --ablate leaves of it, or of --other FILE; on all inputs, or those of --estimate
    #[arg(long, requires = "model", conflicts_with_all = ["task", "tolerance", "within", "ood", "arithmetic", "plot"])]
    difference: bool,
    /// The model of --difference, read as --model is
    #[arg(long, value_name = "FILE", requires = "difference", conflicts_with = "ablate")]
    other: Option<PathBuf>,
    /// With how few bits every count is right up to each length of --n
    #[arg(id = "least-precision", long)]
    least_precision: bool,
    /// Orders of the sum for --least-precision, separated by commas: any (default), seq, pair, once, flash
    #[arg(long, value_name = "ORDER,..", value_delimiter = ',', value_parser = order_named)]
    order: Option<Vec<SumOrder>>,
    /// Look at part I of K of the inputs of each cell only, of claims that are decided by looking at every input and of surveys of softmax models; `merge` joins the journals of all parts
    #[arg(long, value_name = "I/K", conflicts_with = "plot")]
    part: Option<InputPart>,
    /// Draw the records to FILE.svg, .png or .pdf, or its numbers for pgfplots to FILE.dat
    #[arg(long, value_name = "FILE", conflicts_with = "shard")]
    plot: Option<PathBuf>,
    /// Write the certificate of every cell to this folder
    #[arg(long, value_name = "DIR")]
    certificates: Option<PathBuf>,
    /// Record the wall-clock time of each cell (the output is then no longer reproducible)
    #[arg(long, conflicts_with = "journal")]
    timings: bool,
    #[command(flatten)]
    keeping: Keeping,
    #[command(flatten)]
    settling: Settling,
    #[command(flatten)]
    printing: Printing,
    #[command(flatten)]
    limits: Limits,
}

/// Options that belong to the statement, and so to the claims that take them.
const STATEMENT: [&str; 40] = [
    "n",
    "m",
    "d",
    "kind",
    "p",
    "threshold",
    "embedding",
    "bound",
    "base",
    "models",
    "times",
    "model",
    "task",
    "tolerance",
    "within",
    "estimate",
    "confidence",
    "distribution",
    "ood",
    "trained-n",
    "subsets",
    "seed",
    "epsilon",
    "strict",
    "leak",
    "inverter",
    "gaps",
    "norm",
    "eps",
    "radius",
    "heads",
    "head-dimension",
    "construction",
    "arithmetic",
    "ulps",
    "ablate",
    "difference",
    "other",
    "least-precision",
    "order",
];

/// The command as its help shows it: where a claim is among the words, with the options that this one takes.
pub(super) fn about(command: clap::Command, words: &[String]) -> clap::Command {
    let asked = words.iter().any(|word| word == "--help" || word == "-h");
    let claim = words.iter().find_map(|word| claim_named(word).ok()).filter(|_| asked);
    let Some(claim) = claim else { return command };
    let source = claim.id == ClaimId::MODEL;
    let vectors = claim.options.contains(&"embedding");
    let of_others = |name: &str| {
        (STATEMENT.contains(&name) && !claim.options.contains(&name))
            || (name == "mapping" && !source)
            || (["tokens", "array"].contains(&name) && !vectors)
    };
    let label =
        if claim.label.starts_with('T') { format!("{}: ", claim.label) } else { String::new() };
    let command = command.about(format!("{label}{}", claim.statement));
    command.mut_args(|argument| {
        let hidden = of_others(argument.get_id().as_str()) || argument.is_hide_set();
        argument.hide(hidden)
    })
}

/// The claim and the cells, or the parts of cells, that the options ask for.
pub(super) fn planned(options: &Options, matches: &ArgMatches) -> Result<Planned, Failure> {
    let (claim, cells) = whole_cells(options, matches)?;
    let Some(part) = options.part else { return Ok((claim, cells)) };
    let in_part = |cell: &Cell| {
        cell.part(part).ok_or_else(|| {
            Failure::new(format!(
                "--part: {} is not decided by looking at every input",
                cell_name(cell)
            ))
        })
    };
    let parts = cells.iter().map(in_part).collect::<Result<Vec<_>, _>>()?;
    Ok((claim, parts.into_iter().flatten().collect()))
}

fn whole_cells(options: &Options, matches: &ArgMatches) -> Result<Planned, Failure> {
    let name = options.claim.as_deref().unwrap_or(ClaimId::MODEL.name());
    let claim = claim_named(name)?;
    if options.model.is_empty() {
        let cells = claim.cells(&request(options, matches, None)?).map_err(Failure::new)?;
        return Ok((claim, cells));
    }
    let mut cells = Vec::new();
    for (index, path) in options.model.iter().enumerate() {
        if options.model[..index].contains(path) {
            return Err(Failure::new(format!("--model: {} is given twice", path.display())));
        }
        let request = request(options, matches, Some(path))?;
        cells.extend(claim.cells(&request).map_err(|error| match options.model.len() {
            1 => Failure::new(error),
            _ => at(path, &error),
        })?);
    }
    Ok((claim, cells))
}

pub(super) fn run(options: &Options, matches: &ArgMatches) -> Result<Status, Failure> {
    check_destination(&options.printing, options.plot.as_deref())?;
    let control = options.limits.control();
    let (claim, cells) = options.limits.planning(&control, || planned(options, matches))?;
    let plot = options.plot.as_deref();
    figure_plot(plot, claim)?;
    let certificates = options.certificates.as_deref();
    let how = How::new(&control, certificates, options.timings, &options.limits)?;
    let kept = options.keeping.open((&["verify"], matches), &options.printing, &cells, &how)?;
    let records = decide(&cells, &how, kept)?;
    show(&records, &options.printing, plot).map_err(Failure::after_work)?;
    let kept = "with --journal FILE the same command goes on from what is decided";
    let beyond = options.keeping.journal.is_none().then_some(kept);
    tell_what_would_decide(&records, &control, beyond.filter(|_| control.go_on().is_err()));
    Ok(options.settling.status(&records))
}

/// Prints the records of a claim, and draws its figure.
pub(super) fn show(
    records: &[Record],
    printing: &Printing,
    path: Option<&Path>,
) -> Result<(), Failure> {
    printing.records(records)?;
    let Some(path) = path else { return Ok(()) };
    if let Some(figure) = Figure::of_models(records) {
        return write_figure(path, figure, printing.width);
    }
    let records = by_precision(records);
    match Plot::of(&records) {
        Some(plot) => write_figure(path, Figure::of_records(&records, plot), printing.width),
        None => Ok(()),
    }
}

/// `--plot` needs a claim that has a figure, and a file name that says its format.
pub(super) fn figure_plot(path: Option<&Path>, claim: &Claim) -> Result<(), Failure> {
    let Some(path) = path else { return Ok(()) };
    check_figure(path)?;
    if !Plot::is_of(claim.id.name()) && claim.id != ClaimId::MODEL {
        let mut claims: Vec<&str> = PLOTS.iter().map(|plot| plot.claim).collect();
        claims.push(ClaimId::MODEL.name());
        claims.dedup();
        let with = claims.join(", ");
        return Err(Failure::new(format!("--plot: {} has no figure ({with} have)", claim.id)));
    }
    Ok(())
}

fn request(
    options: &Options,
    matches: &ArgMatches,
    model: Option<&Path>,
) -> Result<Request, Failure> {
    let sizes = |range: &Option<Range>, name: &str| {
        let convert = |&value: &u64| {
            usize::try_from(value)
                .map_err(|_| Failure::new(format!("--{name}: {value} is too large")))
        };
        range.as_ref().map(|Range(values)| values.iter().map(convert).collect()).transpose()
    };
    let mut given: Vec<(usize, &'static str)> = STATEMENT
        .into_iter()
        .filter(|name| parse::is_given(matches, name))
        .filter_map(|name| Some((matches.index_of(name)?, name)))
        .collect();
    given.sort_unstable();
    let model = model.map(|path| {
        let (model, metadata, source) = read_model(path, options.mapping.as_deref())?;
        let parts = options.ablate.as_deref().unwrap_or(&[]);
        let left = without(&model, parts)?;
        let other = match options.difference {
            true => Some(compared(options, left.clone())?),
            false => None,
        };
        let (model, source) = match left {
            Some((left, named)) if !options.difference => {
                (left, Source { part: [source.part, vec![named]].concat(), ..source })
            }
            _ => (model, source),
        };
        let task = match &options.task {
            Some(Tasks(tasks)) => Some(tasks.clone()),
            None => {
                let named = metadata.task().map(|name| task_named(path, name));
                named.transpose()?.map(|task| vec![task])
            }
        };
        Ok((model, task, source, metadata.trained_length(), other))
    });
    let (model, tasks, source, trained_n, other) = match model.transpose()? {
        Some((model, task, source, trained_n, other)) => {
            (Some(model), task, Some(source), trained_n, other)
        }
        None => (None, options.task.as_ref().map(|Tasks(tasks)| tasks.clone()), None, None, None),
    };
    let inputs = options.estimate.or(options.ood.then_some(USUAL_SAMPLE));
    Ok(Request {
        given: given.into_iter().map(|(_, name)| name).collect(),
        n: options.n.as_ref().map(|Lengths(lengths)| lengths.clone()),
        m: sizes(&options.m, "m")?,
        d: sizes(&options.d, "d")?,
        kind: options.kind.clone(),
        p: sizes(&options.p, "p")?,
        threshold: options.threshold.clone(),
        embedding: match &options.embedding {
            Some(spec) => Some(embedding::named(spec, &options.rows, &options.limits.control())?),
            None => None,
        },
        bound: options.bound,
        base: options.base.as_ref().map(|Rationals(values)| values.clone()),
        models: options.models,
        times: options.times,
        model,
        source,
        tasks,
        tolerance: options.tolerance.clone(),
        seed: options.seed,
        within: options.within.clone(),
        other,
        ood: options.ood.then(|| OutOfDistribution {
            trained_n: options.trained_n.or(trained_n),
            subsets: options.subsets.unwrap_or(1),
        }),
        estimate: inputs.map(|inputs| Estimate {
            inputs,
            confidence: options.confidence.clone().unwrap_or_else(usual_confidence),
            drawn: options.distribution.clone().unwrap_or(Drawn::Uniform),
        }),
        epsilon: options.epsilon.as_ref().map(|Rationals(values)| values.clone()),
        strict: options.strict,
        leak: options.leak.clone(),
        inverter: options.inverter,
        gaps: options.gaps.as_ref().map(|Gaps(gaps)| gaps.clone()),
        norm: options.norm.clone(),
        eps: options.eps.as_ref().map(|Rationals(eps)| eps.clone()),
        radius: options.radius.clone(),
        heads: options.heads,
        head_dimension: options.head_dimension,
        construction: options.construction.clone(),
        arithmetic: options
            .arithmetic
            .as_ref()
            .map(|ranges| ranges.iter().flat_map(|ArithmeticRange(all)| all.clone()).collect()),
        ulps: options.ulps,
        least_precision: options.least_precision,
        orders: options.order.clone(),
    })
}

/// What is left of a model, and the parameter that says so.
type Left = (Model, (&'static str, Value));

/// The model without the parts that are not wanted, and what says so in a record; `None` where all are.
fn without(model: &Model, parts: &[Ablation]) -> Result<Option<Left>, Failure> {
    if parts.is_empty() {
        return Ok(None);
    }
    let Model::Softmax(model) = model else {
        let message = "--ablate: expected a softmax model, found one of kind exact";
        return Err(Failure::new(message));
    };
    let model = ablated(model, parts).map_err(|error| Failure::new(format!("--{error}")))?;
    let names = Ablation::NAMES.into_iter().filter(|(_, part)| parts.contains(part));
    let names: Vec<&str> = names.map(|(name, _)| name).collect();
    Ok(Some((Model::Softmax(Arc::new(model)), ("ablate", Value::text(names.join(","))))))
}

/// What a model is compared with: what is left of it, or the model of another file.
fn compared(options: &Options, left: Option<Left>) -> Result<Other, Failure> {
    match (left, &options.other) {
        (Some((model, name)), _) => Ok(Other { model, params: vec![name], named: Vec::new() }),
        (None, Some(path)) => {
            let (model, _, source) = read_model(path, options.mapping.as_deref())?;
            let named = vec![("other_sha256", Value::text(&source.sha256))];
            Ok(Other { model, params: source.named("other"), named })
        }
        (None, None) => Err(Failure::new(
            "--difference: expected --ablate PART,.. or --other FILE beside it, found neither",
        )),
    }
}

fn at(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::new(format!("{}: {error}", path.display()))
}

/// The task that a file's metadata names.
fn task_named(path: &Path, name: &str) -> Result<NamedTask, Failure> {
    NamedTask::named(name).ok_or_else(|| {
        let other: String = name.chars().filter(|c| !c.is_control()).take(40).collect();
        let names: Vec<&str> = files::task::NAMES.iter().map(|(name, ..)| *name).collect();
        at(
            path,
            &format!(
                "__metadata__: `{TASK_KEY}`: expected one of {}, found `{other}`",
                names.join(", ")
            ),
        )
    })
}

/// Reads a model file, and what it says about itself; with a mapping, the arrays of another program's.
fn read_model(path: &Path, mapping: Option<&Path>) -> Result<(Model, Metadata, Source), Failure> {
    let given = match mapping {
        Some(file) => Some((file, super::read::read_text(file)?)),
        None => None,
    };
    let bytes = match (super::read::read_bytes(path), &given) {
        // what is wrong with a mapping is told without the model too
        (Err(failure), Some((file, text))) => {
            return Err(match Mapping::parse(text) {
                Err(error) => Failure::in_json(file, text, "", error),
                Ok(_) => failure,
            });
        }
        (bytes, _) => bytes?,
    };
    let source = Source {
        name: path.display().to_string(),
        sha256: digest(&bytes),
        mapping_sha256: given.as_ref().map(|(_, text)| digest(text.as_bytes())),
        part: Vec::new(),
    };
    let (model, metadata) =
        open(&bytes, given.as_ref().map(|(_, text)| text.as_str())).map_err(|error| {
            match (error, &given) {
                (OpenError::Mapping(error), Some((file, text))) => {
                    Failure::in_json(file, text, "", error)
                }
                (OpenError::Model(error), _) => {
                    Failure::in_json(path, &String::from_utf8_lossy(&bytes), "", error)
                }
                (error, _) => at(path, &error),
            }
        })?;
    Ok((model, metadata, source))
}

/// Reads a model file that must hold an exact model.
pub(super) fn read_exact_model(path: &Path) -> Result<(Transformer, Source), Failure> {
    match read_model(path, None)? {
        (Model::Exact(model), _, source) => Ok((model.as_ref().clone(), source)),
        (Model::Softmax(_), ..) => {
            let place = path.display();
            Err(Failure::new(format!("{place}: kind: expected `exact`, found `softmax`")))
        }
    }
}
