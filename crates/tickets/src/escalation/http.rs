//! Operations on escalation policies.

use actix_web::web::{Data, Path};
use kernel::id::EscalationPolicyVersionId;
use platform::caller::Caller;
use platform::db::Tx;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::outbox::Change;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use platform::stamp::Touch;
use platform::valid::Valid;

use super::entity::{Column, Entity};
use super::model::{EscalationPolicy, EscalationPolicyVersion, EscalationStep, checked};
use super::wire::{
    CreateEscalationPolicy, EscalationPolicyPath, EscalationPolicyVersionView, EscalationPolicyVersionsView, EscalationPolicyView,
    EscalationRunView, PatchEscalationPolicy, PublishEscalationPolicyVersion,
};
use super::{run_entity, store};
use crate::Tickets;
use crate::access::{ReadEscalationPolicies, WriteEscalationPolicies};
use crate::{group, rulebook};

pub(crate) fn operations() -> Operations {
    operations!["escalation-policies"; create, list, fetch, patch, publish, versions, runs]
}

fn changed(event: &'static str, policy: &EscalationPolicy) -> Change {
    Change::new(event, "escalation_policy", policy.id, policy.stamp.version).after(&EscalationPolicyView::from(policy))
}

fn version(policy: &EscalationPolicy, number: i32, steps: Vec<EscalationStep>, tx: &Tx) -> EscalationPolicyVersion {
    EscalationPolicyVersion {
        id: EscalationPolicyVersionId::generate(),
        policy_id: policy.id,
        number,
        published_at: tx.now(),
        published_by: tx.actor().id,
        steps,
    }
}

async fn demand_groups(tx: &Tx, scope: &RowScope, steps: &[EscalationStep]) -> Result<(), Problem> {
    let named = steps.iter().enumerate().map(|(index, step)| (format!("/steps/{index}/group_id"), step.group_id));
    group::store::demand(tx, scope, named).await
}

/// Create an escalation policy with its first version.
#[utoipa::path(post, path = "/v1/escalation-policies", request_body = CreateEscalationPolicy, responses((status = 201, body = EscalationPolicyView)))]
async fn create(
    caller: Caller<WriteEscalationPolicies>,
    command: Valid<CreateEscalationPolicy>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let steps = checked(command.steps.clone())?;
    app.db
        .command(&caller, "escalation_policy.create", async |tx| {
            demand_groups(tx, caller.scope(), &steps).await?;
            let policy = command.clone().into_policy(Touch::of(tx));
            store::insert(tx, &policy).await?;
            let first = version(&policy, 1, steps.clone(), tx);
            store::insert_version(tx, &first).await?;
            rulebook::store::raise(tx).await?;
            tx.record(changed("escalation_policy.created", &policy));
            let view = EscalationPolicyView { latest: Some((&first).into()), ..EscalationPolicyView::from(&policy) };
            Ok(Reply::created(format!("/v1/escalation-policies/{}", policy.id), &view)?.tagged(1))
        })
        .await
}

/// What the list of escalation policies can be asked for.
struct EscalationPolicyList;

impl ListSpec for EscalationPolicyList {
    type Entity = Entity;
    type View = EscalationPolicyView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::text("name", Column::Name).sortable().containing(),
        Field::boolean("active", Column::Active),
        Field::text("external_ref", Column::ExternalRef).nullable(),
    ];
    const DEFAULT_SORT: &'static str = "name";
}

/// List escalation policies.
#[utoipa::path(get, path = "/v1/escalation-policies", params(Listing<EscalationPolicyList>), responses((status = 200, body = Page<EscalationPolicyView>)))]
async fn list(
    caller: Caller<ReadEscalationPolicies>,
    listing: Listing<EscalationPolicyList>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    listing.reply(&page.map(|row| EscalationPolicyView::from(&store::policy(row))))
}

/// Read one escalation policy with its latest version.
#[utoipa::path(get, path = "/v1/escalation-policies/{policy_id}", params(EscalationPolicyPath), responses((status = 200, body = EscalationPolicyView)))]
async fn fetch(caller: Caller<ReadEscalationPolicies>, path: Path<EscalationPolicyPath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let policy = store::find(app.db.read(), caller.scope(), path.policy_id).await?;
    let versions = store::versions(app.db.read(), policy.id).await?;
    let view = EscalationPolicyView { latest: versions.last().map(Into::into), ..EscalationPolicyView::from(&policy) };
    Ok(Reply::ok(&view)?.tagged(policy.stamp.version))
}

