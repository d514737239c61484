//! What a change comes to in money: a year's quantity, its effect, the margin before and after. Pure; unknown is none, never zero.
//!
//! Only prices of one item are counted. A standard list is counted by what everybody bought, a book that accounts have of their own by
//! what those bought; other books have no quantities, because usage names no branch. Of tiers the first price stands for all.

use std::collections::HashMap;

use kernel::id::{AccountId, ItemId};
use kernel::rounding::divide;
use kernel::{Money, Quantity, Rate, Rounding, UnitPrice};

use super::arithmetic::headline;
use super::plan::Plan;
use super::row::Figures;
use crate::engine::dated::in_force;
use crate::engine::index::Entry;
use crate::engine::{Book, BookKind, Item, Terms};

/// Quantities by unit.
pub type Bought = Vec<(String, Quantity)>;

/// What was bought in the twelve months before a change.
#[derive(Clone, Debug, Default)]
pub struct Usage {
    pub everybody: HashMap<ItemId, Bought>,
    /// Of accounts that have books of their own.
    pub by_account: HashMap<AccountId, HashMap<ItemId, Bought>>,
}

/// What a change of an entry comes to.
#[must_use]
pub fn figures(plan: &Plan<'_>, book: &Book, entry: &Entry, new: &Terms) -> Figures {
    let Some(item) = plan.item_of(&entry.selector) else { return Figures::default() };
    let annual_quantity = annual_quantity(plan, book, item, &entry.uom);
    Figures {
        annual_quantity,
        annual_effect: annual_quantity.and_then(|quantity| effect(entry, new, quantity)),
        margin_before: margin(plan, item, entry, &entry.terms),
        margin_after: margin(plan, item, entry, new),
    }
}

fn annual_quantity(plan: &Plan<'_>, book: &Book, item: &Item, uom: &str) -> Option<Quantity> {
    let usage = plan.usage();
    let bought: Vec<&Bought> = match book.kind {
        BookKind::Standard => usage.everybody.get(&item.id).into_iter().collect(),
        BookKind::Account | BookKind::Contract => {
            let accounts = plan.accounts_of(book.id).iter();
            accounts.filter_map(|account| usage.by_account.get(account)?.get(&item.id)).collect()
        }
        BookKind::Branch | BookKind::Territory | BookKind::Site | BookKind::Segment => Vec::new(),
    };
    let mut sum: Option<Quantity> = None;
    for (bought_in, quantity) in bought.into_iter().flatten() {
        let Some(ratio) = item.ratio(bought_in, uom) else { continue };
        sum = Some(sum.unwrap_or_default().plus(ratio.amount(*quantity).ok()?).ok()?);
    }
    sum
}

fn effect(entry: &Entry, new: &Terms, quantity: Quantity) -> Option<Money> {
    let difference = headline(new)?.minus(headline(&entry.terms)?).ok()?;
    let product = i128::from(difference.scaled()).checked_mul(i128::from(quantity.scaled()))?;
    let scale = UnitPrice::SCALE + Quantity::SCALE;
    match &entry.terms {
        Terms::Block { block_size, .. } => {
            let blocks =
                divide(product.checked_mul(i128::from(Quantity::ONE.scaled()))?, block_size.scaled().into(), Rounding::HalfUp).ok()?;
            Money::from_scaled(blocks, scale, entry.currency, Rounding::HalfUp).ok()
        }
        // A lump sum is charged by the line, and nothing says how many lines there were.
        Terms::LumpSum { .. } => None,
        _ => Money::from_scaled(product, scale, entry.currency, Rounding::HalfUp).ok(),
    }
}

/// What is left of the price of one unit after what the item costs on the effective day.
fn margin(plan: &Plan<'_>, item: &Item, entry: &Entry, terms: &Terms) -> Option<Rate> {
    let per_unit = matches!(terms, Terms::Flat { .. } | Terms::Volume { .. } | Terms::Graduated { .. });
    let price = headline(terms).filter(|price| per_unit && price.scaled() > 0)?;
    let cost = in_force(plan.index.costs_of(item.id), plan.terms.effective_on, plan.now).filter(|cost| cost.currency == entry.currency)?;
    let cost = item.ratio(&entry.uom, &cost.uom)?.convert(cost.cost, Rounding::HalfUp).ok()?;
    let left = i128::from(price.scaled()) - i128::from(cost.scaled());
    let part = divide(left.checked_mul(i128::from(Rate::ONE.scaled()))?, price.scaled().into(), Rounding::HalfUp).ok()?;
    i64::try_from(part).ok().map(Rate::from_scaled)
}
