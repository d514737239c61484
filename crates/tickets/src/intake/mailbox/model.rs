//! A mailbox and its rules: one normalised address, and what a ticket from it starts with.

use kernel::Fault;
use kernel::id::{BranchId, MailboxId};
use platform::stamp::{Stamp, Touch};
use uuid::Uuid;

use crate::intake::address;
use crate::vocabulary::{Priority, TicketType};

/// An address at which mail is received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mailbox {
    pub id: MailboxId,
    pub stamp: Stamp,
    /// Lower case, without a plus tag.
    pub address: String,
    pub name: String,
    pub branch_id: Option<BranchId>,
    pub group_id: Option<Uuid>,
    pub ticket_type: TicketType,
    pub priority: Priority,
    /// A new ticket is acknowledged to its sender.
    pub acknowledges: bool,
    pub active: bool,
    pub external_ref: Option<String>,
}

impl Mailbox {
    /// The next version.
    #[must_use]
    pub(crate) fn touched(self, touch: Touch) -> Self {
        Self { stamp: self.stamp.touched(touch), ..self }
    }
}

/// The address as it is stored and compared.
///
/// # Errors
/// `invalid_address` when it is none, or has a plus tag, which is kept for answers.
pub(crate) fn checked_address(text: &str) -> Result<String, Fault> {
    let invalid = |message| Fault::field("/address", "invalid_address", message);
    let address = address::normalise(text).ok_or_else(|| invalid("Expected a mail address such as help@example.com."))?;
    if address::split_plus(&address).1.is_some() || address::local_part(&address).len() > 18 {
        return Err(invalid("The part before @ may have up to 18 characters and no plus sign, so that answers can carry a reference."));
    }
    Ok(address)
}
