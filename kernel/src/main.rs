//! `counterproof-check FILE...`: checks certificates; the same files, output and exit codes as `counterproof check`.

use counterproof_kernel::MAX_BYTES;
use counterproof_kernel::batch::{Options, judge, line};
use counterproof_kernel::definition::InputPart;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const HELP: &str = "\
Checks certificates: recomputes everything they say, and believes nothing

Usage: counterproof-check [OPTIONS] FILE...

  FILE...                 certificates; - is standard input; begun in this order (with --time-limit, quick ones first)
  --brief                 only what is wrong, and the counts
  --expect 'CLAIM k=v ..' every file must state this claim, with these parameters
  --part I/K              only part I of K of each, of the kinds exhaustive and readings: proves nothing without the others
  --threads N             how many files, or parts of one, are checked at once [default: all cores]
  --time-limit SECONDS    what is not checked by then is named, and the exit status is 3
  --help, --version

Exit status: 0 all valid; 1 one proves nothing; 2 one is no certificate, or usage; 3 one was not checked.
";

struct Arguments {
    files: Vec<PathBuf>,
    brief: bool,
    expect: Option<String>,
    part: Option<InputPart>,
    threads: usize,
    limit: Option<Duration>,
}

fn arguments() -> Result<Option<Arguments>, String> {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut parsed = Arguments { files: Vec::new(), brief: false, expect: None, part: None, threads, limit: None };
    let mut words = std::env::args_os().skip(1);
    let mut options = true;
    while let Some(word) = words.next() {
        let text = word.to_string_lossy().into_owned();
        let (name, given) = match text.split_once('=').filter(|_| text.starts_with("--")) {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (text, None),
        };
        let mut value = || {
            let next = || words.next().map(|word| word.to_string_lossy().into_owned());
            given.clone().or_else(next).ok_or_else(|| format!("{name}: expected a value"))
        };
        match name.as_str() {
            "--help" | "-h" if options => {
                out(HELP);
                return Ok(None);
            }
            "--version" | "-V" if options => {
                out(concat!("counterproof-check ", env!("CARGO_PKG_VERSION"), "\n"));
                return Ok(None);
            }
            "--" if options => options = false,
            "--brief" if options => parsed.brief = true,
            "--expect" if options => parsed.expect = Some(value()?),
            "--part" if options => {
                parsed.part = Some(value()?.parse().map_err(|why: String| format!("--part: {why}"))?);
            }
            "--threads" if options => {
                let threads = value()?.parse().ok().filter(|threads| (1..=1024).contains(threads));
                parsed.threads = threads.ok_or("--threads: expected a number from 1 to 1024")?;
            }
            "--time-limit" if options => {
                let limit = seconds(&value()?).ok_or("--time-limit: expected seconds, such as 10 or 0.5")?;
                parsed.limit = Some(limit);
            }
            other if options && other.starts_with('-') && other.len() > 1 => {
                return Err(format!("{other}: unknown option; see --help"));
            }
            _ => parsed.files.push(word.into()),
        }
    }
    if parsed.files.is_empty() { Err("expected at least one FILE; see --help".to_owned()) } else { Ok(Some(parsed)) }
}

/// `10`, `0.5`: seconds with up to nine decimals.
fn seconds(text: &str) -> Option<Duration> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, "0"));
    let nanoseconds: u32 = format!("{decimals:0<9}").get(..9)?.parse().ok()?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    (digits(whole) && digits(decimals)).then(|| Some(Duration::new(whole.parse().ok()?, nanoseconds)))?
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let cannot = |error: std::io::Error| format!("cannot read: {error}");
    let limit = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().lock().take(limit).read_to_end(&mut bytes).map_err(cannot)?;
    } else {
        std::fs::File::open(path).map_err(cannot)?.take(limit).read_to_end(&mut bytes).map_err(cannot)?;
    }
    if bytes.len() > MAX_BYTES { Err(format!("expected at most {MAX_BYTES} bytes")) } else { Ok(bytes) }
}

/// A reader that went away (`| head`) wants no more lines; the exit status still tells.
fn out(text: &str) {
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

fn err(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

fn main() -> ExitCode {
    let parsed = match arguments() {
        Ok(Some(parsed)) => parsed,
        Ok(None) => return ExitCode::SUCCESS,
        Err(message) => {
            err(&format!("error: {message}\n"));
            return ExitCode::from(2);
        }
    };
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM, signal_hook::consts::SIGHUP] {
        // without a handler the signal ends the program at once, which is an answer too
        let _ = signal_hook::flag::register(signal, Arc::clone(&stop));
    }
    let deadline = parsed.limit.and_then(|limit| Instant::now().checked_add(limit));
    let go_on = move || !stop.load(Ordering::Relaxed) && deadline.is_none_or(|deadline| Instant::now() < deadline);
    let Arguments { files, brief, expect, part, threads, .. } = parsed;
    let options = Options { threads, expect, part, go_on: Arc::new(go_on) };
    let (names, count) = (files.clone(), files.len());
    let get = move |index: usize| files.get(index).map_or_else(|| Err("no such file".to_owned()), |path| read(path));
    let count = judge(count, get, &options, |index, outcome| {
        let place = names.get(index).map(|path| path.display().to_string()).unwrap_or_default();
        match line(&place, &outcome) {
            (text, true) => err(&format!("{text}\n")),
            (text, false) if !brief => out(&format!("{text}\n")),
            _ => {}
        }
    });
    out(&format!("{}\n", count.summary()));
    ExitCode::from(count.status())
}
