//! Opening tickets, by the API and the portal, and keeping those of another system.

use std::collections::HashMap;

use actix_web::HttpRequest;
use actix_web::http::header;
use actix_web::web::{Data, Path};
use chrono::{DateTime, Utc};
use kernel::id::{AccountId, BranchId};
use kernel::{Fault, FieldFault};
use platform::bulk::{self, Bulk, BulkItems, BulkReport};
use platform::caller::{Actor, Caller};
use platform::db::Tx;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use platform::valid::Valid;

use super::commands::changed;
use crate::access::{EditTickets, ReadTickets, WriteTickets};
use crate::message::model::{Author, NewMessage};
use crate::routing::engine::Facts;
use crate::serving::{Customer, Served};
use crate::ticket::commands;
use crate::ticket::model::{NewTicket, Requester, Source, Ticket};
use crate::ticket::store;
use crate::ticket::wire::{CreateTicket, ExternalPath, PatchTicket, TicketView};
use crate::vocabulary::{AuthorKind, Channel, Direction, MessageKind, Priority, RequesterKind};
use crate::{Tickets, attachment, group};

pub(super) fn operations() -> Operations {
    operations!["tickets"; create, create_many, fetch_external, upsert]
}

/// Open a ticket with its first message.
///
/// What is promised follows from the SLA policy that matches it; read it with `include=obligations`.
#[utoipa::path(post, path = "/v1/tickets", request_body = CreateTicket, responses((status = 201, body = TicketView)))]
async fn create(caller: Caller<WriteTickets>, command: Valid<CreateTicket>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let asked = asked(&app, &command, caller.scope()).await?;
    app.db.command(&caller, "ticket.create", async |tx| opened(tx, &app, caller.scope(), command.clone(), &asked).await).await
}

/// Open up to 500 tickets.
#[utoipa::path(post, path = "/v1/tickets/bulk", request_body = Bulk<CreateTicket>, responses((status = 200, body = BulkReport)))]
async fn create_many(caller: Caller<WriteTickets>, items: BulkItems<CreateTicket>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let mut known = HashMap::new();
    for item in items.well_formed() {
        let (customer, stated) = item.customer(caller.scope());
        known.insert((customer, stated), asked(&app, item, caller.scope()).await?);
    }
    let work = async |tx: &Tx, item: &CreateTicket| {
        let asked = known.get(&item.customer(caller.scope())).cloned().unwrap_or((Served::By(None), Facts::default()));
        opened(tx, &app, caller.scope(), item.clone(), &asked).await
    };
    bulk::run(&app.db, &caller, "ticket.create_many", &items, work).await
}

/// Read the ticket that another system knows by an identity of its own.
#[utoipa::path(get, path = "/v1/tickets/by-external/{system}/{external_id}", params(ExternalPath), responses((status = 200, body = TicketView)))]
async fn fetch_external(caller: Caller<ReadTickets>, path: Path<ExternalPath>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let ticket = store::find_source(app.db.read(), caller.scope(), &path.source()?).await?;
    Ok(Reply::ok(&TicketView::of(&ticket, caller.scope()))?.tagged(ticket.stamp.version))
}

impl ExternalPath {
    fn source(&self) -> Result<Source, Fault> {
        let sound = |text: &str, most: usize| !text.is_empty() && text.chars().count() <= most && !text.chars().any(char::is_control);
        if !sound(&self.system, 60) || !sound(&self.external_id, 120) {
            return Err(Fault::invalid(
                "invalid_identity",
                "A system has up to 60 characters, an identity up to 120, none of them a control character.",
            ));
        }
        Ok(Source { system: self.system.clone(), external_id: self.external_id.clone() })
    }
}

/// Create or change the ticket that another system knows by an identity of its own.
///
/// With `If-None-Match: *` it is created or refused. The first message is written once; later calls change fields.
#[utoipa::path(put, path = "/v1/tickets/by-external/{system}/{external_id}", params(ExternalPath), request_body = CreateTicket,
    responses((status = 200, body = TicketView), (status = 201, body = TicketView)))]
