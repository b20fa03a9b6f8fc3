//! Texts to tokens and back, by the vocabulary in the file itself.
//!
//! Kept true here: a text never becomes a control token. What a customer writes as `<|im_end|>` stays
//! nine characters; only the template's own pieces name control tokens.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use candle_core::quantized::gguf_file::{Content, Value};
use tokenizers::decoders::byte_level::ByteLevel as ByteLevelDecoder;
use tokenizers::models::bpe::{BPE, Merges, Vocab};
use tokenizers::normalizers::unicode::NFC;
use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::pre_tokenizers::sequence::Sequence;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::tokenizer::{SplitDelimiterBehavior, Tokenizer};

use super::file::{count, text, whole};

/// How words are cut before they become tokens, by the names that files use.
const QWEN_WORDS: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
const LLAMA_WORDS: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// Tokens that end a reply, beside the one that the file names.
const ENDS: &[&str] = &[
    "</s>",
    "<|eot_id|>",
    "<|im_end|>",
    "<|end|>",
    "<|endoftext|>",
    "<|end_of_text|>",
];

/// The kinds of tokens in a file.
const UNKNOWN: u64 = 2;
const CONTROL: u64 = 3;
const BYTE: u64 = 6;

/// A part of a written conversation.
#[derive(Clone, Debug, PartialEq)]
pub enum Piece {
    /// A control token by its name; written out where the vocabulary has no such token.
    Control(&'static str),
    /// Text, whatever it looks like.
    Text(String),
}

/// A vocabulary.
#[derive(Debug)]
pub struct Vocabulary {
    tokenizer: Tokenizer,
    control: HashMap<String, u32>,
    spelling: Spelling,
    begin: Option<u32>,
    ends: HashSet<u32>,
}

/// How tokens spell blanks and bytes.
#[derive(Debug)]
enum Spelling {
    /// `▁` for a blank and `<0x0A>` for a byte; holds every token's text, nothing for control tokens.
    Marks(Vec<Option<String>>),
    /// The tokenizer's own.
    Own,
}

impl Vocabulary {
    /// Reads the vocabulary of a file.
    pub fn from_metadata(content: &Content) -> Result<Self, String> {
        let tokens = texts(content, "tokenizer.ggml.tokens")?;
        let kinds: Vec<u64> = match content.metadata.get("tokenizer.ggml.token_type") {
            Some(Value::Array(kinds)) => {
                kinds.iter().map(|kind| count(kind).unwrap_or(1)).collect()
            }
            _ => Vec::new(),
        };
        let kind = |id: usize| kinds.get(id).copied().unwrap_or(1);
        let is_control = |id: usize| matches!(kind(id), CONTROL | UNKNOWN);
        let (tokenizer, spelling) = match text(content, "tokenizer.ggml.model").as_deref() {
            Some("gpt2") => (byte_pairs(content, &tokens, is_control)?, Spelling::Own),
            Some("llama") => {
                let spelt = tokens
                    .iter()
                    .enumerate()
                    .map(|(id, token)| (!is_control(id)).then(|| token.clone()))
                    .collect();
                (
                    sentence_pieces(content, &tokens, kind)?,
                    Spelling::Marks(spelt),
                )
            }
            other => {
                return Err(format!(
                    "vocabularies of the kind {:?} are not known here",
                    other.unwrap_or("none")
                ));
            }
        };
        let control = tokens
            .iter()
            .enumerate()
            .filter(|(id, _)| kinds.is_empty() || kind(*id) != 1)
            .filter_map(|(id, token)| Some((token.clone(), u32::try_from(id).ok()?)))
            .collect();
        Ok(Self::new(content, tokenizer, control, spelling))
    }

    /// Reads a `tokenizer.json`; the file itself still says which tokens begin and end a text.
    pub fn from_file(path: &Path, content: &Content) -> Result<Self, String> {
        let mut tokenizer = Tokenizer::from_file(path).map_err(|error| error.to_string())?;
        tokenizer.set_encode_special_tokens(true);
        let control = tokenizer
            .get_added_tokens_decoder()
            .into_iter()
            .map(|(id, token)| (token.content, id))
            .collect();
        Ok(Self::new(content, tokenizer, control, Spelling::Own))
    }

