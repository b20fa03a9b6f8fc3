//! What the language holds and no plan can hold yet.
//!
//! Kept true here: a construct that is not followed yet is told once, where it stands; what it brings
//! has no known type, so that nothing which rests on it is told as well.

use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::{File, Item, Trigger, TriggerKind};

use crate::checker::Checker;

impl Checker<'_> {
    /// Says that a construct is not followed yet. `what` is the construct as people write it.
    pub(crate) fn later(&mut self, what: &str, span: Span) {
        let diagnostic = self
            .diagnostic(
                codes::S890,
                span,
                format!(
                    "`{what}` can be read and formatted; checking and running it is not there yet."
                ),
            )
            .with_label("not there yet");
        self.push(diagnostic);
    }

    /// Says so for a construct that begins with its own words, and marks these only.
    pub(crate) fn later_from(&mut self, words: &str, whole: Span) {
        let span = Span {
            start: whole.start,
            end: whole
                .start
                .saturating_add(u32::try_from(words.len()).unwrap_or(0)),
        };
        let written = self.text.get(span.range());
        let span = if written == Some(words) { span } else { whole };
        self.later(words, span);
    }

    /// The declarations of a file that are not followed yet.
    pub(crate) fn later_declarations(&mut self, file: &File) {
        for item in &file.items {
            match item {
                Item::Calendar { span, .. } => self.later_from("calendar", *span),
                Item::Command(command) => self.later_from("command", command.span),
                Item::Metric(metric) => self.later_from("metric", metric.span),
                Item::State(state) => self.later_from("state", state.span),
                Item::Function(function) => self.later_from("function", function.span),
                Item::Action(action) => self.later_from("action", action.span),
                Item::Policy(policy) => self.later_from("policy", policy.span),
                Item::OneRun(rule) => self.later_from("one run at a time", rule.span),
                Item::Trigger(trigger) => self.later_trigger(trigger),
                Item::Use(_)
                | Item::Zone { .. }
                | Item::Input(_)
                | Item::Type(_)
                | Item::Query(_)
                | Item::Predictor(_)
                | Item::Model(_)
                | Item::OnFailure(_)
                | Item::Test(_)
                | Item::Statement(_)
                | Item::Error(_) => {}
            }
        }
    }

    fn later_trigger(&mut self, trigger: &Trigger) {
        let what = match &trigger.kind {
            TriggerKind::Webhook { .. } => "trigger on webhook",
            TriggerKind::Event { .. } => "trigger on event",
            TriggerKind::File { .. } => "trigger on file",
            TriggerKind::Change(_) => "trigger on change",
            TriggerKind::Message { .. } => "trigger on message",
            TriggerKind::Resource { .. } => "trigger on resource",
            TriggerKind::Request {
                parameters, result, ..
            } if !parameters.is_empty() || result.is_some() => "trigger on request (…)",
            TriggerKind::Schedule { .. } | TriggerKind::Request { .. }
                if trigger.with.is_some() =>
            {
                "trigger … with"
            }
            TriggerKind::Schedule { .. } | TriggerKind::Request { .. }
                if trigger.binding.is_some() =>
            {
                "trigger … as"
            }
            TriggerKind::Schedule { .. } | TriggerKind::Request { .. } | TriggerKind::Error(_) => {
                return;
            }
        };
        self.later(what, trigger.span);
    }
}
