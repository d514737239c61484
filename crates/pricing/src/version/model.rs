//! A version of a pricebook: a draft that becomes immutable when it is submitted, and the states it passes through.
//!
//! A version holds the difference to its base: entries it adds and entries it removes. Its content is the base's content
//! with that difference, so that unchanged entries are shared by all versions.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::Fault;
use kernel::id::{BookVersionId, PricebookId};
use kernel::{transition, words};
use platform::stamp::{Stamp, Touch};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

words! {
    /// Where a version stands.
    pub enum VersionState {
        Draft = "draft",
        InReview = "in_review",
        Approved = "approved",
        /// Its content is in force.
        Published = "published",
        /// A later version was published on it.
        Superseded = "superseded",
        /// Taken back before it took effect, or a draft given up.
        Withdrawn = "withdrawn",
    }

    /// What can be done to a version.
    pub enum VersionStep {
        Submit = "submit",
        Approve = "approve",
        /// Back to draft.
        Return = "return",
        Publish = "publish",
        Withdraw = "withdraw",
        /// Another version is published on this one.
        Supersede = "supersede",
        /// The version published on this one was withdrawn.
        Restore = "restore",
    }

    /// Why a version is made; corrections of errors count as rework.
    pub enum VersionReason { Initial = "initial", Error = "error", Negotiated = "negotiated", Index = "index", Other = "other" }
}

impl VersionStep {
    /// The event that tells of it.
    #[must_use]
    pub const fn event(self) -> &'static str {
        match self {
            Self::Submit => "pricebook_version.submitted",
            Self::Approve => "pricebook_version.approved",
            Self::Return => "pricebook_version.returned",
            Self::Publish => "pricebook_version.published",
            Self::Withdraw => "pricebook_version.withdrawn",
            Self::Supersede => "pricebook_version.superseded",
            Self::Restore => "pricebook_version.restored",
        }
    }
}

/// The state machine.
///
/// # Errors
/// 409 `illegal_transition` with the steps the state has.
pub fn next_state(state: VersionState, step: VersionStep) -> Result<VersionState, Fault> {
    transition::moved(state, step, after)
}

/// The state after a step.
fn after(state: VersionState, step: VersionStep) -> Option<VersionState> {
    use VersionState as S;
    use VersionStep as T;
    match (state, step) {
        (S::Draft, T::Submit) => Some(S::InReview),
        (S::InReview, T::Approve) => Some(S::Approved),
        (S::InReview | S::Approved, T::Return) => Some(S::Draft),
        (S::Approved, T::Publish) | (S::Superseded, T::Restore) => Some(S::Published),
        (S::Published, T::Supersede) => Some(S::Superseded),
        (S::Draft | S::InReview | S::Approved | S::Published, T::Withdraw) => Some(S::Withdrawn),
        (S::Draft, T::Approve | T::Return | T::Publish | T::Supersede | T::Restore)
        | (S::InReview, T::Submit | T::Publish | T::Supersede | T::Restore)
        | (S::Approved, T::Submit | T::Approve | T::Supersede | T::Restore)
        | (S::Published, T::Submit | T::Approve | T::Return | T::Publish | T::Restore)
        | (S::Superseded, T::Submit | T::Approve | T::Return | T::Publish | T::Withdraw | T::Supersede)
        | (S::Withdrawn, _) => None,
    }
}

/// A version of a pricebook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BookVersion {
    pub id: BookVersionId,
    pub book: PricebookId,
    pub no: i32,
    /// The version it differs from; absent for a first one.
    pub base: Option<BookVersionId>,
    pub state: VersionState,
    /// From when its changes are meant to hold; entries without a start begin here.
    pub effective_from: NaiveDate,
    pub reason: VersionReason,
    pub note: Option<String>,
    pub published_at: Option<DateTime<Utc>>,
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// SHA-256 over the base's hash and the difference.
    pub content_hash: Option<String>,
    pub stamp: Stamp,
}

/// A new draft on the current version.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[schema(as = DraftPricebookVersion)]
#[serde(deny_unknown_fields)]
pub struct DraftVersion {
    pub effective_from: NaiveDate,
    pub reason: Option<VersionReason>,
    #[schema(max_length = 2000)]
    pub note: Option<String>,
}

