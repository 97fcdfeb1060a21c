//! Figures as a user meets them: every format, for every claim that has one, and those of the documentation.

use crate::support::data;
use crate::support::pdf::Pdf;
use assert_cmd::Command;
use counterproof::report::figure::Figure;
use counterproof::report::figure::loss::{LossCurve, LossCurves};
use counterproof::report::plot::PLOTS;
use std::fs;
use std::path::Path;

fn run(folder: &Path, arguments: &str) -> (i32, String) {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("counterproof"));
    let output = command.current_dir(folder).args(arguments.split_whitespace()).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

/// Small sizes of every claim with a figure, and what has to be read in it.
const SAMPLES: [(&str, &str, &[&str]); 7] = [
    ("inverse-width", "--n 4,16,64", &["context length n", "W_grid"]),
    ("uniform-collision", "--m 3-6 --d 2,3", &["collision length n*", "d = 3", "∞"]),
    ("separation", "--n 2-5 --m 4 --d 2", &["separation δ"]),
    ("mfe-bits", "--n 9,17 --m 2-9", &["bits, h (d_v + 1) p", "disjointness, n = 17"]),
    ("qc-count-attend", "--n 2-4 --m 4", &["softmax base B, MLP width"]),
    (
        "machine-numbers",
        "--n 4,8,16 --least-precision --order seq,flash",
        &["bits p", "seq", "flash", "Marked: e4m3 4, bf16 8."],
    ),
    (
        "machine-numbers",
        "--arithmetic p3-9:flash,p3-9:seq",
        &["largest n against bits p: flash; seq.", "Marked: e5m2 3, e4m3 4, bf16 8."],
    ),
];

#[test]
fn every_claim_with_a_figure_draws_it_in_every_format() {
    assert_eq!(SAMPLES.map(|sample| sample.0).to_vec(), {
        PLOTS.iter().map(|plot| plot.claim).collect::<Vec<_>>()
    });
    let folder = tempfile::tempdir().unwrap();
    for (claim, sizes, words) in SAMPLES {
        for file in ["a.svg", "b.svg", "a.png", "b.png", "a.pdf", "b.pdf"] {
            let (status, stderr) =
                run(folder.path(), &format!("verify {claim} {sizes} --plot {file}"));
            assert_eq!(status, 0, "{claim}: {stderr}");
        }
        let read = |name: &str| fs::read(folder.path().join(name)).unwrap();
        for ending in ["svg", "png", "pdf"] {
            assert!(
                read(&format!("a.{ending}")) == read(&format!("b.{ending}")),
                "{claim}: {ending}"
            );
        }
        assert!(read("a.png").starts_with(b"\x89PNG"));
        let svg = String::from_utf8(read("a.svg")).unwrap();
        for word in words {
            assert!(svg.contains(word), "{claim}: {word}");
        }
        the_document_is_the_picture(&read("a.pdf"), &svg);
    }
}

