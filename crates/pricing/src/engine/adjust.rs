//! Level adjustments: what higher levels change of a price that a lower level gives, from the lowest level upwards.
//!
//! A price of one unit stays a price to six decimals; where units differ in price their sum is changed, to ten decimals. Fees of tiers
//! are not adjusted. No adjustment makes a price negative, and none goes below its floor.

use kernel::{Fault, Quantity, UnitPrice};

use super::convert::convert;
use super::exact::{EXTENDED, Exact};
use super::extend::Extended;
use super::resolve::Selection;
use super::terms::Terms;
use super::trace::{StepKind, Trace};

/// The extended price after every adjustment; `adjustments` come from the highest level down.
///
/// # Errors
/// `overflow`.
pub(super) fn adjust<'a>(extended: Extended, adjustments: &[Selection<'a>], trace: &mut Trace<'a>) -> Result<Extended, Fault> {
    let mut extended = extended;
    for adjustment in adjustments.iter().rev() {
        extended = match extended.unit_price {
            Some(price) => {
                let one = Exact::of(price, i128::from(Quantity::ONE.scaled()), 1)?;
                let changed = change(one, Quantity::ONE, UnitPrice::SCALE, adjustment, trace)?;
                let price = UnitPrice::from_scaled(changed.scaled(UnitPrice::SCALE, adjustment.rounding)?);
                Extended::each(price, extended.count, extended.fees)?
            }
            None => Extended { units: change(extended.units, extended.count, EXTENDED, adjustment, trace)?, ..extended },
        };
    }
    Ok(extended)
}

fn change<'a>(amount: Exact, count: Quantity, decimals: u32, adjustment: &Selection<'a>, trace: &mut Trace<'a>) -> Result<Exact, Fault> {
    let mode = adjustment.rounding;
    let each = |price: UnitPrice| Exact::of(price, i128::from(count.scaled()), 1);
    let (changed, floor) = match &adjustment.entry.terms {
        Terms::AdjustPercent { percent, floor } => (amount.more(*percent, decimals, mode)?, *floor),
        Terms::AdjustAmount { amount: by, floor } => {
            let by = each(convert(*by, adjustment, None)?)?;
            (amount.cut(decimals, mode)?.plus(by)?.cut(decimals, mode)?, *floor)
        }
        _ => return Ok(amount),
    };
    trace.adjust(adjustment.source, adjustment.entry.terms.name(), amount.shown()?, changed.shown()?);
    let floor = floor.map(|floor| convert(floor, adjustment, None)).transpose()?.unwrap_or(UnitPrice::ZERO);
    let least = each(floor)?;
    // A rebate is below nothing from the start; an adjustment lifts it only to a floor of its own.
    let meant = floor.is_zero() && amount.is_less_than(least)?;
    if meant || !changed.is_less_than(least)? {
        return Ok(changed);
    }
    trace.step(StepKind::Adjust, "floor", Some(changed.shown()?), Some(least.shown()?));
    least.cut(decimals, mode)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::context::Context;
    use crate::engine::index::{BookKind, Selector, Subject};
    use crate::engine::line::{PriceQuery, price_line};
    use crate::engine::samples::{book, entry, index, item, query, tiers};

    fn percent(text: &str) -> Terms {
        Terms::AdjustPercent { percent: text.parse().unwrap(), floor: None }
    }

    #[test]
    fn one_adjustment_a_level_changes_the_sum_of_slices_and_their_fees_stay() {
        let drum = item("DRUM55", "each");
        let mut steps = tiers(&[("0", "185.00"), ("5", "172.50"), ("10", "160.00")]);
        steps[0].flat_fee = Some("7.00".parse().unwrap());
        let branch = kernel::id::BranchId::generate();
        let mut wide = entry(&drum, percent("0.5"));
        wide.selector = Selector::ServiceLine("waste".into());
        let adjustments = vec![wide, entry(&drum, percent("-0.10"))];
        let index = index(
            std::slice::from_ref(&drum),
            vec![
                (book("BR", BookKind::Branch, adjustments), Some(Subject::Branch(branch))),
                (book("STD", BookKind::Standard, vec![entry(&drum, Terms::Graduated { tiers: steps })]), None),
            ],
        );
        let context = Context { branch: Some(branch), ..Context::default() };
        let line = price_line(&index, &context, &query(&drum, "12", "each")).unwrap();
        // 2,107.50 less ten per cent, and the fee.
        assert_eq!(line.calculated.total.to_string(), "1903.75");
        let steps = line.trace.steps.get();
        assert!(steps.contains(r#""rule":"adjust_percent","input":"2107.50","output":"1896.75""#), "{steps}");
        assert!(steps.contains(r#""output":"0.5","code":"less_specific""#), "{steps}");
    }

    #[test]
    fn no_adjustment_makes_a_price_negative_and_a_rebate_stays_one() {
        let drum = item("DRUM55", "each");
        let branch = kernel::id::BranchId::generate();
        let off = Terms::AdjustAmount { amount: "-20.00".parse().unwrap(), floor: None };
        let context = Context { branch: Some(branch), ..Context::default() };
        for (listed, expected) in [("15.00", "0.00"), ("-15.00", "-35.00"), ("21.00", "1.00")] {
            let price = entry(&drum, Terms::Flat { unit_price: listed.parse().unwrap() });
            let index = index(
                std::slice::from_ref(&drum),
                vec![
                    (book("BR", BookKind::Branch, vec![entry(&drum, off.clone())]), Some(Subject::Branch(branch))),
                    (book("STD", BookKind::Standard, vec![price]), None),
                ],
            );
            let asked: PriceQuery<'_> = query(&drum, "1", "each");
            assert_eq!(price_line(&index, &context, &asked).unwrap().calculated.total.to_string(), expected);
        }
    }
}
