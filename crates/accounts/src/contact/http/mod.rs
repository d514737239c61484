//! Operations on contacts.

mod commands;
mod queries;

use platform::operation::Operations;
use platform::outbox::Change;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;

use super::model::{Contact, ContactRole};
use super::wire::{ContactView, only_account};

pub(crate) fn operations() -> Operations {
    commands::operations().and(queries::operations())
}

/// The change of a contact, shown as staff see it.
fn changed(event: &'static str, contact: &Contact, roles: &[ContactRole]) -> Change {
    Change::new(event, "contact", contact.id, contact.stamp.version)
        .after(&ContactView::for_staff(contact, roles))
        .account(only_account(roles))
}

fn shown(contact: &Contact, roles: &[ContactRole], scope: &RowScope) -> Result<Reply, Problem> {
    Ok(Reply::ok(&ContactView::of(contact, roles, scope))?.tagged(contact.stamp.version))
}
