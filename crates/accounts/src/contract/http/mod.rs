//! Operations on contracts.

mod commands;
pub(crate) mod prices;
pub(crate) mod queries;
mod signing;
mod steps;

use chrono::NaiveDate;
use platform::db::Tx;
use platform::operation::Operations;
use platform::outbox::Change;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use platform::stamp::Touch;

use super::model::Contract;
use super::store;
use super::version::{ContractVersion, ContractVersionState, fingerprint};
use super::wire::{ContractSummary, ContractVersionView, ContractView};
use crate::account;
use crate::contract::store::Agreement;

pub(crate) fn operations() -> Operations {
    commands::operations().and(queries::operations()).and(steps::operations()).and(signing::operations()).and(prices::operations())
}

/// The change of a contract, shown as staff see it.
async fn changed(tx: &Tx, event: &'static str, contract: &Contract, version: &ContractVersion) -> Result<Change, Problem> {
    let view =
        ContractView { contract: ContractSummary::from(contract), current_version: ContractVersionView::from(version), as_of_status: None };
    let branch = account::store::home_branch(tx, contract.account_id.uuid()).await?;
    let change = Change::new(event, "contract", contract.id, contract.stamp.version).after(&view);
    Ok(change.account(Some(contract.account_id)).branch(branch))
}

fn view(contract: &Contract, version: &ContractVersion, scope: &RowScope, date: NaiveDate) -> Result<ContractView, Problem> {
    let signed = version.state != ContractVersionState::Draft && version.state != ContractVersionState::Abandoned;
    let as_of_status = signed.then(|| version.as_of(date)).transpose()?;
    Ok(ContractView { contract: ContractSummary::of(contract, scope), current_version: ContractVersionView::from(version), as_of_status })
}

fn shown(contract: &Contract, version: &ContractVersion, scope: &RowScope, date: NaiveDate) -> Result<Reply, Problem> {
    Ok(Reply::ok(&view(contract, version, scope, date)?)?.tagged(contract.stamp.version))
}

/// Saves an agreement whose content was edited, and lets the header follow from what the edit means commercially.
async fn save_edited(tx: &Tx, edited: Agreement, event: &'static str) -> Result<Agreement, Problem> {
    let Agreement { contract, mut version, prices } = edited;
    version.check_editable()?;
    let after = fingerprint(&contract, &version.terms, &prices)?;
    let contract = contract.edited(&version.fingerprint, &after, Touch::of(tx))?;
    version.fingerprint = after;
    store::save(tx, &contract).await?;
    store::save_version(tx, &version).await?;
    tx.record(changed(tx, event, &contract, &version).await?);
    Ok(Agreement { contract, version, prices })
}
