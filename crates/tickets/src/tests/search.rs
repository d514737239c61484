//! Finding tickets by words: at once, the best first, and nothing that the searcher may not read.

use std::cell::Cell;

use kernel::id::new_uuid;
use platform::scope::RowScope;
use sea_orm::{QueryFilter, QueryOrder, QuerySelect};
use serde_json::json;
use testkit::Persona;

use super::world::World;
use crate::ticket::entity::Column;
use crate::ticket::search::{Place, Sought};
use crate::ticket::store;

#[actix_web::test]
async fn what_is_written_is_found_at_once_and_the_best_match_comes_first() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let by_subject = world.ticket(json!({"subject": "Broken lift in Joliet"})).await.id();
    let requester = json!({"kind": "customer", "name": "Ann Lift", "email": "ann@acme.test"});
    let by_requester = world.ticket(json!({"subject": "Bill", "requester": requester})).await.id();
    let by_message = world.ticket(json!({"subject": "Question"})).await.id();
    let note = json!({"kind": "internal_note", "body": "It is about lift number 1001."});
    let _ = world.ada.post(&format!("/v1/tickets/{by_message}/messages"), note).await.expect(201);
    let found = async |text: &str| {
        let answer = world.ada.get(&format!("/v1/search?q={text}")).await.expect(200);
        let row = |row: &serde_json::Value| (row["found_in"].clone(), row["ticket"]["id"].clone());
        answer.rows().iter().map(row).collect::<Vec<_>>()
    };
    let everywhere =
        [(json!("subject"), json!(by_subject)), (json!("requester"), json!(by_requester)), (json!("messages"), json!(by_message))];
    assert_eq!(found("lift").await, everywhere);
    assert_eq!(found("LIF%20jol").await, everywhere[..1]);
    for text in ["1001", "T-1001", "%231001"] {
        assert_eq!(found(text).await[0], (json!("number"), json!(by_subject)), "{text}");
    }
    assert_eq!(found("1001").await[1], everywhere[2]);
    assert!(found("%22*%20%2D").await.is_empty());
    assert_eq!(world.ada.get("/v1/search?q=lift&limit=1").await.expect(200).rows().len(), 1);
    for refused in ["", "?q=", "?q=x&limit=0", "?q=x&limit=51", "?q=x&zzz=1", "?q=a%00b"] {
        let answer = world.ada.get(&format!("/v1/search{refused}")).await;
        assert_eq!(answer.status, 400, "{refused}: {}", answer.body);
    }
    world.stop().await;
}

#[actix_web::test]
async fn nobody_finds_what_is_not_theirs_to_read() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let (account, branch) = (world.neighbours.account(None), new_uuid());
    let id = world.ticket(json!({"subject": "Spill", "account_id": account, "branch_id": branch, "tags": ["zebra"]})).await.id();
    let note = json!({"kind": "internal_note", "body": "They have not paid: zebra."});
    let _ = world.ada.post(&format!("/v1/tickets/{id}/messages"), note).await.expect(201);
    let cleo = world.app.client(&Persona::customer(&[account], "tickets:read"));
    let own = cleo.get("/v1/search?q=spill").await.expect(200);
    assert_eq!((own.rows().len(), own.text("/data/0/ticket/branch_id")), (1, "null".to_owned()));
    assert!(cleo.get("/v1/search?q=zebra").await.expect(200).rows().is_empty());
    let others = [Persona::customer(&[new_uuid()], "tickets:read"), Persona::of_branches(&[new_uuid()])];
    for other in others {
        let other = world.app.client(&other);
        for text in ["spill", "zebra", "1001"] {
            assert!(other.get(&format!("/v1/search?q={text}")).await.expect(200).rows().is_empty(), "{text}");
        }
    }
    let ours = world.app.client(&Persona::of_branches(&[branch]));
    assert_eq!(ours.get("/v1/search?q=zebra").await.expect(200).rows().len(), 1);
    world.stop().await;
}

#[actix_web::test]
async fn a_word_of_many_tickets_is_looked_for_whole_and_as_far_back_as_needed() {
    let world = World::at("2026-03-02T15:00:00Z").await;
    let account = world.neighbours.account(None);
    let theirs = world.ticket(json!({"subject": "Lift", "account_id": account})).await.id();
    let noted = world.ticket(json!({"subject": "Noise", "account_id": account})).await.id();
    let word = json!({"kind": "inbound", "body": "It is the lift."});
    let _ = world.ada.post(&format!("/v1/tickets/{noted}/messages"), word).await.expect(201);
    let _ = world.ticket(json!({"subject": "Lifting"})).await;
    let mut others = Vec::new();
    for _ in 0..120 {
        others.push(world.ticket(json!({"subject": "Lift"})).await.id());
    }
    let look = async |scope: &RowScope, text: &str, first: i64, needed: u64| {
        let (db, rounds) = (world.app.db.read(), Cell::new(0));
        let sought = Sought::read(db, scope, Place::Anywhere, text, first).await.unwrap();
        let look = async |fitting| {
            rounds.set(rounds.get() + 1);
            let rows = store::visible(scope).filter(fitting).order_by_desc(Column::Id).limit(needed).all(db).await?;
            Ok((rows.iter().map(|row| row.id).collect::<Vec<_>>(), rows.len() >= usize::try_from(needed).unwrap()))
        };
        (sought.newest(db, look).await.unwrap(), rounds.get())
    };
    others.reverse();
    let (found, rounds) = look(&RowScope::All, "lift", 2, 100).await;
    assert_eq!((found.as_slice(), rounds), (&others[..100], 1));
    let (found, rounds) = look(&RowScope::All, "lift", 2, 200).await;
    assert_eq!((found.len(), &found[..120], rounds), (122, others.as_slice(), 3), "not the lifting");
    let (found, _) = look(&RowScope::All, "lift", 200, 200).await;
    assert_eq!(found.len(), 123, "and the lifting");
    let customer = RowScope::Accounts { accounts: vec![account], sites: None };
    assert_eq!(look(&customer, "LIFT", 2, 50).await.0, [noted, theirs]);
    world.stop().await;
}
