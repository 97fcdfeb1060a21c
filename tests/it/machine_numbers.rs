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

/// `largest_n` and the output that ends it, for T1 with scaled values and T3 with any MLP.
#[test]
fn other_constructions() {
    for (construction, arithmetic, expected) in [
        ("qc-histogram-scaled", "bf16:seq", (74, "129/2")),
        ("qc-histogram-scaled", "bf16", (60, "67/2")),
        ("qc-histogram-scaled", "bf16:once", (74, "129/2")),
        ("qc-histogram-scaled", "bf16:pair", (74, "67/2")),
        ("qc-histogram-scaled", "bf16:flash", (256, "256")),
        ("qc-histogram-scaled", "fp32:flash", (1 << 24, "16777216")),
        ("qc-histogram-bos", "e5m2", (8, "8")),
        ("qc-histogram-bos", "bf16", (256, "256")),
        ("qc-histogram-bos", "bf16:seq", (256, "256")),
        ("qc-histogram-bos", "fp16:pair", (2048, "2048")),
        ("qc-histogram-padded", "bf16", (256, "256")),
        ("qc-histogram-padded", "fp32:any", (1 << 24, "16777216")),
        ("mfe-histogram", "e5m2", (4, "5/2")),
        ("mfe-histogram", "e4m3:seq", (6, "11/2")),
        ("mfe-histogram", "e4m3:pair", (8, "9/2")),
        ("mfe-histogram", "bf16", (23, "47/2")),
        ("mfe-histogram", "bf16:once", (72, "133/2")),
        ("mfe-histogram", "bf16:flash", (96, "139/2")),
        ("mfe-histogram", "fp16", (64, "129/2")),
        ("qc-count-attend", "e5m2", (3, "5/4")),
        ("qc-count-attend", "e4m3", (4, "5/4")),
        ("qc-count-attend", "bf16:seq", (14, "137/128")),
        ("qc-count-attend", "fp16", (36, "263/256")),
        ("qc-count-attend", "fp32", (2947, "4195727/4194304")),
        ("qc-count-attend-unmarked", "e5m2", (6, "5/32")),
        ("qc-count-attend-unmarked", "e4m3", (14, "9/128")),
        ("qc-count-attend-unmarked", "bf16", (190, "43/8192")),
        ("qc-count-attend-unmarked", "fp16", (1464, "179/262144")),
    ] {
        let output = verify(&format!("--construction {construction} --arithmetic {arithmetic}"));
        let [record] = &records(&output)[..] else { panic!("one cell") };
        let values = &record["values"];
        let found = (values["largest_n"].as_u64().unwrap(), values["output"].as_str().unwrap());
        assert_eq!(found, expected, "{construction} {arithmetic}");
    }
}

/// T2 with more tokens, by evaluating every input in doubles that are rounded again: `largest_n` is that of all count vectors.
#[test]
fn the_tournament_of_more_tokens() {
    let output = verify(
        "--construction mfe-histogram --m 2,3,4 --arithmetic p5:seq,p5:once,p5:flash,e4m3:seq,e4m3:once,e4m3:flash,e5m2:flash,p6:seq,p6:once,p6:flash",
    );
    assert_eq!(output.0, 0, "{}", output.2);
    let found = records(&output);
    assert_eq!(found.len(), 30);
    for record in &found {
        let (m, arithmetic) = (&record["params"]["m"], record["params"]["arithmetic"].as_str());
        let (m, (format, order)) =
            (m.as_u64().unwrap() as usize, arithmetic.unwrap().split_once(':').unwrap());
        let round = |x: f64| match format {
            "e5m2" => rounded(x, 3, -14),
            "e4m3" => rounded(x, 4, -6),
            bits => rounded(x, bits[1..].parse().unwrap(), -1022),
        };
        let values = &record["values"];
        let largest = values["largest_n"].as_u64().unwrap();
        for n in 1..=largest {
            assert_eq!(wrong_vector(n, m, order, &round), None, "{m} {arithmetic:?} {n}");
        }
        assert!(wrong_vector(largest + 1, m, order, &round).is_some(), "{m} {arithmetic:?}");
        // what is told is one of them
        let told = values["sequence"].as_str().unwrap();
        let mut counts = vec![0; m];
        let mut query = 0;
        for run in told.split(' ').filter(|_| m > 2) {
            let (token, count) = run.split_once('^').unwrap();
            query = token.parse().unwrap();
            counts[query] = count.parse().unwrap();
        }
        if m > 2 {
            assert_eq!(counts.iter().sum::<u64>(), largest + 1);
            let y = tournament(&counts, query, order, &round);
            let stated: f64 =
                values["output"].as_str().unwrap().strip_suffix("/2").unwrap().parse().unwrap();
            assert_eq!(y, stated / 2.0, "{m} {arithmetic:?} {told}");
            assert_eq!(values["answer"].as_u64(), counts.iter().copied().max());
        }
    }
}

