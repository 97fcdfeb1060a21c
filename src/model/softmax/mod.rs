//! The usual softmax transformer of one layer, as other people's weights have it.
//!
//! Beside the exact [`Transformer`](super::Transformer) this class has what trained and compiled models have: base
//! `e`, scores divided by the square root of a number, biases, a token `BOS` before the input, layer norm in four
//! places, a readout by arg max, reading at every position. All weights are rational (a float weight *is* the
//! rational it denotes); the outputs are not, so they are enclosed.
//!
//! ```text
//! z_i = E[x_i] + P[i]                                    [d]   (position 0 is BOS when there is one)
//! u_i = norm_attention(z_i)
//! s_i = (W_Q u_read + b_Q) . (W_K u_i + b_K) / sqrt(scale)     a = softmax(s), base e, over all positions
//! o_k = sum_i a_i (W_V u_i + b_V)                        [d_v]
//! r   = norm_after_attention(z_read + sum_k W_O o_k + b_O)     [d]
//! r'  = r + MLP(norm_mlp(r))
//! y   = W norm_readout(r') + b                           [1] or [choices]
//! ```
//!
//! An absent norm is the identity. The output is the number `y`, or the answer that belongs to the largest entry
//! of `y`. Source: Vaswani et al., arXiv:1706.03762; read at one position, causal attention and ours agree at the last.

mod columns;
mod evaluate;
mod partial;
mod region;
mod weights;

pub use columns::{Column, ColumnHead, Columns, Reader, Site};
pub use evaluate::{Judged, Output};
pub use partial::{Backend, Sums};
pub use region::{Free, Region};
pub use weights::{Norm, Norms, ReadAt, Reading, SoftmaxHead, SoftmaxTransformer, SoftmaxWeights};
