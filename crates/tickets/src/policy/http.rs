//! Operations on SLA policies.

use std::sync::Arc;

use actix_web::web::{Data, Path};
use chrono::{DateTime, Utc};
use kernel::Fault;
use kernel::id::SlaPolicyVersionId;
use platform::caller::Caller;
use platform::db::Tx;
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
use super::model::{PolicyTerms, SlaPolicy, SlaPolicyVersion};
use super::store;
use super::wire::{
    CreateSlaPolicy, PatchSlaPolicy, PolicyPath, PreviewSlaPolicy, PublishSlaPolicyVersion, SlaPolicyVersionView, SlaPolicyVersionsView,
    SlaPolicyView,
};
use crate::Tickets;
use crate::access::{ReadPolicies, WritePolicies};
use crate::escalation;
use crate::obligation::preview::wire::RuleChangePreview;
use crate::obligation::preview::{Question, Supposition};
use crate::obligation::{RuleChange, recalculation};
use crate::rulebook::{self, PolicyEntry, Rulebook};
use crate::vocabulary::Cause;

pub(crate) fn operations() -> Operations {
    operations!["sla-policies"; create, list, fetch, patch, publish, preview, versions]
}

fn changed(event: &'static str, policy: &SlaPolicy) -> Change {
    Change::new(event, "sla_policy", policy.id, policy.stamp.version).after(&SlaPolicyView::from(policy))
}

fn version(
    policy: &SlaPolicy,
    number: i32,
    (effective_from, published_at): (DateTime<Utc>, DateTime<Utc>),
    terms: PolicyTerms,
    published_by: Uuid,
) -> SlaPolicyVersion {
    SlaPolicyVersion { id: SlaPolicyVersionId::generate(), policy_id: policy.id, number, effective_from, published_at, published_by, terms }
}

/// Has the running promises recalculated under the rules as they are now.
async fn rules_changed(tx: &Tx, at: DateTime<Utc>) -> Result<(), Problem> {
    rulebook::store::raise(tx).await?;
    let change = RuleChange { cause: Cause::PolicyChanged, at, decided_at: tx.now(), calendar: None };
    recalculation::begin(tx, &change).await
}

/// Create an SLA policy with its first version.
#[utoipa::path(post, path = "/v1/sla-policies", request_body = CreateSlaPolicy, responses((status = 201, body = SlaPolicyView)))]
async fn create(caller: Caller<WritePolicies>, command: Valid<CreateSlaPolicy>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let terms = command.terms.clone().checked().map_err(|fault| fault.under("/terms"))?;
    app.db
        .command(&caller, "sla_policy.create", async |tx| {
            escalation::store::demand(tx, terms.escalation_policy_id).await?;
            let policy = command.clone().into_policy(Touch::of(tx));
            store::insert(tx, &policy).await?;
            let first = version(&policy, 1, (tx.now(), tx.now()), terms.clone(), tx.actor().id);
            store::insert_version(tx, &first).await?;
            rules_changed(tx, tx.now()).await?;
            tx.record(changed("sla_policy.created", &policy));
            let view = SlaPolicyView { latest: Some((&first).into()), ..SlaPolicyView::from(&policy) };
            Ok(Reply::created(format!("/v1/sla-policies/{}", policy.id), &view)?.tagged(1))
        })
        .await
}

/// What the list of policies can be asked for.
pub(crate) struct PolicyList;

impl ListSpec for PolicyList {
    type Entity = Entity;
    type View = SlaPolicyView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::integer("position", Column::Position).sortable(),
        Field::text("name", Column::Name).sortable().containing(),
        Field::boolean("active", Column::Active),
        Field::text("external_ref", Column::ExternalRef).nullable(),
    ];
    const DEFAULT_SORT: &'static str = "position";
}

/// List SLA policies in the order in which they are tried.
#[utoipa::path(get, path = "/v1/sla-policies", params(Listing<PolicyList>), responses((status = 200, body = Page<SlaPolicyView>)))]
async fn list(caller: Caller<ReadPolicies>, listing: Listing<PolicyList>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    listing.reply(&page.map(|row| SlaPolicyView::from(&store::policy(row))))
}

/// Read one SLA policy with its latest version.
#[utoipa::path(get, path = "/v1/sla-policies/{policy_id}", params(PolicyPath), responses((status = 200, body = SlaPolicyView)))]
async fn fetch(caller: Caller<ReadPolicies>, path: Path<PolicyPath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let policy = store::find(app.db.read(), caller.scope(), path.policy_id).await?;
    let versions = store::versions(app.db.read(), policy.id).await?;
    let view = SlaPolicyView { latest: versions.last().map(Into::into), ..SlaPolicyView::from(&policy) };
    Ok(Reply::ok(&view)?.tagged(policy.stamp.version))
}

