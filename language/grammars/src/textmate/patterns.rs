//! The patterns, room by room. A room is a list that others include by its name; the first pattern
//! that fits wins.
//!
//! Kept true: a text and a hole end with their line at the latest, `"""` and SQL at their own end. So a
//! slip colours a line wrongly, not the rest of the file.

use serde_json::Value;

use super::rule::{Between, captured, include, scoped};
use crate::words::{
    self, BUILT_IN_FUNCTIONS, BUILT_IN_NAMES, BUILT_IN_TYPES, CONSTANTS, Role, WORDS,
};

/// All rooms with their patterns.
pub(super) fn repository() -> Vec<(&'static str, Vec<Value>)> {
    vec![
        ("lines", lines()),
        ("code", code()),
        ("comments", comments()),
        ("literals", literals()),
        ("texts", texts()),
        ("escapes", escapes()),
        ("holes", holes()),
        ("markdown", markdown()),
        ("sql-body", sql_body()),
        ("sql", sql()),
        ("braces", braces()),
        ("words", keywords()),
        ("signs", signs()),
    ]
}

/// What only the start of a line can be.
fn lines() -> Vec<Value> {
    let name = words::NAME;
    let mut patterns = vec![
        // From its first word on, a line that declares SQL has a body; the brace opens it.
        Between {
            begin: &format!(
                r"^\s*(query|command|metric)\s+({name})(?!\s*=)|^\s*(learn)\b(?=\s+from\b)"
            ),
            begins: &[
                "keyword.declaration",
                "entity.name.function",
                "keyword.declaration",
            ],
            // A declaration that lost its body ends where the next begins.
            end: &format!(
                r"(?<=\}})|^(?=\s*(?:{})\b(?!\s*:))",
                alternatives(words::of(Role::Declaration))
            ),
            ends: "",
            scope: "meta.source",
            content: "",
            rooms: &["sql-body", "code"],
        }
        .json(),
        Between {
            begin: "^\\s*(prompt)\\s*(\"\"\")",
            begins: &["keyword.clause", "punctuation.definition.string.begin"],
            end: "\"\"\"",
            ends: "punctuation.definition.string.end",
            scope: "string.quoted.triple.prompt",
            content: "meta.embedded.block.prompt.sophia",
            rooms: &["escapes", "holes", "markdown"],
        }
        .json(),
        captured(
            &format!(r"^\s*(playbook|module)\s+({name}(?:\.{name})*)"),
            &["keyword.declaration", "entity.name.section"],
        ),
        captured(
            &format!(r"^\s*(type)\s+({name})(?=\s*[{{=])"),
            &["keyword.declaration", "entity.name.type"],
        ),
        captured(
            &format!(r"^\s*(model|function|action)\s+({name})(?=\s*\()"),
            &["keyword.declaration", "entity.name.function"],
        ),
        captured(
            &format!(r"^\s*(predictor|policy)\s+({name})(?=\s*\{{)"),
            &["keyword.declaration", "entity.name.function"],
        ),
        captured(
            &format!(r"^\s*(input|state)\s+({name})(?=\s*:)"),
            &["keyword.declaration", "variable.other.constant"],
        ),
        captured(
            &format!(r"^\s*(let)\s+({name})(?=\s*=)"),
            &["keyword.statement", "variable.other.definition"],
        ),
    ];
    patterns.extend(starts());
    patterns
}

/// Words that begin a line are keywords there, whatever they are elsewhere.
fn starts() -> Vec<Value> {
    [
        (Role::Effect, "keyword.control.effect"),
        (Role::Control, "keyword.control"),
        (Role::Declaration, "keyword.declaration"),
        (Role::Clause, "keyword.clause"),
        (Role::Modifier, "keyword.modifier"),
        (Role::Test, "keyword.test"),
    ]
    .into_iter()
    .map(|(role, scope)| {
        captured(
            &format!(r"^\s*({})\b(?!\s*[:=.(,])", alternatives(words::of(role))),
            &[scope],
        )
    })
    .collect()
}

