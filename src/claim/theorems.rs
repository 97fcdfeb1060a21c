//! What is proved in Coq about each statement, read from the one list that the proofs' own build checks.

/// A theorem of `proofs/theories/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Theorem {
    /// `T1`, ..
    pub statement: &'static str,
    /// name of the claim it is about, or another word for theorems that serve several
    pub claim: &'static str,
    /// path below `proofs/`
    pub file: &'static str,
    pub name: &'static str,
    pub meaning: &'static str,
}

const LIST: &str = include_str!("../../proofs/theorems.tsv");

/// Every theorem of the list, in its order.
pub fn theorems() -> impl Iterator<Item = Theorem> {
    LIST.lines().skip(1).filter_map(|line| {
        let mut fields = line.split('\t');
        Some(Theorem {
            statement: fields.next()?,
            claim: fields.next()?,
            file: fields.next()?,
            name: fields.next()?,
            meaning: fields.next()?,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_reads_whole() {
        assert_eq!(theorems().count(), LIST.lines().count() - 1);
        assert!(theorems().any(|theorem| theorem.name == "qc_histogram"));
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("proofs");
        for Theorem { file, name, .. } in theorems() {
            let text = std::fs::read_to_string(folder.join(file)).unwrap();
            let stated = ["Theorem", "Corollary", "Definition"]
                .iter()
                .any(|keyword| text.contains(&format!("{keyword} {name}")));
            assert!(stated, "{file} does not state {name}");
        }
    }
}
