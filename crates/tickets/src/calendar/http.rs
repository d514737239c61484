//! Operations on calendars.

use std::sync::Arc;

use actix_web::web::{Data, Path};
use chrono::{DateTime, TimeDelta, Utc};
use kernel::Fault;
use kernel::calendar::Calendar;
use kernel::id::{CalendarId, CalendarVersionId};
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

use super::entity::{Column, Entity};
use super::model::{BusinessCalendar, CalendarVersion, Hours};
use super::store;
use super::wire::{
    Calculate, Calculation, CalendarPath, CalendarVersionView, CalendarVersionsView, CalendarView, CreateCalendar, PatchCalendar,
    PreviewCalendarVersion, PublishCalendarVersion,
};
use crate::Tickets;
use crate::access::{ReadCalendars, WriteCalendars};
use crate::obligation::preview::wire::RuleChangePreview;
use crate::obligation::preview::{Question, Supposition};
use crate::obligation::{RuleChange, recalculation};
use crate::rulebook::{self, Rulebook};
use crate::vocabulary::{Cause, ClockKind};

pub(crate) fn operations() -> Operations {
    operations!["calendars"; create, list, fetch, patch, publish, preview, versions, calculate]
}

fn changed(event: &'static str, calendar: &BusinessCalendar) -> Change {
    Change::new(event, "calendar", calendar.id, calendar.stamp.version).after(&CalendarView::from(calendar)).branch(calendar.branch_id)
}

/// Takes the place that a calendar gets from whichever has it: its branch, or the default.
async fn placed(tx: &Tx, calendar: &BusinessCalendar) -> Result<(), Problem> {
    for other in store::in_place_of(tx, calendar).await? {
        let before = CalendarView::from(&other);
        let next = other.without_place_of(calendar, Touch::of(tx));
        store::save(tx, &next).await?;
        tx.record(changed("calendar.updated", &next).before(&before));
    }
    Ok(())
}

/// A calendar got another place: the clocks of every calendar may be concerned.
fn moved(tx: &Tx) -> RuleChange {
    RuleChange { cause: Cause::CalendarChanged, at: tx.now(), decided_at: tx.now(), calendar: None }
}

/// Create a calendar with its first version.
#[utoipa::path(post, path = "/v1/calendars", request_body = CreateCalendar, responses((status = 201, body = CalendarView)))]
async fn create(caller: Caller<WriteCalendars>, command: Valid<CreateCalendar>, app: Data<Tickets>) -> Result<Reply, Problem> {
    command.hours.calendar().map_err(|fault| fault.under("/hours"))?;
    app.db
        .command(&caller, "calendar.create", async |tx| {
            let calendar = command.clone().into_calendar(Touch::of(tx));
            placed(tx, &calendar).await?;
            store::insert(tx, &calendar).await?;
            let first = version(&calendar, 1, tx.now(), &command.hours, tx);
            store::insert_version(tx, &first).await?;
            rulebook::store::raise(tx).await?;
            if calendar.branch_id.is_some() || calendar.is_default {
                recalculation::begin(tx, &moved(tx)).await?;
            }
            tx.record(changed("calendar.created", &calendar));
            let view = CalendarView { latest: Some((&first).into()), ..CalendarView::from(&calendar) };
            Ok(Reply::created(format!("/v1/calendars/{}", calendar.id), &view)?.tagged(1))
        })
        .await
}

/// What the list of calendars can be asked for.
pub(crate) struct CalendarList;

impl ListSpec for CalendarList {
    type Entity = Entity;
    type View = CalendarView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::text("name", Column::Name).sortable().containing(),
        Field::uuid("branch_id", Column::BranchId).nullable(),
        Field::boolean("is_default", Column::IsDefault),
        Field::text("external_ref", Column::ExternalRef).nullable(),
    ];
    const DEFAULT_SORT: &'static str = "name";
}

/// List calendars.
#[utoipa::path(get, path = "/v1/calendars", params(Listing<CalendarList>), responses((status = 200, body = Page<CalendarView>)))]
async fn list(caller: Caller<ReadCalendars>, listing: Listing<CalendarList>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    listing.reply(&page.map(|row| CalendarView::from(&store::calendar(row))))
}

/// Read one calendar with its latest version.
#[utoipa::path(get, path = "/v1/calendars/{calendar_id}", params(CalendarPath), responses((status = 200, body = CalendarView)))]
async fn fetch(caller: Caller<ReadCalendars>, path: Path<CalendarPath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let calendar = store::find(app.db.read(), caller.scope(), path.calendar_id).await?;
    let versions = store::versions(app.db.read(), calendar.id).await?;
    let view = CalendarView { latest: versions.last().map(Into::into), ..CalendarView::from(&calendar) };
    Ok(Reply::ok(&view)?.tagged(calendar.stamp.version))
}

