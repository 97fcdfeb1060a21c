//! The folder that is filled: what is ours in it, and what every file's digest is.
//!
//! Files that another run of this command wrote are replaced; anything else is never touched. A finished folder says
//! in `manifest.json` what is ours, an unfinished one in `.journal/files`.

use super::journal;
use crate::cli::Failure;
use crate::cli::output::{UNFINISHED, digest, make_folder, write_whole};
use crate::report::provenance::Provenance;
use fs4::TryLockError;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::{Path, PathBuf};

pub(super) const CERTIFICATES: &str = "certificates";
const FOLDERS: [&str; 4] = ["tables", "figures", CERTIFICATES, super::inputs::FOLDER];
const FILES: [&str; 3] = ["report.html", "paper.tex", MANIFEST];
const MANIFEST: &str = "manifest.json";

pub(super) struct Folder {
    root: PathBuf,
    /// held as long as the run goes on, against another one in the same folder
    lock: Option<File>,
    written: BTreeMap<String, Written>,
}

/// A file and what makes it.
#[derive(Serialize, Deserialize)]
struct Written {
    sha256: String,
    bytes: u64,
    commands: Vec<String>,
}

#[derive(Serialize)]
struct Manifest<'a> {
    format: &'static str,
    version: u32,
    provenance: &'a Provenance,
    files: &'a BTreeMap<String, Written>,
}

/// Of an earlier run, only what is ours matters.
#[derive(Deserialize)]
struct Earlier {
    format: String,
    files: BTreeMap<String, Written>,
}

const FORMAT: &str = "counterproof-manifest";

impl Folder {
    /// Refuses a file in the folder's place, before the cells are planned.
    pub(super) fn check(root: &Path) -> Result<(), Failure> {
        if root.exists() && !root.is_dir() {
            let place = root.display();
            return Err(Failure::new(format!("--out: {place} is a file; name a folder")));
        }
        Ok(())
    }

    /// Refuses a folder in which something else stands where this run will write, `planned`; then takes it over.
    pub(super) fn prepare(root: &Path, planned: &BTreeSet<String>) -> Result<Self, Failure> {
        Self::check(root)?;
        let mut folder = Self { root: root.to_owned(), lock: None, written: BTreeMap::new() };
        let ours = folder.ours()?;
        let present = folder.names(CERTIFICATES).into_iter().filter(|name| !is_unfinished(name));
        // the manifest first: without it nothing is known to be ours
        let manifest = std::iter::once(MANIFEST.to_owned());
        for path in manifest.chain(planned.iter().cloned()).chain(present) {
            if !ours.contains(&path) && folder.path(&path).symlink_metadata().is_ok() {
                return Err(Failure::new(format!(
                    "--out: {} was not made by an earlier run, or was changed since; name another folder, or move the file away",
                    folder.path(&path).display()
                )));
            }
        }
        for name in FOLDERS.into_iter().chain([journal::FOLDER]) {
            make_folder(&folder.path(name))?;
        }
        folder.lock()?;
        let all: BTreeSet<&String> = ours.iter().chain(planned).collect();
        let list: String = all.into_iter().map(|path| format!("{path}\n")).collect();
        folder.put(&format!("{}/files", journal::FOLDER), list.as_bytes())?;
        for path in ours.iter().filter(|path| {
            !(planned.contains(*path) && path.starts_with(&format!("{CERTIFICATES}/")))
        }) {
            folder.remove(path)?;
        }
        for folder_name in FOLDERS.into_iter().chain(["", journal::FOLDER]) {
            for name in folder.names(folder_name).iter().filter(|name| is_unfinished(name)) {
                folder.remove(name)?;
            }
        }
        Ok(folder)
    }

    fn lock(&mut self) -> Result<(), Failure> {
        let path = self.path(&format!("{}/lock", journal::FOLDER));
        let file = File::create(&path)
            .map_err(|error| Failure::new(format!("{}: cannot write: {error}", path.display())))?;
        // a file system without locks is no reason not to work
        if let Err(TryLockError::WouldBlock) = fs4::FileExt::try_lock(&file) {
            let place = self.root.display();
            return Err(Failure::busy(format!(
                "--out: another run is filling {place}; wait for it, or name another folder"
            )));
        }
        self.lock = Some(file);
        Ok(())
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Removes a file of ours, if it is there.
    pub(super) fn remove(&self, name: &str) -> Result<(), Failure> {
        match std::fs::remove_file(self.path(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Failure::new(format!("{}: cannot remove: {error}", self.path(name).display())))
            }
            _ => Ok(()),
        }
    }

