//! On-call schedules: expansion by itself and through the API.

mod expansion;
mod schedules;
