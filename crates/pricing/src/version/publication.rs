//! Making a version the content of its book, and taking it back.
//!
//! The book's row decides between two writers who publish at once: it is written only over the version it was read at
//! and only when the published version was made on the current one.

use kernel::Fault;
use kernel::id::PriceEntryId;
use platform::db::Tx;
use platform::problem::Problem;
use platform::scope::RowScope;
use platform::stamp::Touch;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::cycle::{self, Step};
use super::entry::key;
use super::http::{VersionView, change};
use super::model::{BookVersion, VersionState, VersionStep};
use super::store;
use crate::book;
use crate::book::model::stale_base;
use crate::engine::index::Entry;
use crate::engine::trace::hex;
use crate::engine::{PriceIndex, Terms};
use crate::live;

/// Publishes `version` and supersedes its base.
///
/// # Errors
/// 409 `stale_base`, `illegal_transition`; 422 `percent_cycle`.
pub(crate) async fn publish(tx: &Tx, scope: &RowScope, version: BookVersion, index: &PriceIndex) -> Result<BookVersion, Problem> {
    live::advance(tx).await?;
    let touch = Touch::of(tx);
    let before = book::store::find(tx, scope, version.book).await?;
    let book = before.clone().publish(version.id, version.base, touch)?;
    // Another writer between our read and this write is a publication on the same base.
    book::store::save(tx, &book).await.map_err(|problem| if problem.code() == "stale_version" { stale_base().into() } else { problem })?;
    tx.record(book::http::changed(&before, &book));
    let base = match version.base {
        Some(base) => Some(store::by_id(tx, base).await?),
        None => None,
    };
    let (added, removed) = (store::added(tx, version.id.uuid()).await?, store::removed(tx, &version).await?);
    let percentages: Vec<Entry> = added.iter().filter(|entry| matches!(entry.terms, Terms::PercentOf { .. })).cloned().collect();
    let gone = removed.iter().copied().map(PriceEntryId::from_uuid).collect();
    cycle::check(&Step { book: book.id, parent: book.parent, added: &percentages, removed: &gone, now: touch.at }, index)?;
    let hash = content_hash((&added, &removed), base.as_ref().and_then(|base| base.content_hash.as_deref()))?;
    let next = version.publish(hash, touch)?;
    store::save(tx, &next).await?;
    if let Some(base) = base {
        follow(tx, base, VersionStep::Supersede).await?;
    }
    Ok(next)
}

/// Withdraws `version`; when it was the content of the book, its base is restored.
///
/// # Errors
/// 409 `already_effective`, `not_current`, `illegal_transition`.
pub(super) async fn withdraw(tx: &Tx, scope: &RowScope, version: BookVersion) -> Result<BookVersion, Problem> {
    live::advance(tx).await?;
    let touch = Touch::of(tx);
    let was_published = version.state == VersionState::Published;
    let next = version.withdraw(touch)?;
    store::save(tx, &next).await?;
    if was_published {
        let before = book::store::find(tx, scope, next.book).await?;
        let book = before.clone().withdraw(next.id, next.base, touch)?;
        book::store::save(tx, &book).await?;
        tx.record(book::http::changed(&before, &book));
        if let Some(base) = next.base {
            follow(tx, store::by_id(tx, base).await?, VersionStep::Restore).await?;
        }
    }
    Ok(next)
}

/// The step that a base takes because of the version made on it.
async fn follow(tx: &Tx, base: BookVersion, step: VersionStep) -> Result<(), Problem> {
    let before = VersionView::from(&base);
    let next = base.step(step, Touch::of(tx))?;
    store::save(tx, &next).await?;
    tx.record(change(step.event(), &next).before(&before));
    Ok(())
}

/// The hash of the base's hash and the version's difference, in the order of entry ids.
fn content_hash((added, removed): (&[Entry], &[Uuid]), base: Option<&str>) -> Result<String, Problem> {
    let mut hasher = Sha256::new();
    hasher.update(base.unwrap_or_default().as_bytes());
    for entry in added {
        let (minimum, gates) = (entry.min_charge.map(kernel::Money::minor), (entry.gates.start, entry.gates.end, entry.gates.lapses));
        let content = (key(entry), &entry.terms, entry.period, minimum, (entry.free, entry.rebate, entry.tier_scope), gates);
        hasher.update(entry.id.uuid().as_bytes());
        hasher.update(serde_json::to_vec(&content).map_err(|_| Fault::overflow())?);
    }
    for entry in removed {
        hasher.update(entry.as_bytes());
    }
    Ok(hex(&hasher.finalize()))
}
