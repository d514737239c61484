//! Which price applies: the first level and sub-level with a candidate wins, even when a deeper one is cheaper.
//!
//! Levels: 1 contract, 2 account, 3 site, branch, territory, segment, 4 standard list. Inside a sub-level the item beats
//! its nearest category, which beats the service line; the asked unit beats a convertible one. Quantity never decides.
//! A tie means that the data broke an invariant: it is an error, never a pick.

use kernel::id::{AccountId, BranchId, ContractId, SiteId};
use kernel::{Currency, Fault, FaultKind, FxRate, Period, Rate, Rounding};
use uuid::Uuid;

use super::index::{Book, BookKind, Entry, Listed, PriceIndex, Selector, Subject};
use super::item::{Item, UnitRatio};
use super::line::PriceQuery;
use super::terms::Terms;
use super::trace::{Number, RejectReason, SourceRef, Trace};

/// What the accounts service knows that decides a price.
#[derive(Clone, Debug, Default)]
pub struct Context {
    pub account: Option<AccountId>,
    /// The account's ancestors, nearest first.
    pub ancestors: Vec<AccountId>,
    pub branch: Option<BranchId>,
    pub territory: Option<Uuid>,
    pub segment: Option<String>,
    /// Contracts of the account (distance 0) and of its ancestors, where those cover descendants.
    pub contracts: Vec<ContractTerms>,
}

/// The price terms of one contract version.
#[derive(Clone, Debug)]
pub struct ContractTerms {
    pub contract: ContractId,
    pub number: String,
    pub version: i32,
    /// 0 for the account's own, 1 for its parent's, and so on.
    pub distance: u16,
    /// When these terms are in force.
    pub period: Period,
    /// The covered sites; all when absent.
    pub sites: Option<Vec<SiteId>>,
    /// Which paper goes first among contracts of one account; smaller goes first.
    pub precedence: u8,
    /// The service lines it is about; all when empty.
    pub service_lines: Vec<String>,
    /// An item that is not named here may not be sold under the contract.
    pub closed: bool,
    /// Taken from prices found at lower levels.
    pub discount: Option<Rate>,
    pub lines: Vec<Entry>,
}

impl ContractTerms {
    fn covers(&self, item: &Item, site: Option<SiteId>) -> bool {
        let served = self.service_lines.is_empty() || self.service_lines.contains(&item.service_line);
        served && self.sites.as_ref().is_none_or(|sites| site.is_some_and(|site| sites.contains(&site)))
    }

    fn applies(&self, item: &Item, query: &PriceQuery<'_>) -> bool {
        self.period.contains(query.price_date) && self.covers(item, query.site)
    }
}

/// The entry that applies, and how it is brought to the asked unit and currency.
#[derive(Clone, Copy, Debug)]
pub struct Selection<'a> {
    pub entry: &'a Entry,
    pub source: SourceRef<'a>,
    /// Where offers are looked up; absent for a contract's own terms.
    pub book: Option<&'a Book>,
    pub rounding: Rounding,
    pub ratio: UnitRatio,
    pub exchange: Option<FxRate>,
}

