//! What callers send and receive about contacts.

use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::{AccountId, ContactId, ContactRoleId, SiteId};
use kernel::{Fault, Period};
use platform::patch::present;
use platform::scope::RowScope;
use platform::stamp::{Stamp, Touch};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{Authority, Channel, Consent, Contact, ContactFunction, ContactRole, canonical, checked_email, checked_phone};
use crate::checks::{all_sound, name, optional};

/// Names one contact.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ContactPath {
    /// The contact.
    pub contact_id: ContactId,
}

/// Names one role of a contact.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct RolePath {
    /// The contact.
    pub contact_id: ContactId,
    /// The role.
    pub role_id: ContactRoleId,
}

/// What the person is to an account, or to one site of it.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AddRole {
    pub account_id: AccountId,
    /// Only for this site of the account.
    pub site_id: Option<SiteId>,
    pub function: ContactFunction,
    /// What the person may decide there.
    #[serde(default)]
    #[schema(max_items = 5)]
    pub authorities: Vec<Authority>,
    pub valid_from: NaiveDate,
    /// The first day on which the role no longer holds.
    pub valid_until: Option<NaiveDate>,
}

impl AddRole {
    /// # Errors
    /// A field fault for an empty period.
    pub fn into_role(self, contact_id: ContactId) -> Result<ContactRole, Fault> {
        let period = Period::new(self.valid_from, self.valid_until)
            .map_err(|_| Fault::field("/valid_until", "empty_period", "The end must be after the start."))?;
        Ok(ContactRole {
            id: ContactRoleId::generate(),
            contact_id,
            account_id: self.account_id,
            site_id: self.site_id,
            function: self.function,
            authorities: canonical(self.authorities),
            period,
        })
    }
}

/// A new contact.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateContact {
    #[schema(min_length = 1, max_length = 120, example = "Pat Rivera")]
    pub name: String,
    #[schema(max_length = 120, example = "Facilities manager")]
    pub title: Option<String>,
    #[schema(max_length = 254, example = "pat@example.com")]
    pub email: Option<String>,
    #[schema(max_length = 40, example = "+1 312 555 0100")]
    pub phone: Option<String>,
    #[schema(max_length = 40)]
    pub mobile: Option<String>,
    /// How the person likes to be reached.
    pub preferred: Option<Channel>,
    pub consent: Option<Consent>,
    /// Language tag (BCP 47).
    #[schema(pattern = "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length = 35, example = "en-US")]
    pub language: Option<String>,
    /// What the person is to accounts and sites.
    #[serde(default)]
    #[schema(max_items = 50)]
    #[validate(nested)]
    pub roles: Vec<AddRole>,
    #[schema(min_length = 1, max_length = 120)]
    pub external_ref: Option<String>,
}

impl CreateContact {
    /// # Errors
    /// Every field fault.
    pub fn into_contact(self, touch: Touch) -> Result<(Contact, Vec<ContactRole>), Fault> {
        let id = ContactId::generate();
        let name = name(&self.name, "/name");
        let email = optional(self.email).map(|text| checked_email(&text)).transpose();
        let phone = optional(self.phone).map(|text| checked_phone(&text, "/phone")).transpose();
        let mobile = optional(self.mobile).map(|text| checked_phone(&text, "/mobile")).transpose();
        let roles = self.roles.into_iter().enumerate();
        let roles = roles.map(|(place, role)| role.into_role(id).map_err(|fault| fault.under(&format!("/roles/{place}")))).collect();
        let roles: Result<Vec<ContactRole>, Fault> = roles;
        all_sound!(name, email, phone, mobile, roles);
        let contact = Contact {
            id,
            name: name?,
            title: optional(self.title),
            email: email?,
            phone: phone?,
            mobile: mobile?,
            preferred: self.preferred,
            consent: self.consent.unwrap_or_default(),
            language: self.language,
            active: true,
            external_ref: optional(self.external_ref),
            stamp: Stamp::new(touch),
        };
        contact.check_preferred()?;
        Ok((contact, roles?))
    }
}

impl CreateContact {
    /// The whole content as a patch, for a contact that exists already.
    #[must_use]
    pub fn into_patch(self) -> PatchContact {
        PatchContact {
            name: Some(self.name),
            title: Some(self.title),
            email: Some(self.email),
            phone: Some(self.phone),
            mobile: Some(self.mobile),
            preferred: Some(self.preferred),
            consent: self.consent,
            language: Some(self.language),
            active: None,
            external_ref: None,
        }
    }
}

