//! The steps of a notice: approved, sent, delivered, answered.

use actix_web::web::{Data, Path};
use platform::bulk::{self, Bulk, BulkItems, BulkReport};
use platform::caller::{Caller, Permission};
use platform::db::Tx;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::stamp::Touch;
use platform::valid::Valid;

use super::super::commands::Matter;
use super::super::state::Step;
use super::super::view::NoticeView;
use super::super::wire::{AnswerNotice, NoticePath, NoticeStep, ReportNoticeDelivery, SendNotice};
use super::super::{AcknowledgeNotices, ApproveNotices, SendNotices};
use super::answer;
use crate::Tickets;
use crate::step::{Held, Names};

pub(super) fn operations() -> Operations {
    operations!["notices"; approve, approve_many, send, send_many, report_delivery, acknowledge, refuse]
}

/// Approve a notice: its text is fixed.
///
/// Unless the desk's settings say otherwise, somebody other than its author does so.
#[utoipa::path(post, path = "/v1/notices/{notice_id}/approve", params(NoticePath), responses((status = 200, body = NoticeView)))]
async fn approve(caller: Caller<ApproveNotices>, path: Path<NoticePath>, expected: IfMatch, app: Data<Tickets>) -> Result<Reply, Problem> {
    let names = ("notice.approve", "notice.approved");
    Matter::take(&app, &caller, (path.notice_id, Some(expected)), names, async |matter, tx| matter.approve(tx).await).await
}

/// Approve up to 500 notices.
#[utoipa::path(post, path = "/v1/notices/bulk-approve", request_body = Bulk<NoticeStep>, responses((status = 200, body = BulkReport)))]
async fn approve_many(caller: Caller<ApproveNotices>, items: BulkItems<NoticeStep>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let work = async |tx: &Tx, item: &NoticeStep| {
        let mut matter = Matter::resume(tx, &app.rules, caller.scope(), item.notice_id).await?;
        item.check(matter.notice.stamp.version)?;
        matter.approve(tx).await?;
        matter.write(tx, "notice.approved").await?;
        answer(&matter.notice, caller.scope(), tx.now())
    };
    bulk::run(&app.db, &caller, "notice.approve_many", &items, work).await
}

/// Send a notice: one mail for each recipient is queued, letters count as posted.
///
/// A change of prices or schedules that goes out later than its lead allows needs a reason.
#[utoipa::path(post, path = "/v1/notices/{notice_id}/send", params(NoticePath), request_body = SendNotice, responses((status = 200, body = NoticeView)))]
async fn send(
    caller: Caller<SendNotices>,
    path: Path<NoticePath>,
    expected: IfMatch,
    command: Valid<SendNotice>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let names = ("notice.send", "notice.sent");
    Matter::take(&app, &caller, (path.notice_id, Some(expected)), names, async |matter, tx| {
        matter.send(tx, &app.intake, command.late_reason.clone()).await
    })
    .await
}

/// Send up to 500 notices.
#[utoipa::path(post, path = "/v1/notices/bulk-send", request_body = Bulk<NoticeStep>, responses((status = 200, body = BulkReport)))]
async fn send_many(caller: Caller<SendNotices>, items: BulkItems<NoticeStep>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let work = async |tx: &Tx, item: &NoticeStep| {
        let mut matter = Matter::resume(tx, &app.rules, caller.scope(), item.notice_id).await?;
        item.check(matter.notice.stamp.version)?;
        matter.send(tx, &app.intake, item.late_reason.clone()).await?;
        matter.write(tx, "notice.sent").await?;
        answer(&matter.notice, caller.scope(), tx.now())
    };
    bulk::run(&app.db, &caller, "notice.send_many", &items, work).await
}

/// Record that a notice reached a recipient, or came back: what no mail server can tell.
#[utoipa::path(post, path = "/v1/notices/{notice_id}/deliveries", params(NoticePath), request_body = ReportNoticeDelivery,
    responses((status = 200, body = NoticeView)))]
async fn report_delivery(
    caller: Caller<SendNotices>,
    path: Path<NoticePath>,
    expected: IfMatch,
    command: Valid<ReportNoticeDelivery>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "notice.report_delivery", async |tx| {
            let mut matter = Matter::resume(tx, &app.rules, caller.scope(), path.notice_id).await?;
            expected.check(matter.notice.stamp.version)?;
            let outcome = command.checked(matter.notice.history.sent_at, tx.now())?;
            matter.delivery(tx, command.recipient_id, outcome)?;
            matter.write(tx, matter.delivery_event()).await?;
            answer(&matter.notice, caller.scope(), tx.now())
        })
        .await
}

async fn answered<P: Permission>(
    app: &Tickets,
    caller: &Caller<P>,
    (id, expected): (kernel::id::NoticeId, IfMatch),
    (step, names): (Step, Names),
    command: &AnswerNotice,
) -> Result<Reply, Problem> {
    Matter::take(app, caller, (id, Some(expected)), names, async |matter, tx| {
        let given = command.answer(caller.scope(), tx.actor(), tx.now())?;
        let next = matter.notice.clone().answered(step, given, Touch::of(tx))?;
        matter.answered(tx, next);
        Ok(())
    })
    .await
}

/// Take note of a notice. Portal customers do so in person, staff on their word.
#[utoipa::path(post, path = "/v1/notices/{notice_id}/acknowledge", params(NoticePath), request_body = AnswerNotice, responses((status = 200, body = NoticeView)))]
async fn acknowledge(
    caller: Caller<AcknowledgeNotices>,
    path: Path<NoticePath>,
    expected: IfMatch,
    command: Valid<AnswerNotice>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let step = (Step::Acknowledge, ("notice.acknowledge", "notice.acknowledged"));
    answered(&app, &caller, (path.notice_id, expected), step, &command).await
}

/// Refuse a notice. Portal customers do so in person, staff on their word.
#[utoipa::path(post, path = "/v1/notices/{notice_id}/refuse", params(NoticePath), request_body = AnswerNotice, responses((status = 200, body = NoticeView)))]
async fn refuse(
    caller: Caller<AcknowledgeNotices>,
    path: Path<NoticePath>,
    expected: IfMatch,
    command: Valid<AnswerNotice>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let step = (Step::Refuse, ("notice.refuse", "notice.refused"));
    answered(&app, &caller, (path.notice_id, expected), step, &command).await
}
