//! Credit memos: what an invoice's lines are lowered by, by whole lines, quantities or amounts.
//!
//! A credit memo is posted when it is made. It first settles its own invoice; what is left stays unapplied credit until it
//! is applied to another. Credits never exceed the line they credit, and a line credited in full is credited exactly.

pub mod entity;
mod http;
pub mod line_entity;
pub mod model;
pub mod ops;
pub mod request;
pub mod store;
#[cfg(test)]
mod tests;
pub mod view;

pub use http::operations;
