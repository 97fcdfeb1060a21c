//! `counterproof claims`: the statements, their source and how each is decided.

use super::claim_name::claim_named;
use super::{Failure, Printing, Status};
use crate::claim::{CLAIMS, Claim, theorems};
use crate::report::{Format, Table, Value};
use clap::Args;
use std::fmt::Write as _;

#[derive(Args)]
pub(super) struct Options {
    /// All that is known about this one, by its name or label, such as welch or T5
    #[arg(value_name = "CLAIM")]
    claim: Option<String>,
    #[command(flatten)]
    printing: Printing,
}

pub(super) fn run(options: &Options) -> Result<Status, Failure> {
    let printing = &options.printing;
    let view = printing.view()?;
    let claims: Vec<&Claim> = match &options.claim {
        Some(name) => vec![claim_named(name)?],
        None => CLAIMS.iter().collect(),
    };
    match (&options.claim, view.format) {
        (None, Format::Text) if view.is_plain() => printing.write(&lines(view.room))?,
        (Some(_), Format::Text) if view.is_plain() => printing.write(&whole(claims[0]))?,
        _ => printing.table(&table(&claims))?,
    }
    Ok(Status::Holds)
}

/// One line a claim, cut where a terminal ends.
fn lines(room: Option<usize>) -> String {
    let mut text = String::new();
    for claim in &CLAIMS {
        let label = if claim.label.starts_with('T') { claim.label } else { "" };
        let line = format!("{label:7}  {:20}  {}", claim.id.name(), claim.statement);
        let shown: String = match room {
            Some(room) if line.chars().count() > room => {
                line.chars().take(room.saturating_sub(3)).chain("...".chars()).collect()
            }
            _ => line,
        };
        let _ = writeln!(text, "{shown}");
    }
    text + "\n`counterproof claims CLAIM` says all about one of them, `counterproof verify CLAIM` decides it; a label serves for a name.\n"
}

fn whole(claim: &Claim) -> String {
    let options: Vec<String> = claim.options.iter().map(|name| format!("--{name}")).collect();
    let proved: Vec<String> = theorems()
        .filter(|theorem| theorem.claim == claim.id.name())
        .map(|theorem| format!("\n    {}: {}", theorem.name, theorem.meaning))
        .collect();
    let proved = if proved.is_empty() { " nothing".to_owned() } else { proved.concat() };
    format!(
        "{} ({})\n  {}.\n  source:  {}\n  decided: {}\n  options: {}\n  in Coq: {proved}\n",
        claim.id,
        claim.label,
        claim.statement,
        claim.source,
        claim.decided,
        options.join(" ")
    )
}

fn table(claims: &[&Claim]) -> Table {
    let columns = ["claim", "label", "statement", "source", "decided", "options", "coq"];
    let rows = claims.iter().map(|claim| {
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
