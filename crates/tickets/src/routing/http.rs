//! Routing a ticket on demand, and trying out what would become of one.

use actix_web::web::{Data, Path};
use kernel::Fault;
use kernel::id::{AccountId, BranchId, GroupId, SiteId, TicketId};
use platform::caller::Caller;
use platform::db::Tx;
use platform::etag::IfMatch;
use platform::operation::Operations;
use platform::operations;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::stamp::Touch;
use platform::valid::Valid;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;
use validator::Validate;

use super::commands::{self, Grounds};
use super::decision::model::{Decision, Occasion};
use super::engine::Facts;
use crate::Tickets;
use crate::access::{AssignTickets, ReadRoutingRules};
use crate::agent::model::RequiredSkill;
use crate::rulebook::Rules;
use crate::serving::Customer;
use crate::ticket::case::Case;
use crate::ticket::model::{NewTicket, Requester, Ticket};
use crate::ticket::wire::{TicketPath, TicketView};
use crate::ticket::{commands as tickets, store};
use crate::vocabulary::{Channel, Direction, Priority, RequesterKind, TicketType};

pub(super) fn operations() -> Operations {
    operations!["tickets"; route].and(operations!["routing-rules"; dry_run])
}

/// How a ticket is routed anew.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct RouteTicket {
    /// Forget the group that it has, so that owner and rules decide again.
    #[serde(default)]
    regroup: bool,
}

/// A ticket after it was routed, and why it is where it is.
#[derive(Clone, Debug, Serialize, ToSchema)]
struct RoutedTicket {
    ticket: TicketView,
    decision: Decision,
}

/// Route a ticket.
///
/// It goes to the first of: its own group, the owner of its account, the group of the first routing rule that is for it, the
/// group of its site's territory, that of its branch, the triage group. There, of those who have the skills, are not away, are
/// inside their calendar and below their capacity, it is given to the one with the lowest load for its capacity. When there is
/// none, whoever has it keeps it, and the group's lead is told.
#[utoipa::path(post, path = "/v1/tickets/{ticket_id}/route", params(TicketPath), request_body = RouteTicket, responses((status = 200, body = RoutedTicket)))]
async fn route(
    caller: Caller<AssignTickets>,
    path: Path<TicketPath>,
    expected: IfMatch,
    command: Valid<RouteTicket>,
    app: Data<Tickets>,
) -> Result<Reply, Problem> {
    let known = store::find(app.db.read(), caller.scope(), path.ticket_id).await?;
    let facts = app.facts(Customer { account: known.account_id, site: known.site_id }).await;
    app.db
        .command(&caller, "ticket.route", async |tx| {
            let mut case = tickets::resume(tx, &app.rules, caller.scope(), path.ticket_id).await?;
            expected.check(case.ticket.stamp.version - 1)?;
            let decision = again(tx, &app.rules, &mut case, (command.regroup, &facts)).await?;
            let ticket = TicketView::of(&case.ticket, caller.scope());
            Ok(Reply::ok(&RoutedTicket { ticket, decision })?.tagged(case.ticket.stamp.version))
        })
        .await
}

/// Routes a ticket anew and writes it.
async fn again(tx: &Tx, rules: &Rules, case: &mut Case, (regroup, facts): (bool, &Facts)) -> Result<Decision, Problem> {
    let (roster, rulebook) = (rules.rosters.current(tx).await?, case.rules.clone());
    let grounds = Grounds { roster: &roster, rulebook: &rulebook, facts };
    if regroup {
        case.ticket.group_id = None;
    }
    let decision = commands::decide(tx, grounds, &case.ticket).await?;
    case.ticket.take(&decision, tx.now());
    case.retrait();
    tickets::write(tx, case).await?;
    commands::told(tx, grounds, &case.ticket, (Occasion::Demanded, &decision)).await?;
    Ok(decision)
}

