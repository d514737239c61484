//! Promises about something that hangs on no ticket: kept, broken, told, excused and recalculated as a ticket's are.

use chrono::{DateTime, Utc};
use kernel::id::new_uuid;
use platform::db::Tx;
use platform::problem::Problem;
use serde_json::json;
use testkit::Persona;
use uuid::Uuid;

use super::world::World;
use crate::obligation::Holder;
use crate::obligation::engine::{Obligation, Subject};
use crate::obligation::standing::Standing;
use crate::policy::model::Traits;
use crate::rulebook::Rules;
use crate::vocabulary::{Cause, Channel, ObligationKind, ObligationState, Priority, RequesterKind, SubjectKind, TicketType};

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn notice() -> Subject {
    Subject { kind: SubjectKind::Notice, id: new_uuid() }
}

fn holder(branch: Option<Uuid>) -> Holder {
    let traits = Traits {
        kind: TicketType::PricingNotice,
        requester_kind: RequesterKind::Customer,
        priority: Priority::Normal,
        channel: Channel::Internal,
        account_id: None,
        branch_id: branch.map(Into::into),
        calendar_id: None,
    };
    Holder { ticket: None, traits, site_id: None, group_id: None, assignee_id: None }
}

/// Changes a subject's promises in a transaction of their own, and reads what is stored.
async fn change(world: &World, subject: Subject, branch: Option<Uuid>, work: impl Fn(&mut Standing, &Tx)) -> Vec<Obligation> {
    let rules = Rules::default();
    let written = world.app.db.write("standing", async |tx| {
        let mut standing = Standing::resume(tx, &rules, subject, holder(branch)).await?;
        work(&mut standing, tx);
        standing.write(tx).await?;
        Ok::<_, Problem>(Standing::resume(tx, &rules, subject, holder(branch)).await?.promises.list)
    });
    written.await.unwrap()
}

#[actix_web::test]
async fn a_promise_without_a_ticket_is_kept_or_broken_by_the_clock_and_told() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let (kept, broken) = (notice(), notice());
    for subject in [kept, broken] {
        let begun = change(&world, subject, None, |standing, tx| {
            assert!(standing.promise(ObligationKind::NoticeAck, tx.now()));
            standing.promise_until(ObligationKind::NoticeLeadTime, tx.now(), at("2026-03-05T06:00:00Z"));
        })
        .await;
        let dues: Vec<_> = begun.iter().map(|one| one.due_at).collect();
        assert_eq!(dues, [Some(at("2026-03-09T15:00:00Z")), Some(at("2026-03-05T06:00:00Z"))], "seven days, and the instant that was set");
    }
    let _ = change(&world, kept, None, |standing, tx| standing.keep(ObligationKind::NoticeLeadTime, tx.now(), None)).await;
    world.app.set_time("2026-03-06T15:00:00Z");
    world.app.work().await;
    let states =
        async |subject| change(&world, subject, None, |_, _| ()).await.iter().map(|one| (one.state, one.breached_at)).collect::<Vec<_>>();
    assert_eq!(states(kept).await, [(ObligationState::Running, None), (ObligationState::Met, None)]);
    assert_eq!(states(broken).await, [(ObligationState::Running, None), (ObligationState::MissedOpen, Some(at("2026-03-05T06:00:00Z")))]);
    let breaches = world.app.events().await.iter().filter(|event| *event == "obligation.breached").count();
    assert_eq!(breaches, 1);
    let released = change(&world, broken, None, |standing, tx| standing.release(tx.now(), Cause::Withdrawn)).await;
    assert!(released.iter().all(|one| one.state == ObligationState::Cancelled && one.due_at.is_none()));
    assert!(released.iter().any(|one| one.breached_at.is_some()), "a breach on record stays");
    world.stop().await;
}

#[actix_web::test]
async fn only_staff_of_its_branch_excuse_it_and_move_its_due_instant() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let (chicago, subject) = (new_uuid(), notice());
    let begun = change(&world, subject, Some(chicago), |standing, tx| {
        standing.promise_until(ObligationKind::NoticeLeadTime, tx.now(), at("2026-03-02T16:00:00Z"));
    })
    .await;
    let id = begun[0].id;
    world.app.set_time("2026-03-02T17:00:00Z");
    world.app.work().await;
    let (excuse, moved) = (format!("/v1/obligations/{id}/excuse"), format!("/v1/obligations/{id}/override"));
    let reason = json!({"reason": "The carrier lost it."});
    let elsewhere = world.app.client(&Persona::of_branches(&[new_uuid()]));
    elsewhere.act(&excuse, "\"v2\"", reason.clone()).await.expect_problem(404, "not_found");
    let excused = world.ada.act(&excuse, "\"v2\"", reason).await.expect(200);
    assert_eq!((excused.text("/subject/type"), excused.text("/subject/id")), ("notice".to_owned(), subject.id.to_string()));
    assert_eq!(excused.text("/breached_at"), "2026-03-02T16:00:00Z");
    let later = json!({"due_at": "2026-03-03T16:00:00Z", "reason": "Agreed by phone."});
    let moved = world.ada.act(&moved, &excused.etag(), later).await.expect(200);
    assert_eq!((moved.text("/state"), moved.text("/due_at")), ("running".to_owned(), "2026-03-03T16:00:00Z".to_owned()));
    world.stop().await;
}

#[actix_web::test]
async fn a_change_of_the_rules_reaches_it_and_leaves_instants_of_others_alone() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let subject = notice();
    let _ = change(&world, subject, None, |standing, tx| {
        standing.promise(ObligationKind::NoticeAck, tx.now());
        standing.promise_until(ObligationKind::NoticeLeadTime, tx.now(), at("2026-03-05T06:00:00Z"));
    })
    .await;
    let target = json!([{"metric": "notice_ack", "clock": "elapsed", "target_s": 3_600}]);
    world.policy(target).await;
    world.app.work().await;
    let now = change(&world, subject, None, |_, _| ()).await;
    let dues: Vec<_> = now.iter().map(|one| one.due_at).collect();
    assert_eq!(dues, [Some(at("2026-03-02T16:00:00Z")), Some(at("2026-03-05T06:00:00Z"))]);
    world.stop().await;
}
