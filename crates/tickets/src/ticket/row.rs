//! A ticket and its row.

use chrono::{DateTime, Utc};
use kernel::id::{AccountId, BranchId, CalendarId, EmergencyId, SiteId, SlaPolicyVersionId, TerritoryId, TicketId, UserId};
use platform::problem::Problem;
use platform::rows::{from_json, to_json, word};
use platform::stamp_of;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

use super::entity::Model;
use super::model::{EntityRef, Participant, Requester, Resolution, Source, Ticket};
use crate::agent::model::RequiredSkill;

/// What of a ticket nobody searches for by itself.
#[derive(Serialize, Deserialize)]
struct Details {
    participants: Vec<Participant>,
    entity_refs: Vec<EntityRef>,
    tags: Vec<String>,
    custom: BTreeMap<String, String>,
    language: Option<String>,
    resolution: Option<Resolution>,
    survey_opt_out: Option<String>,
    first_contact_at: Option<DateTime<Utc>>,
    required_skills: Vec<RequiredSkill>,
    override_reason: Option<String>,
    cover_since: Option<DateTime<Utc>>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    members: Vec<TicketId>,
}

impl Details {
    fn of(ticket: &Ticket) -> Self {
        Self {
            participants: ticket.participants.clone(),
            entity_refs: ticket.entity_refs.clone(),
            tags: ticket.tags.clone(),
            custom: ticket.custom.clone(),
            language: ticket.language.clone(),
            resolution: ticket.resolution.clone(),
            survey_opt_out: ticket.survey_opt_out.clone(),
            first_contact_at: ticket.first_contact_at,
            required_skills: ticket.required_skills.clone(),
            override_reason: ticket.override_reason.clone(),
            cover_since: ticket.cover_since,
            members: ticket.members.clone(),
        }
    }
}

pub(super) fn row(ticket: &Ticket) -> Result<Model, Problem> {
    Ok(Model {
        id: ticket.id.uuid(),
        version: ticket.stamp.version,
        created_at: ticket.stamp.created_at,
        updated_at: ticket.stamp.updated_at,
        created_by: ticket.stamp.created_by,
        updated_by: ticket.stamp.updated_by,
        number: ticket.number,
        subject: ticket.subject.clone(),
        kind: ticket.kind.to_string(),
        requester_kind: ticket.requester.kind.to_string(),
        requester_contact_id: ticket.requester.contact_id,
        requester_name: ticket.requester.name.clone(),
        requester_email: ticket.requester.email.clone(),
        requester_phone: ticket.requester.phone.clone(),
        account_id: ticket.account_id.map(AccountId::uuid),
        site_id: ticket.site_id.map(SiteId::uuid),
        branch_id: ticket.branch_id.map(BranchId::uuid),
        group_id: ticket.group_id,
        assignee_id: ticket.assignee_id.map(UserId::uuid),
        territory_id: ticket.territory_id.map(TerritoryId::uuid),
        cover_for_id: ticket.cover_for_id.map(UserId::uuid),
        priority: ticket.priority.to_string(),
        severity: ticket.severity,
        status: ticket.status.to_string(),
        status_reason: ticket.status_reason.clone(),
        open: ticket.is_open(),
        wake_at: ticket.wake_at,
        channel: ticket.channel.to_string(),
        direction: ticket.direction.to_string(),
        source_system: ticket.source.as_ref().map(|source| source.system.clone()),
        source_id: ticket.source.as_ref().map(|source| source.external_id.clone()),
        spam: ticket.spam,
        confidential: ticket.confidential,
        merged_into_id: ticket.merged_into_id.map(TicketId::uuid),
        follow_up_of_id: ticket.follow_up_of_id.map(TicketId::uuid),
        emergency_id: ticket.emergency_id.map(EmergencyId::uuid),
        clock_start_at: ticket.clock_start_at,
        resolved_at: ticket.resolved_at,
        closed_at: ticket.closed_at,
        deleted_at: ticket.deleted_at,
        reopen_count: ticket.reopen_count,
        last_customer_message_at: ticket.last_customer_message_at,
        last_public_reply_at: ticket.last_public_reply_at,
        last_human_touch_at: ticket.last_human_touch_at,
        calendar_id: ticket.calendar_id.map(CalendarId::uuid),
        sla_policy_version_id: ticket.sla_policy_version_id.map(SlaPolicyVersionId::uuid),
        message_count: ticket.message_count,
        moved_at: ticket.moved_at,
        watched: ticket.watched,
        due_at: ticket.due_at,
        touch_due_at: ticket.touch_due_at,
        details: to_json(&Details::of(ticket))?,
    })
}

/// The ticket of a row.
///
/// # Errors
/// `internal` for a row that cannot be read.
pub(crate) fn ticket(row: Model) -> Result<Ticket, Problem> {
    let stamp = stamp_of!(row);
    let details: Details = from_json(row.details)?;
    let reach = [row.requester_name, row.requester_email, row.requester_phone];
    Ok(Ticket {
        id: row.id.into(),
        stamp,
        number: row.number,
        subject: row.subject,
        kind: word(&row.kind)?,
        requester: requester(&row.requester_kind, row.requester_contact_id, reach)?,
        participants: details.participants,
        account_id: row.account_id.map(Into::into),
        site_id: row.site_id.map(Into::into),
        entity_refs: details.entity_refs,
        branch_id: row.branch_id.map(Into::into),
        group_id: row.group_id,
        assignee_id: row.assignee_id.map(Into::into),
        territory_id: row.territory_id.map(Into::into),
        cover_for_id: row.cover_for_id.map(Into::into),
        cover_since: details.cover_since,
        override_reason: details.override_reason,
        required_skills: details.required_skills,
        priority: word(&row.priority)?,
        severity: row.severity,
        status: word(&row.status)?,
        status_reason: row.status_reason,
        wake_at: row.wake_at,
        channel: word(&row.channel)?,
        direction: word(&row.direction)?,
        source: row.source_system.zip(row.source_id).map(|(system, external_id)| Source { system, external_id }),
        tags: details.tags,
        custom: details.custom,
        language: details.language,
        spam: row.spam,
        confidential: row.confidential,
        merged_into_id: row.merged_into_id.map(Into::into),
        follow_up_of_id: row.follow_up_of_id.map(Into::into),
        emergency_id: row.emergency_id.map(Into::into),
        clock_start_at: row.clock_start_at,
        resolved_at: row.resolved_at,
        closed_at: row.closed_at,
        deleted_at: row.deleted_at,
        reopen_count: row.reopen_count,
        resolution: details.resolution,
        survey_opt_out: details.survey_opt_out,
        last_customer_message_at: row.last_customer_message_at,
        first_contact_at: details.first_contact_at,
        last_public_reply_at: row.last_public_reply_at,
        last_human_touch_at: row.last_human_touch_at,
        calendar_id: row.calendar_id.map(Into::into),
        sla_policy_version_id: row.sla_policy_version_id.map(Into::into),
        message_count: row.message_count,
        moved_at: row.moved_at,
        watched: row.watched,
        due_at: row.due_at,
        touch_due_at: row.touch_due_at,
        members: details.members,
    })
}

fn requester(kind: &str, contact_id: Option<Uuid>, [name, email, phone]: [Option<String>; 3]) -> Result<Requester, Problem> {
    Ok(Requester { kind: word(kind)?, contact_id, name, email, phone })
}
