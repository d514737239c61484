//! Who hears of a transfer: those to whom it is offered, the giver of what became of it, and a lead when nobody took it.

use kernel::id::GroupId;
use platform::db::Tx;
use platform::problem::Problem;

use super::model::{Transfer, TransferState};
use crate::group;
use crate::notification::model::{DeskRole, NotificationClass};
use crate::notification::{self, Notification, Recipient};
use crate::ticket::case::Case;

/// Tells those to whom a ticket is offered.
pub(super) async fn offered(tx: &Tx, case: &Case, transfer: &Transfer) -> Result<(), Problem> {
    let text = format!("{} is offered to you: {}", case.ticket.reference(), transfer.reason);
    let named = transfer.offers.iter().map(|offer| Recipient::User(offer.agent_id));
    let recipients: Vec<Recipient> = named.chain(transfer.to_group.map(Recipient::Group)).collect();
    leave(tx, case, transfer, (&recipients, NotificationClass::Assignment, &text)).await
}

/// Tells what became of an offer.
pub(super) async fn decided(tx: &Tx, case: &Case, transfer: &Transfer) -> Result<(), Problem> {
    let (ticket, giver) = (case.ticket.reference(), Recipient::User(transfer.from));
    let (recipients, text) = match transfer.state {
        TransferState::Accepted => (vec![giver], format!("{ticket} was taken over.")),
        TransferState::Declined => (vec![giver], format!("{ticket} was declined by everyone to whom you offered it: it stays yours.")),
        TransferState::Expired => {
            (vec![lead(tx, case).await?, giver], format!("Nobody took {ticket} in time: it stays with its assignee."))
        }
        TransferState::Proposed | TransferState::Withdrawn => return Ok(()),
    };
    leave(tx, case, transfer, (&recipients, NotificationClass::Alert, &text)).await
}

/// Whoever leads the ticket's group or, without a lead, its branch.
async fn lead(tx: &Tx, case: &Case) -> Result<Recipient, Problem> {
    let manager = Recipient::Role(DeskRole::BranchManager);
    let Some(id) = case.ticket.group_id.map(GroupId::from) else { return Ok(manager) };
    let lead = group::store::lead_of(tx, id).await?;
    Ok(lead.map_or(manager, Recipient::User))
}

async fn leave(
    tx: &Tx,
    case: &Case,
    transfer: &Transfer,
    (recipients, class, text): (&[Recipient], NotificationClass, &str),
) -> Result<(), Problem> {
    for to in recipients {
        let word = Notification::of_ticket(&case.ticket, *to, class, text).subject(Some(transfer.subject()));
        notification::tell(tx, &case.rules, word).await?;
    }
    Ok(())
}
