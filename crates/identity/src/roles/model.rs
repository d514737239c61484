//! Roles: named sets of permissions. The built-in ones ship with Liaison and never change; others are made at will.

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::RoleId;
use uuid::Uuid;

use crate::permission::Permissions;

/// The role that holds everything; at least one active user always has it.
pub const ADMIN: &str = "admin";

/// The portal customer's role; it goes with accounts and only with them.
pub const CUSTOMER: &str = "customer";

/// What every signed-in principal may do, whatever the roles: read who they are, change the password, end sessions.
pub const EVERYONE: &str = "me:*";

/// A role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    pub id: RoleId,
    pub version: i64,
    pub name: String,
    pub description: String,
    pub permissions: Permissions,
    pub built_in: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

/// What may be changed about a role.
#[derive(Clone, Debug, Default)]
pub struct RolePatch {
    pub description: Option<String>,
    pub permissions: Option<Permissions>,
}

impl Role {
    /// The role after a change.
    ///
    /// # Errors
    /// 409 `built_in_role`.
    pub fn patched(mut self, patch: RolePatch, now: DateTime<Utc>) -> Result<Self, Fault> {
        self.demand_custom()?;
        self.description = patch.description.unwrap_or(self.description);
        self.permissions = patch.permissions.unwrap_or(self.permissions);
        self.version = self.version.saturating_add(1);
        self.updated_at = now;
        Ok(self)
    }

    /// # Errors
    /// 409 `built_in_role`.
    pub fn demand_custom(&self) -> Result<(), Fault> {
        if self.built_in {
            return Err(Fault::conflict("built_in_role", "Built-in roles cannot be changed or deleted; create a role of your own."));
        }
        Ok(())
    }
}

/// A role that ships with Liaison. Its id is fixed so that every deployment agrees on it.
#[derive(Clone, Copy, Debug)]
pub struct BuiltIn {
    pub id: Uuid,
    pub name: &'static str,
    pub description: &'static str,
    /// Patterns separated by spaces, as in a token's scope.
    pub scope: &'static str,
}

impl BuiltIn {
    /// What the role allows.
    #[must_use]
    pub fn permissions(&self) -> Permissions {
        Permissions::stored(self.scope.split_ascii_whitespace())
    }
}

const fn built_in(number: u128, name: &'static str, description: &'static str, scope: &'static str) -> BuiltIn {
    // A version 8 (custom) UUID: it cannot collide with the version 7 ids of created roles.
    BuiltIn { id: Uuid::from_u128(0x11a1_5005_0000_8000_8000_0000_0000_0000 | number), name, description, scope }
}

