//! Every list, look-up and claim of a worker walks an index, whatever the number of tickets.

use kernel::id::new_uuid;
use platform::db::Db;
use platform::page::{CursorKey, Listing};
use platform::scope::RowScope;
use sea_orm::{ColumnTrait, DbBackend, QueryFilter, Statement};
use serde_json::json;
use testkit::plan::{assert_walks, fill, page};

use super::field_plans::only;
use super::world::World;
use crate::emergency::http::EmergencyList;
use crate::intake::outgoing::{entity as outgoing, http::OutgoingList, store as mails};
use crate::intake::record::{entity as record, http::RecordList, store as records};
use crate::message::http::MessageList;
use crate::notice::http::queries::NoticeList;
use crate::obligation::listed::{ObligationList, by_the_clock};
use crate::page::http::PageList;
use crate::routing::decision;
use crate::scheduling::http::SchedulingRequestList;
use crate::ticket::http::promised;
use crate::ticket::http::queries::TicketList;
use crate::{emergency, message, notice, obligation, scheduling, ticket, timer};

/// What the list of tickets is asked for, and what answers it. An assignee's tickets, open or not, are found by `ticket_assignee` and
/// sorted: they are some thousands, and one more index would be written with each assignment.
const LISTS: [(&str, &str); 18] = [
    ("filter[assignee_id]=ID&filter[open]=true", "ticket_assignee"),
    ("filter[group_id]=ID&filter[open]=true", "ticket_group"),
    ("filter[account_id]=ID", "ticket_account"),
    ("filter[site_id]=ID", "ticket_site"),
    ("filter[branch_id]=ID&filter[open]=true", "ticket_branch"),
    ("filter[status]=scheduled", "ticket_status"),
    ("filter[open]=true", "ticket_open"),
    ("filter[requester_email]=cleo@example.com", "ticket_requester_email"),
    ("filter[requester_contact_id]=ID", "ticket_requester_contact"),
    ("filter[number]=1042", "ticket_by_number"),
    ("sort=due_at", "ticket_due"),
    ("sort=-due_at", "ticket_due"),
    ("sort=touch_due_at&filter[touch_due_at][lt]=2026-01-02T00:00:00Z", "ticket_touch_due"),
    ("sort=-touch_due_at", "ticket_touch_due"),
    ("sort=-updated_at", "ticket_updated"),
    ("filter[group_id]=ID", "ticket_group_all"),
    ("filter[branch_id]=ID", "ticket_branch_all"),
    ("sort=-created_at", "ticket_created"),
];

