//! Background work that can be stepped.

use async_trait::async_trait;

use crate::problem::Problem;

/// What one step did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Idle,
    Worked(u64),
}

/// One kind of background work.
#[async_trait(?Send)]
pub trait Worker: Send + Sync {
    fn name(&self) -> &'static str;

    /// Does what is due now, once.
    ///
    /// # Errors
    /// Those of the work; the runner tries again later.
    async fn step(&self) -> Result<Outcome, Problem>;
}
