//! Reading and writing endpoints. Who is bound to branches or accounts sees only what they made.

use kernel::Fault;
use kernel::id::WebhookId;
use platform::caller::Caller;
use platform::problem::Problem;
use platform::rows::{self, from_json, to_json, word, word_or_none};
use platform::scope::RowScope;
use platform::stamp_of;
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, IntoActiveModel, PaginatorTrait, Select};

use super::entity::{Column, Entity, Model};
use super::model::{Terms, Webhook};

pub(crate) fn from_row(row: Model) -> Result<Webhook, Problem> {
    Ok(Webhook {
        id: WebhookId::from_uuid(row.id),
        terms: Terms { url: row.url, description: row.description, types: from_json(row.types)?, account: row.account_id.map(Into::into) },
        state: word(&row.state)?,
        disabled_reason: word_or_none(row.disabled_reason.as_deref())?,
        owner: row.owner_id,
        reader: from_json(row.reader)?,
        secret_no: row.secret_no,
        old_secret_until: row.old_secret_until,
        position: row.position,
        failing_since: row.failing_since,
        stamp: stamp_of!(row),
    })
}

fn to_row(hook: &Webhook) -> Result<Model, Problem> {
    Ok(Model {
        id: hook.id.uuid(),
        version: hook.stamp.version,
        created_at: hook.stamp.created_at,
        updated_at: hook.stamp.updated_at,
        created_by: hook.stamp.created_by,
        updated_by: hook.stamp.updated_by,
        url: hook.terms.url.clone(),
        description: hook.terms.description.clone(),
        types: to_json(&hook.terms.types)?,
        account_id: hook.terms.account.map(Into::into),
        state: hook.state.as_str().to_owned(),
        disabled_reason: hook.disabled_reason.map(|reason| reason.as_str().to_owned()),
        owner_id: hook.owner,
        reader: to_json(&hook.reader)?,
        secret_no: hook.secret_no,
        old_secret_until: hook.old_secret_until,
        position: hook.position,
        failing_since: hook.failing_since,
    })
}

/// The endpoints that a caller may see.
pub(crate) fn visible<P>(caller: &Caller<P>) -> Select<Entity> {
    let all = Entity::find();
    if *caller.scope() == RowScope::All { all } else { all.filter(Column::OwnerId.eq(caller.actor().id)) }
}

/// How many endpoints somebody has.
pub(crate) async fn count_of<C: ConnectionTrait>(db: &C, owner: Uuid) -> Result<u64, Problem> {
    Ok(Entity::find().filter(Column::OwnerId.eq(owner)).count(db).await?)
}

/// One endpoint.
pub(crate) async fn find<C: ConnectionTrait, P>(db: &C, caller: &Caller<P>, id: WebhookId) -> Result<Webhook, Problem> {
    let row = visible(caller).filter(Column::Id.eq(id.uuid())).one(db).await?;
    from_row(row.ok_or_else(|| Fault::not_found(WebhookId::NOUN))?)
}

/// One endpoint, for the work in the background.
pub(crate) async fn by_id<C: ConnectionTrait>(db: &C, id: Uuid) -> Result<Option<Webhook>, Problem> {
    Entity::find_by_id(id).one(db).await?.map(from_row).transpose()
}

/// Adds an endpoint.
pub(crate) async fn insert<C: ConnectionTrait>(db: &C, hook: &Webhook) -> Result<(), Problem> {
    Entity::insert(to_row(hook)?.into_active_model()).exec_without_returning(db).await?;
    Ok(())
}

/// Writes a changed endpoint over the version it was read at. Its place in the feed stays as it is, which the worker moves meanwhile.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, before: &Webhook, after: &Webhook) -> Result<(), Problem> {
    rows::save_changes(db, (&to_row(before)?, &to_row(after)?), after.id.uuid(), after.stamp.version).await
}

/// Moves the place in the feed from one position to another; false when another worker was first.
pub(crate) async fn advance<C: ConnectionTrait>(db: &C, id: WebhookId, (from, to): (i64, i64)) -> Result<bool, Problem> {
    let moved = Entity::update_many().col_expr(Column::Position, Expr::value(to));
    let moved = moved.filter(Column::Id.eq(id.uuid())).filter(Column::Position.eq(from)).exec(db).await?;
    Ok(moved.rows_affected == 1)
}

/// Notes since when everything fails, or that something arrived.
pub(crate) async fn note_failing<C: ConnectionTrait>(db: &C, id: WebhookId, since: Option<DateTimeUtc>) -> Result<(), Problem> {
    let noted = Entity::update_many().col_expr(Column::FailingSince, Expr::value(since)).filter(Column::Id.eq(id.uuid()));
    let other = if since.is_some() { Column::FailingSince.is_null() } else { Column::FailingSince.is_not_null() };
    noted.filter(other).exec(db).await?;
    Ok(())
}