    /// Writes a file whole, and remembers its digest and the commands that make it.
    pub(super) fn write(
        &mut self,
        name: &str,
        bytes: &[u8],
        commands: &[String],
    ) -> Result<(), Failure> {
        self.put(name, bytes)?;
        self.has(name, digest(bytes), bytes.len(), commands);
        Ok(())
    }

    /// Remembers another command that makes a file.
    pub(super) fn made_by(&mut self, name: &str, command: &str) {
        if let Some(written) = self.written.get_mut(name)
            && !written.commands.iter().any(|known| known == command)
        {
            written.commands.push(command.to_owned());
        }
    }

    /// Remembers a file that is there already.
    pub(super) fn has(&mut self, name: &str, sha256: String, bytes: usize, commands: &[String]) {
        let written = Written { sha256, bytes: bytes as u64, commands: commands.to_vec() };
        self.written.insert(name.to_owned(), written);
    }

    /// Writes the manifest, after everything else.
    pub(super) fn finish(&self, provenance: &Provenance) -> Result<(), Failure> {
        let manifest = Manifest { format: FORMAT, version: 1, provenance, files: &self.written };
        let text = serde_json::to_string_pretty(&manifest).map_err(Failure::new)? + "\n";
        self.put(MANIFEST, text.as_bytes())
    }

    fn put(&self, name: &str, bytes: &[u8]) -> Result<(), Failure> {
        write_whole(&self.path(name), bytes)
    }

    /// What an earlier run left here. A file that was changed since is not ours any more.
    fn ours(&self) -> Result<BTreeSet<String>, Failure> {
        let mut ours = BTreeSet::new();
        let list = self.path(&format!("{}/files", journal::FOLDER));
        if let Ok(text) = std::fs::read_to_string(list) {
            ours.extend(text.lines().filter(|path| is_possible(path)).map(str::to_owned));
        }
        let Ok(text) = std::fs::read_to_string(self.path(MANIFEST)) else { return Ok(ours) };
        let Ok(Earlier { format, files }) = serde_json::from_str(&text) else { return Ok(ours) };
        if format != FORMAT {
            return Ok(ours);
        }
        ours.insert(MANIFEST.to_owned());
        for (path, written) in files.iter().filter(|(path, _)| is_possible(path)) {
            let bytes = match std::fs::read(self.path(path)) {
                Ok(bytes) => bytes,
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => {
                    let place = self.path(path);
                    return Err(Failure::new(format!("{}: cannot read: {error}", place.display())));
                }
            };
            if digest(&bytes) == written.sha256 {
                ours.insert(path.clone());
            }
        }
        Ok(ours)
    }

    /// `folder/name` for every file of a folder.
    fn names(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = std::fs::read_dir(self.path(folder)) else { return Vec::new() };
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let within = |name| if folder.is_empty() { name } else { format!("{folder}/{name}") };
        let mut names: Vec<String> = names.map(within).collect();
        names.sort();
        names
    }
}

/// Every file that a run may write at these names of tables, certificates and inputs.
pub(super) fn possible(
    tables: &[&str],
    others: impl IntoIterator<Item = String>,
) -> BTreeSet<String> {
    let mut all: BTreeSet<String> = others.into_iter().collect();
    all.extend(FILES.map(str::to_owned));
    for table in tables {
        all.extend(["tex", "md", "csv", "json"].map(|ending| format!("tables/{table}.{ending}")));
        all.extend(["svg", "png", "pdf", "dat"].map(|ending| format!("figures/{table}.{ending}")));
    }
    all
}

/// Whether a run could have written this path: nothing outside the folder, whatever a manifest says.
fn is_possible(path: &str) -> bool {
    let plain = |name: &str| {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        !name.is_empty() && !name.starts_with('.') && name.bytes().all(allowed)
    };
    match path.split_once('/') {
        None => FILES.contains(&path),
        Some((folder, name)) => FOLDERS.contains(&folder) && plain(name),
    }
}

fn is_unfinished(path: &str) -> bool {
    path.rsplit('/').next().is_some_and(|name| name.starts_with(UNFINISHED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_run_writes_is_ours() {
        for ours in ["report.html", "tables/welch.tex", "certificates/a-n3-epsilon1_2.json"] {
            assert!(is_possible(ours), "{ours}");
        }
        for other in [
            "../x",
            "tables/../x",
            "/etc/passwd",
            "tables/",
            "tables/.x",
            "a.txt",
            "x/y",
            "tables/a/b",
            "",
        ] {
            assert!(!is_possible(other), "{other}");
        }
    }
}
