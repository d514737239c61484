//! Publishing the books of a change set, one after the other, each by one version that is whole or not there at all.
//!
//! The states of the set and its books are the queue: a process that dies between two books leaves those that wait to the next step. The
//! accounts that are owed a notice are noted before the first book, so that no raise reaches one of them untold. A book that refuses is
//! blocked with its reason, and the others go on.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use futures_util::future::LocalBoxFuture;
use kernel::id::{ChangeSetId, PriceEntryId, PricebookId};
use kernel::{Fault, Period};
use platform::db::{Db, Tx};
use platform::problem::Problem;
use platform::scope::RowScope;
use platform::stamp::Touch;
use platform::worker::{Outcome, Worker};
use sea_orm::QueryFilter;
use sea_orm::entity::prelude::*;

use super::gates;
use super::http::change;
use super::model::ChangeSet;
use super::notice;
use super::row::ChangeRow;
use super::state::{ChangeSetState, ChangeSetStep};
use super::store::{ChangedBook, ChangedBookState};
use super::terms::Operation;
use super::wire::ChangeSetView;
use super::{rows_store, store};
use crate::book;
use crate::book::model::stale_base;
use crate::engine::release::Gates;
use crate::engine::{Entry, PriceIndex};
use crate::live::{self, Live};
use crate::version;
use crate::version::entity::entry;
use crate::version::http::VersionView;
use crate::version::model::{BookVersion, DraftVersion, VersionReason, VersionStep};
use crate::version::publication;

/// Keys of one look-up.
const LOOKUP_KEYS: usize = 1_000;

/// Publishes change sets.
pub struct Publisher {
    pub db: Db,
    pub live: Arc<Live>,
}

#[async_trait(?Send)]
impl Worker for Publisher {
    fn name(&self) -> &'static str {
        "change-sets.publish"
    }

    async fn step(&self) -> Result<Outcome, Problem> {
        let Some(set) = store::publishing(self.db.read()).await? else { return Ok(Outcome::Idle) };
        self.live.refresh(self.db.read()).await?;
        if !set.noticed {
            notice::owed::note(&self.db, &set, &self.live.current()).await?;
            return Ok(Outcome::Worked(1));
        }
        let waiting = store::books(self.db.read(), set.id).await?.into_iter().find(|one| one.state == ChangedBookState::Waiting);
        match waiting {
            Some(book) => self.publish(set.id, book.book).await?,
            None => self.db.write("change_set.end", async |tx| end(tx, set.id).await).await?,
        }
        Ok(Outcome::Worked(1))
    }

    fn woken(&self) -> LocalBoxFuture<'_, ()> {
        Box::pin(self.db.committed().notified())
    }
}

impl Publisher {
    /// Publishes one book, or notes what refuses it.
    async fn publish(&self, id: ChangeSetId, book: PricebookId) -> Result<(), Problem> {
        let index = self.live.current();
        let outcome = self.db.write("change_set.publish_book", async |tx| publish_book(tx, id, book, &index).await).await;
        match outcome {
            Ok(()) => self.live.refresh(self.db.read()).await.map(|_| ()),
            Err(problem) if problem.status().is_client_error() && !problem.is_transient() => {
                self.db.write("change_set.block_book", async |tx| block(tx, id, book, &problem).await).await
            }
            Err(problem) => Err(problem),
        }
    }
}

/// A book that still waits; none when another step was faster. Writers of price data queue before this, so that no two see the same.
async fn waiting(tx: &Tx, id: ChangeSetId, book: PricebookId) -> Result<Option<(ChangeSet, ChangedBook)>, Problem> {
    live::advance(tx).await?;
    let set = store::find(tx, &RowScope::All, id).await?;
    let one = store::books(tx, id).await?.into_iter().find(|one| one.book == book && one.state == ChangedBookState::Waiting);
    Ok(one.filter(|_| set.state == ChangeSetState::Publishing).map(|one| (set, one)))
}

async fn publish_book(tx: &Tx, id: ChangeSetId, book: PricebookId, index: &PriceIndex) -> Result<(), Problem> {
    let Some((set, one)) = waiting(tx, id, book).await? else { return Ok(()) };
    let rows = rows_store::to_publish(tx, id, book).await?;
    let version = match rows.is_empty() {
        true => None,
        false => Some(publish_rows(tx, (&set, &one), &rows, index).await?),
    };
    let done = ChangedBook { state: ChangedBookState::Published, version: version.map(|version| (version.id, version.no)), ..one };
    store::save_book(tx, id, &done).await?;
    tx.record(change("change_set.book_published", &set));
    Ok(())
}

