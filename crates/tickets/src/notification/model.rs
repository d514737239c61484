//! Word for somebody: who it is for, what it is about, and when it may be seen.

use chrono::{DateTime, Utc};
use kernel::calendar::Calendar;
use kernel::id::{AccountId, BranchId, GroupId, NotificationId, TicketId, UserId};
use kernel::words;

use crate::obligation::Holder;
use crate::obligation::engine::Subject;
use crate::ticket::model::Ticket;

words! {
    /// What kind of word it is.
    pub enum NotificationClass {
        /// The time for something promised is running out.
        Escalation = "escalation",
        /// Something is yours now.
        Assignment = "assignment",
        /// Something happened on a ticket that they watch.
        Watch = "watch",
        /// Something needs a look.
        Alert = "alert",
        /// Somebody on call is wanted.
        Page = "page",
        /// Danger: seen at once, whatever the hour.
        Emergency = "emergency",
    }

    /// By which way it shall reach them: all word stands in the desk, mail is sent, and whoever relays events brings it by the others.
    pub enum NoticeChannel { Desk = "desk", Email = "email", Sms = "sms", Phone = "phone" }

    /// How far word is that shall reach people by another way than the desk.
    pub(crate) enum Handover {
        /// It is not to be delivered yet, or about to be.
        Waiting = "waiting",
        /// It was given to what delivers it; the delivery says how it fares.
        Queued = "queued",
        /// None of those it is for has an address.
        NoAddress = "no_address",
        /// Mail to all of them fails, so none is sent.
        Suppressed = "suppressed",
        /// There is no mailbox to send it from.
        NoMailbox = "no_mailbox",
    }

    /// A part in the desk that somebody of each branch plays, for word that is for no person by name. Whoever holds the
    /// permission `notifications:<role>` plays it; triage is everyone's.
    pub enum DeskRole {
        Triage = "triage",
        BranchManager = "branch_manager",
        DutyManager = "duty_manager",
        SafetyManager = "safety_manager",
    }
}

/// Who it is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Recipient {
    User(UserId),
    Group(GroupId),
    /// Whoever plays a part in the branch concerned.
    Role(DeskRole),
}

/// Word about to be left.
#[derive(Clone, Debug)]
pub(crate) struct Notification {
    pub(crate) to: Recipient,
    pub(crate) class: NotificationClass,
    pub(crate) channel: NoticeChannel,
    pub(crate) text: String,
    /// What opens it without a login, for its recipient alone.
    pub(crate) link: Option<String>,
    pub(crate) ticket_id: Option<TicketId>,
    pub(crate) subject: Option<Subject>,
    pub(crate) account_id: Option<AccountId>,
    pub(crate) branch_id: Option<BranchId>,
    /// Whose calendar keeps it quiet.
    pub(crate) group_id: Option<GroupId>,
}

impl Notification {
    /// Word about a ticket.
    pub(crate) fn of_ticket(ticket: &Ticket, to: Recipient, class: NotificationClass, text: impl Into<String>) -> Self {
        Self::about(&Holder::from(ticket), to, class, text).in_group(ticket.group_id)
    }

    /// Word about whatever promises are made about.
    pub(crate) fn about(holder: &Holder, to: Recipient, class: NotificationClass, text: impl Into<String>) -> Self {
        let group_id = match to {
            Recipient::Group(group) => Some(group),
            Recipient::User(_) | Recipient::Role(_) => None,
        };
        Self {
            to,
            class,
            channel: NoticeChannel::Desk,
            text: text.into(),
            link: None,
            ticket_id: holder.ticket_id(),
            subject: None,
            account_id: holder.traits.account_id,
            branch_id: holder.traits.branch_id,
            group_id,
        }
    }

    /// Says by which way it shall reach them.
    pub(crate) fn by(self, channel: NoticeChannel) -> Self {
        Self { channel, ..self }
    }

    /// With a link that opens it without a login.
    pub(crate) fn link(self, link: Option<String>) -> Self {
        Self { link, ..self }
    }

    /// Names the thing itself: the emergency, the notice.
    pub(crate) fn subject(self, subject: Option<Subject>) -> Self {
        Self { subject, ..self }
    }

    /// Says whose calendar keeps it quiet, unless it is for a group.
    pub(crate) fn in_group(self, group: Option<impl Into<GroupId>>) -> Self {
        Self { group_id: self.group_id.or(group.map(Into::into)), ..self }
    }

