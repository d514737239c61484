//! Bulk commands: up to 500 items in one request and one transaction, all or nothing or each on its own.
//!
//! An atomic request is refused as a whole when one item is. Otherwise each item runs behind a savepoint; a second pass
//! over the items that succeeded makes sure that nothing a refused item recorded is published. Either way the answer is
//! stored with the effect, so a repetition with the same idempotency key never carries an item out twice. An item that
//! fails for a reason of ours (5xx) fails the request: then nothing was done.

use std::cell::RefCell;
use std::collections::BTreeMap;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::{FromRequest, HttpRequest};
use futures_util::future::LocalBoxFuture;
use kernel::Fault;
use sea_orm::ConnectionTrait;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use validator::Validate;

use crate::caller::Caller;
use crate::db::{Db, Tx};
use crate::problem::Problem;
use crate::reply::Reply;
use crate::valid::{Valid, check};

/// The most items of one request.
pub const MAX_ITEMS: usize = 500;

/// The body of a bulk request, for the API document: `request_body = Bulk<CreateTicket>`.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Bulk<T> {
    /// True: all items or none. False: each item on its own.
    pub atomic: bool,
    #[schema(min_items = 1, max_items = 500)]
    pub items: Vec<T>,
}

/// As [`Bulk`], before the items have been looked at.
#[derive(Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct Envelope {
    atomic: bool,
    #[schema(min_items = 1, max_items = 500)]
    items: Vec<Value>,
}

/// The items of a bulk request, each checked against its own schema; a handler's argument.
#[derive(Debug)]
pub struct BulkItems<T> {
    pub atomic: bool,
    items: Vec<Result<T, Fault>>,
}

impl<T: DeserializeOwned + ToSchema + Validate + 'static> BulkItems<T> {
    /// Checks the items.
    ///
    /// # Errors
    /// 422 with the faults of all items, when atomic.
    fn of(envelope: &Envelope) -> Result<Self, Fault> {
        let items: Vec<Result<T, Fault>> = envelope.items.iter().map(check::<T>).collect();
        if envelope.atomic {
            let faults = items.iter().enumerate().filter_map(|(index, item)| {
                let fault = item.as_ref().err()?;
                Some(fault.clone().under(&format!("/items/{index}")))
            });
            Fault::all(faults)?;
        }
        Ok(Self { atomic: envelope.atomic, items })
    }
}

impl<T> BulkItems<T> {
    /// The items that keep their schema, for questions to peers before the transaction.
    pub fn well_formed(&self) -> impl Iterator<Item = &T> {
        self.items.iter().filter_map(|item| item.as_ref().ok())
    }
}

impl<T: DeserializeOwned + ToSchema + Validate + 'static> FromRequest for BulkItems<T> {
    type Error = Problem;
    type Future = LocalBoxFuture<'static, Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let envelope = Valid::<Envelope>::from_request(request, payload);
        Box::pin(async move { Ok(Self::of(&*envelope.await?)?) })
    }
}

/// What became of one item.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct BulkResult {
    /// Place in `items`, from 0.
    #[schema(minimum = 0, maximum = 499)]
    pub index: usize,
    /// The HTTP status that the item alone would have had.
    #[schema(minimum = 200, maximum = 599)]
    pub status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 2048)]
    pub location: Option<String>,
    /// The resource, when the item succeeded.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub body: Option<Box<RawValue>>,
    /// The problem, when it was refused; its pointers are into the item.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub problem: Option<Box<RawValue>>,
}

impl BulkResult {
    fn done(index: usize, reply: &Reply) -> Result<Self, Problem> {
        let body = if reply.body.is_empty() { None } else { Some(serde_json::from_slice(&reply.body)?) };
        Ok(Self { index, status: reply.status.as_u16(), location: reply.location.clone(), body, problem: None })
    }

    fn refused(index: usize, problem: &Problem) -> Result<Self, Problem> {
        let body = serde_json::from_slice(&problem.body(None))?;
        Ok(Self { index, status: problem.status().as_u16(), location: None, body: None, problem: Some(body) })
    }
}

/// The answer to a bulk request.
#[derive(Debug, Serialize, ToSchema)]
pub struct BulkReport {
    /// One result per item, in the order of the items.
    #[schema(max_items = 500)]
    pub data: Vec<BulkResult>,
    #[schema(minimum = 0, maximum = 500)]
    pub succeeded: usize,
    #[schema(minimum = 0, maximum = 500)]
    pub failed: usize,
}

