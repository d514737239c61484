//! Working out the rows of a change set: at once when they are few, by a job in slices when they are many.
//!
//! The rows come from the index in memory, in the order of books and entries, so that a slice begins where the one before ended. What
//! somebody agrees to is a hash over everything that was shown: a preview is whole before it has one.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::{ChangeSetId, PriceEntryId, PricebookId};
use platform::db::{Db, Tx};
use platform::job::{Advance, Slice, Work};
use platform::problem::Problem;
use platform::scope::RowScope;
use platform::stamp::Touch;
use sea_orm::ConnectionTrait;
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::arithmetic::ChangeDirection;
use super::http::change;
use super::model::{ChangePreview, ChangeSet};
use super::plan::{Given, Plan};
use super::row::ChangeRow;
use super::state::ChangeSetStep;
use super::store::ChangedBook;
use super::wire::ChangeSetView;
use super::{rows_store, store};
use crate::book;
use crate::change_set::figures::Usage;
use crate::engine::PriceIndex;
use crate::engine::trace::hex;
use crate::item_usage;
use crate::live::Live;

/// The kind of the job.
pub const KIND: &str = "change_set_preview";
/// The most rows that are worked out within a request, and in one slice of a job.
pub const AT_ONCE: usize = 5_000;
const SLICE: usize = 20_000;

/// What a job is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Input {
    pub change_set_id: ChangeSetId,
    pub preview_no: i32,
    /// Everything is worked out as it was known then.
    pub as_of: DateTime<Utc>,
}

/// How far the rows have been worked out, and what they come to.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Progress {
    /// The last row; none before the first.
    after: Option<(PricebookId, PriceEntryId)>,
    preview: ChangePreview,
}

/// What decides the rows and is read before they are worked out.
pub struct Material {
    given: Given,
    usage: Usage,
}

impl Material {
    /// Reads sheet prices, recorded prices and what was bought.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn read<C: ConnectionTrait>(db: &C, set: &ChangeSet, index: &PriceIndex, now: DateTime<Utc>) -> Result<Self, Problem> {
        let given = rows_store::given(db, set).await?;
        let owners = index.assigned_accounts(set.terms.effective_on);
        let usage = item_usage::store::before(db, now.date_naive(), owners.into_values().flatten()).await?;
        Ok(Self { given, usage })
    }

    /// The plan of a change set with this material.
    ///
    /// # Errors
    /// 422 `missing_index`.
    pub fn plan<'a>(&'a self, set: &'a ChangeSet, index: &'a PriceIndex, now: DateTime<Utc>) -> Result<Plan<'a>, Fault> {
        Plan::of(&set.terms, index, now, (&self.given, &self.usage))
    }
}

/// The versions on which the rows of the chosen books are worked out, beginning the hash with them and the terms.
async fn begin(tx: &Tx, set: &ChangeSet, plan: &Plan<'_>) -> Result<Progress, Problem> {
    rows_store::clear(tx, set.id).await?;
    let chosen: Vec<PricebookId> = plan.books().iter().map(|book| book.id).collect();
    let current = book::store::currents(tx, &chosen).await?;
    if current.iter().any(|(book, _, version)| plan.index.book(*book).is_none_or(|book| book.revision != *version)) {
        return Err(super::model::stale_preview("A book changes at this moment; preview again.").into());
    }
    let books: Vec<ChangedBook> = current.into_iter().map(|(book, base, _)| ChangedBook::waiting(book, base)).collect();
    store::put_books(tx, set.id, &books).await?;
    let bases: Vec<_> = books.iter().map(|book| (book.book, book.base)).collect();
    let mut hasher = Sha256::new();
    hasher.update(serde_json::to_vec(&(&set.terms, bases))?);
    Ok(Progress { after: None, preview: ChangePreview { hash: hex(&hasher.finalize()), ..ChangePreview::default() } })
}

/// The next rows after those worked out, at most `limit`; fewer only at the end.
fn next_rows(plan: &Plan<'_>, progress: &Progress, limit: usize) -> Vec<ChangeRow> {
    let mut rows = Vec::new();
    let reached = progress.after.map(|(book, _)| book);
    for book in plan.books().into_iter().filter(|book| reached.is_none_or(|reached| book.id >= reached)) {
        let entries = plan.entries(book);
        if entries.is_empty() {
            continue;
        }
        let changing = plan.changing(book);
        let left = entries.into_iter().filter(|listed| progress.after.is_none_or(|after| (book.id, listed.entry.id) > after));
        rows.extend(left.take(limit - rows.len()).map(|listed| plan.row(book, listed, &changing)));
        if rows.len() >= limit {
            break;
        }
    }
    rows
}

