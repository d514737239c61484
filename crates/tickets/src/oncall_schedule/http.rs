//! Operations on on-call schedules.

use actix_web::web::{Data, Path, Query};
use chrono::{DateTime, TimeDelta, Utc};
use kernel::Fault;
use kernel::id::{OnCallVersionId, UserId};
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

use super::entity::{schedule, standing_in};
use super::model::{OnCallOverride, OnCallSchedule, OnCallVersion};
use super::plan::OnCallPlan;
use super::store;
use super::wire::{
    AddOnCallOverride, CreateOnCallSchedule, OnCallInstant, OnCallNowEntry, OnCallNowView, OnCallOverridePath, OnCallOverrideView,
    OnCallPeriod, OnCallSchedulePath, OnCallScheduleView, OnCallTimelineView, OnCallVersionView, OnCallVersionsView, PatchOnCallSchedule,
    PublishOnCallPlan,
};
use super::{OverrideOnCallSchedules, ReadOnCallSchedules, WriteOnCallSchedules};
use crate::routing::roster;
use crate::{Tickets, agent};

/// The longest period that is rendered at once.
const LONGEST: TimeDelta = TimeDelta::days(92);
/// How far ahead the end of a shift is looked for.
const AHEAD: TimeDelta = TimeDelta::days(31);
const TWO_WEEKS: TimeDelta = TimeDelta::days(14);

pub(crate) fn operations() -> Operations {
    operations!["oncall-schedules"; create, list, fetch, patch, publish, versions, now, shifts, add_override, overrides, remove_override]
}

fn changed(event: &'static str, schedule: &OnCallSchedule) -> Change {
    let change = Change::new(event, "oncall_schedule", schedule.id, schedule.stamp.version).branch(schedule.branch_id);
    change.after(&OnCallScheduleView::from(schedule))
}

/// A schedule may not be put out of the caller's reach.
fn in_reach(scope: &RowScope, schedule: &OnCallSchedule) -> Result<(), Fault> {
    if scope.covers(schedule.branch_id.map(Into::into), None, None) {
        return Ok(());
    }
    Err(Fault::field("/branch_id", "unknown_reference", "There is no such branch in reach."))
}

/// Demands that everybody whom a plan names is an agent.
async fn check_members(tx: &Tx, plan: &OnCallPlan) -> Result<(), Problem> {
    let layers = plan.layers.iter().enumerate();
    let named = layers.flat_map(|(layer, one)| {
        one.members.iter().enumerate().map(move |(place, user)| (format!("/plan/layers/{layer}/members/{place}"), *user))
    });
    agent::store::check_named(tx, &named.collect::<Vec<(String, UserId)>>()).await
}

/// Publishes a plan that was checked.
async fn published(
    tx: &Tx,
    schedule: &OnCallSchedule,
    number: i32,
    (plan, from): (OnCallPlan, DateTime<Utc>),
) -> Result<OnCallVersion, Problem> {
    check_members(tx, &plan).await?;
    let version = OnCallVersion {
        id: OnCallVersionId::generate(),
        schedule_id: schedule.id,
        number,
        effective_from: from,
        published_at: tx.now(),
        published_by: tx.actor().id,
        plan,
    };
    store::insert_version(tx, &version).await?;
    Ok(version)
}

/// Create an on-call schedule with its first plan.
#[utoipa::path(post, path = "/v1/oncall-schedules", request_body = CreateOnCallSchedule, responses((status = 201, body = OnCallScheduleView)))]
async fn create(caller: Caller<WriteOnCallSchedules>, command: Valid<CreateOnCallSchedule>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let plan = command.plan.clone().checked().map_err(|fault| fault.under("/plan"))?;
    roster::command(&app, &caller, "oncall_schedule.create", async |tx| {
        let schedule = command.schedule(Touch::of(tx));
        in_reach(caller.scope(), &schedule)?;
        store::insert(tx, &schedule).await?;
        let first = published(tx, &schedule, 1, (plan.clone(), tx.now())).await?;
        let view = OnCallScheduleView::with_latest(&schedule, Some(&first));
        tx.record(changed("oncall_schedule.created", &schedule).after(&view));
        Ok(Reply::created(format!("/v1/oncall-schedules/{}", schedule.id), &view)?.tagged(1))
    })
    .await
}

/// What the list of on-call schedules can be asked for.
pub(crate) struct OnCallScheduleList;

impl ListSpec for OnCallScheduleList {
    type Entity = schedule::Entity;
    type View = OnCallScheduleView;
    const FIELDS: &'static [Field<schedule::Column>] = &[
        Field::text("name", schedule::Column::Name).sortable().containing(),
        Field::uuid("branch_id", schedule::Column::BranchId).nullable(),
        Field::boolean("is_default", schedule::Column::IsDefault),
        Field::boolean("active", schedule::Column::Active),
    ];
    const DEFAULT_SORT: &'static str = "name";
}

