//! Invoices: drafts made from billables or given lines, posted once, then only paid, credited or voided.

pub mod line;
pub mod terms;