/// Everything that may stand anywhere in code.
fn code() -> Vec<Value> {
    ["comments", "texts", "literals", "braces", "words", "signs"]
        .into_iter()
        .map(include)
        .collect()
}

fn comments() -> Vec<Value> {
    vec![
        scoped(
            "comment.line.documentation.number-sign",
            words::DOCUMENTATION,
        ),
        scoped("comment.line.number-sign", words::COMMENT),
    ]
}

/// The longest first: a date begins like a number.
fn literals() -> Vec<Value> {
    let apart = |pattern: &str| format!(r"(?<![\w.]){pattern}(?!\w)");
    vec![
        scoped("constant.numeric.date", &apart(words::DATE)),
        scoped("constant.numeric.time", &apart(words::TIME)),
        scoped("constant.numeric.money", words::MONEY),
        scoped("constant.numeric.percent", words::PERCENT),
        captured(
            &format!(
                r"({}|{})\s+({})\b",
                words::NUMBER,
                words::INTEGER,
                words::CURRENCY
            ),
            &["constant.numeric", "constant.language.currency"],
        ),
        captured(
            &format!(
                r"({}|{})\s+({})\b",
                words::NUMBER,
                words::INTEGER,
                alternatives(words::UNITS)
            ),
            &["constant.numeric", "constant.language.unit"],
        ),
        captured(
            r"([0-9]+)(st|nd|rd|th)\b",
            &["constant.numeric", "constant.language.unit"],
        ),
        scoped("constant.numeric.decimal", words::NUMBER),
        scoped("constant.numeric.integer", words::INTEGER),
        scoped("entity.other.attribute-name.label", words::LABEL),
    ]
}

fn texts() -> Vec<Value> {
    vec![
        Between {
            begin: "\"\"\"",
            begins: &["punctuation.definition.string.begin"],
            end: "\"\"\"",
            ends: "punctuation.definition.string.end",
            scope: "string.quoted.triple",
            content: "",
            rooms: &["escapes", "holes"],
        }
        .json(),
        Between {
            begin: "\"",
            begins: &["punctuation.definition.string.begin"],
            end: "\"|$",
            ends: "punctuation.definition.string.end",
            scope: "string.quoted.double",
            content: "",
            rooms: &["escapes", "holes"],
        }
        .json(),
    ]
}

fn escapes() -> Vec<Value> {
    vec![scoped("constant.character.escape", r"\{\{|\}\}")]
}

/// A value in a text or in SQL. Braces in it are in pairs, and it ends with its line.
fn holes() -> Vec<Value> {
    vec![
        Between {
            begin: r"\{",
            begins: &["punctuation.section.embedded.begin"],
            end: r"\}|$",
            ends: "punctuation.section.embedded.end",
            scope: "meta.embedded.hole",
            content: "source.sophia",
            rooms: &["code"],
        }
        .json(),
    ]
}

/// The little of Markdown that prompts show and that ends with its line. A whole grammar of Markdown
/// would read past the end of the text.
fn markdown() -> Vec<Value> {
    vec![
        scoped("markup.heading.markdown", r"^\s*#{1,6}\s[^{\n]*"),
        scoped("markup.bold.markdown", r"\*\*[^*{\n]+\*\*"),
        scoped("markup.inline.raw.markdown", r"`[^`{\n]+`"),
        scoped("markup.list.markdown", r"^\s*(?:[-*]|[0-9]+\.)(?=\s)"),
    ]
}

fn sql_body() -> Vec<Value> {
    vec![
        Between {
            begin: r"\{",
            begins: &["punctuation.section.embedded.begin"],
            // A doubled brace is the dialect's own.
            end: r"\}(?!\})",
            ends: "punctuation.section.embedded.end",
            scope: "",
            content: "meta.embedded.block.sql",
            rooms: &["sql"],
        }
        .json(),
    ]
}

