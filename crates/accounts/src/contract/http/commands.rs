//! Creating contracts and editing their terms.

use actix_web::web::{Data, Path};
use kernel::Fault;
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

use super::{changed, save_edited, shown, view};
use crate::access::WriteContracts;
use crate::account::model::Account;
use crate::contract::model::ContractKind;
use crate::contract::store::{self, Agreement};
use crate::contract::wire::{ContractPath, ContractView, CreateContract, PatchContract};
use crate::{Accounts, account, locks, site};

pub(super) fn operations() -> Operations {
    operations!["contracts"; create, patch]
}

/// A contract stands under a master agreement of its own account or of one above it.
async fn check_parent(tx: &Tx, account: &Account, command: &CreateContract) -> Result<(), Problem> {
    let Some(parent) = command.parent_id else { return Ok(()) };
    let mut accounts = vec![account.id];
    accounts.extend(account::store::ancestors(tx, account).await?.iter().map(|ancestor| ancestor.id));
    let parent = store::find_parent(tx, parent, &accounts).await?;
    if parent.kind != ContractKind::Msa || command.kind == ContractKind::Msa {
        return Err(Fault::field("/parent_id", "not_a_master_agreement", "Only a master agreement has contracts under it.").into());
    }
    Ok(())
}

/// Create a contract, in draft.
#[utoipa::path(post, path = "/v1/contracts", request_body = CreateContract, responses((status = 201, body = ContractView)))]
async fn create(caller: Caller<WriteContracts>, command: Valid<CreateContract>, app: Data<Accounts>) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "contract.create", async |tx| {
            let account = account::store::find_named(tx, caller.scope(), command.account_id, "/account_id").await?;
            account.check_open()?;
            check_parent(tx, &account, &command).await?;
            let number = locks::next_number(tx, "contract").await?;
            let (contract, version) = command.clone().into_contract(number, Touch::of(tx))?;
            check_coverage(tx, caller.scope(), &account, &contract.coverage.sites).await?;
            store::insert(tx, &contract, &version).await?;
            tx.record(changed(tx, "contract.created", &contract, &version).await?);
            let view = view(&contract, &version, caller.scope(), tx.now().date_naive())?;
            Ok(Reply::created(format!("/v1/contracts/{}", contract.id), &view)?.tagged(contract.stamp.version))
        })
        .await
}

async fn check_coverage(tx: &Tx, scope: &RowScope, account: &Account, sites: &[kernel::id::SiteId]) -> Result<(), Problem> {
    site::store::check_named(tx, scope, account.id, sites, "/coverage/sites").await
}

/// Change a contract that has not been signed.
#[utoipa::path(patch, path = "/v1/contracts/{contract_id}", params(ContractPath), request_body = PatchContract, responses((status = 200, body = ContractView)))]
async fn patch(
    caller: Caller<WriteContracts>,
    path: Path<ContractPath>,
    expected: IfMatch,
    command: Valid<PatchContract>,
    app: Data<Accounts>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "contract.patch", async |tx| {
            let current = store::find_for_change(tx, caller.scope(), path.contract_id).await?;
            expected.check(current.contract.stamp.version)?;
            let (contract, version) = command.clone().apply(&current.contract, &current.version)?;
            if contract.coverage != current.contract.coverage {
                site::store::check_named(tx, caller.scope(), contract.account_id, &contract.coverage.sites, "/coverage/sites").await?;
            }
            let edited = save_edited(tx, Agreement { contract, version, prices: current.prices }, "contract.updated").await?;
            shown(&edited.contract, &edited.version, caller.scope(), tx.now().date_naive())
        })
        .await
}
