//! How far a trigger is that looks at something again and again.
//!
//! Kept true here: each look that is remembered has a number of its own, and what it saw stands in the record that
//! begins its run; so it leads to one run, across restarts.

use std::sync::Arc;

use jiff::Timestamp;
use sophia_diagnostics::Problem;
use sophia_engine::{Cursor, Delivery, Engine, SeenRow};

/// How far a trigger is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Looks(i64);

impl Looks {
    /// How far the store says that it is; nothing where it is new.
    pub(super) async fn known(engine: &Engine, trigger: &str) -> Result<Option<Self>, Problem> {
        let instant = engine.trigger_cursor(trigger).await?;
        Ok(instant.map(|instant| Self(instant.as_microsecond())))
    }

    /// A trigger that is new begins with what it sees: that starts nothing.
    pub(super) async fn begin(
        engine: &Engine,
        trigger: &Arc<str>,
        rows: Vec<SeenRow>,
    ) -> Result<Self, Problem> {
        let first = Self(1);
        first.pass(engine, trigger, rows).await?;
        Ok(first)
    }

    /// What this look saw is durable, and starts nothing.
    pub(super) async fn pass(
        self,
        engine: &Engine,
        trigger: &Arc<str>,
        rows: Vec<SeenRow>,
    ) -> Result<(), Problem> {
        engine.pass(self.cursor(trigger, rows)).await
    }

    /// The next look that is remembered.
    pub(super) fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// What starts the run of this look once, with what it saw.
    pub(super) fn delivery(self, trigger: &Arc<str>, rows: Vec<SeenRow>) -> Delivery {
        Delivery {
            key: format!("{trigger} / {}", self.0).into(),
            cursor: Some(self.cursor(trigger, rows)),
        }
    }

    fn cursor(self, trigger: &Arc<str>, rows: Vec<SeenRow>) -> Cursor {
        Cursor {
            trigger: trigger.clone(),
            // The number as a cursor keeps it: in microseconds.
            instant: Timestamp::from_microsecond(self.0).unwrap_or(Timestamp::MAX),
            rows,
        }
    }
}
