//! Typed questions between services, and the one HTTP adapter that carries them.
//!
//! Calls form a directed graph: tickets, pricing and orders ask accounts; pricing asks tickets; orders asks pricing and tickets.
//! Everything upward is an event. A client never holds business rules and is never used inside a transaction.

pub mod accounts;
pub mod calendars;
pub mod contracts;
pub mod http;
pub mod key_set;
pub mod notices;
pub mod outside;
pub mod pricing;
pub mod trust;
