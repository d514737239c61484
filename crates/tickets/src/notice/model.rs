//! A notice to a customer and what each step of it demands. Pure rules; instants are passed in.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use kernel::calendar::{date_of, midnight};
use kernel::id::NoticeId;
use kernel::{Fault, words};
use platform::stamp::{Stamp, Touch};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::payload::NoticePayload;
use super::recipient::{NoticeDeliveryState, NoticeRecipient};
use super::state::{NoticeState, Step, moved};
use super::text::NoticeText;
use crate::obligation::engine::Subject;
pub(crate) use crate::place::Place as Addressee;
use crate::vocabulary::SubjectKind;

words! {
    /// How somebody answered a notice.
    pub enum NoticeAnswerMethod { Portal = "portal", Email = "email", Phone = "phone", Letter = "letter" }
}

/// Who answered a notice, when and how.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub(crate) struct NoticeAnswer {
    #[schema(max_length = 200)]
    pub(crate) by: String,
    pub(crate) at: DateTime<Utc>,
    pub(crate) method: NoticeAnswerMethod,
    #[schema(max_length = 1000)]
    pub(crate) reason: Option<String>,
}

/// What its author decides, until it is approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Content {
    pub(crate) payload: NoticePayload,
    pub(crate) recipients: Vec<NoticeRecipient>,
    /// Of the template; without one the facts are told line by line.
    pub(crate) language: Option<String>,
    /// The last day on which an answer is waited for.
    pub(crate) expires_on: Option<NaiveDate>,
}

/// What happened to it; each entry is written once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct History {
    pub(crate) approved_by: Option<Uuid>,
    pub(crate) approved_at: Option<DateTime<Utc>>,
    pub(crate) sent_by: Option<Uuid>,
    pub(crate) sent_at: Option<DateTime<Utc>>,
    pub(crate) late_reason: Option<String>,
    pub(crate) delivered_at: Option<DateTime<Utc>>,
    pub(crate) answer: Option<NoticeAnswer>,
    pub(crate) withdrawn_reason: Option<String>,
}

/// A notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) id: NoticeId,
    pub(crate) stamp: Stamp,
    pub(crate) external_ref: Option<String>,
    /// The change set that it tells of.
    pub(crate) change_set_ref: Option<String>,
    pub(crate) revision: i32,
    /// The one before it, which reached nobody.
    pub(crate) revises_id: Option<NoticeId>,
    pub(crate) addressee: Addressee,
    /// Of its local dates.
    pub(crate) zone: Tz,
    pub(crate) content: Content,
    pub(crate) state: NoticeState,
    /// Fixed by the approval.
    pub(crate) text: Option<NoticeText>,
    pub(crate) history: History,
}

/// Two references under which others find a notice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct References {
    pub(crate) external_ref: Option<String>,
    pub(crate) change_set_ref: Option<String>,
}

impl Notice {
    /// # Errors
    /// Every field fault of its content.
    pub(crate) fn draft(addressee: Addressee, zone: Tz, references: References, content: Content, touch: Touch) -> Result<Self, Fault> {
        content.check(date_of(zone, touch.at))?;
        Ok(Self {
            id: NoticeId::generate(),
            stamp: Stamp::new(touch),
            external_ref: references.external_ref,
            change_set_ref: references.change_set_ref,
            revision: 1,
            revises_id: None,
            addressee,
            zone,
            content,
            state: NoticeState::Draft,
            text: None,
            history: History::default(),
        })
    }

    /// What its promises are about.
    pub(crate) fn subject(&self) -> Subject {
        Subject { kind: SubjectKind::Notice, id: self.id.uuid() }
    }

    /// The end of the last day on which it is sent in time.
    pub(crate) fn sent_until(&self) -> Option<DateTime<Utc>> {
        self.content.payload.latest_on()?.succ_opt().map(|next| midnight(self.zone, next))
    }

    /// When nobody's answer is waited for any more; only while one is.
    pub(crate) fn lapses_at(&self) -> Option<DateTime<Utc>> {
        let waits = matches!(self.state, NoticeState::Sent | NoticeState::Delivered);
        self.content.expires_on.filter(|_| waits)?.succ_opt().map(|next| midnight(self.zone, next))
    }

    /// The notice as a reader at `now` must see it: it expires whether or not a worker ran.
    pub(crate) fn seen_at(mut self, now: DateTime<Utc>) -> Self {
        if self.has_lapsed(now) {
            self.state = NoticeState::Expired;
        }
        self
    }

    fn has_lapsed(&self, now: DateTime<Utc>) -> bool {
        self.lapses_at().is_some_and(|at| at <= now)
    }

    fn step(self, step: Step, touch: Touch) -> Result<Self, Fault> {
        let seen = self.seen_at(touch.at);
        Ok(Self { state: moved(seen.state, step)?, stamp: seen.stamp.touched(touch), ..seen })
    }

    /// The same draft with other content.
    ///
    /// # Errors
    /// 409 `not_a_draft`; every field fault.
    pub(crate) fn edit(self, content: Content, touch: Touch) -> Result<Self, Fault> {
        if self.state != NoticeState::Draft {
            return Err(Fault::conflict("not_a_draft", "Only a draft can be changed."));
        }
        content.check(date_of(self.zone, touch.at))?;
        Ok(Self { content, stamp: self.stamp.touched(touch), ..self })
    }

    /// Fixes the text. With four eyes nobody approves what they wrote.
    ///
    /// # Errors
    /// 409 `illegal_transition`; 403 `own_notice`.
    pub(crate) fn approve(self, text: NoticeText, four_eyes: bool, touch: Touch) -> Result<Self, Fault> {
        let authors = [self.stamp.created_by, self.stamp.updated_by];
        let mut next = self.step(Step::Approve, touch)?;
        if four_eyes && authors.contains(&Some(touch.by)) {
            return Err(Fault::forbidden("own_notice", "Somebody other than its author approves a notice."));
        }
        next.text = Some(text);
        (next.history.approved_by, next.history.approved_at) = (Some(touch.by), Some(touch.at));
        Ok(next)
    }

