//! Reading and writing change sets and their books.

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::{BookVersionId, ChangeSetId, PricebookId};
use kernel::words;
use platform::problem::Problem;
use platform::rows::{self, from_json, to_json, word};
use platform::scope::RowScope;
use platform::stamp_of;
use sea_orm::entity::prelude::*;
use sea_orm::{ConnectionTrait, IntoActiveModel, QueryFilter, QueryOrder, Select, Set};

use super::entity::{book, set};
use super::model::ChangeSet;
use super::state::ChangeSetState;

words! {
    /// How the publication of a book of a change set fared.
    pub enum ChangedBookState { Waiting = "waiting", Published = "published", Blocked = "blocked" }
}

/// A book of a change set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedBook {
    pub book: PricebookId,
    /// The version that the rows were worked out on.
    pub base: Option<BookVersionId>,
    pub state: ChangedBookState,
    /// The code of what stood in the way.
    pub reason: Option<String>,
    pub detail: Option<String>,
    pub version: Option<(BookVersionId, i32)>,
}

impl ChangedBook {
    /// A book that waits to be published.
    #[must_use]
    pub const fn waiting(book: PricebookId, base: Option<BookVersionId>) -> Self {
        Self { book, base, state: ChangedBookState::Waiting, reason: None, detail: None, version: None }
    }
}

pub(crate) fn from_row(row: set::Model) -> Result<ChangeSet, Problem> {
    let present = |value: Option<Json>| value.filter(|value| !value.is_null());
    Ok(ChangeSet {
        id: row.id.into(),
        external_ref: row.external_ref,
        name: row.name,
        terms: from_json(row.terms)?,
        requested_by: row.requested_by,
        state: word(&row.state)?,
        preview_no: row.preview_no,
        preview: present(row.preview).map(from_json).transpose()?,
        previewed_at: row.previewed_at,
        approved_by: row.approved_by,
        approved_at: row.approved_at,
        attempts: row.attempts,
        published_at: row.published_at,
        noticed: row.noticed,
        stamp: stamp_of!(row),
    })
}

fn to_row(set: &ChangeSet) -> Result<set::Model, Problem> {
    Ok(set::Model {
        id: set.id.uuid(),
        version: set.stamp.version,
        created_at: set.stamp.created_at,
        updated_at: set.stamp.updated_at,
        created_by: set.stamp.created_by,
        updated_by: set.stamp.updated_by,
        external_ref: set.external_ref.clone(),
        name: set.name.clone(),
        terms: to_json(&set.terms)?,
        operation: set.terms.operation.name().to_owned(),
        effective_on: set.terms.effective_on,
        requested_by: set.requested_by,
        reverses_id: set.terms.operation.reverses().map(ChangeSetId::uuid),
        state: set.state.as_str().to_owned(),
        preview_no: set.preview_no,
        preview: set.preview.as_ref().map(to_json).transpose()?,
        previewed_at: set.previewed_at,
        approved_by: set.approved_by,
        approved_at: set.approved_at,
        attempts: set.attempts,
        published_at: set.published_at,
        noticed: set.noticed,
        follow_at: None,
    })
}

/// The rows that the scope may list.
pub(crate) fn visible(scope: &RowScope) -> Select<set::Entity> {
    set::Entity::find().filter(scope.staff_only())
}

/// One change set.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: ChangeSetId) -> Result<ChangeSet, Problem> {
    let row = set::Entity::find_by_id(id.uuid()).filter(scope.staff_only()).one(db).await?;
    from_row(row.ok_or_else(|| Fault::not_found(ChangeSetId::NOUN))?)
}

/// The change set whose books are published next.
pub(crate) async fn publishing<C: ConnectionTrait>(db: &C) -> Result<Option<ChangeSet>, Problem> {
    let query = set::Entity::find().filter(set::Column::State.eq(ChangeSetState::Publishing.as_str())).order_by_asc(set::Column::Id);
    query.one(db).await?.map(from_row).transpose()
}

/// The change set whose notices are looked after next.
pub(crate) async fn to_follow<C: ConnectionTrait>(db: &C, now: DateTime<Utc>) -> Result<Option<ChangeSet>, Problem> {
    let query = set::Entity::find().filter(set::Column::FollowAt.is_not_null()).filter(set::Column::FollowAt.lte(now));
    query.order_by_asc(set::Column::FollowAt).one(db).await?.map(from_row).transpose()
}

