//! Orders: service orders, their billables, invoices, receivables and the ledger.
//!
//! Every write commits its documents, its ledger entry, its events and its idempotency record together. Rows of one
//! bill-to account are serialised by that account's balance row; locks are taken in the order account, purchase order,
//! number series, period.

pub mod aging;
pub mod invoice;
pub mod ledger;
pub mod numbering;
pub mod payment;
pub mod tax;
