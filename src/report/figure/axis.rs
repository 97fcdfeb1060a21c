//! Axes: which part of the numbers is shown, where it stands, and which numbers are written beside it.

use super::FigureError;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scale {
    Linear,
    Log,
}

/// A range of numbers along one side of a figure.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// in the markup of [`super::text`]
    pub label: String,
    pub scale: Scale,
    /// only whole numbers are written beside it
    pub whole: bool,
    low: f64,
    high: f64,
    /// written beside it where there is room for them; round numbers otherwise
    listed: Vec<f64>,
    /// words that stand beside it in place of numbers
    names: Vec<(f64, String)>,
}

/// A place on an axis; minor ones have no label.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    pub at: f64,
    pub label: Option<String>,
}

/// The part of the axis that stays free beside the data, at each end.
const AIR: f64 = 0.04;

/// Numbers closer than this part of an axis would touch.
const CROWDED: f64 = 0.06;

impl Axis {
    /// The axis that shows all of `values`.
    ///
    /// # Errors
    /// [`FigureError::Empty`] when there are none, or when some have no place on it.
    pub fn over(
        label: &str,
        scale: Scale,
        values: impl IntoIterator<Item = f64>,
    ) -> Result<Self, FigureError> {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        let mut whole = true;
        for value in values {
            low = low.min(value);
            high = high.max(value);
            whole &= value.fract() == 0.0;
        }
        let shown = |value: f64| value.is_finite() && (scale == Scale::Linear || value > 0.0);
        if !shown(low) || !shown(high) {
            return Err(FigureError::Empty);
        }
        let mut axis = Self {
            label: label.to_owned(),
            scale,
            whole,
            low,
            high,
            listed: Vec::new(),
            names: Vec::new(),
        };
        match scale {
            Scale::Linear => {
                if axis.low == axis.high {
                    let around = (high.abs() * 0.1).max(1.0);
                    (axis.low, axis.high) = (low - around, high + around);
                }
                let air = axis.high * AIR - axis.low * AIR;
                axis.low -= if axis.low == 0.0 { air / 2.0 } else { air };
                axis.high += air;
            }
            Scale::Log => {
                let (from, to) = (low.log10(), high.log10());
                let air = if to - from < 1e-9 { 0.4 } else { (to - from) * AIR };
                (axis.low, axis.high) = (10f64.powf(from - air), 10f64.powf(to + air));
            }
        }
        // the largest numbers have no air beyond them
        axis.low = axis.low.max(match scale {
            Scale::Linear => f64::MIN,
            Scale::Log => f64::MIN_POSITIVE,
        });
        axis.high = axis.high.min(f64::MAX);
        Ok(axis)
    }

    /// The axis that shows all of `values`, and zero where that costs little.
    ///
    /// # Errors
    /// As [`Axis::over`].
    pub fn from_zero(
        label: &str,
        scale: Scale,
        values: impl IntoIterator<Item = f64>,
    ) -> Result<Self, FigureError> {
        let mut values: Vec<f64> = values.into_iter().collect();
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if scale == Scale::Linear && low >= 0.0 && low <= high / 3.0 {
            values.push(0.0);
        }
        Self::over(label, scale, values)
    }

    /// The axis from `low` to `high`, both its ends, on which only the numbers of `listed` mean something.
    #[must_use]
    pub fn exactly(label: &str, (low, high): (f64, f64), listed: &[f64]) -> Self {
        let (label, scale, listed) = (label.to_owned(), Scale::Linear, listed.to_vec());
        Self { label, scale, whole: true, low, high, listed, names: Vec::new() }
    }

    /// The same axis with these words beside it, ascending, in place of numbers.
    #[must_use]
    pub fn with_names(self, names: Vec<(f64, String)>) -> Self {
        Self { names, ..self }
    }

    /// The same axis with only these numbers written beside it, where there is room for them.
    #[must_use]
    pub fn with_ticks_at(mut self, numbers: &[f64]) -> Self {
        let mut numbers = numbers.to_vec();
        numbers.sort_by(f64::total_cmp);
        numbers.dedup();
        let apart = |pair: &[f64]| self.place(pair[1]) - self.place(pair[0]) >= CROWDED;
        if numbers.windows(2).all(apart) {
            self.listed = numbers;
        }
        self
    }