    /// Sends it: mails are queued, letters are in the post.
    ///
    /// # Errors
    /// 409 `illegal_transition`; 422 `notice_too_late` when it needs a reason to go out so late.
    pub(crate) fn send(self, late_reason: Option<String>, touch: Touch) -> Result<Self, Fault> {
        let mut next = self.step(Step::Send, touch)?;
        next.check_in_time(late_reason.as_deref(), touch.at)?;
        next.history.late_reason = late_reason;
        (next.history.sent_by, next.history.sent_at) = (Some(touch.by), Some(touch.at));
        next.content.recipients.iter_mut().for_each(|one| one.dispatch(touch.at));
        Ok(next)
    }

    fn check_in_time(&self, late_reason: Option<&str>, now: DateTime<Utc>) -> Result<(), Fault> {
        let payload = &self.content.payload;
        let Some(latest) = payload.latest_on().filter(|_| payload.needs_reason_when_late() && late_reason.is_none()) else {
            return Ok(());
        };
        if date_of(self.zone, now) <= latest {
            return Ok(());
        }
        let message = format!("It had to be sent by {latest}: state why it is sent later.");
        let fault = Fault::invalid("notice_too_late", message.clone()).and_field("/late_reason", "notice_too_late", message);
        Err(fault.with_fact("latest_send_on", format!("\"{latest}\"")))
    }

    /// Something became known of how it reached a recipient. It is delivered with the first who has it, and has bounced when nobody
    /// can have it.
    ///
    /// # Errors
    /// 409 `not_sent` before it went out; 422 when it has no such recipient.
    pub(crate) fn delivery(mut self, recipient: Uuid, state: NoticeDeliveryState, at: DateTime<Utc>, touch: Touch) -> Result<Self, Fault> {
        if self.history.sent_at.is_none() {
            return Err(Fault::conflict("not_sent", "It has not been sent."));
        }
        let found = self.content.recipients.iter_mut().find(|one| one.id == recipient);
        found.ok_or_else(|| Fault::field("/recipient_id", "unknown_reference", "It has no such recipient."))?.fare(state, at);
        self.stamp = self.stamp.touched(touch);
        if self.clone().seen_at(touch.at).state != NoticeState::Sent {
            return Ok(self);
        }
        if let Some(at) = self.content.recipients.iter().filter_map(|one| one.delivered_at).min() {
            self.state = moved(self.state, Step::Deliver)?;
            self.history.delivered_at = Some(at);
        } else if self.content.recipients.iter().all(NoticeRecipient::is_lost) {
            self.state = moved(self.state, Step::Bounce)?;
        }
        Ok(self)
    }

    /// Somebody of the customer's has taken note, or does not agree. Either proves that it arrived.
    ///
    /// # Errors
    /// 409 `illegal_transition`; 422 for an instant before it was sent or still to come.
    pub(crate) fn answered(self, step: Step, answer: NoticeAnswer, touch: Touch) -> Result<Self, Fault> {
        let mut next = self.step(step, touch)?;
        if answer.at > touch.at || next.history.sent_at.is_some_and(|sent| answer.at < sent) {
            return Err(Fault::field("/at", "out_of_range", "It was answered after it was sent, and not in the future."));
        }
        next.history.delivered_at.get_or_insert(answer.at);
        next.history.answer = Some(answer);
        Ok(next)
    }

    /// Nobody answered in time; none when there is time left.
    pub(crate) fn expire(self, touch: Touch) -> Option<Self> {
        let stamp = self.stamp.touched(touch);
        self.has_lapsed(touch.at).then_some(Self { state: NoticeState::Expired, stamp, ..self })
    }

    /// Calls it off.
    ///
    /// # Errors
    /// 409 `illegal_transition` once it is out.
    pub(crate) fn withdraw(self, reason: String, touch: Touch) -> Result<Self, Fault> {
        let mut next = self.step(Step::Withdraw, touch)?;
        next.history.withdrawn_reason = Some(reason);
        Ok(next)
    }

    /// A new draft in place of one that reached nobody.
    ///
    /// # Errors
    /// 409 `not_bounced`; every field fault.
    pub(crate) fn revise(&self, content: Content, touch: Touch) -> Result<Self, Fault> {
        if self.state != NoticeState::Bounced {
            return Err(Fault::conflict("not_bounced", "A new revision takes the place of a notice that reached nobody."));
        }
        let references = References { external_ref: None, change_set_ref: self.change_set_ref.clone() };
        let draft = Self::draft(self.addressee, self.zone, references, content, touch)?;
        Ok(Self { revision: self.revision + 1, revises_id: Some(self.id), ..draft })
    }
}

impl Content {
    fn check(&self, today: NaiveDate) -> Result<(), Fault> {
        let mut faults: Vec<Fault> = self.payload.check(today).err().into_iter().collect();
        for (index, recipient) in self.recipients.iter().enumerate() {
            faults.extend(recipient.check(&format!("/recipients/{index}")).err());
            if self.recipients.iter().take(index).any(|other| other.same_place_as(recipient)) {
                let pointer = format!("/recipients/{index}");
                faults.push(Fault::field(pointer, "duplicate_recipient", "This recipient stands in the list already."));
            }
        }
        if self.expires_on.is_some_and(|on| on < today) {
            faults.push(Fault::field("/expires_on", "in_the_past", "An answer is waited for until a day to come."));
        }
        Fault::all(faults)
    }
}
