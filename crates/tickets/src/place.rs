//! Whose something is that may hang on a ticket: account, site and branch as a caller states them, and what follows from them.
//!
//! Asked of accounts before the transaction; nothing here is stored.

use chrono_tz::Tz;
use kernel::Fault;
use kernel::id::{AccountId, BranchId, SiteId, TicketId};
use platform::problem::Problem;
use platform::scope::RowScope;

use crate::Tickets;
use crate::serving::Customer;
use crate::ticket;

/// Where something belongs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Place {
    pub(crate) ticket_id: Option<TicketId>,
    pub(crate) account_id: Option<AccountId>,
    pub(crate) site_id: Option<SiteId>,
    pub(crate) branch_id: Option<BranchId>,
}

/// A place, and the zone of its local dates where the branch's is known.
pub(crate) type Known = (Place, Option<Tz>);

/// Completes what is stated: the rest is the ticket's, and the branch is that which serves the account.
///
/// # Errors
/// A field fault for what does not exist or is out of the caller's reach; 503 when accounts cannot be reached.
pub(crate) async fn known(app: &Tickets, scope: &RowScope, stated: Place) -> Result<Known, Problem> {
    let ticket = match stated.ticket_id {
        Some(id) => match ticket::store::find(app.db.read(), scope, id).await {
            Err(problem) if problem.code() == "not_found" => return Err(unknown("/ticket_id").into()),
            found => Some(found?),
        },
        None => None,
    };
    let of_ticket = ticket.as_ref();
    let account_id = stated.account_id.or_else(|| of_ticket?.account_id);
    let site_id = stated.site_id.or_else(|| of_ticket?.site_id);
    let branch_id = stated.branch_id.or_else(|| of_ticket?.branch_id);
    let served = app.serving.of(Customer { account: account_id, site: site_id }, branch_id).await?;
    if let Some(pointer) = served.unknown() {
        return Err(unknown(pointer).into());
    }
    let branch_id = branch_id.or(served.branch());
    if !scope.covers(branch_id.map(Into::into), account_id.map(Into::into), site_id.map(Into::into)) {
        return Err(unknown(if stated.branch_id.is_some() { "/branch_id" } else { "/account_id" }).into());
    }
    let zone = match branch_id {
        Some(branch) => app.serving.zone(branch).await?,
        None => None,
    };
    Ok((Place { ticket_id: stated.ticket_id, account_id, site_id, branch_id }, zone))
}

pub(crate) fn unknown(pointer: &'static str) -> Fault {
    Fault::field(pointer, "unknown_reference", "There is no such ticket, account, site or branch in reach.")
}
