//! `counterproof ask`: asks a language model to count, and says how well it does (T11).

use super::output::{check_destination, check_figure, check_file, note, progress, write_figure};
use super::parse::{self, Range};
use super::read::read_text;
use super::{Failure, Limits, Printing, Status};
use crate::ask::endpoint::Key;
use crate::ask::items::Items;
use crate::ask::journal::{read as read_journal, reuse};
use crate::ask::plan::{Api, Query, Sampling, Task};
use crate::ask::preview::{Prices, preview};
use crate::ask::tables::{Report, TABLES};
use crate::ask::template::Template;
use crate::ask::{
    Allowance, Client, Contents, Ended, Endpoint, Journal, Patience, Plan, Progress, Replies, Rule,
    run as ask_all,
};
use crate::journal::difference;
use crate::report::measured::Measured;
use clap::Args;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Sequences of `c m` items over `m` distinct ones, or a word: how often does one of them occur? An endpoint with the interface of
/// OpenAI answers, a journal keeps what was paid for, and the mean absolute error stands beside that for two distinct items.
#[derive(Args)]
pub(super) struct Options {
    /// Address of an endpoint with the interface of OpenAI, such as `https://api.example.com/v1`
    #[arg(long, value_name = "URL", required_unless_present_any = ["dry_run", "show"])]
    endpoint: Option<String>,
    /// Name of the model
    #[arg(long, value_name = "NAME", required_unless_present_any = ["dry_run", "show"])]
    model: Option<String>,
    /// Interface
    #[arg(long, value_name = "API", default_value = "chat", value_parser = parse::words::<Api>(&Api::NAMES))]
    api: Api,
    /// Environment variable that has the key; it is sent to the endpoint and shown nowhere
    #[arg(long, value_name = "NAME", alias = "api-key-env")]
    key_env: Option<String>,
    /// What is to be counted: an item of a sequence (qc), its most frequent item (mfe), a letter of a word (letters)
    #[arg(long, value_name = "TASK", default_value = "qc", value_parser = parse::words::<Task>(&Task::NAMES))]
    task: Task,
    /// Numbers R of distinct items (default: 2-20)
    #[arg(long, value_name = "R", value_parser = parse::range)]
    m: Option<Range>,
    /// How often an item is expected: n = COUNT m
    #[arg(long, value_name = "COUNT", default_value = "10", value_parser = parse::positive::<u64>)]
    c: u64,
    /// Questions for each m (default: 100), or how often a question about a word is asked (default: 36)
    #[arg(long, value_name = "COUNT", value_parser = parse::positive::<u64>)]
    repeats: Option<u64>,
    /// Without the baseline of two distinct items
    #[arg(long)]
    no_baseline: bool,
    /// The item that is asked about: any of the m (uniform), or that of the last position (last)
    #[arg(long, value_name = "QUERY", default_value = "uniform", value_parser = parse::words::<Query>(&Query::NAMES))]
    query: Query,
    /// Words, for the task letters
    #[arg(long, value_name = "WORD,..", value_delimiter = ',')]
    word: Vec<String>,
    /// The letter, for the task letters
    #[arg(long, value_name = "LETTER")]
    letter: Option<char>,
    /// What sequences are made of: words, letters, digits, or a file with one item a line
    #[arg(long, value_name = "ITEMS", default_value = "words")]
    items: String,
    /// What stands between items
    #[arg(long, value_name = "TEXT", default_value = " ", allow_hyphen_values = true)]
    separator: String,
    /// How a question is worded: few-shot, instruction, or a file (default: instruction for chat, few-shot for completions)
    #[arg(long, value_name = "TEMPLATE")]
    template: Option<String>,
    /// A system message, for chat
    #[arg(long, value_name = "TEXT")]
    system: Option<String>,
    /// Examples in a prompt whose template shows them (default: 3)
    #[arg(long, value_name = "COUNT", value_parser = parse::whole::<u64>)]
    examples: Option<u64>,
    /// The same examples in all prompts of an m: cheaper where they are cached, but a row then hangs on one draw of them
    #[arg(long)]
    same_examples: bool,
    /// Seed of all that is drawn
    #[arg(long, value_name = "N", default_value = "0", value_parser = parse::whole::<u64>)]
    seed: u64,
    /// Temperature, or none to leave it to the endpoint (default: 0; 1 for the task letters)
    #[arg(long, value_name = "T", value_parser = temperature, allow_hyphen_values = true)]
    temperature: Option<Temperature>,
    /// Tokens of an answer, at most
    #[arg(long, value_name = "N", default_value = "16", value_parser = parse::positive::<u32>)]
    max_tokens: u32,
    /// Text at which an answer ends; may be repeated (default: a line break for completions, nothing for chat)
    #[arg(long, value_name = "TEXT")]
    stop: Vec<String>,
    /// Send no seeds along, for endpoints that refuse them
    #[arg(long)]
    no_seeds: bool,
    /// Ask for the log-probabilities of so many alternatives to each token
    #[arg(long, value_name = "K", default_value = "0", value_parser = parse::whole::<u32>)]
    logprobs: u32,
    /// Further fields of every request, as a JSON object; null takes one away
    #[arg(long, value_name = "JSON", value_parser = body)]
    body: Option<serde_json::Map<String, serde_json::Value>>,
    /// Which number of an answer is the count: first, last or only (default: only for chat, first for completions)
    #[arg(long, value_name = "RULE", value_parser = parse::words::<Rule>(&Rule::NAMES))]
    read: Option<Rule>,
    /// Questions on their way at one time (default: 4)
    #[arg(long, value_name = "N", value_parser = parse::threads)]
    concurrency: Option<usize>,
    /// How often a request that failed is made again, after pauses
    #[arg(long, value_name = "COUNT", default_value = "5", value_parser = parse::whole::<u32>)]
    retries: u32,
    /// How long one response may take
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = parse::seconds)]
    timeout: Duration,
    /// Make at most so many requests
    #[arg(long, value_name = "COUNT", value_parser = parse::whole::<u64>)]
    limit_requests: Option<u64>,
    /// Use at most so many tokens of prompts and answers
    #[arg(long, value_name = "COUNT", value_parser = parse::whole::<u64>)]
    limit_tokens: Option<u64>,
    /// Print the prompts and about what they cost, and ask nothing
    #[arg(long)]
    dry_run: bool,
    /// Prices of a million tokens of prompts and of answers, for --dry-run
    #[arg(long, value_name = "PROMPT,ANSWER", value_parser = prices, requires = "dry_run")]
    price: Option<Prices>,
    /// Write each answer to FILE at once, and go on from what is there
    #[arg(long, value_name = "FILE")]
    journal: Option<PathBuf>,
    /// Take up answers to the very same requests from journals of other runs, such as one with fewer repeats
    #[arg(long, value_name = "FILE,..", value_delimiter = ',', conflicts_with_all = ["dry_run", "show"])]
    reuse: Vec<PathBuf>,
    /// Print what the journal FILE holds, and ask nothing
    #[arg(long, value_name = "FILE", conflicts_with_all = [
        "endpoint", "model", "api", "key_env", "task", "m", "c", "repeats", "no_baseline", "query", "word", "letter", "items",
        "separator", "template", "system", "examples", "same_examples", "seed", "temperature", "max_tokens", "stop",
        "no_seeds", "logprobs", "body", "concurrency", "retries", "timeout", "limit_requests", "limit_tokens", "dry_run", "journal",
    ])]
    show: Option<PathBuf>,
    /// Which table to print: errors, cells, by-count or answers (default: answers for the task letters, otherwise errors); JSON has all
    #[arg(long, value_name = "TABLE", value_parser = clap::builder::PossibleValuesParser::new(TABLES))]
    table: Option<String>,
    /// Draw the errors against m, or the answers about a word, to FILE.svg, .png or .pdf, or its numbers for pgfplots to FILE.dat
    #[arg(long, value_name = "FILE", conflicts_with = "dry_run")]
    plot: Option<PathBuf>,
    #[command(flatten)]
    printing: Printing,
    #[command(flatten)]
    limits: Limits,
}