    fn new(
        content: &Content,
        tokenizer: Tokenizer,
        control: HashMap<String, u32>,
        spelling: Spelling,
    ) -> Self {
        let id = |key: &str| whole(content, key).and_then(|id| u32::try_from(id).ok());
        let wanted = match content.metadata.get("tokenizer.ggml.add_bos_token") {
            Some(Value::Bool(wanted)) => *wanted,
            _ => matches!(spelling, Spelling::Marks(_)),
        };
        let ends = ["tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id"]
            .iter()
            .filter_map(|key| id(key))
            .chain(ENDS.iter().filter_map(|name| control.get(*name).copied()))
            .collect();
        Self {
            begin: id("tokenizer.ggml.bos_token_id").filter(|_| wanted),
            tokenizer,
            control,
            spelling,
            ends,
        }
    }

    /// Whether there is a control token of this name.
    pub fn has(&self, name: &str) -> bool {
        self.control.contains_key(name)
    }

    /// Whether a token ends a reply.
    pub fn is_end(&self, token: u32) -> bool {
        self.ends.contains(&token)
    }

    /// Writes pieces as tokens.
    pub fn encode(&self, pieces: &[Piece]) -> Result<Vec<u32>, String> {
        let mut tokens: Vec<u32> = self.begin.into_iter().collect();
        let mut pending = String::new();
        for piece in pieces {
            match piece {
                Piece::Text(text) => pending.push_str(text),
                Piece::Control(name) => match self.control.get(*name) {
                    Some(token) => {
                        self.encode_text(&std::mem::take(&mut pending), &mut tokens)?;
                        tokens.push(*token);
                    }
                    None => pending.push_str(name),
                },
            }
        }
        self.encode_text(&pending, &mut tokens)?;
        Ok(tokens)
    }

    fn encode_text(&self, text: &str, tokens: &mut Vec<u32>) -> Result<(), String> {
        if text.is_empty() {
            return Ok(());
        }
        let spelt = match self.spelling {
            Spelling::Marks(_) => format!("▁{}", text.replace(' ', "▁")),
            Spelling::Own => text.to_owned(),
        };
        let encoded = self
            .tokenizer
            .encode_fast(spelt, false)
            .map_err(|error| error.to_string())?;
        tokens.extend(encoded.get_ids());
        Ok(())
    }

