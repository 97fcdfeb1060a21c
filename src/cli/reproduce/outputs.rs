//! From records to files: tables in every format, figures, the report, the paper.

use super::cells::diagram;
use super::folder::Folder;
use super::plan::{self, Table};
use crate::claim::{by_precision, theorems};
use crate::cli::Failure;
use crate::report::document::{Document, Drawing, Section, Sheet};
use crate::report::figure::Figure;
use crate::report::figure::thresholds::Arm;
use crate::report::growth::slopes;
use crate::report::plot::Plot;
use crate::report::provenance::Provenance;
use crate::report::{Format, Record, html, paper, value_of};

/// A table with its figures.
pub(super) fn sheet(
    table: &Table,
    records: Vec<Record>,
    provenance: Provenance,
    trained: &[Arm],
) -> Result<Sheet, Failure> {
    let Table { name, title, shown, drawn, .. } = *table;
    let sheet = |records: Vec<Record>, growth, figure: Option<(&str, Figure)>| {
        let figure = figure.and_then(|(description, figure)| {
            drawing((name, title), description, &figure, &provenance)
        });
        let figures = figure.into_iter().collect();
        let provenance = provenance.clone();
        Sheet { name, title, provenance, records, growth, figures, shown, measured: None }
    };
    if let Some(mut phase) = diagram(table, &records)? {
        phase.trained = trained.to_vec();
        let figure = phase.figure();
        let figure = Some(("What counts, for each d and m.", figure));
        return Ok(sheet(phase.records(), Vec::new(), figure));
    }
    // of models that were trained, not of those that are read
    let of = |name: &str| records.first().and_then(|record| value_of(&record.params, name));
    let trained = of("steps").is_some() && drawn;
    if let Some(figure) = Figure::of_models(&records).filter(|_| trained) {
        let description = match of("trained_n") {
            Some(_) => "Accuracy against the length of the input.",
            None => "Accuracy over all inputs, by hidden units and dimensions.",
        };
        return Ok(sheet(records, Vec::new(), Some((description, figure))));
    }
    let by_place = by_precision(&records);
    let plot = Plot::of(&by_place);
    let growth = plot.map_or_else(Vec::new, |plot| slopes(&records, plot));
    let figure = plot.filter(|_| drawn);
    let figure = figure.map(|plot| (plot.description, Figure::of_records(&by_place, plot)));
    Ok(sheet(records, growth, figure))
}

/// A figure in every format, unless records cut short by a limit left nothing to draw.
pub(super) fn drawing(
    (name, title): (&str, &str),
    description: &str,
    figure: &Figure,
    provenance: &Provenance,
) -> Option<Drawing> {
    let lines: Vec<String> = provenance.lines().collect();
    let comment = lines.join("\n");
    Some(Drawing {
        name: name.to_owned(),
        title: format!("{title}. {description}"),
        svg: with_provenance(&figure.svg().ok()?, provenance),
        png: figure.png_with(&comment).ok()?,
        pdf: figure.pdf_with(&comment).ok()?,
        data: figure.data_with(&comment).ok()?,
    })
}

/// A section with its theorems named.
pub(super) fn section(section: &plan::Section, sheets: Vec<Sheet>) -> Section {
    let mut text: Vec<String> =
        section.text.iter().map(|&paragraph| paragraph.to_owned()).collect();
    let labels: Vec<&str> = section.label.split(", ").collect();
    let proved: Vec<String> = theorems()
        .filter(|theorem| labels.contains(&theorem.statement))
        .map(|theorem| format!("`{}`", theorem.name))
        .collect();
    if !proved.is_empty() {
        text.push(format!("Proved in Coq for all sizes (`proofs/`): {}.", proved.join(", ")));
    }
    let (name, label, title) = (section.name, section.label.to_owned(), section.title);
    Section { name, label, title, text, sheets }
}

/// Writes everything but certificates, which are there; the manifest last.
pub(super) fn write(document: &Document, folder: &mut Folder) -> Result<(), Failure> {
    for sheet in document.sections.iter().flat_map(|section| &section.sheets) {
        let Sheet { name, provenance, .. } = sheet;
        let commands = &provenance.commands;
        for (ending, format) in [
            ("json", Format::Json),
            ("csv", Format::Csv),
            ("md", Format::Markdown),
            ("tex", Format::Latex),
        ] {
            folder.write(
                &format!("tables/{name}.{ending}"),
                sheet.render(format).as_bytes(),
                commands,
            )?;
        }
        for figure in &sheet.figures {
            let path = format!("figures/{}", figure.name);
            folder.write(&format!("{path}.svg"), figure.svg.as_bytes(), commands)?;
            folder.write(&format!("{path}.png"), &figure.png, commands)?;
            folder.write(&format!("{path}.pdf"), &figure.pdf, commands)?;
            folder.write(&format!("{path}.dat"), figure.data.as_bytes(), commands)?;
        }
    }
    let commands = &document.provenance.commands;
    folder.write("report.html", html::render(document).as_bytes(), commands)?;
    folder.write("paper.tex", paper::render(document).as_bytes(), commands)?;
    folder.finish(&document.provenance)
}

/// The figure with what made it in its metadata.
fn with_provenance(svg: &str, provenance: &Provenance) -> String {
    let lines: Vec<String> = provenance.lines().collect();
    let words = lines.join("\n").replace('&', "&amp;").replace('<', "&lt;");
    let end_of_tag = svg.find("<svg").and_then(|at| Some(at + svg[at..].find('>')? + 1));
    match end_of_tag {
        Some(at) => format!("{}\n<metadata>{words}</metadata>{}", &svg[..at], &svg[at..]),
        None => svg.to_owned(),
    }
}