    /// The same axis with a part of its length added at its upper end.
    #[must_use]
    pub fn with_room_above(mut self, part: f64) -> Self {
        let (from, to) = (self.position(self.low), self.position(self.high));
        let high = to + (to - from) * part;
        self.high = if self.scale == Scale::Log { 10f64.powf(high) } else { high };
        self
    }

    /// The range that is shown.
    #[must_use]
    pub fn range(&self) -> (f64, f64) {
        (self.low, self.high)
    }

    fn position(&self, value: f64) -> f64 {
        if self.scale == Scale::Log { value.log10() } else { value }
    }

    /// Where `value` stands: 0 at the lower end, 1 at the upper.
    #[must_use]
    pub fn place(&self, value: f64) -> f64 {
        let (low, high) = (self.position(self.low), self.position(self.high));
        // halves, so that the widest range does not overflow
        (self.position(value) / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0)
    }

    /// Ticks in ascending order, at most about `most` of them with a label.
    #[must_use]
    pub fn ticks(&self, most: usize) -> Vec<Tick> {
        if !self.names.is_empty() {
            let tick = |(at, name): &(f64, String)| Tick { at: *at, label: Some(name.clone()) };
            return self.names.iter().map(tick).collect();
        }
        if !self.listed.is_empty() && self.listed.len() <= most {
            return self.listed.iter().copied().map(tick).collect();
        }
        match self.scale {
            Scale::Linear => self.even(most),
            Scale::Log => self.powers(most).unwrap_or_else(|| self.even(most)),
        }
    }

    /// Multiples of 1, 2 or 5 times a power of ten.
    fn even(&self, most: usize) -> Vec<Tick> {
        let span = self.high / 2.0 - self.low / 2.0;
        let rough = span / most.max(1) as f64 * 2.0;
        let power = 10f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|k| k * power).into_iter().find(|s| *s >= rough);
        let mut step = step.unwrap_or(10.0 * power);
        if self.whole && step < 1.0 {
            step = 1.0;
        }
        let (first, last) = ((self.low / step).ceil(), (self.high / step).floor());
        // a range without room for two numbers of this precision has one
        if !step.is_finite() || step <= 0.0 || last - first > 1000.0 || last < first {
            return vec![tick(self.low)];
        }
        // all in one notation
        let plain = self.high.abs().max(self.low.abs()) < 1e6 && step >= 1e-2;
        let label = |at: f64| if plain { decimal(at) } else { number(at) };
        let at = (0..=(last - first) as usize).map(|i| (first + i as f64) * step);
        at.map(|at| Tick { at, label: Some(label(at)) }).collect()
    }

    /// Powers of ten with minor ticks between them, or 1, 2, 5 of them; `None` when that is too few.
    fn powers(&self, most: usize) -> Option<Vec<Tick>> {
        let (from, to) = (self.low.log10().floor() as i32, self.high.log10().ceil() as i32);
        let inside = |value: f64| value >= self.low && value <= self.high;
        let decades = (from..=to).filter(|&power| inside(10f64.powi(power))).count();
        let every = (decades.div_ceil(most.max(1)) as i32).max(1);
        let digits: &[u32] = match decades {
            _ if decades * 3 <= most => &[1, 2, 5],
            2.. => &[1],
            _ => &[1, 2, 5],
        };
        let mut ticks = Vec::new();
        for power in from..=to {
            for digit in 1..10u32 {
                let at = f64::from(digit) * 10f64.powi(power);
                if !inside(at) || (digit > 1 && (every > 1 || decades > 9)) {
                    continue;
                }
                if decades > 30 && power.rem_euclid(every) != 0 {
                    continue;
                }
                let labelled = digits.contains(&digit) && power.rem_euclid(every) == 0;
                let label = labelled.then(|| number(at)).filter(|_| !self.whole || at >= 1.0);
                ticks.push(Tick { at, label });
            }
        }
        (ticks.iter().filter(|tick| tick.label.is_some()).count() >= 2).then_some(ticks)
    }
}

