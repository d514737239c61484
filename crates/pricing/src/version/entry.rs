//! Entries as they are sent, their keys and the rule that periods of one key never overlap. Pure.

use std::collections::HashMap;

use chrono::NaiveDate;
use kernel::id::{ItemId, PriceEntryId, SiteId};
use kernel::{Currency, Decimal, Fault, Money, Period};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::engine::index::{Entry, Selector};
use crate::engine::release::Gates;
use crate::engine::{PriceIndex, Terms, TierScope};

/// A new entry. Exactly one of `item_id`, `item_code`, `category` and `service_line` says what it prices.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[schema(as = NewPriceEntry)]
#[serde(deny_unknown_fields)]
pub struct NewEntry {
    pub item_id: Option<ItemId>,
    #[schema(min_length = 1, max_length = 64)]
    pub item_code: Option<String>,
    #[schema(min_length = 1, max_length = 200)]
    pub category: Option<String>,
    #[schema(min_length = 1, max_length = 64)]
    pub service_line: Option<String>,
    /// The item's base unit when absent; required without an item, except by percentages, which hold for every unit.
    #[schema(min_length = 1, max_length = 24)]
    pub uom: Option<String>,
    /// The pricebook's when absent.
    pub currency: Option<Currency>,
    /// Only at this site.
    pub site_id: Option<SiteId>,
    /// Only for this waste profile.
    pub profile_id: Option<Uuid>,
    pub terms: Terms,
    /// The version's effective date when absent.
    pub start: Option<NaiveDate>,
    /// The first day after; open when absent.
    pub end: Option<NaiveDate>,
    /// The least a line with a quantity comes to.
    pub min_charge: Option<Decimal>,
    /// Allows a price of zero.
    #[serde(default)]
    pub free: bool,
    /// Allows a negative price.
    #[serde(default)]
    pub rebate: bool,
    /// In which scope quantities bought before count for tiers; the book's when absent.
    pub tier_scope: Option<TierScope>,
}

/// What a book gives its entries when they do not say it.
#[derive(Clone, Copy, Debug)]
pub struct Defaults {
    pub currency: Currency,
    pub start: NaiveDate,
}

impl NewEntry {
    /// The entry that is meant, complete and checked by itself.
    ///
    /// # Errors
    /// Field faults, all at once.
    pub fn complete(&self, defaults: Defaults, index: &PriceIndex) -> Result<Entry, Fault> {
        let currency = self.currency.unwrap_or(defaults.currency);
        let target = self.target(index);
        let period = Period::new(self.start.unwrap_or(defaults.start), self.end)
            .map_err(|fault| Fault::field("/end", "empty_period", fault.detail.clone()));
        let min_charge = self.min_charge.map(|amount| minimum(amount, currency)).transpose();
        let terms = self.terms.check(self.free, self.rebate);
        match (target, period, min_charge, terms) {
            (Ok((selector, uom)), Ok(period), Ok(min_charge), Ok(())) => Ok(Entry {
                id: PriceEntryId::generate(),
                selector,
                uom,
                currency,
                site: self.site_id,
                profile: self.profile_id,
                terms: self.terms.clone(),
                period,
                min_charge,
                free: self.free,
                rebate: self.rebate,
                tier_scope: self.tier_scope,
                gates: Gates::default(),
            }),
            (target, period, min_charge, terms) => {
                let faults = [target.err(), period.err(), min_charge.err(), terms.err()];
                Err(Fault::all(faults.into_iter().flatten()).err().unwrap_or_else(Fault::overflow))
            }
        }
    }

    fn target(&self, index: &PriceIndex) -> Result<(Selector, String), Fault> {
        let item = match (&self.item_id, &self.item_code, &self.category, &self.service_line) {
            (Some(id), None, None, None) => index.item(*id),
            (None, Some(code), None, None) => index.item_by_code(code),
            (None, None, Some(path), None) => return Ok((Selector::Category(path.clone()), self.named_uom()?)),
            (None, None, None, Some(name)) => return Ok((Selector::ServiceLine(name.clone()), self.named_uom()?)),
            _ => return Err(Fault::field("/item_id", "one_target", "Name exactly one of item_id, item_code, category, service_line.")),
        };
        let pointer = if self.item_id.is_some() { "/item_id" } else { "/item_code" };
        let item = item.ok_or_else(|| Fault::field(pointer, "unknown_item", "There is no such item."))?;
        if self.terms.any_unit() {
            return Ok((Selector::Item(item.id), self.named_uom()?));
        }
        let uom = self.uom.clone().unwrap_or_else(|| item.base_uom.clone());
        if item.ratio(&uom, &item.base_uom).is_none() {
            return Err(Fault::field("/uom", "unknown_uom", format!("{} is not measured in {uom}.", item.code)));
        }
        Ok((Selector::Item(item.id), uom))
    }

    fn named_uom(&self) -> Result<String, Fault> {
        if self.terms.any_unit() {
            return Ok("*".into());
        }
        self.uom.clone().ok_or_else(|| Fault::field("/uom", "required", "A price for more than one item names its unit."))
    }
}