/// Changes of a contact (RFC 7396): absent keeps, null clears.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PatchContact {
    #[schema(min_length = 1, max_length = 120)]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(max_length = 120)]
    pub title: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(max_length = 254)]
    pub email: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(max_length = 40)]
    pub phone: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(max_length = 40)]
    pub mobile: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    pub preferred: Option<Option<Channel>>,
    pub consent: Option<Consent>,
    #[serde(default, deserialize_with = "present")]
    #[schema(pattern = "^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length = 35)]
    pub language: Option<Option<String>>,
    /// False when the person has left.
    pub active: Option<bool>,
    #[serde(default, deserialize_with = "present")]
    #[schema(max_length = 120)]
    pub external_ref: Option<Option<String>>,
}

impl PatchContact {
    /// # Errors
    /// Every field fault.
    pub fn apply(self, contact: Contact, touch: Touch) -> Result<Contact, Fault> {
        let mut next = contact.touched(touch);
        let name = self.name.map(|text| name(&text, "/name")).transpose();
        let email = self.email.map(|text| optional(text).map(|text| checked_email(&text)).transpose()).transpose();
        let phone = self.phone.map(|text| optional(text).map(|text| checked_phone(&text, "/phone")).transpose()).transpose();
        let mobile = self.mobile.map(|text| optional(text).map(|text| checked_phone(&text, "/mobile")).transpose()).transpose();
        all_sound!(name, email, phone, mobile);
        next.name = name?.unwrap_or(next.name);
        next.email = email?.unwrap_or(next.email);
        next.phone = phone?.unwrap_or(next.phone);
        next.mobile = mobile?.unwrap_or(next.mobile);
        next.title = self.title.map_or(next.title, optional);
        next.preferred = self.preferred.unwrap_or(next.preferred);
        next.consent = self.consent.unwrap_or(next.consent);
        next.language = self.language.unwrap_or(next.language);
        next.active = self.active.unwrap_or(next.active);
        next.external_ref = self.external_ref.map_or(next.external_ref, optional);
        next.check_preferred()?;
        Ok(next)
    }
}

/// A role of a contact.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ContactRoleView {
    pub id: ContactRoleId,
    pub account_id: AccountId,
    pub site_id: Option<SiteId>,
    pub function: ContactFunction,
    #[schema(max_items = 1000)]
    pub authorities: Vec<Authority>,
    pub valid_from: NaiveDate,
    pub valid_until: Option<NaiveDate>,
}

impl From<&ContactRole> for ContactRoleView {
    fn from(role: &ContactRole) -> Self {
        Self {
            id: role.id,
            account_id: role.account_id,
            site_id: role.site_id,
            function: role.function,
            authorities: role.authorities.clone(),
            valid_from: role.period.start,
            valid_until: role.period.end,
        }
    }
}

/// A contact with the roles the caller may see.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ContactView {
    pub id: ContactId,
    pub version: i64,
    #[schema(max_length = 200)]
    pub name: String,
    #[schema(max_length = 200)]
    pub title: Option<String>,
    #[schema(max_length = 254)]
    pub email: Option<String>,
    #[schema(max_length = 20)]
    pub phone: Option<String>,
    #[schema(max_length = 20)]
    pub mobile: Option<String>,
    pub preferred: Option<Channel>,
    pub consent: Consent,
    #[schema(max_length = 35)]
    pub language: Option<String>,
    pub active: bool,
    #[schema(max_items = 1000)]
    pub roles: Vec<ContactRoleView>,
    /// Absent for portal customers.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 120)]
    pub external_ref: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl ContactView {
    /// The view for callers with `scope`; of `roles`, those of this contact are shown.
    #[must_use]
    pub fn of(contact: &Contact, roles: &[ContactRole], scope: &RowScope) -> Self {
        let external_ref = contact.external_ref.clone().filter(|_| !scope.is_customer());
        Self { external_ref, ..Self::for_staff(contact, roles) }
    }

    /// The view for staff and events.
    #[must_use]
    pub fn for_staff(contact: &Contact, roles: &[ContactRole]) -> Self {
        Self {
            id: contact.id,
            version: contact.stamp.version,
            name: contact.name.clone(),
            title: contact.title.clone(),
            email: contact.email.clone(),
            phone: contact.phone.clone(),
            mobile: contact.mobile.clone(),
            preferred: contact.preferred,
            consent: contact.consent,
            language: contact.language.clone(),
            active: contact.active,
            roles: roles.iter().filter(|role| role.contact_id == contact.id).map(ContactRoleView::from).collect(),
            external_ref: contact.external_ref.clone(),
            created_at: contact.stamp.created_at,
            updated_at: contact.stamp.updated_at,
        }
    }
}

/// The account that all of a contact's roles are on, for events; none when they are on several.
#[must_use]
pub fn only_account(roles: &[ContactRole]) -> Option<Uuid> {
    let first = roles.first()?.account_id;
    roles.iter().all(|role| role.account_id == first).then_some(first.uuid())
}
