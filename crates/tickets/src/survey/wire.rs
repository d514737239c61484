//! What callers send and receive about surveys.

use chrono::{DateTime, Utc};
use kernel::id::{AccountId, BranchId, SiteId, SurveyId, SurveyResponseId, SurveyTemplateId, TicketId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{CancelReason, EarlierAnswer, Survey, SurveyResponse, SurveyState};

/// Names one survey.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct SurveyPath {
    /// The survey.
    pub(super) survey_id: SurveyId,
}

/// Names one answer.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct ResponsePath {
    /// The answer.
    pub(super) response_id: SurveyResponseId,
}

/// The link of an invitation.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct TokenPath {
    /// What only the link has.
    #[param(max_length = 100)]
    pub(super) token: String,
}

/// An invitation to say how we did. The link is nobody's but the customer's.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SurveyView {
    id: SurveyId,
    version: i64,
    ticket_id: TicketId,
    /// The ticket's stretch of work that is asked about.
    #[schema(minimum = 1)]
    cycle: i32,
    template_id: Option<SurveyTemplateId>,
    contact_id: Option<Uuid>,
    #[schema(max_length = 320)]
    email: String,
    account_id: Option<AccountId>,
    site_id: Option<SiteId>,
    branch_id: Option<BranchId>,
    group_id: Option<Uuid>,
    assignee_id: Option<UserId>,
    state: SurveyState,
    cancelled_because: Option<CancelReason>,
    send_at: DateTime<Utc>,
    sent_at: Option<DateTime<Utc>>,
    expires_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<&Survey> for SurveyView {
    fn from(survey: &Survey) -> Self {
        Self {
            id: survey.id,
            version: survey.stamp.version,
            ticket_id: survey.ticket_id,
            cycle: survey.cycle,
            template_id: survey.template_id,
            contact_id: survey.contact_id,
            email: survey.email.clone(),
            account_id: survey.whose.account_id,
            site_id: survey.whose.site_id,
            branch_id: survey.whose.branch_id,
            group_id: survey.whose.group_id,
            assignee_id: survey.whose.assignee_id,
            state: survey.state,
            cancelled_because: survey.cancelled_because,
            send_at: survey.send_at,
            sent_at: survey.sent_at,
            expires_at: survey.expires_at,
            created_at: survey.stamp.created_at,
            updated_at: survey.stamp.updated_at,
        }
    }
}

/// What a customer answered.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SurveyResponseView {
    id: SurveyResponseId,
    version: i64,
    survey_id: SurveyId,
    ticket_id: TicketId,
    account_id: Option<AccountId>,
    site_id: Option<SiteId>,
    branch_id: Option<BranchId>,
    group_id: Option<Uuid>,
    assignee_id: Option<UserId>,
    /// When the customer was asked.
    sent_at: DateTime<Utc>,
    answered_at: DateTime<Utc>,
    /// From 1, very dissatisfied, to 5, very satisfied.
    #[schema(minimum = 1, maximum = 5)]
    score: i16,
    #[schema(max_length = 2000)]
    comment: Option<String>,
    /// What was answered before, oldest first.
    #[schema(max_items = 1000)]
    history: Vec<EarlierAnswer>,
    updated_at: DateTime<Utc>,
}

impl From<&SurveyResponse> for SurveyResponseView {
    fn from(response: &SurveyResponse) -> Self {
        Self {
            id: response.id,
            version: response.stamp.version,
            survey_id: response.survey_id,
            ticket_id: response.ticket_id,
            account_id: response.whose.account_id,
            site_id: response.whose.site_id,
            branch_id: response.whose.branch_id,
            group_id: response.whose.group_id,
            assignee_id: response.whose.assignee_id,
            sent_at: response.sent_at,
            answered_at: response.answered_at,
            score: response.score,
            comment: response.comment.clone(),
            history: response.history.clone(),
            updated_at: response.stamp.updated_at,
        }
    }
}

/// An answer.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct AnswerSurvey {
    /// From 1, very dissatisfied, to 5, very satisfied.
    #[schema(minimum = 1, maximum = 5)]
    pub(super) score: i16,
    #[schema(max_length = 2000)]
    pub(super) comment: Option<String>,
}

/// A form for whoever holds its link, for programs.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(super) struct SurveyForm {
    /// As people say it.
    #[schema(max_length = 24, example = "T-1042")]
    pub(super) reference: String,
    #[schema(max_length = 500)]
    pub(super) question: String,
    /// True while an answer, or a change of it, is taken.
    pub(super) open: bool,
    /// The answer given so far.
    #[schema(minimum = 1, maximum = 5)]
    pub(super) score: Option<i16>,
    #[schema(max_length = 2000)]
    pub(super) comment: Option<String>,
}
