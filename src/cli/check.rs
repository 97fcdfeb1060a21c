//! `counterproof check FILE...`: checks certificates with trusted code only.

use super::exports::Exports;
use super::output::{error, stdout};
use super::{Failure, Limits, Status};
use crate::cert::{Certificate, MAX_BYTES, ParseError, Verdict};
use crate::check::{Rejection, check};
use clap::Args;
use std::io::Read;
use std::path::{Path, PathBuf};

#[derive(Args)]
pub(super) struct Options {
    /// Certificates, as written by `verify --certificates`; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Also write each valid certificate to this folder as a Coq theory, and as the program extracted from Coq reads it
    ///
    /// Coq forms have: collision (of an embedding), inverse-width (without leak, not strict), linear-program (unless
    /// unbounded). Other kinds are named and left out. No other file is overwritten.
    #[arg(long, value_name = "DIR")]
    coq: Option<PathBuf>,
    /// Also write each valid certificate of a linear program to this folder as a VIPR 1.0 document
    ///
    /// An unbounded program has no VIPR form; collisions have theirs from `search collision --vipr`. No other file is
    /// overwritten.
    #[arg(long, value_name = "DIR")]
    vipr: Option<PathBuf>,
    /// Print failures and the summary only
    #[arg(long)]
    brief: bool,
    #[command(flatten)]
    limits: Limits,
}

pub(super) fn run(options: &Options) -> Result<Status, Failure> {
    let control = options.limits.control();
    let mut exports = Exports::new(options.coq.as_deref(), options.vipr.as_deref())?;
    let (mut valid, mut invalid, mut unusable, mut unfinished) = (0, 0, 0, 0);
    for path in &options.files {
        let place = path.display();
        if control.go_on().is_err() {
            unfinished += 1;
            continue;
        }
        let text = match read_text(path) {
            Ok(text) => text,
            Err(failure) => {
                unusable += 1;
                error(&failure);
                continue;
            }
        };
        let complain = |verdict: &str, reason: &dyn std::fmt::Display| {
            error(&Failure::in_json(path, &text, verdict, reason));
        };
        let certificate = match Certificate::parse(&text) {
            Ok(certificate) => certificate,
            Err(reason @ ParseError::Digest { .. }) => {
                invalid += 1;
                complain("invalid: ", &reason);
                continue;
            }
            Err(reason) => {
                unusable += 1;
                complain("not a certificate: ", &reason);
                continue;
            }
        };
        match check(&certificate, &|| control.go_on().is_ok()) {
            Ok(finding) => {
                valid += 1;
                exports.write(&certificate, &text, path);
                if !options.brief {
                    let verdict = match finding.verdict {
                        Verdict::Refuted => "valid refutation",
                        _ => "valid",
                    };
                    let claim = certificate.claim;
                    stdout(&format!("{place}: {verdict}: {claim}: {}\n", finding.statement))?;
                }
            }
            Err(Rejection::Stopped) => {
                unfinished += 1;
                error(&Failure::new(format!("{place}: not checked: a limit was reached first")));
            }
            Err(rejection) => {
                invalid += 1;
                complain("invalid: ", &rejection);
            }
        }
    }
    let all_written = exports.finish();
    stdout(&format!(
        "{valid} valid, {invalid} invalid, {unusable} unusable, {unfinished} not checked\n"
    ))?;
    Ok(if invalid > 0 {
        Status::Fails
    } else if unusable > 0 || !all_written {
        Status::Unusable
    } else if unfinished > 0 {
        Status::Undecided
    } else {
        Status::Holds
    })
}

/// Reads a file of bounded size; `-` is standard input.
pub(super) fn read_bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let place = path.display();
    let wrong = |error: std::io::Error| Failure::new(format!("{place}: cannot read: {error}"));
    let mut bytes = Vec::new();
    let limit = MAX_BYTES as u64 + 1;
    if path == Path::new("-") {
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes).map_err(wrong)?;
    } else {
        let file = std::fs::File::open(path).map_err(wrong)?;
        file.take(limit).read_to_end(&mut bytes).map_err(wrong)?;
    }
    if bytes.len() > MAX_BYTES {
        return Err(Failure::new(format!("{place}: expected at most {MAX_BYTES} bytes")));
    }
    Ok(bytes)
}

/// Reads a text file of bounded size; `-` is standard input.
pub(super) fn read_text(path: &Path) -> Result<String, Failure> {
    as_text(path, read_bytes(path)?)
}

/// The text of a file.
pub(super) fn as_text(path: &Path, bytes: Vec<u8>) -> Result<String, Failure> {
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        let byte = error.as_bytes().get(at).copied().unwrap_or_default();
        // up to the offending byte both texts are the same
        let text = String::from_utf8_lossy(error.as_bytes());
        let width = char::REPLACEMENT_CHARACTER.len_utf8();
        let message = format!("expected UTF-8 text, found the byte {byte:#04x}");
        Failure::at(path, &text, at..at + width, message)
    })
}
