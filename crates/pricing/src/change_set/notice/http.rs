//! What accounts are owed, over HTTP: reading it, and letting a raise hold without a notice.

use actix_web::web::{Data, Path};
use chrono::{DateTime, NaiveDate, Utc};
use kernel::id::{AccountId, ChangeNoticeId, ChangeSetId, ContactId, NoticeId};
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
use validator::Validate;

use super::entity::notice::{Column, Entity};
use super::model::{ChangeNotice, ChangeNoticeState};
use super::store;
use crate::app::Pricing;
use crate::change_set::store as sets;
use crate::change_set::wire::ChangeSetPath;
use crate::live;
use crate::permission::{ReadChangeSets, WaiveChangeNotices, WriteChangeSets};

/// Which account's notice of which change set.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ChangeNoticePath {
    pub change_set_id: ChangeSetId,
    pub account_id: AccountId,
}

/// Lets a raise hold for an account that was not told of it.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct WaiveChangeNotice {
    #[schema(min_length = 1, max_length = 500)]
    pub reason: String,
}

/// What an account is owed of a raise.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ChangeNoticeView {
    pub id: ChangeNoticeId,
    #[schema(minimum = 1)]
    pub version: i64,
    pub change_set_id: ChangeSetId,
    pub account_id: AccountId,
    pub lead_days: u16,
    pub state: ChangeNoticeState,
    /// Why it is stuck (`no_contact`, `too_many_lines`, or what refused the draft), waived or held.
    #[schema(max_length = 500)]
    pub reason: Option<String>,
    pub contact_id: Option<ContactId>,
    /// The notice that is followed.
    pub notice_id: Option<NoticeId>,
    pub sent_at: Option<DateTime<Utc>>,
    /// The local date from which the lead is counted.
    pub proved_on: Option<NaiveDate>,
    /// The first day of the new price; null while the old one goes on.
    pub release_on: Option<NaiveDate>,
    pub updated_at: DateTime<Utc>,
}

impl From<&ChangeNotice> for ChangeNoticeView {
    fn from(one: &ChangeNotice) -> Self {
        Self {
            id: one.id,
            version: one.stamp.version,
            change_set_id: one.set,
            account_id: one.account,
            lead_days: one.lead_days,
            state: one.state,
            reason: one.reason.clone(),
            contact_id: one.contact,
            notice_id: one.notice,
            sent_at: one.sent_at,
            proved_on: one.proved_on,
            release_on: one.release_on,
            updated_at: one.stamp.updated_at,
        }
    }
}

/// The change of a notice, named after the state it came to.
pub(super) fn changed(before: &ChangeNotice, next: &ChangeNotice) -> Change {
    let event = match next.state {
        ChangeNoticeState::Queued => "change_notice.queued",
        ChangeNoticeState::Stuck => "change_notice.stuck",
        ChangeNoticeState::Drafted => "change_notice.drafted",
        ChangeNoticeState::Sent => "change_notice.sent",
        ChangeNoticeState::Delivered => "change_notice.delivered",
        ChangeNoticeState::Bounced => "change_notice.bounced",
        ChangeNoticeState::Waived => "change_notice.waived",
        ChangeNoticeState::Held => "change_notice.held",
    };
    let change = Change::new(event, "change_notice", next.id, next.stamp.version).account(Some(next.account));
    change.before(&ChangeNoticeView::from(before)).after(&ChangeNoticeView::from(next))
}

fn reply(one: &ChangeNotice) -> Result<Reply, Problem> {
    Ok(Reply::ok(&ChangeNoticeView::from(one))?.tagged(one.stamp.version))
}

/// What notices can be listed by.
pub struct ChangeNoticeList;

impl ListSpec for ChangeNoticeList {
    type Entity = Entity;
    type View = ChangeNoticeView;
    const FIELDS: &'static [Field<Column>] =
        &[Field::uuid("account_id", Column::AccountId), Field::choice("state", Column::State, ChangeNoticeState::TEXTS)];
    const DEFAULT_SORT: &'static str = "id";
}

