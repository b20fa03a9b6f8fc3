//! Declarations that are not triggers, models, policies or tests.

use super::{Rules, ends_line, goes_on, items, name};
use crate::tree_sitter::rule::{
    Rule, choice, field, one_of, optional, repeat, separated, seq, symbol, words,
};

pub(super) fn rules() -> Rules {
    vec![
        ("_declaration", declaration()),
        (
            "use_declaration",
            seq!["use", separated(field("name", symbol("path")), ",")],
        ),
        (
            "zone_declaration",
            seq!["zone", field("name", symbol("text"))],
        ),
        (
            "calendar_declaration",
            seq!["calendar", field("name", name())],
        ),
        (
            "input_declaration",
            seq![
                "input",
                field("name", name()),
                ":",
                ends_line(field("type", symbol("_type"))),
                optional(seq!["=", ends_line(field("value", symbol("_value")))]),
            ],
        ),
        (
            "one_run_declaration",
            seq![
                words("one run at a time"),
                optional(seq!["per", ends_line(field("key", symbol("_access")))]),
                optional(seq![
                    ",",
                    choice![words("newest wins"), one_of(&["join", "skip"])],
                ]),
            ],
        ),
        (
            "type_declaration",
            seq![
                "type",
                field("name", name()),
                choice![
                    field("type", symbol("record_type")),
                    seq!["=", ends_line(field("type", symbol("_type")))],
                ],
            ],
        ),
        (
            "query_declaration",
            seq![
                "query",
                field("name", name()),
                optional(field("parameters", symbol("parameters"))),
                "from",
                source(),
            ],
        ),
        (
            "command_declaration",
            seq![
                "command",
                field("name", name()),
                optional(field("parameters", symbol("parameters"))),
                "on",
                source(),
            ],
        ),
        (
            "metric_declaration",
            seq![
                "metric",
                field("name", name()),
                ":",
                goes_on(field("type", symbol("_type"))),
                repeat(seq![
                    ",",
                    choice![
                        seq!["snapshot", field("snapshot", name())],
                        seq!["combine", field("combine", name())],
                    ],
                ]),
                "from",
                field("connection", name()),
                sql(),
            ],
        ),
        (
            "state_declaration",
            seq![
                "state",
                field("name", name()),
                ":",
                goes_on(field("type", symbol("_type"))),
                "=",
                ends_line(field("value", symbol("_expression"))),
                optional(seq!["per", ends_line(field("key", symbol("_access")))]),
            ],
        ),
        (
            "function_declaration",
            seq![
                "function",
                field("name", name()),
                field("parameters", symbol("parameters")),
                "->",
                goes_on(field("result", symbol("_type"))),
                choice![
                    seq!["=", ends_line(field("value", symbol("_value")))],
                    field("body", symbol("block")),
                ],
            ],
        ),
        (
            "action_declaration",
            seq![
                "action",
                field("name", name()),
                field("parameters", symbol("parameters")),
                optional(seq!["->", goes_on(field("result", symbol("_type")))]),
                field("body", symbol("block")),
            ],
        ),
        (
            "on_failure_declaration",
            seq![
                words("on failure"),
                optional(seq!["as", field("binding", name())]),
                field("body", symbol("block")),
            ],
        ),
        ("parameters", items("(", symbol("parameter"), ")")),
        (
            "parameter",
            seq![field("name", name()), ":", field("type", symbol("_type"))],
        ),
        (
            "row_limit",
            seq![
                words("at most"),
                symbol("integer"),
                one_of(&["row", "rows"])
            ],
        ),
    ]
}

fn declaration() -> Rule {
    choice![
        symbol("use_declaration"),
        symbol("zone_declaration"),
        symbol("calendar_declaration"),
        symbol("trigger_declaration"),
        symbol("input_declaration"),
        symbol("one_run_declaration"),
        symbol("type_declaration"),
        symbol("query_declaration"),
        symbol("command_declaration"),
        symbol("model_declaration"),
        symbol("predictor_declaration"),
        symbol("metric_declaration"),
        symbol("state_declaration"),
        symbol("function_declaration"),
        symbol("action_declaration"),
        symbol("policy_declaration"),
        symbol("on_failure_declaration"),
        symbol("test_declaration"),
    ]
}

/// A connection, how many rows at most, and the SQL.
fn source() -> Rule {
    seq![
        field("connection", name()),
        optional(seq![",", symbol("row_limit")]),
        sql(),
    ]
}

/// SQL between braces.
pub(super) fn sql() -> Rule {
    seq!["{", optional(field("body", symbol("sql"))), "}"]
}
