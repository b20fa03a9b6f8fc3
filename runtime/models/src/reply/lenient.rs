//! Reads JSON as models write it: with comments, trailing commas, single quotes, keys without quotes,
//! Python's words, or a missing end.
//!
//! Kept true here: a repair never invents or drops content. What could be read in two ways, such as a text
//! or a number that breaks off or a list without its end, is refused. A record without its end is closed
//! and marked [`Repair::CutOff`]; only a schema can tell whether it lacks something.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::{Map, Value};

/// Deeper nesting than this is refused.
const DEEPEST: usize = 64;

/// One kind of liberty that a reply took with JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Repair {
    /// Prose or a code fence stood around the JSON.
    Surroundings,
    /// A comment was skipped.
    Comment,
    /// A comma stood before a closing bracket.
    TrailingComma,
    /// A text stood in single quotes.
    SingleQuotes,
    /// A key stood without quotes.
    UnquotedKey,
    /// `True`, `False` or `None` stood for `true`, `false` or `null`.
    PythonWord,
    /// A line break or another control character stood in a text as itself.
    ControlCharacter,
    /// Closing brackets were missing at the end.
    CutOff,
}

impl fmt::Display for Repair {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Surroundings => "text around the JSON was dropped",
            Self::Comment => "a comment was dropped",
            Self::TrailingComma => "a trailing comma was dropped",
            Self::SingleQuotes => "single quotes were read as double quotes",
            Self::UnquotedKey => "a key without quotes was read as a key",
            Self::PythonWord => "True, False or None was read as JSON's own word",
            Self::ControlCharacter => "a line break inside a text was kept",
            Self::CutOff => "a missing closing bracket was added",
        })
    }
}

/// A value that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// The value.
    pub value: Value,
    /// The liberties it took.
    pub repairs: BTreeSet<Repair>,
    /// The byte after it.
    pub end: usize,
}

/// Why no value could be read.
#[derive(Clone, Debug, PartialEq)]
pub struct Broken {
    /// The byte at which reading stopped.
    pub at: usize,
    /// Whether at least one member or item had been read, so that this was meant as JSON.
    pub begun: bool,
    /// A few words: `the text breaks off`.
    pub reason: &'static str,
}

/// Reads the value that begins at a byte, which must be a boundary of characters.
pub fn read(text: &str, from: usize) -> Result<Found, Broken> {
    let mut reader = Reader {
        text,
        at: from,
        begun: false,
        repairs: BTreeSet::new(),
    };
    match reader.value(0) {
        Ok(value) => Ok(Found {
            value,
            repairs: reader.repairs,
            end: reader.at,
        }),
        Err(reason) => Err(Broken {
            at: reader.at,
            begun: reader.begun,
            reason,
        }),
    }
}

type Outcome<T> = Result<T, &'static str>;

const BREAKS_OFF: &str = "it breaks off";

struct Reader<'a> {
    text: &'a str,
    at: usize,
    begun: bool,
    repairs: BTreeSet<Repair>,
}

