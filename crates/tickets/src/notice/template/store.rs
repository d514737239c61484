//! Queries of templates. They are the whole desk's; portal customers see none.

use kernel::Fault;
use kernel::id::NoticeTemplateId;
use platform::problem::Problem;
use platform::rows::{self, word};
use platform::scope::RowScope;
use platform::stamp_of;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, Select};

use super::entity::{Column, Entity, Model};
use super::model::Template;
use crate::notice::payload::NoticeKind;

pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(scope.staff_only())
}

/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: NoticeTemplateId) -> Result<Template, Problem> {
    let row = visible(scope).filter(Column::Id.eq(id.uuid())).one(db).await?;
    template(row.ok_or_else(|| Fault::not_found(NoticeTemplateId::NOUN))?)
}

/// The template of a kind and language that is in use, whoever writes the notice.
pub(crate) async fn in_use<C: ConnectionTrait>(db: &C, kind: NoticeKind, language: &str) -> Result<Option<Template>, Problem> {
    let found = Entity::find().filter(Column::Kind.eq(kind.as_str())).filter(Column::Language.eq(language.to_lowercase()));
    found.filter(Column::Active.eq(true)).one(db).await?.map(template).transpose()
}

/// # Errors
/// 409 `template_taken`.
pub(crate) async fn insert<C: ConnectionTrait>(db: &C, template: &Template) -> Result<(), Problem> {
    let inserted = Entity::insert(row(template).into_active_model()).exec_without_returning(db).await;
    inserted.map_err(|error| {
        let taken = || Fault::conflict("template_taken", "There is a template of this kind and language; change that one.");
        Problem::from(error).on_unique("language", taken)
    })?;
    Ok(())
}

/// # Errors
/// 412 when the row has changed since it was read.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, template: &Template) -> Result<(), Problem> {
    rows::save(db, row(template), template.id.uuid(), template.stamp.version).await
}

fn row(template: &Template) -> Model {
    Model {
        id: template.id.uuid(),
        version: template.stamp.version,
        created_at: template.stamp.created_at,
        updated_at: template.stamp.updated_at,
        created_by: template.stamp.created_by,
        updated_by: template.stamp.updated_by,
        kind: template.kind.to_string(),
        language: template.language.clone(),
        subject: template.subject.clone(),
        body: template.body.clone(),
        active: template.active,
    }
}

/// The template of a row.
///
/// # Errors
/// `internal` for a row that cannot be read.
pub(crate) fn template(row: Model) -> Result<Template, Problem> {
    Ok(Template {
        id: row.id.into(),
        stamp: stamp_of!(row),
        kind: word(&row.kind)?,
        language: row.language,
        subject: row.subject,
        body: row.body,
        active: row.active,
    })
}
