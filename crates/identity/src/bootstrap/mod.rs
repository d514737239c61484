//! The first administrator: made once, by whoever holds the one-time token that the first start printed.

pub mod entity;
mod http;
mod store;
#[cfg(test)]
mod tests;

use kernel::Clock;
use platform::db::Db;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use zeroize::Zeroizing;

use http::{__path_bootstrap, bootstrap};

use crate::secret::Secret;

/// What every bootstrap token starts with.
pub const PREFIX: &str = "lsn_bootstrap_";

pub(super) fn operations() -> Operations {
    operations!["bootstrap"; bootstrap]
}

/// The one-time token to print at the first start of a deployment; none at any later start, nor in a second replica.
/// With `again`, a fresh token in place of one that was lost before it was used.
///
/// # Errors
/// 503 when the database cannot be used.
pub async fn token(db: &Db, again: bool) -> Result<Option<Zeroizing<String>>, Problem> {
    if !again && store::is_issued(db.read()).await? {
        return Ok(None);
    }
    let secret = Secret::generate().map_err(Problem::internal)?;
    let now = Clock::default().now();
    let issued = db.write("bootstrap.issue", async |tx| store::issue(tx, &secret, again, now).await).await?;
    Ok(issued.then(|| Zeroizing::new(format!("{PREFIX}{}", secret.base64()))))
}
