//! A ticket as a list shows it, straight from its row: no word is parsed and no JSON is taken apart only to be written
//! again.
//!
//! It has the members of [`super::wire::TicketView`], which documents it; a test compares the two. Cells are read by their
//! place in [`COLUMNS`], because looking each up by its name costs more than reading it.

use chrono::{DateTime, Utc};
use platform::page::Slim;
use platform::problem::Problem;
use platform::scope::RowScope;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{DbErr, FromQueryResult, QueryResult, QuerySelect, Select, TryGetable, Value};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

use super::entity::{Column, Entity};

/// What is read after the details, in the order of [`Listed`].
const COLUMNS: [Column; 45] = [
    Column::Id,
    Column::Version,
    Column::CreatedAt,
    Column::UpdatedAt,
    Column::Number,
    Column::Subject,
    Column::Kind,
    Column::RequesterKind,
    Column::RequesterContactId,
    Column::RequesterName,
    Column::RequesterEmail,
    Column::RequesterPhone,
    Column::AccountId,
    Column::SiteId,
    Column::BranchId,
    Column::GroupId,
    Column::AssigneeId,
    Column::TerritoryId,
    Column::CoverForId,
    Column::Priority,
    Column::Severity,
    Column::Status,
    Column::StatusReason,
    Column::WakeAt,
    Column::Channel,
    Column::Direction,
    Column::SourceSystem,
    Column::SourceId,
    Column::Spam,
    Column::Confidential,
    Column::MergedIntoId,
    Column::FollowUpOfId,
    Column::EmergencyId,
    Column::ClockStartAt,
    Column::ResolvedAt,
    Column::ClosedAt,
    Column::ReopenCount,
    Column::LastCustomerMessageAt,
    Column::LastPublicReplyAt,
    Column::LastHumanTouchAt,
    Column::CalendarId,
    Column::SlaPolicyVersionId,
    Column::MessageCount,
    Column::DueAt,
    Column::TouchDueAt,
];

/// A row of the list and its view.
#[derive(Debug, Serialize)]
pub(crate) struct Listed {
    id: Uuid,
    version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    number: i64,
    reference: String,
    subject: String,
    #[serde(rename = "type")]
    kind: String,
    requester: Requester,
    account_id: Option<Uuid>,
    site_id: Option<Uuid>,
    branch_id: Option<Uuid>,
    group_id: Option<Uuid>,
    assignee_id: Option<Uuid>,
    territory_id: Option<Uuid>,
    cover_for_id: Option<Uuid>,
    priority: String,
    severity: Option<i32>,
    status: String,
    status_reason: Option<String>,
    wake_at: Option<DateTime<Utc>>,
    channel: String,
    direction: String,
    source: Option<Source>,
    spam: bool,
    confidential: bool,
    merged_into_id: Option<Uuid>,
    follow_up_of_id: Option<Uuid>,
    emergency_id: Option<Uuid>,
    clock_start_at: DateTime<Utc>,
    resolved_at: Option<DateTime<Utc>>,
    closed_at: Option<DateTime<Utc>>,
    reopen_count: i32,
    last_customer_message_at: Option<DateTime<Utc>>,
    last_public_reply_at: Option<DateTime<Utc>>,
    last_human_touch_at: Option<DateTime<Utc>>,
    calendar_id: Option<Uuid>,
    sla_policy_version_id: Option<Uuid>,
    message_count: Option<i32>,
    due_at: Option<DateTime<Utc>>,
    touch_due_at: Option<DateTime<Utc>>,
    participants: Box<RawValue>,
    entity_refs: Box<RawValue>,
    tags: Box<RawValue>,
    custom: Box<RawValue>,
    language: Box<RawValue>,
    resolution: Box<RawValue>,
    survey_opt_out: Box<RawValue>,
    first_contact_at: Box<RawValue>,
    required_skills: Box<RawValue>,
    override_reason: Box<RawValue>,
}

#[derive(Debug, Serialize)]
struct Requester {
    kind: String,
    contact_id: Option<Uuid>,
    name: Option<String>,
    email: Option<String>,
    phone: Option<String>,
}

#[derive(Debug, Serialize)]
struct Source {
    system: String,
    external_id: String,
}

/// The stored details, each member as it stands.
#[derive(Deserialize)]
struct Details {
    participants: Box<RawValue>,
    entity_refs: Box<RawValue>,
    tags: Box<RawValue>,
    custom: Box<RawValue>,
    language: Box<RawValue>,
    resolution: Box<RawValue>,
    survey_opt_out: Box<RawValue>,
    first_contact_at: Box<RawValue>,
    required_skills: Box<RawValue>,
    override_reason: Box<RawValue>,
}

/// The cells of a row, one after the other.
struct Cells<'r> {
    row: &'r QueryResult,
    next: usize,
}

