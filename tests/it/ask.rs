//! `ask` as a user meets it, against a server that plays right answers, wrong ones, trouble and hostility.

use crate::support::endpoint::{Action, Server, prompt, right, says};
use crate::support::program::start;
use assert_cmd::Command;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

const KEY: &str = "sk-0123456789abcdef";

fn run(folder: &Path, arguments: &str) -> (i32, String, String) {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("counterproof"));
    command.current_dir(folder).env("ASK_KEY", KEY).args(arguments.split_whitespace());
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// Two sizes, four questions each, and as many of the baseline: 16 questions.
fn small(server: &Server) -> String {
    format!(
        "ask --endpoint {} --model played --task qc --m 2,5 --c 3 --repeats 4 --seed 1 --format json",
        server.url
    )
}

fn measured(printed: &str) -> Value {
    let value: Value = serde_json::from_str(printed).unwrap();
    assert_eq!((&value["schema"], &value["records"]), (&json!("counterproof/1"), &json!([])));
    value["measured"].clone()
}

#[test]
fn right_answers_have_no_error_and_the_record_says_how_they_were_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::new(|request| says(request, &right(request).to_string()));
    let (code, out, error) = run(folder.path(), &format!("{} --journal F", small(&server)));
    assert_eq!((code, error.as_str()), (0, ""));
    let found = measured(&out);
    let rows = found["errors"].as_array().unwrap();
    assert_eq!(rows.iter().map(|row| row["m"].as_u64().unwrap()).collect::<Vec<_>>(), [2, 5]);
    for row in rows {
        for name in ["asked", "read", "baseline_asked", "baseline_read"] {
            assert_eq!(row[name], 4, "{row}");
        }
        for (name, value) in [("mean_absolute_error", 0.0), ("accuracy", 1.0), ("bias", 0.0)] {
            assert_eq!(row[name].as_f64(), Some(value));
            assert_eq!(row[format!("baseline_{name}")].as_f64(), Some(value));
        }
        assert_eq!(row["n"].as_u64(), row["m"].as_u64().map(|m| 3 * m));
    }
    let settings = &found["settings"];
    for (name, value) in [
        ("endpoint", json!("127.0.0.1")),
        ("api", json!("chat")),
        ("model", json!("played")),
        ("answered_by", json!("played")),
        ("expected_count", json!(3)),
        ("temperature", json!(0)),
        ("seed", json!(1)),
        ("items", json!("words")),
        ("separator", json!("\" \"")),
        ("rule", json!("only")),
    ] {
        assert_eq!(settings[name], value, "{name}");
    }
    assert_eq!(settings["template_sha256"].as_str().unwrap().len(), 64);
    assert!(settings["template_text"].as_str().unwrap().contains("{{ sequence }}\\n"));
    assert!(settings["date"].as_str().unwrap().starts_with("20"));
    assert_eq!(found["complete"], true);
    assert_eq!(found["items"].as_array().unwrap().len(), 140);
    // what was sent: one seed a question, no question twice
    let bodies = server.bodies();
    assert_eq!((bodies.len(), bodies.iter().collect::<BTreeSet<_>>().len()), (16, 16));
    assert!(server.requests.lock().unwrap().iter().all(|r| r.path == "/v1/chat/completions"));
    // the journal has it all
    let shown = run(folder.path(), "ask --show F --format json");
    assert_eq!((shown.0, &shown.1), (0, &out));
    let again = run(folder.path(), &format!("{} --journal F", small(&server)));
    assert_eq!((again.0, &again.1), (0, &out));
    assert_eq!(server.bodies().len(), 16);
}

#[test]
fn prompts_and_tables_do_not_depend_on_concurrency() {
    let folder = tempfile::tempdir().unwrap();
    let tables = |concurrency: usize| {
        // wrong by the parity of the count, and later the smaller the body
        let server = Server::new(|request| {
            std::thread::sleep(Duration::from_millis(request.body["seed"].as_u64().unwrap() % 40));
            says(request, &(right(request) + right(request) % 2).to_string())
        });
        let (code, out, _) =
            run(folder.path(), &format!("{} --concurrency {concurrency}", small(&server)));
        assert_eq!(code, 0);
        let mut found = measured(&out);
        found["settings"]["date"].take();
        (server.bodies().into_iter().collect::<BTreeSet<_>>(), found.to_string())
    };
    let alone = tables(1);
    assert!(alone.1.contains("\"bias\":0.") && alone.0.len() == 16);
    assert_eq!(tables(8), alone);
}

