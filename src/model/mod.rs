//! The exact one-layer transformer, read at its last position.
//!
//! Notation (used everywhere): vocabulary size `m`, context length `n`, embedding dimension `d`,
//! `h` heads of value dimension `d_v`; tokens are `0..m` and the last one of a sequence is the query
//! `q`. With a rational base `B > 1` and integer score differences every number below is exactly
//! rational, and it is the usual softmax: scale the weights so that scores are multiples of `ln B`.
//!
//! ```text
//! z_i = E[x_i] + P[i]                                    [d]   (P absent: no positions)
//! s_i = (W_Q z_last) . (W_K z_i)    a_i = B^{s_i} / sum_l B^{s_l}
//! o_k = sum_i a_i W_V z_i                                [d_v]
//! r   = z_last + sum_k W_O o_k                           [d]
//! r'  = r + MLP(r)      y = readout . r' + bias
//! ```
//!
//! The model class is that of Yehudai et al., arXiv:2407.15160v3, with the base made rational (ours).

#![cfg_attr(
    not(test),
    deny(
        clippy::float_arithmetic,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable
    )
)]

mod evaluate;
mod file;
mod integer;
mod numerators;
mod question;
mod scalar;
mod shape;
pub mod softmax;
mod transformer;
mod word;

pub use file::{FileError, MODEL_FORMAT, MODEL_VERSION, Model, read_json};
pub use integer::{
    Attention, Evaluator, HeadForm, IntegerForm, IntegerLayer, IntegerReadout, Occurrence,
};
pub use numerators::attention_numerators;
pub use question::{Criterion, Task};
pub use scalar::{ScalarNetwork, ScalarUnit};
pub use transformer::{Affine, Head, Mlp, ModelError, Readout, Token, Transformer, Weights};
pub use word::Word;
