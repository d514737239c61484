//! What orders asks tickets: when an office is open. Tickets keeps the calendars because promises are counted by them.

use chrono::{DateTime, NaiveDate, Utc, Weekday};
use chrono_tz::Tz;
use kernel::calendar::{Calendar, Window};
use kernel::id::CalendarId;
use platform::peer::{self, Peers};
use platform::problem::Problem;
use serde::Deserialize;

const SERVICE: &str = "tickets";

#[derive(Deserialize)]
struct Versions {
    /// Oldest first.
    data: Vec<Version>,
}

#[derive(Deserialize)]
struct Version {
    effective_from: DateTime<Utc>,
    hours: Hours,
}

#[derive(Deserialize)]
struct Hours {
    time_zone: String,
    weekly: Vec<DayWindow>,
    #[serde(default)]
    exceptions: Vec<DateException>,
}

#[derive(Deserialize)]
struct DayWindow {
    day: Weekday,
    start_min: u16,
    end_min: u16,
}

#[derive(Deserialize)]
struct DateException {
    date: NaiveDate,
    /// None when the date is closed.
    #[serde(default)]
    windows: Vec<Window>,
}

impl Hours {
    fn calendar(self) -> Result<Calendar, Problem> {
        let zone: Tz = self.time_zone.parse().map_err(Problem::internal)?;
        let week = self.weekly.iter().try_fold(Calendar::new(zone), |calendar, window| {
            Window::new(window.start_min, window.end_min).map(|checked| calendar.open(window.day, checked))
        })?;
        Ok(self.exceptions.into_iter().fold(week, |calendar, exception| calendar.except(exception.date, exception.windows)))
    }
}

/// The calendar as it is at `at`; absent when there is none.
///
/// # Errors
/// 503 when tickets cannot be reached.
pub async fn calendar(peers: &dyn Peers, id: CalendarId, at: DateTime<Utc>) -> Result<Option<Calendar>, Problem> {
    let found: Option<Versions> = peer::get(peers, SERVICE, format!("/v1/calendars/{id}/versions")).await?;
    let mut holding = None;
    for version in found.into_iter().flat_map(|versions| versions.data) {
        // Before the first version takes effect, the first one counts.
        if holding.is_none() || version.effective_from <= at {
            holding = Some(version.hours);
        }
    }
    holding.map(Hours::calendar).transpose()
}
