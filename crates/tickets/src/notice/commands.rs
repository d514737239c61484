//! Drafting, sending and answering notices together with what is promised about them: one transaction.

use chrono_tz::Tz;
use kernel::Fault;
use kernel::id::NoticeId;
use platform::db::Tx;
use platform::outbox::Change;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;
use platform::stamp::Touch;

use super::model::{Addressee, Content, Notice, References};
use super::payload::NoticePayload;
use super::promised::{Promised, holder};
use super::recipient::NoticeDeliveryState;
use super::state::NoticeState;
use super::text::{NoticeText, render};
use super::view::NoticeView;
use super::{mail, store, template};
use crate::intake::Intake;
use crate::notification::model::NotificationClass;
use crate::notification::{self, Notification, Recipient};
use crate::rulebook::Rules;
use crate::step::Held;

/// A notice and what is promised about it, while a command works on both.
pub(super) struct Matter {
    pub(super) notice: Notice,
    before: Option<Notice>,
    promised: Promised,
}

impl Matter {
    /// A new draft. `zone` is the branch's, where it is known; else local dates are those of the calendar that holds for it.
    ///
    /// # Errors
    /// 404 when its ticket is not inside `scope`; every field fault.
    pub(super) async fn draft(
        tx: &Tx,
        rules: &Rules,
        scope: &RowScope,
        (addressee, zone): (Addressee, Option<Tz>),
        (references, content): (References, Content),
    ) -> Result<Self, Problem> {
        let kind = content.payload.kind();
        let rulebook = rules.current(tx).await?;
        let zone = zone.unwrap_or_else(|| rulebook.for_ticket(holder(addressee, kind).traits, tx.now()).zone());
        let notice = Notice::draft(addressee, zone, references, content, Touch::of(tx))?;
        Self::begin(tx, rules, scope, notice).await
    }

    async fn begin(tx: &Tx, rules: &Rules, scope: &RowScope, notice: Notice) -> Result<Self, Problem> {
        let what = (notice.addressee, notice.content.payload.kind());
        let mut promised = Promised::resume(tx, rules, scope, notice.id, what).await?;
        promised.owe_sending(&notice, tx);
        Ok(Self { notice, before: None, promised })
    }

    /// Other content for a draft; what is promised follows its dates.
    ///
    /// # Errors
    /// 409 `not_a_draft`; every field fault.
    pub(super) fn edit(&mut self, tx: &Tx, content: Content) -> Result<(), Fault> {
        let until = self.notice.sent_until();
        self.notice = self.notice.clone().edit(content, Touch::of(tx))?;
        if self.notice.sent_until() != until {
            self.promised.release(self.notice.subject(), tx);
            self.promised.owe_sending(&self.notice, tx);
        }
        Ok(())
    }

    /// Fixes its text.
    ///
    /// # Errors
    /// 409 `illegal_transition`; 403 `own_notice`.
    pub(super) async fn approve(&mut self, tx: &Tx) -> Result<(), Problem> {
        let four_eyes = self.promised.rules().settings.notice_four_eyes;
        let text = text_of(tx, &self.notice.content.payload, self.notice.content.language.as_deref()).await?;
        self.notice = self.notice.clone().approve(text, four_eyes, Touch::of(tx))?;
        Ok(())
    }

    /// Sends it to all its recipients.
    ///
    /// # Errors
    /// 409 `illegal_transition`, or `no_mailbox` when there is none to send mail from; 422 `notice_too_late`.
    pub(super) async fn send(&mut self, tx: &Tx, intake: &Intake, late_reason: Option<String>) -> Result<(), Problem> {
        self.notice = self.notice.clone().send(late_reason, Touch::of(tx))?;
        self.promised.sent(self.notice.subject(), tx);
        mail::queue(tx, intake, &self.notice).await
    }

    /// Takes in what became known of one recipient.
    ///
    /// # Errors
    /// Those of [`Notice::delivery`].
    pub(super) fn delivery(
        &mut self,
        tx: &Tx,
        recipient: uuid::Uuid,
        (state, at): (NoticeDeliveryState, chrono::DateTime<chrono::Utc>),
    ) -> Result<(), Fault> {
        let before = self.notice.state;
        self.notice = self.notice.clone().delivery(recipient, state, at, Touch::of(tx))?;
        if before != NoticeState::Bounced && self.notice.state == NoticeState::Bounced {
            self.promised.bounced(self.notice.subject(), tx);
        }
        Ok(())
    }

