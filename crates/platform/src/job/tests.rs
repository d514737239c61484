use std::sync::Arc;

use async_trait::async_trait;
use chrono::{DateTime, TimeDelta, Utc};
use kernel::{Clock, Fault};
use sea_orm::{ConnectionTrait, Statement};
use serde_json::json;

use super::model::Step;
use super::store::Visible;
use super::*;
use crate::db::{Location, Pools};
use crate::worker::{Outcome, Worker};

struct Scratch {
    db: Db,
    clock: Clock,
    folder: std::path::PathBuf,
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

async fn scratch() -> Scratch {
    let folder = std::env::temp_dir().join(format!("job-{}", kernel::id::new_uuid()));
    std::fs::create_dir_all(&folder).unwrap();
    let clock = Clock::fixed("2026-03-02T15:00:00Z".parse::<DateTime<Utc>>().unwrap());
    let db = Db::open("jobs", &Location::Folder(folder.clone()), &Pools::default(), clock.clone()).await.unwrap();
    crate::migration::run(&db, || vec![MIGRATION]).await.unwrap();
    db.migrations().execute_unprepared("CREATE TABLE effect (n BIGINT)").await.unwrap();
    Scratch { db, clock, folder }
}

/// Counts to `input`, one effect per slice. Refuses to go past 3 when told to, or breaks each time.
struct Count;

#[async_trait(?Send)]
impl Work for Count {
    fn kind(&self) -> &'static str {
        "count"
    }

    async fn advance(&self, slice: Slice<'_>) -> Result<(), Problem> {
        let last = slice.job().input["to"].as_i64().unwrap();
        let next = slice.job().done + 1;
        if slice.job().input["breaks"] == true {
            return Err(Problem::internal("a disk is on fire"));
        }
        if slice.job().input["refuses"] == true && next > 3 {
            return Err(Fault::conflict("too_high", "No further than 3.").into());
        }
        slice
            .commit(async |tx| {
                let statement = Statement::from_sql_and_values(tx.get_database_backend(), "INSERT INTO effect VALUES ($1)", [next.into()]);
                tx.execute_raw(statement).await?;
                Ok(if next == last { Advance::Done(json!({"sum": next})) } else { more(next, last) })
            })
            .await
    }
}

fn more(done: i64, total: i64) -> Advance {
    Advance::More { done, total: Some(total), position: json!(done) }
}

async fn queue(scratch: &Scratch, input: Value) -> Job {
    let jobs = Jobs::new(scratch.db.clone(), 4);
    scratch.db.write("queue", async |tx| jobs.enqueue(tx, "count", &input, None).await).await.unwrap()
}

fn worker(scratch: &Scratch) -> JobWorker {
    JobWorker::new(scratch.db.clone(), vec![Arc::new(Count)])
}

async fn present(scratch: &Scratch, job: &Job) -> Job {
    store::find(scratch.db.read(), Visible::All, job.id).await.unwrap()
}

async fn count(scratch: &Scratch, table: &str) -> i64 {
    let statement = Statement::from_string(scratch.db.backend(), format!("SELECT COUNT(*) AS n FROM {table}"));
    scratch.db.read().query_one_raw(statement).await.unwrap().unwrap().try_get("", "n").unwrap()
}

async fn until_idle(worker: &JobWorker) -> usize {
    for steps in 0..100 {
        if worker.step().await.unwrap() == Outcome::Idle {
            return steps;
        }
    }
    panic!("the worker never rests");
}

#[test]
fn an_ended_job_never_changes() {
    let table: Vec<String> = State::ALL
        .iter()
        .map(|state| {
            let next = [Step::Advance, Step::Finish, Step::Fail, Step::Cancel].map(|step| state.after(step).map_or("-", State::as_str));
            format!("{}: {}", state.as_str(), next.join(" "))
        })
        .collect();
    let expected = [
        "queued: running done failed cancelled",
        "running: running done failed cancelled",
        "done: - - - -",
        "failed: - - - -",
        "cancelled: - - - -",
    ];
    assert_eq!(table, expected);
}

#[test]
fn an_identifier_names_its_service() {
    for number in [0, 1, 4, 255] {
        let id = tag(number);
        assert_eq!((owner(id), id.uuid().get_version_num()), (number, 7));
    }
}

