use super::*;
use crate::kernel::Verdict;
use crate::kernel::number::ratio;
use crate::report::Value;
use crate::verdict::Checked;
use num_bigint::BigInt;

fn record() -> Record {
    let list = Value::List(vec![Value::integer(-3), Value::Null, Value::text("a\nb\"")]);
    Record {
        claim: "welch".to_owned(),
        params: vec![("n", Value::integer(2))],
        verdict: Checked::assumed(Verdict::Refuted),
        values: vec![
            ("whole", Value::Rational(ratio(3, 1))),
            ("third", Value::Rational(ratio(-1, 3))),
            ("measured", Value::decimal(0.25, 3)),
            ("list", list),
            ("large", Value::Integer(BigInt::from(7).pow(300))),
            ("yes", Value::Bool(true)),
        ],
        certificate: Some("certificates/x.json".to_owned()),
        milliseconds: None,
        reason: Some("because".to_owned()),
    }
}

#[test]
fn entries_come_back_as_they_were_and_damaged_ones_do_not() {
    let out = tempfile::tempdir().unwrap();
    std::fs::create_dir(out.path().join(FOLDER)).unwrap();
    let journal = Journal::new(out.path());
    let key = journal.key("x");
    let certificate = out.path().join("x.json");
    let record = record();
    let nothing = |key: &str| matches!(journal.read(key, &certificate), Entered::Nothing);
    let damaged = |key: &str| matches!(journal.read(key, &certificate), Entered::Damaged(_));
    assert!(nothing(&key), "there is no entry yet");
    journal.write(&key, &record, &digest(b"text")).unwrap();
    assert!(damaged(&key), "there is no certificate yet");
    std::fs::write(&certificate, "text").unwrap();
    match journal.read(&key, &certificate) {
        Entered::Whole(Remembered { verdict, values, reason, certificate }) => {
            assert_eq!((verdict, values), (Verdict::Refuted, record.values));
            assert_eq!((reason, certificate.as_str()), (record.reason, "text"));
        }
        other => panic!("{other:?}"),
    }

    let other = journal.key("y");
    assert_ne!(other, key);
    assert!(nothing(&other));
    std::fs::copy(journal.path(&key), journal.path(&other)).unwrap();
    assert!(damaged(&other), "an entry under a wrong name");

    let whole = std::fs::read(journal.path(&key)).unwrap();
    for length in 0..whole.len() {
        std::fs::write(journal.path(&key), &whole[..length]).unwrap();
        assert!(damaged(&key), "cut after {length} bytes");
    }
    for at in 0..whole.len() {
        let mut altered = whole.clone();
        altered[at] ^= 1;
        std::fs::write(journal.path(&key), &altered).unwrap();
        assert!(
            !matches!(journal.read(&key, &certificate), Entered::Whole(_)),
            "byte {at} altered"
        );
    }
    std::fs::write(journal.path(&key), &whole).unwrap();
    std::fs::write(&certificate, "texT").unwrap();
    assert!(damaged(&key), "the certificate was altered");
}
