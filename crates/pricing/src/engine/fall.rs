//! What of a charge falls on each line: what falls on another charge falls on the lines as that does.

use kernel::rounding::allocate;
use kernel::{Fault, Money};
use serde::Serialize;
use utoipa::ToSchema;

use super::charge::ChargeRule;
use super::surcharge::{Charges, Share};
use super::trace::{ChargeRef, Number, Step, StepKind, Trace};

/// A part of a charge that falls on a line; a line may have several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ChargeOnLine)]
pub struct LineShare {
    /// Counted from 1.
    #[schema(minimum = 1, maximum = 1000)]
    pub line: usize,
    pub amount: Money,
}

impl Charges<'_> {
    /// What of the charges under a code falls on each line.
    fn under(&self, code: &str) -> impl Iterator<Item = LineShare> {
        let top_ups = self.top_ups.iter().map(|top_up| (top_up.rule, &top_up.lines));
        let surcharges = self.surcharges.iter().map(|surcharge| (surcharge.rule, &surcharge.lines));
        top_ups.chain(surcharges).filter(move |(rule, _)| rule.code == code).flat_map(|(_, lines)| lines.iter().copied())
    }
}

/// What of the charge of `rule` falls on each line, where `earlier` holds the charges it counts.
///
/// # Errors
/// `overflow`.
pub fn on_lines<'a>(
    rule: &'a ChargeRule,
    shares: &[Share<'_>],
    earlier: &Charges<'_>,
    trace: &mut Trace<'a>,
) -> Result<Vec<LineShare>, Fault> {
    let mut fallen = Vec::with_capacity(shares.len());
    for share in shares {
        if let Some(line) = share.line {
            fallen.push(LineShare { line, amount: share.amount });
            continue;
        }
        let below: Vec<LineShare> = share.charge.into_iter().flat_map(|code| earlier.under(code)).collect();
        let weights: Vec<i64> = below.iter().map(|other| other.amount.minor().saturating_abs()).collect();
        for (other, minor) in below.iter().zip(allocate(share.amount.minor(), &weights)?) {
            let amount = Money::from_minor(minor, share.amount.currency());
            let step = Step::of(StepKind::Allocate, "as_what_it_falls_on", Some(Number::Money(share.amount)), Some(Number::Money(amount)));
            trace.record(Step { charge: Some(ChargeRef::of(rule)), line: Some(other.line), ..step });
            fallen.push(LineShare { line: other.line, amount });
        }
    }
    fallen.retain(|share| !share.amount.is_zero());
    Ok(fallen)
}
