//! What callers send about change sets, and how they see them.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::{BookVersionId, ChangeSetId, ItemId, PriceEntryId, PricebookId, SiteId};
use kernel::{Currency, Money, Quantity, Rate, UnitPrice};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::arithmetic::{ChangeDirection, ClipReason};
use super::model::{ChangePreview, ChangeSet};
use super::row::{ChangeRow, RowExclusion, tag};
use super::state::ChangeSetState;
use super::store::{ChangedBook, ChangedBookState};
use super::terms::ChangeTerms;
use crate::engine::Terms;
use crate::engine::index::Selector;

/// Which change set.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ChangeSetPath {
    pub change_set_id: ChangeSetId,
}

/// A new change set.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateChangeSet {
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    #[schema(min_length = 1, max_length = 128)]
    pub external_ref: Option<String>,
    #[validate(nested)]
    pub terms: ChangeTerms,
}

/// Changes to a draft; absent members stay, terms are replaced as a whole.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AmendChangeSet {
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    #[validate(nested)]
    pub terms: Option<ChangeTerms>,
}

/// The rows that a decision is about.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct DecideChangeSet {
    /// Of the preview that was read.
    #[schema(pattern = "^[0-9a-f]{64}$", max_length = 64, example = "3f79bb7b435b05321651daefd374cdc681dc06faa65e374e38337b88ca046dea")]
    pub preview_hash: String,
}

/// Gives back what a change set changed.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ReverseChangeSet {
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// The first local day of the prices given back.
    pub effective_on: NaiveDate,
}

/// A change set as it is read.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ChangeSetView {
    pub id: ChangeSetId,
    #[schema(minimum = 1)]
    pub version: i64,
    #[schema(max_length = 128)]
    pub external_ref: Option<String>,
    #[schema(max_length = 200)]
    pub name: String,
    pub state: ChangeSetState,
    pub terms: ChangeTerms,
    #[schema(minimum = 0)]
    pub preview_no: i32,
    /// The preview that holds: approval and publication name its hash.
    pub preview: Option<ChangePreview>,
    pub previewed_at: Option<DateTime<Utc>>,
    pub requested_by: Option<Uuid>,
    pub approved_by: Option<Uuid>,
    pub approved_at: Option<DateTime<Utc>>,
    pub published_at: Option<DateTime<Utc>>,
    pub created_by: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl From<&ChangeSet> for ChangeSetView {
    fn from(set: &ChangeSet) -> Self {
        Self {
            id: set.id,
            version: set.stamp.version,
            external_ref: set.external_ref.clone(),
            name: set.name.clone(),
            state: set.state,
            terms: set.terms.clone(),
            preview_no: set.preview_no,
            preview: set.preview.clone(),
            previewed_at: set.previewed_at,
            requested_by: set.requested_by,
            approved_by: set.approved_by,
            approved_at: set.approved_at,
            published_at: set.published_at,
            created_by: set.stamp.created_by,
            created_at: set.stamp.created_at,
            updated_at: set.stamp.updated_at,
        }
    }
}

/// How a book of a change set fared.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ChangedBookView {
    pub book_id: PricebookId,
    pub state: ChangedBookState,
    /// The code of what stood in the way.
    #[schema(max_length = 64)]
    pub reason: Option<String>,
    #[schema(max_length = 1000)]
    pub detail: Option<String>,
    /// The version that was published.
    pub version_id: Option<BookVersionId>,
    #[schema(minimum = 1)]
    pub version_no: Option<i32>,
}

impl From<ChangedBook> for ChangedBookView {
    fn from(one: ChangedBook) -> Self {
        Self {
            book_id: one.book,
            state: one.state,
            reason: one.reason,
            detail: one.detail,
            version_id: one.version.map(|(id, _)| id),
            version_no: one.version.map(|(_, no)| no),
        }
    }
}

/// A row of a change set: what becomes of one price, or why nothing does.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ChangeRowView {
    pub id: Uuid,
    /// Names the row in a sheet of this preview.
    #[schema(max_length = 64)]
    pub tag: String,
    pub book_id: PricebookId,
    pub entry_id: PriceEntryId,
    pub item_id: Option<ItemId>,
    #[schema(max_length = 200)]
    pub category: Option<String>,
    #[schema(max_length = 64)]
    pub service_line: Option<String>,
    #[schema(max_length = 24)]
    pub uom: String,
    pub currency: Currency,
    pub site_id: Option<SiteId>,
    pub start: NaiveDate,
    pub end: Option<NaiveDate>,
    pub old: Terms,
    pub requested: Option<Terms>,
    pub new: Option<Terms>,
    /// The price that stands for the row; of tiers the first.
    pub old_price: Option<UnitPrice>,
    pub requested_price: Option<UnitPrice>,
    pub new_price: Option<UnitPrice>,
    /// Which bound of the cap held it back.
    pub clipped: Option<ClipReason>,
    pub direction: ChangeDirection,
    pub excluded: Option<RowExclusion>,
    /// Bought in the twelve months before, in the row's unit; null where nothing is known.
    pub annual_quantity: Option<Quantity>,
    pub annual_effect: Option<Money>,
    /// What is left of the price after the item's cost, as a part of it.
    pub margin_before: Option<Rate>,
    pub margin_after: Option<Rate>,
    /// The entry that publication makes of it.
    pub new_entry_id: Option<PriceEntryId>,
}

impl ChangeRowView {
    /// A row as it is read, of a preview.
    #[must_use]
    pub fn of(id: Uuid, preview_no: i32, row: ChangeRow) -> Self {
        let (old_price, requested_price, new_price) = row.prices();
        let (category, service_line) = match &row.selector {
            Selector::Item(_) => (None, None),
            Selector::Category(path) => (Some(path.clone()), None),
            Selector::ServiceLine(name) => (None, Some(name.clone())),
        };
        Self {
            id,
            tag: tag(preview_no, row.entry),
            book_id: row.book,
            entry_id: row.entry,
            item_id: row.item(),
            category,
            service_line,
            uom: row.uom,
            currency: row.currency,
            site_id: row.site,
            start: row.start,
            end: row.end,
            old: row.old,
            requested: row.requested,
            new: row.new,
            old_price,
            requested_price,
            new_price,
            clipped: row.clip,
            direction: row.direction,
            excluded: row.excluded,
            annual_quantity: row.figures.annual_quantity,
            annual_effect: row.figures.annual_effect,
            margin_before: row.figures.margin_before,
            margin_after: row.figures.margin_after,
            new_entry_id: row.made,
        }
    }
}