fn minimum(amount: Decimal, currency: Currency) -> Result<Money, Fault> {
    if amount.is_negative() {
        return Err(Fault::field("/min_charge", "negative_minimum", "A minimum is not negative."));
    }
    Money::from_decimal(amount, currency).map_err(|fault| Fault::field("/min_charge", "invalid_minimum", fault.detail.clone()))
}

/// What two entries must share to stand in each other's way.
#[must_use]
pub fn key(entry: &Entry) -> String {
    let (kind, name) = match &entry.selector {
        Selector::Item(id) => ("item", id.to_string()),
        Selector::Category(path) => ("category", path.clone()),
        Selector::ServiceLine(name) => ("service_line", name.clone()),
    };
    let site = entry.site.map(|site| site.to_string()).unwrap_or_default();
    let offer = match &entry.terms {
        Terms::Offer { offer, .. } => offer.as_str(),
        _ => "",
    };
    let profile = entry.profile.map(|profile| profile.to_string()).unwrap_or_default();
    [kind, &name, &entry.uom, entry.currency.code(), &site, &profile, offer].join("|")
}

/// An entry and where the caller wrote it.
pub type Placed = (usize, Entry);

/// Two entries of one key whose periods overlap: the caller's, and the other one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clash {
    pub place: usize,
    pub entry: PriceEntryId,
    pub other: PriceEntryId,
}

impl Clash {
    /// The refusal, naming both entries.
    #[must_use]
    pub fn fault(&self) -> Fault {
        Fault::conflict("price_overlap", "Two prices of one key overlap; end the earlier one first.")
            .and_field(format!("/entries/{}", self.place), "price_overlap", format!("Overlaps {}.", self.other))
            .with_conflicts([self.entry.uuid(), self.other.uuid()])
    }
}

/// The clashes of `fresh` with `present` and among themselves.
#[must_use]
pub fn clashes(fresh: &[Placed], present: &[Entry]) -> Vec<Clash> {
    let mut by_key: HashMap<String, Vec<(Option<usize>, &Entry)>> = HashMap::new();
    for entry in present {
        by_key.entry(key(entry)).or_default().push((None, entry));
    }
    for (place, entry) in fresh {
        by_key.entry(key(entry)).or_default().push((Some(*place), entry));
    }
    let mut clashes = Vec::new();
    for group in by_key.values_mut() {
        group.sort_by_key(|(place, entry)| (entry.period.start, *place));
        for pair in group.windows(2) {
            let [(first_place, first), (second_place, second)] = pair else { continue };
            if !first.period.overlaps(&second.period) {
                continue;
            }
            let (place, entry, other) = match (first_place, second_place) {
                (_, Some(place)) => (*place, second.id, first.id),
                (Some(place), None) => (*place, first.id, second.id),
                (None, None) => continue,
            };
            clashes.push(Clash { place, entry, other });
        }
    }
    clashes.sort_by_key(|clash| clash.place);
    clashes
}

/// The identity of an entry's target for storage: kind, item, path.
#[must_use]
pub fn selector_columns(selector: &Selector) -> (&'static str, Option<Uuid>, Option<String>) {
    match selector {
        Selector::Item(id) => ("item", Some(id.uuid()), None),
        Selector::Category(path) => ("category", None, Some(path.clone())),
        Selector::ServiceLine(name) => ("service_line", None, Some(name.clone())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::samples::{day, entry, flat, item};

    fn priced(start: &str, end: Option<&str>) -> Entry {
        let drum = item("DRUM55", "each");
        let mut entry = entry(&drum, flat("1"));
        entry.selector = Selector::Category("drums".into());
        entry.period = Period::new(day(start), end.map(day)).unwrap();
        entry
    }

    #[test]
    fn periods_of_one_key_may_touch_but_not_overlap() {
        let old = priced("2026-01-01", Some("2026-07-01"));
        assert!(clashes(&[(0, priced("2026-07-01", None))], std::slice::from_ref(&old)).is_empty());
        let late = priced("2026-06-30", None);
        let found = clashes(&[(3, late.clone())], std::slice::from_ref(&old));
        assert_eq!(found, [Clash { place: 3, entry: late.id, other: old.id }]);
        assert_eq!(found[0].fault().conflicts, [late.id.uuid(), old.id.uuid()]);
        let early = priced("2025-01-01", None);
        assert_eq!(clashes(&[(0, early)], std::slice::from_ref(&old)).len(), 1);
    }

    #[test]
    fn entries_of_one_request_are_compared_with_each_other() {
        let fresh = [(0, priced("2026-01-01", None)), (1, priced("2026-05-01", None))];
        assert_eq!(clashes(&fresh, &[]).iter().map(|clash| clash.place).collect::<Vec<_>>(), [1]);
        let mut other_site = priced("2026-01-01", None);
        other_site.site = Some(crate::engine::samples::site());
        assert!(clashes(&[(0, priced("2026-01-01", None)), (1, other_site)], &[]).is_empty());
        let profiled = Entry { profile: Some(Uuid::nil()), ..priced("2026-01-01", None) };
        assert!(clashes(&[(0, priced("2026-01-01", None)), (1, profiled)], &[]).is_empty());
    }
}
