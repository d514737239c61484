//! What comes to an order as a whole: minimums and surcharges. Each is a line of its own, or several where it falls on lines of several
//! sites or taxes. It follows the lines it falls on: it is billed where they are and taxed as they are, and as much of it is done as of
//! them. Pure.

use std::collections::{BTreeMap, HashMap};

use clients::pricing::{DocumentCharge, PriceAnswer};
use kernel::rounding::{allocate, divide};
use kernel::{Currency, Fault, Money, Quantity, Rounding, words};
use platform::problem::Problem;
use serde::{Deserialize, Serialize};
use serde_json::json;

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

/// The charges of `answer` as lines; `asked` has the number of each line that was asked about, in order, of the numbered `lines`.
///
/// # Errors
/// `no_price` when a charge falls on no line; `overflow`.
pub(super) fn lines(answer: &PriceAnswer, asked: &[i32], lines: &[Line], currency: Currency) -> Result<Vec<Line>, Fault> {
    let minimums = answer.top_ups.iter().map(|charge| (OrderChargeKind::Minimum, charge));
    let surcharges = answer.surcharges.iter().map(|charge| (OrderChargeKind::Surcharge, charge));
    let mut earlier: HashMap<&str, Vec<Share>> = HashMap::new();
    let mut made = Vec::new();
    for (kind, charge) in minimums.chain(surcharges) {
        let shares = shares(charge, asked, &earlier, currency)?;
        for (like, shares) in treatments(&shares, lines) {
            let line = line((kind, charge), shares, like, currency)?;
            made.extend(line.map(|line| Line { trace: answer.trace.as_ref().map(|text| text.get().to_owned()), ..line }));
        }
        earlier.entry(&charge.code).or_default().extend(shares);
    }
    Ok(made)
}

/// What of a charge falls on each line; what falls on another charge falls on the lines as that does.
fn shares(charge: &DocumentCharge, asked: &[i32], earlier: &HashMap<&str, Vec<Share>>, currency: Currency) -> Result<Vec<Share>, Fault> {
    let nowhere = || Fault::field("/lines", "no_price", format!("{} falls on no line of the order.", charge.code));
    let mut by_line: BTreeMap<i32, i64> = BTreeMap::new();
    let mut fall = |line: i32, minor: i64| {
        let sum = by_line.entry(line).or_default();
        *sum = sum.checked_add(minor).ok_or_else(Fault::overflow)?;
        Ok::<(), Fault>(())
    };
    for share in &charge.shares {
        let minor = Money::from_decimal(share.amount, currency)?.minor();
        if let Some(place) = share.line {
            let line = place.checked_sub(1).and_then(|place| asked.get(place)).ok_or_else(nowhere)?;
            fall(*line, minor)?;
            continue;
        }
        let others = share.charge.as_deref().and_then(|code| earlier.get(code)).ok_or_else(nowhere)?;
        let weights: Vec<i64> = others.iter().map(|other| other.minor.saturating_abs()).collect();
        for (other, part) in others.iter().zip(allocate(minor, &weights)?) {
            fall(other.line, part)?;
        }
    }
    Ok(by_line.into_iter().map(|(line, minor)| Share { line, minor }).collect())
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

fn line(
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
        priced_by: PricedBy::Pricing.as_str().to_owned(),
        charge: Some(json!(LineCharge { kind, shares })),
        tax_code: like.tax_code.clone(),
        tax_rate: like.tax_rate,
        tax_exemption: like.tax_exemption.clone(),
        ..Line::default()
    }))
}
