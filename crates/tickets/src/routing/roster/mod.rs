//! The roster in force, in memory: agents, groups, territories, rules and on-call schedules, with the generation they were read at.
//!
//! A roster never changes; a command on any of them raises the generation and a new one is read. Such commands come one after
//! the other, because each begins by raising the generation: what one compares, no other changes meanwhile.

mod cache;
pub(crate) mod store;

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use kernel::id::{BranchId, GroupId, UserId};
use platform::caller::Caller;
use platform::db::Tx;
use platform::problem::Problem;
use platform::reply::Reply;

use super::rule::model::RoutingRule;
use crate::Tickets;
use crate::agent::model::Agent;
use crate::group::model::Group;
use crate::oncall_schedule::expansion::Timetable;
use crate::territory::model::Territory;

pub(crate) use cache::Rosters;

/// Who works at the desk, of one generation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Roster {
    pub(crate) generation: i64,
    pub(crate) agents: BTreeMap<UserId, Agent>,
    pub(crate) groups: BTreeMap<GroupId, Group>,
    pub(crate) territories: Vec<Territory>,
    /// In the order in which they are tried.
    pub(crate) rules: Vec<RoutingRule>,
    /// The on-call schedules in use.
    pub(crate) timetables: Vec<Timetable>,
}

impl Roster {
    /// True while there is nobody to route to.
    pub(crate) fn is_idle(&self) -> bool {
        self.groups.is_empty() && self.agents.is_empty()
    }

    /// Everybody on call at an instant, on whatever schedule and level.
    pub(crate) fn on_call(&self, at: DateTime<Utc>) -> BTreeSet<UserId> {
        self.timetables.iter().flat_map(|timetable| timetable.chain(at)).map(|(_, duty)| duty.user).collect()
    }

    /// The schedule that takes a branch's emergencies: its own, else the default.
    pub(crate) fn timetable_of(&self, branch: Option<BranchId>) -> Option<&Timetable> {
        let own = branch.and_then(|branch| self.timetables.iter().find(|one| one.schedule.branch_id == Some(branch)));
        own.or_else(|| self.timetables.iter().find(|one| one.schedule.is_default))
    }

    /// Who takes an agent's work while it is away: its cover, or the cover's when that is away too. None when nobody does.
    pub(crate) fn stand_in(&self, agent: &Agent, at: DateTime<Utc>) -> Option<&Agent> {
        let mut away = agent;
        for _ in 0..self.agents.len() {
            let absence = away.absence_at(at)?;
            let cover = self.agents.get(&absence.cover?)?;
            if cover.id == agent.id {
                return None;
            }
            if cover.active && cover.absence_at(at).is_none() {
                return Some(cover);
            }
            away = cover;
        }
        None
    }
}

/// A command that changes the roster: it is read anew by all from the commit on.
///
/// # Errors
/// Those of `work`.
pub(crate) async fn command<P>(
    app: &Tickets,
    caller: &Caller<P>,
    name: &'static str,
    work: impl AsyncFn(&Tx) -> Result<Reply, Problem>,
) -> Result<Reply, Problem> {
    let raising = async |tx: &Tx| {
        store::raise(tx).await?;
        work(tx).await
    };
    let reply = app.db.command(caller, name, raising).await?;
    app.rules.rosters.look_again();
    Ok(reply)
}
