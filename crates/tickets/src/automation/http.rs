//! Operations on automations.

use actix_web::web::{Data, Path};
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

use super::entity::{Column, Entity};
use super::model::Automation;
use super::wire::{AutomationPath, AutomationRunView, AutomationView, CreateAutomation, DryRunAutomation, DryRunView, PatchAutomation};
use super::{run_entity, store, worker};
use crate::access::{ReadAutomations, WriteAutomations};
use crate::ticket::case::Case;
use crate::ticket::wire::TicketView;
use crate::vocabulary::MessageKind;
use crate::{Tickets, group, obligation, rulebook, ticket};

pub(crate) fn operations() -> Operations {
    operations!["automations"; create, list, fetch, patch, dry_run, runs]
}

fn changed(event: &'static str, rule: &Automation) -> Change {
    Change::new(event, "automation", rule.id, rule.stamp.version).after(&AutomationView::from(rule))
}

/// Make an automation.
#[utoipa::path(post, path = "/v1/automations", request_body = CreateAutomation, responses((status = 201, body = AutomationView)))]
async fn create(caller: Caller<WriteAutomations>, command: Valid<CreateAutomation>, app: Data<Tickets>) -> Result<Reply, Problem> {
    command.terms.checked()?;
    app.db
        .command(&caller, "automation.create", async |tx| {
            group::store::demand(tx, caller.scope(), command.terms.actions.groups("/terms/actions")).await?;
            let rule = command.clone().into_automation(Touch::of(tx));
            store::insert(tx, &rule).await?;
            rulebook::store::raise(tx).await?;
            tx.record(changed("automation.created", &rule));
            Ok(Reply::created(format!("/v1/automations/{}", rule.id), &AutomationView::from(&rule))?.tagged(1))
        })
        .await
}

/// What the list of automations can be asked for.
struct AutomationList;

impl ListSpec for AutomationList {
    type Entity = Entity;
    type View = AutomationView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::integer("position", Column::Position).sortable(),
        Field::text("name", Column::Name).sortable().containing(),
        Field::boolean("active", Column::Active),
        Field::text("external_ref", Column::ExternalRef).nullable(),
    ];
    const DEFAULT_SORT: &'static str = "position";
}

/// List automations in the order in which they are tried.
#[utoipa::path(get, path = "/v1/automations", params(Listing<AutomationList>), responses((status = 200, body = Page<AutomationView>)))]
async fn list(caller: Caller<ReadAutomations>, listing: Listing<AutomationList>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    listing.reply(&page.try_map(|row| store::automation(row).map(|rule| AutomationView::from(&rule)))?)
}

/// Read one automation.
#[utoipa::path(get, path = "/v1/automations/{automation_id}", params(AutomationPath), responses((status = 200, body = AutomationView)))]
async fn fetch(caller: Caller<ReadAutomations>, path: Path<AutomationPath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let rule = store::find(app.db.read(), caller.scope(), path.automation_id).await?;
    Ok(Reply::ok(&AutomationView::from(&rule))?.tagged(rule.stamp.version))
}

/// Change an automation.
#[utoipa::path(patch, path = "/v1/automations/{automation_id}", params(AutomationPath), request_body = PatchAutomation, responses((status = 200, body = AutomationView)))]
async fn patch(
    caller: Caller<WriteAutomations>,
    path: Path<AutomationPath>,
    expected: IfMatch,
    command: Valid<PatchAutomation>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    command.terms.as_ref().map_or(Ok(()), |terms| terms.checked())?;
    app.db
        .command(&caller, "automation.patch", async |tx| {
            let current = store::find(tx, caller.scope(), path.automation_id).await?;
            expected.check(current.stamp.version)?;
            let before = AutomationView::from(&current);
            let groups = command.terms.as_ref().map(|terms| terms.actions.groups("/terms/actions")).unwrap_or_default();
            group::store::demand(tx, caller.scope(), groups).await?;
            let next = command.clone().apply(current, Touch::of(tx));
            store::save(tx, &next).await?;
            rulebook::store::raise(tx).await?;
            tx.record(changed("automation.updated", &next).before(&before));
            Ok(Reply::ok(&AutomationView::from(&next))?.tagged(next.stamp.version))
        })
        .await
}

/// Try an automation on a ticket without doing anything.
///
/// Whether the ticket is one that the rule is for, and what the rule would do to it as it is now, whatever the rule waits for.
#[utoipa::path(post, path = "/v1/automations/{automation_id}/dry-run", params(AutomationPath), request_body = DryRunAutomation, responses((status = 200, body = DryRunView)))]
async fn dry_run(
    caller: Caller<ReadAutomations>,
    path: Path<AutomationPath>,
    command: Valid<DryRunAutomation>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let rule = store::find(app.db.read(), caller.scope(), path.automation_id).await?;
    let found = ticket::store::find(app.db.read(), caller.scope(), command.ticket_id).await?;
    let rules = app.rules.current(app.db.read()).await?;
    let promises = obligation::store::of_ticket(app.db.read(), found.id, rules.settings.known_since(app.clock.now())).await?;
    let touch = Touch { by: caller.actor().id, at: app.clock.now() };
    Reply::ok(&tried(&rule, Case::resume(rules, found, promises, touch)))
}

/// What a rule would do to a case.
fn tried(rule: &Automation, mut case: Case) -> DryRunView {
    let nothing = DryRunView { covers: rule.terms.cover(&case.ticket), refused: None, ticket: None, note: None, notices: Vec::new() };
    if !nothing.covers {
        return nothing;
    }
    match worker::attempt(rule, &mut case) {
        Err(code) => DryRunView { refused: Some(code), ..nothing },
        Ok(words) => {
            case.settle();
            let note = case.messages.iter().find(|message| message.content.kind == MessageKind::InternalNote);
            DryRunView {
                note: note.map(|message| message.content.body.clone()),
                notices: words.into_iter().map(|word| word.text).collect(),
                ticket: Some(TicketView::from(&case.ticket)),
                ..nothing
            }
        }
    }
}

/// What the log of an automation can be asked for.
struct AutomationRunList;

impl ListSpec for AutomationRunList {
    type Entity = run_entity::Entity;
    type View = AutomationRunView;
    const FIELDS: &'static [Field<run_entity::Column>] = &[
        Field::instant("ran_at", run_entity::Column::RanAt).sortable(),
        Field::uuid("ticket_id", run_entity::Column::TicketId),
        Field::text("refused", run_entity::Column::Refused).nullable(),
    ];
    const DEFAULT_SORT: &'static str = "-ran_at";
}

/// List what an automation did, newest first.
#[utoipa::path(get, path = "/v1/automations/{automation_id}/runs", params(AutomationPath, Listing<AutomationRunList>), responses((status = 200, body = Page<AutomationRunView>)))]
async fn runs(
    caller: Caller<ReadAutomations>,
    path: Path<AutomationPath>,
    listing: Listing<AutomationRunList>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let rule = store::find(app.db.read(), caller.scope(), path.automation_id).await?;
    let page = listing.page(app.db.read(), store::runs(caller.scope(), rule.id)).await?;
    listing.reply(&page.map(AutomationRunView::from))
}
