//! A ticket as a caller may see it.

use std::collections::BTreeMap;

use platform::scope::RowScope;

use super::model::Ticket;
use super::wire::TicketView;

impl TicketView {
    /// What a caller of this scope sees: portal customers nothing that is internal to the desk.
    pub(crate) fn of(ticket: &Ticket, scope: &RowScope) -> Self {
        let view = Self::from(ticket);
        if !scope.is_customer() {
            return view;
        }
        Self {
            participants: Vec::new(),
            branch_id: None,
            group_id: None,
            assignee_id: None,
            territory_id: None,
            cover_for_id: None,
            override_reason: None,
            required_skills: Vec::new(),
            severity: None,
            status_reason: None,
            wake_at: None,
            tags: Vec::new(),
            custom: BTreeMap::new(),
            merged_into_id: None,
            last_human_touch_at: None,
            calendar_id: None,
            sla_policy_version_id: None,
            message_count: None,
            survey_opt_out: None,
            touch_due_at: None,
            ..view
        }
    }
}

impl From<&Ticket> for TicketView {
    fn from(ticket: &Ticket) -> Self {
        Self {
            id: ticket.id,
            version: ticket.stamp.version,
            created_at: ticket.stamp.created_at,
            updated_at: ticket.stamp.updated_at,
            number: ticket.number,
            reference: ticket.reference(),
            subject: ticket.subject.clone(),
            kind: ticket.kind,
            requester: ticket.requester.clone(),
            participants: ticket.participants.clone(),
            account_id: ticket.account_id,
            site_id: ticket.site_id,
            entity_refs: ticket.entity_refs.clone(),
            branch_id: ticket.branch_id,
            group_id: ticket.group_id,
            assignee_id: ticket.assignee_id,
            territory_id: ticket.territory_id,
            cover_for_id: ticket.cover_for_id,
            override_reason: ticket.override_reason.clone(),
            required_skills: ticket.required_skills.clone(),
            priority: ticket.priority,
            severity: ticket.severity,
            status: ticket.status,
            status_reason: ticket.status_reason.clone(),
            wake_at: ticket.wake_at,
            channel: ticket.channel,
            direction: ticket.direction,
            source: ticket.source.clone(),
            tags: ticket.tags.clone(),
            custom: ticket.custom.clone(),
            language: ticket.language.clone(),
            spam: ticket.spam,
            confidential: ticket.confidential,
            survey_opt_out: ticket.survey_opt_out.clone(),
            merged_into_id: ticket.merged_into_id,
            follow_up_of_id: ticket.follow_up_of_id,
            emergency_id: ticket.emergency_id,
            clock_start_at: ticket.clock_start_at,
            resolved_at: ticket.resolved_at,
            closed_at: ticket.closed_at,
            reopen_count: ticket.reopen_count,
            resolution: ticket.resolution.clone(),
            last_customer_message_at: ticket.last_customer_message_at,
            first_contact_at: ticket.first_contact_at,
            last_public_reply_at: ticket.last_public_reply_at,
            last_human_touch_at: ticket.last_human_touch_at,
            calendar_id: ticket.calendar_id,
            sla_policy_version_id: ticket.sla_policy_version_id,
            message_count: Some(ticket.message_count),
            due_at: ticket.due_at,
            touch_due_at: ticket.touch_due_at,
            messages: None,
            obligations: None,
            time: None,
        }
    }
}
