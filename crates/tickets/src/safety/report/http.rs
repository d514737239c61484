//! Operations on safety reports.

use actix_web::web::{Data, Path};
use platform::caller::{Caller, Unnamed};
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use platform::stamp::Touch;
use platform::valid::Valid;

use super::commands::Matter;
use super::entity::{Column, Entity};
use super::identities::{self, Identities};
use super::model::{InjuryClass, SafetyReport};
use super::state::{SafetyReportKind, SafetyReportState};
use super::store;
use super::view::{SafetyIdentitiesView, SafetyReportView};
use super::wire::{
    CloseSafetyReport, FileSafetyReport, OpenCorrectiveActions, PatchSafetyReport, ReplacePeopleInvolved, SafetyReportPath, TellRegulator,
    TriageSafetyReport,
};
use crate::safety::{FileSafetyReports, ReadSafetyIdentities, ReadSafetyReports, WorkSafetyReports, WriteSafetyIdentities, action};
use crate::step::Held;
use crate::{Tickets, place};

pub(crate) fn operations() -> Operations {
    operations!["safety-reports"; file, list, fetch, patch, triage, investigate, open_actions, verify, close, tell_regulator,
        identities, replace_people]
}

pub(super) fn answer(report: &SafetyReport) -> Result<Reply, Problem> {
    Ok(Reply::ok(&SafetyReportView::from(report))?.tagged(report.stamp.version))
}

/// Report what happened, or nearly did.
///
/// Nothing but the report's identities, which need a permission of their own, says who filed it; of an anonymous report nothing does.
/// A grave injury starts the regulator's clock at the moment we learned of it.
#[utoipa::path(post, path = "/v1/safety-reports", request_body = FileSafetyReport, responses((status = 201, body = SafetyReportView)))]
async fn file(caller: Unnamed<FileSafetyReports>, command: Valid<FileSafetyReport>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let known = place::known(&app, caller.scope(), command.stated()).await?;
    let (anonymous, reporter, people) = (command.anonymous, command.reporter.clone(), command.people.clone());
    let identities = Identities::of(anonymous, reporter, people, caller.actor())?;
    app.db
        .unnamed_command(&caller, ("safety", "safety_report.file"), async |tx| {
            let mut matter = Matter::file(tx, &app.rules, known, (command.facts(tx.now()), anonymous)).await?;
            matter.write(tx, "safety_report.filed").await?;
            identities::keep(tx, matter.report.id, &identities)?;
            let view = SafetyReportView::from(&matter.report);
            Ok(Reply::created(format!("/v1/safety-reports/{}", view.id), &view)?.tagged(view.version))
        })
        .await
}

/// What the list of safety reports can be asked for.
pub(crate) struct SafetyReportList;

impl ListSpec for SafetyReportList {
    type Entity = Entity;
    type View = SafetyReportView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::choice("kind", Column::Kind, SafetyReportKind::TEXTS),
        Field::choice("state", Column::State, SafetyReportState::TEXTS),
        Field::choice("injury_class", Column::InjuryClass, InjuryClass::TEXTS),
        Field::uuid("account_id", Column::AccountId).nullable(),
        Field::uuid("site_id", Column::SiteId).nullable(),
        Field::uuid("branch_id", Column::BranchId).nullable(),
        Field::uuid("ticket_id", Column::TicketId).nullable(),
        Field::uuid("lead_id", Column::LeadId).nullable(),
        Field::instant("occurred_at", Column::OccurredAt).sortable(),
        Field::instant("learned_at", Column::LearnedAt),
        Field::instant("regulator_due_at", Column::RegulatorDueAt).nullable(),
    ];
    const DEFAULT_SORT: &'static str = "-id";
}

/// List safety reports, the newest first.
#[utoipa::path(get, path = "/v1/safety-reports", params(Listing<SafetyReportList>), responses((status = 200, body = Page<SafetyReportView>)))]
async fn list(caller: Caller<ReadSafetyReports>, listing: Listing<SafetyReportList>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    listing.reply(&page.try_map(|row| store::report(row).map(|report| SafetyReportView::from(&report)))?)
}

