//! `repeat every D, at most N times, until EXPR`: rounds with a pause between them.

use super::machine::Machine;
use super::state::Place;

impl Machine<'_> {
    pub(super) fn begin_repeat(&mut self, place: Place) {
        self.not_there(place);
    }
}
