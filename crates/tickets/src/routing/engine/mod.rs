//! Who gets a ticket: a pure function of ticket, roster, calendars, loads and instant.
//!
//! [`plan()`] finds where the ticket goes and who there could take it but for their load; [`decide`] picks among them once loads are
//! known. Two steps, because loads are read from the database under a lock, and only of those who could take it. The order in
//! which agents are given never matters.

mod choice;
mod plan;
#[cfg(test)]
mod properties;
#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod scenarios;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use kernel::id::{BranchId, GroupId, RoutingRuleId, TerritoryId, UserId};

use super::decision::model::{Considered, Excluded, Source};
use super::roster::Roster;
use crate::agent::model::{Agent, RequiredSkill};
use crate::group::model::Group;
use crate::rulebook::Rulebook;
use crate::territory::postal::PostalCode;
use crate::ticket::model::Ticket;

pub(crate) use choice::decide;
pub(crate) use plan::plan;

/// Who looks after the customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Owner {
    User(UserId),
    Group(GroupId),
}

/// What other services know about the customer of a ticket, asked before the transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    /// False when nobody was asked: then nothing here says that there is none.
    pub(crate) asked: bool,
    pub(crate) owner: Option<Owner>,
    /// Where the site is.
    pub(crate) place: Option<PostalCode>,
    /// The account's home branch, when the site has none of its own: a territory knows better.
    pub(crate) home_branch: Option<BranchId>,
}

/// Everything that decides.
#[derive(Clone, Copy)]
pub(crate) struct Question<'a> {
    pub(crate) ticket: &'a Ticket,
    pub(crate) facts: &'a Facts,
    pub(crate) roster: &'a Roster,
    pub(crate) rulebook: &'a Rulebook,
    /// Work whatever their calendar says.
    pub(crate) on_call: &'a BTreeSet<UserId>,
    pub(crate) now: DateTime<Utc>,
}

/// How much an agent has to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Load {
    /// Hundredths of a point.
    pub(crate) hundredths: i64,
    pub(crate) last_assigned_at: Option<DateTime<Utc>>,
}

pub(crate) type Loads = BTreeMap<UserId, Load>;

/// Someone who could take the ticket but for the load.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Able<'a> {
    pub(crate) agent: &'a Agent,
    /// For whom the agent stands in.
    pub(crate) cover_for: Option<UserId>,
}

/// Where a ticket may go: the owner alone, or a group.
#[derive(Debug)]
pub(crate) struct Stage<'a> {
    pub(crate) source: Source,
    pub(crate) rule: Option<RoutingRuleId>,
    pub(crate) territory: Option<TerritoryId>,
    pub(crate) branch: Option<BranchId>,
    pub(crate) group: Option<&'a Group>,
    pub(crate) required: Vec<RequiredSkill>,
    pub(crate) able: Vec<Able<'a>>,
    pub(crate) excluded: Vec<Excluded>,
}

/// Where a ticket goes, the first place first; only an owner is followed by another.
#[derive(Debug, Default)]
pub(crate) struct Plan<'a> {
    pub(crate) stages: Vec<Stage<'a>>,
    pub(crate) considered: Vec<Considered>,
}

impl Plan<'_> {
    /// Everybody whose load matters, in the order of their ids.
    pub(crate) fn agents(&self) -> Vec<UserId> {
        let ids: BTreeSet<UserId> = self.stages.iter().flat_map(|stage| stage.able.iter().map(|able| able.agent.id)).collect();
        ids.into_iter().collect()
    }
}
