//! Operations on contacts.

mod commands;
pub(crate) mod queries;

use platform::db::Tx;
use platform::operation::Operations;
use platform::outbox::Change;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;

use super::model::{Contact, ContactRole};
use super::wire::{ContactView, only_account};
use crate::account;

pub(crate) fn operations() -> Operations {
    commands::operations().and(queries::operations())
}

/// The change of a contact, shown as staff see it.
async fn changed(tx: &Tx, event: &'static str, contact: &Contact, roles: &[ContactRole]) -> Result<Change, Problem> {
    let change = Change::new(event, "contact", contact.id, contact.stamp.version).after(&ContactView::for_staff(contact, roles));
    let Some(account) = only_account(roles) else { return Ok(change) };
    Ok(change.account(Some(account)).branch(account::store::home_branch(tx, account).await?))
}

fn shown(contact: &Contact, roles: &[ContactRole], scope: &RowScope) -> Result<Reply, Problem> {
    Ok(Reply::ok(&ContactView::of(contact, roles, scope))?.tagged(contact.stamp.version))
}
