//! What expressions may ask while they are evaluated: the instant, the playbook's zone, and inside a
//! step predictions of a pinned version.

use sophia_diagnostics::{Problem, codes};
use sophia_engine::StepCall;
use sophia_plan::{Host, Record, Value};

/// Who makes predictions.
pub trait PredictorSource: Send + Sync {
    /// One prediction by the pinned version.
    ///
    /// # Errors
    /// When the version cannot be read, or the features do not fit it.
    fn predict(&self, predictor: &str, pinned: &Value, features: &Record)
    -> Result<Value, Problem>;
}

/// The host of one step.
pub struct StepHost<'a> {
    now: jiff::Timestamp,
    zone: jiff::tz::TimeZone,
    predictors: &'a dyn PredictorSource,
}

impl<'a> StepHost<'a> {
    /// The host for a call.
    #[must_use]
    pub fn new(call: &StepCall, predictors: &'a dyn PredictorSource) -> Self {
        Self {
            now: call.now,
            zone: zone(&call.plan.zone),
            predictors,
        }
    }
}

/// The zone of an IANA name; the checker has let only real ones through, so an unknown one is UTC.
#[must_use]
pub fn zone(name: &str) -> jiff::tz::TimeZone {
    jiff::tz::TimeZone::get(name).unwrap_or(jiff::tz::TimeZone::UTC)
}

impl Host for StepHost<'_> {
    fn now(&self) -> jiff::Timestamp {
        self.now
    }

    fn zone(&self) -> jiff::tz::TimeZone {
        self.zone.clone()
    }

    fn predict(
        &self,
        predictor: &str,
        pinned: &Value,
        features: &Record,
    ) -> Result<Value, Problem> {
        self.predictors.predict(predictor, pinned, features)
    }
}

/// A host with a clock and nothing else, for expressions in which predictions do not stand.
pub(crate) struct ClockHost {
    pub(crate) now: jiff::Timestamp,
    pub(crate) zone: jiff::tz::TimeZone,
    /// Where the expressions stand, in words.
    pub(crate) place: &'static str,
}

impl Host for ClockHost {
    fn now(&self) -> jiff::Timestamp {
        self.now
    }

    fn zone(&self) -> jiff::tz::TimeZone {
        self.zone.clone()
    }

    fn predict(&self, predictor: &str, _: &Value, _: &Record) -> Result<Value, Problem> {
        let message = format!("`{predictor}` cannot be asked {}.", self.place);
        Err(Problem::new(codes::S949, message))
    }
}
