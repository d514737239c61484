//! A saved view and the query string that it stands for. Pure.

use kernel::Fault;
use kernel::id::{SavedViewId, UserId};
use kernel::words;
use platform::stamp::Stamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

words! {
    /// Whom a view is for.
    pub enum Sharing {
        /// Its owner alone.
        Private = "private",
        /// Its owner and a group.
        Group = "group",
        /// Everybody of the desk.
        Everyone = "everyone",
    }
}

/// One condition, as `filter[field][op]=value` of the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ViewFilter {
    #[schema(min_length = 1, max_length = 60, example = "status")]
    pub(crate) field: String,
    /// `eq`, `ne`, `in`, `nin`, `lt`, `lte`, `gt`, `gte`, `exists` or `contains`; `eq` when absent.
    #[schema(min_length = 2, max_length = 8, example = "in")]
    pub(crate) op: Option<String>,
    /// As in a query string; several values are separated by commas.
    #[schema(min_length = 1, max_length = 4000, example = "new,open")]
    pub(crate) value: String,
}

/// What a view asks the list for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Asked {
    pub(crate) search: Option<String>,
    pub(crate) filters: Vec<ViewFilter>,
    pub(crate) sort: Option<String>,
    pub(crate) columns: Vec<String>,
}

/// A saved view.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SavedView {
    pub(crate) id: SavedViewId,
    pub(crate) stamp: Stamp,
    pub(crate) owner_id: UserId,
    pub(crate) name: String,
    pub(crate) sharing: Sharing,
    pub(crate) group_id: Option<Uuid>,
    pub(crate) asked: Asked,
}

impl SavedView {
    /// Demands that a view for a group names it, and that no other does.
    ///
    /// # Errors
    /// 422 at `/group_id`.
    pub(crate) fn checked(self) -> Result<Self, Fault> {
        match (self.sharing, self.group_id) {
            (Sharing::Group, None) => Err(Fault::field("/group_id", "required", "Name the group that the view is for.")),
            (Sharing::Private | Sharing::Everyone, Some(_)) => {
                Err(Fault::field("/group_id", "not_shared", "Only a view for a group names one."))
            }
            _ => Ok(self),
        }
    }
}

impl Asked {
    /// The parameters of the list, in the list's own words.
    pub(crate) fn parameters(&self) -> Vec<(String, String)> {
        let condition = |filter: &ViewFilter| {
            let op = filter.op.as_deref().filter(|op| *op != "eq").map(|op| format!("[{op}]")).unwrap_or_default();
            (format!("filter[{}]{op}", filter.field), filter.value.clone())
        };
        let mut parameters: Vec<(String, String)> = self.filters.iter().map(condition).collect();
        parameters.extend(self.search.clone().map(|text| ("q".to_owned(), text)));
        parameters.extend(self.sort.clone().map(|sort| ("sort".to_owned(), sort)));
        if !self.columns.is_empty() {
            parameters.push(("fields".to_owned(), self.columns.join(",")));
        }
        parameters
    }

    /// The query string of one page: what the request asks for itself counts instead of what the view says, and its filters
    /// narrow the view's.
    pub(crate) fn query(&self, request: &[(String, String)]) -> String {
        let own = self.parameters();
        let replaced = |name: &str| matches!(name, "sort" | "fields") && request.iter().any(|(asked, _)| asked == name);
        let kept = own.iter().filter(|(name, _)| !replaced(name));
        let all: Vec<String> = kept.chain(request).map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        all.join("&")
    }
}

/// Percent-encodes what stands in a query string.
fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => encoded.push(char::from(byte)),
            _ => encoded.push_str(&format!("%{byte:02X}")),
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked() -> Asked {
        let filter = |field: &str, op: Option<&str>, value: &str| ViewFilter {
            field: field.to_owned(),
            op: op.map(str::to_owned),
            value: value.to_owned(),
        };
        let filters = vec![filter("status", Some("in"), "new,open"), filter("open", Some("eq"), "true")];
        Asked { search: Some("lift & more".to_owned()), filters, sort: Some("-due_at".to_owned()), columns: vec!["id".to_owned()] }
    }

    #[test]
    fn a_view_is_a_query_string_of_the_list() {
        let query = asked().query(&[]);
        assert_eq!(query, "filter%5Bstatus%5D%5Bin%5D=new%2Copen&filter%5Bopen%5D=true&q=lift%20%26%20more&sort=-due_at&fields=id");
    }

    #[test]
    fn the_request_chooses_order_and_columns_and_only_narrows_the_rest() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let query = asked().query(&[pair("sort", "id"), pair("limit", "2"), pair("filter[open]", "false")]);
        assert!(query.ends_with("&sort=id&limit=2&filter%5Bopen%5D=false") && !query.contains("-due_at"), "{query}");
        assert_eq!(query.matches("filter%5Bopen%5D").count(), 2, "the list refuses the repetition: {query}");
    }
}
