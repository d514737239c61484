//! The accounts service: branches, accounts, sites, contacts, assignments and contracts with their prices.
//!
//! Each resource is a folder: wire types and handlers (`http`), rules (`model`), queries (`store`), rows (`entity`). Rules
//! never query, queries never decide, and every read takes the caller's row scope.

pub mod account;
pub mod address;
pub mod assignment;
pub mod branch;
pub mod contact;
pub mod contract;
pub mod site;
pub mod stamp;
pub mod vocabulary;
