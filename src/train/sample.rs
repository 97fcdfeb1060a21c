//! Sequences drawn uniformly, [`LANES`] at a time, fresh at every step.

use super::kernels::LANES;
use super::shape::Shape;
use crate::kernel::definition::{Task, Token};
use rand::RngCore;
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;

/// What random numbers are for; different purposes never share a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stream {
    Weights,
    Training,
    HeldOut,
    /// to find the mean and spread of the answers
    Targets,
}

/// The generator for one purpose and one index (a step, a batch): nothing but the seed has to be kept to go on from a
/// checkpoint.
#[must_use]
pub fn generator(seed: u64, stream: Stream, index: u64) -> Xoshiro256PlusPlus {
    let mut bytes = [0; 32];
    let words = [seed, stream as u64, index, 0x636f_756e_7465_7270];
    for (bytes, word) in bytes.chunks_exact_mut(8).zip(words) {
        bytes.copy_from_slice(&word.to_le_bytes());
    }
    let mut rng = Xoshiro256PlusPlus::from_seed(bytes);
    // close seeds are far apart after a few rounds
    for _ in 0..16 {
        rng.next_u64();
    }
    rng
}

/// Up to [`LANES`] sequences side by side.
#[derive(Debug, Clone)]
pub struct Batch {
    /// `[n][LANES]`
    pub tokens: Vec<u16>,
    /// how often each token occurs, `[m][LANES]`
    pub counts: Vec<u32>,
    /// the last token of each lane
    pub queries: [u16; LANES],
    /// the answer in each lane
    pub answers: [u32; LANES],
    m: usize,
}

impl Batch {
    #[must_use]
    pub fn new(m: usize, n: usize) -> Self {
        Self {
            tokens: vec![0; n * LANES],
            counts: vec![0; m * LANES],
            queries: [0; LANES],
            answers: [0; LANES],
            m,
        }
    }

    /// An empty batch for models of this shape.
    #[must_use]
    pub fn of_shape(shape: &Shape) -> Self {
        Self::new(shape.m, shape.n)
    }

    /// Draws every token of every lane uniformly.
    pub fn draw(&mut self, task: Task, rng: &mut impl RngCore) {
        let m = self.m as u32;
        // Lemire's multiplication; the few low products that would favour some tokens are drawn again
        let reject_below = m.wrapping_neg() % m;
        let mut spare: Option<u32> = None;
        for token in &mut self.tokens {
            *token = loop {
                let half = spare.take().unwrap_or_else(|| {
                    let word = rng.next_u64();
                    spare = Some((word >> 32) as u32);
                    word as u32
                });
                let product = u64::from(half) * u64::from(m);
                if product as u32 >= reject_below {
                    break (product >> 32) as u16;
                }
            };
        }
        self.count(task);
    }

    /// Sets one lane to a sequence of this batch's length over its vocabulary.
    ///
    /// # Panics
    /// When the sequence has another length or holds another token.
    pub fn set(&mut self, lane: usize, sequence: &[u16]) {
        assert_eq!(sequence.len(), self.length(), "the sequence's length");
        for (row, &token) in self.tokens.chunks_exact_mut(LANES).zip(sequence) {
            assert!(usize::from(token) < self.m, "a token of the vocabulary");
            row[lane] = token;
        }
    }

    /// Sets one lane to an input of a model without positions, which reads nothing but counts and query; of any length.
    ///
    /// # Panics
    /// When there is another number of counts than tokens, or a count does not fit 32 bits.
    pub fn set_counts(&mut self, lane: usize, counts: &[u64], query: Token) {
        assert_eq!(counts.len(), self.m, "one count a token");
        for (row, &count) in self.counts.chunks_exact_mut(LANES).zip(counts) {
            row[lane] = u32::try_from(count).expect("a count of 32 bits");
        }
        self.queries[lane] = u16::try_from(query.0).expect("a token of the vocabulary");
    }

    /// Counts the tokens, and sets queries and answers, after [`Self::set`].
    pub fn count(&mut self, task: Task) {
        self.counts.fill(0);
        for row in self.tokens.chunks_exact(LANES) {
            for (b, &token) in row.iter().enumerate() {
                self.counts[usize::from(token) * LANES + b] += 1;
            }
        }
        let Some(last) = self.tokens.last_chunk::<LANES>() else { return };
        self.queries = *last;
        for b in 0..LANES {
            self.answers[b] = match task {
                Task::QueryCount => self.counts[usize::from(self.queries[b]) * LANES + b],
                Task::MostFrequentElement => {
                    self.counts.chunks_exact(LANES).map(|row| row[b]).max().unwrap_or(0)
                }
            };
        }
    }

    /// `n`
    #[must_use]
    pub fn length(&self) -> usize {
        self.tokens.len() / LANES
    }
}

#[cfg(test)]
mod tests {
    use super::{Batch, Stream, generator};
    use crate::kernel::definition::Input;
    use crate::kernel::definition::Task;
    use crate::kernel::definition::Token;
    use crate::search::inputs::InputOps;
    use crate::train::kernels::LANES;

    #[test]
    fn answers_agree_with_plain_counting_and_tokens_are_uniform() {
        let mut seen = [0u32; 5];
        for task in [Task::QueryCount, Task::MostFrequentElement] {
            for step in 0..200 {
                let mut batch = Batch::new(5, 13);
                batch.draw(task, &mut generator(7, Stream::Training, step));
                for b in 0..LANES {
                    let sequence: Vec<Token> = batch
                        .tokens
                        .chunks_exact(LANES)
                        .map(|row| Token(usize::from(row[b])))
                        .collect();
                    let input = Input::ending(&sequence, 5).unwrap();
                    let answer = task.answer(input.counts(), input.query());
                    assert_eq!(u64::from(batch.answers[b]), answer);
                    sequence.iter().for_each(|token| seen[token.0] += 1);
                }
            }
        }
        // 83,200 tokens: five standard deviations are 577
        assert!(seen.iter().all(|&times| times.abs_diff(16_640) < 577), "{seen:?}");
    }

    #[test]
    fn streams_differ_by_seed_purpose_and_index() {
        let first = |seed, stream, index| {
            use rand::RngCore;
            generator(seed, stream, index).next_u64()
        };
        let mut all = vec![];
        for seed in 0..20 {
            for stream in [Stream::Weights, Stream::Training, Stream::HeldOut, Stream::Targets] {
                all.extend((0..20).map(|index| first(seed, stream, index)));
            }
        }
        let total = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), total);
    }
}
