//! Lists of ids and texts in JSON columns.

use sea_orm::entity::prelude::Json;
use serde_json::Value;
use uuid::Uuid;

/// Texts as a JSON array.
pub(crate) fn texts(list: &[String]) -> Json {
    Value::Array(list.iter().cloned().map(Value::String).collect())
}

/// The texts of a JSON array.
pub(crate) fn read_texts(column: &Json) -> Vec<String> {
    column.as_array().map(|items| items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()).unwrap_or_default()
}

/// Ids as a JSON array, or null.
pub(crate) fn ids(list: Option<&Vec<Uuid>>) -> Option<Json> {
    list.map(|ids| Value::Array(ids.iter().map(|id| Value::String(id.to_string())).collect()))
}

/// The ids of a JSON array; a null is no list, and what is no id is dropped, so that damage narrows access.
pub(crate) fn read_ids(column: Option<&Json>) -> Option<Vec<Uuid>> {
    let items = column.filter(|json| !json.is_null())?.as_array().cloned().unwrap_or_default();
    Some(items.iter().filter_map(|item| item.as_str().and_then(|text| Uuid::try_parse(text).ok())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn absent_means_all_and_damage_means_nothing() {
        assert_eq!(read_ids(None), None);
        assert_eq!(read_ids(Some(&Value::Null)), None);
        assert_eq!(read_ids(Some(&Value::from("broken"))), Some(vec![]));
        let id = kernel::id::new_uuid();
        assert_eq!(read_ids(ids(Some(&vec![id])).as_ref()), Some(vec![id]));
    }
}
