//! Drafting and reading change sets over HTTP.

use actix_web::web::{Data, Path};
use kernel::Fault;
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

use super::entity::book;
use super::entity::set::{Column, Entity};
use super::model::ChangeSet;
use super::state::ChangeSetState;
use super::store::{self, ChangedBookState};
use super::wire::{AmendChangeSet, ChangeSetPath, ChangeSetView, ChangedBookView, CreateChangeSet, ReverseChangeSet};
use crate::app::Pricing;
use crate::change_set::terms::{ChangeFilter, ChangeTerms, Operation};
use crate::permission::{ReadChangeSets, WriteChangeSets};

/// The change of a change set.
pub(super) fn change(event: &'static str, set: &ChangeSet) -> Change {
    Change::new(event, "change_set", set.id, set.stamp.version).after(&ChangeSetView::from(set))
}

/// A change set as the answer to a step.
pub(super) fn reply(set: &ChangeSet) -> Result<Reply, Problem> {
    Ok(Reply::ok(&ChangeSetView::from(set))?.tagged(set.stamp.version))
}

/// Adds a draft.
async fn drafted(tx: &Tx, scope: &RowScope, set: ChangeSet) -> Result<Reply, Problem> {
    set.terms.check()?;
    if let Some(reversed) = set.terms.operation.reverses() {
        let state = store::find(tx, scope, reversed).await?.state;
        if !matches!(state, ChangeSetState::Published | ChangeSetState::PartiallyBlocked) {
            return Err(Fault::conflict("not_published", format!("Only what was published is given back; it is {state}.")).into());
        }
    }
    store::insert(tx, &set).await?;
    tx.record(change("change_set.drafted", &set));
    Ok(Reply::created(format!("/v1/change-sets/{}", set.id), &ChangeSetView::from(&set))?.tagged(1))
}

/// Draft a change set.
#[utoipa::path(post, path = "/v1/change-sets", request_body = CreateChangeSet, responses((status = 201, body = ChangeSetView)))]
async fn create(caller: Caller<WriteChangeSets>, command: Valid<CreateChangeSet>, app: Data<Pricing>) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "change_set.create", async |tx| {
            let CreateChangeSet { name, external_ref, terms } = (*command).clone();
            drafted(tx, caller.scope(), ChangeSet::draft(name, external_ref, terms, Touch::of(tx))).await
        })
        .await
}

/// Draft the change set that gives back what another changed.
///
/// Its preview lists what cannot be given back, because it has changed since.
#[utoipa::path(post, path = "/v1/change-sets/{change_set_id}/reverse", params(ChangeSetPath), request_body = ReverseChangeSet,
    responses((status = 201, body = ChangeSetView)))]
async fn reverse(
    caller: Caller<WriteChangeSets>,
    path: Path<ChangeSetPath>,
    command: Valid<ReverseChangeSet>,
    app: Data<Pricing>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "change_set.reverse", async |tx| {
            let reversed = store::find(tx, caller.scope(), path.change_set_id).await?;
            let name = command.name.clone().unwrap_or_else(|| format!("Reverse of {}", reversed.name).chars().take(200).collect());
            let terms = ChangeTerms {
                filter: ChangeFilter::default(),
                operation: Operation::ReverseOf { change_set_id: reversed.id },
                flat_fees: true,
                price_ending: None,
                effective_on: command.effective_on,
                exclusions: Vec::new(),
                cap: None,
                notices: reversed.terms.notices,
            };
            drafted(tx, caller.scope(), ChangeSet::draft(name, None, terms, Touch::of(tx))).await
        })
        .await
}

/// Read a change set.
#[utoipa::path(get, path = "/v1/change-sets/{change_set_id}", params(ChangeSetPath), responses((status = 200, body = ChangeSetView)))]
async fn fetch(caller: Caller<ReadChangeSets>, path: Path<ChangeSetPath>, app: Data<Pricing>) -> Result<Reply, Problem> {
    reply(&store::find(app.db.read(), caller.scope(), path.change_set_id).await?)
}

/// Change a draft.
#[utoipa::path(patch, path = "/v1/change-sets/{change_set_id}", params(ChangeSetPath), request_body = AmendChangeSet,
    responses((status = 200, body = ChangeSetView)))]
async fn amend(
    caller: Caller<WriteChangeSets>,
    path: Path<ChangeSetPath>,
    expected: IfMatch,
    command: Valid<AmendChangeSet>,
    app: Data<Pricing>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "change_set.amend", async |tx| {
            let current = store::find(tx, caller.scope(), path.change_set_id).await?;
            expected.check(current.stamp.version)?;
            let before = ChangeSetView::from(&current);
            let AmendChangeSet { name, terms } = (*command).clone();
            terms.as_ref().map_or(Ok(()), ChangeTerms::check)?;
            let next = current.amend(name, terms, Touch::of(tx))?;
            store::save(tx, &next).await?;
            tx.record(change("change_set.amended", &next).before(&before));
            reply(&next)
        })
        .await
}

/// What change sets can be listed by.
pub struct ChangeSetList;

impl ListSpec for ChangeSetList {
    type Entity = Entity;
    type View = ChangeSetView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::choice("state", Column::State, ChangeSetState::TEXTS),
        Field::date("effective_on", Column::EffectiveOn).sortable(),
        Field::uuid("reverses_id", Column::ReversesId).nullable(),
        Field::text("external_ref", Column::ExternalRef).nullable(),
    ];
    const DEFAULT_SORT: &'static str = "-id";
}

/// List change sets, the newest first.
#[utoipa::path(get, path = "/v1/change-sets", params(Listing<ChangeSetList>), responses((status = 200, body = Page<ChangeSetView>)))]
async fn list(caller: Caller<ReadChangeSets>, listing: Listing<ChangeSetList>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    listing.reply(&page.try_map(|row| store::from_row(row).map(|set| ChangeSetView::from(&set)))?)
}

/// What the books of a change set can be listed by.
pub struct ChangedBookList;

impl ListSpec for ChangedBookList {
    type Entity = book::Entity;
    type View = ChangedBookView;
    const FIELDS: &'static [Field<book::Column>] = &[Field::choice("state", book::Column::State, ChangedBookState::TEXTS)];
    const DEFAULT_SORT: &'static str = "id";
}

/// List the books of a change set, and how the publication of each fared.
#[utoipa::path(get, path = "/v1/change-sets/{change_set_id}/books", params(ChangeSetPath, Listing<ChangedBookList>),
    responses((status = 200, body = Page<ChangedBookView>)))]
async fn books(
    caller: Caller<ReadChangeSets>,
    path: Path<ChangeSetPath>,
    listing: Listing<ChangedBookList>,
    app: Data<Pricing>,
) -> Result<Reply, Problem> {
    let set = store::find(app.db.read(), caller.scope(), path.change_set_id).await?;
    let page = listing.page(app.db.read(), store::books_of(set.id)).await?;
    listing.reply(&page.try_map(|row| store::book_from_row(row).map(ChangedBookView::from))?)
}

pub(super) fn operations() -> Operations {
    operations!["change-sets"; create, list, fetch, amend, books, reverse]
}
