//! Reading the feed.

use std::collections::HashMap;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Query};
use chrono::{DateTime, Utc};
use platform::caller::{Caller, Claims};
use platform::operation::Operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::{operations, permissions};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::Feed;
use super::entity::Model;
use super::store::{self, Wanted};

permissions! {
    pub(super) ReadEvents = "events:read";
}

/// Object types whose events need a permission of their own: who may do what is not everyone's business.
const RESTRICTED: [(&str, &str); 6] = [
    ("user", "users:read"),
    ("role", "roles:read"),
    ("api_key", "api-keys:read"),
    ("session", "users:read"),
    ("signing_key", "signing-keys:read"),
    ("webhook", "webhooks:read"),
];
const LIMIT: u64 = 100;
const MOST: u64 = 200;

/// The types of objects that a token's owner may not see.
pub(crate) fn hidden_from(claims: &Claims) -> impl Iterator<Item = &'static str> + '_ {
    RESTRICTED.iter().filter(|(_, permission)| !claims.allow(permission)).map(|(kind, _)| *kind)
}

/// Where to go on and what to leave out.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct FeedQuery {
    /// The `next_cursor` of the page before; absent begins with the oldest event kept.
    #[param(max_length = 20)]
    after: Option<String>,
    /// How many rows at most, 1 to 200.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u64>,
    /// For events: names such as `ticket.resolved` or `ticket.*`; for changes: object types such as `ticket`. Separated by
    /// commas.
    #[param(max_length = 1000)]
    types: Option<String>,
    /// Only events of this object.
    subject_id: Option<Uuid>,
}

impl FeedQuery {
    fn wanted(&self, caller: &Caller<ReadEvents>) -> Result<Wanted, Problem> {
        let refuse = |code: &'static str, detail: &str| Problem::new(StatusCode::BAD_REQUEST, code, detail);
        let after = match &self.after {
            None => 0,
            Some(cursor) => cursor
                .parse()
                .ok()
                .filter(|position| *position >= 0)
                .ok_or_else(|| refuse("invalid_cursor", "Send the next_cursor of a page."))?,
        };
        let limit = self.limit.unwrap_or(LIMIT);
        if !(1..=MOST).contains(&limit) {
            return Err(refuse("invalid_limit", "limit must be 1 to 200."));
        }
        let hidden = hidden_from(caller.claims()).map(str::to_owned).collect();
        Ok(Wanted { after, limit, subject_id: self.subject_id, hidden, ..Wanted::default() })
    }

    fn names(&self) -> Vec<String> {
        let names = self.types.as_deref().unwrap_or_default().split(',').map(str::trim);
        names.filter(|name| !name.is_empty()).map(str::to_owned).collect()
    }
}

/// One event. Customers get no `data`.
///
/// Documents the envelope, which is sent as its service froze it.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EventView {
    /// The same for every delivery of this event; consumers ignore an id they have seen.
    id: Uuid,
    /// What happened, in the past tense.
    #[schema(example = "ticket.resolved")]
    r#type: String,
    /// The service it happened in.
    service: String,
    subject: SubjectView,
    /// Rises by one with each change of the subject.
    sequence: i64,
    /// When it happened; a breach is dated at its due time.
    occurred_at: DateTime<Utc>,
    /// When it was committed.
    recorded_at: DateTime<Utc>,
    account_id: Option<Uuid>,
    site_id: Option<Uuid>,
    branch_id: Option<Uuid>,
    /// The subject as it was then.
    data: Option<serde_json::Value>,
}

/// The object that an event is about.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SubjectView {
    r#type: String,
    id: Uuid,
}

/// A page of the feed. `next_cursor` is always there: ask again with it to learn of what happens next.
#[derive(Serialize, ToSchema)]
pub(super) struct EventPage {
    #[schema(value_type = Vec<EventView>)]
    data: Vec<Box<RawValue>>,
    next_cursor: String,
}

/// What has become of one object since the cursor.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct ChangeView {
    subject: SubjectView,
    /// The object's version after its latest change in this page.
    version: i64,
    /// True when the object is gone: a tombstone.
    deleted: bool,
    changed_at: DateTime<Utc>,
}

/// A page of changes; `next_cursor` is always there.
#[derive(Serialize, ToSchema)]
pub(super) struct ChangePage {
    data: Vec<ChangeView>,
    next_cursor: String,
}

/// Read the event feed.
///
/// Events come in the order in which they became known, without gaps that fill later. They are kept for 30 days.
#[utoipa::path(get, path = "/v1/events", params(FeedQuery), responses((status = 200, body = EventPage)))]
pub(super) async fn list(caller: Caller<ReadEvents>, query: Query<FeedQuery>, feed: Data<Feed>) -> Result<Reply, Problem> {
    let wanted = Wanted { events: query.names(), ..query.wanted(&caller)? };
    let rows = store::after(feed.db.read(), caller.scope(), &wanted).await?;
    let next_cursor = next(&rows, &wanted);
    let data = rows.into_iter().map(|row| envelope(row, caller.scope().is_customer())).collect::<Result<_, _>>()?;
    Reply::ok(&EventPage { data, next_cursor })
}

/// Read which objects have changed.
///
/// Each object appears once in a page, with its latest version in that page; deleted objects appear as tombstones.
#[utoipa::path(get, path = "/v1/changes", params(FeedQuery), responses((status = 200, body = ChangePage)))]
pub(super) async fn changes(caller: Caller<ReadEvents>, query: Query<FeedQuery>, feed: Data<Feed>) -> Result<Reply, Problem> {
    let wanted = Wanted { subject_types: query.names(), ..query.wanted(&caller)? };
    let rows = store::after(feed.db.read(), caller.scope(), &wanted).await?;
    let next_cursor = next(&rows, &wanted);
    let mut latest: HashMap<Uuid, i64> = HashMap::new();
    for row in &rows {
        latest.insert(row.subject_id, row.position);
    }
    let data = rows.into_iter().filter(|row| latest.get(&row.subject_id) == Some(&row.position)).map(change).collect();
    Reply::ok(&ChangePage { data, next_cursor })
}

fn next(rows: &[Model], wanted: &Wanted) -> String {
    rows.last().map_or(wanted.after, |row| row.position).to_string()
}

fn change(row: Model) -> ChangeView {
    let subject = SubjectView { r#type: row.subject_type, id: row.subject_id };
    ChangeView { subject, version: row.sequence, deleted: row.deleted, changed_at: row.recorded_at }
}

/// The envelope as frozen for staff; for customers without data and without the name of who acted.
pub(crate) fn envelope(row: Model, for_customer: bool) -> Result<Box<RawValue>, Problem> {
    if !for_customer {
        return Ok(RawValue::from_string(row.payload)?);
    }
    let mut envelope: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&row.payload)?;
    for internal in ["data", "actor", "portal", "branch_id"] {
        envelope.remove(internal);
    }
    Ok(serde_json::value::to_raw_value(&envelope)?)
}

pub(crate) fn operations() -> Operations {
    operations!["events"; list].and(operations!["changes"; changes])
}
