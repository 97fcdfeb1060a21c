//! Every command shown in the README and in docs/ runs, and what the README shows is what is printed.

use assert_cmd::Command;
use std::path::Path;

fn documents() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths = vec![root.join("README.md")];
    paths.extend(std::fs::read_dir(root.join("docs")).unwrap().map(|entry| entry.unwrap().path()));
    paths.sort();
    paths
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"))
        .map(|path| (path.display().to_string(), std::fs::read_to_string(path).unwrap()))
        .collect()
}

/// The lines of the code blocks in `language`, one list a block.
fn blocks(text: &str, language: &str) -> Vec<Vec<String>> {
    let mut blocks = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if line == format!("```{language}") {
            blocks.push(
                lines.by_ref().take_while(|line| *line != "```").map(str::to_owned).collect(),
            );
        }
    }
    blocks
}

fn run(folder: &Path, command: &str) -> String {
    let command = command.split(" #").next().unwrap().trim();
    let arguments = command.strip_prefix("counterproof ").unwrap();
    let output = Command::new(assert_cmd::cargo::cargo_bin!("counterproof"))
        .current_dir(folder)
        .args(arguments.split_whitespace())
        .output()
        .unwrap();
    let status = output.status.code().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(status == 0 || status == 1, "`{command}` exits {status}: {stderr}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn shown_commands_run() {
    let folder = tempfile::tempdir().unwrap();
    let mut ran = 0;
    for (_, text) in documents() {
        for line in blocks(&text, "sh").into_iter().flatten() {
            if line.starts_with("counterproof ") {
                run(folder.path(), &line);
                ran += 1;
            }
        }
    }
    assert!(ran >= 10, "only {ran} commands were found");
}

#[test]
fn shown_sessions_are_what_is_printed() {
    let folder = tempfile::tempdir().unwrap();
    let mut ran = 0;
    for (path, text) in documents() {
        for block in blocks(&text, "console") {
            let mut shown: Vec<(String, String)> = Vec::new();
            for line in block {
                match line.strip_prefix("$ ") {
                    Some(command) => shown.push((command.to_owned(), String::new())),
                    None => shown.last_mut().unwrap().1 += &(line + "\n"),
                }
            }
            for (command, expected) in shown {
                let printed = run(folder.path(), &command);
                assert_eq!(printed.trim_end(), expected.trim_end(), "{path}: {command}");
                ran += 1;
            }
        }
    }
    assert!(ran >= 3);
}
