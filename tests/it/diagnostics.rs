//! Files that cannot be used: the place, the line and the offending text underlined, whatever the file holds.

use assert_cmd::Command;
use counterproof::kernel::Certificate;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

fn run(folder: &Path, arguments: &str) -> (i32, String) {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("counterproof"));
    let output = command.current_dir(folder).args(arguments.split(' ')).output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

/// What is printed about each file, one after the other.
fn report(name: &str, cases: &[(&str, &str, Vec<u8>)]) {
    let folder = tempfile::tempdir().unwrap();
    let mut all = String::new();
    for (command, file, bytes) in cases {
        fs::write(folder.path().join(file), bytes).unwrap();
        let (status, stderr) = run(folder.path(), &format!("{command} {file}"));
        assert_eq!(status, 2, "{file}: {stderr}");
        assert!(stderr.contains(&format!("error: {file}:")), "{file}: {stderr}");
        assert!(stderr.lines().all(|line| line.chars().count() < 800), "{file}");
        let moves =
            |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
        assert!(!stderr.contains(moves), "{file}: {stderr:?}");
        writeln!(all, "$ counterproof {command} {file}\n{stderr}").unwrap();
    }
    insta::with_settings!({ omit_expression => true }, { insta::assert_snapshot!(name, all) });
}

fn text(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

const EMBEDDING: &str = "search collision --embedding";

#[test]
fn embeddings() {
    report(
        "embeddings",
        &[
            (EMBEDDING, "entry.csv", text("1, 0\n0, one\n")),
            (EMBEDDING, "semicolons.csv", text("1, 0\n0.5; 0.25\n")),
            (EMBEDDING, "header.csv", text("x, y\n1, 0\n")),
            (EMBEDDING, "short.csv", text("1, 0\n\n  2  \n")),
            (EMBEDDING, "long.csv", text("1, 0\n2, 3, 4\n")),
            (EMBEDDING, "nothing.csv", text("1, 0\n2,\n")),
            (EMBEDDING, "zero.csv", text("1, 0\n2, 1/0\n")),
            (EMBEDDING, "float.json", text("[[1, 2],\n [3, 0.5]]\n")),
            (EMBEDDING, "ragged.json", text("[[1, 2],\n [3]]\n")),
            (EMBEDDING, "syntax.json", text("[[1, 2],\n [3 4]]\n")),
            (EMBEDDING, "end.json", text("[[1, 2],")),
            (EMBEDDING, "fraction.json", text(r#"{"shape":[1,2],"rows":[["1","2/4"]]}"#)),
            (EMBEDDING, "field.json", text(r#"{"shape":[1,2],"row":[["1","2"]]}"#)),
        ],
    );
}

#[test]
fn hostile_embeddings() {
    let long = format!("{}x{}\n", "1,".repeat(300_000), ",2".repeat(300_000));
    report(
        "hostile",
        &[
            (EMBEDDING, "escape.csv", text("1, \u{1b}[31mred\u{1b}[0m, 2\n")),
            (EMBEDDING, "tab.csv", text("1,\t2\n3,\tx\n")),
            (EMBEDDING, "nul.csv", b"1, 2\n\0\0\0, 4\n".to_vec()),
            (EMBEDDING, "c1.csv", text("1, \u{9b}31m\n")),
            (EMBEDDING, "direction.csv", text("1, \u{202e}2\u{202c}\n")),
            (EMBEDDING, "mark.csv", text("\u{feff}1, 2\n3, \u{feff}4\n")),
            (EMBEDDING, "crlf.csv", text("1, 2\r\n3, x\r\n")),
            (EMBEDDING, "wide.csv", text("数数, 2\n")),
            (EMBEDDING, "latin.csv", b"1, 2\n3, \xe9\n".to_vec()),
            (EMBEDDING, "megabyte.csv", text(&long)),
        ],
    );
}

#[test]
fn byte_order_marks_and_line_ends_of_other_systems_are_understood() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("e.csv"), "\u{feff}1, 0\r\n0, 1\r\n\r\n1, 1\r\n").unwrap();
    assert_eq!(run(folder.path(), "search collision --embedding e.csv"), (0, String::new()));
}

#[test]
fn other_files() {
    let folder = tempfile::tempdir().unwrap();
    let made = "construct qc-histogram --n 2 --m 2 --out model.json";
    assert_eq!(run(folder.path(), made).0, 0);
    let made = "verify qc-histogram --n 2 --m 2 --certificates c";
    assert_eq!(run(folder.path(), made).0, 0);
    let model = fs::read_to_string(folder.path().join("model.json")).unwrap();
    let certificate =
        fs::read_to_string(folder.path().join("c/qc-histogram-n2-m2-d2.json")).unwrap();
    let with = |whole: &str, from: &str, to: &str| {
        assert!(whole.contains(from), "{from}");
        text(&whole.replacen(from, to, 1))
    };
    // with the digest of what it says now: what is altered is called that and no more
    let written = |to: &str| {
        let altered = certificate.replacen("\"m\":2", to, 1);
        let error = Certificate::parse(&altered).unwrap_err();
        text(&altered.replace(&error.found().unwrap(), &error.expected().unwrap()))
    };
    const MODEL: &str = "verify --n 2 --model";
    const MAPPING: &str = "verify --n 2 --model model.json --mapping";
    report(
        "others",
        &[
            (MODEL, "base.json", with(&model, "\"base\": \"2\"", "\"base\": \"1\"")),
            (MODEL, "heads.json", with(&model, "\"heads\"", "\"head\"")),
            (MODEL, "kind.json", with(&model, "\"exact\"", "\"float\"")),
            (MODEL, "comma.json", with(&model, "\"version\": 1,", "\"version\": 1")),
            (
                MAPPING,
                "mapping.json",
                text("{\"format\": \"counterproof-mapping\",\n \"version\": \"1\"}"),
            ),
            ("check", "field.json", written("\"mm\":2")),
            ("check", "type.json", written("\"m\":\"2\"")),
            ("check", "spelling.json", text("{\"format\":\"counterproof-certificate\"")),
            ("check", "text.txt", text("no certificate\n")),
            (
                "lp",
                "syntax.lp",
                text("Minimize\n obj: x + 2 y\nSubject To\n c1: x + * y >= 1\nEnd\n"),
            ),
            (
                "lp",
                "integer.lp",
                text("Minimize\n obj: x\nSubject To\n c1: x >= 1\nGeneral\n x\nEnd\n"),
            ),
            (
                "lp",
                "number.mps",
                text("NAME p\nROWS\n N obj\n G c1\nCOLUMNS\n x obj 1 c1 one\nENDATA\n"),
            ),
        ],
    );
}

#[test]
fn an_altered_certificate_is_invalid() {
    let folder = tempfile::tempdir().unwrap();
    let made = "verify qc-histogram --n 2 --m 2 --certificates c";
    assert_eq!(run(folder.path(), made).0, 0);
    let path = folder.path().join("c/qc-histogram-n2-m2-d2.json");
    let altered = fs::read_to_string(&path).unwrap().replacen("\"m\":2", "\"m\":3", 1);
    fs::write(&path, altered).unwrap();
    let (status, stderr) = run(folder.path(), "check c/qc-histogram-n2-m2-d2.json");
    assert_eq!(status, 1);
    let place = "error: c/qc-histogram-n2-m2-d2.json: invalid: sha256: expected `";
    assert!(stderr.starts_with(place) && stderr.contains("`, found `"), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
}
