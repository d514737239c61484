use sea_orm::Statement;
use serde_json::json;

use super::*;
use crate::db::{Location, Pools};
use crate::outbox::Change;

#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct AddNumber {
    #[schema(minimum = 0)]
    number: i64,
}

struct Scratch {
    db: Db,
    folder: std::path::PathBuf,
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

async fn scratch() -> Scratch {
    let folder = std::env::temp_dir().join(format!("bulk-{}", kernel::id::new_uuid()));
    std::fs::create_dir_all(&folder).unwrap();
    let db = Db::open("numbers", &Location::Folder(folder.clone()), &Pools::default(), kernel::Clock::default()).await.unwrap();
    crate::migration::run(&db, Vec::new).await.unwrap();
    db.migrations().execute_unprepared("CREATE TABLE numbers (number BIGINT PRIMARY KEY)").await.unwrap();
    Scratch { db, folder }
}

/// Adds a number; refuses 13 after it has been written and recorded.
async fn add(tx: &Tx, item: &AddNumber) -> Result<Reply, Problem> {
    let statement = Statement::from_sql_and_values(tx.get_database_backend(), "INSERT INTO numbers VALUES ($1)", [item.number.into()]);
    tx.execute_raw(statement).await?;
    tx.record(Change::new("number.added", "number", kernel::id::new_uuid(), 1));
    if item.number == 13 {
        return Err(Fault::conflict("unlucky", "Not this one.").into());
    }
    Reply::created(format!("/v1/numbers/{}", item.number), &json!({"number": item.number}))
}

async fn send(db: &Db, body: Value) -> Result<Reply, Problem> {
    let bulk = BulkItems::<AddNumber>::of(&check::<Envelope>(&body)?)?;
    settle(&bulk, async |refused| db.write("numbers.bulk", async |tx| pass(tx, &bulk, refused, &add).await).await).await
}

async fn count(db: &Db, table: &str) -> i64 {
    let statement = Statement::from_string(db.backend(), format!("SELECT COUNT(*) AS n FROM {table}"));
    db.read().query_one_raw(statement).await.unwrap().unwrap().try_get("", "n").unwrap()
}

#[tokio::test]
async fn items_on_their_own_succeed_beside_refused_ones() {
    let scratch = scratch().await;
    let items = json!([{"number": 1}, {"number": 13}, {"number": -1}, {"number": 1}, {"number": 2}, {"other": 1}]);
    let reply = send(&scratch.db, json!({"atomic": false, "items": items})).await.unwrap();
    let report: Value = serde_json::from_slice(reply.body()).unwrap();
    let statuses: Vec<u64> = report["data"].as_array().unwrap().iter().map(|result| result["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [201, 409, 422, 409, 201, 422]);
    assert_eq!((&report["succeeded"], &report["failed"]), (&json!(2), &json!(4)));
    assert_eq!(report["data"][0]["location"], "/v1/numbers/1");
    assert_eq!(report["data"][1]["problem"]["code"], "unlucky");
    assert_eq!(report["data"][2]["problem"]["errors"][0]["pointer"], "/number");
    assert_eq!((count(&scratch.db, "numbers").await, count(&scratch.db, "outbox").await), (2, 2));
}

#[tokio::test]
async fn an_atomic_request_does_all_or_nothing() {
    let scratch = scratch().await;
    let problem = send(&scratch.db, json!({"atomic": true, "items": [{"number": 1}, {"number": 13}]})).await.unwrap_err();
    assert_eq!((problem.status(), problem.code()), (StatusCode::CONFLICT, "bulk_item_refused"));
    let body: Value = serde_json::from_slice(&problem.body(None)).unwrap();
    assert_eq!((&body["item"]["index"], &body["item"]["problem"]["code"]), (&json!(1), &json!("unlucky")));
    let problem = send(&scratch.db, json!({"atomic": true, "items": [{"number": -1}, {"number": 5}, {}]})).await.unwrap_err();
    let body: Value = serde_json::from_slice(&problem.body(None)).unwrap();
    let pointers: Vec<&str> = body["errors"].as_array().unwrap().iter().map(|error| error["pointer"].as_str().unwrap()).collect();
    assert_eq!(pointers, ["/items/0/number", "/items/2/number"]);
    assert_eq!((count(&scratch.db, "numbers").await, count(&scratch.db, "outbox").await), (0, 0));
    send(&scratch.db, json!({"atomic": true, "items": [{"number": 1}, {"number": 2}]})).await.unwrap();
    assert_eq!((count(&scratch.db, "numbers").await, count(&scratch.db, "outbox").await), (2, 2));
}

#[tokio::test]
async fn the_number_of_items_is_bounded() {
    let scratch = scratch().await;
    for items in [json!([]), Value::Array(vec![json!({"number": 1}); MAX_ITEMS + 1])] {
        let problem = send(&scratch.db, json!({"atomic": false, "items": items})).await.unwrap_err();
        assert_eq!(problem.code(), "validation_failed");
    }
}
