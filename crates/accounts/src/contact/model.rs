//! A contact: a person of the customer, how to reach them, and what they may decide for which account or site.
//!
//! Authority is never a property of the person: it comes from a role on an account or site, for a period.

use chrono::NaiveDate;
use kernel::id::{AccountId, ContactId, ContactRoleId, SiteId};
use kernel::words;
use kernel::{Fault, Period};
use platform::stamp::{Stamp, Touch};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

words! {
    /// How the person likes to be reached.
    pub enum Channel { Email = "email", Phone = "phone", Mobile = "mobile", Sms = "sms" }

    /// What the person has said about being contacted.
    pub enum ConsentAnswer { Granted = "granted", Denied = "denied", Unknown = "unknown" }

    /// What the person is at the account or site.
    pub enum ContactFunction {
        Primary = "primary",
        Billing = "billing",
        Operations = "operations",
        Environmental = "environmental",
        Safety = "safety",
        Purchasing = "purchasing",
        Legal = "legal",
        Executive = "executive",
        Other = "other",
    }

    /// What the person may decide.
    pub enum Authority {
        Sign = "sign",
        Cancel = "cancel",
        ApprovePrice = "approve_price",
        ApproveProfile = "approve_profile",
        Order = "order",
    }
}

/// Consent by purpose; service messages about the customer's own orders need none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    pub marketing_email: ConsentAnswer,
    pub sms: ConsentAnswer,
    pub call_recording: ConsentAnswer,
}

impl Default for Consent {
    fn default() -> Self {
        Self { marketing_email: ConsentAnswer::Unknown, sms: ConsentAnswer::Unknown, call_recording: ConsentAnswer::Unknown }
    }
}

/// A contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    pub id: ContactId,
    pub name: String,
    pub title: Option<String>,
    /// Lower case; several people may share an address.
    pub email: Option<String>,
    /// Digits with an optional leading plus.
    pub phone: Option<String>,
    pub mobile: Option<String>,
    pub preferred: Option<Channel>,
    pub consent: Consent,
    /// BCP 47 tag, such as en-US.
    pub language: Option<String>,
    pub active: bool,
    pub external_ref: Option<String>,
    pub stamp: Stamp,
}

impl Contact {
    /// The same contact, one version later.
    #[must_use]
    pub fn touched(self, touch: Touch) -> Self {
        Self { stamp: self.stamp.touched(touch), ..self }
    }

    /// # Errors
    /// A field fault when the preferred channel has no address or number.
    pub fn check_preferred(&self) -> Result<(), Fault> {
        let reachable = match self.preferred {
            None => true,
            Some(Channel::Email) => self.email.is_some(),
            Some(Channel::Phone) => self.phone.is_some(),
            Some(Channel::Mobile | Channel::Sms) => self.mobile.is_some(),
        };
        if reachable { Ok(()) } else { Err(Fault::field("/preferred", "unreachable", "The preferred channel has no address or number.")) }
    }
}

/// What a person is to an account, or to one site of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactRole {
    pub id: ContactRoleId,
    pub contact_id: ContactId,
    pub account_id: AccountId,
    pub site_id: Option<SiteId>,
    pub function: ContactFunction,
    /// Sorted, without repetition.
    pub authorities: Vec<Authority>,
    pub period: Period,
}

impl ContactRole {
    /// True when the role lets its holder decide `authority` on `date` for the account, or for one site of it. A role on
    /// one site says nothing about the account or another site.
    #[must_use]
    pub fn permits(&self, authority: Authority, account: AccountId, site: Option<SiteId>, date: NaiveDate) -> bool {
        self.account_id == account
            && (self.site_id.is_none() || self.site_id == site)
            && self.authorities.contains(&authority)
            && self.period.contains(date)
    }

    /// Ends on `end`, the first day on which it no longer holds.
    ///
    /// # Errors
    /// A field fault when it would end before it begins; 409 `already_ended`.
    pub fn ended(self, end: NaiveDate) -> Result<Self, Fault> {
        if self.period.end.is_some_and(|current| current <= end) {
            return Err(Fault::conflict("already_ended", "The role ends no later than that already."));
        }
        let period = Period::new(self.period.start, Some(end))
            .map_err(|_| Fault::field("/on", "empty_period", "The end must be after the start of the role."))?;
        Ok(Self { period, ..self })
    }

    /// # Errors
    /// 409 `role_overlap` with the ids of both, when the same function repeats for the same subject and period.
    pub fn check_overlap(&self, others: &[Self]) -> Result<(), Fault> {
        let same = |other: &&Self| {
            other.id != self.id
                && (other.contact_id, other.account_id, other.site_id, other.function)
                    == (self.contact_id, self.account_id, self.site_id, self.function)
                && other.period.overlaps(&self.period)
        };
        others.iter().find(same).map_or(Ok(()), |other| {
            Err(Fault::conflict("role_overlap", "The contact has this role already in part of the period.")
                .with_conflicts([other.id.uuid(), self.id.uuid()]))
        })
    }
}

/// Authorities in their canonical order, each once.
#[must_use]
pub fn canonical(mut authorities: Vec<Authority>) -> Vec<Authority> {
    authorities.sort_unstable();
    authorities.dedup();
    authorities
}

/// An e-mail address as it is stored and compared: trimmed and lower case.
///
/// # Errors
/// A field fault at `/email`.
pub fn checked_email(text: &str) -> Result<String, Fault> {
    let email = text.trim().to_lowercase();
    let shaped = email.split_once('@').is_some_and(|(local, domain)| {
        !local.is_empty() && domain.contains('.') && !domain.contains('@') && !domain.starts_with('.') && !domain.ends_with('.')
    });
    let plain = !email.chars().any(|one| one.is_whitespace() || one.is_control() || matches!(one, ',' | ';' | '<' | '>'));
    if shaped && plain && email.len() <= 254 {
        Ok(email)
    } else {
        Err(Fault::field("/email", "email", "Expected one e-mail address, such as pat@example.com."))
    }
}

/// A telephone number as it is stored and compared: an optional plus and 7 to 15 digits (ITU-T E.164), without separators.
///
/// # Errors
/// A field fault at `pointer`.
pub fn checked_phone(text: &str, pointer: &str) -> Result<String, Fault> {
    let fault = || Fault::field(pointer, "phone", "Expected a telephone number of 7 to 15 digits, such as +1 312 555 0100.");
    let mut number = String::new();
    for one in text.trim().chars() {
        match one {
            '0'..='9' => number.push(one),
            '+' if number.is_empty() => number.push(one),
            ' ' | '-' | '.' | '(' | ')' | '/' => {}
            _ => return Err(fault()),
        }
    }
    let digits = number.trim_start_matches('+').len();
    if (7..=15).contains(&digits) { Ok(number) } else { Err(fault()) }
}
