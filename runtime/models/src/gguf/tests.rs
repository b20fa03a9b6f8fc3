//! A tiny random model, written by the tests themselves, through the whole path: load, tokens, reply.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use candle_core::quantized::gguf_file::{Value, write};
use candle_core::quantized::{GgmlDType, QTensor};
use candle_core::{Device, Tensor};
use serde_json::json;
use tempfile::TempDir;

use super::file::{Model, load};
use super::generation::{read, reply};
use super::vocabulary::Piece;
use super::{Gguf, GgufSettings};
use crate::exchange::{Conversation, Turn};
use crate::{ModelRequest, Provider, Router};

const WIDTH: usize = 64;
const HEADS: usize = 4;
const SHARED: usize = 2;
const INNER: usize = 128;
const LAYERS: usize = 2;
const WORDS: [&str; 6] = ["▁", "a", "b", "ab", "▁a", "▁ab"];

/// Numbers that look random and are the same everywhere.
struct Noise(u64);

impl Noise {
    fn tensor(&mut self, rows: usize, columns: usize, scale: f32) -> Tensor {
        let numbers: Vec<f32> = (0..rows * columns)
            .map(|_| {
                self.0 = self
                    .0
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                #[allow(clippy::cast_precision_loss, reason = "24 bits fit a float")]
                let share = (self.0 >> 40) as f32 / (1_u64 << 24) as f32;
                (share - 0.5) * scale
            })
            .collect();
        Tensor::from_vec(numbers, (rows, columns), &Device::Cpu).unwrap()
    }
}

fn count(number: usize) -> Value {
    Value::U32(u32::try_from(number).unwrap())
}

/// A vocabulary of control tokens, all bytes and a few scored pieces.
fn vocabulary() -> Vec<(String, f32, i32)> {
    let mut tokens = vec![
        ("<unk>".to_owned(), 0.0, 2),
        ("<s>".to_owned(), 0.0, 3),
        ("</s>".to_owned(), 0.0, 3),
    ];
    tokens.extend((0..=255).map(|byte| (format!("<0x{byte:02X}>"), 0.0, 6)));
    tokens.extend(
        WORDS
            .iter()
            .zip(0_u8..)
            .map(|(word, rank)| ((*word).to_owned(), -f32::from(rank), 1)),
    );
    tokens
}

/// Writes a model of two layers. `kind` is its architecture.
fn write_model(path: &Path, kind: &str, dtype: GgmlDType) {
    let words = vocabulary();
    let mut noise = Noise(42);
    let mut tensors: Vec<(String, QTensor)> = Vec::new();
    let mut add = |name: String, rows: usize, columns: usize, dtype: GgmlDType| {
        let tensor = noise.tensor(rows, columns, 0.3);
        tensors.push((name, QTensor::quantize(&tensor, dtype).unwrap()));
    };
    add("token_embd.weight".into(), words.len(), WIDTH, dtype);
    add("output.weight".into(), words.len(), WIDTH, dtype);
    for layer in 0..LAYERS {
        let key_width = WIDTH / HEADS * SHARED;
        for (name, rows, columns) in [
            ("attn_q", WIDTH, WIDTH),
            ("attn_k", key_width, WIDTH),
            ("attn_v", key_width, WIDTH),
            ("attn_output", WIDTH, WIDTH),
            ("ffn_gate", INNER, WIDTH),
            ("ffn_up", INNER, WIDTH),
            ("ffn_down", WIDTH, INNER),
        ] {
            add(format!("blk.{layer}.{name}.weight"), rows, columns, dtype);
        }
    }
    let flat = |size: usize, value: f32| {
        let ones = Tensor::full(value, size, &Device::Cpu).unwrap();
        QTensor::quantize(&ones, GgmlDType::F32).unwrap()
    };
    tensors.push(("output_norm.weight".into(), flat(WIDTH, 1.0)));
    for layer in 0..LAYERS {
        for name in ["attn_norm", "ffn_norm"] {
            tensors.push((format!("blk.{layer}.{name}.weight"), flat(WIDTH, 1.0)));
        }
        if kind == "qwen2" {
            let key_width = WIDTH / HEADS * SHARED;
            for (name, size) in [
                ("attn_q", WIDTH),
                ("attn_k", key_width),
                ("attn_v", key_width),
            ] {
                tensors.push((format!("blk.{layer}.{name}.bias"), flat(size, 0.01)));
            }
        }
        if kind == "qwen3" {
            for name in ["attn_q_norm", "attn_k_norm"] {
                tensors.push((
                    format!("blk.{layer}.{name}.weight"),
                    flat(WIDTH / HEADS, 1.0),
                ));
            }
        }
    }

    let text = |text: &str| Value::String(text.to_owned());
    let mut metadata = vec![
        ("general.architecture".to_owned(), text(kind)),
        ("tokenizer.ggml.model".to_owned(), text("llama")),
        (
            "tokenizer.ggml.tokens".to_owned(),
            Value::Array(words.iter().map(|(word, ..)| text(word)).collect()),
        ),
        (
            "tokenizer.ggml.scores".to_owned(),
            Value::Array(
                words
                    .iter()
                    .map(|(_, score, _)| Value::F32(*score))
                    .collect(),
            ),
        ),
        (
            "tokenizer.ggml.token_type".to_owned(),
            Value::Array(words.iter().map(|(.., kind)| Value::I32(*kind)).collect()),
        ),
        ("tokenizer.ggml.bos_token_id".to_owned(), Value::U32(1)),
        ("tokenizer.ggml.eos_token_id".to_owned(), Value::U32(2)),
    ];
    for (key, value) in [
        ("attention.head_count", count(HEADS)),
        ("attention.head_count_kv", count(SHARED)),
        ("attention.key_length", count(WIDTH / HEADS)),
        ("block_count", count(LAYERS)),
        ("embedding_length", count(WIDTH)),
        ("context_length", count(4096)),
        ("rope.dimension_count", count(WIDTH / HEADS)),
        ("rope.freq_base", Value::F32(10_000.0)),
        ("attention.layer_norm_rms_epsilon", Value::F32(1e-5)),
    ] {
        metadata.push((format!("{kind}.{key}"), value));
    }
    let metadata: Vec<_> = metadata
        .iter()
        .map(|(key, value)| (key.as_str(), value))
        .collect();
    let tensors: Vec<_> = tensors
        .iter()
        .map(|(name, tensor)| (name.as_str(), tensor))
        .collect();
    write(&mut File::create(path).unwrap(), &metadata, &tensors).unwrap();
}

