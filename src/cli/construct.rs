//! `counterproof construct MODEL --n N --m M --out FILE`: writes the model behind a claim.

use super::claim_name::{canonical, models};
use super::output::{check_file, stdout, write_whole};
use super::parse;
use super::{Failure, Status};
use crate::claim::{Request, construct};
use crate::construct::behrens::Mixing;
use crate::construct::embedding::Kind;
use crate::kernel::ClaimId;
use crate::kernel::definition::Length;
use crate::kernel::number::Rational;
use clap::Args;
use std::path::{Path, PathBuf};

/// Every claim with a construction, by the name of that: the counters are called after their authors.
const MODELS: [(&str, ClaimId); 4] = [
    ("qc-histogram", ClaimId::QC_HISTOGRAM),
    ("mfe-histogram", ClaimId::MFE_HISTOGRAM),
    ("qc-count-attend", ClaimId::QC_COUNT_ATTEND),
    ("behrens", ClaimId::TOKEN_MIXING),
];

#[derive(Args)]
pub(super) struct Options {
    /// The claim whose model is wanted; `behrens` is that of token-mixing
    #[arg(value_name = "CLAIM", ignore_case = true, value_parser = models(&MODELS.map(|(name, _)| name)))]
    claim: String,
    /// Context length
    #[arg(long, value_name = "N", value_parser = parse::positive::<u64>, allow_negative_numbers = true)]
    n: u64,
    /// Vocabulary size
    #[arg(long, value_name = "M", value_parser = parse::positive::<usize>, allow_negative_numbers = true)]
    m: usize,
    /// Embedding dimension of a histogram or a counter (default: m)
    #[arg(long, value_name = "D", value_parser = parse::positive::<usize>, allow_negative_numbers = true)]
    d: Option<usize>,
    /// How tokens are mixed, for behrens
    #[arg(long, value_name = "KIND", value_parser = parse::mixing())]
    kind: Option<Mixing>,
    /// Hidden units, for behrens (default: as many as published)
    #[arg(long, value_name = "P", value_parser = parse::positive::<usize>, allow_negative_numbers = true)]
    p: Option<usize>,
    /// Threshold of the histogram's units (T1 has 1)
    #[arg(long, value_name = "Q", value_parser = parse::rational, allow_hyphen_values = true)]
    threshold: Option<Rational>,
    /// Token vectors of a histogram or a counter
    #[arg(long, value_name = "KIND", value_parser = parse::embedding())]
    embedding: Option<Kind>,
    /// Softmax base of counting by attention (default: the least integer that works)
    #[arg(long, value_name = "Q", value_parser = parse::rational, allow_hyphen_values = true)]
    base: Option<Rational>,
    /// Seed of everything random
    #[arg(long, value_name = "N", default_value = "0", value_parser = parse::whole::<u64>, allow_negative_numbers = true)]
    seed: u64,
    /// File to write, whole or not at all; `-` is standard output
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub(super) fn run(options: &Options) -> Result<Status, Failure> {
    let found = MODELS.into_iter().find(|(name, _)| *name == canonical(&options.claim));
    let (name, claim) =
        found.ok_or_else(|| Failure::new(format!("there is no model `{}`", options.claim)))?;
    let given = [
        ("d", options.d.is_some()),
        ("kind", options.kind.is_some()),
        ("p", options.p.is_some()),
        ("threshold", options.threshold.is_some()),
        ("embedding", options.embedding.is_some()),
        ("base", options.base.is_some()),
    ];
    let taken: &[&str] = match claim {
        ClaimId::QC_COUNT_ATTEND => &["base"],
        ClaimId::QC_HISTOGRAM => &["d", "threshold", "embedding"],
        ClaimId::TOKEN_MIXING => &["d", "kind", "p", "embedding"],
        _ => &["d", "embedding"],
    };
    if let Some((option, _)) = given.iter().find(|(name, given)| *given && !taken.contains(name)) {
        return Err(Failure::new(format!("--{option}: {name} has no such option")));
    }
    let request = Request {
        n: Some(vec![Length::Exactly(options.n)]),
        m: Some(vec![options.m]),
        d: options.d.map(|d| vec![d]),
        kind: options.kind.map(|kind| vec![kind]),
        p: options.p.map(|p| vec![p]),
        threshold: options.threshold.clone(),
        embedding: options.embedding.map(Into::into),
        base: options.base.clone().map(|base| vec![base]),
        seed: options.seed,
        ..Request::default()
    };
    if options.out != Path::new("-") {
        check_file("--out", &options.out)?;
    }
    let model = construct(claim, &request).map_err(Failure::new)?;
    let text = model.to_json().map_err(Failure::new)?;
    if options.out == Path::new("-") {
        stdout(&text)?;
    } else {
        write_whole(&options.out, &text)?;
    }
    Ok(Status::Holds)
}
