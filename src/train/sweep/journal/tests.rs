//! Journals that were cut, changed, or are of something else.

use super::super::grid::tests::plan;
use super::super::run::{Outcome, train};
use super::*;
use crate::journal::write_line;
use std::sync::atomic::AtomicBool;

fn header() -> Header {
    Header::new(plan(), Shard::WHOLE)
}

/// What training this cell gives.
fn measured(cell: &Cell) -> Outcome {
    train(&plan(), cell, Kernels::own(), &|| false, &AtomicBool::new(false)).unwrap().unwrap()
}

/// A journal with a few cells, and what it holds.
fn filled(path: &Path) -> Results {
    let (mut journal, contents) = Journal::open(path, header()).unwrap();
    assert_eq!((contents.results.len(), contents.torn), (0, false));
    let plan = plan();
    let mut results = Results::new();
    for id in plan.chains().into_iter().take(5) {
        let cell = plan.cell(id, 2);
        let seen = journal.append(&cell, &measured(&cell)).unwrap();
        results.insert(cell, seen);
    }
    results
}

#[test]
fn a_journal_cut_anywhere_goes_on_with_its_whole_lines() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let results = filled(&path);
    let whole = std::fs::read(&path).unwrap();
    assert_eq!(read(&path).unwrap().results, results);
    let ends: Vec<usize> = whole
        .iter()
        .enumerate()
        .filter(|(_, byte)| **byte == b'\n')
        .map(|(at, _)| at + 1)
        .collect();
    assert_eq!(ends.len(), 6);
    let near = |length: usize| ends.iter().any(|end| end.abs_diff(length) < 3);
    for length in (0..=whole.len()).filter(|length| length % 61 == 0 || near(*length)) {
        std::fs::write(&path, &whole[..length]).unwrap();
        let (journal, contents) = Journal::open(&path, header()).unwrap();
        drop(journal);
        let lines = ends.iter().filter(|&&end| end <= length).count();
        assert_eq!(contents.results.len(), lines.saturating_sub(1), "{length}");
        assert!(contents.results.iter().all(|(cell, outcome)| results[cell] == *outcome));
        // whatever was torn is gone, and the header is there
        let kept = std::fs::read(&path).unwrap();
        let expected = ends.iter().copied().filter(|&end| end <= length.max(ends[0])).max();
        assert_eq!(Some(kept.len()), expected, "{length}");
        assert!(!read(&path).unwrap().torn);
    }
}

#[test]
fn a_changed_byte_is_never_believed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    filled(&path);
    let whole = std::fs::read(&path).unwrap();
    for at in (0..whole.len() - 1).filter(|at| at % 7 == 0 || whole[*at] == b'\n') {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        std::fs::write(&path, &changed).unwrap();
        assert!(read(&path).is_err(), "byte {at}");
        assert!(Journal::open(&path, header()).is_err(), "byte {at}");
        assert_eq!(std::fs::read(&path).unwrap(), changed, "a refused file is left as it is");
    }
}

#[test]
fn other_sweeps_and_other_files_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    filled(&path);
    let refused = |header: Header| Journal::open(&path, header).unwrap_err().to_string();
    let message = refused(Header { plan: Plan { heads: 2, ..plan() }, ..header() });
    assert!(message.ends_with("heads is 1 there, 2 here"), "{message}");
    let mut slower = plan();
    slower.arms[1].settings.steps = 4;
    let message = refused(Header { plan: slower, ..header() });
    assert!(message.contains("arms.1.settings.steps is 3 there, 4 here"), "{message}");
    let message = refused(Header { shard: Shard { index: 1, of: 2 }, ..header() });
    assert!(message.contains("shard.of is 1 there, 2 here"), "{message}");
    let message = refused(Header { program: "0.0.0".to_owned(), ..header() });
    assert!(message.contains("program is "), "{message}");

    let other = folder.path().join("notes.txt");
    for text in
        ["my notes", "my notes\n", "{}\n", "{\"sha256\": \"00\", \"entry\": {}}\n", "\0\0\0"]
    {
        std::fs::write(&other, text).unwrap();
        let message = Journal::open(&other, header()).unwrap_err().to_string();
        assert!(message.contains("not the journal of a sweep"), "{message}");
        assert_eq!(std::fs::read_to_string(&other).unwrap(), text);
    }
    let (newer, _) = write_line("", &Header { version: KIND.version + 1, ..header() }).unwrap();
    std::fs::write(&other, newer).unwrap();
    let message = read(&other).unwrap_err().to_string();
    assert!(message.contains("expected version 1 of the format, found 2"), "{message}");
    assert!(matches!(Journal::open(folder.path(), header()), Err(JournalError::NoFile { .. })));
    let nowhere = folder.path().join("no").join("journal");
    assert!(matches!(Journal::open(&nowhere, header()), Err(JournalError::File { .. })));
}

