//! Choosing the invoices that an amount pays: reads open items under the account's lock and asks the pure engine.

use kernel::{Currency, Fault, Money};
use platform::db::Tx;
use platform::problem::Problem;
use uuid::Uuid;

use super::application::{Applied, Automatic, OpenItem, explicit};
use super::request::{ApplicationMode, ExplicitApplication, Remittance};
use crate::invoice::store::{Wanted, items};

/// How many open items are read at first.
const FIRST: u64 = 200;

/// What is applied, and the items it was decided on.
#[derive(Debug, Default)]
pub struct Plan {
    pub applied: Vec<Applied>,
    pub items: Vec<OpenItem>,
}

impl Plan {
    fn know(&mut self, more: Vec<OpenItem>) {
        for item in more {
            if !self.items.iter().any(|known| known.invoice == item.invoice) {
                self.items.push(item);
            }
        }
    }
}

/// Plans the application of `available` minor units of an account's money. The caller holds the account's lock.
///
/// # Errors
/// 409 `stale_balance` and 422 in explicit mode; automatic application never fails for lack of balance.
pub async fn plan(tx: &Tx, account: Uuid, available: Money, mode: &ApplicationMode) -> Result<Plan, Problem> {
    let currency = available.currency();
    match mode {
        ApplicationMode::None {} => Ok(Plan::default()),
        ApplicationMode::Explicit { applications } => stated(tx, account, available, applications).await,
        ApplicationMode::Auto { remittance } => automatic(tx, account, (available.minor(), currency), remittance).await,
    }
}

async fn stated(tx: &Tx, account: Uuid, available: Money, applications: &[ExplicitApplication]) -> Result<Plan, Problem> {
    let currency = available.currency();
    let mut wanted = Vec::with_capacity(applications.len());
    for (index, one) in applications.iter().enumerate() {
        let amount = Money::from_decimal(one.amount, currency)
            .map_err(|fault| Fault::field(format!("/application/applications/{index}/amount"), "invalid_amount", fault.detail.clone()))?;
        wanted.push(Applied { invoice: one.invoice_id, amount: amount.minor() });
    }
    let ids: Vec<Uuid> = wanted.iter().map(|one| one.invoice).collect();
    let items = items(tx, account, currency, Wanted::Any(&ids)).await?;
    if let Some(missing) = ids.iter().position(|id| !items.iter().any(|item| item.invoice == *id)) {
        let pointer = format!("/application/applications/{missing}/invoice_id");
        return Err(Fault::field(pointer, "unknown_invoice", "The account has no such invoice in this currency.").into());
    }
    let write = |minor| Money::from_minor(minor, currency).to_string();
    let applied = explicit(available.minor(), &wanted, &items, write).map_err(|fault| fault.under("/application"))?;
    Ok(Plan { applied, items })
}

async fn automatic(tx: &Tx, account: Uuid, (available, currency): (i64, Currency), remittance: &[Remittance]) -> Result<Plan, Problem> {
    let mut automatic = Automatic::new(available);
    let mut plan = Plan::default();
    if !remittance.is_empty() {
        let ids: Vec<Uuid> = remittance.iter().filter_map(|one| one.invoice_id).collect();
        let numbers: Vec<String> = remittance.iter().filter_map(|one| one.invoice_number.clone()).collect();
        plan.items = items(tx, account, currency, Wanted::Named { ids: &ids, numbers: &numbers }).await?;
        let mut referenced = Vec::new();
        for one in remittance {
            let stated = one.amount.map(|amount| Money::from_decimal(amount, currency)).transpose()?;
            let named = |item: &&OpenItem| one.invoice_id == Some(item.invoice) || one.invoice_number.as_deref() == Some(&item.number);
            referenced.extend(plan.items.iter().find(named).map(|item| (item, stated.map(Money::minor))));
        }
        automatic.referenced(referenced);
    }
    if automatic.left > 0 {
        oldest(tx, account, currency, (&mut automatic, &mut plan)).await?;
    }
    plan.applied = automatic.applied;
    Ok(plan)
}

/// Rules 2 and 3, reading more items only when the first ones do not use up the amount.
async fn oldest(tx: &Tx, account: Uuid, currency: Currency, (automatic, plan): (&mut Automatic, &mut Plan)) -> Result<(), Problem> {
    let mut limit = FIRST;
    let mut open = items(tx, account, currency, Wanted::Oldest(limit)).await?;
    if u64::try_from(open.len()).is_ok_and(|read| read < limit) {
        automatic.exact(&open);
    } else {
        let equal = items(tx, account, currency, Wanted::Balance(automatic.left)).await?;
        automatic.exact(&equal);
        plan.know(equal);
    }
    loop {
        automatic.oldest(&open);
        let exhausted = u64::try_from(open.len()).is_ok_and(|read| read < limit);
        plan.know(open);
        if automatic.left == 0 || exhausted {
            return Ok(());
        }
        limit = limit.saturating_mul(10);
        open = items(tx, account, currency, Wanted::Oldest(limit)).await?;
    }
}
