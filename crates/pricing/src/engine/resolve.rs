//! Which price applies: the first level and sub-level with a candidate wins, even when a deeper one is cheaper.
//!
//! Inside a sub-level what names the site beats what does not, the item beats its nearest category, which beats the service line; what
//! names the waste profile beats what does not; the asked unit beats a convertible one, the book itself those it inherits from. Quantity never decides. Adjustments do not stop the
//! search: of those found before the price, one a level is kept. A tie means that the data broke an invariant: it is an error, never a
//! pick.

use kernel::{Currency, Fault, FaultKind, FxRate, Rounding};

use super::context::{Context, ContractTerms};
use super::index::{Book, Entry, PriceIndex, Selector};
use super::item::{Item, UnitRatio};
use super::line::PriceQuery;
use super::place::{Place, Source, places};
use super::release::Viewer;
use super::terms::Terms;
use super::trace::{Number, RejectReason, SourceRef, Trace};

/// The entry that applies, and how it is brought to the asked unit and currency.
#[derive(Clone, Copy, Debug)]
pub struct Selection<'a> {
    pub entry: &'a Entry,
    pub source: SourceRef<'a>,
    /// Where it was looked for, and where its offers are; absent for a contract's own terms.
    pub book: Option<&'a Book>,
    pub rounding: Rounding,
    pub ratio: UnitRatio,
    pub exchange: Option<FxRate>,
}

/// The price that applies and what higher levels change of it, from the highest level down.
#[derive(Clone, Debug)]
pub struct Resolved<'a> {
    pub price: Selection<'a>,
    pub adjustments: Vec<Selection<'a>>,
}

impl<'a> Resolved<'a> {
    /// Where the price and its adjustments come from.
    pub fn sources(&self) -> impl Iterator<Item = SourceRef<'a>> {
        std::iter::once(&self.price).chain(&self.adjustments).map(|selection| selection.source)
    }
}

/// How well a candidate stands: smaller is better, by one member after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Standing {
    /// Level and sub-level.
    rank: (u8, u16),
    not_for_the_site: bool,
    /// 0 for the item itself, more for a wider selector.
    width: u16,
    not_for_the_profile: bool,
    other_unit: bool,
    other_currency: bool,
    /// How many books up the chain of inheritance.
    distance: u8,
    /// What a book adjusts comes before what it prices, so that it adjusts its own price too.
    is_price: bool,
}

struct Candidate<'a> {
    standing: Standing,
    /// It goes on after its end where what follows it must be told first.
    continues: bool,
    selection: Selection<'a>,
}

impl<'a> Candidate<'a> {
    fn is_adjustment(&self) -> bool {
        self.selection.entry.terms.is_adjustment()
    }

    const fn level(&self) -> u8 {
        self.standing.rank.0
    }

    /// Two books may inherit one entry; it does not stand in its own way.
    fn ties(&self, other: &Self) -> bool {
        self.standing == other.standing && self.selection.entry.id != other.selection.entry.id
    }

    /// What goes on after its end gives way to a later price of its key that has begun.
    fn yields_to(&self, other: &Self) -> bool {
        let (mine, theirs) = (self.selection.entry, other.selection.entry);
        let key = |entry: &'a Entry| (&entry.selector, &entry.uom, entry.currency, entry.site, entry.profile);
        self.continues && key(mine) == key(theirs) && self.standing == other.standing && mine.period.start < theirs.period.start
    }
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
) -> Result<Resolved<'a>, Fault> {
    let places = places(index, context, item, query);
    let mut candidates = Vec::with_capacity(places.len());
    let viewer = Viewer { index, context, known_at: query.known_at };
    for place in &places {
        gather(viewer, place, (item, query), trace, &mut candidates);
    }
    give_way(&mut candidates, trace);
    // A stable order for the trace, whatever order the index lists its entries in.
    candidates.sort_by_key(|candidate| (candidate.standing, candidate.selection.entry.id));
    let closed = context.contracts.iter().find(|terms| terms.closed && terms.distance == 0 && terms.applies(item, query));
    if let (Some(contract), false) = (closed, candidates.first().is_some_and(|best| best.level() == 1)) {
        return Err(not_in_contract(contract, item));
    }
    let Some(price) = candidates.iter().find(|candidate| !candidate.is_adjustment()) else { return Err(no_price(&places, item, query)) };
    choose(price, &candidates, trace)
}

/// Takes out what a later price of the same key has taken the place of.
fn give_way<'a>(candidates: &mut Vec<Candidate<'a>>, trace: &mut Trace<'a>) {
    while let Some(place) = candidates.iter().position(|one| candidates.iter().any(|other| one.yields_to(other))) {
        let gone = candidates.remove(place);
        trace.reject(gone.selection.source, RejectReason::NotEffective, headline(gone.selection.entry));
    }
}

