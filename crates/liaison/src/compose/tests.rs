use std::collections::BTreeSet;

use identity::Permissions;
use identity::roles::model::{ADMIN, BUILT_IN, EVERYONE};
use identity::service_clients;

use super::services;

/// What no built-in role but the administrator's can do, besides reading: governing the deployment, and releasing to
/// everyone what somebody else prepared. Who wants to delegate one of these makes a role for it.
const ADMINISTRATORS_ONLY: [&str; 33] = [
    "agents:write",
    "api-keys:create",
    "api-keys:revoke",
    "api-keys:update",
    "automations:write",
    "branches:write",
    "calendars:write",
    "change-sets:approve",
    "change-sets:publish",
    "change-sets:waive-notices",
    "charge-rules:write",
    "clock:set",
    "data-imports:undo",
    "escalation-policies:write",
    "groups:write",
    "item-costs:write",
    "macros:write",
    "mailboxes:write",
    "messages:redact",
    "oncall-schedules:write",
    "pricebooks:approve",
    "pricebooks:publish",
    "quote-approval-rules:write",
    "roles:create",
    "roles:delete",
    "roles:update",
    "routing-rules:write",
    "signing-keys:rotate",
    "sla-policies:write",
    "survey-templates:write",
    "territories:write",
    "users:create",
    "users:update",
];

/// Parts in the desk: whoever holds one reads the word that is left for it.
const PARTS: [&str; 3] = ["notifications:branch_manager", "notifications:duty_manager", "notifications:safety_manager"];

/// Every permission that an operation of some service needs.
fn declared() -> BTreeSet<&'static str> {
    let all = services().into_iter().flat_map(|service| service.all_operations().list.iter().map(|one| one.permission).collect::<Vec<_>>());
    all.flatten().collect()
}

fn allows(pattern: &str, permission: &str) -> bool {
    Permissions::stored([pattern]).covers(&Permissions::stored([permission]))
}

#[test]
fn a_role_and_a_service_name_only_permissions_that_some_operation_needs() {
    let declared = declared();
    let mut named: Vec<(String, String)> = Vec::new();
    for role in BUILT_IN {
        named.extend(role.permissions().texts().into_iter().map(|pattern| (role.name.to_owned(), pattern)));
    }
    for name in services().map(|service| service.name).into_iter().chain(["gateway"]) {
        let grant = service_clients::grant(name).expect("every service has a client");
        named.extend(grant.entitlement.permissions.texts().into_iter().map(|pattern| (grant.name.clone(), pattern)));
    }
    let idle: Vec<_> = named.iter().filter(|(_, pattern)| !declared.iter().chain(&PARTS).any(|needed| allows(pattern, needed))).collect();
    assert!(idle.is_empty(), "no operation needs these: {idle:?}");
}

#[test]
fn every_permission_belongs_to_a_role_or_to_administrators_alone() {
    let roles: Vec<Permissions> = BUILT_IN.iter().filter(|role| role.name != ADMIN).map(|role| role.permissions()).collect();
    let held = |permission: &str| roles.iter().any(|role| role.covers(&Permissions::stored([permission])));
    let declared = declared();
    // Everyone may see to themselves, whatever the roles.
    let own = |permission: &str| allows(EVERYONE, permission);
    let lost: Vec<_> = declared.iter().filter(|one| !held(one) && !own(one) && !ADMINISTRATORS_ONLY.contains(one)).collect();
    let stale: Vec<_> = ADMINISTRATORS_ONLY.iter().filter(|one| held(one) || !declared.contains(*one)).collect();
    assert!(lost.is_empty() && stale.is_empty(), "held by no role: {lost:?}; listed without need: {stale:?}");
}
