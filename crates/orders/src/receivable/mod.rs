//! What all receivables of one account share: the balance row that serialises them and the applications that settle them.
//!
//! Every command that changes an account's receivables first touches its balance row, so that of two commands on one
//! account the second decides on what the first has written. Applications are append-only; taking one back is a row with
//! negative amounts that names it.

pub mod application_entity;
pub mod apply;
pub mod balance;
pub mod balance_entity;
pub mod turn;
