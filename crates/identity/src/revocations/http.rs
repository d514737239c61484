//! The list that services poll.

use actix_web::web::{Data, Query};
use chrono::{DateTime, Utc};
use platform::caller::Caller;
use platform::permissions;
use platform::problem::Problem;
use platform::reply::Reply;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::store;
use crate::directory::Directory;

permissions! {
    /// Held by services.
    pub(crate) ReadRevocations = "revocations:read";
}

/// What to read.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Since {
    /// Only what was revoked after this instant; twenty minutes ago by default and at the earliest.
    since: Option<DateTime<Utc>>,
}

/// Sessions, API keys and users whose tokens must be refused.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RevocationList {
    /// Compare with a token's `sid` and `sub`.
    #[schema(max_items = 100_000)]
    data: Vec<Uuid>,
    /// Ask for what came later by `since`; overlap a little, because commits can be out of order.
    as_of: DateTime<Utc>,
}

/// List what was revoked lately.
///
/// For services that verify tokens themselves: ids of sessions, API keys and users revoked in the last twenty minutes.
#[utoipa::path(get, path = "/v1/revocations", params(Since), responses((status = 200, description = "The ids.", body = RevocationList)))]
pub(crate) async fn list(_caller: Caller<ReadRevocations>, query: Query<Since>, app: Data<Directory>) -> Result<Reply, Problem> {
    let now = app.wall.now();
    let earliest = now - store::KEEP;
    let since = query.since.map_or(earliest, |since| since.max(earliest));
    Reply::ok(&RevocationList { data: store::since(app.db.read(), since).await?, as_of: now })
}
