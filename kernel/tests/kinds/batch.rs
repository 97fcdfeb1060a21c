//! Many files: a line each, in their order, whatever one of them is; and the program `counterproof-check`.

use crate::table::{folder, stored};
use counterproof_kernel::batch::{Count, Options, Outcome, judge, line};
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const GOOD: &str = "welch/plain.json";
const REFUTES: &str = "linear-readout/plain.json";

fn options(threads: usize) -> Options {
    Options { threads, expect: None, part: None, go_on: Arc::new(|| true) }
}

/// `valid`, `invalid`, .. for each file, and the count.
fn outcomes(files: Vec<Result<Vec<u8>, String>>, options: &Options) -> (Vec<(usize, String)>, Count) {
    let mut told = Vec::new();
    let number = files.len();
    let count = judge(
        number,
        move |index| files[index].clone(),
        options,
        |index, outcome| {
            told.push((index, line(&format!("{index}"), &outcome).0));
        },
    );
    (told, count)
}

fn altered() -> String {
    let mut certificate = stored("welch/plain");
    certificate["params"]["m"] = 5.into();
    certificate.to_string()
}

#[test]
fn every_file_is_told_in_order() {
    let good = std::fs::read(folder().join(GOOD)).unwrap();
    let mut long = stored("repetition/plain");
    long["params"]["n"] = 400.into();
    let error = counterproof_kernel::Certificate::parse(&long.to_string()).unwrap_err();
    long["sha256"] = error.expected().unwrap().into();
    let files = vec![
        Ok(long.to_string().into_bytes()),
        Ok(good.clone()),
        Err("cannot read: gone".to_owned()),
        Ok(altered().into_bytes()),
        Ok(vec![b'{', 0xff]),
        Ok(good),
    ];
    for threads in [1, 2, 7] {
        let (told, count) = outcomes(files.clone(), &options(threads));
        let starts = [
            "0: valid: no-position: 2 models",
            "1: valid: welch: 4 normalised",
            "2: cannot read: gone",
            "3: invalid: sha256: expected `",
            "4: expected UTF-8 text, found another byte at 1",
            "5: valid: welch: ",
        ];
        assert_eq!(told.len(), starts.len());
        for (index, ((at, text), start)) in told.iter().zip(starts).enumerate() {
            assert!(*at == index && text.starts_with(start), "{text}");
        }
        assert_eq!(count, Count { valid: 3, invalid: 1, unusable: 2, ..Count::default() });
        assert_eq!((count.summary().as_str(), count.status()), ("3 valid, 1 invalid, 2 unusable, 0 not checked", 1));
    }
    assert_eq!(outcomes(Vec::new(), &options(3)), (Vec::new(), Count::default()));
}

#[test]
fn the_worst_outcome_is_the_status() {
    let status = |[valid, invalid, unusable, unfinished]: [usize; 4]| {
        Count { valid, invalid, unusable, unfinished, in_part: 0 }.status()
    };
    assert_eq!(
        [[0; 4], [2, 0, 0, 0], [2, 1, 0, 0], [2, 0, 1, 0], [2, 1, 1, 0], [2, 1, 1, 1], [0, 0, 0, 2]].map(status),
        [0, 0, 1, 2, 1, 3, 3]
    );
    let mut count = Count::default();
    let unusable = Outcome::Unusable("why".to_owned());
    for outcome in [&Outcome::Invalid("why".to_owned()), &unusable, &unusable, &Outcome::Unfinished] {
        count.add(outcome);
    }
    assert_eq!(count, Count { invalid: 1, unusable: 2, unfinished: 1, ..Count::default() });
    assert_eq!(line("a", &unusable), ("a: why".to_owned(), true));
    assert_eq!(line("a", &Outcome::Invalid("why".to_owned())), ("a: invalid: why".to_owned(), true));
    assert_eq!(line("a", &Outcome::Unfinished), ("a: not checked: a limit was reached first".to_owned(), true));
}

