//! Tickets and people to decide about.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;
use kernel::id::{BranchId, GroupId, UserId};
use platform::stamp::{Stamp, Touch};
use uuid::Uuid;

use super::{Facts, Load, Loads, Question, decide, plan};
use crate::agent::model::{Agent, Availability};
use crate::group::model::Group;
use crate::routing::decision::model::Decision;
use crate::routing::roster::Roster;
use crate::rulebook::Rulebook;
use crate::ticket::model::{NewTicket, Requester, Ticket};
use crate::vocabulary::{Channel, RequesterKind};

/// Monday, 09:00 in Chicago.
pub(crate) fn now() -> DateTime<Utc> {
    "2026-03-02T15:00:00Z".parse().unwrap()
}

fn touch() -> Touch {
    Touch { by: Uuid::nil(), at: now() }
}

/// A customer's ticket by the API.
pub(crate) fn ticket() -> Ticket {
    let requester = Requester { kind: RequesterKind::Customer, contact_id: None, name: None, email: None, phone: None };
    Ticket::open(NewTicket::inbound("Missed pickup".to_owned(), requester, Channel::Api, now()), touch())
}

/// A ticket for a group.
pub(crate) fn ticket_of(group: GroupId) -> Ticket {
    Ticket { group_id: Some(group.into()), ..ticket() }
}

pub(crate) fn id(number: u128) -> UserId {
    Uuid::from_u128(number).into()
}

/// An agent of ten points who is there.
pub(crate) fn agent(number: u128) -> Agent {
    Agent {
        id: id(number),
        stamp: Stamp::new(touch()),
        name: format!("Agent {number}"),
        time_zone: Tz::America__Chicago,
        calendar_id: None,
        branch_ids: Vec::new(),
        territory_ids: Vec::new(),
        skills: Vec::new(),
        email: None,
        phone: None,
        told_as: Vec::new(),
        capacity_points: 10,
        availability: Availability::Available,
        active: true,
    }
}

pub(crate) fn group(number: u128, members: &[u128]) -> Group {
    Group {
        id: GroupId::from(Uuid::from_u128(number)),
        stamp: Stamp::new(touch()),
        name: format!("Group {number}"),
        lead_id: None,
        branch_id: None,
        takes_branch_work: false,
        calendar_id: None,
        members: members.iter().map(|member| id(*member)).collect(),
        active: true,
    }
}

/// The group that takes a branch's work.
pub(crate) fn branch_group(number: u128, branch: BranchId, members: &[u128]) -> Group {
    Group { branch_id: Some(branch), takes_branch_work: true, ..group(number, members) }
}

pub(crate) fn roster(agents: impl IntoIterator<Item = Agent>, groups: impl IntoIterator<Item = Group>) -> Roster {
    Roster {
        agents: agents.into_iter().map(|agent| (agent.id, agent)).collect(),
        groups: groups.into_iter().map(|group| (group.id, group)).collect(),
        ..Roster::default()
    }
}

/// Loads in points.
pub(crate) fn loads(points: &[(u128, i64)]) -> Loads {
    points.iter().map(|(agent, points)| (id(*agent), Load { hundredths: points * 100, last_assigned_at: None })).collect()
}

/// The whole decision on what was asked of others.
pub(crate) fn decided(ticket: &Ticket, facts: &Facts, roster: &Roster, loads: &Loads) -> Decision {
    let (rulebook, on_call) = (Rulebook::default(), Default::default());
    decide(plan(&Question { ticket, facts, roster, rulebook: &rulebook, on_call: &on_call, now: now() }), loads)
}