/// What else is asked, in the words of the store or worker that asks, and what answers it.
const QUESTIONS: [(&str, &str); 22] = [
    (
        "SELECT assignee_id, priority, status, count(*) FROM ticket WHERE open AND assignee_id IN (ID, ID) AND id <> ID \
      GROUP BY assignee_id, priority, status",
        "ticket_load",
    ),
    ("SELECT id FROM ticket WHERE cover_for_id = ID LIMIT 100", "ticket_cover"),
    ("SELECT * FROM assignment_decision WHERE ticket_id = ID ORDER BY id DESC LIMIT 50", "assignment_decision_ticket"),
    ("SELECT id FROM notice WHERE lapses_at <= NOW ORDER BY lapses_at LIMIT 100", "notice_lapse"),
    ("SELECT * FROM scheduling_request WHERE ticket_id = ID ORDER BY id", "scheduling_request_ticket"),
    ("SELECT id FROM scheduling_request WHERE expires_at <= NOW ORDER BY expires_at LIMIT 100", "scheduling_request_lapse"),
    ("SELECT id FROM emergency WHERE next_page_at <= NOW ORDER BY next_page_at LIMIT 50", "emergency_page"),
    ("SELECT * FROM page WHERE token_hash = 'abc'", "page_token"),
    ("SELECT * FROM page WHERE emergency_id = ID AND state = 'sent' ORDER BY id", "page_emergency"),
    ("SELECT id FROM ticket WHERE emergency_id IS NOT NULL AND emergency_id > ID LIMIT 50", "ticket_emergency"),
    ("SELECT * FROM obligation WHERE ticket_id = ID", "obligation_cycle"),
    ("SELECT * FROM ticket WHERE source_system = 'crm' AND source_id = '7'", "ticket_source"),
    ("SELECT * FROM message WHERE dedupe_key = 'phone:acme:1'", "message_dedupe_key"),
    ("SELECT ticket_id FROM message WHERE mail_message_id IN ('a@b', 'c@d')", "message_mail_id"),
    ("SELECT * FROM timer WHERE fired_at IS NULL AND fire_at <= NOW ORDER BY fire_at LIMIT 200", "timer_due"),
    ("SELECT id FROM ticket WHERE status = 'scheduled' AND wake_at <= NOW LIMIT 100", "ticket_wake"),
    ("SELECT id FROM ticket WHERE status = 'resolved' AND resolved_at <= NOW LIMIT 100", "ticket_resolved"),
    (
        "SELECT DISTINCT ticket_id FROM obligation WHERE state IN ('running', 'paused', 'missed_open') AND ticket_id > ID \
         ORDER BY ticket_id LIMIT 100",
        "obligation_active",
    ),
    ("SELECT count(*) FROM intake_record WHERE sender = 'a@b' AND mailbox_id = ID AND received_at > NOW", "intake_record_sender"),
    ("SELECT * FROM intake_record WHERE channel = 'email' AND dedupe_key = 'id:a@b'", "intake_record_dedupe_key"),
    ("SELECT * FROM outgoing_mail WHERE mail_id = 'a@b'", "outgoing_mail_mail_id"),
    ("SELECT count(*) FROM outgoing_mail WHERE address = 'a@b' AND kind = 'acknowledgement' AND created_at > NOW", "outgoing_mail_address"),
];

/// What the list of promises is asked for, and what answers it.
const PROMISES: [(&str, &str); 9] = [
    ("filter[state]=missed_open", "obligation_owed"),
    ("filter[state]=missed_open&sort=due_at", "obligation_owed_due"),
    ("sort=due_at", "obligation_due"),
    ("sort=-due_at", "obligation_due"),
    ("sort=start_at&filter[start_at][gte]=2026-01-02T00:00:00Z&filter[kind]=daily_touch", "obligation_started"),
    ("filter[assignee_id]=ID", "obligation_assignee"),
    ("filter[group_id]=ID", "obligation_group"),
    ("filter[account_id]=ID", "obligation_account"),
    ("filter[branch_id]=ID", "obligation_branch"),
];

/// What the list of tickets is asked for of promises.
const PROMISED: [(&str, &str); 3] = [
    ("filter[obligation.state]=missed_open", "obligation_missed"),
    ("filter[obligation.state][in]=running,missed_open&filter[obligation.kind]=first_response", "obligation_owed"),
    ("filter[obligation.kind]=first_response&filter[obligation.outcome]=met", "obligation_cycle"),
];

