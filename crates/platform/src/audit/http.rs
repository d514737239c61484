//! Reading a service's audit trail, and checking that nobody has rewritten it.

use actix_web::web::Query;
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use super::seal::{self, Verification};
use crate::caller::Caller;
use crate::operation::Operations;
use crate::problem::Problem;
use crate::reply::Reply;
use crate::service::Served;
use crate::{operations, permissions};

permissions! {
    ReadAudit = "audit:read";
}

const LIMIT: u64 = 50;
const MOST: u64 = 200;

/// Which entries to read.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct AuditQuery {
    /// The `next_cursor` of the page before.
    #[param(minimum = 0)]
    after: Option<i64>,
    /// How many entries at most, 1 to 200.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u64>,
    /// Only entries about this object.
    subject_id: Option<Uuid>,
    /// Only entries by this principal.
    actor_id: Option<Uuid>,
}

/// One entry: who did what to which object, with what effect.
#[derive(Serialize, ToSchema)]
struct AuditView {
    id: Uuid,
    at: DateTime<Utc>,
    actor: AuditActor,
    /// The event (`ticket.resolved`), or the permission that was refused.
    action: String,
    subject_type: String,
    subject_id: Option<Uuid>,
    /// The object before; absent for what was created.
    #[schema(value_type = Option<Object>)]
    before: Option<Box<RawValue>>,
    /// The object after.
    #[schema(value_type = Option<Object>)]
    after: Option<Box<RawValue>>,
    reason: Option<String>,
    request_id: Option<String>,
    /// `done` or `denied`.
    outcome: String,
}

/// The principal of an entry.
#[derive(Serialize, ToSchema)]
struct AuditActor {
    kind: String,
    id: Uuid,
    name: String,
}

/// A page of entries, oldest first; `next_cursor` is always there.
#[derive(Serialize, ToSchema)]
struct AuditPage {
    data: Vec<AuditView>,
    next_cursor: i64,
}

/// Read a service's audit trail.
///
/// Staff of some branches read what was done in these and what is no branch's.
#[utoipa::path(get, path = "/v1/audit/{service}", params(AuditQuery), responses((status = 200, body = AuditPage)))]
async fn list(caller: Caller<ReadAudit>, query: Query<AuditQuery>, served: Served) -> Result<Reply, Problem> {
    let limit = query.limit.unwrap_or(LIMIT).clamp(1, MOST);
    let after = query.after.unwrap_or(0);
    let own = caller.scope().condition(Column::BranchId, Column::BranchId, None).add(caller.scope().staff_only());
    let mut select = Entity::find().filter(Column::Seq.gt(after)).filter(own).order_by_asc(Column::Seq).limit(limit);
    if let Some(subject) = query.subject_id {
        select = select.filter(Column::SubjectId.eq(subject));
    }
    if let Some(actor) = query.actor_id {
        select = select.filter(Column::ActorId.eq(actor));
    }
    let rows = select.all(served.db().read()).await?;
    let next_cursor = rows.last().map_or(after, |row| row.seq);
    Reply::ok(&AuditPage { data: rows.into_iter().map(view).collect::<Result<_, _>>()?, next_cursor })
}

/// Verify a service's audit trail.
///
/// Recomputes the chain of hashes over every sealed entry.
#[utoipa::path(get, path = "/v1/audit/{service}/verification", responses((status = 200, body = Verification)))]
async fn verify(_caller: Caller<ReadAudit>, served: Served) -> Result<Reply, Problem> {
    Reply::ok(&seal::verify(served.db().read()).await?)
}

fn view(row: Model) -> Result<AuditView, Problem> {
    let json = |text: Option<String>| text.map(RawValue::from_string).transpose();
    Ok(AuditView {
        id: row.id,
        at: row.at,
        actor: AuditActor { kind: row.actor_kind, id: row.actor_id, name: row.actor_name },
        action: row.action,
        subject_type: row.subject_type,
        subject_id: row.subject_id,
        before: json(row.before)?,
        after: json(row.after)?,
        reason: row.reason,
        request_id: row.request_id,
        outcome: row.outcome,
    })
}

pub(crate) fn operations() -> Operations {
    operations!["audit"; list, verify]
}
