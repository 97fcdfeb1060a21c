//! `--least-precision`: with how few bits every count is right up to a length.

use super::super::{Cell, ClaimError, Decision, Request, Undecided, arithmetic};
use crate::kernel::kind::{Construction, LeastPrecision, LeastPrecisionParams};
use crate::kernel::number::SumOrder;
use crate::kernel::{Certificate, ClaimId, Verdict};
use crate::report::Value;
use crate::search::control::Control;
use crate::search::machine::{Machine, NARROW};

/// A cell for each length and order.
pub(super) fn cells(
    construction: Construction,
    request: &Request,
) -> Result<Vec<Cell>, ClaimError> {
    let orders = request.orders.clone().unwrap_or_else(|| vec![SumOrder::Any]);
    let usual = [8, 16, 32, 64, 128, 256];
    let lengths = request.finite_lengths(&usual)?;
    let mut cells = Vec::new();
    for &n in &lengths {
        for (index, &order) in orders.iter().enumerate() {
            let name = arithmetic::sum_order_name(order);
            if orders[..index].contains(&order) {
                return Err(ClaimError::value("order", "each once", format!("{name} twice")));
            }
            let params = vec![
                ("construction", Value::text(construction.name())),
                ("n", Value::integer(n)),
                ("order", Value::text(name)),
            ];
            cells.push(Cell::new(ClaimId::MACHINE_NUMBERS, params, move |control| {
                decide(construction, order, n, control)
            }));
        }
    }
    Ok(cells)
}

fn decide(
    construction: Construction,
    order: SumOrder,
    n: u64,
    control: &Control,
) -> Result<Decision, Undecided> {
    let mut fails_at = Vec::new();
    for bits in 2..=NARROW {
        let format = LeastPrecision::format(bits);
        let Some(machine) = Machine::new(construction, format, order) else { break };
        let tried = n.min(machine.limit());
        if let Some(wrong) = machine.first_wrong(tried, control)? {
            fails_at.push(wrong.n);
            continue;
        }
        if tried < n {
            // how long it counts right at this precision is not found out
            let reason = format!("{bits} bits are tried up to n = {tried} only in this order");
            let least = ("precision_at_least", Value::integer(bits));
            return Err(Undecided::Partly { reason, values: vec![least], certificate: None });
        }
        let precision = u64::from(bits.unsigned_abs());
        let params = LeastPrecisionParams { construction, order, n, precision };
        let values = vec![
            ("precision", Value::integer(precision)),
            ("fewer_fail_at", Value::list(fails_at.iter().copied())),
        ];
        let certificate =
            Certificate::new(ClaimId::MACHINE_NUMBERS, params, LeastPrecision { fails_at });
        return Ok(Decision { proposed: Verdict::Verified, values, certificate, reason: None });
    }
    Err(Undecided::Limit(format!("it takes more than {NARROW} bits, and no more are tried")))
}
