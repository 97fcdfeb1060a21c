//! The program as its users have it: started in a folder, with its arguments as one line.

use assert_cmd::cargo::cargo_bin;
use serde_json::Value;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// Exit status, standard output, standard error.
pub type Ended = (i32, String, String);

fn program(folder: &Path, arguments: &str) -> Command {
    let mut command = Command::new(cargo_bin!("counterproof"));
    command.current_dir(folder).args(arguments.split_whitespace());
    command
}

/// Runs it to its end.
pub fn run(folder: &Path, arguments: &str) -> Ended {
    let output = program(folder, arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

/// The same in the folder of the tests, for what reads and writes no file.
pub fn run_anywhere(arguments: &str) -> Ended {
    run(Path::new("."), arguments)
}

/// Starts it, its output dropped and its input open.
pub fn start(folder: &Path, arguments: &str) -> Child {
    let mut command = program(folder, arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// The records that `--format json` printed.
pub fn records((_, stdout, stderr): &Ended) -> Vec<Value> {
    let printed: Value = serde_json::from_str(stdout).unwrap_or_else(|_| panic!("{stderr}"));
    printed["records"].as_array().unwrap().clone()
}

/// How often a test is to be repeated that finds what happens rarely: as usual, or as often as `COUNTERPROOF_ROUNDS` says.
pub fn rounds(usual: u64) -> u64 {
    let asked = std::env::var("COUNTERPROOF_ROUNDS").ok();
    asked.map_or(usual, |rounds| rounds.parse().expect("COUNTERPROOF_ROUNDS: a number"))
}
