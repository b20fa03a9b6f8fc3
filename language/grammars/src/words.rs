//! The words and signs of the language: the one table from which both grammars and their colours come.
//!
//! Kept true: the rules of the tree-sitter grammar use no word or sign that is not here, and each one
//! that is here stands in a rule. A test says so.

/// What a word is for; each role has its colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// Begins a declaration: `playbook`, `query`.
    Declaration,
    /// Begins a statement that changes the world: `do`, `record`.
    Effect,
    /// Begins a statement that decides what happens next: `if`, `wait`, `stop`.
    Control,
    /// Begins any other statement: `let`.
    Statement,
    /// Begins a line in a body: `route`, `prompt`, `learn`.
    Clause,
    /// May follow a step: `retry`, `otherwise`.
    Modifier,
    /// Begins a stage after `|`: `where`, `take`.
    Stage,
    /// Begins a line of a test, or says what happened in it: `given`, `called`.
    Test,
    /// Says when a run starts: `every`, `webhook`.
    Trigger,
    /// Makes a type from others: `list`, `table`.
    Type,
    /// An operator that is a word: `and`, `like`.
    Operator,
    /// Part of a phrase: `of`, `per`.
    Part,
    /// A unit or a name of the calendar: `days`, `monday`.
    Calendar,
    /// A value: `true`, `none`.
    Constant,
}

/// Words by role. A word with several meanings stands where it is met most.
pub const WORDS: &[(Role, &[&str])] = &[
    (
        Role::Declaration,
        &[
            "playbook",
            "module",
            "use",
            "zone",
            "calendar",
            "trigger",
            "input",
            "type",
            "query",
            "command",
            "model",
            "predictor",
            "metric",
            "state",
            "function",
            "action",
            "policy",
            "test",
            "one",
            "failure",
        ],
    ),
    (
        Role::Effect,
        &["do", "record", "emit", "ask", "run", "start", "set"],
    ),
    (
        Role::Control,
        &[
            "if", "then", "else", "match", "for", "each", "repeat", "together", "try", "wait",
            "stop", "fail", "skip", "return", "yield", "until", "after", "when",
        ],
    ),
    (Role::Statement, &["let"]),
    (
        Role::Clause,
        &[
            "route",
            "budget",
            "cache",
            "temperature",
            "ensure",
            "prompt",
            "example",
            "returns",
            "learn",
            "predict",
            "accept",
            "retrain",
            "follows",
            "has",
            "no",
            "reaches",
            "snapshot",
            "combine",
        ],
    ),
    (
        Role::Modifier,
        &[
            "retry",
            "timeout",
            "once",
            "undo",
            "within",
            "remind",
            "unsure",
            "named",
            "otherwise",
            "catch",
            "up",
            "except",
            "our",
            "own",
            "key",
            "keep",
            "going",
            "newest",
            "wins",
        ],
    ),
    (
        Role::Stage,
        &[
            "where",
            "add",
            "select",
            "sort",
            "take",
            "first",
            "only",
            "map",
            "group",
            "join",
            "check",
            "optional",
            "ascending",
            "descending",
            "search",
            "find",
            "metrics",
            "read",
        ],
    ),
    (
        Role::Test,
        &[
            "given", "expect", "called", "never", "before", "waits", "fails", "arrives",
            "approves", "refuses", "answers", "pass", "passes",
        ],
    ),
    (
        Role::Trigger,
        &[
            "every", "cron", "webhook", "event", "file", "change", "message", "resource",
            "request", "batches",
        ],
    ),
    (Role::Type, &["list", "table", "row", "money"]),
    (
        Role::Operator,
        &[
            "and", "or", "not", "in", "like", "between", "is", "present", "missing", "known",
            "mod", "as", "over",
        ],
    ),
    (
        Role::Part,
        &[
            "a", "above", "alike", "all", "approve", "at", "best", "business", "by", "call", "end",
            "from", "into", "last", "least", "most", "next", "of", "on", "per", "rows", "starting",
            "the", "this", "time", "times", "to", "with",
        ],
    ),
    (
        Role::Calendar,
        &[
            "millisecond",
            "milliseconds",
            "second",
            "seconds",
            "minute",
            "minutes",
            "hour",
            "hours",
            "day",
            "days",
            "week",
            "weeks",
            "month",
            "months",
            "quarter",
            "quarters",
            "year",
            "years",
            "weekday",
            "monday",
            "tuesday",
            "wednesday",
            "thursday",
            "friday",
            "saturday",
            "sunday",
            "third",
            "fourth",
            "fifth",
        ],
    ),
    (Role::Constant, CONSTANTS),
];

