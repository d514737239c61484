//! Where prices are looked for: the levels of precedence and what stands at each of them for one question.
//!
//! Levels: 1 contract, 2 account, 3 site, branch, territory, segment, 4 standard list. Nothing here looks at a price.

use kernel::Period;
use kernel::id::{AccountId, SiteId};

use super::context::{Context, ContractTerms};
use super::index::{Book, BookKind, Entry, PriceIndex, Subject};
use super::item::Item;
use super::line::PriceQuery;
use super::trace::RejectReason;

#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    Book(&'a Book),
    Contract(&'a ContractTerms),
}

#[derive(Clone, Copy)]
pub(super) enum AtSite {
    /// Entries that name this site.
    Named(SiteId),
    /// Entries that name no site.
    General,
    /// Entries that name no site or this one.
    Either(Option<SiteId>),
}

impl AtSite {
    pub(super) fn admits(self, entry: &Entry) -> bool {
        match (self, entry.site) {
            (Self::Named(site), scope) => scope == Some(site),
            (Self::General | Self::Either(_), None) => true,
            (Self::General, Some(_)) => false,
            (Self::Either(site), Some(scope)) => site == Some(scope),
        }
    }
}

/// One place to look; places of equal rank form one sub-level.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) label: &'static str,
    pub(super) rank: (u8, u16),
    pub(super) source: Source<'a>,
    pub(super) site: AtSite,
    /// The assignment that opens the place is out of force.
    pub(super) inactive: Option<RejectReason>,
}

/// Every place to look, from the first level to the last.
pub(super) fn places<'a>(index: &'a PriceIndex, context: &'a Context, item: &Item, query: &PriceQuery<'_>) -> Vec<Place<'a>> {
    let mut places = Vec::with_capacity(8);
    contract_places(context, item, query, &mut places);
    if let Some(account) = context.account {
        account_places(index, account, 0, query, &mut places);
    }
    for (ancestor, distance) in context.ancestors.iter().zip(1_u16..) {
        account_places(index, *ancestor, distance, query, &mut places);
    }
    let subjects = [
        query.site.map(|site| ("3a", 0, Subject::Site(site))),
        context.branch.map(|branch| ("3b", 1, Subject::Branch(branch))),
        context.territory.map(|territory| ("3c", 2, Subject::Territory(territory))),
        context.segment.as_ref().map(|segment| ("3d", 3, Subject::Segment(segment.clone()))),
    ];
    for (label, rank, subject) in subjects.into_iter().flatten() {
        for (book, period) in index.assigned(&subject) {
            places.push(Place {
                label,
                rank: (3, rank),
                source: Source::Book(book),
                site: AtSite::Either(query.site),
                inactive: outside(period, query),
            });
        }
    }
    for book in index.standard() {
        places.push(Place { label: "4", rank: (4, 0), source: Source::Book(book), site: AtSite::Either(query.site), inactive: None });
    }
    places
}

fn outside(period: Period, query: &PriceQuery<'_>) -> Option<RejectReason> {
    (!period.contains(query.price_date)).then_some(RejectReason::NotEffective)
}

/// More than any precedence: the distance between the sub-levels of contracts.
const RANKS: u16 = 256;

fn contract_places<'a>(context: &'a Context, item: &Item, query: &PriceQuery<'_>, places: &mut Vec<Place<'a>>) {
    for terms in context.contracts.iter().filter(|terms| terms.covers(item, query.site)) {
        let inactive = (!terms.period.contains(query.price_date)).then_some(RejectReason::ContractInactive);
        let source = Source::Contract(terms);
        let precedence = u16::from(terms.precedence);
        if terms.distance > 0 {
            let rank = (1, terms.distance.saturating_mul(RANKS).saturating_add(2 * RANKS + precedence));
            places.push(Place { label: "1c", rank, source, site: AtSite::Either(query.site), inactive });
            continue;
        }
        if let Some(site) = query.site {
            places.push(Place { label: "1a", rank: (1, precedence), source, site: AtSite::Named(site), inactive });
        }
        places.push(Place { label: "1b", rank: (1, RANKS + precedence), source, site: AtSite::General, inactive });
    }
}

/// The places of one account: its own prices at the site, its own prices, then books assigned to it. An ancestor's come
/// after the account's, nearest first.
fn account_places<'a>(index: &'a PriceIndex, account: AccountId, distance: u16, query: &PriceQuery<'_>, places: &mut Vec<Place<'a>>) {
    for (book, period) in index.assigned(&Subject::Account(account)) {
        let (level, labels) = match (book.kind, distance) {
            (BookKind::Contract, 0) => (1, ["1a", "1b", "1b"]),
            (BookKind::Contract, _) => (1, ["1c", "1c", "1c"]),
            (_, 0) => (2, ["2a", "2b", "2c"]),
            (_, _) => (2, ["2d", "2d", "2d"]),
        };
        let (first, own_rank) = match level {
            1 => (distance.saturating_mul(3 * RANKS), distance.saturating_mul(3 * RANKS).saturating_add(RANKS)),
            _ => (distance.saturating_mul(3), distance.saturating_mul(3).saturating_add(1)),
        };
        let (source, inactive) = (Source::Book(book), outside(period, query));
        let [named, own, assigned] = labels;
        if !matches!(book.kind, BookKind::Account | BookKind::Contract) {
            places.push(Place { label: assigned, rank: (level, first + 2), source, site: AtSite::Either(query.site), inactive });
            continue;
        }
        if let Some(site) = query.site {
            places.push(Place { label: named, rank: (level, first), source, site: AtSite::Named(site), inactive });
        }
        places.push(Place { label: own, rank: (level, own_rank), source, site: AtSite::General, inactive });
    }
}
