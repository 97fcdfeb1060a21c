//! Seidel matrices of equiangular lines, row by row: `0` on the diagonal, `+` and `-` elsewhere.

/// The rows of the matrix with this sign beside the diagonal; `true` is `+`.
fn rows(order: usize, plus: impl Fn(usize, usize) -> bool) -> Vec<String> {
    let entry = |i: usize, j: usize| match (i == j, plus(i, j)) {
        (true, _) => '0',
        (false, true) => '+',
        (false, false) => '-',
    };
    (0..order).map(|i| (0..order).map(|j| entry(i, j)).collect()).collect()
}

/// `I - J`: products `-1/d`.
#[must_use]
pub fn simplex(d: usize) -> Vec<String> {
    rows(d + 1, |_, _| false)
}

/// The Gram matrix's signs for the vectors `(3, 3, -1^6)` of `R^8`, one for each pair of coordinates; the complement's are the others.
#[must_use]
pub fn pairs(complement: bool) -> Vec<String> {
    let pairs: Vec<[usize; 2]> = (0..8).flat_map(|i| (0..i).map(move |j| [i, j])).collect();
    let share = |a: usize, b: usize| pairs[a].iter().any(|i| pairs[b].contains(i));
    rows(pairs.len(), |a, b| share(a, b) != complement)
}

/// `(-1)^Q(x + y)` over `F_2^(2 k)` for `Q(x) = x_0 x_1 + x_2 x_3 + ..`, whose eigenvalues are `+-2^k - 1`. With its signs turned it
/// has fewer dimensions.
#[must_use]
pub fn quadratic_form(k: u32, complement: bool) -> Vec<String> {
    let odd = |x: usize| (0..k).filter(|i| (x >> (2 * i)) & 3 == 3).count() % 2 == 1;
    rows(1 << (2 * k), |x, y| odd(x ^ y) == complement)
}

/// `q = p^k` for a prime `p`.
fn prime_power(q: usize) -> Option<(usize, u32)> {
    let p = (2..=q).find(|p| q.is_multiple_of(*p))?;
    let k = q.ilog(p);
    (p.pow(k) == q).then_some((p, k))
}

/// Whether `q` is a prime power of the form `4 l + 1`.
#[must_use]
pub fn has_paley(q: usize) -> bool {
    q % 4 == 1 && prime_power(q).is_some()
}

/// Paley's conference matrix of order `q + 1`: a row of `+`, and `chi(x - y)` over the field with `q` elements, `chi` 1 on squares and -1 on
/// others. It is symmetric because -1 is a square.
#[must_use]
pub fn paley(q: usize) -> Option<Vec<String>> {
    let (p, k) = prime_power(q).filter(|_| q % 4 == 1)?;
    let square = squares(p, k)?;
    // elements are polynomials over F_p, by their value at p
    let minus = |x: usize, y: usize| {
        let digit = |i: u32| ((x / p.pow(i)) % p + p - (y / p.pow(i)) % p) % p;
        (0..k).map(|i| digit(i) * p.pow(i)).sum::<usize>()
    };
    Some(rows(q + 1, |i, j| i == 0 || j == 0 || square[minus(i - 1, j - 1)]))
}

/// Which elements of the field are squares: the even powers of a primitive element, taken as the variable of a polynomial of degree
/// `k` modulo which its powers are all elements but 0.
fn squares(p: usize, k: u32) -> Option<Vec<bool>> {
    let q = p.pow(k);
    let top = q / p;
    // x times an element, where x^k is the polynomial with value `reduced`
    let times = |element: usize, reduced: usize| {
        let (lead, shifted) = (element / top, (element % top) * p);
        let digit = |i: u32| ((shifted / p.pow(i)) % p + lead * ((reduced / p.pow(i)) % p)) % p;
        (0..k).map(|i| digit(i) * p.pow(i)).sum::<usize>()
    };
    (1..q).find_map(|reduced| {
        let mut square = vec![None; q];
        let mut power = 1;
        for step in 0..q - 1 {
            if power == 0 || square[power].is_some() {
                return None;
            }
            square[power] = Some(step % 2 == 0);
            power = times(power, reduced);
        }
        Some(square.into_iter().map(|square| square == Some(true)).collect())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prime_powers() {
        let found: Vec<usize> = (1..=125).filter(|&q| has_paley(q)).collect();
        let list =
            [5, 9, 13, 17, 25, 29, 37, 41, 49, 53, 61, 73, 81, 89, 97, 101, 109, 113, 121, 125];
        assert_eq!(found, list);
        assert_eq!((paley(21), paley(7), paley(27)), (None, None, None));
    }

    /// As many squares as others, and the product of two squares is one: over F_9 with `x^2 = x + 1`.
    #[test]
    fn squares_of_a_field() {
        let square = squares(3, 2).unwrap();
        assert_eq!(square.iter().filter(|square| **square).count(), 4);
        // 1 and -1 = 2
        assert!(square[1] && square[2] && !square[0]);
        assert_eq!(squares(13, 1).unwrap().iter().filter(|square| **square).count(), 6);
    }
}
