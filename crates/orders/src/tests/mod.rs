//! Cases over HTTP, on SQLite or, with `LIAISON_TEST_POSTGRES`, on PostgreSQL. Each file names the part it tries.

mod aging;
mod bill_runs;
mod credits;
mod invoices;
mod payments;
mod plans;
mod walk;
mod world;
