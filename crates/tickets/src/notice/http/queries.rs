//! Reading notices, their texts and their proof.

use actix_web::web::{Data, Path};
use kernel::{Fault, FaultKind};
use platform::caller::Caller;
use platform::operation::Operations;
use platform::operations;
use platform::page::{Field, ListSpec, Listing, Page};
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use platform::valid::Valid;

use super::super::commands::text_of;
use super::super::entity::{Column, Entity};
use super::super::payload::NoticeKind;
use super::super::proof::NoticeProof;
use super::super::state::NoticeState;
use super::super::store;
use super::super::text::NoticeText;
use super::super::view::NoticeView;
use super::super::wire::{NoticePath, PreviewNotice};
use super::super::{ReadNotices, WriteNotices};
use super::view;
use crate::Tickets;

pub(super) fn operations() -> Operations {
    operations!["notices"; list, fetch, preview, preview_new, proof]
}

/// What the list of notices can be asked for.
pub(crate) struct NoticeList;

impl ListSpec for NoticeList {
    type Entity = Entity;
    type View = NoticeView;
    const FIELDS: &'static [Field<Column>] = &[
        Field::choice("kind", Column::Kind, NoticeKind::TEXTS),
        Field::choice("state", Column::State, NoticeState::TEXTS),
        Field::uuid("account_id", Column::AccountId).nullable(),
        Field::uuid("site_id", Column::SiteId).nullable(),
        Field::uuid("branch_id", Column::BranchId).nullable(),
        Field::uuid("ticket_id", Column::TicketId).nullable(),
        Field::text("agreement_ref", Column::AgreementRef).nullable(),
        Field::text("change_set_ref", Column::ChangeSetRef).nullable(),
        Field::text("external_ref", Column::ExternalRef).nullable(),
        Field::uuid("revises_id", Column::RevisesId).nullable(),
        Field::date("effective_on", Column::EffectiveOn).nullable().sortable(),
        Field::date("latest_send_on", Column::LatestSendOn).nullable(),
        Field::instant("sent_at", Column::SentAt).nullable(),
        Field::instant("delivered_at", Column::DeliveredAt).nullable(),
    ];
    const DEFAULT_SORT: &'static str = "-id";
}

/// What only the desk may ask for: an answer would tell a customer what the view does not.
const INTERNAL: [&str; 5] = ["branch_id", "ticket_id", "change_set_ref", "external_ref", "revises_id"];

fn for_reader(listing: &Listing<NoticeList>, scope: &RowScope) -> Result<(), Fault> {
    match INTERNAL.iter().find(|field| scope.is_customer() && listing.filters_on(field).next().is_some()) {
        None => Ok(()),
        Some(field) => {
            let fault = Fault::new(FaultKind::Malformed, "invalid_query", "The list cannot be filtered like this.");
            Err(fault.and_field(format!("?filter[{field}]"), "unknown_parameter", "There is no such filter."))
        }
    }
}

/// List notices, the newest first. Portal customers see what has gone out to their accounts.
#[utoipa::path(get, path = "/v1/notices", params(Listing<NoticeList>), responses((status = 200, body = Page<NoticeView>)))]
async fn list(caller: Caller<ReadNotices>, listing: Listing<NoticeList>, app: Data<Tickets>) -> Result<Reply, Problem> {
    for_reader(&listing, caller.scope())?;
    let page = listing.page(app.db.read(), store::visible(caller.scope())).await?;
    let now = app.clock.now();
    listing.reply(&page.try_map(|row| store::notice(row).map(|notice| view(&notice, caller.scope(), now)))?)
}

/// Read one notice.
#[utoipa::path(get, path = "/v1/notices/{notice_id}", params(NoticePath), responses((status = 200, body = NoticeView)))]
async fn fetch(caller: Caller<ReadNotices>, path: Path<NoticePath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let notice = store::find(app.db.read(), caller.scope(), path.notice_id).await?;
    super::answer(&notice, caller.scope(), app.clock.now())
}

/// Read the text of a notice: the approved one, or what approving it now would fix.
#[utoipa::path(get, path = "/v1/notices/{notice_id}/preview", params(NoticePath), responses((status = 200, body = NoticeText)))]
async fn preview(caller: Caller<ReadNotices>, path: Path<NoticePath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let notice = store::find(app.db.read(), caller.scope(), path.notice_id).await?;
    match &notice.text {
        Some(text) => Reply::ok(text),
        None => Reply::ok(&text_of(app.db.read(), &notice.content.payload, notice.content.language.as_deref()).await?),
    }
}

/// See what a notice would say, before there is one.
#[utoipa::path(post, path = "/v1/notices/preview", request_body = PreviewNotice, responses((status = 200, body = NoticeText)))]
async fn preview_new(caller: Caller<WriteNotices>, command: Valid<PreviewNotice>, app: Data<Tickets>) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "notice.preview", async |tx| Reply::ok(&text_of(tx, &command.payload, command.language.as_deref()).await?))
        .await
}

/// Read what can be shown of a notice: when it was sent and to whom, what arrived, who answered, and the digest of its text.
#[utoipa::path(get, path = "/v1/notices/{notice_id}/proof", params(NoticePath), responses((status = 200, body = NoticeProof)))]
async fn proof(caller: Caller<ReadNotices>, path: Path<NoticePath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    if caller.scope().is_customer() {
        return Err(Fault::not_found("proof").into());
    }
    let notice = store::find(app.db.read(), caller.scope(), path.notice_id).await?;
    Ok(Reply::ok(&NoticeProof::at(&notice, app.clock.now()))?.tagged(notice.stamp.version))
}
