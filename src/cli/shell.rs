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

pub(super) fn man(command: clap::Command) -> Result<Status, Failure> {
    let mut bytes = Vec::new();
    clap_mangen::Man::new(command).render(&mut bytes).map_err(Failure::new)?;
    stdout(&String::from_utf8_lossy(&bytes))?;
    Ok(Status::Holds)
}
