//! Files written whole or not at all, messages, and the progress display.

use super::{Failure, Printing};
use crate::report::Record;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{ErrorKind, IsTerminal, Write};
use std::path::Path;
use std::time::Duration;

/// Writes `text` to `path` through a temporary file beside it.
pub(super) fn write_whole(path: &Path, text: &str) -> Result<(), Failure> {
    let wrong =
        |error: std::io::Error| Failure::new(format!("{}: cannot write: {error}", path.display()));
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let mut file =
        tempfile::Builder::new().prefix(".counterproof-").tempfile_in(folder).map_err(wrong)?;
    file.write_all(text.as_bytes()).map_err(wrong)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let readable = std::fs::Permissions::from_mode(0o644);
        file.as_file().set_permissions(readable).map_err(wrong)?;
    }
    file.as_file().sync_all().map_err(wrong)?;
    file.persist(path).map_err(|error| wrong(error.error))?;
    Ok(())
}

/// Creates the folder `path` and those above it.
pub(super) fn make_folder(path: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(path).map_err(|error| {
        Failure::new(format!("{}: cannot create the folder: {error}", path.display()))
    })
}

/// Refuses an output file that cannot be written, before any work is done.
pub(super) fn check_destination(printing: &Printing) -> Result<(), Failure> {
    let Some(path) = &printing.out else { return Ok(()) };
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty());
    match folder {
        _ if path.is_dir() => {
            Err(Failure::new(format!("--out: {} is a folder; name a file", path.display())))
        }
        Some(folder) if !folder.is_dir() => {
            Err(Failure::new(format!("--out: there is no folder {}", folder.display())))
        }
        _ => Ok(()),
    }
}

/// Prints records as asked, to a file or to standard output.
pub(super) fn print(records: &[Record], printing: &Printing) -> Result<(), Failure> {
    let text = printing.format.render(records);
    match &printing.out {
        Some(path) => write_whole(path, &text),
        None => stdout(&text),
    }
}

/// Writes to standard output; a reader that went away is no error.
pub(super) fn stdout(text: &str) -> Result<(), Failure> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::new(format!("standard output: cannot write: {error}")))
        }
        _ => Ok(()),
    }
}

/// One line on standard error, coloured where that is wanted.
pub(super) fn error(message: &str) {
    let style = clap::builder::styling::AnsiColor::Red.on_default().bold();
    let _ = writeln!(anstream::stderr(), "{style}error:{style:#} {message}");
}

/// A bar on standard error when that is a terminal; silent otherwise.
pub(super) fn progress(cells: usize, quiet: bool) -> ProgressBar {
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
