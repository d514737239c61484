//! What comes to an order as a whole: minimums and surcharges. Each is a line of its own, or several where it falls on lines of several
//! sites or taxes. It follows the lines it falls on: it is billed where they are and taxed as they are, and as much of it is done as of
//! them. Pure.

use std::collections::{BTreeMap, HashMap};

use clients::pricing::DocumentCharge;
use kernel::rounding::divide;
use kernel::{Currency, Fault, Money, Quantity, Rounding, words};
use platform::problem::Problem;
use serde::{Deserialize, Serialize};
use serde_json::json;
use serde_json::value::RawValue;

use super::line_entity::Model as Line;
use super::price::{PricedBy, price_of_lot};

words! {
    /// What a charge on a whole order is.
    pub enum OrderChargeKind {
        /// What was missing to the least an order or a stop comes to.
        Minimum = "minimum",
        Surcharge = "surcharge",
    }
}

/// What a charge falls on, as its line keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineCharge {
    pub kind: OrderChargeKind,
    /// They sum to the line's amount.
    pub shares: Vec<Share>,
}

/// What falls on a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    pub line: i32,
    pub minor: i64,
}

impl LineCharge {
    /// What a line falls on when it is a charge.
    ///
    /// # Errors
    /// `internal` when the row is broken.
    pub fn of(line: &Line) -> Result<Option<Self>, Problem> {
        Ok(line.charge.as_ref().map(Self::deserialize).transpose()?)
    }

    /// What of it follows from what was done of `lines`: each share in proportion, rounded by itself.
    ///
    /// # Errors
    /// `overflow`.
    pub fn done(&self, lines: &[Line], currency: Currency) -> Result<Money, Fault> {
        self.shares.iter().try_fold(Money::zero(currency), |sum, share| {
            let whole = Money::from_minor(share.minor, currency);
            match lines.iter().find(|line| line.line_no == share.line) {
                Some(line) if line.quantity != 0 => sum.plus(whole.times_fraction(line.quantity_done, line.quantity, Rounding::HalfUp)?),
                _ => sum.plus(whole),
            }
        })
    }
}

/// The lines with as much of each charge done as of what it falls on.
///
/// # Errors
/// `internal` when a row is broken; `overflow`.
pub fn follow(lines: Vec<Line>, currency: Currency) -> Result<Vec<Line>, Problem> {
    let part = |line: &Line| {
        let Some(charge) = LineCharge::of(line)? else { return Ok(line.quantity_done) };
        Ok::<i64, Problem>(quantity(charge.done(&lines, currency)?.minor(), line.amount)?)
    };
    let done: Vec<i64> = lines.iter().map(part).collect::<Result<_, _>>()?;
    Ok(lines.into_iter().zip(done).map(|(line, quantity_done)| Line { quantity_done, ..line }).collect())
}

/// A part of one charge, never nothing while an amount is left to bill.
fn quantity(done: i64, amount: i64) -> Result<i64, Fault> {
    let one = Quantity::ONE.scaled();
    if done == 0 || amount == 0 {
        return Ok(0);
    }
    let part = divide(i128::from(done) * i128::from(one), i128::from(amount), Rounding::HalfUp)?;
    Ok(i64::try_from(part).map_err(|_| Fault::overflow())?.clamp(1, one))
}

/// What pricing adds to the lines of an order.
pub(super) struct Added<'a> {
    pub(super) top_ups: &'a [DocumentCharge],
    pub(super) surcharges: &'a [DocumentCharge],
    /// The explanation.
    pub(super) trace: Option<&'a RawValue>,
    pub(super) priced_by: PricedBy,
    /// The order's line for each number that pricing gives a line.
    pub(super) numbers: HashMap<i32, i32>,
}

impl Added<'_> {
    /// The charges as lines of an order that has these numbered `lines`.
    ///
    /// # Errors
    /// `no_price` when a charge falls on no line; `overflow`.
    pub(super) fn lines(&self, lines: &[Line], currency: Currency) -> Result<Vec<Line>, Fault> {
        let minimums = self.top_ups.iter().map(|charge| (OrderChargeKind::Minimum, charge));
        let surcharges = self.surcharges.iter().map(|charge| (OrderChargeKind::Surcharge, charge));
        let mut made = Vec::new();
        for (kind, charge) in minimums.chain(surcharges) {
            let shares = self.shares(charge, currency)?;
            for (like, shares) in treatments(&shares, lines) {
                made.extend(self.line((kind, charge), shares, like, currency)?);
            }
        }
        Ok(made)
    }

    /// What of a charge falls on each line.
    fn shares(&self, charge: &DocumentCharge, currency: Currency) -> Result<Vec<Share>, Fault> {
        let mut by_line: BTreeMap<i32, i64> = BTreeMap::new();
        for share in &charge.lines {
            let nowhere = || Fault::field("/lines", "no_price", format!("{} falls on no line of the order.", charge.code));
            let sum = by_line.entry(*self.numbers.get(&share.line).ok_or_else(nowhere)?).or_default();
            *sum = sum.checked_add(Money::from_decimal(share.amount, currency)?.minor()).ok_or_else(Fault::overflow)?;
        }
        Ok(by_line.into_iter().map(|(line, minor)| Share { line, minor }).collect())
    }

    fn line(
        &self,
        (kind, charge): (OrderChargeKind, &DocumentCharge),
        shares: Vec<Share>,
        like: &Line,
        currency: Currency,
    ) -> Result<Option<Line>, Fault> {
        let amount = Money::sum(currency, shares.iter().map(|share| Money::from_minor(share.minor, currency)))?;
        if amount.is_zero() {
            return Ok(None);
        }
        let charge_group = kind.as_str();
        Ok(Some(Line {
            item_code: Some(charge.code.clone()),
            description: charge.name.clone(),
            charge_group: Some(charge_group.to_owned()),
            site_id: like.site_id,
            quantity: Quantity::ONE.scaled(),
            unit_price: Some(price_of_lot(amount)?.scaled()),
            amount: amount.minor(),
            components: json!([{"kind": charge_group, "charge_group": charge_group, "amount": amount}]),
            priced_by: self.priced_by.as_str().to_owned(),
            charge: Some(json!(LineCharge { kind, shares })),
            trace: self.trace.map(|text| text.get().to_owned()),
            tax_code: like.tax_code.clone(),
            tax_rate: like.tax_rate,
            tax_exemption: like.tax_exemption.clone(),
            ..Line::default()
        }))
    }
}

/// The shares of lines that are billed and taxed alike, each with one of these lines.
fn treatments<'a>(shares: &[Share], lines: &'a [Line]) -> Vec<(&'a Line, Vec<Share>)> {
    let mut alike: Vec<(&Line, Vec<Share>)> = Vec::new();
    for share in shares {
        let Some(line) = lines.iter().find(|line| line.line_no == share.line) else { continue };
        let key = |line: &'a Line| (line.site_id, &line.tax_code, line.tax_rate, &line.tax_exemption);
        match alike.iter_mut().find(|(other, _)| key(other) == key(line)) {
            Some((_, shares)) => shares.push(*share),
            None => alike.push((line, vec![*share])),
        }
    }
    alike
}
