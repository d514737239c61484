//! Reading surveys and the answers to them.

use actix_web::web::{Data, Path};
use platform::caller::Caller;
use platform::operation::Operations;
use platform::operations;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;

use super::entity::{Column, Entity};
use super::model::SurveyState;
use super::response_entity as response;
use super::store;
use super::wire::{ResponsePath, SurveyPath, SurveyResponseView, SurveyView};
use crate::Tickets;
use crate::access::ReadSurveys;

pub(super) fn operations() -> Operations {
    operations!["surveys"; list, fetch].and(operations!["survey-responses"; list_responses, fetch_response])
}

/// What the list of surveys can be asked for.
pub(crate) struct SurveyList;

impl ListSpec for SurveyList {
    type Entity = Entity;
    type View = SurveyView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::uuid("ticket_id", Column::TicketId),
        Field::choice("state", Column::State, SurveyState::TEXTS),
        Field::text("email", Column::Email),
        Field::uuid("contact_id", Column::ContactId).nullable(),
        Field::uuid("account_id", Column::AccountId).nullable(),
        Field::uuid("branch_id", Column::BranchId).nullable(),
        Field::uuid("group_id", Column::GroupId).nullable(),
        Field::uuid("assignee_id", Column::AssigneeId).nullable(),
        Field::instant("send_at", Column::SendAt),
        Field::instant("sent_at", Column::SentAt).nullable().sortable(),
    ];
    const DEFAULT_SORT: &'static str = "-id";
}

/// What the list of answers can be asked for.
pub(crate) struct ResponseList;

impl ListSpec for ResponseList {
    type Entity = response::Entity;
    type View = SurveyResponseView;
    const FIELDS: &'static [Field<response::Column>] = &[
        Field::uuid("survey_id", response::Column::SurveyId),
        Field::uuid("ticket_id", response::Column::TicketId),
        Field::integer("score", response::Column::Score),
        Field::uuid("account_id", response::Column::AccountId).nullable(),
        Field::uuid("branch_id", response::Column::BranchId).nullable(),
        Field::uuid("group_id", response::Column::GroupId).nullable(),
        Field::uuid("assignee_id", response::Column::AssigneeId).nullable(),
        Field::instant("sent_at", response::Column::SentAt).sortable(),
        Field::instant("answered_at", response::Column::AnsweredAt).sortable(),
    ];
    const DEFAULT_SORT: &'static str = "-id";
}

/// List the invitations to say how we did.
#[utoipa::path(get, path = "/v1/surveys", params(Listing<SurveyList>), responses((status = 200, body = Page<SurveyView>)))]
async fn list(caller: Caller<ReadSurveys>, listing: Listing<SurveyList>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    listing.reply(&page.try_map(|row| store::survey(row).map(|survey| SurveyView::from(&survey)))?)
}

/// Read one invitation.
#[utoipa::path(get, path = "/v1/surveys/{survey_id}", params(SurveyPath), responses((status = 200, body = SurveyView)))]
async fn fetch(caller: Caller<ReadSurveys>, path: Path<SurveyPath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let survey = store::find(app.db.read(), caller.scope(), path.survey_id).await?;
    Ok(Reply::ok(&SurveyView::from(&survey))?.tagged(survey.stamp.version))
}

/// List what customers answered.
#[utoipa::path(get, path = "/v1/survey-responses", params(Listing<ResponseList>), responses((status = 200, body = Page<SurveyResponseView>)))]
async fn list_responses(caller: Caller<ReadSurveys>, listing: Listing<ResponseList>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible_responses(caller.scope())).await?;
    listing.reply(&page.try_map(|row| store::answer(row).map(|response| SurveyResponseView::from(&response)))?)
}

/// Read one answer.
#[utoipa::path(get, path = "/v1/survey-responses/{response_id}", params(ResponsePath), responses((status = 200, body = SurveyResponseView)))]
async fn fetch_response(caller: Caller<ReadSurveys>, path: Path<ResponsePath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let response = store::find_response(app.db.read(), caller.scope(), path.response_id).await?;
    Ok(Reply::ok(&SurveyResponseView::from(&response))?.tagged(response.stamp.version))
}
