//! Search proposes: lattices, collisions. Untrusted; `check` decides.

pub mod collision;
pub mod lattice;
