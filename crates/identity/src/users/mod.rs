//! Users: people who sign in, with roles and the rows they may see.
//!
//! Only administrators manage users. Nobody gives a user more than they hold themselves, nobody acts on a user who holds
//! more, and an active administrator always remains. A change of rights ends the user's access tokens within a minute.

pub mod entity;
mod http;
pub mod me;
pub mod model;
mod ops;
pub(crate) mod store;
#[cfg(test)]
mod tests;
mod upsert;

use platform::operation::Operations;
use platform::operations;

pub(crate) use http::UserView;
use http::{
    __path_create, __path_disable, __path_enable, __path_fetch, __path_list, __path_patch, __path_set_password, create, disable, enable,
    fetch, list, patch, set_password,
};
use upsert::{__path_upsert, upsert};

pub(crate) use ops::{Creation, NewUser, create as create_user, name as display_name};

pub(super) fn operations() -> Operations {
    operations!["users"; create, list, fetch, patch, disable, enable, set_password, upsert].and(me::operations())
}
