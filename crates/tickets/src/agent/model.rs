//! An agent and its rules: which skills hold on a day, when an absence lasts.

use chrono::{DateTime, NaiveDate, Utc};
use chrono_tz::Tz;
use kernel::id::{BranchId, CalendarId, TerritoryId, UserId};
use kernel::{Fault, words};
use platform::stamp::Stamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::notification::model::DeskRole;

words! {
    /// Whether an agent is there.
    pub enum Presence {
        /// Takes work.
        Available = "available",
        /// Takes work, and is shown to colleagues as busy.
        Busy = "busy",
        /// Takes no work from `from` until `to`; a cover takes it instead.
        Out = "out",
    }
}

/// What an agent is good at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Skill {
    #[schema(pattern = "^[a-z0-9][a-z0-9_-]{0,59}$", max_length = 60, example = "hazardous_waste")]
    pub name: String,
    #[schema(minimum = 1, maximum = 5)]
    pub level: u8,
    /// The last day on which it holds, in the agent's time zone; for ever when absent.
    pub expires_on: Option<NaiveDate>,
}

/// What a ticket needs someone to be good at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RequiredSkill {
    #[schema(pattern = "^[a-z0-9][a-z0-9_-]{0,59}$", max_length = 60, example = "hazardous_waste")]
    pub name: String,
    /// The lowest level that will do.
    #[schema(minimum = 1, maximum = 5)]
    pub level: u8,
}

/// Time away, `[from, to)`; without `to` until the agent says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Absence {
    pub from: DateTime<Utc>,
    pub to: Option<DateTime<Utc>>,
    pub cover: Option<UserId>,
}

impl Absence {
    #[must_use]
    pub fn lasts_at(&self, at: DateTime<Utc>) -> bool {
        self.from <= at && self.to.is_none_or(|to| at < to)
    }
}

/// Whether an agent takes work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Availability {
    Available,
    Busy,
    Out(Absence),
}

impl Availability {
    #[must_use]
    pub const fn presence(&self) -> Presence {
        match self {
            Self::Available => Presence::Available,
            Self::Busy => Presence::Busy,
            Self::Out(_) => Presence::Out,
        }
    }

    #[must_use]
    pub const fn absence(&self) -> Option<&Absence> {
        match self {
            Self::Available | Self::Busy => None,
            Self::Out(absence) => Some(absence),
        }
    }
}

/// A user who works tickets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Agent {
    pub id: UserId,
    pub stamp: Stamp,
    /// As colleagues call them, when last told; users are kept elsewhere.
    pub name: String,
    /// Where word reaches the agent by mail, in lower case.
    pub email: Option<String>,
    /// Where pages reach the agent by text.
    pub phone: Option<String>,
    /// The parts in the desk for which word reaches this agent by mail.
    pub told_as: Vec<DeskRole>,
    pub time_zone: Tz,
    /// When the agent works; else when its group does.
    pub calendar_id: Option<CalendarId>,
    /// Takes work of these branches only; of all when empty.
    pub branch_ids: Vec<BranchId>,
    /// Takes work of these territories only; of all when empty.
    pub territory_ids: Vec<TerritoryId>,
    pub skills: Vec<Skill>,
    /// How many points of open work are enough.
    pub capacity_points: i32,
    pub availability: Availability,
    pub active: bool,
}

impl Agent {
    /// The absence that lasts at an instant.
    #[must_use]
    pub fn absence_at(&self, at: DateTime<Utc>) -> Option<&Absence> {
        self.availability.absence().filter(|absence| absence.lasts_at(at))
    }

    /// What lacks of a required skill at an instant.
    #[must_use]
    pub fn lacks(&self, required: &RequiredSkill, at: DateTime<Utc>) -> Option<Lack> {
        let Some(skill) = self.skills.iter().find(|skill| skill.name == required.name) else { return Some(Lack::Missing) };
        let today = at.with_timezone(&self.time_zone).date_naive();
        if skill.expires_on.is_some_and(|last| last < today) {
            return Some(Lack::Expired);
        }
        (skill.level < required.level).then_some(Lack::Level)
    }
}

/// Why a skill is not enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    Missing,
    Expired,
    Level,
}

/// # Errors
/// A fault for each skill that is named twice.
pub(crate) fn distinct(skills: &[Skill]) -> Result<(), Fault> {
    let twice = |index: usize, skill: &Skill| skills.iter().take(index).any(|other| other.name == skill.name);
    let faults = skills.iter().enumerate().filter(|(index, skill)| twice(*index, skill));
    Fault::all(faults.map(|(index, _)| Fault::field(format!("/skills/{index}"), "duplicate_skill", "This skill is named already.")))
}

#[cfg(test)]
mod tests {
    use platform::stamp::Touch;
    use uuid::Uuid;

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn agent(skill: Skill) -> Agent {
        Agent {
            id: UserId::generate(),
            stamp: Stamp::new(Touch { by: Uuid::nil(), at: at("2026-03-02T15:00:00Z") }),
            name: "Ann".to_owned(),
            email: None,
            phone: None,
            told_as: Vec::new(),
            time_zone: Tz::America__Chicago,
            calendar_id: None,
            branch_ids: Vec::new(),
            territory_ids: Vec::new(),
            skills: vec![skill],
            capacity_points: 10,
            availability: Availability::Available,
            active: true,
        }
    }

    #[test]
    fn a_skill_holds_through_its_last_day_where_the_agent_is() {
        let skill = Skill { name: "drums".to_owned(), level: 3, expires_on: Some("2026-03-02".parse().unwrap()) };
        let ann = agent(skill);
        let needs = |level| RequiredSkill { name: "drums".to_owned(), level };
        // 23:59 in Chicago is 05:59 UTC of the next day.
        assert_eq!(ann.lacks(&needs(3), at("2026-03-03T05:59:59Z")), None);
        assert_eq!(ann.lacks(&needs(3), at("2026-03-03T06:00:00Z")), Some(Lack::Expired));
        assert_eq!(ann.lacks(&needs(4), at("2026-03-02T15:00:00Z")), Some(Lack::Level));
        assert_eq!(ann.lacks(&RequiredSkill { name: "tanks".to_owned(), level: 1 }, at("2026-03-02T15:00:00Z")), Some(Lack::Missing));
    }

    #[test]
    fn an_absence_lasts_from_its_start_until_just_before_its_end() {
        let absence = Absence { from: at("2026-03-02T15:00:00Z"), to: Some(at("2026-03-02T18:00:00Z")), cover: None };
        let mut ann = agent(Skill { name: "drums".to_owned(), level: 3, expires_on: None });
        ann.availability = Availability::Out(absence);
        for (instant, out) in [("14:59:59", false), ("15:00:00", true), ("17:59:59", true), ("18:00:00", false)] {
            assert_eq!(ann.absence_at(at(&format!("2026-03-02T{instant}Z"))).is_some(), out, "{instant}");
        }
        assert!(Absence { to: None, ..absence }.lasts_at(at("2030-01-01T00:00:00Z")));
    }
}
