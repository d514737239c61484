//! What is to be reached, and whether it was.

use std::time::Duration;

use crate::load::Measured;

/// A bound on one measured figure.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Target {
    /// At most so many microseconds of CPU a request.
    Cpu(u64),
    /// At least so many requests a second.
    Rate(u64),
    /// At most so long in the middle, once there is so much data.
    Median { at_most: Duration, from_size: usize },
}

impl Target {
    /// As the table writes it.
    pub(crate) fn words(self) -> String {
        match self {
            Self::Cpu(us) => format!("{} ms", ms(us)),
            Self::Rate(rate) => format!("{rate}/s"),
            Self::Median { at_most, .. } => format!("p50 {} ms", at_most.as_millis()),
        }
    }

    /// `met`, `missed`, or `-` where it does not apply to this size.
    pub(crate) fn verdict(self, measured: &Measured, size: usize) -> &'static str {
        match self {
            Self::Cpu(us) => verdict(measured.cpu_us <= us),
            Self::Rate(rate) => verdict(measured.rate() >= rate),
            Self::Median { from_size, .. } if size < from_size => "-",
            Self::Median { at_most, .. } => verdict(measured.p50 <= at_most),
        }
    }
}

/// A figure beside the requests, with what it should have been.
#[derive(Clone, Debug)]
pub(crate) struct Figure {
    pub(crate) what: String,
    pub(crate) measured: String,
    pub(crate) target: String,
    pub(crate) verdict: &'static str,
}

impl Figure {
    /// One that must not exceed its target.
    pub(crate) fn at_most(what: impl Into<String>, measured: u64, target: u64, unit: &str) -> Self {
        Self::of(what, measured, target, unit, measured <= target)
    }

    /// One that must reach its target.
    pub(crate) fn at_least(what: impl Into<String>, measured: u64, target: u64, unit: &str) -> Self {
        Self::of(what, measured, target, unit, measured >= target)
    }

    /// One without a target.
    pub(crate) fn plain(what: impl Into<String>, measured: impl Into<String>) -> Self {
        Self { what: what.into(), measured: measured.into(), target: "-".to_owned(), verdict: "-" }
    }

    fn of(what: impl Into<String>, measured: u64, target: u64, unit: &str, met: bool) -> Self {
        Self { what: what.into(), measured: format!("{measured}{unit}"), target: format!("{target}{unit}"), verdict: verdict(met) }
    }
}

pub(crate) fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "missed" }
}

/// Microseconds as milliseconds with two decimals.
pub(crate) fn ms(us: u64) -> String {
    format!("{}.{:02}", us / 1_000, us % 1_000 / 10)
}

/// A ratio with two decimals.
pub(crate) fn ratio(one: u64, other: u64) -> String {
    (one * 100).checked_div(other).map_or_else(|| "-".to_owned(), |parts| format!("{}.{:02}", parts / 100, parts % 100))
}

pub(crate) fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// How many in a second, when so many took so long.
pub(crate) fn per_second(count: usize, length: Duration) -> u64 {
    u64::try_from(u128::try_from(count).unwrap_or_default() * 1_000_000 / length.as_micros().max(1)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(requests: usize, cpu_us: u64, p50: Duration) -> Measured {
        Measured { requests, seconds: Duration::from_secs(2), p50, p99: p50, cpu_us, resident_kib: 0, failures: 0 }
    }

    #[test]
    fn a_bound_is_met_when_it_is_reached_exactly() {
        let one = measured(2_000, 500, Duration::from_millis(300));
        let aging = Target::Median { at_most: Duration::from_millis(300), from_size: 1_000_000 };
        assert_eq!((Target::Cpu(500).verdict(&one, 10), Target::Cpu(499).verdict(&one, 10)), ("met", "missed"));
        assert_eq!((Target::Rate(1_000).verdict(&one, 10), Target::Rate(1_001).verdict(&one, 10)), ("met", "missed"));
        assert_eq!((aging.verdict(&one, 1_000_000), aging.verdict(&one, 999_999)), ("met", "-"));
    }

    #[test]
    fn figures_are_written_with_two_decimals() {
        assert_eq!((ms(1_234), ms(9)), ("1.23".to_owned(), "0.00".to_owned()));
        assert_eq!((ratio(3, 2), ratio(1, 0)), ("1.50".to_owned(), "-".to_owned()));
        assert_eq!(per_second(5_000, Duration::from_millis(2_500)), 2_000);
    }
}
