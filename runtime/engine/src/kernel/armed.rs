//! `stop "why" on EVENT`: armed from where it stands, takes effect between steps.

use super::machine::Machine;
use super::state::Place;

impl Machine<'_> {
    pub(super) fn begin_armed(&mut self, place: Place) {
        self.not_there(place);
    }
}
