//! The words of the language, by where they may stand.

use super::items::{Item, Items, Rank};
use crate::protocol::CompletionItemKind as Kind;
use sophia_language::syntax::{Item as Declared, Statement};

/// What the lines of some braces are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Block {
    /// A file without its first line.
    Empty,
    /// A playbook.
    Top,
    Module,
    Statements,
    Model,
    Predictor,
    Test,
    Type,
    Policy,
    Function,
    /// The cases of a `match`.
    Match,
    /// What `wait for first` waits for.
    First,
    /// An example of a model.
    Example,
}

const HEADERS: &[(&str, &str)] = &[
    ("playbook", "playbook ${1:name}\n\nuse $0"),
    ("module", "module ${1:name}\n\n$0"),
];

const DECLARATIONS: &[(&str, &str)] = &[
    ("type", "type ${1:Name} {\n  ${2:field}: ${3:text}\n}"),
    (
        "query",
        "query ${1:name} from ${2:connection} {\n  select $0\n}",
    ),
    (
        "command",
        "command ${1:name}(${2:id}: text) on ${3:connection}, at most 1 row {\n  $0\n}",
    ),
    (
        "model",
        "model ${1:name}(${2:of}: text) -> ${3:text} {\n  route ${4:local}\n  prompt \"\"\"\n    $0\n    \"\"\"\n  otherwise ${5:\"\"}\n}",
    ),
    (
        "function",
        "function ${1:name}(${2:value}: ${3:number}) -> ${4:number} = $0",
    ),
    (
        "action",
        "action ${1:name}(${2:value}: ${3:text}) {\n  $0\n}",
    ),
    (
        "metric",
        "metric ${1:name}: ${2:number} from ${3:connection} {\n  $0\n}",
    ),
];

/// What a module alone declares.
const OF_A_MODULE: &[(&str, &str)] =
    &[("use", "use $0"), ("policy", "policy ${1:name} {\n  $0\n}")];

const OF_A_PLAYBOOK: &[(&str, &str)] = &[
    ("use", "use $0"),
    ("trigger", "trigger $0"),
    ("input", "input ${1:name}: ${2:text}"),
    ("state", "state ${1:name}: ${2:boolean} = ${3:false}"),
    (
        "predictor",
        "predictor ${1:name} {\n  learn from ${2:connection} {\n    $0\n  }\n  predict ${3:column}\n  accept auc >= 0.80\n  retrain every month\n}",
    ),
    ("on failure", "on failure as ${1:f} {\n  $0\n}"),
    (
        "test",
        "test \"${1:what it shows}\" {\n  given $0\n  run\n  expect \n}",
    ),
    ("one run at a time", "one run at a time"),
    ("zone", "zone \"${1:Europe/Berlin}\""),
    ("calendar", "calendar $0"),
];

const STATEMENTS: &[(&str, &str)] = &[
    ("let", "let ${1:name} = $0"),
    ("do", "do $0"),
    ("if", "if ${1:condition} {\n  $0\n}"),
    ("for each", "for each ${1:item} in ${2:items} {\n  $0\n}"),
    (
        "match",
        "match ${1:value} {\n  ${2:\"a\"} { $0 }\n  else { }\n}",
    ),
    (
        "ask",
        "ask \"${1:group}\" to approve \"${2:what}\" within ${3:1 day}",
    ),
    ("wait", "wait $0"),
    ("record", "record ${1:rows} into ${2:connection}.${3:table}"),
    ("emit", "emit ${1:event} { $0 }"),
    ("set", "set ${1:state} = $0"),
    ("run", "run ${1:playbook}($0)"),
    ("start", "start ${1:playbook}($0)"),
    (
        "repeat",
        "repeat every ${1:1 hour}, at most ${2:3} times, until ${3:condition} {\n  $0\n}",
    ),
    ("together", "together {\n  $0\n}"),
    ("try", "try {\n  $0\n} otherwise as ${1:f} {\n}"),
    ("stop", "stop \"${1:why}\" when $0"),
    ("fail", "fail \"${1:why}\" when $0"),
    ("skip", "skip \"${1:why}\" when $0"),
    ("return", "return $0"),
    ("yield", "yield $0"),
];

const BOUND: &[(&str, &str)] = &[
    ("do", "do $0"),
    ("ask", "ask \"${1:group}\" to approve \"${2:what}\""),
    ("wait for", "wait for $0"),
    (
        "for each",
        "for each ${1:item} in ${2:items} {\n  yield $0\n}",
    ),
    ("run", "run ${1:playbook}($0)"),
    ("search", "search ${1:knowledge} for ${2:text} take ${3:5}"),
    ("find metrics", "find metrics for ${1:text} take ${2:3}"),
    ("read csv", "read csv ${1:path} as table of {\n  $0\n}"),
];

const CLAUSES: &[(&str, &str)] = &[
    ("route", "route $0"),
    ("prompt", "prompt \"\"\"\n  $0\n  \"\"\""),
    ("otherwise", "otherwise $0"),
    ("budget", "budget $${1:0.01} per call"),
    ("cache", "cache ${1:1 day}"),
    ("temperature", "temperature ${1:0.2}"),
    ("ensure", "ensure $0"),
    ("example", "example {\n  given { $0 }\n  returns \n}"),
];

