//! A time entry. Pure rules; the present is passed in.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use kernel::Fault;
use kernel::id::{TicketId, TimeEntryId, UserId};
use platform::stamp::Stamp;

/// Minutes that someone worked on a ticket on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TimeEntry {
    pub(crate) id: TimeEntryId,
    pub(crate) stamp: Stamp,
    pub(crate) ticket_id: TicketId,
    pub(crate) user_id: UserId,
    pub(crate) minutes: i32,
    pub(crate) billable: bool,
    pub(crate) note: Option<String>,
    /// The worker's own date.
    pub(crate) work_date: NaiveDate,
}

impl TimeEntry {
    /// Demands that the work has been done: nowhere on earth is it later than half a day ahead of UTC.
    ///
    /// # Errors
    /// 422 `in_the_future`.
    pub(crate) fn checked(self, now: DateTime<Utc>) -> Result<Self, Fault> {
        let latest = (now + TimeDelta::hours(14)).date_naive();
        if self.work_date > latest {
            return Err(Fault::field("/work_date", "in_the_future", "Time is entered when it has been worked."));
        }
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use platform::stamp::Touch;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn work_of_tomorrow_is_not_entered_today() {
        let now: DateTime<Utc> = "2026-03-02T08:00:00Z".parse().unwrap();
        let entry = |date: &str| TimeEntry {
            id: TimeEntryId::generate(),
            stamp: Stamp::new(Touch { by: Uuid::nil(), at: now }),
            ticket_id: TicketId::generate(),
            user_id: UserId::generate(),
            minutes: 15,
            billable: false,
            note: None,
            work_date: date.parse().unwrap(),
        };
        assert!(entry("2026-03-02").checked(now).is_ok());
        assert_eq!(entry("2026-03-03").checked(now).unwrap_err().errors[0].code, "in_the_future");
        let evening: DateTime<Utc> = "2026-03-02T10:00:00Z".parse().unwrap();
        assert!(entry("2026-03-03").checked(evening).is_ok(), "on Kiritimati it is tomorrow already");
    }
}
