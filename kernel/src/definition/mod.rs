//! What certificates are about: transformers, the tasks they are asked, and the inputs they are asked on.
//!
//! Notation (used everywhere): vocabulary size `m`, context length `n`, embedding dimension `d`, `h` heads of value dimension
//! `d_v`; tokens are `0..m` and the last one of a sequence is the query `q`.

mod input;
mod integer_form;
mod output;
mod piecewise;
mod question;
mod softmax;
mod softmax_column;
mod softmax_forward;
mod softmax_machine;
mod softmax_maps;
mod softmax_output;
mod task;
mod transformer;

pub use input::{Input, InputPart, count_inputs_within, sequence_inputs_within};
pub use integer_form::{Attention, HeadForm, IntegerForm, IntegerLayer, IntegerReadout};
pub use output::{exponents, powers, scores};
pub use piecewise::{Piece, Piecewise, ScalarNetwork, ScalarUnit, relu_network};
pub(crate) use question::occurrences;
pub use question::{Asked, Expression, Fold, Operator, Question, Range};
pub use softmax::{
    ActivatedMlp, Activation, Block, HeadWeights, Norm, NormKind, Part, ReadAt, Reading, Rotary, Scores,
    SoftmaxAttention, SoftmaxHead, SoftmaxTransformer, SoftmaxWeights,
};
pub use softmax_column::{Column, Columns, HeadColumn, Own, Reader, Rest, Site};
pub use softmax_forward::{Criteria, Judged, Place, Stack, judge, outputs, places, places_of_counts};
pub use softmax_machine::Machine;
pub(crate) use softmax_maps::Map;
pub use softmax_output::{HeadSums, Sums, Tail, Terms};
pub use task::{Criterion, Length, Task};
pub use transformer::{Affine, Head, Mlp, Readout, Token, Transformer, Weights};
