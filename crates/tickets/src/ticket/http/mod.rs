//! Operations on tickets.

mod commands;
mod create;
pub(crate) mod queries;
mod steps;

use platform::operation::Operations;

pub(crate) fn operations() -> Operations {
    create::operations().and(queries::operations()).and(commands::operations()).and(steps::operations())
}