impl Reader<'_> {
    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    fn take(&mut self, wanted: char) -> bool {
        let there = self.peek() == Some(wanted);
        if there {
            self.at += wanted.len_utf8();
        }
        there
    }

    /// Skips blanks and comments.
    fn blanks(&mut self) -> Outcome<()> {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches([' ', '\t', '\r', '\n']);
            self.at += rest.len() - trimmed.len();
            let rest = self.rest();
            let comment = if rest.starts_with("//") {
                rest.find('\n').unwrap_or(rest.len())
            } else if rest.starts_with("/*") {
                let after = rest.get(2..).unwrap_or("");
                after.find("*/").ok_or("a comment has no end")? + 4
            } else {
                return Ok(());
            };
            self.at += comment;
            self.repairs.insert(Repair::Comment);
        }
    }

    fn value(&mut self, depth: usize) -> Outcome<Value> {
        if depth > DEEPEST {
            return Err("it is nested too deep");
        }
        self.blanks()?;
        match self.peek() {
            None => Err(BREAKS_OFF),
            Some('{') => self.record(depth),
            Some('[') => self.list(depth),
            Some(quote @ ('"' | '\'')) => self.string(quote).map(Value::String),
            Some('-' | '0'..='9') => self.number(depth),
            Some(_) => self.word(),
        }
    }

    fn record(&mut self, depth: usize) -> Outcome<Value> {
        self.next();
        let mut members = Map::new();
        loop {
            self.blanks()?;
            if self.take('}') {
                if !members.is_empty() {
                    self.repairs.insert(Repair::TrailingComma);
                }
                return Ok(Value::Object(members));
            }
            if self.peek().is_none() {
                self.repairs.insert(Repair::CutOff);
                return Ok(Value::Object(members));
            }
            let key = self.key()?;
            self.blanks()?;
            if !self.take(':') {
                return Err("a colon is missing");
            }
            let value = self.value(depth + 1)?;
            self.begun = true;
            if members.insert(key, value).is_some() {
                return Err("a field stands in it twice");
            }
            self.blanks()?;
            match self.peek() {
                Some(',') => {
                    self.next();
                }
                Some('}') => {
                    self.next();
                    return Ok(Value::Object(members));
                }
                None => {
                    self.repairs.insert(Repair::CutOff);
                    return Ok(Value::Object(members));
                }
                Some(_) => return Err("a comma is missing"),
            }
        }
    }

    fn list(&mut self, depth: usize) -> Outcome<Value> {
        self.next();
        let mut items = Vec::new();
        loop {
            self.blanks()?;
            if self.take(']') {
                if !items.is_empty() {
                    self.repairs.insert(Repair::TrailingComma);
                }
                return Ok(Value::Array(items));
            }
            items.push(self.value(depth + 1)?);
            self.begun = true;
            self.blanks()?;
            match self.peek() {
                Some(',') => {
                    self.next();
                }
                Some(']') => {
                    self.next();
                    return Ok(Value::Array(items));
                }
                // How many items would have followed nobody knows.
                None => return Err(BREAKS_OFF),
                Some(_) => return Err("a comma is missing"),
            }
        }
    }

    fn key(&mut self) -> Outcome<String> {
        match self.peek() {
            Some(quote @ ('"' | '\'')) => self.string(quote),
            Some(first) if first.is_ascii_alphabetic() || first == '_' => {
                let rest = self.rest();
                let end = rest
                    .find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
                    .unwrap_or(rest.len());
                let key = rest.get(..end).unwrap_or("").to_owned();
                self.at += end;
                self.repairs.insert(Repair::UnquotedKey);
                Ok(key)
            }
            _ => Err("a key is missing"),
        }
    }

    fn string(&mut self, quote: char) -> Outcome<String> {
        self.next();
        if quote == '\'' {
            self.repairs.insert(Repair::SingleQuotes);
        }
        let mut content = String::new();
        loop {
            match self.next().ok_or("a text in it breaks off")? {
                end if end == quote => return Ok(content),
                '\\' => content.push(self.escape()?),
                control if control < ' ' => {
                    self.repairs.insert(Repair::ControlCharacter);
                    content.push(control);
                }
                plain => content.push(plain),
            }
        }
    }

    fn escape(&mut self) -> Outcome<char> {
        Ok(match self.next().ok_or("a text in it breaks off")? {
            'b' => '\u{8}',
            'f' => '\u{c}',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            plain @ ('"' | '\\' | '/' | '\'') => plain,
            'u' => {
                let first = self.hexadecimal()?;
                let code = if (0xd800..0xdc00).contains(&first) {
                    if !(self.take('\\') && self.take('u')) {
                        return Err("a text in it holds half a character");
                    }
                    let second = self.hexadecimal()?;
                    if !(0xdc00..0xe000).contains(&second) {
                        return Err("a text in it holds half a character");
                    }
                    0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)
                } else {
                    first
                };
                char::from_u32(code).ok_or("a text in it holds half a character")?
            }
            _ => return Err("a text in it holds an unknown escape"),
        })
    }

    fn hexadecimal(&mut self) -> Outcome<u32> {
        let digits = self.rest().get(..4).ok_or("a text in it breaks off")?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err("a text in it holds an unknown escape");
        }
        let code = u32::from_str_radix(digits, 16).map_err(|_| "an escape is broken")?;
        self.at += 4;
        Ok(code)
    }

    fn number(&mut self, depth: usize) -> Outcome<Value> {
        let rest = self.rest();
        let end = rest
            .find(|c: char| !(c.is_ascii_digit() || matches!(c, '+' | '-' | '.' | 'e' | 'E')))
            .unwrap_or(rest.len());
        let digits = rest.get(..end).unwrap_or("");
        let value: Value = serde_json::from_str(digits).map_err(|_| "a number in it is broken")?;
        if end == rest.len() && depth > 0 {
            return Err("a number in it breaks off");
        }
        let next = rest.get(end..).and_then(|rest| rest.chars().next());
        if next.is_some_and(|c| c.is_alphanumeric() || c == '_' || c == '%') {
            return Err("a number in it is broken");
        }
        self.at += end;
        Ok(value)
    }

    fn word(&mut self) -> Outcome<Value> {
        let rest = self.rest();
        let end = rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_'))
            .unwrap_or(rest.len());
        let (value, python) = match rest.get(..end).unwrap_or("") {
            "true" => (Value::Bool(true), false),
            "false" => (Value::Bool(false), false),
            "null" => (Value::Null, false),
            "True" => (Value::Bool(true), true),
            "False" => (Value::Bool(false), true),
            "None" => (Value::Null, true),
            _ => return Err("a text in it stands without quotes"),
        };
        if python {
            self.repairs.insert(Repair::PythonWord);
        }
        self.at += end;
        Ok(value)
    }
}
