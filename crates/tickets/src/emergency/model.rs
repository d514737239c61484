//! An emergency and what each step of it demands. Pure rules; instants are passed in.

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::{EmergencyId, MessageId, OnCallScheduleId, PageId, TicketId, UserId};
use platform::stamp::{Stamp, Touch};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::state::{EmergencyState, EmergencyStep, moved};
use crate::message::model::NewMessage;
use crate::obligation::engine::Subject;
use crate::vocabulary::SubjectKind;

/// An emergency that a command raises.
#[derive(Clone, Debug)]
pub(crate) struct Alarm {
    pub(crate) id: EmergencyId,
    pub(crate) hazard_code: Option<String>,
    /// Whose people are paged, when it is not the branch's.
    pub(crate) schedule_id: Option<OnCallScheduleId>,
}

/// Somebody has taken charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Acknowledgement {
    pub(crate) at: DateTime<Utc>,
    /// None when a duty manager's link was followed.
    pub(crate) by: Option<UserId>,
    /// The page that was answered.
    pub(crate) page_id: Option<PageId>,
}

/// Somebody is on the way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Dispatch {
    pub(crate) to: String,
    pub(crate) at: DateTime<Utc>,
    pub(crate) eta: Option<DateTime<Utc>>,
}

/// How it ended without being one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct CallingOff {
    pub(crate) at: DateTime<Utc>,
    pub(crate) by: Uuid,
    pub(crate) reason: String,
}

/// An emergency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Emergency {
    pub(crate) id: EmergencyId,
    pub(crate) stamp: Stamp,
    pub(crate) ticket_id: TicketId,
    pub(crate) hazard_code: Option<String>,
    pub(crate) schedule_id: Option<OnCallScheduleId>,
    pub(crate) state: EmergencyState,
    pub(crate) raised_at: DateTime<Utc>,
    /// The level paged last; 0 before the first.
    pub(crate) level: i16,
    /// How often the duty manager was paged.
    pub(crate) duty_pages: i16,
    /// When the next page is due; none when nobody is to be paged any more.
    pub(crate) next_page_at: Option<DateTime<Utc>>,
    pub(crate) acknowledged: Option<Acknowledgement>,
    pub(crate) dispatch: Option<Dispatch>,
    pub(crate) contained_at: Option<DateTime<Utc>>,
    pub(crate) customer_informed_message_id: Option<MessageId>,
    pub(crate) loop_closed_message_id: Option<MessageId>,
    pub(crate) loop_closed_at: Option<DateTime<Utc>>,
    pub(crate) called_off: Option<CallingOff>,
}

impl Emergency {
    /// What promises about it are about.
    pub(crate) fn subject_of(id: EmergencyId) -> Subject {
        Subject { kind: SubjectKind::Emergency, id: id.uuid() }
    }

    pub(crate) fn subject(&self) -> Subject {
        Self::subject_of(self.id)
    }

    /// Pages are due from the moment it is raised.
    pub(crate) fn raise(alarm: Alarm, ticket_id: TicketId, touch: Touch) -> Self {
        Self {
            id: alarm.id,
            stamp: Stamp::new(touch),
            ticket_id,
            hazard_code: alarm.hazard_code,
            schedule_id: alarm.schedule_id,
            state: EmergencyState::Raised,
            raised_at: touch.at,
            level: 0,
            duty_pages: 0,
            next_page_at: Some(touch.at),
            acknowledged: None,
            dispatch: None,
            contained_at: None,
            customer_informed_message_id: None,
            loop_closed_message_id: None,
            loop_closed_at: None,
            called_off: None,
        }
    }

    /// When something happened last that its customer is told.
    pub(crate) fn last_told_at(&self) -> DateTime<Utc> {
        let acknowledged = self.acknowledged.map(|one| one.at);
        let (sent, ended) = (self.dispatch.as_ref().map(|one| one.at), self.called_off.as_ref().map(|one| one.at));
        [acknowledged, sent, self.contained_at, self.loop_closed_at, ended].into_iter().flatten().fold(self.raised_at, DateTime::max)
    }

    pub(super) fn step(self, step: EmergencyStep, touch: Touch) -> Result<Self, Fault> {
        Ok(Self { state: moved(self.state, step)?, stamp: self.stamp.touched(touch), ..self })
    }

    /// More is known of the hazard.
    pub(crate) fn known_as(self, hazard_code: Option<String>, touch: Touch) -> Self {
        Self { hazard_code, stamp: self.stamp.touched(touch), ..self }
    }

