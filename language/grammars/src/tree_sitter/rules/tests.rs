//! Tests: what stands in for the outside, what happens meanwhile, what is expected.

use super::{Rules, lines};
use crate::tree_sitter::rule::{Rule, alias, choice, field, one_of, optional, seq, symbol, words};

pub(super) fn rules() -> Rules {
    vec![
        (
            "test_declaration",
            seq![
                "test",
                field("title", symbol("text")),
                field("body", symbol("test_body")),
            ],
        ),
        (
            "test_body",
            lines("_test_line", &["_line_end", "_then_end"]),
        ),
        (
            "_test_line",
            choice![
                symbol("given_line"),
                symbol("run_line"),
                symbol("then_line"),
                symbol("expect_line"),
            ],
        ),
        (
            "given_line",
            seq![
                "given",
                choice![
                    field("name", symbol("_given_name")),
                    seq!["ask", field("group", symbol("text"))],
                    seq!["file", field("file", symbol("text"))],
                ],
                choice![
                    seq!["=", before_line(field("value", symbol("_value")))],
                    seq![
                        "fails",
                        before_line(field("message", symbol("_text"))),
                        optional(seq![symbol("integer"), one_of(&["time", "times"])]),
                    ],
                ],
            ],
        ),
        (
            // A query may be called `ask` or `file`.
            "_given_name",
            choice![
                symbol("path"),
                alias(alias(one_of(&["ask", "file"]), "identifier"), "path"),
            ],
        ),
        ("run_line", seq!["run", optional(with())]),
        (
            "then_line",
            seq![
                "then",
                choice![
                    seq![symbol("_delay"), one_of(&["pass", "passes"])],
                    seq![
                        field("event", symbol("_access")),
                        "arrives",
                        optional(field("value", symbol("record"))),
                    ],
                    seq![
                        field("whom", symbol("_access")),
                        one_of(&["approves", "refuses", "answers"]),
                        optional(choice![field("answer", symbol("record")), with()]),
                    ],
                ],
            ],
        ),
        (
            "expect_line",
            seq![
                "expect",
                choice![
                    before_line(field("condition", symbol("_expression"))),
                    seq![
                        field("name", symbol("_access")),
                        choice![
                            seq![
                                "called",
                                choice![
                                    "once",
                                    seq![symbol("integer"), one_of(&["time", "times"])],
                                ],
                            ],
                            words("never called"),
                        ],
                        optional(with()),
                    ],
                    seq![
                        field("name", symbol("_access")),
                        "before",
                        before_line(field("later", symbol("_access"))),
                    ],
                    seq![
                        words("waits for"),
                        before_line(field("for", symbol("_access")))
                    ],
                    seq!["fails", optional(field("message", symbol("_text")))],
                ],
            ],
        ),
    ]
}

/// A value at the end of a line; the next may begin with `then`.
fn before_line(value: Rule) -> Rule {
    seq![value, optional(symbol("_not_after_test"))]
}

fn with() -> Rule {
    seq![
        optional(symbol("_modifier_end")),
        "with",
        field("with", symbol("record")),
    ]
}
