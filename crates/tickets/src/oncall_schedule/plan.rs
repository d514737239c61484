//! What a plan says: its layers, who takes turns in them, and at which hours of the week.

use chrono::NaiveDate;
use chrono_tz::Tz;
use kernel::Fault;
use kernel::id::UserId;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::calendar::model::Day;
use crate::notification::model::NoticeChannel;

const DAY_MINUTES: u16 = 1_440;
const WEEK_MINUTES: u16 = 7 * DAY_MINUTES;

/// When the next member takes over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OnCallHandoff {
    /// The weekday; null for a handoff each day.
    pub(crate) day: Option<Day>,
    /// The local time, in minutes from midnight.
    #[schema(minimum = 0, maximum = 1439, example = 480)]
    pub(crate) time_min: u16,
    /// Every so many weeks, or days.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 52)]
    pub(crate) every: u16,
}

const fn one() -> u16 {
    1
}

/// Hours of a weekday at which a layer is on call, in local minutes from midnight; an end that is not after the start is the next day's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OnCallHours {
    pub(crate) day: Day,
    #[schema(minimum = 0, maximum = 1439, example = 1140)]
    pub(crate) start_min: u16,
    #[schema(minimum = 0, maximum = 1440, example = 420)]
    pub(crate) end_min: u16,
}

impl OnCallHours {
    pub(crate) const fn is_overnight(self) -> bool {
        self.end_min <= self.start_min
    }

    /// Its minutes of the week, of which the last may lie in the next one.
    fn minutes(self) -> (u16, u16) {
        let midnight = u16::try_from(self.day.weekday().num_days_from_monday()).unwrap_or_default() * DAY_MINUTES;
        let end = if self.is_overnight() { self.end_min + DAY_MINUTES } else { self.end_min };
        (midnight + self.start_min, midnight + end)
    }
}

/// People who take turns on one level of the page chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OnCallLayer {
    #[schema(min_length = 1, max_length = 120, example = "Primary")]
    pub(crate) name: String,
    /// Who is paged first, second, and so on. Of several layers of a level the first that has somebody counts.
    #[serde(default = "first_level")]
    #[schema(minimum = 1, maximum = 10)]
    pub(crate) level: i16,
    pub(crate) handoff: OnCallHandoff,
    /// The first member's turn begins with the first handoff on or after this date; before it the turns run backwards.
    pub(crate) starts_on: NaiveDate,
    /// In the order of their turns.
    #[schema(min_items = 1, max_items = 50)]
    pub(crate) members: Vec<UserId>,
    /// At all hours when empty.
    #[serde(default)]
    #[schema(max_items = 42)]
    pub(crate) hours: Vec<OnCallHours>,
    /// By which way its members are paged. Liaison sends mail itself; a relay claims text messages, and whoever relays events does the rest.
    #[serde(default = "by_mail")]
    pub(crate) channel: NoticeChannel,
}

const fn first_level() -> i16 {
    1
}

const fn by_mail() -> NoticeChannel {
    NoticeChannel::Email
}

/// Who is on call when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OnCallPlan {
    /// An IANA name.
    #[schema(min_length = 1, max_length = 60, example = "America/Chicago")]
    pub(crate) time_zone: String,
    #[schema(min_items = 1, max_items = 20)]
    pub(crate) layers: Vec<OnCallLayer>,
    /// There may be hours at which nobody is on call.
    #[serde(default)]
    pub(crate) allow_gap: bool,
}

impl OnCallPlan {
    /// The plan, if it can be published.
    ///
    /// # Errors
    /// A field fault for a zone that is none, and one naming the gaps that are not allowed.
    pub(crate) fn checked(self) -> Result<Self, Fault> {
        let mut faults = Vec::new();
        if self.time_zone.parse::<Tz>().is_err() {
            faults.push(Fault::field("/time_zone", "unknown_time_zone", "Expected an IANA time zone such as America/Chicago."));
        }
        let gaps = self.gaps();
        if !self.allow_gap && !gaps.is_empty() {
            let named: Vec<String> = gaps.iter().map(|(from, to)| format!("{} to {}", named(*from), named(*to))).collect();
            faults.push(Fault::field("/layers", "coverage_gap", format!("Nobody is on call {}.", named.join(", "))));
        }
        Fault::all(faults)?;
        Ok(self)
    }

    /// The zone, which is known of a plan that was checked.
    pub(crate) fn zone(&self) -> Tz {
        self.time_zone.parse().unwrap_or(Tz::UTC)
    }

    /// The levels that have layers, lowest first.
    pub(crate) fn levels(&self) -> impl Iterator<Item = i16> {
        let levels: std::collections::BTreeSet<i16> = self.layers.iter().map(|layer| layer.level).collect();
        levels.into_iter()
    }

    /// The stretches of the week, in minutes from Monday's midnight, at which no layer of any level is on call. Hours repeat every
    /// week and map to instants in order, so what the week covers the whole line covers.
    fn gaps(&self) -> Vec<(u16, u16)> {
        if self.layers.iter().any(|layer| layer.hours.is_empty()) {
            return Vec::new();
        }
        let mut covered: Vec<(u16, u16)> = Vec::new();
        for (start, end) in self.layers.iter().flat_map(|layer| &layer.hours).map(|hours| hours.minutes()) {
            covered.push((start, end.min(WEEK_MINUTES)));
            if end > WEEK_MINUTES {
                covered.push((0, end - WEEK_MINUTES));
            }
        }
        covered.sort_unstable();
        let (mut gaps, mut at) = (Vec::new(), 0);
        for (start, end) in covered {
            if start > at {
                gaps.push((at, start));
            }
            at = at.max(end);
        }
        if at < WEEK_MINUTES {
            gaps.push((at, WEEK_MINUTES));
        }
        gaps
    }
}

/// A minute of the week as people say it.
fn named(minute: u16) -> String {
    let day = Day::ALL.get(usize::from(minute % WEEK_MINUTES / DAY_MINUTES)).map_or("", |day| day.as_str());
    format!("{day} {:02}:{:02}", minute % DAY_MINUTES / 60, minute % 60)
}
