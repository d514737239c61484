//! Operations on accounts.

mod commands;
pub(crate) mod queries;
mod steps;

use platform::operation::Operations;
use platform::outbox::Change;

use super::model::Account;
use super::wire::AccountView;

pub(crate) fn operations() -> Operations {
    commands::operations().and(queries::operations()).and(steps::operations())
}

/// The change of an account, shown as staff see it.
fn changed(event: &'static str, account: &Account) -> Change {
    Change::new(event, "account", account.id, account.stamp.version)
        .after(&AccountView::from(account))
        .account(Some(account.id))
        .branch(account.branch_id)
}
