//! Which prices a change set chooses and what it makes of each. Pure: everything is read from the index and from what is passed in.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use kernel::id::{AccountId, PriceEntryId, PricebookId};
use kernel::{Fault, UnitPrice};

use super::arithmetic::{CapMode, ChangeDirection, Changed, Manner, PriceStep, change, prices};
use super::figures::{Usage, figures};
use super::row::{ChangeRow, RowExclusion};
use super::terms::{ChangeTerms, Excluded, Operation};
use crate::engine::index::{Listed, Selector};
use crate::engine::published_index::read;
use crate::engine::{Book, BookKind, Item, PriceIndex, Terms};
use crate::version::entry::key;

/// Prices that come from outside: a sheet's by the entry as it is, or those given back by the entry that was made.
pub type Given = HashMap<PriceEntryId, Terms>;

/// Everything that decides the rows.
pub struct Plan<'a> {
    pub terms: &'a ChangeTerms,
    pub index: &'a PriceIndex,
    pub now: DateTime<Utc>,
    given: &'a Given,
    usage: &'a Usage,
    step: Option<PriceStep>,
    /// The accounts that have each book of their own.
    accounts: HashMap<PricebookId, Vec<AccountId>>,
}

/// What stands in the way of a row.
type Refused = Result<Changed, RowExclusion>;

impl<'a> Plan<'a> {
    /// Takes what decides the rows together.
    ///
    /// # Errors
    /// 422 `missing_index` when the index that prices follow has no value for one of its days.
    pub fn of(
        terms: &'a ChangeTerms,
        index: &'a PriceIndex,
        now: DateTime<Utc>,
        (given, usage): (&'a Given, &'a Usage),
    ) -> Result<Self, Fault> {
        let step = step(&terms.operation, index, now)?;
        Ok(Self { terms, index, now, given, usage, step, accounts: index.assigned_accounts(terms.effective_on) })
    }