/// Change an escalation policy's name and use.
#[utoipa::path(patch, path = "/v1/escalation-policies/{policy_id}", params(EscalationPolicyPath), request_body = PatchEscalationPolicy,
    responses((status = 200, body = EscalationPolicyView)))]
async fn patch(
    caller: Caller<WriteEscalationPolicies>,
    path: Path<EscalationPolicyPath>,
    expected: IfMatch,
    command: Valid<PatchEscalationPolicy>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "escalation_policy.patch", async |tx| {
            let current = store::find(tx, caller.scope(), path.policy_id).await?;
            expected.check(current.stamp.version)?;
            let before = EscalationPolicyView::from(&current);
            let next = command.clone().apply(current, Touch::of(tx));
            store::save(tx, &next).await?;
            rulebook::store::raise(tx).await?;
            tx.record(changed("escalation_policy.updated", &next).before(&before));
            Ok(Reply::ok(&EscalationPolicyView::from(&next))?.tagged(next.stamp.version))
        })
        .await
}

/// Publish a version of an escalation policy.
///
/// Promises that are made or recalculated from now on follow it; running ones keep the steps that they were planned with.
#[utoipa::path(post, path = "/v1/escalation-policies/{policy_id}/versions", params(EscalationPolicyPath), request_body = PublishEscalationPolicyVersion,
    responses((status = 201, body = EscalationPolicyVersionView)))]
async fn publish(
    caller: Caller<WriteEscalationPolicies>,
    path: Path<EscalationPolicyPath>,
    command: Valid<PublishEscalationPolicyVersion>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let steps = checked(command.steps.clone())?;
    app.db
        .command(&caller, "escalation_policy.publish", async |tx| {
            demand_groups(tx, caller.scope(), &steps).await?;
            let policy = store::find(tx, caller.scope(), path.policy_id).await?;
            let number = store::versions(tx, policy.id).await?.last().map_or(0, |last| last.number) + 1;
            let next = version(&policy, number, steps.clone(), tx);
            store::insert_version(tx, &next).await?;
            rulebook::store::raise(tx).await?;
            let view = EscalationPolicyVersionView::from(&next);
            tx.record(Change::new("escalation_policy.published", "escalation_policy_version", next.id, 1).after(&view));
            Reply::created(format!("/v1/escalation-policies/{}/versions", policy.id), &view)
        })
        .await
}

/// List the versions of an escalation policy.
#[utoipa::path(get, path = "/v1/escalation-policies/{policy_id}/versions", params(EscalationPolicyPath), responses((status = 200, body = EscalationPolicyVersionsView)))]
async fn versions(caller: Caller<ReadEscalationPolicies>, path: Path<EscalationPolicyPath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let policy = store::find(app.db.read(), caller.scope(), path.policy_id).await?;
    let versions = store::versions(app.db.read(), policy.id).await?;
    Reply::ok(&EscalationPolicyVersionsView { data: versions.iter().map(Into::into).collect() })
}

/// What the log of an escalation policy can be asked for.
struct EscalationRunList;

impl ListSpec for EscalationRunList {
    type Entity = run_entity::Entity;
    type View = EscalationRunView;
    const FIELDS: &'static [Field<run_entity::Column>] = &[
        Field::instant("ran_at", run_entity::Column::RanAt).sortable(),
        Field::uuid("ticket_id", run_entity::Column::TicketId).nullable(),
        Field::uuid("obligation_id", run_entity::Column::ObligationId),
    ];
    const DEFAULT_SORT: &'static str = "-ran_at";
}

/// List what an escalation policy did, newest first.
#[utoipa::path(get, path = "/v1/escalation-policies/{policy_id}/runs", params(EscalationPolicyPath, Listing<EscalationRunList>),
    responses((status = 200, body = Page<EscalationRunView>)))]
async fn runs(
    caller: Caller<ReadEscalationPolicies>,
    path: Path<EscalationPolicyPath>,
    listing: Listing<EscalationRunList>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let policy = store::find(app.db.read(), caller.scope(), path.policy_id).await?;
    let page = listing.page(app.db.read(), store::runs(caller.scope(), policy.id)).await?;
    listing.reply(&page.try_map(EscalationRunView::try_from)?)
}
