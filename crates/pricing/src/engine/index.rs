//! The in-memory price index: everything resolution reads, keyed so that a look-up touches only the item's own entries.
//!
//! An index is immutable once built. What did not change is shared between generations by reference, so that publishing one book
//! rebuilds only that book, and adding an item or assigning a book reads only that.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::{AccountId, BranchId, ChangeSetId, ItemId, PriceAssignmentId, PriceEntryId, PricebookId, SiteId};
use kernel::words;
use kernel::{Currency, Fault, Money, Period, Rounding};
use uuid::Uuid;

use super::catalogue::Catalogue;
use super::charge::ChargeRule;
use super::cost::ItemCost;
use super::exchange::ExchangeRate;
use super::item::Item;
use super::published_index::IndexValue;
use super::release::{Gates, Release};
use super::shards::Shards;
use super::terms::{Terms, TierScope};

/// What an entry prices.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Selector {
    Item(ItemId),
    /// A category path and everything below it.
    Category(String),
    ServiceLine(String),
}

/// One price, or one offer, for a key and a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub id: PriceEntryId,
    pub selector: Selector,
    pub uom: String,
    pub currency: Currency,
    /// Only at this site.
    pub site: Option<SiteId>,
    /// Only for this waste profile.
    pub profile: Option<Uuid>,
    pub terms: Terms,
    pub period: Period,
    /// The least a line with a quantity comes to.
    pub min_charge: Option<Money>,
    pub free: bool,
    pub rebate: bool,
    /// In which scope quantities bought before count for tiers; the book's when absent.
    pub tier_scope: Option<TierScope>,
    /// Whose notices move its boundaries.
    pub gates: Gates,
}

impl Entry {
    /// The same price with an end, as a new entry: published entries never change.
    ///
    /// # Errors
    /// `empty_period` when nothing would be left; 409 `already_ended` when it ends earlier.
    pub fn ended(&self, end: NaiveDate) -> Result<Self, Fault> {
        if self.period.end.is_some_and(|current| current < end) {
            return Err(
                Fault::conflict("already_ended", "The entry ends earlier; add another to continue it.").with_conflicts([self.id.uuid()])
            );
        }
        let period =
            Period::new(self.period.start, Some(end)).map_err(|fault| Fault::field("/end", "empty_period", fault.detail.clone()))?;
        Ok(Self { id: PriceEntryId::generate(), period, ..self.clone() })
    }
}

/// An entry with what is known of it in its book.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub entry: Entry,
    /// The number of the version that brought it in.
    pub version: i32,
    /// When it was part of the published state, oldest first; shared by the entries of a version.
    pub known: Arc<[Known]>,
}

/// From an instant on, until before another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    pub from: DateTime<Utc>,
    pub until: Option<DateTime<Utc>>,
}

impl Listed {
    /// True when the published state of `instant` holds the entry.
    #[must_use]
    pub fn known_at(&self, instant: DateTime<Utc>) -> bool {
        self.known.iter().any(|span| span.from <= instant && span.until.is_none_or(|until| instant < until))
    }
}

/// A volume offer that applies to a selected price.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'a> {
    pub listed: &'a Listed,
    pub discount: kernel::Rate,
}

words! {
    /// What a book is for, which decides the level it is searched at.
    pub enum BookKind {
        Standard = "standard",
        Branch = "branch",
        Territory = "territory",
        Site = "site",
        Segment = "segment",
        Account = "account",
        Contract = "contract",
    }
}

/// How many books a chain of inheritance has at most.
pub const MAX_LINEAGE: u8 = 8;

/// Entries of one key for which exactly as much room is kept as they take.
const FEW: usize = 8;

/// A pricebook with every entry it ever published.
#[derive(Clone, Debug)]
pub struct Book {
    pub id: PricebookId,
    pub code: String,
    pub currency: Currency,
    pub kind: BookKind,
    pub rounding: Rounding,
    /// The book that has what this one lacks.
    pub parent: Option<PricebookId>,
    /// The scope of its entries' tiers, where they do not say it.
    pub tier_scope: Option<TierScope>,
    /// The row version, to tell whether a rebuilt index may share this book.
    pub revision: i64,
    items: HashMap<ItemId, Vec<Listed>>,
    categories: HashMap<String, Vec<Listed>>,
    service_lines: HashMap<String, Vec<Listed>>,
}

impl Book {
    /// An empty book; fill it with [`Book::list`].
    #[must_use]
    pub fn new(id: PricebookId, code: impl Into<String>, currency: Currency, kind: BookKind) -> Self {
        Self {
            id,
            code: code.into(),
            currency,
            kind,
            rounding: Rounding::HalfUp,
            parent: None,
            tier_scope: None,
            revision: 1,
            items: HashMap::new(),
            categories: HashMap::new(),
            service_lines: HashMap::new(),
        }
    }

