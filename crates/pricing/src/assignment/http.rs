//! Price assignments over HTTP.

use actix_web::web::{Data, Path};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::{PriceAssignmentId, PricebookId};
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
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::entity;
use super::model::{AssignPrices, AssignedTo, EndAssignment, PriceAssignment};
use super::store;
use crate::app::Pricing;
use crate::book;
use crate::live;
use crate::permission::{ReadAssignments, WriteAssignments};

/// A price assignment as it is read.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = PriceAssignmentView)]
pub struct AssignmentView {
    pub id: PriceAssignmentId,
    #[schema(minimum = 1)]
    pub version: i64,
    pub book_id: PricebookId,
    pub subject: AssignedTo,
    pub start: NaiveDate,
    pub end: Option<NaiveDate>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl From<&PriceAssignment> for AssignmentView {
    fn from(assignment: &PriceAssignment) -> Self {
        Self {
            id: assignment.id,
            version: assignment.stamp.version,
            book_id: assignment.book,
            subject: assignment.to.clone(),
            start: assignment.period.start,
            end: assignment.period.end,
            created_at: assignment.stamp.created_at,
            updated_at: assignment.stamp.updated_at,
        }
    }
}

/// Which assignment.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct AssignmentPath {
    pub assignment_id: PriceAssignmentId,
}

fn change(event: &'static str, assignment: &PriceAssignment) -> Change {
    Change::new(event, "price_assignment", assignment.id, assignment.stamp.version).after(&AssignmentView::from(assignment))
}

/// Assign a pricebook.
#[utoipa::path(post, path = "/v1/price-assignments", request_body = AssignPrices, responses((status = 201, body = AssignmentView)))]
async fn create(caller: Caller<WriteAssignments>, command: Valid<AssignPrices>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let reply = app
        .db
        .command(&caller, "price_assignment.create", async |tx| {
            let generation = live::advance(tx).await?;
            let book = book::store::find(tx, caller.scope(), command.book_id).await?;
            let assignment = PriceAssignment::create(&command, &book, Touch::of(tx))?;
            assignment.refuse_overlap(&store::in_lane(tx, &assignment.lane).await?)?;
            store::insert(tx, &assignment, generation).await?;
            tx.record(change("price_assignment.created", &assignment));
            let location = format!("/v1/price-assignments/{}", assignment.id);
            Ok(Reply::created(location, &AssignmentView::from(&assignment))?.tagged(1))
        })
        .await?;
    app.refresh().await?;
    Ok(reply)
}

/// Read a price assignment.
#[utoipa::path(get, path = "/v1/price-assignments/{assignment_id}", params(AssignmentPath), responses((status = 200, body = AssignmentView)))]
async fn fetch(caller: Caller<ReadAssignments>, path: Path<AssignmentPath>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let assignment = store::find(app.db.read(), caller.scope(), path.assignment_id).await?;
    Ok(Reply::ok(&AssignmentView::from(&assignment))?.tagged(assignment.stamp.version))
}

/// End a price assignment.
#[utoipa::path(post, path = "/v1/price-assignments/{assignment_id}/end", params(AssignmentPath), request_body = EndAssignment,
    responses((status = 200, body = AssignmentView)))]
async fn end(
    caller: Caller<WriteAssignments>,
    path: Path<AssignmentPath>,
    expected: IfMatch,
    command: Valid<EndAssignment>,
    app: Data<Pricing>,
) -> Result<Reply, Problem> {
    let reply = app
        .db
        .command(&caller, "price_assignment.end", async |tx| {
            let generation = live::advance(tx).await?;
            let current = store::find(tx, caller.scope(), path.assignment_id).await?;
            expected.check(current.stamp.version)?;
            let before = AssignmentView::from(&current);
            let next = current.end(&command, Touch::of(tx))?;
            store::save(tx, &next, generation).await?;
            tx.record(change("price_assignment.ended", &next).before(&before));
            Ok(Reply::ok(&AssignmentView::from(&next))?.tagged(next.stamp.version))
        })
        .await?;
    app.refresh().await?;
    Ok(reply)
}

/// What price assignments can be listed by.
pub struct AssignmentList;

impl ListSpec for AssignmentList {
    type Entity = entity::Entity;
    type View = AssignmentView;
    const FIELDS: &'static [Field<entity::Column>] = &[
        Field::uuid("book_id", entity::Column::BookId),
        Field::choice("subject_kind", entity::Column::SubjectKind, &["account", "site", "branch", "territory", "segment"]),
        Field::uuid("subject_id", entity::Column::SubjectId).nullable(),
        Field::text("segment", entity::Column::Segment).nullable(),
        Field::date("start", entity::Column::StartsOn),
        Field::date("end", entity::Column::EndsOn).nullable(),
    ];
    const DEFAULT_SORT: &'static str = "id";
}

/// List price assignments.
#[utoipa::path(get, path = "/v1/price-assignments", params(Listing<AssignmentList>), responses((status = 200, body = Page<AssignmentView>)))]
async fn list(caller: Caller<ReadAssignments>, listing: Listing<AssignmentList>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    listing.reply(&page.try_map(|row| store::from_row(row).map(|assignment| AssignmentView::from(&assignment)))?)
}

pub(crate) fn operations() -> Operations {
    operations!["price-assignments"; create, list, fetch, end]
}