#[test]
fn what_is_expected_is_asked_of_every_file() {
    let files = || [GOOD, REFUTES].map(|file| std::fs::read(folder().join(file)).map_err(|_| String::new())).to_vec();
    let expecting = Options { expect: Some("welch m=4".to_owned()), ..options(2) };
    let (told, count) = outcomes(files(), &expecting);
    assert_eq!(told[1].1, "1: invalid: claim: expected welch, found linear-readout");
    assert_eq!(count, Count { valid: 1, invalid: 1, ..Count::default() });
}

/// A part of a check is told from the whole, and asked of the kinds that have parts only.
#[test]
fn a_part_is_not_the_whole() {
    let enumerated = "exhaustive/query-count.json";
    let files =
        [enumerated, GOOD, enumerated].map(|file| std::fs::read(folder().join(file)).map_err(|_| String::new()));
    let in_part = Options { part: Some("2/3".parse().unwrap()), ..options(2) };
    let (told, count) = outcomes(files.to_vec(), &in_part);
    let words = "0: valid in part 2/3, the other parts are not checked: qc-histogram: a one-layer transformer";
    assert!(told[0].1.starts_with(words), "{}", told[0].1);
    assert_eq!(told[1].1, "1: --part: certificates of the kind welch have no parts");
    assert_eq!((count.valid, count.in_part, count.unusable, count.status()), (0, 2, 1, 2));
    assert_eq!(count.summary(), "2 valid in part only, 0 valid, 0 invalid, 1 unusable, 0 not checked");
    assert_eq!(Count { in_part: 1, ..Count::default() }.status(), 0);
}

/// Once the work has to stop nothing more is begun, and everything left is named.
#[test]
fn a_limit_names_what_is_left() {
    let asked = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&asked);
    let stopping = Options { go_on: Arc::new(move || counter.fetch_add(1, Ordering::Relaxed) < 3), ..options(1) };
    let files: Vec<_> = (0..20).map(|_| std::fs::read(folder().join(GOOD)).map_err(|_| String::new())).collect();
    let (told, count) = outcomes(files, &stopping);
    assert_eq!(told.len(), 20);
    assert!(count.unfinished >= 17 && count.valid + count.unfinished == 20, "{count:?}");
    assert_eq!(count.status(), 3);
    // a reader that never comes back is left behind
    let start = Instant::now();
    let stopped = Options { go_on: Arc::new(move || start.elapsed() < Duration::from_millis(100)), ..options(2) };
    let hangs = |index: usize| {
        if index == 1 {
            std::thread::sleep(Duration::from_secs(600));
        }
        Ok(std::fs::read(folder().join(GOOD)).unwrap())
    };
    let mut told = Vec::new();
    let count = judge(3, hangs, &stopped, |index, outcome| told.push((index, matches!(outcome, Outcome::Valid(..)))));
    assert_eq!(told, [(0, true), (1, false), (2, true)]);
    assert_eq!((count.valid, count.unfinished), (2, 1));
    assert!(start.elapsed() < Duration::from_secs(10));
}

/// Only a limit ends the waiting for a file; once it is reached, what comes within the grace period is told as it is.
#[test]
fn a_slow_file_is_waited_for() {
    let slow = |_: usize| {
        std::thread::sleep(Duration::from_millis(2000));
        Ok(std::fs::read(folder().join(GOOD)).unwrap())
    };
    assert_eq!(judge(1, slow, &options(1), |_, _| {}).valid, 1);
    let start = Instant::now();
    let stopped = Options { go_on: Arc::new(move || start.elapsed() < Duration::from_millis(50)), ..options(1) };
    let late = |_: usize| {
        std::thread::sleep(Duration::from_millis(400));
        Err("cannot read: gone".to_owned())
    };
    // on a machine that is slow enough the grace period may pass
    let count = judge(1, late, &stopped, |_, _| {});
    assert_eq!((count.valid + count.invalid, count.unusable + count.unfinished), (0, 1));
}