    /// The same book without its entries.
    #[must_use]
    pub fn emptied(&self) -> Self {
        let Self { id, currency, kind, rounding, parent, tier_scope, revision, .. } = *self;
        Self { rounding, parent, tier_scope, revision, ..Self::new(id, self.code.clone(), currency, kind) }
    }

    /// Adds an entry.
    pub fn list(&mut self, listed: Listed) {
        let present = match &listed.entry.selector {
            Selector::Item(item) => self.items.entry(*item).or_default(),
            Selector::Category(path) => self.categories.entry(path.clone()).or_default(),
            Selector::ServiceLine(name) => self.service_lines.entry(name.clone()).or_default(),
        };
        // Most have one entry or few; room for four of each would double a large book.
        if present.len() < FEW {
            present.reserve_exact(1);
        }
        present.push(listed);
    }

    /// The entries that could price `item`, with how specific each is: 0 for the item itself, then its categories from
    /// the nearest, then the service line.
    pub fn matching<'a>(&'a self, item: &'a Item) -> impl Iterator<Item = (u16, &'a Listed)> {
        let own = self.items.get(&item.id).into_iter().flatten().map(|listed| (0, listed));
        let categories = item
            .categories()
            .zip(1_u16..)
            .filter(|_| !self.categories.is_empty())
            .flat_map(|(path, rank)| self.categories.get(path).into_iter().flatten().map(move |listed| (rank, listed)));
        let lines = self.service_lines.get(&item.service_line).into_iter().flatten().map(|listed| (u16::MAX, listed));
        own.chain(categories).chain(lines)
    }

    /// Every entry of the book, over all versions, in no order.
    pub fn entries(&self) -> impl Iterator<Item = &Listed> {
        let wide = [&self.categories, &self.service_lines].into_iter().flat_map(HashMap::values);
        wide.chain(self.items.values()).flatten()
    }

    /// How many entries the book holds, over all versions.
    #[must_use]
    pub fn len(&self) -> usize {
        [&self.categories, &self.service_lines].into_iter().flat_map(HashMap::values).chain(self.items.values()).map(Vec::len).sum()
    }

    /// True when nothing was ever published.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Whom a book is assigned to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    Account(AccountId),
    Site(SiteId),
    Branch(BranchId),
    Territory(Uuid),
    Segment(String),
}

/// A book that applies to a subject for a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assigned {
    pub id: PriceAssignmentId,
    pub book: PricebookId,
    pub period: Period,
}

/// Every charge rule ever recorded, by code, and the values of the indexes they read.
#[derive(Clone, Debug, Default)]
pub struct ChargeBook {
    pub rules: BTreeMap<String, Vec<ChargeRule>>,
    pub values: Vec<IndexValue>,
}

/// Everything resolution reads. Cheap to share, replaced whole.
#[derive(Clone, Debug, Default)]
pub struct PriceIndex {
    pub generation: i64,
    /// Every exchange rate ever recorded.
    pub rates: Vec<ExchangeRate>,
    /// What is charged on whole documents.
    pub charges: ChargeBook,
    costs: Shards<ItemId, Vec<ItemCost>>,
    pub(super) releases: Shards<(ChangeSetId, AccountId), Vec<Release>>,
    catalogue: Catalogue,
    books: HashMap<PricebookId, Arc<Book>>,
    standard: Vec<PricebookId>,
    assignments: Shards<Subject, Vec<Assigned>>,
}

impl PriceIndex {
    /// Builds an index from its parts.
    #[must_use]
    pub fn new(generation: i64, items: Vec<Item>, books: Vec<Arc<Book>>, assignments: Vec<(Subject, Assigned)>) -> Self {
        Self::default().next(generation, items, books, assignments)
    }

    /// The index of a later generation: the items and assignments that changed since, and all books.
    #[must_use]
    pub fn next(&self, generation: i64, changed: Vec<Item>, books: Vec<Arc<Book>>, assigned: Vec<(Subject, Assigned)>) -> Self {
        let (catalogue, costs, assignments) = (self.catalogue.clone(), self.costs.clone(), self.assignments.clone());
        let mut index = Self { generation, catalogue, costs, assignments, releases: self.releases.clone(), ..Self::default() };
        changed.into_iter().for_each(|item| index.catalogue.put(item));
        let is_list = |book: &&Arc<Book>| book.kind == BookKind::Standard;
        let inherited: HashSet<PricebookId> = books.iter().filter(is_list).filter_map(|book| book.parent).collect();
        index.standard.extend(books.iter().filter(is_list).map(|book| book.id).filter(|id| !inherited.contains(id)));
        index.books.extend(books.into_iter().map(|book| (book.id, book)));
        index.standard.sort_unstable();
        for (subject, assigned) in assigned {
            index.assignments.change(subject, |present| match present.iter_mut().find(|other| other.id == assigned.id) {
                Some(before) => *before = assigned,
                None => present.push(assigned),
            });
        }
        index
    }

