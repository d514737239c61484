//! The business vocabulary every service shares: identifiers, fixed-point numbers, money, dates, calendars, the clock and
//! faults.
//!
//! Nothing here performs input or output, reads the wall clock (except [`clock`]) or uses floating point. Functions are
//! pure: the same arguments always give the same answer, and every overflow is a [`Fault`] rather than a panic.

pub mod calendar;
pub mod clock;
pub mod decimal;
pub mod fault;
pub mod holidays;
pub mod id;
pub mod money;
pub mod period;
pub mod proration;
pub mod rounding;
mod schema;
pub mod terms;
pub mod tier;
pub mod transition;
pub mod words;

pub use clock::Clock;
pub use decimal::{Decimal, FxRate, Quantity, Rate, UnitPrice};
pub use fault::{Fault, FaultKind, FieldFault};
pub use money::{Currency, Money};
pub use period::Period;
pub use rounding::Rounding;
pub use terms::PaymentTerms;
