//! Picking one: the lowest load for its capacity, then who was given a ticket longest ago, then the lowest id.

use std::cmp::Ordering;

use super::{Able, Load, Loads, Plan, Stage};
use crate::routing::decision::model::{Candidate, Decision, Excluded, Exclusion, ExclusionReason, Finding};

/// Decides, once loads are known; an agent without a load has nothing to do.
pub(crate) fn decide(plan: Plan<'_>, loads: &Loads) -> Decision {
    let mut decision = Decision { considered: plan.considered, ..Decision::default() };
    for stage in plan.stages {
        let last = weigh(&mut decision, stage, loads);
        if last {
            break;
        }
    }
    decision
}

/// True when the stage decided: somebody of it gets the ticket, or it is a group, after which nothing is tried.
fn weigh(decision: &mut Decision, stage: Stage<'_>, loads: &Loads) -> bool {
    let load = |able: &Able<'_>| loads.get(&able.agent.id).copied().unwrap_or_default();
    let (mut free, full): (Vec<Able<'_>>, Vec<Able<'_>>) = stage.able.iter().partition(|able| has_room(able, load(able)));
    free.sort_by(|one, other| before((one, load(one)), (other, load(other))));
    decision.excluded.extend(stage.excluded);
    decision.excluded.extend(full.iter().map(|able| Excluded {
        agent_id: able.agent.id,
        name: Some(able.agent.name.clone()),
        source: stage.source,
        reasons: vec![ExclusionReason::with(Exclusion::AtCapacity, format!("{} of {}", points(load(able)), able.agent.capacity_points))],
    }));
    if free.is_empty()
        && let Some(considered) = decision.considered.iter_mut().find(|considered| considered.source == stage.source)
    {
        considered.finding = Finding::NobodyFree;
    }
    if free.is_empty() && stage.group.is_none() {
        return false;
    }
    let first = free.first();
    decision.source = Some(stage.source);
    decision.rule_id = stage.rule;
    decision.territory_id = stage.territory;
    decision.branch_id = stage.branch;
    decision.group_id = stage.group.map(|group| group.id);
    decision.required_skills = stage.required;
    decision.assignee_id = first.map(|able| able.agent.id);
    decision.cover_for_id = first.and_then(|able| able.cover_for);
    let outside = stage.group.is_some_and(|group| decision.assignee_id.is_some_and(|assignee| !group.members.contains(&assignee)));
    decision.override_reason = outside.then(|| "Covers for a member of the group who is away.".to_owned());
    decision.candidates = free.iter().map(|able| candidate(able, load(able))).collect();
    true
}

fn has_room(able: &Able<'_>, load: Load) -> bool {
    load.hundredths < i64::from(able.agent.capacity_points) * 100
}

/// Load by capacity is compared as a fraction, without dividing.
fn before((one, load): (&Able<'_>, Load), (other, other_load): (&Able<'_>, Load)) -> Ordering {
    let weight = |load: Load, capacity: i32| i128::from(load.hundredths) * i128::from(capacity);
    weight(load, other.agent.capacity_points)
        .cmp(&weight(other_load, one.agent.capacity_points))
        .then(load.last_assigned_at.cmp(&other_load.last_assigned_at))
        .then(one.agent.id.cmp(&other.agent.id))
}

fn points(load: Load) -> String {
    format!("{}.{:02}", load.hundredths / 100, load.hundredths % 100)
}

fn candidate(able: &Able<'_>, load: Load) -> Candidate {
    Candidate {
        agent_id: able.agent.id,
        name: able.agent.name.clone(),
        cover_for_id: able.cover_for,
        load: points(load),
        capacity_points: able.agent.capacity_points,
        last_assigned_at: load.last_assigned_at,
    }
}