async fn upsert(
    caller: Caller<EditTickets>,
    path: Path<ExternalPath>,
    request: HttpRequest,
    command: Valid<CreateTicket>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let create_only = request.headers().get(header::IF_NONE_MATCH).is_some_and(|value| value == "*");
    let source = path.source()?;
    let asked = asked(&app, &command, caller.scope()).await?;
    app.db
        .command(&caller, "ticket.upsert", async |tx| match store::by_source(tx, &source).await? {
            None => {
                let command = CreateTicket { source: Some(source.clone()), ..command.clone() };
                Box::pin(opened(tx, &app, caller.scope(), command, &asked)).await
            }
            Some(known) if create_only => Err(taken(&known).into()),
            Some(known) => {
                let case = commands::resume(tx, &app.rules, caller.scope(), known.id).await?;
                Box::pin(changed(tx, caller.scope(), case, (command.clone().into_patch(), asked.0))).await
            }
        })
        .await
}

fn taken(known: &Ticket) -> Fault {
    Fault::conflict("source_taken", "Another ticket has this source and external id.").with_conflicts([known.id.uuid()])
}

/// Asks who serves the customer of a new ticket, and what else is known of it.
async fn asked(app: &Tickets, command: &CreateTicket, scope: &RowScope) -> Result<(Served, Facts), Problem> {
    let (customer, stated) = command.customer(scope);
    let served = app.serving.of(customer, stated).await?;
    Ok((served, if command.assignee_id.is_some() { Facts::default() } else { app.facts(customer).await }))
}

async fn opened(tx: &Tx, app: &Tickets, scope: &RowScope, command: CreateTicket, asked: &(Served, Facts)) -> Result<Reply, Problem> {
    let files = command.attachments.clone().unwrap_or_default();
    let (new, first) = command.decide(scope, asked.0, tx.actor(), tx.now())?;
    group::store::demand(tx, scope, [("/group_id".to_owned(), new.group_id.map(Into::into))]).await?;
    let new = NewTicket { facts: asked.1.clone(), ..new };
    if let Some(closed) = new.follow_up_of_id {
        let unknown = || Fault::field("/follow_up_of_id", "unknown_reference", "There is no such ticket in reach.");
        store::find(tx, scope, closed).await.map_err(|problem| if problem.code() == "not_found" { unknown().into() } else { problem })?;
    }
    let message = first.id;
    let case = commands::open(tx, &app.rules, new, first).await?;
    attachment::store::give(tx, &files, (case.ticket.id, message), &case.rules.settings).await?;
    let view = TicketView::of(&case.ticket, scope);
    Ok(Reply::created(format!("/v1/tickets/{}", case.ticket.id), &view)?.tagged(case.ticket.stamp.version))
}

impl CreateTicket {
    /// The ticket and first message that this caller may make of it.
    pub(crate) fn decide(
        self,
        scope: &RowScope,
        served: Served,
        actor: &Actor,
        now: DateTime<Utc>,
    ) -> Result<(NewTicket, NewMessage), Fault> {
        let account_id = self.account_id.or_else(|| only_account(scope));
        let branch_id = self.branch_id.or(served.branch());
        let customer = scope.is_customer();
        let mut faults = if customer { self.not_for_customers() } else { Vec::new() };
        let covered = scope.covers(branch_id.map(Into::into), account_id.map(Into::into), self.site_id.map(Into::into));
        let out_of_reach = (!covered).then_some(if self.branch_id.is_some() { "/branch_id" } else { "/account_id" });
        if let Some(pointer) = out_of_reach.or(served.unknown()) {
            faults.push(fault(pointer, "unknown_reference", "There is no such account, site or branch in reach."));
        }
        let requester = self.requester.clone().filter(|_| !customer).or_else(|| customer.then(|| requester_of(actor)));
        if requester.is_none() {
            faults.push(fault("/requester", "required", "Say who asks."));
        }
        let (Some(requester), true) = (requester, faults.is_empty()) else { return Err(gathered(faults)) };
        let channel = self.channel.unwrap_or(if customer { Channel::Portal } else { Channel::Api });
        let direction = self.direction.unwrap_or(Direction::Inbound);
        let first = first_message(&self, direction, channel, &requester, (actor, now));
        let new = NewTicket {
            kind: self.kind.unwrap_or(crate::vocabulary::TicketType::General),
            participants: self.participants.unwrap_or_default(),
            account_id,
            site_id: self.site_id,
            entity_refs: self.entity_refs.unwrap_or_default(),
            branch_id,
            group_id: self.group_id,
            assignee_id: self.assignee_id,
            override_reason: self.override_reason,
            required_skills: self.required_skills.unwrap_or_default(),
            priority: self.priority.unwrap_or(Priority::Normal),
            severity: self.severity,
            direction,
            source: self.source,
            tags: self.tags.unwrap_or_default(),
            custom: self.custom.unwrap_or_default(),
            language: self.language,
            confidential: self.confidential,
            follow_up_of_id: self.follow_up_of_id,
            calendar_id: self.calendar_id,
            ..NewTicket::inbound(self.subject, requester, channel, now)
        };
        Ok((new, first))
    }

