//! Steps of an account's state machine.

use actix_web::web::{Data, Path};
use kernel::Fault;
use kernel::id::{AccountId, new_uuid};
use platform::caller::{Caller, Permission};
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::stamp::Touch;
use platform::valid::Valid;

use super::changed;
use crate::access::{CloseAccounts, HoldAccounts, WriteAccounts};
use crate::account::model::{Account, Obstacles};
use crate::account::store;
use crate::account::wire::{AccountPath, AccountView, CloseAccount, HoldAccount, ReleaseAccount};
use crate::{Accounts, contract, locks};

pub(super) fn operations() -> Operations {
    operations!["accounts"; onboard, activate, hold, release, start_closing, close]
}

/// What one step is called: as a write and as an event.
type Names = (&'static str, &'static str);

/// Reads the account, lets `step` decide, saves and records what came of it.
async fn take<P: Permission>(
    app: &Accounts,
    caller: &Caller<P>,
    target: (AccountId, IfMatch),
    (write, event): Names,
    step: impl Fn(Account, Touch) -> Result<Account, Fault>,
) -> Result<Reply, Problem> {
    let (id, expected) = target;
    app.db
        .command(caller, write, async |tx| {
            let current = store::find(tx, caller.scope(), id).await?;
            expected.check(current.stamp.version)?;
            let before = AccountView::from(&current);
            let next = step(current, Touch::of(tx))?;
            store::save(tx, &next).await?;
            tx.record(changed(event, &next).before(&before));
            Ok(Reply::ok(&AccountView::of(&next, caller.scope()))?.tagged(next.stamp.version))
        })
        .await
}

/// Begin onboarding a prospect.
#[utoipa::path(post, path = "/v1/accounts/{account_id}/onboard", params(AccountPath), responses((status = 200, body = AccountView)))]
async fn onboard(caller: Caller<WriteAccounts>, path: Path<AccountPath>, expected: IfMatch, app: Data<Accounts>) -> Result<Reply, Problem> {
    take(&app, &caller, (path.account_id, expected), ("account.onboard", "account.onboarding_started"), Account::onboard).await
}

/// Activate an account; a prospect becomes a customer.
#[utoipa::path(post, path = "/v1/accounts/{account_id}/activate", params(AccountPath), responses((status = 200, body = AccountView)))]
async fn activate(
    caller: Caller<WriteAccounts>,
    path: Path<AccountPath>,
    expected: IfMatch,
    app: Data<Accounts>,
) -> Result<Reply, Problem> {
    take(&app, &caller, (path.account_id, expected), ("account.activate", "account.activated"), Account::activate).await
}

/// Put an account on hold, for one more reason if it is already.
#[utoipa::path(post, path = "/v1/accounts/{account_id}/hold", params(AccountPath), request_body = HoldAccount, responses((status = 200, body = AccountView)))]
async fn hold(
    caller: Caller<HoldAccounts>,
    path: Path<AccountPath>,
    expected: IfMatch,
    command: Valid<HoldAccount>,
    app: Data<Accounts>,
) -> Result<Reply, Problem> {
    let id = new_uuid();
    let step = |account: Account, touch| account.hold(id, command.kind, command.reason.clone(), touch);
    take(&app, &caller, (path.account_id, expected), ("account.hold", "account.held"), step).await
}

/// Lift one hold; with the last one the account is active again.
#[utoipa::path(post, path = "/v1/accounts/{account_id}/release", params(AccountPath), request_body = ReleaseAccount, responses((status = 200, body = AccountView)))]
async fn release(
    caller: Caller<HoldAccounts>,
    path: Path<AccountPath>,
    expected: IfMatch,
    command: Valid<ReleaseAccount>,
    app: Data<Accounts>,
) -> Result<Reply, Problem> {
    let step = |account: Account, touch| account.release(command.hold_id, touch);
    take(&app, &caller, (path.account_id, expected), ("account.release", "account.released"), step).await
}

/// Begin closing an account.
#[utoipa::path(post, path = "/v1/accounts/{account_id}/start-closing", params(AccountPath), responses((status = 200, body = AccountView)))]
async fn start_closing(
    caller: Caller<CloseAccounts>,
    path: Path<AccountPath>,
    expected: IfMatch,
    app: Data<Accounts>,
) -> Result<Reply, Problem> {
    take(&app, &caller, (path.account_id, expected), ("account.start_closing", "account.closing_started"), Account::start_closing).await
}

/// Close an account for good.
///
/// Refused while contracts are active, unless a reason to override is stated.
#[utoipa::path(post, path = "/v1/accounts/{account_id}/close", params(AccountPath), request_body = CloseAccount, responses((status = 200, body = AccountView)))]
async fn close(
    caller: Caller<CloseAccounts>,
    path: Path<AccountPath>,
    expected: IfMatch,
    command: Valid<CloseAccount>,
    app: Data<Accounts>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "account.close", async |tx| {
            locks::lock_account(tx, path.account_id.uuid()).await?;
            let current = store::find(tx, caller.scope(), path.account_id).await?;
            expected.check(current.stamp.version)?;
            let before = AccountView::from(&current);
            let active = contract::store::active_of(tx, &[current.id]).await?;
            let obstacles = Obstacles { active_contracts: active.iter().map(|contract| contract.id.uuid()).collect() };
            let next = current.close(&obstacles, command.override_reason.as_deref(), Touch::of(tx))?;
            store::save(tx, &next).await?;
            tx.record(changed("account.closed", &next).before(&before).reason(command.override_reason.clone()));
            Ok(Reply::ok(&AccountView::of(&next, caller.scope()))?.tagged(next.stamp.version))
        })
        .await
}
