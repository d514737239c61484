//! Quotes: prices offered to a customer, frozen with their explanation, decided on once, turned into orders.
//!
//! Invariants: content changes only in a draft and is hashed from submission on; the customer sees only what was sent; one
//! version counts at a time; an accepted, rejected or converted version never expires; no quantity is ordered twice.

pub mod agreement;
pub mod approval;
pub mod charges;
pub mod choice;
pub mod commands;
pub mod compose;
pub mod content;
pub mod contract;
pub mod conversion;
pub mod decisions;
pub mod diff;
pub mod entity;
pub mod hash;
pub mod http;
pub mod model;
pub mod part;
pub mod sight;
pub mod state;
pub mod store;
pub mod wire;

use platform::operation::Operations;

pub(crate) fn operations() -> Operations {
    http::operations()
        .and(commands::operations())
        .and(decisions::operations())
        .and(conversion::operations())
        .and(contract::operations())
        .and(diff::operations())
}