/// Change a calendar's name and place.
///
/// A branch or the default is taken from whichever calendar has it, so that clocks are moved once.
#[utoipa::path(patch, path = "/v1/calendars/{calendar_id}", params(CalendarPath), request_body = PatchCalendar, responses((status = 200, body = CalendarView)))]
async fn patch(
    caller: Caller<WriteCalendars>,
    path: Path<CalendarPath>,
    expected: IfMatch,
    command: Valid<PatchCalendar>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "calendar.patch", async |tx| {
            let current = store::find(tx, caller.scope(), path.calendar_id).await?;
            expected.check(current.stamp.version)?;
            let before = CalendarView::from(&current);
            let next = command.clone().apply(current, Touch::of(tx));
            placed(tx, &next).await?;
            store::save(tx, &next).await?;
            rulebook::store::raise(tx).await?;
            recalculation::begin(tx, &moved(tx)).await?;
            tx.record(changed("calendar.updated", &next).before(&before));
            Ok(Reply::ok(&CalendarView::from(&next))?.tagged(next.stamp.version))
        })
        .await
}

/// Publish a version of a calendar.
///
/// Running promises are recalculated from the instant at which it takes effect. A version that took effect in the past
/// needs `recompute`; a breach on record stays, marked when the new hours would have prevented it.
#[utoipa::path(post, path = "/v1/calendars/{calendar_id}/versions", params(CalendarPath), request_body = PublishCalendarVersion,
    responses((status = 201, body = CalendarVersionView)))]
async fn publish(
    caller: Caller<WriteCalendars>,
    path: Path<CalendarPath>,
    command: Valid<PublishCalendarVersion>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let hours = command.hours.calendar().map_err(|fault| fault.under("/hours"))?;
    let refusal = refusal(&caller, path.calendar_id, (&command, hours), &app).await?;
    app.db
        .command(&caller, "calendar.publish", async |tx| {
            if let Some(refusal) = &refusal {
                return Err(refusal.clone().into());
            }
            let calendar = store::find(tx, caller.scope(), path.calendar_id).await?;
            let effective_from = command.effective_from.unwrap_or_else(|| tx.now());
            let number = store::versions(tx, calendar.id).await?.last().map_or(0, |last| last.number) + 1;
            published(tx, &calendar, &version(&calendar, number, effective_from, &command.hours, tx)).await
        })
        .await
}

/// Why a back-dated version that is not expressly asked to recompute is refused.
async fn refusal<P>(
    caller: &Caller<P>,
    calendar: CalendarId,
    (command, hours): (&PublishCalendarVersion, Calendar),
    app: &Tickets,
) -> Result<Option<Fault>, Problem> {
    let now = app.clock.now();
    match command.effective_from.filter(|from| *from < now && !command.recompute) {
        Some(from) => {
            let calendar = store::find(app.db.read(), caller.scope(), calendar).await?;
            let supposed = supposed(app, &calendar, hours, (from, now)).await?;
            Ok(Some(supposed.refusal(&app.db, &Question::of(caller, now)).await?))
        }
        None => Ok(None),
    }
}

/// The rules with these hours from an instant on, as if they were published now.
async fn supposed(
    app: &Tickets,
    calendar: &BusinessCalendar,
    hours: Calendar,
    (at, now): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Supposition, Problem> {
    let rules = app.rules.current(app.db.read()).await?;
    let rules = Arc::new(Rulebook::clone(&rules).with_hours(calendar.id, at, hours));
    let change = RuleChange { cause: Cause::CalendarChanged, at, decided_at: now, calendar: Some(calendar.id) };
    Ok(Supposition { change, rules })
}

impl PreviewCalendarVersion {
    /// The rules as they would be at `now`. A change of place concerns the clocks of other calendars too.
    fn supposed(&self, rules: &Rulebook, calendar: &BusinessCalendar, now: DateTime<Utc>) -> Result<Supposition, Fault> {
        let at = self.effective_from.unwrap_or(now);
        let place = (self.branch_id.unwrap_or(calendar.branch_id), self.is_default.unwrap_or(calendar.is_default));
        let stays = place == (calendar.branch_id, calendar.is_default);
        let mut supposed = rules.clone();
        if let Some(hours) = &self.hours {
            supposed = supposed.with_hours(calendar.id, at, hours.calendar().map_err(|fault| fault.under("/hours"))?);
        }
        if !stays {
            supposed = supposed.with_calendar_at(calendar.id, place);
        }
        let change = RuleChange { cause: Cause::CalendarChanged, at, decided_at: now, calendar: stays.then_some(calendar.id) };
        Ok(Supposition { change, rules: Arc::new(supposed) })
    }
}

/// What publishing a version of a calendar, or giving it another place, would do to the promises.
///
/// Nothing is changed. A branch or the default is taken from whichever calendar has it. A page goes through `limit` tickets; the next
/// one begins where this one ended.
#[utoipa::path(post, path = "/v1/calendars/{calendar_id}/preview", params(CalendarPath), request_body = PreviewCalendarVersion,
    responses((status = 200, body = RuleChangePreview)))]
