//! Searches that propose: floats may be used here, and nothing found here is believed before the
//! trusted rooms have checked it.

pub mod lp;