#[test]
fn words_are_read_and_refusals_and_nonsense_are_counted_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let words = [
        "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
        "eleven", "twelve",
    ];
    let server = Server::new(move |request| {
        let two = prompt(request).lines().nth(2).unwrap().split(' ').count() == 6;
        let right = right(request);
        match (two, request.body["seed"].as_u64().unwrap() % 3) {
            (true, _) => says(request, &format!("It occurs **{}** times.", words[right])),
            (false, 0) => says(request, "I\u{2019}m sorry, but I can\u{2019}t count 15 items."),
            (false, 1) => says(request, "many"),
            (false, _) => says(request, &format!("{}.", right + 1)),
        }
    });
    let (code, out, _) = run(folder.path(), &format!("{} --journal F", small(&server)));
    assert_eq!(code, 0);
    let found = measured(&out);
    assert_eq!(found["errors"][0]["accuracy"].as_f64(), Some(1.0));
    let mut expected: BTreeMap<u64, u64> = BTreeMap::new();
    for request in server
        .requests
        .lock()
        .unwrap()
        .iter()
        .filter(|r| prompt(r).lines().nth(2).unwrap().split(' ').count() == 15)
    {
        *expected.entry(request.body["seed"].as_u64().unwrap() % 3).or_default() += 1;
    }
    let cells = found["cells"].as_array().unwrap();
    let mut counted = [0; 3];
    for cell in cells.iter().filter(|cell| cell["m"] == 5) {
        let number = |name: &str| cell[name].as_u64().unwrap();
        assert_eq!(number("asked"), number("read") + number("unreadable") + number("refused"));
        for (total, name) in counted.iter_mut().zip(["refused", "unreadable", "read"]) {
            *total += number(name);
        }
        // what is read is one too many
        if number("read") > 0 {
            assert_eq!(
                (cell["bias"].as_f64(), cell["mean_absolute_error"].as_f64()),
                (Some(1.0), Some(1.0))
            );
        }
        assert_eq!(cell["accuracy"].as_f64(), Some(0.0));
    }
    let all = |k| expected.get(&k).copied().unwrap_or(0);
    assert_eq!(counted, [all(0), all(1), all(2)]);
    // the histogram says the same, and adds up
    let answers = found["answers"].as_array().unwrap();
    let of = |what: &str| {
        answers
            .iter()
            .filter(|row| row["answer"] == what)
            .map(|row| row["times"].as_u64().unwrap())
            .sum::<u64>()
    };
    assert_eq!((of("refused"), of("unreadable")), (all(0), all(1)));
    assert_eq!(answers.iter().map(|row| row["times"].as_u64().unwrap()).sum::<u64>(), 16);
}

#[test]
fn trouble_that_passes_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::new(|request| {
        let good = says(request, &right(request).to_string());
        if request.before > 0 {
            return good;
        }
        match request.body["seed"].as_u64().unwrap() % 6 {
            0 => Action::Answer(429, "retry-after: 1\r\n", "{}".to_owned()),
            1 => Action::Answer(503, "", "busy".to_owned()),
            2 => Action::Answer(200, "", "{\"choices\": [{\"mess".to_owned()),
            3 => Action::Stall,
            4 => Action::Close,
            _ => good,
        }
    });
    let (code, out, error) = run(
        folder.path(),
        &format!(
            "{} --repeats 12 --timeout 1 --concurrency 8 --journal F",
            small(&server).replace("--repeats 4 ", "")
        ),
    );
    assert_eq!((code, error.as_str()), (0, ""));
    let kinds: BTreeSet<u64> = server
        .requests
        .lock()
        .unwrap()
        .iter()
        .map(|r| r.body["seed"].as_u64().unwrap() % 6)
        .collect();
    assert_eq!(kinds.len(), 6, "not every trouble was played");
    let found = measured(&out);
    for row in found["errors"].as_array().unwrap() {
        assert_eq!(
            (&row["read"], &row["baseline_read"], row["accuracy"].as_f64()),
            (&json!(12), &json!(12), Some(1.0))
        );
    }
    assert_eq!(fs::read_to_string(folder.path().join("F")).unwrap().lines().count(), 1 + 48);
}

