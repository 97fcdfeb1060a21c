//! Where an output comes from, as every format can say it.

use serde::Serialize;

/// The commit of the sources, where the build knew it.
pub const COMMIT: Option<&str> = option_env!("COUNTERPROOF_BUILT_FROM");

/// What made an output, and how it is made again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Provenance {
    pub version: &'static str,
    pub commit: Option<&'static str>,
    /// the commands that make just this output, in order
    pub commands: Vec<String>,
    pub seed: u64,
    /// `quick`, `default` or `full`
    pub sizes: &'static str,
}

impl Provenance {
    #[must_use]
    pub fn new(commands: Vec<String>, sizes: &'static str) -> Self {
        Self { version: env!("CARGO_PKG_VERSION"), commit: COMMIT, commands, seed: 0, sizes }
    }

    /// The same program and sizes, other commands.
    #[must_use]
    pub fn of(&self, commands: Vec<String>) -> Self {
        Self { commands, ..self.clone() }
    }

    /// `counterproof 0.1.0, commit 0123abcd, seed 0, quick sizes`
    #[must_use]
    pub fn program(&self) -> String {
        let commit = self.commit.map_or("unknown", |commit| &commit[..commit.len().min(12)]);
        let Self { version, seed, sizes, .. } = self;
        format!("counterproof {version}, commit {commit}, seed {seed}, {sizes} sizes")
    }

    /// One line for the program and one for each command.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        std::iter::once(format!("Made by {}", self.program()))
            .chain(self.commands.iter().map(|command| format!("$ {command}")))
    }
}
