use kernel::Currency;
use kernel::id::{AccountId, new_uuid};
use platform::stamp::{Stamp, Touch};
use serde_json::{Value, json};
use testkit::{Answer, App, Client, Persona};
use uuid::Uuid;

use super::model::{Account, AccountKind, AccountStatus, AccountStep, HoldKind, Obstacles, TaxReferences, next_status};
use super::path::TreePath;

fn touch() -> Touch {
    Touch { by: Uuid::nil(), at: "2026-03-02T15:00:00Z".parse().unwrap() }
}

fn account(status: AccountStatus) -> Account {
    Account {
        id: AccountId::generate(),
        number: 1042,
        name: "Acme".to_owned(),
        legal_name: None,
        parent_id: None,
        path: TreePath::root(1042),
        kind: AccountKind::Customer,
        segment: None,
        currency: Currency::USD,
        payment_terms: kernel::PaymentTerms::default(),
        tax: TaxReferences::default(),
        status,
        holds: Vec::new(),
        branch_id: None,
        external_ref: None,
        stamp: Stamp::new(touch()),
    }
}

#[test]
fn the_state_machine_has_these_steps_and_no_others() {
    let mut table = String::new();
    for status in AccountStatus::ALL {
        for step in AccountStep::ALL {
            if let Ok(next) = next_status(*status, *step) {
                table.push_str(&format!("{status} {step} {next}\n"));
            }
        }
    }
    let expected = "prospect onboard onboarding\nprospect merge merged\nonboarding activate active\nonboarding merge merged\n\
        active hold on_hold\nactive start-closing closing\nactive merge merged\non_hold hold on_hold\non_hold release active\n\
        on_hold start-closing closing\non_hold merge merged\nclosing close closed\nclosing merge merged\nclosed merge merged\n";
    assert_eq!(table, expected);
    let fault = next_status(AccountStatus::Prospect, AccountStep::Close).unwrap_err();
    assert_eq!((&*fault.code, fault.allowed.clone()), ("illegal_transition", vec!["onboard".to_owned(), "merge".to_owned()]));
}

#[test]
fn an_account_is_active_again_when_the_last_hold_is_lifted() {
    let (credit, dispute) = (new_uuid(), new_uuid());
    let held = account(AccountStatus::Active).hold(credit, HoldKind::Credit, "late".to_owned(), touch()).unwrap();
    let held = held.hold(dispute, HoldKind::Dispute, "invoice".to_owned(), touch()).unwrap();
    let one_left = held.release(credit, touch()).unwrap();
    assert_eq!(one_left.status, AccountStatus::OnHold);
    assert_eq!(one_left.clone().release(credit, touch()).unwrap_err().code, "not_found");
    assert_eq!(one_left.release(dispute, touch()).unwrap().status, AccountStatus::Active);
}

#[test]
fn closing_is_refused_while_a_contract_is_active_unless_a_reason_is_stated() {
    let contract = new_uuid();
    let obstacles = Obstacles { active_contracts: vec![contract] };
    let fault = account(AccountStatus::Closing).close(&obstacles, None, touch()).unwrap_err();
    assert_eq!((&*fault.code, fault.conflicts.clone()), ("account_in_use", vec![contract]));
    let closed = account(AccountStatus::Closing).close(&obstacles, Some("moved abroad"), touch()).unwrap();
    assert_eq!((closed.status, closed.kind), (AccountStatus::Closed, AccountKind::Former));
}

async fn create(staff: &Client, name: &str, parent: Option<Uuid>) -> Answer {
    staff.post("/v1/accounts", json!({"name": name, "currency": "USD", "parent_id": parent})).await.expect(201)
}

async fn descendants(staff: &Client, id: Uuid) -> Vec<Value> {
    staff.get(&format!("/v1/accounts/{id}/descendants")).await.expect(200).rows().to_vec()
}

#[actix_web::test]
async fn an_account_gets_a_number_and_is_found_by_its_words() {
    let app = App::start(crate::service()).await;
    let staff = app.administrator();
    let first = create(&staff, "Acme Foods", None).await;
    assert_eq!(first.text("/number"), "A-1001");
    assert_eq!(first.header("location"), format!("/v1/accounts/{}", first.id()));
    assert_eq!(create(&staff, "Bäcker Brothers", None).await.text("/number"), "A-1002");
    for (q, found) in [("foo", 1), ("acme%20foods", 1), ("A-1001", 1), ("1002", 1), ("brothers", 1), ("zzz", 0), ("%22%20OR", 0), ("-", 0)]
    {
        let answer = staff.get(&format!("/v1/accounts?q={q}")).await.expect(200);
        assert_eq!(answer.rows().len(), found, "{q}");
    }
    let path = format!("/v1/accounts/{}", first.id());
    let patch = json!({"name": "Acme Meals", "segment": "strategic", "legal_name": null});
    let renamed = staff.patch(&path, &first.etag(), patch).await.expect(200);
    assert_eq!((renamed.text("/version"), renamed.text("/segment")), ("2".to_owned(), "strategic".to_owned()));
    assert!(staff.get("/v1/accounts?q=foods").await.expect(200).rows().is_empty());
    assert_eq!(staff.get("/v1/accounts?q=meals&filter[segment]=strategic").await.expect(200).rows().len(), 1);
    assert_eq!(staff.get(&path).await.expect(200).body, renamed.body);
    app.stop().await;
}

