//! An invitation to say how we did, the answer to it, and when either may happen. Pure; the present is passed in.

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::{SurveyId, SurveyResponseId, SurveyTemplateId, TicketId};
use kernel::words;
use platform::stamp::{Stamp, Touch};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::rulebook::SurveySettings;
use crate::ticket::model::Ticket;
use crate::vocabulary::{RequesterKind, Status};
use crate::whose::Whose;

words! {
    /// Where an invitation stands.
    pub enum SurveyState {
        Scheduled = "scheduled",
        Sent = "sent",
        Answered = "answered",
        Expired = "expired",
        Cancelled = "cancelled",
    }

    /// What can happen to an invitation.
    pub(crate) enum Step { Send = "send", Answer = "answer", Expire = "expire", Cancel = "cancel" }

    /// Why an invitation was called off.
    pub enum CancelReason {
        Reopened = "reopened",
        Merged = "merged",
        Spam = "spam",
        Deleted = "deleted",
        OptedOut = "opted_out",
        /// The contact was asked about another ticket meanwhile.
        RecentlyAsked = "recently_asked",
        /// No mailbox of ours can send it, or there are no words for it.
        NotSendable = "not_sendable",
        /// Mail to the address fails, or the address is no person's.
        AddressSuppressed = "address_suppressed",
    }
}

impl SurveyState {
    /// The state after a step.
    pub(crate) const fn after(self, step: Step) -> Option<Self> {
        match (self, step) {
            (Self::Scheduled, Step::Send) => Some(Self::Sent),
            (Self::Scheduled, Step::Cancel) => Some(Self::Cancelled),
            (Self::Sent, Step::Answer) => Some(Self::Answered),
            (Self::Sent, Step::Expire) => Some(Self::Expired),
            (
                Self::Scheduled | Self::Sent | Self::Answered | Self::Expired | Self::Cancelled,
                Step::Send | Step::Answer | Step::Expire | Step::Cancel,
            ) => None,
        }
    }
}

/// An invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Survey {
    pub(crate) id: SurveyId,
    pub(crate) stamp: Stamp,
    pub(crate) ticket_id: TicketId,
    /// The ticket's stretch of work that is asked about: 1 until it is reopened for the first time.
    pub(crate) cycle: i32,
    pub(crate) template_id: Option<SurveyTemplateId>,
    pub(crate) contact_id: Option<Uuid>,
    pub(crate) name: Option<String>,
    /// In lower case.
    pub(crate) email: String,
    /// Whose work is asked about, as it was when the ticket was resolved.
    pub(crate) whose: Whose,
    pub(crate) state: SurveyState,
    pub(crate) cancelled_because: Option<CancelReason>,
    pub(crate) send_at: DateTime<Utc>,
    pub(crate) sent_at: Option<DateTime<Utc>>,
    pub(crate) expires_at: Option<DateTime<Utc>>,
    /// Of the link; none before it is sent.
    pub(crate) token_hash: Option<String>,
}

/// What a holder of the link finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The form, to be answered.
    Open,
    /// The form with the answer given, which may still be changed.
    Changeable,
    /// The answer stands.
    Closed,
    /// It was not answered in time.
    Expired,
    /// It was never sent.
    Unknown,
}

impl Survey {
    /// The invitation that follows from resolving a ticket; none when its requester is not to be asked. Whether the contact was
    /// asked lately, and whether a person wrote to the customer at all, is for the caller to know.
    pub(crate) fn about(ticket: &Ticket, settings: &SurveySettings, touch: Touch) -> Option<Self> {
        let email = ticket.requester.email.as_deref().map(str::trim).filter(|email| !email.is_empty())?;
        if !settings.enabled || ticket.requester.kind != RequesterKind::Customer || hindrance(ticket).is_some() {
            return None;
        }
        Some(Self {
            id: SurveyId::generate(),
            stamp: Stamp::new(touch),
            ticket_id: ticket.id,
            cycle: ticket.reopen_count.saturating_add(1),
            template_id: None,
            contact_id: ticket.requester.contact_id,
            name: ticket.requester.name.clone(),
            email: email.to_lowercase(),
            whose: Whose::from(ticket),
            state: SurveyState::Scheduled,
            cancelled_because: None,
            send_at: touch.at + settings.delay(),
            sent_at: None,
            expires_at: None,
            token_hash: None,
        })
    }

