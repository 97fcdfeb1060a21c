//! `counterproof reproduce --out DIR`: every table and certificate with one command.

use super::decide::{How, decide, status};
use super::output::{make_folder, stdout, write_whole};
use super::{Failure, Limits, Status};
use crate::cert::Length;
use crate::claim::{Claim, Inverter, Request};
use crate::exact::ratio;
use crate::report::figure::Figure;
use crate::report::growth::fits;
use crate::report::plot::Plot;
use crate::report::{Format, Record};
use clap::Args;
use std::fmt::Write as _;
use std::path::PathBuf;

#[derive(Args)]
pub(super) struct Options {
    /// Folder to fill: tables/, figures/, certificates/ and index.md
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// Small sizes, within five minutes
    #[arg(long, conflicts_with = "full")]
    quick: bool,
    /// The largest sizes
    #[arg(long)]
    full: bool,
    #[command(flatten)]
    limits: Limits,
}

/// One table: a claim at some sizes.
struct Plan {
    name: &'static str,
    title: &'static str,
    claim: &'static str,
    request: Request,
}

pub(super) fn run(options: &Options) -> Result<Status, Failure> {
    let tables = options.out.join("tables");
    let certificates = options.out.join("certificates");
    let figures = options.out.join("figures");
    make_folder(&tables)?;
    make_folder(&figures)?;
    make_folder(&certificates)?;
    let control = options.limits.control();
    let how = How {
        control: &control,
        certificates: Some(&certificates),
        timings: false,
        quiet: options.limits.quiet,
    };
    let size = match (options.quick, options.full) {
        (true, _) => 0,
        (_, true) => 2,
        _ => 1,
    };
    let mut all = Vec::new();
    let mut index = format!(
        "# Results of counterproof {}\n\nEach verdict has a certificate in `certificates/`; check them with \
         `counterproof check certificates/*.json`.\n\n| table | claim | verified | refuted | undecided |\n\
         | --- | --- | ---: | ---: | ---: |\n",
        env!("CARGO_PKG_VERSION")
    );
    for plan in plans(size) {
        let claim = Claim::named(plan.claim)
            .ok_or_else(|| Failure::new(format!("there is no claim `{}`", plan.claim)))?;
        let cells = claim.cells(&plan.request).map_err(Failure::new)?;
        let mut records = decide(claim, &cells, &how)?;
        for record in &mut records {
            // paths inside the folder, so that it can be moved
            record.certificate = record.certificate.as_deref().and_then(|path| {
                let name = std::path::Path::new(path).file_name()?.to_str()?;
                Some(format!("certificates/{name}"))
            });
        }
        let plot = Plot::of(plan.claim);
        let growth = plot.map_or_else(Vec::new, |plot| fits(&records, plot));
        if let Some(plot) = plot {
            // records cut short by a limit may leave nothing to draw
            if let Ok(svg) = Figure::of_records(&records, plot).svg() {
                write_whole(&figures.join(format!("{}.svg", plan.name)), &svg)?;
            }
        }
        for (extension, format) in [
            ("json", Format::Json),
            ("csv", Format::Csv),
            ("md", Format::Markdown),
            ("tex", Format::Latex),
        ] {
            let path = tables.join(format!("{}.{extension}", plan.name));
            write_whole(&path, &format.render_with_growth(&records, &growth))?;
        }
        let count = |verdict: &str| {
            records.iter().filter(|record| record.verdict.to_string() == verdict).count()
        };
        let (verified, refuted, undecided) =
            (count("verified"), count("refuted"), count("undecided"));
        let Plan { name, title, claim, .. } = plan;
        let _ = writeln!(
            index,
            "| [{title}](tables/{name}.md) | `{claim}` | {verified} | {refuted} | {undecided} |"
        );
        stdout(&format!(
            "{title}: {verified} verified, {refuted} refuted, {undecided} undecided\n"
        ))?;
        all.extend(records);
    }
    write_whole(&options.out.join("index.md"), &index)?;
    stdout(&format!("{} verdicts in {}\n", all.len(), options.out.display()))?;
    // refutations are expected where the plan asks for wrong models; they are results, not failures
    let unfinished: Vec<Record> =
        all.into_iter().filter(|r| r.verdict == crate::cert::Verdict::Undecided).collect();
    Ok(status(&unfinished))
}

