//! What callers send and receive about territories.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::{AccountId, BranchId, TerritoryId};
use kernel::{Fault, Period};
use platform::patch::present;
use platform::stamp::{Stamp, Touch};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::{Territory, checked_ranges};
use super::postal::PostalRange;

/// Names one territory.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct TerritoryPath {
    /// The territory.
    pub territory_id: TerritoryId,
}

/// A new territory.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateTerritory {
    #[schema(min_length = 1, max_length = 120, example = "South suburbs")]
    pub name: String,
    /// The branch that looks after it.
    pub branch_id: BranchId,
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub postal_ranges: Vec<PostalRange>,
    /// Accounts that belong to it wherever their sites are.
    #[serde(default)]
    #[schema(max_items = 1000)]
    pub account_ids: Vec<AccountId>,
    /// The first day, local to the branch.
    pub effective_from: NaiveDate,
    /// The first day on which it is no longer in effect.
    pub effective_until: Option<NaiveDate>,
}

fn period(from: NaiveDate, until: Option<NaiveDate>) -> Result<Period, Fault> {
    Period::new(from, until).map_err(|_| Fault::field("/effective_until", "empty_period", "The end must be after the start."))
}

impl CreateTerritory {
    /// # Errors
    /// Every field fault.
    pub(crate) fn into_territory(self, touch: Touch) -> Result<Territory, Fault> {
        let (period, ranges) = (period(self.effective_from, self.effective_until), checked_ranges(&self.postal_ranges));
        Fault::all([period.clone().err(), ranges.clone().err()].into_iter().flatten())?;
        Ok(Territory {
            id: TerritoryId::generate(),
            stamp: Stamp::new(touch),
            name: self.name,
            branch_id: self.branch_id,
            postal_ranges: ranges?,
            account_ids: self.account_ids,
            period: period?,
        })
    }
}

/// Changes of a territory (RFC 7396): absent keeps, null clears.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PatchTerritory {
    #[schema(min_length = 1, max_length = 120)]
    pub name: Option<String>,
    pub branch_id: Option<BranchId>,
    #[schema(max_items = 1000)]
    pub postal_ranges: Option<Vec<PostalRange>>,
    #[schema(max_items = 1000)]
    pub account_ids: Option<Vec<AccountId>>,
    pub effective_from: Option<NaiveDate>,
    #[serde(default, deserialize_with = "present")]
    pub effective_until: Option<Option<NaiveDate>>,
}

impl PatchTerritory {
    /// # Errors
    /// Every field fault.
    pub(crate) fn apply(self, territory: Territory, touch: Touch) -> Result<Territory, Fault> {
        let from = self.effective_from.unwrap_or(territory.period.start);
        let period = period(from, self.effective_until.unwrap_or(territory.period.end));
        let ranges = self.postal_ranges.as_deref().map_or_else(|| Ok(territory.postal_ranges.clone()), checked_ranges);
        Fault::all([period.clone().err(), ranges.clone().err()].into_iter().flatten())?;
        Ok(Territory {
            name: self.name.unwrap_or(territory.name),
            branch_id: self.branch_id.unwrap_or(territory.branch_id),
            postal_ranges: ranges?,
            account_ids: self.account_ids.unwrap_or(territory.account_ids),
            period: period?,
            stamp: territory.stamp.touched(touch),
            ..territory
        })
    }
}

/// A territory.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct TerritoryView {
    pub id: TerritoryId,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    #[schema(max_length = 120)]
    pub name: String,
    pub branch_id: BranchId,
    #[schema(max_items = 1000)]
    pub postal_ranges: Vec<PostalRange>,
    #[schema(max_items = 1000)]
    pub account_ids: Vec<AccountId>,
    pub effective_from: NaiveDate,
    /// The first day on which it is no longer in effect.
    pub effective_until: Option<NaiveDate>,
}

impl From<&Territory> for TerritoryView {
    fn from(territory: &Territory) -> Self {
        Self {
            id: territory.id,
            version: territory.stamp.version,
            created_at: territory.stamp.created_at,
            updated_at: territory.stamp.updated_at,
            name: territory.name.clone(),
            branch_id: territory.branch_id,
            postal_ranges: territory.postal_ranges.clone(),
            account_ids: territory.account_ids.clone(),
            effective_from: territory.period.start,
            effective_until: territory.period.end,
        }
    }
}