    fn step(&self, step: Step, touch: Touch) -> Result<Self, Fault> {
        let state = self.state.after(step).ok_or_else(|| Fault::illegal_transition::<&str>(step.as_str(), self.state.as_str(), []))?;
        Ok(Self { state, stamp: self.stamp.touched(touch), ..self.clone() })
    }

    /// # Errors
    /// 409 `illegal_transition`, as for every step.
    pub(crate) fn sent(
        &self,
        template: SurveyTemplateId,
        token_hash: String,
        settings: &SurveySettings,
        touch: Touch,
    ) -> Result<Self, Fault> {
        let sent = self.step(Step::Send, touch)?;
        let (sent_at, expires_at) = (Some(touch.at), Some(touch.at + settings.validity()));
        Ok(Self { template_id: Some(template), sent_at, expires_at, token_hash: Some(token_hash), ..sent })
    }

    pub(crate) fn cancelled(&self, reason: CancelReason, touch: Touch) -> Result<Self, Fault> {
        Ok(Self { cancelled_because: Some(reason), ..self.step(Step::Cancel, touch)? })
    }

    pub(crate) fn answered(&self, touch: Touch) -> Result<Self, Fault> {
        self.step(Step::Answer, touch)
    }

    pub(crate) fn expired(&self, touch: Touch) -> Result<Self, Fault> {
        self.step(Step::Expire, touch)
    }

    /// Sent later, because too much automatic mail went to the address lately.
    pub(crate) fn postponed(&self, send_at: DateTime<Utc>, touch: Touch) -> Self {
        Self { send_at, stamp: self.stamp.touched(touch), ..self.clone() }
    }

    /// What a holder of the link finds at `now`, whether or not a worker has noted it.
    pub(crate) fn standing(&self, answered_at: Option<DateTime<Utc>>, settings: &SurveySettings, now: DateTime<Utc>) -> Standing {
        match (self.state, answered_at) {
            (SurveyState::Scheduled | SurveyState::Cancelled, _) => Standing::Unknown,
            (SurveyState::Answered, Some(answered)) if now <= answered + settings.changeable() => Standing::Changeable,
            (SurveyState::Answered, _) => Standing::Closed,
            (SurveyState::Sent, _) if self.expires_at.is_some_and(|until| now < until) => Standing::Open,
            (SurveyState::Sent | SurveyState::Expired, _) => Standing::Expired,
        }
    }
}

/// Why nobody is asked about a ticket, as it is now.
pub(crate) fn hindrance(ticket: &Ticket) -> Option<CancelReason> {
    let hindrances = [
        (CancelReason::Deleted, ticket.deleted_at.is_some()),
        (CancelReason::Merged, ticket.status == Status::Merged),
        (CancelReason::Spam, ticket.spam),
        (CancelReason::OptedOut, ticket.survey_opt_out.is_some()),
        (CancelReason::Reopened, !matches!(ticket.status, Status::Resolved | Status::Closed)),
    ];
    hindrances.into_iter().find_map(|(reason, holds)| holds.then_some(reason))
}

/// What was answered before it was changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct EarlierAnswer {
    #[schema(minimum = 1, maximum = 5)]
    pub(crate) score: i16,
    #[schema(max_length = 2000)]
    pub(crate) comment: Option<String>,
    /// When it was given.
    pub(crate) at: DateTime<Utc>,
}

/// What a customer answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SurveyResponse {
    pub(crate) id: SurveyResponseId,
    pub(crate) stamp: Stamp,
    pub(crate) survey_id: SurveyId,
    pub(crate) ticket_id: TicketId,
    pub(crate) whose: Whose,
    pub(crate) sent_at: DateTime<Utc>,
    pub(crate) answered_at: DateTime<Utc>,
    pub(crate) score: i16,
    pub(crate) comment: Option<String>,
    /// Oldest first.
    pub(crate) history: Vec<EarlierAnswer>,
}

