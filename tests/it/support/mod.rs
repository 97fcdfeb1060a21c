//! What several tests share: certificates changed on purpose, the data of the documents, a reader of VIPR documents, a
//! forward pass in floats.

pub mod certificates;
pub mod data;
pub mod floats;
pub mod vipr;
