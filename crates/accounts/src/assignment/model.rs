//! Who looks after an account or a site, in which role and for how long.
//!
//! An assignment is never deleted: it ends. For one subject and role there is at most one primary at any instant; the
//! check sees the subject's rows under a lock (see the store), so two writers cannot both pass it.

use chrono::NaiveDate;
use kernel::id::{AccountId, AssignmentId, SiteId, UserId};
use kernel::words;
use kernel::{Fault, Period};
use platform::stamp::{Stamp, Touch};
use uuid::Uuid;

words! {
    /// What the assigned person or team does for the subject.
    pub enum AssignmentRole {
        /// Customer service.
        Csr = "csr",
        /// Account manager.
        Am = "am",
        /// Sales representative.
        Rep = "rep",
        Retention = "retention",
        /// A specialist who saves accounts that are not their own.
        OutsideSave = "outside_save",
    }
}

/// What is looked after: a whole account, or one of its sites.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Subject {
    pub account_id: AccountId,
    pub site_id: Option<SiteId>,
}

/// Who looks after it: exactly one of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Assignee {
    User(UserId),
    Team(Uuid),
}

impl Assignee {
    /// # Errors
    /// A field fault when both or neither are named.
    pub fn checked(user: Option<UserId>, team: Option<Uuid>) -> Result<Self, Fault> {
        match (user, team) {
            (Some(user), None) => Ok(Self::User(user)),
            (None, Some(team)) => Ok(Self::Team(team)),
            (Some(_), Some(_)) | (None, None) => Err(Fault::field("/user_id", "one_of", "Name either a user or a team.")),
        }
    }

    #[must_use]
    pub const fn user(self) -> Option<UserId> {
        match self {
            Self::User(user) => Some(user),
            Self::Team(_) => None,
        }
    }

    #[must_use]
    pub const fn team(self) -> Option<Uuid> {
        match self {
            Self::Team(team) => Some(team),
            Self::User(_) => None,
        }
    }
}

/// An assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    pub id: AssignmentId,
    pub subject: Subject,
    pub role: AssignmentRole,
    pub assignee: Assignee,
    /// Local dates of the subject.
    pub period: Period,
    pub primary: bool,
    pub external_ref: Option<String>,
    pub stamp: Stamp,
}

impl Assignment {
    /// The same assignment, one version later.
    #[must_use]
    pub fn touched(self, touch: Touch) -> Self {
        Self { stamp: self.stamp.touched(touch), ..self }
    }

    /// Ends on `end`, the first day on which it no longer holds.
    ///
    /// # Errors
    /// A field fault when it would end before it begins; 409 `already_ended` when it ended earlier.
    pub fn ended(self, end: NaiveDate, touch: Touch) -> Result<Self, Fault> {
        if self.period.end.is_some_and(|current| current <= end) {
            return Err(Fault::conflict("already_ended", "The assignment ends no later than that already."));
        }
        let period = Period::new(self.period.start, Some(end))
            .map_err(|_| Fault::field("/on", "empty_period", "The end must be after the start of the assignment."))?;
        Ok(Self { period, ..self.touched(touch) })
    }

    /// # Errors
    /// 409 `primary_overlap` with the ids of both assignments, when another primary of the subject and role holds at some
    /// instant of the same period.
    pub fn check_primary(&self, others: &[Self]) -> Result<(), Fault> {
        let clash = others.iter().find(|other| self.clashes(other));
        clash.map_or(Ok(()), |other| {
            Err(Fault::conflict("primary_overlap", "There is a primary for this subject and role in part of the period already.")
                .with_conflicts([other.id.uuid(), self.id.uuid()]))
        })
    }

    fn clashes(&self, other: &Self) -> bool {
        self.primary
            && other.primary
            && self.id != other.id
            && self.subject == other.subject
            && self.role == other.role
            && self.period.overlaps(&other.period)
    }
}