    /// The books that are chosen, in the order of their ids.
    #[must_use]
    pub fn books(&self) -> Vec<&'a Book> {
        let mut books: Vec<&Book> = self.index.books().map(AsRef::as_ref).filter(|book| self.chooses_book(book)).collect();
        books.sort_unstable_by_key(|book| book.id);
        books
    }

    fn chooses_book(&self, book: &Book) -> bool {
        let filter = &self.terms.filter;
        let reversed = matches!(self.terms.operation, Operation::ReverseOf { .. });
        match (filter.book_ids.is_empty(), filter.book_kinds.is_empty()) {
            (true, true) => reversed || book.kind != BookKind::Contract,
            (no_books, no_kinds) => {
                (no_books || filter.book_ids.contains(&book.id)) && (no_kinds || filter.book_kinds.contains(&book.kind))
            }
        }
    }

    /// The entries of a book that are chosen, in the order of their ids.
    #[must_use]
    pub fn entries(&self, book: &'a Book) -> Vec<&'a Listed> {
        let mut chosen: Vec<&Listed> = book.entries().filter(|listed| self.chooses(listed)).collect();
        chosen.sort_unstable_by_key(|listed| listed.entry.id);
        chosen
    }

    fn chooses(&self, listed: &Listed) -> bool {
        if self.terms.operation.reverses().is_some() {
            return self.given.contains_key(&listed.entry.id) && self.fits(listed);
        }
        listed.known_at(self.now) && listed.entry.period.contains(self.terms.effective_on) && self.fits(listed)
    }

    /// True when an entry is what the filter asks for beside its book.
    fn fits(&self, listed: &Listed) -> bool {
        let (filter, entry) = (&self.terms.filter, &listed.entry);
        let item = match &entry.selector {
            Selector::Item(id) => self.index.item(*id),
            Selector::Category(_) | Selector::ServiceLine(_) => None,
        };
        let under = |path: &str, root: &str| path == root || path.strip_prefix(root).is_some_and(|rest| rest.starts_with('/'));
        let path = match &entry.selector {
            Selector::Category(path) => Some(path.as_str()),
            _ => item.map(|item| item.category.as_str()),
        };
        let line = match &entry.selector {
            Selector::ServiceLine(name) => Some(name.as_str()),
            _ => item.map(|item| item.service_line.as_str()),
        };
        (filter.item_ids.is_empty() || item.is_some_and(|item| filter.item_ids.contains(&item.id)))
            && filter.category.as_deref().is_none_or(|root| path.is_some_and(|path| under(path, root)))
            && filter.service_line.as_deref().is_none_or(|name| line == Some(name))
            && filter.charge_group.is_none_or(|group| item.is_some_and(|item| item.charge_group == group))
            && filter.uom.as_deref().is_none_or(|uom| entry.uom == uom)
            && filter.site_id.is_none_or(|site| entry.site == Some(site))
    }

    /// The keys of a book whose price changes on the effective day or later.
    #[must_use]
    pub fn changing(&self, book: &Book) -> HashSet<String> {
        let coming = |listed: &&Listed| listed.entry.period.start >= self.terms.effective_on && listed.known_at(self.now);
        book.entries().filter(coming).map(|listed| key(&listed.entry)).collect()
    }

    /// What becomes of one entry; `changing` is what [`Plan::changing`] says of its book.
    #[must_use]
    pub fn row(&self, book: &Book, listed: &Listed, changing: &HashSet<String>) -> ChangeRow {
        let row = ChangeRow::of(book.id, &listed.entry);
        let changed = match self.changed(book, listed, changing) {
            Ok(changed) => changed,
            Err(reason) => return row.without(reason),
        };
        let row = ChangeRow { requested: Some(changed.requested), clip: changed.clip, ..row };
        let held_back = changed.beyond && self.terms.cap.is_some_and(|cap| cap.mode == CapMode::Exclude);
        let reason = match changed.direction {
            _ if held_back => Some(RowExclusion::Cap),
            ChangeDirection::Same => Some(RowExclusion::Unchanged),
            _ => changed.new.check(listed.entry.free, listed.entry.rebate).err().map(|_| RowExclusion::OutOfRange),
        };
        if let Some(reason) = reason {
            return row.without(reason);
        }
        let figures = figures(self, book, &listed.entry, &changed.new);
        let made = Some(PriceEntryId::generate());
        ChangeRow { new: Some(changed.new), direction: changed.direction, figures, made, ..row }
    }

    fn changed(&self, book: &Book, listed: &Listed, changing: &HashSet<String>) -> Refused {
        let entry = &listed.entry;
        if prices(&entry.terms, true).is_empty() {
            return Err(RowExclusion::NoPrice);
        }
        let by_item = match &entry.selector {
            Selector::Item(id) => self.terms.excluded(Excluded::Item { id: *id }),
            Selector::Category(_) | Selector::ServiceLine(_) => None,
        };
        let named = self.terms.excluded(Excluded::Entry { id: entry.id }).or(by_item).or_else(|| self.excluded_owner(book));
        if let Some(reason) = named {
            return Err(reason.into());
        }
        if self.terms.operation.reverses().is_some() {
            return self.given_back(listed, changing);
        }
        if changing.contains(&key(entry)) {
            return Err(RowExclusion::FutureChangeExists);
        }
        let (cap, ending) = (self.terms.cap.as_ref(), self.terms.price_ending.as_ref());
        let manner = Manner { ending, cap, flat_fees: self.terms.flat_fees };
        let changed = match (self.step, self.given.get(&entry.id)) {
            (Some(PriceStep::Set(_)), _) if prices(&entry.terms, false).len() > 1 => return Err(RowExclusion::SeveralPrices),
            (Some(step), _) => change(&entry.terms, manner, |_, old| step.of(old)),
            (None, Some(given)) => replaced(&entry.terms, given, Manner { flat_fees: true, ..manner }),
            (None, None) => return Err(RowExclusion::NotGiven),
        };
        changed.map_err(|_| RowExclusion::OutOfRange)
    }

    /// Accounts' books are left out when every account that has them is.
    fn excluded_owner(&self, book: &Book) -> Option<super::terms::ExclusionReason> {
        let accounts = self.accounts.get(&book.id).filter(|_| matches!(book.kind, BookKind::Account | BookKind::Contract))?;
        let reasons: Option<Vec<_>> = accounts.iter().map(|account| self.terms.excluded(Excluded::Account { id: *account })).collect();
        reasons?.first().copied()
    }

    /// What was recorded before another change set is given back, if nothing has changed since.
    fn given_back(&self, listed: &Listed, changing: &HashSet<String>) -> Refused {
        let (entry, day) = (&listed.entry, self.terms.effective_on);
        let over = entry.period.end.is_some_and(|end| end <= day);
        let followed = day > entry.period.start && changing.contains(&key(entry));
        let Some(recorded) = self.given.get(&entry.id).filter(|_| listed.known_at(self.now) && !over && !followed) else {
            return Err(RowExclusion::ChangedSince);
        };
        replaced(&entry.terms, recorded, Manner { flat_fees: true, ..Manner::default() }).map_err(|_| RowExclusion::OutOfRange)
    }

    /// The accounts that have a book of their own.
    #[must_use]
    pub fn accounts_of(&self, book: PricebookId) -> &[AccountId] {
        self.accounts.get(&book).map(Vec::as_slice).unwrap_or_default()
    }

    #[must_use]
    pub const fn usage(&self) -> &Usage {
        self.usage
    }

    /// The item that an entry prices by itself.
    #[must_use]
    pub fn item_of(&self, selector: &Selector) -> Option<&'a Item> {
        match selector {
            Selector::Item(id) => self.index.item(*id).map(AsRef::as_ref),
            Selector::Category(_) | Selector::ServiceLine(_) => None,
        }
    }
}

/// The old terms with the prices of others of the same shape.
fn replaced(old: &Terms, with: &Terms, manner: Manner<'_>) -> Result<Changed, Fault> {
    let new = prices(with, manner.flat_fees);
    if old.name() != with.name() || new.len() != prices(old, manner.flat_fees).len() {
        return Err(Fault::invalid("other_terms", "Prices change, the way of pricing does not."));
    }
    change(old, manner, |place, _| new.get(place).copied().ok_or_else(Fault::overflow))
}

/// What is done to each price; none where prices come from outside.
fn step(operation: &Operation, index: &PriceIndex, now: DateTime<Utc>) -> Result<Option<PriceStep>, Fault> {
    let value = |name: &str, day| -> Result<UnitPrice, Fault> {
        let found = read(&index.charges.values, name, (day, u16::MAX), now).map(|reading| reading.value);
        let missing = || Fault::invalid("missing_index", format!("No value of {name} is known on {day}."));
        found.filter(|value| value.scaled() > 0).ok_or_else(missing)
    };
    Ok(match operation {
        Operation::Pct { percent } => Some(PriceStep::Percent(*percent)),
        Operation::Amount { amount } => Some(PriceStep::Amount(*amount)),
        Operation::Set { price } => Some(PriceStep::Set(*price)),
        Operation::Index { index: name, from, to, share } => {
            Some(PriceStep::Index { from: value(name, *from)?, to: value(name, *to)?, share: *share })
        }
        Operation::Csv | Operation::ReverseOf { .. } => None,
    })
}
