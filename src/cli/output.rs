//! Files written whole or not at all, messages, and the progress display.

use super::printing::Printing;
use super::signals::unbroken;
use super::{Failure, caller};
use crate::report::figure::{Figure, ImageFormat};
use crate::report::{Format, Width};
use clap::builder::styling::AnsiColor;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use sha2::{Digest, Sha256};
use std::fs::Permissions;
use std::io::{ErrorKind, IsTerminal, Write};
use std::path::Path;
use std::time::Duration;
use tempfile::NamedTempFile;

/// How the names of unfinished files begin.
pub(super) const UNFINISHED: &str = ".counterproof-";

/// Writes `content` to `path` through a temporary file beside it. A link is followed, and something that is
/// no regular file (a device, a pipe) is written to directly.
pub(super) fn write_whole(path: &Path, content: impl AsRef<[u8]>) -> Result<(), Failure> {
    unbroken(|| write_at(path, content.as_ref()))
}

fn write_at(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let wrong =
        |error: std::io::Error| Failure::new(format!("{}: cannot write: {error}", path.display()));
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let existing = std::fs::metadata(&target).ok();
    if existing.as_ref().is_some_and(|existing| !existing.is_file()) {
        let mut file = std::fs::OpenOptions::new().write(true).open(&target).map_err(wrong)?;
        return file.write_all(bytes).map_err(wrong);
    }
    let file = unfinished_file(&target, bytes, existing.map(|existing| existing.permissions()))?;
    file.persist(&target).map_err(|error| wrong(error.error))?;
    Ok(())
}

/// A temporary file with this content beside `target`, to be given that name.
pub(super) fn unfinished_file(
    target: &Path,
    bytes: &[u8],
    permissions: Option<Permissions>,
) -> Result<NamedTempFile, Failure> {
    let place = target.display();
    let wrong = |error: std::io::Error| Failure::new(format!("{place}: cannot write: {error}"));
    let folder = match target.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    let mut file = builder
        .prefix(UNFINISHED)
        .tempfile_in(folder)
        .map_err(|error| Failure::new(format!("{place}: cannot write: {}", io_words(&error))))?;
    file.write_all(bytes).map_err(wrong)?;
    #[cfg(unix)]
    let default = Some(std::os::unix::fs::PermissionsExt::from_mode(0o644));
    #[cfg(not(unix))]
    let default = None;
    if let Some(permissions) = permissions.or(default) {
        file.as_file().set_permissions(permissions).map_err(wrong)?;
    }
    file.as_file().sync_all().map_err(wrong)?;
    Ok(file)
}

/// SHA-256 in hexadecimal.
pub(super) fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Creates the folder `path` and those above it.
pub(super) fn make_folder(path: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(path).map_err(|error| {
        Failure::new(format!("{}: cannot create the folder: {error}", path.display()))
    })
}

/// Creates the folder that an option names, and refuses one that takes no files, before any work is done.
pub(super) fn check_folder(option: &str, path: &Path) -> Result<(), Failure> {
    let wrong = |what: &str, error: std::io::Error| {
        let place = path.display();
        Failure::new(format!("{option}: {place}: cannot {what}: {}", io_words(&error)))
    };
    std::fs::create_dir_all(path).map_err(|error| wrong("create the folder", error))?;
    unbroken(|| tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(path).map(drop))
        .map_err(|error| wrong("write to the folder", error))
}

/// The error's kind alone: its words may name a file that nobody asked for.
fn io_words(error: &std::io::Error) -> String {
    std::io::Error::from(error.kind()).to_string()
}

/// Refuses an output file that cannot be written, and a table that cannot be shown so, before any work is done.
pub(super) fn check_destination(printing: &Printing, plot: Option<&Path>) -> Result<(), Failure> {
    printing.view()?;
    if printing.width.is_some() && plot.is_none() && printing.format != Format::Latex {
        return Err(Failure::new(
            "--width: it is of figures and of tables in LaTeX; add --plot FILE or --format latex",
        ));
    }
    printing.out.as_deref().map_or(Ok(()), |path| check_file("--out", path))
}

