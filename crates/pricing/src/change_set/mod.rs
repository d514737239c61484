//! Changes of many prices at once: chosen by a filter, worked out by a formula, looked at before they are published.
//!
//! Invariants: what is approved and published is the preview with the hash that was read, on the versions of the books it was worked out
//! on; nobody approves what they asked for; a book is published as a whole or not at all, once; what it was before stays recorded in the
//! rows, so that it can be given back.

pub mod arithmetic;
pub mod entity;
pub mod figures;
mod gates;
pub mod http;
pub mod import;
pub mod migration;
pub mod model;
pub mod notice;
pub mod plan;
pub mod preview;
pub mod publish;
pub mod row;
pub mod rows;
pub mod rows_store;
pub mod sheet;
pub mod state;
pub mod steps;
pub mod store;
pub mod terms;
#[cfg(test)]
mod tests;
pub mod wire;

use platform::operation::Operations;

pub(crate) fn operations() -> Operations {
    http::operations().and(steps::operations()).and(rows::operations()).and(import::operations()).and(notice::http::operations())
}
