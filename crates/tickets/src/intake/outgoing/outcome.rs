//! What follows from how a mail fared: a reply that reaches nobody keeps no promise, and one that goes out after all does.

use platform::db::Tx;
use platform::outbox::Change;
use platform::problem::Problem;

use super::http::OutgoingView;
use super::model::{MailKind, Outgoing};
use super::store;
use crate::notice;
use crate::rulebook::Rules;
use crate::ticket::commands;

/// Saves the next version of a mail, with what it means for its ticket's promises.
///
/// # Errors
/// 412 when the mail has changed since it was read.
pub(crate) async fn settle(tx: &Tx, rules: &Rules, mut next: Outgoing, event: &'static str) -> Result<Outgoing, Problem> {
    if let Some(ticket) = next.ticket_id {
        if next.is_lost() && !next.withdrawn {
            commands::lost(tx, rules, ticket, next.message_id).await?;
            next.withdrawn = true;
        } else if next.kind == MailKind::Reply && next.withdrawn && next.has_gone_out() {
            commands::arrived(tx, rules, ticket, next.message_id).await?;
            next.withdrawn = false;
        }
    }
    store::save(tx, &next).await?;
    notice::mail::fared(tx, rules, &next).await?;
    let change = Change::new(event, "outgoing_mail", next.id, next.stamp.version).after(&OutgoingView::from(&next));
    tx.record(change.branch(next.branch_id));
    Ok(next)
}
