//! An API key: a named credential for automation with its own permissions and rows, limited in time and revocable.
//!
//! The secret is not here: only its digest is. A key never gains rights after it was made.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::Fault;
use kernel::id::ApiKeyId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::entitlement::Entitlement;
use crate::secret::Secret;

/// The longest life of a key.
pub const LONGEST_LIFE: TimeDelta = TimeDelta::days(730);

/// How precisely the last use is known; keeps look-ups from becoming writes.
pub const USE_PRECISION: TimeDelta = TimeDelta::hours(1);

/// What a key can be used for at one instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ApiKeyState {
    Active,
    Expired,
    Revoked,
}

/// An API key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub version: i64,
    pub external_ref: Option<String>,
    pub name: String,
    pub secret_digest: Vec<u8>,
    pub entitlement: Entitlement,
    pub expires_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
    pub last_used_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl ApiKey {
    /// Checks what holds for every new key.
    ///
    /// # Errors
    /// Field faults: no permission, rows that do not fit together, an expiry in the past or too far away.
    pub fn checked(mut self, now: DateTime<Utc>) -> Result<Self, Fault> {
        self.entitlement.access = self.entitlement.access.checked()?;
        if self.entitlement.permissions.is_empty() {
            return Err(Fault::field("/permissions", "no_permission", "A key has at least one permission."));
        }
        if let Some(expiry) = self.expires_at {
            if expiry <= now {
                return Err(Fault::field("/expires_at", "in_the_past", "A key must expire in the future."));
            }
            if expiry > now + LONGEST_LIFE {
                return Err(Fault::field("/expires_at", "too_far", "A key lives at most two years."));
            }
        }
        Ok(self)
    }

    #[must_use]
    pub fn state(&self, now: DateTime<Utc>) -> ApiKeyState {
        if self.revoked_at.is_some() {
            ApiKeyState::Revoked
        } else if self.expires_at.is_some_and(|expiry| now >= expiry) {
            ApiKeyState::Expired
        } else {
            ApiKeyState::Active
        }
    }

    /// True when `secret` is this key's and the key can be used at `now`.
    #[must_use]
    pub fn admits(&self, secret: &Secret, now: DateTime<Utc>) -> bool {
        // The comparison always runs, so that its time does not tell a revoked key from a wrong secret.
        let matches = secret.matches(&self.secret_digest);
        matches && self.state(now) == ApiKeyState::Active
    }

    /// True when the stored last use is too old to stand for a use at `now`.
    #[must_use]
    pub fn needs_use_noted(&self, now: DateTime<Utc>) -> bool {
        self.last_used_at.is_none_or(|noted| now - noted >= USE_PRECISION)
    }

    /// The key under another name.
    ///
    /// # Errors
    /// 409 once revoked.
    pub fn renamed(mut self, name: String, now: DateTime<Utc>) -> Result<Self, Fault> {
        self.demand_unrevoked("rename")?;
        self.name = name;
        Ok(self.stepped(now))
    }

    /// The key revoked for good.
    ///
    /// # Errors
    /// 409 once revoked.
    pub fn revoked(mut self, now: DateTime<Utc>) -> Result<Self, Fault> {
        self.demand_unrevoked("revoke")?;
        self.revoked_at = Some(now);
        Ok(self.stepped(now))
    }

    fn demand_unrevoked(&self, step: &str) -> Result<(), Fault> {
        if self.revoked_at.is_some() { Err(Fault::illegal_transition(step, "revoked", std::iter::empty::<String>())) } else { Ok(()) }
    }

    fn stepped(mut self, now: DateTime<Utc>) -> Self {
        self.version = self.version.saturating_add(1);
        self.updated_at = now;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::permission::Permissions;

    fn now() -> DateTime<Utc> {
        "2026-03-02T09:00:00Z".parse().unwrap()
    }

    fn key(secret: &Secret) -> ApiKey {
        let entitlement = Entitlement { permissions: Permissions::stored(["tickets:read"]), ..Entitlement::default() };
        ApiKey {
            id: ApiKeyId::generate(),
            version: 1,
            external_ref: None,
            name: "nightly".into(),
            secret_digest: secret.digest().to_vec(),
            entitlement,
            expires_at: Some(now() + TimeDelta::days(1)),
            revoked_at: None,
            last_used_at: None,
            created_at: now(),
            updated_at: now(),
        }
    }

    #[test]
    fn a_key_admits_its_secret_until_it_expires_or_is_revoked() {
        let secret = Secret::generate().unwrap();
        let key = key(&secret);
        assert!(key.admits(&secret, now()));
        assert!(!key.admits(&Secret::generate().unwrap(), now()));
        assert!(!key.admits(&secret, now() + TimeDelta::days(1)));
        let revoked = key.revoked(now()).unwrap();
        assert!(!revoked.admits(&secret, now()));
        assert_eq!(revoked.clone().revoked(now()).unwrap_err().code, "illegal_transition");
        assert_eq!(revoked.version, 2);
    }

    #[test]
    fn the_last_use_is_noted_once_an_hour() {
        let secret = Secret::generate().unwrap();
        let used = ApiKey { last_used_at: Some(now()), ..key(&secret) };
        assert!(!used.needs_use_noted(now() + TimeDelta::minutes(59)));
        assert!(used.needs_use_noted(now() + TimeDelta::minutes(60)));
        assert!(key(&secret).needs_use_noted(now()));
    }

    #[test]
    fn a_key_needs_a_permission_and_a_reasonable_expiry() {
        let secret = Secret::generate().unwrap();
        let code = |key: ApiKey| key.checked(now()).err().map(|fault| fault.errors[0].code.to_string());
        assert_eq!(code(key(&secret)), None);
        assert_eq!(code(ApiKey { entitlement: Entitlement::default(), ..key(&secret) }).as_deref(), Some("no_permission"));
        assert_eq!(code(ApiKey { expires_at: Some(now()), ..key(&secret) }).as_deref(), Some("in_the_past"));
        assert_eq!(code(ApiKey { expires_at: Some(now() + TimeDelta::days(731)), ..key(&secret) }).as_deref(), Some("too_far"));
    }
}
