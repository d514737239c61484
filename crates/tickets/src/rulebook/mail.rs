//! The desk's numbers about mail: how long sending is tried, and how much automatic mail is too much.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

/// Periods in seconds, and counts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct MailSettings {
    /// After a first failure sending is tried again after this time, then after twice as long each time.
    #[schema(minimum = 1, maximum = 86400)]
    pub retry_first_s: i64,
    /// The longest time between two attempts.
    #[schema(minimum = 1, maximum = 86400)]
    pub retry_longest_s: i64,
    /// How long after it was queued a mail is tried for the last time.
    #[schema(minimum = 0, maximum = 2592000)]
    pub retry_for_s: i64,
    /// So many mails of one address to one mailbox within `flood_window_s` stop the sender.
    #[schema(minimum = 2, maximum = 10000)]
    pub flood_count: u64,
    #[schema(minimum = 1, maximum = 86400)]
    pub flood_window_s: i64,
    /// How long a sender stays stopped.
    #[schema(minimum = 1, maximum = 2592000)]
    pub flood_stop_s: i64,
    /// From one mailbox an address gets one automatic mail within this time.
    #[schema(minimum = 0, maximum = 2592000)]
    pub automatic_pause_s: i64,
    /// An address gets at most so many automatic mails an hour.
    #[schema(minimum = 0, maximum = 1000)]
    pub automatic_hourly: u64,
    /// After so many permanent failures within `failure_window_s` an address gets no automatic mail.
    #[schema(minimum = 1, maximum = 1000)]
    pub failure_count: u64,
    #[schema(minimum = 1, maximum = 31536000)]
    pub failure_window_s: i64,
    /// How large the files of one message may be together, so that a mail can carry them.
    #[schema(minimum = 0, maximum = 104857600)]
    pub files_bytes: i64,
}

impl Default for MailSettings {
    fn default() -> Self {
        Self {
            retry_first_s: 60,
            retry_longest_s: 4 * 3_600,
            retry_for_s: 2 * 86_400,
            flood_count: 10,
            flood_window_s: 600,
            flood_stop_s: 86_400,
            automatic_pause_s: 600,
            automatic_hourly: 5,
            failure_count: 3,
            failure_window_s: 30 * 86_400,
            files_bytes: 18 << 20,
        }
    }
}

impl MailSettings {
    /// When a mail is tried for the last time.
    #[must_use]
    pub fn last_attempt(&self, queued_at: DateTime<Utc>) -> DateTime<Utc> {
        queued_at + TimeDelta::seconds(self.retry_for_s)
    }

    /// When a mail is tried again after its n-th attempt: later each time, a little apart from other mails of the same
    /// moment, and once more when patience ends.
    #[must_use]
    pub fn next_attempt(&self, mail: Uuid, attempts: i32, queued_at: DateTime<Utc>, now: DateTime<Utc>) -> DateTime<Utc> {
        let doublings = u32::try_from(attempts - 1).unwrap_or_default().min(20);
        let pause = self.retry_first_s.saturating_mul(1 << doublings).min(self.retry_longest_s);
        let mut hasher = DefaultHasher::new();
        (mail, attempts).hash(&mut hasher);
        // Between three quarters and five quarters of the pause.
        let share = 768 + i64::try_from(hasher.finish() % 512).unwrap_or(256);
        let next = now + TimeDelta::milliseconds(pause.saturating_mul(1_000) / 1_024 * share);
        next.min(self.last_attempt(queued_at).max(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_move_apart_and_end_with_patience() {
        let settings = MailSettings::default();
        let (mail, start): (Uuid, DateTime<Utc>) = (Uuid::from_u128(7), "2026-03-02T15:00:00Z".parse().unwrap());
        let (mut now, mut attempts, mut pauses) = (start, 0, Vec::new());
        while now < settings.last_attempt(start) {
            attempts += 1;
            let next = settings.next_attempt(mail, attempts, start, now);
            pauses.push((next - now).num_seconds());
            now = next;
        }
        assert_eq!(now, settings.last_attempt(start));
        assert!((45..=75).contains(&pauses[0]) && (90..=150).contains(&pauses[1]), "{pauses:?}");
        assert!(pauses.iter().all(|pause| *pause <= 5 * 3_600) && pauses.len() < 30, "{pauses:?}");
        assert_ne!(settings.next_attempt(mail, 1, start, start), settings.next_attempt(Uuid::from_u128(8), 1, start, start));
    }
}