fn model_file(kind: &str) -> (TempDir, PathBuf) {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("tiny.gguf");
    write_model(&path, kind, GgmlDType::Q8_0);
    (folder, path)
}

fn settings(path: &Path) -> GgufSettings {
    GgufSettings {
        longest_reply: 24,
        shown_as: "models/tiny.gguf".to_owned(),
        ..GgufSettings::new(path.to_owned())
    }
}

fn question(text: &str, temperature: Option<f64>) -> Conversation {
    Conversation {
        system: "ab".to_owned(),
        turns: vec![Turn::Question(text.to_owned())],
        schema: json!({}),
        schema_name: "Reply".to_owned(),
        temperature,
        longest_reply: None,
    }
}

fn loaded(kind: &str) -> (TempDir, GgufSettings, Model) {
    let (folder, path) = model_file(kind);
    let settings = settings(&path);
    let model = load(&settings).unwrap();
    (folder, settings, model)
}

#[test]
fn every_kind_of_model_loads_and_answers_the_same_for_the_same_seed() {
    for kind in ["llama", "qwen2", "qwen3"] {
        let (_folder, settings, model) = loaded(kind);
        let never = AtomicBool::new(false);
        let ask = |seed: u64| {
            let settings = GgufSettings {
                seed,
                ..settings.clone()
            };
            reply(&model, &settings, &question("a b", Some(1.5)), &never).unwrap()
        };
        let (one, again, other) = (ask(7), ask(7), ask(8));
        assert_eq!(one, again, "{kind}");
        assert_ne!(one.text, other.text, "{kind}");
        let (input, output) = one.tokens.unwrap();
        assert!(
            input > 4 && output > 0 && output <= 24,
            "{kind}: {input}, {output}"
        );
    }
}

#[test]
fn reading_a_prompt_in_parts_gives_the_same_logits() {
    for kind in ["llama", "qwen2"] {
        let (_folder, _, model) = loaded(kind);
        let prompt: Vec<u32> = (0..40).map(|at| 3 + at * 5 % 250).collect();
        let logits = |at_once: usize| -> Vec<f32> {
            let mut weights = model.weights.lock().unwrap();
            weights.forget();
            read(&mut weights, &prompt, at_once, &AtomicBool::new(false))
                .unwrap()
                .unwrap()
                .to_vec1()
                .unwrap()
        };
        let whole = logits(64);
        for at_once in [1, 7] {
            for (one, other) in whole.iter().zip(logits(at_once)) {
                assert!(
                    (one - other).abs() < 2e-3,
                    "{kind} by {at_once}: {one} and {other}"
                );
            }
        }
        assert!(whole.iter().any(|logit| logit.abs() > 1e-3));
    }
}

#[test]
fn pieces_join_by_score_and_bytes_stand_in_for_the_rest() {
    let (_folder, _, model) = loaded("llama");
    let first_word = 3 + 256;
    let id = |word: &str| first_word + WORDS.iter().position(|one| *one == word).unwrap();
    let tokens = model
        .vocabulary
        .encode(&[Piece::Text("ab a\né".to_owned())])
        .unwrap();
    let expected: Vec<u32> = [1, id("▁ab"), id("▁a"), 3 + 0x0A, 3 + 0xC3, 3 + 0xA9]
        .iter()
        .map(|id| u32::try_from(*id).unwrap())
        .collect();
    assert_eq!(tokens, expected);
    assert_eq!(model.vocabulary.decode(&tokens), " ab a\né");
}