    /// Whom the ticket is for, and the branch that the caller states.
    fn customer(&self, scope: &RowScope) -> (Customer, Option<BranchId>) {
        (Customer { account: self.account_id.or_else(|| only_account(scope)), site: self.site_id }, self.branch_id)
    }

    /// What only the desk decides.
    fn not_for_customers(&self) -> Vec<FieldFault> {
        let set = [
            ("/requester", self.requester.is_some()),
            ("/participants", self.participants.is_some()),
            ("/branch_id", self.branch_id.is_some()),
            ("/group_id", self.group_id.is_some()),
            ("/assignee_id", self.assignee_id.is_some()),
            ("/override_reason", self.override_reason.is_some()),
            ("/required_skills", self.required_skills.is_some()),
            ("/priority", self.priority.is_some()),
            ("/severity", self.severity.is_some()),
            ("/channel", self.channel.is_some()),
            ("/direction", self.direction.is_some()),
            ("/source", self.source.is_some()),
            ("/tags", self.tags.is_some()),
            ("/custom", self.custom.is_some()),
            ("/confidential", self.confidential),
            ("/follow_up_of_id", self.follow_up_of_id.is_some()),
            ("/calendar_id", self.calendar_id.is_some()),
        ];
        let refused = set.into_iter().filter(|(_, set)| *set);
        refused.map(|(pointer, _)| fault(pointer, "not_for_customers", "The desk decides this.")).collect()
    }

    fn into_patch(self) -> PatchTicket {
        PatchTicket {
            subject: Some(self.subject),
            kind: self.kind,
            requester: self.requester,
            participants: self.participants,
            account_id: self.account_id.map(Some),
            site_id: self.site_id.map(Some),
            entity_refs: self.entity_refs,
            branch_id: self.branch_id.map(Some),
            priority: self.priority,
            severity: self.severity.map(Some),
            tags: self.tags,
            custom: self.custom,
            language: self.language.map(Some),
            confidential: Some(self.confidential),
            survey_opt_out: None,
            spam: None,
            calendar_id: self.calendar_id.map(Some),
        }
    }
}

fn fault(pointer: &str, code: &'static str, message: &str) -> FieldFault {
    FieldFault { pointer: pointer.to_owned(), code: code.into(), message: message.to_owned() }
}

fn gathered(faults: Vec<FieldFault>) -> Fault {
    faults.into_iter().fold(Fault::invalid("validation_failed", "The request has invalid fields."), Fault::and_fault)
}

/// The account of a customer who has just one.
fn only_account(scope: &RowScope) -> Option<AccountId> {
    match scope {
        RowScope::Accounts { accounts, .. } if accounts.len() == 1 => accounts.first().copied().map(Into::into),
        _ => None,
    }
}

fn requester_of(actor: &Actor) -> Requester {
    Requester { kind: RequesterKind::Customer, contact_id: Some(actor.id), name: Some(actor.name.clone()), email: None, phone: None }
}

/// The first word is the requester's, or ours when we write first.
fn first_message(
    command: &CreateTicket,
    direction: Direction,
    channel: Channel,
    requester: &Requester,
    (actor, now): (&Actor, DateTime<Utc>),
) -> NewMessage {
    if direction == Direction::Outbound {
        return NewMessage::new(MessageKind::PublicReply, channel, Author::of(actor), command.description.clone(), now);
    }
    let kind = match requester.kind {
        RequesterKind::Customer => AuthorKind::Contact,
        RequesterKind::Internal => AuthorKind::Agent,
        RequesterKind::Vendor => AuthorKind::Vendor,
    };
    let name = requester.name.clone().or_else(|| requester.email.clone()).unwrap_or_default();
    let author = Author { kind, id: requester.contact_id, name };
    NewMessage::new(MessageKind::Inbound, channel, author, command.description.clone(), now)
}
