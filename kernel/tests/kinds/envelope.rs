//! The strict reader, the digest, and what a reader expects to be stated.

use crate::table::{folder, mended, stored};
use counterproof_kernel::kind::{Pigeonhole, Welch};
use counterproof_kernel::{Certificate, KINDS, ParseError};

fn text() -> String {
    std::fs::read_to_string(folder().join("welch/plain.json")).unwrap()
}

/// What is said of a text whose digest was made right, where it has one.
fn refusal(text: &str) -> ParseError {
    let error = Certificate::parse(text).map(|_| ()).unwrap_err();
    match (error.found(), error.expected()) {
        (Some(found), Some(right)) => Certificate::parse(&text.replacen(&found, &right, 1)).map(|_| ()).unwrap_err(),
        _ => error,
    }
}

/// What is replaced, by what, and what is said of it.
const SPELLINGS: [(&str, &str, &str); 34] = [
    ("counterproof-certificate", "other", "format: expected `counterproof-certificate`, found `other`"),
    ("\"version\":2", "\"version\":1", "version: expected 2 to 3, found 1: made by another version of the program"),
    (
        "\"version\":2",
        "\"version\":3",
        "version: expected 2 for the kind welch, found 3: made by another version of the program",
    ),
    ("\"version\":2", "\"version\":\"2\"", "version: invalid type: string \"2\", expected u32"),
    ("\"version\":2,", "", "certificate: missing field `version`"),
    ("\"version\":2", "\"version\":2,\"new\":0", "new: unknown field `new`"),
    ("\"version\":2", "\"version\":2,\"version\":2", "certificate: duplicate field `version`"),
    ("\"claim\":\"welch\"", "\"claim\":\"welsh\"", "claim: unknown claim `welsh`"),
    (
        "\"claim\":\"welch\"",
        "\"claim\":\"wel\\u0063h\"",
        "certificate: expected objects with each key once and texts without escapes",
    ),
    ("{\"welch\"", "{\"welsh\"", "data: unknown kind of proof `welsh` (known: exhaustive, exhaustive-part, "),
    ("\"data\":{", "\"data\":{\"pigeonhole\":{},", "data: expected one key that names the kind of proof, found 2"),
    ("\"data\":{", "\"data\":{\"welch\":{},", "certificate: expected objects with each key once"),
    ("\"m\":4", "\"m\":-4", "params.m: invalid value: integer `-4`, expected usize"),
    ("\"m\":4", "\"m\":4.0", "params.m: invalid type: floating point `4.0`, expected usize"),
    ("\"m\":4", "\"m\":\"4\"", "params.m: invalid type: string \"4\", expected usize"),
    ("\"m\":4", "\"m\":4,\"m\":4", "params: duplicate field `m`"),
    ("\"m\":4", "\"m\":4,\"k\":4", "params.k: unknown field `k`"),
    ("\"m\":4,", "", "params: missing field `m`"),
    ("\"params\":{", "\"params\":[", "params: expected `,` or `]`"),
    ("\"welch_squared\":\"1/3\"", "\"welch_squared\":\"2/6\"", "params.welch_squared: `2/6` is not in lowest terms"),
    (
        "\"welch_squared\":\"1/3\"",
        "\"welch_squared\":\"1/1\"",
        "params.welch_squared: `1/1` is not in lowest terms with a denominator of at least 2",
    ),
    ("\"welch_squared\":\"1/3\"", "\"welch_squared\":\"1/0\"", "params.welch_squared: `1/0` is not in lowest terms"),
    ("\"welch_squared\":\"1/3\"", "\"welch_squared\":\"1/-3\"", "params.welch_squared: `1/-3` is not in lowest terms"),
    (
        "\"welch_squared\":\"1/3\"",
        "\"welch_squared\":\"+1/3\"",
        "params.welch_squared: `+1/3` is not a rational `p` or `p/q`",
    ),
    ("\"welch_squared\":\"1/3\"", "\"welch_squared\":\"01/3\"", "params.welch_squared: `01/3` is not a rational"),
    ("\"welch_squared\":\"1/3\"", "\"welch_squared\":\"-0\"", "params.welch_squared: `-0` is not a rational"),
    ("\"welch_squared\":\"1/3\"", "\"welch_squared\":\"-\"", "params.welch_squared: `-` is not a rational"),
    ("\"welch_squared\":\"1/3\"", "\"welch_squared\":\"\"", "params.welch_squared: `` is not a rational"),
    ("\"welch_squared\":\"1/3\"", "\"welch_squared\":\"1/3 \"", "params.welch_squared: `1/3 ` is not a rational"),
    ("\"welch_squared\":\"1/3\"", "\"welch_squared\":1", "params.welch_squared: invalid type: integer `1`"),
    ("\"pair\":[1,2]", "\"pair\":[1,2,3]", "data.welch.pair: "),
    ("\"embedding\":{", "\"embedding\":{\"name\":0,", "data.welch.embedding.name: unknown field `name`"),
    ("\"shape\":[4,2]", "\"shape\":[4,3]", "data.welch.embedding: row 0: expected 3 entries, found 2"),
    ("{\"format\"", "[{\"format\"", "[0]: invalid type: map, expected a string"),
];

