//! Rationals have one spelling; matrices state their shapes.

use counterproof_kernel::number::{MAX_DIGITS, Matrix, NaturalText, integer, parse_canonical, ratio};
use counterproof_kernel::{Certificate, Clock};

#[test]
fn canonical_spelling_is_unique() {
    for good in ["0", "1", "-1", "1/2", "-7/3", "123456789012345678901234567891/7"] {
        assert_eq!(parse_canonical(good).unwrap().to_string(), good);
    }
    for bad in [
        "", "-", "+1", "01", "-0", "1/1", "2/4", "1/-2", "1/0", "0/3", "1/", "/2", " 1", "1.5", "1/2/3", "0x1",
        "1_000", "\u{661}", "NaN",
    ] {
        assert!(parse_canonical(bad).is_err(), "{bad:?} was accepted");
    }
    let long = |digits: usize| "1".repeat(digits);
    assert!(parse_canonical(&long(MAX_DIGITS)).is_ok());
    let error = parse_canonical(&long(MAX_DIGITS + 1)).unwrap_err();
    assert!(error.contains(&format!("{MAX_DIGITS} digits")) && error.len() < 200, "{error}");
    for bad in ["\"-1\"", "\"1/2\"", "1"] {
        assert!(serde_json::from_str::<NaturalText>(bad).is_err(), "{bad} was accepted");
    }
}

/// What cannot be interrupted is bounded: reading numbers takes time that grows with the square of their digits.
#[test]
fn the_digits_of_a_text_are_bounded() {
    let error = |numbers: usize, digits: usize| {
        let number = "1".repeat(digits);
        Certificate::parse(&vec![number.as_str(); numbers].join(",")).unwrap_err().to_string()
    };
    for (numbers, digits) in [(86, MAX_DIGITS), (34_360, 1_000)] {
        let (most, more) = (error(numbers - 1, digits), error(numbers, digits));
        assert!(!most.contains("digits") && more.contains("squared"), "{most}\n{more}");
    }
}

fn small(rows: &[&[i64]]) -> Matrix {
    let rows = rows.iter().map(|row| row.iter().map(|&entry| integer(entry)).collect());
    Matrix::from_rows(2, rows.collect()).unwrap()
}

#[test]
fn products_check_their_shapes() {
    let clock = Clock::unlimited();
    let a = small(&[&[1, 2], &[3, 4], &[5, 6]]);
    let turned = a.product(&small(&[&[0, 1], &[1, 0]]), &clock).unwrap();
    assert_eq!(turned, small(&[&[2, 1], &[4, 3], &[6, 5]]));
    assert!(a.product(&a, &clock).is_err());
    assert!(a.apply(&[integer(1)], &clock).is_err());
    let image = a.apply(&[integer(1), ratio(1, 2)], &clock).unwrap();
    assert_eq!(image, [integer(2), integer(5), integer(8)]);
}

#[test]
fn json_states_the_shape_and_believes_nothing() {
    let matrix = small(&[&[1, 2], &[3, 4]]);
    let text = serde_json::to_string(&matrix).unwrap();
    assert_eq!(text, r#"{"shape":[2,2],"rows":[["1","2"],["3","4"]]}"#);
    assert_eq!(serde_json::from_str::<Matrix>(&text).unwrap(), matrix);
    for bad in [
        r#"{"shape":[1,2],"rows":[["1","2"],["3","4"]]}"#,
        r#"{"shape":[2,2],"rows":[["1","2"],["3"]]}"#,
        r#"{"shape":[1,1],"rows":[["2/4"]]}"#,
        r#"{"shape":[1,1],"rows":[[1]]}"#,
        r#"{"shape":[1,1],"rows":[["1"]],"extra":0}"#,
    ] {
        assert!(serde_json::from_str::<Matrix>(bad).is_err(), "{bad} was accepted");
    }
}
