//! `reproduce`: what it writes is whole, linked, the same every time, and goes on after any interruption.

use crate::support::folder::tree;
use crate::support::pdf::Pdf;
use assert_cmd::cargo::cargo_bin;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

/// Tables of every kind that are decided quickly.
const SOME: &str = "qc-histogram-any,qc-histogram-small-d,mfe-kept-residual,qc-count-attend,inverse-width,welch,\
                    uniform-collision-random,compiled-hist";

fn reproduce(out: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(cargo_bin!("counterproof"));
    command.arg("reproduce").arg("--out").arg(out).args(arguments);
    command
}

fn status(out: &Path, arguments: &[&str]) -> (i32, String) {
    let Output { status, stdout, stderr } = reproduce(out, arguments).output().unwrap();
    let text = [stdout, stderr].map(|bytes| String::from_utf8(bytes).unwrap()).concat();
    assert!(!text.contains("panicked"), "{text}");
    (status.code().unwrap(), text)
}

fn whole(out: &Path, arguments: &[&str]) {
    let (code, text) = status(out, arguments);
    assert_eq!(code, 0, "{text}");
}

fn assert_same(one: &Path, other: &Path) {
    let (one, other) = (tree(one), tree(other));
    let names = |tree: &BTreeMap<String, Vec<u8>>| tree.keys().cloned().collect::<BTreeSet<_>>();
    assert_eq!(names(&one), names(&other));
    for (name, bytes) in one {
        assert!(bytes == other[&name], "{name} differs");
    }
}

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap()
}

/// The quoted values after `attribute="`.
fn quoted<'a>(text: &'a str, attribute: &str) -> Vec<&'a str> {
    let start = format!("{attribute}=\"");
    text.split(&start).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

