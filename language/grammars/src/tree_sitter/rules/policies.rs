//! Policies: a rule a line.

use super::{Rules, goes_on, lines, name};
use crate::tree_sitter::rule::{choice, field, optional, separated, seq, symbol, words};

pub(super) fn rules() -> Rules {
    vec![
        (
            "policy_declaration",
            seq![
                "policy",
                field("name", name()),
                field("body", symbol("policy_body")),
            ],
        ),
        (
            "policy_body",
            lines("_policy_rule", &["_line_end", "_modifier_end"]),
        ),
        (
            "_policy_rule",
            choice![
                symbol("every_rule"),
                symbol("flow_rule"),
                symbol("limit_rule"),
            ],
        ),
        (
            "every_rule",
            seq![
                "every",
                choice![
                    seq!["do", field("effect", symbol("path"))],
                    field("kind", name())
                ],
                optional(seq![
                    "where",
                    goes_on(field("condition", symbol("_expression")))
                ]),
                choice![
                    seq![
                        words("follows ask"),
                        optional(separated(field("group", symbol("text")), ",")),
                    ],
                    seq!["has", field("has", name())],
                ],
            ],
        ),
        (
            "flow_rule",
            seq![
                "no",
                field("label", symbol("label")),
                "reaches",
                field("destination", symbol("path")),
            ],
        ),
        (
            "limit_rule",
            seq![
                words("at most"),
                symbol("integer"),
                words("of do"),
                field("effect", symbol("path")),
                words("per run"),
            ],
        ),
    ]
}
