//! A rule of a tree-sitter grammar, and how it stands in `grammar.json`.

use serde_json::{Value, json};

/// A rule. A `&str` stands for itself, as in `Rule::from("let")`.
#[derive(Clone, Debug, PartialEq)]
pub enum Rule {
    /// The word or sign as written.
    Text(String),
    /// A regular expression that makes one token.
    Pattern(String),
    /// Another rule of the grammar, by its name.
    Symbol(String),
    /// One after the other.
    Sequence(Vec<Rule>),
    /// One of several.
    Choice(Vec<Rule>),
    /// Any number of times, none among them.
    Repeat(Box<Rule>),
    /// At least once.
    RepeatOnce(Box<Rule>),
    /// Nothing.
    Blank,
    /// A child that has a name.
    Field(&'static str, Box<Rule>),
    /// Shown in the tree under another name; `named` unless it stands for a word or sign.
    Alias {
        /// What is read.
        content: Box<Rule>,
        /// What it is called.
        value: String,
        /// Whether the tree shows it as a node and not as a word.
        named: bool,
    },
    /// One token.
    Token(Box<Rule>),
    /// Decides between rules that could both go on.
    Precedence(Side, i32, Box<Rule>),
}

/// What a precedence prefers where it is equal on both sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Nothing: equal precedences are a conflict.
    Neither,
    /// The rule that began first ends first.
    Left,
    /// The rule that began last goes on.
    Right,
}

impl From<&str> for Rule {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl Rule {
    /// The rule as `grammar.json` holds it.
    #[must_use]
    pub fn json(&self) -> Value {
        let members = |rules: &[Rule]| rules.iter().map(Rule::json).collect::<Vec<_>>();
        match self {
            Self::Text(value) => json!({ "type": "STRING", "value": value }),
            Self::Pattern(value) => json!({ "type": "PATTERN", "value": value }),
            Self::Symbol(name) => json!({ "type": "SYMBOL", "name": name }),
            Self::Sequence(rules) => json!({ "type": "SEQ", "members": members(rules) }),
            Self::Choice(rules) => json!({ "type": "CHOICE", "members": members(rules) }),
            Self::Repeat(rule) => json!({ "type": "REPEAT", "content": rule.json() }),
            Self::RepeatOnce(rule) => json!({ "type": "REPEAT1", "content": rule.json() }),
            Self::Blank => json!({ "type": "BLANK" }),
            Self::Field(name, rule) => {
                json!({ "type": "FIELD", "name": name, "content": rule.json() })
            }
            Self::Alias {
                content,
                value,
                named,
            } => json!({
                "type": "ALIAS", "content": content.json(), "named": named, "value": value,
            }),
            Self::Token(rule) => json!({ "type": "TOKEN", "content": rule.json() }),
            Self::Precedence(side, value, rule) => {
                let kind = match side {
                    Side::Neither => "PREC",
                    Side::Left => "PREC_LEFT",
                    Side::Right => "PREC_RIGHT",
                };
                json!({ "type": kind, "value": value, "content": rule.json() })
            }
        }
    }

    /// Calls `visit` with every word or sign that stands in the rule.
    pub fn texts(&self, visit: &mut impl FnMut(&str)) {
        match self {
            Self::Text(text) => visit(text),
            Self::Sequence(rules) | Self::Choice(rules) => {
                for rule in rules {
                    rule.texts(visit);
                }
            }
            Self::Repeat(rule)
            | Self::RepeatOnce(rule)
            | Self::Field(_, rule)
            | Self::Alias { content: rule, .. }
            | Self::Token(rule)
            | Self::Precedence(_, _, rule) => rule.texts(visit),
            Self::Pattern(_) | Self::Symbol(_) | Self::Blank => {}
        }
    }
}

/// One after the other.
macro_rules! seq {
    ($($rule:expr),+ $(,)?) => {
        $crate::tree_sitter::rule::Rule::Sequence(vec![
            $($crate::tree_sitter::rule::Rule::from($rule)),+
        ])
    };
}

/// One of several.
macro_rules! choice {
    ($($rule:expr),+ $(,)?) => {
        $crate::tree_sitter::rule::Rule::Choice(vec![
            $($crate::tree_sitter::rule::Rule::from($rule)),+
        ])
    };
}

pub(crate) use {choice, seq};

/// Another rule, by its name.
pub(crate) fn symbol(name: &str) -> Rule {
    Rule::Symbol(name.to_owned())
}

/// A token given by a regular expression.
pub(crate) fn pattern(pattern: &str) -> Rule {
    Rule::Pattern(pattern.to_owned())
}

/// The rule or nothing.
pub(crate) fn optional(rule: impl Into<Rule>) -> Rule {
    Rule::Choice(vec![rule.into(), Rule::Blank])
}

/// Any number of times.
pub(crate) fn repeat(rule: impl Into<Rule>) -> Rule {
    Rule::Repeat(Box::new(rule.into()))
}

/// At least once.
pub(crate) fn repeat_once(rule: impl Into<Rule>) -> Rule {
    Rule::RepeatOnce(Box::new(rule.into()))
}

/// A child with a name.
pub(crate) fn field(name: &'static str, rule: impl Into<Rule>) -> Rule {
    Rule::Field(name, Box::new(rule.into()))
}

/// Shown as a node of another name.
pub(crate) fn alias(rule: impl Into<Rule>, node: &str) -> Rule {
    Rule::Alias {
        content: Box::new(rule.into()),
        value: node.to_owned(),
        named: true,
    }
}

/// Shown as a word or sign.
pub(crate) fn shown_as(rule: impl Into<Rule>, text: &str) -> Rule {
    Rule::Alias {
        content: Box::new(rule.into()),
        value: text.to_owned(),
        named: false,
    }
}

/// The words of a phrase, one after the other: `words("at most once per")`.
pub(crate) fn words(phrase: &str) -> Rule {
    Rule::Sequence(phrase.split(' ').map(Rule::from).collect())
}

/// One of the words of a list.
pub(crate) fn one_of(words: &[&str]) -> Rule {
    match words {
        [word] => Rule::from(*word),
        _ => Rule::Choice(words.iter().map(|word| Rule::from(*word)).collect()),
    }
}

/// At least one, with something between.
pub(crate) fn separated(rule: impl Into<Rule>, by: impl Into<Rule>) -> Rule {
    let (rule, by) = (rule.into(), by.into());
    seq![rule.clone(), repeat(seq![by, rule])]
}

/// Binds so strongly; where equal, the left one ends first.
pub(crate) fn left(value: i32, rule: impl Into<Rule>) -> Rule {
    Rule::Precedence(Side::Left, value, Box::new(rule.into()))
}

/// Binds so strongly; where equal, the right one goes on.
pub(crate) fn right(value: i32, rule: impl Into<Rule>) -> Rule {
    Rule::Precedence(Side::Right, value, Box::new(rule.into()))
}

/// Binds so strongly.
pub(crate) fn strength(value: i32, rule: impl Into<Rule>) -> Rule {
    Rule::Precedence(Side::Neither, value, Box::new(rule.into()))
}