impl Cells<'_> {
    fn take<T: TryGetable>(&mut self) -> Result<T, DbErr> {
        let cell = self.row.try_get_by_index(self.next)?;
        self.next += 1;
        Ok(cell)
    }
}

impl Requester {
    fn read(cells: &mut Cells<'_>) -> Result<Self, DbErr> {
        let (kind, contact_id) = (cells.take()?, cells.take()?);
        Ok(Self { kind, contact_id, name: cells.take()?, email: cells.take()?, phone: cells.take()? })
    }
}

impl FromQueryResult for Listed {
    fn from_query_result(row: &QueryResult, _: &str) -> Result<Self, DbErr> {
        let mut cells = Cells { row, next: 0 };
        let details: String = cells.take()?;
        let details: Details = serde_json::from_str(&details).map_err(|error| DbErr::Json(error.to_string()))?;
        let (id, version, created_at, updated_at, number) = (cells.take()?, cells.take()?, cells.take()?, cells.take()?, cells.take()?);
        // Members are read in the order they are written down in here.
        Ok(Self {
            id,
            version,
            created_at,
            updated_at,
            number,
            reference: format!("T-{number}"),
            subject: cells.take()?,
            kind: cells.take()?,
            requester: Requester::read(&mut cells)?,
            account_id: cells.take()?,
            site_id: cells.take()?,
            branch_id: cells.take()?,
            group_id: cells.take()?,
            assignee_id: cells.take()?,
            territory_id: cells.take()?,
            cover_for_id: cells.take()?,
            priority: cells.take()?,
            severity: cells.take()?,
            status: cells.take()?,
            status_reason: cells.take()?,
            wake_at: cells.take()?,
            channel: cells.take()?,
            direction: cells.take()?,
            source: source(cells.take()?, cells.take()?),
            spam: cells.take()?,
            confidential: cells.take()?,
            merged_into_id: cells.take()?,
            follow_up_of_id: cells.take()?,
            emergency_id: cells.take()?,
            clock_start_at: cells.take()?,
            resolved_at: cells.take()?,
            closed_at: cells.take()?,
            reopen_count: cells.take()?,
            last_customer_message_at: cells.take()?,
            last_public_reply_at: cells.take()?,
            last_human_touch_at: cells.take()?,
            calendar_id: cells.take()?,
            sla_policy_version_id: cells.take()?,
            message_count: cells.take()?,
            due_at: cells.take()?,
            touch_due_at: cells.take()?,
            participants: details.participants,
            entity_refs: details.entity_refs,
            tags: details.tags,
            custom: details.custom,
            language: details.language,
            resolution: details.resolution,
            survey_opt_out: details.survey_opt_out,
            first_contact_at: details.first_contact_at,
            required_skills: details.required_skills,
            override_reason: details.override_reason,
        })
    }
}

fn source(system: Option<String>, external_id: Option<String>) -> Option<Source> {
    system.zip(external_id).map(|(system, external_id)| Source { system, external_id })
}

impl Slim<Entity> for Listed {
    fn columns(select: Select<Entity>) -> Select<Entity> {
        let details = Expr::col((Entity, Column::Details)).cast_as("text");
        select.select_only().expr_as(details, "details").columns(COLUMNS)
    }

    fn sorted_by(&self, column: &Column) -> Option<Value> {
        match column {
            Column::Id => Some(self.id.into()),
            Column::Number => Some(self.number.into()),
            Column::DueAt => Some(self.due_at.into()),
            Column::TouchDueAt => Some(self.touch_due_at.into()),
            Column::CreatedAt => Some(self.created_at.into()),
            Column::UpdatedAt => Some(self.updated_at.into()),
            _ => None,
        }
    }
}

impl Listed {
    /// What a caller of this scope sees: portal customers nothing that is internal to the desk, as in
    /// [`super::wire::TicketView::of`].
    pub(crate) fn for_reader(self, scope: &RowScope) -> Result<Self, Problem> {
        if !scope.is_customer() {
            return Ok(self);
        }
        let empty = |json: &str| RawValue::from_string(json.to_owned());
        Ok(Self {
            participants: empty("[]")?,
            branch_id: None,
            group_id: None,
            assignee_id: None,
            territory_id: None,
            cover_for_id: None,
            severity: None,
            status_reason: None,
            wake_at: None,
            tags: empty("[]")?,
            custom: empty("{}")?,
            required_skills: empty("[]")?,
            override_reason: empty("null")?,
            merged_into_id: None,
            last_human_touch_at: None,
            calendar_id: None,
            sla_policy_version_id: None,
            message_count: None,
            touch_due_at: None,
            survey_opt_out: empty("null")?,
            ..self
        })
    }
}
