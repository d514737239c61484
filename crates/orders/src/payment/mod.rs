//! Payments received and how they are applied to invoices.

pub mod application;
pub mod entity;
