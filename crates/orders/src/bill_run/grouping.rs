//! Which billables become one invoice, and what that invoice would be. Pure.

use std::collections::BTreeMap;

use kernel::{Currency, Fault};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::request::{ConsolidateBy, CreateBillRun};
use crate::billable::entity::Model as Billable;
use crate::invoice::gather;
use crate::invoice::model::{Draft, Header, TaxChoice};
use crate::invoice::ops::hexadecimal;
use crate::invoice::request::STANDARD;

/// The most lines of one invoice unless the run says less.
const MOST_LINES: usize = 500;

/// What the billables of one invoice share. Its order is the order of the invoices' numbers.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct GroupKey {
    pub bill_to_id: Uuid,
    pub currency: String,
    pub po_number: Option<String>,
    pub site_id: Option<Uuid>,
    pub order_id: Option<Uuid>,
    pub service_line: Option<String>,
    pub cost_center: Option<String>,
    /// Invoices with other terms are other invoices, unless the run states the terms of all.
    #[serde(default)]
    pub payment_terms: Option<String>,
    /// Counts the invoices that a group with too many lines is cut into.
    pub part: usize,
}

impl GroupKey {
    fn of(billable: &Billable, run: &CreateBillRun) -> Self {
        Self {
            bill_to_id: billable.bill_to_id,
            currency: billable.currency.clone(),
            po_number: billable.po_number.clone(),
            site_id: billable.site_id.filter(|_| run.by(ConsolidateBy::Site)),
            order_id: billable.order_id.filter(|_| run.by(ConsolidateBy::Order)),
            service_line: billable.service_line.clone().filter(|_| run.by(ConsolidateBy::ServiceLine)),
            cost_center: billable.cost_center.clone().filter(|_| run.by(ConsolidateBy::CostCenter)),
            payment_terms: billable.payment_terms.clone().filter(|_| run.terms.is_none()),
            part: 0,
        }
    }
}

/// Billables that become one invoice.
#[derive(Clone, Debug)]
pub struct Group {
    pub key: GroupKey,
    pub billables: Vec<Billable>,
}

/// Groups billables, which come in the order of their service dates, and cuts groups that have too many lines.
#[must_use]
pub fn groups(billables: Vec<Billable>, run: &CreateBillRun) -> Vec<Group> {
    let mut by_key: BTreeMap<GroupKey, Vec<Billable>> = BTreeMap::new();
    for billable in billables {
        by_key.entry(GroupKey::of(&billable, run)).or_default().push(billable);
    }
    let most = run.max_lines.map_or(MOST_LINES, usize::from).max(1);
    let mut groups = Vec::with_capacity(by_key.len());
    for (key, members) in by_key {
        for (part, chunk) in members.chunks(most).enumerate() {
            groups.push(Group { key: GroupKey { part, ..key.clone() }, billables: chunk.to_vec() });
        }
    }
    groups
}

impl Group {
    #[must_use]
    pub fn ids(&self) -> Vec<Uuid> {
        self.billables.iter().map(|one| one.id).collect()
    }

    /// The invoice that the group comes to.
    ///
    /// # Errors
    /// 409 `billable_not_open`; those of the invoice: a negative total, a tax code without a rate.
    pub fn draft(&self, run: Uuid, request: &CreateBillRun) -> Result<Draft, Fault> {
        let currency: Currency = self.key.currency.parse()?;
        let common = gather::common(&self.billables)?;
        let stated = request.tax.as_ref().map(|tax| tax.choice(currency)).transpose()?;
        let lines = gather::lines(&self.billables, stated.as_ref().map(|_| STANDARD))?;
        let choice = stated.unwrap_or_else(|| TaxChoice::Computed(gather::own_rules(&self.billables)));
        let header = Header {
            bill_to: self.key.bill_to_id,
            bill_to_name: None,
            branch: common.as_ref().and_then(|common| common.branch),
            order: common.as_ref().and_then(|common| common.order),
            run: Some(run),
            currency,
            po_number: self.key.po_number.clone(),
            terms: request.terms.or_else(|| common.as_ref().and_then(|common| common.terms)).unwrap_or_default(),
            issue_date: request.issue_date,
            due_date: None,
            memo: None,
            external_ref: None,
        };
        Draft::assemble(header, lines, &choice)
    }
}

/// What one group of a preview comes to; a fault where it cannot be invoiced.
#[derive(Clone, Debug)]
pub struct Previewed {
    pub group: Group,
    pub outcome: Result<(i64, i64), Fault>,
}

/// Prices every group.
#[must_use]
pub fn preview(groups: Vec<Group>, run: Uuid, request: &CreateBillRun) -> Vec<Previewed> {
    let price = |group: Group| {
        let outcome = group.draft(run, request).map(|draft| (draft.net, draft.tax));
        Previewed { group, outcome }
    };
    groups.into_iter().map(price).collect()
}

/// SHA-256 over the billables, their prices and the tax of a preview, in hexadecimal.
///
/// # Errors
/// `internal` when it cannot be written as JSON, which does not happen.
pub fn hash(request: &CreateBillRun, groups: &[Previewed]) -> Result<String, serde_json::Error> {
    let mut digest = Sha256::new();
    digest.update(serde_json::to_vec(request)?);
    for one in groups {
        let billables = one.group.billables.iter().map(|row| (row.id, row.quantity, row.unit_price, row.discount_rate, row.amount));
        let outcome = one.outcome.as_ref().map_err(|fault| fault.code.clone());
        digest.update(serde_json::to_vec(&(&one.group.key, billables.collect::<Vec<_>>(), outcome))?);
    }
    Ok(hexadecimal(&digest.finalize()))
}
