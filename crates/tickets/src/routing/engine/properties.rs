//! What holds for every ticket, every roster and every load.

use std::collections::BTreeSet;

use chrono::TimeDelta;
use kernel::id::UserId;
use proptest::prelude::*;

use super::samples::{agent, decided, group, id, now, roster, ticket_of};
use super::{Facts, Load, Loads};
use crate::agent::model::{Absence, Agent, Availability, RequiredSkill, Skill};
use crate::routing::decision::model::Decision;
use crate::routing::roster::Roster;

/// An agent of any kind, with any load.
fn anybody(number: u128) -> impl Strategy<Value = (Agent, Load)> {
    let cover = proptest::option::of(1u128..9);
    (0i32..4, 0i64..5, proptest::option::of(0i64..3), 0u8..4, any::<bool>(), proptest::option::of(cover), 0i64..3).prop_map(
        move |(capacity, points, last, level, active, away, since)| {
            let skills = (level > 0).then(|| Skill { name: "drums".to_owned(), level, expires_on: None });
            let out = |cover: Option<u128>| {
                let from = now() - TimeDelta::hours(since - 1);
                Availability::Out(Absence { from, to: None, cover: cover.filter(|cover| *cover != number).map(id) })
            };
            let agent = Agent {
                capacity_points: capacity,
                skills: skills.into_iter().collect(),
                active,
                availability: away.map_or(Availability::Available, out),
                ..agent(number)
            };
            let last_assigned_at = last.map(|hours| now() - TimeDelta::hours(hours));
            (agent, Load { hundredths: points * 50, last_assigned_at })
        },
    )
}

fn everybody() -> impl Strategy<Value = Vec<(Agent, Load)>> {
    (1u128..9).map(anybody).collect::<Vec<_>>()
}

fn decision(people: &[(Agent, Load)], members: &BTreeSet<u128>, level: u8) -> (Decision, Roster) {
    let members: Vec<u128> = members.iter().copied().collect();
    let group = group(100, &members);
    let mut ticket = ticket_of(group.id);
    ticket.required_skills = vec![RequiredSkill { name: "drums".to_owned(), level }];
    let loads: Loads = people.iter().map(|(agent, load)| (agent.id, *load)).collect();
    let roster = roster(people.iter().map(|(agent, _)| agent.clone()), [group]);
    (decided(&ticket, &Facts::default(), &roster, &loads), roster)
}

proptest! {
    #[test]
    fn the_order_of_the_agents_never_matters(people in everybody(), members in proptest::collection::btree_set(1u128..10, 0..9), turn in 0usize..8) {
        let (first, _) = decision(&people, &members, 2);
        let mut turned = people.clone();
        turned.rotate_left(turn);
        turned.swap(0, 7);
        prop_assert_eq!(first, decision(&turned, &members, 2).0);
    }

    #[test]
    fn nobody_who_is_excluded_is_ever_given_a_ticket(people in everybody(), members in proptest::collection::btree_set(1u128..10, 0..9), level in 1u8..4) {
        let (decision, roster) = decision(&people, &members, level);
        let excluded: BTreeSet<UserId> = decision.excluded.iter().map(|one| one.agent_id).collect();
        prop_assert!(decision.excluded.iter().all(|one| !one.reasons.is_empty()));
        let named: BTreeSet<UserId> = decision.candidates.iter().map(|one| one.agent_id).chain(excluded.iter().copied()).collect();
        prop_assert!(members.iter().all(|member| named.contains(&id(*member))), "everybody of the group is named");
        prop_assert_eq!(decision.assignee_id, decision.candidates.first().map(|first| first.agent_id));
        for candidate in &decision.candidates {
            prop_assert!(!excluded.contains(&candidate.agent_id));
            let agent = &roster.agents[&candidate.agent_id];
            let load = people.iter().find(|(one, _)| one.id == agent.id).unwrap().1;
            prop_assert!(agent.active && agent.absence_at(now()).is_none());
            prop_assert!(load.hundredths < i64::from(agent.capacity_points) * 100);
            prop_assert!(agent.skills.iter().any(|skill| skill.name == "drums" && skill.level >= level));
            let in_group = members.iter().any(|member| id(*member) == agent.id);
            prop_assert_eq!(in_group, candidate.cover_for_id.is_none());
        }
    }

    #[test]
    fn ties_are_broken_by_load_then_by_the_last_assignment_then_by_id(people in everybody(), members in proptest::collection::btree_set(1u128..9, 0..9)) {
        let (decision, _) = decision(&people, &members, 1);
        let key = |one: &crate::routing::decision::model::Candidate| {
            let load = people.iter().find(|(agent, _)| agent.id == one.agent_id).unwrap().1;
            // Capacities are 1, 2 or 3: over six, every share is whole.
            (load.hundredths * 6 / i64::from(one.capacity_points), one.last_assigned_at, one.agent_id)
        };
        for pair in decision.candidates.windows(2) {
            prop_assert!(key(&pair[0]) < key(&pair[1]), "{:?}", pair);
        }
    }
}
