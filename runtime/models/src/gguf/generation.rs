//! Makes a reply, token by token.

use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};

use candle_core::Tensor;
use candle_transformers::generation::LogitsProcessor;

use super::GgufSettings;
use super::file::{Model, plain};
use super::weights::Weights;
use crate::exchange::{Answer, Conversation, Failure};
use crate::reply::holds_whole_value;

/// The tokens of a prompt that are read at once; between two parts the work can be stopped.
const AT_ONCE: usize = 256;
/// A reply needs at least so many tokens of the context.
const SHORTEST_REPLY: usize = 32;
/// Among the likeliest words that together make up this share one is chosen.
const NUCLEUS: f64 = 0.95;

/// Makes one reply. It ends with the model's own end, with a whole JSON value, or at the longest length.
pub fn reply(
    model: &Model,
    settings: &GgufSettings,
    conversation: &Conversation,
    stopped: &AtomicBool,
) -> Result<Answer, Failure> {
    let broken = |error: &candle_core::Error| {
        Failure::lasting(format!(
            "{} could not answer: {}",
            settings.shown_as,
            plain(error)
        ))
    };
    let prompt = model
        .vocabulary
        .encode(&model.template.write(conversation))
        .map_err(|cause| Failure::lasting(format!("the prompt could not be read: {cause}")))?;
    if prompt.len() + SHORTEST_REPLY > model.context {
        return Err(Failure::lasting(format!(
            "the prompt has {} tokens, and the model reads {}",
            prompt.len(),
            model.context
        )));
    }
    let longest = conversation
        .longest_reply
        .map_or(settings.longest_reply, |one| {
            one.min(settings.longest_reply)
        });
    let longest = usize::try_from(longest)
        .unwrap_or(usize::MAX)
        .min(model.context - prompt.len());

    let mut weights = model.weights.lock().unwrap_or_else(PoisonError::into_inner);
    weights.forget();
    let mut choose = LogitsProcessor::new(settings.seed, conversation.temperature, Some(NUCLEUS));
    let mut logits = read(&mut weights, &prompt, AT_ONCE, stopped)
        .map_err(|error| broken(&error))?
        .ok_or_else(abandoned)?;
    let mut reply: Vec<u32> = Vec::new();
    while reply.len() < longest {
        if stopped.load(Ordering::Relaxed) {
            return Err(abandoned());
        }
        let token = choose.sample(&logits).map_err(|error| broken(&error))?;
        if model.vocabulary.is_end(token) {
            break;
        }
        reply.push(token);
        if model.vocabulary.decode(&[token]).contains('}')
            && holds_whole_value(&model.vocabulary.decode(&reply))
        {
            break;
        }
        logits = weights
            .forward(&[token], prompt.len() + reply.len() - 1)
            .map_err(|error| broken(&error))?;
    }
    Ok(Answer {
        text: model.vocabulary.decode(&reply),
        tokens: Some((prompt.len() as u64, reply.len() as u64)),
    })
}

/// Reads a prompt in parts and gives the logits after its last token; nothing where it was stopped.
pub fn read(
    weights: &mut Weights,
    prompt: &[u32],
    at_once: usize,
    stopped: &AtomicBool,
) -> candle_core::Result<Option<Tensor>> {
    let mut logits = None;
    let mut position = 0;
    // Qwen 3's attention on the CPU wants the whole prompt in one piece.
    let at_once = match weights {
        Weights::Qwen3(_) => prompt.len(),
        Weights::Llama(_) | Weights::Qwen2(_) => at_once,
    };
    for part in prompt.chunks(at_once.max(1)) {
        if stopped.load(Ordering::Relaxed) {
            return Ok(None);
        }
        logits = Some(weights.forward(part, position)?);
        position += part.len();
    }
    Ok(logits)
}

fn abandoned() -> Failure {
    Failure::passing("the question was withdrawn")
}
