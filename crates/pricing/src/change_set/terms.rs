//! What a change set is meant to do: which prices, how, from when, within which bounds, and who is told first.

use chrono::NaiveDate;
use kernel::id::{AccountId, ChangeSetId, ItemId, PriceEntryId, PricebookId, SiteId};
use kernel::words;
use kernel::{Fault, Rate, UnitPrice};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::arithmetic::{ChangeCap, PriceEnding};
use crate::engine::{BookKind, ChargeGroup};

words! {
    /// Why something is left out of a change set.
    pub enum ExclusionReason {
        YoungContract = "young_contract",
        /// The customer agreed to no change before a later date.
        BeforeOkDate = "before_ok_date",
        Frozen = "frozen",
        Cap = "cap",
        OpenRetentionCase = "open_retention_case",
        FutureChangeExists = "future_change_exists",
        NoContact = "no_contact",
    }

    /// What proves that a customer was told.
    pub enum NoticeProofKind { Sent = "sent", Delivered = "delivered" }
}

/// Which prices; each member that is present narrows the choice. Only what is in force on the effective day is chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ChangeFilter {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 1000)]
    pub book_ids: Vec<PricebookId>,
    /// Without books and kinds every book but contracts', which change only when they are named.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 7)]
    pub book_kinds: Vec<BookKind>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 1000)]
    pub item_ids: Vec<ItemId>,
    /// A category path, with everything below it.
    #[schema(min_length = 1, max_length = 200)]
    pub category: Option<String>,
    #[schema(min_length = 1, max_length = 64)]
    pub service_line: Option<String>,
    pub charge_group: Option<ChargeGroup>,
    #[schema(min_length = 1, max_length = 24)]
    pub uom: Option<String>,
    /// Prices that hold at this site only.
    pub site_id: Option<SiteId>,
}

/// How prices change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ChangeOperation)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Operation {
    /// `0.035` raises by 3.5 per cent.
    Pct { percent: Rate },
    /// An amount added to each price.
    Amount { amount: UnitPrice },
    /// The price itself; entries with several prices are left out.
    Set { price: UnitPrice },
    /// The share of a published index's change between two days, by the values known when the change is previewed.
    Index {
        #[schema(min_length = 1, max_length = 64)]
        index: String,
        from: NaiveDate,
        to: NaiveDate,
        share: Rate,
    },
    /// Prices come in a sheet: preview, export the rows, import them with their new prices, and preview again.
    Csv,
    /// Gives back what another change set changed.
    ReverseOf { change_set_id: ChangeSetId },
}

impl Operation {
    /// The name on the wire.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Pct { .. } => "pct",
            Self::Amount { .. } => "amount",
            Self::Set { .. } => "set",
            Self::Index { .. } => "index",
            Self::Csv => "csv",
            Self::ReverseOf { .. } => "reverse_of",
        }
    }

    /// The change set that is given back.
    #[must_use]
    pub const fn reverses(&self) -> Option<ChangeSetId> {
        match self {
            Self::ReverseOf { change_set_id } => Some(*change_set_id),
            _ => None,
        }
    }
}

/// What an exclusion is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = ChangeExclusionSubject)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Excluded {
    Entry {
        id: PriceEntryId,
    },
    Item {
        id: ItemId,
    },
    /// Its own books stay as they are, and raised lists do not reach it.
    Account {
        id: AccountId,
    },
}

/// Something that is left out, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeExclusion {
    pub subject: Excluded,
    pub reason: ExclusionReason,
}

/// How long before one account must be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountLead {
    pub account_id: AccountId,
    #[schema(minimum = 0, maximum = 366)]
    pub lead_days: u16,
}

/// How customers are told of a raise: it holds for each only so many days after proof that it was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoticePolicy {
    /// The house's lead. The longest of the three counts.
    #[schema(minimum = 0, maximum = 366)]
    pub lead_days: u16,
    /// The least that the law demands.
    #[schema(minimum = 0, maximum = 366)]
    pub minimum: Option<u16>,
    /// What contracts demand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 1000)]
    pub accounts: Vec<AccountLead>,
    /// Accounts that are told although nothing shows that they buy what is raised.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 1000)]
    pub also_notify: Vec<AccountId>,
    /// From when the lead is counted: the sending when absent.
    pub proof: Option<NoticeProofKind>,
}

/// What a notice leads by where a change set does not say it.
const USUAL_LEAD: u16 = 30;

impl Default for NoticePolicy {
    fn default() -> Self {
        Self { lead_days: USUAL_LEAD, minimum: None, accounts: Vec::new(), also_notify: Vec::new(), proof: None }
    }
}

impl NoticePolicy {
    /// The lead that an account is owed: the longest of the house's, the law's and its contract's.
    #[must_use]
    pub fn lead_of(&self, account: AccountId) -> u16 {
        let own = self.accounts.iter().filter(|lead| lead.account_id == account).map(|lead| lead.lead_days);
        own.chain(self.minimum).fold(self.lead_days, u16::max)
    }
}

/// What a change set does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ChangeTerms {
    #[serde(default)]
    #[validate(nested)]
    pub filter: ChangeFilter,
    pub operation: Operation,
    /// Changes the flat fees of tiers too.
    #[serde(default)]
    pub flat_fees: bool,
    pub price_ending: Option<PriceEnding>,
    /// The first local day of the new prices.
    pub effective_on: NaiveDate,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 1000)]
    pub exclusions: Vec<ChangeExclusion>,
    pub cap: Option<ChangeCap>,
    /// Thirty days before when absent.
    pub notices: Option<NoticePolicy>,
}

impl ChangeTerms {
    /// Checks what the schema cannot say.
    ///
    /// # Errors
    /// `negative_cap`, `invalid_range`.
    pub fn check(&self) -> Result<(), Fault> {
        let bounds = self.cap.iter().flat_map(|cap| [cap.max_increase, cap.max_decrease]).flatten();
        let negative =
            bounds.into_iter().any(Rate::is_negative).then(|| Fault::field("/terms/cap", "negative_cap", "A cap is not negative."));
        let backward = match &self.operation {
            Operation::Index { from, to, .. } if to <= from => {
                Some(Fault::field("/terms/operation/to", "invalid_range", "The index changes from one day to a later one."))
            }
            _ => None,
        };
        Fault::all(negative.into_iter().chain(backward))
    }

    /// How customers are told.
    #[must_use]
    pub fn notices(&self) -> NoticePolicy {
        self.notices.clone().unwrap_or_default()
    }

    /// Why something named is left out.
    pub fn excluded(&self, subject: Excluded) -> Option<ExclusionReason> {
        self.exclusions.iter().find(|exclusion| exclusion.subject == subject).map(|exclusion| exclusion.reason)
    }

    /// The accounts that are left out.
    pub fn excluded_accounts(&self) -> impl Iterator<Item = (AccountId, ExclusionReason)> {
        self.exclusions.iter().filter_map(|exclusion| match exclusion.subject {
            Excluded::Account { id } => Some((id, exclusion.reason)),
            Excluded::Entry { .. } | Excluded::Item { .. } => None,
        })
    }
}
