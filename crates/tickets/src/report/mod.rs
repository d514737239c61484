//! Figures of the desk: promises, daily touches, work coming in and going out, and what lies there.
//!
//! A report is one statement over rows that remember whose they are, broken down as its caller asks. Each row of it names the list
//! that it was counted from, with the very filters. JSON and CSV show the same rows.

mod asked;
mod backlog;
mod count;
mod csat;
#[cfg(test)]
mod plans;
mod rate;
mod sla;
mod touch;
mod volume;

use platform::operation::Operations;

pub(crate) fn operations() -> Operations {
    sla::operations().and(touch::operations()).and(csat::operations()).and(volume::operations()).and(backlog::operations())
}
