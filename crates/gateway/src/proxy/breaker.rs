//! A circuit breaker: after five failures in a row nothing is sent for a while, then one request tries again.
//!
//! Pure: the instant is passed in. Each failed trial doubles the pause up to half a minute; one success closes the circuit.

use std::time::{Duration, Instant};

const FAILURES: u32 = 5;
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Breaker {
    /// Requests pass; so many in a row failed.
    Closed { failures: u32 },
    /// Nothing passes until the instant.
    Open { until: Instant, pause: Duration },
    /// One request is on trial.
    Trial { pause: Duration },
}

impl Default for Breaker {
    fn default() -> Self {
        Self::Closed { failures: 0 }
    }
}

impl Breaker {
    /// True when a request may pass now; after a pause the first asked becomes the trial.
    pub(super) fn admit(&mut self, now: Instant) -> bool {
        match *self {
            Self::Closed { .. } => true,
            Self::Open { until, pause } if now >= until => {
                *self = Self::Trial { pause };
                true
            }
            Self::Open { .. } | Self::Trial { .. } => false,
        }
    }

    /// Notes how a request went.
    pub(super) fn heard(&mut self, failed: bool, now: Instant) {
        *self = match (*self, failed) {
            (Self::Closed { failures }, true) if failures + 1 >= FAILURES => Self::Open { until: now + FIRST_PAUSE, pause: FIRST_PAUSE },
            (Self::Closed { failures }, true) => Self::Closed { failures: failures + 1 },
            (Self::Trial { pause }, true) => {
                let pause = pause.saturating_mul(2).min(LONGEST_PAUSE);
                Self::Open { until: now + pause, pause }
            }
            // A request sent before the circuit opened says nothing about now.
            (Self::Open { until, pause }, _) => Self::Open { until, pause },
            (Self::Closed { .. } | Self::Trial { .. }, false) => Self::default(),
        };
    }

    /// A trial that ended without a verdict, such as a caller who went away: the next request is the trial.
    pub(super) fn let_go(&mut self, now: Instant) {
        if let Self::Trial { pause } = *self {
            *self = Self::Open { until: now, pause };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opened(now: Instant) -> Breaker {
        let mut breaker = Breaker::default();
        for _ in 0..FAILURES {
            breaker.heard(true, now);
        }
        breaker
    }

    #[test]
    fn five_failures_in_a_row_open_it_and_a_success_between_them_does_not() {
        let now = Instant::now();
        let mut breaker = Breaker::default();
        for failed in [true, true, true, true, false, true, true, true, true] {
            breaker.heard(failed, now);
        }
        assert!(breaker.admit(now));
        breaker.heard(true, now);
        assert!(!breaker.admit(now));
    }

    #[test]
    fn after_the_pause_one_trial_passes_and_decides() {
        let now = Instant::now();
        let mut breaker = opened(now);
        let later = now + FIRST_PAUSE;
        assert!(breaker.admit(later));
        assert!(!breaker.admit(later), "only one");
        breaker.heard(true, later);
        assert!(!breaker.admit(later + FIRST_PAUSE), "the pause has doubled");
        assert!(breaker.admit(later + FIRST_PAUSE * 2));
        breaker.heard(false, later);
        assert_eq!(breaker, Breaker::default());
    }

    #[test]
    fn a_trial_without_a_verdict_leaves_room_for_the_next() {
        let now = Instant::now();
        let mut breaker = opened(now);
        assert!(breaker.admit(now + FIRST_PAUSE));
        breaker.let_go(now + FIRST_PAUSE);
        assert!(breaker.admit(now + FIRST_PAUSE));
    }
}
