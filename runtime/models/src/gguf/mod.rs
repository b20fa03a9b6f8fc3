//! Models in a GGUF file, run in this process on the CPU.
//!
//! Kept true here: a file is loaded once and shared; one reply is made at a time, because a second one
//! would only slow the first; dropping the future stops the work within one step.

mod file;
mod generation;
mod template;
mod vocabulary;
mod weights;

#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::sync::Semaphore;

use crate::exchange::{Answer, Conversation, Failure};
use file::Model;

/// A model in a GGUF file.
#[derive(Clone, Debug)]
pub struct GgufSettings {
    /// Where the file is. A `tokenizer.json` beside it is used in place of the vocabulary inside it.
    pub file: PathBuf,
    /// How people know the file: the path as the manifest writes it.
    pub shown_as: String,
    /// The longest conversation in tokens; nothing leaves it to the model.
    pub context: Option<usize>,
    /// The longest reply in tokens.
    pub longest_reply: u64,
    /// Decides the choice of words at a temperature above 0; the same seed gives the same reply.
    pub seed: u64,
}

impl GgufSettings {
    /// The usual settings for a file.
    #[must_use]
    pub fn new(file: PathBuf) -> Self {
        Self {
            shown_as: file.display().to_string(),
            file,
            context: None,
            longest_reply: 512,
            seed: 0,
        }
    }
}

/// A model in a file, loaded at the first question.
#[derive(Debug)]
pub struct Gguf {
    settings: Arc<GgufSettings>,
    model: Arc<OnceLock<Model>>,
    turn: Arc<Semaphore>,
}

impl Gguf {
    /// Nothing is read yet.
    pub fn new(settings: GgufSettings) -> Self {
        Self {
            settings: Arc::new(settings),
            model: Arc::default(),
            turn: Arc::new(Semaphore::new(1)),
        }
    }

    /// Whether the file is there.
    pub fn ready(&self) -> Result<(), Failure> {
        if self.model.get().is_some() || self.settings.file.is_file() {
            Ok(())
        } else {
            Err(Failure::lasting(format!(
                "no file {}",
                self.settings.shown_as
            )))
        }
    }

    /// Asks. Dropping the future stops the work.
    pub async fn ask(&self, conversation: &Conversation) -> Result<Answer, Failure> {
        let Ok(turn) = self.turn.clone().acquire_owned().await else {
            return Err(Failure::passing("the model was shut down"));
        };
        let stop = StopOnDrop(Arc::default());
        let stopped = stop.0.clone();
        let (settings, cell) = (self.settings.clone(), self.model.clone());
        let conversation = conversation.clone();
        let work = tokio::task::spawn_blocking(move || {
            // Held by the work itself, so that a reply that nobody waits for any more ends first.
            let _turn = turn;
            let model = if let Some(model) = cell.get() {
                model
            } else {
                let model = file::load(&settings)?;
                cell.get_or_init(|| model)
            };
            generation::reply(model, &settings, &conversation, &stopped)
        });
        match work.await {
            Ok(outcome) => outcome,
            Err(_) => Err(Failure::lasting(format!(
                "{} holds values that a model of its kind cannot have",
                self.settings.shown_as
            ))),
        }
    }
}

/// Tells the working thread when nobody waits for it any more.
struct StopOnDrop(Arc<AtomicBool>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
