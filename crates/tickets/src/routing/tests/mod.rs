//! Who works at the desk and who gets what, through the API.

mod absences;
mod people;
mod routes;
pub(super) mod staff;