/// A ticket that there is, or one that there might be: state one of them.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct DryRun {
    ticket_id: Option<TicketId>,
    ticket: Option<HypotheticalTicket>,
    /// Forget the group that the ticket has.
    #[serde(default)]
    regroup: bool,
}

/// What of a ticket decides where it goes.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
struct HypotheticalTicket {
    #[schema(max_length = 300)]
    subject: Option<String>,
    #[serde(rename = "type")]
    kind: Option<TicketType>,
    requester_kind: Option<RequesterKind>,
    priority: Option<Priority>,
    #[schema(minimum = 1, maximum = 4)]
    severity: Option<i32>,
    channel: Option<Channel>,
    direction: Option<Direction>,
    account_id: Option<AccountId>,
    site_id: Option<SiteId>,
    branch_id: Option<BranchId>,
    group_id: Option<GroupId>,
    #[schema(max_items = 50)]
    tags: Option<Vec<String>>,
    custom: Option<BTreeMap<String, String>>,
    #[schema(min_length = 2, max_length = 10)]
    language: Option<String>,
    #[schema(max_items = 20)]
    required_skills: Option<Vec<RequiredSkill>>,
}

impl HypotheticalTicket {
    fn into_ticket(self, branch: Option<BranchId>, touch: Touch) -> Ticket {
        let requester = Requester {
            kind: self.requester_kind.unwrap_or(RequesterKind::Customer),
            contact_id: None,
            name: None,
            email: None,
            phone: None,
        };
        let new = NewTicket {
            kind: self.kind.unwrap_or(TicketType::General),
            priority: self.priority.unwrap_or(Priority::Normal),
            severity: self.severity,
            direction: self.direction.unwrap_or(Direction::Inbound),
            account_id: self.account_id,
            site_id: self.site_id,
            branch_id: branch,
            group_id: self.group_id.map(Into::into),
            tags: self.tags.unwrap_or_default(),
            custom: self.custom.unwrap_or_default(),
            language: self.language,
            required_skills: self.required_skills.unwrap_or_default(),
            ..NewTicket::inbound(self.subject.unwrap_or_default(), requester, self.channel.unwrap_or(Channel::Api), touch.at)
        };
        Ticket::open(new, touch)
    }
}

/// Try out where a ticket would go. Nothing is written.
#[utoipa::path(post, path = "/v1/routing-rules/dry-run", request_body = DryRun, responses((status = 200, body = Decision)))]
async fn dry_run(caller: Caller<ReadRoutingRules>, question: Valid<DryRun>, app: Data<Tickets>) -> Result<Reply, Problem> {
    let mut ticket = subject(&caller, &question, &app).await?;
    let facts = app.facts(Customer { account: ticket.account_id, site: ticket.site_id }).await;
    let db = app.db.read();
    let (roster, rulebook) = (app.rules.rosters.current(db).await?, app.rules.current(db).await?);
    if question.regroup {
        ticket.group_id = None;
    }
    let grounds = Grounds { roster: &roster, rulebook: &rulebook, facts: &facts };
    Reply::ok(&commands::rehearse(db, grounds, &ticket, app.clock.now()).await?)
}

/// The ticket that a dry run is about; a hypothetical one belongs to the branch that serves its customer, like a real one.
async fn subject(caller: &Caller<ReadRoutingRules>, question: &DryRun, app: &Tickets) -> Result<Ticket, Problem> {
    if caller.scope().is_customer() {
        return Err(Fault::not_found("routing rule").into());
    }
    match (question.ticket_id, question.ticket.clone()) {
        (Some(id), None) => store::find(app.db.read(), caller.scope(), id).await,
        (None, Some(ticket)) => {
            let customer = Customer { account: ticket.account_id, site: ticket.site_id };
            let branch = app.serving.of(customer, ticket.branch_id).await?.branch();
            Ok(ticket.into_ticket(branch, Touch { by: caller.actor().id, at: app.clock.now() }))
        }
        _ => Err(Fault::field("", "one_of", "State either ticket_id or ticket.").into()),
    }
}
