//! A delivery and when it is tried again. Pure.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use kernel::words;
use uuid::Uuid;

words! {
    /// Where a delivery stands.
    pub enum WebhookDeliveryState {
        /// Waits for its time, or for an earlier one of its object.
        Pending = "pending",
        /// Answered with 2xx.
        Delivered = "delivered",
        /// Tried as often as the schedule allows.
        Failed = "failed",
    }
}

/// How long to wait after each failure; after the last there is no other attempt.
#[derive(Clone, Debug)]
pub(crate) struct Schedule(pub(crate) Vec<Duration>);

/// By so many hundredths an attempt comes later at most, so that what failed together does not come back together.
const JITTER: u128 = 10;

impl Schedule {
    /// When to try again after `failures` in a row; none when that was the last time.
    pub(crate) fn next(&self, failures: usize, delivery: Uuid, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let wait = self.0.get(failures.checked_sub(1)?)?;
        // The low bits of an identifier are random, and the same whenever they are asked.
        let share = (delivery.as_u128() >> failures.min(64)) % 1_000;
        let late = wait.as_millis() * JITTER * share / 100_000;
        let millis = i64::try_from(wait.as_millis() + late).ok()?;
        now.checked_add_signed(TimeDelta::milliseconds(millis))
    }
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attempt {
    pub(crate) at: DateTime<Utc>,
    pub(crate) duration_ms: i32,
    /// Absent when nothing was answered.
    pub(crate) status: Option<u16>,
    /// Why nothing was answered.
    pub(crate) error: Option<String>,
    /// The beginning of what was answered.
    pub(crate) answer: Option<String>,
}

impl Attempt {
    pub(crate) fn arrived(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }

    /// The endpoint says that nobody is there any more.
    pub(crate) fn is_gone(&self) -> bool {
        self.status == Some(410)
    }
}

/// What follows from an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Delivered,
    Again(DateTime<Utc>),
    Failed,
}

/// Decides what follows from an attempt after so many before it in this round.
pub(crate) fn verdict(attempt: &Attempt, before: usize, schedule: &Schedule, delivery: Uuid) -> Verdict {
    if attempt.arrived() {
        return Verdict::Delivered;
    }
    if attempt.is_gone() {
        return Verdict::Failed;
    }
    schedule.next(before + 1, delivery, attempt.at).map_or(Verdict::Failed, Verdict::Again)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attempt(status: Option<u16>) -> Attempt {
        Attempt { at: "2026-03-02T12:00:00Z".parse().unwrap(), duration_ms: 1, status, error: None, answer: None }
    }

    #[test]
    fn each_failure_is_followed_by_its_wait_and_a_little_more() {
        let schedule = Schedule(vec![Duration::from_secs(5), Duration::from_secs(3_600)]);
        let id = Uuid::from_u128(0x1234_5678);
        for (before, least) in [(0, 5), (1, 3_600)] {
            let Verdict::Again(at) = verdict(&attempt(Some(500)), before, &schedule, id) else { panic!("no other attempt") };
            let wait = (at - attempt(None).at).num_milliseconds();
            assert!((least * 1_000..=least * 1_100).contains(&wait), "{wait}");
        }
        assert_eq!(verdict(&attempt(None), 2, &schedule, id), Verdict::Failed);
    }

    #[test]
    fn only_2xx_has_arrived_and_410_is_final() {
        let schedule = Schedule(vec![Duration::from_secs(5)]);
        let of = |status| verdict(&attempt(status), 0, &schedule, Uuid::nil());
        assert_eq!([of(Some(200)), of(Some(204)), of(Some(299))], [Verdict::Delivered; 3]);
        assert_eq!(of(Some(410)), Verdict::Failed);
        for other in [None, Some(199), Some(301), Some(404), Some(500)] {
            assert!(matches!(of(other), Verdict::Again(_)), "{other:?}");
        }
    }
}