/// The tables at size 0 (quick), 1 or 2 (full).
fn plans(size: usize) -> Vec<Plan> {
    let pick = |sizes: [u64; 3]| sizes[size];
    let lengths = |low: u64, high: u64| Some((low..=high).map(Length::Exactly).collect::<Vec<_>>());
    let vocabularies =
        |low: u64, high: u64| Some((low..=high).map(|m| m as usize).collect::<Vec<_>>());
    let any = || Some(vec![Length::Any]);
    vec![
        Plan {
            name: "qc-histogram",
            title: "Query count by a histogram, every input",
            claim: "qc-histogram",
            request: Request {
                n: lengths(1, pick([10, 12, 16])),
                m: vocabularies(2, pick([5, 6, 8])),
                ..Request::default()
            },
        },
        Plan {
            name: "qc-histogram-any",
            title: "Query count by a histogram, every context length",
            claim: "qc-histogram",
            request: Request {
                n: any(),
                m: vocabularies(2, pick([16, 32, 64])),
                ..Request::default()
            },
        },
        Plan {
            name: "qc-histogram-small-d",
            title: "Query count by a histogram when d = 4: from the first m at which it fails",
            claim: "qc-histogram",
            request: Request {
                n: any(),
                m: vocabularies(2, pick([8, 10, 12])),
                d: Some(vec![4]),
                ..Request::default()
            },
        },
        Plan {
            name: "mfe-histogram",
            title: "Most frequent element by a histogram, every input",
            claim: "mfe-histogram",
            request: Request {
                n: lengths(1, pick([8, 10, 14])),
                m: vocabularies(2, pick([5, 6, 7])),
                ..Request::default()
            },
        },
        Plan {
            name: "mfe-histogram-any",
            title: "Most frequent element by a histogram, every context length",
            claim: "mfe-histogram",
            request: Request {
                n: any(),
                m: vocabularies(2, pick([6, 8, 9])),
                ..Request::default()
            },
        },
        Plan {
            name: "qc-count-attend",
            title: "Query count by attention, the MLP an interpolant on n^2 cells",
            claim: "qc-count-attend",
            request: Request {
                n: lengths(2, pick([10, 12, 24])),
                m: vocabularies(4, 8),
                ..Request::default()
            },
        },
        Plan {
            name: "qc-count-attend-narrow",
            title: "Query count by attention, the MLP as narrow as can be",
            claim: "qc-count-attend",
            request: Request {
                n: lengths(2, pick([16, 32, 100])),
                m: vocabularies(4, 4),
                inverter: Some(Inverter::Narrow),
                ..Request::default()
            },
        },
        Plan {
            name: "qc-count-attend-unit",
            title: "Query count by attention, the MLP of unit weights as narrow as can be",
            claim: "qc-count-attend",
            request: Request {
                n: lengths(2, pick([16, 20, 32])),
                m: vocabularies(4, 4),
                inverter: Some(Inverter::Unit),
                ..Request::default()
            },
        },
        Plan {
            name: "inverse-width",
            title: "What inverting 1/k takes: cells, units, slope",
            claim: "inverse-width",
            request: Request {
                n: Some(
                    (1..=pick([7, 9, 10])).map(|power| Length::Exactly(1 << (2 * power))).collect(),
                ),
                epsilon: Some(vec![ratio(1, 4), ratio(1, 2)]),
                ..Request::default()
            },
        },
        Plan {
            name: "inverse-width-exact",
            title: "What inverting 1/k exactly takes",
            claim: "inverse-width",
            request: Request {
                n: lengths(2, pick([64, 200, 1000])),
                epsilon: Some(vec![ratio(0, 1)]),
                ..Request::default()
            },
        },
        Plan {
            name: "no-position",
            title: "Models without positions cannot count over variable lengths",
            claim: "no-position",
            request: Request {
                n: lengths(1, pick([5, 6, 8])),
                m: vocabularies(2, 4),
                ..Request::default()
            },
        },
        Plan {
            name: "welch",
            title: "Coherence of embeddings against the Welch bound",
            claim: "welch",
            request: Request { m: vocabularies(3, pick([8, 12, 24])), ..Request::default() },
        },
        Plan {
            name: "uniform-collision",
            title: "Least context length at which no MLP counts under uniform attention",
            claim: "uniform-collision",
            request: Request {
                m: vocabularies(3, pick([8, 12, 16])),
                d: Some(vec![2, 3, 4]),
                ..Request::default()
            },
        },
        Plan {
            name: "attention-collision",
            title: "Collisions of exact attention without positions",
            claim: "attention-collision",
            request: Request::default(),
        },
        Plan {
            name: "separation",
            title: "How close states with different answers come",
            claim: "separation",
            request: Request::default(),
        },
        Plan {
            name: "linear-readout",
            title: "From which context length on no linear readout counts",
            claim: "linear-readout",
            request: Request::default(),
        },
        Plan {
            name: "mfe-bits",
            title: "Bits that the most frequent element needs",
            claim: "mfe-bits",
            request: Request::default(),
        },
        Plan {
            name: "pigeonhole",
            title: "More count vectors than states",
            claim: "pigeonhole",
            request: Request::default(),
        },
    ]
}
