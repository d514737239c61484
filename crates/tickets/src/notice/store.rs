//! Queries of notices. Customers see those of their accounts that have gone out.

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::{AccountId, BranchId, NoticeId, SiteId, TicketId};
use platform::problem::Problem;
use platform::rows::{self, from_json, to_json, word};
use platform::scope::RowScope;
use platform::stamp_of;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Select};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use super::model::{Addressee, Content, Notice};
use super::state::NoticeState;

/// The notices inside `scope`.
pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    let inside = Entity::find().filter(scope.condition(Column::BranchId, Column::AccountId, Some(Column::SiteId)));
    if scope.is_customer() { inside.filter(Column::State.is_in(NoticeState::PUBLISHED.map(NoticeState::as_str))) } else { inside }
}

/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: NoticeId) -> Result<Notice, Problem> {
    found(visible(scope).filter(Column::Id.eq(id.uuid())).one(db).await?)
}

/// As [`find`], holding the row: recipients fare one after the other.
///
/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find_locked<C: ConnectionTrait>(db: &C, scope: &RowScope, id: NoticeId) -> Result<Notice, Problem> {
    found(visible(scope).filter(Column::Id.eq(id.uuid())).lock_exclusive().one(db).await?)
}

/// The notice that another system knows by a reference, if it is inside `scope`, held.
pub(crate) async fn by_external_ref<C: ConnectionTrait>(db: &C, scope: &RowScope, external_ref: &str) -> Result<Option<NoticeId>, Problem> {
    let row = visible(scope).filter(Column::ExternalRef.eq(external_ref)).lock_exclusive().one(db).await?;
    Ok(row.map(|row| row.id.into()))
}

fn found(row: Option<Model>) -> Result<Notice, Problem> {
    notice(row.ok_or_else(|| Fault::not_found(NoticeId::NOUN))?)
}

/// Notices that nobody has answered in time.
pub(crate) async fn lapsed<C: ConnectionTrait>(db: &C, now: DateTime<Utc>, limit: u64) -> Result<Vec<Uuid>, Problem> {
    let due = Entity::find().filter(Column::LapsesAt.lte(now));
    Ok(due.select_only().column(Column::Id).order_by_asc(Column::LapsesAt).limit(limit).into_tuple().all(db).await?)
}

/// # Errors
/// 409 `external_ref_taken` or `already_revised`.
pub(crate) async fn insert<C: ConnectionTrait>(db: &C, notice: &Notice) -> Result<(), Problem> {
    let inserted = Entity::insert(row(notice)?.into_active_model()).exec_without_returning(db).await;
    inserted.map_err(|error| {
        Problem::from(error)
            .on_unique("external_ref", || Fault::conflict("external_ref_taken", "Another notice has this external reference."))
            .on_unique("revises", || Fault::conflict("already_revised", "Another revision has taken its place."))
    })?;
    Ok(())
}

/// # Errors
/// 412 when the row has changed since it was read.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, notice: &Notice) -> Result<(), Problem> {
    rows::save(db, row(notice)?, notice.id.uuid(), notice.stamp.version).await
}

fn row(notice: &Notice) -> Result<Model, Problem> {
    let (payload, stamp, addressee) = (&notice.content.payload, notice.stamp, notice.addressee);
    Ok(Model {
        id: notice.id.uuid(),
        version: stamp.version,
        created_at: stamp.created_at,
        updated_at: stamp.updated_at,
        created_by: stamp.created_by,
        updated_by: stamp.updated_by,
        external_ref: notice.external_ref.clone(),
        change_set_ref: notice.change_set_ref.clone(),
        agreement_ref: payload.agreement().map(str::to_owned),
        revision: notice.revision,
        revises_id: notice.revises_id.map(NoticeId::uuid),
        ticket_id: addressee.ticket_id.map(TicketId::uuid),
        account_id: addressee.account_id.map(AccountId::uuid),
        site_id: addressee.site_id.map(SiteId::uuid),
        branch_id: addressee.branch_id.map(BranchId::uuid),
        time_zone: notice.zone.name().to_owned(),
        kind: payload.kind().to_string(),
        state: notice.state.to_string(),
        language: notice.content.language.clone(),
        effective_on: payload.effective_on(),
        latest_send_on: payload.latest_on(),
        sent_at: notice.history.sent_at,
        delivered_at: notice.history.delivered_at,
        expires_on: notice.content.expires_on,
        lapses_at: notice.lapses_at(),
        payload: to_json(payload)?,
        recipients: to_json(&notice.content.recipients)?,
        text: notice.text.as_ref().map(to_json).transpose()?,
        history: to_json(&notice.history)?,
    })
}

/// The notice of a row.
///
/// # Errors
/// `internal` for a row that cannot be read.
pub(crate) fn notice(row: Model) -> Result<Notice, Problem> {
    let stamp = stamp_of!(row);
    let addressee = Addressee {
        ticket_id: row.ticket_id.map(Into::into),
        account_id: row.account_id.map(Into::into),
        site_id: row.site_id.map(Into::into),
        branch_id: row.branch_id.map(Into::into),
    };
    let content = Content {
        payload: from_json(row.payload)?,
        recipients: from_json(row.recipients)?,
        language: row.language,
        expires_on: row.expires_on,
    };
    Ok(Notice {
        id: row.id.into(),
        stamp,
        external_ref: row.external_ref,
        change_set_ref: row.change_set_ref,
        revision: row.revision,
        revises_id: row.revises_id.map(Into::into),
        addressee,
        zone: word(&row.time_zone)?,
        content,
        state: word(&row.state)?,
        text: row.text.map(from_json).transpose()?,
        history: from_json(row.history)?,
    })
}