#[test]
fn retry_after_is_kept_to_by_everyone() {
    let folder = tempfile::tempdir().unwrap();
    let times: Arc<std::sync::Mutex<Vec<Instant>>> = Arc::default();
    let seen = Arc::clone(&times);
    let server = Server::new(move |request| {
        let mut seen = seen.lock().unwrap();
        seen.push(Instant::now());
        match seen.len() {
            3 => Action::Answer(429, "retry-after: 1.5\r\n", "{}".to_owned()),
            _ => says(request, "3"),
        }
    });
    let (code, ..) = run(folder.path(), &format!("{} --concurrency 1", small(&server)));
    let times = times.lock().unwrap();
    assert_eq!((code, times.len()), (0, 17));
    assert!(times[3] - times[2] >= Duration::from_millis(1490), "{:?}", times[3] - times[2]);
}

#[test]
fn a_killed_run_goes_on_and_asks_nothing_twice() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let server = Server::new(|request| {
        std::thread::sleep(Duration::from_millis(20));
        says(request, &(right(request) + 1).to_string())
    });
    let straight = run(folder, &format!("{} --journal straight", small(&server)));
    let all = server.bodies().len();
    let arguments = format!("{} --journal F --concurrency 2", small(&server));
    let mut kills = 0;
    for round in 0.. {
        assert!(round < 100, "no progress");
        let before = fs::read_to_string(folder.join("F"))
            .map_or(0, |text| text.lines().count().saturating_sub(1));
        let asked = server.bodies().len();
        let mut child = start(folder, &arguments);
        // killed after a few answers of its own
        let started = Instant::now();
        let ended = loop {
            let lines = fs::read_to_string(folder.join("F")).map_or(0, |text| text.lines().count());
            if let Some(status) = child.try_wait().unwrap() {
                break Some(status);
            }
            if lines > before + 4 || started.elapsed() > Duration::from_secs(60) {
                break None;
            }
            std::thread::sleep(Duration::from_millis(2));
        };
        let _ = child.kill();
        child.wait().unwrap();
        // what the journal had is not asked for again: the rest, and what was on its way when killed
        let new = server.bodies().len() - asked;
        assert!(new <= 16 - before + 2, "{new} asked, {before} were known");
        match ended {
            Some(status) => {
                assert!(status.success());
                break;
            }
            None => kills += 1,
        }
    }
    assert!(kills >= 2, "only {kills} kills");
    let lines = fs::read_to_string(folder.join("F")).unwrap().lines().count();
    assert_eq!(lines, 17);
    // at most what was on its way when it was killed was lost
    assert!(server.bodies().len() <= all + 16 + 2 * kills);
    let [mut straight, mut killed] =
        [straight.1, run(folder, "ask --show F --format json").1].map(|out| measured(&out));
    for found in [&mut straight, &mut killed] {
        found["settings"]["date"].take();
    }
    assert_eq!(straight, killed);
}

#[test]
fn a_stopped_run_ends_soon_and_keeps_what_came() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let slow = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&slow);
    let server = Server::new(move |request| {
        if request.body["seed"].as_u64().unwrap() % 4 == 0 {
            flag.store(true, Ordering::Relaxed);
            return Action::Stall;
        }
        says(request, "3")
    });
    let arguments = format!("{} --journal F --concurrency 2", small(&server));
    let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin!("counterproof"))
        .current_dir(folder)
        .args(arguments.split_whitespace())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let started = Instant::now();
    while !slow.load(Ordering::Relaxed) && started.elapsed() < Duration::from_secs(30) {
        std::thread::sleep(Duration::from_millis(5));
    }
    std::thread::sleep(Duration::from_millis(200));
    let sent = std::process::Command::new("sh")
        .args(["-c", &format!("kill -INT {}", child.id())])
        .status()
        .unwrap();
    assert!(sent.success());
    let interrupted = Instant::now();
    let status = child.wait().unwrap();
    assert!(interrupted.elapsed() < Duration::from_secs(4));
    assert_eq!(status.code(), Some(3));
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert!(stderr.contains("interrupted") && stderr.contains("on their way are lost"), "{stderr}");
    assert_eq!(measured(&String::from_utf8(output.stdout).unwrap())["complete"], false);
    let (code, _, stderr) =
        run(folder, &format!("{} --journal F --time-limit 0.3", small(&server)));
    assert!(code == 3 && stderr.contains("time limit"), "{stderr}");
}