async fn preview(
    caller: Caller<WriteCalendars>,
    path: Path<CalendarPath>,
    question: Valid<PreviewCalendarVersion>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let calendar = store::find(app.db.read(), caller.scope(), path.calendar_id).await?;
    let (rules, now) = (app.rules.current(app.db.read()).await?, app.clock.now());
    let page = Question::of(&caller, now).page(question.after, question.limit);
    Reply::ok(&question.supposed(&rules, &calendar, now)?.examine(&app.db, &page).await?)
}

fn version(calendar: &BusinessCalendar, number: i32, effective_from: DateTime<Utc>, hours: &Hours, tx: &Tx) -> CalendarVersion {
    CalendarVersion {
        id: CalendarVersionId::generate(),
        calendar_id: calendar.id,
        number,
        effective_from,
        published_at: tx.now(),
        published_by: tx.actor().id,
        hours: hours.clone(),
    }
}

async fn published(tx: &Tx, calendar: &BusinessCalendar, version: &CalendarVersion) -> Result<Reply, Problem> {
    store::insert_version(tx, version).await?;
    rulebook::store::raise(tx).await?;
    let cause = Cause::CalendarChanged;
    let change = RuleChange { cause, at: version.effective_from, decided_at: tx.now(), calendar: Some(calendar.id) };
    recalculation::begin(tx, &change).await?;
    let view = CalendarVersionView::from(version);
    let change = Change::new("calendar.published", "calendar_version", version.id, 1).after(&view).branch(calendar.branch_id);
    tx.record(change);
    Reply::created(format!("/v1/calendars/{}/versions", calendar.id), &view)
}

/// List the versions of a calendar.
#[utoipa::path(get, path = "/v1/calendars/{calendar_id}/versions", params(CalendarPath), responses((status = 200, body = CalendarVersionsView)))]
async fn versions(caller: Caller<ReadCalendars>, path: Path<CalendarPath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let calendar = store::find(app.db.read(), caller.scope(), path.calendar_id).await?;
    let versions = store::versions(app.db.read(), calendar.id).await?;
    Reply::ok(&CalendarVersionsView { data: versions.iter().map(Into::into).collect() })
}

/// Calculate a due instant, or the time worked.
#[utoipa::path(post, path = "/v1/calendars/{calendar_id}/calculate", params(CalendarPath), request_body = Calculate, responses((status = 200, body = Calculation)))]
async fn calculate(
    caller: Caller<ReadCalendars>,
    path: Path<CalendarPath>,
    question: Valid<Calculate>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let calendar = store::find(app.db.read(), caller.scope(), path.calendar_id).await?;
    let versions = store::versions(app.db.read(), calendar.id).await?;
    let version = match question.version_id {
        Some(id) => versions.iter().find(|version| version.id == id),
        None => versions.iter().rev().find(|version| version.effective_from <= question.start).or_else(|| versions.first()),
    };
    let version = version.ok_or_else(|| Fault::not_found(CalendarVersionId::NOUN))?;
    let hours = match question.clock {
        Some(ClockKind::Elapsed) => Calendar::always(),
        _ => version.hours.calendar()?,
    };
    Reply::ok(&question.answer(&hours, version.id)?)
}

impl Calculate {
    fn answer(&self, calendar: &Calendar, version: CalendarVersionId) -> Result<Calculation, Fault> {
        let due_at = match (self.target_s, self.end_of_day, self.until) {
            (Some(target_s), None, None) => calendar.due(self.start, TimeDelta::seconds(target_s), &self.pauses),
            (None, Some(end), None) => calendar.end_of_business_day(self.start, TimeDelta::seconds(end.cutoff_before_close_s)),
            (None, None, Some(until)) => Some(until),
            _ => return Err(Fault::field("", "one_target", "State one of target_s, end_of_day and until.")),
        };
        let end = due_at.unwrap_or(self.start);
        let mut windows = calendar.windows(self.start, end);
        windows.truncate(200);
        Ok(Calculation {
            due_at,
            windows,
            worked_s: calendar.worked(self.start, end, &self.pauses).num_seconds(),
            calendar_version_id: version,
            open_at_start: calendar.is_open(self.start),
        })
    }
}
