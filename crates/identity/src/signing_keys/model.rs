//! The life of a signing key: published, then signing, then only verifying, then gone.
//!
//! A new key is published before it signs, so that every verifier has fetched it by the time its first token arrives; the
//! old one stays published until its last token has expired. A compromised key is withdrawn at once, which ends its
//! tokens: that is what it is for.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// How long a key is published before it signs: longer than verifiers and replicas keep a key set.
pub const LEAD: TimeDelta = TimeDelta::minutes(5);

/// How long a key stays published after it last signed: an access token's life and the allowed clock difference.
pub const TAIL: TimeDelta = TimeDelta::minutes(20);

/// When a key does what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Life {
    pub signs_from: DateTime<Utc>,
    /// Set when a successor was published.
    pub signs_until: Option<DateTime<Utc>>,
    pub published_until: Option<DateTime<Utc>>,
}

/// What a key does at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum KeyState {
    /// Published, not yet signing.
    Pending,
    /// Signs new tokens.
    Signing,
    /// Verifies tokens that are still valid.
    Verifying,
    /// Withdrawn: its tokens are refused.
    Retired,
}

impl Life {
    /// The first key of a deployment, which signs at once.
    #[must_use]
    pub const fn first(now: DateTime<Utc>) -> Self {
        Self { signs_from: now, signs_until: None, published_until: None }
    }

    /// The key that follows one which keeps signing until then.
    #[must_use]
    pub fn next(now: DateTime<Utc>) -> Self {
        Self { signs_from: now + LEAD, signs_until: None, published_until: None }
    }

    /// This key after `successor` was published.
    #[must_use]
    pub fn succeeded_by(self, successor: &Self) -> Self {
        let until = self.signs_until.map_or(successor.signs_from, |earlier| earlier.min(successor.signs_from));
        Self { signs_until: Some(until), published_until: Some(until + TAIL), ..self }
    }

    /// This key withdrawn at once because it is no longer secret.
    #[must_use]
    pub fn withdrawn(self, now: DateTime<Utc>) -> Self {
        let signs_until = self.signs_until.map_or(now, |earlier| earlier.min(now));
        Self { signs_until: Some(signs_until), published_until: Some(now), ..self }
    }

    #[must_use]
    pub fn state(&self, now: DateTime<Utc>) -> KeyState {
        if self.published_until.is_some_and(|instant| now >= instant) {
            KeyState::Retired
        } else if self.signs_until.is_some_and(|instant| now >= instant) {
            KeyState::Verifying
        } else if now < self.signs_from {
            KeyState::Pending
        } else {
            KeyState::Signing
        }
    }

    /// True while verifiers must be able to find the key.
    #[must_use]
    pub fn is_published(&self, now: DateTime<Utc>) -> bool {
        self.state(now) != KeyState::Retired
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> DateTime<Utc> {
        "2026-03-02T09:00:00Z".parse().unwrap()
    }

    fn at(minutes: i64) -> DateTime<Utc> {
        start() + TimeDelta::minutes(minutes)
    }

    #[test]
    fn exactly_one_key_signs_at_any_time_across_a_rotation() {
        let second = Life::next(at(60));
        let first = Life::first(start()).succeeded_by(&second);
        for (minutes, expected) in [
            (0, (KeyState::Signing, KeyState::Pending)),
            (64, (KeyState::Signing, KeyState::Pending)),
            (65, (KeyState::Verifying, KeyState::Signing)),
            (84, (KeyState::Verifying, KeyState::Signing)),
            (85, (KeyState::Retired, KeyState::Signing)),
        ] {
            assert_eq!((first.state(at(minutes)), second.state(at(minutes))), expected, "{minutes}");
        }
    }

    #[test]
    fn rotating_twice_within_the_lead_leaves_no_gap() {
        let second = Life::next(at(0));
        let third = Life::next(at(1));
        let first = Life::first(start()).succeeded_by(&second).succeeded_by(&third);
        let second = second.succeeded_by(&third);
        for minutes in 0..40 {
            let signing = [first, second, third].iter().filter(|life| life.state(at(minutes)) == KeyState::Signing).count();
            assert_eq!(signing, 1, "{minutes}");
        }
    }

    #[test]
    fn a_compromised_key_is_gone_at_once() {
        assert_eq!(Life::first(start()).withdrawn(at(3)).state(at(3)), KeyState::Retired);
        assert!(!Life::next(start()).withdrawn(at(3)).is_published(at(3)));
    }
}