    /// The text of tokens, without control tokens. Bytes that are no text become `�`.
    pub fn decode(&self, tokens: &[u32]) -> String {
        let Spelling::Marks(spelt) = &self.spelling else {
            return self.tokenizer.decode(tokens, true).unwrap_or_default();
        };
        let mut bytes = Vec::new();
        for token in tokens {
            let Some(Some(piece)) = spelt.get(*token as usize) else {
                continue;
            };
            match byte(piece) {
                Some(byte) => bytes.push(byte),
                None => bytes.extend_from_slice(piece.replace('▁', " ").as_bytes()),
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

/// The byte that a token such as `<0x0A>` stands for.
fn byte(piece: &str) -> Option<u8> {
    let digits = piece.strip_prefix("<0x")?.strip_suffix('>')?;
    u8::from_str_radix(digits, 16).ok()
}

/// A vocabulary of byte pairs with its merges, as GPT-2, Llama 3 and Qwen have it.
fn byte_pairs(
    content: &Content,
    tokens: &[String],
    is_control: impl Fn(usize) -> bool,
) -> Result<Tokenizer, String> {
    let vocabulary: Vocab = numbered(tokens, |id| !is_control(id));
    let merges: Merges = texts(content, "tokenizer.ggml.merges")?
        .into_iter()
        .map(|merge| match merge.split_once(' ') {
            Some((one, other)) => Ok((one.to_owned(), other.to_owned())),
            None => Err(format!("the merge {merge:?} has no two parts")),
        })
        .collect::<Result<_, _>>()?;
    let words = text(content, "tokenizer.ggml.pre").unwrap_or_default();
    let model = BPE::builder()
        .vocab_and_merges(vocabulary, merges)
        .ignore_merges(words == "llama-bpe")
        .build()
        .map_err(|error| error.to_string())?;
    let mut tokenizer = Tokenizer::new(model);
    let cut = |pattern: &str| -> Result<PreTokenizerWrapper, String> {
        let split = Split::new(
            SplitPattern::Regex(pattern.to_owned()),
            SplitDelimiterBehavior::Isolated,
            false,
        )
        .map_err(|error| error.to_string())?;
        let bytes = ByteLevel::new(false, false, false);
        Ok(Sequence::new(vec![split.into(), bytes.into()]).into())
    };
    match words.as_str() {
        "qwen2" => {
            tokenizer.with_pre_tokenizer(Some(cut(QWEN_WORDS)?));
            tokenizer
                .with_normalizer(Some(NFC))
                .map_err(|error| error.to_string())?;
        }
        "llama-bpe" | "llama3" | "smaug-bpe" => {
            tokenizer.with_pre_tokenizer(Some(cut(LLAMA_WORDS)?));
        }
        _ => {
            tokenizer.with_pre_tokenizer(Some(ByteLevel::new(false, false, true)));
        }
    }
    tokenizer.with_decoder(Some(ByteLevelDecoder::default()));
    Ok(tokenizer)
}

/// A vocabulary of scored pieces, as Llama 2 and Mistral have it. The pieces with the best score are joined
/// first, so every way to make a piece of two others is a merge of that piece's rank.
fn sentence_pieces(
    content: &Content,
    tokens: &[String],
    kind: impl Fn(usize) -> u64,
) -> Result<Tokenizer, String> {
    let scores: Vec<f32> = match content.metadata.get("tokenizer.ggml.scores") {
        Some(Value::Array(scores)) => scores
            .iter()
            .map(|one| one.to_f32().unwrap_or(0.0))
            .collect(),
        _ => Vec::new(),
    };
    let is_piece = |id: usize| !matches!(kind(id), UNKNOWN | CONTROL | BYTE);
    let pieces: HashSet<&str> = tokens
        .iter()
        .enumerate()
        .filter(|(id, _)| is_piece(*id))
        .map(|(_, token)| token.as_str())
        .collect();
    let mut ranked: Vec<(usize, &String)> = tokens
        .iter()
        .enumerate()
        .filter(|(id, _)| is_piece(*id))
        .collect();
    let score = |id: usize| scores.get(id).copied().unwrap_or(0.0);
    ranked.sort_by(|one, other| {
        score(other.0)
            .total_cmp(&score(one.0))
            .then(one.0.cmp(&other.0))
    });
    let mut merges = Merges::new();
    for (_, piece) in ranked {
        for (at, _) in piece.char_indices().skip(1) {
            let (left, right) = piece.split_at(at);
            if pieces.contains(left) && pieces.contains(right) {
                merges.push((left.to_owned(), right.to_owned()));
            }
        }
    }
    let unknown = tokens
        .iter()
        .enumerate()
        .find(|(id, _)| kind(*id) == UNKNOWN)
        .map(|(_, token)| token.clone());
    let vocabulary: Vocab = numbered(tokens, |id| kind(id) != CONTROL);
    let mut model = BPE::builder()
        .vocab_and_merges(vocabulary, merges)
        .byte_fallback(true)
        .fuse_unk(true);
    if let Some(unknown) = unknown {
        model = model.unk_token(unknown);
    }
    Ok(Tokenizer::new(
        model.build().map_err(|error| error.to_string())?,
    ))
}

fn numbered(tokens: &[String], keep: impl Fn(usize) -> bool) -> Vocab {
    tokens
        .iter()
        .enumerate()
        .filter(|(id, _)| keep(*id))
        .filter_map(|(id, token)| Some((token.clone(), u32::try_from(id).ok()?)))
        .collect()
}

fn texts(content: &Content, key: &str) -> Result<Vec<String>, String> {
    let Some(Value::Array(values)) = content.metadata.get(key) else {
        return Err(format!("the file does not say `{key}`"));
    };
    values
        .iter()
        .map(|value| match value {
            Value::String(text) => Ok(text.clone()),
            _ => Err(format!("`{key}` holds something that is no text")),
        })
        .collect()
}
