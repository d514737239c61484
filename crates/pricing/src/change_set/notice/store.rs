//! Reading and writing what accounts are owed. Every change of a day is also recorded as a release, for the index.

use chrono::NaiveDate;
use kernel::Fault;
use kernel::id::{AccountId, ChangeNoticeId, ChangeSetId, ContactId, NoticeId};
use platform::db::Tx;
use platform::problem::Problem;
use platform::rows::{self, word};
use platform::stamp_of;
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Select};

use super::entity::{notice, release};
use super::model::{ChangeNotice, ChangeNoticeState};
use crate::engine::release::Release;

/// Rows of one insert statement.
const INSERT_ROWS: usize = 1_000;

pub(crate) fn from_row(row: notice::Model) -> Result<ChangeNotice, Problem> {
    Ok(ChangeNotice {
        id: row.id.into(),
        set: row.change_set_id.into(),
        account: row.account_id.into(),
        lead_days: u16::try_from(row.lead_days).unwrap_or_default(),
        state: word(&row.state)?,
        reason: row.reason,
        contact: row.contact_id.map(ContactId::from_uuid),
        notice: row.notice_id.map(NoticeId::from_uuid),
        sent_at: row.sent_at,
        proved_on: row.proved_on,
        release_on: row.release_on,
        stamp: stamp_of!(row),
    })
}

fn to_row(one: &ChangeNotice, today: NaiveDate) -> notice::Model {
    notice::Model {
        id: one.id.uuid(),
        version: one.stamp.version,
        created_at: one.stamp.created_at,
        updated_at: one.stamp.updated_at,
        created_by: one.stamp.created_by,
        updated_by: one.stamp.updated_by,
        change_set_id: one.set.uuid(),
        account_id: one.account.uuid(),
        lead_days: one.lead_days.into(),
        state: one.state.as_str().to_owned(),
        reason: one.reason.clone(),
        contact_id: one.contact.map(Into::into),
        notice_id: one.notice.map(Into::into),
        sent_at: one.sent_at,
        proved_on: one.proved_on,
        release_on: one.release_on,
        waiting: one.waits(today),
    }
}

/// What is owed because of a change set.
pub(crate) fn of_set(id: ChangeSetId) -> Select<notice::Entity> {
    notice::Entity::find().filter(notice::Column::ChangeSetId.eq(id.uuid()))
}

/// What one account is owed.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, set: ChangeSetId, account: AccountId) -> Result<ChangeNotice, Problem> {
    let row = of_set(set).filter(notice::Column::AccountId.eq(account.uuid())).one(db).await?;
    from_row(row.ok_or_else(|| Fault::not_found(ChangeNoticeId::NOUN))?)
}

/// What may still change, after an id, at most `limit`.
pub(crate) async fn waiting<C: ConnectionTrait>(
    db: &C,
    set: ChangeSetId,
    after: Option<ChangeNoticeId>,
    limit: u64,
) -> Result<Vec<ChangeNotice>, Problem> {
    let mut rows = of_set(set).filter(Expr::cust("waiting"));
    if let Some(after) = after {
        rows = rows.filter(notice::Column::Id.gt(after.uuid()));
    }
    let rows = rows.order_by_asc(notice::Column::Id).limit(limit).all(db).await?;
    rows.into_iter().map(from_row).collect()
}

/// What is to be drafted, at most `limit`.
pub(crate) async fn queued<C: ConnectionTrait>(db: &C, set: ChangeSetId, limit: u64) -> Result<Vec<ChangeNotice>, Problem> {
    let queued = of_set(set).filter(notice::Column::State.eq(ChangeNoticeState::Queued.as_str()));
    queued.order_by_asc(notice::Column::Id).limit(limit).all(db).await?.into_iter().map(from_row).collect()
}

/// Notes what accounts are owed, with the record that nothing proves it yet.
pub(crate) async fn insert(tx: &Tx, owed: &[ChangeNotice], generation: i64) -> Result<(), Problem> {
    let today = tx.now().date_naive();
    for owed in owed.chunks(INSERT_ROWS) {
        let rows = owed.iter().map(|one| to_row(one, today).into_active_model());
        notice::Entity::insert_many(rows).exec_without_returning(tx).await?;
        let rows = owed.iter().map(|one| release_row(one, tx, generation).into_active_model());
        release::Entity::insert_many(rows).exec_without_returning(tx).await?;
    }
    Ok(())
}

/// Writes a changed notice over the version it was read at.
pub(crate) async fn save(tx: &Tx, one: &ChangeNotice) -> Result<(), Problem> {
    rows::save(tx, to_row(one, tx.now().date_naive()), one.id.uuid(), one.stamp.version).await
}

/// Notes that nothing more can become known of one whose day has come. It is no change of it.
pub(crate) async fn settled(tx: &Tx, id: ChangeNoticeId) -> Result<(), Problem> {
    let row = notice::ActiveModel { waiting: sea_orm::Set(false), ..Default::default() };
    notice::Entity::update_many().set(row).filter(notice::Column::Id.eq(id.uuid())).exec(tx).await?;
    Ok(())
}

fn release_row(one: &ChangeNotice, tx: &Tx, generation: i64) -> release::Model {
    release::Model {
        id: kernel::id::new_uuid(),
        change_set_id: one.set.uuid(),
        account_id: one.account.uuid(),
        releases_on: one.release_on,
        recorded_at: tx.now(),
        generation,
    }
}

/// Records the day of a notice for the index, under the generation that its transaction has raised.
pub(crate) async fn release(tx: &Tx, one: &ChangeNotice, generation: i64) -> Result<(), Problem> {
    release::Entity::insert(release_row(one, tx, generation).into_active_model()).exec_without_returning(tx).await?;
    Ok(())
}

/// What became known after a generation, oldest first, for the price index.
pub(crate) async fn since<C: ConnectionTrait>(db: &C, generation: i64) -> Result<Vec<Release>, Problem> {
    let query = release::Entity::find().filter(release::Column::Generation.gt(generation)).order_by_asc(release::Column::Id);
    let known = |row: release::Model| Release {
        set: row.change_set_id.into(),
        account: row.account_id.into(),
        on: row.releases_on,
        recorded_at: row.recorded_at,
    };
    Ok(query.all(db).await?.into_iter().map(known).collect())
}
