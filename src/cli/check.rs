//! `counterproof check FILE...`: checks certificates with the kernel only.

use super::claim_name::canonical;
use super::exports::Exports;
use super::output::{error, stdout};
use super::{Failure, Limits, Status};
use crate::files::read::bytes;
use crate::kernel::batch::{self, Outcome};
use crate::kernel::definition::InputPart;
use clap::Args;
use std::path::PathBuf;
use std::sync::Arc;

#[derive(Args)]
pub(super) struct Options {
    /// Certificates, as written by `verify --certificates`; `-` is standard input
    ///
    /// They are begun in this order, as many at once as there are threads: with --time-limit, quick ones belong before slow ones.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Every file must state this claim with these parameters, such as 'qc-histogram n=5 m=3'
    #[arg(long, value_name = "CLAIM k=v ..")]
    expect: Option<String>,
    /// Check part I of K of each only, of the kinds `exhaustive` and `readings`: it proves nothing without the other parts
    #[arg(long, value_name = "I/K", conflicts_with_all = ["coq", "vipr"])]
    part: Option<InputPart>,
    /// Also write each valid certificate to this folder as a Coq theory, and as the program extracted from Coq reads it
    ///
    /// Coq forms have: collision (of an embedding), inverse-width (without leak, not strict), linear-program (unless
    /// unbounded). Other kinds are named and left out. No other file is overwritten.
    #[arg(long, value_name = "DIR")]
    coq: Option<PathBuf>,
    /// Also write each valid certificate of a linear program to this folder as a VIPR document
    #[arg(long, value_name = "DIR")]
    vipr: Option<PathBuf>,
    /// Print failures and the summary only
    #[arg(long)]
    brief: bool,
    #[command(flatten)]
    limits: Limits,
}

/// The expectation with the claim's name in place of its label.
fn expected(text: &str) -> String {
    let (claim, rest) = text.split_once(' ').unwrap_or((text, ""));
    format!("{} {rest}", canonical(claim)).trim_end().to_owned()
}

pub(super) fn run(options: &Options) -> Result<Status, Failure> {
    let control = options.limits.control();
    let mut exports = Exports::new(options.coq.as_deref(), options.vipr.as_deref())?;
    let (threads, watched) = (control.threads(), control.clone());
    let how = batch::Options {
        threads,
        expect: options.expect.as_deref().map(expected),
        part: options.part,
        go_on: Arc::new(move || watched.go_on().is_ok()),
    };
    let files = options.files.clone();
    let read = move |index: usize| bytes(&files[index]);
    let mut told = Ok(());
    let count = batch::judge(options.files.len(), read, &how, |index, outcome| {
        let path = &options.files[index];
        match batch::line(&path.display().to_string(), &outcome) {
            (text, true) => error(&Failure::new(text)),
            (text, false) if !options.brief && told.is_ok() => told = stdout(&format!("{text}\n")),
            _ => {}
        }
        if let Outcome::Valid(certificate, ..) = &outcome {
            exports.write(certificate, path);
        }
    });
    told?;
    let all_written = exports.finish();
    stdout(&format!("{}\n", count.summary()))?;
    Ok(match count.status() {
        0 if all_written => Status::Holds,
        1 => Status::Fails,
        2 => Status::Unusable,
        // valid, and not all that was asked for is written
        _ => Status::Undecided,
    })
}
