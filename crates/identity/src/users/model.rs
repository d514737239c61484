//! A user: who it is, which roles and rows, and whether they may sign in.
//!
//! Decisions only; passwords arrive here as hashes, and role names as the entitlement they add up to.

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::UserId;
use kernel::{transition, words};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::email::Email;
use crate::entitlement::Access;
use crate::roles::model::{ADMIN, CUSTOMER};

words! {
    /// Whether a user may sign in.
    pub enum UserState {
        Active = "active",
        Disabled = "disabled",
    }

    /// A step of a user's life.
    pub enum Step { Disable = "disable", Enable = "enable" }
}

impl UserState {
    /// Reads the stored text; anything unknown may not sign in.
    #[must_use]
    pub fn stored(text: &str) -> Self {
        text.parse().unwrap_or(Self::Disabled)
    }
}

/// The state after `step`.
///
/// # Errors
/// 409 `illegal_transition`.
pub fn next_state(state: UserState, step: Step) -> Result<UserState, Fault> {
    transition::moved(state, step, after)
}

/// The state after a step.
const fn after(state: UserState, step: Step) -> Option<UserState> {
    match (state, step) {
        (UserState::Active, Step::Disable) => Some(UserState::Disabled),
        (UserState::Disabled, Step::Enable) => Some(UserState::Active),
        (UserState::Active, Step::Enable) | (UserState::Disabled, Step::Disable) => None,
    }
}

/// How a trusted OpenID provider knows a user: its tokens about this subject are exchanged for the user's.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ExternalIdentity {
    /// The provider, exactly as its tokens name it.
    #[schema(min_length = 1, max_length = 255, example = "https://login.example.com/")]
    pub issuer: String,
    /// The provider's own, never reused, id of the user.
    #[schema(min_length = 1, max_length = 255, example = "248289761001")]
    pub subject: String,
}

/// A user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub version: i64,
    pub external_ref: Option<String>,
    pub external_identity: Option<ExternalIdentity>,
    pub email: Email,
    pub name: String,
    /// Sorted, without repetition.
    pub roles: Vec<String>,
    pub access: Access,
    pub state: UserState,
    pub password_hash: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// What may be changed about a user.
#[derive(Clone, Debug, Default)]
pub struct UserPatch {
    pub external_ref: Option<Option<String>>,
    pub external_identity: Option<Option<ExternalIdentity>>,
    pub email: Option<Email>,
    pub name: Option<String>,
    pub roles: Option<Vec<String>>,
    pub branches: Option<Option<Vec<uuid::Uuid>>>,
    pub accounts: Option<Option<Vec<uuid::Uuid>>>,
    pub sites: Option<Option<Vec<uuid::Uuid>>>,
}

impl User {
    /// Checks what holds for every user, new or changed.
    ///
    /// # Errors
    /// Field faults: no role, or customers and accounts that do not go together.
    pub fn checked(mut self) -> Result<Self, Fault> {
        self.roles.sort();
        self.roles.dedup();
        self.access = self.access.checked()?;
        let is_customer = self.roles.iter().any(|role| role == CUSTOMER);
        if self.roles.is_empty() {
            return Err(Fault::field("/roles", "no_role", "A user has at least one role."));
        }
        if is_customer && self.roles.len() > 1 {
            return Err(Fault::field("/roles", "customer_and_staff", "A portal customer has the role customer and no other."));
        }
        if is_customer != self.access.is_customer() {
            return Err(Fault::field("/accounts", "customer_accounts", "Portal customers, and only they, are bound to accounts."));
        }
        Ok(self)
    }

    /// The user after a change.
    ///
    /// # Errors
    /// See [`User::checked`].
    pub fn patched(mut self, patch: UserPatch, now: DateTime<Utc>) -> Result<Self, Fault> {
        self.external_ref = patch.external_ref.unwrap_or(self.external_ref);
        self.external_identity = patch.external_identity.unwrap_or(self.external_identity);
        self.email = patch.email.unwrap_or(self.email);
        self.name = patch.name.unwrap_or(self.name);
        self.roles = patch.roles.unwrap_or(self.roles);
        self.access.branches = patch.branches.unwrap_or(self.access.branches);
        self.access.accounts = patch.accounts.unwrap_or(self.access.accounts);
        self.access.sites = patch.sites.unwrap_or(self.access.sites);
        self.stepped(now).checked()
    }