/// A fault of ours in one file is told as not checked, and the others are judged.
#[test]
fn a_panic_stops_no_other_file() {
    let reads = |index: usize| {
        assert!(index != 0, "made to fail");
        Ok(std::fs::read(folder().join(GOOD)).unwrap())
    };
    let count = judge(2, reads, &options(1), |_, _| {});
    assert_eq!((count.valid, count.unfinished, count.status()), (1, 1, 3));
}

/// A stranger's text cannot make a line of its own, nor a long one.
#[test]
fn what_a_file_holds_stays_on_its_line() {
    let good = std::fs::read_to_string(folder().join(GOOD)).unwrap();
    let forged = "x\\n2 valid, 0 invalid\\u001b[2K\\r\\u0085";
    let long = "y".repeat(10_000);
    let texts = [
        good.replacen("{\"format\"", &format!("{{\"{forged}\":0,\"format\""), 1),
        good.replacen("\"d\":2", &format!("\"d\":2,\"{forged}\":0"), 1),
        good.replacen("\"claim\":\"welch\"", &format!("\"claim\":\"{forged}\""), 1),
        good.replacen("{\"welch\"", &format!("{{\"{forged}\""), 1),
        good.replacen("\"25/26\"", &format!("\"{forged}\""), 1),
        good.replacen("\"d\":2", &format!("\"d\":2,\"{long}\":0"), 1),
        good.replacen("\"format\":\"", &format!("\"format\":\"{forged}"), 1),
        good.replacen("\"sha256\":\"", &format!("\"sha256\":\"{forged}"), 1),
    ];
    let files = texts.map(|text| {
        assert_ne!(text, good);
        Ok(text.into_bytes())
    });
    let (told, count) = outcomes(files.to_vec(), &options(1));
    assert_eq!((count.valid, count.unfinished), (0, 0));
    for (index, text) in &told {
        assert!(!text.chars().any(char::is_control) && text.chars().count() < 620, "{index}: {text:?}");
    }
    // an altered text is called that, whatever is in it
    assert!(told[5].1.starts_with("5: invalid: sha256: "), "{}", told[5].1);
    let (text, _) = line("a\nb\u{1b}.json", &Outcome::Unfinished);
    assert_eq!(text, "a?b?.json: not checked: a limit was reached first");
}