#[test]
fn a_quick_run_is_whole() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    whole(&out, &["--quick"]);
    links_lead_somewhere(&out);
    the_manifest_is_right(&out);
    tables_are_what_their_commands_print(&out);
    the_paper_includes_what_is_there(&out);
    statements_are_read_off_records(&out);

    // every file of certificates/ is a certificate, and valid
    let certificates: Vec<_> = fs::read_dir(out.join("certificates"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert!(certificates.len() > 300);
    let mut check = Command::new(cargo_bin!("counterproof"));
    let checked = check.args(["check", "--brief"]).args(&certificates).output().unwrap();
    assert_eq!(checked.status.code(), Some(0));
    let summary = format!("{} valid, 0 invalid, 0 unusable, 0 not checked\n", certificates.len());
    assert_eq!(String::from_utf8(checked.stdout).unwrap(), summary);
}

fn links_lead_somewhere(out: &Path) {
    let page = text(&out.join("report.html"));
    let ids: BTreeSet<&str> = quoted(&page, " id").into_iter().collect();
    let links = quoted(&page, " href");
    assert!(links.len() > 500);
    for link in links {
        match link.strip_prefix('#') {
            Some(id) => assert!(ids.contains(id), "{link} leads nowhere"),
            None => assert!(out.join(link).is_file(), "{link} leads nowhere"),
        }
    }
    // each verdict leads to its certificate, and each certificate is led to
    let linked: BTreeSet<&str> = quoted(&page, " href").into_iter().collect();
    for entry in fs::read_dir(out.join("certificates")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(linked.contains(format!("certificates/{name}").as_str()), "{name} is not linked");
    }
    for foreign in ["http:", "https:", "src=", "@import", "<link"] {
        let without_names = page.replace("http://www.w3.org/", "");
        assert!(!without_names.contains(foreign), "the page says {foreign}");
    }
}

fn the_manifest_is_right(out: &Path) {
    let manifest = json(&out.join("manifest.json"));
    let files = manifest["files"].as_object().unwrap();
    let mut present = tree(out);
    present.remove("manifest.json");
    assert_eq!(files.keys().collect::<Vec<_>>(), present.keys().collect::<Vec<_>>());
    for (name, bytes) in &present {
        let digest: String =
            Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(files[name]["sha256"], *digest, "{name}");
        assert!(!files[name]["commands"].as_array().unwrap().is_empty(), "{name}");
    }
    assert_eq!(manifest["provenance"]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(manifest["provenance"]["sizes"], "quick");
    for (name, bytes) in present {
        let says_it =
            ["tables/", "figures/", "report", "paper"].iter().any(|s| name.starts_with(s));
        if says_it && !name.ends_with(".csv") && !name.ends_with(".png") {
            let text = if name.ends_with(".pdf") {
                Pdf::read(&bytes).information("Comment").unwrap()
            } else {
                String::from_utf8(bytes).unwrap()
            };
            assert!(text.contains(env!("CARGO_PKG_VERSION")), "{name} does not say the version");
            assert!(text.contains("quick"), "{name} does not say the sizes");
        }
    }
}

/// The commands of a table, run in the folder, print its CSV.
fn tables_are_what_their_commands_print(out: &Path) {
    for table in ["qc-histogram-small-d", "welch", "best-embedding", "inverse-width", "no-position"]
    {
        let document = json(&out.join(format!("tables/{table}.json")));
        assert_eq!(document["schema"], "counterproof/1");
        let commands = document["provenance"]["commands"].as_array().unwrap();
        let [command] = commands.as_slice() else { panic!("{table} has one command") };
        let words = command.as_str().unwrap().split(' ').skip(1);
        let mut run = Command::new(cargo_bin!("counterproof"));
        let printed = run.current_dir(out).args(words).args(["--format", "csv"]).output().unwrap();
        let csv = fs::read(out.join(format!("tables/{table}.csv"))).unwrap();
        assert!(printed.stdout == csv, "{table}: {command} prints another table");
    }
    // and a model of inputs/ is there for its command
    let document = json(&out.join("tables/mfe-kept-residual.json"));
    for command in document["provenance"]["commands"].as_array().unwrap() {
        let words = command.as_str().unwrap().split(' ').skip(1);
        let mut run = Command::new(cargo_bin!("counterproof"));
        let code = run.current_dir(out).args(words).output().unwrap().status.code().unwrap();
        assert!(code <= 1, "{command} exits {code}");
    }
}

fn the_paper_includes_what_is_there(out: &Path) {
    let paper = text(&out.join("paper.tex"));
    let named = |start: &str| -> Vec<String> {
        let rest = paper.split(start).skip(1);
        rest.map(|rest| rest.split('}').next().unwrap().to_owned()).collect()
    };
    let inputs = named("\\input{");
    let tables = fs::read_dir(out.join("tables")).unwrap().count() / 4;
    // and what only lists its cells is said in a sentence
    let said = paper.matches(" The rows are in \\texttt{tables/").count();
    assert!(said > 0 && said < tables / 4, "{said}");
    // statements are paragraphs
    let statements = paper.matches("\\begin{description}").count();
    // those that run over pages stand in it
    let long = paper.matches("\\begin{longtable}").count();
    assert!(long > 0);
    assert_eq!(inputs.len() + said + statements + long, tables, "every table once");
    for path in inputs {
        assert!(out.join(&path).is_file(), "{path} is not there");
    }
    for entry in fs::read_dir(out.join("tables")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "tex") {
            let table = text(&path);
            assert!(
                table.contains("\\begin{tabular}") && !table.contains("longtable}"),
                "{path:?}"
            );
        }
    }
    let included: BTreeSet<String> =
        named("\\includegraphics[width=0.8\\textwidth]{").into_iter().collect();
    let figures = fs::read_dir(out.join("figures")).unwrap();
    let figures: BTreeSet<String> = figures
        .map(|entry| format!("figures/{}", entry.unwrap().file_name().to_str().unwrap()))
        .collect();
    for ending in [".pdf", ".svg", ".png", ".dat"] {
        let of = figures.iter().filter(|path| path.ends_with(ending));
        let same: BTreeSet<String> = of.map(|path| path.replace(ending, ".pdf")).collect();
        assert_eq!(included, same, "every figure, also as {ending}");
    }
}

fn statements_are_read_off_records(out: &Path) {
    let document = json(&out.join("tables/statements.json"));
    let findings = document["records"].as_array().unwrap();
    let labels: Vec<&str> =
        findings.iter().map(|finding| finding["params"]["statement"].as_str().unwrap()).collect();
    let all = [
        "T1, T1'", "T2", "T5, T12", "T7", "T13", "T3, T18", "T6", "T13, T14", "T4", "T8", "T17",
        "T10", "T15",
    ];
    assert_eq!(labels, all, "from what is easy to what is hard");
    let standing = |label: &str| {
        let at = labels.iter().position(|other| *other == label).unwrap();
        findings[at]["values"]["standing"].as_str().unwrap()
    };
    assert_eq!(standing("T1, T1'"), "stands, and sharper");
    assert_eq!(standing("T5, T12"), "does not hold as quoted");
    assert_eq!(standing("T6"), "depends on what is meant");
    for finding in findings {
        let evidence = finding["values"]["evidence"].as_array().unwrap();
        // nothing is said to be so without a certificate
        let open = finding["values"]["standing"] == "not decided here";
        assert_eq!(evidence.is_empty(), open, "{finding}");
        assert_eq!(finding["verdict"], if open { "undecided" } else { "verified" }, "{finding}");
        for path in evidence {
            assert!(out.join(path.as_str().unwrap()).is_file());
        }
    }
    // a number of the last column is that of the record that it is read off
    let width = &findings[labels.iter().position(|label| *label == "T6").unwrap()];
    let evidence = width["values"]["evidence"][0].as_str().unwrap();
    let widths = json(&out.join("tables/inverse-width.json"));
    let mut records = widths["records"].as_array().unwrap().iter();
    let record = records.find(|record| record["certificate"] == evidence).unwrap();
    let exactly = width["values"]["exactly"].as_str().unwrap();
    assert!(
        exactly.contains(&format!("Within 1/2 it is {} at", record["values"]["w_min"])),
        "{exactly}"
    );
    // nothing of it is in red, and it stands before everything else
    let page = text(&out.join("report.html"));
    let main = page.find("<section id=\"statements\"").unwrap();
    let first = &page[..main + page[main..].find("</section>").unwrap()];
    assert!(!first.contains("class=\"refuted\""), "a statement of others is not refuted");
    assert_eq!(page.find("<section"), Some(main));
    let paper = text(&out.join("paper.tex"));
    assert!(paper.contains("\\begin{abstract}") && paper.contains("$d \\ge m$"));
}

#[test]
fn the_same_bytes_whatever_the_threads() {
    let folder = tempfile::tempdir().unwrap();
    let (one, other) = (folder.path().join("one"), folder.path().join("other"));
    whole(&one, &["--quick", "--only", SOME, "--threads", "1"]);
    whole(&other, &["--quick", "--only", SOME, "--threads", "3", "--quiet"]);
    assert_same(&one, &other);
    // once more over what is there
    whole(&other, &["--quick", "--only", SOME]);
    assert_same(&one, &other);
}

#[test]
fn a_killed_run_goes_on_to_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let (straight, killed) = (folder.path().join("straight"), folder.path().join("killed"));
    let arguments = ["--quick", "--only", SOME];
    let start = std::time::Instant::now();
    whole(&straight, &arguments);
    let takes = start.elapsed().max(Duration::from_millis(100));
    // moments spread over a whole run, none of them twice
    let mut taken_up = 0;
    for k in 1..=9u32 {
        let mut child = reproduce(&killed, &arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        std::thread::sleep(takes * (7 * k % 10) / 11);
        child.kill().unwrap();
        let Output { stderr, .. } = child.wait_with_output().unwrap();
        taken_up += usize::from(String::from_utf8_lossy(&stderr).contains("taken up"));
        let journal = killed.join(".journal");
        if k == 4 && journal.is_dir() {
            damage(&journal, &killed.join("certificates"));
        }
    }
    assert!(taken_up > 0, "nothing was ever taken up");
    whole(&killed, &arguments);
    assert_same(&straight, &killed);
}

/// Cuts one entry, empties another, and alters a certificate.
fn damage(journal: &Path, certificates: &Path) {
    let mut entries: Vec<_> = fs::read_dir(journal).unwrap().map(|e| e.unwrap().path()).collect();
    entries.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    entries.sort();
    for (entry, length) in entries.iter().zip([100, 0]) {
        let bytes = fs::read(entry).unwrap();
        fs::write(entry, &bytes[..length]).unwrap();
    }
    if let Some(certificate) = fs::read_dir(certificates).unwrap().next() {
        let path = certificate.unwrap().path();
        let altered = text(&path).replace('1', "2");
        fs::write(&path, altered).unwrap();
    }
}

#[test]
fn a_limit_leaves_cells_undecided_and_the_next_run_decides_them() {
    let folder = tempfile::tempdir().unwrap();
    let (straight, limited) = (folder.path().join("straight"), folder.path().join("limited"));
    let arguments = ["--quick", "--only", "welch,inverse-width"];
    whole(&straight, &arguments);
    let (code, said) = status(&limited, &[&arguments[..], &["--time-limit", "0"]].concat());
    assert_eq!(code, 3);
    assert!(said.contains("undecided") && said.contains("goes on"), "{said}");
    assert_eq!(fs::read_dir(limited.join("certificates")).unwrap().count(), 0);
    assert!(text(&limited.join("report.html")).contains("the time limit was reached"));
    // nothing that is undecided was noted as decided
    let left = tree(&limited.join(".journal"));
    assert_eq!(left.keys().map(String::as_str).collect::<Vec<_>>(), ["files", "lock"]);
    whole(&limited, &[&arguments[..], &["--time-limit", "99999999999"]].concat());
    assert_same(&straight, &limited);
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let arguments = ["--only", "best-embedding,welch"];
    let mut child = reproduce(&out, &arguments).stdout(Stdio::null()).spawn().unwrap();
    while !out.join("certificates/uniform-collision-m3-d1-bound1-budget100000-seed0.json").exists()
    {
        assert!(child.try_wait().unwrap().is_none(), "ended before it was interrupted");
        std::thread::sleep(Duration::from_millis(10));
    }
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    assert_eq!(child.wait().unwrap().code(), Some(3));
    assert!(text(&out.join("report.html")).contains("interrupted"));
    assert!(out.join(".journal").is_dir());
}

#[cfg(unix)]
#[test]
fn two_runs_do_not_fill_one_folder() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let mut first =
        reproduce(&out, &["--only", "best-embedding"]).stdout(Stdio::null()).spawn().unwrap();
    while !out.join(".journal/files").exists() {
        assert!(first.try_wait().unwrap().is_none(), "ended before the other began");
        std::thread::sleep(Duration::from_millis(2));
    }
    let (code, said) = status(&out, &["--quick", "--only", "welch"]);
    assert!(code == 3 && said.contains("another run is filling"), "{code} {said}");
    first.kill().unwrap();
    first.wait().unwrap();
    whole(&out, &["--quick", "--only", "welch"]);
}

