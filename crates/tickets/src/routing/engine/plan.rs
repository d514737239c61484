//! Where a ticket goes: explicit group, account owner, ordered rules, territory, branch, triage; and who could take it there.

use std::collections::BTreeSet;

use kernel::id::{BranchId, GroupId, RoutingRuleId, TerritoryId, UserId};

use super::{Able, Owner, Plan, Question, Stage};
use crate::agent::model::{Agent, Lack, RequiredSkill};
use crate::group::model::Group;
use crate::routing::decision::model::{Considered, Excluded, Exclusion, ExclusionReason, Finding, Source};
use crate::territory::model::Territory;

/// Where the first source that names a group sends the ticket.
#[derive(Clone, Copy, Default)]
struct Found {
    group: Option<GroupId>,
    rule: Option<RoutingRuleId>,
    territory: Option<TerritoryId>,
    branch: Option<BranchId>,
}

impl From<GroupId> for Found {
    fn from(group: GroupId) -> Self {
        Self { group: Some(group), ..Self::default() }
    }
}

/// Finds where a ticket goes and who there could take it but for the load.
pub(crate) fn plan<'a>(question: &Question<'a>) -> Plan<'a> {
    let mut plan = Plan::default();
    for source in Source::ALL {
        let finding = match (source, question.facts.owner) {
            (Source::AccountOwner, _) if !question.facts.asked => Finding::NotAsked,
            (Source::AccountOwner, Some(Owner::User(owner))) => {
                plan.stages.push(owners_stage(question, owner));
                Finding::Names
            }
            _ => match find(question, *source) {
                None => Finding::NamesNobody,
                Some(found) => match known(question, found) {
                    None => Finding::Unknown,
                    Some(group) => {
                        plan.stages.push(groups_stage(question, *source, found, group));
                        Finding::Names
                    }
                },
            },
        };
        plan.considered.push(Considered { source: *source, finding });
        let final_stage = plan.stages.last().is_some_and(|stage| stage.group.is_some());
        if final_stage || (*source == Source::ExplicitGroup && finding == Finding::Unknown) {
            break;
        }
    }
    plan
}

fn known<'a>(question: &Question<'a>, found: Found) -> Option<&'a Group> {
    found.group.and_then(|id| question.roster.groups.get(&id)).filter(|group| group.active)
}

fn find(question: &Question<'_>, source: Source) -> Option<Found> {
    let ticket = question.ticket;
    match source {
        Source::ExplicitGroup => ticket.group_id.map(|group| Found::from(GroupId::from(group))),
        Source::AccountOwner => match question.facts.owner? {
            Owner::Group(group) => Some(group.into()),
            Owner::User(_) => None,
        },
        Source::Rule => {
            let rule = question.roster.rules.iter().find(|rule| rule.active && rule.conditions.cover(ticket))?;
            Some(Found { rule: Some(rule.id), ..rule.group_id.into() })
        }
        Source::Territory => {
            let territory = territory(question)?;
            let branch = question.replaces_branch().then_some(territory.branch_id);
            Some(Found { group: branch_group(question, territory.branch_id), territory: Some(territory.id), branch, ..Found::default() })
        }
        Source::Branch => branch_group(question, ticket.branch_id?).map(Found::from),
        Source::Triage => question.rulebook.settings.routing.triage_group_id.map(Found::from),
    }
}

impl Question<'_> {
    /// True for a ticket whose branch is not its own: it has none, or only its account's home branch.
    fn replaces_branch(&self) -> bool {
        self.ticket.branch_id.is_none_or(|branch| self.facts.home_branch == Some(branch))
    }
}

/// The territory that names the account, else the one that holds the site; of the ticket's own branch, if it has one, because the
/// staff of another could not see the ticket.
fn territory<'a>(question: &Question<'a>) -> Option<&'a Territory> {
    let ticket = question.ticket;
    let in_reach = |territory: &&Territory| question.replaces_branch() || ticket.branch_id == Some(territory.branch_id);
    let today = |territory: &Territory| question.rulebook.date_in(territory.branch_id, question.now);
    let mut all = question.roster.territories.iter().filter(in_reach);
    let names = |territory: &&Territory| ticket.account_id.is_some_and(|account| territory.names(account, today(territory)));
    let holds = |territory: &&Territory| question.facts.place.as_ref().is_some_and(|place| territory.holds(place, today(territory)));
    all.clone().find(names).or_else(|| all.find(holds))
}

fn branch_group(question: &Question<'_>, branch: BranchId) -> Option<GroupId> {
    let takes = |group: &&Group| group.takes_branch_work && group.active && group.branch_id == Some(branch);
    question.roster.groups.values().find(takes).map(|group| group.id)
}

