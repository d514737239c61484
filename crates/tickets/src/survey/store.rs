//! Queries of surveys and of the answers to them. Staff see those of their branches; portal customers see none, and whoever
//! holds a link sees what it is for.

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::{AccountId, BranchId, SiteId, SurveyId, SurveyResponseId, SurveyTemplateId, TicketId, UserId};
use platform::db::Tx;
use platform::problem::Problem;
use platform::rows::{self, from_json, to_json, word, word_or_none};
use platform::scope::RowScope;
use platform::stamp_of;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QuerySelect, Select};
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use super::model::{Survey, SurveyResponse, SurveyState};
use super::response_entity as response;
use crate::whose::whose_of;

pub(crate) fn visible(scope: &RowScope) -> Select<Entity> {
    Entity::find().filter(scope.staff_only()).filter(scope.condition(Column::BranchId, Column::AccountId, Some(Column::SiteId)))
}

pub(crate) fn visible_responses(scope: &RowScope) -> Select<response::Entity> {
    use response::Column;
    let inside = scope.condition(Column::BranchId, Column::AccountId, Some(Column::SiteId));
    response::Entity::find().filter(scope.staff_only()).filter(inside)
}

/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find<C: ConnectionTrait>(db: &C, scope: &RowScope, id: SurveyId) -> Result<Survey, Problem> {
    let row = visible(scope).filter(Column::Id.eq(id.uuid())).one(db).await?;
    survey(row.ok_or_else(|| Fault::not_found(SurveyId::NOUN))?)
}

/// # Errors
/// 404 when there is none inside `scope`.
pub(crate) async fn find_response<C: ConnectionTrait>(db: &C, scope: &RowScope, id: SurveyResponseId) -> Result<SurveyResponse, Problem> {
    let row = visible_responses(scope).filter(response::Column::Id.eq(id.uuid())).one(db).await?;
    answer(row.ok_or_else(|| Fault::not_found(SurveyResponseId::NOUN))?)
}

/// The survey of a link.
///
/// # Errors
/// 404 when there is none.
pub(crate) async fn by_token<C: ConnectionTrait>(db: &C, hash: &str) -> Result<Survey, Problem> {
    let row = Entity::find().filter(Column::TokenHash.eq(hash)).one(db).await?;
    survey(row.ok_or_else(|| Fault::not_found(SurveyId::NOUN))?)
}

/// As [`by_token`], held so that two answers come one after the other.
///
/// # Errors
/// 404 when there is none.
pub(crate) async fn hold_by_token(tx: &Tx, hash: &str) -> Result<Survey, Problem> {
    let row = Entity::find().filter(Column::TokenHash.eq(hash)).lock_exclusive().one(tx).await?;
    survey(row.ok_or_else(|| Fault::not_found(SurveyId::NOUN))?)
}

/// A survey in a state, held; none when it is in another meanwhile.
pub(crate) async fn hold_in(tx: &Tx, id: Uuid, state: SurveyState) -> Result<Option<Survey>, Problem> {
    let row = Entity::find_by_id(id).filter(Column::State.eq(state.as_str())).lock_exclusive().one(tx).await?;
    row.map(survey).transpose()
}

/// The surveys of these ids, whoever asks.
pub(crate) async fn of_ids<C: ConnectionTrait>(db: &C, ids: &[Uuid]) -> Result<Vec<Survey>, Problem> {
    Entity::find().filter(Column::Id.is_in(ids.iter().copied())).all(db).await?.into_iter().map(survey).collect()
}

/// The invitation of a ticket that has not gone out.
pub(crate) async fn scheduled<C: ConnectionTrait>(db: &C, ticket: TicketId) -> Result<Option<Survey>, Problem> {
    let of_ticket = Entity::find().filter(Column::TicketId.eq(ticket.uuid())).filter(Column::State.eq(SurveyState::Scheduled.as_str()));
    of_ticket.one(db).await?.map(survey).transpose()
}

/// What is to be sent by now. The state is written out, so that a database that plans without seeing values can use the index.
pub(crate) async fn due<C: ConnectionTrait>(db: &C, now: DateTime<Utc>, limit: u64) -> Result<Vec<Uuid>, Problem> {
    let due = Entity::find().select_only().column(Column::Id).filter(Expr::cust("state = 'scheduled'")).filter(Column::SendAt.lte(now));
    Ok(due.limit(limit).into_tuple().all(db).await?)
}

/// What has run out by now.
pub(crate) async fn run_out<C: ConnectionTrait>(db: &C, now: DateTime<Utc>, limit: u64) -> Result<Vec<Uuid>, Problem> {
    let ended = Entity::find().select_only().column(Column::Id).filter(Expr::cust("state = 'sent'")).filter(Column::ExpiresAt.lte(now));
    Ok(ended.limit(limit).into_tuple().all(db).await?)
}

/// True when the contact of `survey` was asked, or is about to be, by another one since `since`.
pub(crate) async fn asked_since<C: ConnectionTrait>(
    db: &C,
    survey: &Survey,
    since: DateTime<Utc>,
    sent_only: bool,
) -> Result<bool, Problem> {
    let same =
        Condition::any().add(Column::Email.eq(&survey.email)).add_option(survey.contact_id.map(|contact| Column::ContactId.eq(contact)));
    let others = Entity::find().filter(same).filter(Column::Id.ne(survey.id.uuid()));
    let counted = if sent_only {
        Condition::all().add(Column::SentAt.gt(since))
    } else {
        let waiting = Condition::all().add(Column::SentAt.is_null()).add(Column::SendAt.gt(since));
        let live = Column::State.ne(SurveyState::Cancelled.as_str());
        Condition::any().add(Column::SentAt.gt(since)).add(waiting.add(live))
    };
    Ok(others.filter(counted).count(db).await? > 0)
}

