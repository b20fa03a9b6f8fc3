//! What may follow a step. A modifier may stand on a line of its own.

use super::statements::named_call;
use super::{Rules, ends_line, name};
use crate::tree_sitter::rule::{
    Rule, alias, choice, field, one_of, optional, repeat, right, seq, symbol, words,
};

pub(super) fn rules() -> Rules {
    vec![
        (
            "_modifier",
            choice![
                symbol("_not_after_step"),
                seq![
                    optional(symbol("_modifier_end")),
                    choice![
                        symbol("retry_modifier"),
                        symbol("timeout_modifier"),
                        symbol("once_modifier"),
                        symbol("undo_modifier"),
                        symbol("within_modifier"),
                        symbol("remind_modifier"),
                        symbol("unsure_modifier"),
                        symbol("named_modifier"),
                    ]
                ],
            ],
        ),
        (
            // The last of them.
            "_otherwise",
            seq![
                optional(symbol("_modifier_end")),
                symbol("otherwise_modifier")
            ],
        ),
        (
            "retry_modifier",
            seq![
                "retry",
                symbol("integer"),
                one_of(&["time", "times"]),
                optional(seq!["over", field("over", symbol("_span"))]),
            ],
        ),
        (
            "timeout_modifier",
            seq!["timeout", field("after", symbol("_span"))],
        ),
        (
            "once_modifier",
            seq![
                words("at most once per"),
                field("key", symbol("_access")),
                optional(seq!["in", field("within", symbol("_span"))]),
            ],
        ),
        (
            "undo_modifier",
            seq![words("undo with"), field("call", named_call())],
        ),
        (
            "within_modifier",
            right(
                0,
                seq![
                    "within",
                    field("limit", symbol("_delay")),
                    repeat(symbol("escalation")),
                ],
            ),
        ),
        (
            "escalation",
            right(
                0,
                seq![
                    optional(choice![",", symbol("_then_end")]),
                    "then",
                    field("whom", symbol("_access")),
                    optional(seq!["within", field("limit", symbol("_delay"))]),
                ],
            ),
        ),
        (
            "remind_modifier",
            seq![words("remind every"), field("every", symbol("_span"))],
        ),
        (
            "unsure_modifier",
            seq!["unsure", one_of(&["retry", "skip", "ask"])],
        ),
        ("named_modifier", seq!["named", field("name", name())]),
        (
            "otherwise_modifier",
            seq!["otherwise", field("value", otherwise())],
        ),
    ]
}

/// Any number of modifiers, `otherwise` last.
pub(super) fn modifiers() -> Rule {
    seq![repeat(symbol("_modifier")), optional(symbol("_otherwise"))]
}

fn otherwise() -> Rule {
    choice![
        alias(symbol("_open_block"), "block"),
        symbol("stop_statement"),
        symbol("fail_statement"),
        symbol("skip_statement"),
        ends_line(symbol("_item")),
    ]
}
