//! Recording a contract's signature and its first service: from then on it is in force.

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

use super::{changed, shown};
use crate::access::SignContracts;
use crate::contact::model::Authority;
use crate::contract::model::{Contract, ContractStep, InForce, check_exclusive};
use crate::contract::price_term::check_overlap;
use crate::contract::store::{self, Agreement};
use crate::contract::version::ContractVersion;
use crate::contract::wire::{ContractPath, ContractView, FirstService, SignContract};
use crate::{Accounts, contact, locks};

pub(super) fn operations() -> Operations {
    operations!["contracts"; sign, first_service]
}

/// Every named contact must have the authority to sign for the account on the day of signature.
async fn check_signers(tx: &Tx, contract: &Contract, command: &SignContract) -> Result<(), Problem> {
    let named: Vec<uuid::Uuid> = command.signers.iter().filter_map(|signer| signer.contact_id).map(|id| id.uuid()).collect();
    let roles = contact::store::roles(tx, &RowScope::All, &named).await?;
    let mut faults = Vec::new();
    for (place, signer) in command.signers.iter().enumerate() {
        let Some(contact) = signer.contact_id else { continue };
        let permits = |role: &&contact::model::ContactRole| {
            role.contact_id == contact && role.permits(Authority::Sign, contract.account_id, None, command.signed_on)
        };
        if !roles.iter().any(|role| permits(&role)) {
            let message = "The contact may not sign for this account on that day.";
            faults.push(Fault::field(format!("/signers/{place}/contact_id"), "not_authorised", message));
        }
    }
    Ok(Fault::all(faults)?)
}

/// Rule (1), and no price that another contract of the same rank gives already. The account is locked by the caller.
async fn check_others(tx: &Tx, signed: &Agreement) -> Result<(), Problem> {
    let mut others = store::active_of(tx, &[signed.contract.account_id]).await?;
    others.retain(|other| other.id != signed.contract.id);
    let versions = store::signed_versions(tx, &others).await?;
    let in_force: Vec<InForce<'_>> = versions.iter().filter_map(|version| days(&others, version)).collect();
    let candidate = InForce { contract: &signed.contract, start: signed.version.start, end: signed.version.end };
    check_exclusive(candidate, &in_force)?;
    let rivals: Vec<&ContractVersion> = versions.iter().filter(|version| rivals(signed, &others, version)).collect();
    let prices = store::prices(tx, &rivals.iter().map(|version| version.id).collect::<Vec<_>>()).await?;
    for line in &signed.prices {
        check_overlap(line, &prices)?;
    }
    Ok(())
}

fn days<'a>(contracts: &'a [Contract], version: &ContractVersion) -> Option<InForce<'a>> {
    let contract = contracts.iter().find(|contract| contract.current_version_id == version.id)?;
    Some(InForce { contract, start: version.start, end: version.end })
}

/// True when both contracts would answer for the same price at the same time: same rank, same sites, days in common.
fn rivals(signed: &Agreement, others: &[Contract], version: &ContractVersion) -> bool {
    let Some(other) = others.iter().find(|other| other.current_version_id == version.id) else { return false };
    let alike = other.kind.precedence() == signed.contract.kind.precedence() && other.coverage.overlaps(&signed.contract.coverage);
    let (Ok(mine), Ok(theirs)) = (signed.version.price_period(), version.price_period()) else { return false };
    alike && mine.zip(theirs).is_some_and(|(mine, theirs)| mine.overlaps(&theirs))
}

/// Saves a contract whose version has just got its days in force.
async fn save(tx: &Tx, agreement: &Agreement, event: &'static str) -> Result<(), Problem> {
    check_others(tx, agreement).await?;
    store::save(tx, &agreement.contract).await?;
    store::save_version(tx, &agreement.version).await?;
    tx.record(changed(tx, event, &agreement.contract, &agreement.version).await?);
    Ok(())
}

/// Record the customer's signature.
///
/// The contract is active from now on, and its version no longer changes. Before its first day it is scheduled.
#[utoipa::path(post, path = "/v1/contracts/{contract_id}/sign", params(ContractPath), request_body = SignContract, responses((status = 200, body = ContractView)))]
async fn sign(
    caller: Caller<SignContracts>,
    path: Path<ContractPath>,
    expected: IfMatch,
    command: Valid<SignContract>,
    app: Data<Accounts>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "contract.sign", async |tx| {
            let agreement = locked(tx, caller.scope(), &path, expected).await?;
            check_signers(tx, &agreement.contract, &command).await?;
            let contract = agreement.contract.stepped(ContractStep::Sign, Touch::of(tx))?;
            let version = agreement.version.sign(command.clone().into_signature())?;
            let signed = Agreement { contract, version, prices: agreement.prices };
            save(tx, &signed, "contract.signed").await?;
            shown(&signed.contract, &signed.version, caller.scope(), tx.now().date_naive())
        })
        .await
}

/// Record the first completed service of a contract whose term begins with it.
#[utoipa::path(post, path = "/v1/contracts/{contract_id}/first-service", params(ContractPath), request_body = FirstService, responses((status = 200, body = ContractView)))]
async fn first_service(
    caller: Caller<SignContracts>,
    path: Path<ContractPath>,
    expected: IfMatch,
    command: Valid<FirstService>,
    app: Data<Accounts>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "contract.first_service", async |tx| {
            let agreement = locked(tx, caller.scope(), &path, expected).await?;
            let version = agreement.version.first_served(command.on)?;
            let started = Agreement { contract: agreement.contract.touched(Touch::of(tx)), version, prices: agreement.prices };
            save(tx, &started, "contract.started").await?;
            shown(&started.contract, &started.version, caller.scope(), tx.now().date_naive())
        })
        .await
}

/// The agreement, with its account locked first: two contracts of one account are never signed side by side.
async fn locked(tx: &Tx, scope: &RowScope, path: &ContractPath, expected: IfMatch) -> Result<Agreement, Problem> {
    let contract = store::find(tx, scope, path.contract_id).await?;
    locks::lock_account(tx, contract.account_id.uuid()).await?;
    let agreement = store::find_for_change(tx, scope, path.contract_id).await?;
    expected.check(agreement.contract.stamp.version)?;
    Ok(agreement)
}
