//! Questions to people, waits, and the events they name.

use super::modifiers::modifiers;
use super::statements::before_block;
use super::{Rules, goes_on, name};
use crate::tree_sitter::rule::{choice, field, optional, repeat, seq, symbol, words};

pub(super) fn rules() -> Rules {
    vec![
        (
            "ask_statement",
            seq![
                "ask",
                optional(seq![symbol("integer"), "of"]),
                goes_on(field("whom", symbol("_access"))),
                choice![
                    seq![words("to approve"), field("text", symbol("_text"))],
                    seq![
                        "for",
                        goes_on(field("type", symbol("_type"))),
                        field("text", symbol("_text")),
                        optional(seq![
                            words("starting with"),
                            field("starting_with", symbol("_item")),
                        ]),
                    ],
                ],
                modifiers(),
            ],
        ),
        (
            "wait_statement",
            seq![
                "wait",
                choice![
                    field("delay", symbol("_delay")),
                    seq!["until", field("until", symbol("_expression"))],
                    seq!["for", symbol("_event")],
                    seq![
                        words("for first"),
                        "{",
                        optional(seq![
                            symbol("_wait_branch"),
                            repeat(seq![symbol("_line_end"), symbol("_wait_branch")]),
                        ]),
                        "}",
                    ],
                ],
                modifiers(),
            ],
        ),
        (
            "_wait_branch",
            choice![symbol("event_branch"), symbol("after_branch")],
        ),
        (
            "event_branch",
            seq![
                before_block(symbol("_event")),
                field("body", symbol("block"))
            ],
        ),
        (
            "after_branch",
            seq![
                "after",
                before_block(field("delay", symbol("_delay"))),
                field("body", symbol("block")),
            ],
        ),
        (
            "_event",
            seq![
                field("event", symbol("path")),
                optional(seq!["as", field("binding", name())]),
                optional(seq!["where", field("condition", symbol("_expression"))]),
            ],
        ),
        ("_delay", choice![symbol("business_days"), symbol("_span")]),
        (
            "business_days",
            seq![symbol("integer"), "business", choice!["day", "days"],],
        ),
    ]
}
