//! `together { }`: effects whose order does not matter.

use super::machine::Machine;
use super::state::Place;

impl Machine<'_> {
    pub(super) fn begin_together(&mut self, place: Place) {
        self.not_there(place);
    }
}
