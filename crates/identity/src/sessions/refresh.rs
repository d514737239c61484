//! Rotation of refresh tokens, as one decision.
//!
//! Each use replaces a token by its successor. A token that comes back after its successor was made is either a client
//! that lost the answer (then, for half a minute, it gets the same successor again) or a copy in other hands: then the
//! whole session ends. The successor is computed from its predecessor and a stored salt, so that it can be given twice
//! while the database holds digests only.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::Fault;

use crate::secret::{self, Secret};

/// How long a lost answer may be asked for again.
pub const GRACE: TimeDelta = TimeDelta::seconds(30);

/// What every refresh token starts with, so that secret scanners find it.
pub const PREFIX: &str = "lsn_refresh_";

/// The session that a presented token belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub expires_at: DateTime<Utc>,
    pub ended: bool,
}

/// What to do with a refresh token that is known by its digest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// Make the successor now.
    Rotate,
    /// Give the successor that was made already.
    Repeat,
    /// It was used before: end the session.
    Reuse,
    /// The session is over; nothing changes.
    Refuse,
}

/// Decides on a presented token that was replaced at `rotated_at`, if it was.
#[must_use]
pub fn decide(session: Standing, rotated_at: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Decision {
    if session.ended || now >= session.expires_at {
        return Decision::Refuse;
    }
    match rotated_at {
        None => Decision::Rotate,
        Some(instant) if now.signed_duration_since(instant) <= GRACE => Decision::Repeat,
        Some(_) => Decision::Reuse,
    }
}

/// The token that follows `predecessor`; unpredictable without both arguments.
///
/// # Errors
/// See [`secret::derive`].
pub fn successor(predecessor: &Secret, salt: &[u8]) -> Result<Secret, Fault> {
    secret::derive(predecessor.bytes(), salt)
}

/// The text of a refresh token.
#[must_use]
pub fn text(secret: &Secret) -> String {
    format!("{PREFIX}{}", secret.base64())
}

/// Reads what [`text`] wrote.
#[must_use]
pub fn parse(text: &str) -> Option<Secret> {
    Secret::from_base64(text.strip_prefix(PREFIX)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-03-02T09:00:00Z".parse().unwrap()
    }

    #[test]
    fn the_whole_decision_table() {
        let live = Standing { expires_at: now() + TimeDelta::days(1), ended: false };
        let over = Standing { ended: true, ..live };
        let expired = Standing { expires_at: now(), ..live };
        let seconds_ago = |seconds| Some(now() - TimeDelta::seconds(seconds));
        for (session, rotated_at, expected) in [
            (live, None, Decision::Rotate),
            (live, seconds_ago(0), Decision::Repeat),
            (live, seconds_ago(30), Decision::Repeat),
            (live, seconds_ago(31), Decision::Reuse),
            (over, None, Decision::Refuse),
            (over, seconds_ago(31), Decision::Refuse),
            (expired, None, Decision::Refuse),
            (expired, seconds_ago(1), Decision::Refuse),
        ] {
            assert_eq!(decide(session, rotated_at, now()), expected, "{session:?} {rotated_at:?}");
        }
    }

    #[test]
    fn the_successor_is_the_same_each_time_and_differs_by_salt_and_predecessor() {
        let one = Secret::generate().unwrap();
        let other = Secret::generate().unwrap();
        let text_of = |secret: &Secret, salt: &[u8]| text(&successor(secret, salt).unwrap());
        assert_eq!(text_of(&one, b"salt"), text_of(&one, b"salt"));
        assert_ne!(text_of(&one, b"salt"), text_of(&one, b"pepper"));
        assert_ne!(text_of(&one, b"salt"), text_of(&other, b"salt"));
    }

    #[test]
    fn a_token_reads_back_from_its_text() {
        let secret = Secret::generate().unwrap();
        assert!(parse(&text(&secret)).unwrap().matches(&secret.digest()));
        assert!(parse(&secret.base64()).is_none());
        assert!(parse("lsn_refresh_").is_none());
    }
}