#[test]
fn another_spelling_is_refused_by_name() {
    let text = text();
    for (from, to, message) in SPELLINGS {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from} is not there");
        let found = refusal(&changed).to_string();
        assert!(found.starts_with(message), "{to}: {found}");
    }
    let found = |text: &str| refusal(text).to_string();
    assert!(found("").starts_with("certificate: EOF while parsing a value at line 1 column 0"), "{}", found(""));
    assert!(found(&format!("{text}{text}")).contains("trailing characters"));
    assert!(
        found(&text[..text.len() - 3]).starts_with("sha256: EOF while parsing"),
        "{}",
        found(&text[..text.len() - 3])
    );
    assert!(found(&format!("\u{feff}{text}")).starts_with("certificate: expected value"));
    // in a part the line is not named, for it is not that of the text
    assert!(!found(&text.replacen("\"m\":4", "\"m\":-4", 1)).contains(" at line "));
}

#[test]
fn objects_written_as_lists_are_refused() {
    let text = text();
    let params = text.split("\"params\":").nth(1).unwrap().split(",\"data\"").next().unwrap();
    let list = r#"[4,2,"25/26","1/3",2]"#;
    let error = refusal(&text.replacen(params, list, 1));
    assert_eq!(error.place, "certificate");
    assert!(error.message.contains("another spelling of the same values"), "{error}");
}

#[test]
fn numbers_have_at_most_20000_digits() {
    let changed = |number: &str| text().replacen("\"1/3\"", &format!("\"{number}\""), 1);
    let with = |number: &str| refusal(&changed(number));
    let digits = |count: usize| "1".repeat(count);
    for short in [digits(20_000), format!("-{}", digits(20_000))] {
        // with its digest it is a certificate
        let error = Certificate::parse(&changed(&short)).unwrap_err();
        let mended = changed(&short).replacen(&error.found().unwrap(), &error.expected().unwrap(), 1);
        assert!(Certificate::parse(&mended).is_ok());
    }
    for long in [digits(20_001), format!("1/{}", digits(20_001)), format!("-{}/3", digits(20_001))] {
        let error = with(&long);
        assert_eq!(error.place, "params.welch_squared");
        assert!(error.message.starts_with("the number that begins `"), "{error}");
        assert!(error.message.ends_with("has more than 20000 digits"), "{error}");
        assert!(error.message.len() < 120);
    }
}

#[test]
fn a_text_is_at_most_as_long_as_is_said() {
    let long = " ".repeat(counterproof_kernel::MAX_BYTES + 1);
    let error = Certificate::parse(&long).unwrap_err();
    assert_eq!(error.to_string(), "certificate: expected at most 268435456 bytes, found 268435457");
    assert!(error.expected().is_none() && error.found().is_none());
}

