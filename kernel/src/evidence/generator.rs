//! Numbers at random, which a seed determines on every machine: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
//!
//! Input `k` of a sample (from 0) has a generator of its own, whose state is output `k` of the generator that starts at the seed. A
//! number below `t` is an output `x` modulo `t`, outputs from `2^64 - (2^64 mod t)` on being passed over.

/// SplitMix64.
#[derive(Debug, Clone, Copy)]
pub struct Generator(u64);

impl Generator {
    /// Started at a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// The generator of input `index`.
    #[must_use]
    pub fn of_input(seed: u64, index: u64) -> Self {
        let mut outer = Self(seed.wrapping_add(index.wrapping_mul(GAMMA)));
        Self(outer.draw())
    }

    /// The next 64 bits.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(GAMMA);
        let mixed = |z: u64, shift: u32, by: u64| (z ^ z.wrapping_shr(shift)).wrapping_mul(by);
        let z = mixed(mixed(self.0, 30, 0xBF58_476D_1CE4_E5B9), 27, 0x94D0_49BB_1331_11EB);
        z ^ z.wrapping_shr(31)
    }

    /// A number below `end`, all with the same probability; 0 for nothing below.
    pub fn below(&mut self, end: u64) -> u64 {
        // 2^64 mod end
        let over = 0u64.wrapping_sub(end).checked_rem(end).unwrap_or(0);
        loop {
            let x = self.draw();
            if over == 0 || x < 0u64.wrapping_sub(over) {
                return x.checked_rem(end).unwrap_or(0);
            }
        }
    }
}

/// What is added to the state between two outputs.
const GAMMA: u64 = 0x9E37_79B9_7F4A_7C15;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generator_is_splitmix64() {
        // the published outputs for the seed 1234567
        let mut generator = Generator::new(1_234_567);
        let expected = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ];
        assert_eq!(expected.map(|_| generator.draw()), expected);
        // input 2 starts at the third output
        assert_eq!(Generator::of_input(1_234_567, 2).0, expected[2]);
    }

    #[test]
    fn numbers_below_are_fair() {
        let mut generator = Generator::new(7);
        let mut counts = [0u64; 3];
        for _ in 0..30_000 {
            counts[usize::try_from(generator.below(3)).unwrap()] += 1;
        }
        assert!(counts.iter().all(|count| (9_700..10_300).contains(count)), "{counts:?}");
        assert_eq!(generator.below(1), 0);
        // nearly half of all outputs are passed over: those from 2^64 - (2^64 mod end) = end on
        let end = (1 << 63) + 1;
        let mut outputs = generator;
        let mut passed_over = 0;
        for _ in 0..100 {
            let expected = std::iter::repeat_with(|| outputs.draw())
                .inspect(|x| passed_over += u64::from(*x >= end))
                .find(|x| *x < end);
            assert_eq!(Some(generator.below(end)), expected);
        }
        assert!((70..130).contains(&passed_over), "{passed_over}");
    }
}