/// Read one safety report.
#[utoipa::path(get, path = "/v1/safety-reports/{report_id}", params(SafetyReportPath), responses((status = 200, body = SafetyReportView)))]
async fn fetch(caller: Caller<ReadSafetyReports>, path: Path<SafetyReportPath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    answer(&store::find(app.db.read(), caller.scope(), path.report_id).await?)
}

/// Read who reported and who was involved, and what was said of both before it was corrected.
#[utoipa::path(get, path = "/v1/safety-reports/{report_id}/identities", params(SafetyReportPath),
    responses((status = 200, body = SafetyIdentitiesView)))]
async fn identities(caller: Caller<ReadSafetyIdentities>, path: Path<SafetyReportPath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let report = store::find(app.db.read(), caller.scope(), path.report_id).await?;
    let identities = identities::find(app.db.read(), report.id).await?;
    Ok(Reply::ok(&SafetyIdentitiesView::of(&report, identities))?.tagged(report.stamp.version))
}

/// Correct who was involved: all of them anew.
///
/// The reporter stays as it was filed.
#[utoipa::path(put, path = "/v1/safety-reports/{report_id}/people", params(SafetyReportPath), request_body = ReplacePeopleInvolved,
    responses((status = 200, body = SafetyIdentitiesView)))]
async fn replace_people(
    caller: Caller<WriteSafetyIdentities>,
    path: Path<SafetyReportPath>,
    expected: IfMatch,
    command: Valid<ReplacePeopleInvolved>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "safety_report.replace_people", async |tx| {
            let mut matter = Matter::resume(tx, &app.rules, caller.scope(), path.report_id).await?;
            expected.check(matter.report.stamp.version)?;
            matter.report = matter.report.clone().touched(Touch::of(tx))?;
            let known = identities::find(tx, matter.report.id).await?;
            let identities = known.involving(command.people.clone(), Touch::of(tx));
            identities::keep(tx, matter.report.id, &identities)?;
            matter.write(tx, "safety_report.people_changed").await?;
            Ok(Reply::ok(&SafetyIdentitiesView::of(&matter.report, identities))?.tagged(matter.report.stamp.version))
        })
        .await
}

/// Correct what is said to have happened, or say who leads the investigation.
///
/// An injury that turns out graver starts or tightens the regulator's clock, from the moment we learned of it.
#[utoipa::path(patch, path = "/v1/safety-reports/{report_id}", params(SafetyReportPath), request_body = PatchSafetyReport,
    responses((status = 200, body = SafetyReportView)))]
async fn patch(
    caller: Caller<WorkSafetyReports>,
    path: Path<SafetyReportPath>,
    expected: IfMatch,
    command: Valid<PatchSafetyReport>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let names = ("safety_report.patch", "safety_report.updated");
    Matter::take(&app, &caller, (path.report_id, Some(expected)), names, async |matter, tx| {
        let (facts, lead) = command.apply(&matter.report.facts, matter.report.lead_id);
        if facts.description != matter.report.facts.description {
            identities::remember(tx, matter.report.id, matter.report.facts.description.clone()).await?;
        }
        matter.report = matter.report.clone().edit(facts, lead, &matter.settings(), Touch::of(tx))?;
        Ok(())
    })
    .await
}

/// Triage a report: somebody has looked at it, and says who goes on with it.
#[utoipa::path(post, path = "/v1/safety-reports/{report_id}/triage", params(SafetyReportPath), request_body = TriageSafetyReport,
    responses((status = 200, body = SafetyReportView)))]
async fn triage(
    caller: Caller<WorkSafetyReports>,
    path: Path<SafetyReportPath>,
    expected: IfMatch,
    command: Valid<TriageSafetyReport>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let names = ("safety_report.triage", "safety_report.triaged");
    Matter::take(&app, &caller, (path.report_id, Some(expected)), names, async |matter, tx| {
        matter.report = matter.report.clone().triage(command.lead_id, command.note.clone(), Touch::of(tx))?;
        Ok(())
    })
    .await
}

