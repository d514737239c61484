//! The rules an organisation starts with: one calendar and the promises made when nobody has decided otherwise.
//!
//! They are ordinary rows, written at the first start and changed through the API like any other.

use actix_web::http::StatusCode;
use chrono::{DateTime, Utc};
use kernel::id::{CalendarId, CalendarVersionId, EscalationPolicyId, EscalationPolicyVersionId, SlaPolicyId, SlaPolicyVersionId};
use platform::db::{Db, Tx};
use platform::problem::Problem;
use platform::stamp::{Stamp, Touch};
use sea_orm::{EntityTrait, PaginatorTrait};

use crate::calendar::model::{BusinessCalendar, CalendarVersion, Day, DayWindow, Hours};
use crate::escalation::model::{EscalationPolicy, EscalationPolicyVersion, EscalationStep, EscalationTarget, StepAt};
use crate::policy::model::{EndOfBusinessDay, PolicyMatch, PolicyTarget, PolicyTerms, SlaPolicy, SlaPolicyVersion};
use crate::survey_template::model::SurveyTemplate;
use crate::vocabulary::{ClockKind, ObligationKind, RequesterKind, TicketType};
use crate::{calendar, escalation, policy, rulebook, survey_template};

/// These rules have always held: a call may have come in before the first start.
const BEGINNING: DateTime<Utc> = DateTime::UNIX_EPOCH;
const CUSTOMER_S: i64 = 7_200;
const INTERNAL_S: i64 = 86_400;
const CUTOFF_S: i64 = 7_200;
/// A ticket that is open for less than this of a day need not be touched on it.
const TOUCH_S: i64 = 3_600;
/// What the house promises to everyone, whatever else is agreed: metric, clock, seconds.
const HOUSE: [(ObligationKind, ClockKind, i64); 6] = [
    (ObligationKind::CsatFollowup, ClockKind::Business, 3_600),
    (ObligationKind::EmergencyAck, ClockKind::Elapsed, 900),
    (ObligationKind::LoopClose, ClockKind::Elapsed, 3_600),
    (ObligationKind::TransferAccept, ClockKind::Business, 14_400),
    (ObligationKind::NoticeAck, ClockKind::Elapsed, 604_800),
    (ObligationKind::AppointmentConfirm, ClockKind::Business, 14_400),
];

/// Writes the first rules unless there are any.
///
/// # Errors
/// 503 when the database does not answer.
pub(crate) async fn seed(db: &Db) -> Result<(), Problem> {
    match db.write("rules.seed", async |tx| write(tx).await).await {
        // Another replica, starting at the same time, was first.
        Err(problem) if problem.status() == StatusCode::CONFLICT => Ok(()),
        outcome => outcome,
    }
}

async fn write(tx: &Tx) -> Result<(), Problem> {
    if calendar::entity::Entity::find().count(tx).await? > 0 || policy::entity::Entity::find().count(tx).await? > 0 {
        return Ok(());
    }
    seed_calendar(tx).await?;
    let escalation = Some(seed_escalation(tx).await?);
    let customers = by_requester(RequesterKind::Customer, ClockKind::Business, CUSTOMER_S);
    let colleagues = by_requester(RequesterKind::Internal, ClockKind::Elapsed, INTERNAL_S);
    for (name, position, terms) in
        [("Cancellation requests", 900, cancellations()), ("Customers", 1_000, customers), ("Colleagues", 1_010, colleagues)]
    {
        seed_policy(tx, name, position, PolicyTerms { escalation_policy_id: escalation, ..terms }).await?;
    }
    seed_policy(tx, "House promises", 10_000, house()).await?;
    survey_template::store::insert(tx, &SurveyTemplate::first(Touch::of(tx))).await?;
    rulebook::store::raise(tx).await
}

async fn seed_calendar(tx: &Tx) -> Result<(), Problem> {
    let touch = Touch::of(tx);
    let days = [Day::Mon, Day::Tue, Day::Wed, Day::Thu, Day::Fri];
    let weekly = days.map(|day| DayWindow { day, start_min: 480, end_min: 1_020 }).to_vec();
    let calendar = BusinessCalendar {
        id: CalendarId::generate(),
        stamp: Stamp::new(touch),
        external_ref: Some("default".to_owned()),
        name: "Office hours".to_owned(),
        branch_id: None,
        is_default: true,
    };
    calendar::store::insert(tx, &calendar).await?;
    let version = CalendarVersion {
        id: CalendarVersionId::generate(),
        calendar_id: calendar.id,
        number: 1,
        effective_from: BEGINNING,
        published_at: touch.at,
        published_by: touch.by,
        hours: Hours { time_zone: "America/Chicago".to_owned(), weekly, exceptions: Vec::new() },
    };
    calendar::store::insert_version(tx, &version).await
}

