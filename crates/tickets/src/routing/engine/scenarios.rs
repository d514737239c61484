//! Where tickets go, source by source, and why people are passed over.

use kernel::id::{BranchId, GroupId, RoutingRuleId, TerritoryId};
use kernel::{Period, calendar};
use platform::stamp::{Stamp, Touch};
use uuid::Uuid;

use super::samples::{agent, branch_group, decided, group, id, loads, now, roster, ticket_of};
use super::{Facts, Loads, Owner, Question, decide, plan};
use crate::agent::model::{Absence, Agent, Availability, RequiredSkill, Skill};
use crate::routing::decision::model::{Decision, Exclusion, Finding, Source};
use crate::routing::roster::Roster;
use crate::routing::rule::model::{RoutingRule, RuleConditions};
use crate::rulebook::{CalendarEntry, Rulebook};
use crate::territory::model::Territory;
use crate::territory::postal::{PostalCode, PostalRange};
use crate::ticket::model::Ticket;

fn group_id(number: u128) -> GroupId {
    Uuid::from_u128(number).into()
}

fn asked() -> Facts {
    Facts { asked: true, ..Facts::default() }
}

fn stamp() -> Stamp {
    Stamp::new(Touch { by: Uuid::nil(), at: now() })
}

fn rule(number: u128, group: u128) -> RoutingRule {
    RoutingRule {
        id: RoutingRuleId::from(Uuid::from_u128(number)),
        stamp: stamp(),
        name: "Rule".to_owned(),
        conditions: RuleConditions::default(),
        group_id: group_id(group),
        required_skills: vec![RequiredSkill { name: "drums".to_owned(), level: 2 }],
        active: true,
    }
}

fn territory(branch: BranchId) -> Territory {
    Territory {
        id: TerritoryId::generate(),
        stamp: stamp(),
        name: "South".to_owned(),
        branch_id: branch,
        postal_ranges: vec![PostalRange { country: "US".to_owned(), from: "604".to_owned(), to: "604".to_owned() }],
        account_ids: Vec::new(),
        period: Period::from("2026-01-01".parse().unwrap()),
    }
}

fn reasons(decision: &Decision, number: u128) -> Vec<Exclusion> {
    let of_agent = decision.excluded.iter().filter(|excluded| excluded.agent_id == id(number));
    of_agent.flat_map(|excluded| excluded.reasons.iter().map(|reason| reason.code)).collect()
}

/// A desk on which each source names a group of its own.
fn desk() -> (Roster, Rulebook, Ticket, Facts) {
    let branch = BranchId::generate();
    let skilled = Agent { skills: vec![Skill { name: "drums".to_owned(), level: 2, expires_on: None }], ..agent(3) };
    let people = [agent(1), agent(2), skilled, agent(4), agent(5), agent(6)];
    let other = BranchId::generate();
    let groups = [group(11, &[1]), group(13, &[3]), branch_group(14, other, &[4]), branch_group(15, branch, &[5]), group(16, &[6])];
    let mut roster = roster(people, groups);
    roster.rules = vec![rule(21, 13)];
    roster.territories = vec![territory(other)];
    let mut rulebook = Rulebook::default();
    rulebook.settings.routing.triage_group_id = Some(group_id(16));
    let ticket = Ticket { branch_id: Some(branch), ..ticket_of(group_id(11)) };
    let facts = Facts { owner: Some(Owner::User(id(2))), place: PostalCode::new("US", "60431"), home_branch: Some(branch), ..asked() };
    (roster, rulebook, ticket, facts)
}

#[test]
fn the_first_source_that_names_somebody_decides() {
    let (mut roster, mut rulebook, mut ticket, mut facts) = desk();
    let go = |ticket: &Ticket, facts: &Facts, roster: &Roster, rulebook: &Rulebook| {
        let on_call = Default::default();
        let decision = decide(plan(&Question { ticket, facts, roster, rulebook, on_call: &on_call, now: now() }), &Loads::new());
        (decision.source, decision.assignee_id)
    };
    assert_eq!(go(&ticket, &facts, &roster, &rulebook), (Some(Source::ExplicitGroup), Some(id(1))));
    ticket.group_id = None;
    assert_eq!(go(&ticket, &facts, &roster, &rulebook), (Some(Source::AccountOwner), Some(id(2))));
    facts.owner = Some(Owner::Group(group_id(11)));
    assert_eq!(go(&ticket, &facts, &roster, &rulebook), (Some(Source::AccountOwner), Some(id(1))));
    facts.owner = None;
    assert_eq!(go(&ticket, &facts, &roster, &rulebook), (Some(Source::Rule), Some(id(3))));
    roster.rules[0].active = false;
    assert_eq!(go(&ticket, &facts, &roster, &rulebook), (Some(Source::Territory), Some(id(4))));
    // A branch of the ticket's own counts before a territory of another.
    facts.home_branch = None;
    assert_eq!(go(&ticket, &facts, &roster, &rulebook), (Some(Source::Branch), Some(id(5))));
    ticket.branch_id = None;
    facts.place = None;
    assert_eq!(go(&ticket, &facts, &roster, &rulebook), (Some(Source::Triage), Some(id(6))));
    rulebook.settings.routing.triage_group_id = None;
    assert_eq!(go(&ticket, &facts, &roster, &rulebook), (None, None));
}