#[test]
fn limits_end_a_run_that_can_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let server = Server::new(|request| says(request, "3"));
    let (code, out, error) =
        run(folder, &format!("{} --journal F --limit-requests 5", small(&server)));
    assert!(
        code == 3 && error.contains("the limit of requests was reached; 5 of 16 answers are in F"),
        "{error}"
    );
    assert_eq!((server.bodies().len(), measured(&out)["complete"].as_bool()), (5, Some(false)));
    // an answer takes 22 tokens by the server's word, and is expected to take more
    let (code, _, error) =
        run(folder, &format!("{} --journal F --limit-tokens 110", small(&server)));
    assert!(code == 3 && error.contains("the limit of tokens was reached"), "{error}");
    let asked = server.bodies().len() - 5;
    assert!((1..=5).contains(&asked), "{asked}");
    let (code, ..) = run(folder, &format!("{} --journal F", small(&server)));
    assert_eq!((code, server.bodies().len()), (0, 16));
}

#[test]
fn an_endpoint_that_is_not_to_be_had_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let nowhere = format!(
        "ask --endpoint http://127.0.0.1:{port} --model x --m 2 --repeats 2 --retries 1 --journal F"
    );
    let (code, out, error) = run(folder.path(), &nowhere);
    assert_eq!(code, 3, "{error}");
    assert!(
        error.contains("given up after 1 retries: 127.0.0.1: ")
            && error.contains("0 of 4 answers are in F"),
        "{error}"
    );
    assert!(out.contains("4 of 4 questions have no answer yet"), "{out}");
    for (status, said) in
        [(404, "no such model"), (401, "wrong key"), (400, "max_tokens is not for this model")]
    {
        let body = json!({"error": {"message": said}}).to_string();
        let server = Server::new(move |_| Action::Answer(status, "", body.clone()));
        let (code, out, error) = run(folder.path(), &format!("{} --concurrency 1", small(&server)));
        assert_eq!((code, out.as_str(), server.bodies().len()), (2, "", 1), "{error}");
        assert!(error.contains(&format!("answers {status}")) && error.contains(said), "{error}");
    }
    let server =
        Server::new(|_| Action::Answer(307, "location: http://127.0.0.1:1/\r\n", String::new()));
    let (code, _, error) = run(folder.path(), &small(&server));
    assert!(code == 2 && error.contains("name the address that it leads to"), "{error}");
}

type Play = Box<dyn Fn() -> Action + Send + Sync>;

#[test]
fn hostile_servers_get_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let answer = |body: String| move || Action::Answer(200, "", body.clone());
    let content = |text: &str| json!({"choices": [{"message": {"content": text}}]}).to_string();
    let plays: [(&str, Play, i32); 10] = [
        ("a huge body", Box::new(answer(content(&"3".repeat(8 << 20)))), 3),
        ("deep JSON", Box::new(answer("[".repeat(1 << 20))), 3),
        ("NaN", Box::new(answer("{\"choices\": NaN}".to_owned())), 3),
        ("no choices", Box::new(answer("{\"choices\": []}".to_owned())), 3),
        ("no JSON", Box::new(answer("<html>".to_owned())), 3),
        ("other bytes", Box::new(|| Action::Answer(200, "content-encoding: gzip\r\n", "\u{7}x".to_owned())), 3),
        ("a negative count", Box::new(answer(content("-3"))), 0),
        ("a count that is too large", Box::new(answer(content("99999999999999999999999"))), 0),
        ("an escape", Box::new(answer(json!({"model": "\u{1b}[2J", "choices": [{"message": {"content": "\u{1b}[2Jx"}}]}).to_string())), 0),
        ("odd usage", Box::new(answer(json!({"usage": {"prompt_tokens": -1, "completion_tokens": "x"}, "choices": [{"message": {"content": "x"}}]}).to_string())), 0),
    ];
    for (what, play, expected) in plays {
        let server = Server::new(move |_| play());
        let started = Instant::now();
        let text = small(&server).replace("json", "text");
        let (code, out, error) = run(folder.path(), &format!("{text} --retries 0"));
        assert_eq!(code, expected, "{what}: {error}");
        assert!(started.elapsed() < Duration::from_secs(60), "{what}");
        let escapes = |text: &str| text.chars().any(|c| c.is_control() && c != '\n');
        assert!(!escapes(&out) && !escapes(&error), "{what}: {out:?} {error:?}");
        let row: Vec<&str> = out
            .lines()
            .find(|line| line.starts_with("2   6"))
            .unwrap()
            .split_whitespace()
            .collect();
        // nothing of it was read
        assert_eq!(row[3], "0", "{what}: {out}");
    }
}