/// Whoever works on it is told half-way, the group's lead when three quarters are gone, and both when it is broken.
async fn seed_escalation(tx: &Tx) -> Result<EscalationPolicyId, Problem> {
    let touch = Touch::of(tx);
    let percent = |percent| StepAt { percent: Some(percent), offset_s: None };
    let breach = StepAt { percent: None, offset_s: Some(0) };
    let (assignee, lead) = (EscalationTarget::Assignee, EscalationTarget::GroupLead);
    let steps = [(percent(50), assignee), (percent(75), lead), (breach, assignee), (breach, lead)];
    let name = "Standard escalation".to_owned();
    let external_ref = Some("default".to_owned());
    let policy = EscalationPolicy { id: EscalationPolicyId::generate(), stamp: Stamp::new(touch), external_ref, name, active: true };
    escalation::store::insert(tx, &policy).await?;
    let version = EscalationPolicyVersion {
        id: EscalationPolicyVersionId::generate(),
        policy_id: policy.id,
        number: 1,
        published_at: touch.at,
        published_by: touch.by,
        steps: steps.map(|(at, to)| EscalationStep::notify(at, to)).to_vec(),
    };
    escalation::store::insert_version(tx, &version).await?;
    Ok(policy.id)
}

fn response(
    metric: ObligationKind,
    clock: ClockKind,
    target_s: Option<i64>,
    end_of_business_day: Option<EndOfBusinessDay>,
) -> PolicyTarget {
    PolicyTarget { metric, priority: None, clock, target_s, end_of_business_day, pause_states: None }
}

fn by_requester(kind: RequesterKind, clock: ClockKind, target_s: i64) -> PolicyTerms {
    PolicyTerms {
        matching: PolicyMatch { requester_kinds: Some(vec![kind]), ..PolicyMatch::default() },
        targets: [ObligationKind::FirstResponse, ObligationKind::NextResponse]
            .map(|metric| response(metric, clock, Some(target_s), None))
            .to_vec(),
        calendar_id: None,
        escalate_at_percent: Vec::new(),
        escalation_policy_id: None,
    }
}

/// A wish to leave is answered the same day.
fn cancellations() -> PolicyTerms {
    let end = Some(EndOfBusinessDay { cutoff_before_close_s: CUTOFF_S });
    PolicyTerms {
        matching: PolicyMatch {
            types: Some(vec![TicketType::CancellationRequest]),
            requester_kinds: Some(vec![RequesterKind::Customer]),
            ..PolicyMatch::default()
        },
        targets: vec![
            response(ObligationKind::FirstResponse, ClockKind::Business, None, end),
            response(ObligationKind::NextResponse, ClockKind::Business, Some(CUSTOMER_S), None),
        ],
        calendar_id: None,
        escalate_at_percent: Vec::new(),
        escalation_policy_id: None,
    }
}

/// The promises of the house hold for every ticket, and are found after everything more particular.
fn house() -> PolicyTerms {
    let touch = EndOfBusinessDay { cutoff_before_close_s: TOUCH_S };
    let mut targets = vec![response(ObligationKind::DailyTouch, ClockKind::Business, None, Some(touch))];
    targets.extend(HOUSE.map(|(metric, clock, target_s)| response(metric, clock, Some(target_s), None)));
    PolicyTerms {
        matching: PolicyMatch::default(),
        targets,
        calendar_id: None,
        escalate_at_percent: Vec::new(),
        escalation_policy_id: None,
    }
}

async fn seed_policy(tx: &Tx, name: &str, position: i32, terms: PolicyTerms) -> Result<(), Problem> {
    let touch = Touch::of(tx);
    let policy = SlaPolicy {
        id: SlaPolicyId::generate(),
        stamp: Stamp::new(touch),
        external_ref: None,
        name: name.to_owned(),
        position,
        active: true,
    };
    policy::store::insert(tx, &policy).await?;
    let version = SlaPolicyVersion {
        id: SlaPolicyVersionId::generate(),
        policy_id: policy.id,
        number: 1,
        effective_from: BEGINNING,
        published_at: touch.at,
        published_by: touch.by,
        terms,
    };
    policy::store::insert_version(tx, &version).await
}
