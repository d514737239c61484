//! Whether surcharges would count each other in a circle. Pure.

use std::collections::{HashMap, HashSet};

use kernel::Fault;

use crate::engine::charge::ChargeRule;

/// Demands that `new` closes no circle with what any record ever listed, so that none exists on any day, as known at any instant.
///
/// # Errors
/// 422 `surcharge_cycle` with the ids of the records in it.
pub fn check(new: &ChargeRule, recorded: &[ChargeRule]) -> Result<(), Fault> {
    let mut by_code: HashMap<&str, Vec<&ChargeRule>> = HashMap::new();
    for rule in recorded.iter().chain([new]) {
        by_code.entry(&rule.code).or_default().push(rule);
    }
    let mut seen: HashSet<&str> = HashSet::new();
    let mut next: Vec<&ChargeRule> = vec![new];
    while let Some(rule) = next.pop() {
        for code in &rule.terms.surcharges {
            if *code == new.code {
                return Err(Fault::field("/surcharges", "surcharge_cycle", "These surcharges would count each other.")
                    .with_conflicts([new.id.uuid(), rule.id.uuid()]));
            }
            if seen.insert(code) {
                next.extend(by_code.get(code.as_str()).into_iter().flatten());
            }
        }
    }
    Ok(())
}
