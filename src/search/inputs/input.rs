//! What the search does with an input, which is the kernel's.

use crate::kernel::Rejection;
use crate::kernel::definition::{Input, Token};
use crate::search::form::Occurrence;

/// Inputs from sequences and back.
///
/// ```
/// use counterproof::kernel::definition::{Input, Token};
/// use counterproof::search::inputs::InputOps;
///
/// let input = Input::ending(&[2, 0, 2].map(Token), 3)?;
/// assert_eq!((input.query(), input.counts()), (Token(2), [1, 0, 2].as_slice()));
/// assert_eq!(input.to_sequence(), [0, 2, 2].map(Token));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait InputOps: Sized {
    /// The input of a sequence over `m` tokens, whose last token is the query.
    ///
    /// # Errors
    /// [`Rejection`] for an empty sequence or a token outside the vocabulary.
    fn ending(sequence: &[Token], m: usize) -> Result<Self, Rejection>;

    /// The tokens before the last one, as occurrences of position class 0.
    fn prefix(&self) -> impl Iterator<Item = Occurrence> + Clone + '_;

    /// A sequence with these counts: the other tokens ascending, the query last.
    #[must_use]
    fn to_sequence(&self) -> Vec<Token>;

    /// The input of the sequence repeated `times` times, or `None` when it is too long.
    #[must_use]
    fn repeated(&self, times: u64) -> Option<Self>;
}

impl InputOps for Input {
    fn ending(sequence: &[Token], m: usize) -> Result<Self, Rejection> {
        Self::of_sequence("sequence", sequence, m, sequence.len().saturating_sub(1))
    }

    fn prefix(&self) -> impl Iterator<Item = Occurrence> + Clone + '_ {
        self.counts().iter().enumerate().filter_map(|(j, &count)| {
            let multiplicity = count - u64::from(j == self.query().0);
            (multiplicity > 0).then_some(Occurrence { class: 0, token: Token(j), multiplicity })
        })
    }

    fn to_sequence(&self) -> Vec<Token> {
        let repeat = |o: Occurrence| (0..o.multiplicity).map(move |_| o.token);
        self.prefix().flat_map(repeat).chain([self.query()]).collect()
    }

    fn repeated(&self, times: u64) -> Option<Self> {
        let counts = self.counts().iter().map(|count| count.checked_mul(times));
        Self::new("counts", self.query(), &counts.collect::<Option<Vec<_>>>()?).ok()
    }
}
