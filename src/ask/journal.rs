//! The journal of a questionnaire: an answer that was paid for is never asked for again.
//!
//! A journal of the form of [`crate::journal`]. Its header is the [`Plan`]; every other entry is a question's [`Id`], the SHA-256 of the
//! request's body, and the [`Reply`]. How counts are read off answers is no part of it: the same answers can be read by another rule.
//!
//! What is taken up is checked: every question is drawn and worded again and has to have the digest of its entry.

use super::plan::Plan;
use super::question::{Id, Question};
use super::reply::Reply;
use super::run::{Replies, RunError};
use crate::journal::{self, JournalError, Kind, Lines, header_of};
use serde::{Deserialize, Serialize};
use std::path::Path;

const KIND: Kind = Kind { name: "counterproof-ask", noun: "questionnaire", version: 1 };

/// What was asked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// says what the file is
    pub journal: String,
    pub version: u32,
    pub plan: Plan,
}

impl Header {
    #[must_use]
    pub fn new(plan: Plan) -> Self {
        Self { journal: KIND.name.to_owned(), version: KIND.version, plan }
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry<I, R> {
    question: I,
    sha256: String,
    reply: R,
}

/// What a journal holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Contents {
    pub plan: Plan,
    pub replies: Replies,
    /// an unfinished last line was left out
    pub torn: bool,
}

/// Where answers go.
#[derive(Debug)]
pub struct Journal(journal::Journal);

impl Journal {
    /// Keeps nothing: the answers are lost when the run is stopped.
    #[must_use]
    pub fn in_memory(plan: Plan) -> Self {
        Self(journal::Journal::in_memory(&Header::new(plan)))
    }

    /// Goes on with the journal at `path`, or starts it. The file stays locked against other runs until it is dropped.
    ///
    /// # Errors
    /// [`JournalError`] when the file cannot be used, is no journal, or is of other questions.
    pub fn open(path: &Path, plan: Plan) -> Result<(Self, Contents), JournalError> {
        let understand = |lines| understand(path, &lines);
        let (journal, contents) =
            journal::Journal::open(KIND, path, &Header::new(plan), understand)?;
        Ok((Self(journal), contents))
    }

    /// Writes down an answer, and returns it as whoever reads the journal will see it.
    ///
    /// # Errors
    /// [`JournalError`] when it could not be written.
    pub fn append(&mut self, question: &Question, reply: &Reply) -> Result<Reply, JournalError> {
        let sha256 = question.sha256.clone();
        let seen: Entry<Id, Reply> =
            self.0.append(&Entry { question: &question.id, sha256, reply })?;
        Ok(seen.reply)
    }
}

/// Takes up the answers of another journal to the very same requests, which differ from it in what else was asked: more `m`, more
/// repeats. They are written to this journal as well. How many there were.
///
/// # Errors
/// [`RunError`] when an answer could not be written down, or a question not be worded.
pub fn reuse(
    plan: &Plan,
    replies: &mut Replies,
    journal: &mut Journal,
    other: &Contents,
) -> Result<u64, RunError> {
    // the interface is in no request's body, and neither is who answered
    if (&other.plan.endpoint, other.plan.api) != (&plan.endpoint, plan.api) {
        return Ok(0);
    }
    let mut taken = 0;
    for id in plan.ids() {
        let Some(reply) = other.replies.get(&id).filter(|_| !replies.contains_key(&id)) else {
            continue;
        };
        let question = plan.question(&id)?;
        if other.plan.question(&id)?.sha256 == question.sha256 {
            let reply = journal.append(&question, reply)?;
            replies.insert(id, reply);
            taken += 1;
        }
    }
    Ok(taken)
}

/// Reads a journal without changing it.
///
/// # Errors
/// [`JournalError`] when it cannot be read or something in it does not fit.
pub fn read(path: &Path) -> Result<Contents, JournalError> {
    understand(path, &journal::read(KIND, path)?)
}

fn understand(path: &Path, lines: &Lines) -> Result<Contents, JournalError> {
    let Header { plan, .. } = header_of(KIND, path, lines)?;
    plan.check().map_err(|error| JournalError::Foreign {
        path: path.to_owned(),
        noun: KIND.noun,
        reason: error.to_string(),
    })?;
    let mut replies = Replies::new();
    for (line, text) in &lines.entries {
        let wrong =
            |reason: String| JournalError::Entry { path: path.to_owned(), line: *line, reason };
        let entry: Entry<Id, Reply> =
            serde_json::from_str(text).map_err(|error| wrong(error.to_string()))?;
        let id = entry.question;
        let named = format!("{}, number {}", id.cell, id.repeat);
        if !plan.has(&id) {
            return Err(wrong(format!("there is no question {named}")));
        }
        let question = plan.question(&id).map_err(|error| wrong(error.to_string()))?;
        if question.sha256 != entry.sha256 {
            return Err(wrong(format!(
                "the question {named} is another one here; another version of the program asked it"
            )));
        }
        entry.reply.check().map_err(wrong)?;
        if replies.insert(id, entry.reply).is_some() {
            return Err(wrong(format!("the question {named} is there twice")));
        }
    }
    Ok(Contents { plan, replies, torn: lines.torn })
}

#[cfg(test)]
mod tests {
    use super::super::plan::Sampling;
    use super::super::question::tests::plan;
    use super::*;

    fn reply(text: &str) -> Reply {
        Reply {
            text: text.to_owned(),
            refused: false,
            finish: None,
            model: None,
            prompt_tokens: Some(1),
            answer_tokens: None,
            positions: Vec::new(),
            date: "2026-01-31T12:00:00Z".to_owned(),
        }
    }

