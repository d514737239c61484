//! Time entries: the minutes that people worked on a ticket, and whether they are billed.
//!
//! An entry is corrected by its next version with a reason, and both stay in the audit trail; none is removed: what was not
//! worked is corrected to nothing. A ticket's sum is computed from its entries. Portal customers see none.

pub mod entity;
pub(crate) mod http;
pub(crate) mod migration;
pub(crate) mod model;
pub(crate) mod store;
