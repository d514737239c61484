//! An item of the catalogue and what may change about it.
//!
//! The base unit never changes: stored prices are per unit. Nothing here reads a database.

use kernel::Fault;
use kernel::id::ItemId;
use platform::stamp::{Stamp, Touch};
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use crate::engine::item::{ChargeGroup, Conversion, Item, check_conversions};

/// An item with its row's stamp.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CatalogItem {
    pub item: Item,
    /// Inactive items keep their prices and are left out of new quotes.
    pub active: bool,
    pub external_ref: Option<String>,
    pub stamp: Stamp,
}

/// A new item, or the whole of an existing one when sent to its external reference.
#[derive(Clone, Debug, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateItem {
    /// Unique; what people and files call the item.
    #[schema(min_length = 1, max_length = 64, pattern = r"^[A-Za-z0-9][A-Za-z0-9._/+-]*$", example = "DRUM55")]
    pub code: String,
    #[schema(min_length = 1, max_length = 200)]
    pub name: String,
    #[schema(min_length = 1, max_length = 64, example = "waste")]
    pub service_line: String,
    /// Segments joined by `/`, the widest first.
    #[schema(max_length = 200, example = "disposal/drums")]
    #[serde(default)]
    pub category: String,
    pub charge_group: ChargeGroup,
    #[schema(min_length = 1, max_length = 24, example = "each")]
    pub base_uom: String,
    #[schema(max_items = 50)]
    #[serde(default)]
    pub conversions: Vec<Conversion>,
    #[schema(min_length = 1, max_length = 128)]
    pub external_ref: Option<String>,
}

/// Changes to an item; absent members stay.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AmendItem {
    #[schema(min_length = 1, max_length = 200)]
    pub name: Option<String>,
    #[schema(min_length = 1, max_length = 64)]
    pub service_line: Option<String>,
    #[schema(max_length = 200)]
    pub category: Option<String>,
    pub charge_group: Option<ChargeGroup>,
    #[schema(max_items = 50)]
    pub conversions: Option<Vec<Conversion>>,
    pub active: Option<bool>,
    #[serde(default, deserialize_with = "platform::patch::present")]
    #[schema(min_length = 1, max_length = 128)]
    pub external_ref: Option<Option<String>>,
}

impl CatalogItem {
    /// A new item.
    ///
    /// # Errors
    /// `invalid_category`, `invalid_conversion`, `duplicate_uom`.
    pub fn create(command: &CreateItem, touch: Touch) -> Result<Self, Fault> {
        let item = Item {
            id: ItemId::generate(),
            code: command.code.clone(),
            name: command.name.clone(),
            service_line: command.service_line.clone(),
            category: command.category.clone(),
            charge_group: command.charge_group,
            base_uom: command.base_uom.clone(),
            conversions: command.conversions.clone(),
        };
        check(&item)?;
        Ok(Self { item, active: true, external_ref: command.external_ref.clone(), stamp: Stamp::new(touch) })
    }

    /// Changes what `command` names.
    ///
    /// # Errors
    /// As [`CatalogItem::create`].
    pub fn amend(mut self, command: &AmendItem, touch: Touch) -> Result<Self, Fault> {
        let item = &mut self.item;
        let set = |field: &mut String, value: &Option<String>| {
            if let Some(value) = value {
                field.clone_from(value);
            }
        };
        set(&mut item.name, &command.name);
        set(&mut item.service_line, &command.service_line);
        set(&mut item.category, &command.category);
        item.charge_group = command.charge_group.unwrap_or(item.charge_group);
        if let Some(conversions) = &command.conversions {
            item.conversions.clone_from(conversions);
        }
        check(item)?;
        self.active = command.active.unwrap_or(self.active);
        if let Some(external_ref) = &command.external_ref {
            self.external_ref.clone_from(external_ref);
        }
        self.stamp = self.stamp.touched(touch);
        Ok(self)
    }

    /// Makes the item what `command` says, as an upsert does.
    ///
    /// # Errors
    /// `code_fixed`, `base_uom_fixed`, and those of [`CatalogItem::create`].
    pub fn replace(mut self, command: &CreateItem, touch: Touch) -> Result<Self, Fault> {
        if command.code != self.item.code {
            return Err(Fault::field("/code", "code_fixed", "The code cannot change: contracts and files name the item by it."));
        }
        if command.base_uom != self.item.base_uom {
            return Err(Fault::field("/base_uom", "base_uom_fixed", "The base unit cannot change: prices are per unit."));
        }
        let fresh = Self::create(command, touch)?;
        self.item = Item { id: self.item.id, ..fresh.item };
        self.active = true;
        self.stamp = self.stamp.touched(touch);
        Ok(self)
    }
}

fn check(item: &Item) -> Result<(), Fault> {
    if !item.category.is_empty() && item.category.split('/').any(|segment| segment.trim().is_empty()) {
        return Err(Fault::field("/category", "invalid_category", "A category is segments joined by single slashes."));
    }
    check_conversions(&item.base_uom, &item.conversions)
}
