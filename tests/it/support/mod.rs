//! What several tests share: certificates changed on purpose, the data of the documents, a reader of VIPR documents.

pub mod certificates;
pub mod data;
pub mod vipr;
