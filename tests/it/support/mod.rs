//! What several tests share: certificates changed on purpose, the data of the documents, an endpoint that is
//! asked, a forward pass in floats, what a folder holds, the program as its users start it, journals, readers of PDF and VIPR documents.

pub mod certificates;
pub mod data;
pub mod endpoint;
pub mod floats;
pub mod folder;
pub mod journal;
pub mod pdf;
pub mod program;
pub mod vipr;