#[derive(Clone, Copy)]
enum Source<'a> {
    Book(&'a Book),
    Contract(&'a ContractTerms),
}

#[derive(Clone, Copy)]
enum AtSite {
    /// Entries that name this site.
    Named(SiteId),
    /// Entries that name no site.
    General,
    /// Entries that name no site or this one.
    Either(Option<SiteId>),
}

impl AtSite {
    fn admits(self, entry: &Entry) -> bool {
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
struct Place<'a> {
    label: &'static str,
    rank: (u8, u16),
    source: Source<'a>,
    site: AtSite,
    /// The assignment that opens the place is out of force.
    inactive: Option<RejectReason>,
}

struct Candidate<'a> {
    /// Level and sub-level, then specificity, unit and currency: smaller is better.
    key: ((u8, u16), u16, bool, bool),
    selection: Selection<'a>,
}

/// Finds the price for `query`.
///
/// # Errors
/// `no_price` with the levels searched; `not_in_contract` under a closed contract; `ambiguous_price`.
pub fn resolve<'a>(
    index: &'a PriceIndex,
    context: &'a Context,
    item: &'a Item,
    query: &PriceQuery<'_>,
    trace: &mut Trace<'a>,
) -> Result<Selection<'a>, Fault> {
    let places = places(index, context, item, query);
    let mut candidates = Vec::with_capacity(places.len());
    for place in &places {
        gather(place, item, query, trace, &mut candidates);
    }
    // A stable order for the trace, whatever order the index lists its entries in.
    candidates.sort_by_key(|candidate| (candidate.key, candidate.selection.entry.id));
    let mut ranked = candidates.iter();
    let best = ranked.next();
    let closed = context.contracts.iter().find(|terms| terms.closed && terms.distance == 0 && terms.applies(item, query));
    if let (Some(contract), false) = (closed, best.is_some_and(|best| best.key.0.0 == 1)) {
        return Err(not_in_contract(contract, item));
    }
    let Some(best) = best else { return Err(no_price(&places, item, query)) };
    let mut tied = Vec::new();
    for other in ranked {
        if other.key == best.key {
            tied.push(other.selection.entry.id.uuid());
        }
        let reason = if other.key.0.0 == best.key.0.0 { RejectReason::LessSpecific } else { RejectReason::LowerLevel };
        trace.reject(other.selection.source, reason, headline(other.selection.entry));
    }
    if !tied.is_empty() {
        return Err(Fault::new(FaultKind::Conflict, AMBIGUOUS, "Two prices apply equally; the price data breaks an invariant.")
            .with_conflicts(std::iter::once(best.selection.entry.id.uuid()).chain(tied)));
    }
    trace.select(best.selection.source, best.selection.entry.terms.name(), headline(best.selection.entry));
    Ok(best.selection)
}

/// The discount of the account's contract that applies to prices of lower levels.
#[must_use]
pub fn contract_discount<'a>(context: &'a Context, item: &Item, query: &PriceQuery<'_>) -> Option<(&'a ContractTerms, Rate)> {
    let own = context.contracts.iter().filter(|terms| terms.distance == 0 && terms.applies(item, query));
    own.filter_map(|terms| terms.discount.map(|rate| (terms, rate))).min_by_key(|(terms, _)| terms.precedence)
}

/// The code of a tie; answered with status 500 because the caller can do nothing about it.
pub const AMBIGUOUS: &str = "ambiguous_price";

/// The single number that names an entry's price, where there is one.
fn headline(entry: &Entry) -> Option<Number> {
    match &entry.terms {
        Terms::Flat { unit_price } => Some(Number::Price(*unit_price)),
        Terms::Block { block_price, .. } => Some(Number::Price(*block_price)),
        Terms::Volume { .. } | Terms::Graduated { .. } | Terms::Offer { .. } => None,
    }
}

fn places<'a>(index: &'a PriceIndex, context: &'a Context, item: &Item, query: &PriceQuery<'_>) -> Vec<Place<'a>> {
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

fn gather<'a>(place: &Place<'a>, item: &'a Item, query: &PriceQuery<'_>, trace: &mut Trace<'a>, candidates: &mut Vec<Candidate<'a>>) {
    match place.source {
        Source::Book(book) => {
            for (specificity, listed) in book.matching(item).filter(|(_, listed)| listed.known_at(query.known_at)) {
                consider(place, (specificity, &listed.entry, listed.version), item, query, trace, candidates);
            }
        }
        Source::Contract(terms) => {
            for entry in &terms.lines {
                if let Some(specificity) = specificity(&entry.selector, item) {
                    consider(place, (specificity, entry, terms.version), item, query, trace, candidates);
                }
            }
        }
    }
}

