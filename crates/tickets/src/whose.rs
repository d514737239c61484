//! Whose work something was: kept with what figures are counted from, so that they stay when a ticket goes to others later.

use kernel::id::{AccountId, BranchId, SiteId, UserId};
use uuid::Uuid;

use crate::ticket::model::Ticket;

/// Those whom something belongs to, at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Whose {
    pub account_id: Option<AccountId>,
    pub site_id: Option<SiteId>,
    pub branch_id: Option<BranchId>,
    pub group_id: Option<Uuid>,
    pub assignee_id: Option<UserId>,
}

impl From<&Ticket> for Whose {
    fn from(ticket: &Ticket) -> Self {
        Self {
            account_id: ticket.account_id,
            site_id: ticket.site_id,
            branch_id: ticket.branch_id,
            group_id: ticket.group_id,
            assignee_id: ticket.assignee_id,
        }
    }
}

/// The [`Whose`] of a row.
macro_rules! whose_of {
    ($row:expr) => {
        $crate::whose::Whose {
            account_id: $row.account_id.map(Into::into),
            site_id: $row.site_id.map(Into::into),
            branch_id: $row.branch_id.map(Into::into),
            group_id: $row.group_id,
            assignee_id: $row.assignee_id.map(Into::into),
        }
    };
}

pub(crate) use whose_of;
