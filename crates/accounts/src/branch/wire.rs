//! What callers send and receive about branches.

use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::{BranchId, CalendarId};
use platform::patch::present;
use platform::stamp::{Stamp, Touch};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::{Branch, BranchStatus, checked_code, checked_cut_off};
use crate::address::Address;
use crate::checks::{all_sound, name, optional};
use crate::site::model::checked_time_zone;

const CUT_OFF: &str = "17:00";

/// Names one branch.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct BranchPath {
    /// The branch.
    pub branch_id: BranchId,
}

/// A new branch.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateBranch {
    /// Short and unique.
    #[schema(min_length = 1, max_length = 12, example = "CHI")]
    pub code: String,
    #[schema(min_length = 1, max_length = 120, example = "Chicago")]
    pub name: String,
    /// Name in the IANA time zone database.
    #[schema(min_length = 1, max_length = 64, example = "America/Chicago")]
    pub time_zone: String,
    /// The calendar of local holidays.
    pub calendar_id: Option<CalendarId>,
    /// The calendar of opening hours.
    pub business_hours_id: Option<CalendarId>,
    /// Local time until which a request counts as today's; 17:00 when absent.
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", max_length = 5, example = "17:00")]
    pub cut_off: Option<String>,
    pub address: Option<Address>,
    #[schema(min_length = 1, max_length = 120)]
    pub external_ref: Option<String>,
}

impl CreateBranch {
    /// # Errors
    /// Every field fault.
    pub fn into_branch(self, touch: Touch) -> Result<Branch, Fault> {
        let code = checked_code(&self.code);
        let name = name(&self.name, "/name");
        let time_zone = checked_time_zone(&self.time_zone, "/time_zone");
        let cut_off = checked_cut_off(self.cut_off.as_deref().unwrap_or(CUT_OFF));
        let address = self.address.map(|address| address.checked("/address")).transpose();
        all_sound!(code, name, time_zone, cut_off, address);
        Ok(Branch {
            id: BranchId::generate(),
            code: code?,
            name: name?,
            time_zone: time_zone?,
            calendar_id: self.calendar_id,
            business_hours_id: self.business_hours_id,
            cut_off: cut_off?,
            address: address?,
            status: BranchStatus::Active,
            external_ref: optional(self.external_ref),
            stamp: Stamp::new(touch),
        })
    }
}

/// Changes of a branch (RFC 7396): absent keeps, null clears.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PatchBranch {
    #[schema(min_length = 1, max_length = 120)]
    pub name: Option<String>,
    #[schema(min_length = 1, max_length = 64)]
    pub time_zone: Option<String>,
    #[serde(default, deserialize_with = "present")]
    pub calendar_id: Option<Option<CalendarId>>,
    #[serde(default, deserialize_with = "present")]
    pub business_hours_id: Option<Option<CalendarId>>,
    #[schema(pattern = "^([01][0-9]|2[0-3]):[0-5][0-9]$", max_length = 5)]
    pub cut_off: Option<String>,
    #[serde(default, deserialize_with = "present")]
    pub address: Option<Option<Address>>,
    pub status: Option<BranchStatus>,
    #[serde(default, deserialize_with = "present")]
    #[schema(max_length = 120)]
    pub external_ref: Option<Option<String>>,
}

impl PatchBranch {
    /// # Errors
    /// Every field fault.
    pub fn apply(self, branch: Branch, touch: Touch) -> Result<Branch, Fault> {
        let mut next = branch.touched(touch);
        let name = self.name.map(|text| name(&text, "/name")).transpose();
        let time_zone = self.time_zone.map(|text| checked_time_zone(&text, "/time_zone")).transpose();
        let cut_off = self.cut_off.map(|text| checked_cut_off(&text)).transpose();
        let address = self.address.map(|address| address.map(|address| address.checked("/address")).transpose()).transpose();
        all_sound!(name, time_zone, cut_off, address);
        next.name = name?.unwrap_or(next.name);
        next.time_zone = time_zone?.unwrap_or(next.time_zone);
        next.cut_off = cut_off?.unwrap_or(next.cut_off);
        next.address = address?.unwrap_or(next.address);
        next.calendar_id = self.calendar_id.unwrap_or(next.calendar_id);
        next.business_hours_id = self.business_hours_id.unwrap_or(next.business_hours_id);
        next.status = self.status.unwrap_or(next.status);
        next.external_ref = self.external_ref.map_or(next.external_ref, optional);
        Ok(next)
    }
}

/// A branch.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BranchView {
    pub id: BranchId,
    pub version: i64,
    #[schema(max_length = 60)]
    pub code: String,
    #[schema(max_length = 200)]
    pub name: String,
    #[schema(max_length = 64)]
    pub time_zone: String,
    pub calendar_id: Option<CalendarId>,
    pub business_hours_id: Option<CalendarId>,
    /// Local time until which a request counts as today's.
    #[schema(max_length = 5)]
    pub cut_off: String,
    pub address: Option<Address>,
    pub status: BranchStatus,
    #[schema(max_length = 120)]
    pub external_ref: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl From<&Branch> for BranchView {
    fn from(branch: &Branch) -> Self {
        Self {
            id: branch.id,
            version: branch.stamp.version,
            code: branch.code.clone(),
            name: branch.name.clone(),
            time_zone: branch.time_zone.name().to_owned(),
            calendar_id: branch.calendar_id,
            business_hours_id: branch.business_hours_id,
            cut_off: branch.cut_off.format("%H:%M").to_string(),
            address: branch.address.clone(),
            status: branch.status,
            external_ref: branch.external_ref.clone(),
            created_at: branch.stamp.created_at,
            updated_at: branch.stamp.updated_at,
        }
    }
}
