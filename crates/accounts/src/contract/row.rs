//! Between rows and domain values of contracts; nothing is decided or queried here.

use kernel::id::{ContractId, SiteId};
use kernel::{Currency, Money};
use platform::problem::Problem;
use platform::rows::{from_json, to_json, word};
use platform::stamp_of;
use uuid::Uuid;

use super::model::{Contract, Coverage};
use super::price_entity as price;
use super::price_term::{PriceKey, PriceTerm, Priced};
use super::version::{ContractVersion, Signature};
use super::{entity, version_entity as version};

pub(crate) fn of_contract(contract: &Contract) -> Result<entity::Model, Problem> {
    Ok(entity::Model {
        id: contract.id.uuid(),
        version: contract.stamp.version,
        created_at: contract.stamp.created_at,
        updated_at: contract.stamp.updated_at,
        created_by: contract.stamp.created_by,
        updated_by: contract.stamp.updated_by,
        external_ref: contract.external_ref.clone(),
        number: contract.number,
        account_id: contract.account_id.uuid(),
        kind: contract.kind.to_string(),
        parent_id: contract.parent_id.map(ContractId::uuid),
        title: contract.title.clone(),
        status: contract.status.to_string(),
        coverage: contract.coverage.mode.to_string(),
        coverage_sites: to_json(&contract.coverage.sites)?,
        service_lines: to_json(&contract.service_lines)?,
        current_version_id: contract.current_version_id.uuid(),
        submitted_fingerprint: contract.submitted_fingerprint.clone(),
        approved_by: contract.approved_by,
        reason: contract.reason.clone(),
    })
}

/// # Errors
/// `internal` for a row that cannot be read.
pub(crate) fn contract(row: entity::Model) -> Result<Contract, Problem> {
    let stamp = stamp_of!(row);
    Ok(Contract {
        id: row.id.into(),
        stamp,
        number: row.number,
        account_id: row.account_id.into(),
        kind: word(&row.kind)?,
        parent_id: row.parent_id.map(Into::into),
        title: row.title,
        status: word(&row.status)?,
        coverage: Coverage { mode: word(&row.coverage)?, sites: from_json(row.coverage_sites)? },
        service_lines: from_json(row.service_lines)?,
        current_version_id: row.current_version_id.into(),
        submitted_fingerprint: row.submitted_fingerprint,
        approved_by: row.approved_by,
        reason: row.reason,
        external_ref: row.external_ref,
    })
}

pub(crate) fn of_version(version: &ContractVersion) -> Result<version::Model, Problem> {
    let signature = version.signature.as_ref();
    Ok(version::Model {
        id: version.id.uuid(),
        contract_id: version.contract_id.uuid(),
        no: version.no,
        state: version.state.to_string(),
        terms: to_json(&version.terms)?,
        signed_on: signature.map(|signature| signature.signed_on),
        signers: to_json(signature.map_or(&[][..], |signature| signature.signers.as_slice()))?,
        document: signature.and_then(|signature| signature.document.clone()),
        first_service_on: version.first_service_on,
        valid_from: version.start,
        valid_until: version.end,
        fingerprint: version.fingerprint.clone(),
        created_at: version.created_at,
        created_by: version.created_by,
    })
}

/// # Errors
/// `internal` for a row that cannot be read.
pub(crate) fn version(row: version::Model) -> Result<ContractVersion, Problem> {
    let signers = from_json(row.signers)?;
    Ok(ContractVersion {
        id: row.id.into(),
        contract_id: row.contract_id.into(),
        no: row.no,
        state: word(&row.state)?,
        terms: from_json(row.terms)?,
        signature: row.signed_on.map(|signed_on| Signature { signed_on, signers, document: row.document }),
        first_service_on: row.first_service_on,
        start: row.valid_from,
        end: row.valid_until,
        fingerprint: row.fingerprint,
        created_at: row.created_at,
        created_by: row.created_by,
    })
}

pub(crate) fn of_price_term(term: &PriceTerm) -> Result<price::Model, Problem> {
    let priced = &term.priced;
    let site_id = priced.site_id.map(SiteId::uuid);
    Ok(price::Model {
        id: term.id.uuid(),
        contract_id: term.contract_id.uuid(),
        version_id: term.version_id.uuid(),
        key_kind: priced.key.kind.to_string(),
        key_code: priced.key.code.clone(),
        site_id,
        profile_id: priced.profile_id,
        site_slot: site_id.unwrap_or(Uuid::nil()),
        profile_slot: priced.profile_id.unwrap_or(Uuid::nil()),
        uom: priced.uom.clone(),
        currency: priced.currency.to_string(),
        price: to_json(&priced.price)?,
        min_charge: priced.min_charge.map(Money::minor),
        free: priced.free,
        valid_from: priced.valid_from,
        valid_until: priced.valid_until,
    })
}

/// # Errors
/// `internal` for a row that cannot be read.
pub(crate) fn price_term(row: price::Model) -> Result<PriceTerm, Problem> {
    let currency: Currency = word(&row.currency)?;
    let priced = Priced {
        key: PriceKey { kind: word(&row.key_kind)?, code: row.key_code },
        site_id: row.site_id.map(Into::into),
        profile_id: row.profile_id,
        uom: row.uom,
        currency,
        price: from_json(row.price)?,
        min_charge: row.min_charge.map(|minor| Money::from_minor(minor, currency)),
        free: row.free,
        valid_from: row.valid_from,
        valid_until: row.valid_until,
    };
    Ok(PriceTerm { id: row.id.into(), contract_id: row.contract_id.into(), version_id: row.version_id.into(), priced })
}
