//! `counterproof construct CLAIM --n N --m M --out FILE`: writes the model behind a claim.

use super::output::{check_file, stdout, write_whole};
use super::parse;
use super::{Failure, Status};
use crate::claim::{Request, construct};
use crate::construct::embedding::Kind;
use crate::kernel::ClaimId;
use crate::kernel::definition::Length;
use crate::kernel::number::Rational;
use clap::Args;
use std::path::{Path, PathBuf};

/// Every claim with a construction.
const CLAIMS: [ClaimId; 3] =
    [ClaimId::QC_HISTOGRAM, ClaimId::MFE_HISTOGRAM, ClaimId::QC_COUNT_ATTEND];

#[derive(Args)]
pub(super) struct Options {
    /// The claim whose model is wanted
    #[arg(value_name = "CLAIM", value_parser = clap::builder::PossibleValuesParser::new(CLAIMS.map(ClaimId::name)))]
    claim: String,
    /// Context length
    #[arg(long, value_name = "N", value_parser = parse::positive::<u64>, allow_negative_numbers = true)]
    n: u64,
    /// Vocabulary size
    #[arg(long, value_name = "M", value_parser = parse::positive::<usize>, allow_negative_numbers = true)]
    m: usize,
    /// Embedding dimension of a histogram (default: m)
    #[arg(long, value_name = "D", value_parser = parse::positive::<usize>, allow_negative_numbers = true)]
    d: Option<usize>,
    /// Threshold of the histogram's units (T1 has 1)
    #[arg(long, value_name = "Q", value_parser = parse::rational, allow_hyphen_values = true)]
    threshold: Option<Rational>,
    /// Token vectors of a histogram
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
    let claim = CLAIMS
        .into_iter()
        .find(|claim| claim.name() == options.claim)
        .ok_or_else(|| Failure::new(format!("there is no claim `{}`", options.claim)))?;
    let misplaced = match claim {
        ClaimId::QC_COUNT_ATTEND => [
            ("d", options.d.is_some()),
            ("threshold", options.threshold.is_some()),
            ("embedding", options.embedding.is_some()),
        ],
        ClaimId::QC_HISTOGRAM => [("base", options.base.is_some()), ("", false), ("", false)],
        _ => [
            ("base", options.base.is_some()),
            ("threshold", options.threshold.is_some()),
            ("", false),
        ],
    };
    if let Some((name, _)) = misplaced.iter().find(|(_, given)| *given) {
        return Err(Failure::new(format!("--{name}: {claim} has no such option")));
    }
    let request = Request {
        n: Some(vec![Length::Exactly(options.n)]),
        m: Some(vec![options.m]),
        d: options.d.map(|d| vec![d]),
        threshold: options.threshold.clone(),
        embedding: options.embedding,
        base: options.base.clone(),
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
