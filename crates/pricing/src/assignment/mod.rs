//! Price assignments: which pricebook applies to which account, site, branch, territory or segment, and when.
//!
//! Invariant: no two assignments that would be searched at the same sub-level in the same currency overlap.

pub mod entity;
pub mod http;
pub mod model;
pub mod store;

pub(crate) use http::operations;
