//! Who works at the desk and who gets what, through the API.

mod people;
pub(super) mod staff;
