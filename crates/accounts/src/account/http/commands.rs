//! Creating, changing and moving accounts.

use actix_web::web::{Data, Path};
use platform::bulk::{self, Bulk, BulkItems, BulkReport};
use platform::caller::Caller;
use platform::db::Tx;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use platform::stamp::Touch;
use platform::valid::Valid;

use super::changed;
use crate::Accounts;
use crate::access::{MoveAccounts, WriteAccounts};
use crate::account::model::Account;
use crate::account::store;
use crate::account::wire::{AccountPath, AccountView, CreateAccount, ExternalRefPath, MoveAccount, PatchAccount};
use crate::branch;
use crate::locks;

pub(super) fn operations() -> Operations {
    operations!["accounts"; create, create_many, upsert, patch, relocate]
}

fn created(account: &Account, scope: &RowScope) -> Result<Reply, Problem> {
    let view = AccountView::of(account, scope);
    Ok(Reply::created(format!("/v1/accounts/{}", account.id), &view)?.tagged(account.stamp.version))
}

/// Inserts a new account whose branch has been checked. Below another one it keeps the tree still until the commit.
async fn insert(tx: &Tx, scope: &RowScope, command: CreateAccount) -> Result<Account, Problem> {
    let parent = match command.parent_id {
        Some(parent) => {
            locks::keep_tree(tx).await?;
            Some(store::find_named(tx, scope, parent, "/parent_id").await?)
        }
        None => None,
    };
    if let Some(parent) = &parent {
        parent.check_open()?;
    }
    let number = locks::next_number(tx, "account").await?;
    let account = command.into_account(number, parent.as_ref(), Touch::of(tx))?;
    store::insert(tx, &account).await?;
    tx.record(changed("account.created", &account));
    Ok(account)
}

/// Create an account.
///
/// It starts as a prospect; `onboard` and `activate` bring it further.
#[utoipa::path(post, path = "/v1/accounts", request_body = CreateAccount, responses((status = 201, body = AccountView)))]
async fn create(caller: Caller<WriteAccounts>, command: Valid<CreateAccount>, app: Data<Accounts>) -> Result<Reply, Problem> {
    // A branch is never deleted, so it need not be read under the write lock.
    branch::store::check_named(app.db.read(), caller.scope(), command.branch_id).await?;
    app.db
        .command(&caller, "account.create", async |tx| {
            let account = insert(tx, caller.scope(), command.clone()).await?;
            created(&account, caller.scope())
        })
        .await
}

/// Create up to 500 accounts.
#[utoipa::path(post, path = "/v1/accounts/bulk", request_body = Bulk<CreateAccount>, responses((status = 200, body = BulkReport)))]
async fn create_many(caller: Caller<WriteAccounts>, items: BulkItems<CreateAccount>, app: Data<Accounts>) -> Result<Reply, Problem> {
    let work = async |tx: &Tx, item: &CreateAccount| {
        branch::store::check_named(tx, caller.scope(), item.branch_id).await?;
        created(&insert(tx, caller.scope(), item.clone()).await?, caller.scope())
    };
    bulk::run(&app.db, &caller, "account.create_many", &items, work).await
}

/// Create or replace the account that another system knows by a reference.
///
/// The account's place in the tree and its status are set only when it is created.
#[utoipa::path(put, path = "/v1/accounts/by-external-ref/{external_ref}", params(ExternalRefPath), request_body = CreateAccount,
    responses((status = 200, body = AccountView), (status = 201, body = AccountView)))]
async fn upsert(
    caller: Caller<WriteAccounts>,
    path: Path<ExternalRefPath>,
    command: Valid<CreateAccount>,
    app: Data<Accounts>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "account.upsert", async |tx| match store::by_external_ref(tx, &path.external_ref).await? {
            None => {
                branch::store::check_named(tx, caller.scope(), command.branch_id).await?;
                let command = CreateAccount { external_ref: Some(path.external_ref.clone()), ..command.clone() };
                created(&insert(tx, caller.scope(), command).await?, caller.scope())
            }
            Some(known) => {
                let current = store::find(tx, caller.scope(), known.id).await?;
                change(tx, caller.scope(), current, command.clone().into_patch()).await
            }
        })
        .await
}

async fn change(tx: &Tx, scope: &RowScope, current: Account, patch: PatchAccount) -> Result<Reply, Problem> {
    branch::store::check_named(tx, scope, patch.branch_id.flatten()).await?;
    let before = AccountView::from(&current);
    let next = patch.apply(current, Touch::of(tx))?;
    store::save(tx, &next).await?;
    tx.record(changed("account.updated", &next).before(&before));
    Ok(Reply::ok(&AccountView::of(&next, scope))?.tagged(next.stamp.version))
}

/// Change an account.
#[utoipa::path(patch, path = "/v1/accounts/{account_id}", params(AccountPath), request_body = PatchAccount, responses((status = 200, body = AccountView)))]
async fn patch(
    caller: Caller<WriteAccounts>,
    path: Path<AccountPath>,
    expected: IfMatch,
    command: Valid<PatchAccount>,
    app: Data<Accounts>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "account.patch", async |tx| {
            let current = store::find(tx, caller.scope(), path.account_id).await?;
            expected.check(current.stamp.version)?;
            change(tx, caller.scope(), current, command.clone()).await
        })
        .await
}

/// Move an account, with everything below it, under another parent.
#[utoipa::path(post, path = "/v1/accounts/{account_id}/move", params(AccountPath), request_body = MoveAccount, responses((status = 200, body = AccountView)))]
async fn relocate(
    caller: Caller<MoveAccounts>,
    path: Path<AccountPath>,
    expected: IfMatch,
    command: Valid<MoveAccount>,
    app: Data<Accounts>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "account.move", async |tx| {
            locks::lock_tree(tx).await?;
            let current = store::find(tx, caller.scope(), path.account_id).await?;
            expected.check(current.stamp.version)?;
            let moved = carry(tx, caller.scope(), current, &command).await?;
            Ok(Reply::ok(&AccountView::of(&moved, caller.scope()))?.tagged(moved.stamp.version))
        })
        .await
}

async fn carry(tx: &Tx, scope: &RowScope, current: Account, command: &MoveAccount) -> Result<Account, Problem> {
    let parent = match command.parent_id {
        Some(parent) => Some(store::find_named(tx, scope, parent, "/parent_id").await?),
        None => None,
    };
    let (before, old) = (AccountView::from(&current), current.path.clone());
    let deepest = store::deepest(tx, &old).await?;
    let touch = Touch::of(tx);
    let moved = current.moved_below(parent.as_ref(), deepest, touch)?;
    store::save(tx, &moved).await?;
    if moved.path != old {
        store::carry_subtree(tx, &old, &moved, touch).await?;
    }
    tx.record(changed("account.moved", &moved).before(&before));
    Ok(moved)
}