#[test]
fn the_key_is_in_the_header_and_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let escaped = KEY.replace('0', "\\u0030");
    for (status, body) in [
        (401, format!("{{\"error\": {{\"message\": \"Incorrect key {KEY}\"}}}}")),
        (401, format!("{{\"error\": {{\"message\": \"Incorrect key {escaped}\"}}}}")),
        (403, format!("<p>{KEY}</p>")),
        (500, format!("{{\"error\": \"{KEY}\"}}")),
        (
            200,
            format!(
                "{{\"model\": \"{KEY}\", \"choices\": [{{\"message\": {{\"content\": \"3 {escaped}\"}}, \"finish_reason\": \"{KEY}\"}}]}}"
            ),
        ),
        (200, KEY.to_owned()),
    ] {
        let server = Server::new(move |_| Action::Answer(status, "", body.clone()));
        let journal = folder.join(format!("F{status}"));
        let _ = fs::remove_file(&journal);
        let (_, out, error) = run(
            folder,
            &format!("{} --key-env ASK_KEY --retries 0 --journal F{status}", small(&server)),
        );
        assert!(!out.contains(KEY) && !error.contains(KEY), "{error}");
        assert!(!fs::read_to_string(journal).unwrap().contains(KEY));
        let requests = server.requests.lock().unwrap();
        assert!(
            requests.iter().all(|r| r.authorization.as_deref() == Some(&format!("Bearer {KEY}")))
        );
    }
    let server = Server::new(|request| says(request, "3"));
    for (arguments, named) in [
        ("--key-env NOT_SET_ANYWHERE", "there is no variable NOT_SET_ANYWHERE"),
        (
            &format!("--key-env ASK_KEY --body {{\"user\":\"{KEY}\"}}"),
            "the key stands in another option",
        ),
    ] {
        let (code, out, error) = run(folder, &format!("{} {arguments}", small(&server)));
        assert_eq!((code, out.as_str()), (2, ""), "{error}");
        assert!(error.contains(named) && !error.contains(KEY), "{error}");
    }
    assert!(server.bodies().is_empty());
}

#[test]
fn one_run_at_a_time_and_one_plan_a_journal() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let server = Server::new(|request| {
        std::thread::sleep(Duration::from_millis(300));
        says(request, "3")
    });
    let arguments = format!("{} --journal F --concurrency 1", small(&server));
    let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin!("counterproof"))
        .current_dir(folder)
        .args(arguments.split_whitespace())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let started = Instant::now();
    while server.bodies().is_empty() && started.elapsed() < Duration::from_secs(30) {
        std::thread::sleep(Duration::from_millis(5));
    }
    let (code, _, error) = run(folder, &arguments);
    assert!(code == 3 && error.contains("F: in use by another questionnaire"), "{error}");
    assert!(child.wait().unwrap().success());
    assert_eq!(server.bodies().len(), 16);
    for (change, named) in [
        ("--seed 2", "seed is 1 there, 2 here"),
        ("--temperature 0.5", "sampling.temperature is 0.0 there, 0.5 here"),
        ("--template few-shot", "a journal of another questionnaire: "),
        ("--api completions", "api is \"chat\" there, \"completions\" here"),
        ("--c 4", "c is 3 there, 4 here"),
    ] {
        let option = change.split(' ').next().unwrap();
        let rest = small(&server);
        let without: String = match rest.split_once(&format!("{option} ")) {
            Some((before, after)) => format!("{before}{}", after.split_once(' ').unwrap().1),
            None => rest.clone(),
        };
        let (code, out, error) = run(folder, &format!("{without} {change} --journal F"));
        assert_eq!((code, out.as_str()), (2, ""), "{error}");
        assert!(error.contains(named), "{change}: {error}");
    }
    assert_eq!(server.bodies().len(), 16);
}

