//! Waiting: for time to pass, for an instant, for something to come in, for the first of several.

use std::sync::Arc;

use sophia_plan::Value;

use super::machine::Machine;
use super::state::Place;

impl Machine<'_> {
    pub(super) fn begin_wait(&mut self, place: Place) {
        self.not_there(place);
    }

    /// Something came in.
    pub(super) fn arrived(&mut self, _event: &Arc<str>, _value: &Value) {}
}
