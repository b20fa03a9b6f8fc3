//! What is asked of the router, and what comes back.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rust_decimal::Decimal;
use serde_json::Value;

/// Says whether a reply of the right JSON Schema is also of the declared type and keeps the call's own
/// conditions; if not, why, in words that a model can act on.
pub type Accept = Arc<dyn Fn(&Value) -> Result<(), String> + Send + Sync>;

/// One call of a declared model.
#[derive(Clone)]
pub struct ModelRequest {
    /// The declared model's name; its budget per run is counted under it.
    pub model: Arc<str>,
    /// The models to ask, in order.
    pub routes: Vec<Arc<str>>,
    /// The prompt as it is sent.
    pub prompt: String,
    /// The JSON Schema of the reply.
    pub schema: Value,
    /// The name of the reply's type.
    pub schema_name: String,
    /// How freely to choose words, from 0; nothing leaves it to the model.
    pub temperature: Option<f64>,
    /// The most that this call may cost, all its attempts together, in USD.
    pub budget_per_call: Option<Decimal>,
    /// The most that all calls of this model in the run may cost, in USD.
    pub budget_per_run: Option<Decimal>,
    /// The run.
    pub run: Arc<str>,
    /// The time that all attempts together may take.
    pub deadline: Option<Duration>,
    /// The last check of a reply.
    pub accept: Accept,
}

/// The prompt may hold what is confidential, so it is not shown.
impl fmt::Debug for ModelRequest {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ModelRequest")
            .field("model", &self.model)
            .field("routes", &self.routes)
            .field("run", &self.run)
            .finish_non_exhaustive()
    }
}

/// What came of a call.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(
    clippy::struct_field_names,
    reason = "the run's report says it in the same words"
)]
pub struct Answered {
    /// The reply, of the schema that was asked for.
    pub reply: Option<Value>,
    /// The route that gave it.
    pub answered_by: Option<String>,
    /// Every route that was tried and gave no reply that fits, in order, with the reason in words.
    pub passed_over: Vec<(String, String)>,
    /// The liberties that the reply's text took with JSON, in words.
    pub repairs: Vec<String>,
    /// Tokens in and out, of all attempts whose server counted them.
    pub tokens: Option<(u64, u64)>,
    /// What all attempts cost in USD. An attempt whose outcome nobody knows counts at its largest.
    pub cost_usd: Decimal,
    /// Without a reply: whether at least one route may answer later.
    pub transient: bool,
}
