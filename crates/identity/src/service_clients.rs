//! The services' own OAuth clients, `service:<name>`: known by name, their secrets derived from the deployment secret.
//!
//! There is nothing to store or to configure: whoever holds the deployment secret is the deployment.

use std::collections::BTreeMap;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use platform::caller::ActorKind;
use platform::config;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::entitlement::{Access, Entitlement};
use crate::permission::Permissions;
use crate::secret;
use crate::tokens::Grant;

/// What a client id of a service starts with.
pub const PREFIX: &str = "service:";

/// Every service and what it may ask of its peers.
const SERVICES: [(&str, &[&str]); 7] = [
    ("gateway", &["*:read"]),
    ("identity", &["*:read"]),
    ("accounts", &["*:read"]),
    ("pricing", &["*:read", "notices:write", "contracts:write"]),
    ("tickets", &["*:read"]),
    ("orders", &["*:read", "price:*", "quotes:convert", "tickets:write"]),
    ("events", &["*:read"]),
];

/// The secret of the client `service:<name>`.
#[must_use]
pub fn client_secret(deployment: &config::Secret, name: &str) -> String {
    URL_SAFE_NO_PAD.encode(deployment.derive(&format!("client:{name}")))
}

/// The services' clients of one deployment.
#[derive(Clone)]
pub struct Clients(Arc<BTreeMap<&'static str, [u8; 32]>>);

impl Clients {
    /// The clients under this deployment secret.
    #[must_use]
    pub fn of(deployment: &config::Secret) -> Self {
        let digest = |name: &str| Sha256::digest(client_secret(deployment, name)).into();
        Self(Arc::new(SERVICES.iter().map(|(name, _)| (*name, digest(name))).collect()))
    }

    /// The grant of a service that presents its secret.
    #[must_use]
    pub fn admit(&self, client_id: &str, client_secret: &str) -> Option<Grant> {
        let name = client_id.strip_prefix(PREFIX)?;
        let expected = self.0.get(name)?;
        let presented: [u8; 32] = Sha256::digest(client_secret).into();
        secret::equal(expected, &presented).then(|| grant(name)).flatten()
    }
}

/// What a service is granted.
#[must_use]
pub fn grant(name: &str) -> Option<Grant> {
    let (name, permissions) = SERVICES.iter().find(|(known, _)| *known == name)?;
    let id = id(name);
    Some(Grant {
        kind: ActorKind::Service,
        subject: id,
        chain: id,
        name: format!("{PREFIX}{name}"),
        entitlement: Entitlement { permissions: Permissions::stored(*permissions), access: Access::default() },
    })
}

/// The id under which a service acts: the same in every deployment.
fn id(name: &str) -> Uuid {
    let digest: [u8; 32] = Sha256::digest(format!("{PREFIX}{name}")).into();
    digest.first_chunk::<16>().map_or_else(Uuid::nil, |bytes| uuid::Builder::from_custom_bytes(*bytes).into_uuid())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_admitted_by_its_own_secret_only() {
        let deployment = config::Secret::new("q3v9XkTz7LmW2bRy5HsN8dPc4FgJ6aUe");
        let clients = Clients::of(&deployment);
        let orders = client_secret(&deployment, "orders");
        assert_eq!(clients.admit("service:orders", &orders).unwrap().name, "service:orders");
        assert!(clients.admit("service:tickets", &orders).is_none());
        assert!(clients.admit("service:nobody", &client_secret(&deployment, "nobody")).is_none());
        assert!(clients.admit("orders", &orders).is_none());
        assert!(Clients::of(&config::Secret::new("another")).admit("service:orders", &orders).is_none());
    }

    #[test]
    fn services_have_ids_of_their_own_and_no_right_to_govern() {
        let ids: std::collections::BTreeSet<Uuid> = SERVICES.iter().map(|(name, _)| id(name)).collect();
        assert_eq!(ids.len(), SERVICES.len());
        for (name, _) in SERVICES {
            let govern = Permissions::stored(["users:create"]);
            assert!(!grant(name).unwrap().entitlement.permissions.covers(&govern), "{name}");
        }
    }
}
