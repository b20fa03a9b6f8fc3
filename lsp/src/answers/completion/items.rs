//! What is offered, in the order in which it is shown.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::answers::hover::markdown;
use crate::names::Binder;
use crate::project::{Spot, address};
use crate::protocol::{CompletionItem, CompletionItemKind, Documentation, InsertTextFormat};

/// How near something is to what is wanted: the nearest is shown first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Rank {
    /// Must be written here.
    Required,
    /// What the place asks for.
    Wanted,
    /// What may stand there as well.
    Near,
    /// Everything else.
    Far,
}

/// The items of one answer.
pub(super) struct Items<'v> {
    pub(super) spot: Spot<'v>,
    found: Vec<(Rank, usize, CompletionItem)>,
    labels: BTreeSet<String>,
}

/// One item, before it is one of the protocol.
pub(super) struct Item {
    pub(super) label: String,
    pub(super) kind: CompletionItemKind,
    pub(super) detail: String,
    /// What is written instead of the label, with `$1` where the cursor goes.
    pub(super) snippet: Option<String>,
    /// What the words of documentation are found by.
    pub(super) data: Option<Value>,
    /// The words of documentation themselves, where they are at hand.
    pub(super) words: Option<String>,
}

impl Item {
    pub(super) fn new(label: impl Into<String>, kind: CompletionItemKind) -> Self {
        Self {
            label: label.into(),
            kind,
            detail: String::new(),
            snippet: None,
            data: None,
            words: None,
        }
    }

    pub(super) fn words(mut self, words: Option<&str>) -> Self {
        self.words = words.map(str::to_owned);
        self
    }

    pub(super) fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    pub(super) fn snippet(mut self, snippet: impl Into<String>) -> Self {
        self.snippet = Some(snippet.into());
        self
    }

    pub(super) fn data(mut self, data: Value) -> Self {
        self.data = Some(data);
        self
    }
}

impl<'v> Items<'v> {
    pub(super) fn new(spot: &Spot<'v>) -> Self {
        Self {
            spot: spot.clone(),
            found: Vec::new(),
            labels: BTreeSet::new(),
        }
    }

    /// Adds an item, unless one of its label is there.
    pub(super) fn push(&mut self, rank: Rank, item: Item) {
        if !self.labels.insert(item.label.clone()) {
            return;
        }
        let snippets = self.spot.view.snippets;
        let (text, format) = match item.snippet {
            Some(snippet) if snippets => (Some(snippet), Some(InsertTextFormat::Snippet)),
            Some(snippet) => (Some(without_stops(&snippet)), None),
            None => (None, None),
        };
        let place = self.found.len();
        self.found.push((
            rank,
            place,
            CompletionItem {
                label: item.label,
                kind: Some(item.kind),
                detail: (!item.detail.is_empty()).then_some(item.detail),
                insert_text: text,
                insert_text_format: format,
                data: item.data,
                documentation: (item.words)
                    .map(|words| Documentation::MarkupContent(markdown(words))),
                ..CompletionItem::default()
            },
        ));
    }

    /// Leaves of what was found its names alone.
    pub(super) fn name_only(&mut self) {
        for (_, _, item) in &mut self.found {
            (item.insert_text, item.insert_text_format) = (None, None);
        }
    }

    /// What names the thing to whoever asks for its documentation.
    pub(super) fn data_of(&self, more: &Value) -> Value {
        let project = self.spot.project;
        let address = project.and_then(|project| address(&project.root, &self.spot.file.name));
        json!({ "uri": address.map(|address| address.to_string()), "of": more })
    }

    /// What a name that is made in the text is found by again. By its line: what is misspelt before it may be mended here,
    /// so its byte is that of another text.
    pub(super) fn data_of_made(&self, binder: &Binder) -> Value {
        let line = self.spot.file.text.line_of(binder.span.start as usize);
        self.data_of(&json!({ "name": binder.name, "line": line }))
    }

    /// The items with their order written into them.
    pub(super) fn into_sorted(self) -> Vec<CompletionItem> {
        let mut items = self.found;
        items.sort_by_key(|(rank, place, _)| (*rank, *place));
        let numbered = items.into_iter().enumerate();
        numbered
            .map(|(place, (_, _, item))| CompletionItem {
                sort_text: Some(format!("{place:05}")),
                ..item
            })
            .collect()
    }
}

/// A snippet as plain text.
fn without_stops(snippet: &str) -> String {
    let mut plain = String::new();
    let mut letters = snippet.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => plain.extend(letters.next()),
            '$' => match letters.peek() {
                Some('{') => {
                    letters.next();
                    let stop: String = letters
                        .by_ref()
                        .take_while(|letter| *letter != '}')
                        .collect();
                    plain.push_str(default_of(&stop));
                }
                _ => while letters.next_if(char::is_ascii_digit).is_some() {},
            },
            letter => plain.push(letter),
        }
    }
    plain
}

/// What stands at a place of a snippet before anybody fills it in: `1:default`, `1|one,two|`, `1`.
fn default_of(stop: &str) -> &str {
    match stop.find([':', '|']) {
        Some(at) if stop.get(at..).is_some_and(|rest| rest.starts_with(':')) => {
            stop.get(at + 1..).unwrap_or_default()
        }
        Some(at) => {
            let choices = stop.get(at + 1..).unwrap_or_default();
            let first = choices.split([',', '|']).next();
            first.unwrap_or_default()
        }
        None => "",
    }
}