/// Exit status, standard output and standard error.
fn program(arguments: &[&str], input: &[u8]) -> (i32, String, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_counterproof-check"))
        .args(arguments)
        .current_dir(folder())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // it may end without reading
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_program_says_what_it_found() {
    let (status, out, err) = program(&[GOOD, REFUTES], b"");
    assert_eq!((status, err.as_str()), (0, ""));
    let lines: Vec<&str> = out.lines().collect();
    assert!(lines[0].starts_with("welch/plain.json: valid: welch: 4 normalised embeddings"), "{out}");
    assert!(lines[1].starts_with("linear-readout/plain.json: valid refutation: linear-readout: with these"), "{out}");
    assert_eq!(lines[2..], ["2 valid, 0 invalid, 0 unusable, 0 not checked"]);
    let (status, out, err) = program(&["--brief", GOOD, "missing.json"], b"");
    assert_eq!((status, out.as_str()), (2, "1 valid, 0 invalid, 1 unusable, 0 not checked\n"));
    assert!(err.starts_with("missing.json: cannot read: ") && err.lines().count() == 1, "{err}");
    let (status, out, err) = program(&["-", GOOD], altered().as_bytes());
    assert_eq!(status, 1);
    assert!(err.starts_with("-: invalid: sha256: expected "), "{err}");
    assert!(out.ends_with("1 valid, 1 invalid, 0 unusable, 0 not checked\n"));
    let good = std::fs::read(folder().join(GOOD)).unwrap();
    assert_eq!(program(&["--brief", "--", "-"], &good).0, 0);
    // after -- everything is a file
    let files = [
        "--brief",
        "--expect",
        "--threads",
        "--time-limit",
        "--help",
        "-h",
        "--version",
        "-V",
        "--",
        "-x",
        "--threads=0",
    ];
    let (status, out, err) = program(&[&["--"], &files[..]].concat(), b"");
    assert_eq!((status, out.as_str()), (2, "0 valid, 0 invalid, 11 unusable, 0 not checked\n"));
    for (name, line) in files.iter().zip(err.lines()) {
        assert!(line.starts_with(&format!("{name}: cannot read: ")), "{line}");
    }
}

/// The longest file is read, a longer one is not.
#[test]
fn the_program_reads_so_much() {
    let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("long-{}.json", std::process::id()));
    let file = std::fs::File::create(&path).unwrap();
    let told = |length: u64| {
        file.set_len(length).unwrap();
        let (status, _, err) = program(&[path.to_str().unwrap()], b"");
        assert_eq!(status, 2);
        err.split_once(".json: ").unwrap().1.trim_end().to_owned()
    };
    // as many zeros
    assert_eq!(told(1 << 28), "certificate: expected value at line 1 column 1");
    assert_eq!(told((1 << 28) + 1), "expected at most 268435456 bytes");
    assert_eq!(told(1 << 32), "expected at most 268435456 bytes");
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn the_program_has_options() {
    for (arguments, status) in [
        (&["--expect", "welch m=4", GOOD][..], 0),
        (&["--expect=welch m=4 d=2", GOOD], 0),
        (&["--expect", "welch m=5", GOOD], 1),
        (&["--threads", "1", GOOD], 0),
        (&["--threads=1024", GOOD], 0),
        (&["--time-limit", "600", GOOD], 0),
        (&["--time-limit", "100.25", GOOD], 0),
        (&["--time-limit", "0", GOOD], 3),
        (&["--time-limit=0.000000001", GOOD], 3),
    ] {
        assert_eq!(program(arguments, b"").0, status, "{arguments:?}");
    }
    let (status, out, _) = program(&["--help"], b"");
    assert!(status == 0 && out.starts_with("Checks certificates: ") && out.contains("--time-limit SECONDS"));
    assert_eq!(program(&["-h", "--unknown"], b"").1, out);
    let version = concat!("counterproof-check ", env!("CARGO_PKG_VERSION"), "\n");
    assert_eq!(program(&["--version"], b""), (0, version.to_owned(), String::new()));
    assert_eq!(program(&["-V"], b"").1, version);
    for (arguments, message) in [
        (&[][..], "error: expected at least one FILE; see --help\n"),
        (&["--brief"], "error: expected at least one FILE; see --help\n"),
        (&["--unknown", GOOD], "error: --unknown: unknown option; see --help\n"),
        (&["-x", GOOD], "error: -x: unknown option; see --help\n"),
        (&[GOOD, "--expect"], "error: --expect: expected a value\n"),
        (&["--threads", "0", GOOD], "error: --threads: expected a number from 1 to 1024\n"),
        (&["--threads", "1025", GOOD], "error: --threads: expected a number from 1 to 1024\n"),
        (&["--threads", "few", GOOD], "error: --threads: expected a number from 1 to 1024\n"),
        (&["--time-limit", "-1", GOOD], "error: --time-limit: expected seconds, such as 10 or 0.5\n"),
        (&["--time-limit", "1.2.3", GOOD], "error: --time-limit: expected seconds, such as 10 or 0.5\n"),
        (&["--time-limit", "1e3", GOOD], "error: --time-limit: expected seconds, such as 10 or 0.5\n"),
        (&["--time-limit", "", GOOD], "error: --time-limit: expected seconds, such as 10 or 0.5\n"),
        (&["--time-limit", "+1", GOOD], "error: --time-limit: expected seconds, such as 10 or 0.5\n"),
    ] {
        assert_eq!(program(arguments, b""), (2, String::new(), message.to_owned()), "{arguments:?}");
    }
}