#[actix_web::test]
async fn moving_an_account_carries_everything_below_it() {
    let app = App::start(crate::service()).await;
    let staff = app.administrator();
    let (north, south) = (create(&staff, "North", None).await, create(&staff, "South", None).await);
    let middle = create(&staff, "Middle", Some(north.id())).await;
    let leaf = create(&staff, "Leaf", Some(middle.id())).await;
    assert_eq!(descendants(&staff, north.id()).await, [json!(north.id()), json!(middle.id()), json!(leaf.id())]);
    let path = format!("/v1/accounts/{}/move", middle.id());
    staff.act(&path, &middle.etag(), json!({"parent_id": leaf.id()})).await.expect_problem(409, "account_cycle");
    let _ = staff.act(&path, &middle.etag(), json!({"parent_id": south.id()})).await.expect(200);
    assert_eq!(descendants(&staff, north.id()).await, [json!(north.id())]);
    assert_eq!(descendants(&staff, south.id()).await, [json!(south.id()), json!(middle.id()), json!(leaf.id())]);
    let leaf = staff.get(&format!("/v1/accounts/{}", leaf.id())).await.expect(200);
    assert_eq!((leaf.text("/path"), leaf.text("/depth")), ("1002/1003/1004/".to_owned(), "3".to_owned()));
    let _ = staff.act(&path, "\"v2\"", json!({"parent_id": null})).await.expect(200);
    assert_eq!(descendants(&staff, middle.id()).await.len(), 2);
    app.stop().await;
}

#[actix_web::test]
async fn a_tree_has_at_most_ten_levels() {
    let app = App::start(crate::service()).await;
    let staff = app.administrator();
    let mut parent = None;
    for level in 1..=10 {
        parent = Some(create(&staff, &format!("Level {level}"), parent).await.id());
    }
    let body = json!({"name": "Level 11", "currency": "USD", "parent_id": parent});
    staff.post("/v1/accounts", body).await.expect_problem(409, "too_deep");
    app.stop().await;
}

#[actix_web::test]
async fn an_account_walks_from_prospect_to_closed() {
    let app = App::start(crate::service()).await;
    let staff = app.administrator();
    let created = create(&staff, "Acme", None).await;
    let path = |step: &str| format!("/v1/accounts/{}/{step}", created.id());
    staff.act(&path("activate"), &created.etag(), json!({})).await.expect_problem(409, "illegal_transition");
    let mut last = created.clone();
    for step in ["onboard", "activate"] {
        last = staff.act(&path(step), &last.etag(), json!({})).await.expect(200);
    }
    assert_eq!((last.text("/status"), last.text("/type")), ("active".to_owned(), "customer".to_owned()));
    last = staff.act(&path("hold"), &last.etag(), json!({"kind": "credit", "reason": "60 days overdue"})).await.expect(200);
    let hold = last.text("/holds/0/id");
    last = staff.act(&path("release"), &last.etag(), json!({"hold_id": hold})).await.expect(200);
    assert_eq!(last.text("/status"), "active");
    last = staff.act(&path("start-closing"), &last.etag(), json!({})).await.expect(200);
    last = staff.act(&path("close"), &last.etag(), json!({})).await.expect(200);
    assert_eq!((last.text("/status"), last.text("/type")), ("closed".to_owned(), "former".to_owned()));
    let patched = staff.patch(&format!("/v1/accounts/{}", created.id()), &last.etag(), json!({"name": "x"})).await;
    patched.expect_problem(409, "account_final");
    app.stop().await;
}

#[actix_web::test]
async fn another_systems_reference_makes_one_account_and_changes_it_afterwards() {
    let app = App::start(crate::service()).await;
    let staff = app.administrator();
    let path = "/v1/accounts/by-external-ref/crm-77";
    let made = staff.put(path, json!({"name": "Acme", "currency": "USD"})).await.expect(201);
    let changed = staff.put(path, json!({"name": "Acme Inc", "currency": "USD", "segment": "a"})).await.expect(200);
    assert_eq!((made.id(), changed.text("/name"), changed.text("/version")), (changed.id(), "Acme Inc".to_owned(), "2".to_owned()));
    let again = staff.post("/v1/accounts", json!({"name": "Other", "currency": "USD", "external_ref": "crm-77"})).await;
    again.expect_problem(409, "external_ref_taken");
    assert_eq!(staff.get("/v1/accounts?filter[external_ref]=crm-77").await.expect(200).rows().len(), 1);
    app.stop().await;
}