    /// The user disabled or enabled.
    ///
    /// # Errors
    /// See [`next_state`].
    pub fn moved(mut self, step: Step, now: DateTime<Utc>) -> Result<Self, Fault> {
        self.state = next_state(self.state, step)?;
        Ok(self.stepped(now))
    }

    /// The user with another password.
    #[must_use]
    pub fn with_password(mut self, hash: String, now: DateTime<Utc>) -> Self {
        self.password_hash = Some(hash);
        self.stepped(now)
    }

    fn stepped(mut self, now: DateTime<Utc>) -> Self {
        self.updated_at = now;
        self.version = self.version.saturating_add(1);
        self
    }

    /// True for someone who can repair a deployment: an active, unrestricted administrator.
    #[must_use]
    pub fn governs(&self) -> bool {
        self.state == UserState::Active && self.access == Access::default() && self.roles.iter().any(|role| role == ADMIN)
    }

    /// True when `other` differs in more than its version.
    #[must_use]
    pub fn differs(&self, other: &Self) -> bool {
        self.rights_differ(other)
            || self.email != other.email
            || self.name != other.name
            || self.external_ref != other.external_ref
            || self.external_identity != other.external_identity
    }

    /// True when `other` may do something else than this user, so that tokens issued before must end.
    #[must_use]
    pub fn rights_differ(&self, other: &Self) -> bool {
        self.roles != other.roles || self.access != other.access || self.state != other.state
    }
}

#[cfg(test)]
mod tests {
    use kernel::id::new_uuid;

    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-03-02T09:00:00Z".parse().unwrap()
    }

    fn coordinator() -> User {
        User {
            id: UserId::generate(),
            version: 1,
            external_ref: None,
            external_identity: None,
            email: Email::parse("ada@example.com", "/email").unwrap(),
            name: "Ada".into(),
            roles: vec!["coordinator".into()],
            access: Access::default(),
            state: UserState::Active,
            password_hash: None,
            created_at: now(),
            updated_at: now(),
        }
    }

    #[test]
    fn the_whole_transition_table() {
        use UserState::{Active, Disabled};
        assert_eq!(next_state(Active, Step::Disable), Ok(Disabled));
        assert_eq!(next_state(Disabled, Step::Enable), Ok(Active));
        assert_eq!(next_state(Active, Step::Enable).unwrap_err().allowed, ["disable"]);
        assert_eq!(next_state(Disabled, Step::Disable).unwrap_err().allowed, ["enable"]);
    }

    #[test]
    fn customers_and_only_they_are_bound_to_accounts() {
        let account = vec![new_uuid()];
        let code = |roles: &[&str], accounts: Option<Vec<uuid::Uuid>>| {
            let roles = Some(roles.iter().map(|role| (*role).to_owned()).collect());
            let changed = coordinator().patched(UserPatch { roles, accounts: Some(accounts), ..UserPatch::default() }, now());
            changed.err().map(|fault| fault.errors[0].code.to_string())
        };
        assert_eq!(code(&["customer"], Some(account.clone())), None);
        assert_eq!(code(&["customer"], None).as_deref(), Some("customer_accounts"));
        assert_eq!(code(&["coordinator"], Some(account.clone())).as_deref(), Some("customer_accounts"));
        assert_eq!(code(&["coordinator", "customer"], Some(account)).as_deref(), Some("customer_and_staff"));
        assert_eq!(code(&[], None).as_deref(), Some("no_role"));
    }

    #[test]
    fn a_change_raises_the_version_and_tells_whether_rights_changed() {
        let before = coordinator();
        let renamed = before.clone().patched(UserPatch { name: Some("Ada L.".into()), ..UserPatch::default() }, now()).unwrap();
        assert_eq!((renamed.version, before.rights_differ(&renamed)), (2, false));
        let moved = before.clone().patched(UserPatch { branches: Some(Some(vec![new_uuid()])), ..UserPatch::default() }, now()).unwrap();
        assert!(before.rights_differ(&moved));
        assert!(before.rights_differ(&before.clone().moved(Step::Disable, now()).unwrap()));
    }

    #[test]
    fn only_an_active_unrestricted_administrator_governs() {
        let admin = User { roles: vec![ADMIN.into()], ..coordinator() };
        assert!(admin.governs());
        assert!(!coordinator().governs());
        assert!(!admin.clone().moved(Step::Disable, now()).unwrap().governs());
        assert!(!User { access: Access { branches: Some(vec![new_uuid()]), ..Access::default() }, ..admin }.governs());
    }
}
