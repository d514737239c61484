//! What callers send and receive about saved views.

use chrono::{DateTime, Utc};
use kernel::id::{SavedViewId, UserId};
use platform::patch::present;
use platform::stamp::{Stamp, Touch};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use super::model::{Asked, SavedView, Sharing, ViewFilter};

/// Names one saved view.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Path)]
pub(super) struct ViewPath {
    /// The saved view.
    pub(super) view_id: SavedViewId,
}

/// A view to be saved. Filters, sort and columns are those of the list of tickets.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateSavedView {
    #[schema(min_length = 1, max_length = 100, example = "Due today")]
    name: String,
    /// `private` when absent.
    sharing: Option<Sharing>,
    /// Needed for sharing with a group.
    group_id: Option<Uuid>,
    /// Words to search for.
    #[schema(min_length = 1, max_length = 200)]
    q: Option<String>,
    #[serde(default)]
    #[schema(max_items = 30)]
    filters: Vec<ViewFilter>,
    #[schema(min_length = 1, max_length = 200, example = "due_at")]
    sort: Option<String>,
    /// Members of a ticket; all when empty.
    #[serde(default)]
    #[schema(max_items = 60)]
    columns: Vec<String>,
}

impl CreateSavedView {
    pub(super) fn view(self, touch: Touch) -> SavedView {
        let Self { name, sharing, group_id, q, filters, sort, columns } = self;
        SavedView {
            id: SavedViewId::generate(),
            stamp: Stamp::new(touch),
            owner_id: touch.by.into(),
            name,
            sharing: sharing.unwrap_or(Sharing::Private),
            group_id,
            asked: Asked { search: q, filters, sort, columns },
        }
    }
}

/// Changes of a view (RFC 7396): absent keeps, null clears.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct PatchSavedView {
    #[schema(min_length = 1, max_length = 100)]
    name: Option<String>,
    sharing: Option<Sharing>,
    #[serde(default, deserialize_with = "present")]
    group_id: Option<Option<Uuid>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(min_length = 1, max_length = 200)]
    q: Option<Option<String>>,
    #[schema(max_items = 30)]
    filters: Option<Vec<ViewFilter>>,
    #[serde(default, deserialize_with = "present")]
    #[schema(min_length = 1, max_length = 200)]
    sort: Option<Option<String>>,
    #[schema(max_items = 60)]
    columns: Option<Vec<String>>,
}

impl PatchSavedView {
    pub(super) fn apply(self, view: SavedView, touch: Touch) -> SavedView {
        SavedView {
            stamp: view.stamp.touched(touch),
            name: self.name.unwrap_or(view.name),
            sharing: self.sharing.unwrap_or(view.sharing),
            group_id: self.group_id.unwrap_or(view.group_id),
            asked: Asked {
                search: self.q.unwrap_or(view.asked.search),
                filters: self.filters.unwrap_or(view.asked.filters),
                sort: self.sort.unwrap_or(view.asked.sort),
                columns: self.columns.unwrap_or(view.asked.columns),
            },
            ..view
        }
    }
}

/// A saved view.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct SavedViewView {
    id: SavedViewId,
    version: i64,
    owner_id: UserId,
    #[schema(max_length = 100)]
    name: String,
    sharing: Sharing,
    group_id: Option<Uuid>,
    #[schema(max_length = 200)]
    q: Option<String>,
    #[schema(max_items = 30)]
    filters: Vec<ViewFilter>,
    #[schema(max_length = 200)]
    sort: Option<String>,
    #[schema(max_items = 60)]
    columns: Vec<String>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

impl From<&SavedView> for SavedViewView {
    fn from(view: &SavedView) -> Self {
        let Asked { search, filters, sort, columns } = view.asked.clone();
        Self {
            id: view.id,
            version: view.stamp.version,
            owner_id: view.owner_id,
            name: view.name.clone(),
            sharing: view.sharing,
            group_id: view.group_id,
            q: search,
            filters,
            sort,
            columns,
            created_at: view.stamp.created_at,
            updated_at: view.stamp.updated_at,
        }
    }
}
