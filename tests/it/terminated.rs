//! SIGTERM at random moments, again and again: every run goes on from the last one, to the bytes of a run that nobody ended, and leaves
//! no unfinished file. `COUNTERPROOF_ROUNDS` asks for more rounds than usual.

use crate::support::folder::tree;
use crate::support::program::{rounds, run, start};
use sha2::{Digest, Sha256};
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// Numbers that look random, the same every time.
struct Moments(u64);

impl Moments {
    /// From 0 up to `below`.
    fn next(&mut self, below: Duration) -> Duration {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        below.mul_f64((self.0 >> 40) as f64 / f64::from(1u32 << 24))
    }
}

/// Ends `command` until it is done, `rounds` times from the start; `journal` is what tells how far it is, in any order of lines.
fn ended_until_done(command: &str, journal: Option<&str>) {
    let straight = tempfile::tempdir().unwrap();
    let before = Instant::now();
    let expected = run(straight.path(), command);
    let took = before.elapsed();
    assert!(expected.0 < 2, "{command}: {}", expected.2);
    let lines = |folder: &Path| {
        let text = journal.map(|name| fs::read_to_string(folder.join(name)).unwrap());
        let mut lines: Vec<String> =
            text.iter().flat_map(|text| text.lines()).map(str::to_owned).collect();
        lines.sort();
        lines
    };
    let files = |folder: &Path| {
        let mut files = tree(folder);
        // what was found before a signal has a name of its own, and stays
        files.retain(|name, _| Some(name.as_str()) != journal && !name.contains("-partial"));
        // digests, so that a difference can be read
        let digest =
            |bytes| Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        files.into_iter().map(|(name, bytes)| (name, digest(bytes))).collect::<Vec<(_, String)>>()
    };
    let mut moments = Moments(1);
    let mut ended = 0;
    for round in 0..rounds(1) {
        let folder = tempfile::tempdir().unwrap();
        for attempt in 0u32.. {
            assert!(attempt < 200, "{command}: no progress");
            let mut child = start(folder.path(), command);
            // what is kept is checked again, so that later attempts get more time
            std::thread::sleep(moments.next(took.mul_f64(1.0 + 0.1 * f64::from(attempt))));
            let id = child.id().to_string();
            let sent = Command::new("kill").args(["-TERM", &id]).status().unwrap();
            let status = child.wait().unwrap();
            // before its first line no program can answer
            let early = status.signal().is_some();
            let code = status.code().unwrap_or(3);
            assert!(code == 3 || code == expected.0, "{command}, round {round}: {status}");
            for name in tree(folder.path()).into_keys() {
                let last = name.rsplit('/').next().unwrap();
                assert!(early || !last.starts_with(".counterproof-"), "{command}: {name} stays");
            }
            if code != 3 {
                break;
            }
            assert!(sent.success());
            ended += 1;
        }
        let again = run(folder.path(), command);
        assert_eq!((again.0, &again.1), (expected.0, &expected.1), "{command}: {}", again.2);
        assert_eq!(files(folder.path()), files(straight.path()), "{command}");
        assert_eq!(lines(folder.path()), lines(straight.path()), "{command}");
    }
    assert!(ended > 0, "{command}: never ended");
}

#[test]
fn verify_goes_on() {
    let command = "verify qc-histogram --n 2-20 --m 3-5 --d 4 --journal j --certificates c --format json --out v.json";
    ended_until_done(command, Some("j"));
}

/// A part of surveys: what is decided of its lengths is kept.
#[test]
fn a_part_goes_on() {
    let command = "verify token-mixing --n 1-6 --m 2-3 --part 2/3 --journal j --certificates c --format json --out v.json";
    ended_until_done(command, Some("j"));
}

#[test]
fn search_goes_on() {
    let sizes = "--d 1-2 --m 3-5 --bound 1-3 --budget 2000";
    let out = "--certificates c --format csv --out s.csv";
    ended_until_done(&format!("search embedding {sizes} --journal j {out}"), Some("j"));
}

#[test]
fn reproduce_goes_on() {
    ended_until_done(
        "reproduce --quick --only welch,pigeonhole,qc-histogram,mfe-kept-residual --out out",
        None,
    );
}

#[test]
fn sweep_goes_on() {
    let sizes = "--d 2,4 --m 1-4 --seeds 2 --count 3 --steps 100 --held-out 64";
    ended_until_done(
        &format!("sweep --task qc {sizes} --journal j --out s.csv --format csv"),
        Some("j"),
    );
}
