//! The list of promises, over all tickets and whatever else promises are about.

use actix_web::web::Data;
use chrono::{DateTime, Utc};
use kernel::id::{AccountId, BranchId, SiteId, TicketId, UserId};
use kernel::{Fault, FaultKind};
use platform::caller::Caller;
use platform::operation::Operations;
use platform::operations;
use platform::page::{Field, Kind, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use sea_orm::{DbBackend, QueryFilter, Select};
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::entity::{Column, Entity, Model};
use super::wire::ObligationView;
use super::{condition, store};
use crate::Tickets;
use crate::access::ReadTickets;
use crate::rulebook::Rulebook;
use crate::vocabulary::{ObligationKind, ObligationState, Outcome, SubjectKind};
use crate::whose::Whose;

pub(super) fn operations() -> Operations {
    operations!["obligations"; list_all]
}

/// A promise with the ticket that it hangs on and those whom it is counted for.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = ListedObligation)]
pub(crate) struct ListedObligation {
    /// None when its subject hangs on no ticket.
    ticket_id: Option<TicketId>,
    account_id: Option<AccountId>,
    site_id: Option<SiteId>,
    /// Null for customers, as the following members are.
    branch_id: Option<BranchId>,
    /// Who has it, or had it when it was decided.
    group_id: Option<Uuid>,
    assignee_id: Option<UserId>,
    outcome: Option<Outcome>,
    /// Clock seconds until it was done.
    #[schema(minimum = 0)]
    taken_s: Option<i64>,
    #[serde(flatten)]
    promise: ObligationView,
}

impl ListedObligation {
    fn of(row: Model, now: DateTime<Utc>, rules: &Rulebook, scope: &RowScope) -> Result<Self, Problem> {
        let (ticket_id, taken_s) = (row.ticket_id.map(Into::into), row.taken_s);
        let promise = store::obligation(row)?;
        let Whose { account_id, site_id, branch_id, group_id, assignee_id } = promise.whose;
        let outcome = Some(promise.seen_at(now).outcome());
        let promise = ObligationView::at(&promise, now, rules).for_reader(scope);
        let whole = Self { ticket_id, account_id, site_id, branch_id, group_id, assignee_id, outcome, taken_s, promise };
        if !scope.is_customer() {
            return Ok(whole);
        }
        Ok(Self { account_id: None, site_id: None, branch_id: None, group_id: None, assignee_id: None, outcome: None, ..whole })
    }
}

/// What the list of promises can be asked for.
pub(crate) struct ObligationList;

impl ListSpec for ObligationList {
    type Entity = Entity;
    type View = ListedObligation;
    const FIELDS: &'static [Field<Column>] = &[
        Field::choice("kind", Column::Kind, ObligationKind::TEXTS),
        Field::external("state", Kind::Choice(ObligationState::TEXTS)),
        Field::external("outcome", Kind::Choice(Outcome::TEXTS)),
        Field::instant("start_at", Column::StartAt).sortable(),
        Field::instant("due_at", Column::DueAt).nullable().sortable(),
        Field::instant("satisfied_at", Column::SatisfiedAt).nullable(),
        Field::external("breached_at", Kind::Instant).nullable(),
        Field::instant("excused", Column::ExcusedAt).nullable(),
        Field::uuid("ticket_id", Column::TicketId).nullable(),
        Field::choice("subject_type", Column::SubjectType, SubjectKind::TEXTS).nullable(),
        Field::uuid("subject_id", Column::SubjectId).nullable(),
        Field::uuid("account_id", Column::AccountId).nullable(),
        Field::uuid("site_id", Column::SiteId).nullable(),
        Field::uuid("branch_id", Column::BranchId).nullable(),
        Field::uuid("group_id", Column::GroupId).nullable(),
        Field::uuid("assignee_id", Column::AssigneeId).nullable(),
    ];
    const DEFAULT_SORT: &'static str = "-id";
}

/// What the clock decides, and so no column answers.
const BY_THE_CLOCK: [&str; 3] = ["state", "outcome", "breached_at"];

/// What only the desk may ask for: an answer would tell a customer what the view does not.
const INTERNAL: [&str; 7] = ["outcome", "excused", "account_id", "site_id", "branch_id", "group_id", "assignee_id"];

/// List promises, the newest first.
///
/// States are those of this very moment: a promise whose due instant has passed is missed. Branch, group, assignee and account are
/// those who have what is promised, or had it when that was decided.
#[utoipa::path(get, path = "/v1/obligations", params(Listing<ObligationList>), responses((status = 200, body = Page<ListedObligation>)))]
async fn list_all(caller: Caller<ReadTickets>, listing: Listing<ObligationList>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let (db, scope, now) = (app.db.read(), caller.scope(), app.clock.now());
    for_reader(&listing, scope)?;
    let page = listing.page(db, by_the_clock(&listing, store::visible(scope), now, app.db.backend())).await?;
    let rules = app.rules.current(db).await?;
    listing.reply(&page.try_map(|row| ListedObligation::of(row, now, &rules, scope))?)
}

/// The promises that match what only the clock can tell.
pub(crate) fn by_the_clock<S: ListSpec>(
    listing: &Listing<S>,
    promises: Select<Entity>,
    now: DateTime<Utc>,
    backend: DbBackend,
) -> Select<Entity> {
    let asked = BY_THE_CLOCK.into_iter().flat_map(|name| listing.filters_on(name).map(move |filter| (name, filter)));
    asked.fold(promises, |promises, (name, filter)| promises.filter(condition::of_filter(name, filter, now, backend)))
}

fn for_reader(listing: &Listing<ObligationList>, scope: &RowScope) -> Result<(), Fault> {
    match INTERNAL.iter().find(|field| scope.is_customer() && listing.filters_on(field).next().is_some()) {
        None => Ok(()),
        Some(field) => {
            let fault = Fault::new(FaultKind::Malformed, "invalid_query", "The list cannot be filtered like this.");
            Err(fault.and_field(format!("?filter[{field}]"), "unknown_parameter", "There is no such filter."))
        }
    }
}
