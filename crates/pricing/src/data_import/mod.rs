//! Sheets of items, item costs and index values: imported as often as one likes, and taken back as one was.
//!
//! A row that says what is known already changes nothing. An import is one transaction and one record, which says what each row made or
//! changed, so that it can be undone: items become what they were, costs and index values are withdrawn from then on and stay known for
//! the time before.

mod costs;
pub mod entity;
pub mod http;
mod index_values;
mod items;
pub mod migration;
pub mod model;
mod sheet;
mod store;
#[cfg(test)]
mod tests;

pub(crate) use http::operations;
