//! What a part of a quote comes to: of its lines, and of the charges that fall on them. Pure.
//!
//! A charge's parts sum to the charge, in whatever portions its lines are taken: a portion bears what has fallen on everything taken with
//! it, less what had fallen before.

use std::collections::BTreeMap;

use kernel::{Currency, Decimal, Fault, Money, Quantity, Rounding};
use platform::problem::Problem;
use platform::rows::word;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::charges::{QuoteCharge, QuoteCharges, sum};
use super::model::QuoteLine;
use crate::engine::calculate::{Component, ComponentKind};

/// What is taken of a line.
#[derive(Clone, Copy, Debug)]
pub struct Taken<'a> {
    /// As it was before.
    pub line: &'a QuoteLine,
    pub quantity: Quantity,
}

/// What a part of a quote comes to.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Part {
    pub lines: Vec<PartLine>,
    pub top_ups: Vec<PartCharge>,
    pub surcharges: Vec<PartCharge>,
}

/// How much of which line, and what it comes to.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(as = ConvertedLine)]
pub struct PartLine {
    #[schema(minimum = 1)]
    pub line: i32,
    pub quantity: Quantity,
    #[schema(max_items = 10)]
    pub components: Vec<PartComponent>,
    #[schema(value_type = Money)]
    pub total: Decimal,
}

/// A component of a part of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ConvertedComponent)]
pub struct PartComponent {
    /// `charge` or `minimum_adjustment`.
    #[schema(max_length = 32)]
    pub kind: String,
    #[schema(max_length = 16)]
    pub charge_group: String,
    #[schema(value_type = Money)]
    pub amount: Decimal,
}

/// A part of a minimum or surcharge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ConvertedCharge)]
pub struct PartCharge {
    #[schema(max_length = 64)]
    pub code: String,
    #[schema(max_length = 200)]
    pub name: String,
    #[schema(value_type = Money)]
    pub amount: Decimal,
    /// They sum to the amount.
    #[schema(max_items = 500)]
    pub lines: Vec<PartShare>,
}

/// What of a charge falls on a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ConvertedShare)]
pub struct PartShare {
    /// The quote's line.
    #[schema(minimum = 1)]
    pub line: i32,
    #[schema(value_type = Money)]
    pub amount: Decimal,
}

impl PartComponent {
    /// The component as the engine has it.
    ///
    /// # Errors
    /// `internal` when the row is broken.
    pub fn typed(&self, currency: Currency) -> Result<Component, Problem> {
        let kind = if self.kind == "minimum_adjustment" { ComponentKind::MinimumAdjustment } else { ComponentKind::Charge };
        Ok(Component { kind, charge_group: word(&self.charge_group)?, amount: Money::from_decimal(self.amount, currency)? })
    }
}

impl Part {
    /// What `taken` comes to.
    ///
    /// # Errors
    /// `overflow`; `internal` when a row is broken.
    pub fn of(taken: &[Taken<'_>], charges: &QuoteCharges, currency: Currency) -> Result<Self, Problem> {
        Ok(Self {
            lines: taken.iter().map(|taken| taken.comes_to(currency)).collect::<Result<_, _>>()?,
            top_ups: parts_of(&charges.top_ups, taken, currency)?,
            surcharges: parts_of(&charges.surcharges, taken, currency)?,
        })
    }

    /// The sum of it all.
    ///
    /// # Errors
    /// `overflow`.
    pub fn total(&self, currency: Currency) -> Result<Money, Fault> {
        let lines = self.lines.iter().map(|line| line.total);
        let charges = self.top_ups.iter().chain(&self.surcharges).map(|charge| charge.amount);
        sum(lines.chain(charges), currency)
    }
}

impl Taken<'_> {
    /// The taken quantity of the line, and what it comes to.
    ///
    /// # Errors
    /// `overflow`; `internal` when the row is broken.
    pub fn comes_to(&self, currency: Currency) -> Result<PartLine, Problem> {
        let components = self.components(currency)?;
        let total = sum(components.iter().map(|component| component.amount), currency)?;
        Ok(PartLine { line: self.line.no, quantity: self.quantity, components, total: total.decimal() })
    }

    /// Of a plain price the price times the quantity, otherwise of each component a portion.
    fn components(&self, currency: Currency) -> Result<Vec<PartComponent>, Problem> {
        let whole: Vec<PartComponent> = Vec::deserialize(&self.line.components)?;
        if self.line.converted.is_zero() && self.quantity == self.line.quantity {
            return Ok(whole);
        }
        if let (Some(price), [only]) = (self.line.unit_price, whole.as_slice()) {
            let amount = Money::extend_less(price, self.quantity, self.line.discount, currency, Rounding::HalfUp)?;
            return Ok(vec![PartComponent { amount: amount.decimal(), ..only.clone() }]);
        }
        let portion = |component: PartComponent| {
            let amount = self.portion(Money::from_decimal(component.amount, currency)?)?;
            Ok(PartComponent { amount: amount.decimal(), ..component })
        };
        whole.into_iter().map(portion).collect()
    }

    /// What falls on the taken quantity of an amount that falls on the whole line.
    fn portion(&self, whole: Money) -> Result<Money, Fault> {
        let (before, all) = (self.line.converted, self.line.agreed_quantity().scaled());
        if all == 0 {
            return Ok(Money::zero(whole.currency()));
        }
        let up_to = |quantity: Quantity| whole.times_fraction(quantity.scaled(), all, Rounding::HalfUp);
        up_to(before.plus(self.quantity)?)?.minus(up_to(before)?)
    }
}

fn parts_of(charges: &[QuoteCharge], taken: &[Taken<'_>], currency: Currency) -> Result<Vec<PartCharge>, Fault> {
    let mut parts = Vec::with_capacity(charges.len());
    for charge in charges {
        let lines = shares(charge, taken, currency)?;
        let amount = Money::sum(currency, lines.values().copied())?;
        if amount.is_zero() {
            continue;
        }
        let lines = lines.into_iter().map(|(line, amount)| PartShare { line, amount: amount.decimal() }).collect();
        parts.push(PartCharge { code: charge.code.clone(), name: charge.name.clone(), amount: amount.decimal(), lines });
    }
    Ok(parts)
}

/// What of a charge falls on each taken line.
fn shares(charge: &QuoteCharge, taken: &[Taken<'_>], currency: Currency) -> Result<BTreeMap<i32, Money>, Fault> {
    let mut shares = BTreeMap::new();
    for one in taken {
        let own = charge.lines.iter().filter(|share| share.line == one.line.no);
        let whole = sum(own.map(|share| share.amount), currency)?;
        let portion = one.portion(whole)?;
        if !portion.is_zero() {
            shares.insert(one.line.no, portion);
        }
    }
    Ok(shares)
}