    /// As it is stored at `now`: nobody is disturbed while the calendar is closed, except by an emergency.
    pub(super) fn left(self, calendar: Option<&Calendar>, now: DateTime<Utc>) -> Left {
        let loud = self.class == NotificationClass::Emergency;
        let deliver_at = if loud { now } else { calendar.and_then(|calendar| calendar.next_open(now)).unwrap_or(now) };
        Left {
            id: NotificationId::generate(),
            version: 1,
            handover: (self.channel == NoticeChannel::Email).then_some(Handover::Waiting),
            word: self,
            created_at: now,
            deliver_at,
            read_at: None,
            read_by: None,
        }
    }
}

/// Word that was left.
#[derive(Clone, Debug)]
pub(crate) struct Left {
    pub(crate) id: NotificationId,
    pub(crate) version: i64,
    pub(crate) word: Notification,
    /// None for what stands in the desk only.
    pub(crate) handover: Option<Handover>,
    pub(crate) created_at: DateTime<Utc>,
    /// Nobody sees it before.
    pub(crate) deliver_at: DateTime<Utc>,
    pub(crate) read_at: Option<DateTime<Utc>>,
    pub(crate) read_by: Option<UserId>,
}

impl Left {
    /// As it stands once it was given to what delivers it, or could not be.
    pub(super) fn handed_over(self, handover: Handover) -> Self {
        Self { version: self.version + 1, handover: Some(handover), ..self }
    }

    /// As its reader leaves it; none when somebody has read it already.
    pub(super) fn read(self, by: UserId, now: DateTime<Utc>) -> Option<Self> {
        let unread = self.read_at.is_none();
        unread.then(|| Self { version: self.version + 1, read_at: Some(now), read_by: Some(by), ..self })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::{Channel, Priority, RequesterKind, TicketType};
    use chrono_tz::America::Chicago;
    use kernel::calendar::Window;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn word(class: NotificationClass) -> Notification {
        let traits = crate::policy::model::Traits {
            kind: TicketType::General,
            requester_kind: RequesterKind::Customer,
            priority: Priority::Normal,
            channel: Channel::Api,
            account_id: None,
            branch_id: None,
            calendar_id: None,
        };
        let holder = Holder { ticket: None, traits, site_id: None, group_id: None, assignee_id: None };
        Notification::about(&holder, Recipient::Role(DeskRole::Triage), class, "Look")
    }

    #[test]
    fn word_waits_for_the_next_opening_and_emergencies_do_not() {
        use chrono::Weekday::{Fri, Mon};
        let hours = Calendar::new(Chicago).open_on([Mon, Fri], Window::new(480, 1_020).unwrap());
        let seen = |class, now| word(class).left(Some(&hours), at(now)).deliver_at;
        for (class, now, expected) in [
            (NotificationClass::Escalation, "2026-01-09T22:00:00Z", "2026-01-09T22:00:00Z"),
            (NotificationClass::Escalation, "2026-01-09T23:00:00Z", "2026-01-12T14:00:00Z"),
            (NotificationClass::Page, "2026-01-10T12:00:00Z", "2026-01-12T14:00:00Z"),
            (NotificationClass::Alert, "2026-01-12T13:59:59Z", "2026-01-12T14:00:00Z"),
            (NotificationClass::Assignment, "2026-01-12T14:00:00Z", "2026-01-12T14:00:00Z"),
            (NotificationClass::Emergency, "2026-01-10T12:00:00Z", "2026-01-10T12:00:00Z"),
        ] {
            assert_eq!(seen(class, now), at(expected), "{class} {now}");
        }
        let never = Calendar::new(Chicago);
        assert_eq!(word(NotificationClass::Alert).left(Some(&never), at("2026-01-10T12:00:00Z")).deliver_at, at("2026-01-10T12:00:00Z"));
    }

    #[test]
    fn the_first_to_read_it_is_the_one_who_has_read_it() {
        let (first, second) = (UserId::generate(), UserId::generate());
        let left = word(NotificationClass::Alert).left(None, at("2026-01-12T14:00:00Z"));
        let read = left.read(first, at("2026-01-12T15:00:00Z")).unwrap();
        assert_eq!((read.version, read.read_by), (2, Some(first)));
        assert!(read.read(second, at("2026-01-12T16:00:00Z")).is_none());
    }
}
