//! The texts that the client has open, as it last sent them.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::protocol::{TextDocumentContentChangeEvent, Uri};
use crate::text::{Encoding, Text, apply};

/// How many changes a late one may follow.
const REMEMBERED: usize = 64;

/// An open text.
///
/// Some editors send what is typed at once out of its order when the machine is busy (Helix 25.01 does). What comes
/// late is put where its version says, so that the text is again the editor's.
pub(super) struct Document {
    /// As the client writes it.
    pub(super) uri: Uri,
    pub(super) version: i32,
    pub(super) text: Text,
    /// The text before the changes that are remembered.
    before: Text,
    /// The last changes, by their versions.
    recent: VecDeque<(i32, Vec<TextDocumentContentChangeEvent>)>,
}

impl Document {
    pub(super) fn new(uri: Uri, version: i32, text: Text) -> Self {
        Self {
            uri,
            version,
            before: text.clone(),
            text,
            recent: VecDeque::new(),
        }
    }

    /// Takes the changes over that make a version of the text.
    pub(super) fn change(
        &mut self,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: Encoding,
    ) {
        let place = self.recent.partition_point(|(known, _)| *known <= version);
        let is_last = place == self.recent.len();
        if is_last {
            self.text = apply(&self.text, &changes, encoding);
        }
        self.recent.insert(place, (version, changes));
        if !is_last {
            let recent = self.recent.iter();
            self.text = recent.fold(self.before.clone(), |text, (_, changes)| {
                apply(&text, changes, encoding)
            });
        }
        self.version = self.version.max(version);
        if self.recent.len() > REMEMBERED
            && let Some((_, oldest)) = self.recent.pop_front()
        {
            self.before = apply(&self.before, &oldest, encoding);
        }
    }
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
