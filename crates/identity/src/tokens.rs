//! Access tokens: what they say about a principal, and signing them.

use chrono::{DateTime, TimeDelta, Utc};
use kernel::id::new_uuid;
use platform::authority::AUDIENCE;
use platform::caller::{ActorKind, Claims};
use uuid::Uuid;

use crate::entitlement::{Access, Entitlement};
use crate::permission::Permissions;
use crate::roles::model::EVERYONE;

/// How long an access token is valid.
pub const LIFETIME: TimeDelta = TimeDelta::minutes(15);

/// Under which the operator of a deployment acts; no user has it.
const OPERATOR: Uuid = Uuid::from_u128(0x11a1_5005_0000_8000_8000_0000_0000_0100);

/// Who a token is for and what it allows.
#[derive(Clone, Debug)]
pub struct Grant {
    pub kind: ActorKind,
    pub subject: Uuid,
    /// What a revocation names: the session's token chain, the API key, or the service.
    pub chain: Uuid,
    pub name: String,
    pub entitlement: Entitlement,
}

impl Grant {
    /// Everything, for whoever operates the deployment and so holds its secret: `liaison token`.
    #[must_use]
    pub fn operator() -> Self {
        Self {
            kind: ActorKind::User,
            subject: OPERATOR,
            chain: new_uuid(),
            name: "operator".to_owned(),
            entitlement: Entitlement { permissions: Permissions::stored(["*:*"]), access: Access::default() },
        }
    }

    /// The claims of a token issued at `now` for `lifetime`. Every principal may also read who they are.
    #[must_use]
    pub fn claims(&self, issuer: &str, now: DateTime<Utc>, lifetime: TimeDelta) -> Claims {
        let issued = now.timestamp();
        let permissions = self.entitlement.permissions.clone().and(Permissions::stored([EVERYONE]));
        let access = &self.entitlement.access;
        Claims {
            iss: issuer.to_owned(),
            aud: AUDIENCE.to_owned(),
            sub: self.subject,
            sid: self.chain,
            iat: issued,
            nbf: issued,
            exp: issued.saturating_add(lifetime.num_seconds()),
            jti: new_uuid(),
            scope: permissions.scope(),
            kind: self.kind,
            name: self.name.clone(),
            branches: access.branches.clone(),
            accounts: access.accounts.clone(),
            sites: access.sites.clone(),
        }
    }
}
