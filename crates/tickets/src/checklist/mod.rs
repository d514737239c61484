//! Checklists: what is to be done on a ticket, item by item.
//!
//! A blocking item that is not done keeps its ticket from being resolved. Items change only while their ticket's row is held,
//! so nobody adds one while another resolves the ticket. Portal customers see none.

pub mod entity;
pub(crate) mod http;
pub(crate) mod migration;
pub(crate) mod model;
pub(crate) mod store;