impl SurveyResponse {
    pub(crate) fn to(survey: &Survey, (score, comment): (i16, Option<String>), touch: Touch) -> Self {
        Self {
            id: SurveyResponseId::generate(),
            stamp: Stamp::new(touch),
            survey_id: survey.id,
            ticket_id: survey.ticket_id,
            whose: survey.whose,
            sent_at: survey.sent_at.unwrap_or(touch.at),
            answered_at: touch.at,
            score,
            comment,
            history: Vec::new(),
        }
    }

    /// The changed answer; none when it says the same as before.
    pub(crate) fn changed(&self, (score, comment): (i16, Option<String>), touch: Touch) -> Option<Self> {
        if (self.score, &self.comment) == (score, &comment) {
            return None;
        }
        let mut next = Self { stamp: self.stamp.touched(touch), score, comment, ..self.clone() };
        next.history.push(EarlierAnswer { score: self.score, comment: self.comment.clone(), at: self.stamp.updated_at });
        Some(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_takes_these_steps_and_no_others() {
        let mut table = String::new();
        for state in SurveyState::ALL {
            let next = Step::ALL.iter().filter_map(|step| state.after(*step).map(|next| format!(" {step}:{next}")));
            table.push_str(&format!("{state}:{}\n", next.collect::<String>()));
        }
        let expected = "scheduled: send:sent cancel:cancelled\nsent: answer:answered expire:expired\nanswered:\nexpired:\ncancelled:\n";
        assert_eq!(table, expected);
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn sent() -> Survey {
        let touch = Touch { by: Uuid::nil(), at: at("2026-03-02T15:00:00Z") };
        Survey {
            id: SurveyId::generate(),
            stamp: Stamp::new(touch),
            ticket_id: TicketId::generate(),
            cycle: 1,
            template_id: None,
            contact_id: None,
            name: None,
            email: "cleo@example.com".to_owned(),
            whose: Whose::default(),
            state: SurveyState::Sent,
            cancelled_because: None,
            send_at: touch.at,
            sent_at: Some(touch.at),
            expires_at: Some(at("2026-03-16T15:00:00Z")),
            token_hash: None,
        }
    }

    #[test]
    fn the_form_is_open_until_its_end_and_an_answer_changeable_for_a_day() {
        let settings = SurveySettings::default();
        let survey = sent();
        assert_eq!(survey.standing(None, &settings, at("2026-03-16T14:59:59Z")), Standing::Open);
        assert_eq!(survey.standing(None, &settings, at("2026-03-16T15:00:00Z")), Standing::Expired);
        let answered = Survey { state: SurveyState::Answered, ..sent() };
        let when = Some(at("2026-03-16T14:00:00Z"));
        assert_eq!(answered.standing(when, &settings, at("2026-03-17T14:00:00Z")), Standing::Changeable);
        assert_eq!(answered.standing(when, &settings, at("2026-03-17T14:00:01Z")), Standing::Closed);
        for state in [SurveyState::Scheduled, SurveyState::Cancelled] {
            assert_eq!(Survey { state, ..sent() }.standing(None, &settings, at("2026-03-03T15:00:00Z")), Standing::Unknown);
        }
    }

    #[test]
    fn a_changed_answer_keeps_what_it_said_before() {
        let touch = |text: &str| Touch { by: Uuid::nil(), at: at(text) };
        let first = SurveyResponse::to(&sent(), (5, None), touch("2026-03-03T15:00:00Z"));
        assert_eq!(first.changed((5, None), touch("2026-03-03T16:00:00Z")), None);
        let second = first.changed((1, Some("Not so fast".to_owned())), touch("2026-03-03T16:00:00Z")).unwrap();
        let before = EarlierAnswer { score: 5, comment: None, at: at("2026-03-03T15:00:00Z") };
        assert_eq!((second.score, second.history, second.answered_at), (1, vec![before], first.answered_at));
    }
}
