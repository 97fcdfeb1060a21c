//! Shell completions and the manual page, from the same definition as `--help`.

use super::output::stdout;
use super::{Failure, Status};
use clap::Args;

#[derive(Args)]
pub(super) struct Completions {
    /// bash, elvish, fish, powershell or zsh
    #[arg(value_enum, value_name = "SHELL")]
    shell: clap_complete::Shell,
}

pub(super) fn completions(
    options: &Completions,
    command: &mut clap::Command,
) -> Result<Status, Failure> {
    let mut bytes = Vec::new();
    clap_complete::generate(options.shell, command, "counterproof", &mut bytes);
    stdout(&String::from_utf8_lossy(&bytes))?;
    Ok(Status::Holds)
}

#[derive(Args)]
pub(super) struct Manual {
    /// The command whose page it is, as in `counterproof-verify(1)`; that of the program itself otherwise
    #[arg(value_name = "COMMAND")]
    path: Vec<String>,
}

pub(super) fn man(options: &Manual, mut command: clap::Command) -> Result<Status, Failure> {
    command.build();
    let mut page = &command;
    let words = options.path.iter().flat_map(|word| match word.strip_prefix("counterproof-") {
        // a page by its own name
        Some(rest) => vec![rest],
        None => vec![word.as_str()],
    });
    for name in words.filter(|word| *word != command.get_name()) {
        let names: Vec<&str> = page.get_subcommands().map(clap::Command::get_name).collect();
        // names of pages join commands by hyphens
        let found = page.get_subcommands().find(|other| other.get_name() == name);
        page = match (found, name.split_once('-')) {
            (Some(found), _) => found,
            (None, Some((first, second))) => page
                .find_subcommand(first)
                .and_then(|found| found.find_subcommand(second))
                .ok_or_else(|| no_page(name, &names))?,
            (None, None) => return Err(no_page(name, &names)),
        };
    }
    let mut bytes = Vec::new();
    clap_mangen::Man::new(page.clone()).render(&mut bytes).map_err(Failure::new)?;
    stdout(&String::from_utf8_lossy(&bytes))?;
    Ok(Status::Holds)
}

fn no_page(name: &str, names: &[&str]) -> Failure {
    let fix = match names {
        [] => "it has no commands of its own".to_owned(),
        names => format!("there are {}", names.join(", ")),
    };
    Failure::new(format!("there is no page about `{name}`; {fix}"))
}
