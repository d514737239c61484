//! Operations on the desk's settings.

use actix_web::web::Data;
use kernel::Fault;
use platform::caller::Caller;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::outbox::Change;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::valid::Valid;
use uuid::Uuid;

use super::{DeskSettings, store};
use crate::Tickets;
use crate::access::{ReadPolicies, WritePolicies};
use crate::group;

pub(crate) fn operations() -> Operations {
    operations!["ticket-settings"; fetch, replace]
}

/// Read the desk's settings: periods, limits and courtesies.
#[utoipa::path(get, path = "/v1/ticket-settings", responses((status = 200, body = DeskSettings)))]
async fn fetch(caller: Caller<ReadPolicies>, app: Data<Tickets>) -> Result<Reply, Problem> {
    if caller.scope().is_customer() {
        return Err(Fault::not_found("settings").into());
    }
    let rules = app.rules.current(app.db.read()).await?;
    Ok(Reply::ok(&rules.settings)?.tagged(rules.generation))
}

/// Replace the desk's settings; what is left out returns to its default.
#[utoipa::path(put, path = "/v1/ticket-settings", request_body = DeskSettings, responses((status = 200, body = DeskSettings)))]
async fn replace(
    caller: Caller<WritePolicies>,
    expected: IfMatch,
    command: Valid<DeskSettings>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "ticket_settings.replace", async |tx| {
            let before = store::load(tx).await?;
            expected.check(before.generation)?;
            let triage = ("/routing/triage_group_id".to_owned(), command.routing.triage_group_id);
            group::store::demand(tx, caller.scope(), [triage]).await?;
            store::save_settings(tx, &command).await?;
            let generation = before.generation + 1;
            let change = Change::new("ticket_settings.replaced", "ticket_settings", Uuid::nil(), generation);
            tx.record(change.before(&before.settings).after(&*command));
            Ok(Reply::ok(&*command)?.tagged(generation))
        })
        .await
}