#[test]
fn words_and_letters_as_a_histogram() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let server = Server::new(|request| {
        assert_eq!(prompt(request), "How many r are in strawberry?");
        // 20 times 2, 14 times 3, twice 4
        let index = request.body["seed"].as_u64().unwrap();
        says(request, &format!("There are {} r.", 2 + index % 2))
    });
    let strawberry = format!(
        "ask --endpoint {} --model played --task letters --word strawberry --letter r",
        server.url
    );
    let (code, out, error) =
        run(folder, &format!("{strawberry} --journal F --plot f.svg --format json"));
    assert_eq!(code, 0, "{error}");
    let found = measured(&out);
    let twos = server
        .requests
        .lock()
        .unwrap()
        .iter()
        .filter(|r| r.body["seed"].as_u64().unwrap() % 2 == 0)
        .count();
    let row = |answer: usize, times: usize| json!({"word": "strawberry", "count": 3, "answer": answer, "times": times, "right": answer == 3});
    assert_eq!(found["answers"], json!([row(2, twos), row(3, 36 - twos)]));
    assert_eq!(
        (found["errors"][0]["asked"].as_u64(), found["settings"]["temperature"].as_u64()),
        (Some(36), Some(1))
    );
    let svg = fs::read_to_string(folder.join("f.svg")).unwrap();
    assert!(
        svg.contains("right (3)") && svg.contains("wrong") && svg.contains("aria-label=\"times\"")
    );
    for (format, part) in [
        ("text", "word        count  answer  times  right\n"),
        ("csv", "word,count,answer,times,right\n"),
        ("markdown", "| word | count | answer | repetitions | right |"),
        ("latex", "\\begin{tabular}"),
    ] {
        let shown = run(folder, &format!("ask --show F --format {format}"));
        assert!(shown.0 == 0 && shown.1.contains(part), "{}", shown.1);
    }
    assert_eq!(server.bodies().len(), 36);
}

#[test]
fn completions_tell_what_else_could_have_been_said() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::new(|request| {
        assert_eq!(
            (request.path.as_str(), &request.body["logprobs"], &request.body["stop"]),
            ("/v1/completions", &json!(5), &json!(["\n"]))
        );
        let logprobs = json!({"tokens": [" 3", "\n"], "token_logprobs": [-0.5, -0.1], "top_logprobs": [{" 3": -0.5, " 4": -1.5}, {"\n": -0.1}]});
        let choice = json!({"text": " 3\nand so on 7", "logprobs": logprobs});
        Action::Answer(200, "", json!({"choices": [choice]}).to_string())
    });
    let arguments = format!(
        "ask --endpoint {} --model played --api completions --m 4 --c 2 --repeats 9 --logprobs 5 --no-baseline --format json --journal F",
        server.url
    );
    let (code, out, error) = run(folder.path(), &arguments);
    assert_eq!(code, 0, "{error}");
    let found = measured(&out);
    let cell = &found["cells"][0];
    assert_eq!(
        (&cell["likelihoods"], &cell["read"], &cell["prompt_tokens"]),
        (&json!(9), &json!(9), &Value::Null)
    );
    let seen = (-0.6f64).exp() + (-1.5f64).exp();
    assert!((cell["probability_seen"].as_f64().unwrap() - seen).abs() < 1e-4, "{cell}");
    assert!(!found["errors"][0].as_object().unwrap().contains_key("baseline_asked"));
    // more of the same: what was answered is not asked again
    let more =
        arguments.replace("--repeats 9", "--repeats 12").replace("--journal F", "--journal G");
    let (code, _, error) = run(folder.path(), &format!("{more} --reuse F"));
    assert!(code == 0 && error.contains("F: 9 answers taken up"), "{error}");
    assert_eq!(server.bodies().len(), 12);
    // by another rule the same answers are others, and nobody is asked
    let last = measured(&run(folder.path(), "ask --show F --read last --format json").1);
    assert!(last["answers"].as_array().unwrap().iter().all(|row| row["answer"] == 7), "{last}");
    assert_eq!(server.bodies().len(), 12);
}

