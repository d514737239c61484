//! Steps of a contract's negotiation, up to its being sent out for signature.

use actix_web::web::{Data, Path};
use kernel::Fault;
use kernel::id::ContractId;
use platform::caller::{Caller, Permission};
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::stamp::Touch;
use platform::valid::Valid;

use super::{changed, shown};
use crate::Accounts;
use crate::access::{ApproveContracts, WriteContracts};
use crate::contract::model::{Contract, ContractStep};
use crate::contract::store::{self, Agreement};
use crate::contract::version::ContractVersionState;
use crate::contract::wire::{AbandonContract, ContractPath, ContractView, RejectContract};

pub(super) fn operations() -> Operations {
    operations!["contracts"; negotiate, submit, approve, reject, send, abandon]
}

/// Reads the contract, lets `step` decide, saves and records what came of it.
async fn take<P: Permission>(
    app: &Accounts,
    caller: &Caller<P>,
    target: (ContractId, IfMatch),
    event: &'static str,
    step: impl Fn(Contract, &str, Touch) -> Result<Contract, Fault>,
) -> Result<Reply, Problem> {
    let (id, expected) = target;
    app.db
        .command(caller, "contract.step", async |tx| {
            let Agreement { contract, mut version, .. } = store::find_for_change(tx, caller.scope(), id).await?;
            expected.check(contract.stamp.version)?;
            let before = super::ContractSummary::from(&contract);
            let next = step(contract, &version.fingerprint, Touch::of(tx))?;
            store::save(tx, &next).await?;
            if next.status == crate::contract::model::ContractStatus::Abandoned {
                version.state = ContractVersionState::Abandoned;
                store::save_version(tx, &version).await?;
            }
            tx.record(changed(tx, event, &next, &version).await?.before(&before));
            shown(&next, &version, caller.scope(), tx.now().date_naive())
        })
        .await
}

/// Begin negotiating a drafted contract.
#[utoipa::path(post, path = "/v1/contracts/{contract_id}/negotiate", params(ContractPath), responses((status = 200, body = ContractView)))]
async fn negotiate(
    caller: Caller<WriteContracts>,
    path: Path<ContractPath>,
    expected: IfMatch,
    app: Data<Accounts>,
) -> Result<Reply, Problem> {
    let step = |contract: Contract, _: &str, touch| contract.stepped(ContractStep::Negotiate, touch);
    take(&app, &caller, (path.contract_id, expected), "contract.negotiation_started", step).await
}

/// Submit a contract's terms for approval.
#[utoipa::path(post, path = "/v1/contracts/{contract_id}/submit", params(ContractPath), responses((status = 200, body = ContractView)))]
async fn submit(
    caller: Caller<WriteContracts>,
    path: Path<ContractPath>,
    expected: IfMatch,
    app: Data<Accounts>,
) -> Result<Reply, Problem> {
    let step = |contract: Contract, fingerprint: &str, touch| contract.submit(fingerprint.to_owned(), touch);
    take(&app, &caller, (path.contract_id, expected), "contract.submitted", step).await
}

/// Approve the submitted terms.
#[utoipa::path(post, path = "/v1/contracts/{contract_id}/approve", params(ContractPath), responses((status = 200, body = ContractView)))]
async fn approve(
    caller: Caller<ApproveContracts>,
    path: Path<ContractPath>,
    expected: IfMatch,
    app: Data<Accounts>,
) -> Result<Reply, Problem> {
    take(&app, &caller, (path.contract_id, expected), "contract.approved", Contract::approve).await
}

/// Reject the submitted terms; the contract is negotiated again.
#[utoipa::path(post, path = "/v1/contracts/{contract_id}/reject", params(ContractPath), request_body = RejectContract, responses((status = 200, body = ContractView)))]
async fn reject(
    caller: Caller<ApproveContracts>,
    path: Path<ContractPath>,
    expected: IfMatch,
    command: Valid<RejectContract>,
    app: Data<Accounts>,
) -> Result<Reply, Problem> {
    let step = |contract: Contract, _: &str, touch| contract.reject(command.reason.clone(), touch);
    take(&app, &caller, (path.contract_id, expected), "contract.rejected", step).await
}

/// Send an approved contract out for signature.
#[utoipa::path(post, path = "/v1/contracts/{contract_id}/send", params(ContractPath), responses((status = 200, body = ContractView)))]
async fn send(caller: Caller<WriteContracts>, path: Path<ContractPath>, expected: IfMatch, app: Data<Accounts>) -> Result<Reply, Problem> {
    let step = |contract: Contract, _: &str, touch| contract.stepped(ContractStep::Send, touch);
    take(&app, &caller, (path.contract_id, expected), "contract.sent_for_signature", step).await
}

/// Give up a contract that has not been signed.
#[utoipa::path(post, path = "/v1/contracts/{contract_id}/abandon", params(ContractPath), request_body = AbandonContract, responses((status = 200, body = ContractView)))]
async fn abandon(
    caller: Caller<WriteContracts>,
    path: Path<ContractPath>,
    expected: IfMatch,
    command: Valid<AbandonContract>,
    app: Data<Accounts>,
) -> Result<Reply, Problem> {
    let step = |contract: Contract, _: &str, touch| contract.abandon(command.reason.clone(), touch);
    take(&app, &caller, (path.contract_id, expected), "contract.abandoned", step).await
}
