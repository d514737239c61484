//! Drafting the notices that accounts are owed, and following their proof.
//!
//! Of all replicas one runs this, by lease. Peers are asked before the transaction; each draft has a reference of its own, so that a step
//! can be repeated. An account's new price holds only once its release is committed, which every replica's index then learns.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use chrono::{Days, NaiveDate, TimeDelta};
use clients::accounts::Contact;
use clients::notices::{NewNotice, Notice, PricingChange, Recipient, Reference};
use futures_util::future::LocalBoxFuture;
use kernel::Fault;
use kernel::id::{AccountId, ContactId, NoticeId};
use platform::db::{Db, Tx};
use platform::peer::Peers;
use platform::problem::Problem;
use platform::stamp::Touch;
use platform::worker::{Outcome, Worker};

use super::http::changed;
use super::lines::{MAX_LINES, of_account};
use super::model::{ChangeNotice, ChangeNoticeState, Demand, Told};
use super::store;
use crate::change_set::model::ChangeSet;
use crate::change_set::store as sets;
use crate::change_set::terms::NoticeProofKind;
use crate::live::{self, Live};

/// Notices drafted in one step.
const BATCH: u64 = 50;
/// Notices followed in one transaction.
const FOLLOWED: usize = 500;
/// How long after a look the next one follows.
const NEXT_LOOK: TimeDelta = TimeDelta::seconds(60);

/// Drafts and follows notices.
pub struct NoticeWorker {
    pub db: Db,
    pub peers: Arc<dyn Peers>,
    pub live: Arc<Live>,
}

/// What became of one that was to be drafted.
enum Draft {
    Made(NoticeId, ContactId),
    Stuck(String),
}

#[async_trait(?Send)]
impl Worker for NoticeWorker {
    fn name(&self) -> &'static str {
        "change-sets.notices"
    }

    async fn step(&self) -> Result<Outcome, Problem> {
        let now = self.db.clock().now();
        let Some(set) = sets::to_follow(self.db.read(), now).await? else { return Ok(Outcome::Idle) };
        let queued = store::queued(self.db.read(), set.id, BATCH).await?;
        if !queued.is_empty() {
            self.live.refresh(self.db.read()).await?;
            self.draft_all(&set, queued).await?;
            return Ok(Outcome::Worked(1));
        }
        let told = self.told(&set).await?;
        self.follow(&set, &told).await?;
        let waits = !store::waiting(self.db.read(), set.id, None, 1).await?.is_empty();
        self.db.write("change_set.follow", async |tx| sets::follow(tx, set.id, waits.then(|| tx.now() + NEXT_LOOK)).await).await?;
        Ok(Outcome::Worked(1))
    }

    fn pause(&self) -> Duration {
        Duration::from_secs(5)
    }

    fn woken(&self) -> LocalBoxFuture<'_, ()> {
        Box::pin(self.db.committed().notified())
    }
}

impl NoticeWorker {
    async fn draft_all(&self, set: &ChangeSet, queued: Vec<ChangeNotice>) -> Result<(), Problem> {
        let mut drafts = Vec::with_capacity(queued.len());
        for owed in queued {
            let draft = self.draft(set, &owed).await?;
            drafts.push((owed, draft));
        }
        self.db
            .write("change_notice.draft", async |tx| {
                for (owed, draft) in &drafts {
                    let next = match draft {
                        Draft::Made(notice, contact) => owed.clone().drafted(*notice, *contact, Touch::of(tx)),
                        Draft::Stuck(reason) => owed.clone().stuck(reason.clone(), Touch::of(tx)),
                    };
                    keep(tx, owed, &next).await?;
                }
                Ok(())
            })
            .await
    }

    /// Asks for the draft of a notice; what is refused is for somebody to look at.
    async fn draft(&self, set: &ChangeSet, owed: &ChangeNotice) -> Result<Draft, Problem> {
        let today = self.db.clock().now().date_naive();
        let contacts = clients::accounts::contacts_of(self.peers.as_ref(), owed.account).await?;
        let Some((contact, address)) = recipient(&contacts, owed.account, today) else { return Ok(Draft::Stuck("no_contact".into())) };
        let items = of_account(self.db.read(), set, &self.live.current(), owed.account).await?;
        if items.is_empty() || items.len() > MAX_LINES {
            let reason = if items.is_empty() { "nothing_published" } else { "too_many_lines" };
            return Ok(Draft::Stuck(reason.into()));
        }
        let earliest = today.checked_add_days(Days::new(owed.lead_days.into())).ok_or_else(Fault::overflow)?;
        let label = set.name.chars().take(200).collect();
        let notice = NewNotice {
            payload: PricingChange {
                agreement_ref: Reference { kind: "change_set", id: set.id.to_string(), label },
                items,
                effective_on: set.terms.effective_on.max(earliest),
                lead_days_required: owed.lead_days,
            },
            recipients: vec![Recipient { contact_id: contact.id, name: contact.name.clone(), address: address.to_owned() }],
            account_id: owed.account,
            external_ref: format!("change-set:{}:{}", set.id, owed.account),
            change_set_ref: set.id.to_string(),
        };
        match clients::notices::draft(self.peers.as_ref(), &notice).await {
            Ok(id) => Ok(Draft::Made(id, contact.id)),
            Err(problem) if problem.status().is_client_error() => Ok(Draft::Stuck(problem.code().to_owned())),
            Err(problem) => Err(problem),
        }
    }

