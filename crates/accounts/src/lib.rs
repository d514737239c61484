//! The accounts service: branches, accounts, sites, contacts, assignments and contracts with their prices.
//!
//! Each resource is a folder: wire types and handlers (`http`), rules (`model`), queries (`store`), rows (`entity`). Rules
//! never query, queries never decide, and every read takes the caller's row scope.

pub mod access;
pub mod account;
pub mod address;
pub mod assignment;
pub mod branch;
mod checks;
pub mod contact;
pub mod contract;
pub mod migrations;
mod rows;
pub mod site;
pub mod stamp;
pub mod vocabulary;

use kernel::Clock;
use platform::db::Db;

/// What the handlers of this service work with.
#[derive(Clone)]
pub struct Accounts {
    pub db: Db,
    pub clock: Clock,
}
