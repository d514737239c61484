//! The history of the orders schema, in order. A migration that has been released is never edited.

mod billing;
mod orders;
mod receivables;

use platform::migration::Migrations;

/// Every migration of the service.
#[must_use]
pub(crate) fn migrations() -> Migrations {
    vec![billing::CREATE_BILLING, receivables::CREATE_RECEIVABLES, orders::CREATE_ORDERS]
}
