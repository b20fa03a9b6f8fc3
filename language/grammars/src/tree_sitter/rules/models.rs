//! Models and predictors: bodies with a clause a line.

use super::declarations::sql;
use super::{Rules, goes_on, lines, name};
use crate::tree_sitter::rule::{
    Rule, choice, field, one_of, optional, separated, seq, symbol, words,
};

pub(super) fn rules() -> Rules {
    vec![
        (
            "model_declaration",
            seq![
                "model",
                field("name", name()),
                field("parameters", symbol("parameters")),
                "->",
                goes_on(field("result", symbol("_type"))),
                field("body", symbol("model_body")),
            ],
        ),
        (
            "model_body",
            lines("_model_clause", &["_line_end", "_modifier_end"]),
        ),
        (
            "_model_clause",
            choice![
                symbol("route_clause"),
                symbol("budget_clause"),
                symbol("cache_clause"),
                symbol("temperature_clause"),
                symbol("ensure_clause"),
                symbol("prompt_clause"),
                symbol("example_clause"),
                symbol("otherwise_clause"),
            ],
        ),
        (
            "route_clause",
            seq![
                "route",
                optional(words("best of")),
                separated(field("route", name()), ","),
            ],
        ),
        (
            "budget_clause",
            seq!["budget", separated(symbol("budget"), ",")],
        ),
        (
            "budget",
            seq![symbol("money"), "per", one_of(&["call", "run"])],
        ),
        (
            "cache_clause",
            seq![
                "cache",
                field("keep", symbol("_span")),
                optional(seq![
                    "when",
                    field("parameter", name()),
                    words("is alike above"),
                    symbol("percent"),
                ]),
            ],
        ),
        (
            "temperature_clause",
            seq![
                "temperature",
                before_clause(field("value", symbol("_expression")))
            ],
        ),
        (
            "ensure_clause",
            seq![
                "ensure",
                before_clause(field("condition", symbol("_expression")))
            ],
        ),
        (
            "prompt_clause",
            seq!["prompt", field("text", symbol("_text"))],
        ),
        (
            "example_clause",
            seq![
                "example",
                "{",
                "given",
                field("given", symbol("record")),
                choice![symbol("_line_end"), ","],
                "returns",
                goes_on(field("returns", symbol("_item"))),
                "}",
            ],
        ),
        (
            "otherwise_clause",
            seq!["otherwise", before_clause(field("value", symbol("_value")))],
        ),
        (
            "predictor_declaration",
            seq![
                "predictor",
                field("name", name()),
                field("body", symbol("predictor_body")),
            ],
        ),
        ("predictor_body", lines("_predictor_clause", &["_line_end"])),
        (
            "_predictor_clause",
            choice![
                symbol("learn_clause"),
                symbol("predict_clause"),
                symbol("accept_clause"),
                symbol("retrain_clause"),
            ],
        ),
        (
            "learn_clause",
            seq![words("learn from"), field("connection", name()), sql()],
        ),
        ("predict_clause", seq!["predict", field("column", name())]),
        (
            "accept_clause",
            seq![
                "accept",
                field("metric", name()),
                one_of(&[">=", ">", "<=", "<"]),
                field("bound", choice![symbol("_number"), symbol("percent")]),
            ],
        ),
        ("retrain_clause", seq!["retrain", symbol("schedule")]),
    ]
}

/// A value at the end of a clause; the next may begin with `otherwise`.
fn before_clause(value: Rule) -> Rule {
    seq![value, optional(symbol("_not_after_step"))]
}