#[test]
fn lines_of_another_sweep_and_repeated_lines_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (one, two) = (folder.path().join("1"), folder.path().join("2"));
    filled(&one);
    let plan = Plan { held_out: 32, ..plan() };
    let (mut journal, _) = Journal::open(&two, Header { plan: plan.clone(), ..header() }).unwrap();
    let cell = plan.cell(plan.chains()[0], 2);
    journal.append(&cell, &measured(&cell)).unwrap();
    let line = |path| std::fs::read_to_string(path).unwrap().lines().nth(1).unwrap().to_owned();
    let whole = std::fs::read_to_string(&one).unwrap();
    for (line, reason) in [(line(&two), "digest"), (line(&one), "twice")] {
        std::fs::write(&one, format!("{whole}{line}\n")).unwrap();
        let message = read(&one).unwrap_err().to_string();
        assert!(message.contains(", line 7: ") && message.contains(reason), "{message}");
    }
}

#[test]
fn one_sweep_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let (journal, _) = Journal::open(&path, header()).unwrap();
    assert!(matches!(Journal::open(&path, header()), Err(JournalError::InUse { .. })));
    drop(journal);
    assert!(Journal::open(&path, header()).is_ok());
}

#[test]
fn what_a_line_carries_is_checked_though_its_digest_is_right() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal");
    let plan = plan();
    let cell = plan.cell(plan.chains()[0], 2);
    let right = measured(&cell);
    let refused = |change: &dyn Fn(&mut Outcome)| -> String {
        let _ = std::fs::remove_file(&path);
        let (mut journal, _) = Journal::open(&path, header()).unwrap();
        let mut outcome = right.clone();
        change(&mut outcome);
        journal.append(&cell, &outcome).unwrap();
        drop(journal);
        let reread = read(&path).map(|contents| contents.results.len());
        reread.map_or_else(|error| error.to_string(), |count| format!("{count} believed"))
    };
    assert_eq!(refused(&|_| ()), "1 believed");
    let first = |outcome: &Outcome| *outcome.measurement.by_answer.keys().next().unwrap();
    for (words, change) in [
        ("steps", &(|outcome: &mut Outcome| outcome.steps += 1) as &dyn Fn(&mut Outcome)),
        ("number of sequences", &|outcome| outcome.measurement.accuracy.total *= 2),
        ("do not add up", &|outcome| {
            let score = &mut outcome.measurement.accuracy;
            score.right = score.total - score.right;
        }),
        ("other sequences", &|outcome| {
            let answer = first(outcome);
            let score = outcome.measurement.by_answer.remove(&answer).unwrap();
            outcome.measurement.by_answer.insert(answer + 1000, score);
        }),
        ("do not add up", &|outcome| {
            let answer = first(outcome);
            outcome.measurement.by_answer.get_mut(&answer).unwrap().right += 1000;
        }),
        ("off by one", &|outcome| {
            let score = &mut outcome.measurement.within_one;
            score.right = score.total + 1;
        }),
    ] {
        let message = refused(change);
        assert!(message.contains("line 2: ") && message.contains(words), "{words}: {message}");
    }
}