    /// What tickets tells of the notices of a change set, by account: of several the one that proves most.
    async fn told(&self, set: &ChangeSet) -> Result<HashMap<AccountId, Told>, Problem> {
        let (reference, mut told) = (set.id.to_string(), HashMap::new());
        let mut cursor: Option<String> = None;
        loop {
            let page = clients::notices::of_change_set(self.peers.as_ref(), &reference, cursor.as_deref()).await?;
            for notice in page.data {
                let (Some(account), Some(next)) = (notice.account_id, understood(&notice)?) else { continue };
                let better = told.get(&account).is_none_or(|known| proves_more(&next, known));
                if better {
                    told.insert(account, next);
                }
            }
            match page.next_cursor {
                Some(next) => cursor = Some(next),
                None => return Ok(told),
            }
        }
    }

    async fn follow(&self, set: &ChangeSet, told: &HashMap<AccountId, Told>) -> Result<(), Problem> {
        let proof = set.terms.notices().proof.unwrap_or(NoticeProofKind::Sent);
        let demand = Demand { effective_on: set.terms.effective_on, proof };
        let mut after = None;
        loop {
            let waiting = store::waiting(self.db.read(), set.id, after, u64::try_from(FOLLOWED).unwrap_or(u64::MAX)).await?;
            let Some(last) = waiting.last() else { break };
            after = Some(last.id);
            self.db.write("change_notice.follow", async |tx| follow_all(tx, &waiting, told, demand).await).await?;
        }
        self.live.refresh(self.db.read()).await.map(|_| ())
    }
}

async fn follow_all(tx: &Tx, waiting: &[ChangeNotice], told: &HashMap<AccountId, Told>, demand: Demand) -> Result<(), Problem> {
    let mut generation = None;
    for before in waiting {
        let next = match told.get(&before.account) {
            Some(told) => before.follow(*told, demand, Touch::of(tx))?,
            // What was drafted for it has been called off.
            None if matches!(before.state, ChangeNoticeState::Drafted | ChangeNoticeState::Bounced) => {
                Some(before.clone().stuck("withdrawn", Touch::of(tx)))
            }
            None => None,
        };
        let Some(next) = next else {
            // Whether it still waits is a matter of the day.
            if !before.waits(tx.now().date_naive()) {
                store::settled(tx, before.id).await?;
            }
            continue;
        };
        if next.release_on != before.release_on {
            let generation = match generation {
                Some(generation) => generation,
                None => *generation.insert(live::advance(tx).await?),
            };
            store::release(tx, &next, generation).await?;
        }
        keep(tx, before, &next).await?;
    }
    Ok(())
}

/// Saves a notice and tells of it.
async fn keep(tx: &Tx, before: &ChangeNotice, next: &ChangeNotice) -> Result<(), Problem> {
    store::save(tx, next).await?;
    tx.record(changed(before, next));
    Ok(())
}

/// Who is told: somebody with an address whose role at the account holds, before others who may agree to prices, then who may sign.
fn recipient(contacts: &[Contact], account: AccountId, today: NaiveDate) -> Option<(&Contact, &str)> {
    let rank = |contact: &Contact| {
        let roles = || contact.roles.iter().filter(|role| role.account_id == account && role.holds_on(today));
        let may = |authority: &str| roles().any(|role| role.authorities.iter().any(|held| held == authority));
        roles().next().map(|_| (!may("approve_price"), !may("sign"), contact.id))
    };
    let able = contacts.iter().filter_map(|contact| Some((rank(contact)?, contact, contact.email.as_deref()?)));
    able.min_by_key(|(rank, _, _)| *rank).map(|(_, contact, address)| (contact, address))
}

/// A notice in our words; none for one that was called off.
fn understood(notice: &Notice) -> Result<Option<Told>, Problem> {
    let state = match notice.state.as_str() {
        "draft" | "approved" => ChangeNoticeState::Drafted,
        "sent" => ChangeNoticeState::Sent,
        "delivered" | "acknowledged" | "refused" => ChangeNoticeState::Delivered,
        "expired" if notice.delivered_at.is_some() => ChangeNoticeState::Delivered,
        "expired" => ChangeNoticeState::Sent,
        "bounced" => ChangeNoticeState::Bounced,
        _ => return Ok(None),
    };
    let zone = notice.time_zone.parse().map_err(|_| Problem::internal(format!("unknown time zone {:?}", notice.time_zone)))?;
    Ok(Some(Told { notice: notice.id, state, sent_at: notice.sent_at, delivered_at: notice.delivered_at, zone }))
}

/// What went out proves more than what did not, the earlier more than the later; of the rest the newest is followed.
fn proves_more(one: &Told, other: &Told) -> bool {
    let out = |told: &Told| matches!(told.state, ChangeNoticeState::Sent | ChangeNoticeState::Delivered);
    match (out(one), out(other)) {
        (true, true) => one.sent_at < other.sent_at,
        (false, true) => false,
        (true, false) | (false, false) => true,
    }
}
