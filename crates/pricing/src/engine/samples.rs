//! Small price data for the engine's tests.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::{ItemId, PriceAssignmentId, PriceEntryId, PricebookId, SiteId};
use kernel::{Currency, Money, Period};

use super::index::{Assigned, Book, BookKind, Entry, Known, Listed, PriceIndex, Selector, Subject};
use super::item::{ChargeGroup, Item};
use super::line::PriceQuery;
use super::release::Gates;
use super::terms::{Priors, Terms, Tier};

pub(crate) fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub(crate) fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

pub(crate) fn item(code: &str, uom: &str) -> Item {
    Item {
        id: ItemId::generate(),
        code: code.into(),
        name: code.into(),
        service_line: "waste".into(),
        category: "drums".into(),
        charge_group: ChargeGroup::Service,
        base_uom: uom.into(),
        conversions: Vec::new(),
    }
}

pub(crate) fn flat(price: &str) -> Terms {
    Terms::Flat { unit_price: price.parse().unwrap() }
}

/// Tiers from `(from, price)` pairs.
pub(crate) fn tiers(steps: &[(&str, &str)]) -> Vec<Tier> {
    steps
        .iter()
        .enumerate()
        .map(|(place, (from, price))| Tier {
            from: from.parse().unwrap(),
            to: steps.get(place + 1).map(|(next, _)| next.parse().unwrap()),
            unit_price: price.parse().unwrap(),
            flat_fee: None,
        })
        .collect()
}

pub(crate) fn entry(item: &Item, terms: Terms) -> Entry {
    Entry {
        id: PriceEntryId::generate(),
        selector: Selector::Item(item.id),
        uom: item.base_uom.clone(),
        currency: Currency::USD,
        site: None,
        profile: None,
        terms,
        period: Period::from(day("2026-01-01")),
        min_charge: None,
        free: false,
        rebate: false,
        tier_scope: None,
        gates: Gates::default(),
    }
}

pub(crate) fn minimum(text: &str) -> Option<Money> {
    Some(Money::from_decimal(text.parse().unwrap(), Currency::USD).unwrap())
}

pub(crate) fn listed(entry: Entry) -> Listed {
    Listed { entry, version: 1, known: [Known { from: instant("2025-12-01T00:00:00Z"), until: None }].into() }
}

pub(crate) fn book(code: &str, kind: BookKind, entries: Vec<Entry>) -> Book {
    let mut book = Book::new(PricebookId::generate(), code, Currency::USD, kind);
    for entry in entries {
        book.list(listed(entry));
    }
    book
}

pub(crate) fn index(items: &[Item], books: Vec<(Book, Option<Subject>)>) -> PriceIndex {
    let mut shared = Vec::new();
    let mut assignments = Vec::new();
    for (book, subject) in books {
        if let Some(subject) = subject {
            assignments
                .push((subject, Assigned { id: PriceAssignmentId::generate(), book: book.id, period: Period::from(day("2020-01-01")) }));
        }
        shared.push(Arc::new(book));
    }
    PriceIndex::new(1, items.to_vec(), shared, assignments)
}

pub(crate) fn query<'q>(item: &Item, quantity: &str, uom: &'q str) -> PriceQuery<'q> {
    PriceQuery {
        account: None,
        site: None,
        profile: None,
        item: item.id,
        quantity: quantity.parse().unwrap(),
        uom,
        currency: Currency::USD,
        price_date: day("2026-03-16"),
        known_at: instant("2026-03-16T12:00:00Z"),
        prior: kernel::Quantity::ZERO,
        priors: Priors::default(),
        exchanges: &[],
        given: None,
        part_of: None,
    }
}

pub(crate) fn site() -> SiteId {
    SiteId::generate()
}
