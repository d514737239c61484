//! Deliveries: one event on its way to one endpoint, with every attempt.
//!
//! An endpoint is told of an object's events in their order: a delivery waits for the earlier ones of its object and holds up nothing
//! else. It is tried again until the schedule is at its end; then the next one of the object goes on. What was sent and not noted, because
//! the process ended between the two, is sent again under the same id.

pub(crate) mod entity;
pub(crate) mod fanout;
pub(crate) mod http;
pub(crate) mod model;
pub(crate) mod sender;
pub(crate) mod store;

pub(crate) use http::operations;