#[test]
fn a_territory_gives_its_branch_to_a_ticket_that_has_none_of_its_own() {
    let (mut roster, rulebook, mut ticket, mut facts) = desk();
    (ticket.group_id, facts.owner) = (None, None);
    roster.rules.clear();
    let branch = roster.territories[0].branch_id;
    let on_call = Default::default();
    let question = Question { ticket: &ticket, facts: &facts, roster: &roster, rulebook: &rulebook, on_call: &on_call, now: now() };
    let decision = decide(plan(&question), &Loads::new());
    assert_eq!((decision.branch_id, decision.territory_id), (Some(branch), Some(roster.territories[0].id)));
    ticket.take(&decision, now());
    assert_eq!((ticket.branch_id, ticket.group_id), (Some(branch), Some(Uuid::from_u128(14))));
}

#[test]
fn an_owner_who_cannot_take_it_leaves_it_to_the_rules() {
    let (roster, _, mut ticket, facts) = desk();
    ticket.group_id = None;
    let decision = decided(&ticket, &facts, &roster, &loads(&[(2, 10)]));
    assert_eq!((decision.source, decision.assignee_id), (Some(Source::Rule), Some(id(3))));
    assert_eq!(reasons(&decision, 2), [Exclusion::AtCapacity]);
    assert_eq!(decision.considered[1].finding, Finding::NobodyFree);
    let stranger = Facts { owner: Some(Owner::User(id(99))), ..facts };
    assert_eq!(reasons(&decided(&ticket, &stranger, &roster, &Loads::new()), 99), [Exclusion::NotAnAgent]);
    assert_eq!(decided(&ticket, &Facts::default(), &roster, &Loads::new()).considered[1].finding, Finding::NotAsked);
}

#[test]
fn everyone_who_is_passed_over_is_told_why() {
    let branch = BranchId::generate();
    let skill = |level, expires_on: Option<&str>| Skill {
        name: "drums".to_owned(),
        level,
        expires_on: expires_on.map(|date| date.parse().unwrap()),
    };
    let away = Availability::Out(Absence { from: now(), to: None, cover: None });
    let able = Agent { skills: vec![skill(3, None)], ..agent(1) };
    let people = [
        Agent { capacity_points: 0, ..able.clone() },
        agent(2),
        Agent { skills: vec![skill(3, Some("2026-03-01"))], ..agent(3) },
        Agent { skills: vec![skill(1, None)], active: false, ..agent(4) },
        Agent { availability: away, ..agent(5) },
        Agent { branch_ids: vec![BranchId::generate()], ..Agent { id: id(6), ..able.clone() } },
    ];
    let group = group(11, &[1, 2, 3, 4, 5, 6, 7]);
    let mut ticket = Ticket { branch_id: Some(branch), ..ticket_of(group.id) };
    ticket.required_skills = vec![RequiredSkill { name: "drums".to_owned(), level: 2 }];
    let decision = decided(&ticket, &asked(), &roster(people, [group]), &Loads::new());
    assert_eq!((decision.assignee_id, decision.group_id), (None, Some(group_id(11))));
    for (number, expected) in [
        (1, vec![Exclusion::AtCapacity]),
        (2, vec![Exclusion::MissingSkill]),
        (3, vec![Exclusion::ExpiredSkill]),
        (4, vec![Exclusion::SkillLevel, Exclusion::Inactive]),
        (5, vec![Exclusion::Out]),
        (6, vec![Exclusion::OtherBranch]),
        (7, vec![Exclusion::NotAnAgent]),
    ] {
        assert_eq!(reasons(&decision, number), expected, "agent {number}");
    }
}

#[test]
fn nobody_works_outside_the_calendar_but_who_is_on_call() {
    let (calendar_id, version) = (kernel::id::CalendarId::generate(), kernel::id::CalendarVersionId::generate());
    let mut rulebook = Rulebook::default();
    rulebook.versions.insert(version, calendar::Calendar::new(chrono_tz::UTC));
    let versions = vec![(version, chrono::DateTime::UNIX_EPOCH)];
    rulebook.calendars.push(CalendarEntry { id: calendar_id, branch_id: None, is_default: false, versions });
    let people = [Agent { calendar_id: Some(calendar_id), ..agent(1) }];
    let group = group(11, &[1]);
    let ticket = ticket_of(group.id);
    let roster = roster(people, [group]);
    for (on_call, assignee) in [(vec![], None), (vec![id(1)], Some(id(1)))] {
        let on_call = on_call.into_iter().collect();
        let question = Question { ticket: &ticket, facts: &asked(), roster: &roster, rulebook: &rulebook, on_call: &on_call, now: now() };
        assert_eq!(decide(plan(&question), &Loads::new()).assignee_id, assignee);
    }
}

#[test]
fn the_cover_of_somebody_away_stands_in_and_the_ticket_says_for_whom() {
    let out = |cover| Availability::Out(Absence { from: now(), to: None, cover: Some(id(cover)) });
    let people = [Agent { availability: out(2), ..agent(1) }, Agent { availability: out(3), ..agent(2) }, agent(3)];
    let group = group(11, &[1]);
    let mut ticket = ticket_of(group.id);
    let decision = decided(&ticket, &asked(), &roster(people.clone(), [group.clone()]), &Loads::new());
    assert_eq!((decision.assignee_id, decision.cover_for_id), (Some(id(3)), Some(id(1))));
    assert_eq!(reasons(&decision, 1), [Exclusion::Covered]);
    ticket.take(&decision, now());
    assert!(ticket.override_reason.is_some() && ticket.cover_since == Some(now()));
    // In a circle nobody covers.
    let circle = [people[0].clone(), Agent { availability: out(1), ..agent(2) }];
    let nobody = decided(&ticket, &asked(), &roster(circle, [group]), &Loads::new());
    assert_eq!((nobody.assignee_id, reasons(&nobody, 1)), (None, vec![Exclusion::Out]));
}