fn owners_stage<'a>(question: &Question<'a>, owner: UserId) -> Stage<'a> {
    let mut stage = Stage {
        source: Source::AccountOwner,
        rule: None,
        territory: None,
        branch: None,
        group: None,
        required: question.ticket.required_skills.clone(),
        able: Vec::new(),
        excluded: Vec::new(),
    };
    fill(question, &mut stage, &BTreeSet::from([owner]));
    stage
}

fn groups_stage<'a>(question: &Question<'a>, source: Source, found: Found, group: &'a Group) -> Stage<'a> {
    let rule = question.roster.rules.iter().find(|rule| Some(rule.id) == found.rule);
    let mut required = question.ticket.required_skills.clone();
    for skill in rule.map(|rule| rule.required_skills.as_slice()).unwrap_or_default() {
        match required.iter_mut().find(|known| known.name == skill.name) {
            Some(known) => known.level = known.level.max(skill.level),
            None => required.push(skill.clone()),
        }
    }
    let (territory, branch) = (found.territory, found.branch);
    let mut stage =
        Stage { source, rule: found.rule, territory, branch, group: Some(group), required, able: Vec::new(), excluded: Vec::new() };
    fill(question, &mut stage, &group.members);
    stage
}

/// Sorts members into those who could take the ticket and those who could not. Somebody away is replaced by whoever covers.
fn fill<'a>(question: &Question<'a>, stage: &mut Stage<'a>, members: &BTreeSet<UserId>) {
    for member in members {
        let Some(agent) = question.roster.agents.get(member) else {
            stage.exclude(*member, None, vec![ExclusionReason::of(Exclusion::NotAnAgent)]);
            continue;
        };
        if agent.absence_at(question.now).is_none() {
            stage.consider(question, Able { agent, cover_for: None });
            continue;
        }
        let cover = question.roster.stand_in(agent, question.now);
        let code = if cover.is_some() { Exclusion::Covered } else { Exclusion::Out };
        stage.exclude(*member, Some(agent), vec![ExclusionReason::of(code)]);
        // A cover who is a member is considered as one; a cover of two stands in for the first.
        let taken = |cover: &Agent| {
            members.contains(&cover.id)
                || stage.able.iter().any(|able| able.agent.id == cover.id)
                || stage.excluded.iter().any(|excluded| excluded.agent_id == cover.id)
        };
        if let Some(cover) = cover.filter(|cover| !taken(cover)) {
            stage.consider(question, Able { agent: cover, cover_for: Some(agent.id) });
        }
    }
}

impl<'a> Stage<'a> {
    fn consider(&mut self, question: &Question<'a>, able: Able<'a>) {
        let reasons = reasons(question, self, able.agent);
        if reasons.is_empty() {
            self.able.push(able);
        } else {
            self.exclude(able.agent.id, Some(able.agent), reasons);
        }
    }

    fn exclude(&mut self, agent_id: UserId, agent: Option<&Agent>, reasons: Vec<ExclusionReason>) {
        self.excluded.push(Excluded { agent_id, name: agent.map(|agent| agent.name.clone()), source: self.source, reasons });
    }
}

/// Every reason but the load why an agent who is there cannot take the ticket.
fn reasons(question: &Question<'_>, stage: &Stage<'_>, agent: &Agent) -> Vec<ExclusionReason> {
    let mut reasons: Vec<ExclusionReason> = stage.required.iter().filter_map(|required| lacking(question, agent, required)).collect();
    let branch = stage.branch.or(question.ticket.branch_id);
    let territory = stage.territory.or(question.ticket.territory_id);
    let outside = |list_is_empty: bool, inside: bool| !list_is_empty && !inside;
    if !agent.active {
        reasons.push(ExclusionReason::of(Exclusion::Inactive));
    }
    if branch.is_some_and(|branch| outside(agent.branch_ids.is_empty(), agent.branch_ids.contains(&branch))) {
        reasons.push(ExclusionReason::of(Exclusion::OtherBranch));
    }
    if territory.is_some_and(|territory| outside(agent.territory_ids.is_empty(), agent.territory_ids.contains(&territory))) {
        reasons.push(ExclusionReason::of(Exclusion::OtherTerritory));
    }
    let calendar = agent.calendar_id.or_else(|| stage.group.and_then(|group| group.calendar_id));
    let open = calendar.is_none_or(|calendar| question.rulebook.is_open(calendar, question.now));
    if !open && !question.on_call.contains(&agent.id) {
        reasons.push(ExclusionReason::of(Exclusion::OutsideCalendar));
    }
    reasons
}

fn lacking(question: &Question<'_>, agent: &Agent, required: &RequiredSkill) -> Option<ExclusionReason> {
    let code = match agent.lacks(required, question.now)? {
        Lack::Missing => Exclusion::MissingSkill,
        Lack::Expired => Exclusion::ExpiredSkill,
        Lack::Level => Exclusion::SkillLevel,
    };
    Some(ExclusionReason::with(code, format!("{} {}", required.name, required.level)))
}
