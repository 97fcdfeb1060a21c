//! What other people's checkers read: certificates as Coq theories, mixed-integer programs and linear programs with
//! their proofs as VIPR documents. Nothing here is trusted: whoever reads the result decides again.

pub mod coq;
pub mod vipr;
