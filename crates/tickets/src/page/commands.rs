//! What becomes of pages inside a command that holds their emergency.

use kernel::id::PageId;
use platform::db::Tx;
use platform::outbox::Change;
use platform::problem::Problem;
use platform::scope::RowScope;
use platform::stamp::Touch;

use super::model::Page;
use super::store;
use super::wire::PageView;
use crate::emergency::commands::Alert;
use crate::emergency::model::Emergency;
use crate::rulebook::Rules;
use crate::step::Held;
use crate::ticket::model::Ticket;

/// A change of a page, for the desk alone.
pub(super) fn changed(event: &'static str, page: &Page, ticket: &Ticket) -> Change {
    let change = Change::new(event, "page", page.id, page.stamp.version).after(&PageView::from(page));
    change.account(ticket.account_id).site(ticket.site_id).branch(ticket.branch_id)
}

/// Somebody has taken charge, or called the emergency off: every page that is out is answered.
///
/// # Errors
/// 412 when a page has changed since it was read.
pub(crate) async fn answered(tx: &Tx, emergency: &Emergency, ticket: &Ticket) -> Result<(), Problem> {
    let by = emergency.acknowledged.and_then(|one| one.by);
    for page in store::unanswered(tx, emergency.id).await? {
        let page = page.answered(by, Touch::of(tx))?;
        store::save(tx, &page).await?;
        tx.record(changed("page.acknowledged", &page, ticket));
    }
    Ok(())
}

/// Takes charge by way of a page; when somebody has before, nothing changes.
///
/// # Errors
/// Those of the database.
pub(super) async fn acknowledge(tx: &Tx, rules: &Rules, page: &Page) -> Result<(), Problem> {
    // Whoever is paged may take charge, whatever branches are theirs.
    let mut alert = Alert::resume(tx, rules, &RowScope::All, page.emergency_id).await?;
    if !alert.emergency.state.is_unacknowledged() {
        return Ok(());
    }
    alert.acknowledge(tx, Some(page.id)).await?;
    alert.write(tx, "emergency.acknowledged").await
}

/// A page did not go out: the next level is paged at once, unless another page is out still.
///
/// # Errors
/// 404 when there is none; 409 `illegal_transition`.
pub(crate) async fn fail(tx: &Tx, (page, reason): (PageId, String), rules: &Rules, scope: &RowScope) -> Result<Page, Problem> {
    let seen = store::find(tx, scope, tx.actor().id, page).await?;
    let mut alert = Alert::resume(tx, rules, &RowScope::All, seen.emergency_id).await?;
    let failed = store::find(tx, scope, tx.actor().id, page).await?.failed(reason, Touch::of(tx))?;
    store::save(tx, &failed).await?;
    tx.record(changed("page.failed", &failed, &alert.case.ticket));
    let others = store::unanswered(tx, seen.emergency_id).await?;
    if let Some(hurried) = alert.emergency.clone().hurry(Touch::of(tx)).filter(|_| others.is_empty()) {
        alert.emergency = hurried;
        alert.hurried(tx).await?;
    }
    Ok(failed)
}