#[actix_web::test]
async fn a_customer_sees_the_subtree_without_what_is_internal() {
    let app = App::start(crate::service()).await;
    let staff = app.administrator();
    let parent = create(&staff, "Parent", None).await;
    let own = create(&staff, "Own", Some(parent.id())).await;
    let customer = app.client(&Persona::customer(&[own.id()], "accounts:read"));
    let seen = customer.get("/v1/accounts").await.expect(200);
    assert_eq!(seen.rows().len(), 1);
    for hidden in ["holds", "segment", "path", "external_ref"] {
        assert!(seen.rows()[0].get(hidden).is_none(), "{hidden}");
    }
    assert!(seen.rows()[0]["parent_id"].is_null());
    customer.get(&format!("/v1/accounts/{}", parent.id())).await.expect_problem(404, "not_found");
    let denied = customer.post("/v1/accounts", json!({"name": "x", "currency": "USD"})).await;
    denied.expect_problem(403, "missing_permission");
    app.stop().await;
}

#[actix_web::test]
async fn staff_of_a_branch_see_its_accounts_and_those_of_none() {
    let app = App::start(crate::service()).await;
    let admin = app.administrator();
    let mut branches = Vec::new();
    for code in ["CHI", "DEN"] {
        let body = json!({"code": code, "name": code, "time_zone": "America/Chicago"});
        branches.push(admin.post("/v1/branches", body).await.expect(201).id());
    }
    for branch in [Some(branches[0]), Some(branches[1]), None] {
        let _ = admin.post("/v1/accounts", json!({"name": "Acme", "currency": "USD", "branch_id": branch})).await.expect(201);
    }
    let staff = app.client(&Persona::of_branches(&branches[..1]));
    assert_eq!(staff.get("/v1/accounts?q=acme").await.expect(200).rows().len(), 2);
    let elsewhere = staff.post("/v1/accounts", json!({"name": "Acme", "currency": "USD", "branch_id": branches[1]})).await;
    elsewhere.clone().expect_problem(422, "validation_failed");
    assert_eq!(elsewhere.text("/errors/0/pointer"), "/branch_id");
    app.stop().await;
}

#[actix_web::test]
async fn many_accounts_are_made_at_once_and_a_repetition_makes_no_more() {
    let app = App::start(crate::service()).await;
    let staff = app.administrator();
    let items = json!([{"name": "A", "currency": "USD"}, {"name": " ", "currency": "USD"}, {"name": "C", "currency": "USD"}]);
    staff.post("/v1/accounts/bulk", json!({"atomic": true, "items": items})).await.expect_problem(422, "bulk_item_refused");
    assert!(staff.get("/v1/accounts").await.expect(200).rows().is_empty());
    let body = json!({"atomic": false, "items": items});
    let made = staff.post_keyed("/v1/accounts/bulk", "bulk-1", body.clone()).await.expect(200);
    assert_eq!((made.text("/succeeded"), made.text("/data/1/status")), ("2".to_owned(), "422".to_owned()));
    let again = staff.post_keyed("/v1/accounts/bulk", "bulk-1", body).await.expect(200);
    assert_eq!((again.header("idempotent-replayed"), &again.body), ("true", &made.body));
    assert_eq!(staff.get("/v1/accounts").await.expect(200).rows().len(), 2);
    app.stop().await;
}

#[actix_web::test]
async fn two_moves_at_once_never_make_a_cycle() {
    let app = App::start(crate::service()).await;
    let staff = app.administrator();
    let (left, right) = (create(&staff, "Left", None).await.id(), create(&staff, "Right", None).await.id());
    let (below_left, below_right) = (create(&staff, "L", Some(left)).await.id(), create(&staff, "R", Some(right)).await.id());
    let (first, second) = (format!("/v1/accounts/{left}/move"), format!("/v1/accounts/{right}/move"));
    let (one, other) = futures_util::join!(
        staff.act(&first, "*", json!({"parent_id": below_right})),
        staff.act(&second, "*", json!({"parent_id": below_left})),
    );
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    app.stop().await;
}

#[actix_web::test]
async fn a_child_made_while_its_parent_moves_is_found_below_both() {
    let app = App::start(crate::service()).await;
    let staff = app.administrator();
    let top = create(&staff, "Top", None).await.id();
    for round in 0..10 {
        let parent = create(&staff, "Parent", None).await.id();
        let path = format!("/v1/accounts/{parent}/move");
        let (moved, child) = futures_util::join!(
            staff.act(&path, "*", json!({"parent_id": top})),
            staff.post("/v1/accounts", json!({"name": "Child", "currency": "USD", "parent_id": parent})),
        );
        let (_, child) = (moved.expect(200), child.expect(201).id());
        for above in [parent, top] {
            assert!(descendants(&staff, above).await.contains(&json!(child)), "round {round}");
        }
    }
    app.stop().await;
}
