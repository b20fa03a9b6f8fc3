//! `return` and `yield`: what a run, an action, an item or a block gives.

use super::machine::Machine;
use super::state::Place;

impl Machine<'_> {
    pub(super) fn begin_return(&mut self, place: Place) {
        self.not_there(place);
    }

    pub(super) fn begin_yield(&mut self, place: Place) {
        self.not_there(place);
    }
}
