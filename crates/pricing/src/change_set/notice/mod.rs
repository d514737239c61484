//! Notices of raises: who is owed one, what was proved of it, and from when the new price holds for each account.
//!
//! Invariants: an account that is owed a notice pays the old price until proof of it has been recorded and the lead has passed; nothing
//! else lets a raise reach it but a waiver with its reason. What is recorded of an account's day is only added to.

pub mod entity;
pub mod http;
mod lines;
pub mod model;
pub mod owed;
pub mod store;
pub mod worker;
