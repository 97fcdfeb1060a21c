//! What a survey has found: how many inputs are right, and the least margin.

use crate::definition::{Judged, Token};
use crate::number::{Enclosure, Precision, Rational, smaller};
use num::BigUint;

/// What is counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    /// inputs that are right
    pub right: BigUint,
    /// inputs that are wrong
    pub wrong: BigUint,
    /// inputs that are not decided
    pub open: BigUint,
    /// bounds of the least margin of the right ones that have one
    pub margin: Option<(Rational, Rational)>,
    /// the first that is wrong: the sequence, and the position that is read
    pub first_wrong: Option<(Vec<Token>, usize)>,
    /// the first that is not decided
    pub first_open: Option<(Vec<Token>, usize)>,
    /// the most binary places that an input needed
    pub places: u32,
    /// least ends of the margins that words found, and their precision
    pub(super) words: Option<(i128, i128, Precision)>,
}

impl Tally {
    /// Adds what was found later.
    pub fn merge(&mut self, mut later: Self) {
        later.settle();
        self.right += later.right;
        self.wrong += later.wrong;
        self.open += later.open;
        if let Some((lo, hi)) = later.margin {
            self.margin_between(lo, hi);
        }
        self.places = self.places.max(later.places);
        self.first_wrong = self.first_wrong.take().or(later.first_wrong);
        self.first_open = self.first_open.take().or(later.first_open);
    }

    /// How many inputs are decided.
    #[must_use]
    pub fn decided(&self) -> BigUint {
        &self.right + &self.wrong
    }

    /// Counts inputs that are judged.
    pub(super) fn count(&mut self, judged: Judged, inputs: &BigUint, example: impl FnOnce() -> (Vec<Token>, usize)) {
        match judged {
            Judged::Right => self.right += inputs,
            Judged::Wrong => {
                self.wrong += inputs;
                self.first_wrong.get_or_insert_with(example);
            }
            Judged::Open => {
                self.open += inputs;
                self.first_open.get_or_insert_with(example);
            }
        }
    }

    /// Takes the margin of what is right.
    pub(super) fn margin_of(&mut self, judged: Judged, margin: Option<&Enclosure>, p: Precision) {
        if judged != Judged::Open {
            self.places = self.places.max(p.0);
        }
        if let Some(margin) = margin.filter(|_| judged == Judged::Right) {
            let (lo, hi) = p.ends(margin);
            self.margin_between(lo, hi);
        }
    }

    /// The same in words: their least ends become rationals at the end.
    pub(super) fn margin_in_words(&mut self, judged: Judged, margin: Option<&Enclosure<i128>>, p: Precision) {
        if judged != Judged::Open {
            self.places = self.places.max(p.0);
        }
        if let Some(&Enclosure { lo, hi }) = margin.filter(|_| judged == Judged::Right) {
            if self.words.is_some_and(|(_, _, known)| known != p) {
                self.settle();
            }
            self.words = Some(self.words.map_or((lo, hi, p), |(least, most, _)| (least.min(lo), most.min(hi), p)));
        }
    }

    /// Makes rationals of what words found.
    pub(super) fn settle(&mut self) {
        if let Some((lo, hi, p)) = self.words.take() {
            let (lo, hi) = p.ends(&Enclosure { lo: lo.into(), hi: hi.into() });
            self.margin_between(lo, hi);
        }
    }

    fn margin_between(&mut self, lo: Rational, hi: Rational) {
        self.margin = Some(match self.margin.take() {
            Some((least, most)) => (smaller(least, lo), smaller(most, hi)),
            None => (lo, hi),
        });
    }
}
