//! Certificates turned into Coq: theorems that `coqc` accepts through the checkers of `proofs/`, which are
//! proved sound there, and the same numbers for the program extracted from those checkers. The grammars are those of
//! `proofs/examples/` and `proofs/extraction/main.ml`; `docs/proofs.md` documents them.
//!
//! | kind of proof | theorems | extracted |
//! |---|---|---|
//! | `collision` of an embedding, by cuts | with a pair `unsolvable` at its length, `unsolvable_from` it on; `determined_up_to` the length below, `told_apart_up_to` for one query; `least_collision` where they meet | yes |
//! | `inverse-width`, not strict, without leak | `width_at_least`, `width_at_most` | no |
//! | `linear-program`, infeasible or optimal | `infeasible`, or `bounded` by the optimum | yes |

mod collision;
mod inverse_width;
mod kernel;
mod linear_program;
mod text;

use crate::kernel::Certificate;
use crate::kernel::kind::{Collision, InverseWidth, LinearProgramProof, Subject};

/// A certificate in the forms that Coq and the extracted program read.
#[derive(Debug, Clone)]
pub struct CoqForm {
    /// A theory with one theorem for each thing the certificate says, for `coqc`.
    pub theory: String,
    /// The same for the extracted program, where it has a checker of the kind.
    pub extracted: Option<String>,
}

/// What is not written, as in "a proof of ... has no Coq form".
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("{kind}{which} has no Coq form")]
pub struct NoCoqForm {
    /// Name of the kind of proof.
    pub kind: &'static str,
    /// Which ones, when it is not all of that kind; begins with a blank.
    pub which: &'static str,
}

/// The Coq form of a valid certificate.
///
/// # Errors
/// [`NoCoqForm`] for a kind, or a certificate of a kind, that no theorem of `proofs/` is about.
pub fn form(certificate: &Certificate) -> Result<CoqForm, NoCoqForm> {
    let none = |which| NoCoqForm { kind: certificate.row().name, which };
    let (modules, body, extracted) = if let Some((params, data)) = certificate.get::<Collision>() {
        let Subject::Embedding(vectors) = &data.subject else {
            return Err(none(" of a model"));
        };
        if data.multisets.is_some() {
            return Err(none(" by sums of multisets"));
        }
        let (theorems, extracted) =
            collision::form(params, data, vectors).ok_or_else(|| none(" that states no length"))?;
        let modules = "CheckCollision CheckBranch CheckKernel LeastCollision";
        (modules, theorems, Some(extracted))
    } else if let Some((params, data)) = certificate.get::<InverseWidth>() {
        let theorems = inverse_width::theorems(params, data)
            .ok_or_else(|| none(" that is strict or with leak"))?;
        ("CheckTriples CheckNetwork", theorems, None)
    } else if let Some((_, data)) = certificate.get::<LinearProgramProof>() {
        let (theorem, extracted) =
            linear_program::form(data).ok_or_else(|| none(" that is unbounded"))?;
        ("Farkas CheckFarkas", theorem, Some(extracted))
    } else {
        return Err(none(""));
    };
    let claim = certificate.claim();
    Ok(CoqForm {
        theory: format!(
            "(** A certificate of {claim}, to be checked by coqc against the theories of proofs/. *)\n\
             From Counterproof Require Import Literals {modules}.\n\n{body}"
        ),
        extracted: extracted.map(|body| {
            format!("# A certificate of {claim}, for the checkers extracted from proofs/.\n{body}")
        }),
    })
}