/// 100,000 tickets with a message, a promise and a timer each, and as many mails in and out.
async fn filled(world: &World) {
    let _ = world.ada.post("/v1/mailboxes", json!({"address": "help@us.test", "name": "Desk"})).await.expect(201);
    let raw = "From: jane@acme.test\r\nTo: help@us.test\r\nMessage-ID: <m1@acme.test>\r\nSubject: Lift\r\n\r\nIt is stuck.\r\n";
    let mail = world.ada.request(reqwest::Method::POST, "/v1/intake/email?recipient=help@us.test");
    let _ = world.ada.send(mail.header("content-type", "message/rfc822").body(raw)).await.expect(201);
    let ticket = world.ticket(json!({})).await.id();
    let stop = json!({"ticket_id": ticket, "kind": "cancel_stop", "reason": "Closed.", "service_stop_ref": {"type": "stop", "id": "1"}});
    let _ = world.ada.post("/v1/scheduling-requests", stop).await.expect(201);
    let _ = world.act(ticket, "assign", json!({"assignee_id": new_uuid()})).await.expect(200);
    let notice =
        json!({"payload": {"kind": "general", "subject": "s", "text": "t"}, "recipients": [{"channel": "letter", "address": "Dock"}]});
    let _ = world.ada.post("/v1/notices", notice).await.expect(201);
    emergency(world, ticket).await;
    let db = &world.app.db;
    fill::<decision::entity::Entity>(db, &[]).await;
    let whose =
        [("group_id", "{uuid}"), ("account_id", "{uuid}"), ("site_id", "{uuid}"), ("branch_id", "{uuid}"), ("assignee_id", "{uuid}")];
    let when = [("created_at", "{instant}"), ("updated_at", "{instant}"), ("due_at", "{instant}"), ("requester_contact_id", "{uuid}")];
    let who = [("number", "n + 5000"), ("requester_email", "'cleo' || n || '@example.com'")];
    fill::<ticket::entity::Entity>(db, &[&whose[..], &when, &who].concat()).await;
    fill::<message::entity::Entity>(db, &[("seq", "n + 10"), ("words_key", "n"), ("mail_message_id", "'m' || n")]).await;
    // As in operation, few promises are still to be kept.
    let states = [("state", "CASE WHEN n % 1000 = 0 THEN 'running' ELSE 'met' END"), ("start_at", "{instant}"), ("due_at", "{instant}")];
    let kept = [("cycle", "n + 10"), ("breached_at", "CASE WHEN n % 100 = 0 THEN {instant} END")];
    fill::<obligation::entity::Entity>(db, &[&whose[..], &states, &kept].concat()).await;
    fill::<timer::entity::Entity>(db, &[("generation", "n + 10"), ("fire_at", "{instant}")]).await;
    let stops = [("service_stop_id", "'s' || n"), ("cutoff_at", "{instant}")];
    fill::<scheduling::entity::Entity>(db, &stops).await;
    let (when, key) = (("next_page_at", "{instant}"), ("hazard_code", "'h' || n"));
    fill::<emergency::entity::Entity>(db, &[when, key, ("raised_at", "{instant}")]).await;
    fill::<crate::page::entity::Entity>(db, &[("level", "n % 30000"), ("round", "n / 30000 + 2"), ("token_hash", "'t' || n")]).await;
    let notices = [("account_id", "{uuid}"), ("branch_id", "{uuid}"), ("change_set_ref", "'c' || n"), ("agreement_ref", "'a' || n")];
    fill::<notice::entity::Entity>(db, &notices).await;
    fill::<record::Entity>(
        db,
        &[("dedupe_key", "'id:' || n"), ("sender", "'s' || n"), ("received_at", "{instant}"), ("ticket_id", "{uuid}")],
    )
    .await;
    let mails =
        [("message_id", "{uuid}"), ("ticket_id", "{uuid}"), ("mail_id", "'o' || n"), ("address", "'s' || n"), ("created_at", "{instant}")];
    fill::<outgoing::Entity>(db, &mails).await;
}

/// An emergency that was paged and called off.
async fn emergency(world: &World, ticket: uuid::Uuid) {
    let raised = world.ada.post("/v1/emergencies", json!({"ticket_id": ticket, "hazard_code": "spill"})).await.expect(201).id();
    world.app.work().await;
    let _ = world.respond(raised, "call-off", json!({"reason": "A drill."})).await.expect(200);
}

/// A statement with the identifier and the instant that it asks for written out.
fn question(db: &Db, sql: &str, id: uuid::Uuid) -> Statement {
    let hex = id.simple();
    let (id, now) = match db.backend() {
        DbBackend::Postgres => (format!("'{hex}'::uuid"), "'2026-01-01T00:10:00Z'::timestamptz"),
        _ => (format!("x'{hex}'"), "'2026-01-01T00:10:00+00:00'"),
    };
    Statement::from_string(db.backend(), sql.replace("ID", &id).replace("NOW", now))
}

