//! `counterproof check FILE...`: checks certificates with the kernel only.

use super::output::{error, make_folder, stdout, write_whole};
use super::{Failure, Limits, Status};
use super::read::read_bytes;
use crate::kernel::Certificate;
use crate::kernel::batch::{self, Outcome};
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Args)]
pub(super) struct Options {
    /// Certificates, as written by `verify --certificates`; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Every file must state this claim with these parameters, such as 'qc-histogram n=5 m=3'
    #[arg(long, value_name = "CLAIM k=v ..")]
    expect: Option<String>,
    /// Also write each valid certificate as a Coq theory to this folder, where its kind has a Coq form
    #[arg(long, value_name = "DIR")]
    coq: Option<PathBuf>,
    /// Print failures and the summary only
    #[arg(long)]
    brief: bool,
    #[command(flatten)]
    limits: Limits,
}

pub(super) fn run(options: &Options) -> Result<Status, Failure> {
    let control = options.limits.control();
    if let Some(folder) = &options.coq {
        make_folder(folder)?;
    }
    let (threads, watched) = (control.threads(), control.clone());
    let how = batch::Options {
        threads,
        expect: options.expect.clone(),
        go_on: Arc::new(move || watched.go_on().is_ok()),
    };
    let files = options.files.clone();
    let read = move |index: usize| read_bytes(&files[index]).map_err(|failure| failure.to_string());
    let mut failed = Ok(());
    let count = batch::judge(options.files.len(), read, &how, |index, outcome| {
        let path = &options.files[index];
        let told = match batch::line(&path.display().to_string(), &outcome) {
            (text, true) => {
                error(&Failure::new(text));
                Ok(())
            }
            (text, false) if !options.brief => stdout(&format!("{text}\n")),
            _ => Ok(()),
        };
        let exported = match (&options.coq, &outcome) {
            (Some(folder), Outcome::Valid(certificate, ..)) => export(certificate, path, folder),
            _ => Ok(()),
        };
        if failed.is_ok() {
            failed = told.and(exported);
        }
    });
    failed?;
    stdout(&format!("{}\n", count.summary()))?;
    Ok(match count.status() {
        0 => Status::Holds,
        1 => Status::Fails,
        2 => Status::Unusable,
        _ => Status::Undecided,
    })
}

/// Writes the Coq theory of a valid certificate; its file name is that of the certificate, as an identifier.
fn export(certificate: &Certificate, path: &Path, folder: &Path) -> Result<(), Failure> {
    let Some(theory) = super::coq::theory(certificate) else {
        let kind = certificate.row().name;
        error(&Failure::new(format!(
            "{}: a proof of kind `{kind}` has no Coq form here; not written",
            path.display()
        )));
        return Ok(());
    };
    let stem = path.file_stem().map(|stem| stem.to_string_lossy()).unwrap_or_default();
    let word = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    let name: String = "certificate_".chars().chain(stem.chars().map(word)).collect();
    write_whole(&folder.join(format!("{name}.v")), &theory)
}