/// Writes an invitation; false when the ticket's cycle has one.
pub(crate) async fn insert(tx: &Tx, survey: &Survey) -> Result<bool, Problem> {
    let once = OnConflict::columns([Column::TicketId, Column::Cycle]).do_nothing().to_owned();
    Ok(Entity::insert(row(survey).into_active_model()).on_conflict(once).exec_without_returning(tx).await? > 0)
}

/// # Errors
/// 412 when the row has changed since it was read.
pub(crate) async fn save(tx: &Tx, survey: &Survey) -> Result<(), Problem> {
    rows::save(tx, row(survey), survey.id.uuid(), survey.stamp.version).await
}

/// The answer to a survey.
pub(crate) async fn response_to<C: ConnectionTrait>(db: &C, survey: SurveyId) -> Result<Option<SurveyResponse>, Problem> {
    let row = response::Entity::find().filter(response::Column::SurveyId.eq(survey.uuid())).one(db).await?;
    row.map(answer).transpose()
}

pub(crate) async fn insert_response(tx: &Tx, response: &SurveyResponse) -> Result<(), Problem> {
    response::Entity::insert(response_row(response)?.into_active_model()).exec_without_returning(tx).await?;
    Ok(())
}

/// # Errors
/// 412 when the row has changed since it was read.
pub(crate) async fn save_response(tx: &Tx, response: &SurveyResponse) -> Result<(), Problem> {
    rows::save(tx, response_row(response)?, response.id.uuid(), response.stamp.version).await
}

fn row(survey: &Survey) -> Model {
    Model {
        id: survey.id.uuid(),
        version: survey.stamp.version,
        created_at: survey.stamp.created_at,
        updated_at: survey.stamp.updated_at,
        created_by: survey.stamp.created_by,
        updated_by: survey.stamp.updated_by,
        ticket_id: survey.ticket_id.uuid(),
        cycle: survey.cycle,
        template_id: survey.template_id.map(SurveyTemplateId::uuid),
        contact_id: survey.contact_id,
        name: survey.name.clone(),
        email: survey.email.clone(),
        account_id: survey.whose.account_id.map(AccountId::uuid),
        site_id: survey.whose.site_id.map(SiteId::uuid),
        branch_id: survey.whose.branch_id.map(BranchId::uuid),
        group_id: survey.whose.group_id,
        assignee_id: survey.whose.assignee_id.map(UserId::uuid),
        state: survey.state.to_string(),
        cancelled_because: survey.cancelled_because.map(|reason| reason.to_string()),
        send_at: survey.send_at,
        sent_at: survey.sent_at,
        expires_at: survey.expires_at,
        token_hash: survey.token_hash.clone(),
    }
}

/// The survey of a row.
///
/// # Errors
/// `internal` for a row that cannot be read.
pub(crate) fn survey(row: Model) -> Result<Survey, Problem> {
    Ok(Survey {
        id: row.id.into(),
        stamp: stamp_of!(row),
        ticket_id: row.ticket_id.into(),
        cycle: row.cycle,
        template_id: row.template_id.map(Into::into),
        contact_id: row.contact_id,
        name: row.name,
        email: row.email,
        whose: whose_of!(row),
        state: word(&row.state)?,
        cancelled_because: word_or_none(row.cancelled_because.as_deref())?,
        send_at: row.send_at,
        sent_at: row.sent_at,
        expires_at: row.expires_at,
        token_hash: row.token_hash,
    })
}

fn response_row(response: &SurveyResponse) -> Result<response::Model, Problem> {
    Ok(response::Model {
        id: response.id.uuid(),
        version: response.stamp.version,
        created_at: response.stamp.created_at,
        updated_at: response.stamp.updated_at,
        created_by: response.stamp.created_by,
        updated_by: response.stamp.updated_by,
        survey_id: response.survey_id.uuid(),
        ticket_id: response.ticket_id.uuid(),
        account_id: response.whose.account_id.map(AccountId::uuid),
        site_id: response.whose.site_id.map(SiteId::uuid),
        branch_id: response.whose.branch_id.map(BranchId::uuid),
        group_id: response.whose.group_id,
        assignee_id: response.whose.assignee_id.map(UserId::uuid),
        sent_at: response.sent_at,
        answered_at: response.answered_at,
        score: response.score,
        comment: response.comment.clone(),
        history: to_json(&response.history)?,
    })
}

/// The answer of a row.
///
/// # Errors
/// `internal` for a row that cannot be read.
pub(crate) fn answer(row: response::Model) -> Result<SurveyResponse, Problem> {
    Ok(SurveyResponse {
        id: row.id.into(),
        stamp: stamp_of!(row),
        survey_id: row.survey_id.into(),
        ticket_id: row.ticket_id.into(),
        whose: whose_of!(row),
        sent_at: row.sent_at,
        answered_at: row.answered_at,
        score: row.score,
        comment: row.comment,
        history: from_json(row.history)?,
    })
}
