//! Orders over HTTP, on SQLite or, with `LIAISON_TEST_POSTGRES`, on PostgreSQL.

mod amounts;
mod billing;
mod charges;
mod life;
mod making;
mod scene;