/// Filters on tickets by which a page is walked in its own order, and why no index is worth its writes.
const UNINDEXED_OF_TICKETS: [&str; 11] = [
    // What is in a subject is searched for with `q`.
    "subject",
    // A few words each, all of them common.
    "priority",
    "severity",
    "channel",
    "direction",
    "requester_kind",
    // Of scheduled tickets only, which have theirs.
    "wake_at",
    // Changed by every message or step, and asked for of open tickets.
    "last_customer_message_at",
    "last_public_reply_at",
    "last_human_touch_at",
    "moved_at",
];

/// What the lists document is answered by indexes, but for what is named here.
async fn every_field(world: &World) {
    let all = RowScope::All;
    only::<TicketList>(world, ticket::store::visible(&all), &UNINDEXED_OF_TICKETS).await;
    let unindexed = ["kind", "subject_type", "satisfied_at", "site_id"];
    only::<ObligationList>(world, obligation::store::visible(&all), &unindexed).await;
    only::<EmergencyList>(world, emergency::store::visible(&all), &[]).await;
    let pages = crate::page::store::visible(&all, new_uuid());
    only::<PageList>(world, pages.filter(crate::page::entity::Column::EmergencyId.eq(new_uuid())), &[]).await;
    only::<SchedulingRequestList>(world, scheduling::store::visible(&all), &["kind"]).await;
    only::<NoticeList>(world, notice::store::visible(&all), &["delivered_at"]).await;
    only::<RecordList>(world, records::visible(&all), &["auto_class", "mailbox_id"]).await;
    only::<OutgoingList>(world, mails::visible(&all), &["kind"]).await;
}

#[actix_web::test]
async fn every_list_look_up_and_claim_walks_an_index() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    filled(&world).await;
    let (db, id) = (&world.app.db, new_uuid());
    let staff = RowScope::Branches(vec![new_uuid()]);
    for (query, index) in LISTS {
        let query = query.replace("ID", &id.to_string());
        assert_walks(db, &page::<TicketList>(db, &query, ticket::store::visible(&RowScope::All)), index).await;
    }
    // Whose staff asks does not lead SQLite away from the order of the page; PostgreSQL knows how many tickets a branch has.
    let asked = [(LISTS[0].0, "ticket_assignee"), ("filter[open]=true", "ticket_open"), ("sort=due_at", "ticket_due")];
    for (query, index) in asked.into_iter().filter(|_| db.backend() == DbBackend::Sqlite) {
        let own = page::<TicketList>(db, &query.replace("ID", &id.to_string()), ticket::store::visible(&staff));
        assert_walks(db, &own, index).await;
    }
    for (query, index) in PROMISES {
        let (query, now) = (query.replace("ID", &id.to_string()), "2026-01-01T00:10:00Z".parse().unwrap());
        let listing = Listing::<ObligationList>::parse(&query, &CursorKey::new(b"plan")).unwrap();
        let asked = by_the_clock(&listing, obligation::store::visible(&RowScope::All), now, db.backend());
        assert_walks(db, &page::<ObligationList>(db, &query, asked), index).await;
    }
    // All promises that are filled in are one ticket's, so PostgreSQL reads that one.
    for (query, index) in PROMISED.into_iter().filter(|(query, _)| db.backend() == DbBackend::Sqlite || query.contains("state")) {
        let listing = Listing::<TicketList>::parse(query, &CursorKey::new(b"plan")).unwrap();
        let now = "2026-01-01T00:10:00Z".parse().unwrap();
        let promised = promised::condition(&listing, &RowScope::All, now, db.backend()).unwrap();
        let asked = page::<TicketList>(db, query, ticket::store::visible(&RowScope::All).filter(promised));
        assert_walks(db, &asked, index).await;
    }
    let customer = RowScope::Accounts { accounts: vec![id], sites: None };
    assert_walks(db, &page::<TicketList>(db, "", ticket::store::visible(&customer)), "ticket_account").await;
    let conversation = message::store::of_ticket(&RowScope::All, id.into());
    assert_walks(db, &page::<MessageList>(db, "", conversation), "message_seq").await;
    every_field(&world).await;
    for (sql, index) in QUESTIONS {
        assert_walks(db, &question(db, sql, id), index).await;
    }
    world.app.stop().await;
}
