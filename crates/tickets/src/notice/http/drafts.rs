//! Drafting notices, one or many, and drafting them anew.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use actix_web::web::{Data, Path};
use chrono_tz::Tz;
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
use super::super::view::NoticeView;
use super::super::wire::{CreateNotice, NoticePath, PatchNotice, WithdrawNotice};
use super::{answer, view};
use crate::Tickets;
use crate::serving::Customer;
use crate::ticket;

pub(super) fn operations() -> Operations {
    operations!["notices"; create, create_many, patch, revise, withdraw]
}

/// Whose notice it is, and the zone of its local dates where the branch's is known.
type Known = (Addressee, Option<Tz>);

/// Asks whose notice it is: what it does not state is its ticket's, and the branch is that which serves the account.
async fn known(app: &Tickets, scope: &RowScope, command: &CreateNotice) -> Result<Known, Problem> {
    let ticket = match command.ticket_id {
        Some(id) => match ticket::store::find(app.db.read(), scope, id).await {
            Err(problem) if problem.code() == "not_found" => return Err(unknown("/ticket_id").into()),
            found => Some(found?),
        },
        None => None,
    };
    let of_ticket = ticket.as_ref();
    let account_id = command.account_id.or_else(|| of_ticket?.account_id);
    let site_id = command.site_id.or_else(|| of_ticket?.site_id);
    let stated = command.branch_id.or_else(|| of_ticket?.branch_id);
    let served = app.serving.of(Customer { account: account_id, site: site_id }, stated).await?;
    if let Some(pointer) = served.unknown() {
        return Err(unknown(pointer).into());
    }
    let branch_id = stated.or(served.branch());
    if !scope.covers(branch_id.map(Into::into), account_id.map(Into::into), site_id.map(Into::into)) {
        return Err(unknown(if command.branch_id.is_some() { "/branch_id" } else { "/account_id" }).into());
    }
    let zone = match branch_id {
        Some(branch) => app.serving.zone(branch).await?,
        None => None,
    };
    Ok((Addressee { ticket_id: command.ticket_id, account_id, site_id, branch_id }, zone))
}

fn unknown(pointer: &'static str) -> Fault {
    Fault::field(pointer, "unknown_reference", "There is no such ticket, account, site or branch in reach.")
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
    let known = known(&app, caller.scope(), &command).await?;
    app.db.command(&caller, "notice.create", async |tx| drafted(tx, &app, caller.scope(), &command, known).await).await
}

/// Draft up to 500 notices.
#[utoipa::path(post, path = "/v1/notices/bulk", request_body = Bulk<CreateNotice>, responses((status = 200, body = BulkReport)))]
async fn create_many(caller: Caller<WriteNotices>, items: BulkItems<CreateNotice>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let mut answers: HashMap<_, Result<Known, Fault>> = HashMap::new();
    for item in items.well_formed() {
        if let Entry::Vacant(place) = answers.entry(whose(item)) {
            place.insert(refusable(known(&app, caller.scope(), item).await)?);
        }
    }
    let work = async |tx: &Tx, item: &CreateNotice| {
        let known = answers.get(&whose(item)).cloned().unwrap_or_else(|| Err(unknown("/account_id")))?;
        drafted(tx, &app, caller.scope(), item, known).await
    };
    bulk::run(&app.db, &caller, "notice.create_many", &items, work).await
}

/// What decides the answer of [`known`].
fn whose(command: &CreateNotice) -> [Option<uuid::Uuid>; 4] {
    let CreateNotice { ticket_id, account_id, site_id, branch_id, .. } = command;
    [ticket_id.map(Into::into), account_id.map(Into::into), site_id.map(Into::into), branch_id.map(Into::into)]
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
    app.db
        .command(&caller, "notice.patch", async |tx| {
            let mut matter = Matter::resume(tx, &app.rules, caller.scope(), path.notice_id).await?;
            expected.check(matter.notice.stamp.version)?;
            matter.edit(tx, command.apply(&matter.notice.content)?)?;
            matter.write(tx, "notice.updated").await?;
            answer(&matter.notice, caller.scope(), tx.now())
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
    app.db
        .command(&caller, "notice.withdraw", async |tx| {
            let mut matter = Matter::resume(tx, &app.rules, caller.scope(), path.notice_id).await?;
            expected.check(matter.notice.stamp.version)?;
            let withdrawn = matter.notice.clone().withdraw(command.reason.clone(), Touch::of(tx))?;
            matter.ended(tx, withdrawn);
            matter.write(tx, "notice.withdrawn").await?;
            answer(&matter.notice, caller.scope(), tx.now())
        })
        .await
}
