//! The aging of receivables, as of an effective date and as known at an instant.

pub mod model;
