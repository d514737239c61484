//! What a ticket is called that nobody gave a subject: what its first message begins with, as long as that may be said.

use std::collections::BTreeSet;

use kernel::id::TicketId;
use platform::db::Tx;
use platform::problem::Problem;

use crate::intake::outgoing;
use crate::link;
use crate::obligation::recalculation;
use crate::rulebook::Rules;
use crate::ticket::{commands, event};
use crate::{notification, outgoing_text};

/// The first words of a text, as a subject.
pub(crate) fn beginning(body: &str) -> String {
    let line = body.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or("(no words)");
    line.chars().take(80).collect()
}

/// Takes what a redacted message begins with out of the subject that was made of it: the ticket's, those of the tickets that went on
/// from there under the same subject, and wherever it was quoted.
pub(super) async fn forget(tx: &Tx, rules: &Rules, ticket: TicketId, body: &str) -> Result<(), Problem> {
    let (named, nameless) = (beginning(body), beginning(""));
    let (mut seen, mut next) = (BTreeSet::new(), vec![ticket]);
    if named == nameless {
        return Ok(());
    }
    let rules = rules.current(tx).await?;
    while let Some(id) = next.pop() {
        for mut case in recalculation::cases(tx, &rules, &[id.uuid()]).await? {
            if case.ticket.subject != named || !seen.insert(id) {
                continue;
            }
            case.ticket.subject.clone_from(&nameless);
            commands::write(tx, &mut case).await?;
            tx.record(event::internal("ticket.updated", &case.ticket).after(&event::TicketEvent::of(&case.ticket)));
            notification::store::rename(tx, id, &named, &nameless).await?;
            outgoing_text::store::rename(tx, id, &named, &nameless).await?;
            outgoing::redaction::rename(tx, id, &named, &nameless).await?;
            next.extend(link::store::of_ticket(tx, id).await?.iter().map(|link| link.seen_from(id).1));
        }
    }
    Ok(())
}
