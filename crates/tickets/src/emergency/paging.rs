//! Whom to page now: one level after the other, then the duty manager again and again. Pure.
//!
//! What fell due while nobody was there to page is made up for in one round: every level whose time has come is paged at once, the
//! duty manager once for all that was missed.

use kernel::Fault;
use kernel::id::UserId;
use platform::stamp::Touch;

use super::model::Emergency;
use super::settings::OnCallSettings;
use super::state::{EmergencyState, EmergencyStep};
use crate::notification::model::NoticeChannel;

/// Somebody who can be paged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) level: i16,
    pub(crate) user: UserId,
    pub(crate) channel: NoticeChannel,
}

/// The level of pages to the duty manager.
pub(crate) const DUTY_MANAGER: i16 = 0;

/// A page about to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    /// [`DUTY_MANAGER`], or the level on call.
    pub(crate) level: i16,
    /// Which page to this level: the duty manager gets several.
    pub(crate) round: i16,
    /// None for the duty manager.
    pub(crate) user: Option<UserId>,
    pub(crate) channel: NoticeChannel,
}

/// What a round of paging does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Round {
    pub(crate) emergency: Emergency,
    /// Nobody when the duty manager was paged as often as may be: then it ends.
    pub(crate) calls: Vec<Call>,
}

impl Emergency {
    /// What is due at `touch.at`; none when nothing is. `chain` are the people on call now, lowest level first.
    ///
    /// # Errors
    /// 409 `illegal_transition` when somebody has taken charge.
    pub(crate) fn paged(&self, chain: &[Link], settings: &OnCallSettings, touch: Touch) -> Result<Option<Round>, Fault> {
        let Some(due) = self.next_page_at.filter(|due| *due <= touch.at) else { return Ok(None) };
        if self.state == EmergencyState::Exhausted {
            return Ok(Some(self.clone().step(EmergencyStep::Page, touch)?.duty(Vec::new(), settings, touch)));
        }
        let late = (touch.at - due).num_seconds() / settings.page_timeout_s.max(1);
        let turns = usize::try_from(late).unwrap_or_default().saturating_add(1);
        let calls: Vec<Call> = chain.iter().filter(|link| link.level > self.level).take(turns).map(Link::call).collect();
        let level = calls.last().map_or(self.level, |call| call.level);
        let next = Self { level, ..self.clone() };
        Ok(Some(if calls.len() < turns {
            next.step(EmergencyStep::Exhaust, touch)?.duty(calls, settings, touch)
        } else {
            let next = next.step(EmergencyStep::Page, touch)?;
            Round { emergency: Self { next_page_at: Some(touch.at + settings.page_timeout()), ..next }, calls }
        }))
    }

    /// Pages the duty manager too, as long as that may be.
    fn duty(mut self, mut calls: Vec<Call>, settings: &OnCallSettings, touch: Touch) -> Round {
        if self.duty_pages >= settings.duty_max {
            self.next_page_at = None;
        } else {
            self.duty_pages += 1;
            self.next_page_at = Some(touch.at + settings.duty_every());
            calls.push(Call { level: DUTY_MANAGER, round: self.duty_pages, user: None, channel: settings.duty_channel });
        }
        Round { emergency: self, calls }
    }
}

impl Link {
    fn call(&self) -> Call {
        Call { level: self.level, round: 1, user: Some(self.user), channel: self.channel }
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta, Utc};
    use kernel::id::{EmergencyId, TicketId};
    use uuid::Uuid;

    use super::*;
    use crate::emergency::model::Alarm;

    fn at(minute: i64) -> Touch {
        let start: DateTime<Utc> = "2026-03-02T15:00:00Z".parse().unwrap();
        Touch { by: Uuid::nil(), at: start + TimeDelta::minutes(minute) }
    }

    fn raised() -> Emergency {
        Emergency::raise(Alarm { id: EmergencyId::generate(), hazard_code: None, schedule_id: None }, TicketId::generate(), at(0))
    }

    fn chain(levels: &[i16]) -> Vec<Link> {
        let link = |level: &i16| Link { level: *level, user: Uuid::from_u128(1).into(), channel: NoticeChannel::Sms };
        levels.iter().map(link).collect()
    }

    /// The levels called with their rounds, the state, and in how many minutes the next are due.
    type Seen = (Vec<(i16, i16)>, EmergencyState, Option<i64>);

    fn round(emergency: &mut Emergency, levels: &[i16], minute: i64) -> Option<Seen> {
        let round = emergency.paged(&chain(levels), &OnCallSettings::default(), at(minute)).unwrap()?;
        *emergency = round.emergency;
        let calls = round.calls.iter().map(|call| (call.level, call.round)).collect();
        let next = emergency.next_page_at.map(|next| (next - at(minute).at).num_minutes());
        Some((calls, emergency.state, next))
    }

    #[test]
    fn one_level_is_paged_after_the_other_and_then_the_duty_manager_twelve_times() {
        use EmergencyState::{Exhausted, Paging};
        let mut one = raised();
        assert_eq!(round(&mut one, &[1, 3], 0), Some((vec![(1, 1)], Paging, Some(10))));
        assert_eq!(round(&mut one, &[1, 3], 9), None);
        assert_eq!(round(&mut one, &[1, 3], 10), Some((vec![(3, 1)], Paging, Some(10))));
        assert_eq!(round(&mut one, &[1, 3], 20), Some((vec![(0, 1)], Exhausted, Some(5))));
        for count in 2..=12 {
            let minute = 20 + 5 * (i64::from(count) - 1);
            assert_eq!(round(&mut one, &[1, 3], minute), Some((vec![(0, count)], Exhausted, Some(5))));
        }
        assert_eq!(round(&mut one, &[1, 3], 80), Some((vec![], Exhausted, None)));
        assert_eq!(round(&mut one, &[1, 3], 600), None);
    }

    #[test]
    fn with_nobody_on_call_the_duty_manager_is_paged_at_once() {
        assert_eq!(round(&mut raised(), &[], 0), Some((vec![(0, 1)], EmergencyState::Exhausted, Some(5))));
    }

    #[test]
    fn what_was_missed_is_made_up_for_in_one_round() {
        let mut one = raised();
        assert_eq!(round(&mut one, &[1, 2, 3, 4], 25), Some((vec![(1, 1), (2, 1), (3, 1)], EmergencyState::Paging, Some(10))));
        assert_eq!(round(&mut one, &[1, 2, 3, 4], 600), Some((vec![(4, 1), (0, 1)], EmergencyState::Exhausted, Some(5))));
        assert_eq!(round(&mut one, &[1, 2, 3, 4], 6_000), Some((vec![(0, 2)], EmergencyState::Exhausted, Some(5))));
    }

    #[test]
    fn nobody_is_paged_after_somebody_took_charge() {
        let mut one = raised().acknowledge(None, None, at(1)).unwrap();
        assert_eq!(round(&mut one, &[1], 60), None);
    }
}