fn tick(at: f64) -> Tick {
    Tick { at, label: Some(number(at)) }
}

fn decimal(value: f64) -> String {
    // no negative zero
    format!("${}$", (value * 1e6).round() / 1e6 + 0.0)
}

/// A number as markup: `1`, `30`, `1000`, then `$10^{4}$` and `$2·10^{-3}$`.
#[must_use]
pub fn number(value: f64) -> String {
    if value == 0.0 {
        return "0".to_owned();
    }
    let size = value.abs();
    if (1e-2..1e4).contains(&size) {
        return decimal(value);
    }
    // the shortest mantissa of four digits: {:e} rounds decimally
    let shown = format!("{value:.3e}");
    let (mantissa, exponent) = shown.split_once('e').unwrap_or((&shown, "0"));
    let mantissa = mantissa.trim_end_matches('0').trim_end_matches('.');
    match mantissa {
        "1" => format!("$10^{{{exponent}}}$"),
        _ => format!("${mantissa}·10^{{{exponent}}}$"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::text::without_markup;
    use super::*;

    fn labels(scale: Scale, values: &[f64]) -> Vec<String> {
        let axis = Axis::from_zero("x", scale, values.iter().copied()).unwrap();
        let ticks = axis.ticks(6);
        assert!(ticks.windows(2).all(|pair| pair[0].at < pair[1].at));
        ticks.iter().filter_map(|t| t.label.as_deref()).map(without_markup).collect()
    }

    #[test]
    fn numbers() {
        let shown = [1.0, 30.0, 1000.0, 1e4, 1e12, 2e30, 0.05, 1e-3, -2.5, -3e-7]
            .map(|x| without_markup(&number(x)));
        let expected =
            ["1", "30", "1000", "10^4", "10^12", "2·10^30", "0.05", "10^−3", "−2.5", "−3·10^−7"];
        assert_eq!(shown, expected);
    }

    #[test]
    fn ticks_are_round_and_few() {
        assert_eq!(labels(Scale::Linear, &[2.0, 17.0]), ["0", "5", "10", "15"]);
        assert_eq!(labels(Scale::Linear, &[100.0, 101.0]), ["100", "101"]);
        assert_eq!(
            labels(Scale::Linear, &[0.5, 0.75]),
            ["0.5", "0.55", "0.6", "0.65", "0.7", "0.75"]
        );
        assert_eq!(labels(Scale::Log, &[1.0, 1e6]), ["1", "100", "10^4", "10^6"]);
        assert_eq!(labels(Scale::Log, &[1.0, 1000.0]), ["1", "10", "100", "1000"]);
        assert_eq!(labels(Scale::Log, &[3.0, 60.0]), ["5", "10", "20", "50"]);
        assert_eq!(
            labels(Scale::Linear, &[0.0, 1e5]),
            ["0", "20000", "40000", "60000", "80000", "100000"]
        );
        assert_eq!(labels(Scale::Log, &[120.0, 130.0]), ["120", "122", "124", "126", "128", "130"]);
    }

    #[test]
    fn every_range_has_ticks() {
        let odd = [0.0, 1.0, 7.0, -3.0, 1e-300, 1e30, 1e307, f64::MAX, f64::MIN, 0.1 + 0.2];
        for a in odd {
            for b in odd {
                for scale in [Scale::Linear, Scale::Log] {
                    let Ok(axis) = Axis::over("x", scale, [a, b]) else {
                        assert!(scale == Scale::Log && a.min(b) <= 0.0);
                        continue;
                    };
                    let ticks = axis.ticks(6);
                    assert!((1..40).contains(&ticks.len()), "{scale:?} {a} {b}: {}", ticks.len());
                    for place in [axis.place(a), axis.place(b)] {
                        assert!((-1e-9..=1.0 + 1e-9).contains(&place), "{scale:?} {a} {b} {place}");
                    }
                }
            }
        }
        assert!(Axis::over("x", Scale::Linear, []).is_err());
        assert!(Axis::over("x", Scale::Linear, [f64::NAN]).is_err());
        assert!(Axis::over("x", Scale::Log, [0.0]).is_err());
    }
}