fn specificity(selector: &Selector, item: &Item) -> Option<u16> {
    match selector {
        Selector::Item(id) => (*id == item.id).then_some(0),
        Selector::Category(path) => item.categories().zip(1_u16..).find(|(category, _)| *category == path.as_str()).map(|(_, rank)| rank),
        Selector::ServiceLine(name) => (*name == item.service_line).then_some(u16::MAX),
    }
}

fn consider<'a>(
    place: &Place<'a>,
    (specificity, entry, version): (u16, &'a Entry, i32),
    item: &Item,
    query: &PriceQuery<'_>,
    trace: &mut Trace<'a>,
    candidates: &mut Vec<Candidate<'a>>,
) {
    if !place.site.admits(entry) || matches!(entry.terms, Terms::Offer { .. }) {
        return;
    }
    let (book, contract, rounding) = match place.source {
        Source::Book(book) => (Some(book), None, book.rounding),
        Source::Contract(terms) => (None, Some(terms.number.as_str()), Rounding::HalfUp),
    };
    let source = SourceRef {
        level: place.label,
        book: book.map(|book| book.code.as_str()),
        contract,
        version,
        entry: entry.id,
        period: entry.period,
    };
    match judge(entry, place.inactive, item, query) {
        Err(reason) => trace.reject(source, reason, headline(entry)),
        Ok((ratio, exchange)) => candidates.push(Candidate {
            key: (place.rank, specificity, entry.uom != query.uom, exchange.is_some()),
            selection: Selection { entry, source, book, rounding, ratio, exchange },
        }),
    }
}

fn judge(
    entry: &Entry,
    inactive: Option<RejectReason>,
    item: &Item,
    query: &PriceQuery<'_>,
) -> Result<(UnitRatio, Option<FxRate>), RejectReason> {
    if let Some(reason) = inactive {
        return Err(reason);
    }
    if !entry.period.contains(query.price_date) {
        return Err(RejectReason::NotEffective);
    }
    let exchange = exchange(entry.currency, query)?;
    let ratio = item.ratio(query.uom, &entry.uom).ok_or(RejectReason::WrongUom)?;
    Ok((ratio, exchange))
}

fn exchange(currency: Currency, query: &PriceQuery<'_>) -> Result<Option<FxRate>, RejectReason> {
    if currency == query.currency {
        return Ok(None);
    }
    let rate = query.exchanges.iter().find(|exchange| exchange.from == currency);
    rate.map(|exchange| Some(exchange.rate)).ok_or(RejectReason::WrongCurrency)
}

fn not_in_contract(contract: &ContractTerms, item: &Item) -> Fault {
    Fault::invalid("not_in_contract", format!("Contract {} is closed and does not price {}.", contract.number, item.code))
        .with_conflicts([contract.contract.uuid()])
}

fn no_price(places: &[Place<'_>], item: &Item, query: &PriceQuery<'_>) -> Fault {
    let mut levels: Vec<&str> = places.iter().map(|place| place.label).collect();
    levels.dedup();
    let json = serde_json::to_string(&levels).unwrap_or_default();
    Fault::invalid("no_price", format!("No price in {} for {} applies on {}.", query.currency, item.code, query.price_date))
        .with_fact("levels_searched", json)
}

/// The offers of `book` that cover the query, for use by the calculation.
pub(super) fn offers<'a>(book: &'a Book, item: &'a Item, query: &PriceQuery<'_>) -> impl Iterator<Item = &'a Listed> {
    let (date, known_at, site) = (query.price_date, query.known_at, query.site);
    book.matching(item).map(|(_, listed)| listed).filter(move |listed| {
        matches!(listed.entry.terms, Terms::Offer { .. })
            && listed.entry.period.contains(date)
            && listed.known_at(known_at)
            && listed.entry.site.is_none_or(|scope| site == Some(scope))
    })
}