async fn publish_rows(
    tx: &Tx,
    (set, one): (&ChangeSet, &ChangedBook),
    rows: &[ChangeRow],
    index: &PriceIndex,
) -> Result<BookVersion, Problem> {
    let (scope, touch) = (RowScope::All, Touch::of(tx));
    let before = book::store::find(tx, &scope, one.book).await?;
    // A second attempt was asked for by somebody who knows that the book changed; then only its rows must be as they were.
    if set.attempts == 1 && before.current != one.base {
        return Err(stale_base().into());
    }
    let (book, no) = before.clone().number_version(touch)?;
    book::store::save(tx, &book).await?;
    tx.record(book::http::changed(&before, &book));
    let reason = if matches!(set.terms.operation, Operation::Index { .. }) { VersionReason::Index } else { VersionReason::Other };
    let command = DraftVersion { effective_from: set.terms.effective_on, reason: Some(reason), note: Some(set.name.clone()) };
    let version = BookVersion::approved(book.id, book.current, no, &command, touch);
    version::store::insert(tx, &version).await?;
    tx.record(version::http::change("pricebook_version.drafted", &version));
    let present = present(tx, &version, rows).await?;
    let kept = gates::kept(tx, rows, &present).await?;
    let gate = |row: &ChangeRow| if row.raises() { Some(set.id) } else { kept.get(&row.entry).copied() };
    let fresh: Vec<Entry> = rows.iter().zip(&present).flat_map(|(row, entry)| replacements(set, row, entry, gate(row))).collect();
    version::store::insert_entries(tx, &version, &fresh).await?;
    let gone: Vec<PriceEntryId> = present.iter().map(|entry| entry.id).collect();
    version::store::remove_entries(tx, &version, &gone).await?;
    let view = VersionView::from(&version);
    let published = publication::publish(tx, &scope, version, index).await?;
    tx.record(version::http::change(VersionStep::Publish.event(), &published).before(&view));
    Ok(published)
}

/// The entries of the rows, in the rows' order, as the book has them now.
async fn present(tx: &Tx, version: &BookVersion, rows: &[ChangeRow]) -> Result<Vec<Entry>, Problem> {
    let chain = version::store::chain(tx, version).await?;
    let mut found: HashMap<PriceEntryId, Entry> = HashMap::with_capacity(rows.len());
    for rows in rows.chunks(LOOKUP_KEYS) {
        let query = version::store::entries_of(&chain).filter(entry::Column::Id.is_in(rows.iter().map(|row| row.entry.uuid())));
        for row in query.all(tx).await? {
            let entry = version::store::entry_from_row(row)?;
            found.insert(entry.id, entry);
        }
    }
    let gone: Vec<Uuid> = rows.iter().map(|row| row.entry).filter(|id| !found.contains_key(id)).map(Into::into).collect();
    if gone.is_empty() {
        return Ok(rows.iter().filter_map(|row| found.remove(&row.entry)).collect());
    }
    Err(Fault::conflict("entry_changed", format!("{} entries of the preview are no longer in the book.", gone.len()))
        .with_conflicts(gone.into_iter().take(100))
        .into())
}

/// What takes the place of an entry: the old price up to the day of the change, and the new one from it.
fn replacements(set: &ChangeSet, row: &ChangeRow, entry: &Entry, gate: Option<ChangeSetId>) -> Vec<Entry> {
    let (Some(terms), Some(made)) = (row.new.clone(), row.made) else { return Vec::new() };
    let (day, old) = (set.terms.effective_on, entry.gates);
    let new =
        |start, gates| Entry { id: made, terms: terms.clone(), period: Period { start, end: entry.period.end }, gates, ..entry.clone() };
    if day <= entry.period.start {
        // What has not begun is given back before it does: nobody was ever charged otherwise.
        return vec![new(entry.period.start, Gates { start: None, ..old })];
    }
    let gates = match gate {
        Some(gate) => Gates { start: old.start, end: Some(gate), lapses: entry.period.end },
        None => Gates { start: old.start, ..Gates::default() },
    };
    let ended =
        Entry { id: PriceEntryId::generate(), period: Period { start: entry.period.start, end: Some(day) }, gates, ..entry.clone() };
    vec![ended, new(day, Gates { start: gate, ..old })]
}

async fn block(tx: &Tx, id: ChangeSetId, book: PricebookId, problem: &Problem) -> Result<(), Problem> {
    let Some((set, one)) = waiting(tx, id, book).await? else { return Ok(()) };
    let detail = Some(problem.to_string().chars().take(1_000).collect());
    let blocked = ChangedBook { state: ChangedBookState::Blocked, reason: Some(problem.code().to_owned()), detail, ..one };
    store::save_book(tx, id, &blocked).await?;
    tx.record(change("change_set.book_blocked", &set).reason(blocked.reason));
    Ok(())
}

/// Ends publishing once no book waits.
async fn end(tx: &Tx, id: ChangeSetId) -> Result<(), Problem> {
    let set = store::find(tx, &RowScope::All, id).await?;
    let books = store::books(tx, id).await?;
    if set.state != ChangeSetState::Publishing || books.iter().any(|one| one.state == ChangedBookState::Waiting) {
        return Ok(());
    }
    let before = ChangeSetView::from(&set);
    let blocked = books.iter().any(|one| one.state == ChangedBookState::Blocked);
    let next = set.end_publishing(blocked, Touch::of(tx))?;
    store::save(tx, &next).await?;
    // While it is open whether a book follows, nobody is told: its raises would reach whoever was told of the others.
    if !blocked && !notice::store::waiting(tx, id, None, 1).await?.is_empty() {
        store::follow(tx, id, Some(tx.now())).await?;
    }
    let step = if blocked { ChangeSetStep::Block } else { ChangeSetStep::Complete };
    tx.record(change(step.event(), &next).before(&before));
    Ok(())
}
