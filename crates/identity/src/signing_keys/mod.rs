//! The keys that sign access tokens: the public halves at `/.well-known/jwks.json`, rotation by administrators.
//!
//! Private halves are stored sealed and never leave the process. A rotation overlaps, so that no valid token is refused.

pub mod entity;
mod http;
mod keyring;
pub mod model;
pub(crate) mod store;
#[cfg(test)]
mod tests;

use chrono::TimeDelta;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;

use http::{__path_jwks, __path_list, __path_metadata, __path_rotate, jwks, list, metadata, rotate};
pub use keyring::Keyring;

use crate::directory::Directory;
use keyring::Fresh;
use model::Life;

pub(super) fn operations() -> Operations {
    operations!["signing-keys"; list, rotate, jwks, metadata]
}

/// Reads the keys again when those in memory are no longer fresh.
pub(crate) async fn refresh(directory: &Directory) -> Result<(), Problem> {
    let now = directory.wall.now();
    if directory.keyring.is_stale(now) { reload(directory).await } else { Ok(()) }
}

/// Reads the keys from the database.
pub(crate) async fn reload(directory: &Directory) -> Result<(), Problem> {
    directory.keyring.load(&store::all(directory.db.read()).await?, directory.wall.now())
}

/// Makes the first key of a deployment; of several replicas that start at once, one makes it.
pub(crate) async fn ensure_first(directory: &Directory) -> Result<(), Problem> {
    if store::all(directory.db.read()).await?.is_empty() {
        let fresh = Fresh::generate(directory.keyring.seal())?;
        let now = directory.wall.now();
        // Backdated, so that a replica whose clock is a little behind can sign too.
        let life = Life::first(now - TimeDelta::minutes(1));
        let made = directory.db.write("signing_key.first", async |tx| store::insert(tx, &fresh, 1, life, (None, now)).await).await;
        match made {
            Err(problem) if problem.code() != "rotation_in_progress" => return Err(problem),
            _ => {}
        }
    }
    reload(directory).await
}
