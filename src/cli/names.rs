//! The names of certificates, and how they get into a folder that others write to at the same time.
//!
//! A name is made of the claim and of every parameter of the cell, in one order whatever the command line's was: the same
//! cell has the same name whoever writes it. A certificate of what was found before a limit ends in `-partial`. A file
//! appears under its name whole and all at once, and never in the place of another: where one with other content stands, the
//! later one has the first digits of its SHA-256 in its name.

use super::Failure;
use super::output::{digest, unfinished_file};
use super::signals::unbroken;
use crate::claim::{Cell, Params};
use crate::kernel::ClaimId;
use crate::report::Value;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The order of parameters in names; others follow as they come.
const ORDER: [&str; 25] = [
    "kind",
    "n",
    "m",
    "d",
    "p",
    "heads",
    "threshold",
    "base",
    "inverter",
    "epsilon",
    "strict",
    "leak",
    "times",
    "models",
    "embedding",
    "array",
    "tokens",
    "bound",
    "budget",
    "seed",
    "task",
    "query",
    "max_n",
    "model",
    "file",
];

/// Longer names are cut and end in a digest of the whole: file systems take 255 bytes, and an ending follows.
const LONGEST: usize = 160;

/// `qc-histogram-n8-m4-d4`
pub(super) fn cell_name(cell: &Cell) -> String {
    let mut params = cell.params.clone();
    let has = |wanted: &str| params.iter().any(|(name, _)| *name == wanted);
    // `verify` asks one question only and does not name it, `search` does; it is one cell
    if cell.claim() == ClaimId::UNIFORM_COLLISION && has("embedding") && !has("task") {
        params.push(("task", Value::text("qc")));
    }
    let rank = |name: &str| ORDER.iter().position(|known| *known == name).unwrap_or(ORDER.len());
    params.sort_by_key(|(name, _)| rank(name));
    file_name(cell.claim().name(), &params)
}

/// The name of what was found about a cell before a limit was hit.
pub(super) fn partial_name(cell: &Cell) -> String {
    cell_name(cell) + "-partial"
}

/// A beginning and parameters as the name of a file, without its ending.
fn file_name(start: &str, params: &Params) -> String {
    let part = |(name, value): &(&str, Value)| {
        let text: String = value
            .to_string()
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' })
            .collect();
        format!("-{name}{text}")
    };
    let name = start.to_owned() + &params.iter().map(part).collect::<String>();
    if name.len() <= LONGEST {
        return name;
    }
    // what was put in place of other characters is told apart, too
    let whole: Vec<String> = params.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let end = &digest(whole.join("\n").as_bytes())[..16];
    format!("{}-{end}", &name[..LONGEST])
}

/// Writes a text to `NAME.json` in a folder, or to `NAME-DIGITS.json` where that name has another content; several processes
/// may do so at once. The path at which the text stands.
pub(super) fn publish(folder: &Path, name: &str, text: &str) -> Result<PathBuf, Failure> {
    let sha256 = digest(text.as_bytes());
    let names = [name.to_owned(), format!("{name}-{}", &sha256[..8]), format!("{name}-{sha256}")];
    let passed = publish_files(folder, &names, &[("json", text)])?;
    let at = |name: &String| folder.join(format!("{name}.json"));
    names.get(passed.len()).map(at).ok_or_else(|| {
        let place = at(&names[0]);
        Failure::new(format!("{}: cannot write: other files have its names", place.display()))
    })
}

/// Writes files with these endings and contents under the first of `names` that no other content has; several processes may do
/// so at once. The other files that stand under the names passed over, one each: all of them are where nothing was written.
pub(super) fn publish_files(
    folder: &Path,
    names: &[String],
    files: &[(&str, &str)],
) -> Result<Vec<PathBuf>, Failure> {
    let mut passed = Vec::new();
    for name in names {
        let files: Vec<_> = files
            .iter()
            .map(|(ending, text)| (folder.join(format!("{name}.{ending}")), text.as_bytes()))
            .collect();
        let other = |path: &Path, bytes: &[u8]| match std::fs::read(path) {
            Ok(found) => found != bytes,
            Err(error) => error.kind() != ErrorKind::NotFound,
        };
        // all are looked at first, so that a name is not half used
        let mut taken = files.iter().find(|(path, bytes)| other(path, bytes));
        if taken.is_none() {
            for file in &files {
                if !appears(&file.0, file.1)? {
                    taken = Some(file);
                    break;
                }
            }
        }
        match taken {
            None => return Ok(passed),
            Some((path, _)) => passed.push(path.clone()),
        }
    }
    Ok(passed)
}

/// Puts a file there whole and all at once, unless one is there; whether the content is there now.
fn appears(path: &Path, bytes: &[u8]) -> Result<bool, Failure> {
    let has = || std::fs::read(path).is_ok_and(|found| found == bytes);
    if has() {
        return Ok(true);
    }
    let placed = || unfinished_file(path, bytes, None).map(|file| file.persist_noclobber(path));
    match unbroken(placed)? {
        Ok(_) => Ok(true),
        // another process may have written the same in the meantime
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => Ok(has()),
        Err(error) => {
            let place = path.display();
            Err(Failure::new(format!("{place}: cannot write: {}", error.error)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::Undecided;
    use std::collections::BTreeSet;

    fn cell(params: Params) -> Cell {
        Cell::new(ClaimId::WELCH, params, |_| Err(Undecided::Limit("not asked".to_owned())))
    }

    #[test]
    fn the_order_of_a_command_is_not_in_a_name() {
        let (m, d) = (("m", Value::integer(5)), ("d", Value::integer(2)));
        let odd = ("unheard_of", Value::text("1/2"));
        let name = cell_name(&cell(vec![odd.clone(), d.clone(), m.clone()]));
        assert_eq!(name, "welch-m5-d2-unheard_of1_2");
        assert_eq!(name, cell_name(&cell(vec![m, odd, d])));
    }

    #[test]
    fn long_names_are_cut_and_stay_apart() {
        let model = |end: &str| cell(vec![("model", Value::text("a/".repeat(200) + end))]);
        let names: Vec<String> =
            ["x.json", "y.json", "x_json"].map(|e| cell_name(&model(e))).into();
        assert!(names.iter().all(|name| name.len() < 200));
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), 3);
    }

    #[test]
    fn nothing_is_lost_when_many_write_at_once() {
        const THREADS: usize = 8;
        for round in 0..60 {
            let folder = tempfile::tempdir().unwrap();
            let barrier = std::sync::Barrier::new(THREADS);
            // two of each content
            let text = |k: usize| format!("{round} {}", k / 2);
            let write = |k: usize| {
                barrier.wait();
                publish(folder.path(), "name", &text(k)).unwrap()
            };
            let paths: Vec<PathBuf> = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..THREADS).map(|k| scope.spawn(move || write(k))).collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            for (k, path) in paths.iter().enumerate() {
                assert_eq!(std::fs::read_to_string(path).unwrap(), text(k));
            }
            let present = std::fs::read_dir(folder.path()).unwrap().count();
            assert_eq!(
                present,
                paths.iter().collect::<BTreeSet<_>>().len(),
                "temporary files stay"
            );
        }
    }
}