/// Keeps the price and one adjustment a level above it, and says why not the others.
fn choose<'a>(price: &Candidate<'a>, candidates: &[Candidate<'a>], trace: &mut Trace<'a>) -> Result<Resolved<'a>, Fault> {
    let mut kept: Vec<&Candidate<'a>> = Vec::new();
    let mut tied: Vec<&Candidate<'a>> = Vec::new();
    for other in candidates {
        if std::ptr::eq(other, price) {
            continue;
        }
        let rival = if other.is_adjustment() && other.standing < price.standing {
            let Some(rival) = kept.iter().copied().find(|kept| kept.level() == other.level()) else {
                kept.push(other);
                continue;
            };
            rival
        } else {
            price
        };
        if other.ties(rival) {
            tied.extend([rival, other]);
        }
        let reason = if other.level() == rival.level() { RejectReason::LessSpecific } else { RejectReason::LowerLevel };
        trace.reject(other.selection.source, reason, headline(other.selection.entry));
    }
    if !tied.is_empty() {
        let mut ids: Vec<_> = tied.iter().map(|candidate| candidate.selection.entry.id.uuid()).collect();
        ids.dedup();
        return Err(
            Fault::new(FaultKind::Conflict, AMBIGUOUS, "Two prices apply equally; the price data breaks an invariant.").with_conflicts(ids)
        );
    }
    trace.select(price.selection.source, price.selection.entry.terms.name(), headline(price.selection.entry));
    Ok(Resolved { price: price.selection, adjustments: kept.iter().map(|candidate| candidate.selection).collect() })
}

/// The code of a tie; answered with status 500 because the caller can do nothing about it.
pub const AMBIGUOUS: &str = "ambiguous_price";

/// The single number that names an entry's price, where there is one.
fn headline(entry: &Entry) -> Option<Number> {
    match &entry.terms {
        Terms::Flat { unit_price } => Some(Number::Price(*unit_price)),
        Terms::Block { block_price, .. } => Some(Number::Price(*block_price)),
        Terms::LumpSum { amount } | Terms::AdjustAmount { amount, .. } => Some(Number::Price(*amount)),
        Terms::AdjustPercent { percent, .. } | Terms::PercentOf { percent, .. } | Terms::CostPlus { percent, .. } => {
            Some(Number::Rate(*percent))
        }
        Terms::Volume { .. } | Terms::Graduated { .. } | Terms::Offer { .. } => None,
    }
}

fn gather<'a>(
    viewer: Viewer<'a>,
    place: &Place<'a>,
    question: (&'a Item, &PriceQuery<'_>),
    trace: &mut Trace<'a>,
    candidates: &mut Vec<Candidate<'a>>,
) {
    let (item, query) = question;
    match place.source {
        Source::Book(looked_in) => {
            for (book, distance) in viewer.index.lineage(looked_in) {
                for (width, listed) in book.matching(item).filter(|(_, listed)| listed.known_at(query.known_at)) {
                    let found = Found { entry: &listed.entry, version: listed.version, width, holder: Some((book, distance)) };
                    consider(viewer, place, found, question, (trace, candidates));
                }
            }
        }
        Source::Contract(terms) => {
            for entry in &terms.lines {
                if let Some(width) = specificity(&entry.selector, item) {
                    let found = Found { entry, version: terms.version, width, holder: None };
                    consider(viewer, place, found, question, (trace, candidates));
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

/// An entry for the item, and where it was.
struct Found<'a> {
    entry: &'a Entry,
    version: i32,
    width: u16,
    /// The book that has it and how many books up that is.
    holder: Option<(&'a Book, u8)>,
}

fn consider<'a>(
    viewer: Viewer<'_>,
    place: &Place<'a>,
    found: Found<'a>,
    (item, query): (&Item, &PriceQuery<'_>),
    (trace, candidates): (&mut Trace<'a>, &mut Vec<Candidate<'a>>),
) {
    let Found { entry, version, width, holder } = found;
    let for_another = entry.profile.is_some_and(|profile| query.profile != Some(profile));
    if for_another || !place.site.admits(entry) || matches!(entry.terms, Terms::Offer { .. }) {
        return;
    }
    let (looked_in, contract, rounding) = match place.source {
        Source::Book(book) => (Some(book), None, book.rounding),
        Source::Contract(terms) => (None, Some(terms.number.as_str()), Rounding::HalfUp),
    };
    let distance = holder.map_or(0, |(_, distance)| distance);
    let source = SourceRef {
        level: place.label,
        book: holder.map(|(book, _)| book.code.as_str()),
        inherited_by: looked_in.filter(|_| distance > 0).map(|book| book.code.as_str()),
        contract,
        version,
        entry: entry.id,
        period: entry.period,
    };
    let held = viewer.holds(entry.period, entry.gates, query.price_date);
    match place.inactive.map_or(held, Err).and_then(|held| judge(entry, item, query).map(|(ratio, exchange)| (held, ratio, exchange))) {
        Err(reason) => trace.reject(source, reason, headline(entry)),
        Ok((held, ratio, exchange)) => candidates.push(Candidate {
            continues: held.continues,
            standing: Standing {
                rank: place.rank,
                not_for_the_site: entry.site.is_none(),
                width,
                not_for_the_profile: entry.profile.is_none(),
                other_unit: !entry.terms.any_unit() && entry.uom != query.uom,
                other_currency: exchange.is_some(),
                distance,
                is_price: !entry.terms.is_adjustment(),
            },
            selection: Selection { entry, source, book: looked_in, rounding, ratio, exchange },
        }),
    }
}

fn judge(entry: &Entry, item: &Item, query: &PriceQuery<'_>) -> Result<(UnitRatio, Option<FxRate>), RejectReason> {
    let exchange = exchange(entry.currency, query)?;
    if entry.terms.any_unit() {
        return Ok((UnitRatio::SAME, exchange));
    }
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
