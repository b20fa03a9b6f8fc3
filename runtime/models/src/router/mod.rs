//! Asks the models of a call's routes in order, until one gives a reply that fits.
//!
//! For each route: what rules it out without a call (no file, no key, the budget), then the call, then the
//! type, then the call's own conditions, then one repair turn, then the next route.
//!
//! Kept true here: nothing is sent that the budget does not cover; what a prompt quotes never becomes part
//! of the instructions; every route that did not answer is reported with its reason.

mod attempt;
mod budget;
mod instructions;
mod request;

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use tokio::time::Instant;

use crate::gguf::{Gguf, GgufSettings};
use crate::openai::{OpenAi, OpenAiSettings};
use crate::reply::{Repair, ReplyReader};
use attempt::{Attempt, Tally};
use budget::Ledger;
pub use request::{Accept, Answered, ModelRequest};

/// A model that a route may name.
#[derive(Clone, Debug)]
pub enum Provider {
    /// A GGUF file, run in this process.
    Gguf(GgufSettings),
    /// An endpoint that is compatible with that of `OpenAI`.
    OpenAi(OpenAiSettings),
}

/// Asks models, and keeps what runs have spent on them.
#[derive(Debug)]
pub struct Router {
    models: BTreeMap<String, Model>,
    ledger: Ledger,
}

/// A model, ready to be asked.
#[derive(Debug)]
enum Model {
    Gguf(Gguf),
    OpenAi(Box<OpenAi>),
}

impl Router {
    /// Prepares the models, by the names that routes use. Nothing is loaded or connected yet, and what is
    /// wrong with one is told when it is asked.
    #[must_use]
    pub fn new(providers: BTreeMap<String, Provider>) -> Self {
        let models = providers
            .into_iter()
            .map(|(name, provider)| {
                let model = match provider {
                    Provider::Gguf(settings) => Model::Gguf(Gguf::new(settings)),
                    Provider::OpenAi(settings) => Model::OpenAi(Box::new(OpenAi::new(settings))),
                };
                (name, model)
            })
            .collect();
        Self {
            models,
            ledger: Ledger::default(),
        }
    }

    /// Counts what a run has spent on a declared model before, for example before a restart; in USD.
    pub fn charge(&self, run: &str, model: &str, amount: Decimal) {
        self.ledger.charge(run, model, amount);
    }

    /// What a run has spent on a declared model, calls under way at their largest; in USD.
    #[must_use]
    pub fn spent(&self, run: &str, model: &str) -> Decimal {
        self.ledger.spent(run, model)
    }

    /// Forgets what a run has spent. For a run that has ended.
    pub fn forget(&self, run: &str) {
        self.ledger.forget(run);
    }

    /// Asks. It always comes back: with a reply, or with the reason of every route. Dropping the future
    /// stops the work; what may have been spent by then stays counted.
    pub async fn ask(&self, request: ModelRequest) -> Answered {
        let until = request.deadline.map(|deadline| Instant::now() + deadline);
        let mut answered = Answered::default();
        let mut tally = Tally::default();
        let reader = ReplyReader::new(&request.schema);
        for route in &request.routes {
            let failure = match (&reader, self.models.get(&**route)) {
                (Err(cause), _) => Err(crate::exchange::Failure::lasting(format!(
                    "the type of the reply cannot be written as a JSON Schema: {cause}"
                ))),
                (_, None) => Err(crate::exchange::Failure::lasting(
                    "no model of this name is declared",
                )),
                (Ok(reader), Some(model)) => {
                    let attempt = Attempt {
                        request: &request,
                        reader,
                        model,
                        ledger: &self.ledger,
                        until,
                    };
                    attempt.make(&mut tally).await
                }
            };
            match failure {
                Ok(reply) => {
                    tracing::debug!(model = %request.model, %route, "answered");
                    answered.reply = Some(reply.value);
                    answered.repairs = reply.repairs.iter().map(Repair::to_string).collect();
                    answered.answered_by = Some(route.to_string());
                    break;
                }
                Err(failure) => {
                    tracing::debug!(model = %request.model, %route, reason = %failure.reason, "passed over");
                    answered.transient |= failure.transient;
                    answered
                        .passed_over
                        .push((route.to_string(), failure.reason));
                }
            }
        }
        answered.tokens = tally.tokens;
        answered.cost_usd = tally.cost;
        answered
    }
}
