//! Letting a quarantined mail in: a person has looked at it and wants it as a ticket.

use actix_web::web::{Data, Path};
use kernel::Fault;
use kernel::id::IntakeId;
use platform::caller::Caller;
use platform::db::Tx;
use platform::operation::Operations;
use platform::operations;
use platform::outbox::Change;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;

use super::place::{self, Desk, Placed};
use super::receive::Incoming;
use super::sender::look_up;
use crate::Tickets;
use crate::attachment::{files, store as attachments};
use crate::intake::access::ReleaseIntake;
use crate::intake::mime;
use crate::intake::record::http::{RecordPath, RecordView};
use crate::intake::record::model::{Outcome, Record};
use crate::intake::record::store as records;
use crate::intake::resolve::Placement;

pub(crate) fn operations() -> Operations {
    operations!["intake-records"; release]
}

/// Open a ticket with a quarantined mail.
#[utoipa::path(post, path = "/v1/intake/records/{record_id}/release", params(RecordPath), responses((status = 200, body = RecordView)))]
async fn release(caller: Caller<ReleaseIntake>, path: Path<RecordPath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let db = app.db.read();
    let record = records::find(db, caller.scope(), path.record_id).await?;
    let raw = files::read(db, &record.raw_sha256).await?;
    let mail = mime::read(&raw);
    let known = look_up(&app, &mail).await;
    let incoming = Incoming { mail, raw, recipients: Vec::new(), known };
    app.db
        .command(&caller, "intake.release", async |tx| {
            let desk = Desk { intake: &app.intake, rules: &app.rules };
            let record = open(tx, &desk, caller.scope(), (record.id, &incoming)).await?;
            let branch = record.branch_id;
            let view = RecordView::from(record);
            tx.record(Change::new("intake.released", "intake_record", path.record_id, 2).after(&view).branch(branch));
            Reply::ok(&view)
        })
        .await
}

async fn open(tx: &Tx, desk: &Desk<'_>, scope: &RowScope, (id, incoming): (IntakeId, &Incoming)) -> Result<Record, Problem> {
    let mut record = records::find(tx, scope, id).await?;
    if record.ticket_id.is_some() || record.outcome != Outcome::Quarantined {
        return Err(Fault::conflict("not_quarantined", "Only a quarantined mail that has no ticket can be released.").into());
    }
    let mailbox = match record.mailbox_id {
        Some(id) => Some(crate::intake::mailbox::store::find(tx, &RowScope::All, id).await?),
        None => None,
    };
    let placement = Placement::New { continues: None };
    let placed: Placed = place::place(tx, desk, (incoming, mailbox.as_ref()), &record, &placement).await?;
    record.ticket_id = Some(placed.ticket);
    record.message_id = Some(placed.message);
    records::release(tx, &record).await?;
    attachments::hand_over(tx, &record).await?;
    Ok(record)
}
