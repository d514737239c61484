//! Charge rules over HTTP.

use actix_web::web::{Data, Path};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::{AccountId, ChargeRuleId, ContractId};
use kernel::{Currency, Fault, UnitPrice};
use platform::caller::Caller;
use platform::db::Tx;
use platform::operation::Operations;
use platform::operations;
use platform::outbox::Change;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use platform::valid::Valid;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use validator::Validate;

use super::{circle, entity, store};
use crate::app::Pricing;
use crate::book::model::BookRounding;
use crate::engine::ChargeGroup;
use crate::engine::charge::{Charge, ChargeRule, ChargeTerms, USUAL_GROUPS};
use crate::permission::{ReadChargeRules, WriteChargeRules};
use crate::{index_value, live};

/// A rule from a day on, for documents in its currency.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RecordChargeRule {
    /// Names the rule; a later record under the same code takes its place.
    #[schema(min_length = 1, max_length = 64, pattern = r"^[A-Za-z0-9][A-Za-z0-9._/+-]*$", example = "FUEL")]
    pub code: String,
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    pub currency: Currency,
    pub charge: Charge,
    /// Which components are counted; service, transport, disposal and minimum when absent.
    #[schema(min_items = 1, max_items = 6)]
    pub charge_groups: Option<Vec<ChargeGroup>>,
    /// Other surcharges that are counted too, by code.
    #[serde(default)]
    #[schema(max_items = 20)]
    pub surcharges: Vec<String>,
    /// The most that is charged on one document.
    pub cap: Option<UnitPrice>,
    pub rounding: Option<BookRounding>,
    #[serde(default)]
    #[schema(max_items = 10_000)]
    pub exempt_accounts: Vec<AccountId>,
    /// Lines under these contracts are not counted.
    #[serde(default)]
    #[schema(max_items = 10_000)]
    pub exempt_contracts: Vec<ContractId>,
    /// False ends the rule.
    pub active: Option<bool>,
    /// The first local date it holds for; it holds until a later record.
    pub effective_on: NaiveDate,
}

impl RecordChargeRule {
    fn checked(&self, recorded_at: DateTime<Utc>) -> Result<ChargeRule, Fault> {
        let terms = ChargeTerms {
            charge: self.charge.clone(),
            charge_groups: self.charge_groups.clone().unwrap_or_else(|| USUAL_GROUPS.to_vec()),
            surcharges: self.surcharges.clone(),
            cap: self.cap,
            rounding: self.rounding.unwrap_or(BookRounding::HalfUp).into(),
            exempt_accounts: self.exempt_accounts.clone(),
            exempt_contracts: self.exempt_contracts.clone(),
        };
        terms.check(&self.code)?;
        Ok(ChargeRule {
            id: ChargeRuleId::generate(),
            code: self.code.clone(),
            name: self.name.clone(),
            currency: self.currency,
            terms,
            active: self.active.unwrap_or(true),
            effective_on: self.effective_on,
            recorded_at,
        })
    }
}

/// A record of a charge rule.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ChargeRuleView {
    pub id: ChargeRuleId,
    #[schema(max_length = 64)]
    pub code: String,
    #[schema(max_length = 200)]
    pub name: String,
    pub currency: Currency,
    pub charge: Charge,
    #[schema(max_items = 6)]
    pub charge_groups: Vec<ChargeGroup>,
    #[schema(max_items = 20)]
    pub surcharges: Vec<String>,
    pub cap: Option<UnitPrice>,
    pub rounding: BookRounding,
    #[schema(max_items = 10_000)]
    pub exempt_accounts: Vec<AccountId>,
    #[schema(max_items = 10_000)]
    pub exempt_contracts: Vec<ContractId>,
    pub active: bool,
    pub effective_on: NaiveDate,
    pub recorded_at: DateTime<Utc>,
}

impl From<ChargeRule> for ChargeRuleView {
    fn from(rule: ChargeRule) -> Self {
        let ChargeRule { id, code, name, currency, terms, active, effective_on, recorded_at } = rule;
        let ChargeTerms { charge, charge_groups, surcharges, cap, rounding, exempt_accounts, exempt_contracts } = terms;
        let rounding = if rounding == kernel::Rounding::HalfEven { BookRounding::HalfEven } else { BookRounding::HalfUp };
        Self {
            id,
            code,
            name,
            currency,
            charge,
            charge_groups,
            surcharges,
            cap,
            rounding,
            exempt_accounts,
            exempt_contracts,
            active,
            effective_on,
            recorded_at,
        }
    }
}

/// Which record of a charge rule.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ChargeRulePath {
    pub charge_rule_id: ChargeRuleId,
}

/// Record a charge rule.
///
/// It takes the place of what was recorded under its code from its day on; what was priced before stays as it was.
#[utoipa::path(post, path = "/v1/charge-rules", request_body = RecordChargeRule, responses((status = 201, body = ChargeRuleView)))]
async fn create(caller: Caller<WriteChargeRules>, command: Valid<RecordChargeRule>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let reply = app
        .db
        .command(&caller, "charge_rule.record", async |tx| {
            live::advance(tx).await?;
            let rule = command.checked(tx.now())?;
            circle::check(&rule, &store::all(tx).await?)?;
            demand_index(tx, &rule).await?;
            store::insert(tx, &rule, Some(tx.actor().id)).await?;
            let view = ChargeRuleView::from(rule);
            tx.record(Change::new("charge_rule.recorded", "charge_rule", view.id, 1).after(&view));
            Ok(Reply::created(format!("/v1/charge-rules/{}", view.id), &view)?.tagged(1))
        })
        .await?;
    app.refresh().await?;
    Ok(reply)
}

/// A rule without a value to read would refuse every price of its currency.
async fn demand_index(tx: &Tx, rule: &ChargeRule) -> Result<(), Problem> {
    let Charge::IndexTable { index, .. } = &rule.terms.charge else { return Ok(()) };
    if index_value::store::is_published(tx, index, rule.effective_on).await? {
        return Ok(());
    }
    let message = format!("No value of {index} was published on or before {}; record one first.", rule.effective_on);
    Err(Fault::field("/charge/index", "missing_index", message).into())
}

/// Read a record of a charge rule.
#[utoipa::path(get, path = "/v1/charge-rules/{charge_rule_id}", params(ChargeRulePath), responses((status = 200, body = ChargeRuleView)))]
async fn fetch(caller: Caller<ReadChargeRules>, path: Path<ChargeRulePath>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let rule = store::find(app.db.read(), caller.scope(), path.charge_rule_id).await?;
    Ok(Reply::ok(&ChargeRuleView::from(rule))?.tagged(1))
}

/// What charge rules can be listed by.
pub struct ChargeRuleList;

impl ListSpec for ChargeRuleList {
    type Entity = entity::Entity;
    type View = ChargeRuleView;
    const FIELDS: &'static [Field<entity::Column>] = &[
        Field::text("code", entity::Column::Code).sortable(),
        Field::text("currency", entity::Column::Currency),
        Field::date("effective_on", entity::Column::EffectiveOn),
    ];
    const DEFAULT_SORT: &'static str = "code";
}

/// List the records of charge rules.
#[utoipa::path(get, path = "/v1/charge-rules", params(Listing<ChargeRuleList>), responses((status = 200, body = Page<ChargeRuleView>)))]
async fn list(caller: Caller<ReadChargeRules>, listing: Listing<ChargeRuleList>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    listing.reply(&page.try_map(|row| store::from_row(row).map(ChargeRuleView::from))?)
}

pub(crate) fn operations() -> Operations {
    operations!["charge-rules"; create, list, fetch]
}
