//! The rows of a change set: what becomes of each price that it chooses, or why nothing does.

use chrono::NaiveDate;
use kernel::id::{ItemId, PriceEntryId, PricebookId, SiteId};
use kernel::words;
use kernel::{Currency, Money, Quantity, Rate, UnitPrice};

use super::arithmetic::{ChangeDirection, ClipReason, headline};
use super::terms::ExclusionReason;
use crate::engine::index::Selector;
use crate::engine::{Entry, Terms};

words! {
    /// Why a row changes nothing.
    pub enum RowExclusion {
        YoungContract = "young_contract",
        BeforeOkDate = "before_ok_date",
        Frozen = "frozen",
        Cap = "cap",
        OpenRetentionCase = "open_retention_case",
        /// The price already changes on the effective day or later.
        FutureChangeExists = "future_change_exists",
        NoContact = "no_contact",
        /// The entry is an adjustment, an offer or a percentage: it holds no price.
        NoPrice = "no_price",
        /// One price cannot be set for an entry that has several.
        SeveralPrices = "several_prices",
        /// The sheet gives no price for it.
        NotGiven = "not_given",
        /// It would come to nothing, below it, or to more than can be held.
        OutOfRange = "out_of_range",
        Unchanged = "unchanged",
        /// What is to be given back has changed since.
        ChangedSince = "changed_since",
    }
}

impl From<ExclusionReason> for RowExclusion {
    fn from(reason: ExclusionReason) -> Self {
        match reason {
            ExclusionReason::YoungContract => Self::YoungContract,
            ExclusionReason::BeforeOkDate => Self::BeforeOkDate,
            ExclusionReason::Frozen => Self::Frozen,
            ExclusionReason::Cap => Self::Cap,
            ExclusionReason::OpenRetentionCase => Self::OpenRetentionCase,
            ExclusionReason::FutureChangeExists => Self::FutureChangeExists,
            ExclusionReason::NoContact => Self::NoContact,
        }
    }
}

/// What a change comes to in money, where that is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Bought in the twelve months before, in the entry's unit.
    pub annual_quantity: Option<Quantity>,
    pub annual_effect: Option<Money>,
    /// What is left of the price after the item's cost, as a part of the price.
    pub margin_before: Option<Rate>,
    pub margin_after: Option<Rate>,
}

/// One price that a change set chooses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeRow {
    pub book: PricebookId,
    /// The entry as it is.
    pub entry: PriceEntryId,
    pub selector: Selector,
    pub uom: String,
    pub currency: Currency,
    pub site: Option<SiteId>,
    pub start: NaiveDate,
    pub end: Option<NaiveDate>,
    pub old: Terms,
    /// As asked for; none where the row was excluded before it could be worked out.
    pub requested: Option<Terms>,
    /// What is published; none for an excluded row.
    pub new: Option<Terms>,
    pub clip: Option<ClipReason>,
    pub direction: ChangeDirection,
    pub excluded: Option<RowExclusion>,
    pub figures: Figures,
    /// The id of the entry that publication makes of it.
    pub made: Option<PriceEntryId>,
}

impl ChangeRow {
    /// A row of which nothing is worked out yet.
    #[must_use]
    pub fn of(book: PricebookId, entry: &Entry) -> Self {
        Self {
            book,
            entry: entry.id,
            selector: entry.selector.clone(),
            uom: entry.uom.clone(),
            currency: entry.currency,
            site: entry.site,
            start: entry.period.start,
            end: entry.period.end,
            old: entry.terms.clone(),
            requested: None,
            new: None,
            clip: None,
            direction: ChangeDirection::Same,
            excluded: None,
            figures: Figures::default(),
            made: None,
        }
    }

    /// The same row, left out.
    #[must_use]
    pub fn without(self, reason: RowExclusion) -> Self {
        Self { excluded: Some(reason), new: None, made: None, direction: ChangeDirection::Same, figures: Figures::default(), ..self }
    }

    /// The item it prices, when it prices one only.
    #[must_use]
    pub const fn item(&self) -> Option<ItemId> {
        match self.selector {
            Selector::Item(item) => Some(item),
            Selector::Category(_) | Selector::ServiceLine(_) => None,
        }
    }

    /// The prices that stand for it: old, asked for, new.
    #[must_use]
    pub fn prices(&self) -> (Option<UnitPrice>, Option<UnitPrice>, Option<UnitPrice>) {
        (headline(&self.old), self.requested.as_ref().and_then(headline), self.new.as_ref().and_then(headline))
    }

    /// True for what is published and costs the customer more.
    #[must_use]
    pub fn raises(&self) -> bool {
        self.excluded.is_none() && self.direction == ChangeDirection::Raise
    }
}

/// The name of a row in a sheet: its preview and its entry.
#[must_use]
pub fn tag(preview_no: i32, entry: PriceEntryId) -> String {
    format!("{preview_no}.{}", entry.uuid().simple())
}

/// Reads a tag: the preview's number and the entry.
#[must_use]
pub fn read_tag(text: &str) -> Option<(i32, PriceEntryId)> {
    let (no, entry) = text.split_once('.')?;
    Some((no.parse().ok()?, entry.parse().ok()?))
}
