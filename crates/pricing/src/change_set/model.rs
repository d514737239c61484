//! A change set: what it is meant to do, the rows that somebody saw and agreed to, and how far it has come. Pure.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::Fault;
use kernel::id::ChangeSetId;
use platform::stamp::{Stamp, Touch};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::state::{ChangeSetState, ChangeSetStep, moved};
use super::terms::{ChangeTerms, Operation};

/// What a preview came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ChangePreview {
    /// SHA-256 over the terms (caps and exclusions among them), the versions of the books, and the rows.
    #[schema(pattern = "^[0-9a-f]{64}$", max_length = 64)]
    pub hash: String,
    #[schema(minimum = 0)]
    pub rows: i64,
    #[schema(minimum = 0)]
    pub excluded: i64,
    #[schema(minimum = 0)]
    pub clipped: i64,
    #[schema(minimum = 0)]
    pub raised: i64,
    #[schema(minimum = 0)]
    pub lowered: i64,
}

/// A change of many prices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeSet {
    pub id: ChangeSetId,
    pub external_ref: Option<String>,
    pub name: String,
    pub terms: ChangeTerms,
    /// Who said last what it is meant to do.
    pub requested_by: Option<Uuid>,
    pub state: ChangeSetState,
    /// Counts previews; rows and their tags belong to one of them.
    pub preview_no: i32,
    /// The preview that holds; none in a draft.
    pub preview: Option<ChangePreview>,
    pub previewed_at: Option<DateTime<Utc>>,
    pub approved_by: Option<Uuid>,
    pub approved_at: Option<DateTime<Utc>>,
    /// How often publishing was begun.
    pub attempts: i32,
    pub published_at: Option<DateTime<Utc>>,
    /// Which accounts are owed a notice has been noted.
    pub noticed: bool,
    pub stamp: Stamp,
}

/// Who may not approve: whoever asked for the change, or changed what was asked for.
fn asked_for(set: &ChangeSet, who: Uuid) -> bool {
    [set.stamp.created_by, set.requested_by].contains(&Some(who))
}

/// The refusal of a step that was decided on other rows than there are now.
#[must_use]
pub fn stale_preview(detail: &'static str) -> Fault {
    Fault::conflict("stale_preview", detail)
}

impl ChangeSet {
    /// A draft.
    #[must_use]
    pub fn draft(name: String, external_ref: Option<String>, terms: ChangeTerms, touch: Touch) -> Self {
        Self {
            id: ChangeSetId::generate(),
            external_ref,
            name,
            terms,
            requested_by: Some(touch.by),
            state: ChangeSetState::Draft,
            preview_no: 0,
            preview: None,
            previewed_at: None,
            approved_by: None,
            approved_at: None,
            attempts: 0,
            published_at: None,
            noticed: false,
            stamp: Stamp::new(touch),
        }
    }

    fn step(mut self, step: ChangeSetStep, touch: Touch) -> Result<Self, Fault> {
        self.state = moved(self.state, step)?;
        self.stamp = self.stamp.touched(touch);
        Ok(self)
    }

    /// Changes what it is meant to do.
    ///
    /// # Errors
    /// 409 `not_a_draft`.
    pub fn amend(mut self, name: Option<String>, terms: Option<ChangeTerms>, touch: Touch) -> Result<Self, Fault> {
        if self.state != ChangeSetState::Draft {
            let detail = format!("Only a draft is changed; this change set is {}. Return it first.", self.state);
            return Err(Fault::conflict("not_a_draft", detail));
        }
        self.name = name.unwrap_or(self.name);
        if let Some(terms) = terms {
            (self.terms, self.requested_by) = (terms, Some(touch.by));
            // A preview that is under way is of what was meant before.
            self.preview_no = self.preview_no.checked_add(1).ok_or_else(Fault::overflow)?;
        }
        self.stamp = self.stamp.touched(touch);
        Ok(self)
    }

    /// Begins a preview, which takes the place of any before; its number is that of the rows to come.
    ///
    /// # Errors
    /// 409 `illegal_transition`, `effective_in_past`.
    pub fn begin_preview(mut self, touch: Touch) -> Result<Self, Fault> {
        moved(self.state, ChangeSetStep::Preview)?;
        self.demand_future(touch.at.date_naive())?;
        self.preview_no = self.preview_no.checked_add(1).ok_or_else(Fault::overflow)?;
        (self.state, self.preview) = (ChangeSetState::Draft, None);
        self.stamp = self.stamp.touched(touch);
        Ok(self)
    }

