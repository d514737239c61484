//! Payments received and how they are applied to invoices.
//!
//! Recording, applying, taking back and reversing each hold the account's balance row from the first statement, so that
//! two payments racing for one invoice share it and never overpay it. What finds no invoice stays unapplied cash.

pub mod application;
pub mod entity;
mod http;
pub mod model;
pub mod ops;
pub mod plan;
pub mod request;
pub mod store;
pub mod view;

pub use http::operations;
