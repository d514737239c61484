//! What callers send and receive about sites.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::Fault;
use kernel::id::{AccountId, BranchId, CalendarId, SiteId};
use platform::patch::present;
use platform::scope::RowScope;
use platform::stamp::{Stamp, Touch};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{MicroDegrees, Position, Site, SiteStatus, checked_code, checked_time_zone};
use super::regulatory::{self, GeneratorStatus, RegulatoryId, RegulatoryKind, RegulatoryStatus, SiteFacts, Warning};
use crate::address::Address;
use crate::checks::{all_sound, name, optional};

/// Names one site.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct SitePath {
    /// The site.
    pub site_id: SiteId,
}

/// Names one regulatory identifier of a site.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct RegulatoryIdPath {
    /// The site.
    pub site_id: SiteId,
    /// The identifier's row.
    pub regulatory_id: Uuid,
}

/// A new site of an account.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateSite {
    pub account_id: AccountId,
    /// Unique within the account.
    #[schema(min_length = 1, max_length = 40, example = "STORE-0412")]
    pub code: String,
    #[schema(min_length = 1, max_length = 200, example = "Naperville store")]
    pub name: String,
    pub address: Address,
    pub position: Option<Position>,
    /// Name in the IANA time zone database; local dates of the site's services are judged by it.
    #[schema(min_length = 1, max_length = 64, example = "America/Chicago")]
    pub time_zone: String,
    /// The branch that serves the site.
    pub branch_id: Option<BranchId>,
    /// The calendar of local holidays.
    pub calendar_id: Option<CalendarId>,
    #[schema(max_length = 4000, example = "Dock behind the building; call 30 minutes ahead.")]
    pub access_notes: Option<String>,
    pub generator_status: Option<GeneratorStatus>,
    #[schema(min_length = 1, max_length = 120)]
    pub external_ref: Option<String>,
}

impl CreateSite {
    /// # Errors
    /// Every field fault.
    pub fn into_site(self, touch: Touch) -> Result<Site, Fault> {
        let code = checked_code(&self.code);
        let name = name(&self.name, "/name");
        let address = self.address.checked("/address");
        let position = self.position.map(|position| MicroDegrees::checked(position, "/position")).transpose();
        let time_zone = checked_time_zone(&self.time_zone, "/time_zone");
        all_sound!(code, name, address, position, time_zone);
        Ok(Site {
            id: SiteId::generate(),
            account_id: self.account_id,
            code: code?,
            name: name?,
            address: address?,
            position: position?,
            time_zone: time_zone?,
            branch_id: self.branch_id,
            calendar_id: self.calendar_id,
            access_notes: optional(self.access_notes),
            status: SiteStatus::Active,
            generator_status: self.generator_status,
            external_ref: optional(self.external_ref),
            stamp: Stamp::new(touch),
        })
    }
}

impl CreateSite {
    /// The whole content as a patch, for a site that exists already.
    #[must_use]
    pub fn into_patch(self) -> PatchSite {
        PatchSite {
            code: Some(self.code),
            name: Some(self.name),
            address: Some(self.address),
            position: Some(self.position),
            time_zone: Some(self.time_zone),
            branch_id: Some(self.branch_id),
            calendar_id: Some(self.calendar_id),
            access_notes: Some(self.access_notes),
            generator_status: Some(self.generator_status),
            external_ref: None,
        }
    }
}

/// Changes of a site (RFC 7396): absent keeps, null clears.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PatchSite {
    #[schema(min_length = 1, max_length = 40)]
    pub code: Option<String>,
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    pub address: Option<Address>,
    #[serde(default, deserialize_with = "present")]
    pub position: Option<Option<Position>>,
    #[schema(min_length = 1, max_length = 64)]
    pub time_zone: Option<String>,
    #[serde(default, deserialize_with = "present")]
    pub branch_id: Option<Option<BranchId>>,
    #[serde(default, deserialize_with = "present")]
    pub calendar_id: Option<Option<CalendarId>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(max_length = 4000)]
    pub access_notes: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    pub generator_status: Option<Option<GeneratorStatus>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(max_length = 120)]
    pub external_ref: Option<Option<String>>,
}

