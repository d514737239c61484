//! When the next sign-in attempt is allowed.
//!
//! Every attempt counts before it is checked, so that a hundred at once are counted as a hundred; a success clears the
//! account's count. Waiting doubles up to a bound and is forgotten after quiet time: nobody is ever locked out for good.

use chrono::{DateTime, TimeDelta, Utc};

/// Which of the two counters: they differ in patience only.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// One sign-in name, whether or not such a user exists.
    Account,
    /// One client address, over all sign-in names.
    Address,
}

struct Patience {
    free: u32,
    longest: TimeDelta,
    forgotten_after: TimeDelta,
}

impl Subject {
    const fn patience(self) -> Patience {
        match self {
            Self::Account => Patience { free: 5, longest: TimeDelta::minutes(5), forgotten_after: TimeDelta::minutes(30) },
            Self::Address => Patience { free: 30, longest: TimeDelta::minutes(15), forgotten_after: TimeDelta::minutes(30) },
        }
    }
}

/// Attempts so far that were not followed by a success.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Attempts {
    pub count: u32,
    pub last_at: DateTime<Utc>,
}

/// The answer to one more attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// It may be checked; this is the count to store first.
    Allow(Attempts),
    /// It must not be checked before this time has passed; nothing is stored, so waiting is never prolonged.
    Wait(TimeDelta),
}

/// Decides on one more attempt at `now`.
#[must_use]
pub fn decide(subject: Subject, before: Option<Attempts>, now: DateTime<Utc>) -> Decision {
    let patience = subject.patience();
    let current = before.filter(|attempts| now.signed_duration_since(attempts.last_at) < patience.forgotten_after);
    let Some(attempts) = current else { return Decision::Allow(Attempts { count: 1, last_at: now }) };
    let elapsed = now.signed_duration_since(attempts.last_at).max(TimeDelta::zero());
    let left = delay(&patience, attempts.count) - elapsed;
    if left > TimeDelta::zero() {
        return Decision::Wait(left);
    }
    Decision::Allow(Attempts { count: attempts.count.saturating_add(1), last_at: now })
}

/// How long after the `count`-th attempt the next one is allowed: 1, 2, 4, ... seconds beyond the free ones.
fn delay(patience: &Patience, count: u32) -> TimeDelta {
    let Some(beyond) = count.checked_sub(patience.free) else { return TimeDelta::zero() };
    let seconds = 1_i64.checked_shl(beyond.min(20)).unwrap_or(i64::MAX);
    TimeDelta::seconds(seconds).min(patience.longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> DateTime<Utc> {
        "2026-03-02T09:00:00Z".parse().unwrap()
    }

    /// Attempts that are allowed when someone tries once a second for `seconds`.
    fn allowed_within(subject: Subject, seconds: i64) -> u32 {
        let mut attempts = None;
        let mut allowed = 0;
        for second in 0..seconds {
            if let Decision::Allow(next) = decide(subject, attempts, start() + TimeDelta::seconds(second)) {
                attempts = Some(next);
                allowed += 1;
            }
        }
        allowed
    }

    #[test]
    fn the_first_attempts_are_free_and_the_next_ones_wait_twice_as_long_each() {
        let mut attempts = None;
        for count in 1..=5 {
            let Decision::Allow(next) = decide(Subject::Account, attempts, start()) else { panic!("attempt {count} was refused") };
            attempts = Some(next);
        }
        assert_eq!(decide(Subject::Account, attempts, start()), Decision::Wait(TimeDelta::seconds(1)));
        let later = start() + TimeDelta::seconds(1);
        let Decision::Allow(next) = decide(Subject::Account, attempts, later) else { panic!("refused after the wait") };
        assert_eq!(decide(Subject::Account, Some(next), later), Decision::Wait(TimeDelta::seconds(2)));
    }

    #[test]
    fn waiting_is_bounded_and_never_prolonged_by_asking() {
        let many = Attempts { count: 4_000_000_000, last_at: start() };
        assert_eq!(decide(Subject::Account, Some(many), start()), Decision::Wait(TimeDelta::minutes(5)));
        assert!(matches!(decide(Subject::Account, Some(many), start() + TimeDelta::minutes(5)), Decision::Allow(_)));
        assert!(matches!(decide(Subject::Address, Some(many), start() + TimeDelta::minutes(15)), Decision::Allow(_)));
    }

    #[test]
    fn quiet_time_is_forgiven() {
        let many = Attempts { count: 50, last_at: start() };
        let later = start() + TimeDelta::minutes(30);
        assert_eq!(decide(Subject::Account, Some(many), later), Decision::Allow(Attempts { count: 1, last_at: later }));
    }

    #[test]
    fn an_hour_of_guessing_gets_only_a_handful_of_answers() {
        assert!(allowed_within(Subject::Account, 3600) < 30);
        assert!(allowed_within(Subject::Address, 3600) < 60);
    }

    #[test]
    fn a_clock_that_went_back_does_not_lock() {
        let attempts = Attempts { count: 1, last_at: start() + TimeDelta::days(1) };
        assert!(matches!(decide(Subject::Account, Some(attempts), start()), Decision::Allow(_)));
    }
}
