//! The one source of time. Nothing else in the workspace reads the wall clock.
//!
//! Instants are cut to microseconds so that what is created equals what is stored and read back on every database. In
//! test mode the clock can be set and stands still until it is set again.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use chrono::{DateTime, Utc};

/// Marks a clock that follows the system.
const FOLLOWING: i64 = i64::MIN;

/// A cheap handle; clones share the same time.
#[derive(Clone, Debug)]
pub struct Clock {
    fixed: Arc<AtomicI64>,
}

impl Default for Clock {
    fn default() -> Self {
        Self { fixed: Arc::new(AtomicI64::new(FOLLOWING)) }
    }
}

impl Clock {
    /// A clock that stands at `instant`.
    #[must_use]
    pub fn fixed(instant: DateTime<Utc>) -> Self {
        Self { fixed: Arc::new(AtomicI64::new(instant.timestamp_micros())) }
    }

    /// The current instant, in whole microseconds.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        match self.fixed.load(Ordering::Relaxed) {
            FOLLOWING => {
                let now = system_now();
                DateTime::from_timestamp_micros(now.timestamp_micros()).unwrap_or(now)
            }
            micros => DateTime::from_timestamp_micros(micros).unwrap_or_default(),
        }
    }

    /// Stops the clock at `instant`, or lets it follow the system again.
    pub fn set(&self, instant: Option<DateTime<Utc>>) {
        self.fixed.store(instant.map_or(FOLLOWING, |instant| instant.timestamp_micros()), Ordering::Relaxed);
    }

    /// True when the clock stands still at a set instant.
    #[must_use]
    pub fn is_fixed(&self) -> bool {
        self.fixed.load(Ordering::Relaxed) != FOLLOWING
    }
}

#[expect(clippy::disallowed_methods, reason = "this module is the one that may read the wall clock")]
fn system_now() -> DateTime<Utc> {
    Utc::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_clock_stands_still_until_released() {
        let clock = Clock::default();
        let instant: DateTime<Utc> = "2026-03-02T15:00:00.123456789Z".parse().unwrap();
        clock.set(Some(instant));
        assert_eq!(clock.now().to_rfc3339(), "2026-03-02T15:00:00.123456+00:00");
        assert!(clock.clone().is_fixed());
        clock.set(None);
        assert!(clock.now() > instant);
    }
}
