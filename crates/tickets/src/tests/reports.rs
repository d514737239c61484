//! Reports: figures computed by hand, the same in both formats, each row leading to the rows that it was counted from.

use kernel::id::new_uuid;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::{Client, Persona};
use uuid::Uuid;

use super::world::World;

/// Monday 09:00 in Chicago.
const START: &str = "2026-03-02T15:00:00Z";

pub(super) async fn count(client: &Client, path: &str) -> i64 {
    let page = client.get(&format!("{path}&count=true&limit=1")).await.expect(200);
    page.body["count"].as_i64().unwrap()
}

/// The rows of a report, after comparing them with its CSV.
pub(super) async fn report(client: &Client, path: &str) -> Vec<Value> {
    let answer = client.get(path).await.expect(200);
    let sheet = client.send(client.request(Method::GET, path).header("accept", "text/csv")).await.expect(200);
    assert!(sheet.header("content-type").starts_with("text/csv"));
    let text = String::from_utf8(sheet.bytes.to_vec()).unwrap();
    let mut lines = text.split_terminator("\r\n").map(|line| line.split(',').collect::<Vec<_>>());
    let columns = lines.next().unwrap();
    let mut listed = 0;
    for (row, cells) in answer.rows().iter().zip(lines) {
        assert_eq!((row.as_object().unwrap().len(), cells.len()), (columns.len(), columns.len()), "{path}");
        for (column, cell) in columns.iter().zip(cells) {
            let shown = match &row[*column] {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                other => other.to_string(),
            };
            assert_eq!(shown, cell, "{path} {column}");
        }
        listed += 1;
    }
    assert_eq!(listed, answer.rows().len(), "{path}");
    answer.rows().to_vec()
}

/// Follows a row to its promises and counts those of each figure.
pub(super) async fn traced(client: &Client, row: &Value, figures: &[&str]) {
    let path = row["obligations"].as_str().unwrap();
    for figure in figures {
        assert_eq!(json!(count(client, &format!("{path}&filter[outcome][eq]={figure}")).await), row[*figure], "{figure} of {row}");
    }
}

/// Opens a ticket and answers it after so many minutes.
async fn answered(world: &World, more: Value, minutes: i64) -> Uuid {
    let id = world.ticket(more).await.id();
    let now = world.app.clock.now();
    world.app.set_time(&(now + chrono::TimeDelta::minutes(minutes)).to_rfc3339());
    let _ = world.reply(id, None).await;
    world.app.set_time(&now.to_rfc3339());
    id
}

#[actix_web::test]
async fn thirty_eight_of_forty_answers_in_time_are_ninety_five_percent() {
    let world = World::at(START).await;
    let (chicago, denver) = (new_uuid(), new_uuid());
    for number in 1..=38 {
        let _ = answered(&world, json!({"branch_id": chicago}), number).await;
    }
    for late in [130, 150] {
        let _ = answered(&world, json!({"branch_id": chicago}), late).await;
    }
    let _ = world.ticket(json!({"branch_id": denver})).await;
    let dropped = world.ticket(json!({"branch_id": denver})).await.id();
    let _ = world.patch(dropped, json!({"spam": true})).await;
    let path = "/v1/reports/sla?from=2026-03-02&to=2026-03-03&group_by=kind,branch,day";
    let rows = report(&world.ada, path).await;
    let row = rows.iter().find(|row| row["kind"] == "first_response" && row["branch_id"] == json!(chicago)).unwrap();
    assert_eq!((&row["promised"], &row["met"], &row["missed"]), (&json!(40), &json!(38), &json!(2)));
    assert_eq!((&row["met_percent"], &row["breach_percent"], &row["starts_on"]), (&json!("95.00"), &json!("5.00"), &json!("2026-03-02")));
    // Forty times of 1 to 38 minutes, 130 and 150: the twentieth and the thirty-sixth.
    assert_eq!((&row["median_s"], &row["p90_s"]), (&json!(20 * 60), &json!(36 * 60)));
    let other = rows.iter().find(|row| row["kind"] == "first_response" && row["branch_id"] == json!(denver)).unwrap();
    assert_eq!((&other["promised"], &other["open"], &other["dropped"]), (&json!(2), &json!(1), &json!(1)));
    assert_eq!((&other["met_percent"], &other["median_s"]), (&Value::Null, &Value::Null));
    for row in &rows {
        traced(&world.ada, row, &["met", "missed", "excused", "open", "dropped"]).await;
        assert_eq!(json!(count(&world.ada, row["obligations"].as_str().unwrap()).await), row["promised"]);
    }
    let bo = world.app.client(&Persona::of_branches(&[denver]));
    let own = report(&bo, "/v1/reports/sla?from=2026-03-02&to=2026-03-03").await;
    let own = own.iter().find(|row| row["kind"] == "first_response").unwrap();
    assert_eq!((&own["promised"], &own["branch_id"]), (&json!(2), &Value::Null));
    traced(&bo, own, &["open", "dropped"]).await;
    let one = report(&world.ada, &format!("/v1/reports/sla?from=2026-03-02&to=2026-03-03&branch_id={denver}")).await;
    let one = one.iter().find(|row| row["kind"] == "first_response").unwrap();
    assert_eq!(one["promised"], 2);
    traced(&world.ada, one, &["open", "dropped"]).await;
    assert!(report(&world.ada, "/v1/reports/sla?from=2026-03-05&to=2026-03-07").await.is_empty());
    world.stop().await;
}

