//! Bill runs: everything open in a period, grouped into invoices, previewed and then committed.
//!
//! A preview writes no invoice; its hash names exactly the billables, prices and tax that were seen, and a commit on any
//! other state is refused. Groups are independent: one that fails keeps its billables open and is listed with its reason.
//! A commit that was interrupted is resumed by committing again, and what is invoiced stays invoiced once.

pub mod entity;
pub mod group_entity;
pub mod grouping;
mod http;
pub mod ops;
pub mod request;
pub mod store;
pub mod view;

pub use http::operations;
