//! Operations on presence.

use actix_web::web::{Data, Path};
use chrono::{DateTime, Utc};
use kernel::words;
use platform::caller::Caller;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::rows::word;
use platform::valid::Valid;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::entity::Model;
use super::store;
use crate::Tickets;
use crate::access::{ReadTickets, WorkTickets};
use crate::ticket;
use crate::ticket::wire::TicketPath;

words! {
    /// What someone does with a ticket at this moment.
    pub(crate) enum Activity { Viewing = "viewing", Replying = "replying" }
}

pub(crate) fn operations() -> Operations {
    operations!["presence"; fetch, renew]
}

/// What the caller does with the ticket.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct RenewPresence {
    activity: Activity,
}

/// Someone who has the ticket open.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct Present {
    user_id: Uuid,
    #[schema(max_length = 200)]
    name: String,
    activity: Activity,
    since: DateTime<Utc>,
    /// Unless renewed.
    until: DateTime<Utc>,
}

/// Who has the ticket open.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct PresenceView {
    #[schema(max_items = 1000)]
    data: Vec<Present>,
}

impl PresenceView {
    fn of(rows: Vec<Model>) -> Result<Self, Problem> {
        let present = |row: Model| {
            let Model { user_id, name, activity, since, until, .. } = row;
            Ok(Present { user_id, name, activity: word(&activity)?, since, until })
        };
        Ok(Self { data: rows.into_iter().map(present).collect::<Result<_, Problem>>()? })
    }
}

/// Read who has a ticket open.
#[utoipa::path(get, path = "/v1/tickets/{ticket_id}/presence", params(TicketPath), responses((status = 200, body = PresenceView)))]
async fn fetch(caller: Caller<ReadTickets>, path: Path<TicketPath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let ticket = ticket::store::find_for_staff(app.db.read(), caller.scope(), path.ticket_id).await?;
    Reply::ok(&PresenceView::of(store::present(app.db.read(), ticket.id, app.clock.now()).await?)?)
}

/// Say that you have a ticket open, and read who else has.
///
/// It holds for some seconds (`presence_s` of the desk's settings, 30 by default); renew it while you stay.
#[utoipa::path(put, path = "/v1/tickets/{ticket_id}/presence", params(TicketPath), request_body = RenewPresence, responses((status = 200, body = PresenceView)))]
async fn renew(
    caller: Caller<WorkTickets>,
    path: Path<TicketPath>,
    command: Valid<RenewPresence>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    app.db
        .command(&caller, "presence.renew", async |tx| {
            let ticket = ticket::store::find_for_staff(tx, caller.scope(), path.ticket_id).await?;
            let lasting = app.rules.current(tx).await?.settings.presence();
            let row = Model {
                ticket_id: ticket.id.uuid(),
                user_id: tx.actor().id,
                name: tx.actor().name.clone(),
                activity: command.activity.to_string(),
                since: tx.now(),
                until: tx.now() + lasting,
            };
            store::note(tx, row).await?;
            Reply::ok(&PresenceView::of(store::present(tx, ticket.id, tx.now()).await?)?)
        })
        .await
}