/// SQL's own quotes and comments are opaque: a brace in them is not ours.
fn sql() -> Vec<Value> {
    let opaque = |begin: &str, end: &str, scope: &str| {
        Between {
            begin,
            begins: &[],
            end,
            ends: "",
            scope,
            content: "",
            rooms: &[],
        }
        .json()
    };
    vec![
        opaque("'", "'", "string.quoted.single.sql"),
        opaque("\"", "\"", "string.quoted.double.sql"),
        opaque(
            r"(\$(?:[A-Za-z_][A-Za-z0-9_]*)?\$)",
            r"\1",
            "string.unquoted.dollar.sql",
        ),
        opaque("--", "$", "comment.line.double-dash.sql"),
        opaque(r"/\*", r"\*/", "comment.block.sql"),
        include("escapes"),
        include("holes"),
        include("source.sql"),
    ]
}

fn braces() -> Vec<Value> {
    vec![
        Between {
            begin: r"\{",
            begins: &["punctuation.section.block.begin"],
            end: r"\}",
            ends: "punctuation.section.block.end",
            scope: "meta.braces",
            content: "",
            rooms: &["lines", "code"],
        }
        .json(),
    ]
}

/// Words by role. A word before a colon, after a dot or before a round bracket is a name.
fn keywords() -> Vec<Value> {
    let name = words::NAME;
    let mut patterns = vec![
        captured(
            &format!(r"(?<=\.)({name})(?=\s*\()"),
            &["entity.name.function.member"],
        ),
        captured(&format!(r"(?<=\.)({name})"), &["variable.other.property"]),
        captured(
            &format!(r"(?<![\w.])({name})(?=\s*:(?!:))"),
            &["variable.other.property"],
        ),
        captured(
            &format!(r"(?<![\w.])({})(?=\s*\()", alternatives(BUILT_IN_FUNCTIONS)),
            &["support.function"],
        ),
        captured(
            &format!(r"(?<![\w.])({name})(?=\()"),
            &["entity.name.function"],
        ),
        scoped(
            "constant.language",
            &format!(r"\b(?:{})\b", alternatives(CONSTANTS)),
        ),
    ];
    for (role, of_role) in WORDS {
        let scope = match role {
            Role::Effect => "keyword.control.effect",
            Role::Control => "keyword.control",
            Role::Declaration => "keyword.declaration",
            Role::Statement => "keyword.statement",
            Role::Clause => "keyword.clause",
            Role::Modifier => "keyword.modifier",
            Role::Stage => "keyword.stage",
            Role::Test => "keyword.test",
            Role::Trigger => "keyword.trigger",
            Role::Type => "storage.type",
            Role::Operator => "keyword.operator.word",
            Role::Part => "keyword.other",
            Role::Calendar => "constant.language.unit",
            Role::Constant => continue,
        };
        patterns.push(scoped(
            scope,
            &format!(r"\b(?:{})\b(?!\s*=[^=])", alternatives(of_role)),
        ));
    }
    patterns.push(scoped(
        "support.type",
        &format!(r"\b(?:{})\b", alternatives(BUILT_IN_TYPES)),
    ));
    patterns.push(scoped(
        "variable.language",
        &format!(r"\b(?:{})\b", alternatives(BUILT_IN_NAMES)),
    ));
    patterns.push(scoped("entity.name.type", r"\b\p{Lu}[\p{L}\p{N}_]*\b"));
    patterns.push(scoped("variable.other", name));
    patterns
}

fn signs() -> Vec<Value> {
    let escaped = |signs: &[&str]| {
        let mut signs = signs.to_vec();
        signs.sort_by_key(|sign| std::cmp::Reverse(sign.len()));
        signs
            .iter()
            .map(|sign| sign.chars().flat_map(|c| ['\\', c]).collect::<String>())
            .collect::<Vec<_>>()
            .join("|")
    };
    vec![
        // `->` and `?.` before the shorter signs that they begin with.
        scoped("punctuation.separator", r"->|\?\.|\|"),
        scoped("keyword.operator", &escaped(words::OPERATORS)),
        scoped("punctuation.separator", &escaped(words::PUNCTUATION)),
        scoped("punctuation.section.bracket", r"[\[\]()]"),
    ]
}

fn alternatives(words: &[&str]) -> String {
    let mut words = words.to_vec();
    words.sort_by_key(|word| (std::cmp::Reverse(word.len()), *word));
    words.join("|")
}