/// The built-in roles. Approving and overriding are kept apart from making, so that one person cannot do both by role alone.
pub const BUILT_IN: [BuiltIn; 10] = [
    built_in(1, ADMIN, "Everything, including users, keys and configuration.", "*:*"),
    built_in(
        2,
        "coordinator",
        "Works tickets, accounts, quotes and orders from the first message to the answer.",
        "safety-reports:file safety-reports:read corrective-actions:read corrective-actions:work \
         notices:read notices:write notices:send notices:acknowledge notice-templates:read \
         emergencies:* pages:read pages:acknowledge oncall-schedules:read oncall-schedules:override \
         scheduling-requests:* accounts:read accounts:write accounts:hold sites:* contacts:* assignments:* branches:read contracts:read \
         items:read pricebooks:read price-assignments:read exchange-rates:read charge-rules:read index-values:read quote-approval-rules:read pricing-context:read change-sets:read price:* quotes:read quotes:write \
         quotes:send quotes:accept quotes:reject quotes:convert tickets:* saved-views:* surveys:read ticket-reports:read intake:* mailboxes:read \
         outgoing-mails:read outgoing-texts:read calendars:read sla-policies:read orders:* billables:read invoices:read payments:read operations:* \
         events:read agents:read agents:availability groups:read territories:read escalation-policies:read \
         macros:read \
         automations:read \
         notifications:read notifications:write routing-rules:read assignment-decisions:read",
    ),
    built_in(
        3,
        "account_manager",
        "Owns accounts: contracts, prices and quotes, and what was promised to them.",
        "safety-reports:file safety-reports:read corrective-actions:read corrective-actions:work \
         notices:* notice-templates:* emergencies:read pages:read pages:acknowledge oncall-schedules:read \
         scheduling-requests:read scheduling-requests:write accounts:* sites:* contacts:* assignments:* branches:read contracts:* \
         items:read pricebooks:read price-assignments:read exchange-rates:read charge-rules:read index-values:read quote-approval-rules:read pricing-context:read item-usages:read change-sets:read change-sets:write price:* quotes:* tickets:read \
         tickets:write tickets:work saved-views:* surveys:read ticket-reports:read obligations:* outgoing-mails:read outgoing-texts:read calendars:read sla-policies:read \
         orders:read billables:read invoices:read payments:read operations:* events:read agents:read agents:availability groups:read \
         territories:read escalation-policies:read \
         macros:read \
         automations:read \
         notifications:read notifications:write routing-rules:read assignment-decisions:read",
    ),
    built_in(
        4,
        "retention_specialist",
        "Works cancellation requests and save offers.",
        "safety-reports:file safety-reports:read corrective-actions:read corrective-actions:work \
         notices:read emergencies:read pages:read pages:acknowledge oncall-schedules:read \
         scheduling-requests:* accounts:read accounts:write sites:read contacts:* assignments:read branches:read contracts:read \
         pricing-context:read price:* quotes:read quotes:write quotes:send tickets:* saved-views:* surveys:read ticket-reports:read calendars:read \
         orders:read invoices:read events:read agents:read agents:availability groups:read territories:read macros:read \
         notifications:read \
         notifications:write routing-rules:read assignment-decisions:read",
    ),
    built_in(
        5,
        "dispatcher",
        "Prepares, schedules and completes orders.",
        "safety-reports:file safety-reports:read corrective-actions:read corrective-actions:work \
         notices:read emergencies:read emergencies:write emergencies:work pages:read pages:acknowledge oncall-schedules:read \
         oncall-schedules:override \
         scheduling-requests:* \
         accounts:read sites:read contacts:read branches:read contracts:read items:read tickets:read tickets:write tickets:work \
         saved-views:* surveys:read ticket-reports:read calendars:read orders:* events:read \
         agents:read groups:read \
         macros:read \
         notifications:read notifications:write",
    ),
    built_in(
        6,
        "billing",
        "Invoices, payments, credit and the ledger.",
        "safety-reports:file safety-reports:read corrective-actions:read corrective-actions:work \
         notices:read \
         accounts:read accounts:hold sites:read contacts:read branches:read contracts:read items:read pricebooks:read exchange-rates:* charge-rules:read index-values:* \
         pricing-context:read price:* quotes:read tickets:read tickets:write tickets:work saved-views:* surveys:read ticket-reports:read orders:read \
         billables:* bill-runs:* invoices:* credit-memos:* payments:* ledger:* reports:* integrity:* operations:* events:read \
         agents:read groups:read macros:read \
         notifications:read notifications:write",
    ),
    built_in(
        7,
        "safety",
        "Safety reports and what follows from them.",
        "safety-reports:* safety-identities:* corrective-actions:* \
         emergencies:* pages:read pages:acknowledge oncall-schedules:read \
         accounts:read sites:read contacts:read branches:read contracts:read tickets:* saved-views:* surveys:read ticket-reports:read \
         obligations:excuse \
         calendars:read orders:read events:read agents:read agents:availability groups:read territories:read macros:read \
         notifications:read notifications:safety_manager \
         notifications:write routing-rules:read assignment-decisions:read",
    ),
    built_in(8, "auditor", "Reads everything, including the audit trail; changes nothing.", "*:read"),
    built_in(
        9,
        "automation",
        "Scripts and integrations: what coordinators and billing do, imports and mail; no approvals.",
        "safety-reports:file \
         emergencies:read emergencies:write pages:read pages:report oncall-schedules:read \
         notices:read notices:write notices:send notices:acknowledge notice-templates:read \
         scheduling-requests:* attachments:scan \
         accounts:read accounts:write accounts:hold sites:* contacts:* assignments:* branches:read contracts:read contracts:write \
         items:* pricebooks:read pricebooks:write price-assignments:* exchange-rates:* charge-rules:read index-values:* item-usages:* change-sets:read pricing-context:read price:* quotes:read \
         quotes:write quotes:send quotes:accept quotes:reject quotes:convert tickets:* saved-views:* surveys:read ticket-reports:read intake:* mailboxes:read \
         outgoing-mails:* outgoing-texts:* calendars:read sla-policies:read orders:* billables:* bill-runs:* invoices:* credit-memos:* payments:* \
         ledger:read integrity:read reports:read events:read webhooks:* operations:* \
         agents:read agents:availability groups:read territories:read \
         notifications:read notifications:write routing-rules:read assignment-decisions:read",
    ),
    built_in(
        10,
        CUSTOMER,
        "A portal customer: own accounts, tickets, quotes, orders and invoices.",
        "emergencies:read notices:read notices:acknowledge \
         scheduling-requests:read scheduling-requests:write \
         accounts:read sites:read contacts:read contracts:read tickets:read tickets:write quotes:read quotes:accept \
         quotes:reject orders:read invoices:read payments:read events:read webhooks:read webhooks:write",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_role_is_well_formed_and_only_the_administrator_governs() {
        for role in BUILT_IN {
            let patterns: Vec<&str> = role.scope.split_ascii_whitespace().collect();
            let permissions = Permissions::parse(&patterns, "").unwrap();
            for reserved in ["users:create", "roles:update", "api-keys:create", "signing-keys:rotate"] {
                let needed = Permissions::parse(&[reserved], "").unwrap();
                assert_eq!(permissions.covers(&needed), role.name == ADMIN, "{} {reserved}", role.name);
            }
        }
    }

    #[test]
    fn a_built_in_role_cannot_be_changed() {
        let [first, ..] = BUILT_IN;
        let now: DateTime<Utc> = "2026-03-02T09:00:00Z".parse().unwrap();
        let role = Role {
            id: first.id.into(),
            version: 1,
            name: first.name.into(),
            description: first.description.into(),
            permissions: first.permissions(),
            built_in: true,
            created_at: now,
            updated_at: now,
        };
        assert_eq!(role.clone().patched(RolePatch::default(), now).unwrap_err().code, "built_in_role");
        let own = Role { built_in: false, ..role };
        assert_eq!(own.patched(RolePatch { description: Some("x".into()), permissions: None }, now).unwrap().version, 2);
    }
}