/// A number that is not negative with so many bits.
fn rounded(x: f64, bits: i32, emin: i32) -> f64 {
    if x == 0.0 {
        return 0.0;
    }
    let unit = f64::powi(2.0, (x.log2().floor() as i32).max(emin) - bits + 1);
    (x / unit).round_ties_even() * unit
}

/// What T2 gives for a count vector.
fn tournament(counts: &[u64], query: usize, order: &str, round: &dyn Fn(f64) -> f64) -> f64 {
    let n = counts.iter().sum::<u64>() as f64;
    let a = round(1.0 / n);
    let frequency = |count: u64| match order {
        "seq" => (0..count).fold(0.0, |sum, _| round(sum + a)),
        "once" => round(count as f64 * a),
        _ => round(count as f64 / n),
    };
    let mut numbers: Vec<f64> = counts.iter().map(|count| frequency(*count)).collect();
    numbers[query] = 0.0;
    let sum = match order {
        "once" => numbers.iter().sum(),
        _ => numbers.iter().fold(0.0, |sum, x| round(sum + x)),
    };
    numbers.push(round((1.0 - sum).max(0.0)));
    while numbers.len() > 1 {
        let pairs = numbers.chunks(2).map(|pair| match pair {
            [a, b] => round(b + round((a - b).max(0.0))),
            odd => odd[0],
        });
        numbers = pairs.collect();
    }
    round(n * numbers[0])
}

/// A count vector with a query that is wrong.
fn wrong_vector(
    n: u64,
    m: usize,
    order: &str,
    round: &dyn Fn(f64) -> f64,
) -> Option<(Vec<u64>, usize)> {
    let mut counts = vec![0; m];
    counts[m - 1] = n;
    loop {
        let answer = *counts.iter().max().unwrap() as f64;
        let wrong = |query: &usize| {
            counts[*query] > 0 && (tournament(&counts, *query, order, round) - answer).abs() >= 0.5
        };
        if let Some(query) = (0..m).find(wrong) {
            return Some((counts, query));
        }
        // the next composition of n
        let last = counts[m - 1];
        let at = (0..m - 1).rev().find(|&j| counts[j + 1..].iter().any(|count| *count > 0))?;
        let rest: u64 = counts[at + 1..].iter().sum();
        counts[at] += 1;
        counts[at + 1..].fill(0);
        counts[m - 1] = rest - 1;
        assert!(last <= n);
    }
}

/// A record says how many tokens there are where that was asked, and two need no word in the certificate.
#[test]
fn how_many_tokens_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display();
    let output = verify(&format!(
        "--construction mfe-histogram --m 2,3,9 --arithmetic bf16:seq,e4m3 --certificates {path}"
    ));
    let found = records(&output);
    assert_eq!((output.0, found.len()), (0, 6));
    for record in &found {
        let file = record["certificate"].as_str().unwrap();
        let text = std::fs::read_to_string(file).unwrap();
        assert_eq!(text.contains("\"m\":"), record["params"]["m"] != 2, "{text}");
        let expected = if record["params"]["arithmetic"] == "bf16:seq" { 26 } else { 6 };
        assert_eq!(record["values"]["largest_n"], expected);
    }
    let usual = verify("--construction mfe-histogram --arithmetic bf16:seq");
    assert!(records(&usual)[0]["params"].get("m").is_none());
    // bounds leave open what no tree shows wrong
    let open = verify("--construction mfe-histogram --m 3 --arithmetic p6:any");
    let [record] = &records(&open)[..] else { panic!("one cell") };
    assert_eq!((open.0, record["values"]["largest_n_at_least"].as_u64()), (3, Some(11)));
}

