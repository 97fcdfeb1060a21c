//! The report as one web page: no network, no other file but the ones of its folder that it links to.
//!
//! Styles and scripts are inline, and a content policy in the page forbids everything else. Tables scroll in a box of their own and
//! can be sorted with mouse and keyboard; everything can be read without the script.

mod table;

use super::document::{Document, STATEMENTS, Section, Sheet};
use super::formula;
use std::fmt::Write as _;

const STYLE: &str = include_str!("style.css");
/// More commands than this are folded away.
const MANY: usize = 3;
const SCRIPT: &str = include_str!("script.js");

/// The page, with a final line break.
#[must_use]
pub fn render(document: &Document) -> String {
    let title = escape(super::document::TITLE);
    let mut page = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\">\n\
         <meta name=\"generator\" content=\"{}\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n\
         <header>\n<h1>{title}</h1>\n<button id=\"theme\" type=\"button\" hidden>dark</button>\n",
        escape(&document.provenance.program())
    );
    for paragraph in document.introduction() {
        let _ = writeln!(page, "<p>{}</p>", prose(&paragraph));
    }
    page += "</header>\n<main>\n";
    let mut sections = document.sections.iter().peekable();
    // what the paper's statements come to is the first screen
    if let Some(statements) = sections.next_if(|section| section.name == STATEMENTS) {
        page += &statements_text(statements);
    }
    page += "<nav aria-label=\"sections\"><ol>\n";
    for section in &document.sections {
        let _ = writeln!(
            page,
            "<li><a href=\"#{}\">{}</a></li>",
            section.name,
            prose(&section.heading())
        );
    }
    page += "</ol></nav>\n";
    for section in sections {
        page += &section_text(section);
    }
    page += "</main>\n<footer>\n";
    let _ = writeln!(
        page,
        "<p class=\"small\">Made by {}.</p>",
        escape(&document.provenance.program())
    );
    page += &commands(&document.provenance.commands);
    page += "<p class=\"small\">Also here: <a href=\"paper.tex\">paper.tex</a>, <a href=\"manifest.json\">manifest.json</a> with the \
             digest of every file. The commands above print the tables alone and are run in this folder.</p>\n";
    let _ = write!(page, "</footer>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n");
    page
}

fn section_text(section: &Section) -> String {
    let name = section.name;
    let mut text = format!("<section id=\"{name}\">\n<h2>{}</h2>\n", prose(&section.heading()));
    for paragraph in &section.text {
        let _ = writeln!(text, "<p>{}</p>", prose(paragraph));
    }
    for sheet in &section.sheets {
        text += &sheet_text(sheet);
    }
    text + "</section>\n"
}

/// The table at once; what is to be known of it stands below.
fn statements_text(section: &Section) -> String {
    let name = section.name;
    let mut text = format!("<section id=\"{name}\">\n<h2>{}</h2>\n", prose(&section.heading()));
    for sheet in &section.sheets {
        text += &table::render(sheet);
        let _ = writeln!(
            text,
            "<p class=\"small\" id=\"run-{}\">As {}.</p>",
            sheet.name,
            formats(sheet.name)
        );
    }
    for paragraph in &section.text {
        let _ = writeln!(text, "<p class=\"small\">{}</p>", prose(paragraph));
    }
    text + "</section>\n"
}

/// Links to the files of a table.
fn formats(name: &str) -> String {
    let link = |format: &&str| format!("<a href=\"tables/{name}.{format}\">{format}</a>");
    ["tex", "md", "csv", "json"].iter().map(link).collect::<Vec<_>>().join(", ")
}

fn sheet_text(sheet: &Sheet) -> String {
    let Sheet { name, title, .. } = sheet;
    let mut text = format!(
        "<h3 id=\"table-{name}\">{}</h3>\n<p class=\"small\">{}; {} {}</p>\n<div id=\"run-{name}\">\n{}</div>\n",
        prose(title),
        escape(&sheet.tally()),
        if sheet.shown.is_empty() { "as" } else { "some columns; all of them as" },
        formats(name),
        commands(&sheet.provenance.commands)
    );
    for figure in &sheet.figures {
        // a document of its own may begin with a declaration, which has no place inside a page
        let svg = figure.svg.find("<svg").map_or("", |at| &figure.svg[at..]);
        let file = escape(&figure.name);
        let link = |ending| format!("<a href=\"figures/{file}.{ending}\">{ending}</a>");
        let links = ["svg", "png", "pdf", "dat"].map(link).join(", ");
        let _ = write!(
            text,
            "<figure>\n{svg}\n<figcaption>{} ({links})</figcaption>\n</figure>\n",
            prose(&figure.title)
        );
    }
    text += &table::render(sheet);
    let remarks = sheet.remarks();
    if !remarks.is_empty() {
        let items: String =
            remarks.iter().map(|remark| format!("<li>{}</li>\n", escape(remark))).collect();
        let _ = write!(
            text,
            "<details><summary>How this was measured</summary><ul>\n{items}</ul></details>\n"
        );
    }
    let fits: Vec<String> = sheet.growth.iter().map(super::growth::sentence).collect();
    if !fits.is_empty() {
        let _ = writeln!(text, "<p class=\"small\">{}.</p>", escape(&fits.join("; ")));
    }
    let reasons: Vec<String> = sheet
        .records
        .iter()
        .filter_map(|record| {
            let reason = record.reason.as_ref()?;
            let params: Vec<String> =
                record.params.iter().map(|(name, value)| format!("{name} = {value}")).collect();
            Some(format!("<li>{}: {}</li>\n", escape(&params.join(", ")), escape(reason)))
        })
        .collect();
    if !reasons.is_empty() {
        let count = reasons.len();
        let _ = write!(
            text,
            "<details><summary>In words ({count})</summary><ul>\n{}</ul></details>\n",
            reasons.concat()
        );
    }
    text
}

fn commands(commands: &[String]) -> String {
    let line = |command: &String| {
        format!(
            "<div class=\"run\"><code>{}</code><button class=\"copy\" type=\"button\">copy</button></div>\n",
            command.split(' ').map(word).collect::<Vec<_>>().join(" ")
        )
    };
    let lines: String = commands.iter().map(line).collect();
    match commands.len() {
        0..=MANY => lines,
        count => format!("<details><summary>{count} commands</summary>\n{lines}</details>\n"),
    }
}

/// A word of a command; an option's name is not broken at its hyphens.
fn word(word: &str) -> String {
    match word.starts_with("--") {
        true => format!("<span>{}</span>", escape(word)),
        false => escape(word),
    }
}

fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// Words with `code` between backticks.
fn prose(text: &str) -> String {
    let parts = text.split('`').enumerate().map(|(i, part)| match i % 2 {
        0 => escape(part),
        // a short formula is not broken
        _ if part.len() < 24 && formula::latex(part).is_some() => {
            format!("<code class=\"f\">{}</code>", escape(part))
        }
        _ => format!("<code>{}</code>", escape(part)),
    });
    parts.collect()
}

#[cfg(test)]
mod tests;
