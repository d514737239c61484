//! What an account is owed of a raise: a notice, proof of it, and the day from which the new price holds for it. Pure.
//!
//! The day is the later of the change's own and so many days after the proof. Without proof there is no day. What came back after it had
//! gone out takes the day back as long as it has not come.

use chrono::{DateTime, Days, NaiveDate, Utc};
use kernel::calendar::date_of;
use kernel::id::{AccountId, ChangeNoticeId, ChangeSetId, ContactId, NoticeId};
use kernel::{Fault, words};
use platform::stamp::{Stamp, Touch};

use crate::change_set::terms::{ExclusionReason, NoticeProofKind};

words! {
    /// How far an account's notice is.
    pub enum ChangeNoticeState {
        /// To be drafted.
        Queued = "queued",
        /// Somebody must look at it: nobody can be told, or the notice was refused.
        Stuck = "stuck",
        /// The tickets service has its draft; it waits for approval and sending.
        Drafted = "drafted",
        Sent = "sent",
        Delivered = "delivered",
        /// It reached nobody; the old price goes on until another notice is proved.
        Bounced = "bounced",
        /// The raise holds without it.
        Waived = "waived",
        /// The account is left out of the change set: the old price goes on.
        Held = "held",
    }
}

/// What an account is owed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeNotice {
    pub id: ChangeNoticeId,
    pub set: ChangeSetId,
    pub account: AccountId,
    pub lead_days: u16,
    pub state: ChangeNoticeState,
    /// Why it is stuck, waived or held.
    pub reason: Option<String>,
    pub contact: Option<ContactId>,
    /// The tickets service's.
    pub notice: Option<NoticeId>,
    pub sent_at: Option<DateTime<Utc>>,
    /// The local date from which the lead is counted.
    pub proved_on: Option<NaiveDate>,
    /// The first day of the new price.
    pub release_on: Option<NaiveDate>,
    pub stamp: Stamp,
}

/// A notice as the tickets service tells of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    pub notice: NoticeId,
    pub state: ChangeNoticeState,
    pub sent_at: Option<DateTime<Utc>>,
    pub delivered_at: Option<DateTime<Utc>>,
    /// Of the dates that are counted.
    pub zone: chrono_tz::Tz,
}

/// What a change set demands of proof.
#[derive(Clone, Copy, Debug)]
pub struct Demand {
    pub effective_on: NaiveDate,
    pub proof: NoticeProofKind,
}

impl ChangeNotice {
    /// What is owed to an account, or that the change does not reach it.
    #[must_use]
    pub fn owed(set: ChangeSetId, account: AccountId, lead_days: u16, held: Option<ExclusionReason>, touch: Touch) -> Self {
        Self {
            id: ChangeNoticeId::generate(),
            set,
            account,
            lead_days,
            state: if held.is_some() { ChangeNoticeState::Held } else { ChangeNoticeState::Queued },
            reason: held.map(|reason| reason.as_str().to_owned()),
            contact: None,
            notice: None,
            sent_at: None,
            proved_on: None,
            release_on: None,
            stamp: Stamp::new(touch),
        }
    }

    /// True while something may still become known that moves its day.
    #[must_use]
    pub fn waits(&self, today: NaiveDate) -> bool {
        match self.state {
            ChangeNoticeState::Queued | ChangeNoticeState::Stuck | ChangeNoticeState::Drafted | ChangeNoticeState::Bounced => true,
            ChangeNoticeState::Sent => self.release_on.is_none_or(|day| today < day),
            ChangeNoticeState::Delivered => self.release_on.is_none(),
            ChangeNoticeState::Waived | ChangeNoticeState::Held => false,
        }
    }

    /// Takes what the tickets service tells; none when it is nothing new.
    ///
    /// # Errors
    /// `overflow` when the day leaves the calendar.
    pub fn follow(&self, told: Told, demand: Demand, touch: Touch) -> Result<Option<Self>, Fault> {
        if !self.waits(touch.at.date_naive()) {
            return Ok(None);
        }
        let on = |at: Option<DateTime<Utc>>| at.map(|at| date_of(told.zone, at));
        let proved_on = match (told.state, demand.proof) {
            (ChangeNoticeState::Sent, NoticeProofKind::Sent) => on(told.sent_at),
            (ChangeNoticeState::Delivered, NoticeProofKind::Sent) => on(told.sent_at.or(told.delivered_at)),
            (ChangeNoticeState::Delivered, NoticeProofKind::Delivered) => on(told.delivered_at),
            _ => None,
        };
        let lead = Days::new(self.lead_days.into());
        let release = |proved: NaiveDate| proved.checked_add_days(lead).map(|day| day.max(demand.effective_on)).ok_or_else(Fault::overflow);
        let release_on = proved_on.map(release).transpose()?;
        let next = Self {
            state: told.state,
            reason: None,
            notice: Some(told.notice),
            sent_at: told.sent_at,
            proved_on,
            release_on,
            ..self.clone()
        };
        Ok((next != *self).then(|| next.touched(touch)))
    }

    /// Lets the raise hold from the change's own day, without a notice.
    ///
    /// # Errors
    /// 409 `notice_decided`.
    pub fn waive(self, reason: String, effective_on: NaiveDate, touch: Touch) -> Result<Self, Fault> {
        if !self.waits(touch.at.date_naive()) {
            return Err(Fault::conflict("notice_decided", format!("There is nothing to waive: the notice is {}.", self.state)));
        }
        let release_on = Some(effective_on);
        Ok(Self { state: ChangeNoticeState::Waived, reason: Some(reason), release_on, ..self }.touched(touch))
    }