const OF_A_PREDICTOR: &[(&str, &str)] = &[
    ("learn", "learn from ${1:connection} {\n  $0\n}"),
    ("predict", "predict $0"),
    ("accept", "accept ${1:auc} >= ${2:0.80}"),
    ("retrain", "retrain every ${1:month}"),
];

const OF_A_TEST: &[(&str, &str)] = &[
    ("given", "given $0"),
    ("run", "run"),
    ("run with", "run with { $0 }"),
    ("then", "then $0"),
    ("expect", "expect $0"),
];

const OF_A_POLICY: &[(&str, &str)] = &[
    ("every", "every do ${1:tool.call} follows ask"),
    ("no", "no @${1:pii} reaches ${2:openai}"),
    ("at most", "at most ${1:100} of do ${2:tool} per run"),
];

const OF_AN_EXAMPLE: &[(&str, &str)] = &[("given", "given { $0 }"), ("returns", "returns $0")];

const STAGES: &[(&str, &str)] = &[
    ("where", "where $0"),
    ("add", "add ${1:column} = $0"),
    ("select", "select $0"),
    ("sort by", "sort by $0"),
    ("take", "take ${1:50}"),
    ("first", "first"),
    ("only", "only"),
    ("group by", "group by ${1:column} { ${2:n}: count() }"),
    ("join", "join ${1:table} as ${2:t} on $0"),
    ("join optional", "join optional ${1:table} as ${2:t} on $0"),
    ("map", "map $0"),
    ("check", "check \"${1:what}\" $0"),
];

const SCHEDULES: &[&str] = &[
    "every weekday at 08:00",
    "every day at 08:00",
    "every monday at 09:00",
    "every 15 minutes",
    "every hour",
    "on the last friday of each month at 17:00",
    "on the 3rd business day of each month at 07:00",
];

const HAPPENINGS: &[(&str, &str)] = &[
    ("on webhook", "on webhook ${1:source}.${2:event} as ${3:x}"),
    ("on event", "on event ${1:name} as ${2:x}"),
    ("on file", "on file \"${1:inbox/*.csv}\" as ${2:upload}"),
    (
        "on change in",
        "on change in ${1:connection}.${2:table} by ${3:id} as ${4:x}",
    ),
    (
        "on message from",
        "on message from ${1:connection} \"${2:topic}\" as ${3:x}",
    ),
    (
        "on resource",
        "on resource ${1:tool} \"${2:uri}\" as ${3:x}",
    ),
    (
        "on request",
        "on request (${1:name}: ${2:text}) -> ${3:text}",
    ),
    (
        "cron",
        "cron \"${1:0 8 * * 1-5}\" in \"${2:Europe/Berlin}\"",
    ),
];

/// Words that a value begins with.
const BEFORE_VALUES: &[&str] = &["not", "true", "false", "none", "if"];

/// Words between values.
const AFTER_VALUES: &[&str] = &[
    "and",
    "or",
    "not in",
    "in",
    "known in",
    "is present",
    "is missing",
    "like",
    "between",
    "then",
    "else",
    "when",
    "as",
];

const UNITS: &[&str] = &[
    "seconds",
    "minutes",
    "hours",
    "days",
    "business days",
    "weeks",
];

const UNITS_OF_ONE: &[&str] = &["second", "minute", "hour", "day", "business day", "week"];

fn add(items: &mut Items<'_>, rank: Rank, words: &[(&str, &str)]) {
    for (word, snippet) in words {
        items.push(rank, Item::new(*word, Kind::Keyword).snippet(*snippet));
    }
}

/// What a line may begin with.
pub(super) fn beginnings(items: &mut Items<'_>, block: Block) {
    match block {
        Block::Empty => add(items, Rank::Wanted, HEADERS),
        Block::Top => of_a_playbook(items),
        Block::Module => {
            add(items, Rank::Wanted, OF_A_MODULE);
            add(items, Rank::Wanted, DECLARATIONS);
        }
        Block::Statements => add(items, Rank::Wanted, STATEMENTS),
        Block::Model => add(items, Rank::Wanted, CLAUSES),
        Block::Predictor => add(items, Rank::Wanted, OF_A_PREDICTOR),
        Block::Test => add(items, Rank::Wanted, OF_A_TEST),
        Block::Policy => add(items, Rank::Wanted, OF_A_POLICY),
        Block::Function => {
            for word in ["let", "return"] {
                items.push(
                    Rank::Wanted,
                    Item::new(word, Kind::Keyword).snippet(format!("{word} $0")),
                );
            }
        }
        Block::Example => add(items, Rank::Wanted, OF_AN_EXAMPLE),
        // What stands there is found by whoever knows the place.
        Block::Match | Block::First | Block::Type => {}
    }
}

