//! The texts that the client has open, as it last sent them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::protocol::Uri;
use crate::text::Text;

/// An open text.
pub(super) struct Document {
    /// As the client writes it.
    pub(super) uri: Uri,
    pub(super) version: i32,
    pub(super) text: Text,
}

/// All of them, by their paths.
#[derive(Default)]
pub(super) struct Documents {
    open: BTreeMap<PathBuf, Document>,
}

impl Documents {
    pub(super) fn get(&self, path: &Path) -> Option<&Document> {
        self.open.get(path)
    }

    pub(super) fn get_mut(&mut self, path: &Path) -> Option<&mut Document> {
        self.open.get_mut(path)
    }

    pub(super) fn open(&mut self, path: PathBuf, document: Document) {
        self.open.insert(path, document);
    }

    pub(super) fn close(&mut self, path: &Path) -> Option<Document> {
        self.open.remove(path)
    }

    /// What is held of the text that a request names: its version and its words.
    pub(super) fn held(&self, params: &Value) -> Value {
        let held = about(params).and_then(|uri| self.get(&path_of(&uri)?));
        held.map_or(
            Value::Null,
            |document| json!({ "version": document.version, "text": document.text.as_str() }),
        )
    }
}

/// The text that the parameters of a request are about.
pub(super) fn about(params: &Value) -> Option<Uri> {
    let document = params.get("textDocument").or_else(|| params.get("item"))?;
    Uri::parse(document.get("uri")?.as_str()?).ok()
}

/// The path of an address. One that is of no file is a path by its own words, under which nothing lies on the disk.
pub(crate) fn path_of(uri: &Uri) -> Option<PathBuf> {
    if uri.scheme() == "file" {
        uri.to_file_path().ok()
    } else {
        Some(PathBuf::from(uri.as_str()))
    }
}
