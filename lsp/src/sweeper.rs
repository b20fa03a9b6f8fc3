//! Who lets go of what nothing needs any more: to let a long playbook's tree or facts go takes time, which neither who
//! checks the next text nor who sends an answer need spend.
//!
//! Kept true here: what is handed over is not looked at again, so when it goes makes no difference to anybody.

use std::thread::Builder;

use crossbeam_channel::{Sender, unbounded};

/// A thread that lets things go. A clone is the same thread, which ends with the last of them.
#[derive(Clone)]
pub(crate) struct Sweeper {
    things: Sender<Box<dyn Send>>,
}

impl Sweeper {
    /// Starts the thread. Where none can be had, whoever hands something over lets it go.
    pub(crate) fn start() -> Self {
        let (things, gone) = unbounded::<Box<dyn Send>>();
        let _ = Builder::new()
            .name("sweeper".to_owned())
            .stack_size(crate::server::STACK)
            .spawn(move || gone.into_iter().for_each(drop));
        Self { things }
    }

    /// Lets something go.
    pub(crate) fn let_go(&self, thing: impl Send + 'static) {
        // Where there is no thread, it comes back and goes here.
        drop(self.things.send(Box::new(thing)));
    }
}