/// Adds a change set.
pub(crate) async fn insert<C: ConnectionTrait>(db: &C, set: &ChangeSet) -> Result<(), Problem> {
    let taken = |error: DbErr| {
        let fault = || Fault::field("/external_ref", "external_ref_taken", "Another change set has this reference.");
        Problem::from(error).on_unique("external_ref", fault)
    };
    set::Entity::insert(to_row(set)?.into_active_model()).exec_without_returning(db).await.map_err(taken)?;
    Ok(())
}

/// Writes a changed change set over the version it was read at.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, set: &ChangeSet) -> Result<(), Problem> {
    let mut row = sea_orm::ActiveModelTrait::reset_all(to_row(set)?.into_active_model());
    row.follow_at = sea_orm::ActiveValue::NotSet;
    rows::save_members(db, row, set.id.uuid(), set.stamp.version).await
}

/// Says when the notices of a change set are looked after next. It is no change of the change set.
pub(crate) async fn follow<C: ConnectionTrait>(db: &C, id: ChangeSetId, at: Option<DateTime<Utc>>) -> Result<(), Problem> {
    let row = set::ActiveModel { follow_at: Set(at), ..Default::default() };
    set::Entity::update_many().set(row).filter(set::Column::Id.eq(id.uuid())).exec(db).await?;
    Ok(())
}

pub(crate) fn book_from_row(row: book::Model) -> Result<ChangedBook, Problem> {
    Ok(ChangedBook {
        book: row.book_id.into(),
        base: row.base_id.map(Into::into),
        state: word(&row.state)?,
        reason: row.reason,
        detail: row.detail,
        version: row.version_id.map(Into::into).zip(row.version_no),
    })
}

fn book_to_row(id: ChangeSetId, one: &ChangedBook) -> book::Model {
    book::Model {
        change_set_id: id.uuid(),
        book_id: one.book.uuid(),
        base_id: one.base.map(Into::into),
        state: one.state.as_str().to_owned(),
        reason: one.reason.clone(),
        detail: one.detail.clone(),
        version_id: one.version.map(|(id, _)| id.uuid()),
        version_no: one.version.map(|(_, no)| no),
    }
}

/// The rows of a change set's books.
pub(crate) fn books_of(id: ChangeSetId) -> Select<book::Entity> {
    book::Entity::find().filter(book::Column::ChangeSetId.eq(id.uuid()))
}

/// The books of a change set, in the order of their ids.
pub(crate) async fn books<C: ConnectionTrait>(db: &C, id: ChangeSetId) -> Result<Vec<ChangedBook>, Problem> {
    books_of(id).order_by_asc(book::Column::BookId).all(db).await?.into_iter().map(book_from_row).collect()
}

/// Notes the books of a new preview.
pub(crate) async fn put_books<C: ConnectionTrait>(db: &C, id: ChangeSetId, books: &[ChangedBook]) -> Result<(), Problem> {
    book::Entity::delete_many().filter(book::Column::ChangeSetId.eq(id.uuid())).exec(db).await?;
    for books in books.chunks(1_000) {
        let rows = books.iter().map(|one| book_to_row(id, one).into_active_model());
        book::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Lets blocked books wait to be published once more.
pub(crate) async fn retry_books<C: ConnectionTrait>(db: &C, id: ChangeSetId) -> Result<(), Problem> {
    let row = book::ActiveModel {
        state: Set(ChangedBookState::Waiting.as_str().to_owned()),
        reason: Set(None),
        detail: Set(None),
        ..Default::default()
    };
    let update = book::Entity::update_many().set(row).filter(book::Column::ChangeSetId.eq(id.uuid()));
    update.filter(book::Column::State.eq(ChangedBookState::Blocked.as_str())).exec(db).await?;
    Ok(())
}

/// Notes how a book fared.
pub(crate) async fn save_book<C: ConnectionTrait>(db: &C, id: ChangeSetId, one: &ChangedBook) -> Result<(), Problem> {
    let row = sea_orm::ActiveModelTrait::reset_all(book_to_row(id, one).into_active_model());
    let update = book::Entity::update_many().set(row).filter(book::Column::ChangeSetId.eq(id.uuid()));
    update.filter(book::Column::BookId.eq(one.book.uuid())).exec(db).await?;
    Ok(())
}
