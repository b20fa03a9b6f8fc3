//! What people do with runs: approve, refuse, fill in, pause, let go on, end, decide, run again, leave out.
//!
//! Kept true here: one process carries the runs of a store on, and whoever asks something of them asks
//! that process, through the door beside the store or over the network; so an answer is taken while a daemon
//! runs, and while none does. Both ask in the same words. Who asked stands in the journal.

mod door;
mod flight;
mod people;
mod waits;

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use sophia_diagnostics::Problem;
use sophia_engine::{Act, Answer, Decision, Engine, RunId};
use sophia_plan::Value;

pub use door::{Door, listen, place};
pub use flight::Flight;
pub use people::Members;
pub use waits::waits;

/// Something that a person does with a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// The run, by its name or the beginning of it.
    pub run: String,
    /// Who, by address.
    pub by: Arc<str>,
    /// What.
    pub what: What,
}

/// What a person does with a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// Says yes to a question.
    Approve {
        /// The step that asks, where several do.
        step: Option<String>,
        /// What is said besides.
        comment: Option<Arc<str>>,
    },
    /// Says no to a question.
    Refuse {
        /// The step that asks, where several do.
        step: Option<String>,
        /// What is said besides.
        comment: Option<Arc<str>>,
    },
    /// Fills in a form.
    Fill {
        /// The step that asks, where several do.
        step: Option<String>,
        /// The form as a JSON object.
        form: serde_json::Value,
    },
    /// Ends it.
    Cancel,
    /// Holds it: nothing new starts.
    Pause,
    /// Lets it go on after a pause.
    Resume,
    /// Says what becomes of an effect of which nobody knows whether it happened.
    Decide {
        /// The step.
        step: Arc<str>,
        /// What.
        decision: Decision,
    },
    /// Has what failed run again, or a step with everything that rests on it.
    Retry {
        /// The step, or the item, where one is named.
        from: Option<Arc<str>>,
        /// Finished effects that are done a second time.
        again: Vec<Arc<str>>,
        /// Why.
        because: Option<Arc<str>>,
    },
    /// Has a value stand in for what a step would have come to.
    Skip {
        /// The step.
        step: Arc<str>,
        /// The value, of the step's type.
        value: serde_json::Value,
        /// Why.
        because: Option<Arc<str>>,
    },
}

/// Whoever carries the runs of a store on.
#[async_trait]
pub trait Desk: Send + Sync {
    /// Does what a person asks for. Durable when it returns. Gives the run's full name.
    ///
    /// # Errors
    /// When there is no such run, it does not wait for this, or the person was not asked.
    async fn take(&self, request: Request) -> Result<RunId, Problem>;
}

#[async_trait]
impl Desk for Engine {
    async fn take(&self, request: Request) -> Result<RunId, Problem> {
        let Request { run, by, what } = request;
        let run = self.run(&run).await?.summary.run;
        match what {
            What::Approve { step, comment } => {
                let answer = Answer::Approved { comment };
                self.answer(&run, step.as_deref(), &by, answer).await?;
            }
            What::Refuse { step, comment } => {
                let answer = Answer::Refused { comment };
                self.answer(&run, step.as_deref(), &by, answer).await?;
            }
            What::Fill { step, form } => {
                let form = Value::Json(form.to_string().into());
                let answer = Answer::Filled { form };
                self.answer(&run, step.as_deref(), &by, answer).await?;
            }
            What::Cancel => self.act(&run, &by, Act::Cancels).await?,
            What::Pause => self.act(&run, &by, Act::Pauses).await?,
            What::Resume => self.act(&run, &by, Act::GoesOn).await?,
            What::Decide {
                step: key,
                decision,
            } => self.act(&run, &by, Act::Decides { key, decision }).await?,
            What::Retry {
                from,
                again,
                because,
            } => {
                let act = Act::Retries {
                    from,
                    again,
                    because,
                };
                self.act(&run, &by, act).await?;
            }
            What::Skip {
                step: key,
                value,
                because,
            } => {
                let act = Act::Skips {
                    key,
                    value: Value::Json(value.to_string().into()),
                    because,
                };
                self.act(&run, &by, act).await?;
            }
        }
        Ok(run)
    }
}
