//! Statements, and blocks of them.

use super::modifiers::modifiers;
use super::{Rules, ends_line, goes_on, lines, name};
use crate::tree_sitter::rule::{
    Rule, alias, choice, field, one_of, optional, repeat, separated, seq, shown_as, symbol, words,
};

pub(super) fn rules() -> Rules {
    vec![
        ("_statement", statement()),
        ("block", lines("_statement", &["_line_end"])),
        (
            // After `otherwise`, where a record could stand too.
            "_open_block",
            seq![
                shown_as(symbol("_block_start"), "{"),
                optional(seq![
                    symbol("_statement"),
                    repeat(seq![symbol("_line_end"), symbol("_statement")]),
                ]),
                "}",
            ],
        ),
        (
            "let_statement",
            seq![
                "let",
                field("name", name()),
                "=",
                choice![
                    seq![field("value", symbol("_value")), modifiers()],
                    field("value", symbol("_step")),
                ],
            ],
        ),
        (
            // Statements that give a value.
            "_step",
            choice![
                symbol("do_statement"),
                symbol("ask_statement"),
                symbol("wait_statement"),
                symbol("for_statement"),
                symbol("run_statement"),
                symbol("start_statement"),
            ],
        ),
        (
            "do_statement",
            seq!["do", field("call", named_call()), modifiers(),],
        ),
        (
            "_named_call",
            seq![
                field(
                    "callee",
                    choice![name(), alias(symbol("_named_field"), "field")],
                ),
                field("arguments", symbol("arguments")),
            ],
        ),
        (
            "_named_field",
            seq![
                field(
                    "of",
                    choice![name(), alias(symbol("_named_field"), "field")],
                ),
                ".",
                field("name", name()),
            ],
        ),
        (
            "run_statement",
            seq!["run", field("call", named_call()), modifiers()],
        ),
        (
            "start_statement",
            seq!["start", field("call", named_call()), modifiers()],
        ),
        (
            "record_statement",
            seq![
                "record",
                field("rows", symbol("_value")),
                optional(symbol("_not_before_into")),
                "into",
                field("table", symbol("path")),
                optional(seq![
                    optional(symbol("_modifier_end")),
                    "key",
                    separated(field("key", name()), ","),
                ]),
                modifiers(),
            ],
        ),
        (
            "emit_statement",
            seq![
                "emit",
                field("event", symbol("path")),
                optional(field("value", symbol("record"))),
                modifiers(),
            ],
        ),
        (
            "set_statement",
            seq![
                "set",
                field("name", name()),
                optional(seq!["[", goes_on(field("key", symbol("_item"))), "]"]),
                "=",
                field("value", symbol("_value")),
                modifiers(),
            ],
        ),
        (
            "if_statement",
            seq![
                "if",
                before_block(field("condition", symbol("_expression"))),
                field("then", symbol("block")),
                optional(seq![
                    "else",
                    field("else", choice![symbol("block"), symbol("if_statement")],),
                ]),
            ],
        ),
        (
            "match_statement",
            seq![
                "match",
                before_block(field("value", symbol("_expression"))),
                "{",
                optional(seq![
                    symbol("match_arm"),
                    repeat(seq![symbol("_line_end"), symbol("match_arm")]),
                ]),
                optional(symbol("else_arm")),
                "}",
            ],
        ),
        (
            "match_arm",
            seq![
                separated(field("pattern", symbol("_pattern")), choice!["|", ","]),
                field("body", symbol("block")),
            ],
        ),
        (
            "_pattern",
            choice![symbol("range"), symbol("_literal"), symbol("text")],
        ),
        ("else_arm", seq!["else", field("body", symbol("block"))]),
        (
            "for_statement",
            seq![
                words("for each"),
                field("item", name()),
                "in",
                field("source", symbol("_item")),
                repeat(seq![
                    ",",
                    choice![
                        seq![symbol("integer"), words("at a time")],
                        words("keep going"),
                    ],
                ]),
                optional(symbol("_not_after_line")),
                optional(symbol("_line_end")),
                field("body", symbol("block")),
            ],
        ),
        (
            "repeat_statement",
            seq![
                words("repeat every"),
                field("every", symbol("_delay")),
                repeat(seq![
                    ",",
                    choice![
                        seq![
                            words("at most"),
                            symbol("integer"),
                            one_of(&["time", "times"])
                        ],
                        seq!["until", field("until", symbol("_expression"))],
                    ],
                ]),
                optional(symbol("_not_after_line")),
                optional(symbol("_line_end")),
                field("body", symbol("block")),
            ],
        ),
        (
            "together_statement",
            seq!["together", field("body", symbol("block"))],
        ),
        (
            "try_statement",
            seq![
                "try",
                field("body", symbol("block")),
                optional(symbol("_modifier_end")),
                "otherwise",
                optional(seq!["as", field("binding", name())]),
                field("otherwise", symbol("block")),
            ],
        ),
        ("stop_statement", end("stop")),
        ("fail_statement", end("fail")),
        ("skip_statement", end("skip")),
        (
            "return_statement",
            seq![
                "return",
                optional(ends_line(field("value", symbol("_value"))))
            ],
        ),
        (
            "yield_statement",
            seq![
                "yield",
                optional("each"),
                ends_line(field("value", symbol("_value")))
            ],
        ),
    ]
}

/// A call of something that has a name: what an effect may be.
pub(super) fn named_call() -> Rule {
    alias(symbol("_named_call"), "call")
}

fn statement() -> Rule {
    choice![
        symbol("let_statement"),
        symbol("do_statement"),
        symbol("record_statement"),
        symbol("emit_statement"),
        symbol("set_statement"),
        symbol("ask_statement"),
        symbol("wait_statement"),
        symbol("if_statement"),
        symbol("match_statement"),
        symbol("for_statement"),
        symbol("repeat_statement"),
        symbol("together_statement"),
        symbol("try_statement"),
        symbol("run_statement"),
        symbol("start_statement"),
        symbol("stop_statement"),
        symbol("fail_statement"),
        symbol("skip_statement"),
        symbol("return_statement"),
        symbol("yield_statement"),
    ]
}

/// A value before the brace of a block, which may stand on the next line.
pub(super) fn before_block(value: Rule) -> Rule {
    ends_line(seq![value, optional(symbol("_line_end"))])
}

/// `stop "why" when …`, `stop "why" on EVENT as x where …`
fn end(word: &str) -> Rule {
    seq![
        word,
        field("reason", symbol("_text")),
        optional(choice![
            seq!["when", field("condition", symbol("_expression"))],
            seq!["on", symbol("_event")],
        ]),
        optional(symbol("_not_after_line")),
    ]
}