/// None leaves it to the endpoint.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Temperature(Option<f64>);

fn temperature(text: &str) -> Result<Temperature, String> {
    if text == "none" {
        return Ok(Temperature(None));
    }
    let value = text.parse::<f64>().ok().filter(|value| value.is_finite());
    value
        .map(|value| Temperature(Some(value)))
        .ok_or_else(|| "expected a number, or none".to_owned())
}

fn prices(text: &str) -> Result<Prices, String> {
    let price = |text: &str| text.trim().parse::<f64>().ok().filter(|p| p.is_finite() && *p >= 0.0);
    let both = text.split_once(',').and_then(|(prompt, answer)| {
        Some(Prices { prompt: price(prompt)?, answer: price(answer)? })
    });
    both.ok_or_else(|| "expected two prices of a million tokens, such as 0.15,0.60".to_owned())
}

fn body(text: &str) -> Result<serde_json::Map<String, serde_json::Value>, String> {
    serde_json::from_str(text)
        .map_err(|error| format!("expected an object such as {{\"top_p\": 1}}: {error}"))
}

const CONCURRENCY: usize = 4;
const EXAMPLES: u64 = 3;

pub(super) fn run(options: &Options) -> Result<Status, Failure> {
    check_destination(&options.printing, options.plot.as_deref())?;
    if let Some(path) = &options.plot {
        check_figure(path)?;
    }
    if let Some(path) = &options.show {
        let (report, task) = shown(path, options.read)?;
        print(options, &report.measured, table(options, task))?;
        draw(options, &report)?;
        return Ok(if report.measured.complete { Status::Holds } else { Status::Undecided });
    }
    let key = key(options)?;
    let endpoint =
        options.endpoint.as_deref().map(|url| Endpoint::new(url, options.api, key.clone()));
    let endpoint =
        endpoint.transpose().map_err(|why| Failure::new(format!("--endpoint: {why}")))?;
    let plan = plan(options, endpoint.as_ref())?;
    plan.check().map_err(Failure::new)?;
    // a template that cannot be filled is found now
    for id in plan.ids().step_by(usize::try_from(plan.repeats).unwrap_or(1)) {
        plan.question(&id).map_err(Failure::new)?;
    }
    let settings = serde_json::to_string(&plan).map_err(Failure::new)?;
    if key.as_ref().is_some_and(|key| key.is_in(&settings)) {
        return Err(Failure::new(
            "--key-env: the key stands in another option as well, and would be written down",
        ));
    }
    if options.dry_run {
        let known = match options.journal.as_deref().filter(|path| path.exists()) {
            Some(path) => known(path, &plan)?,
            None => Replies::new(),
        };
        let measured = preview(&plan, &known, options.price).map_err(Failure::new)?;
        options.printing.measured(&measured, &["total", "prompts"])?;
        return Ok(Status::Holds);
    }
    let Some(endpoint) = endpoint else {
        return Err(Failure::new("--endpoint: expected an address"));
    };
    if endpoint.exposes_key() {
        note(&format!(
            "{}: the key goes there unencrypted; https:// would encrypt it",
            endpoint.host()
        ));
    }
    let (mut journal, mut replies) = match &options.journal {
        None => (Journal::in_memory(plan.clone()), Replies::new()),
        Some(path) => {
            check_file("--journal", path)?;
            let (journal, found) =
                Journal::open(path, plan.clone()).map_err(Failure::of_journal)?;
            if found.torn {
                note(&format!("{}: dropped an unfinished last line", path.display()));
            }
            (journal, found.replies)
        }
    };
    for path in &options.reuse {
        let other = read_journal(path).map_err(Failure::new)?;
        let taken = reuse(&plan, &mut replies, &mut journal, &other).map_err(Failure::new)?;
        note(&format!("{}: {taken} answers taken up", path.display()));
    }
    let control = options.limits.control();
    let patience = Patience { timeout: options.timeout, retries: options.retries };
    let client = Arc::new(Client::new(endpoint, patience, options.limit_requests));
    let allowance = Allowance {
        concurrency: options.concurrency.or(options.limits.threads).unwrap_or(CONCURRENCY),
        tokens: options.limit_tokens,
    };
    let bar =
        progress(usize::try_from(plan.questions()).unwrap_or(usize::MAX), options.limits.quiet);
    let (started, known) = (Instant::now(), replies.len() as u64);
    let tell = |progress: Progress| {
        bar.set_position(progress.answered);
        let seconds = started.elapsed().as_secs_f64().max(1e-3);
        let rate = (progress.answered - known) as f64 / seconds;
        let again = progress.requests - (progress.answered - known).min(progress.requests);
        bar.set_message(format!(
            "answers, {rate:.1}/s, {} tokens, {again} requests on their way or failed",
            progress.tokens
        ));
    };
    let stop = || control.go_on().is_err();
    let ended = ask_all(&plan, &mut replies, &mut journal, &client, allowance, &stop, &tell);
    bar.finish_and_clear();
    let ended = ended.map_err(Failure::new)?;
    let kept = match &options.journal {
        Some(path) => {
            format!("{} of {} answers are in {}", replies.len(), plan.questions(), path.display())
        }
        None => "without --journal no answer is kept".to_owned(),
    };
    let why = match ended {
        Ended::Finished => None,
        Ended::Wrong(why) => {
            note(&kept);
            let failure = Failure::new(why);
            return Err(if replies.len() as u64 > known { failure.after_work() } else { failure });
        }
        Ended::Stopped { lost } => {
            let why =
                control.go_on().err().map_or_else(|| "stopped".to_owned(), |why| why.to_string());
            let lost = if lost == 0 {
                String::new()
            } else {
                format!(", {lost} answers on their way are lost")
            };
            Some(format!("{why}{lost}"))
        }
        Ended::Limit(what) => Some(format!("the limit of {what} was reached")),
        Ended::Unreachable(why) => {
            Some(format!("given up after {} retries: {why}", options.retries))
        }
    };
    let rule = options.read.unwrap_or_else(|| rule(plan.api));
    let report = Report::new(&plan, &replies, rule).map_err(Failure::new)?;
    let shown = print(options, &report.measured, table(options, plan.task));
    shown.and_then(|()| draw(options, &report)).map_err(Failure::after_work)?;
    let Some(why) = why else { return Ok(Status::Holds) };
    note(&format!("{why}; {kept}"));
    Ok(Status::Undecided)
}

