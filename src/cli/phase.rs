//! `counterproof phase`: the phase diagram, for `d` against `m` what counts, with the certificates it rests on.

use super::decide::{How, Settling, decide};
use super::output::{check_destination, check_figure, write_figure};
use super::parse::{self, Range};
use super::thresholds::Report;
use super::verdicts::Keeping;
use super::{Failure, Limits, Printing, Status};
use crate::claim::Cell;
use crate::claim::phase::{Sizes, plan};
use crate::kernel::definition::Task;
use crate::report::Record;
use crate::report::figure::thresholds::Arm;
use crate::report::phase::{Phase, Sources};
use crate::train::sweep::Shard;
use crate::train::sweep::journal::read;
use clap::{ArgMatches, Args};
use std::path::{Path, PathBuf};

#[derive(Args)]
pub(super) struct Options {
    /// Embedding dimensions R
    #[arg(long, value_name = "R", default_value = "1-5", value_parser = parse::range)]
    d: Range,
    /// Vocabulary sizes R
    #[arg(long, value_name = "R", default_value = "2-12", value_parser = parse::range)]
    m: Range,
    /// Context length at which attention and bounded entries are asked
    #[arg(long, value_name = "N", default_value_t = 8)]
    n: u64,
    /// Largest size of an entry of integer token vectors under uniform attention
    #[arg(long, value_name = "B", default_value_t = 2)]
    bound: u32,
    /// Sets of tokens that the search for embeddings looks at
    #[arg(long, value_name = "COUNT", default_value_t = 500)]
    budget: u64,
    /// Seed of the search for embeddings
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Draw the diagram to FILE.svg, .png or .pdf, or its numbers for pgfplots to FILE.dat
    #[arg(long, value_name = "FILE", conflicts_with = "shard")]
    plot: Option<PathBuf>,
    /// Lay over the diagram what training reached, from the journal of a sweep of the query count
    #[arg(long, value_name = "FILE", requires = "plot")]
    trained: Option<PathBuf>,
    /// Write the certificates that the cells rest on to this folder
    #[arg(long, value_name = "DIR")]
    certificates: Option<PathBuf>,
    #[command(flatten)]
    keeping: Keeping,
    #[command(flatten)]
    settling: Settling,
    #[command(flatten)]
    printing: Printing,
    #[command(flatten)]
    limits: Limits,
}

/// The cells that the diagram rests on, claim by claim.
pub(super) fn planned(options: &Options) -> Result<Vec<Cell>, Failure> {
    let Options { d: Range(d), m: Range(m), n, bound, budget, seed, .. } = options;
    let words = |sizes: &[u64]| sizes.iter().map(|&size| size as usize).collect();
    let (n, bound) = (*n, *bound);
    let sizes = Sizes { d: words(d), m: words(m), n, bound, budget: *budget, seed: *seed };
    let groups = plan(&sizes).map_err(Failure::new)?;
    Ok(groups.into_iter().flat_map(|group| group.cells).collect())
}

/// The diagram, from the records of those cells.
pub(super) fn diagram(options: &Options, records: &[Record]) -> Phase {
    let Options { d: Range(d), m: Range(m), n, bound, .. } = options;
    Phase::of(&Sources { d, m, n: *n, bound: u64::from(*bound), records })
}

pub(super) fn run(options: &Options, matches: &ArgMatches) -> Result<Status, Failure> {
    check_destination(&options.printing, options.plot.as_deref())?;
    let control = options.limits.control();
    let cells = options.limits.planning(&control, || planned(options))?;
    if let Some(path) = &options.plot {
        check_figure(path)?;
    }
    trained(options)?;
    let certificates = options.certificates.as_deref();
    let how = How::new(&control, certificates, false, &options.limits)?;
    let kept = options.keeping.open((&["phase"], matches), &options.printing, &cells, &how)?;
    let records = decide(&cells, &how, kept)?;
    let shown = if options.keeping.shard.is_some_and(|shard| shard != Shard::WHOLE) {
        // the diagram needs all of them; `merge` draws it
        options.printing.records(&records).map(|()| records)
    } else {
        show(options, &records, &options.printing, options.plot.as_deref())
    };
    Ok(options.settling.status(&shown.map_err(Failure::after_work)?))
}

/// The thresholds of the journal that is to be laid over the diagram, if there is one.
fn trained(options: &Options) -> Result<Vec<Arm>, Failure> {
    let Some(path) = &options.trained else { return Ok(Vec::new()) };
    let contents = read(path).map_err(Failure::new)?;
    let plan = &contents.header.plan;
    if plan.task != Task::QueryCount {
        let (place, task) = (path.display(), plan.task);
        return Err(Failure::new(format!(
            "--trained: {place}: expected a sweep of the query count, found {task}"
        )));
    }
    Ok(Report::new(plan, &contents.results)?.parts().1.arms)
}

/// Prints the diagram that records make, and draws it; the records of its cells.
pub(super) fn show(
    options: &Options,
    records: &[Record],
    printing: &Printing,
    plot: Option<&Path>,
) -> Result<Vec<Record>, Failure> {
    let mut phase = diagram(options, records);
    let cells = phase.records();
    printing.records(&cells)?;
    if let Some(path) = plot {
        phase.trained = trained(options)?;
        write_figure(path, phase.figure(), printing.width)?;
    }
    Ok(cells)
}