/// What a line of a playbook begins with: what it declares first, while it does nothing yet.
fn of_a_playbook(items: &mut Items<'_>) {
    let parsed = items.spot.parsed();
    let written = parsed.map_or(&[][..], |parsed| &parsed.file.items);
    let has = |wanted: fn(&Declared) -> bool| written.iter().any(wanted);
    let begins = !has(
        |item| matches!(item, Declared::Statement(statement) if !matches!(statement, Statement::Error(_))),
    );
    if begins {
        if !has(|item| matches!(item, Declared::Use(_))) {
            items.push(
                Rank::Required,
                Item::new("use", Kind::Keyword).snippet("use $0"),
            );
        }
        if !has(|item| matches!(item, Declared::Trigger(_))) {
            let item = Item::new("trigger", Kind::Keyword).snippet("trigger $0");
            items.push(Rank::Required, item);
        }
        add(items, Rank::Required, OF_A_PLAYBOOK);
        add(items, Rank::Required, DECLARATIONS);
    }
    let ends_alone = |word: &str| matches!(word, "skip" | "yield");
    let statements = STATEMENTS.iter().filter(|(word, _)| !ends_alone(word));
    for (word, snippet) in statements {
        let item = Item::new(*word, Kind::Keyword).snippet(*snippet);
        items.push(Rank::Wanted, item);
    }
    add(items, Rank::Near, OF_A_PLAYBOOK);
    add(items, Rank::Near, DECLARATIONS);
}

/// The stages of a pipeline.
pub(super) fn stages(items: &mut Items<'_>) {
    add(items, Rank::Wanted, STAGES);
}

/// What starts a run; of a phrase that is begun behind a byte, what is left to write.
pub(super) fn schedules(items: &mut Items<'_>, from: usize, offset: usize) {
    let text = items.spot.file.text.as_str();
    let written = text.get(from..offset).unwrap_or_default();
    let word = written.rfind(' ').map_or(0, |at| at + 1);
    let begun = written.get(..word).unwrap_or_default().trim_start();
    let begun = begun.to_owned();
    for phrase in SCHEDULES {
        if let Some(rest) = phrase.strip_prefix(begun.as_str()) {
            items.push(Rank::Wanted, Item::new(rest, Kind::Event));
        }
    }
    for (phrase, snippet) in HAPPENINGS {
        if let (Some(rest), Some(snippet)) = (
            phrase.strip_prefix(begun.as_str()),
            snippet.strip_prefix(begun.as_str()),
        ) {
            items.push(Rank::Near, Item::new(rest, Kind::Keyword).snippet(snippet));
        }
    }
    if begun.contains(" at ") {
        let item = Item::new("in", Kind::Keyword).snippet("in \"${1:Europe/Berlin}\"");
        items.push(Rank::Wanted, item.detail("where this hour is meant"));
    }
}

/// These words and nothing else.
pub(super) fn only(items: &mut Items<'_>, words: &[&str]) {
    keywords(items, Rank::Wanted, words);
}

/// Words that a value begins with.
pub(super) fn before_values(items: &mut Items<'_>) {
    keywords(items, Rank::Far, BEFORE_VALUES);
}

/// What may be done instead of a step that did not succeed.
pub(super) fn ends(items: &mut Items<'_>) {
    items.push(Rank::Wanted, Item::new("none", Kind::Keyword));
    for word in ["stop", "skip", "fail"] {
        let item = Item::new(word, Kind::Keyword).snippet(format!("{word} \"${{1:why}}\""));
        items.push(Rank::Wanted, item);
    }
}

/// What a `let` may name besides a value: what an effect gives, an answer, an event, a loop, a run.
pub(super) fn bound(items: &mut Items<'_>) {
    add(items, Rank::Near, BOUND);
}

/// Behind `route`: several models answer.
pub(super) fn several(items: &mut Items<'_>) {
    keywords(items, Rank::Far, &["best of"]);
}

/// Words that are values by themselves.
pub(super) fn fixed(items: &mut Items<'_>) {
    keywords(items, Rank::Far, &["true", "false", "none"]);
}

/// Words that follow a value.
pub(super) fn after_values(items: &mut Items<'_>) {
    keywords(items, Rank::Far, AFTER_VALUES);
}

/// What the number before a byte counts.
pub(super) fn units(items: &mut Items<'_>, offset: usize) {
    let before = items.spot.file.text.as_str().get(..offset);
    let before = before.unwrap_or_default();
    let before = before.trim_end_matches(char::is_alphabetic).trim_end();
    let number = before.rfind(|letter: char| !letter.is_ascii_digit());
    let is_one = before.get(number.map_or(0, |at| at + 1)..) == Some("1");
    keywords(
        items,
        Rank::Required,
        if is_one { UNITS_OF_ONE } else { UNITS },
    );
}

/// What an effect does of which nobody knows whether it happened.
pub(super) fn unsure(items: &mut Items<'_>) {
    keywords(items, Rank::Wanted, &["retry", "skip", "ask"]);
}

fn keywords(items: &mut Items<'_>, rank: Rank, words: &[&str]) {
    for word in words {
        items.push(rank, Item::new(*word, Kind::Keyword));
    }
}