/// The answers of a journal of this plan, which is left as it is.
fn known(path: &Path, plan: &Plan) -> Result<Replies, Failure> {
    let contents = read_journal(path).map_err(Failure::new)?;
    match difference(&contents.plan, plan) {
        None => Ok(contents.replies),
        Some((field, found, expected)) => Err(Failure::new(format!(
            "{}: a journal of another questionnaire: {field} is {found} there, {expected} here",
            path.display()
        ))),
    }
}

/// What a journal holds, and what it is about.
pub(super) fn shown(path: &Path, read: Option<Rule>) -> Result<(Report, Task), Failure> {
    let Contents { plan, replies, torn } = read_journal(path).map_err(Failure::new)?;
    if torn {
        note(&format!("{}: left out an unfinished last line", path.display()));
    }
    let rule = read.unwrap_or_else(|| rule(plan.api));
    let report = Report::new(&plan, &replies, rule).map_err(Failure::new)?;
    Ok((report, plan.task))
}

/// The journal that a command shows.
pub(super) fn journal_shown(options: &Options) -> Option<&Path> {
    options.show.as_deref()
}

/// Texts go on after their answer; whoever is told to write one number and writes several was not understood.
fn rule(api: Api) -> Rule {
    match api {
        Api::Chat => Rule::Only,
        Api::Completions => Rule::First,
    }
}

