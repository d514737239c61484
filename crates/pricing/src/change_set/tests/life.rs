//! The life of a change set: who decides on what, publication book by book, and the way back.

use std::sync::Arc;

use platform::worker::{Outcome, Worker as _};
use serde_json::{Value, json};

use super::{Bench, flat, pct};
use crate::change_set::publish::Publisher;
use crate::live::Live;

fn publisher(bench: &Bench) -> Publisher {
    Publisher { db: bench.scene.app.db.clone(), live: Arc::new(Live::default()) }
}

#[actix_web::test]
async fn somebody_else_agrees_to_the_rows_that_were_read() {
    let bench = Bench::with(&["A"]).await;
    let path = bench.draft(pct("0.05")).await;
    bench.step(&bench.grace, &path, "publish").await.expect_problem(422, "validation_failed");
    let _ = bench.step(&bench.scene.ada, &path, "preview").await.expect(200);
    let first = bench.read(&path).await;
    bench.step(&bench.scene.ada, &path, "approve").await.expect_problem(403, "four_eyes");
    bench.step(&bench.grace, &path, "publish").await.expect_problem(409, "illegal_transition");
    bench.scene.ada.patch(&path, &first.etag(), json!({"name": "Other"})).await.expect_problem(409, "not_a_draft");
    let _ = bench.step(&bench.scene.ada, &path, "return").await.expect(200);
    let etag = bench.read(&path).await.etag();
    let _ = bench.scene.ada.patch(&path, &etag, json!({"terms": pct("0.06")})).await.expect(200);
    let second = bench.step(&bench.scene.ada, &path, "preview").await.expect(200);
    let old = json!({"preview_hash": first.body["preview"]["hash"]});
    bench.grace.act(&format!("{path}/approve"), &second.etag(), old).await.expect_problem(409, "stale_preview");
    let approved = bench.step(&bench.grace, &path, "approve").await.expect(200);
    let draft = bench.scene.draft(bench.rows(&path).await[0]["book_id"].as_str().unwrap().parse().unwrap(), "2026-12-01").await;
    bench.scene.publish(&draft).await;
    bench.step(&bench.grace, &path, "publish").await.expect_problem(409, "stale_preview");
    assert_eq!(approved.text("/state"), "approved");
    let cancelled = bench.step(&bench.scene.ada, &path, "cancel").await.expect(200);
    assert_eq!(cancelled.text("/state"), "cancelled");
    bench.scene.app.stop().await;
}

