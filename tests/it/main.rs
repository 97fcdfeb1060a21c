//! The integration tests, one program: a module for each thing that is tested.
//!
//! They share a process, so none may change what belongs to all of it: the current folder, the environment, the
//! handling of signals. A test that needs one of those starts the program instead, in a folder of its own.

mod ablation;
mod agreement;
mod ask;
mod attend_length;
mod bounds;
mod boxes;
mod brute_force;
mod caller;
mod certificates;
mod cli;
mod collision_certificates;
mod collision_cli;
mod collision_parts;
mod collision_search;
mod collision_vipr;
mod common;
mod cross_validate;
mod decided_boxes;
mod diagnostics;
mod difference;
mod docs;
mod embeddings;
mod estimate;
mod exhaustive;
mod exports;
mod figures;
mod help;
mod histogram_error;
mod hostile;
mod inverse_width;
mod joined_proofs;
mod joining;
mod journals;
mod layer_norm;
mod lipschitz;
mod lp;
mod machine_models;
mod machine_numbers;
mod messages;
mod mixers;
mod model_file;
mod out_of_distribution;
mod parts;
#[cfg(feature = "proptest")]
mod property;
mod readings;
mod reproduce;
mod resuming;
mod rooms;
mod separation;
mod shared_folder;
#[cfg(unix)]
mod signals;
mod statuses;
mod support;
mod sweep;
mod tables;
#[cfg(unix)]
mod terminated;
mod train;
mod trained;
mod trained_largest;
mod trained_mixers;
mod weights;
