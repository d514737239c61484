//! Rules for charges on a whole document: minimums that are topped up, and surcharges.
//!
//! A rule is never changed: a later record under its code takes its place from its day on.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::{AccountId, ChargeRuleId, ContractId};
use kernel::words;
use kernel::{Currency, Fault, Money, Rate, Rounding, UnitPrice};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::dated::Dated;
use super::item::ChargeGroup;

words! {
    /// What a minimum is for.
    pub enum MinimumPer {
        /// The whole document.
        Order = "order",
        /// The lines of each site.
        Stop = "stop",
    }

    /// Whose date decides which value of an index counts.
    pub enum IndexBasis { ServiceDate = "service_date", InvoiceDate = "invoice_date" }
}

/// What a rule charges.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Charge {
    /// What is missing to `amount` is topped up.
    Minimum { amount: UnitPrice, per: MinimumPer },
    /// A part of what is counted.
    Percent { percent: Rate },
    /// A part of what is counted, by the value of a published index.
    IndexTable {
        #[schema(min_length = 1, max_length = 64)]
        index: String,
        basis: IndexBasis,
        /// How many days after its publication a value is still fresh; an older one is used and flagged.
        #[schema(minimum = 1, maximum = 366)]
        fresh_days: u16,
        #[schema(min_items = 1, max_items = 1000)]
        steps: Vec<IndexStep>,
    },
    /// So much for each unit of what is counted that is measured in `uom`.
    PerUnit {
        amount: UnitPrice,
        #[schema(min_length = 1, max_length = 24)]
        uom: String,
    },
}

/// The part that is charged while the index stands in `[from, to)`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IndexStep {
    pub from: UnitPrice,
    /// Absent in the last step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<UnitPrice>,
    pub percent: Rate,
}

/// A rule as recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChargeRule {
    pub id: ChargeRuleId,
    pub code: String,
    pub name: String,
    /// The documents it is for.
    pub currency: Currency,
    pub terms: ChargeTerms,
    /// False for the record that ends the rule.
    pub active: bool,
    pub effective_on: NaiveDate,
    pub recorded_at: DateTime<Utc>,
}

/// What a rule says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChargeTerms {
    pub charge: Charge,
    /// Which components are counted.
    pub charge_groups: Vec<ChargeGroup>,
    /// Other surcharges that are counted too, by code.
    pub surcharges: Vec<String>,
    /// The most that is charged.
    pub cap: Option<UnitPrice>,
    pub rounding: Rounding,
    pub exempt_accounts: Vec<AccountId>,
    pub exempt_contracts: Vec<ContractId>,
}

/// What is counted when a rule does not say it.
pub const USUAL_GROUPS: [ChargeGroup; 4] = [ChargeGroup::Service, ChargeGroup::Transport, ChargeGroup::Disposal, ChargeGroup::Minimum];

impl Dated for ChargeRule {
    fn since(&self) -> (NaiveDate, DateTime<Utc>, Uuid) {
        (self.effective_on, self.recorded_at, self.id.uuid())
    }
}

impl ChargeTerms {
    /// Checks the terms by themselves.
    ///
    /// # Errors
    /// `not_positive`, `invalid_steps`, `negative_cap`, `minimum_of_surcharges`, all at once.
    pub fn check(&self, code: &str) -> Result<(), Fault> {
        let mut faults = Vec::new();
        let positive =
            |positive: bool, pointer: &str| (!positive).then(|| Fault::field(pointer, "not_positive", "A charge is more than nothing."));
        match &self.charge {
            Charge::Minimum { amount, .. } | Charge::PerUnit { amount, .. } => {
                faults.extend(positive(*amount > UnitPrice::ZERO, "/charge/amount"))
            }
            Charge::Percent { percent } => faults.extend(positive(*percent > Rate::ZERO, "/charge/percent")),
            Charge::IndexTable { steps, .. } => faults.extend(check_steps(steps).err()),
        }
        if matches!(self.charge, Charge::Minimum { .. }) && !self.surcharges.is_empty() {
            faults.push(Fault::field("/surcharges", "minimum_of_surcharges", "A minimum is reached before surcharges."));
        }
        if self.surcharges.iter().any(|other| other == code) {
            faults.push(Fault::field("/surcharges", "surcharge_cycle", "A surcharge does not count itself."));
        }
        if self.cap.is_some_and(UnitPrice::is_negative) {
            faults.push(Fault::field("/cap", "negative_cap", "A cap is not negative."));
        }
        Fault::all(faults)
    }

    /// The most that is charged, in `currency`.
    ///
    /// # Errors
    /// `overflow`.
    pub fn most(&self, currency: Currency) -> Result<Option<Money>, Fault> {
        self.cap.map(|cap| money(cap, currency, self.rounding)).transpose()
    }
}

/// An amount of a rule in minor units.
///
/// # Errors
/// `overflow`.
pub fn money(amount: UnitPrice, currency: Currency, mode: Rounding) -> Result<Money, Fault> {
    Money::from_scaled(i128::from(amount.scaled()), UnitPrice::SCALE, currency, mode)
}

fn check_steps(steps: &[IndexStep]) -> Result<(), Fault> {
    let mut expected = Some(UnitPrice::ZERO);
    for (place, step) in steps.iter().enumerate() {
        let joined = expected == Some(step.from) && step.to.is_none_or(|to| to > step.from);
        if !joined || step.percent.is_negative() {
            let message = "Steps run from 0 on without gap or overlap and charge nothing negative.";
            return Err(Fault::field(format!("/charge/steps/{place}"), "invalid_steps", message));
        }
        expected = step.to;
    }
    if expected.is_some() {
        return Err(Fault::field("/charge/steps", "invalid_steps", "The last step is open: it has no end."));
    }
    Ok(())
}

/// What the table charges at `value`.
#[must_use]
pub fn percent_at(steps: &[IndexStep], value: UnitPrice) -> Rate {
    let step = steps.iter().find(|step| step.from <= value && step.to.is_none_or(|to| value < to));
    step.map_or(Rate::ZERO, |step| step.percent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(from: &str, to: Option<&str>, percent: &str) -> IndexStep {
        IndexStep { from: from.parse().unwrap(), to: to.map(|to| to.parse().unwrap()), percent: percent.parse().unwrap() }
    }

    #[test]
    fn every_value_of_an_index_has_one_step() {
        let steps = [step("0", Some("3.50"), "0.05"), step("3.50", None, "0.075")];
        assert!(check_steps(&steps).is_ok());
        assert_eq!(percent_at(&steps, "3.50".parse().unwrap()).to_string(), "0.075");
        assert_eq!(percent_at(&steps, "3.499999".parse().unwrap()).to_string(), "0.05");
        for broken in [
            vec![],
            vec![step("1", None, "0.05")],
            vec![step("0", Some("3"), "0.05")],
            vec![step("0", Some("3"), "0.05"), step("4", None, "0.05")],
            vec![step("0", None, "-0.05")],
        ] {
            assert!(check_steps(&broken).is_err());
        }
    }
}