#[actix_web::test]
async fn a_publisher_that_died_between_two_books_leaves_the_rest_to_the_next_and_doubles_none() {
    let bench = Bench::with(&["A"]).await;
    let _ = bench.scene.published("BR", "branch", json!([flat("A", "80.00")])).await;
    let path = bench.previewed(pct("-0.10")).await;
    let _ = bench.step(&bench.grace, &path, "approve").await.expect(200);
    let _ = bench.step(&bench.grace, &path, "publish").await.expect(200);
    let first = publisher(&bench);
    for _ in 0..2 {
        assert_eq!(first.step().await.unwrap(), Outcome::Worked(1), "who is owed a notice, then one book");
    }
    let states = |books: &Value| books.as_array().unwrap().iter().map(|one| one["state"].as_str().unwrap().to_owned()).collect::<Vec<_>>();
    let books = bench.read(&format!("{path}/books")).await;
    assert_eq!(states(&books.body["data"]), ["published", "waiting"]);
    drop(first);
    let (one, other) = (publisher(&bench), publisher(&bench));
    let (left, right) = futures_util::future::join(one.step(), other.step()).await;
    let _ = (left.unwrap(), right.unwrap());
    bench.scene.app.work().await;
    let books = bench.read(&format!("{path}/books")).await;
    assert_eq!(states(&books.body["data"]), ["published", "published"]);
    for book in books.rows() {
        assert_eq!(book["version_no"], 2, "one new version");
    }
    assert_eq!(bench.read(&path).await.text("/state"), "published");
    // The service's own index follows another replica within a poll.
    let mut total = String::new();
    for _ in 0..100 {
        total = bench.scene.price("A", "1", json!({"price_date": "2027-01-01"})).await.expect(200).text("/total");
        if total == "90.00" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(total, "90.00");
    bench.scene.app.stop().await;
}

#[actix_web::test]
async fn a_book_that_changes_while_others_are_published_is_blocked_and_can_be_tried_again() {
    let bench = Bench::with(&["A", "B"]).await;
    let _ = bench.scene.published("BR", "branch", json!([flat("A", "80.00")])).await;
    let path = bench.previewed(pct("-0.10")).await;
    let _ = bench.step(&bench.grace, &path, "approve").await.expect(200);
    let _ = bench.step(&bench.grace, &path, "publish").await.expect(200);
    let worker = publisher(&bench);
    for _ in 0..2 {
        let _ = worker.step().await.unwrap();
    }
    let books = bench.read(&format!("{path}/books")).await;
    let waiting: uuid::Uuid = books.text("/data/1/book_id").parse().unwrap();
    let draft = bench.scene.draft(waiting, "2026-12-01").await;
    bench.scene.publish(&draft).await;
    bench.scene.app.work().await;
    let blocked = bench.read(&format!("{path}/books")).await;
    assert_eq!((blocked.text("/data/1/state"), blocked.text("/data/1/reason")), ("blocked".into(), "stale_base".into()));
    assert_eq!(bench.read(&path).await.text("/state"), "partially_blocked");
    let _ = bench.step(&bench.grace, &path, "publish").await.expect(200);
    bench.scene.app.work().await;
    assert_eq!(bench.read(&path).await.text("/state"), "published", "its entries are as they were");
    bench.scene.app.stop().await;
}

#[actix_web::test]
async fn what_was_changed_is_given_back_but_for_what_changed_since() {
    let bench = Bench::with(&["A", "B"]).await;
    let path = bench.published(pct("-0.333333")).await;
    assert_eq!(bench.scene.price("A", "1", json!({"price_date": "2027-02-01"})).await.expect(200).text("/total"), "66.67");
    let rows = bench.rows(&path).await;
    let changed = rows.iter().find(|row| row["item_id"] == rows[1]["item_id"]).unwrap();
    let book: uuid::Uuid = changed["book_id"].as_str().unwrap().parse().unwrap();
    let draft = bench.scene.draft(book, "2027-01-15").await;
    let end = format!("{}/entries/{}/end", draft.path, changed["new_entry_id"].as_str().unwrap());
    let _ = bench.scene.ada.post(&end, json!({"end": "2027-03-01"})).await.expect(200);
    bench.scene.publish(&draft).await;
    let body = json!({"effective_on": "2027-02-01"});
    let made = bench.scene.ada.post(&format!("{path}/reverse"), body).await.expect(201);
    let reverse = made.header("location").to_owned();
    let _ = bench.step(&bench.scene.ada, &reverse, "preview").await.expect(200);
    let rows = bench.rows(&reverse).await;
    let refused: Vec<&Value> = rows.iter().filter(|row| row["excluded"] == "changed_since").collect();
    assert_eq!((rows.len(), refused.len()), (2, 1));
    assert_eq!(refused[0]["item_id"], changed["item_id"]);
    bench.publish(&reverse).await;
    let (kept, back) = if refused[0]["item_id"] == rows[0]["item_id"] { (&rows[0], &rows[1]) } else { (&rows[1], &rows[0]) };
    let pays = async |row: &Value, day: &str| {
        let line = json!({"currency": "USD", "price_date": day, "line": {"item_id": row["item_id"], "quantity": "1"}});
        bench.scene.ada.post("/v1/price", line).await.expect(200).text("/total")
    };
    assert_eq!((pays(back, "2027-01-31").await, pays(back, "2027-02-01").await), ("66.67".into(), "100.00".into()));
    assert_eq!(pays(kept, "2027-02-01").await, "66.67");
    bench.scene.app.stop().await;
}

#[actix_web::test]
async fn a_change_is_given_back_before_it_comes() {
    let bench = Bench::with(&["A"]).await;
    let path = bench.published(pct("0.20")).await;
    let made = bench.scene.ada.post(&format!("{path}/reverse"), json!({"effective_on": "2027-01-01"})).await.expect(201);
    let reverse = made.header("location").to_owned();
    let _ = bench.step(&bench.scene.ada, &reverse, "preview").await.expect(200);
    bench.publish(&reverse).await;
    for day in ["2026-12-31", "2027-01-01", "2028-01-01"] {
        assert_eq!(bench.scene.price("A", "1", json!({"price_date": day})).await.expect(200).text("/total"), "100.00");
    }
    bench.scene.app.stop().await;
}
