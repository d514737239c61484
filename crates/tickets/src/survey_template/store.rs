//! Queries of survey templates, which are the whole organisation's; portal customers see none.

use kernel::Fault;
use kernel::id::SurveyTemplateId;
use platform::problem::Problem;
use platform::rows;
use platform::scope::RowScope;
use platform::stamp_of;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, Select};

use super::entity::{Column, Entity, Model};
use super::model::SurveyTemplate;

pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(scope.staff_only())
}

/// # Errors
/// 404 when there is none for this caller.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: SurveyTemplateId) -> Result<SurveyTemplate, Problem> {
    let row = visible(scope).filter(Column::Id.eq(id.uuid())).one(db).await?;
    Ok(template(row.ok_or_else(|| Fault::not_found(SurveyTemplateId::NOUN))?))
}

/// The words for a ticket of a language: its own, or those for all others.
pub(crate) async fn for_language<C: ConnectionTrait>(db: &C, language: Option<&str>) -> Result<Option<SurveyTemplate>, Problem> {
    let fitting = Condition::any().add(Column::Language.is_null()).add_option(language.map(|language| Column::Language.eq(language)));
    let rows = Entity::find().filter(Column::Active.eq(true)).filter(fitting).all(db).await?;
    let own = rows.iter().find(|row| row.language.is_some());
    Ok(own.or_else(|| rows.first()).cloned().map(template))
}

/// # Errors
/// 409 `language_taken`.
pub(crate) async fn insert<C: ConnectionTrait>(db: &C, template: &SurveyTemplate) -> Result<(), Problem> {
    Entity::insert(row(template).into_active_model()).exec_without_returning(db).await.map_err(|error| taken(error.into()))?;
    Ok(())
}

/// # Errors
/// 412 when the row has changed since it was read; 409 `language_taken`.
pub(crate) async fn save<C: ConnectionTrait>(db: &C, template: &SurveyTemplate) -> Result<(), Problem> {
    rows::save(db, row(template), template.id.uuid(), template.stamp.version).await.map_err(taken)
}

fn taken(problem: Problem) -> Problem {
    problem.on_unique("survey_template_language", || {
        Fault::conflict("language_taken", "Another active template is for this language; put that out of use first.")
    })
}

fn row(template: &SurveyTemplate) -> Model {
    Model {
        id: template.id.uuid(),
        version: template.stamp.version,
        created_at: template.stamp.created_at,
        updated_at: template.stamp.updated_at,
        created_by: template.stamp.created_by,
        updated_by: template.stamp.updated_by,
        name: template.name.clone(),
        language: template.language.clone(),
        active: template.active,
        subject: template.subject.clone(),
        body: template.body.clone(),
        question: template.question.clone(),
        thanks: template.thanks.clone(),
    }
}

/// The template of a row.
pub(crate) fn template(row: Model) -> SurveyTemplate {
    SurveyTemplate {
        id: row.id.into(),
        stamp: stamp_of!(row),
        name: row.name,
        language: row.language,
        active: row.active,
        subject: row.subject,
        body: row.body,
        question: row.question,
        thanks: row.thanks,
    }
}
