//! Reading accounts and their trees.

use actix_web::web::{Data, Path};
use platform::caller::Caller;
use platform::operation::Operations;
use platform::operations;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use sea_orm::QueryFilter;

use crate::access::ReadAccounts;
use crate::account::entity::{Column, Entity};
use crate::account::model::{AccountKind, AccountStatus};
use crate::account::store;
use crate::account::wire::{AccountPath, AccountView, DescendantsView};
use crate::{Accounts, search};

pub(super) fn operations() -> Operations {
    operations!["accounts"; list, fetch, descendants]
}

/// What the list of accounts can be asked for.
pub(crate) struct AccountList;

impl ListSpec for AccountList {
    type Entity = Entity;
    type View = AccountView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::text("name", Column::Name).sortable(),
        Field::choice("type", Column::Kind, AccountKind::TEXTS),
        Field::choice("status", Column::Status, AccountStatus::TEXTS),
        Field::uuid("branch_id", Column::BranchId).nullable(),
        Field::uuid("parent_id", Column::ParentId).nullable(),
        Field::text("segment", Column::Segment).nullable(),
        Field::text("external_ref", Column::ExternalRef).nullable(),
        Field::instant("updated_at", Column::UpdatedAt).sortable(),
    ];
    const DEFAULT_SORT: &'static str = "-id";
    const SEARCH: bool = true;
}

/// List accounts.
///
/// `q` finds words of the name and the number.
#[utoipa::path(get, path = "/v1/accounts", params(Listing<AccountList>), responses((status = 200, body = Page<AccountView>)))]
async fn list(caller: Caller<ReadAccounts>, listing: Listing<AccountList>, app: Data<Accounts>) -> Result<Reply, Problem> {
    let mut accounts = store::visible(caller.scope());
    if let Some(text) = listing.search() {
        accounts = accounts.filter(search::ACCOUNTS.matching(app.db.backend(), text));
    }
    let page = listing.page(app.db.read(), accounts).await?;
    listing.reply(&page.try_map(|row| store::account(row).map(|account| AccountView::of(&account, caller.scope())))?)
}

/// Read one account.
#[utoipa::path(get, path = "/v1/accounts/{account_id}", params(AccountPath), responses((status = 200, body = AccountView)))]
async fn fetch(caller: Caller<ReadAccounts>, path: Path<AccountPath>, app: Data<Accounts>) -> Result<Reply, Problem> {
    let account = store::find(app.db.read(), caller.scope(), path.account_id).await?;
    Ok(Reply::ok(&AccountView::of(&account, caller.scope()))?.tagged(account.stamp.version))
}

/// Read the identifiers of an account and everything below it.
#[utoipa::path(get, path = "/v1/accounts/{account_id}/descendants", params(AccountPath), responses((status = 200, body = DescendantsView)))]
async fn descendants(caller: Caller<ReadAccounts>, path: Path<AccountPath>, app: Data<Accounts>) -> Result<Reply, Problem> {
    let account = store::find(app.db.read(), caller.scope(), path.account_id).await?;
    let data = store::subtree(app.db.read(), caller.scope(), &account).await?;
    Reply::ok(&DescendantsView { data })
}