    /// Somebody takes charge: nobody else is paged.
    ///
    /// # Errors
    /// 409 `illegal_transition`.
    pub(crate) fn acknowledge(self, by: Option<UserId>, page_id: Option<PageId>, touch: Touch) -> Result<Self, Fault> {
        let acknowledged = Some(Acknowledgement { at: touch.at, by, page_id });
        Ok(Self { acknowledged, next_page_at: None, ..self.step(EmergencyStep::Acknowledge, touch)? })
    }

    /// # Errors
    /// 409 `illegal_transition`; 422 for an arrival in the past.
    pub(crate) fn send(self, to: String, eta: Option<DateTime<Utc>>, touch: Touch) -> Result<Self, Fault> {
        if eta.is_some_and(|eta| eta < touch.at) {
            return Err(Fault::field("/eta", "in_the_past", "They arrive in the future."));
        }
        Ok(Self { dispatch: Some(Dispatch { to, at: touch.at, eta }), ..self.step(EmergencyStep::Dispatch, touch)? })
    }

    /// # Errors
    /// 409 `illegal_transition`.
    pub(crate) fn contain(self, touch: Touch) -> Result<Self, Fault> {
        Ok(Self { contained_at: Some(touch.at), ..self.step(EmergencyStep::Contain, touch)? })
    }

    /// A person told the customer how it stands.
    ///
    /// # Errors
    /// 409 `not_acknowledged` or `emergency_ended`; 422 when the message is no person's word to the customer since the acknowledgement.
    pub(crate) fn inform(self, message: &NewMessage, touch: Touch) -> Result<Self, Fault> {
        let acknowledged = self.acknowledged.filter(|_| self.state.is_open());
        let Some(acknowledged) = acknowledged else {
            return Err(if self.state.is_open() {
                Fault::conflict("not_acknowledged", "Nobody has taken charge yet of whom the customer could be told.")
            } else {
                Fault::conflict("emergency_ended", "The emergency has ended.")
            });
        };
        demand_contact(message, &[acknowledged.at])?;
        Ok(Self { customer_informed_message_id: Some(message.id), stamp: self.stamp.touched(touch), ..self })
    }

    /// A person told the customer that it is over. It is the telling how it stands too, when there was none before.
    ///
    /// # Errors
    /// 409 `illegal_transition`; 422 when the message is no person's word to the customer since acknowledgement and containment.
    pub(crate) fn close_loop(self, message: &NewMessage, touch: Touch) -> Result<Self, Fault> {
        let next = self.step(EmergencyStep::CloseLoop, touch)?;
        let since: Vec<DateTime<Utc>> = next.acknowledged.map(|one| one.at).into_iter().chain(next.contained_at).collect();
        demand_contact(message, &since)?;
        let id = Some(message.id);
        let informed = next.customer_informed_message_id.or(id);
        Ok(Self { customer_informed_message_id: informed, loop_closed_message_id: id, loop_closed_at: Some(message.occurred_at), ..next })
    }

    /// # Errors
    /// 409 `illegal_transition`.
    pub(crate) fn call_off(self, reason: String, touch: Touch) -> Result<Self, Fault> {
        let next = self.step(EmergencyStep::CallOff, touch)?;
        Ok(Self { called_off: Some(CallingOff { at: touch.at, by: touch.by, reason }), next_page_at: None, ..next })
    }

    /// The message that told the customer reached nobody: it is to be told again. None when it was another.
    pub(crate) fn untold(self, message: MessageId, touch: Touch) -> Option<Self> {
        let told = self.state.is_open() && self.customer_informed_message_id == Some(message);
        told.then(|| Self { customer_informed_message_id: None, stamp: self.stamp.touched(touch), ..self })
    }

    /// A page did not go out: the next level is paged at once.
    pub(crate) fn hurry(self, touch: Touch) -> Option<Self> {
        let waits = self.state.is_unacknowledged() && self.next_page_at.is_some_and(|at| at > touch.at);
        waits.then(|| Self { next_page_at: Some(touch.at), stamp: self.stamp.touched(touch), ..self })
    }
}

/// Demands a word of a person of ours that reached the customer later than all of these.
fn demand_contact(message: &NewMessage, since: &[DateTime<Utc>]) -> Result<(), Fault> {
    if message.is_answer() && since.iter().all(|earlier| message.occurred_at > *earlier) {
        return Ok(());
    }
    let detail = "Name a public message or a call by a person of ours that reached the customer after the emergency was acknowledged, and to \
        close the loop after it was contained.";
    Err(Fault::field("/message_id", "not_informing", detail))
}
