//! `do ACTION(…)`: the steps of an action, which see its arguments and nothing of the caller's.

use super::machine::Machine;
use super::state::Place;

impl Machine<'_> {
    pub(super) fn begin_action(&mut self, place: Place) {
        self.not_there(place);
    }
}