#[tokio::test]
async fn a_job_runs_slice_by_slice_to_its_result() {
    let scratch = scratch().await;
    let job = queue(&scratch, json!({"to": 3})).await;
    assert_eq!(job.accepted().unwrap().location.unwrap(), format!("/v1/operations/{}", job.id));
    let worker = worker(&scratch);
    worker.step().await.unwrap();
    let running = present(&scratch, &job).await;
    assert_eq!((running.state, running.done, running.total), (State::Running, 1, Some(3)));
    assert_eq!(until_idle(&worker).await, 2);
    let done = present(&scratch, &job).await;
    assert_eq!((done.state, done.done, done.result), (State::Done, 3, Some(json!({"sum": 3}))));
    // Queued, started, completed: progress alone is no event.
    assert_eq!((count(&scratch, "effect").await, count(&scratch, "outbox").await), (3, 3));
}

#[tokio::test]
async fn jobs_take_turns() {
    let scratch = scratch().await;
    let (long, short) = (queue(&scratch, json!({"to": 20})).await, queue(&scratch, json!({"to": 1})).await);
    let worker = worker(&scratch);
    for _ in 0..2 {
        worker.step().await.unwrap();
    }
    assert_eq!(present(&scratch, &short).await.state, State::Done);
    assert_eq!(present(&scratch, &long).await.done, 1);
}

#[tokio::test]
async fn a_refusal_ends_the_job_with_its_problem() {
    let scratch = scratch().await;
    let job = queue(&scratch, json!({"to": 9, "refuses": true})).await;
    until_idle(&worker(&scratch)).await;
    let failed = present(&scratch, &job).await;
    assert_eq!((failed.state, failed.done), (State::Failed, 3));
    assert_eq!(failed.problem.unwrap()["code"], "too_high");
}

#[tokio::test]
async fn a_failure_of_ours_is_tried_again_later_and_tells_nothing() {
    let scratch = scratch().await;
    let job = queue(&scratch, json!({"to": 9, "breaks": true})).await;
    let worker = worker(&scratch);
    assert_eq!(until_idle(&worker).await, 1);
    assert_eq!((present(&scratch, &job).await.state, present(&scratch, &job).await.attempts), (State::Queued, 1));
    for _ in 0..MAX_ATTEMPTS {
        scratch.clock.set(Some(scratch.clock.now() + TimeDelta::hours(1)));
        until_idle(&worker).await;
    }
    let failed = present(&scratch, &job).await;
    assert_eq!(failed.state, State::Failed);
    assert!(!failed.problem.unwrap().to_string().contains("fire"));
}

#[tokio::test]
async fn a_cancelled_job_stops_and_a_slice_that_lost_the_race_is_undone() {
    let scratch = scratch().await;
    let job = queue(&scratch, json!({"to": 9})).await;
    worker(&scratch).step().await.unwrap();
    let before = present(&scratch, &job).await;
    let cancelled = before.clone().cancelled(scratch.clock.now()).unwrap();
    scratch.db.write("cancel", async |tx| store::save(tx, &cancelled).await).await.unwrap();
    // The slice was read before the cancellation and commits after it.
    let late = scratch.db.write("late", async |tx| {
        tx.execute_unprepared("INSERT INTO effect VALUES (99)").await?;
        store::save(tx, &before.clone().advanced(&more(2, 9), tx.now())?).await
    });
    assert_eq!(late.await.unwrap_err().code(), "stale_version");
    assert_eq!((until_idle(&worker(&scratch)).await, count(&scratch, "effect").await), (0, 1));
    assert_eq!(present(&scratch, &job).await.cancelled(scratch.clock.now()).unwrap_err().code, "illegal_transition");
}

#[tokio::test]
async fn a_job_is_hidden_from_those_who_did_not_ask_for_it() {
    let scratch = scratch().await;
    let job = queue(&scratch, json!({"to": 1})).await;
    let stranger = Visible::RequestedBy(kernel::id::new_uuid());
    assert_eq!(store::find(scratch.db.read(), stranger, job.id).await.unwrap_err().code(), "not_found");
    assert!(store::find(scratch.db.read(), Visible::RequestedBy(job.requested_by), job.id).await.is_ok());
}

#[tokio::test]
async fn ended_jobs_are_pruned_after_thirty_days() {
    let scratch = scratch().await;
    queue(&scratch, json!({"to": 1})).await;
    queue(&scratch, json!({"to": 1, "breaks": true})).await;
    until_idle(&worker(&scratch)).await;
    for (days, left) in [(29, 2), (2, 1)] {
        scratch.clock.set(Some(scratch.clock.now() + TimeDelta::days(days)));
        JobPruner::new(scratch.db.clone()).step().await.unwrap();
        assert_eq!(count(&scratch, "operation").await, left);
    }
}
