//! Who may sign in, and what they may do: users, roles, API keys, sessions, tokens and the keys that sign them.
//!
//! Passwords and secrets are stored as hashes only and never reach a log, an event or the audit trail. Every answer to
//! wrong credentials is the same, and takes as long, for a stranger as for a user. Nobody hands out rights they do not
//! hold. Verification of tokens is not here: each service does that itself, in `platform::authority`.

pub mod api_keys;
pub mod bootstrap;
mod columns;
mod directory;
pub mod email;
pub mod entitlement;
mod migrations;
pub mod oauth;
pub mod password;
pub mod permission;
mod provider;
pub mod revocations;
pub mod roles;
pub mod seal;
pub mod secret;
pub mod service_clients;
pub mod sessions;
pub mod signing_keys;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
pub mod throttle;
pub mod tokens;
mod uncached;
mod upkeep;
pub mod users;

use std::sync::Arc;

use actix_web::web::Data;
use chrono::TimeDelta;
use platform::config::Settings;
use platform::db::Db;
use platform::operation::Operations;
use platform::problem::Problem;
use platform::service::{Foundation, Mounted, Service};

pub use directory::{AccessToken, Deployment, Directory, issuer};
pub use entitlement::{Access, Entitlement};
pub use permission::Permissions;
pub use provider::examine as examine_provider;
pub use service_clients::client_secret;
pub use tokens::Grant;

use upkeep::Upkeep;

/// Signs an access token on a migrated database: for the command line and for tests.
///
/// # Errors
/// Those of [`Directory::open`] and [`Directory::mint`].
pub async fn mint(db: Db, settings: &Settings, grant: &Grant, lifetime: TimeDelta) -> Result<AccessToken, Problem> {
    let clock = db.clock().clone();
    Directory::open(db, clock, Deployment::of(settings)).await?.mint(grant, lifetime).await
}

/// The identity service.
#[must_use]
pub fn service() -> Service {
    Service {
        name: "identity",
        about: "Users, roles, API keys, sessions and access tokens.",
        number: 1,
        operations,
        migrations: migrations::all,
        start: |foundation| Box::pin(start(foundation)),
    }
}

fn operations() -> Operations {
    users::operations()
        .and(roles::operations())
        .and(api_keys::operations())
        .and(sessions::operations())
        .and(oauth::operations())
        .and(signing_keys::operations())
        .and(revocations::operations())
        .and(bootstrap::operations())
}

async fn start(foundation: Foundation) -> Result<Mounted, Problem> {
    let deployment = Deployment::of(&foundation.settings);
    let directory = Directory::open(foundation.db, foundation.clock, deployment).await?;
    let upkeep = Upkeep(directory.clone());
    let data = Data::new(directory);
    Ok(Mounted {
        data: Arc::new(move |config| {
            config.app_data(Data::clone(&data));
        }),
        workers: vec![Arc::new(upkeep)],
    })
}
