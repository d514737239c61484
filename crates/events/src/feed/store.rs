//! Rows of the feed.

use chrono::{DateTime, Utc};
use platform::db::Db;
use platform::problem::Problem;
use platform::scope::RowScope;
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Statement};
use serde::Deserialize;
use uuid::Uuid;

use super::entity::{ActiveModel, Column, Entity, Model};

/// The members of an envelope that the feed is searched by.
#[derive(Deserialize)]
struct Head {
    id: Uuid,
    #[serde(rename = "type")]
    event: String,
    subject: Subject,
    sequence: i64,
    recorded_at: DateTime<Utc>,
    account_id: Option<Uuid>,
    site_id: Option<Uuid>,
    branch_id: Option<Uuid>,
    portal: bool,
    deleted: bool,
}

#[derive(Deserialize)]
struct Subject {
    #[serde(rename = "type")]
    kind: String,
    id: Uuid,
}

/// What a reader asks for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wanted {
    pub(crate) after: i64,
    pub(crate) limit: u64,
    /// Exact event names, or `ticket.*` for all of one subject type. Empty means all.
    pub(crate) events: Vec<String>,
    pub(crate) subject_types: Vec<String>,
    pub(crate) subject_id: Option<Uuid>,
    /// Object types that this reader may not see.
    pub(crate) hidden: Vec<String>,
    /// Only events of this account.
    pub(crate) account_id: Option<Uuid>,
}

pub(super) async fn add(db: &Db, envelopes: &[String]) -> Result<(), Problem> {
    if envelopes.is_empty() {
        return Ok(());
    }
    let heads = envelopes.iter().map(|text| serde_json::from_str::<Head>(text)).collect::<Result<Vec<_>, _>>()?;
    let count = i64::try_from(heads.len()).map_err(Problem::internal)?;
    db.write("feed.add", async |tx| {
        let last = reserve(tx, count).await?;
        let rows = heads.iter().zip(envelopes).zip(last - count + 1..).map(|((head, payload), position)| row(head, payload, position));
        let known = OnConflict::column(Column::EventId).do_nothing().to_owned();
        Entity::insert_many(rows).on_conflict(known).exec_without_returning(tx).await?;
        Ok(())
    })
    .await
}

/// Takes the next `count` positions; the lock on the row is held until the commit, which makes positions appear in order.
async fn reserve<C: ConnectionTrait>(tx: &C, count: i64) -> Result<i64, Problem> {
    let statement = Statement::from_sql_and_values(
        tx.get_database_backend(),
        "UPDATE feed_head SET position = position + $1 WHERE id = 1 RETURNING position",
        [count.into()],
    );
    let row = tx.query_one_raw(statement).await?.ok_or_else(|| Problem::internal("the feed has no head row"))?;
    Ok(row.try_get("", "position")?)
}

fn row(head: &Head, payload: &str, position: i64) -> ActiveModel {
    ActiveModel {
        position: Set(position),
        event_id: Set(head.id),
        event: Set(head.event.clone()),
        subject_type: Set(head.subject.kind.clone()),
        subject_id: Set(head.subject.id),
        sequence: Set(head.sequence),
        account_id: Set(head.account_id),
        site_id: Set(head.site_id),
        branch_id: Set(head.branch_id),
        portal: Set(head.portal),
        deleted: Set(head.deleted),
        recorded_at: Set(head.recorded_at),
        payload: Set(payload.to_owned()),
    }
}

/// The rows after a position that the scope covers, oldest first.
pub(crate) async fn after<C: ConnectionTrait>(db: &C, scope: &RowScope, wanted: &Wanted) -> Result<Vec<Model>, Problem> {
    let mut select = Entity::find()
        .filter(Column::Position.gt(wanted.after))
        .filter(scope.condition(Column::BranchId, Column::AccountId, Some(Column::SiteId)))
        .order_by_asc(Column::Position)
        .limit(wanted.limit);
    if scope.is_customer() {
        select = select.filter(Column::Portal.eq(true));
    }
    if !wanted.events.is_empty() {
        let any = wanted.events.iter().fold(Condition::any(), |any, event| match event.strip_suffix(".*") {
            Some(subject) => any.add(Column::SubjectType.eq(subject)),
            None => any.add(Column::Event.eq(event.as_str())),
        });
        select = select.filter(any);
    }
    if !wanted.subject_types.is_empty() {
        select = select.filter(Column::SubjectType.is_in(wanted.subject_types.iter().map(String::as_str)));
    }
    if !wanted.hidden.is_empty() {
        select = select.filter(Column::SubjectType.is_not_in(wanted.hidden.iter().map(String::as_str)));
    }
    if let Some(account) = wanted.account_id {
        select = select.filter(Column::AccountId.eq(account));
    }
    if let Some(subject) = wanted.subject_id {
        select = select.filter(Column::SubjectId.eq(subject));
    }
    Ok(select.all(db).await?)
}

/// The last position, up to which everything has been committed.
pub(crate) async fn head<C: ConnectionTrait>(db: &C) -> Result<i64, Problem> {
    let statement = Statement::from_string(db.get_database_backend(), "SELECT position FROM feed_head WHERE id = 1");
    let row = db.query_one_raw(statement).await?.ok_or_else(|| Problem::internal("the feed has no head row"))?;
    Ok(row.try_get("", "position")?)
}

/// The position before the first event that was recorded at an instant or later.
pub(crate) async fn position_at<C: ConnectionTrait>(db: &C, since: DateTime<Utc>) -> Result<i64, Problem> {
    let first = Entity::find().select_only().column(Column::Position).filter(Column::RecordedAt.gte(since));
    let first: Option<i64> = first.order_by_asc(Column::Position).into_tuple().one(db).await?;
    match first {
        Some(position) => Ok(position - 1),
        None => head(db).await,
    }
}

/// The row of an event.
pub(crate) async fn by_event<C: ConnectionTrait>(db: &C, event: Uuid) -> Result<Option<Model>, Problem> {
    Ok(Entity::find().filter(Column::EventId.eq(event)).one(db).await?)
}

pub(super) async fn prune(db: &Db, before: DateTime<Utc>) -> Result<u64, Problem> {
    db.write("feed.prune", async |tx| Ok(Entity::delete_many().filter(Column::RecordedAt.lt(before)).exec(tx).await?.rows_affected)).await
}
