//! Versions of pricebooks and the entries in them.
//!
//! Invariants: entries change only in a draft; a published entry is never changed, only removed or replaced by a later
//! version; periods of one key never overlap in a content; a version is published only on the one it was made on.

mod cycle;
pub mod entity;
pub mod entries;
pub mod entry;
pub mod history;
pub mod http;
pub mod image;
pub mod import;
pub mod model;
pub mod parts;
pub mod publication;
mod reading;
pub mod sheet;
pub mod store;
pub mod terms_cells;
pub mod transfer;

use platform::operation::Operations;

pub(crate) fn operations() -> Operations {
    http::operations().and(entries::operations()).and(transfer::operations())
}