fn key(options: &Options) -> Result<Option<Key>, Failure> {
    let Some(name) = &options.key_env else { return Ok(None) };
    let value = std::env::var(name).map_err(|_| {
        Failure::new(format!("--key-env: there is no variable {name} with a text in it"))
    })?;
    Key::new(&value).map(Some).map_err(|why| Failure::new(format!("--key-env: {name}: {why}")))
}

fn plan(options: &Options, endpoint: Option<&Endpoint>) -> Result<Plan, Failure> {
    let (task, api) = (options.task, options.api);
    let letters = task == Task::Letters;
    let items = match Items::named(&options.items) {
        Some(items) => items,
        None => {
            let path = Path::new(&options.items);
            if !path.exists() {
                let names = Items::NAMES.join(", ");
                return Err(Failure::new(format!(
                    "--items: `{}` is none of {names}, and no such file is there",
                    options.items
                )));
            }
            let wrong = |why| Failure::new(format!("{}: {why}", path.display()));
            Items::parse(&file_name(path), &read_text(path)?).map_err(wrong)?
        }
    };
    let usual = match api {
        Api::Chat => "instruction",
        Api::Completions => "few-shot",
    };
    let named = options.template.as_deref().unwrap_or(usual);
    let template = match Template::named(named, task) {
        Some(template) => template,
        None => {
            let path = Path::new(named);
            if !path.exists() {
                let names = Template::NAMES.join(", ");
                return Err(Failure::new(format!(
                    "--template: `{named}` is none of {names}, and no such file is there"
                )));
            }
            Template { name: file_name(path), text: read_text(path)? }
        }
    };
    let shows = template.has_examples();
    let shows = shows.map_err(|why| Failure::new(format!("--template: {named}: {why}")))?;
    let usual = if shows { EXAMPLES } else { 0 };
    let Range(m) = options
        .m
        .clone()
        .unwrap_or_else(|| Range(if letters { Vec::new() } else { (2..=20).collect() }));
    let stop = match api {
        Api::Completions if options.stop.is_empty() => vec!["\n".to_owned()],
        _ => options.stop.clone(),
    };
    let Temperature(temperature) =
        options.temperature.unwrap_or(Temperature(Some(if letters { 1.0 } else { 0.0 })));
    Ok(Plan {
        endpoint: endpoint.map_or("none", Endpoint::host).to_owned(),
        api,
        model: options.model.clone().unwrap_or_else(|| "none".to_owned()),
        task,
        m,
        c: options.c,
        repeats: options.repeats.unwrap_or(if letters { 36 } else { 100 }),
        baseline: task == Task::QueryCount && !options.no_baseline,
        query: options.query,
        words: options.word.clone(),
        letter: options.letter,
        items,
        separator: options.separator.clone(),
        template,
        system: options.system.clone(),
        examples: options.examples.unwrap_or(usual),
        // a word is one question, asked again and again
        fresh_examples: !options.same_examples && !letters,
        seed: options.seed,
        sampling: Sampling {
            temperature,
            max_tokens: options.max_tokens,
            stop,
            seeded: !options.no_seeds,
            alternatives: options.logprobs,
            body: options.body.clone().unwrap_or_default(),
        },
    })
}

/// Where a file is does not matter.
fn file_name(path: &Path) -> String {
    path.file_name()
        .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

fn table(options: &Options, task: Task) -> &str {
    match (&options.table, task) {
        (Some(table), _) => table,
        (None, Task::Letters) => "answers",
        (None, _) => "errors",
    }
}

fn print(options: &Options, measured: &Measured, table: &str) -> Result<(), Failure> {
    options.printing.measured(measured, &[table])
}

fn draw(options: &Options, report: &Report) -> Result<(), Failure> {
    match &options.plot {
        Some(path) if report.measured.complete || report.figure.svg().is_ok() => {
            write_figure(path, report.figure.clone(), options.printing.width)
        }
        Some(_) => {
            note("--plot: nothing was read yet, so nothing is drawn");
            Ok(())
        }
        None => Ok(()),
    }
}
