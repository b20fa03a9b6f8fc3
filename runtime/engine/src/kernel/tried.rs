//! `try { } otherwise as f { }`: a failure inside ends there.

use super::machine::Machine;
use super::state::Place;

impl Machine<'_> {
    pub(super) fn begin_try(&mut self, place: Place) {
        self.not_there(place);
    }
}
