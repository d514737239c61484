//! HTTP and database mechanics shared by every service; no business noun lives here.
//!
//! A module enters only if two services use it, it is one concept, and its doc says what does not belong. A request flows
//! through them in this order: [`request`] -> [`caller`] -> [`valid`] -> [`db`] (with [`idempotency`], [`outbox`],
//! [`audit`]) -> [`reply`].

pub use pastey;

pub mod audit;
pub mod authority;
pub mod bulk;
pub mod caller;
pub mod config;
pub mod db;
pub mod etag;
pub mod health;
pub mod idempotency;
pub mod job;
pub mod lease;
pub mod metrics;
pub mod migration;
pub mod openapi;
pub mod operation;
pub mod outbox;
pub mod page;
pub mod patch;
pub mod peer;
pub mod problem;
pub mod recent;
pub mod relay;
pub mod reply;
pub mod request;
pub mod routing;
pub mod rows;
pub mod scope;
pub mod serve;
pub mod service;
pub mod sheet;
pub mod stamp;
pub mod telemetry;
mod test_clock;
pub mod valid;
pub mod worker;
