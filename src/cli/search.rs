//! `counterproof search`: collisions with proofs of minimality, embeddings that count long.

use super::decide::{How, Planned, Settling, decide, tell_what_would_decide};
use super::embedding::Spec;
use super::exports::place;
use super::help::{examples, sized};
use super::names::cell_name;
use super::output::{check_destination, check_folder, note};
use super::parse::{self, Range};
use super::verdicts::Keeping;
use super::verify::read_exact_model;
use super::{Failure, Limits, Printing, Status};
use crate::claim::{Cell, Claim, Params, Source, check_grid, collision};
use crate::export::vipr::query_program;
use crate::kernel::ClaimId;
use crate::kernel::definition::{InputPart, Task, Token};
use crate::kernel::evidence::counting_matrix;
use crate::kernel::kind::Subject;
use crate::kernel::number::Matrix;
use crate::report::{Record, Value, value_of};
use crate::search::collision::best::Sizes;
use crate::search::collision::{Limits as SearchLimits, Problem, Question};
use crate::search::control::Control;
use clap::{ArgMatches, Args, Subcommand};
use std::path::{Path, PathBuf};

#[derive(Args)]
pub(super) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// The least context length at which no MLP can count, with proof of minimality
    #[command(after_help = examples(&[
        "search collision --embedding embedding.csv",
        "search collision --embedding moment --m 6 --d 2 --certificates certificates",
        "search collision --embedding embedding.csv --task mfe --max-n 20",
        "search collision --embedding moment --m 4-6 --d 1-2 --journal collisions.jsonl",
        "search collision --model model.json",
    ]))]
    Collision(Box<Collision>),
    /// The integer embedding with bounded entries that counts longest under uniform attention
    #[command(after_help = sized(&[
        "search embedding --d 2 --m 5 --bound 1-2",
        "search embedding --d 3 --m 6 --bound 2 --budget 1000 --seed 7",
    ]))]
    Embedding(Box<Embedding>),
}

