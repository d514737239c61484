//! What callers send and are shown about endpoints.

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::{AccountId, WebhookId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{Terms, Webhook, WebhookDisabledReason, WebhookState};

/// A new endpoint.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateWebhook {
    /// Reached by https at public addresses only.
    #[schema(min_length = 1, max_length = 2000, example = "https://hooks.example.com/liaison")]
    pub(crate) url: String,
    #[schema(min_length = 1, max_length = 200)]
    description: Option<String>,
    /// Names such as `ticket.resolved` or `ticket.*`; all events that its maker may see when absent.
    #[serde(default)]
    #[schema(max_items = 100)]
    types: Vec<EventName>,
    /// Only events of this account.
    account_id: Option<AccountId>,
}

/// The name of an event, or of all events of one type of object.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[schema(min_length = 1, max_length = 100, pattern = "^[a-z0-9_]+\\.([a-z0-9_]+|\\*)$", example = "ticket.*")]
pub(crate) struct EventName(String);

/// Changes to an endpoint; absent members stay.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct PatchWebhook {
    #[schema(min_length = 1, max_length = 2000)]
    pub(crate) url: Option<String>,
    #[serde(default, deserialize_with = "platform::patch::present")]
    #[schema(min_length = 1, max_length = 200)]
    description: Option<Option<String>>,
    #[schema(max_items = 100)]
    types: Option<Vec<EventName>>,
    #[serde(default, deserialize_with = "platform::patch::present")]
    account_id: Option<Option<AccountId>>,
}

/// How a secret is replaced.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct RotateWebhookSecret {
    /// How many hours the secret before signs beside the new one; 24 when absent.
    #[schema(minimum = 0, maximum = 168)]
    pub(crate) overlap_hours: Option<u16>,
}

/// Which events to send again.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct ReplayWebhook {
    /// Those after this cursor of the feed. Exactly one of `after` and `since`.
    #[schema(min_length = 1, max_length = 20, pattern = "^[0-9]+$")]
    after: Option<String>,
    /// Those recorded at this instant or later.
    #[schema(example = "2026-03-02T00:00:00Z")]
    since: Option<DateTime<Utc>>,
}

/// From where events are sent again.
pub(crate) enum From {
    Cursor(i64),
    Instant(DateTime<Utc>),
}

impl CreateWebhook {
    pub(crate) fn terms(&self) -> Terms {
        let types = self.types.iter().map(|name| name.0.clone()).collect();
        Terms { url: self.url.clone(), description: self.description.clone(), types, account: self.account_id }
    }
}

impl PatchWebhook {
    pub(crate) fn apply(&self, terms: Terms) -> Terms {
        Terms {
            url: self.url.clone().unwrap_or(terms.url),
            description: self.description.clone().unwrap_or(terms.description),
            types: self.types.as_ref().map_or(terms.types, |types| types.iter().map(|name| name.0.clone()).collect()),
            account: self.account_id.unwrap_or(terms.account),
        }
    }
}

impl ReplayWebhook {
    /// # Errors
    /// `after_or_since`, `invalid_cursor`.
    pub(crate) fn from(&self) -> Result<From, Fault> {
        match (&self.after, self.since) {
            (Some(cursor), None) => {
                let position = cursor.parse().map_err(|_| Fault::field("/after", "invalid_cursor", "Send a cursor of the feed."))?;
                Ok(From::Cursor(position))
            }
            (None, Some(since)) => Ok(From::Instant(since)),
            _ => Err(Fault::field("/after", "after_or_since", "Say from where by exactly one of after and since.")),
        }
    }
}

/// An endpoint.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct WebhookView {
    pub(crate) id: WebhookId,
    #[schema(minimum = 1)]
    pub(crate) version: i64,
    #[schema(max_length = 2000)]
    url: String,
    #[schema(max_length = 200)]
    description: Option<String>,
    #[schema(max_items = 100)]
    types: Vec<String>,
    account_id: Option<AccountId>,
    state: WebhookState,
    disabled_reason: Option<WebhookDisabledReason>,
    /// Who made it, and whose view of the feed it has.
    owner_id: Uuid,
    /// Until when the secret before signs too.
    old_secret_until: Option<DateTime<Utc>>,
    /// Since when everything failed.
    failing_since: Option<DateTime<Utc>>,
    /// The cursor of the feed up to which it was told, or is being told.
    #[schema(max_length = 20)]
    cursor: String,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl std::convert::From<&Webhook> for WebhookView {
    fn from(hook: &Webhook) -> Self {
        let terms = hook.terms.clone();
        Self {
            id: hook.id,
            version: hook.stamp.version,
            url: terms.url,
            description: terms.description,
            types: terms.types,
            account_id: terms.account,
            state: hook.state,
            disabled_reason: hook.disabled_reason,
            owner_id: hook.owner,
            old_secret_until: hook.old_secret_until,
            failing_since: hook.failing_since,
            cursor: hook.position.to_string(),
            created_at: hook.stamp.created_at,
            updated_at: hook.stamp.updated_at,
        }
    }
}

/// An endpoint with its secret, which is shown this once.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhookWithSecret {
    /// Signs what is sent, by the Standard Webhooks specification.
    #[schema(max_length = 64, example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    secret: String,
    #[serde(flatten)]
    webhook: WebhookView,
}

/// How many events are sent again.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WebhookReplay {
    #[schema(minimum = 0)]
    pub(crate) deliveries: u64,
}

/// Which endpoint.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct WebhookPath {
    pub(crate) webhook_id: WebhookId,
}
