use super::*;
use crate::kernel::Verdict;
use crate::report::provenance::Provenance;
use crate::report::{Record, Value};
use crate::verdict::Checked;

const HOSTILE: &str = "</script><img src=x onerror='alert(1)'>&\"`<b>`";

fn page() -> String {
    let record = Record {
        claim: HOSTILE.to_owned(),
        params: vec![("n", Value::integer(3)), ("model", Value::text(HOSTILE))],
        verdict: Checked::assumed(Verdict::Refuted),
        values: vec![("max_error", Value::text("377/1127"))],
        certificate: Some("certificates/a b\"<.json".to_owned()),
        milliseconds: None,
        reason: Some(HOSTILE.to_owned()),
    };
    let provenance = Provenance::new(vec![format!("counterproof {HOSTILE}")], "quick");
    let sheet = Sheet {
        name: "sheet",
        title: "A title",
        provenance: provenance.clone(),
        records: vec![record],
        growth: vec![],
        shown: &[],
        figures: vec![],
        measured: None,
    };
    let section = Section {
        name: "section",
        label: HOSTILE.to_owned(),
        title: "Words",
        text: vec![HOSTILE.to_owned()],
        sheets: vec![sheet],
    };
    render(&Document { provenance, sections: vec![section] })
}

#[test]
fn everything_is_escaped() {
    let page = page();
    assert_eq!(page.matches("</script>").count(), 1, "a value closed the script");
    assert!(!page.contains("<img") && !page.contains("<b>"));
    assert!(page.contains("href=\"certificates/a%20b%22%3C.json\""));
}

#[test]
fn nothing_is_fetched() {
    let page = page();
    for word in ["http:", "https:", "//cdn", "@import", "url(", "src="] {
        let found = page.replace("src=x", "").contains(word);
        assert!(!found, "the page says {word}");
    }
}