/// The same for a file that an option names.
pub(super) fn check_file(option: &str, path: &Path) -> Result<(), Failure> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    match folder {
        _ if path.is_dir() => {
            Err(Failure::new(format!("{option}: {} is a folder; name a file", path.display())))
        }
        Some(folder) if !folder.is_dir() => {
            Err(Failure::new(format!("{option}: there is no folder {}", folder.display())))
        }
        // a device or a pipe is written to directly
        _ if path.exists() && !path.is_file() => Ok(()),
        _ => {
            let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
            unbroken(|| unfinished_file(&target, &[], None).map(drop))
        }
    }
}

/// Refuses to write what an option names over a file that is read; they may be called differently.
pub(super) fn check_apart(option: &str, path: &Path, journal: &Path) -> Result<(), Failure> {
    let same = path == journal
        || path.canonicalize().is_ok_and(|path| journal.canonicalize().is_ok_and(|j| j == path));
    if same {
        let place = path.display();
        return Err(Failure::new(format!("{option}: {place} is a journal; name another file")));
    }
    Ok(())
}

/// Refuses a figure's file before any work is done.
pub(super) fn check_figure(path: &Path) -> Result<(), Failure> {
    ImageFormat::of(path).map_err(|message| Failure::new(format!("--plot: {message}")))?;
    check_file("--plot", path)
}

/// Writes a figure in the format that the file's name says.
pub(super) fn write_figure(
    path: &Path,
    figure: Figure,
    width: Option<Width>,
) -> Result<(), Failure> {
    let figure = match width {
        Some(width) => figure.wide(width),
        None => figure,
    };
    let image = ImageFormat::of(path)
        .and_then(|format| figure.image(format).map_err(|error| error.to_string()));
    write_whole(path, image.map_err(|message| Failure::new(format!("--plot: {message}")))?)
}

/// The same text with verdicts in colour; where colours are not wanted they do not reach standard output.
pub(super) fn coloured(text: &str) -> String {
    let mut all = String::with_capacity(text.len());
    // that nothing is refuted is no alarm
    let mut none = false;
    for piece in text.split_inclusive([' ', '\n']) {
        let word = piece.trim_end_matches([' ', '\n', ',']);
        let colour = match word {
            "verified" => AnsiColor::Green,
            "refuted" => AnsiColor::Red,
            "estimated" => AnsiColor::Cyan,
            "undecided" => AnsiColor::Yellow,
            _ => {
                none = word == "0";
                all += piece;
                continue;
            }
        };
        if std::mem::take(&mut none) {
            all += piece;
            continue;
        }
        let style = colour.on_default().bold();
        all += &format!("{style}{word}{style:#}{}", &piece[word.len()..]);
    }
    all
}

/// Writes to standard output or hands it to a caller, without colours unless they are wanted there; a reader that went away is no error.
pub(super) fn stdout(text: &str) -> Result<(), Failure> {
    if caller::takes_text(text) {
        return Ok(());
    }
    let mut stdout = anstream::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("standard output: cannot write: {error}")))
        }
        _ => Ok(()),
    }
}

/// A message on standard error, with the offending text of a file; coloured where that is wanted.
pub(super) fn error(failure: &Failure) {
    if !caller::takes_note(&failure.in_plain_words()) {
        let _ = writeln!(anstream::stderr(), "{}", failure.render());
    }
}

/// One line on standard error about something that is no error.
pub(super) fn note(message: &str) {
    if !caller::takes_note(message) {
        let style = clap::builder::styling::AnsiColor::Cyan.on_default().bold();
        let _ = writeln!(anstream::stderr(), "{style}note:{style:#} {message}");
    }
}

/// A line of progress on standard error, even when that is no terminal.
pub(super) fn say(line: &str) {
    if !caller::takes_note(line) {
        let _ = writeln!(anstream::stderr(), "{line}");
    }
}

/// A bar on standard error when that is a terminal, or for a caller; silent otherwise.
pub(super) fn progress(cells: usize, quiet: bool) -> ProgressBar {
    if let Some(bar) = caller::bar(cells) {
        return bar;
    }
    if quiet || cells == 0 || !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::with_draw_target(Some(cells as u64), ProgressDrawTarget::stderr());
    if let Ok(style) =
        ProgressStyle::with_template("{elapsed_precise} [{bar:30}] {pos}/{len} {msg}")
    {
        bar.set_style(style.progress_chars("=> "));
    }
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