    /// Takes prices from a sheet, which are previewed next.
    ///
    /// # Errors
    /// 409 `no_sheet` when it is meant to do something else, `not_previewed`.
    pub fn give(mut self, touch: Touch) -> Result<Self, Fault> {
        if self.terms.operation != Operation::Csv {
            return Err(Fault::conflict("no_sheet", "Prices come in a sheet only when the operation is csv."));
        }
        if self.state != ChangeSetState::Previewed {
            return Err(Fault::conflict("not_previewed", "A sheet is for the rows of a preview; make one first."));
        }
        (self.state, self.preview, self.requested_by) = (ChangeSetState::Draft, None, Some(touch.by));
        self.stamp = self.stamp.touched(touch);
        Ok(self)
    }

    /// Takes what a preview came to.
    ///
    /// # Errors
    /// 409 `illegal_transition`, `stale_preview` when another preview was begun meanwhile.
    pub fn previewed(self, no: i32, preview: ChangePreview, touch: Touch) -> Result<Self, Fault> {
        if self.preview_no != no {
            return Err(stale_preview("Another preview was begun meanwhile."));
        }
        let mut next = self.step(ChangeSetStep::Preview, touch)?;
        (next.preview, next.previewed_at) = (Some(preview), Some(touch.at));
        Ok(next)
    }

    /// Agrees to the rows with this hash.
    ///
    /// # Errors
    /// 403 `four_eyes` for its requester; 409 `stale_preview`, `illegal_transition`, `effective_in_past`.
    pub fn approve(self, hash: &str, touch: Touch) -> Result<Self, Fault> {
        if asked_for(&self, touch.by) {
            return Err(Fault::forbidden("four_eyes", "A change set is approved by somebody else than its requester."));
        }
        let mut next = self.step(ChangeSetStep::Approve, touch)?;
        next.demand_hash(hash)?;
        next.demand_future(touch.at.date_naive())?;
        (next.approved_by, next.approved_at) = (Some(touch.by), Some(touch.at));
        Ok(next)
    }

    /// Sends it back to draft; its preview and approval no longer hold.
    ///
    /// # Errors
    /// 409 `illegal_transition`.
    pub fn send_back(self, touch: Touch) -> Result<Self, Fault> {
        let mut next = self.step(ChangeSetStep::Return, touch)?;
        (next.preview, next.previewed_at, next.approved_by, next.approved_at) = (None, None, None, None);
        Ok(next)
    }

    /// Begins to publish the rows with this hash, or those of blocked books once more.
    ///
    /// # Errors
    /// 409 `stale_preview`, `illegal_transition`, `effective_in_past`.
    pub fn publish(self, hash: &str, touch: Touch) -> Result<Self, Fault> {
        let first = self.state == ChangeSetState::Approved;
        let mut next = self.step(ChangeSetStep::Publish, touch)?;
        next.demand_hash(hash)?;
        if first {
            next.demand_future(touch.at.date_naive())?;
        }
        next.attempts = next.attempts.saturating_add(1);
        Ok(next)
    }

    /// Notes which accounts are owed a notice, before the first book is published.
    #[must_use]
    pub fn with_notices(self, touch: Touch) -> Self {
        Self { noticed: true, stamp: self.stamp.touched(touch), ..self }
    }

    /// Ends publishing: whole, or with books that were refused.
    ///
    /// # Errors
    /// 409 `illegal_transition`.
    pub fn end_publishing(self, blocked: bool, touch: Touch) -> Result<Self, Fault> {
        let mut next = self.step(if blocked { ChangeSetStep::Block } else { ChangeSetStep::Complete }, touch)?;
        next.published_at = next.published_at.or(Some(touch.at));
        Ok(next)
    }

    /// Gives up the books that were refused; what is published is what there is.
    ///
    /// # Errors
    /// 409 `illegal_transition`.
    pub fn settle(self, touch: Touch) -> Result<Self, Fault> {
        self.step(ChangeSetStep::Settle, touch)
    }

    /// Gives it up.
    ///
    /// # Errors
    /// 409 `illegal_transition`.
    pub fn cancel(self, touch: Touch) -> Result<Self, Fault> {
        self.step(ChangeSetStep::Cancel, touch)
    }

    fn demand_hash(&self, hash: &str) -> Result<(), Fault> {
        if self.preview.as_ref().is_some_and(|preview| preview.hash == hash) {
            return Ok(());
        }
        Err(stale_preview("The rows are other than those this was decided on; read the preview again."))
    }

    fn demand_future(&self, today: NaiveDate) -> Result<(), Fault> {
        if self.terms.effective_on >= today {
            return Ok(());
        }
        Err(Fault::conflict("effective_in_past", "Prices do not change for days that are over; choose another day."))
    }
}
