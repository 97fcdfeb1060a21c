//! Valid certificates written for the checkers of others, beside what `check` says about them.

use super::Failure;
use super::names::publish_files;
use super::output::{check_folder, digest, error, note};
use crate::export::{coq, vipr};
use crate::kernel::Certificate;
use crate::kernel::kind::{Collision, LinearProgramProof};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Folders for theories and for VIPR documents, and what they did not get.
pub(super) struct Exports<'a> {
    coq: Option<&'a Path>,
    vipr: Option<&'a Path>,
    /// how many certificates have no such form, by the sentence that says so
    without: BTreeMap<String, usize>,
    refused: usize,
}

impl<'a> Exports<'a> {
    pub(super) fn new(coq: Option<&'a Path>, vipr: Option<&'a Path>) -> Result<Self, Failure> {
        for (option, folder) in [("--coq", coq), ("--vipr", vipr)] {
            folder.map_or(Ok(()), |folder| check_folder(option, folder))?;
        }
        Ok(Self { coq, vipr, without: BTreeMap::new(), refused: 0 })
    }

    /// Writes a valid certificate in the forms that are wanted and that its kind has.
    pub(super) fn write(&mut self, certificate: &Certificate, path: &Path) {
        if self.coq.is_none() && self.vipr.is_none() {
            return;
        }
        let text = &certificate.to_json().unwrap_or_default();
        let stem = path.file_stem().map(|stem| stem.to_string_lossy()).unwrap_or_default();
        if let Some(folder) = self.coq {
            match coq::form(certificate) {
                Ok(form) => {
                    let word = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
                    // a theory's name is an identifier
                    let name: String =
                        "certificate_".chars().chain(stem.chars().map(word)).collect();
                    let mut files = vec![("v", form.theory)];
                    files.extend(form.extracted.map(|extracted| ("txt", extracted)));
                    self.place(folder, (&name, '_'), text, &files, path);
                }
                Err(none) => self.count(none.to_string()),
            }
        }
        if let Some(folder) = self.vipr {
            let kind = certificate.row().name;
            if let Some((_, data)) = certificate.get::<LinearProgramProof>() {
                match vipr::linear_program(&data.program, &data.outcome) {
                    Some(document) => {
                        let files = [("vipr", document)];
                        self.place(folder, (&stem, '-'), text, &files, path);
                    }
                    None => self.count(format!("{kind} that is unbounded has no VIPR form")),
                }
            } else if certificate.get::<Collision>().is_some() {
                self.count(format!("{kind} has its VIPR documents from `search collision --vipr`"));
            } else {
                self.count(format!("{kind} has no VIPR form"));
            }
        }
    }

    fn count(&mut self, why: String) {
        *self.without.entry(why).or_default() += 1;
    }

    fn place(
        &mut self,
        folder: &Path,
        name: (&str, char),
        text: &str,
        files: &Files,
        source: &Path,
    ) {
        let source = source.display();
        match place(folder, name, text, files) {
            Ok(None) => {}
            Ok(Some(other)) => note(&format!("{source}: {other}")),
            Err(failure) => {
                self.refused += 1;
                error(&Failure::new(format!("{source}: {failure}")));
            }
        }
    }

    /// Says what has no such form, a line each; whether everything that has one was written.
    pub(super) fn finish(self) -> bool {
        for (why, count) in &self.without {
            let files =
                if *count == 1 { "1 certificate" } else { &format!("{count} certificates") };
            note(&format!("{files} not written: a proof of kind {why}"));
        }
        self.refused == 0
    }
}

/// Endings and contents of the files of one name.
type Files = [(&'static str, String)];

/// Writes the files of one name to a folder. Where others of that name are there already, the first digits of the SHA-256 of
/// `text` are added to it, and the sentence returned says so; nothing is ever replaced by something else.
pub(super) fn place(
    folder: &Path,
    (name, joint): (&str, char),
    text: &str,
    files: &Files,
) -> Result<Option<String>, Failure> {
    let longer = format!("{name}{joint}{}", &digest(text.as_bytes())[..8]);
    let files: Vec<_> = files.iter().map(|(ending, text)| (*ending, text.as_str())).collect();
    let passed = publish_files(folder, &[name.to_owned(), longer.clone()], &files)?;
    let there = |path: &PathBuf| format!("{} is there and is another", path.display());
    match passed.as_slice() {
        [] => Ok(None),
        [first] => Ok(Some(format!("{}; written as {longer}", there(first)))),
        [.., last] => Err(Failure::new(format!("{}; not written", there(last)))),
    }
}
