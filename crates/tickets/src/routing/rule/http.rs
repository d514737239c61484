//! Operations on routing rules and their order.

use std::collections::BTreeSet;

use actix_web::web::{Data, Path};
use kernel::Fault;
use kernel::id::RoutingRuleId;
use platform::caller::Caller;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::outbox::Change;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use platform::stamp::Touch;
use platform::valid::Valid;
use uuid::Uuid;

use super::entity::{Column, Entity};
use super::model::RoutingRule;
use super::store;
use super::wire::{CreateRoutingRule, PatchRoutingRule, RoutingOrder, RoutingRuleView, RulePath};
use crate::access::{ReadRoutingRules, WriteRoutingRules};
use crate::routing::roster;
use crate::{Tickets, group};

/// As many as an order can name.
const MOST: usize = 500;

pub(crate) fn operations() -> Operations {
    operations!["routing-rules"; create, list, order, arrange, fetch, patch]
}

fn changed(event: &'static str, rule: &RoutingRule) -> Change {
    Change::new(event, "routing_rule", rule.id, rule.stamp.version).after(&RoutingRuleView::from(rule))
}

/// Make a routing rule. It is tried last.
#[utoipa::path(post, path = "/v1/routing-rules", request_body = CreateRoutingRule, responses((status = 201, body = RoutingRuleView)))]
async fn create(caller: Caller<WriteRoutingRules>, command: Valid<CreateRoutingRule>, app: Data<Tickets>) -> Result<Reply, Problem> {
    roster::command(&app, &caller, "routing_rule.create", async |tx| {
        let rule = command.clone().into_rule(Touch::of(tx));
        group::store::demand(tx, caller.scope(), [("/group_id".to_owned(), Some(rule.group_id))]).await?;
        let (known, version) = store::order(tx).await?;
        if known.len() >= MOST {
            return Err(Fault::conflict("too_many_rules", "There are 500 routing rules already; use one of the inactive ones.").into());
        }
        store::insert(tx, &rule).await?;
        store::raise_order(tx, version + 1).await?;
        tx.record(changed("routing_rule.created", &rule));
        tx.record(arranged(&known, known.iter().copied().chain([rule.id]), version + 1));
        Ok(Reply::created(format!("/v1/routing-rules/{}", rule.id), &RoutingRuleView::from(&rule))?.tagged(rule.stamp.version))
    })
    .await
}

fn arranged(before: &[RoutingRuleId], after: impl IntoIterator<Item = RoutingRuleId>, version: i64) -> Change {
    let change = Change::new("routing_rules.arranged", "routing_order", Uuid::nil(), version);
    change.before(&RoutingOrder { rule_ids: before.to_vec() }).after(&RoutingOrder { rule_ids: after.into_iter().collect() })
}

/// What the list of routing rules can be asked for.
pub(crate) struct RuleList;

impl ListSpec for RuleList {
    type Entity = Entity;
    type View = RoutingRuleView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::integer("position", Column::Position).sortable(),
        Field::text("name", Column::Name).sortable().containing(),
        Field::uuid("group_id", Column::GroupId),
        Field::boolean("active", Column::Active),
    ];
    const DEFAULT_SORT: &'static str = "position";
}

/// List routing rules in the order in which they are tried.
#[utoipa::path(get, path = "/v1/routing-rules", params(Listing<RuleList>), responses((status = 200, body = Page<RoutingRuleView>)))]
async fn list(caller: Caller<ReadRoutingRules>, listing: Listing<RuleList>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    listing.reply(&page.try_map(|row| store::rule(row).map(|rule| RoutingRuleView::from(&rule)))?)
}

/// Read the order in which routing rules are tried.
#[utoipa::path(get, path = "/v1/routing-rules/order", responses((status = 200, body = RoutingOrder)))]
async fn order(caller: Caller<ReadRoutingRules>, app: Data<Tickets>) -> Result<Reply, Problem> {
    if caller.scope().is_customer() {
        return Err(Fault::not_found("order").into());
    }
    let (rule_ids, version) = store::order(app.db.read()).await?;
    Ok(Reply::ok(&RoutingOrder { rule_ids })?.tagged(version))
}

/// Arrange the routing rules. Names every rule once, on the version of the order that was read.
#[utoipa::path(put, path = "/v1/routing-rules/order", request_body = RoutingOrder, responses((status = 200, body = RoutingOrder)))]
async fn arrange(
    caller: Caller<WriteRoutingRules>,
    expected: IfMatch,
    command: Valid<RoutingOrder>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    roster::command(&app, &caller, "routing_rules.arrange", async |tx| {
        let (known, version) = store::order(tx).await?;
        expected.check(version)?;
        let (named, all): (BTreeSet<_>, BTreeSet<_>) = (command.rule_ids.iter().collect(), known.iter().collect());
        if named != all || command.rule_ids.len() != known.len() {
            return Err(Fault::field("/rule_ids", "not_every_rule_once", "Name every routing rule exactly once.").into());
        }
        store::arrange(tx, &command.rule_ids).await?;
        store::raise_order(tx, version + 1).await?;
        tx.record(arranged(&known, command.rule_ids.iter().copied(), version + 1));
        Ok(Reply::ok(&*command)?.tagged(version + 1))
    })
    .await
}

/// Read one routing rule.
#[utoipa::path(get, path = "/v1/routing-rules/{rule_id}", params(RulePath), responses((status = 200, body = RoutingRuleView)))]
async fn fetch(caller: Caller<ReadRoutingRules>, path: Path<RulePath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let rule = store::find(app.db.read(), caller.scope(), path.rule_id).await?;
    Ok(Reply::ok(&RoutingRuleView::from(&rule))?.tagged(rule.stamp.version))
}

/// Change a routing rule.
#[utoipa::path(patch, path = "/v1/routing-rules/{rule_id}", params(RulePath), request_body = PatchRoutingRule,
    responses((status = 200, body = RoutingRuleView)))]
async fn patch(
    caller: Caller<WriteRoutingRules>,
    path: Path<RulePath>,
    expected: IfMatch,
    command: Valid<PatchRoutingRule>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    roster::command(&app, &caller, "routing_rule.patch", async |tx| {
        let current = store::find(tx, caller.scope(), path.rule_id).await?;
        expected.check(current.stamp.version)?;
        let before = RoutingRuleView::from(&current);
        let next = command.clone().apply(current, Touch::of(tx));
        group::store::demand(tx, caller.scope(), [("/group_id".to_owned(), Some(next.group_id))]).await?;
        store::save(tx, &next).await?;
        tx.record(changed("routing_rule.updated", &next).before(&before));
        Ok(Reply::ok(&RoutingRuleView::from(&next))?.tagged(next.stamp.version))
    })
    .await
}
