//! Whole certificates about inputs whose outputs no enclosure knows (a norm of a constant with an `eps` below `2^-64`) or that stay
//! open in the reals: what is false has to be refused, what is true accepted.

use counterproof_kernel::{Certificate, Clock};
use std::path::Path;

fn accepted(folder: &str) -> Vec<(String, bool)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judgements").join(folder);
    let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let judged = files.map(|path| {
        let certificate = Certificate::parse(&std::fs::read_to_string(&path).unwrap()).unwrap();
        (path.file_name().unwrap().to_str().unwrap().to_owned(), certificate.check(&Clock::unlimited()).is_ok())
    });
    judged.collect()
}

#[test]
fn what_is_false_is_refused() {
    let files = accepted("false");
    assert_eq!(files.len(), 6);
    for (name, accepted) in files {
        assert!(!accepted, "{name}");
    }
}

#[test]
fn what_is_true_is_accepted() {
    let files = accepted("true");
    assert_eq!(files.len(), 2);
    for (name, accepted) in files {
        assert!(accepted, "{name}");
    }
}