/// List on-call schedules.
#[utoipa::path(get, path = "/v1/oncall-schedules", params(Listing<OnCallScheduleList>), responses((status = 200, body = Page<OnCallScheduleView>)))]
async fn list(caller: Caller<ReadOnCallSchedules>, listing: Listing<OnCallScheduleList>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    listing.reply(&page.map(|row| OnCallScheduleView::from(&store::model(row))))
}

/// Read one on-call schedule with its latest plan.
#[utoipa::path(get, path = "/v1/oncall-schedules/{schedule_id}", params(OnCallSchedulePath), responses((status = 200, body = OnCallScheduleView)))]
async fn fetch(caller: Caller<ReadOnCallSchedules>, path: Path<OnCallSchedulePath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let schedule = store::find(app.db.read(), caller.scope(), path.schedule_id).await?;
    let versions = store::versions(app.db.read(), schedule.id).await?;
    let view = OnCallScheduleView::with_latest(&schedule, versions.last());
    Ok(Reply::ok(&view)?.tagged(schedule.stamp.version))
}

/// Change an on-call schedule's name and place, or take it out of use.
#[utoipa::path(patch, path = "/v1/oncall-schedules/{schedule_id}", params(OnCallSchedulePath), request_body = PatchOnCallSchedule,
    responses((status = 200, body = OnCallScheduleView)))]
async fn patch(
    caller: Caller<WriteOnCallSchedules>,
    path: Path<OnCallSchedulePath>,
    expected: IfMatch,
    command: Valid<PatchOnCallSchedule>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    roster::command(&app, &caller, "oncall_schedule.patch", async |tx| {
        let current = store::find(tx, caller.scope(), path.schedule_id).await?;
        expected.check(current.stamp.version)?;
        let next = command.clone().apply(&current, Touch::of(tx));
        in_reach(caller.scope(), &next)?;
        store::save(tx, &next).await?;
        tx.record(changed("oncall_schedule.updated", &next).before(&OnCallScheduleView::from(&current)));
        Ok(Reply::ok(&OnCallScheduleView::from(&next))?.tagged(next.stamp.version))
    })
    .await
}

/// Publish a plan.
///
/// It is refused while there are hours of the week at which nobody is on call, which it names, unless it has `allow_gap`.
#[utoipa::path(post, path = "/v1/oncall-schedules/{schedule_id}/versions", params(OnCallSchedulePath), request_body = PublishOnCallPlan,
    responses((status = 201, body = OnCallVersionView)))]
async fn publish(
    caller: Caller<WriteOnCallSchedules>,
    path: Path<OnCallSchedulePath>,
    command: Valid<PublishOnCallPlan>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let plan = command.plan.clone().checked().map_err(|fault| fault.under("/plan"))?;
    roster::command(&app, &caller, "oncall_schedule.publish", async |tx| {
        let schedule = store::find(tx, caller.scope(), path.schedule_id).await?;
        let from = command.effective_from.unwrap_or_else(|| tx.now());
        if from < tx.now() {
            return Err(Fault::field("/effective_from", "in_the_past", "Who was on call is not changed afterwards.").into());
        }
        let number = store::versions(tx, schedule.id).await?.last().map_or(0, |last| last.number) + 1;
        let version = published(tx, &schedule, number, (plan.clone(), from)).await?;
        let view = OnCallVersionView::from(&version);
        tx.record(Change::new("oncall_schedule.published", "oncall_version", version.id, 1).branch(schedule.branch_id).after(&view));
        Reply::created(format!("/v1/oncall-schedules/{}/versions", schedule.id), &view)
    })
    .await
}

/// List the published plans of a schedule.
#[utoipa::path(get, path = "/v1/oncall-schedules/{schedule_id}/versions", params(OnCallSchedulePath), responses((status = 200, body = OnCallVersionsView)))]
async fn versions(caller: Caller<ReadOnCallSchedules>, path: Path<OnCallSchedulePath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let schedule = store::find(app.db.read(), caller.scope(), path.schedule_id).await?;
    let versions = store::versions(app.db.read(), schedule.id).await?;
    Reply::ok(&OnCallVersionsView { data: versions.iter().map(Into::into).collect() })
}

/// Say who is on call, in the order in which they are paged.
#[utoipa::path(get, path = "/v1/oncall-schedules/{schedule_id}/now", params(OnCallSchedulePath, OnCallInstant), responses((status = 200, body = OnCallNowView)))]
async fn now(
    caller: Caller<ReadOnCallSchedules>,
    path: Path<OnCallSchedulePath>,
    query: Query<OnCallInstant>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let schedule = store::find(app.db.read(), caller.scope(), path.schedule_id).await?;
    let at = query.at.unwrap_or_else(|| app.clock.now());
    let timetable = store::timetable(app.db.read(), schedule, (at, at + AHEAD)).await?;
    let shifts = timetable.shifts(at, at + AHEAD);
    let present = shifts.iter().filter(|shift| shift.span.start == at);
    Reply::ok(&OnCallNowView { at, levels: present.map(|shift| OnCallNowEntry::of(shift, at + AHEAD)).collect() })
}