#[test]
fn other_names_and_claims_are_refused_before_any_work() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, named) in [
        ("verify inverse-width --n 4 --plot f.gif", ".dat for its numbers, found f.gif"),
        ("verify inverse-width --n 4 --plot f", ".svg, .png or .pdf"),
        ("verify no-position --plot f.svg", "no figure (inverse-width, "),
        ("phase --plot f.jpg", ".svg, .png or .pdf"),
        ("phase --m 1", "--m: expected 2 to 64"),
        ("verify inverse-width --n 4 --plot nowhere/f.png", "there is no folder nowhere"),
    ] {
        let (status, stderr) = run(folder.path(), arguments);
        assert_eq!(status, 2, "{arguments}");
        assert!(stderr.contains(named), "{arguments}: {stderr}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// Size, title, description and every label, in their order, are those of the SVG; the fonts are in the document.
fn the_document_is_the_picture(bytes: &[u8], svg: &str) {
    let pdf = Pdf::read(bytes);
    let plain = |text: &str| {
        text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&")
    };
    let between = |before: &str, after: &str| {
        plain(svg.split(before).nth(1).unwrap().split(after).next().unwrap())
    };
    let size = format!("0 0 {}", between("viewBox=\"0 0 ", "\""));
    assert_eq!(pdf.page_size(), size);
    assert_eq!(pdf.information("Title").unwrap(), between("<title>", "</title>"));
    assert_eq!(pdf.information("Subject").unwrap(), between("<desc>", "</desc>"));
    assert_eq!(pdf.information("CreationDate"), None);
    let labels = svg.split("aria-label=\"").skip(1);
    let labels: Vec<String> = labels
        .map(|rest| plain(rest.split('"').next().unwrap()))
        .filter(|s| !s.is_empty())
        .collect();
    assert!(labels.len() > 5);
    assert_eq!(pdf.labels(), labels);
    let fonts = pdf.fonts();
    assert!(!fonts.is_empty());
    for (name, file) in fonts {
        let (letters, font) = name.split_once('+').expect("a part of a font");
        assert!(letters.len() == 6 && letters.bytes().all(|byte| byte.is_ascii_uppercase()));
        assert!(["Figures-Regular", "Figures-Italic"].contains(&font), "{name}");
        // the file is there, and holds only what is used
        assert!(file.starts_with(&[0, 1, 0, 0]) && file.len() < 15_000, "{name}: {}", file.len());
    }
}

fn losses(label: &str) -> Figure {
    let curve = LossCurve { label: label.to_owned(), points: vec![(1, 2.0), (100, 0.5)] };
    let title = "Verluste für größere \u{1d53d}".to_owned();
    LossCurves { title, log_steps: true, curves: vec![curve] }.figure()
}

#[test]
fn every_character_is_read_back_from_a_document() {
    // lowered, raised, without a glyph, two characters of one glyph, quotes of the format, empty
    for label in [
        "$W_{min}^2$ = 3",
        "漢字 and more",
        "a\u{a0}b c",
        "(half) \\ open (",
        "$W_a$, $-1$",
        "",
        "Ω Ω",
    ] {
        let figure = losses(label);
        let bytes = figure.pdf_with("made (by) hand\nand so on").unwrap();
        assert!(bytes == figure.pdf_with("made (by) hand\nand so on").unwrap());
        the_document_is_the_picture(&bytes, &figure.svg().unwrap());
        let comment = Pdf::read(&bytes).information("Comment");
        assert_eq!(comment.as_deref(), Some("made (by) hand\nand so on"));
    }
    let bytes = losses("a").pdf_with("naïve").unwrap();
    assert_eq!(Pdf::read(&bytes).information("Comment").as_deref(), Some("naïve"));
    assert_eq!(Pdf::read(&losses("a").pdf().unwrap()).information("Comment"), None);
}

#[test]
fn the_phase_diagram_names_certificates_that_check() {
    let folder = tempfile::tempdir().unwrap();
    let sizes = "phase --d 1-3 --m 2-5 --n 4 --bound 1 --budget 50";
    let (status, stderr) =
        run(folder.path(), &format!("{sizes} --certificates c --format json --out t --plot f.svg"));
    assert_eq!(status, 0, "{stderr}");
    let table: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(folder.path().join("t")).unwrap()).unwrap();
    let records = table["records"].as_array().unwrap();
    assert_eq!(records.len(), 12);
    for record in records {
        let (d, m) =
            (record["params"]["d"].as_u64().unwrap(), record["params"]["m"].as_u64().unwrap());
        let class = record["values"]["class"].as_str().unwrap();
        assert_eq!(class == "every-length", m <= d + 1, "{record}");
        let files = record["values"]["rests_on"].as_array().unwrap();
        assert!(!files.is_empty(), "{record}");
        for file in files {
            let (status, stderr) = run(folder.path(), &format!("check {}", file.as_str().unwrap()));
            assert_eq!(status, 0, "{stderr}");
        }
    }
    let svg = fs::read_to_string(folder.path().join("f.svg")).unwrap();
    assert!(svg.contains("vocabulary size m") && svg.contains("(T1, T1')"));
}

#[test]
fn committed_figures_are_what_their_commands_make() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs");
    let text = fs::read_to_string(root.join("figures.md")).unwrap();
    let section = text.split("## Committed figures").nth(1).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let mut compared = 0;
    data::copy_to(folder.path());
    for command in section.lines().filter_map(|line| line.strip_prefix("counterproof ")) {
        let (status, stderr) = run(folder.path(), command);
        assert_eq!(status, 0, "{command}: {stderr}");
        let name = command.split_whitespace().last().unwrap();
        let made = fs::read_to_string(folder.path().join(name)).unwrap();
        let committed = fs::read_to_string(root.join("images").join(name)).unwrap();
        assert!(made == committed, "{name} is not what `{command}` makes");
        compared += 1;
    }
    let names = fs::read_dir(root.join("images")).unwrap().map(|entry| entry.unwrap().path());
    let drawn = names.filter(|path| path.extension().is_some_and(|extension| extension == "svg"));
    assert_eq!(compared, drawn.count());
}

#[test]
fn figures_are_as_wide_as_asked_and_their_numbers_come_alone() {
    let folder = tempfile::tempdir().unwrap();
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let widths = "verify inverse-width --n 4,16,64";
    for (width, points) in [("column", "234"), ("page", "486"), ("5in", "360")] {
        let (status, stderr) =
            run(folder.path(), &format!("{widths} --width {width} --plot f.svg"));
        assert_eq!(status, 0, "{stderr}");
        assert!(read("f.svg").contains(&format!("width=\"{points}")), "{width}");
    }
    let (status, stderr) = run(folder.path(), &format!("{widths} --width column"));
    assert!(status == 2 && stderr.contains("add --plot FILE or --format latex"), "{stderr}");
    assert_eq!(run(folder.path(), &format!("{widths} --plot f.dat")).0, 0);
    // least widths are 0 at n = 4, and stay
    let numbers = read("f.dat");
    assert!(numbers.lines().any(|line| line.starts_with("4 16 4 3 0")), "{numbers}");
    // coinciding series are one entry of the legend
    let run = run(folder.path(), "verify qc-count-attend --n 2-4 --m 4-6 --plot f.svg");
    assert_eq!(run.0, 0);
    assert!(read("f.svg").contains("aria-label=\"width, m = 4–6\""));
}

#[test]
fn the_phase_diagram_shows_what_a_sweep_reached() {
    let folder = tempfile::tempdir().unwrap();
    data::copy_to(folder.path());
    let phase = "phase --d 4 --m 4-6 --n 4 --bound 1 --budget 20 --plot f.svg";
    let journal = |task: &str| format!("{phase} --trained docs/data/thresholds-{task}.jsonl");
    assert_eq!(run(folder.path(), &journal("qc")).0, 0);
    let svg = fs::read_to_string(folder.path().join("f.svg")).unwrap();
    assert!(svg.contains("aria-label=\"faithful, 100000 steps\""), "{svg}");
    let (status, stderr) = run(folder.path(), &journal("mfe"));
    assert!(status == 2 && stderr.contains("expected a sweep of the query count"), "{stderr}");
    assert_eq!(run(folder.path(), "phase --trained docs/data/thresholds-qc.jsonl").0, 2);
}