/// Change an SLA policy's name, place and use.
#[utoipa::path(patch, path = "/v1/sla-policies/{policy_id}", params(PolicyPath), request_body = PatchSlaPolicy, responses((status = 200, body = SlaPolicyView)))]
async fn patch(
    caller: Caller<WritePolicies>,
    path: Path<PolicyPath>,
    expected: IfMatch,
    command: Valid<PatchSlaPolicy>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "sla_policy.patch", async |tx| {
            let current = store::find(tx, caller.scope(), path.policy_id).await?;
            expected.check(current.stamp.version)?;
            let before = SlaPolicyView::from(&current);
            let next = command.clone().apply(current, Touch::of(tx));
            store::save(tx, &next).await?;
            rules_changed(tx, tx.now()).await?;
            tx.record(changed("sla_policy.updated", &next).before(&before));
            Ok(Reply::ok(&SlaPolicyView::from(&next))?.tagged(next.stamp.version))
        })
        .await
}

/// Publish a version of an SLA policy.
///
/// Running promises are recalculated when it takes effect: what was consumed until then counts against the new target.
#[utoipa::path(post, path = "/v1/sla-policies/{policy_id}/versions", params(PolicyPath), request_body = PublishSlaPolicyVersion,
    responses((status = 201, body = SlaPolicyVersionView)))]
async fn publish(
    caller: Caller<WritePolicies>,
    path: Path<PolicyPath>,
    command: Valid<PublishSlaPolicyVersion>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let terms = command.terms.clone().checked().map_err(|fault| fault.under("/terms"))?;
    app.db
        .command(&caller, "sla_policy.publish", async |tx| {
            let policy = store::find(tx, caller.scope(), path.policy_id).await?;
            escalation::store::demand(tx, terms.escalation_policy_id).await?;
            let effective_from = command.effective_from.unwrap_or_else(|| tx.now());
            demand_to_come(effective_from, tx.now())?;
            let number = store::versions(tx, policy.id).await?.last().map_or(0, |last| last.number) + 1;
            let next = version(&policy, number, (effective_from, tx.now()), terms.clone(), tx.actor().id);
            store::insert_version(tx, &next).await?;
            rules_changed(tx, effective_from).await?;
            let view = SlaPolicyVersionView::from(&next);
            tx.record(Change::new("sla_policy.published", "sla_policy_version", next.id, 1).after(&view));
            Reply::created(format!("/v1/sla-policies/{}/versions", policy.id), &view)
        })
        .await
}

/// What a change of an SLA policy would do to the running promises: other terms, another place, its end.
///
/// Nothing is changed. A page goes through `limit` tickets; the next one begins where this one ended.
#[utoipa::path(post, path = "/v1/sla-policies/{policy_id}/preview", params(PolicyPath), request_body = PreviewSlaPolicy,
    responses((status = 200, body = RuleChangePreview)))]
async fn preview(
    caller: Caller<WritePolicies>,
    path: Path<PolicyPath>,
    question: Valid<PreviewSlaPolicy>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let terms = question.terms.clone().map(PolicyTerms::checked).transpose().map_err(|fault| fault.under("/terms"))?;
    let now = app.clock.now();
    let at = question.effective_from.unwrap_or(now);
    demand_to_come(at, now)?;
    let policy = store::find(app.db.read(), caller.scope(), path.policy_id).await?;
    let active = question.active.unwrap_or(policy.active);
    let policy = SlaPolicy { position: question.position.unwrap_or(policy.position), ..policy };
    let mut versions = store::versions(app.db.read(), policy.id).await?;
    let number = versions.last().map_or(0, |last| last.number) + 1;
    versions.extend(terms.map(|terms| version(&policy, number, (at, now), terms, caller.actor().id)));
    let rules = Rulebook::clone(&*app.rules.current(app.db.read()).await?);
    let rules = rules.with_policy(PolicyEntry { id: policy.id, position: policy.position, versions }, active);
    let change = RuleChange { cause: Cause::PolicyChanged, at, decided_at: now, calendar: None };
    let page = Question::of(&caller, now).page(question.after, question.limit);
    Reply::ok(&Supposition { change, rules: Arc::new(rules) }.examine(&app.db, &page).await?)
}

fn demand_to_come(at: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), Fault> {
    if at < now { Err(Fault::field("/effective_from", "in_the_past", "A policy cannot promise anything in the past.")) } else { Ok(()) }
}

/// List the versions of an SLA policy.
#[utoipa::path(get, path = "/v1/sla-policies/{policy_id}/versions", params(PolicyPath), responses((status = 200, body = SlaPolicyVersionsView)))]
async fn versions(caller: Caller<ReadPolicies>, path: Path<PolicyPath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let policy = store::find(app.db.read(), caller.scope(), path.policy_id).await?;
    let versions = store::versions(app.db.read(), policy.id).await?;
    Reply::ok(&SlaPolicyVersionsView { data: versions.iter().map(Into::into).collect() })
}
