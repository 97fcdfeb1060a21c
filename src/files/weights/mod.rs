//! Other people's weights: the arrays of NumPy `.npz` and `.safetensors` files, by name.
//!
//! A float weight is the exact rational it denotes: its IEEE bits are decoded with integers, and no float exists
//! here. An array is decoded when a mapping asks for it, so what a mapping leaves out may be of any type. NaN and infinity,
//! truncated files, unknown types, wrong shapes, names that occur twice and absurd sizes are refused with one message
//! that names the array, what was expected and what was found.

mod arrays;
mod metadata;
mod npy;
mod number;

pub use arrays::{Array, Arrays};
pub use metadata::{MAPPING_KEY, Metadata, TASK_KEY};
pub use npy::read as read_npy;
pub use number::Kind;

/// The longest file that is read, in bytes, and the most that its arrays may unpack to.
pub const MAX_BYTES: usize = 1 << 28;
/// The most arrays of a file.
pub const MAX_ARRAYS: usize = 1 << 14;
/// The most numbers that a model may be made of.
pub const MAX_NUMBERS: usize = 1 << 23;
