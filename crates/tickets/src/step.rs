//! A step of something that hangs together with a ticket or with what is promised about it: both are held, the version that the caller
//! saw is checked, the step is taken, all is written, and the caller is shown how it stands then.

use platform::caller::{Caller, Permission};
use platform::db::Tx;
use platform::etag::IfMatch;
use platform::problem::Problem;
use platform::reply::Reply;
use platform::scope::RowScope;

use crate::Tickets;
use crate::rulebook::Rules;

/// What a step is called: the command, and the event.
pub(crate) type Names = (&'static str, &'static str);

/// Something stored, with all that changes together with it, while a command works on it.
pub(crate) trait Held: Sized {
    type Id: Copy;

    /// Reads and holds it.
    ///
    /// # Errors
    /// 404 when there is none inside `scope`.
    async fn resume(tx: &Tx, rules: &Rules, scope: &RowScope, id: Self::Id) -> Result<Self, Problem>;

    fn version(&self) -> i64;

    /// Writes it with what hangs on it, and tells of it.
    ///
    /// # Errors
    /// 412 when it has changed since it was read.
    async fn write(&mut self, tx: &Tx, event: &'static str) -> Result<(), Problem>;

    /// As a caller of this scope sees it now.
    ///
    /// # Errors
    /// 500 when it cannot be written down.
    fn answer(&self, tx: &Tx, scope: &RowScope) -> Result<Reply, Problem>;

    /// Takes a step by command of a caller, who names no version when it does not matter who was first.
    ///
    /// # Errors
    /// Those of the step; 404; 412 when another version than the expected one is stored.
    async fn take<P: Permission>(
        app: &Tickets,
        caller: &Caller<P>,
        (id, expected): (Self::Id, Option<IfMatch>),
        (command, event): Names,
        step: impl AsyncFn(&mut Self, &Tx) -> Result<(), Problem>,
    ) -> Result<Reply, Problem> {
        app.db
            .command(caller, command, async |tx| {
                let mut held = Self::resume(tx, &app.rules, caller.scope(), id).await?;
                if let Some(expected) = &expected {
                    expected.check(held.version())?;
                }
                step(&mut held, tx).await?;
                held.write(tx, event).await?;
                held.answer(tx, caller.scope())
            })
            .await
    }
}
