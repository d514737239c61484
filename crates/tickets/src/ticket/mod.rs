//! Tickets: what someone asked of us, from the first word to the end.
//!
//! A ticket's rows change only through a [`case`], so that its promises, timers and events change with it. Its messages
//! are numbered without gaps; its state machine is [`status`].

pub(crate) mod case;
pub(crate) mod commands;
pub mod entity;
pub(crate) mod event;
pub(crate) mod http;
mod listed;
pub(crate) mod model;
mod opening;
mod row;
pub(crate) mod search;
pub mod status;
pub(crate) mod store;
pub(crate) mod sweeper;
mod touches;
mod view;
pub mod wire;

pub(crate) use row::ticket;
