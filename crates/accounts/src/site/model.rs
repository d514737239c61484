//! A site: a place of an account where service happens, in its own time zone.
//!
//! A site always has a time zone, because every local date of a service, a notice or a price is judged by it.

use chrono_tz::Tz;
use kernel::id::{AccountId, BranchId, CalendarId, SiteId};
use kernel::{Decimal, Fault};
use kernel::{transition, words};
use platform::stamp::{Stamp, Touch};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::regulatory::{GeneratorStatus, SiteFacts};
use crate::address::Address;

words! {
    /// Whether the site is served.
    pub enum SiteStatus { Active = "active", Inactive = "inactive" }

    /// What can be done to a site's status.
    pub enum SiteStep { Deactivate = "deactivate", Reactivate = "reactivate" }
}

/// The state machine of a site.
///
/// # Errors
/// 409 `illegal_transition`.
pub fn next_status(status: SiteStatus, step: SiteStep) -> Result<SiteStatus, Fault> {
    transition::moved(status, step, after)
}

/// The status after a step.
const fn after(status: SiteStatus, step: SiteStep) -> Option<SiteStatus> {
    match (status, step) {
        (SiteStatus::Active, SiteStep::Deactivate) => Some(SiteStatus::Inactive),
        (SiteStatus::Inactive, SiteStep::Reactivate) => Some(SiteStatus::Active),
        (SiteStatus::Active, SiteStep::Reactivate) | (SiteStatus::Inactive, SiteStep::Deactivate) => None,
    }
}

/// A position by WGS 84, as decimal degrees of up to six decimals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Position {
    pub latitude: Decimal,
    pub longitude: Decimal,
}

/// A position in millionths of a degree, as it is stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MicroDegrees {
    pub latitude: i64,
    pub longitude: i64,
}

impl MicroDegrees {
    const DECIMALS: u32 = 6;

    /// # Errors
    /// Field faults below `pointer` for a latitude beyond 90 or a longitude beyond 180 degrees.
    pub fn checked(position: Position, pointer: &str) -> Result<Self, Fault> {
        let latitude = degrees(position.latitude, 90, &format!("{pointer}/latitude"))?;
        let longitude = degrees(position.longitude, 180, &format!("{pointer}/longitude"))?;
        Ok(Self { latitude, longitude })
    }

    #[must_use]
    pub fn to_position(self) -> Position {
        let decimal = |micro: i64| Decimal::new(i128::from(micro), Self::DECIMALS);
        Position { latitude: decimal(self.latitude), longitude: decimal(self.longitude) }
    }
}

fn degrees(value: Decimal, limit: i64, pointer: &str) -> Result<i64, Fault> {
    let fault = || Fault::field(pointer, "degrees", format!("Expected degrees between -{limit} and {limit} with at most six decimals."));
    let micro = value.to_scaled(MicroDegrees::DECIMALS).map_err(|_| fault())?;
    if micro.abs() > limit * 1_000_000 { Err(fault()) } else { Ok(micro) }
}

/// A site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    pub id: SiteId,
    pub account_id: AccountId,
    /// Unique within the account, compared in upper case.
    pub code: String,
    pub name: String,
    pub address: Address,
    pub position: Option<MicroDegrees>,
    pub time_zone: Tz,
    pub branch_id: Option<BranchId>,
    /// The holiday calendar of the place, kept by tickets.
    pub calendar_id: Option<CalendarId>,
    pub access_notes: Option<String>,
    pub status: SiteStatus,
    pub generator_status: Option<GeneratorStatus>,
    pub external_ref: Option<String>,
    pub stamp: Stamp,
}

impl Site {
    /// The same site, one version later.
    #[must_use]
    pub fn touched(self, touch: Touch) -> Self {
        Self { stamp: self.stamp.touched(touch), ..self }
    }

    /// # Errors
    /// 409 `illegal_transition`.
    pub fn stepped(self, step: SiteStep, touch: Touch) -> Result<Self, Fault> {
        let status = next_status(self.status, step)?;
        Ok(Self { status, ..self.touched(touch) })
    }

    /// What the checks of regulatory identifiers look at.
    #[must_use]
    pub fn facts(&self) -> SiteFacts<'_> {
        SiteFacts { state: self.address.state.as_deref(), generator: self.generator_status }
    }
}

/// A site code as it is stored and compared.
///
/// # Errors
/// A field fault at `/code`.
pub fn checked_code(text: &str) -> Result<String, Fault> {
    let code = text.trim().to_uppercase();
    let plain = !code.is_empty() && code.chars().all(|one| one.is_alphanumeric() || matches!(one, '-' | '_' | '.' | '/'));
    if plain { Ok(code) } else { Err(Fault::field("/code", "site_code", "A site code has letters, digits, and - _ . / only.")) }
}

/// A time zone of the IANA database by its name.
///
/// # Errors
/// A field fault at `pointer`.
pub fn checked_time_zone(text: &str, pointer: &str) -> Result<Tz, Fault> {
    text.parse().map_err(|_| Fault::field(pointer, "time_zone", "Expected a name of the IANA time zone database, such as America/Chicago."))
}