/// The same by singles and doubles of this machine.
#[test]
fn any_mlp_of_singles() {
    let state = |c: u64| 1.0f32 + 1.0 / c as f32;
    let first = (2..).find(|&c| state(c) == state(c - 1)).unwrap();
    assert_eq!(first, 2948);
    let alone = |c: u64| 1.0 / c as f32;
    assert!(
        alone(11_864_339) == alone(11_864_338)
            && (11_800_000..11_864_338).all(|c| alone(c + 1) < alone(c))
    );
}

#[test]
fn how_many_bits_it_takes() {
    let output = verify("--n 8,26,64 --least-precision --order any,seq,once,flash");
    assert_eq!(output.0, 0, "{}", output.2);
    let found: Vec<(u64, String, u64)> = records(&output)
        .iter()
        .map(|record| {
            let (params, precision) = (&record["params"], &record["values"]["precision"]);
            let order = params["order"].as_str().unwrap().to_owned();
            (params["n"].as_u64().unwrap(), order, precision.as_u64().unwrap())
        })
        .collect();
    let expected = [
        (8, "any", 6),
        (8, "flash", 5),
        (8, "once", 5),
        (8, "seq", 6),
        (26, "any", 9),
        (26, "flash", 7),
        (26, "once", 7),
        (26, "seq", 8),
        (64, "any", 12),
        (64, "flash", 8),
        (64, "once", 9),
        (64, "seq", 12),
    ];
    assert_eq!(found, expected.map(|(n, order, bits)| (n, order.to_owned(), bits)));
    // in every order the histogram padded to a power of two needs log2 n bits
    let output = verify("--construction qc-histogram-padded --n 64,65 --least-precision");
    let bits: Vec<u64> =
        records(&output).iter().map(|r| r["values"]["precision"].as_u64().unwrap()).collect();
    assert_eq!(bits, [6, 7]);
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
            "--construction mfe",
            "--construction: expected one of qc-histogram, qc-histogram-scaled, qc-histogram-bos, qc-histogram-padded, mfe-histogram, qc-count-attend, qc-count-attend-unmarked, found mfe",
        ),
        (
            "--m 5",
            "--m: expected --construction mfe-histogram beside it (one token matters to the others), found qc-histogram",
        ),
        ("--construction mfe-histogram --m 1", "--m: expected 2 to 64, found 1"),
        ("--construction mfe-histogram --m 65", "--m: expected 2 to 64, found 65"),
        (
            "--construction mfe-histogram --m 3 --arithmetic bf16:pair",
            "--arithmetic: expected an order other than pair for more than two tokens, found bf16:pair",
        ),
        (
            "--construction mfe-histogram --m 3 --n 8 --least-precision",
            "--m: expected none beside --least-precision, found vocabulary sizes",
        ),
        ("--arithmetic p4-3:seq", "`p4-3`: expected bits such as p4-9, from 2 to 53"),
        ("--arithmetic p0-3", "`p0-3`: expected bits such as p4-9, from 2 to 53"),
        ("--arithmetic p3-5,p4", "--arithmetic: expected each once, found p4:any twice"),
        ("--n 5", "--n: expected --least-precision beside it, found lengths"),
        ("--order seq", "--order: expected --least-precision beside it"),
        (
            "--n 5 --least-precision --arithmetic bf16",
            "--arithmetic: expected --order ORDER,.. beside --least-precision, found formats",
        ),
        ("--n 5 --least-precision --order seq,seq", "--order: expected each once, found seq twice"),
        (
            "--n 5 --least-precision --order tree",
            "`tree` is no order of a sum; write one of seq, pair, any, once, flash",
        ),
        ("--n 16777217 --least-precision", "--n: expected 1 to 16777216, found 16777217"),
    ] {
        let (status, _, text) = verify(arguments);
        assert_eq!(status, 2, "{arguments}: {text}");
        assert!(text.contains(message), "{arguments}: {text}");
    }
}
