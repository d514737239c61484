//! Approval rules over HTTP.

use actix_web::web::{Data, Path};
use chrono::{DateTime, Utc};
use kernel::id::QuoteApprovalRuleId;
use kernel::{Fault, Rate};
use platform::caller::Caller;
use platform::operation::Operations;
use platform::operations;
use platform::outbox::Change;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use platform::valid::Valid;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::{entity, store};
use crate::app::Pricing;
use crate::permission::{ReadApprovalRules, WriteApprovalRules};
use crate::quote::approval::{ApprovalRule, Cause};

/// A rule from now on.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RecordApprovalRule {
    /// Names the rule; a later record under the same code takes its place.
    #[schema(min_length = 1, max_length = 64, pattern = r"^[A-Za-z0-9][A-Za-z0-9._/+-]*$", example = "MARGIN-20")]
    pub code: String,
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    pub cause: Cause,
    /// Steps are taken in the order of their ranks; rules of one rank make one step.
    #[schema(minimum = 1, maximum = 100)]
    pub rank: i32,
    /// The users who may take the step; anyone who may approve quotes when empty.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub approvers: Vec<Uuid>,
    /// False ends the rule.
    pub active: Option<bool>,
}

impl RecordApprovalRule {
    fn checked(&self, recorded_at: DateTime<Utc>) -> Result<ApprovalRule, Fault> {
        let portion = match &self.cause {
            Cause::MarginBelow { margin } | Cause::LineMarginBelow { margin } => Some((*margin, "/cause/margin")),
            Cause::DiscountAbove { discount } => Some((*discount, "/cause/discount")),
            _ => None,
        };
        if let Some((portion, pointer)) = portion
            && (portion.is_negative() || portion > Rate::ONE)
        {
            return Err(Fault::field(pointer, "rate_range", "A margin or discount that decides lies between 0 and 1."));
        }
        Ok(ApprovalRule {
            id: QuoteApprovalRuleId::generate(),
            code: self.code.clone(),
            name: self.name.clone(),
            cause: self.cause.clone(),
            rank: self.rank,
            approvers: self.approvers.clone(),
            active: self.active.unwrap_or(true),
            recorded_at,
        })
    }
}

/// A record of an approval rule.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = QuoteApprovalRule)]
pub struct ApprovalRuleView {
    pub id: QuoteApprovalRuleId,
    #[schema(max_length = 64)]
    pub code: String,
    #[schema(max_length = 200)]
    pub name: String,
    pub cause: Cause,
    pub rank: i32,
    #[schema(max_items = 100)]
    pub approvers: Vec<Uuid>,
    pub active: bool,
    pub recorded_at: DateTime<Utc>,
}

impl From<ApprovalRule> for ApprovalRuleView {
    fn from(rule: ApprovalRule) -> Self {
        let ApprovalRule { id, code, name, cause, rank, approvers, active, recorded_at } = rule;
        Self { id, code, name, cause, rank, approvers, active, recorded_at }
    }
}

/// Which record of an approval rule.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ApprovalRulePath {
    pub quote_approval_rule_id: QuoteApprovalRuleId,
}

/// Record a rule for which quotes need whose approval.
///
/// It takes the place of what was recorded under its code. Quotes that were submitted before keep their steps.
#[utoipa::path(post, path = "/v1/quote-approval-rules", request_body = RecordApprovalRule, responses((status = 201, body = ApprovalRuleView)))]
async fn create(caller: Caller<WriteApprovalRules>, command: Valid<RecordApprovalRule>, app: Data<Pricing>) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "quote_approval_rule.record", async |tx| {
            let rule = command.checked(tx.now())?;
            store::insert(tx, &rule, Some(tx.actor().id)).await?;
            let view = ApprovalRuleView::from(rule);
            tx.record(Change::new("quote_approval_rule.recorded", "quote_approval_rule", view.id, 1).after(&view));
            Ok(Reply::created(format!("/v1/quote-approval-rules/{}", view.id), &view)?.tagged(1))
        })
        .await
}

/// Read a record of an approval rule.
#[utoipa::path(get, path = "/v1/quote-approval-rules/{quote_approval_rule_id}", params(ApprovalRulePath),
    responses((status = 200, body = ApprovalRuleView)))]
async fn fetch(caller: Caller<ReadApprovalRules>, path: Path<ApprovalRulePath>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let rule = store::find(app.db.read(), caller.scope(), path.quote_approval_rule_id).await?;
    Ok(Reply::ok(&ApprovalRuleView::from(rule))?.tagged(1))
}

/// What approval rules can be listed by.
pub struct ApprovalRuleList;

impl ListSpec for ApprovalRuleList {
    type Entity = entity::Entity;
    type View = ApprovalRuleView;
    const FIELDS: &'static [Field<entity::Column>] = &[Field::text("code", entity::Column::Code).sortable()];
    const DEFAULT_SORT: &'static str = "code";
}

/// List the records of approval rules.
#[utoipa::path(get, path = "/v1/quote-approval-rules", params(Listing<ApprovalRuleList>), responses((status = 200, body = Page<ApprovalRuleView>)))]
async fn list(caller: Caller<ReadApprovalRules>, listing: Listing<ApprovalRuleList>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    listing.reply(&page.try_map(|row| store::from_row(row).map(ApprovalRuleView::from))?)
}

pub(crate) fn operations() -> Operations {
    operations!["quote-approval-rules"; create, list, fetch]
}