impl Progress {
    /// Counts rows and hashes what they say.
    fn with(mut self, rows: &[ChangeRow]) -> Result<Self, Problem> {
        for row in rows {
            let mut hasher = Sha256::new();
            hasher.update(self.preview.hash.as_bytes());
            let said = (row.entry, &row.old, &row.requested, &row.new, row.clip, row.excluded);
            hasher.update(serde_json::to_vec(&said)?);
            self.preview.hash = hex(&hasher.finalize());
            self.preview.rows += 1;
            self.preview.excluded += i64::from(row.excluded.is_some());
            self.preview.clipped += i64::from(row.clip.is_some());
            self.preview.raised += i64::from(row.direction == ChangeDirection::Raise);
            self.preview.lowered += i64::from(row.direction == ChangeDirection::Lower);
        }
        if let Some(last) = rows.last() {
            self.after = Some((last.book, last.entry));
        }
        Ok(self)
    }
}

/// How many rows there will be.
#[must_use]
pub fn count(plan: &Plan<'_>) -> usize {
    plan.books().into_iter().map(|book| plan.entries(book).len()).sum()
}

/// Works all rows out at once.
///
/// # Errors
/// Those of the database.
pub async fn at_once(tx: &Tx, set: ChangeSet, plan: &Plan<'_>) -> Result<ChangeSet, Problem> {
    let progress = begin(tx, &set, plan).await?;
    let rows = next_rows(plan, &progress, usize::MAX);
    rows_store::insert(tx, &set, &rows).await?;
    finish(tx, set, progress.with(&rows)?).await
}

async fn finish(tx: &Tx, set: ChangeSet, progress: Progress) -> Result<ChangeSet, Problem> {
    let before = ChangeSetView::from(&set);
    let no = set.preview_no;
    let next = set.previewed(no, progress.preview, Touch::of(tx))?;
    store::save(tx, &next).await?;
    tx.record(change(ChangeSetStep::Preview.event(), &next).before(&before));
    Ok(next)
}

/// Works the rows of large change sets out, slice by slice.
pub struct PreviewWork {
    live: Arc<Live>,
    /// The material of the preview that is under way, so that it is read once and not for each slice.
    kept: Mutex<Option<(ChangeSetId, i32, Arc<Material>)>>,
}

impl PreviewWork {
    #[must_use]
    pub fn new(live: Arc<Live>) -> Self {
        Self { live, kept: Mutex::default() }
    }

    async fn material(&self, db: &Db, set: &ChangeSet, index: &PriceIndex, as_of: DateTime<Utc>) -> Result<Arc<Material>, Problem> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some((_, _, material)) = kept.filter(|(id, no, _)| (*id, *no) == (set.id, set.preview_no)) {
            return Ok(material);
        }
        let material = Arc::new(Material::read(db.read(), set, index, as_of).await?);
        *self.kept.lock().unwrap_or_else(PoisonError::into_inner) = Some((set.id, set.preview_no, Arc::clone(&material)));
        Ok(material)
    }
}

#[async_trait(?Send)]
impl Work for PreviewWork {
    fn kind(&self) -> &'static str {
        KIND
    }

    async fn advance(&self, slice: Slice<'_>) -> Result<(), Problem> {
        let input: Input = serde_json::from_value(slice.job().input.clone())?;
        let position: Option<Progress> = serde_json::from_value(slice.job().position.clone())?;
        let (done, total) = (slice.job().done, slice.job().total);
        self.live.refresh(slice.db().read()).await?;
        let index = self.live.current();
        let set = store::find(slice.db().read(), &RowScope::All, input.change_set_id).await?;
        let material = self.material(slice.db(), &set, &index, input.as_of).await?;
        slice
            .commit(async |tx| {
                let set = store::find(tx, &RowScope::All, input.change_set_id).await?;
                if set.preview_no != input.preview_no {
                    return Err(super::model::stale_preview("Another preview was begun meanwhile.").into());
                }
                let plan = material.plan(&set, &index, input.as_of)?;
                let progress = match position.clone() {
                    Some(progress) => progress,
                    None => begin(tx, &set, &plan).await?,
                };
                let rows = next_rows(&plan, &progress, SLICE);
                rows_store::insert(tx, &set, &rows).await?;
                let progress = progress.with(&rows)?;
                if rows.len() < SLICE {
                    // Only a copy of what was read: whoever runs this again reads it again.
                    self.kept.lock().unwrap_or_else(PoisonError::into_inner).take();
                    let next = finish(tx, set, progress).await?;
                    return Ok(Advance::Done(json!(next.preview)));
                }
                let done = done.saturating_add(i64::try_from(rows.len()).unwrap_or(i64::MAX));
                Ok(Advance::More { done, total, position: json!(progress) })
            })
            .await
    }
}