impl BookVersion {
    /// A draft of `book` on `base`.
    #[must_use]
    pub fn draft(book: PricebookId, base: Option<BookVersionId>, no: i32, command: &DraftVersion, touch: Touch) -> Self {
        let usual = if base.is_none() { VersionReason::Initial } else { VersionReason::Other };
        Self {
            id: BookVersionId::generate(),
            book,
            no,
            base,
            state: VersionState::Draft,
            effective_from: command.effective_from,
            reason: command.reason.unwrap_or(usual),
            note: command.note.clone(),
            published_at: None,
            withdrawn_at: None,
            content_hash: None,
            stamp: Stamp::new(touch),
        }
    }

    /// A version whose entries somebody approved before it was made.
    #[must_use]
    pub fn approved(book: PricebookId, base: Option<BookVersionId>, no: i32, command: &DraftVersion, touch: Touch) -> Self {
        Self { state: VersionState::Approved, ..Self::draft(book, base, no, command, touch) }
    }

    /// Takes a step that has no effect beside the state.
    ///
    /// # Errors
    /// 409 `illegal_transition`.
    pub fn step(mut self, step: VersionStep, touch: Touch) -> Result<Self, Fault> {
        self.state = next_state(self.state, step)?;
        self.stamp = self.stamp.touched(touch);
        Ok(self)
    }

    /// Publishes with the hash of the content.
    ///
    /// # Errors
    /// 409 `illegal_transition`.
    pub fn publish(self, content_hash: String, touch: Touch) -> Result<Self, Fault> {
        let mut next = self.step(VersionStep::Publish, touch)?;
        next.published_at = Some(touch.at);
        next.content_hash = Some(content_hash);
        Ok(next)
    }

    /// Takes the version back; a published one only before it takes effect.
    ///
    /// # Errors
    /// 409 `already_effective`, `illegal_transition`.
    pub fn withdraw(self, touch: Touch) -> Result<Self, Fault> {
        if self.state == VersionState::Published && self.effective_from <= touch.at.date_naive() {
            return Err(Fault::conflict(
                "already_effective",
                "A version that has taken effect is corrected by a new version, not withdrawn.",
            ));
        }
        let mut next = self.step(VersionStep::Withdraw, touch)?;
        next.withdrawn_at = Some(touch.at);
        Ok(next)
    }

    /// Notes that its entries change.
    ///
    /// # Errors
    /// 409 `not_a_draft`.
    pub fn edit(mut self, touch: Touch) -> Result<Self, Fault> {
        if self.state != VersionState::Draft {
            return Err(Fault::conflict(
                "not_a_draft",
                format!("Entries change only in a draft; this version is {}.", self.state.as_str()),
            ));
        }
        self.stamp = self.stamp.touched(touch);
        Ok(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_transition_table() {
        let mut table = String::new();
        for state in VersionState::ALL {
            for step in VersionStep::ALL {
                if let Ok(next) = next_state(*state, *step) {
                    table.push_str(&format!("{} --{}--> {}\n", state.as_str(), step.as_str(), next.as_str()));
                }
            }
        }
        let expected = "draft --submit--> in_review\ndraft --withdraw--> withdrawn\nin_review --approve--> approved\nin_review --return--> draft\n\
            in_review --withdraw--> withdrawn\napproved --return--> draft\napproved --publish--> published\napproved --withdraw--> withdrawn\n\
            published --withdraw--> withdrawn\npublished --supersede--> superseded\nsuperseded --restore--> published\n";
        assert_eq!(table, expected);
    }

    #[test]
    fn a_version_in_force_is_not_withdrawn() {
        let touch = Touch { by: uuid::Uuid::nil(), at: "2026-07-10T12:00:00Z".parse().unwrap() };
        let draft = |from: &str| {
            let command = DraftVersion { effective_from: from.parse().unwrap(), reason: None, note: None };
            let version = BookVersion::draft(PricebookId::generate(), None, 1, &command, touch);
            let approved = version.step(VersionStep::Submit, touch).unwrap().step(VersionStep::Approve, touch).unwrap();
            approved.publish("hash".into(), touch).unwrap()
        };
        assert_eq!(draft("2026-07-10").withdraw(touch).unwrap_err().code, "already_effective");
        assert_eq!(draft("2026-07-11").withdraw(touch).unwrap().state, VersionState::Withdrawn);
        assert_eq!(draft("2026-07-11").edit(touch).unwrap_err().code, "not_a_draft");
    }
}