#[actix_web::test]
async fn an_excused_breach_leaves_the_default_share_and_stays_countable() {
    let world = World::at(START).await;
    for _ in 0..3 {
        let _ = answered(&world, json!({}), 60).await;
    }
    let excused = answered(&world, json!({}), 130).await;
    let promise = world.promise(excused, "first_response").await;
    let path = format!("/v1/obligations/{}/excuse", promise["id"].as_str().unwrap());
    let etag = format!("\"v{}\"", promise["version"]);
    let _ = world.ada.act(&path, &etag, json!({"reason": "The line was down."})).await.expect(200);
    let rows = report(&world.ada, "/v1/reports/sla?group_by=kind,week").await;
    let row = rows.iter().find(|row| row["kind"] == "first_response").unwrap();
    assert_eq!((&row["met"], &row["missed"], &row["excused"]), (&json!(3), &json!(0), &json!(1)));
    assert_eq!((&row["breach_percent"], &row["breach_percent_with_excused"]), (&json!("0.00"), &json!("25.00")));
    traced(&world.ada, row, &["met", "missed", "excused"]).await;
    world.stop().await;
}

#[actix_web::test]
async fn days_are_local_and_what_makes_no_sense_is_refused() {
    let world = World::at(START).await;
    world.app.set_time("2026-03-03T05:30:00Z");
    let _ = world.ticket(json!({})).await;
    for (zone, day) in [("America/Chicago", "2026-03-02"), ("UTC", "2026-03-03")] {
        let rows = report(&world.ada, &format!("/v1/reports/sla?group_by=day&time_zone={zone}")).await;
        assert_eq!((rows.len(), &rows[0]["starts_on"]), (1, &json!(day)), "{zone}");
        traced(&world.ada, &rows[0], &["open"]).await;
    }
    for query in [
        "from=2026-03-03&to=2026-03-03",
        "time_zone=Mars/Phobos",
        "group_by=day,week",
        "group_by=channel",
        "from=2020-01-01&group_by=day",
        "x=1",
    ] {
        let _ = world.ada.get(&format!("/v1/reports/sla?{query}")).await.expect(400);
    }
    world.ada.get("/v1/reports/csat?group_by=day").await.expect_problem(400, "invalid_query");
    assert!(report(&world.ada, "/v1/reports/csat?group_by=month&from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z").await.is_empty());
    let cleo = world.app.client(&Persona::customer(&[new_uuid()], "*:*"));
    assert!(report(&cleo, "/v1/reports/sla").await.is_empty());
    world.stop().await;
}
