//! The retry budget: repetitions are at most a tenth of requests, so that retries cannot multiply an outage.
//!
//! Each request pays in one, each repetition costs ten. A quiet deployment has a small reserve.

use std::sync::atomic::{AtomicU32, Ordering};

const COST: u32 = 10;
const RESERVE: u32 = 10 * COST;
const MOST: u32 = 100 * COST;

#[derive(Debug)]
pub(super) struct Budget(AtomicU32);

impl Default for Budget {
    fn default() -> Self {
        Self(AtomicU32::new(RESERVE))
    }
}

impl Budget {
    pub(super) fn pay_in(&self) {
        let more = |balance: u32| (balance < MOST).then(|| balance.saturating_add(1));
        // Failing means that the budget is full.
        let _full = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).is_err();
    }

    /// Pays for one repetition; false when the budget is used up.
    pub(super) fn spend(&self) -> bool {
        self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |balance| balance.checked_sub(COST)).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_the_reserve_a_tenth_may_be_repeated() {
        let budget = Budget::default();
        let reserve = (0..100).filter(|_| budget.spend()).count();
        assert_eq!(reserve, 10);
        let repeated = (0..1_000)
            .filter(|_| {
                budget.pay_in();
                budget.spend()
            })
            .count();
        assert_eq!(repeated, 100);
    }
}