#[test]
fn a_dry_run_shows_the_prompts_that_would_be_sent() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::new(|request| says(request, "3"));
    let (code, out, _) =
        run(folder.path(), &format!("{} --dry-run --price 1,2 --journal F", small(&server)));
    assert_eq!((code, server.bodies().len()), (0, 0));
    assert!(!folder.path().join("F").exists());
    let found = measured(&out);
    let total = &found["total"][0];
    assert_eq!((&total["questions"], &total["answer_tokens_at_most"]), (&json!(16), &json!(256)));
    let tokens = total["prompt_tokens"].as_u64().unwrap();
    let cost = (tokens as f64 + 2.0 * 256.0) / 1e6;
    assert!((total["cost_at_most"].as_f64().unwrap() - cost).abs() < 1e-4, "{total}");
    let shown: BTreeSet<String> = found["prompts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["prompt"].as_str().unwrap().replace("\\n", "\n"))
        .collect();
    assert_eq!(run(folder.path(), &format!("{} --journal F", small(&server))).0, 0);
    let sent: BTreeSet<String> = server.requests.lock().unwrap().iter().map(prompt).collect();
    assert_eq!(shown, sent);
    // what is known is not shown again
    let (_, out, _) = run(folder.path(), &format!("{} --dry-run --journal F", small(&server)));
    assert_eq!(measured(&out)["total"][0]["questions"], 0);
}

#[test]
fn a_report_shows_journals_and_asks_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let server = Server::new(|request| says(request, "3"));
    assert_eq!(run(folder, &format!("{} --journal qc", small(&server))).0, 0);
    let letters = format!(
        "ask --endpoint {} --model x --task letters --word strawberry --letter r --journal letters",
        server.url
    );
    assert_eq!(run(folder, &format!("{letters} --limit-requests 5")).0, 3);
    let asked = server.bodies().len();
    let reproduce =
        "reproduce --quick --only asked-qc,asked-letters --ask-journal qc,letters --out out";
    // the letters are unfinished, and so is the report
    let (code, _, error) = run(folder, reproduce);
    assert_eq!(code, 3, "{error}");
    assert!(error.contains("questions without an answer"), "{error}");
    assert_eq!(run(folder, &letters).0, 0);
    let (code, _, error) = run(folder, reproduce);
    assert_eq!((code, server.bodies().len()), (0, asked + 31), "{error}");
    let read = |name: &str| fs::read_to_string(folder.join("out").join(name)).unwrap();
    let page = read("report.html");
    for words in [
        "T11: What language models answer",
        "ask --show inputs/asked-qc.jsonl",
        "asked-letters.csv",
    ] {
        assert!(
            page.contains(words)
                || page.replace("</span>", "").replace("<span>", "").contains(words),
            "{words}"
        );
    }
    assert!(read("paper.tex").contains("asked-qc"));
    for name in ["qc", "letters"] {
        assert!(read(&format!("figures/asked-{name}.svg")).contains("<svg"));
        assert_eq!(
            read(&format!("inputs/asked-{name}.jsonl")),
            fs::read_to_string(folder.join(name)).unwrap()
        );
        // the command that is shown prints the table, in the folder
        let shown =
            run(&folder.join("out"), &format!("ask --show inputs/asked-{name}.jsonl --format csv"));
        assert_eq!((shown.0, shown.1), (0, read(&format!("tables/asked-{name}.csv"))));
    }
    for (arguments, named) in [
        ("--ask-journal qc,qc", "there is another journal of the task qc"),
        ("--ask-journal nowhere", "nowhere: cannot open the journal"),
        ("--ask-journal qc --only asked-letters", "there is no table `asked-letters`"),
    ] {
        let (code, _, error) = run(folder, &format!("reproduce --quick {arguments} --out other"));
        assert!(code == 2 && error.contains(named), "{error}");
    }
}

