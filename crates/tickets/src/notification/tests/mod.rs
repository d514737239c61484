//! Word that is left for people, through the API.

mod letters;
mod readers;
