//! T14: the command, its table, and the machine's own numbers: singles as they are, `bf16` and `fp16` as the crate `half` rounds them.

use crate::support::program::{Ended, records, run_anywhere};
use half::{bf16, f16};

fn verify(arguments: &str) -> Ended {
    run_anywhere(&format!("verify machine-numbers --format json --quiet {arguments}"))
}

/// `largest_n`, the first failing count, and twice its output.
fn found(arithmetic: &str) -> (u64, u64, u64) {
    let output = verify(&format!("--arithmetic {arithmetic}"));
    assert_eq!(output.0, 0, "{arithmetic}");
    let [record] = &records(&output)[..] else { panic!("one cell") };
    let values = &record["values"];
    let number = |name: &str| values[name].as_u64().unwrap();
    assert_eq!(number("fails_at_n"), number("largest_n") + 1);
    assert_eq!(number("fails_at_count"), number("answer"));
    let twice = values["output"].as_str().unwrap().strip_suffix("/2").unwrap().parse().unwrap();
    (number("largest_n"), number("answer"), twice)
}

/// The table of orders and formats.
#[test]
fn the_table() {
    for (arithmetic, expected) in [
        ("e5m2:seq", (2, 2, 3)),
        ("e5m2:any", (2, 2, 3)),
        ("e5m2:pair", (2, 2, 3)),
        ("e5m2:once", (2, 2, 3)),
        ("e5m2:flash", (2, 2, 3)),
        ("e4m3:seq", (5, 4, 9)),
        ("e4m3", (5, 4, 9)),
        ("e4m3:pair", (5, 4, 9)),
        ("e4m3:once", (5, 4, 9)),
        ("e4m3:flash", (5, 4, 9)),
        ("bf16:seq", (26, 24, 49)),
        ("bf16", (23, 22, 45)),
        ("bf16:pair", (38, 38, 77)),
        ("bf16:once", (50, 49, 99)),
        ("bf16:flash", (64, 41, 81)),
        ("fp16:seq", (62, 63, 125)),
        ("fp16:any", (62, 63, 125)),
        ("tf32:any", (62, 63, 125)),
        ("fp16:once", (381, 313, 625)),
        ("fp16:flash", (512, 321, 641)),
        ("fp32:flash", (4_194_304, 2_621_441, 5_242_881)),
        ("fp64:flash", (1 << 51, 1_407_374_883_553_281, 2_814_749_767_106_561)),
        // at n = c = 2^k - 1 all ties from c = 2^(k - 1) on go down
        ("p9:seq", (30, 31, 61)),
        ("p13:seq", (126, 127, 253)),
    ] {
        assert_eq!(found(arithmetic), expected, "{arithmetic}");
    }
}

/// What takes seconds in a release: `cargo test --release --test it machine_numbers -- --ignored`.
#[test]
#[ignore = "minutes without optimisation"]
fn the_table_of_singles() {
    assert_eq!(found("fp16:pair"), (264, 223, 445));
    assert_eq!(found("fp32:seq"), (5858, 5851, 11_701));
    assert_eq!(found("fp32:any"), (5856, 5840, 11_679));
    assert_eq!(found("fp32:once"), (2_879_506, 2_876_858, 5_753_717));
}

/// The outputs of all counts, summed one by one or rounded once, in numbers that `round` makes of doubles.
fn outputs(n: u64, once: bool, round: impl Fn(f64) -> f64) -> Vec<f64> {
    let a = round(1.0 / n as f64);
    let mut sum = 0.0;
    let tail = |sum: f64| round(n as f64 * round(round(1.0 + sum) - 1.0));
    let counts = 1..=n;
    counts
        .map(|c| {
            sum = if once { round(c as f64 * a) } else { round(sum + a) };
            tail(sum)
        })
        .collect()
}

fn first_wrong(outputs: &[f64]) -> Option<(u64, f64)> {
    let wrong = |(c, y): &(u64, f64)| (y - *c as f64).abs() >= 0.5;
    (1..).zip(outputs.iter().copied()).find(wrong)
}

/// Two roundings, to singles and then to fewer than 12 bits, are one.
#[test]
fn the_machine_agrees() {
    let brain = |x: f64| bf16::from_f32(x as f32).to_f64();
    let half = |x: f64| f16::from_f32(x as f32).to_f64();
    for (arithmetic, once) in
        [("bf16:seq", false), ("bf16:once", true), ("fp16:seq", false), ("fp16:once", true)]
    {
        let all = |n| match &arithmetic[..4] {
            "bf16" => outputs(n, once, brain),
            _ => outputs(n, once, half),
        };
        let (n, (c, y)) = (1..).find_map(|n| Some((n, first_wrong(&all(n))?))).unwrap();
        assert_eq!(found(arithmetic), (n - 1, c, (2.0 * y) as u64), "{arithmetic}");
    }
    let single = |x: f64| f64::from(x as f32);
    for n in [100, 4000, 5857, 5858] {
        assert_eq!(first_wrong(&outputs(n, false, single)), None, "{n}");
    }
    assert_eq!(first_wrong(&outputs(5859, false, single)), Some((5851, 5850.5)));
    assert_eq!(first_wrong(&outputs(2_879_506, true, single)), None);
    assert_eq!(first_wrong(&outputs(2_879_507, true, single)), Some((2_876_858, 2_876_858.5)));
}

#[test]
fn what_is_too_long_is_undecided_with_a_bound() {
    let output = verify("--arithmetic fp64:once");
    assert_eq!(output.0, 3);
    let [record] = &records(&output)[..] else { panic!("one cell") };
    assert_eq!(record["verdict"], "undecided");
    // above ((sqrt 33 - 3) / 16 - 1/10000) 2^53
    assert_eq!(record["values"]["largest_n_at_least"], 1_544_734_672_188_080u64);
    assert!(record["values"]["largest_n"].is_null());
    let stopped = verify("--arithmetic fp32:seq --time-limit 0");
    assert_eq!(stopped.0, 3);
}

#[test]
fn what_makes_no_sense_is_told() {
    for (arguments, message) in [
        (
            "--arithmetic fp8",
            "`fp8` is no format; write one of e5m2, e4m3, bf16, fp16, tf32, fp32, fp64, p2 to p53",
        ),
        (
            "--arithmetic bf16:tree",
            "`tree` is no order of a sum; write one of seq, pair, any, once, flash",
        ),
        ("--arithmetic p1", "`p1`: expected a precision of 2 to 53 bits"),
        ("--arithmetic p30", "--arithmetic: expected p2 to p25 or fp64, found p30"),
        ("--arithmetic bf16,bf16:any", "--arithmetic: expected each once, found bf16:any twice"),
        (
            "--construction mfe-histogram",
            "--construction: expected qc-histogram, found mfe-histogram",
        ),
        ("--n 5", "--n: machine-numbers has no such option (it has --construction, --arithmetic)"),
    ] {
        let (status, _, text) = verify(arguments);
        assert_eq!(status, 2, "{arguments}: {text}");
        assert!(text.contains(message), "{arguments}: {text}");
    }
}