#[test]
fn own_items_and_templates() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("greek.txt"), "alpha\nbeta\n\ngamma\n").unwrap();
    fs::write(folder.join("mine.txt"), "{{ query }}?\n{{ sequence }}\n").unwrap();
    let server = Server::new(|request| {
        let prompt = prompt(request);
        let (query, sequence) = prompt.split_once("?\n").unwrap();
        says(request, &sequence.split(',').filter(|item| *item == query).count().to_string())
    });
    let own = format!(
        "ask --endpoint {} --model x --m 3 --c 5 --repeats 3 --items greek.txt --template mine.txt --separator , --format json",
        server.url
    );
    let (code, out, error) = run(folder, &own);
    assert_eq!(code, 0, "{error}");
    let found = measured(&out);
    assert_eq!(found["errors"][0]["accuracy"].as_f64(), Some(1.0));
    assert_eq!(found["items"], json!([{"item": "alpha"}, {"item": "beta"}, {"item": "gamma"}]));
    assert_eq!(found["settings"]["template_text"], "{{ query }}?\\n{{ sequence }}\\n");
}

#[test]
fn what_cannot_be_asked_is_refused_before_anything_is() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    fs::write(folder.join("bad.txt"), "x\n{{ sequenc }}").unwrap();
    fs::write(folder.join("empty.txt"), "no sequence").unwrap();
    fs::write(folder.join("twice.txt"), "a\nb\na\n").unwrap();
    let server = Server::new(|request| says(request, "3"));
    let files = fs::read_dir(folder).unwrap().count();
    for (arguments, named) in [
        ("--m 200", "--m: expected 2 to 140, the number of items in `words`, found 200"),
        ("--m 1-3", "--m: expected 2 to 140"),
        ("--m 20 --items digits", "expected 2 to 10"),
        ("--m 2 --c 0", "expected at least 1"),
        ("--m 2 --c 99999999", "--c: "),
        ("--m 2 --repeats 99999999", "--repeats: "),
        ("--m 2 --items nowhere.txt", "--items: `nowhere.txt` is none of words, letters, digits"),
        ("--m 2 --items twice.txt", "twice.txt: line 3: `a` is there twice"),
        ("--m 2 --separator e", "--separator: the item `apple`"),
        ("--m 2 --template bad.txt", "line 2: undefined"),
        ("--m 2 --template empty.txt", "does not show `sequence`"),
        ("--m 2 --template nowhere", "--template: `nowhere` is none of few-shot, instruction"),
        ("--m 2 --examples 3", "--examples: the template instruction shows none"),
        ("--m 2 --temperature warm", "expected a number, or none"),
        ("--m 2 --temperature -1", "--temperature: "),
        ("--m 2 --body []", "expected an object"),
        ("--m 2 --body {\"n\":5}", "--body: `n` is not for it"),
        ("--m 2 --api completions --system x", "--system: only --api chat"),
        ("--task letters", "--word: the task letters asks about a --word and a --letter"),
        ("--task letters --word strawberry --letter 3", "--letter: expected a letter"),
        ("--m 2 --word strawberry", "only the task letters"),
        ("--m 2 --out nowhere/x", "there is no folder nowhere"),
        ("--m 2 --out /proc/x", "cannot write"),
        ("--m 2 --journal nowhere/x", "there is no folder nowhere"),
        ("--m 2 --plot x.jpg", ".svg, .png or .pdf"),
        ("--m 2 --price 1,2", "--dry-run"),
        ("--m 2 --show F", "cannot be used with"),
        ("--m 2 --timeout soon", "expected a number of seconds"),
    ] {
        let (code, out, error) =
            run(folder, &format!("ask --endpoint {} --model x {arguments}", server.url));
        assert_eq!((code, out.as_str()), (2, ""), "{arguments}: {error}");
        assert!(error.contains(named), "{arguments}: {error}");
        assert_eq!(error.matches("error:").count(), 1, "{error}");
    }
    for (arguments, named) in [
        ("--model x --m 2", "--endpoint"),
        ("--endpoint ftp://x --model x --m 2", "--endpoint: expected an address that begins with"),
        ("--endpoint http://me:secret@x --model x --m 2", "--key-env"),
        ("--show bad.txt", "not the journal of a questionnaire"),
        ("--show nowhere", "nowhere: cannot open the journal"),
    ] {
        let (code, _, error) = run(folder, &format!("ask {arguments}"));
        assert!(
            code == 2 && error.contains(named) && !error.contains("secret"),
            "{arguments}: {error}"
        );
    }
    assert!(server.bodies().is_empty());
    assert_eq!(fs::read_dir(folder).unwrap().count(), files);
}
