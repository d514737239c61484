//! What callers send and receive about agents.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use kernel::Fault;
use kernel::id::{BranchId, CalendarId, GroupId, TerritoryId, UserId};
use platform::patch::present;
use platform::stamp::{Stamp, Touch};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::model::{Absence, Agent, Availability, Presence, Skill, distinct};
use crate::intake::address;
use crate::notification::model::DeskRole;

/// Names one agent.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct AgentPath {
    /// The agent: its user's id.
    pub agent_id: UserId,
}

/// Whether an agent takes work. `from`, `to` and `cover_agent_id` go with `out` only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AvailabilityTerms {
    pub state: Presence,
    /// When the absence begins; now when absent.
    pub from: Option<DateTime<Utc>>,
    /// When the agent is back; open when absent.
    pub to: Option<DateTime<Utc>>,
    /// Who takes the work meanwhile.
    pub cover_agent_id: Option<UserId>,
}

impl AvailabilityTerms {
    /// # Errors
    /// Every field fault.
    pub(crate) fn checked(self, agent: UserId, now: DateTime<Utc>) -> Result<Availability, Fault> {
        let absent = self.from.is_none() && self.to.is_none() && self.cover_agent_id.is_none();
        match self.state {
            Presence::Available | Presence::Busy if !absent => {
                Err(Fault::field("/state", "not_out", "from, to and cover_agent_id go with out only."))
            }
            Presence::Available => Ok(Availability::Available),
            Presence::Busy => Ok(Availability::Busy),
            Presence::Out => self.out(agent, now).map(Availability::Out),
        }
    }

    fn out(self, agent: UserId, now: DateTime<Utc>) -> Result<Absence, Fault> {
        let from = self.from.unwrap_or(now);
        let mut faults = Vec::new();
        if self.to.is_some_and(|to| to <= from) {
            faults.push(Fault::field("/to", "empty_period", "The end must be after the start."));
        }
        if self.cover_agent_id == Some(agent) {
            faults.push(Fault::field("/cover_agent_id", "covers_self", "Somebody else must cover."));
        }
        Fault::all(faults)?;
        Ok(Absence { from, to: self.to, cover: self.cover_agent_id })
    }
}

impl From<&Availability> for AvailabilityTerms {
    fn from(availability: &Availability) -> Self {
        let absence = availability.absence();
        Self {
            state: availability.presence(),
            from: absence.map(|absence| absence.from),
            to: absence.and_then(|absence| absence.to),
            cover_agent_id: absence.and_then(|absence| absence.cover),
        }
    }
}

/// A user who is to work tickets.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateAgent {
    pub user_id: UserId,
    /// As colleagues call them.
    #[schema(min_length = 1, max_length = 120, example = "Ann Miller")]
    pub name: String,
    /// Where word reaches the agent by mail; none reaches it that way without.
    #[schema(max_length = 320, example = "ann@example.com")]
    pub email: Option<String>,
    /// Where pages reach the agent by text, with a plus sign and the country; without one the relay has to know the number.
    #[schema(pattern = "^\\+[0-9]{6,15}$", max_length = 16, example = "+13125550100")]
    pub phone: Option<String>,
    /// Word for these parts in the desk reaches the agent by mail, in its branches. Who may read such word says the agent's roles.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub told_as: Vec<DeskRole>,
    /// An IANA name; the days on which skills expire are counted in it.
    #[schema(min_length = 1, max_length = 60, example = "America/Chicago")]
    pub time_zone: String,
    /// When the agent works; else when its group does.
    pub calendar_id: Option<CalendarId>,
    /// The groups that the agent belongs to.
    #[serde(default)]
    #[schema(max_items = 50)]
    pub group_ids: Vec<GroupId>,
    /// Takes work of these branches only; of all when empty.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub branch_ids: Vec<BranchId>,
    /// Takes work of these territories only; of all when empty.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub territory_ids: Vec<TerritoryId>,
    #[serde(default)]
    #[schema(max_items = 100)]
    pub skills: Vec<Skill>,
    /// How many points of open work are enough: a ticket counts by its priority, one that waits by half.
    #[schema(minimum = 0, maximum = 10000, example = 20)]
    pub capacity_points: i32,
    /// `available` when absent.
    pub availability: Option<AvailabilityTerms>,
}

fn mail_address(text: Option<&str>) -> Result<Option<String>, Fault> {
    let normal = |text| address::normalise(text).ok_or_else(|| Fault::field("/email", "invalid_address", "Expected a mail address."));
    text.map(normal).transpose()
}

fn zone(text: &str) -> Result<Tz, Fault> {
    text.parse().map_err(|_| Fault::field("/time_zone", "unknown_time_zone", "Expected an IANA time zone such as America/Chicago."))
}