#[test]
fn the_digest_is_of_the_values() {
    let text = text();
    let right = text.split("\"sha256\":\"").nth(1).unwrap().split('"').next().unwrap().to_owned();
    // computed once with sha256sum
    assert_eq!(right, "9fffc03b8eaa400bc8d09de488830c132098f71def70211014511f318b91e6f8");
    let altered = text.replacen("\"m\":4", "\"m\":5", 1);
    let error = Certificate::parse(&altered).unwrap_err();
    assert_eq!((error.place.as_str(), error.found()), ("sha256", Some(right.clone())));
    let expected = error.expected().unwrap();
    assert_eq!((expected.len(), expected == right), (64, false));
    assert!(error.message.ends_with("the certificate was altered"));
    // white space and the order of fields are no part of it
    let spaced = serde_json::to_string_pretty(&stored("welch/plain")).unwrap();
    assert!(spaced.contains('\n'));
    assert_eq!(Certificate::parse(&spaced).unwrap(), Certificate::parse(&text).unwrap());
    let tabbed = spaced.replace("  ", "\t").replace(':', " : ").replace(',', "\r\n,");
    assert_eq!(Certificate::parse(&tabbed).unwrap(), Certificate::parse(&text).unwrap());
    let reversed = text.replacen("\"d\":2,\"fails_from_n\":2,\"m\":4", "\"m\":4,\"d\":2,\"fails_from_n\":2", 1);
    assert_ne!(reversed, text);
    assert!(Certificate::parse(&reversed).is_ok());
}

#[test]
fn what_is_written_is_read_again() {
    for row in &KINDS {
        for entry in std::fs::read_dir(folder().join(row.name)).unwrap() {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            let certificate = Certificate::parse(&text).unwrap();
            assert_eq!((certificate.row().name, certificate.row().evidence), (row.name, row.evidence));
            let written = certificate.to_json().unwrap();
            let start = format!("{{\"format\":\"counterproof-certificate\",\"version\":{},\"claim\":\"", row.version);
            assert!(written.starts_with(&start));
            assert!(written.ends_with("\"}\n") && !written.trim_end().contains('\n'));
            let again = Certificate::parse(&written).unwrap();
            assert_eq!(again, certificate);
            assert_eq!(again.to_json().unwrap(), written);
            assert_eq!(format!("{again:?}"), written);
        }
    }
    let (welch, other) = (mended(&stored("welch/plain")).unwrap(), mended(&stored("welch/orthogonal")).unwrap());
    assert_ne!(welch, other);
    assert_eq!(welch.get::<Welch>().unwrap().0.m, 4);
    assert!(welch.get::<Pigeonhole>().is_none());
}

#[test]
fn a_reader_says_what_has_to_be_stated() {
    let certificate = mended(&stored("collision/all-queries")).unwrap();
    for statement in [
        "uniform-collision",
        "uniform-collision m=4 d=1",
        "uniform-collision free_up_to=2 collides_at=3 query=null task=query-count",
        "  uniform-collision   m=4  ",
    ] {
        assert_eq!(certificate.expect(statement), Ok(()), "{statement}");
    }
    for (statement, message) in [
        ("", "claim: expected , found uniform-collision"),
        ("separation", "claim: expected separation, found uniform-collision"),
        ("uniform-collision m=5", "params.m: expected 5, found 4"),
        ("uniform-collision m=4 d=2", "params.d: expected 2, found 1"),
        ("uniform-collision task=\"query-count\"", "params.task: expected \"query-count\", found query-count"),
        ("uniform-collision k=1", "params.k: expected 1, found no such parameter"),
        ("uniform-collision m", "--expect: expected `CLAIM name=value ..`, found m"),
    ] {
        assert_eq!(certificate.expect(statement).unwrap_err().to_string(), message);
    }
}