/// Carries out the items by `work`, which may run more than once for an item and must have no effect beside the
/// transaction. Answers 200 with a [`BulkReport`].
///
/// # Errors
/// When atomic, the first refusal, with the member `item` telling which; otherwise only failures of ours.
pub async fn run<P, T>(
    db: &Db,
    caller: &Caller<P>,
    name: &'static str,
    bulk: &BulkItems<T>,
    work: impl AsyncFn(&Tx, &T) -> Result<Reply, Problem>,
) -> Result<Reply, Problem> {
    settle(bulk, async |refused| db.command(caller, name, async |tx| pass(tx, bulk, refused, &work).await).await).await
}

type Refused = RefCell<BTreeMap<usize, BulkResult>>;

/// Repeats the transaction until a pass has no new refusal; each repetition has fewer items left.
async fn settle<T>(bulk: &BulkItems<T>, commit: impl AsyncFn(&Refused) -> Result<Reply, Problem>) -> Result<Reply, Problem> {
    let refused = Refused::default();
    loop {
        let before = refused.borrow().len();
        let outcome = commit(&refused).await;
        if outcome.is_err() && !bulk.atomic && refused.borrow().len() > before {
            continue;
        }
        return outcome;
    }
}

/// One transaction over the items not refused so far.
async fn pass<T>(
    tx: &Tx,
    bulk: &BulkItems<T>,
    refused: &Refused,
    work: &impl AsyncFn(&Tx, &T) -> Result<Reply, Problem>,
) -> Result<Reply, Problem> {
    let mut data = Vec::with_capacity(bulk.items.len());
    let mut dirty = false;
    for (index, item) in bulk.items.iter().enumerate() {
        let known = refused.borrow().get(&index).cloned();
        if let Some(result) = known {
            data.push(result);
            continue;
        }
        let result = match item {
            Err(fault) => BulkResult::refused(index, &fault.clone().into())?,
            Ok(item) if bulk.atomic => match work(tx, item).await {
                Ok(reply) => BulkResult::done(index, &reply)?,
                Err(problem) => return Err(whole(index, problem)),
            },
            Ok(item) => match alone(tx, item, work).await? {
                Ok(reply) => BulkResult::done(index, &reply)?,
                Err(problem) => {
                    let result = BulkResult::refused(index, &problem)?;
                    refused.borrow_mut().insert(index, result.clone());
                    dirty = true;
                    result
                }
            },
        };
        data.push(result);
    }
    if dirty {
        return Err(Problem::internal("a pass with refused items is not committed"));
    }
    let failed = data.iter().filter(|result| result.problem.is_some()).count();
    Reply::ok(&BulkReport { succeeded: data.len() - failed, failed, data })
}

/// One item behind a savepoint. The outer error is one of ours, which ends the request.
async fn alone<T>(tx: &Tx, item: &T, work: &impl AsyncFn(&Tx, &T) -> Result<Reply, Problem>) -> Result<Result<Reply, Problem>, Problem> {
    tx.execute_unprepared("SAVEPOINT bulk_item").await?;
    match work(tx, item).await {
        Ok(reply) => {
            tx.execute_unprepared("RELEASE SAVEPOINT bulk_item").await?;
            Ok(Ok(reply))
        }
        Err(problem) if problem.is_transient() || problem.status().is_server_error() => Err(problem),
        Err(problem) => {
            tx.execute_unprepared("ROLLBACK TO SAVEPOINT bulk_item").await?;
            tx.execute_unprepared("RELEASE SAVEPOINT bulk_item").await?;
            Ok(Err(problem))
        }
    }
}

/// The refusal of an atomic request because of one item.
fn whole(index: usize, problem: Problem) -> Problem {
    if problem.is_transient() || problem.status().is_server_error() {
        return problem;
    }
    let status = if problem.status() == StatusCode::CONFLICT { StatusCode::CONFLICT } else { StatusCode::UNPROCESSABLE_ENTITY };
    let body = String::from_utf8(problem.body(None)).unwrap_or_default();
    Problem::new(status, "bulk_item_refused", format!("Item {index} was refused, so nothing was done."))
        .with_fact("item", format!("{{\"index\":{index},\"problem\":{body}}}"))
}

#[cfg(test)]
mod tests;
