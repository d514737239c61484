//! What callers send and receive about scheduling requests.

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::{MessageId, SchedulingRequestId, TicketId};
use platform::scope::RowScope;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{SchedulingKind, SchedulingRequest, ServiceWindow, Wish};
use super::state::SchedulingState;
use crate::ticket::model::EntityRef;

/// Names one scheduling request.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(crate) struct SchedulingRequestPath {
    /// The scheduling request.
    pub(crate) request_id: SchedulingRequestId,
}

/// A new scheduling request.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateSchedulingRequest {
    /// The ticket on which it is asked.
    pub(crate) ticket_id: TicketId,
    kind: SchedulingKind,
    service_stop_ref: EntityRef,
    /// Needed to reschedule and to skip.
    original_window: Option<ServiceWindow>,
    /// Needed to reschedule, for an extra stop and for a hold.
    requested_window: Option<ServiceWindow>,
    /// The new frequency or container; needed for these kinds.
    #[schema(min_length = 1, max_length = 2000)]
    details: Option<String>,
    /// Until when the schedule can be changed; the desk decides it.
    cutoff_at: Option<DateTime<Utc>>,
    #[schema(min_length = 1, max_length = 1000)]
    reason: String,
    /// Why it is asked after the cutoff.
    #[schema(min_length = 1, max_length = 500)]
    late_reason: Option<String>,
}

impl CreateSchedulingRequest {
    /// What this caller may ask.
    ///
    /// # Errors
    /// Every field fault.
    pub(crate) fn into_wish(self, scope: &RowScope, now: DateTime<Utc>) -> Result<Wish, Fault> {
        if scope.is_customer() && self.cutoff_at.is_some() {
            return Err(Fault::field("/cutoff_at", "not_for_customers", "The desk decides this."));
        }
        let wish = Wish {
            kind: self.kind,
            service_stop_ref: self.service_stop_ref,
            original_window: self.original_window,
            requested_window: self.requested_window,
            details: self.details,
            cutoff_at: self.cutoff_at,
            reason: self.reason,
            late_reason: self.late_reason,
        };
        wish.checked(now)
    }
}

/// Grants a request.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct ConfirmSchedulingRequest {
    /// Why it is granted after the cutoff.
    #[schema(min_length = 1, max_length = 500)]
    pub(crate) late_reason: Option<String>,
    /// Written to the customer in the same step.
    #[schema(min_length = 1, max_length = 100_000)]
    pub(crate) message: Option<String>,
}

/// Declines a request.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeclineSchedulingRequest {
    #[schema(min_length = 1, max_length = 500)]
    pub(crate) reason: String,
    /// Written to the customer in the same step.
    #[schema(min_length = 1, max_length = 100_000)]
    pub(crate) message: Option<String>,
}

/// Proposes another window.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct CounterSchedulingRequest {
    pub(crate) window: ServiceWindow,
    /// When the proposal lapses; by default after the time that the desk's settings give, and when the window starts.
    pub(crate) expires_at: Option<DateTime<Utc>>,
    /// Written to the customer in the same step.
    #[schema(min_length = 1, max_length = 100_000)]
    pub(crate) message: Option<String>,
}

/// Turns a counter-proposal down.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct RejectCounter {
    #[schema(min_length = 1, max_length = 500)]
    pub(crate) reason: Option<String>,
}

/// Says why a confirmed request was not carried out.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct FailSchedulingRequest {
    #[schema(min_length = 1, max_length = 500)]
    pub(crate) reason: String,
}

/// Names the message that told the customer.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct InformCustomer {
    /// A public message of ours on the same ticket, later than the request.
    pub(crate) message_id: MessageId,
}

/// A scheduling request. What is internal to the desk is null for portal customers.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SchedulingRequestView {
    pub(crate) id: SchedulingRequestId,
    pub(crate) version: i64,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) updated_at: DateTime<Utc>,
    pub(crate) ticket_id: TicketId,
    pub(crate) kind: SchedulingKind,
    pub(crate) state: SchedulingState,
    pub(crate) service_stop_ref: EntityRef,
    pub(crate) original_window: Option<ServiceWindow>,
    pub(crate) requested_window: Option<ServiceWindow>,
    pub(crate) counter_window: Option<ServiceWindow>,
    /// When the counter-proposal lapses.
    pub(crate) expires_at: Option<DateTime<Utc>>,
    #[schema(max_length = 2000)]
    pub(crate) details: Option<String>,
    pub(crate) cutoff_at: Option<DateTime<Utc>>,
    #[schema(max_length = 1000)]
    pub(crate) reason: String,
    #[schema(max_length = 500)]
    pub(crate) late_reason: Option<String>,
    pub(crate) requested_by: Option<Uuid>,
    pub(crate) decided_by: Option<Uuid>,
    pub(crate) decided_at: Option<DateTime<Utc>>,
    #[schema(max_length = 500)]
    pub(crate) decision_reason: Option<String>,
    /// Why a confirmed request was not carried out.
    #[schema(max_length = 500)]
    pub(crate) outcome_reason: Option<String>,
    pub(crate) customer_informed_message_id: Option<MessageId>,
}

impl SchedulingRequestView {
    /// As a reader of this scope sees it at `now`.
    pub(crate) fn at(request: &SchedulingRequest, scope: &RowScope, now: DateTime<Utc>) -> Self {
        let request = request.clone().seen_at(now);
        let (wish, decision, counter) = (request.wish, request.decision, request.counter);
        let desk = |id: Option<Uuid>| id.filter(|_| !scope.is_customer());
        Self {
            id: request.id,
            version: request.stamp.version,
            created_at: request.stamp.created_at,
            updated_at: request.stamp.updated_at,
            ticket_id: request.ticket_id,
            kind: wish.kind,
            state: request.state,
            service_stop_ref: wish.service_stop_ref,
            original_window: wish.original_window,
            requested_window: wish.requested_window,
            counter_window: counter.map(|counter| counter.window),
            expires_at: counter.map(|counter| counter.expires_at),
            details: wish.details,
            cutoff_at: wish.cutoff_at,
            reason: wish.reason,
            late_reason: wish.late_reason.filter(|_| !scope.is_customer()),
            requested_by: desk(request.stamp.created_by),
            decided_by: desk(decision.as_ref().map(|decision| decision.by)),
            decided_at: decision.as_ref().map(|decision| decision.at),
            decision_reason: decision.and_then(|decision| decision.reason),
            outcome_reason: request.outcome_reason,
            customer_informed_message_id: request.customer_informed_message_id,
        }
    }
}
