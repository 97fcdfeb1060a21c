use super::lines::total_slope;
use super::*;
use crate::kernel::number::{Rational, integer, ratio};
use num_traits::{Signed, Zero};
use proptest::prelude::*;

fn width(n: u64, eps: &Rational, strict: bool) -> usize {
    let tunnel = Reciprocal::new(n, eps, &ratio(0, 1), strict).unwrap();
    let found = narrowest(&tunnel, strict, &Control::default()).unwrap();
    assert_eq!(found.network.width(), found.triples.len(), "n = {n}, eps = {eps}");
    found.triples.len()
}

fn total(n: u64, eps: &Rational) -> Rational {
    let tunnel = Reciprocal::new(n, eps, &ratio(0, 1), false).unwrap();
    let found = slope::flattest(&tunnel, false, &Control::default()).unwrap();
    assert_eq!(total_slope(&found.network), found.total);
    assert_eq!(invert::unit_width(&found.network), found.total.ceil().to_integer());
    found.total
}

#[test]
fn the_reference_table() {
    let sizes = [4u64, 9, 16, 25, 36, 64, 100];
    let half = ratio(1, 2);
    let cells = |n| grid::least_cells(n, &half, &ratio(0, 1), false).unwrap().least.unwrap();
    assert_eq!(sizes.map(cells), [3, 12, 32, 68, 123, 310, 627]);
    assert_eq!(sizes.map(|n| width(n, &half, false)), [0, 1, 2, 3, 4, 6, 8]);
    assert_eq!(sizes.map(|n| width(n, &ratio(1, 4), false)), [1, 2, 3, 4, 6, 9, 11]);
    assert_eq!(sizes.map(|n| width(n, &ratio(0, 1), false)), [1, 4, 7, 12, 17, 31, 49]);
    assert_eq!(
        sizes.map(|n| total(n, &half)),
        [4, 36, 144, 400, 900, 3136, 8100].map(|p: i64| integer(p))
    );
}

#[test]
fn closed_forms_up_to_2000() {
    for n in 1..=2000u64 {
        let tunnel = Reciprocal::new(n, &ratio(0, 1), &ratio(0, 1), false).unwrap();
        let (_, triples) = greedy::cut(&tunnel, false, 0, &Control::default()).unwrap();
        assert_eq!(triples.len() as u64, n.div_ceil(2) - 1, "n = {n}");
        if n <= 256 || n % 97 == 0 {
            assert_eq!(width(n, &ratio(0, 1), false), triples.len(), "n = {n}");
        }
        // p / j for the best j, compared by cross multiplication
        let slope = |j: u64| (j - 1) * (n - j) * n;
        let best = (1..n).max_by(|&i, &j| (slope(i) * j).cmp(&(slope(j) * i)));
        let formula = best.map_or_else(Rational::zero, |j| ratio(slope(j) as i64, j as i64));
        assert_eq!(total(n, &ratio(1, 2)), formula, "n = {n}");
        let root = n.isqrt();
        if root * root == n {
            assert_eq!(formula, integer(n * (root - 1) * (root - 1)), "n = {n}");
        }
    }
}

/// Checks by definition: the network meets every end, the triples are what they say.
fn verify(tunnel: &impl Tunnel, strict: bool) -> Result<usize, TestCaseError> {
    let found = narrowest(tunnel, strict, &Control::default()).unwrap();
    let below = |a: &Rational, b: &Rational| if strict { a < b } else { a <= b };
    let meets = |value: &dyn Fn(&Rational) -> Rational| {
        (0..tunnel.lowers()).all(|i| {
            let (x, lo) = tunnel.lower(i);
            below(&lo, &value(&x))
        }) && (0..tunnel.uppers()).all(|j| {
            let (x, hi) = tunnel.upper(j);
            below(&value(&x), &hi)
        })
    };
    prop_assert!(meets(&|x| found.network.value(x)));
    prop_assert_eq!(found.network.width(), found.triples.len());
    let mut free = 0;
    for Triple { left, middle, right } in &found.triples {
        prop_assert!(free <= *left);
        free = *right;
        let ((x0, y0), (x1, y1)) = (tunnel.lower(*left), tunnel.lower(*right));
        let (x, hi) = tunnel.upper(*middle);
        prop_assert!(x0 < x && x < x1);
        let chord = &y0 + (y1 - &y0) * (&x - &x0) / (x1 - x0);
        prop_assert!(!below(&chord, &hi));
    }
    let (blocks, triples) = greedy::cut_by_definition(tunnel, strict);
    prop_assert_eq!((blocks, triples), (found.blocks.clone(), found.triples.len()));
    let flat = match slope::flattest(tunnel, strict, &Control::default()) {
        // only where upper ends lie left of all lower ends
        Err(Error::Gap(_)) if tunnel.lower(0).0 > tunnel.upper(0).0 => {
            return Ok(found.triples.len());
        }
        flat => flat.unwrap(),
    };
    let under =
        (0..tunnel.uppers()).all(|j| flat.network.value(&tunnel.upper(j).0) <= tunnel.upper(j).1);
    prop_assert!(under);
    prop_assert_eq!(&total_slope(&flat.network), &flat.total);
    let lax = |value: &Rational, i: usize| {
        let ((_, lo), (_, hi)) = (tunnel.lower(i), tunnel.upper(i));
        lo <= *value && *value <= hi
    };
    if tunnel.lower(0).0 == tunnel.upper(0).0 {
        prop_assert!((0..tunnel.lowers()).all(|i| lax(&flat.network.value(&tunnel.lower(i).0), i)));
    }
    if let Some(inner) = &flat.inner {
        prop_assert!(meets(&|x| inner.value(x)));
    }
    if let Some((i, j)) = flat.pair {
        let ((x0, lo), (x1, hi)) = (tunnel.lower(i), tunnel.upper(j));
        prop_assert_eq!((lo - hi) / (x1 - x0), flat.total);
    }
    Ok(found.triples.len())
}

