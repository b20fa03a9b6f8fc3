//! Questions to people: asked, reminded, handed on, answered, expired.

use std::sync::Arc;

use super::event::Answer;
use super::machine::Machine;
use super::state::Place;

impl Machine<'_> {
    pub(super) fn begin_ask(&mut self, place: Place) {
        self.not_there(place);
    }

    /// Somebody answered.
    pub(super) fn answered(&mut self, _key: &Arc<str>, _by: &Arc<str>, _answer: &Answer) {}
}
