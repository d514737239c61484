//! The pricing engine: which price applies ([`resolve`]) and what it comes to ([`calculate`]).
//!
//! Everything here is a pure function of an immutable [`index::PriceIndex`], the account's [`Context`] and a
//! query. Nothing here reads a database, a clock or the network, and nothing picks between two equal candidates.

mod adjust;
pub mod calculate;
mod catalogue;
pub mod charge;
pub mod comparison;
pub mod context;
mod convert;
pub mod cost;
pub mod dated;
mod discount;
pub mod document;
mod exact;
pub mod exchange;
mod extend;
pub mod fall;
pub mod finance;
pub mod index;
pub mod item;
pub mod line;
mod place;
pub mod published_index;
pub mod release;
pub mod resolve;
mod shards;
pub mod supposed;
pub mod surcharge;
pub mod terms;
pub mod trace;

#[cfg(test)]
mod acceptance;
#[cfg(test)]
mod properties;
#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod vectors;

pub use context::Context;
pub use index::{Book, BookKind, Entry, Offer, PriceIndex, Selector};
pub use item::{ChargeGroup, Item};
pub use line::{PriceQuery, PricedLine, price_line};
pub use terms::{Terms, Tier, TierScope};

/// Names the rules a price was worked out by; part of every trace, raised whenever a rule changes.
pub const ENGINE_VERSION: &str = "3";
