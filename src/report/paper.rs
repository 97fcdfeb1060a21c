//! The report as a LaTeX document: every table by `\input{tables/..}`, every figure by `\includegraphics{figures/..}`.
//!
//! It compiles with what every TeX distribution calls its basic packages: amssymb, array, booktabs, geometry, graphicx, hyperref, longtable,
//! lscape. Dates are fixed and left out of the PDF, so that the same document gives the same pages.

use super::Record;
use super::document::{Document, STANDING, Section, Sheet};
use super::latex::{self, Lean, escape, is_tall, prose};
use std::fmt::Write as _;

const PREAMBLE: &str = r"\documentclass[a4paper,10pt]{article}
\usepackage[textwidth=6.75in,vmargin=2cm]{geometry}
\usepackage{amssymb,array,booktabs,longtable,graphicx,lscape}
\usepackage[hidelinks]{hyperref}
\setlength{\LTcapwidth}{\textwidth}
\setlength{\parindent}{0pt}
\setlength{\parskip}{4pt}
\setcounter{totalnumber}{8}
\renewcommand{\textfraction}{0}
\sloppy
";

/// The document, with a final line break.
#[must_use]
pub fn render(document: &Document) -> String {
    let mut text: String = document.provenance.lines().map(|line| format!("% {line}\n")).collect();
    text += PREAMBLE;
    let made_by = prose(&document.provenance.program());
    let _ = write!(
        text,
        "\\title{{{}}}\n\\author{{Made by {made_by}}}\n\\date{{}}\n\\begin{{document}}\n\\maketitle\n",
        prose(super::document::TITLE)
    );
    text += "\\begin{abstract}\n";
    for paragraph in document.introduction() {
        let _ = write!(text, "\n{}\n", prose(&paragraph));
    }
    text += "\\end{abstract}\n\n\\tableofcontents\n\\clearpage\n";
    for section in &document.sections {
        text += &section_text(section);
    }
    text + "\\end{document}\n"
}

fn section_text(section: &Section) -> String {
    let mut text =
        format!("\n\\section{{{}}}\n\\label{{sec:{}}}\n", prose(&section.heading()), section.name);
    for paragraph in &section.text {
        let _ = write!(text, "\n{}\n", prose(paragraph));
    }
    for sheet in &section.sheets {
        text += &sheet_text(sheet);
    }
    text + "\\clearpage\n"
}

/// How statements fare, one paragraph each: the columns of that table are sentences.
fn statements(sheet: &Sheet) -> String {
    let word = |record: &Record, name: &str| {
        prose(&record.get(name).map(ToString::to_string).unwrap_or_default())
    };
    let item = |record: &Record| {
        format!(
            "\\item[{}: {}.] {} \\emph{{({}.)}} {}\n",
            word(record, "statement"),
            word(record, STANDING),
            word(record, "says"),
            word(record, "known_from"),
            word(record, "exactly")
        )
    };
    let items: String = sheet.records.iter().map(item).collect();
    format!("\n\\begin{{description}}\n{items}\\end{{description}}\n")
}

fn sheet_text(sheet: &Sheet) -> String {
    let Sheet { name, title, provenance, .. } = sheet;
    if sheet.repeats() {
        return format!("\n\\subsection{{{}}}\n{}", prose(title), statements(sheet));
    }
    let mut text = format!(
        "\n\\subsection{{{}}}\n\n{{\\raggedright {}.",
        prose(title),
        escape(&sheet.tally())
    );
    let commands =
        provenance.commands.iter().map(|command| format!("\\texttt{{{}}}", hyphens(command)));
    let _ = writeln!(text, " {}\\par}}", commands.collect::<Vec<_>>().join("; "));
    for figure in &sheet.figures {
        let caption = prose(&figure.title);
        let _ = write!(
            text,
            "\n\\begin{{figure}}[!ht]\n\\centering\n\\includegraphics[width=0.8\\textwidth]{{figures/{}.pdf}}\n\
             \\caption{{{caption}}}\n\\label{{fig:{}}}\n\\end{{figure}}\n",
            figure.name, figure.name
        );
    }
    for remark in sheet.remarks() {
        let _ = writeln!(text, "\n{{\\footnotesize {}\\par}}", prose(&remark));
    }
    let lean = Lean::of(sheet.short_table());
    if lean.table.rows.is_empty() {
        return text;
    }
    if sheet.restates(&lean.table) {
        let _ = writeln!(text, "\n{} The rows are in \\texttt{{tables/{name}.csv}}.", lean.note);
        return text;
    }
    let label = format!("tab:{name}");
    let long = is_tall(&lean.table).then_some((*title, label.as_str()));
    let set = latex::sheet(&lean, &sheet.growth, provenance, long);
    // one that runs over pages cannot be read from the file, which stands in columns as well
    let input = match long {
        Some(_) => set
            .text
            .lines()
            .filter(|line| !line.starts_with("% "))
            .fold(String::new(), |text, line| text + line + "\n"),
        None => format!(
            "\\begin{{table}}[!ht]\n\\centering\n\\caption{{{}}}\n\\label{{{label}}}\n\\smallskip\n\\input{{tables/{name}.tex}}\n\\end{{table}}\n",
            lean.caption(title)
        ),
    };
    let turned = if set.turned { ["\\begin{landscape}\n", "\\end{landscape}\n"] } else { ["", ""] };
    format!("{text}\n{}{input}{}", turned[0], turned[1])
}

/// A command in typewriter type: hyphens stay two, and it may be broken at spaces and after commas.
fn hyphens(command: &str) -> String {
    escape(command).replace("--", "-{}-").replace(',', ",\\allowbreak{}")
}