#[test]
fn sizes_do_not_mix() {
    let folder = tempfile::tempdir().unwrap();
    let (fresh, reused) = (folder.path().join("fresh"), folder.path().join("reused"));
    let larger = ["--only", "welch,uniform-collision"];
    whole(&fresh, &larger);
    whole(&reused, &["--quick", "--only", "welch,qc-histogram-any"]);
    whole(&reused, &larger);
    assert_same(&fresh, &reused);
    // nor those of an interrupted run
    assert_eq!(status(&reused, &["--quick", "--only", "welch", "--time-limit", "0"]).0, 3);
    whole(&reused, &larger);
    assert_same(&fresh, &reused);
}

#[test]
fn what_is_not_ours_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path();
    let arguments = ["--quick", "--only", "welch"];
    let refused = |named: &str| {
        let before = tree(out);
        let (code, said) = status(out, &arguments);
        assert_eq!(code, 2, "{said}");
        assert!(said.contains(named), "{said}");
        assert_eq!(before, tree(out), "something was changed");
    };
    fs::write(out.join("paper.tex"), "my own paper").unwrap();
    refused("paper.tex");
    fs::remove_file(out.join("paper.tex")).unwrap();
    fs::create_dir(out.join("certificates")).unwrap();
    fs::write(out.join("certificates/notes.txt"), "mine").unwrap();
    refused("notes.txt");
    fs::remove_file(out.join("certificates/notes.txt")).unwrap();
    fs::write(out.join("notes.txt"), "mine").unwrap();
    whole(out, &arguments);
    assert_eq!(text(&out.join("notes.txt")), "mine");
    // what was made by a run and changed by hand is not ours any more
    let edited = text(&out.join("paper.tex")).replace("Counting", "My counting");
    fs::write(out.join("paper.tex"), edited).unwrap();
    refused("paper.tex");
    // without its manifest nothing is known to be of a run, and that is what is named
    let manifest = text(&out.join("manifest.json"));
    fs::write(out.join("manifest.json"), &manifest[..manifest.len() / 2]).unwrap();
    refused("manifest.json was not made by an earlier run, or was changed since");
    // a manifest that names files elsewhere does not have them removed
    let victim = out.join("victim");
    fs::write(&victim, "").unwrap();
    let empty: String = Sha256::digest([]).iter().map(|byte| format!("{byte:02x}")).collect();
    let other = tempfile::tempdir().unwrap();
    let names =
        ["../victim".to_owned(), victim.display().to_string(), "tables/../victim".to_owned()];
    let files = names.map(|name| {
        format!("{name:?}: {{\"sha256\": \"{empty}\", \"bytes\": 0, \"commands\": []}}")
    });
    let manifest =
        format!("{{\"format\": \"counterproof-manifest\", \"files\": {{{}}}}}", files.join(","));
    fs::write(other.path().join("manifest.json"), manifest).unwrap();
    whole(other.path(), &arguments);
    assert!(victim.exists());
}

#[test]
fn folders_that_cannot_be_filled() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "text").unwrap();
    for (out, named) in [
        (file.clone(), "is a file"),
        (file.join("below"), "cannot create"),
        ("/proc/out".into(), "/proc/out"),
    ] {
        let (code, said) = status(&out, &["--quick", "--only", "welch"]);
        assert_eq!(code, 2, "{said}");
        assert!(said.contains(named), "{}: {said}", out.display());
    }
    assert_eq!(text(&file), "text");
    let (code, said) = status(&folder.path().join("out"), &["--only", "welsh"]);
    assert_eq!(code, 2);
    assert!(said.contains("welsh") && said.contains("welch"), "{said}");
    assert!(!folder.path().join("out").exists());
}
