//! Opens a GGUF file and checks what it says about itself before anything is built from it.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::Mutex;

use candle_core::quantized::gguf_file::{Content, Value};

use super::GgufSettings;
use super::template::Template;
use super::vocabulary::Vocabulary;
use super::weights::{Architecture, Weights};
use crate::exchange::Failure;

/// A loaded model.
#[derive(Debug)]
pub struct Model {
    /// The weights; whoever holds them has a conversation.
    pub weights: Mutex<Weights>,
    /// Texts to tokens and back.
    pub vocabulary: Vocabulary,
    /// How a conversation is written.
    pub template: Template,
    /// The longest conversation in tokens.
    pub context: usize,
}

/// More layers than any model has.
const MOST_LAYERS: u64 = 1_000;

/// Loads the model.
pub fn load(settings: &GgufSettings) -> Result<Model, Failure> {
    let name = &settings.shown_as;
    let broken = |cause: &dyn std::fmt::Display| {
        Failure::lasting(format!("{name} is not a complete GGUF file: {cause}"))
    };
    let file = File::open(&settings.file)
        .map_err(|error| Failure::lasting(format!("{name} cannot be read: {error}")))?;
    let length = file.metadata().map_err(|error| broken(&error))?.len();
    let mut reader = BufReader::new(file);
    let content = Content::read(&mut reader).map_err(|error| broken(&plain(&error)))?;
    check_extent(&content, length).map_err(|cause| broken(&cause))?;

    let kind = text(&content, "general.architecture").unwrap_or_default();
    let architecture = Architecture::of(&kind).ok_or_else(|| {
        Failure::lasting(format!(
            "{name} holds a model of the kind {kind:?}, which does not run here"
        ))
    })?;
    check_shape(&content, architecture).map_err(|cause| broken(&cause))?;
    let stated = whole(&content, &format!("{kind}.context_length")).unwrap_or(2048);
    let longest = usize::try_from(stated)
        .unwrap_or(usize::MAX)
        .min(architecture.longest_context())
        .min(settings.context.unwrap_or(usize::MAX));
    let vocabulary = match beside(&settings.file) {
        Some(path) => Vocabulary::from_file(&path, &content),
        None => Vocabulary::from_metadata(&content),
    }
    .map_err(|cause| Failure::lasting(format!("the vocabulary of {name} is unusable: {cause}")))?;
    let template = Template::of(&content, &vocabulary);
    let weights = Weights::load(architecture, content, &mut reader)
        .map_err(|error| broken(&plain(&error)))?;
    Ok(Model {
        weights: Mutex::new(weights),
        vocabulary,
        template,
        context: longest,
    })
}

/// A `tokenizer.json` in the folder of the model.
fn beside(file: &Path) -> Option<std::path::PathBuf> {
    let path = file.parent()?.join("tokenizer.json");
    path.is_file().then_some(path)
}

/// Every tensor must lie inside the file; otherwise memory would be taken for what is not there.
fn check_extent(content: &Content, length: u64) -> Result<(), String> {
    for (name, tensor) in &content.tensor_infos {
        let elements = tensor
            .shape
            .dims()
            .iter()
            .try_fold(1_u64, |product, dim| product.checked_mul(*dim as u64))
            .ok_or_else(|| format!("the size of `{name}` is impossible"))?;
        let blocks = elements / (tensor.ggml_dtype.block_size() as u64).max(1);
        let end = blocks
            .checked_mul(tensor.ggml_dtype.type_size() as u64)
            .and_then(|size| size.checked_add(tensor.offset))
            .and_then(|end| end.checked_add(content.tensor_data_offset))
            .ok_or_else(|| format!("the size of `{name}` is impossible"))?;
        if end > length {
            return Err(format!(
                "it breaks off after {length} bytes, and `{name}` ends at {end}"
            ));
        }
    }
    Ok(())
}

/// The numbers that the model's code divides by.
fn check_shape(content: &Content, architecture: Architecture) -> Result<(), String> {
    let kind = architecture.name();
    let need = |key: &str| {
        let key = format!("{kind}.{key}");
        whole(content, &key).ok_or_else(|| format!("it does not say `{key}`"))
    };
    let heads = need("attention.head_count")?;
    let shared = need("attention.head_count_kv")?;
    let width = need("embedding_length")?;
    let layers = need("block_count")?;
    let fits = heads > 0
        && shared > 0
        && heads % shared == 0
        && width % heads == 0
        && layers <= MOST_LAYERS;
    if fits {
        Ok(())
    } else {
        Err(format!(
            "{layers} layers of {width} numbers with {heads} heads, {shared} shared, are no model"
        ))
    }
}

/// A text of the metadata.
pub fn text(content: &Content, key: &str) -> Option<String> {
    match content.metadata.get(key) {
        Some(Value::String(text)) => Some(text.clone()),
        _ => None,
    }
}

/// A count of the metadata.
pub fn whole(content: &Content, key: &str) -> Option<u64> {
    content.metadata.get(key).and_then(count)
}

/// A value of the metadata as a count.
pub fn count(value: &Value) -> Option<u64> {
    match value {
        Value::I8(value) => u64::try_from(*value).ok(),
        Value::I16(value) => u64::try_from(*value).ok(),
        Value::I32(value) => u64::try_from(*value).ok(),
        Value::I64(value) => u64::try_from(*value).ok(),
        other => other.to_u64().ok(),
    }
}

/// The first line of an error, without a stack trace.
pub fn plain(error: &candle_core::Error) -> String {
    let words = error.to_string();
    words.lines().next().unwrap_or_default().to_owned()
}
