//! Branches, loops and early ends.

use std::sync::Arc;

use sophia_diagnostics::{Span, codes};
use sophia_language::syntax::{ElseBranch, End, EndKind as Written, ForEach, If};
use sophia_plan::step::{Block, EndKind, Policy, Step, StepKind};
use sophia_plan::types::Type;

use super::block::Building;
use super::statement::{Around, Ends, Frame, Yields, leaves};
use crate::checker::Checker;
use crate::types::{Expected, Scope, facts_of, with_article};

/// The longest part of a condition or reason that stands in a step's name.
const LONGEST_LABEL: usize = 48;

impl Checker<'_> {
    /// `if … { } else { }`
    pub(super) fn if_statement(
        &mut self,
        statement: &If,
        scope: &mut Scope,
        around: Around,
        building: &mut Building,
    ) -> Step {
        let condition = self.check_condition(&statement.condition, scope);
        self.place_pending(building, &Policy::default());
        let (held, failed) = facts_of(&statement.condition, scope);
        let frame = Frame {
            label: self.label("if", statement.condition.span()),
            span: statement.span,
            documentation: &statement.documentation,
        };
        let name = self.reserve_name(&frame.label, frame.span, false);
        let own = last_part(&name).to_owned();
        let then = self.nested_block(&statement.then, &scope.knowing(&held), around, &own);
        let otherwise = match &statement.otherwise {
            None => Block::default(),
            Some(ElseBranch::Block(block)) => {
                let label = format!("{own}/else");
                self.nested_block(block, &scope.knowing(&failed), around, &label)
            }
            Some(ElseBranch::If(inner)) => {
                let outer = self.pending.enter(&format!("{own}/else"));
                let mut inside = Building::default();
                let mut scope = scope.knowing(&failed);
                let step = self.if_statement(inner, &mut scope, around, &mut inside);
                inside.place(step);
                self.pending.leave(outer);
                inside.finish()
            }
        };
        if statement.otherwise.is_none() && leaves(&statement.then) {
            scope.learn(&failed);
        }
        let kind = StepKind::Branch {
            condition,
            then,
            otherwise,
        };
        self.named_step(name, &frame, kind)
    }

    /// `for each x in xs { }`: the step, and the type of an item.
    pub(super) fn loop_step(
        &mut self,
        statement: &ForEach,
        scope: &Scope,
        yields: Yields,
        building: &mut Building,
    ) -> (Step, Type) {
        let source = self.typed(&statement.source, scope, None);
        self.place_pending(building, &Policy::default());
        let item = match &source.of {
            Type::Table(row) => Type::Record(row.clone()),
            Type::List(item) => (**item).clone(),
            Type::Unknown => Type::Unknown,
            Type::Optional(inner) if matches!(**inner, Type::Table(_) | Type::List(_)) => {
                self.report_may_be_missing(statement.source.span());
                Type::Unknown
            }
            other => {
                let message = format!(
                    "`for each` goes through a table or a list, and this is {}.",
                    with_article(other)
                );
                let diagnostic = self
                    .diagnostic(codes::S312, statement.source.span(), message)
                    .with_label(format!("{other}"));
                self.push(diagnostic);
                Type::Unknown
            }
        };
        let at_a_time = statement.at_a_time.map_or(1, |(number, _)| number);
        if at_a_time == 0
            && let Some((_, span)) = statement.at_a_time
        {
            let diagnostic = self
                .diagnostic(codes::S809, span, "At least one item runs at a time.")
                .with_help("write `1 at a time`, or leave it out");
            self.push(diagnostic);
        }
        self.check_new_name(&statement.item, scope);
        let frame = Frame {
            label: format!("for each {}", statement.item.text),
            span: statement.span,
            documentation: &statement.documentation,
        };
        let name = self.reserve_name(&frame.label, frame.span, false);
        let own = last_part(&name).to_owned();
        let mut inner = scope.clone();
        inner.add(
            statement.item.text.as_str(),
            item.clone(),
            statement.item.span,
        );
        let around = Around {
            ends: Ends::Item,
            yields,
        };
        let body = self.nested_block(&statement.body, &inner, around, &own);
        let kind = StepKind::ForEach {
            item: Arc::from(statement.item.text.as_str()),
            source: source.expression,
            at_a_time: at_a_time.max(1),
            keep_going: statement.keep_going.is_some(),
            body,
        };
        (self.named_step(name, &frame, kind), item)
    }

    /// A step with blocks of its own, whose name was needed before them.
    pub(super) fn named_step(&self, name: Arc<str>, frame: &Frame<'_>, kind: StepKind) -> Step {
        Step {
            name,
            label: Arc::from(frame.label.as_str()),
            documentation: super::statement::documentation(frame.documentation),
            origin: self.origin(frame.span),
            kind,
            binds: None,
            result: Type::None,
            policy: Policy::default(),
        }
    }

    /// `stop`, `fail`, `skip`
    pub(super) fn end(
        &mut self,
        end: &End,
        scope: &mut Scope,
        around: Around,
        building: &mut Building,
    ) -> Option<Step> {
        if let Some(pattern) = &end.on {
            return self.armed_end(end, pattern, scope, around, building);
        }
        let kind = self.end_kind(end, around);
        // The reason is told when the condition holds, so it may rely on it.
        let when = end
            .when
            .as_ref()
            .map(|when| (self.check_condition(when, scope), facts_of(when, scope)));
        let told = match &when {
            Some((_, (held, _))) => scope.lazily().knowing(held),
            None => scope.clone(),
        };
        let reason = self.check_expression(
            &end.reason,
            &told,
            &Expected::plain(Type::Text, "The reason"),
        );
        self.place_pending(building, &Policy::default());
        let when = when.map(|(code, (_, failed))| {
            scope.learn(&failed);
            code
        });
        let frame = Frame {
            label: self.label(word(end.kind), end.reason.span()),
            span: end.span,
            documentation: &end.documentation,
        };
        let kind = StepKind::End {
            kind: kind?,
            reason,
            when,
        };
        Some(self.step(&frame, kind, None, Type::None, Policy::default()))
    }

    /// How a run or an item ends, if it may do so here.
    pub(super) fn end_kind(&mut self, end: &End, around: Around) -> Option<EndKind> {
        let place = Span {
            start: end.span.start,
            end: end.span.start + u32::try_from(word(end.kind).len()).unwrap_or(0),
        };
        match (end.kind, around.ends) {
            (Written::Stop, Ends::Run) => Some(EndKind::Stop),
            (Written::Fail, _) => Some(EndKind::Fail),
            (Written::Skip, Ends::Item) => Some(EndKind::Skip),
            (Written::Stop, Ends::Item) => {
                let diagnostic = self
                    .diagnostic(
                        codes::S805,
                        place,
                        "`stop` ends the whole run, and a loop's items run on their own.",
                    )
                    .with_label("inside a loop")
                    .with_edit("write `skip`, which ends this item", place, "skip");
                self.push(diagnostic);
                None
            }
            (Written::Skip, Ends::Run) => {
                let diagnostic = self
                    .diagnostic(
                        codes::S806,
                        place,
                        "`skip` leaves an item of a loop out, and this is no loop.",
                    )
                    .with_edit("write `stop`, which ends the run", place, "stop");
                self.push(diagnostic);
                None
            }
        }
    }

    /// The name of a step that has none of its own: its word and what it says.
    pub(super) fn label(&self, word: &str, span: Span) -> String {
        let written = self.written(span).replace('/', "÷");
        let mut label = format!("{word} {written}");
        if label.chars().count() > LONGEST_LABEL {
            label = label.chars().take(LONGEST_LABEL - 1).collect();
            label.push('…');
        }
        label.trim_end().to_owned()
    }
}

/// A step's own part of its name.
pub(super) fn last_part(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

pub(super) fn word(kind: Written) -> &'static str {
    match kind {
        Written::Stop => "stop",
        Written::Fail => "fail",
        Written::Skip => "skip",
    }
}
