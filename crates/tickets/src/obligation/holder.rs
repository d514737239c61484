//! Whose promises these are: a ticket's, or those of a subject that hangs on none.

use kernel::id::{AccountId, BranchId, SiteId, TicketId, UserId};
use platform::outbox::Change;
use platform::scope::RowScope;
use uuid::Uuid;

use super::engine::Obligation;
use crate::policy::model::Traits;
use crate::ticket::model::Ticket;
use crate::whose::Whose;

/// What is known of whoever promises are made about, for rules, rows and events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Holder {
    /// Id and number.
    pub(crate) ticket: Option<(TicketId, i64)>,
    /// What decides which policies hold.
    pub(crate) traits: Traits,
    pub(crate) site_id: Option<SiteId>,
    /// Who works on it.
    pub(crate) group_id: Option<Uuid>,
    pub(crate) assignee_id: Option<UserId>,
}

impl From<&Ticket> for Holder {
    fn from(ticket: &Ticket) -> Self {
        Self {
            ticket: Some((ticket.id, ticket.number)),
            traits: ticket.traits(),
            site_id: ticket.site_id,
            group_id: ticket.group_id,
            assignee_id: ticket.assignee_id,
        }
    }
}

impl Holder {
    pub(crate) fn ticket_id(&self) -> Option<TicketId> {
        self.ticket.map(|(id, _)| id)
    }

    /// Whose its promises are now.
    pub(super) fn whose(&self) -> Whose {
        Whose {
            account_id: self.traits.account_id,
            site_id: self.site_id,
            branch_id: self.traits.branch_id,
            group_id: self.group_id,
            assignee_id: self.assignee_id,
        }
    }

    /// An event about one of its promises, for whoever may know of the holder.
    pub(crate) fn change(&self, event: &'static str, obligation: &Obligation) -> Change {
        Change::new(event, "obligation", obligation.id, obligation.version)
            .account(self.traits.account_id)
            .site(self.site_id)
            .branch(self.traits.branch_id)
    }

    /// True when it is inside `scope`.
    pub(crate) fn is_within(&self, scope: &RowScope) -> bool {
        let (branch, account) = (self.traits.branch_id.map(BranchId::uuid), self.traits.account_id.map(AccountId::uuid));
        scope.covers(branch, account, self.site_id.map(SiteId::uuid))
    }
}
