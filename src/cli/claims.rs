//! `counterproof claims`: the statements, their source and how each is decided.

use super::{Failure, Printing, Status};
use crate::claim::{CLAIMS, theorems};
use crate::report::{Format, Table, Value};
use clap::Args;
use std::fmt::Write as _;

#[derive(Args)]
pub(super) struct Options {
    #[command(flatten)]
    printing: Printing,
}

pub(super) fn run(options: &Options) -> Result<Status, Failure> {
    let printing = &options.printing;
    let view = printing.view()?;
    match view.format {
        Format::Text if view.is_plain() => printing.write(&plain())?,
        _ => printing.table(&table())?,
    }
    Ok(Status::Holds)
}

fn plain() -> String {
    let mut text = String::new();
    for claim in CLAIMS {
        let options: Vec<String> = claim.options.iter().map(|name| format!("--{name}")).collect();
        let proved: Vec<String> = theorems()
            .filter(|theorem| theorem.claim == claim.id.name())
            .map(|theorem| format!("\n    {}: {}", theorem.name, theorem.meaning))
            .collect();
        let proved = if proved.is_empty() { " nothing".to_owned() } else { proved.concat() };
        let _ = write!(
            text,
            "{} ({})\n  {}.\n  source:  {}\n  decided: {}\n  options: {}\n  in Coq: {proved}\n\n",
            claim.id,
            claim.label,
            claim.statement,
            claim.source,
            claim.decided,
            options.join(" ")
        );
    }
    text + "Decide one with `counterproof verify CLAIM`.\n"
}

fn table() -> Table {
    let columns = ["claim", "label", "statement", "source", "decided", "options", "coq"];
    let rows = CLAIMS.iter().map(|claim| {
        vec![
            Value::text(claim.id),
            Value::text(claim.label),
            Value::text(claim.statement),
            Value::text(claim.source),
            Value::text(claim.decided),
            Value::List(claim.options.iter().map(Value::text).collect()),
            Value::List(
                theorems()
                    .filter(|theorem| theorem.claim == claim.id.name())
                    .map(|theorem| Value::text(theorem.name))
                    .collect(),
            ),
        ]
    });
    Table { columns: columns.map(str::to_owned).to_vec(), rows: rows.collect() }
}
