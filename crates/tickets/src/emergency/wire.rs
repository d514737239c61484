//! What callers send and receive about emergencies.

use chrono::{DateTime, Utc};
use kernel::id::{EmergencyId, MessageId, OnCallScheduleId, PageId, TicketId, UserId};
use platform::patch::present;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::{Dispatch, Emergency};
use super::state::EmergencyState;

/// Names one emergency.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct EmergencyPath {
    /// The emergency.
    pub(crate) emergency_id: EmergencyId,
}

/// Raises an emergency on a ticket.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct RaiseEmergency {
    pub(super) ticket_id: TicketId,
    /// The house's own word for the danger.
    #[schema(pattern = "^[a-z0-9_]{1,60}$", max_length = 60, example = "spill")]
    pub(super) hazard_code: Option<String>,
    /// Whose people are paged; those of the ticket's branch when absent.
    pub(super) schedule_id: Option<OnCallScheduleId>,
}

/// Changes of what is known of an emergency (RFC 7396).
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct PatchEmergency {
    #[serde(default, deserialize_with = "present")]
    #[schema(pattern = "^[a-z0-9_]{1,60}$", max_length = 60, example = "spill")]
    pub(super) hazard_code: Option<Option<String>>,
}

/// Somebody is sent.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct DispatchEmergency {
    /// Who: a crew, a contractor, the fire brigade.
    #[schema(min_length = 1, max_length = 200, example = "Response crew 2")]
    pub(super) to: String,
    /// When they are to arrive.
    pub(super) eta: Option<DateTime<Utc>>,
}

/// Names the message or call by which a person told the customer.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct TellOfEmergency {
    pub(super) message_id: MessageId,
}

/// Says why it was no emergency.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct CallOffEmergency {
    #[schema(min_length = 1, max_length = 500)]
    pub(super) reason: String,
}

/// An emergency. Portal customers see how it stands, and nothing of who is woken or sent.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct EmergencyView {
    pub(crate) id: EmergencyId,
    pub(crate) version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    ticket_id: TicketId,
    #[schema(max_length = 60)]
    hazard_code: Option<String>,
    /// For portal customers `raised` until somebody has taken charge.
    state: EmergencyState,
    raised_at: DateTime<Utc>,
    acknowledged_at: Option<DateTime<Utc>>,
    dispatched_at: Option<DateTime<Utc>>,
    eta: Option<DateTime<Utc>>,
    contained_at: Option<DateTime<Utc>>,
    customer_informed_message_id: Option<MessageId>,
    loop_closed_message_id: Option<MessageId>,
    loop_closed_at: Option<DateTime<Utc>>,
    called_off_at: Option<DateTime<Utc>>,
    /// What portal customers are not shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    desk: Option<EmergencyDeskView>,
}

/// What only the desk sees of an emergency.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct EmergencyDeskView {
    /// Whose people are paged, when it is not those of the ticket's branch.
    schedule_id: Option<OnCallScheduleId>,
    /// The level of the page chain that was paged last; 0 before the first.
    level: i16,
    /// How often the duty manager was paged.
    duty_pages: i16,
    next_page_at: Option<DateTime<Utc>>,
    acknowledged_by: Option<UserId>,
    /// The page that was answered.
    acknowledged_page_id: Option<PageId>,
    #[schema(max_length = 200)]
    dispatched_to: Option<String>,
    #[schema(max_length = 500)]
    called_off_reason: Option<String>,
}

impl EmergencyView {
    /// As somebody of the desk, or a customer, may see it.
    pub(crate) fn of(emergency: &Emergency, for_customers: bool) -> Self {
        let sent = emergency.dispatch.as_ref();
        Self {
            id: emergency.id,
            version: emergency.stamp.version,
            created_at: emergency.stamp.created_at,
            updated_at: if for_customers { emergency.last_told_at() } else { emergency.stamp.updated_at },
            ticket_id: emergency.ticket_id,
            hazard_code: emergency.hazard_code.clone(),
            state: if for_customers { emergency.state.for_customers() } else { emergency.state },
            raised_at: emergency.raised_at,
            acknowledged_at: emergency.acknowledged.map(|one| one.at),
            dispatched_at: sent.map(|sent| sent.at),
            eta: sent.and_then(|sent| sent.eta),
            contained_at: emergency.contained_at,
            customer_informed_message_id: emergency.customer_informed_message_id,
            loop_closed_message_id: emergency.loop_closed_message_id,
            loop_closed_at: emergency.loop_closed_at,
            called_off_at: emergency.called_off.as_ref().map(|one| one.at),
            desk: (!for_customers).then(|| EmergencyDeskView::of(emergency, sent)),
        }
    }
}

impl EmergencyDeskView {
    fn of(emergency: &Emergency, sent: Option<&Dispatch>) -> Self {
        Self {
            schedule_id: emergency.schedule_id,
            level: emergency.level,
            duty_pages: emergency.duty_pages,
            next_page_at: emergency.next_page_at,
            acknowledged_by: emergency.acknowledged.and_then(|one| one.by),
            acknowledged_page_id: emergency.acknowledged.and_then(|one| one.page_id),
            dispatched_to: sent.map(|sent| sent.to.clone()),
            called_off_reason: emergency.called_off.as_ref().map(|one| one.reason.clone()),
        }
    }
}
