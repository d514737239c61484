//! Drafting notices, one or many, and drafting them anew.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use actix_web::web::{Data, Path};
use kernel::Fault;
use platform::bulk::{self, Bulk, BulkItems, BulkReport};
use platform::caller::Caller;
use platform::db::Tx;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use platform::stamp::Touch;
use platform::valid::Valid;

use super::super::WriteNotices;
use super::super::commands::Matter;
use super::super::model::Addressee;
use super::super::store;
use super::super::view::NoticeView;
use super::super::wire::{CreateNotice, NoticePath, NoticeRefPath, PatchNotice, WithdrawNotice};
use super::view;
use crate::Tickets;
use crate::place::{Known, known, unknown};
use crate::step::Held;

pub(super) fn operations() -> Operations {
    operations!["notices"; create, create_many, upsert, patch, revise, withdraw]
}

/// Whose notice a caller wants drafted.
const fn stated(command: &CreateNotice) -> Addressee {
    let CreateNotice { ticket_id, account_id, site_id, branch_id, .. } = *command;
    Addressee { ticket_id, account_id, site_id, branch_id }
}

async fn drafted(tx: &Tx, app: &Tickets, scope: &RowScope, command: &CreateNotice, known: Known) -> Result<Reply, Problem> {
    let mut matter = Matter::draft(tx, &app.rules, scope, known, command.content()).await?;
    matter.write(tx, "notice.drafted").await?;
    let made = view(&matter.notice, scope, tx.now());
    Ok(Reply::created(format!("/v1/notices/{}", made.id), &made)?.tagged(made.version))
}

/// Draft a notice.
///
/// It is promised to go out in time: so many days before what it tells of takes effect, or by the regulator's date.
#[utoipa::path(post, path = "/v1/notices", request_body = CreateNotice, responses((status = 201, body = NoticeView)))]
async fn create(caller: Caller<WriteNotices>, command: Valid<CreateNotice>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let known = known(&app, caller.scope(), stated(&command)).await?;
    app.db.command(&caller, "notice.create", async |tx| drafted(tx, &app, caller.scope(), &command, known).await).await
}

/// Draft the notice that another system knows by a reference, or replace its draft.
///
/// Once it is approved it stays as it is. Whom it is for never changes.
#[utoipa::path(put, path = "/v1/notices/by-external-ref/{external_ref}", params(NoticeRefPath), request_body = CreateNotice,
    responses((status = 200, body = NoticeView), (status = 201, body = NoticeView)))]
async fn upsert(
    caller: Caller<WriteNotices>,
    path: Path<NoticeRefPath>,
    command: Valid<CreateNotice>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let scope = caller.scope();
    let command = command.into_inner().referred_to_as(&path.external_ref);
    let known = known(&app, scope, stated(&command)).await?;
    app.db
        .command(&caller, "notice.upsert", async |tx| {
            let Some(id) = store::by_external_ref(tx, scope, &path.external_ref).await? else {
                return drafted(tx, &app, scope, &command, known).await;
            };
            let mut matter = Matter::resume(tx, &app.rules, scope, id).await?;
            matter.edit(tx, command.replacing(&matter.notice)?)?;
            matter.write(tx, "notice.updated").await?;
            matter.answer(tx, scope)
        })
        .await
}

/// Draft up to 500 notices.
#[utoipa::path(post, path = "/v1/notices/bulk", request_body = Bulk<CreateNotice>, responses((status = 200, body = BulkReport)))]
async fn create_many(caller: Caller<WriteNotices>, items: BulkItems<CreateNotice>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let mut answers: HashMap<_, Result<Known, Fault>> = HashMap::new();
    for item in items.well_formed() {
        if let Entry::Vacant(place) = answers.entry(stated(item)) {
            place.insert(refusable(known(&app, caller.scope(), stated(item)).await)?);
        }
    }
    let work = async |tx: &Tx, item: &CreateNotice| {
        let known = answers.get(&stated(item)).cloned().unwrap_or_else(|| Err(unknown("/account_id")))?;
        drafted(tx, &app, caller.scope(), item, known).await
    };
    bulk::run(&app.db, &caller, "notice.create_many", &items, work).await
}

/// A refusal that concerns one item only; what is ours to answer for ends the request.
fn refusable(known: Result<Known, Problem>) -> Result<Result<Known, Fault>, Problem> {
    match known {
        Ok(known) => Ok(Ok(known)),
        Err(problem) if problem.status().is_server_error() => Err(problem),
        Err(_) => Ok(Err(unknown("/account_id"))),
    }
}

/// Change a draft.
#[utoipa::path(patch, path = "/v1/notices/{notice_id}", params(NoticePath), request_body = PatchNotice, responses((status = 200, body = NoticeView)))]
async fn patch(
    caller: Caller<WriteNotices>,
    path: Path<NoticePath>,
    expected: IfMatch,
    command: Valid<PatchNotice>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let names = ("notice.patch", "notice.updated");
    Matter::take(&app, &caller, (path.notice_id, Some(expected)), names, async |matter, tx| {
        Ok(matter.edit(tx, command.apply(&matter.notice.content)?)?)
    })
    .await
}

/// Draft a new revision in place of a notice that reached nobody.
///
/// What is not stated is as it was; recipients start anew. The notice that bounced stays as it is.
#[utoipa::path(post, path = "/v1/notices/{notice_id}/revise", params(NoticePath), request_body = PatchNotice, responses((status = 201, body = NoticeView)))]
async fn revise(
    caller: Caller<WriteNotices>,
    path: Path<NoticePath>,
    command: Valid<PatchNotice>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "notice.revise", async |tx| {
            let mut bounced = Matter::resume(tx, &app.rules, caller.scope(), path.notice_id).await?;
            let content = command.apply(&bounced.notice.content)?;
            let mut matter = bounced.revise(tx, &app.rules, content).await?;
            matter.write(tx, "notice.drafted").await?;
            let made = view(&matter.notice, caller.scope(), tx.now());
            Ok(Reply::created(format!("/v1/notices/{}", made.id), &made)?.tagged(made.version))
        })
        .await
}

/// Call a notice off before it goes out, or give one up that reached nobody.
#[utoipa::path(post, path = "/v1/notices/{notice_id}/withdraw", params(NoticePath), request_body = WithdrawNotice, responses((status = 200, body = NoticeView)))]
async fn withdraw(
    caller: Caller<WriteNotices>,
    path: Path<NoticePath>,
    expected: IfMatch,
    command: Valid<WithdrawNotice>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let names = ("notice.withdraw", "notice.withdrawn");
    Matter::take(&app, &caller, (path.notice_id, Some(expected)), names, async |matter, tx| {
        let withdrawn = matter.notice.clone().withdraw(command.reason.clone(), Touch::of(tx))?;
        matter.ended(tx, withdrawn);
        Ok(())
    })
    .await
}