/// List what accounts are owed because of a change set; those that are `stuck` or `bounced` need somebody.
#[utoipa::path(get, path = "/v1/change-sets/{change_set_id}/notices", params(ChangeSetPath, Listing<ChangeNoticeList>),
    responses((status = 200, body = Page<ChangeNoticeView>)))]
async fn list_notices(
    caller: Caller<ReadChangeSets>,
    path: Path<ChangeSetPath>,
    listing: Listing<ChangeNoticeList>,
    app: Data<Pricing>,
) -> Result<Reply, Problem> {
    let set = sets::find(app.db.read(), caller.scope(), path.change_set_id).await?;
    let page = listing.page(app.db.read(), store::of_set(set.id)).await?;
    listing.reply(&page.try_map(|row| store::from_row(row).map(|one| ChangeNoticeView::from(&one)))?)
}

/// Read what an account is owed because of a change set.
#[utoipa::path(get, path = "/v1/change-sets/{change_set_id}/notices/{account_id}", params(ChangeNoticePath),
    responses((status = 200, body = ChangeNoticeView)))]
async fn fetch_notice(caller: Caller<ReadChangeSets>, path: Path<ChangeNoticePath>, app: Data<Pricing>) -> Result<Reply, Problem> {
    let set = sets::find(app.db.read(), caller.scope(), path.change_set_id).await?;
    reply(&store::find(app.db.read(), set.id, path.account_id).await?)
}

/// Have a notice that is stuck drafted once more, when what stood in its way is gone.
#[utoipa::path(post, path = "/v1/change-sets/{change_set_id}/notices/{account_id}/retry", operation_id = "retry_notice",
    params(ChangeNoticePath), responses((status = 200, body = ChangeNoticeView)))]
async fn retry_notice(
    caller: Caller<WriteChangeSets>,
    path: Path<ChangeNoticePath>,
    expected: IfMatch,
    app: Data<Pricing>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "change_notice.retry", async |tx| {
            let set = sets::find(tx, caller.scope(), path.change_set_id).await?;
            let before = store::find(tx, set.id, path.account_id).await?;
            expected.check(before.stamp.version)?;
            let next = before.clone().requeue(Touch::of(tx))?;
            store::save(tx, &next).await?;
            sets::follow(tx, set.id, Some(tx.now())).await?;
            tx.record(changed(&before, &next));
            reply(&next)
        })
        .await
}

/// Let a raise hold for an account from the change's own day, without proof that it was told.
#[utoipa::path(post, path = "/v1/change-sets/{change_set_id}/notices/{account_id}/waive", operation_id = "waive_notice",
    params(ChangeNoticePath), request_body = WaiveChangeNotice, responses((status = 200, body = ChangeNoticeView)))]
async fn waive_notice(
    caller: Caller<WaiveChangeNotices>,
    path: Path<ChangeNoticePath>,
    expected: IfMatch,
    command: Valid<WaiveChangeNotice>,
    app: Data<Pricing>,
) -> Result<Reply, Problem> {
    let answer = app
        .db
        .command(&caller, "change_notice.waive", async |tx| {
            let generation = live::advance(tx).await?;
            let set = sets::find(tx, caller.scope(), path.change_set_id).await?;
            let before = store::find(tx, set.id, path.account_id).await?;
            expected.check(before.stamp.version)?;
            let next = before.clone().waive(command.reason.clone(), set.terms.effective_on, Touch::of(tx))?;
            store::save(tx, &next).await?;
            store::release(tx, &next, generation).await?;
            tx.record(changed(&before, &next));
            reply(&next)
        })
        .await?;
    app.refresh().await?;
    Ok(answer)
}

pub(in crate::change_set) fn operations() -> Operations {
    operations!["change-sets"; list_notices, fetch_notice, retry_notice, waive_notice]
}
