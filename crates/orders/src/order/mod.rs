//! Orders: what a customer asked for, at prices that were fixed when the order was made.
//!
//! An order moves along one line of states; why it waits is told by its holds. Its papers are due by the noon rule. Once
//! it is confirmed its lines no longer change. Completing it writes its billables in the same commit. A price of an order
//! is never looked up again.

pub mod billing;
pub mod charge;
mod completion;
mod desk;
pub mod entity;
pub mod hold;
mod http;
pub mod line_entity;
pub mod model;
pub mod place;
pub mod preparation;
pub mod price;
pub mod request;
pub mod state;
pub mod store;
#[cfg(test)]
mod tests;
pub mod view;

pub use http::operations;
