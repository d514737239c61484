//! Price tiers by quantity: which ranges they may have. How a tier prices belongs to those who calculate.

use crate::decimal::{Quantity, UnitPrice};
use crate::fault::Fault;

/// One tier's range and the fee that comes once with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TierRange {
    pub from: Quantity,
    /// Absent for the last tier, which is open.
    pub to: Option<Quantity>,
    pub flat_fee: Option<UnitPrice>,
}

/// Demands tiers from 0 on without gap or overlap, of which the last is open.
///
/// # Errors
/// `invalid_tiers` at the tier's place below `pointer`.
pub fn check(tiers: impl IntoIterator<Item = TierRange>, pointer: &str) -> Result<(), Fault> {
    let mut expected = Some(Quantity::ZERO);
    for (place, tier) in tiers.into_iter().enumerate() {
        let fault = |message: &str| Fault::field(format!("{pointer}/{place}"), "invalid_tiers", message);
        match expected {
            None => return Err(fault("Only the last tier is open.")),
            Some(from) if from != tier.from => return Err(fault("Each tier starts where the one before it ends, the first at 0.")),
            Some(_) => {}
        }
        if tier.to.is_some_and(|to| to <= tier.from) {
            return Err(fault("A tier ends after it starts."));
        }
        if tier.flat_fee.is_some_and(UnitPrice::is_negative) {
            return Err(fault("A flat fee is not negative."));
        }
        expected = tier.to;
    }
    if expected.is_some() {
        return Err(Fault::field(pointer, "invalid_tiers", "The last tier is open: it has no end."));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pointer(tiers: &[(&str, Option<&str>, Option<&str>)]) -> Option<String> {
        let range = |(from, to, fee): &(&str, Option<&str>, Option<&str>)| TierRange {
            from: from.parse().unwrap(),
            to: to.map(|to| to.parse().unwrap()),
            flat_fee: fee.map(|fee| fee.parse().unwrap()),
        };
        check(tiers.iter().map(range), "/tiers").err().map(|fault| fault.errors[0].pointer.clone())
    }

    #[test]
    fn tiers_meet_from_nothing_to_an_open_end() {
        assert_eq!(pointer(&[("0", Some("10"), None), ("10", None, Some("5"))]), None);
        assert_eq!(pointer(&[("1", None, None)]).as_deref(), Some("/tiers/0"));
        assert_eq!(pointer(&[("0", Some("10"), None), ("11", None, None)]).as_deref(), Some("/tiers/1"));
        assert_eq!(pointer(&[("0", None, None), ("10", None, None)]).as_deref(), Some("/tiers/1"));
        assert_eq!(pointer(&[("0", Some("0"), None)]).as_deref(), Some("/tiers/0"));
        assert_eq!(pointer(&[("0", None, Some("-1"))]).as_deref(), Some("/tiers/0"));
        assert_eq!(pointer(&[("0", Some("10"), None)]).as_deref(), Some("/tiers"));
        assert_eq!(pointer(&[]).as_deref(), Some("/tiers"));
    }
}
