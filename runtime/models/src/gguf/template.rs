//! How a conversation is written for a model: the common families, recognised by the template that the file
//! carries, and a plain form for everything else.

use candle_core::quantized::gguf_file::Content;

use super::file::text;
use super::vocabulary::{Piece, Vocabulary};
use crate::exchange::{Conversation, Turn};

/// A family of templates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Template {
    /// `<|start_header_id|>user<|end_header_id|>`: Llama 3.
    Headers,
    /// `<|im_start|>user`: Qwen and many others.
    ChatMl {
        /// Whether the model thinks aloud unless it is told that it has done so already.
        thinks: bool,
    },
    /// `[INST] … [/INST]`: Llama 2 and Mistral.
    Instruct,
    /// Questions and answers in plain text.
    Plain,
}

impl Template {
    /// The template of a file.
    pub fn of(content: &Content, vocabulary: &Vocabulary) -> Self {
        let written = text(content, "tokenizer.chat_template").unwrap_or_default();
        let uses = |mark: &str| written.contains(mark);
        if uses("<|start_header_id|>") && vocabulary.has("<|start_header_id|>") {
            Self::Headers
        } else if uses("<|im_start|>") && vocabulary.has("<|im_start|>") {
            Self::ChatMl {
                thinks: uses("enable_thinking"),
            }
        } else if uses("[INST]") {
            Self::Instruct
        } else {
            Self::Plain
        }
    }

    /// Writes a conversation up to the place where the model answers.
    pub fn write(self, conversation: &Conversation) -> Vec<Piece> {
        let mut pieces = Vec::new();
        match self {
            Self::Headers => {
                let mut say = |who: &str, what: &str| {
                    pieces.push(Piece::Control("<|start_header_id|>"));
                    pieces.push(Piece::Text(who.to_owned()));
                    pieces.push(Piece::Control("<|end_header_id|>"));
                    pieces.push(Piece::Text(format!("\n\n{what}")));
                };
                say("system", &conversation.system);
                for turn in &conversation.turns {
                    say(role(turn), turn.text());
                }
                say("assistant", "");
                close_all(&mut pieces, "<|start_header_id|>", "<|eot_id|>", "");
            }
            Self::ChatMl { thinks } => {
                let mut say = |who: &str, what: &str| {
                    pieces.push(Piece::Control("<|im_start|>"));
                    pieces.push(Piece::Text(format!("{who}\n{what}")));
                };
                say("system", &conversation.system);
                for turn in &conversation.turns {
                    say(role(turn), turn.text());
                }
                say("assistant", "");
                close_all(&mut pieces, "<|im_start|>", "<|im_end|>", "\n");
                if thinks {
                    pieces.push(Piece::Control("<think>"));
                    pieces.push(Piece::Text("\n\n".to_owned()));
                    pieces.push(Piece::Control("</think>"));
                    pieces.push(Piece::Text("\n\n".to_owned()));
                }
            }
            Self::Instruct => {
                let mut before = format!("{}\n\n", conversation.system);
                for turn in &conversation.turns {
                    match turn {
                        Turn::Question(text) => {
                            pieces.push(Piece::Control("[INST]"));
                            pieces.push(Piece::Text(format!(" {before}{text} ")));
                            pieces.push(Piece::Control("[/INST]"));
                            before.clear();
                        }
                        Turn::Reply(text) => {
                            pieces.push(Piece::Text(format!(" {text}")));
                            pieces.push(Piece::Control("</s>"));
                        }
                    }
                }
            }
            Self::Plain => {
                let mut text = conversation.system.clone();
                for turn in &conversation.turns {
                    text.push_str(match turn {
                        Turn::Question(_) => "\n\nQuestion:\n",
                        Turn::Reply(_) => "\n\nAnswer:\n",
                    });
                    text.push_str(turn.text());
                }
                text.push_str("\n\nAnswer:\n");
                pieces.push(Piece::Text(text));
            }
        }
        pieces
    }
}

fn role(turn: &Turn) -> &'static str {
    match turn {
        Turn::Question(_) => "user",
        Turn::Reply(_) => "assistant",
    }
}

/// Puts the closing token before every opening one but the first.
fn close_all(pieces: &mut Vec<Piece>, open: &str, close: &'static str, after: &str) {
    let mut closed = Vec::with_capacity(pieces.len() * 2);
    for (index, piece) in pieces.drain(..).enumerate() {
        if index > 0 && piece_is(&piece, open) {
            closed.push(Piece::Control(close));
            if !after.is_empty() {
                closed.push(Piece::Text(after.to_owned()));
            }
        }
        closed.push(piece);
    }
    *pieces = closed;
}

fn piece_is(piece: &Piece, name: &str) -> bool {
    matches!(piece, Piece::Control(control) if *control == name)
}