/// Render who is on call in a period, and when nobody is.
#[utoipa::path(get, path = "/v1/oncall-schedules/{schedule_id}/shifts", params(OnCallSchedulePath, OnCallPeriod), responses((status = 200, body = OnCallTimelineView)))]
async fn shifts(
    caller: Caller<ReadOnCallSchedules>,
    path: Path<OnCallSchedulePath>,
    query: Query<OnCallPeriod>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let from = query.from.unwrap_or_else(|| app.clock.now());
    let to = query.to.unwrap_or(from + TWO_WEEKS);
    if to <= from || to - from > LONGEST {
        return Err(Fault::invalid("invalid_period", "The period must end after it starts, and at most 92 days later.").into());
    }
    let schedule = store::find(app.db.read(), caller.scope(), path.schedule_id).await?;
    let timetable = store::timetable(app.db.read(), schedule, (from, to)).await?;
    let shifts = timetable.shifts(from, to).iter().map(Into::into).collect();
    Reply::ok(&OnCallTimelineView { from, to, shifts, gaps: timetable.gaps(from, to) })
}

fn told(event: &'static str, schedule: &OnCallSchedule, one: &OnCallOverride) -> Change {
    let change = Change::new(event, "oncall_override", one.id, 1).branch(schedule.branch_id);
    change.after(&OnCallOverrideView::from(one)).reason(one.reason.clone())
}

/// Have somebody stand in for a time. It wins over the layers; of several the last one made counts.
#[utoipa::path(post, path = "/v1/oncall-schedules/{schedule_id}/overrides", params(OnCallSchedulePath), request_body = AddOnCallOverride,
    responses((status = 201, body = OnCallOverrideView)))]
async fn add_override(
    caller: Caller<OverrideOnCallSchedules>,
    path: Path<OnCallSchedulePath>,
    command: Valid<AddOnCallOverride>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    roster::command(&app, &caller, "oncall_override.create", async |tx| {
        let schedule = store::find(tx, caller.scope(), path.schedule_id).await?;
        let one = command.clone().into_override(schedule.id, Touch::of(tx)).checked(Touch::of(tx))?;
        agent::store::check_named(tx, &[("/user_id".to_owned(), command.user_id)]).await?;
        store::insert_override(tx, &one).await?;
        tx.record(told("oncall_override.created", &schedule, &one));
        Reply::created(format!("/v1/oncall-schedules/{}/overrides/{}", schedule.id, one.id), &OnCallOverrideView::from(&one))
    })
    .await
}

/// What the list of overrides can be asked for.
pub(crate) struct OnCallOverrideList;

impl ListSpec for OnCallOverrideList {
    type Entity = standing_in::Entity;
    type View = OnCallOverrideView;
    const FIELDS: &'static [Field<standing_in::Column>] = &[
        Field::uuid("user_id", standing_in::Column::UserId),
        Field::instant("start_at", standing_in::Column::StartAt).sortable(),
        Field::instant("end_at", standing_in::Column::EndAt).sortable(),
    ];
    const DEFAULT_SORT: &'static str = "-start_at";
}

/// List the overrides of a schedule, the latest first.
#[utoipa::path(get, path = "/v1/oncall-schedules/{schedule_id}/overrides", params(OnCallSchedulePath, Listing<OnCallOverrideList>),
    responses((status = 200, body = Page<OnCallOverrideView>)))]
async fn overrides(
    caller: Caller<ReadOnCallSchedules>,
    path: Path<OnCallSchedulePath>,
    listing: Listing<OnCallOverrideList>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let schedule = store::find(app.db.read(), caller.scope(), path.schedule_id).await?;
    let page = listing.page(app.db.read(), store::overrides_of(schedule.id)).await?;
    listing.reply(&page.map(|row| OnCallOverrideView::from(&store::standing_in(row))))
}

/// Take an override away: whose turn it is is on call again.
#[utoipa::path(delete, path = "/v1/oncall-schedules/{schedule_id}/overrides/{override_id}", params(OnCallOverridePath), responses((status = 204)))]
async fn remove_override(
    caller: Caller<OverrideOnCallSchedules>,
    path: Path<OnCallOverridePath>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    roster::command(&app, &caller, "oncall_override.remove", async |tx| {
        let schedule = store::find(tx, caller.scope(), path.schedule_id).await?;
        let one = store::find_override(tx, schedule.id, path.override_id).await?;
        store::delete_override(tx, one.id).await?;
        tx.record(Change { version: 2, ..told("oncall_override.removed", &schedule, &one) }.deleted());
        Ok(Reply::no_content())
    })
    .await
}
