//! What the children of a ticket mean for its own steps.

use kernel::Fault;
use kernel::id::TicketId;
use platform::db::Tx;
use platform::problem::Problem;
use platform::scope::RowScope;

use super::store;
use crate::rulebook::DeskSettings;
use crate::ticket::model::{Move, Ticket};
use crate::vocabulary::{RequesterKind, Status};

/// Demands, where the desk wants it so, that a tracker is resolved after its children.
///
/// # Errors
/// 409 `children_open` naming them.
pub(crate) async fn demand_children_done(tx: &Tx, settings: &DeskSettings, parent: TicketId) -> Result<(), Problem> {
    if !settings.parent_waits_for_children {
        return Ok(());
    }
    let children = store::children(tx, parent).await?;
    let open: Vec<_> = open_among(tx, &children).await?.into_iter().map(|ticket| ticket.id.uuid()).collect();
    if open.is_empty() {
        return Ok(());
    }
    let detail = format!("{} of its children are still open.", open.len());
    Err(Fault::conflict("children_open", detail).with_conflicts(open).into())
}

/// The open ones of these tickets.
pub(crate) async fn open_among(tx: &Tx, tickets: &[TicketId]) -> Result<Vec<Ticket>, Problem> {
    if tickets.is_empty() {
        return Ok(Vec::new());
    }
    let found = store::tickets(tx, &RowScope::All, tickets.iter().copied()).await?;
    Ok(found.into_values().filter(Ticket::is_open).collect())
}

/// A step that waits for a supplier names the open thread with him where no supplier is named.
///
/// # Errors
/// Those of the database.
pub(crate) async fn with_vendor_thread(tx: &Tx, ticket: TicketId, step: Move) -> Result<Move, Problem> {
    if step.to != Status::WaitingVendor || step.vendor.is_some() {
        return Ok(step);
    }
    let children = store::children(tx, ticket).await?;
    let threads = open_among(tx, &children).await?;
    let thread = threads.into_iter().find(|child| child.requester.kind == RequesterKind::Vendor);
    Ok(Move { vendor: thread.map(|thread| thread.reference()), ..step })
}
