//! An endpoint and what can be done to it. Pure; instants are passed in.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::id::{AccountId, WebhookId};
use kernel::{Fault, transition, words};
use platform::stamp::{Stamp, Touch};
use uuid::Uuid;

use super::reader::Reader;
use crate::feed::Wanted;

words! {
    /// Whether an endpoint is sent to.
    pub enum WebhookState { Enabled = "enabled", Disabled = "disabled" }

    /// Why an endpoint is disabled.
    pub enum WebhookDisabledReason {
        /// Somebody disabled it.
        Requested = "requested",
        /// It answered 410.
        Gone = "gone",
        /// It failed for days.
        Failing = "failing",
    }

    /// What can be done to an endpoint.
    pub enum WebhookStep { Enable = "enable", Disable = "disable" }
}

/// How long everything may fail until an endpoint is disabled.
const PATIENCE: TimeDelta = TimeDelta::days(5);

/// Whom it is for, where it is and what it is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(crate) url: String,
    pub(crate) description: Option<String>,
    /// Names as in the feed; all when empty.
    pub(crate) types: Vec<String>,
    /// Only events of this account.
    pub(crate) account: Option<AccountId>,
}

/// An endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Webhook {
    pub(crate) id: WebhookId,
    pub(crate) terms: Terms,
    pub(crate) state: WebhookState,
    pub(crate) disabled_reason: Option<WebhookDisabledReason>,
    /// Who made it, and what they may see.
    pub(crate) owner: Uuid,
    pub(crate) reader: Reader,
    /// Counts the secrets it has had.
    pub(crate) secret_no: i32,
    /// Until when the secret before signs too.
    pub(crate) old_secret_until: Option<DateTime<Utc>>,
    /// The last position of the feed that became deliveries.
    pub(crate) position: i64,
    /// Since when everything failed.
    pub(crate) failing_since: Option<DateTime<Utc>>,
    pub(crate) stamp: Stamp,
}

fn after(state: WebhookState, step: WebhookStep) -> Option<WebhookState> {
    match (state, step) {
        (WebhookState::Enabled, WebhookStep::Disable) => Some(WebhookState::Disabled),
        (WebhookState::Disabled, WebhookStep::Enable) => Some(WebhookState::Enabled),
        (WebhookState::Enabled, WebhookStep::Enable) | (WebhookState::Disabled, WebhookStep::Disable) => None,
    }
}

impl Webhook {
    /// An endpoint that is told of what happens after `position`.
    pub(crate) fn new(terms: Terms, (owner, reader): (Uuid, Reader), position: i64, touch: Touch) -> Self {
        Self {
            id: WebhookId::generate(),
            terms,
            state: WebhookState::Enabled,
            disabled_reason: None,
            owner,
            reader,
            secret_no: 1,
            old_secret_until: None,
            position,
            failing_since: None,
            stamp: Stamp::new(touch),
        }
    }

    pub(crate) fn amend(self, terms: Terms, touch: Touch) -> Self {
        Self { terms, stamp: self.stamp.touched(touch), ..self }
    }

    /// A new secret; the one before signs beside it until then.
    ///
    /// # Errors
    /// `overflow`.
    pub(crate) fn rotate(self, overlap: TimeDelta, touch: Touch) -> Result<Self, Fault> {
        let secret_no = self.secret_no.checked_add(1).ok_or_else(Fault::overflow)?;
        Ok(Self { secret_no, old_secret_until: Some(touch.at + overlap), stamp: self.stamp.touched(touch), ..self })
    }

    /// # Errors
    /// 409 `illegal_transition`.
    pub(crate) fn enable(self, touch: Touch) -> Result<Self, Fault> {
        let state = transition::moved(self.state, WebhookStep::Enable, after)?;
        Ok(Self { state, disabled_reason: None, failing_since: None, stamp: self.stamp.touched(touch), ..self })
    }

    /// # Errors
    /// 409 `illegal_transition`.
    pub(crate) fn disable(self, reason: WebhookDisabledReason, touch: Touch) -> Result<Self, Fault> {
        let state = transition::moved(self.state, WebhookStep::Disable, after)?;
        Ok(Self { state, disabled_reason: Some(reason), stamp: self.stamp.touched(touch), ..self })
    }

    /// The numbers of the secrets that sign at an instant, the newest first.
    pub(crate) fn secrets_at(&self, now: DateTime<Utc>) -> impl Iterator<Item = i32> {
        let old = self.old_secret_until.filter(|until| now < *until).map(|_| self.secret_no - 1);
        std::iter::once(self.secret_no).chain(old)
    }

    /// What of the feed it is told after a position.
    pub(crate) fn wanted(&self, after: i64, limit: u64) -> Wanted {
        let (events, hidden) = (self.terms.types.clone(), self.reader.hidden.clone());
        Wanted { after, limit, events, hidden, account_id: self.terms.account.map(Into::into), ..Wanted::default() }
    }

    /// True when everything failed for so long that nobody is there.
    pub(crate) fn has_failed_for_days(&self, now: DateTime<Utc>) -> bool {
        self.failing_since.is_some_and(|since| now - since >= PATIENCE)
    }
}

#[cfg(test)]
mod unit {
    use super::*;

    #[test]
    fn the_whole_transition_table() {
        let mut table = Vec::new();
        for state in WebhookState::ALL {
            for step in WebhookStep::ALL {
                table.extend(after(*state, *step).map(|next| (state.as_str(), step.as_str(), next.as_str())));
            }
        }
        assert_eq!(table, [("enabled", "disable", "disabled"), ("disabled", "enable", "enabled")]);
    }

    #[test]
    fn the_old_secret_signs_beside_the_new_one_for_its_time() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let touch = |text: &str| Touch { by: Uuid::nil(), at: at(text) };
        let terms = Terms { url: String::new(), description: None, types: Vec::new(), account: None };
        let hook = Webhook::new(terms, (Uuid::nil(), Reader::default()), 0, touch("2026-03-02T12:00:00Z"));
        let hook = hook.rotate(TimeDelta::hours(24), touch("2026-03-02T13:00:00Z")).unwrap();
        assert_eq!(hook.secrets_at(at("2026-03-03T12:59:59Z")).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(hook.secrets_at(at("2026-03-03T13:00:00Z")).collect::<Vec<_>>(), [2]);
        let failing = Webhook { failing_since: Some(at("2026-03-01T00:00:00Z")), ..hook };
        assert!(!failing.has_failed_for_days(at("2026-03-05T23:59:59Z")) && failing.has_failed_for_days(at("2026-03-06T00:00:00Z")));
    }
}