/// Convex decreasing values at ascending places, from positive steps and falls.
fn convex() -> impl Strategy<Value = Vec<(Rational, Rational)>> {
    let step = || (1i64..40, 1i64..12);
    proptest::collection::vec((step(), step()), 1..40).prop_map(|steps| {
        let fall = |(p, q)| ratio(p, q);
        let mut gains: Vec<Rational> = steps.iter().map(|&(_, s)| fall(s)).collect();
        gains.sort();
        let (mut x, mut y, mut slope) = (ratio(1, 7), integer(3), Rational::zero());
        // from the right: slopes grow in size to the left
        let mut points = vec![(x.clone(), y.clone())];
        for ((dx, _), gain) in steps.iter().zip(gains) {
            slope += gain;
            let dx = ratio(dx.0, dx.1);
            x -= &dx;
            y += dx * &slope;
            points.push((x.clone(), y.clone()));
        }
        points.reverse();
        points
    })
}

proptest! {
    #[test]
    fn bounds_meet_on_convex_data(points in convex(), p in 0i64..60, q in 1i64..30, strict: bool) {
        let eps = if strict { ratio(p + 1, q) } else { ratio(p, q) };
        verify(&Sampled::constant(&points, &eps).unwrap(), strict)?;
    }

    #[test]
    fn bounds_meet_when_the_ends_are_two_convex_curves(
        points in convex(),
        p in 0i64..60,
        q in 1i64..30,
        tilt in 0i64..20,
    ) {
        // hi - lo grows to the left, both ends stay convex
        let right = points.last().unwrap().0.clone();
        let points: Vec<_> = points
            .iter()
            .map(|(x, y)| (x.clone(), y - ratio(p, q), y + ratio(p, q) + (&right - x) * ratio(tilt, 10)))
            .collect();
        verify(&Sampled::new(&points).unwrap(), false)?;
    }

    #[test]
    fn bounds_meet_for_the_inverse(n in 1u64..150, p in 0i64..60, q in 1i64..60, leak in 0i64..30, strict: bool) {
        let eps = if strict { ratio(p + 1, q) } else { ratio(p, q) };
        let leak = ratio(leak, 31);
        if let Ok(tunnel) = Reciprocal::new(n, &eps, &leak, strict) {
            let noisy = verify(&tunnel, strict)?;
            prop_assert!(noisy >= width(n, &eps, strict));
        } else {
            prop_assert!(leak.is_positive());
        }
    }
}

#[test]
fn data_that_are_not_convex_are_refused() {
    let at = |x: i64, y: i64| (integer(x), integer(y));
    let zigzag = [at(1, 0), at(2, 0), at(3, 1), at(4, 1)];
    assert!(matches!(Sampled::constant(&zigzag, &ratio(0, 1)), Err(Error::NotConvex(_))));
    let backwards = [at(2, 0), at(1, 3)];
    assert!(Sampled::constant(&backwards, &ratio(0, 1)).is_err());
}

#[test]
fn a_million_points() {
    let tunnel = Reciprocal::new(1_000_000, &ratio(1, 2), &ratio(0, 1), false).unwrap();
    let found = narrowest(&tunnel, false, &Control::default()).unwrap();
    assert_eq!(found.network.width(), found.triples.len());
    assert!((950..1000).contains(&found.triples.len()), "{}", found.triples.len());
}
