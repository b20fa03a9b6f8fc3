//! When a run starts, and the phrases of schedules.

use super::{Rules, ends_line, name};
use crate::tree_sitter::rule::{
    Rule, choice, field, one_of, optional, repeat, separated, seq, symbol, words,
};
use crate::words as table;

pub(super) fn rules() -> Rules {
    vec![
        (
            "trigger_declaration",
            seq![
                "trigger",
                choice![
                    field("schedule", symbol("schedule")),
                    seq![
                        "on",
                        choice![
                            symbol("request_trigger"),
                            symbol("webhook_trigger"),
                            symbol("event_trigger"),
                            symbol("file_trigger"),
                            symbol("change_trigger"),
                            symbol("message_trigger"),
                            symbol("resource_trigger"),
                        ],
                    ],
                ],
            ],
        ),
        (
            "request_trigger",
            seq![
                "request",
                optional(field("parameters", symbol("parameters"))),
                optional(seq!["->", ends_line(field("result", symbol("_type")))]),
            ],
        ),
        (
            "webhook_trigger",
            seq!["webhook", field("event", symbol("path")), binding()],
        ),
        (
            "event_trigger",
            seq!["event", field("event", symbol("path")), binding()],
        ),
        (
            "file_trigger",
            seq!["file", field("glob", symbol("text")), binding()],
        ),
        (
            "change_trigger",
            seq![
                words("change in"),
                field("table", symbol("path")),
                "by",
                field("key", symbol("_key")),
                optional(seq!["as", field("binding", name())]),
                repeat(symbol("_change_option")),
            ],
        ),
        (
            "_change_option",
            seq![
                optional(symbol("_modifier_end")),
                choice![
                    words("except our own"),
                    symbol("_batches"),
                    seq!["with", field("inputs", symbol("record"))],
                ],
            ],
        ),
        (
            "message_trigger",
            seq![
                words("message from"),
                field("connection", name()),
                field("topic", symbol("text")),
                binding(),
            ],
        ),
        (
            "resource_trigger",
            seq![
                "resource",
                field("tool", name()),
                field("uri", symbol("text")),
                binding(),
            ],
        ),
        (
            "_batches",
            seq![
                words("in batches of"),
                symbol("integer"),
                optional(seq![words("or every"), symbol("_span")]),
            ],
        ),
        (
            "_inputs",
            seq![
                optional(symbol("_modifier_end")),
                "with",
                field("inputs", symbol("record")),
            ],
        ),
        (
            // What tells rows apart: a name, a path or a list of names.
            "_key",
            choice![symbol("path"), symbol("list")],
        ),
        (
            "schedule",
            seq![
                choice![
                    symbol("_every"),
                    symbol("_on_the"),
                    seq!["cron", symbol("text")],
                ],
                optional(seq!["in", field("zone", symbol("text"))]),
                optional(seq![
                    optional(symbol("_modifier_end")),
                    words("catch up"),
                    one_of(&["all", "once", "none"]),
                ]),
            ],
        ),
        (
            "_every",
            seq![
                "every",
                choice![
                    seq![symbol("integer"), symbol("unit")],
                    symbol("unit"),
                    "weekday",
                    separated(symbol("day_name"), choice![",", "and"]),
                ],
                optional(times()),
            ],
        ),
        (
            "_on_the",
            seq![
                words("on the"),
                choice!["last", seq![symbol("ordinal"), optional(words("to last")),],],
                optional(choice!["day", seq!["business", "day"], symbol("day_name"),]),
                words("of each month"),
                optional(times()),
            ],
        ),
        ("day_name", one_of(table::DAYS)),
        (
            "ordinal",
            choice![
                Rule::Pattern(table::ORDINAL.to_owned()),
                one_of(table::POSITIONS),
            ],
        ),
    ]
}

/// The name of what came in, and how it fills the inputs.
fn binding() -> Rule {
    seq![
        optional(seq!["as", field("binding", name())]),
        optional(symbol("_inputs")),
    ]
}

fn times() -> Rule {
    seq![
        "at",
        symbol("time"),
        repeat(seq![choice![",", "and"], symbol("time")]),
    ]
}