    /// Puts another in the place of a book of the same id.
    pub fn replace_book(&mut self, book: Arc<Book>) {
        self.books.insert(book.id, book);
    }

    /// Adds costs that were recorded since.
    pub fn learn(&mut self, costs: Vec<ItemCost>) {
        costs.into_iter().for_each(|cost| {
            self.costs.change(cost.item, |known| match known.iter_mut().find(|other| other.id == cost.id) {
                Some(before) => *before = cost,
                None => known.push(cost),
            });
        });
    }

    /// Every cost of an item ever recorded.
    pub fn costs_of(&self, item: ItemId) -> impl Iterator<Item = &ItemCost> {
        self.costs.get(&item).into_iter().flatten()
    }

    #[must_use]
    pub fn item(&self, id: ItemId) -> Option<&Arc<Item>> {
        self.catalogue.by_id(id)
    }

    /// Every item, in no order.
    pub fn items(&self) -> impl Iterator<Item = &Arc<Item>> {
        self.catalogue.all()
    }

    #[must_use]
    pub fn item_by_code(&self, code: &str) -> Option<&Arc<Item>> {
        self.catalogue.by_code(code)
    }

    #[must_use]
    pub fn book(&self, id: PricebookId) -> Option<&Arc<Book>> {
        self.books.get(&id)
    }

    /// Every book, in no order.
    pub fn books(&self) -> impl Iterator<Item = &Arc<Book>> {
        self.books.values()
    }

    /// The accounts that have a book of their own on `date` or later, by book.
    #[must_use]
    pub fn assigned_accounts(&self, date: NaiveDate) -> HashMap<PricebookId, Vec<AccountId>> {
        let mut accounts: HashMap<PricebookId, Vec<AccountId>> = HashMap::new();
        for (subject, assigned) in self.assignments.iter() {
            let Subject::Account(account) = subject else { continue };
            for one in assigned.iter().filter(|one| one.period.end.is_none_or(|end| date < end)) {
                accounts.entry(one.book).or_default().push(*account);
            }
        }
        accounts
    }

    /// The book and those it inherits from, nearest first, each with its distance.
    pub fn lineage<'a>(&'a self, book: &'a Book) -> impl Iterator<Item = (&'a Book, u8)> {
        let parent = |book: &&'a Book| book.parent.and_then(|id| self.books.get(&id)).map(AsRef::as_ref);
        std::iter::successors(Some(book), parent).zip(0..MAX_LINEAGE)
    }

    /// The standard lists, but those from which another inherits: they are searched through it.
    pub fn standard(&self) -> impl Iterator<Item = &Book> {
        self.standard.iter().filter_map(|id| self.books.get(id)).map(AsRef::as_ref)
    }

    /// The books assigned to `subject`, with their periods.
    pub fn assigned<'a>(&'a self, subject: &Subject) -> impl Iterator<Item = (&'a Book, Period)> + use<'a> {
        self.assignments
            .get(subject)
            .into_iter()
            .flatten()
            .filter_map(|assigned| self.books.get(&assigned.book).map(|book| (book.as_ref(), assigned.period)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::samples;

    #[test]
    fn a_later_index_takes_changed_items_over_and_shares_the_rest() {
        let (lift, drop) = (samples::item("LIFT", "each"), samples::item("DROP", "each"));
        let first = PriceIndex::new(1, vec![lift.clone(), drop.clone()], Vec::new(), Vec::new());
        let same = first.next(2, Vec::new(), Vec::new(), Vec::new());
        assert_eq!(first.catalogue.shared_with(&same.catalogue), 256);
        // The two change codes with each other, and one is told before the other whichever way round.
        let swapped = [Item { code: "DROP".into(), ..lift.clone() }, Item { code: "LIFT".into(), ..drop.clone() }];
        for order in [[0, 1], [1, 0]] {
            let next = same.next(3, order.map(|place: usize| swapped[place].clone()).into(), Vec::new(), Vec::new());
            assert_eq!(next.item_by_code("DROP").map(|item| item.id), Some(lift.id));
            assert_eq!(next.item_by_code("LIFT").map(|item| item.id), Some(drop.id));
        }
        let renamed = same.next(3, vec![Item { code: "HOIST".into(), ..lift.clone() }], Vec::new(), Vec::new());
        assert!(renamed.item_by_code("LIFT").is_none());
        assert_eq!(first.item_by_code("LIFT").map(|item| item.id), Some(lift.id));
    }
}
