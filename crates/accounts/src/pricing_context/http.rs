//! The one read of the context.

use actix_web::web::{Data, Path, Query};
use kernel::Fault;
use kernel::id::AccountId;
use platform::caller::Caller;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use sea_orm::ConnectionTrait;
use sha2::{Digest, Sha256};

use super::model::{Question, offers};
use super::wire::{ContextAccount, ContextBranch, ContextContract, ContextQuery, ContextSite, PricingContextView};
use crate::access::ReadPricingContext;
use crate::account::model::Account;
use crate::account::wire::AccountPath;
use crate::site::model::Site;
use crate::{Accounts, account, branch, contract, site};

pub(crate) fn operations() -> Operations {
    operations!["accounts"; pricing_context]
}

/// Read everything about an account that decides a price.
///
/// The entity tag is a hash of the content: ask again with If-None-Match to learn whether anything has changed.
#[utoipa::path(get, path = "/v1/accounts/{account_id}/pricing-context", params(AccountPath, ContextQuery),
    responses((status = 200, body = PricingContextView)))]
async fn pricing_context(
    caller: Caller<ReadPricingContext>,
    path: Path<AccountPath>,
    query: Query<ContextQuery>,
    app: Data<Accounts>,
) -> Result<Reply, Problem> {
    let db = app.db.read();
    let account = account::store::find(db, caller.scope(), path.account_id).await?;
    let site = match query.site_id {
        Some(id) => Some(site::store::find(db, caller.scope(), id).await?),
        None => None,
    };
    if site.as_ref().is_some_and(|site| site.account_id != account.id) {
        return Err(Fault::not_found("site").into());
    }
    let view = gather(db, caller.scope(), &account, site, Question::from(&*query)).await?;
    let reply = Reply::ok(&view)?;
    let digest = Sha256::digest(reply.body());
    let tag: String = digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    Ok(reply.tagged_as(&tag))
}

async fn gather<C: ConnectionTrait>(
    db: &C,
    scope: &RowScope,
    account: &Account,
    site: Option<Site>,
    question: Question,
) -> Result<PricingContextView, Problem> {
    let mut ancestors = account::store::ancestors(db, account).await?;
    ancestors.retain(|ancestor| !scope.is_customer() || scope.covers(None, Some(ancestor.id.uuid()), None));
    let branch_id = site.as_ref().and_then(|site| site.branch_id).or(account.branch_id);
    let branch = branch::store::named(db, branch_id).await?;
    let lineage: Vec<AccountId> = std::iter::once(account.id).chain(ancestors.iter().map(|ancestor| ancestor.id)).collect();
    let contracts = contract::store::signed_of(db, &lineage).await?;
    let versions = contract::store::signed_versions(db, &contracts).await?;
    let offers = offers(&lineage, &contracts, &versions, question)?;
    let lines = contract::store::prices(db, &offers.iter().map(|offer| offer.version.id).collect::<Vec<_>>()).await?;
    let local = site.as_ref().map(|site| site.time_zone).or_else(|| branch.as_ref().map(|branch| branch.time_zone));
    Ok(PricingContextView {
        account_id: account.id,
        ancestors: ancestors.iter().map(|ancestor| ancestor.id).collect(),
        branch_id: branch.as_ref().map(|branch| branch.id),
        segment: account.segment.clone(),
        time_zone: local.map_or("UTC", |zone| zone.name()).to_owned(),
        account: ContextAccount::from(account),
        site: site.as_ref().map(ContextSite::from),
        branch: branch.as_ref().map(ContextBranch::from),
        contracts: offers.iter().map(|offer| ContextContract::of(offer, &lines, question)).collect(),
    })
}
