//! Operations on tickets.

mod bulk;
mod commands;
mod create;
pub(crate) mod promised;
pub(crate) mod queries;
mod search;
mod steps;

use platform::operation::Operations;

pub(crate) fn operations() -> Operations {
    create::operations()
        .and(queries::operations())
        .and(commands::operations())
        .and(steps::operations())
        .and(bulk::operations())
        .and(search::operations())
}