    fn filled(path: &Path, plan: &Plan) -> Replies {
        let (mut journal, contents) = Journal::open(path, plan.clone()).unwrap();
        assert!(contents.replies.is_empty());
        let ids = plan.ids().step_by(97);
        let write = |id: Id| {
            let question = plan.question(&id).unwrap();
            (id, journal.append(&question, &reply("3")).unwrap())
        };
        ids.map(write).collect()
    }

    #[test]
    fn a_journal_cut_anywhere_goes_on_with_its_whole_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let replies = filled(&path, &plan());
        let whole = std::fs::read(&path).unwrap();
        assert_eq!(read(&path).unwrap().replies, replies);
        for length in (0..=whole.len()).filter(|length| length % 37 == 0) {
            std::fs::write(&path, &whole[..length]).unwrap();
            let (_, contents) = Journal::open(&path, plan()).unwrap();
            let lines = whole[..length].iter().filter(|byte| **byte == b'\n').count();
            assert_eq!(contents.replies.len(), lines.saturating_sub(1), "{length}");
            assert!(!read(&path).unwrap().torn);
        }
    }

    #[test]
    fn a_changed_byte_is_never_believed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        filled(&path, &plan());
        let whole = std::fs::read(&path).unwrap();
        for at in (0..whole.len() - 1).filter(|at| at % 11 == 0 || whole[*at] == b'\n') {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            std::fs::write(&path, &changed).unwrap();
            assert!(Journal::open(&path, plan()).is_err(), "byte {at}");
            assert_eq!(std::fs::read(&path).unwrap(), changed, "a refused file is left as it is");
        }
    }

    #[test]
    fn answers_to_the_same_requests_are_taken_up_and_no_others() {
        let folder = tempfile::tempdir().unwrap();
        let (old, new) = (folder.path().join("old"), folder.path().join("new"));
        let replies = filled(&old, &plan());
        let taken = |plan: Plan| {
            let _ = std::fs::remove_file(&new);
            let (mut journal, found) = Journal::open(&new, plan.clone()).unwrap();
            let mut known = found.replies;
            let contents = read(&old).unwrap();
            let taken = reuse(&plan, &mut known, &mut journal, &contents).unwrap();
            assert_eq!(taken, known.len() as u64);
            drop(journal);
            assert_eq!(read(&new).unwrap().replies, known);
            known
        };
        assert_eq!(taken(Plan { m: vec![2, 3, 5], repeats: 300, ..plan() }), replies);
        let fewer = taken(Plan { m: vec![5], ..plan() });
        assert!(!fewer.is_empty() && fewer.len() < replies.len());
        for other in [
            Plan { seed: 8, ..plan() },
            Plan { model: "other".to_owned(), ..plan() },
            Plan { endpoint: "other".to_owned(), ..plan() },
            Plan { c: 4, ..plan() },
        ] {
            assert!(taken(other).is_empty());
        }
    }

    #[test]
    fn other_questions_are_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        filled(&path, &plan());
        let refused = |plan: Plan| Journal::open(&path, plan).unwrap_err().to_string();
        let message = refused(Plan { model: "other".to_owned(), ..plan() });
        assert!(
            message.ends_with(
                "a journal of another questionnaire: model is \"m\" there, \"other\" here"
            ),
            "{message}"
        );
        let message = refused(Plan { seed: 8, ..plan() });
        assert!(message.ends_with("seed is 7 there, 8 here"), "{message}");
        let warm = Sampling { temperature: Some(1.0), ..plan().sampling };
        let message = refused(Plan { sampling: warm, ..plan() });
        assert!(message.contains("sampling.temperature is 0.0 there, 1.0 here"), "{message}");
        let other = folder.path().join("notes");
        std::fs::write(&other, "my notes\n").unwrap();
        let message = Journal::open(&other, plan()).unwrap_err().to_string();
        assert!(message.contains("not the journal of a questionnaire"), "{message}");
        // one run at a time
        let held = Journal::open(&path, plan()).unwrap();
        let message = refused(plan());
        assert!(message.ends_with("in use by another questionnaire"), "{message}");
        drop(held);
    }

    #[test]
    fn what_a_line_says_is_checked_though_its_digest_is_right() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal");
        let plan = plan();
        let id = plan.ids().nth(3).unwrap();
        let refused = |change: &dyn Fn(&mut Question, &mut Reply)| -> String {
            let _ = std::fs::remove_file(&path);
            let (mut journal, _) = Journal::open(&path, plan.clone()).unwrap();
            let (mut question, mut reply) = (plan.question(&id).unwrap(), reply("3"));
            change(&mut question, &mut reply);
            journal.append(&question, &reply).unwrap();
            drop(journal);
            let reread = read(&path).map(|contents| contents.replies.len());
            reread.map_or_else(|error| error.to_string(), |count| format!("{count} believed"))
        };
        assert_eq!(refused(&|_, _| ()), "1 believed");
        assert!(
            refused(&|question, _| question.id.repeat = 4)
                .contains("line 2: the question m = 2, number 4 is another one")
        );
        assert!(refused(&|question, _| question.id.repeat = 999).contains("there is no question"));
        assert!(refused(&|_, reply| reply.text = "x".repeat(10_000)).contains("more than 8192"));
        assert!(
            refused(&|_, reply| reply.date = "yesterday".to_owned()).contains("expected a date")
        );
        assert!(refused(&|_, reply| reply.prompt_tokens = Some(u64::MAX)).contains("tokens"));
    }
}