/// Values that are words.
pub const CONSTANTS: &[&str] = &["true", "false", "none"];

/// Types that need no declaration. They are names like any other; only their colour is their own.
pub const BUILT_IN_TYPES: &[&str] = &[
    "text",
    "boolean",
    "integer",
    "number",
    "decimal",
    "money",
    "percent",
    "date",
    "time",
    "timestamp",
    "duration",
    "json",
    "file",
    "person",
];

/// Names that mean something without a declaration.
pub const BUILT_IN_NAMES: &[&str] = &["today", "now", "result", "row", "people"];

/// Functions that need no declaration.
pub const BUILT_IN_FUNCTIONS: &[&str] = &[
    "count",
    "sum",
    "average",
    "min",
    "max",
    "first",
    "last",
    "rank",
    "previous",
    "redact",
    "pseudonymize",
    "release",
    "days",
    "contains",
];

/// What a length of time is counted in.
pub const UNITS: &[&str] = &[
    "millisecond",
    "milliseconds",
    "second",
    "seconds",
    "minute",
    "minutes",
    "hour",
    "hours",
    "day",
    "days",
    "week",
    "weeks",
    "month",
    "months",
    "quarter",
    "quarters",
    "year",
    "years",
];

/// The days of the week.
pub const DAYS: &[&str] = &[
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// Places in a month that are words; `last` has its own rule.
pub const POSITIONS: &[&str] = &["first", "second", "third", "fourth", "fifth"];

/// Words that can begin a value and are names where nothing of theirs follows: `start.day`.
pub const ALSO_NAMES: &[&str] = &["find", "start", "end"];

/// Further words that may name an argument: `f(if: x)`.
pub const ALSO_LABELS: &[&str] = &["if", "not", "true", "false", "none", "search", "read"];

/// Words that always continue the line before them when a line begins with one.
pub const CONTINUING: &[&str] = &[
    "else",
    "in",
    "like",
    "between",
    "is",
    "known",
    "and",
    "or",
    "when",
    "where",
    "into",
    "mod",
    "not in",
    "starting with",
];

/// Words with which a modifier begins on a line of its own.
pub const MODIFIER_STARTS: &[&str] = &[
    "catch up",
    "except our",
    "at most",
    "undo with",
    "retry",
    "timeout",
    "otherwise",
    "within",
    "remind",
    "unsure",
    "key",
    "named",
    "with",
];

/// Comparisons of two values.
pub const COMPARISONS: &[&str] = &["=", "!=", "<", "<=", ">", ">=", "like", "in"];

/// Signs that stand between two values.
pub const OPERATORS: &[&str] = &[
    "=", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "??", "..",
];

/// Signs that separate and point.
pub const PUNCTUATION: &[&str] = &[",", ":", ".", "?.", "?", "->", "|"];

/// Brackets in pairs.
pub const BRACKETS: &[(&str, &str)] = &[("{", "}"), ("[", "]"), ("(", ")")];

/// What begins and ends a text.
pub const QUOTES: &[&str] = &["\"", "\"\"\""];

/// A name. Regular expressions here are read by both engines.
pub const NAME: &str = r"[\p{XID_Start}_][\p{XID_Continue}]*";
/// `50`
pub const INTEGER: &str = "[0-9]+";
/// `0.80`
pub const NUMBER: &str = r"[0-9]+\.[0-9]+";
/// `70%`
pub const PERCENT: &str = r"[0-9]+(\.[0-9]+)?%";
/// `$12,000`
pub const MONEY: &str = r"\$[0-9]+(,[0-9][0-9][0-9])*(\.[0-9]+)?";
/// `2026-11-22`
pub const DATE: &str = "[0-9][0-9][0-9][0-9]-[0-9][0-9]?-[0-9][0-9]?";
/// `08:00`
pub const TIME: &str = "[0-9][0-9]?:[0-9][0-9]";
/// `3rd`
pub const ORDINAL: &str = "[0-9]+(st|nd|rd|th)";
/// `EUR`
pub const CURRENCY: &str = "[A-Z][A-Z][A-Z]";
/// `@pii.email`
pub const LABEL: &str =
    r"@[\p{XID_Start}_][\p{XID_Continue}]*(\.[\p{XID_Start}_][\p{XID_Continue}]*)*";
/// `# …`
pub const COMMENT: &str = "#[^\\n]*";
/// `## …`
pub const DOCUMENTATION: &str = "##[^\\n]*";

/// The words of a role.
#[must_use]
pub fn of(role: Role) -> &'static [&'static str] {
    WORDS
        .iter()
        .find(|(of, _)| *of == role)
        .map_or(&[], |(_, words)| words)
}
