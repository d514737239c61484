//! Splits: some messages of a ticket turn out to be about something else and become a ticket of their own.
//!
//! A message stands on one ticket at a time: it moves, and a note at its place says where it went, so that neither ticket's
//! numbering has a gap. The clocks of the new ticket run as if the customer's first moved message had opened it.

pub(crate) mod http;
mod model;
#[cfg(test)]
mod tests;