/// Begin the investigation.
#[utoipa::path(post, path = "/v1/safety-reports/{report_id}/investigate", params(SafetyReportPath), responses((status = 200, body = SafetyReportView)))]
async fn investigate(
    caller: Caller<WorkSafetyReports>,
    path: Path<SafetyReportPath>,
    expected: IfMatch,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let names = ("safety_report.investigate", "safety_report.investigated");
    Matter::take(&app, &caller, (path.report_id, Some(expected)), names, async |matter, tx| {
        matter.report = matter.report.clone().investigate(Touch::of(tx))?;
        Ok(())
    })
    .await
}

/// End the investigation: the root cause is known, and corrective actions follow from it.
#[utoipa::path(post, path = "/v1/safety-reports/{report_id}/open-actions", params(SafetyReportPath), request_body = OpenCorrectiveActions,
    responses((status = 200, body = SafetyReportView)))]
async fn open_actions(
    caller: Caller<WorkSafetyReports>,
    path: Path<SafetyReportPath>,
    expected: IfMatch,
    command: Valid<OpenCorrectiveActions>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let names = ("safety_report.open_actions", "safety_report.actions_opened");
    Matter::take(&app, &caller, (path.report_id, Some(expected)), names, async |matter, tx| {
        matter.report = matter.report.clone().open_actions(command.root_cause.clone(), Touch::of(tx))?;
        Ok(())
    })
    .await
}

/// Find that all corrective actions of a report are verified.
#[utoipa::path(post, path = "/v1/safety-reports/{report_id}/verify", params(SafetyReportPath), responses((status = 200, body = SafetyReportView)))]
async fn verify(
    caller: Caller<WorkSafetyReports>,
    path: Path<SafetyReportPath>,
    expected: IfMatch,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let names = ("safety_report.verify", "safety_report.verified");
    Matter::take(&app, &caller, (path.report_id, Some(expected)), names, async |matter, tx| {
        let actions = action::store::of_report(tx, matter.report.id).await?;
        matter.report = matter.report.clone().verify(&actions, Touch::of(tx))?;
        Ok(())
    })
    .await
}

/// Close a report: everything that was to be done is verified, and the regulator was told.
///
/// A good catch that needs no action is closed after triage, with the reason for that.
#[utoipa::path(post, path = "/v1/safety-reports/{report_id}/close", params(SafetyReportPath), request_body = CloseSafetyReport,
    responses((status = 200, body = SafetyReportView)))]
async fn close(
    caller: Caller<WorkSafetyReports>,
    path: Path<SafetyReportPath>,
    expected: IfMatch,
    command: Valid<CloseSafetyReport>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let names = ("safety_report.close", "safety_report.closed");
    Matter::take(&app, &caller, (path.report_id, Some(expected)), names, async |matter, tx| {
        let actions = action::store::of_report(tx, matter.report.id).await?;
        matter.report = matter.report.clone().close(command.no_action_reason.clone(), &actions, Touch::of(tx))?;
        Ok(())
    })
    .await
}

/// Record that a regulator was told of the injury: it keeps the promise.
#[utoipa::path(post, path = "/v1/safety-reports/{report_id}/regulator-report", params(SafetyReportPath), request_body = TellRegulator,
    responses((status = 200, body = SafetyReportView)))]
async fn tell_regulator(
    caller: Caller<WorkSafetyReports>,
    path: Path<SafetyReportPath>,
    expected: IfMatch,
    command: Valid<TellRegulator>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let names = ("safety_report.tell_regulator", "safety_report.regulator_told");
    Matter::take(&app, &caller, (path.report_id, Some(expected)), names, async |matter, tx| {
        let at = command.reported_at.unwrap_or(tx.now());
        matter.report = matter.report.clone().tell_regulator(at, command.reference.clone(), Touch::of(tx))?;
        Ok(())
    })
    .await
}
