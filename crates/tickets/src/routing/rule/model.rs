//! A routing rule: which tickets it is for, and who gets them.

use std::collections::BTreeMap;

use kernel::id::{AccountId, BranchId, GroupId, RoutingRuleId, SiteId};
use platform::stamp::Stamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::agent::model::RequiredSkill;
use crate::ticket::model::Ticket;
use crate::vocabulary::{Channel, Direction, Priority, RequesterKind, TicketType};

/// Which tickets a rule is for: those that meet every condition. An absent condition is met by all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleConditions {
    #[schema(min_items = 1, max_items = 20)]
    pub types: Option<Vec<TicketType>>,
    #[schema(min_items = 1, max_items = 3)]
    pub requester_kinds: Option<Vec<RequesterKind>>,
    #[schema(min_items = 1, max_items = 4)]
    pub priorities: Option<Vec<Priority>>,
    #[schema(min_items = 1, max_items = 4)]
    pub severities: Option<Vec<i32>>,
    #[schema(min_items = 1, max_items = 8)]
    pub channels: Option<Vec<Channel>>,
    #[schema(min_items = 1, max_items = 2)]
    pub directions: Option<Vec<Direction>>,
    #[schema(min_items = 1, max_items = 500)]
    pub account_ids: Option<Vec<AccountId>>,
    #[schema(min_items = 1, max_items = 500)]
    pub site_ids: Option<Vec<SiteId>>,
    #[schema(min_items = 1, max_items = 500)]
    pub branch_ids: Option<Vec<BranchId>>,
    /// `es` is also met by `es-MX`.
    #[schema(min_items = 1, max_items = 50)]
    pub languages: Option<Vec<String>>,
    /// At least one of these.
    #[schema(min_items = 1, max_items = 50)]
    pub any_tags: Option<Vec<String>>,
    /// Every one of these.
    #[schema(min_items = 1, max_items = 50)]
    pub all_tags: Option<Vec<String>>,
    /// None of these.
    #[schema(min_items = 1, max_items = 50)]
    pub no_tags: Option<Vec<String>>,
    /// At least one of these stands in the subject, whatever the case.
    #[schema(min_items = 1, max_items = 50)]
    pub subject_contains: Option<Vec<String>>,
    /// The organisation's own fields have these values.
    pub custom: Option<BTreeMap<String, String>>,
}

/// True when there is no list, or `value` is in it.
fn among<T: PartialEq>(list: Option<&Vec<T>>, value: Option<&T>) -> bool {
    list.is_none_or(|list| value.is_some_and(|value| list.contains(value)))
}

fn speaks(language: &str, wanted: &str) -> bool {
    let (language, wanted) = (language.to_lowercase(), wanted.to_lowercase());
    language == wanted || language.strip_prefix(&wanted).is_some_and(|rest| rest.starts_with(['-', '_']))
}

impl RuleConditions {
    /// True when a ticket meets them all.
    pub(crate) fn cover(&self, ticket: &Ticket) -> bool {
        among(self.types.as_ref(), Some(&ticket.kind))
            && among(self.requester_kinds.as_ref(), Some(&ticket.requester.kind))
            && among(self.priorities.as_ref(), Some(&ticket.priority))
            && among(self.severities.as_ref(), ticket.severity.as_ref())
            && among(self.channels.as_ref(), Some(&ticket.channel))
            && among(self.directions.as_ref(), Some(&ticket.direction))
            && among(self.account_ids.as_ref(), ticket.account_id.as_ref())
            && among(self.site_ids.as_ref(), ticket.site_id.as_ref())
            && among(self.branch_ids.as_ref(), ticket.branch_id.as_ref())
            && self.cover_words(ticket)
    }

    fn cover_words(&self, ticket: &Ticket) -> bool {
        let tagged = |tag: &String| ticket.tags.contains(tag);
        let spoken = |wanted: &String| ticket.language.as_deref().is_some_and(|language| speaks(language, wanted));
        let subject = ticket.subject.to_lowercase();
        self.languages.as_ref().is_none_or(|list| list.iter().any(spoken))
            && self.any_tags.as_ref().is_none_or(|list| list.iter().any(tagged))
            && self.all_tags.as_ref().is_none_or(|list| list.iter().all(tagged))
            && self.no_tags.as_ref().is_none_or(|list| !list.iter().any(tagged))
            && self.subject_contains.as_ref().is_none_or(|list| list.iter().any(|word| subject.contains(&word.to_lowercase())))
            && self.custom.as_ref().is_none_or(|fields| fields.iter().all(|(name, value)| ticket.custom.get(name) == Some(value)))
    }
}

/// Who gets the tickets that meet the conditions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoutingRule {
    pub id: RoutingRuleId,
    pub stamp: Stamp,
    pub name: String,
    pub conditions: RuleConditions,
    pub group_id: GroupId,
    /// What it takes to work on them.
    pub required_skills: Vec<RequiredSkill>,
    pub active: bool,
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::routing::engine::samples::ticket;

    #[test]
    fn a_rule_is_for_tickets_that_meet_every_condition() {
        let mut ticket = ticket();
        ticket.tags = vec!["vip".to_owned(), "drums".to_owned()];
        ticket.language = Some("es-MX".to_owned());
        ticket.subject = "Missed Pickup".to_owned();
        ticket.severity = Some(2);
        ticket.custom = [("region".to_owned(), "north".to_owned())].into();
        for (conditions, covered) in [
            (json!({}), true),
            (json!({"types": ["general"], "channels": ["api"], "requester_kinds": ["customer"]}), true),
            (json!({"types": ["freight"]}), false),
            (json!({"priorities": ["normal"], "severities": [1, 2], "directions": ["inbound"]}), true),
            (json!({"severities": [3]}), false),
            (json!({"account_ids": [uuid::Uuid::nil()]}), false),
            (json!({"languages": ["es"]}), true),
            (json!({"languages": ["e", "en"]}), false),
            (json!({"any_tags": ["vip", "other"], "all_tags": ["vip", "drums"], "no_tags": ["spam"]}), true),
            (json!({"all_tags": ["vip", "other"]}), false),
            (json!({"no_tags": ["drums"]}), false),
            (json!({"subject_contains": ["PICKUP"]}), true),
            (json!({"subject_contains": ["invoice"]}), false),
            (json!({"custom": {"region": "north"}}), true),
            (json!({"custom": {"region": "south"}}), false),
        ] {
            let read = |value: &Value| serde_json::from_value::<RuleConditions>(value.clone()).unwrap();
            assert_eq!(read(&conditions).cover(&ticket), covered, "{conditions}");
        }
    }
}
