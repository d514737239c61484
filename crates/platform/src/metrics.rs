//! Metrics.

use std::time::Duration;

/// Counts one request.
pub fn http(_method: &str, _pattern: &str, _status: u16, _elapsed: Duration) {}

/// Counts one write.
pub fn write(_name: &str, _outcome: &str, _retries: u32, _elapsed: Duration) {}
