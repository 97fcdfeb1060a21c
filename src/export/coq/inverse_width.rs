//! Inverse widths: a lower bound by triples, an upper bound by a network.

use super::text::{define_matrix, scalar, theorem};
use crate::algebra::common_denominator;
use crate::kernel::kind::{InverseWidth, InverseWidthParams};
use crate::kernel::number::scaled;
use num_bigint::BigInt;
use num_traits::Zero;

/// Only widths without leak that are not strict are stated there.
pub(super) fn theorems(params: &InverseWidthParams, data: &InverseWidth) -> Option<String> {
    if params.strict || !params.leak.0.is_zero() {
        return None;
    }
    let mut text = String::new();
    let epsilon = &params.epsilon.0;
    let tolerance = format!(
        "(integer {}) (integer {}) (integer {})",
        params.n,
        epsilon.numer(),
        epsilon.denom()
    );
    let triples = data.width.triples.iter().map(|t| t.map(BigInt::from).to_vec());
    define_matrix(&mut text, "triples", triples);
    let width = format!("(natural {})", params.w_min);
    theorem(
        &mut text,
        "lower",
        &format!("width_at_least {tolerance} {width}"),
        &format!("check_triples_sound {tolerance} {width}\n           (triples_of triples)"),
    );
    // (a / g) ReLU((w x + b) / e) + (alpha / g) x + beta / g, all integers
    let network = &data.width.network;
    let outer = network.units.iter().map(|u| &u.a.0).chain([&network.alpha.0, &network.beta.0]);
    let inner = network.units.iter().flat_map(|u| [&u.w.0, &u.b.0]);
    let (g, e) = (common_denominator(outer), common_denominator(inner));
    let units = network
        .units
        .iter()
        .map(|u| vec![scaled(&u.a.0, &g), scaled(&u.w.0, &e), scaled(&u.b.0, &e)]);
    define_matrix(&mut text, "units", units);
    theorem(
        &mut text,
        "upper",
        &format!("width_at_most {tolerance} {width}"),
        &format!(
            "check_network_sound {tolerance} {width}\n           {} {} {} {} (triples_of units)",
            scalar(&e),
            scalar(&g),
            scalar(&scaled(&network.alpha.0, &g)),
            scalar(&scaled(&network.beta.0, &g))
        ),
    );
    Some(text)
}