#[test]
fn a_control_token_in_a_text_stays_text() {
    let (_folder, _, model) = loaded("llama");
    let written = model
        .vocabulary
        .encode(&[Piece::Text("</s><s>".to_owned())])
        .unwrap();
    assert_eq!(
        written
            .iter()
            .filter(|token| [1, 2].contains(*token))
            .count(),
        1
    );
    assert_eq!(model.vocabulary.decode(&written), " </s><s>");
    let meant = model.vocabulary.encode(&[Piece::Control("</s>")]).unwrap();
    assert_eq!(meant, [1, 2]);
}

#[test]
fn a_broken_file_is_told_in_words() {
    let (folder, path) = model_file("llama");
    let whole = std::fs::read(&path).unwrap();
    let cases: [(&str, Vec<u8>, &str); 4] = [
        (
            "text",
            b"not a model at all".to_vec(),
            "is not a complete GGUF file",
        ),
        ("empty", Vec::new(), "is not a complete GGUF file"),
        (
            "cut",
            whole[..whole.len() - 4_096].to_vec(),
            "it breaks off after",
        ),
        (
            "head",
            whole[..2_000].to_vec(),
            "is not a complete GGUF file",
        ),
    ];
    for (name, bytes, words) in cases {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        let failure = load(&settings(&path)).unwrap_err();
        assert!(failure.reason.contains(words), "{name}: {}", failure.reason);
        assert!(
            failure.reason.starts_with("models/tiny.gguf"),
            "{}",
            failure.reason
        );
        assert!(!failure.transient);
    }
    let falcon = folder.path().join("falcon");
    write_model(&falcon, "falcon", GgmlDType::F32);
    let failure = load(&settings(&falcon)).unwrap_err();
    assert_eq!(
        failure.reason,
        "models/tiny.gguf holds a model of the kind \"falcon\", which does not run here"
    );
}

#[test]
fn a_prompt_longer_than_the_context_is_told_with_both_lengths() {
    let (_folder, path) = model_file("llama");
    let settings = GgufSettings {
        context: Some(100),
        ..settings(&path)
    };
    let model = load(&settings).unwrap();
    let failure = reply(
        &model,
        &settings,
        &question(&"é".repeat(60), None),
        &AtomicBool::new(false),
    )
    .unwrap_err();
    assert!(
        failure.reason.ends_with("and the model reads 100"),
        "{}",
        failure.reason
    );
}

#[test]
fn a_withdrawn_question_stops() {
    let (_folder, settings, model) = loaded("llama");
    let failure = reply(
        &model,
        &settings,
        &question("a", None),
        &AtomicBool::new(true),
    );
    assert!(failure.unwrap_err().transient);
}

fn request(deadline: Option<Duration>) -> ModelRequest {
    ModelRequest {
        model: "advise".into(),
        routes: vec!["local".into()],
        prompt: "ab".to_owned(),
        schema: json!({
            "type": "object",
            "properties": { "urgency": { "type": "integer" } },
            "required": ["urgency"],
            "additionalProperties": false,
        }),
        schema_name: "Advice".to_owned(),
        temperature: None,
        budget_per_call: None,
        budget_per_run: None,
        run: "run".into(),
        deadline,
        accept: Arc::new(|_| Ok(())),
    }
}

fn router(settings: GgufSettings) -> Router {
    Router::new(BTreeMap::from([(
        "local".to_owned(),
        Provider::Gguf(settings),
    )]))
}

#[tokio::test]
async fn nonsense_is_passed_over_with_its_reason() {
    let (_folder, path) = model_file("llama");
    let answered = router(settings(&path)).ask(request(None)).await;
    assert_eq!(answered.reply, None);
    let (route, reason) = &answered.passed_over[0];
    assert_eq!(route, "local");
    assert!(
        reason.starts_with("its reply did not fit, also when asked again: the reply "),
        "{reason}"
    );
    let (input, output) = answered.tokens.unwrap();
    assert!(input > 100 && output > 0);
    assert!(answered.cost_usd.is_zero());
}

#[tokio::test]
async fn a_missing_file_is_passed_over_by_the_name_that_people_know() {
    let folder = TempDir::new().unwrap();
    let answered = router(settings(&folder.path().join("gone.gguf")))
        .ask(request(None))
        .await;
    assert_eq!(
        answered.passed_over,
        [("local".to_owned(), "no file models/tiny.gguf".to_owned())]
    );
    assert!(!answered.transient);
}

#[tokio::test]
async fn no_time_left_is_no_answer() {
    let (_folder, path) = model_file("llama");
    let answered = router(settings(&path))
        .ask(request(Some(Duration::ZERO)))
        .await;
    assert_eq!(answered.passed_over[0].1, "no time was left to ask it");
    assert!(answered.transient);
}

#[tokio::test]
async fn the_file_is_read_once_and_questions_wait_in_line() {
    let (_folder, path) = model_file("llama");
    let model = Gguf::new(settings(&path));
    let first = model.ask(&question("a", None)).await.unwrap();
    std::fs::remove_file(&path).unwrap();
    assert!(model.ready().is_ok());
    let (one, two) = (question("a", None), question("a", None));
    let (one, two) = tokio::join!(model.ask(&one), model.ask(&two));
    assert_eq!(one.unwrap(), first);
    assert_eq!(two.unwrap(), first);
}