    /// What taking in a delivery is called.
    pub(super) const fn delivery_event(&self) -> &'static str {
        match self.notice.state {
            NoticeState::Bounced => "notice.bounced",
            _ => "notice.delivery_changed",
        }
    }

    /// The customer has answered.
    pub(super) fn answered(&mut self, tx: &Tx, notice: Notice) {
        self.promised.answered(notice.subject(), tx);
        self.notice = notice;
    }

    /// It has ended without an answer: nothing of it is owed any more.
    pub(super) fn ended(&mut self, tx: &Tx, notice: Notice) {
        self.promised.release(notice.subject(), tx);
        self.notice = notice;
    }

    /// A new revision in place of this one, whose promises end here and go on there.
    ///
    /// # Errors
    /// 409 `not_bounced`; every field fault.
    pub(super) async fn revise(&mut self, tx: &Tx, rules: &Rules, content: Content) -> Result<Self, Problem> {
        let draft = self.notice.revise(content, Touch::of(tx))?;
        self.promised.release(self.notice.subject(), tx);
        self.promised.write(tx).await?;
        Self::begin(tx, rules, &RowScope::All, draft).await
    }

    /// Whoever sent it learns that it reached nobody.
    async fn tell_sender(&self, tx: &Tx) -> Result<(), Problem> {
        let Some(sender) = self.notice.history.sent_by else { return Ok(()) };
        let text = "A notice reached none of its recipients: draft a new revision.";
        let word = Notification::about(&self.promised.holder(), Recipient::User(sender.into()), NotificationClass::Alert, text);
        notification::tell(tx, self.promised.rules(), word.subject(Some(self.notice.subject()))).await
    }

    fn change(&self, event: &'static str) -> Change {
        let notice = &self.notice;
        let change = Change::new(event, "notice", notice.id, notice.stamp.version)
            .account(notice.addressee.account_id)
            .site(notice.addressee.site_id)
            .branch(notice.addressee.branch_id)
            .after(&NoticeView::of(notice, &RowScope::All));
        let change = if notice.state.is_published() { change.portal() } else { change };
        match &self.before {
            Some(before) => change.before(&NoticeView::of(before, &RowScope::All)),
            None => change,
        }
    }
}

impl Held for Matter {
    type Id = NoticeId;

    async fn resume(tx: &Tx, rules: &Rules, scope: &RowScope, id: NoticeId) -> Result<Self, Problem> {
        let notice = store::find_locked(tx, scope, id).await?;
        let (addressee, kind) = (notice.addressee, notice.content.payload.kind());
        let promised = match Promised::resume(tx, rules, &RowScope::All, id, (addressee, kind)).await {
            // Its ticket was deleted meanwhile, and with it what was promised there.
            Err(problem) if problem.code() == "not_found" => {
                Promised::resume(tx, rules, &RowScope::All, id, (Addressee { ticket_id: None, ..addressee }, kind)).await?
            }
            promised => promised?,
        };
        Ok(Self { before: Some(notice.clone()), notice, promised })
    }

    fn version(&self) -> i64 {
        self.notice.stamp.version
    }

    async fn write(&mut self, tx: &Tx, event: &'static str) -> Result<(), Problem> {
        match &self.before {
            None => store::insert(tx, &self.notice).await?,
            Some(_) => store::save(tx, &self.notice).await?,
        }
        self.promised.write(tx).await?;
        tx.record(self.change(event));
        let bounced = |notice: &Notice| notice.state == NoticeState::Bounced;
        if bounced(&self.notice) && self.before.as_ref().is_some_and(|before| !bounced(before)) {
            self.tell_sender(tx).await?;
        }
        Ok(())
    }

    fn answer(&self, tx: &Tx, scope: &RowScope) -> Result<Reply, Problem> {
        super::http::answer(&self.notice, scope, tx.now())
    }
}

/// The text of a notice in a language, by the template of its kind where there is one.
pub(super) async fn text_of<C: sea_orm::ConnectionTrait>(
    db: &C,
    payload: &NoticePayload,
    language: Option<&str>,
) -> Result<NoticeText, Problem> {
    let template = match language {
        Some(language) => template::store::in_use(db, payload.kind(), language).await?,
        None => None,
    };
    Ok(render(payload, template.as_ref().map(template::model::Template::pattern).as_ref()))
}