#[derive(Args)]
struct Collision {
    #[command(flatten)]
    spec: Spec,
    /// An exact model without positions (JSON), instead of an embedding under uniform attention
    #[arg(long, value_name = "FILE", conflicts_with = "embedding")]
    model: Option<PathBuf>,
    /// What is to be counted: the query (qc) or the most frequent element (mfe)
    #[arg(long, value_name = "TASK", default_value = "qc", value_parser = parse::task())]
    task: Task,
    /// Inputs with one query (token) only, for each of R; the best over all queries otherwise
    #[arg(long, value_name = "R", value_parser = parse::range, allow_negative_numbers = true)]
    query: Option<Range>,
    /// Look in part I of K only: of the vectors of an embedding's lattice, by cuts, or of a model's queries; `merge` joins the journals of all parts
    #[arg(long, value_name = "I/K", conflicts_with = "vipr")]
    part: Option<InputPart>,
    /// Look no further than this context length; "no collision up to N" is an answer, with proof
    #[arg(long, value_name = "N", value_parser = parse::positive::<u64>, allow_negative_numbers = true)]
    max_n: Option<u64>,
    /// Show that nothing collides by cuts of a lattice alone, as `check --coq` needs it; otherwise by sums of multisets where these take less
    #[arg(long)]
    cuts: bool,
    /// Write the certificates to this folder
    #[arg(long, value_name = "DIR")]
    certificates: Option<PathBuf>,
    /// Write the mixed-integer program of each query with its proof (VIPR 1.0) to this folder, of one embedding
    #[arg(long, value_name = "DIR", conflicts_with = "model")]
    vipr: Option<PathBuf>,
    /// Record the wall-clock time (the output is then no longer reproducible)
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

#[derive(Args)]
struct Embedding {
    /// Dimensions R
    #[arg(long, value_name = "R", value_parser = parse::range, allow_negative_numbers = true)]
    d: Range,
    /// Vocabulary sizes R
    #[arg(long, value_name = "R", value_parser = parse::range, allow_negative_numbers = true)]
    m: Range,
    /// Largest size of an entry, R
    #[arg(long, value_name = "R", value_parser = parse::range, allow_negative_numbers = true)]
    bound: Range,
    /// Sets looked at one after the other; if there are more, as many random changes follow
    #[arg(long, value_name = "COUNT", default_value = "100000", value_parser = parse::whole::<u64>, allow_negative_numbers = true)]
    budget: u64,
    /// Seed of the random changes
    #[arg(long, value_name = "N", default_value = "0", value_parser = parse::whole::<u64>, allow_negative_numbers = true)]
    seed: u64,
    /// Write the certificates (of the embeddings' n*) to this folder
    #[arg(long, value_name = "DIR")]
    certificates: Option<PathBuf>,
    /// Record the wall-clock time (the output is then no longer reproducible)
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

/// Sizes of the search for embeddings are at most this.
const MAX_SIZE: u64 = 64;

/// The cells of a search that makes a table.
pub(super) fn planned(options: &Options) -> Result<Planned, Failure> {
    match &options.what {
        What::Embedding(options) => planned_embeddings(options),
        What::Collision(options) => Ok((uniform_collision()?, planned_collisions(options)?.0)),
    }
}

fn planned_embeddings(options: &Embedding) -> Result<Planned, Failure> {
    let sizes = |name: &str, Range(values): &Range, limit: u64| match values
        .iter()
        .find(|&&value| value == 0 || value > limit)
    {
        Some(value) => Err(Failure::new(format!("--{name}: expected 1 to {limit}, found {value}"))),
        None => Ok(values.clone()),
    };
    let many = |Range(values): &Range| values.len() as u128;
    let count = many(&options.d) * many(&options.m) * many(&options.bound);
    check_grid("search embedding", count).map_err(Failure::new)?;
    let mut cells = Vec::new();
    for &d in &sizes("d", &options.d, MAX_SIZE)? {
        for &m in &sizes("m", &options.m, MAX_SIZE)? {
            for &bound in &sizes("bound", &options.bound, 1 << 20)? {
                let (budget, seed) = (options.budget, options.seed);
                let (m, d, bound) = (m as usize, d as usize, bound as u32);
                cells.push(collision::best_cell(Sizes { m, d, bound, budget, seed }));
            }
        }
    }
    Ok((uniform_collision()?, cells))
}

fn uniform_collision() -> Result<&'static Claim, Failure> {
    Claim::named(ClaimId::UNIFORM_COLLISION.name())
        .ok_or_else(|| Failure::new("the claim is missing"))
}

fn embedding(options: &Embedding, matches: &ArgMatches) -> Result<Status, Failure> {
    check_destination(&options.printing, None)?;
    let control = options.limits.control();
    let (_, cells) = options.limits.planning(&control, || planned_embeddings(options))?;
    let certificates = options.certificates.as_deref();
    let how = How::new(&control, certificates, options.timings, &options.limits)?;
    let command = (&["search", "embedding"][..], matches);
    let kept = options.keeping.open(command, &options.printing, &cells, &how)?;
    let records = decide(&cells, &how, kept)?;
    options.printing.records(&records).map_err(Failure::after_work)?;
    Ok(options.settling.status(&records))
}

pub(super) fn run(options: &Options, matches: &ArgMatches) -> Result<Status, Failure> {
    let empty = ArgMatches::default();
    let inner = matches.subcommand().map_or(&empty, |(_, inner)| inner);
    match &options.what {
        What::Collision(options) => collision(options, inner),
        What::Embedding(options) => embedding(options, inner),
    }
}

/// A cell for each subject and each query that was named, and the subjects.
fn planned_collisions(options: &Collision) -> Result<(Vec<Cell>, Vec<Subject>), Failure> {
    let subjects: Vec<(Subject, Params, Option<Source>)> =
        match (&options.model, &options.spec.embedding) {
            (Some(path), _) => {
                let (model, source) = read_exact_model(path)?;
                if model.positions.is_some() {
                    let place = path.display();
                    return Err(Failure::new(format!(
                        "{place}: expected a model without positions"
                    )));
                }
                let named = source.named("embedding");
                vec![(Subject::Model(Box::new(model)), named, Some(source))]
            }
            (None, Some(spec)) => options
                .spec
                .read(spec, &options.limits.control())?
                .into_iter()
                .map(|read| (Subject::Embedding(read.vectors), read.named, read.source))
                .collect(),
            (None, None) => {
                return Err(Failure::new("give --embedding SPEC or --model FILE"));
            }
        };
    let queries: Vec<Option<u64>> = match &options.query {
        Some(Range(queries)) => queries.iter().copied().map(Some).collect(),
        None => vec![None],
    };
    let count = subjects.len() as u128 * queries.len() as u128;
    check_grid("search collision", count).map_err(Failure::new)?;
    let mut cells = Vec::new();
    for (subject, named, source) in &subjects {
        let m = match subject {
            Subject::Embedding(v) => v.rows(),
            Subject::Model(model) => model.vocabulary(),
            Subject::Scores(scores) => scores.gaps.first().map_or(0, Vec::len),
        };
        for &query in &queries {
            if let Some(query) = query.filter(|&query| query >= m as u64) {
                return Err(Failure::new(format!(
                    "--query: expected a token below {m}, found {query}"
                )));
            }
            let about = |query: Option<usize>| {
                let (subject, max_n) = (subject.clone(), options.max_n);
                let query = query.map(Token);
                let (task, cuts_only) = (options.task, options.cuts);
                let question = Question { subject, task, query, max_n, cuts_only };
                let params = collision::params(&question, named.clone());
                let cell = collision::cell(params, question.clone());
                match source {
                    Some(source) => (question, cell.from_file("embedding", source)),
                    None => (question, cell),
                }
            };
            let (question, cell) = about(query.map(|query| query as usize));
            cells.push(match (subject, query) {
                (Subject::Model(_), None) => {
                    let queries = (0..m).map(|query| about(Some(query)).1).collect();
                    collision::by_query(cell, &question, queries)
                }
                _ => cell,
            });
        }
    }
    if let Some(part) = options.part {
        let parts = cells.iter().map(|cell| {
            cell.part(part).ok_or_else(|| {
                Failure::new(format!(
                    "--part: {} is about one query of a model; parts of a model are its queries, without --query",
                    cell_name(cell)
                ))
            })
        });
        cells = parts.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect();
    }
    Ok((cells, subjects.into_iter().map(|(subject, ..)| subject).collect()))
}

fn collision(options: &Collision, matches: &ArgMatches) -> Result<Status, Failure> {
    check_destination(&options.printing, None)?;
    let control = options.limits.control();
    let (cells, subjects) = options.limits.planning(&control, || planned_collisions(options))?;
    let certificates = options.certificates.as_deref();
    let how = How::new(&control, certificates, options.timings, &options.limits)?;
    if let Some(folder) = &options.vipr {
        check_folder("--vipr", folder)?;
        let [Subject::Embedding(vectors)] = subjects.as_slice() else {
            let found = subjects.len();
            return Err(Failure::new(format!("--vipr: expected one embedding, found {found}")));
        };
        vipr(vectors, options.query.as_ref(), folder, &control)?;
    }
    let command = (&["search", "collision"][..], matches);
    let kept = options.keeping.open(command, &options.printing, &cells, &how)?;
    let records = decide(&cells, &how, kept)?;
    options.printing.records(&records).map_err(Failure::after_work)?;
    let up_to = match free_up_to(&records) {
        Some(length) => {
            format!("--max-n {length} asks about lengths up to {length} only, which is decided")
        }
        None => "--max-n N asks about lengths up to N only".to_owned(),
    };
    tell_what_would_decide(&records, &control, Some(&up_to));
    Ok(options.settling.status(&records))
}

/// The length up to which the one undecided search knows that nothing collides.
fn free_up_to(records: &[Record]) -> Option<String> {
    let mut open = records.iter().filter(|record| !record.verdict.is_decided());
    let (Some(record), None) = (open.next(), open.next()) else { return None };
    let value = value_of(&record.values, "free_up_to")?;
    (*value != Value::Null).then(|| value.to_string())
}

/// Writes `query-Q.vipr` for each query, under a longer name where that is another embedding's.
fn vipr(
    vectors: &Matrix,
    only: Option<&Range>,
    folder: &Path,
    control: &Control,
) -> Result<(), Failure> {
    let rows = counting_matrix(vectors).map_err(Failure::new)?;
    let limits = SearchLimits { control: control.clone(), ..SearchLimits::default() };
    for query in (0..vectors.rows())
        .filter(|&query| only.is_none_or(|Range(only)| only.contains(&(query as u64))))
    {
        let problem = Problem { rows: &rows, cols: vectors.rows(), query: None, parting: None };
        let program = query_program(problem, query, &limits)
            .map_err(|why| Failure::new(format!("--vipr: query {query}: {why}")))?;
        let name = format!("query-{query}");
        let files = [("vipr", program.text.clone())];
        if let Some(other) = place(folder, (&name, '-'), &program.text, &files)? {
            note(&format!("--vipr: {other}"));
        }
    }
    Ok(())
}