    /// Notes that somebody must look at it.
    #[must_use]
    pub fn stuck(self, reason: impl Into<String>, touch: Touch) -> Self {
        Self { state: ChangeNoticeState::Stuck, reason: Some(reason.into()), ..self }.touched(touch)
    }

    /// Has it drafted once more, when what stood in the way is gone.
    ///
    /// # Errors
    /// 409 `not_stuck`.
    pub fn requeue(self, touch: Touch) -> Result<Self, Fault> {
        if self.state != ChangeNoticeState::Stuck {
            return Err(Fault::conflict("not_stuck", format!("Nothing stands in its way; the notice is {}.", self.state)));
        }
        Ok(Self { state: ChangeNoticeState::Queued, reason: None, ..self }.touched(touch))
    }

    /// Notes the draft that was made for it.
    #[must_use]
    pub fn drafted(self, notice: NoticeId, contact: ContactId, touch: Touch) -> Self {
        let (notice, contact) = (Some(notice), Some(contact));
        Self { state: ChangeNoticeState::Drafted, reason: None, notice, contact, ..self }.touched(touch)
    }

    fn touched(self, touch: Touch) -> Self {
        Self { stamp: self.stamp.touched(touch), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::samples::{day, instant};

    fn touch(at: &str) -> Touch {
        Touch { by: uuid::Uuid::nil(), at: instant(at) }
    }

    fn told(state: ChangeNoticeState, sent: Option<&str>, delivered: Option<&str>) -> Told {
        let (sent_at, delivered_at) = (sent.map(instant), delivered.map(instant));
        Told { notice: NoticeId::from_uuid(uuid::Uuid::nil()), state, sent_at, delivered_at, zone: chrono_tz::America::Chicago }
    }

    fn owed() -> ChangeNotice {
        ChangeNotice::owed(ChangeSetId::generate(), AccountId::generate(), 30, None, touch("2026-11-20T12:00:00Z"))
    }

    const NEW_YEAR: &str = "2027-01-01";

    fn demand(proof: NoticeProofKind) -> Demand {
        Demand { effective_on: day(NEW_YEAR), proof }
    }

    fn release(told: Told, proof: NoticeProofKind) -> Option<String> {
        let next = owed().follow(told, demand(proof), touch("2026-12-20T12:00:00Z")).unwrap().unwrap();
        next.release_on.map(|day| day.to_string())
    }

    #[test]
    fn the_new_price_holds_from_the_later_of_its_day_and_the_lead_after_the_proof() {
        use ChangeNoticeState::{Bounced, Delivered, Drafted, Sent};
        let (early, late) = (Some("2026-11-25T15:00:00Z"), Some("2026-12-06T05:59:59Z"));
        assert_eq!(release(told(Sent, early, None), NoticeProofKind::Sent).as_deref(), Some(NEW_YEAR));
        assert_eq!(release(told(Sent, late, None), NoticeProofKind::Sent).as_deref(), Some("2027-01-04"), "5 December in Chicago");
        assert_eq!(release(told(Delivered, early, late), NoticeProofKind::Sent).as_deref(), Some(NEW_YEAR));
        assert_eq!(release(told(Delivered, early, late), NoticeProofKind::Delivered).as_deref(), Some("2027-01-04"));
        assert_eq!(release(told(Sent, early, None), NoticeProofKind::Delivered), None);
        assert_eq!(release(told(Bounced, early, None), NoticeProofKind::Sent), None);
        assert_eq!(release(told(Drafted, None, None), NoticeProofKind::Sent), None);
    }

    #[test]
    fn what_comes_back_in_time_takes_the_day_back() {
        let at = |at: &str, from: &ChangeNotice, told| from.follow(told, demand(NoticeProofKind::Sent), touch(at)).unwrap();
        let sent = told(ChangeNoticeState::Sent, Some("2026-11-25T15:00:00Z"), None);
        let bounced = Told { state: ChangeNoticeState::Bounced, ..sent };
        let first = at("2026-11-26T12:00:00Z", &owed(), sent).unwrap();
        assert_eq!(at("2026-11-27T12:00:00Z", &first, sent), None, "nothing new");
        let back = at("2026-12-31T12:00:00Z", &first, bounced).unwrap();
        assert_eq!((back.state, back.release_on), (ChangeNoticeState::Bounced, None));
        assert_eq!(at("2027-01-02T12:00:00Z", &first, bounced), None, "too late");
        assert!(at("2027-02-02T12:00:00Z", &back, sent).is_some(), "a revision arrived");
    }

    #[test]
    fn a_waiver_lets_the_raise_hold_and_is_given_once() {
        let now = touch("2026-12-20T12:00:00Z");
        let waived = owed().waive("Agreed by phone.".into(), day(NEW_YEAR), now).unwrap();
        assert_eq!((waived.release_on, waived.waits(now.at.date_naive())), (Some(day(NEW_YEAR)), false));
        assert_eq!(waived.waive("Again.".into(), day(NEW_YEAR), now).unwrap_err().code, "notice_decided");
    }
}