impl PatchSite {
    /// # Errors
    /// Every field fault.
    pub fn apply(self, site: Site, touch: Touch) -> Result<Site, Fault> {
        let mut next = site.touched(touch);
        let code = self.code.map(|text| checked_code(&text)).transpose();
        let name = self.name.map(|text| name(&text, "/name")).transpose();
        let address = self.address.map(|address| address.checked("/address")).transpose();
        let position = self.position.map(|place| place.map(|place| MicroDegrees::checked(place, "/position")).transpose()).transpose();
        let time_zone = self.time_zone.map(|text| checked_time_zone(&text, "/time_zone")).transpose();
        all_sound!(code, name, address, position, time_zone);
        next.code = code?.unwrap_or(next.code);
        next.name = name?.unwrap_or(next.name);
        next.address = address?.unwrap_or(next.address);
        next.position = position?.unwrap_or(next.position);
        next.time_zone = time_zone?.unwrap_or(next.time_zone);
        next.branch_id = self.branch_id.unwrap_or(next.branch_id);
        next.calendar_id = self.calendar_id.unwrap_or(next.calendar_id);
        next.access_notes = self.access_notes.map_or(next.access_notes, optional);
        next.generator_status = self.generator_status.unwrap_or(next.generator_status);
        next.external_ref = self.external_ref.map_or(next.external_ref, optional);
        Ok(next)
    }
}

/// An identifier that an authority gave the site.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AddRegulatoryId {
    pub kind: RegulatoryKind,
    /// An EPA identifier is a two-letter prefix and ten letters or digits.
    #[schema(min_length = 1, max_length = 60, example = "ILD000810861")]
    pub value: String,
    pub valid_from: NaiveDate,
    /// The first day on which it is no longer valid.
    pub valid_until: Option<NaiveDate>,
}

impl AddRegulatoryId {
    /// # Errors
    /// Every field fault.
    pub fn into_regulatory_id(self, site: &Site) -> Result<RegulatoryId, Fault> {
        let value = regulatory::checked_value(self.kind, &self.value, site.facts());
        let period = regulatory::period(self.valid_from, self.valid_until);
        all_sound!(value, period);
        Ok(RegulatoryId {
            id: kernel::id::new_uuid(),
            site_id: site.id,
            kind: self.kind,
            value: value?,
            status: RegulatoryStatus::Active,
            period: period?,
        })
    }
}

/// The day an identifier, a role or an assignment ends.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct EndOn {
    /// The first day on which it no longer holds.
    pub on: NaiveDate,
}

/// A regulatory identifier, with what is odd about it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RegulatoryIdView {
    pub id: Uuid,
    pub kind: RegulatoryKind,
    #[schema(max_length = 60)]
    pub value: String,
    pub status: RegulatoryStatus,
    pub valid_from: NaiveDate,
    pub valid_until: Option<NaiveDate>,
    #[schema(max_items = 1000)]
    pub warnings: Vec<Warning>,
}

impl RegulatoryIdView {
    fn of(id: &RegulatoryId, site: SiteFacts<'_>) -> Self {
        Self {
            id: id.id,
            kind: id.kind,
            value: id.value.clone(),
            status: id.status,
            valid_from: id.period.start,
            valid_until: id.period.end,
            warnings: regulatory::warnings(id.kind, &id.value, site),
        }
    }
}

/// A site.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct SiteView {
    pub id: SiteId,
    pub version: i64,
    pub account_id: AccountId,
    #[schema(max_length = 60)]
    pub code: String,
    #[schema(max_length = 200)]
    pub name: String,
    pub address: Address,
    pub position: Option<Position>,
    #[schema(max_length = 64)]
    pub time_zone: String,
    pub branch_id: Option<BranchId>,
    pub calendar_id: Option<CalendarId>,
    #[schema(max_length = 4000)]
    pub access_notes: Option<String>,
    pub status: SiteStatus,
    pub generator_status: Option<GeneratorStatus>,
    #[schema(max_items = 1000)]
    pub regulatory_ids: Vec<RegulatoryIdView>,
    /// Absent for portal customers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 120)]
    pub external_ref: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl SiteView {
    /// The view for callers with `scope`; of `ids`, those of this site are shown.
    #[must_use]
    pub fn of(site: &Site, ids: &[RegulatoryId], scope: &RowScope) -> Self {
        let external_ref = site.external_ref.clone().filter(|_| !scope.is_customer());
        Self { external_ref, ..Self::for_staff(site, ids) }
    }

    /// The view for staff and events.
    #[must_use]
    pub fn for_staff(site: &Site, ids: &[RegulatoryId]) -> Self {
        Self {
            id: site.id,
            version: site.stamp.version,
            account_id: site.account_id,
            code: site.code.clone(),
            name: site.name.clone(),
            address: site.address.clone(),
            position: site.position.map(MicroDegrees::to_position),
            time_zone: site.time_zone.name().to_owned(),
            branch_id: site.branch_id,
            calendar_id: site.calendar_id,
            access_notes: site.access_notes.clone(),
            status: site.status,
            generator_status: site.generator_status,
            regulatory_ids: ids.iter().filter(|id| id.site_id == site.id).map(|id| RegulatoryIdView::of(id, site.facts())).collect(),
            external_ref: site.external_ref.clone(),
            created_at: site.stamp.created_at,
            updated_at: site.stamp.updated_at,
        }
    }
}
