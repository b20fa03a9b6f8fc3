//! A text of TOML as the keys and texts that it writes, each with the path that it stands under.
//!
//! Kept true here: every header and every key counts, also where another names the same table again; what is broken is
//! read up to the end of its line; a place is that of the word, without its quotes.

use sophia_diagnostics::Span;
use toml_parser::decoder::Encoding;
use toml_parser::parser::{EventReceiver, RecursionGuard, parse_document};
use toml_parser::{ErrorSink, Source};

/// Deeper values are not looked into.
const DEEPEST: u32 = 32;

/// A key or a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Written {
    /// The keys from the root on. A key is itself the last of them; a text stands under them.
    pub(super) path: Vec<String>,
    /// The words of a text; `None` for a key.
    pub(super) text: Option<String>,
    pub(super) span: Span,
}

/// Everything that a text of TOML writes, in its order.
pub(super) fn written(text: &str) -> Vec<Written> {
    let tokens = Source::new(text).lex().into_vec();
    let mut gathering = Gathering {
        text,
        ..Gathering::default()
    };
    let mut guard = RecursionGuard::new(&mut gathering, DEEPEST);
    parse_document(&tokens, &mut guard, &mut ());
    gathering.found
}

/// What is open around a value.
enum Around {
    /// A table between braces, and how long the path to it is.
    Table(usize),
    /// A list.
    List,
}

#[derive(Default)]
struct Gathering<'t> {
    text: &'t str,
    found: Vec<Written>,
    /// The path to what is read now.
    path: Vec<String>,
    /// How long the path of the last header is.
    header: usize,
    around: Vec<Around>,
}

impl<'t> Gathering<'t> {
    /// A word without its quotes. One that is written in several lines or with escapes names nothing.
    fn word(&self, span: toml_parser::Span, encoding: Option<Encoding>) -> Option<(&'t str, Span)> {
        let quotes = match encoding {
            None => 0,
            Some(Encoding::LiteralString | Encoding::BasicString) => 1,
            Some(_) => return None,
        };
        let (start, end) = (span.start() + quotes, span.end().checked_sub(quotes)?);
        let word = self.text.get(start..end)?;
        let is_plain = encoding != Some(Encoding::BasicString) || !word.contains('\\');
        is_plain.then(|| (word, Span::new(start, end)))
    }

    /// A value ends: in a table what follows is another key.
    fn ended(&mut self) {
        let length = match self.around.last() {
            Some(Around::List) => return,
            Some(Around::Table(length)) => *length,
            None => self.header,
        };
        self.path.truncate(length);
    }

    fn header(&mut self) {
        self.path.clear();
        self.around.clear();
        self.header = 0;
    }
}

impl EventReceiver for Gathering<'_> {
    fn std_table_open(&mut self, _: toml_parser::Span, _: &mut dyn ErrorSink) {
        self.header();
    }

    fn std_table_close(&mut self, _: toml_parser::Span, _: &mut dyn ErrorSink) {
        self.header = self.path.len();
    }

    fn array_table_open(&mut self, _: toml_parser::Span, _: &mut dyn ErrorSink) {
        self.header();
    }

    fn array_table_close(&mut self, _: toml_parser::Span, _: &mut dyn ErrorSink) {
        self.header = self.path.len();
    }

    fn inline_table_open(&mut self, _: toml_parser::Span, _: &mut dyn ErrorSink) -> bool {
        self.around.push(Around::Table(self.path.len()));
        true
    }

    fn inline_table_close(&mut self, _: toml_parser::Span, _: &mut dyn ErrorSink) {
        if let Some(Around::Table(length)) = self.around.pop() {
            self.path.truncate(length);
        }
        self.ended();
    }

    fn array_open(&mut self, _: toml_parser::Span, _: &mut dyn ErrorSink) -> bool {
        self.around.push(Around::List);
        true
    }

    fn array_close(&mut self, _: toml_parser::Span, _: &mut dyn ErrorSink) {
        self.around.pop();
        self.ended();
    }

    fn simple_key(
        &mut self,
        span: toml_parser::Span,
        encoding: Option<Encoding>,
        _: &mut dyn ErrorSink,
    ) {
        let Some((word, span)) = self.word(span, encoding) else {
            self.path.push(String::new());
            return;
        };
        self.path.push(word.to_owned());
        self.found.push(Written {
            path: self.path.clone(),
            text: None,
            span,
        });
    }

    fn scalar(
        &mut self,
        span: toml_parser::Span,
        encoding: Option<Encoding>,
        _: &mut dyn ErrorSink,
    ) {
        if encoding.is_some()
            && let Some((word, span)) = self.word(span, encoding)
        {
            self.found.push(Written {
                path: self.path.clone(),
                text: Some(word.to_owned()),
                span,
            });
        }
        self.ended();
    }

    fn newline(&mut self, _: toml_parser::Span, _: &mut dyn ErrorSink) {
        if self.around.is_empty() {
            self.path.truncate(self.header);
        }
    }
}
