//! A branch: an office of the organisation, with the local clock and cut-off that its promises are measured by.
//!
//! Calendars and business hours are kept by tickets; a branch only names them.

use chrono::NaiveTime;
use chrono_tz::Tz;
use kernel::Fault;
use kernel::id::{BranchId, CalendarId};
use kernel::words;
use platform::stamp::{Stamp, Touch};

use crate::address::Address;

words! {
    /// Whether the branch takes new work.
    pub enum BranchStatus { Active = "active", Inactive = "inactive" }
}

/// A branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Branch {
    pub id: BranchId,
    /// Short and unique, in upper case: `CHI`.
    pub code: String,
    pub name: String,
    pub time_zone: Tz,
    /// Local holidays.
    pub calendar_id: Option<CalendarId>,
    /// Local opening hours, when they differ from the calendar of holidays.
    pub business_hours_id: Option<CalendarId>,
    /// The local time until which a request counts as today's.
    pub cut_off: NaiveTime,
    pub address: Option<Address>,
    pub status: BranchStatus,
    pub external_ref: Option<String>,
    pub stamp: Stamp,
}

impl Branch {
    /// The same branch, one version later.
    #[must_use]
    pub fn touched(self, touch: Touch) -> Self {
        Self { stamp: self.stamp.touched(touch), ..self }
    }
}

/// A branch code as it is stored and compared.
///
/// # Errors
/// A field fault at `/code`.
pub fn checked_code(text: &str) -> Result<String, Fault> {
    let code = text.trim().to_ascii_uppercase();
    let plain = (1..=12).contains(&code.len()) && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if plain { Ok(code) } else { Err(Fault::field("/code", "branch_code", "A branch code is 1 to 12 letters, digits or hyphens.")) }
}

/// A local time of day to the minute, such as `17:00`.
///
/// # Errors
/// A field fault at `/cut_off`.
pub fn checked_cut_off(text: &str) -> Result<NaiveTime, Fault> {
    NaiveTime::parse_from_str(text, "%H:%M").map_err(|_| Fault::field("/cut_off", "local_time", "Expected a local time such as 17:00."))
}