impl CreateAgent {
    /// # Errors
    /// Every field fault.
    pub(crate) fn into_agent(self, touch: Touch) -> Result<Agent, Fault> {
        let time_zone = zone(&self.time_zone);
        let availability = self.availability.map_or(Ok(Availability::Available), |terms| terms.checked(self.user_id, touch.at));
        let availability = availability.map_err(|fault| fault.under("/availability"));
        let email = mail_address(self.email.as_deref());
        let checks = [email.clone().err(), time_zone.clone().err(), availability.clone().err(), distinct(&self.skills).err()];
        Fault::all(checks.into_iter().flatten())?;
        Ok(Agent {
            id: self.user_id,
            stamp: Stamp::new(touch),
            name: self.name,
            email: email?,
            phone: self.phone,
            told_as: self.told_as,
            time_zone: time_zone?,
            calendar_id: self.calendar_id,
            branch_ids: self.branch_ids,
            territory_ids: self.territory_ids,
            skills: self.skills,
            capacity_points: self.capacity_points,
            availability: availability?,
            active: true,
        })
    }
}

/// Changes of an agent (RFC 7396): absent keeps, null clears. Availability has an operation of its own.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PatchAgent {
    #[schema(min_length = 1, max_length = 120)]
    pub name: Option<String>,
    #[serde(default, deserialize_with = "present")]
    #[schema(max_length = 320, example = "ann@example.com")]
    pub email: Option<Option<String>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(pattern = "^\\+[0-9]{6,15}$", max_length = 16)]
    pub phone: Option<Option<String>>,
    #[schema(max_items = 10)]
    pub told_as: Option<Vec<DeskRole>>,
    #[schema(min_length = 1, max_length = 60)]
    pub time_zone: Option<String>,
    #[serde(default, deserialize_with = "present")]
    pub calendar_id: Option<Option<CalendarId>>,
    #[schema(max_items = 50)]
    pub group_ids: Option<Vec<GroupId>>,
    #[schema(max_items = 100)]
    pub branch_ids: Option<Vec<BranchId>>,
    #[schema(max_items = 100)]
    pub territory_ids: Option<Vec<TerritoryId>>,
    #[schema(max_items = 100)]
    pub skills: Option<Vec<Skill>>,
    #[schema(minimum = 0, maximum = 10000)]
    pub capacity_points: Option<i32>,
    /// An inactive agent is given nothing.
    pub active: Option<bool>,
}

impl PatchAgent {
    /// # Errors
    /// Every field fault.
    pub(crate) fn apply(self, agent: Agent, touch: Touch) -> Result<Agent, Fault> {
        let time_zone = self.time_zone.as_deref().map_or(Ok(agent.time_zone), zone);
        let skills = self.skills.unwrap_or(agent.skills);
        let email = self.email.map_or(Ok(agent.email), |given| mail_address(given.as_deref()));
        Fault::all([email.clone().err(), time_zone.clone().err(), distinct(&skills).err()].into_iter().flatten())?;
        Ok(Agent {
            name: self.name.unwrap_or(agent.name),
            email: email?,
            phone: self.phone.unwrap_or(agent.phone),
            told_as: self.told_as.unwrap_or(agent.told_as),
            time_zone: time_zone?,
            calendar_id: self.calendar_id.unwrap_or(agent.calendar_id),
            branch_ids: self.branch_ids.unwrap_or(agent.branch_ids),
            territory_ids: self.territory_ids.unwrap_or(agent.territory_ids),
            skills,
            capacity_points: self.capacity_points.unwrap_or(agent.capacity_points),
            active: self.active.unwrap_or(agent.active),
            stamp: agent.stamp.touched(touch),
            ..agent
        })
    }
}

/// An agent.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AgentView {
    pub id: UserId,
    pub version: i64,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub user_id: UserId,
    #[schema(max_length = 120)]
    pub name: String,
    #[schema(max_length = 320)]
    pub email: Option<String>,
    #[schema(max_length = 16)]
    pub phone: Option<String>,
    #[schema(max_items = 10)]
    pub told_as: Vec<DeskRole>,
    #[schema(max_length = 60)]
    pub time_zone: String,
    pub calendar_id: Option<CalendarId>,
    /// The groups that the agent belongs to.
    #[schema(max_items = 1000)]
    pub group_ids: Vec<GroupId>,
    #[schema(max_items = 100)]
    pub branch_ids: Vec<BranchId>,
    #[schema(max_items = 100)]
    pub territory_ids: Vec<TerritoryId>,
    #[schema(max_items = 100)]
    pub skills: Vec<Skill>,
    pub capacity_points: i32,
    pub availability: AvailabilityTerms,
    pub active: bool,
}

impl AgentView {
    pub(crate) fn of(agent: &Agent, group_ids: Vec<GroupId>) -> Self {
        Self {
            id: agent.id,
            version: agent.stamp.version,
            created_at: agent.stamp.created_at,
            updated_at: agent.stamp.updated_at,
            user_id: agent.id,
            name: agent.name.clone(),
            email: agent.email.clone(),
            phone: agent.phone.clone(),
            told_as: agent.told_as.clone(),
            time_zone: agent.time_zone.name().to_owned(),
            calendar_id: agent.calendar_id,
            group_ids,
            branch_ids: agent.branch_ids.clone(),
            territory_ids: agent.territory_ids.clone(),
            skills: agent.skills.clone(),
            capacity_points: agent.capacity_points,
            availability: (&agent.availability).into(),
            active: agent.active,
        }
    }
}
